# lib.sh - what scenarios are written in. Sourced by each of them, inside the lab machine (L1).
# shellcheck shell=bash
#
# A scenario starts guests one after the other and says what must be true of each. Every statement
# gives one line, "ok" or "FAIL"; the scenario goes on after a failure and ends with status 1.
#
#   guest NAME INITRD SECONDS ARGS...  run igdvm to its end
#   guest_start NAME INITRD ARGS...    ... or in the background: then guest_wait_line, guest_wait
#   vmm NAME SECONDS ARGS...           run igdvm with these arguments only
#   expect_...                         statements about the guest started last

# Several files of a scenario may ask for it.
[ -z "${lab_lib:-}" ] || return 0
lab_lib=loaded

set -u
. "$LAB_SRC/l1/gpu.sh"

# Read by scenarios.
# shellcheck disable=SC2034
{
  KERNEL_GENERIC=$LAB_DIR/bzImage-generic
  KERNEL_CLOUD=$LAB_DIR/bzImage-cloud
}
OPREGION_AT=$LAB_ASLS

work=$(mktemp -d)
failures=0
name=none serial=/dev/null log=/dev/null pid='' status='' shown='' input=''

report() { echo "$*" >&3; }

# In place of igdvm, for scenarios that know nothing of this; the file is this machine's own copy.
if [ -n "${IGDVM_TRACE:-}" ] && [ ! -e "$IGDVM.real" ]; then
  mv "$IGDVM" "$IGDVM.real"
  cat >"$IGDVM" <<END
#!/bin/sh
case "\$1 \$*" in
*--sandbox* | [!-]*) exec $IGDVM.real "\$@" ;;
esac
exec $IGDVM.real "\$@" --sandbox trace=/trace.log
END
  chmod +x "$IGDVM"
fi

ok() { report "  ok    $name: $*"; }

# The first failure of a guest shows the end of what it and igdvm had to say.
fail() {
  failures=$((failures + 1))
  report "  FAIL  $name: $*"
  if [ "$shown" != "$name" ]; then
    shown=$name
    sed 's/^/        igdvm| /' "$log" | tail -n 15 >&3
    sed 's/\r$//; s/^/        guest| /' "$serial" | tail -n "${CONTEXT:-25}" >&3
  fi
}

# check WHAT COMMAND...: a statement that any command can decide.
check() {
  local what=$1
  shift
  if "$@"; then
    ok "$what"
  else
    fail "$what"
  fi
}

scenario_end() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
  [ ! -e /trace.log ] || sort -u /trace.log | sed 's/^/trace: /' >&3
  [ "$failures" -eq 0 ] || exit 1
}
trap scenario_end EXIT

# --- running igdvm -------------------------------------------------------------------------------

# A pause without a process: the lab machine has one CPU, and the guest wants it.
exec {never}<> <(:)
pause() { read -r -t "$1" -u "$never" || true; }

seconds() { cut -d' ' -f1 /proc/uptime; }

# vmm_start NAME ARGS...: igdvm in the background. The guest's console and igdvm's own lines go to
# files, and from there to the lab machine's console, in lumps: tail polls files on an overlay.
# Passing on every byte as it comes would slow the guest down.
vmm_start() {
  name=$1
  shift
  serial=$work/$name.serial log=$work/$name.log status=''
  : >"$serial"
  : >"$log"
  printf 'lab: %s: igdvm %s\n' "$name" "$*"
  began=$(seconds)
  "$IGDVM" "$@" <"${input:-/dev/null}" >"$serial" 2>"$log" &
  pid=$!
  tail -q -n +1 -s 0.3 -f --pid="$pid" "$serial" "$log" &
  tail_pid=$!
}

# guest_wait SECONDS: wait until igdvm ends; past the time it is killed, which is a failure.
guest_wait() {
  local end=$((SECONDS + $1))
  while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$end" ]; do
    pause 0.1
  done
  if kill -0 "$pid" 2>/dev/null; then
    fail "still running after $1 s"
    kill -KILL "$pid"
  fi
  wait "$pid" 2>/dev/null
  status=$?
  pid=
  report "  --    $name: status $status after $(awk "BEGIN { print $(seconds) - $began }") s"
  wait "$tail_pid"
}

# keyboard: igdvm's standard input is from here on what type_in types.
keyboard() {
  input=$work/keys
  mkfifo "$input"
  exec {keyboard}<>"$input" # for writing too: it has no end
}

type_in() { printf '%s\n' "$1" >&"$keyboard"; }

vmm() {
  local seconds=$2
  vmm_start "$1" "${@:3}"
  guest_wait "$seconds"
}

# guest_start NAME INITRD WORDS ARGS...: a guest with one of the lab's initial RAM disks. WORDS are
# for its script and its kernel: they go onto the command line.
guest_start() {
  vmm_start "$1" --initrd "$LAB_DIR/l2-$2.cpio.gz" --cmdline "console=ttyS0 quiet panic=-1 $3" \
    "${@:4}"
}

# guest NAME INITRD SECONDS WORDS ARGS...
guest() {
  local seconds=$3
  guest_start "$1" "$2" "${@:4}"
  guest_wait "$seconds"
}

# guest_wait_line SECONDS REGEX: wait for a line on the guest's console.
guest_wait_line() {
  local end=$((SECONDS + $1)) text
  while :; do
    text=$(<"$serial")
    [[ ! $text =~ $2 ]] || return 0
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$end" ]; then
      fail "no line '$2' within $1 s"
      return 1
    fi
    pause 0.2
  done
}

# --- statements ----------------------------------------------------------------------------------

expect_status() { check "exit status $1 (was $status)" [ "$status" = "$1" ]; }

# expect_line WHAT REGEX: extended, case as it is; the console has carriage returns.
expect_line() { check "$1" grep -qE -- "$2" "$serial"; }

# expect_no_line WHAT REGEX: the lines that should not be there are shown.
expect_no_line() {
  local found
  found=$(grep -nE -m 3 -- "$2" "$serial")
  [ -z "$found" ] || report "        line ${found//$'\n'/$'\n        line '}"
  check "$1" [ -z "$found" ]
}

expect_log() { check "igdvm says $1" grep -qE -- "$1" "$log"; }

expect_no_log() { check "igdvm does not say $1" [ -z "$(grep -E -m 1 -- "$1" "$log")" ]; }

igdvm_processes() { grep -sx "$(basename "$IGDVM")" /proc/[0-9]*/comm; }

# Nothing of igdvm stays behind, and the GPU can be opened by the next one.
expect_released() {
  check "no igdvm left" [ -z "$(igdvm_processes)" ]
  check "the GPU's group is free" gpu_free
}

# line REGEX: the first match of REGEX's group 1 on the guest's console.
line() { sed -nE "s/.*$1.*/\1/p" "$serial" | head -n 1 | tr -d '\r'; }

# --- the host's OpRegion -------------------------------------------------------------------------

opregion_read() { "$LAB_DIR/physmem" read $((OPREGION_AT + $1)) "$2"; }
opregion_write() { "$LAB_DIR/physmem" write $((OPREGION_AT + $1)) "$2"; }

# opregion_become [KEY=VALUE...]: another OpRegion in its place, see tools/mkopregion.c. The guest
# started next sees it.
opregion_become() { "$LAB_DIR/mkopregion" "$@" | "$LAB_DIR/physmem" load $((OPREGION_AT)); }
