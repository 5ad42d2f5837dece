# models.sh - real GPUs as rows: what firmware leaves in their registers and in those around them.
# Sourced by scenarios, with lib.sh.
# shellcheck shell=bash
#
#   model ROW    the GPU becomes that one; its columns are in the variables m_...
#
# Sources: device ids, Linux include/drm/intel/pciids.h; ids of bridges, pci.ids; PCH families,
# drivers/gpu/drm/i915/intel_pch.c; GGC, see docs/igd.md. Addresses are made up, as firmware does it:
# stolen memory ends at TOLUD, the GTT's is right below its base, stolen-reserved at its top. None is so round
# that other registers' bytes look like it.
#
# Columns: GPU, its revision; host bridge, LPC bridge in the same way; the PCH as i915 says it; GGC; where
# BDSM is, base of DSM; base of GSM; stolen-reserved; TOLUD; OpRegion; straps that say which ports there
# are, without which i915 on that generation sees none (SFUSE_STRAP, 0xc2014; DP_A, 0x64000). The VBT has
# the ports A and B.
MODELS='
snb 0126 09 0104 09 1c4f 04 CougarPoint     0x0211 5c    0x7ba00001 0x7b800001 0x7f900001 0x7fa00001 2.0 -
ivb 0166 09 0154 09 1e57 04 PantherPoint    0x0211 5c    0xdba00001 0xdb800001 0xdf900001 0xdfa00001 2.0 c2014:2000,64000:4
hsw 0416 06 0c04 06 8c4b 05 LynxPoint       0x0211 5c    0xcba00001 0xcb800001 0xcf900001 0xcfa00001 2.0 c2014:4
vlv 0f31 0e 0f00 0e 0f1c 0e none            0x0211 5c+70 0x7cb00001 0x7c900001 0x80a00001 0x80b00001 2.0 -
bdw 1616 09 1604 09 9cc3 03 WildcatPoint_LP 0x01c1 5c    0xde200001 0xdda00001 0xdfe00001 0xe0200001 2.0 c2014:4
chv 22b0 21 2280 21 229c 21 none            0x0309 5c+70 0x7ae00001 0x7a600001 0x7cc00081 0x7ce00001 2.0 -
skl 1912 06 191f 07 a145 31 SunrisePoint    0x02c1 5c    0x8b800001 0x8b000001 0x8f000181 0x8f800001 2.0 -
kbl 5916 02 5904 02 9d4e 21 SunrisePoint_LP 0x02c1 5c    0x8c800001 0x8c000001 0x90000181 0x90800001 2.0 -
cfl 3e92 00 3ec2 07 a2c9 00 Kaby_Lake       0x02c1 5c    0x7d800001 0x7d000001 0x81000181 0x81800001 2.0 -
glk 3185 03 31f0 03 31e8 03 none            0x02c1 5c    0x7cb00001 0x7c300001 0x80700101 0x80b00001 2.0 -
icl 8a52 07 8a12 03 3482 30 Ice_Lake        0xfec1 c0+f0 0x6bc00001 0x6b400001 0x6f000181 0x6f800001 2.1 -
tgl 9a49 01 9a14 01 a082 20 Tiger_Lake_LP   0xfec1 c0+f0 0x7b800001 0x7b000001 0x7ec00181 0x7f400001 2.1 -
adl 46a6 0c 4641 02 5182 01 Alder_Lake      0xfec1 c0+f0 0x4c800001 0x4c000001 0x4fc00181 0x50400001 2.1 -
mtl 7d55 08 7d01 04 7e02 20 none            0xfec1 mmio  0x6c800001 0x6c000001 0x6fc00181 0x70400001 3.0 -
'

# All rows; and those that have to boot a stock kernel, the others differ in registers only.
# shellcheck disable=SC2034 # read by scenarios
mapfile -t ALL_ROWS < <(awk 'NF { print $1 }' <<<"$MODELS")
# shellcheck disable=SC2034
MATRIX='ivb hsw bdw skl kbl cfl icl tgl adl'

# model ROW [PARAMETER=VALUE...]: with other parameters of fakeigd, if any.
model() {
  local more=() row
  row=$(awk -v name="$1" '$1 == name' <<<"$MODELS")
  # shellcheck disable=SC2034 # columns are read by scenarios
  read -r m_name m_gpu m_rev m_host m_hostrev m_lpc m_lpcrev m_pch m_ggc m_at m_dsm m_gsm m_reserved \
    m_tolud m_opregion m_straps <<<"$row"
  case $m_at in
  5c) more=("bdsm=$m_dsm") ;;
  5c+70) more=("bdsm=$m_dsm" bgsm70=1) ;;
  c0+f0) more=("bdsm64=$m_dsm" alias=1) ;;
  mmio) more=("dsm=$m_dsm" bdsm=0 access=1) ;;
  esac
  [ "$m_straps" = - ] || more+=("regs=$m_straps")
  opregion_become "version=$m_opregion" ports=2
  gpu_become "asls=$OPREGION_AT" "devid=0x$m_gpu" "revision=0x$m_rev" "hostid=0x$m_host" \
    "hostrev=0x$m_hostrev" "lpcid=0x$m_lpc" "lpcrev=0x$m_lpcrev" "ggc=$m_ggc" "${more[@]}" \
    "bgsm=$m_gsm" "reserved=$m_reserved" "tolud=$m_tolud" "${@:2}"
}
