#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a CI job leans on: reports that programs read, many at once, no privileges, the same every time.
#
# usage: ci.sh report|many|user|same IGDVM DIR   (DIR: of the payloads)
set -uo pipefail

part=$1 igdvm=$(realpath "$2") payload=$(realpath "$3")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi

# ran EXIT COMMAND...: with that exit code; standard output to out, the other to err
ran() {
  local want=$1 code
  shift
  checks=$((checks + 1))
  timeout -s KILL 60 "$@" >out 2>err </dev/null
  code=$?
  [ $code = "$want" ] || fail "exit code $code, want $want: ${*:0:8}: $(tail -n 2 err)"
}

# json EXPRESSION...: all are true of r.json
json() {
  local e
  for e; do
    checks=$((checks + 1))
    jq -e "$e" r.json >/dev/null || fail "r.json: not true: $e: $(jq -c 'del(.console)' r.json)"
  done
}

# xml XPATH...: all are true of r.xml
xml() {
  local e
  for e; do
    checks=$((checks + 1))
    [ "$(xmllint --xpath "boolean($e)" r.xml 2>&1)" = true ] || fail "r.xml: not true: $e"$'\n'"$(cat r.xml)"
  done
}

# A run, in both formats. CMDLINE EXIT OPTION...
both() {
  local cmdline=$1 want=$2 format
  shift 2
  rm -f r.json r.xml
  for format in json xml; do
    ran "$want" "$igdvm" --kernel "$payload/end" --cmdline "$cmdline" --report r.$format "$@"
  done
  json '.version == 1' ".exit_code == $want" '.durations_ms.setup > 0' '.durations_ms.total >= .durations_ms.guest' \
    '.durations_ms.first_output > 0' '(.console | length) > 0'
  xml '/testsuites/testsuite[@tests="1"]/testcase[@classname="igdvm"]/system-out' '//property[@name="setup_ms"]'
}

report() {
  both poweroff 0
  json '.result == "passed"' '.reason == "poweroff"' '.console[0] == "ok about to poweroff"' '.crash == null'
  xml 'not(//failure) and not(//error)' '//testsuite[@failures="0" and @errors="0"]' \
    'contains(//system-out, "ok about to poweroff")'
  both triple 33
  json '.result == "failed"' '.reason == "crash"' '.crash.why == "triple fault"' \
    '.crash.registers.rbx == "0x1122334455667788"' '.crash.code | startswith("0f 0b")'
  xml '//failure[@type="crash" and @message="triple fault"]' '//testsuite[@failures="1" and @errors="0"]' \
    'contains(//failure, "rbx=1122334455667788")'
  both hang 0 --expect '^ready'
  json '.reason == "expected"' '.detail == "ready to be ended"'
  both hang 35 --fail-on '^ready'
  json '.reason == "unexpected"' '.detail == "ready to be ended"'
  both hang 124 --timeout 300ms
  json '.reason == "timeout"' '.durations_ms.total > 290'
  both cf9 32
  json '.reason == "reset"'
  both "debug1 code=0" 64 --debug-exit
  json '.result == "passed"' '.reason == "debug-exit"'
  both "debug1 code=3" 67 --debug-exit
  json '.result == "failed"'

  # no guest at all
  ran 2 "$igdvm" --kernel missing --report r.json
  json '.result == "error"' '.reason == "setup"' '.detail | startswith("--kernel missing: ")' '.exit_code == 2'
  ran 2 "$igdvm" --kernel missing --report r.xml
  xml '//error[@type="setup" and starts-with(@message, "--kernel missing: ")]' '//testsuite[@errors="1"]'

  # killed: what is there is still a report
  "$igdvm" --kernel "$payload/end" --cmdline hang --report r.json >out 2>&1 &
  for _ in {1..100}; do
    ! grep -q "^ready" out || break
    sleep 0.1
  done
  kill -KILL $!
  wait $!
  json '.result == "error"' '.reason == "unfinished"'

  # a machine that was restarted: the last one's
  ran 124 "$igdvm" --kernel "$payload/restart" --memory 64M --on-reboot restart --timeout 1s --report r.json
  json '.reason == "timeout"' '.durations_ms.total > 900 and .durations_ms.total < 30000'
  # into a pipe: one document
  "$igdvm" --kernel "$payload/end" --cmdline poweroff --serial null --report /dev/stdout 2>err | cat >r.json
  json '.result == "passed"'
  [ "$(jq -s length r.json)" = 1 ] || fail "more than one document in a pipe"
}

# 50 at once, each with its own report, and all of them right.
many() {
  local i pids=()
  for i in {1..50}; do
    "$igdvm" --kernel "$payload/end" --cmdline "debug1 code=$i" --debug-exit --memory 64M --report "r$i.json" \
      >"out$i" 2>"err$i" </dev/null &
    pids+=($!)
  done
  for i in {1..50}; do
    wait "${pids[i - 1]}"
    status=$?
    checks=$((checks + 1))
    [ $status = $((64 + i)) ] || fail "number $i: exit code $status: $(tail -n 2 "err$i")"
    [ "$(jq .exit_code "r$i.json")" = $((64 + i)) ] || fail "number $i: its report"
  done
}

# An ordinary user who may open /dev/kvm and nothing else.
user() {
  if [ "$(id -u)" != 0 ]; then
    ran 0 "$igdvm" --kernel "$payload/end" --cmdline poweroff
    return
  fi
  # the build directory may be closed to others, and so may the host's device
  cp "$igdvm" igdvm
  cp "$payload/end" "$payload/virtio" .
  mknod -m 666 kvm c 10 232
  printf 'the first sector of a disk, igdvm%.0s' {1..31776} | head -c 1048576 >disk
  chmod 777 . disk
  chmod 755 igdvm end virtio
  cat >as_user <<'END'
#!/bin/sh
mount --bind kvm /dev/kvm
exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all ./igdvm "$@"
END
  chmod 755 as_user
  ran 0 unshare --mount ./as_user --kernel end --cmdline hang --expect '^ready' --timeout 20s --report r.json
  json '.result == "passed"'
  [ "$(stat -c %u r.json)" = 65534 ] || fail "r.json is not the user's"
  ran 0 unshare --mount ./as_user --kernel virtio --rng --disk disk,serial=IGDVM-TEST,queues=2
  ran 33 unshare --mount ./as_user --kernel end --cmdline triple
}

# The same options give the same addresses and tables.
same() {
  local i options=(--memory 4G --cpus 3 --rng --console null --keyboard)
  for i in 1 2 3; do
    ran 0 "$igdvm" --kernel "$payload/acpi" "${options[@]}"
    grep -v '^seed' out >"acpi$i"
    ran 0 "$igdvm" --kernel "$payload/pci" "${options[@]}"
    mv out "pci$i"
    ran 0 "$igdvm" --kernel "$payload/end" --dry-run "${options[@]}"
    mv out "plan$i"
  done
  for i in acpi pci plan; do
    checks=$((checks + 1))
    if ! cmp -s ${i}1 ${i}2 || ! cmp -s ${i}1 ${i}3; then
      fail "$i differs: $(diff ${i}1 ${i}2)"
    fi
  done
}

$part
verdict
