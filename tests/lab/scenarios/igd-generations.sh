# A stock kernel on one GPU of each register layout, without a driver: ids, OpRegion, stolen memory. The
# other GPUs of the matrix: igd-i915-*.
# timeout: 600
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"
. "$LAB_SRC/l1/models.sh"

# look NAME WORDS...: a guest with the GPU as it is.
look() {
  guest "$1" gpu 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
  expect_status 0
  expect_opregion
  expect_ids
  expect_quiet_kernel
  expect_stolen "${@:2}"
  expect_released
}

for row in ivb bdw cfl adl; do
  model $row
  case $m_at in
  c0+f0) look "$row" bdsm64 at-host ;;
  *) look "$row" bdsm ;;
  esac
done

# BDSM has 64 bits from gen 11 on, so firmware may put stolen memory above 4 GiB.
model tgl bdsm64=0x47b800001
look tgl-high bdsm64 at-host
