# The device stops answering at its BARs while a guest uses them: it reads all ones and goes on.
# timeout: 200
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

asleep=/sys/module/fakeigd/parameters/asleep

guest_start lost bar '' --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
guest_wait_line 90 'BAR ready' && echo 1 >$asleep
guest_wait_line 30 'BAR lost reads again' && echo 0 >$asleep
guest_wait 60
echo 0 >$asleep
expect_status 0
expect_line "reads give all ones" '^BAR lost reads ffffffff'
expect_line "writes are dropped" '^BAR lost reads again ffffffff'
expect_line "it is back once the guest enables it again" '^BAR back reads 5b'
expect_log "warning: $GPU: BAR[0-9] does not answer"
check "igdvm says so once" [ "$(grep -c 'does not answer' "$log")" -eq 1 ]
expect_line "the guest ran to its end" '^GUEST end'
expect_no_line "no kernel trouble" '^KERNEL-TROUBLE'
expect_released

guest at-last tiny 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 32
expect_released
