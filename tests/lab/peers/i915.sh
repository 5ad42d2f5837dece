# What i915 makes of the lab's GPUs behind QEMU: the yardstick for the scenarios igd-i915-*.
#
# QEMU's vfio-pci and SeaBIOS do for the GPU what igdvm does; i915 probes registers that are plain
# memory in both cases. Takes a minute a GPU and judges nothing but whether the guest comes up: what it
# reports is in README.md. PEER_MODELS names rows of l1/models.sh; unset: all of the matrix.
#
#	PEER_MODELS="hsw tgl" tests/lab/run.sh tests/lab/peers/i915.sh
# timeout: 3600
# memory: 2048
# env: PEER_MODELS
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"
. "$LAB_SRC/l1/models.sh"

# qemu_guest NAME SECONDS: the guest of l2/gpu.init, with i915, in QEMU.
qemu_guest() {
  name=$1
  serial=$work/$name.serial log=$work/$name.log
  began=$(seconds)
  timeout -s KILL "$2" qemu-system-x86_64 -machine q35 -accel kvm -cpu host,+invtsc -m 512 \
    -nodefaults -display none -no-reboot -serial stdio \
    -device "vfio-pci,host=$GPU,addr=02.0,x-igd-opregion=on" -kernel "$KERNEL_GENERIC" \
    -initrd "$LAB_DIR/l2-gpu.cpio.gz" \
    -append "console=ttyS0 quiet panic=-1 tsc=reliable lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
    </dev/null >"$serial" 2>"$log"
  status=$?
  report "  --    $name: QEMU's status $status after $(awk "BEGIN { print $(seconds) - $began }") s"
}

for row in ${PEER_MODELS:-$MATRIX}; do
  model "$row"
  qemu_guest "$row" 300
  check "the guest is up" grep -q '^GUEST up' "$serial"
  for said in 'DRIVER ([a-z0-9]*)' '(Initialized i915.*)' '(I915 .* PCH.*)' '(I915 .*VBT.*)' \
    '(I915 .*graphic opregion.*)' '(STOLEN .*)'; do
    report "  --    $row: $(line "$said")"
  done
  grep -E '^(CONFIG|I915-ERROR|CONNECTOR|GUEST end)|BUG|Oops' "$serial" | tr -d '\r' | tail -n 14 |
    while IFS= read -r text; do report "        $text"; done
  sed 's/^/        qemu| /' "$log" | tail -n 4 >&3
done
