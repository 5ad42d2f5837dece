# contract.sh - what must hold for every guest with the GPU. Sourced by scenarios, with lib.sh; all
# of it reads what l2/gpu.init prints.
# shellcheck shell=bash

. "$LAB_SRC/l1/lib.sh"

# reserved FIRST LAST: whether one range of the guest's e820 map that is not usable RAM holds all.
reserved() {
  local first last type
  while read -r first last type; do
    if [ "$type" != usable ] && (($1 >= first && $2 <= last)); then
      return 0
    fi
  done < <(sed -n 's/^E820 \[mem \(0x[0-9a-f]*\)-\(0x[0-9a-f]*\)\] \(.*\)\r*$/\1 \2 \3/p' "$serial" |
    tr -d '\r')
  return 1
}

guest_asls() { line 'CONFIG asls=(0x[0-9a-f]*)'; }

# ASLS is a reserved address with an OpRegion behind it ...
expect_opregion() {
  local asls
  asls=$(guest_asls)
  check "ASLS ${asls:-missing} is not 0" [ $((asls)) -ne 0 ]
  check "8 KiB from ASLS are reserved in the guest's e820 map" reserved "$asls" $((asls + 8191))
  expect_line "the OpRegion's signature is at ASLS" '^OPREGION head 496e74656c47726170686963734d656d'
  expect_asls_stays
}

# ... or 0.
expect_no_opregion() {
  local asls
  asls=$(guest_asls)
  check "ASLS ${asls:-missing} is 0" [ "$asls" = 0x00000000 ]
  expect_asls_stays
}

expect_asls_stays() {
  expect_line "a write to ASLS changes nothing" "^CONFIG after a write asls=$(guest_asls)"
}

# expect_stolen bdsm|bdsm64 [at-host]: the guest's stolen memory is its own: reserved for it, as large
# as igdvm says; at the host's address or, without the word, anywhere else. BDSM is at 0x5c, or 64
# bits wide at 0xc0 from generation 11 on.
expect_stolen() {
  local first last bdsm host mib
  case $1 in
  bdsm) host=0x$(gpu_config 0x5c 4) ;;
  bdsm64) host=0x$(gpu_config 0xc0 8) ;;
  esac
  read -r first last <<<"$(line 'STOLEN .*\[mem (0x[0-9a-f]*-0x[0-9a-f]*)\]' | tr - ' ')"
  bdsm=$(line "CONFIG .*$1=(0x[0-9a-f]*)")
  mib=$(sed -nE 's/.*stolen memory ([0-9]+) MiB, OpRegion.*/\1/p' "$log")
  check "the guest's kernel reserves stolen memory (${first:-none} to ${last:-none})" [ -n "$last" ]
  check "it has the $mib MiB that igdvm says" [ $((last - first + 1)) -eq $((mib << 20)) ]
  check "it is reserved in the guest's e820 map" reserved "${first:-0}" "${last:-0}"
  check "it is where BDSM ($bdsm) points" [ $((first)) -eq $((bdsm & ~0xfffff)) ]
  if [ "${2:-}" = at-host ]; then
    check "it is at the host's BDSM ($host)" [ $((bdsm & ~0xfffff)) -eq $((host & ~0xfffff)) ]
  else
    check "it is not at the host's BDSM ($host)" [ $((bdsm & ~0xfffff)) -ne $((host & ~0xfffff)) ]
  fi
}

# config_id BDF: vendor:device of a host function as lspci prints them.
config_id() { echo "$(host_config "$1" 0 2):$(host_config "$1" 2 2)"; }

# expect_function BDF: the guest has it with the host's ids. lspci does not say revision 0.
expect_function() {
  local rev
  rev=$(host_config "0000:$1" 8 1)
  expect_line "$1 has the host's ids" "^LSPCI $1 .*\\[$(config_id "0000:$1")\\]\
$([ "$rev" = 00 ] || echo " \\(rev $rev\\)")"
}

expect_ids() {
  local bdf
  for bdf in 00:00.0 00:1f.0 00:02.0; do expect_function $bdf; done
}

expect_quiet_kernel() {
  expect_line "the guest ran to its end" '^GUEST end'
  expect_no_line "no ACPI error or warning" '^ACPI-TROUBLE'
  expect_no_line "no kernel trouble" '^KERNEL-TROUBLE'
}

# expect_i915 with|without [PCH]: the driver binds; with an OpRegion it has found that and the VBT in
# it. The PCH as i915 names it, with _ for a space.
expect_i915() {
  local asls found
  asls=$(guest_asls)
  expect_line "i915 binds" 'I915 .*Initialized i915'
  expect_line "and stays bound" '^DRIVER i915'
  expect_line "i915 finds the PCH${2:+ ($2)} from the LPC bridge" "I915 .*Found ${2:+${2//_/ }}.* PCH"
  expect_no_line "i915 does not guess the PCH" 'I915 .*Assuming PCH'
  expect_line "there is a connector" '^CONNECTOR card'
  if [ "$1" = with ]; then
    found=$(line 'graphic opregion physical addr: (0x[0-9a-f]*)')
    check "i915 reads the OpRegion's address ${found:-nowhere}" [ $((found)) -eq $((asls)) ]
    expect_line "i915 finds a valid VBT in it" 'I915 .*Found valid VBT in ACPI OpRegion'
  else
    expect_no_line "i915 finds no OpRegion" 'I915 .*Found valid VBT in ACPI OpRegion'
  fi
}
