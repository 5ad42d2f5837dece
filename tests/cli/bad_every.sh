#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every option and every key, given wrongly in every way that its kind of value has, on the command line and
# in a file: one line that names the option, code 2, nothing left behind. The list is the option table's; one
# that has no row below fails.
#
# usage: bad_every.sh values|files GEN_DOCS IGDVM DIR FIXTURES   (DIR: of the payloads)
set -uo pipefail

part=$1 gen=$(realpath "$2") igdvm=$(realpath "$3") image=$(realpath "$4")/entry fixture=$(realpath "$5")/kbl
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

# option, key, a value that is right, a value that is not (- for none), how its file is used, and what it takes
# to get there: in and out are opened for reading and writing by a dry run, gpu by one with a GPU,
# run by a guest that is started, dir holds files; other: another row or another test has it; - is no file.
rows='
kernel      -          @image         -          in
initrd      -          @image         -          in
cmdline     -          quiet          -          -
memory      size       64M            64X        -
memory      hugepages  2M             3M         -
memory      prealloc   on             maybe      -
memory      thp        off            maybe      -
cpus        count      2              two        -
cpus        topology   1:1:1          1:1        -
cpus        pin        0              x          -
igd         bdf        0000:00:02.0   x          other
igd         addr       02.0           2          -
igd         opregion   copy           maybe      other
igd         opregion=file - - gpu
igd         vbt        f              -          gpu
igd         doorbells  drop           maybe      -
igd         stolen     off            64X        -
igd         lpc        off            x          -
igd         host       off            maybe      -
igd         vga        on             maybe      -
igd         rom        off            -          gpu
igd         gen        kbl            -          -
vfio        bdf        0000:00:03.0   x          other
vfio        addr       05.0           5          -
vfio        rom        bar            -          other
vfio        id         8086:1         x          -
disk        path       f              -          run
disk        ro         on             maybe      -
disk        direct     on             maybe      -
disk        aio        threads        maybe      -
disk        serial     s              -          -
disk        queues     2              two        -
disk        addr       05.0           5          -
net         tap        t              -          -
net         fd         3              x          -
net         passt      s              -          other
net         vhost      on             maybe      -
net         mac        02:00:00:00:00:01 x       -
net         queues     2              two        -
net         addr       05.0           5          -
fs          socket     s              -          run
fs          tag        t              -          -
fs          queues     2              two        -
fs          addr       05.0           5          -
input       path       e              -          run
input       grab       on             maybe      -
input       addr       05.0           5          -
vsock       cid        3              x          -
vsock       addr       05.0           5          -
rng         -          on             maybe      -
balloon     target     all            x          -
smbios      oem        s              -          -
smbios      uuid       123e4567-e89b-12d3-a456-426614174000 x -
smbios      serial     s              -          -
fixture     -          d              -          other
serial      -          null           maybe      other
serial=file - - - run
console     -          null           maybe      other
console=file - - - run
on-reboot   -          exit           maybe      -
keyboard    -          on             maybe      -
debugcon    -          null           maybe      other
debugcon=file - - - run
debug-exit  -          on             maybe      -
expect      -          x              (          -
fail-on     -          x              (          -
timeout     -          1s             soon       -
report      -          f              -          out
sandbox     -          on             maybe      other
sandbox=trace - - - run
dump-acpi   -          d              -          dir
dump-dtb    -          f              -          out
pass        path       /x             -          other
pass        fd         3              x          -
bind        -          on             maybe      -
force       -          on             maybe      -
control     -          s              -          run
dry-run     -          on             maybe      -
json        -          on             maybe      -
config      -          empty          -          in
dump-config -          on             maybe      -
verbose     -          on             maybe      -
log-file    -          f              -          out
log-json    -          on             maybe      -
help        -          -              -          -
version     -          -              -          -
'

# row OPTION KEY: the rest of its row in good, bad and file; 1: there is none
row() {
  local option key
  while read -r option key good bad file; do
    [ "$option $key" = "$1 $2" ] || continue
    good=${good/@image/$image}
    return 0
  done <<<"$rows"
  return 1
}

text() { head -c "$1" /dev/zero | tr '\0' x; }

# wrong REGEX ARGUMENT...: refused in one line that names the option, with code 2, and nothing is left behind
wrong() {
  local regex=$1 before after
  shift
  before=$(ls -A)
  check 2 "$regex" "$igdvm" "$@"
  after=$(ls -A)
  [ "$(echo "$before" | grep -vx 'out\|err')" = "$(echo "$after" | grep -vx 'out\|err')" ] ||
    fail "left behind by ${*:0:5}: $after"
}

kernel() { [ "$option" = kernel ] || printf -- '--kernel\n%s\n' "$image"; }

# What else option $option needs, so that key $1 alone is wrong.
others() {
  local o k g
  while read -r o k g _; do
    if [ "$o" != "$option" ] || [ "$k" = "$1" ]; then continue; fi
    grep -q "^$o $k .* required$" list && printf '%s=%s,' "$k" "${g/@image/$image}"
  done <<<"$rows"
}

# in_file REGEX LINE...: the same, from a file, with its name and line
in_file() {
  local regex=$1
  shift
  printf '%s\n' "$@" >vm.conf
  wrong "vm.conf:[0-9]+: $regex" "${base[@]}" --config vm.conf
}

bad_option() {
  local base many=()
  mapfile -t base < <(kernel)
  if [ "$kind" = action ]; then
    wrong "--$option takes no value: drop" "--$option=x"
    return
  fi
  if [ "$option" != cmdline ]; then
    wrong "--$option" "${base[@]}" "--$option="
    [ "$option" = config ] || [ "$kind" = keys ] || in_file "(--$option|$option)" "$option ="
  fi
  [ "$value" = - ] || wrong "--$option needs a value" "${base[@]}" "--$option"
  if [ "$kind" = keys ]; then
    wrong "--$option: unknown key \"nonsense\"; the nearest is" "${base[@]}" "--$option" "$(others -)nonsense=1"
    in_file "--$option: unknown key \"nonsense\"; the nearest is" "[$option]" 'nonsense = 1'
  elif [ "$bad" != - ]; then
    wrong "--$option: \"$(printf %s "$bad" | sed 's/[(]/[(]/')" "${base[@]}" "--$option=$bad"
    # dry runs and the like are for the command line alone
    in_file "--$option" "$option = $bad"
  fi
  [ "$kind" = keys ] && good=$(others -)
  good=${good%,}
  [ -n "$good" ] || good=$(first_good)
  if [ "$repeats" = once ]; then
    wrong "--$option is given twice; keep one" "${base[@]}" "--$option=$good" "--$option=$good"
  else
    for ((i = 0; i < 70; i++)); do many+=("--$option=$good"); done
    wrong "--$option may be given [0-9]+ times at most" "${base[@]}" "${many[@]}"
  fi
}

# A value of an option none of whose keys is required.
first_good() {
  local o k g
  while read -r o k g _; do
    [ "$o" = "$option" ] && [ "$k" != - ] && { echo "$k=$g"; return; }
  done <<<"$rows"
}

bad_key() {
  local base rest long
  mapfile -t base < <(kernel)
  rest=$(others "$key")
  wrong "--$option( $key)?( needs|:)" "${base[@]}" "--$option=$rest$key="
  wrong "--$option: \"$key\" is given twice; keep one" "${base[@]}" "--$option=$rest$key=$good,$key=$good"
  in_file "--$option: \"$key\" is given twice" "[$option]" "$key = $good" "$key = $good"
  if [ "$bad" != - ]; then
    wrong "--$option( $key)?: \"$bad" "${base[@]}" "--$option=$rest$key=$bad"
    in_file "--$option( $key)?: \"$bad" "[$option]" "$key = $bad"
  fi
  in_file "--$option( $key)? needs a value" "[$option]" "$key ="
  case $kind in
  size | count) wrong "--$option( $key)?: .*(too large|out of range)" "${base[@]}" "--$option=$rest$key=99999999999999999999" ;;
  *) wrong "--$option( $key)?:" "${base[@]}" "--$option=$rest$key=99999999999999999999$(text 70000)" ;;
  esac
  if [ "$kind" = string ] && [ "$max" != 0 ]; then
    long=$(text $((max + 1)))
    wrong "--$option( $key)?: .*too long, the most is $max bytes" "${base[@]}" "--$option=$rest$key=$long"
    in_file "--$option( $key)?: .*too long, the most is $max bytes" "[$option]" "$key = $long"
  fi
}

values() {
  while read -r option key value kind max repeats _; do
    [ "$kind" = command ] && continue
    # keys that words of an option's value belong to have rows of their own
    if [ "$kind" != keys ] && ! row "$option" "$key"; then
      fail "--$option ${key#-}: no row here: add one to rows in $(basename "$0")"
    elif [ "$key" = - ]; then
      bad_option
    else
      bad_key
    fi
  done <list
  wrong '--json is for what --dry-run prints' --kernel "$image" --json
  wrong '--cmdline: .*(long|bytes)' --kernel "$image" --cmdline "$(text 100000)"
}

# ---- files that cannot be had ----

# with_file VALUE COMMAND...: the command with the option of this row, which names VALUE
with_file() {
  local f=$1
  shift
  case $option in
  kernel) "$@" "$igdvm" --kernel "$f" ;;
  config) "$@" "$igdvm" --kernel "$image" --config "$f" ;;
  *=*) "$@" "$igdvm" --kernel "$image" "--${option%%=*}" "${option#*=}=$f" ;;
  *)
    local args=(--kernel "$image")
    [ "$file" = gpu ] || [ "$file" = dir ] || [ "$option" = dump-dtb ] &&
      args+=(--dry-run --fixture "$fixture")
    if [ "$option" = igd ]; then
      local more=''
      [ "$key" = vbt ] && more=,opregion=file=opregion.bin
      args+=(--igd "0000:00:02.0$more,$key=$f")
    else
      [ "${#args[@]}" -gt 2 ] && args+=(--igd 0000:00:02.0)
      [ "$key" = - ] && args+=("--$option" "$f")
      [ "$key" != - ] && args+=("--$option" "$key=$f$([ "$option" = fs ] && echo ,tag=t)")
    fi
    "$@" "$igdvm" "${args[@]}"
    ;;
  esac
}

# A user who may use KVM, and has no right here but to this directory.
user=(setpriv --reuid=65534 --regid=65534 --groups="$(stat -c %g /dev/kvm 2>/dev/null || echo 65534)")

# Where KVM is needed, which that user may not have: root, who cannot override modes of files.
# shellcheck disable=SC2054 # the comma is setpriv's
weak=(setpriv --bounding-set=-dac_override,-dac_read_search)

# refused WHAT FILE [COMMAND...]: by igdvm, run by that command: code 2, or 1 where the host has the say, one line, nothing left
refused() {
  local what=$1 f=$2 before code name=--${option%%=*}
  shift 2
  before=$(ls -A)
  [ "$key" = rom ] && name="rom=$f"
  with_file "$f" timeout -s KILL 20 "$@" </dev/null >out 2>err
  code=$?
  checks=$((checks + 1))
  if [ $code != 1 ] && [ $code != 2 ]; then
    fail "--$option ${key#-}: $what: exit code $code: $(cat err)"
  elif [ "$(grep -vc ': --kernel .*: bzImage\|no reset: \|Kaby Lake, stolen' err)" != 1 ]; then
    fail "--$option ${key#-}: $what: not one line: $(cat err)"
  elif ! tail -n 1 err | grep -q -e "$name"; then
    fail "--$option ${key#-}: $what: the option is not named: $(cat err)"
  fi
  [ "$before" = "$(ls -A)" ] || fail "--$option ${key#-}: $what: left behind: $(ls -A)"
}

# No option that names a file is without a word on how to try it.
every_file() {
  local option key path good bad file
  while read -r option key _ _ _ _ path _; do
    checks=$((checks + 1))
    [ "$path" = - ] || [ "$option" = "$key" ] || ! row "$option" "$key" || [ "$file" != - ] ||
      fail "--$option ${key#-} names a file: say in rows how it is used"
  done <list
}

files() {
  local option key good bad file
  mkdir -m 755 directory && touch secret && mkdir -m 700 locked && touch locked/inside
  chmod 0 secret
  cp "$fixture/opregion" opregion.bin
  touch out err
  while read -r option key good bad file; do
    case $file in
    '' | - | other) continue ;;
    run) [ -w /dev/kvm ] || { echo "-- not tested: --$option; there is no KVM"; continue; } ;;
    esac
    [ "$key" = opregion=file ] && good=''
    refused "in a missing directory" absent/file
    [ "$file" = dir ] || refused "a directory" directory
    if [ "$file" = in ] || [ "$file" = gpu ] || [ "$option" = disk ]; then
      refused "missing" missing
    fi
    if [ "$(id -u)" != 0 ]; then
      echo "-- not tested: --$option without permission; this is not root"
      continue
    fi
    local who=("${user[@]}")
    [ "$file" = run ] && who=("${weak[@]}")
    [ "$file" = dir ] || refused "no permission" secret "${who[@]}"
    [ "$file" = run ] || refused "no permission for the directory" locked/inside "${who[@]}"
  done <<<"$rows"
}

# A row that is required is said to be.
: >empty
"$gen" table >list
chmod 755 .
if [ "$part" = values ]; then
  values
else
  every_file
  rm list empty
  files
  chmod 700 locked secret
fi
verdict
