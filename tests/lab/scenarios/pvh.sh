# Debian's kernel without its bzImage, as ELF: entered by PVH, it boots like the other.
# timeout: 400
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

vmlinux=$work/vmlinux

# header OFFSET BYTES: a field of the bzImage's setup header (Documentation/x86/boot.rst)
header() { od -An -t "u$2" -j "$1" -N "$2" "$KERNEL_GENERIC" | tr -d ' '; }

# The payload ends with its size unpacked, four bytes that are not xz's.
unpack() {
  local at=$((($(header 0x1f1 1) + 1) * 512 + $(header 0x248 4)))
  dd if="$KERNEL_GENERIC" bs=1M iflag=skip_bytes,count_bytes skip=$at \
    count=$(($(header 0x24c 4) - 4)) status=none | xz -dc >"$vmlinux"
}
name=unpack
check "the payload of the bzImage is unpacked" unpack

guest pvh boot 150 '' --kernel "$vmlinux" --memory 512M --cpus 2
expect_status 0
expect_log 'vmlinux: ELF64, PVH entry 0x1[0-9a-f]+, [0-9] segments'
expect_line "the guest is up with 2 CPUs" '^GUEST up: .*, 2 CPUs'
expect_quiet_kernel
