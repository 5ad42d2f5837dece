# igdvm killed at random moments of its start, its run and its end: the next start works, and nothing of the
# last one is in its way. Four kinds, in turn: alone; with a control socket and restarts, where it is two
# processes; with --bind, of which the one that waits is killed, or the one that runs the guest.
# set: full
# timeout: 950
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

KILLS=200
PAYLOAD=$(dirname "$IGDVM")/tests/guest/payload
alone=(--kernel "$PAYLOAD/entry" --memory 128M --igd "$GPU" --serial null)

modprobe pci-stub # the GPU's driver, as far as --bind is concerned

driver() { basename "$(readlink "$GPU_SYS/driver" || echo none)"; }

# ends: a start that is left alone comes to its end
ends() {
  local code=0
  timeout 60 "$IGDVM" "${alone[@]}" "$@" --expect '^done' --fail-on '^FAIL' </dev/null >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = 0 ] && return
  sed 's/^/igdvm| /' "$work/err" >&3
  return 1
}

# How long a start takes, in milliseconds: kills are spread over that and a little more.
name=first
check "a start works" ends
began=$(date +%s%3N)
check "again" ends
span=$((($(date +%s%3N) - began) * 3 / 2))
name=kills
report "  --    a kill within $span ms of each start"

RANDOM=1 # the same moments in every run, as far as the clock has it
failed=0
for ((n = 0; n < KILLS; n++)); do
  case $((n % 4)) in
  0) options=() ;;
  1) options=(--control "$work/sock" --on-reboot restart) ;;
  *) options=(--bind) ;;
  esac
  if [ $((n % 4)) -ge 2 ]; then
    gpu_bind pci-stub
  fi
  "$IGDVM" "${alone[@]}" "${options[@]}" </dev/null >/dev/null 2>&1 &
  victim=$!
  ms=$(((RANDOM * 32768 + RANDOM) % span))
  pause "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
  # of two processes, now the one, now the other
  child=$(pgrep -P "$victim" -x igdvm || true)
  if [ $((n % 4)) = 3 ] && [ -n "$child" ]; then
    kill -KILL "$child" 2>/dev/null || true
  else
    kill -KILL "$victim" 2>/dev/null || true
  fi
  wait "$victim" 2>/dev/null || true
  for _ in {1..50}; do
    [ -n "$(igdvm_processes)" ] || break
    pause 0.1
  done
  if [ -n "$(igdvm_processes)" ]; then
    fail "kill $n: a process is left after 5 s"
    failed=$((failed + 1))
  fi
  # what is to be done after a kill is done by the next start, or by igdvm unbind
  if [ $((n % 8)) -ge 4 ] && [ $((n % 4)) -ge 2 ]; then
    "$IGDVM" unbind >/dev/null 2>"$work/err" || fail "kill $n: unbind: $(cat "$work/err")"
    [ "$(driver)" = pci-stub ] || fail "kill $n: the GPU's driver is $(driver), not pci-stub"
  fi
  if [ $((n % 4)) -ge 2 ]; then
    ends --bind || failed=$((failed + 1))
    [ "$(driver)" = pci-stub ] || fail "start after kill $n: the GPU's driver is $(driver), not pci-stub"
    [ -z "$(ls -A /run/igdvm 2>/dev/null)" ] || fail "start after kill $n: a state is left"
    gpu_bind vfio-pci
  elif [ $((n % 4)) = 1 ]; then
    ends --control "$work/sock" || failed=$((failed + 1))
    [ ! -e "$work/sock" ] || fail "start after kill $n: its socket is left"
  else
    ends || failed=$((failed + 1))
  fi
done
check "after each of $KILLS kills the next start worked ($failed did not)" [ "$failed" = 0 ]
expect_released
