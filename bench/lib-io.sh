# lib-io.sh - the part of bench/io that runs inside the lab machine.
# timeout: 3600
# bind: none
# memory: 4096
# disk: debian.img
# env: ROUNDS
# shellcheck shell=bash disable=SC1091,SC2154
. "$LAB_SRC/l1/lib.sh"

modprobe -a virtio_blk tun vhost_net vhost_vsock
head -c 256M /dev/urandom >/dev/shm/data
cat >"$work/script" <<'END'
modprobe -a virtio_net virtio_rng vmw_vsock_virtio_transport
for dev in /sys/class/net/e*; do dev=${dev##*/}; done
ip addr add 10.9.0.2/24 dev "$dev" && ip link set "$dev" up
job() { # NAME FIELD ARGUMENTS...: a field of fio's terse output, version 3
  echo "BENCH $1 $(fio --minimal --terse-version=3 --name=x --filename=/dev/vdc --ioengine=libaio \
    --direct=1 --time_based --runtime=4 "${@:3}" | cut -d';' -f"$2")"
}
job randread-qd1 8 --rw=randread --bs=4k --iodepth=1
job randread-qd32 8 --rw=randread --bs=4k --iodepth=32
job read-128k 7 --rw=read --bs=128k --iodepth=4
job randwrite-qd32 49 --rw=randwrite --bs=4k --iodepth=32
net() { # NAME ARGUMENTS...
  echo "BENCH $1 $(iperf3 -c 10.9.0.1 -t 4 -f m "${@:2}" | sed -nE 's/.* ([0-9.]+) Mbits.*receiver/\1/p')"
}
net tcp-to-host
net tcp-to-guest -R
dd if=/dev/hwrng of=/dev/null bs=64 count=64 2>/dev/null
echo used >/dev/hvc0
echo BENCH end
sleep 10
END
truncate -s %512 "$work/script"
ip link set lo up
ip tuntap add dev lab0 mode tap vnet_hdr
ip addr add 10.9.0.1/24 dev lab0
ip link set lab0 up
iperf3 -s >/dev/null &

linux=(-kernel "$KERNEL_GENERIC" -initrd "$LAB_DIR/l2-debian.cpio.gz")
words="console=ttyS0 quiet panic=-1 lab.script"
qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -cpu host -m 512 -smp 1
  -serial stdio -device virtio-rng-pci -device "vhost-vsock-pci,guest-cid=9"
  -device virtio-serial-pci -chardev "null,id=hvc" -device "virtconsole,chardev=hvc"
  -machine "q35,accel=kvm" "${linux[@]}" -append "$words")
# drive ID FILE OPTIONS
drive() { qemu+=(-drive "if=none,id=$1,file=$2,format=raw,aio=io_uring$3" -device "virtio-blk-pci,drive=$1"); }
drive a /dev/vda ''
drive b "$work/script" ,readonly=on
drive c /dev/shm/data ''

# resident PID: KiB resident beyond guest RAM, whose mappings are those of 16 MiB and more.
resident() {
  awk '/^[0-9a-f]+-/ { next }
    $1 == "Size:" { size = $2 }
    $1 == "Rss:" && size < 16384 { sum += $2 }
    END { print sum }' "/proc/$1/smaps"
}

# run NAME: the guest's figures, each appended to a file of the VMM and the figure.
run() {
  local command pid vhost tries=0
  case $1 in
  igdvm*)
    vhost=off
    [ "$1" != igdvm-vhost ] || vhost=on
    command=("$IGDVM" --kernel "$KERNEL_GENERIC" --initrd "$LAB_DIR/l2-debian.cpio.gz" --cmdline "$words"
      --memory 512M --disk /dev/vda --disk "$work/script,ro" --disk /dev/shm/data --net "tap=lab0,vhost=$vhost"
      --rng --vsock 9 --console null)
    ;;
  q35) command=("${qemu[@]}" -netdev "tap,id=n,ifname=lab0,script=no,downscript=no,vhost=off" -device "virtio-net-pci,netdev=n,romfile=") ;;
  q35-vhost) command=("${qemu[@]}" -netdev "tap,id=n,ifname=lab0,script=no,downscript=no,vhost=on" -device "virtio-net-pci,netdev=n,romfile=") ;;
  esac
  "${command[@]}" </dev/null >"$work/console" 2>"$work/errors" &
  pid=$!
  until grep -q '^BENCH end' "$work/console" || [ $tries -gt 600 ] || [ ! -e /proc/$pid ]; do
    pause 0.5
    tries=$((tries + 1))
  done
  [ ! -e /proc/$pid ] || resident $pid >>"$work/$1.memory"
  kill -KILL $pid 2>/dev/null
  wait $pid 2>/dev/null
  if ! grep -q '^BENCH end' "$work/console"; then
    fail "$1: $(tail -n 5 "$work/errors" "$work/console")"
    return
  fi
  while read -r _ what value; do
    [ -z "$value" ] || echo "$value" >>"$work/$1.$what"
  done < <(tr -d '\r' <"$work/console" | grep '^BENCH .* ')
  report "  round $round  $1  $(sed -n 's/\r$//; s/^BENCH //p' "$work/console" | grep -v '^end' | tr '\n' ' ')"
}

vmms=(igdvm q35 igdvm-vhost q35-vhost)
for ((round = 1; round <= ROUNDS; round++)); do
  for name in "${vmms[@]}"; do run "$name"; done
done

# median FILE, and smallest and largest.
statistics() {
  sort -n "$1" | awk '{ v[NR] = $1 } END { if (NR) printf "%.0f (%.0f-%.0f)",
    NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
}
report ""
report "$(printf '%-16s %-6s' what unit)$(printf '  %-22s' "${vmms[@]}")"
while read -r what unit; do
  line=$(printf '%-16s %-6s' "$what" "$unit")
  for name in "${vmms[@]}"; do line+=$(printf '  %-22s' "$(statistics "$work/$name.$what")"); done
  report "$line"
done <<'END'
randread-qd1 IOPS
randread-qd32 IOPS
read-128k KiB/s
randwrite-qd32 IOPS
tcp-to-host Mbit/s
tcp-to-guest Mbit/s
memory KiB
END
