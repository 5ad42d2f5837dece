# A guest that reads every register finds no host address, and nothing it writes reaches the host: one
# GPU of each register layout. All GPUs and policies: igd-contract-all.
# timeout: 600
# shellcheck shell=bash
. "$LAB_SRC/l1/payload.sh"

for row in ivb skl tgl mtl; do
  model $row
  contract_policies copy
  contract_exits
done
contract_policies live lazy off "file=$work/opregion.bin"
for row in chv tgl; do
  model $row
  contract_default
done
