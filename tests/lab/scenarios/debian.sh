# A Debian root file system on a disk: it boots to a login shell, and its devices work with its own tools.
# timeout: 900
# memory: 4096
# disk: debian.img
# qemu: -drive if=none,id=nvme,file=null-co://,format=raw,file.size=64M,file.read-zeroes=on,snapshot=on -device nvme,drive=nvme,serial=lab
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

modprobe virtio_blk
keyboard

# A disk that is a script: the shell stops at its end.
tail -c +1 "$LAB_SRC/l2/debian.check" >"$work/check"
truncate -s %512 "$work/check"

# A disk of NVMe's, for the guest alone.
for device in /sys/bus/pci/devices/*; do
  [ "$(cat "$device/class")" != 0x010802 ] || NVME=${device##*/}
done
echo vfio-pci >"/sys/bus/pci/devices/$NVME/driver_override"
echo "$NVME" >/sys/bus/pci/drivers_probe

# A package archive, for whoever asks at port 8080.
mkdir -p "$work/deb/DEBIAN" "$work/deb/usr/share/lab" "$work/archive"
head -c 4M /dev/urandom >"$work/deb/usr/share/lab/data"
sha256sum <"$work/deb/usr/share/lab/data" >"$work/deb/usr/share/lab/sum"
printf '%s\n' 'Package: lab-package' 'Version: 1' 'Architecture: all' 'Maintainer: lab' 'Description: a file' \
  >"$work/deb/DEBIAN/control"
dpkg-deb --build "$work/deb" "$work/archive/lab-package.deb"
(cd "$work/archive" && dpkg-scanpackages . >Packages)
ip link set lo up
busybox httpd -p 8080 -h "$work/archive"

# Two ways to it: a tap interface, and passt, which wants an interface with a default route.
modprobe -a tun dummy
ip tuntap add dev lab0 mode tap
ip addr add 10.9.0.1/24 dev lab0
ip link set lab0 up
ip addr add 10.7.0.1/32 dev lo
ip link add lab1 type dummy
ip addr add 10.8.0.2/24 dev lab1
ip link set lab1 up
ip route add default via 10.8.0.1 dev lab1
echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range # passt has no right to raw sockets
passt --foreground --socket /tmp/passt >"$work/passt.log" 2>&1 &
for ((i = 0; i < 50; i++)); do [ ! -S /tmp/passt ] || break; pause 0.2; done
name=passt log=$work/passt.log
check "its socket is there" [ -S /tmp/passt ]

# What listens to a guest: port 1001 keeps what comes, port 1002 sends the data above; the same for TCP.
modprobe -a vhost_vsock vhost_net
socat -u TCP-LISTEN:1001,reuseaddr,fork OPEN:"$work/by-tcp",creat,append &
socat -u VSOCK-LISTEN:1001,reuseaddr,fork OPEN:"$work/received",creat,trunc &
socat -U VSOCK-LISTEN:1002,reuseaddr,fork OPEN:"$work/deb/usr/share/lab/data" &

# A keyboard: it types what is written to $work/type.
modprobe -a uinput evdev
mkfifo "$work/type"
exec {typist}<>"$work/type"
"$LAB_DIR/uinput" "lab keyboard" <"$work/type" >"$work/keyboard" &
for ((i = 0; i < 50; i++)); do [ ! -s "$work/keyboard" ] || break; pause 0.2; done
keyboard_device=$(head -n 1 "$work/keyboard")

# A directory for the guest; a virtiofsd ends with the machine that it served.
mkdir "$work/share"
cp "$work/deb/usr/share/lab"/* "$work/share"
serve() {
  rm -f "$work/fs" "$work"/share/{copy,new,sent,sent-twice} "$work"/{received,by-tcp}
  /usr/lib/qemu/virtiofsd --socket-path="$work/fs" -o source="$work/share" -o sandbox=chroot -f >"$work/fs.log" 2>&1 &
  for ((i = 0; i < 50; i++)); do [ ! -S "$work/fs" ] || break; pause 0.2; done
}

# debian NAME WORDS VHOST ARGS...: log in on the terminal, have everything tried, power off. The tap's
# packets are igdvm's or the kernel's to move.
debian() {
  local nics=(--net "tap=lab0,mac=02:00:00:00:00:01,vhost=$3" --net "passt=/tmp/passt,mac=02:00:00:00:00:02")
  serve
  guest_start "$1" debian "$2" --kernel "$KERNEL_GENERIC" --memory 768M --cpus 2 \
    --disk /dev/vda --disk "$work/check,ro" --rng "${nics[@]}" --fs "$work/fs,tag=lab" --vsock 42 --input "$keyboard_device,grab" "${@:4}"
  guest_wait_line 300 'login: ' || return
  type_in root
  guest_wait_line 60 'Password: ' && type_in lab
  guest_wait_line 60 'root@[^ ]*:~#' || return
  "$IGDVM" --kernel "$KERNEL_CLOUD" --vsock 42 </dev/null >"$work/second.serial" 2>"$work/second.log"
  check "a second guest with its cid is refused (status $?)" \
    grep -q '^igdvm: --vsock 42: another machine of this host has that address' "$work/second.log"
  # a thread for the sockets, and one for the card's queues
  check "the kernel moves packets: $3" \
    [ "$(grep -lx "vhost-$pid" /proc/[0-9]*/comm | wc -l)" -eq "$([ "$3" = on ] && echo 2 || echo 1)" ]
  type_in 'tr -d "\0" </dev/vdb | bash'
  guest_wait_line 200 'CHECK waits for keys' && printf '%s\n' '1 30 1' '1 30 0' '2 8 -1' >&"$typist"
  guest_wait 240
  expect_status 0
  expect_line "a shell, and a system without failed units" '^CHECK begin Debian.*, running'
  expect_line "everything was tried" '^CHECK end'
  expect_no_line "and works" '^CHECK (bad|failed)'
  while read -r what; do ok "$what"; done < <(sed -n 's/\r$//; s/^CHECK ok //p' "$serial")
  check "the guest's file is on the host" [ "$(cat "$work/share/new")" = written ]
  check "its keyboard's lamp is on" grep -qx 'lamp 1 1' "$work/keyboard"
  check "what it sent is what came" [ "$(sha256sum <"$work/received")" = "$(cat "$work/share/sent")" ]
  check "by TCP too, from both cards" [ "$(sha256sum <"$work/by-tcp")" = "$(cat "$work/share/sent-twice")" ]
  expect_no_line "the kernel has no trouble" '(BUG:|Oops|general protection|soft lockup)'
}

debian plain lab.balloon off --balloon 512M
# On the virtio console this time.
debian gpu "console=hvc0 lab.console lab.gpu lab.nvme" on --console tty --igd "$GPU" --vfio "$NVME"
expect_released

# A driver that breaks the rules of those devices that the kernel or another process serves.
serve
vmm every 150 --kernel "$(dirname "$IGDVM")/tests/guest/payload/virtio_every" --memory 512M \
  --cmdline "net vsock input fs" --net tap=lab0,vhost=on --vsock 42 --input "$keyboard_device" --fs "$work/fs,tag=lab"
expect_status 0
expect_no_line "no check failed" '^FAIL'
check "igdvm says once that virtiofsd is gone" [ "$(grep -c 'its back end is gone' "$log")" = 1 ]
for queue in "net queue 1" "net queue 2" "vsock queue 1" "input queue 1"; do
  expect_line "$queue: all is refused" "^$queue: 15 refused, 0 ignored"
done
for device in net vsock input fs; do
  expect_line "$device: nonsense does no harm" "^ok $device: nonsense does no harm"
done
check "no igdvm left" [ -z "$(igdvm_processes)" ]
