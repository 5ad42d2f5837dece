# The board as Linux sees it: clock with its alarm, keyboard, SMBIOS; a panic becomes exit code 34.
# timeout: 400
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

guest board platform 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --keyboard \
  --smbios "oem=io.systemd.credential:lab.word=hello" --smbios uuid=00112233-4455-6677-8899-aabbccddeeff
expect_status 0
expect_quiet_kernel
expect_line "the clock has its driver" '^RTC rtc_cmos '
expect_line "its interrupt came" '^INTERRUPTS +8: +[1-9].*rtc0'
expect_line "the alarm went off" '^WAKEALARM \[\]'
since=$(line '^SINCE ([0-9]+)')
check "it says what time it is" [ "$((since - $(date +%s)))" -gt -120 -a "$((since - $(date +%s)))" -lt 120 ]
expect_line "Linux finds the controller" '^DMESG .*serio: i8042 KBD port at 0x60,0x64 irq 1'
expect_line "and the keyboard" '^INPUT .*AT Translated Set 2 keyboard'
expect_line "SMBIOS is where Linux looks" '^DMESG .*SMBIOS 3.0.0 present'
expect_line "the system's UUID" '^VENDOR igdvm uuid 00112233-4455-6677-8899-aabbccddeeff'
sed -n '/^DMIDECODE begin/,/^DMIDECODE end/p' "$serial" | tr -d '\r' >"$work/dmidecode"
expect_line "dmidecode reads the OEM string" 'String 1: io.systemd.credential:lab.word=hello'
check "dmidecode finds nothing wrong" \
  sh -c "grep -q 'End Of Table' $work/dmidecode && ! grep -iE 'out of spec|bad index|wrong|invalid|truncated' $work/dmidecode"

guest plain platform 90 '' --kernel "$KERNEL_GENERIC" --memory 512M
expect_status 0
expect_no_line "no keyboard unless asked for" '^INPUT .*AT Translated|^DMESG .*i8042 KBD port'

guest panic platform 90 lab.panic --kernel "$KERNEL_GENERIC" --memory 256M
expect_status 34
expect_log "the guest's kernel panicked"
