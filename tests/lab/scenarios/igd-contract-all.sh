# As igd-contract: every GPU of the table under every OpRegion policy.
# set: full
# timeout: 850
# shellcheck shell=bash
. "$LAB_SRC/l1/payload.sh"

for row in "${ALL_ROWS[@]}"; do
  model "$row"
  contract_default
  contract_policies live lazy copy off auto "file=$work/opregion.bin"
  contract_exits
done
