# Directories of the host by virtio-fs, served by Debian's virtiofsd: real tools use them on both sides.
# timeout: 400
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

daemon=/usr/lib/qemu/virtiofsd
check "there is a virtiofsd" [ -x $daemon ]

# serve DIR SOCKET: a back end; its process is $served.
serve() {
  rm -f "$2"
  $daemon --socket-path="$2" -o source="$1" -o sandbox=chroot -f >>"$work/virtiofsd.log" 2>&1 &
  served=$!
  for _ in $(seq 50); do
    [ -S "$2" ] && return
    pause 0.2
  done
}

share() {
  rm -rf "$work/share"
  mkdir -p "$work/share/dir"
  head -c 3M /dev/urandom >"$work/share/data"
  sum=$(md5sum <"$work/share/data" | cut -d' ' -f1)
}

share
mkdir -p "$work/second"
touch "$work/second/of-another"
serve "$work/second" "$work/b.sock"
serve "$work/share" "$work/a.sock"
guest_start tools fs lab.host --kernel "$KERNEL_GENERIC" --memory 512M --cpus 2 \
  --fs "$work/a.sock,tag=lab" --fs "$work/b.sock,tag=second" --balloon all
guest_wait_line 120 'FS waiting for the host'
echo "good morning" >"$work/host.new"
mv "$work/host.new" "$work/share/host"
guest_wait 60
expect_status 0
expect_quiet_kernel
expect_line "requests come by messages" '^INTERRUPTS .*PCI-MSI.*virtio'
expect_line "another tag is nobody's" '^FS no other tag'
expect_line "it can be mounted" '^FS mounted'
expect_line "its files are there" '^FS ls data dir '
expect_line "with their bytes" "^FS sum $sum"
check "what the guest copied is the same" cmp "$work/share/data" "$work/share/dir/copy"
check "twice" cmp "$work/share/data" "$work/share/dir2/copy"
check "what it wrote is there by its last name" [ "$(cat "$work/share/moved")" = "from the guest" ]
check "a link is a link" [ "$(readlink "$work/share/link")" = moved ]
check "a mode is a mode" [ "$(stat -c %a "$work/share/moved")" = 640 ]
expect_line "it reads through its link" '^FS link from the guest'
expect_line "it made many files" '^FS many 200'
expect_line "and removed them" '^FS removed'
check "none is left" [ -z "$(find "$work/share/dir" -name 'many*')" ]
check "large files arrive" [ "$(stat -c %s "$work/share/zero")" = 16777216 ]
expect_line "the second is apart" '^FS second of-another'
expect_line "it sees what the host writes" '^FS host says good morning'
expect_line "it can be unmounted" '^FS unmounted'

# The guest starts again: the back end, which serves one connection, is kept over it.
share
serve "$work/share" "$work/a.sock"
guest_start again fs lab.end=reboot --kernel "$KERNEL_GENERIC" --memory 256M --on-reboot restart \
  --fs "$work/a.sock,tag=lab"
guest_wait_line 90 'FS unmounted'
guest_wait_line 90 'GUEST end'
for _ in $(seq 120); do
  [ "$(grep -c 'FS unmounted' "$serial")" -ge 2 ] && break
  pause 1
done
check "it was there both times" [ "$(grep -c 'FS unmounted' "$serial")" -ge 2 ]
check "with its bytes" [ "$(grep -c "FS sum $sum" "$serial")" -ge 2 ]
for _ in $(seq 5); do
  kill -TERM "$pid" 2>/dev/null || break
  pause 1
done
guest_wait 30

# The back end is killed while the guest uses it.
share
serve "$work/share" "$work/a.sock"
guest_start lost fs lab.lost --kernel "$KERNEL_GENERIC" --memory 256M --fs "$work/a.sock,tag=lab"
guest_wait_line 120 'FS before the end'
kill -KILL "$served"
guest_wait 90
expect_status 0
expect_line "the guest goes on" '^FS alive'
check "igdvm says so once" [ "$(grep -c 'its back end is gone' "$log")" = 1 ]

vmm gone 20 --kernel "$KERNEL_CLOUD" --memory 256M --fs "$work/a.sock,tag=lab"
expect_status 1
expect_log "--fs .*a.sock: Connection refused; start its back end"
vmm none 20 --kernel "$KERNEL_CLOUD" --memory 256M --fs "$work/none.sock,tag=lab"
expect_status 1
expect_log "--fs .*none.sock: No such file"
check "no igdvm left" [ -z "$(igdvm_processes)" ]
