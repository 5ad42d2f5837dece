# payload.sh - the freestanding guest of tests/guest/payload/igd.c, which reads everything that can be
# read and looks for host addresses in it. Sourced by scenarios.
# shellcheck shell=bash

. "$LAB_SRC/l1/lib.sh"
. "$LAB_SRC/l1/models.sh"

PAYLOAD=$(dirname "$IGDVM")/tests/guest/payload/igd
MCHBAR=0xfed10001 # fakeigd's default
# fakeigd's own files, of what the guest may write to: it must come back as it was.
host_state() {
  od -A n -v -t x1 "$GPU_SYS/config"
  cat /sys/module/fakeigd/parameters/mirrors
}

# Which pages of BAR0 the VMM has to answer for, by the row's name.
trapped_pages() {
  case $m_name in
  mtl) echo 0x108000,0x138000 ;;
  *) echo 0x108000 ;;
  esac
}

# payload_start NAME OPTIONS LEAKS WORDS...: OPTIONS are of --igd, LEAKS host addresses that must not
# appear, comma-separated, besides those that no guest may see.
payload_start() {
  before=$(host_state)
  vmm_start "$1" --kernel "$PAYLOAD" --memory 512M --igd "$GPU$2" --cmdline \
    "leak=$OPREGION_AT,$MCHBAR${3:+,$3} trapped=$(trapped_pages) ${*:4}"
}

# Host addresses of the row which no guest sees whose stolen memory is elsewhere.
stolen_addresses() { echo "$m_dsm,$m_gsm,$m_reserved,$m_tolud"; }

payload_judge() {
  local after
  expect_line "it came to its end" '^(done|ready)'
  expect_no_line "nothing of the host, and all else that the guest checks" '^FAIL|host page'
  after=$(host_state)
  check "the host's registers are as they were" [ "$after" = "$before" ]
  expect_released
}

# contract NAME OPTIONS LEAKS WORDS...
contract() {
  payload_start "$@"
  guest_wait 30
  expect_status 0
  payload_judge
}

# contract_policies POLICY...: the GPU of the row under these OpRegion policies.
contract_policies() {
  local policy word
  for policy in "$@"; do
    word=opregion
    [ "$policy" != off ] || word=
    # Not at the host's address: then nothing the guest reads may be the host's.
    contract "$m_name-${policy%%=*}" ",opregion=$policy$(stolen_anywhere)" "$(stolen_addresses)" \
      "$word"
    # 32 MiB, with the GTT's size as it was.
    [ "$m_at" != c0+f0 ] || expect_line "stolen memory has the size that was asked for" \
      '^BAR0: GGC 1c1 '
  done
}

stolen_anywhere() {
  case $m_at in
  c0+f0) echo ,stolen=32M ;;
  esac
}

# contract_default: what a user gets who says nothing.
contract_default() {
  local leaks
  leaks=$(stolen_addresses)
  # From gen 11 on stolen memory is at the host's address, and so is all that lies in and next to it.
  [ "$m_at" != c0+f0 ] || leaks=
  contract "$m_name-default" "" "$leaks" opregion
  [ -n "$leaks" ] || expect_line "stolen memory is at the host's address" \
    "^BAR0: .* DSM ${m_dsm#0x} GSM .* reserved ${m_reserved:2:-1}[01] "
}

# contract_exits: every access to BAR0 that leaves KVM is one to a trapped page.
contract_exits() {
  local want got
  payload_start "$m_name-exits" ",opregion=copy$(stolen_anywhere)" "$(stolen_addresses)" \
    opregion count
  if guest_wait_line 30 'ready to be counted'; then
    want=$(line '^MMIO exits: ([0-9]*)')
    got=$(cat "/sys/kernel/debug/kvm/$pid-"*/mmio_exits)
    check "as many MMIO exits as accesses to config space and trapped pages: $want (KVM: $got)" \
      [ "$got" = "$want" ]
  fi
  kill -TERM "$pid"
  pause 0.5
  kill -TERM "$pid"
  guest_wait 10
  expect_status 143
  payload_judge
}

# An OpRegion for opregion=file=F, unlike the host's.
"$LAB_DIR/mkopregion" version=2.1 ports=3 >"$work/opregion.bin"

mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
