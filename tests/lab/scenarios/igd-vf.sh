# An SR-IOV virtual function of a GPU: no OpRegion, no stolen memory, and no platform of the host's.
# timeout: 200
# shellcheck shell=bash
. "$LAB_SRC/l1/payload.sh"
. "$LAB_SRC/l1/contract.sh"

model adl vf=1 asls=0

contract vf-payload "" "$(stolen_addresses)"
guest vf gpu 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 0
expect_no_opregion
expect_function 00:02.0
expect_line "GMS is 0" '^CONFIG .* ggc=0x00'
expect_no_line "the guest's kernel reserves no stolen memory" '^STOLEN'
expect_no_line "no LPC bridge of the host's" "^LSPCI 00:1f.0 .*\\[$(config_id 0000:00:1f.0)\\]"
expect_quiet_kernel
expect_released

vmm vf-stolen 30 --kernel "$KERNEL_CLOUD" --igd "$GPU,stolen=32M"
expect_status 1
expect_log 'virtual function'
expect_released
