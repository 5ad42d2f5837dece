#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Type docs/tutorial.md: each line "    $ ..." or "    # ..." in one shell, in this directory, and compare what it shows with
# the lines below it: "..." is any number of lines, "[exit code N]" how it ends (0 unless given).
#
# usage: tutorial.sh TUTORIAL   (as root, in an empty directory with the package in it)
set -uo pipefail

failures=0 commands=0 command='' want=() out=$(mktemp)

# shows: whether the output is as the lines in want say
shows() {
  local line n=0 any=no
  mapfile -t lines <"$out"
  for line in "${want[@]}"; do
    if [ "$line" = ... ]; then
      any=yes
      continue
    fi
    while [ $n -lt ${#lines[@]} ] && [ "${lines[n]%$'\r'}" != "$line" ]; do
      [ $any = yes ] || return 1
      n=$((n + 1))
    done
    [ $n -lt ${#lines[@]} ] || return 1
    n=$((n + 1))
    any=no
  done
  [ $any = yes ] || [ $n = ${#lines[@]} ]
}

judge() {
  local code=$1 expected=0
  if [ ${#want[@]} -gt 0 ] && [[ ${want[-1]} =~ ^\[exit\ code\ ([0-9]+)\]$ ]]; then
    expected=${BASH_REMATCH[1]}
    unset 'want[-1]'
  fi
  # doctor finds what it finds
  case $command in *"igdvm doctor 0000"*) expected=$code ;; esac
  if [ "$code" != "$expected" ]; then
    echo "FAIL exit code $code, not $expected: $command"
  elif ! shows; then
    echo "FAIL output: $command"
  else
    echo "ok $command"
    return
  fi
  sed 's/^/    | /' "$out"
  failures=$((failures + 1))
}

mapfile -t tutorial <"$1"
at=0
while [ $at -lt ${#tutorial[@]} ]; do
  line=${tutorial[at]}
  at=$((at + 1))
  [[ $line =~ ^\ \ \ \ [\$#]\ (.*)$ ]] || continue
  command=${BASH_REMATCH[1]} want=()
  while [ $at -lt ${#tutorial[@]} ] && [[ ${tutorial[at]} == "    "* ]] && [[ ! ${tutorial[at]} =~ ^\ \ \ \ [\$#]\  ]]; do
    want+=("${tutorial[at]#    }")
    at=$((at + 1))
  done
  commands=$((commands + 1))
  if [[ $command == *"&" ]]; then # stays
    eval "$command"
    : >"$out"
    judge 0
    continue
  fi
  eval "$command" >"$out" 2>&1 </dev/null
  judge $?
done
rm -f "$out"
echo "done $commands commands, $failures failed"
[ $failures = 0 ] && [ $commands -gt 20 ]
