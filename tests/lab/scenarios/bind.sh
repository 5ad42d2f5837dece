# igdvm bind, igdvm unbind and igdvm --bind: devices leave their host drivers and come back, however
# igdvm ends; what the host uses is refused. The GPU's host driver is edutest, which proves itself
# each time it binds; in its IOMMU group is a random number generator. A second display has a lit
# connector and the console, a network card is up, a disk is swapped to.
# timeout: 600
# group: shared
# bind: none
# qemu: -device VGA,addr=06.0 -device e1000e,addr=07.0 -drive if=none,id=nvme,file=null-co://,format=raw,file.size=64M,file.read-zeroes=on,snapshot=on -device nvme,drive=nvme,serial=lab,addr=08.0
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

RNG=0000:00:02.1 VGA=0000:00:06.0 NIC=0000:00:07.0 NVME=0000:00:08.0
args=(--kernel "$KERNEL_CLOUD" --memory 256M --bind --igd "$GPU" --vfio "$RNG,addr=02.1")

driver_of() {
  local link
  link=$(readlink "/sys/bus/pci/devices/$1/driver") || link=none
  basename "$link"
}
has_driver() { [ "$(driver_of "$1")" = "$2" ]; }
no_state() { [ -z "$(ls -A /run/igdvm 2>/dev/null)" ]; }

# tool STATUS REGEX ARGS...: igdvm does that, and says REGEX ('': nothing).
tool() {
  local status=0 want=$1 regex=$2
  shift 2
  timeout 30 "$IGDVM" "$@" </dev/null >"$work/tool.out" 2>"$work/tool.log" || status=$?
  check "igdvm $*: status $want (was $status)" [ "$status" = "$want" ]
  [ -z "$regex" ] || check "it says $regex" grep -qE -- "$regex" "$work/tool.log"
  [ "$want" = 0 ] || check "in one line" [ "$(wc -l <"$work/tool.log")" = 1 ]
  sed 's/^/lab: /' "$work/tool.log"
}

# The host's drivers have their devices again, and edutest's has passed all its tests.
expect_back() {
  local n
  check "edutest has the GPU again" has_driver "$GPU" edutest
  n=$(dmesg | grep -cE 'EDUTEST (dma|msi|intx|msi again): ok')
  check "its DMA and its interrupts work ($n of 4)" [ "$n" -eq 4 ]
  check "virtio-pci has its neighbour again" has_driver "$RNG" virtio-pci
  check "which works" sh -c 'head -c 8 /dev/hwrng | wc -c | grep -qx 8'
  check "no override is left" [ "$(sort -u /sys/bus/pci/devices/*/driver_override)" = "(null)" ]
  check "no state is left" no_state
  check "no igdvm left" [ -z "$(igdvm_processes)" ]
  dmesg -C
}

expect_taken() {
  check "vfio-pci has the GPU" has_driver "$GPU" vfio-pci
  check "and its neighbour" has_driver "$RNG" vfio-pci
}

name=start
modprobe -a virtio_pci virtio-rng
rmmod vfio-pci # bind loads it
insmod "$LAB_DIR/modules/edutest.ko"
expect_back

# --- to stay -------------------------------------------------------------------------------------

name=tool
tool 0 "$GPU: bound to vfio-pci, from edutest" bind "$GPU"
expect_taken
check "the state is root's alone" [ "$(stat -c %a /run/igdvm)" = 700 ]
tool 0 'vfio-pci has it already' bind "$GPU"
tool 0 "it stays; igdvm unbind $GPU" unbind
guest stays edu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --bind --igd "$GPU"
expect_status 0
expect_line "the guest has used the GPU" '^EDUTEST msi again: ok'
expect_log 'vfio-pci has it already'
expect_taken
guest_start in-use tiny lab.end=stay --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
guest_wait_line 90 'GUEST end'
tool 1 "$GPU.*: a program has it open" unbind "$GPU"
check "the guest goes on" kill -0 "$pid"
kill -KILL "$pid"
guest_wait 15
dmesg -C
tool 0 "$GPU: given back to edutest" unbind "$GPU"
expect_back
tool 0 'nothing to give back' unbind "$GPU"

# --- for a guest ---------------------------------------------------------------------------------

guest poweroff edu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --bind --igd "$GPU" --vfio "$RNG,addr=02.1"
expect_status 0
expect_line "the guest has used the GPU" '^EDUTEST msi again: ok'
expect_log "$GPU: given back to edutest"
expect_back

guest crash tiny 90 'reboot=t' "${args[@]}"
expect_status 33
expect_back

guest_start terminated tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
expect_taken
tool 1 "another igdvm has it, process $pid" bind "$GPU"
tool 1 "igdvm has it for a guest, process $pid" unbind "$GPU"
tool 0 "process $pid has it for a guest, it stays" unbind
tool 1 "another igdvm has it, process $pid" --kernel "$KERNEL_CLOUD" --bind --vfio "$RNG"
kill -TERM "$pid"
pause 1
kill -TERM "$pid"
guest_wait 15
expect_status 143
expect_back

# While it starts: the first is the power button's, the second ends it, whenever they come.
for delay in 0.02 0.1 0.3 0.6; do
  guest_start "terminated-after-$delay" tiny lab.end=stay "${args[@]}"
  pause "$delay"
  kill -TERM "$pid"
  pause 3
  kill -TERM "$pid" 2>/dev/null
  guest_wait 15
  expect_status 143
  if grep -q EDUTEST <(dmesg); then
    expect_back
  else # not even begun
    check "edutest has it" has_driver "$GPU" edutest
    check "no state is left" no_state
  fi
done

# The process of the guest alone: the one that supervises it gives all back.
guest_start guest-killed tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
kill -KILL "$(<"/proc/$pid/task/$pid/children")"
guest_wait 15
expect_status 137
expect_back

guest_start restarted tiny lab.end=reboot "${args[@]}" --on-reboot restart
guest_wait_line 200 '(GUEST end.*){2}'
check "the host's driver had nothing in between" [ -z "$(dmesg | grep EDUTEST)" ]
kill -TERM "$pid"
guest_wait 60
expect_status 32
expect_back

# What is wrong with the guest is found before the devices are taken, or after.
: >"$work/empty"
vmm refused-before 30 --kernel "$work/empty" --bind --igd "$GPU"
expect_status 2
check "edutest never lost it" [ -z "$(dmesg | grep EDUTEST)" ]
vmm refused-after 30 --kernel "$KERNEL_CLOUD" --bind --igd "$GPU,gen=none"
expect_status 2
expect_back

guest_start killed tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
kill -KILL "$pid"
guest_wait 15
expect_status 137
tool 0 "$GPU: given back to edutest" unbind
expect_back

guest_start killed-again tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
kill -KILL "$pid"
guest_wait 15
expect_taken
guest after-it tiny 90 '' "${args[@]}"
expect_status 32
expect_log 'died with it; it goes back in the end'
expect_back

# --- what the host uses --------------------------------------------------------------------------

name=network
modprobe e1000e
eth=$(basename "/sys/bus/pci/devices/$NIC/net/"*)
ip link set "$eth" up
tool 1 "$NIC: its network interface $eth is up" bind "$NIC"
check "it is still up" ip link show up "$eth"
tool 0 "$NIC: bound to vfio-pci, from e1000e" bind "$NIC" --force
check "vfio-pci has it" has_driver "$NIC" vfio-pci
tool 0 "$NIC: given back to e1000e" unbind "$NIC"
check "it can be up again" ip link set "$eth" up
ip link set "$eth" down
tool 0 "$NIC: bound" bind "$NIC"
tool 0 "$NIC: given back" unbind "$NIC"
check "no state is left" no_state

name=disk
modprobe nvme
while [ ! -b /dev/nvme0n1 ]; do pause 0.2; done
mkswap /dev/nvme0n1
swapon /dev/nvme0n1
tool 1 "$NVME: the host uses its disk nvme0n1" bind "$NVME"
swapoff /dev/nvme0n1
tool 0 "$NVME: bound to vfio-pci, from nvme" bind "$NVME"
check "the disk is gone" [ ! -e /sys/class/block/nvme0n1 ]
tool 0 "$NVME: given back to nvme" unbind "$NVME"
while [ ! -b /dev/nvme0n1 ]; do pause 0.2; done
check "the disk is what it was" swapon /dev/nvme0n1
swapoff /dev/nvme0n1

name=display
modprobe bochs
modprobe fbcon 2>/dev/null
console_bound() { # the number changes as consoles come and go
  local dir
  dir=$(grep -ls 'frame buffer' /sys/class/vtconsole/*/name)
  [ -n "$dir" ] && [ "$(cat "${dir%name}bind")" = 1 ]
}
for _ in {1..50}; do
  console_bound && break
  pause 0.2
done
check "there is a framebuffer console" console_bound
tool 0 "$VGA: bound" bind "$VGA" # edutest's is a display, too
check "bochs has lost it" has_driver "$VGA" vfio-pci
tool 0 "$VGA: given back to bochs" unbind "$VGA"
check "the console is on it again" console_bound
tool 0 "$GPU: bound" bind "$GPU"
tool 1 "$VGA: it is the only display of the host, and Virtual-1 is lit" bind "$VGA"
check "bochs still has it" has_driver "$VGA" bochs-drm
check "with its console" console_bound
tool 0 "$VGA: bound" bind "$VGA" --force
check "its framebuffer is gone" [ ! -e /sys/class/graphics/fb0 ]
check "with its console" [ -z "$(grep -ls 'frame buffer' /sys/class/vtconsole/*/name)" ]
rmmod bochs # unbind loads it
tool 0 "$VGA: given back to bochs" unbind "$VGA"
check "its framebuffer is back" [ -e /sys/class/graphics/fb0 ]
check "the console is on it again" console_bound
dmesg -C
tool 0 "$GPU: given back to edutest" unbind "$GPU"
expect_back

# --- others --------------------------------------------------------------------------------------

name=refused
tool 1 'no such PCI device; lspci' bind 0000:00:1e.0
chmod 755 "$work"
cp "$IGDVM" "$work/igdvm"
cat >"$work/as-nobody" <<END
#!/bin/bash
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$work/igdvm" "\$@"
END
chmod +x "$work/as-nobody"
IGDVM=$work/as-nobody
tool 1 'only root changes drivers; run igdvm by sudo' bind "$GPU"
tool 1 'only root changes drivers' unbind "$GPU"
tool 1 'only root changes drivers' unbind
