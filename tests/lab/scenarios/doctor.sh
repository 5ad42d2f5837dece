# igdvm doctor on this machine: what it lacks before the GPU is bound to vfio-pci, and after; what a user
# lacks who is not root; other GPUs. Nothing is opened, nothing is changed.
# timeout: 300
# group: shared
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/doctor.sh"

config_before=$(host_config "$GPU" 0 8)$(gpu_config 0x50 4)$(gpu_config 0xfc 4)

# No driver has it, and virtio-pci has the other member of its group.
doctor unbound 1
says device ok '8086:5916, class 0300'
says kvm ok 'API version 12'
says nested warning 'virtual machine'
says kernel ok "Linux $(uname -r)"
says vfio-pci ok 'is there'
says iommu ok 'on: 1 unit, dmar0'
says interrupt-remapping ok '^ok: on$|on'
says vfio-container ok '/dev/vfio/vfio'
says memory ok '512 MiB for the guest'
says memlock ok 'CAP_IPC_LOCK'
says class ok 0300
says generation ok 'Kaby Lake'
says driver failure none
mends driver 'echo vfio-pci > /sys/bus/pci/devices/0000:00:02.0/driver_override'
group=$(basename "$(readlink "$GPU_SYS/iommu_group")")
says iommu-group failure "group $group; .*0000:00:02.1 \\(virtio-pci\\)"
mends iommu-group 'for d in 0000:00:02.1; do'
says vfio-group unknown "/dev/vfio/$group comes with"
says reserved-regions ok msi
says iommu-width 'ok|warning' 'translates (39|48) bits'
says asls ok 0x7f000000
says opregion ok 'version 2.0, 8 KiB, the VBT in mailbox 4'
says opregion-memory ok 'in Reserved, 0x7f000000'
says opregion-live ok 'by /dev/mem'
says stolen ok MiB
says framebuffer ok nothing
says console ok ''
says reset warning 'no way'
says sriov ok 'no SR-IOV'
says lpc-bridge ok "8086:$(host_config 0000:00:1f.0 2 2)"
says audio ok 'no sound'

# The remedies are commands: follow them to the letter.
remedy() { jq -r --arg id "$1" '.checks[] | select(.id == $id) | .remedy' "$serial"; }
unbind=$(remedy iommu-group)
bind=$(remedy driver)
bind=${bind#*by hand: }
eval "$unbind"
eval "$bind"

# The kernel's configuration is a file of its package.
cp "$LAB_DIR"/kernel/boot/config-* /boot/
doctor bound 0
says driver ok vfio-pci
says iommu-group ok "group $group, with others.*no driver"
says vfio-group ok "/dev/vfio/$group"
says vfio-pci-igd ok 'is on'
says vfio-pci-vga ok 'is on'
expect_released
check "the GPU is as it was" [ "$config_before" = \
  "$(host_config "$GPU" 0 8)$(gpu_config 0x50 4)$(gpu_config 0xfc 4)" ]

# It opens no group: another program may have it.
exec 9<>"/dev/vfio/$group"
doctor busy 0
says vfio-group ok "/dev/vfio/$group"
exec 9>&-

# Somebody who may do nothing.
chmod 755 "$work"
cp "$IGDVM" "$work/igdvm"
chmod 755 "$work/igdvm"
chmod 600 /dev/kvm
cat >"$work/as-nobody" <<END
#!/bin/bash
ulimit -l 1024
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$work/igdvm" "\$@"
END
chmod +x "$work/as-nobody"
IGDVM=$work/as-nobody doctor nobody 1 --memory 256M
says kvm failure 'may not open'
says vfio-group failure 'may not open'
says memlock failure '1024 KiB may be locked, the guest has 262144 KiB'
says asls unknown 'cannot read'
says opregion-memory unknown 'cannot read ASLS'
says iommu ok on
says driver ok vfio-pci

# The module shows the OpRegion to whom it is given.
insmod "$LAB_DIR/modules/igd_opregion.ko"
doctor module 0
says opregion-live ok 'by the module'
rmmod igd_opregion

# Other GPUs.
opregion_write 0 58
doctor signature 1
says opregion failure IntelGraphicsMem
opregion_write 0 49
gpu_become asls=0 class=0x038000
doctor headless 0
says class warning 0380
says asls warning '0: firmware has set up no OpRegion'
gpu_become devid=0x0bad
doctor unknown 1
says generation failure 8086:0bad
gpu_become
doctor at-last 0

# A guest that is to have more than the machine.
doctor large 1 --memory 64G
says memory failure 'this host has'

# What is said does start a guest.
guest gpu tiny 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 32
expect_line "the guest is up" '^GUEST up'
expect_released
