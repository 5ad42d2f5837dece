#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The control socket from outside: igdvm ctl, a launcher, a service manager; every line as the schema has it.
#
# usage: control.sh commands|restart|schema|launcher|notify IGDVM DIR SOURCE   (DIR: of the payloads)
set -uo pipefail

part=$1 igdvm=$(realpath "$2") payload=$(realpath "$3") source=$(realpath "$4")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi

# start PAYLOAD OPTION...: a machine with a control socket in the background, its process is $pid
start() {
  rm -f out err
  timeout -s KILL 60 "$igdvm" --kernel "$payload/$1" --control sock "${@:2}" >out 2>err </dev/null &
  pid=$!
  for _ in {1..200}; do
    [ ! -S sock ] || return
    sleep 0.05
  done
  fail "no socket: $(cat err)"
}

# ctl EXIT COMMAND...
ctl() {
  local want=$1 code
  shift
  checks=$((checks + 1))
  timeout -s KILL 20 "$igdvm" ctl sock "$@" >answer 2>ctl.err
  code=$?
  [ $code = "$want" ] || fail "ctl $*: exit code $code, want $want: $(cat ctl.err)"
}

# json FILE EXPRESSION...
json() {
  local file=$1 e
  shift
  for e; do
    checks=$((checks + 1))
    jq -e "$e" "$file" >/dev/null || fail "$file: not true: $e: $(cat "$file")"
  done
}

# ended EXIT: the machine has, and nothing is left
ended() {
  local code
  wait "$pid"
  code=$?
  checks=$((checks + 1))
  [ $code = "$1" ] || fail "exit code $code, want $1: $(tail -n 3 err)"
  [ ! -e sock ] || fail "the socket is left behind"
}

commands() {
  start end --cmdline hang --cpus 2 --memory 64M --rng
  ctl 0 wait guest-up
  for _ in {1..100}; do
    ctl 0 console 1
    [ "$(cat answer)" != "ready to be ended" ] || break
    sleep 0.05
  done
  [ "$(cat answer)" = "ready to be ended" ] || fail "console 1: $(cat answer)"
  ctl 0 console
  [ "$(head -n 1 answer)" = "ok about to hang" ] || fail "console: $(cat answer)"
  ctl 0 status
  json answer '.state == "running"' '.cpus == 2' '.memory == 67108864' '.igd == null' '.exits["port I/O"] > 20' \
    '.devices | map(.address) | index("00.0") != null and index("1f.0") != null' \
    '.devices | map(.id) | index("1af4:1044") != null' '.uptime_ms >= 0' '.dma_map_ms == 0'
  kill -0 "$(jq .pid answer)" || fail "status: its pid"
  ctl 0 pause
  ctl 0 status
  json answer '.state == "paused"'
  ctl 1 pause
  ctl 0 resume
  ctl 1 resume
  ctl 0 powerbtn
  ctl 0 help
  [ "$(stat -c %a sock)" = 600 ] || fail "mode of the socket: $(stat -c %a sock)"
  ctl 0 stop
  ended 0
  grep -q 'ready to be ended' out || fail "its output: $(cat out)"
  ctl 1 status

  # the button reaches the guest
  start power --cpus 1
  for _ in {1..100}; do
    ctl 0 console 1
    ! grep -q "^ready for the button" answer || break
    sleep 0.05
  done
  ctl 0 powerbtn
  ended 0
  grep -q '^ok SCI: power button' out || fail "the button: $(cat out)"
  # a guest without an exception table takes an NMI badly, and that is seen
  start end --cmdline hang
  ctl 0 wait guest-up
  ctl 0 nmi
  ended 33
  # stopped while paused; reset
  start end --cmdline spin --cpus 2
  ctl 0 wait guest-up
  ctl 0 pause
  ctl 0 stop
  ended 0
  start end --cmdline hang
  ctl 0 reset
  ended 32
  # events of an end, all of them, to one who comes early and waits
  start end --cmdline hang --timeout 500ms
  ctl 0 events
  [ "$(jq -rs 'map(.event) | join(" ")' answer)" = "started guest-up exit" ] || fail "events: $(cat answer)"
  jq -es '.[2].code == 124 and .[2].reason == "timeout"' answer >/dev/null || fail "exit event: $(cat answer)"
  ended 124
  # killed: the next one takes the place
  start end --cmdline hang
  kill -KILL "$(pgrep -P $pid -x igdvm)"
  wait "$pid"
  [ -S sock ] || fail "a killed machine cannot take its socket away"
  start end --cmdline hang
  sleep 0.2
  ctl 0 wait guest-up
  # and nobody else does while it is served
  check 1 "--control sock: .*something is there already" "$igdvm" --kernel "$payload/end" --control sock
  ctl 0 stop
  ended 0
  check 2 "ctl takes a socket and a command" "$igdvm" ctl
  check 2 "ctl takes a socket and a command" "$igdvm" ctl sock
  check 2 "ctl takes a socket and a command" "$igdvm" ctl sock wait
  check 2 "ctl takes a socket and a command" "$igdvm" ctl sock console many
  check 1 "missing: No such file.*--control" "$igdvm" ctl missing status
}

# Connections end with a machine; the socket is the next one's too.
restart() {
  local client code
  start restart --memory 64M --on-reboot restart
  for _ in {1..3}; do
    ctl 0 wait guest-up
    timeout -s KILL 20 "$igdvm" ctl sock wait exit >events 2>ctl.err &
    client=$!
    for _ in {1..100}; do
      ! grep -q guest-up events || break
      sleep 0.05
    done
    ctl 0 reset
    wait $client
    code=$?
    [ $code = 1 ] || fail "a connection over a restart: exit code $code"
    grep -q '"event":"reset".*"restart":true' events || fail "no event of a restart: $(cat events)"
    ! grep -q '"event":"exit"' events || fail "an end in between: $(cat events)"
  done
  ctl 0 wait guest-up
  ctl 0 stop
  ended 0
  [ "$(grep -c 'starting it again' err)" = 3 ] || fail "restarts: $(cat err)"
}

# Whatever goes over the socket is what the schema says.
schema() {
  local line
  start end --cmdline hang --rng
  {
    for line in status console pause resume powerbtn help subscribe nothing reset; do
      printf '{"command": "%s", "id": {"n": "%s"}}\n' $line $line
    done
    sleep 1
  } | timeout 20 socat -t 5 - UNIX-CONNECT:sock >lines
  ended 32
  [ "$(wc -l <lines)" -ge 12 ] || fail "lines: $(cat lines)"
  checks=$((checks + 1))
  python3 - "$source/docs/control.schema.json" lines <<'END' || fail "a line is not as the schema has it"
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
answers = 0
for line in open(sys.argv[2]):
    j = json.loads(line)
    kind = "greeting" if "control" in j else "event" if "event" in j else "answer"
    part = {**schema, "$ref": f"#/$defs/{kind}"}
    part.pop("oneOf")
    jsonschema.validate(j, part)
    if kind == "answer":
        answers += 1
        assert j["ok"] == (j["id"]["n"] != "nothing"), line
    if kind == "answer" and j["id"]["n"] == "status":
        jsonschema.validate(j["result"], {**part, "$ref": "#/$defs/status"})
assert answers == 9, answers
END
}

# A launcher with privileges, and a machine without.
launcher() {
  local code
  if [ "$(id -u)" != 0 ]; then
    echo "SKIP the launcher's part needs root"
    exit 77
  fi
  chmod 711 .
  mkdir -m 711 tmp
  cp "$igdvm" igdvm
  cp "$payload/power" .
  chmod 755 igdvm power
  checks=$((checks + 1))
  # it waits for the button, which is what Ctrl-C becomes
  TMPDIR=$PWD/tmp timeout -s KILL 60 python3 "$source/contrib/launcher-example" --igdvm "$PWD/igdvm" --user nobody -- --kernel power \
    --memory 64M >out 2>err </dev/null &
  pid=$!
  for _ in {1..200}; do
    ! grep -q "^ready for the button" out || break
    sleep 0.05
  done
  [ "$(ps -o user= -p "$(pgrep -f "^$PWD/igdvm" | head -n 1)")" = nobody ] || fail "it does not run as nobody"
  kill -INT "$(pgrep -P $pid python3)"
  wait "$pid"
  code=$?
  [ $code = 0 ] || fail "launcher: exit code $code: $(cat err)"
  for event in started guest-up exit; do
    grep -q "^launcher: $event after" err || fail "launcher: no $event: $(cat err)"
  done
  [ -z "$(ls tmp)" ] || fail "the launcher leaves something behind: $(ls tmp)"
}

notify() {
  socat -u UNIX-RECVFROM:manager,fork OPEN:said,creat,append &
  pid=$!
  for _ in {1..100}; do
    [ ! -S manager ] || break
    sleep 0.05
  done
  checks=$((checks + 3))
  NOTIFY_SOCKET=$PWD/manager WATCHDOG_USEC=200000 "$igdvm" --kernel "$payload/end" --cmdline hang --timeout 1s \
    >out 2>err </dev/null
  sleep 0.5
  kill $pid
  [ "$(grep -ao READY=1 said | wc -l)" = 1 ] || fail "READY: $(cat said)"
  [ "$(grep -ao STOPPING=1 said | wc -l)" = 1 ] || fail "STOPPING: $(cat said)"
  [ "$(grep -ao WATCHDOG=1 said | wc -l)" -ge 4 ] || fail "WATCHDOG: $(cat said)"
  NOTIFY_SOCKET=@nobody check 1 "NOTIFY_SOCKET=@nobody: Connection refused" "$igdvm" --kernel "$payload/end" --serial null
  NOTIFY_SOCKET=nonsense check 1 "NOTIFY_SOCKET=nonsense: Invalid" "$igdvm" --kernel "$payload/end" --serial null
}

$part
verdict
