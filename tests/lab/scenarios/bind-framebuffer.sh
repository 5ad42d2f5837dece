# A display that has no driver but the firmware's framebuffer (vesafb), with the console on it: igdvm bind
# takes both away first. vfio-pci then removes the framebuffer's device, so it cannot come back, which
# is said; a driver that comes later has a console again.
# timeout: 100
# bind: none
# kernel: vga=0x317
# qemu: -device VGA,addr=06.0
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

VGA=0000:00:06.0
name=framebuffer
console_bound() {
  local dir
  dir=$(grep -ls 'frame buffer' /sys/class/vtconsole/*/name)
  [ -n "$dir" ] && [ "$(cat "${dir%name}bind")" = 1 ]
}
held() { grep -q vesafb /proc/iomem; }
lost() { ! held; }
console_away() { ! console_bound; }

check "vesafb has the display's memory" held
check "and the console is on it" console_bound
"$IGDVM" bind $VGA 2>"$work/log"
refused=$?
check "it is refused (was $refused)" [ "$refused" = 1 ]
check "with the reason" grep -q "$VGA: it is the only display of the host, and has its console" "$work/log"
check "vesafb still has it" held
check "igdvm takes it by force" "$IGDVM" bind $VGA --force
check "vfio-pci has it" [ "$(basename "$(readlink /sys/bus/pci/devices/$VGA/driver)")" = vfio-pci ]
check "vesafb has lost it" lost
check "the console is elsewhere" console_away
"$IGDVM" unbind $VGA 2>"$work/log"
back=$?
check "igdvm gives it back (was $back)" [ "$back" = 0 ]
check "it says that the framebuffer is gone" grep -q 'vesa-framebuffer.0: the boot framebuffer cannot be given back' "$work/log"
check "in one warning" [ "$(grep -c warning "$work/log")" = 1 ]
check "nobody has the display" [ ! -e /sys/bus/pci/devices/$VGA/driver ]
check "no state is left" [ -z "$(ls -A /run/igdvm)" ]
modprobe bochs
for _ in {1..50}; do
  console_bound && break
  pause 0.2
done
check "a driver that comes later has the console" console_bound
