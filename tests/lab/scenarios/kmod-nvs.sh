# The module igd_opregion where it is needed: the OpRegion lies in ACPI NVS memory, and the kernel
# refuses /dev/mem. What can be mapped, by whom, and for how long.
# opregion: nvs
# timeout: 200
# shellcheck shell=bash
. "$LAB_SRC/l1/kmod.sh"

name=no-module
check "/dev/mem is refused" refused opregion_read 0 16
expect_no_device

module_loaded_on nvs
expect_device
check "it is root's alone ($(stat -c '%a %u %g' "$NODE"))" [ "$(stat -c '%a %u %g' "$NODE")" = "600 0 0" ]
check "the module says nothing bad" [ -z "$(dmesg | grep 'not shown')" ]
expect_attributes 0 8192 0 0 2.0
check "everybody can read the attributes" [ "$(stat -c %a "$CLASS"/{page_offset,size,vbt_page_offset,vbt_size,version} | sort -u)" = 444 ]
check "it shows the OpRegion, all of it" \
  [ "$(node_read 0 8192)" = "$(od -A n -v -t x1 "$LAB_OPREGION" | tr -d ' \n')" ]
expect_pages 2 0

name=stores
node_write 0xf8 5a
expect_bytes "another mapping has what was written" 0xf8 5a
node_write 0x1ff8 a5
expect_bytes "in the second page too" 0x1ff8 a5
node_write 0xf8 00

name=rights
expect_try ok rw shared rw 0 8192
expect_try ok rw shared r 0 8192 rw
expect_try "mmap EACCES" r shared rw 0 8192
expect_try "mprotect EACCES" r shared r 0 8192 rw
expect_try "mmap EINVAL" r private r 0 8192
expect_try "mmap EINVAL" rw private rw 0 8192
expect_try "mmap EPERM" rw shared rx 0 8192
expect_try "mprotect EACCES" rw shared rw 0 8192 rx
expect_try "mmap EINVAL" r shared r 0 0
expect_try "mmap EINVAL" r shared r 1 4096
expect_try "mmap EINVAL" r shared r $((VBT_AT - 4096)) 4096
expect_try "mmap EINVAL" r shared r $((VBT_AT - 4096)) 8192
expect_try "mmap EINVAL" r shared r $VBT_AT 4096
expect_try "mmap EINVAL" r shared r 0x7ffffffffffff000 4096
expect_try "mremap EFAULT" r shared r 0 4096 grow
check "read() is refused" refused dd if="$NODE" of="$work/read" bs=1 count=1
check "write() is refused" refused dd if=/dev/zero of="$NODE" bs=1 count=1 conv=notrunc

name=unload
hold_start
check "the module stays while a mapping does" refused rmmod igd_opregion
gpu_unbind
expect_device
gpu_bind vfio-pci
expect_bytes "the GPU's driver does not matter" 0 $SIGNATURE
hold_end
check "the module goes after that" rmmod igd_opregion
expect_no_device
check "the class has gone" [ ! -e /sys/class/igd-opregion ]

# The memory is the firmware's: it is there whatever becomes of the GPU.
module_loaded_on removed
read -r major minor <<<"$(stat -c '0x%t 0x%T' "$NODE")"
mknod "$work/node" c $((major)) $((minor))
hold_start
echo 1 >"$GPU_SYS/remove"
expect_no_device
check "a node that is left opens nothing" \
  [ "$("$LAB_DIR/mapfile" try "$work/node" r shared r 0 4096)" = "open ENODEV" ]
echo 1 >/sys/bus/pci/rescan
expect_device
expect_bytes "it is back with the GPU" 0 $SIGNATURE
echo 1 >"$GPU_SYS/remove"
expect_no_device
hold_end
check "the module goes without a GPU" rmmod igd_opregion
module_load
expect_no_device
echo 1 >/sys/bus/pci/rescan
expect_device
check "the kernel is well" [ -z "$(dmesg | grep -E 'BUG|WARNING|Oops|freeing invalid memtype')" ]
