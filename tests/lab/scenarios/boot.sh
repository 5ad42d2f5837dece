# Boot without a GPU: kernels, CPUs, and every way a guest can end.
# timeout: 400
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

guest cloud boot 90 lab.acpidump --kernel "$KERNEL_CLOUD" --memory 256M
expect_status 0
expect_line "the guest is up with 1 CPU" '^GUEST up: .*cloud-amd64, 1 CPUs'
expect_quiet_kernel
sed -n '/^ACPIDUMP begin/,/^ACPIDUMP end/p' "$serial" | tr -d '\r' >"$work/acpidump"
check "iasl disassembles the guest's ACPI tables" \
  sh -c "cd $work && acpixtract -a acpidump && iasl -d ./*.dat && ! grep -i 'invalid\|error' ./*.dsl"

guest generic boot 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --cpus 2
expect_status 0
expect_line "the guest is up with 2 CPUs" '^GUEST up: .*, 2 CPUs'
expect_quiet_kernel

# "reboot=" chooses how the kernel resets the machine: as ACPI says (the default), by port 0xcf9,
# by the keyboard controller, or by a triple fault.
guest reset-acpi tiny 90 '' --kernel "$KERNEL_CLOUD" --memory 256M
expect_status 32
guest reset-cf9 tiny 90 reboot=p --kernel "$KERNEL_CLOUD" --memory 256M
expect_status 32
guest reset-i8042 tiny 90 reboot=k --kernel "$KERNEL_CLOUD" --memory 256M --cpus 2
expect_status 32
guest triple-fault tiny 90 reboot=t --kernel "$KERNEL_CLOUD" --memory 256M
expect_status 33
expect_log '[Rr][Ii][Pp].*[0-9a-f]{16}'

# SIGTERM presses the power button; the guest sees it and powers off.
guest_start button boot lab.button --kernel "$KERNEL_GENERIC" --memory 512M
if guest_wait_line 90 'BUTTON Power Button'; then
  pause 1
  kill -TERM "$pid"
fi
guest_wait 60
expect_status 0
expect_line "the guest sees the power button" '^BUTTON event 0001 0074 0001 0000'

check "no igdvm left" [ -z "$(igdvm_processes)" ]
