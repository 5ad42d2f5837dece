# Linux' own drivers on virtio's devices: disks in every way they can be given, entropy.
# timeout: 400
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

sum() { sha256sum <"$1" | cut -d' ' -f1; }

head -c 8M /dev/urandom >"$work/data"
before=$(sum "$work/data")

# Read-only, and together with a second reader.
guest read-only virtio 90 "lab.sum lab.wrong" --kernel "$KERNEL_GENERIC" --memory 512M \
  --disk "$work/data,ro,serial=lab-disk" --disk "$work/data,ro"
expect_status 0
expect_quiet_kernel
expect_line "the disk has its size, its serial number, and is read-only" '^DISK vda 16384 sectors ro 1 serial lab-disk'
expect_line "so is the other" '^DISK vdb 16384 sectors ro 1'
expect_line "it has the file's bytes" "^SUM $before"
expect_line "it takes no writes" '^WRONG write: (Read-only|not permitted|error)'
expect_no_line "all of it can be read" '^WRONG read'
check "the file is as it was" [ "$(sum "$work/data")" = "$before" ]

# A file system, by one queue and by several; on a block device, past the host's page cache. Interrupts
# by messages.
modprobe loop
truncate -s 64M "$work/disk"
loop=$(losetup -f)
losetup "$loop" "$work/disk"
for where in "$work/disk" "$work/disk,queues=2" "$loop,direct"; do
  truncate -s 0 "$work/disk"
  truncate -s 64M "$work/disk"
  guest "fs-${where##*/}" virtio 90 "lab.fs lab.rng" --kernel "$KERNEL_GENERIC" --memory 512M --cpus 2 \
    --disk "$where" --rng
  expect_status 0
  expect_quiet_kernel
  expect_line "it can be written to, flushed, discarded and zeroed" \
    '^DISK vda 131072 sectors ro 0 .* cache write back discard [1-9][0-9]* zeroes [1-9]'
  expect_line "requests come by messages" '^INTERRUPTS .*PCI-MSI.*virtio[0-9]-req'
  expect_line "a file system is there" '^FS mounted'
  expect_line "it keeps what is written" '^FS same'
  expect_line "and goes" '^FS unmounted'
  expect_line "there is entropy" '^RNG virtio_rng'
  check "it differs" [ "$(grep -c '^RNG virtio_rng' "$serial")" -eq \
    "$(grep '^RNG virtio_rng' "$serial" | sort -u | wc -l)" ]
  said=$(line '^FS sum ([0-9a-f]*)')
  check "the host finds the file's bytes in it" sh -c \
    "debugfs -R 'dump /b $work/b' $work/disk && [ \$(sha256sum <$work/b | cut -d' ' -f1) = $said ]"
  check "and nothing wrong with the rest" sh -c "e2fsck -f -n $work/disk"
  rm -f "$work/b"
done

# The file becomes shorter while the guest has it: errors, for the guest alone.
cp "$work/data" "$work/short"
guest_start shrunk virtio "lab.pause lab.sum lab.wrong" --kernel "$KERNEL_GENERIC" --memory 512M --disk "$work/short"
guest_wait_line 90 'DISK vda 16384'
truncate -s 1M "$work/short"
guest_wait 90
expect_status 0
expect_line "the guest has read errors" '^(WRONG read|DMESG .*I/O error)'

# The host's file system is full: the guest's writes fail, what it wrote before is there.
mkdir "$work/small"
mount -t tmpfs -o size=8m tmpfs "$work/small"
truncate -s 64M "$work/small/disk"
guest full virtio 90 lab.full --kernel "$KERNEL_GENERIC" --memory 512M --disk "$work/small/disk"
expect_status 0
expect_line "the first writes work" '^FULL first 0'
expect_line "the guest has write errors" '^FULL write: .*error'
expect_line "and reads what it wrote first" '^FULL same'
umount "$work/small"

# A terminal that changes its size: the guest's console has it before anybody types.
name=size serial=$work/size.serial log=$work/size.log
mkfifo "$work/nobody-types"
exec {nobody}<>"$work/nobody-types"
script -qfc "stty cols 111 rows 44; exec $IGDVM --kernel $KERNEL_GENERIC --initrd $LAB_DIR/l2-virtio.cpio.gz \
  --cmdline 'console=ttyS0 quiet panic=-1 lab.size' --memory 256M --console tty --serial file=$serial" \
  "$work/size.tty" <&"$nobody" >"$log" 2>&1 &
script_pid=$!
for ((i = 0; i < 200; i++)); do ! grep -q '^SIZE 44 111' "$serial" 2>/dev/null || break; pause 0.3; done
expect_line "the console has the terminal's size" '^SIZE 44 111'
stty -F "/proc/$(igdvm_processes | head -n 1 | cut -d/ -f3)/fd/0" cols 99 rows 33
wait "$script_pid"
expect_line "and the one it changes to" '^SIZE 33 99'
expect_line "and ends" '^GUEST end'

name=lock
cp "$work/data" "$work/own"
guest_start first tiny lab.end=stay --kernel "$KERNEL_CLOUD" --memory 256M --disk "$work/own"
guest_wait_line 90 'GUEST end'
first=$pid first_tail=$tail_pid
vmm second 20 --kernel "$KERNEL_CLOUD" --memory 256M --disk "$work/own"
expect_status 1
expect_log "--disk .*own"
name=first pid=$first tail_pid=$first_tail
kill -TERM "$pid"
pause 1
kill -TERM "$pid"
guest_wait 20
expect_status 143
check "no igdvm left" [ -z "$(igdvm_processes)" ]
