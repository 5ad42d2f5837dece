# The freestanding guests of tests/guest once more, on the lab's KVM: hardware virtualisation, where
# the development host's may be a software KVM. Without faults-*: a call that fails does so on any KVM.
# timeout: 400
# bind: none
# memory: 6144
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

build=$(dirname "$IGDVM")

# The lab's KVM is AMD's: no registers survive a triple fault there.
name=ctest
ctest --test-dir "$build" -L guest -E '^guest-triple-fault$|^cli-|^faults-' --no-tests=error --output-on-failure \
  >"$work/ctest.serial" 2>"$work/ctest.log"
status=$?
serial=$work/ctest.serial log=$work/ctest.log
while read -r line; do report "  --    $line"; done < <(grep -E 'Skipped|tests passed' "$serial")
expect_status 0

vmm triple-fault 20 --kernel "$build/tests/guest/payload/end" --cmdline triple
expect_status 33
expect_log 'guest crashed: vCPU 0: triple fault'
expect_log 'power-on values'

# A level interrupt until its cause is gone: a software KVM may end interrupts on delivery.
vmm_start sci-level --kernel "$build/tests/guest/payload/power" --cmdline level
guest_wait_line 20 'ready for the button' && kill -TERM "$pid"
guest_wait 20
expect_status 0
expect_line "the SCI comes until its cause is gone" '^ok SCI until its cause is gone'
expect_no_line "and no check failed" '^(FAIL|SKIP)'

# End of interrupt as the manuals have it, which tests/guest's machine may not show.
vmm apic 20 --kernel "$build/tests/guest/payload/mb_apic" --debug-exit
expect_status 64
expect_line "an interrupt is in service until its EOI" '^ok one of a lower class waits for the EOI'
vmm ioapic 20 --kernel "$build/tests/guest/payload/mb_ioapic" --debug-exit --rng
expect_status 64
expect_line "a level has its remote IRR until the EOI" '^ok it came once, with remote IRR until the EOI'
