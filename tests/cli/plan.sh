#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a dry run tells programs, and the tables it leaves in files: the same as those of a real run.
#
# usage: plan.sh recorded|host IGDVM DIR FIXTURES   (DIR: of the payloads)
# recorded: needs nothing of the host; host: /dev/kvm
set -uo pipefail

part=$1 igdvm=$(realpath "$2") payload=$(realpath "$3") fixtures=$(realpath "$4")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

gpu=(--igd 0000:00:02.0 --fixture "$fixtures/kbl" --dry-run)
devices=(--rng --balloon all --console null --cpus 3 --keyboard)

# json EXPRESSION...: all are true of plan.json
json() {
  local e
  for e; do
    checks=$((checks + 1))
    jq -e "$e" plan.json >/dev/null || fail "not true: $e"
  done
}

ran() {
  checks=$((checks + 1))
  timeout -s KILL 60 "$@" >out 2>err </dev/null || fail "exit code $?: ${*:0:12}: $(cat err)"
}

# Each is a table that iasl takes, under acpidump's name.
tables() {
  local f n=0
  for f in "$1"/*.dat; do
    n=$((n + 1)) checks=$((checks + 1))
    cp "$f" table.dat && rm -f table.dsl
    iasl -d table.dat >log 2>&1
    [ -s table.dsl ] || fail "iasl -d $f: $(cat log)"
    ! grep -qi 'invalid\|incorrect\|error' table.dsl || fail "$f: $(grep -i 'invalid\|incorrect\|error' table.dsl)"
  done
  [ $n = 7 ] || fail "$n tables in $1"
  [ "$(head -c 4 "$1/facp.dat")$(head -c 4 "$1/apic.dat")" = FACPAPIC ] || fail "names of tables"
}

recorded() {
  mkdir d
  ran "$igdvm" --kernel "$payload/entry" "${gpu[@]}" --json --initrd "$payload/entry" \
    --disk /nonexistent --net tap=none,addr=08.0 --dump-acpi d --dump-dtb dtb
  cp out plan.json
  json '.memory | map(select(.name == "igd-opregion")) == [{first: "0x00000000bfffe000",
      last: "0x00000000bfffffff", memslot: false, dma: false, name: "igd-opregion", bytes: 8192}]' \
    '[.memory[] | select(.memslot) | .bytes] | add == 512 * 1048576' \
    '.e820_map | length > 4 and all(.type == "usable" or .type == "reserved")' \
    '.kernel.gpa == "0x00200000" and (.kernel.format | startswith("bzImage"))' '.initrd.bytes > 0' \
    '[.pci[].address] == ["00.0", "02.0", "03.0", "08.0", "1f.0"]' \
    '[.pci[].id] == ["8086:5904", "8086:5916", "1af4:1042", "1af4:1041", "8086:9d4e"]' \
    '.bars | map(select(.address == "02.0")) | length >= 2' \
    '[.acpi[].table] == ["rsdp", "xsdt", "facp", "facs", "dsdt", "ssdt", "apic", "mcfg"]' \
    '.igd.device == "0000:00:02.0" and .igd.generation.gen == "kbl"' \
    '.igd.opregion == {gpa: "0xbfffe000", bytes: 8192}' \
    '.igd.overrides | map(select(.register == "ASLS")) == [{in: "config", offset: "0xfc", bytes: 4,
      register: "ASLS", guest: "0xbfffe000", host: "0x7a5f3000", writes: "dropped"}]'
  tables d
  [ "$(stat -c %s d/ssdt.dat)" = "$(jq '.acpi[] | select(.table == "ssdt").bytes' plan.json)" ] ||
    fail "the SSDT is not as long as the plan says"
  ran dtc -q -I dtb -O dts dtb
  grep -q 'intel,igd-opregion' out || fail "the device tree does not name the OpRegion"
  ! grep -q 'seed' out || fail "the device tree tells random numbers"

  # text and JSON say the same
  ran "$igdvm" --kernel "$payload/entry" "${gpu[@]}"
  for word in memory e820 kernel pci bars acpi igd overrides; do
    grep -q "^ *$word" out || fail "no $word in the text"
  done
  check 2 '--json is for what --dry-run prints; give that too' "$igdvm" --kernel "$payload/entry" --json
}

# refused REGEX OPTION VALUE: by that option, and nothing is left
refused() {
  check 2 "$1" "$igdvm" --kernel "$payload/entry" --dry-run "$2" "$3"
}

files() {
  mkdir dir full
  mkfifo fifo full/facp.dat
  ln -s dir/new link
  echo old >old
  refused '--dump-acpi: absent/xsdt.dat: No such file or directory; create the directory first' --dump-acpi absent
  refused '--dump-acpi: old/xsdt.dat: Not a directory' --dump-acpi old
  refused '--dump-acpi: full/facp.dat: not a regular file; name another' --dump-acpi full
  refused '--dump-dtb: dir: (Is a directory|not a regular file)' --dump-dtb dir
  refused '--dump-dtb: fifo: not a regular file' --dump-dtb fifo
  refused '--dump-dtb: /dev/null: not a regular file' --dump-dtb /dev/null
  refused '--dump-dtb: link: ' --dump-dtb link
  if [ -e absent ] || [ -e dir/new ]; then
    fail "refused files were made"
  fi
  # a file that cannot be written to its end is taken away again
  out=$( (trap '' XFSZ; ulimit -f 0; exec "$igdvm" --kernel "$payload/entry" --dry-run --dump-dtb new) 2>&1 | cat)
  [ "$out" = "igdvm: --dump-dtb: new: File too large" ] || fail "a file that cannot be written: $out"
  [ ! -e new ] || fail "half a file is left"
  check 2 '--dump-dtb x: a kernel of this format \(ELF.*\) gets no device tree; drop it' \
    "$igdvm" --kernel "$payload/pvh" --dry-run --dump-dtb x
  [ ! -e x ] || fail "a refused file was made"
  ran "$igdvm" --kernel "$payload/entry" --dry-run --dump-dtb old
  ran dtc -q -I dtb -O dts old
}

# The same tables, whether a guest is started or not.
same() {
  local run=("$igdvm" --kernel "$payload/entry" --serial null "${devices[@]}" --disk disk) code
  truncate -s 1M disk
  mkdir dry real
  ran "${run[@]}" --dry-run --dump-acpi dry --dump-dtb dry/tree
  timeout -s KILL 60 "${run[@]}" --dump-acpi real --dump-dtb real/tree >out 2>err </dev/null
  code=$?
  [ $code = 0 ] || [ $code = 32 ] || fail "exit code $code: $(cat err)"
  checks=$((checks + 1))
  diff -r dry real || fail "a real run has other tables"
  tables real
}

# The files are what the guest has in its memory: all of the ACPI area, looked at from outside.
guest_has() {
  local pid
  if [ "$(id -u)" != 0 ] || ! command -v python3 >/dev/null; then
    echo "-- not tested: the guest's own tables; this takes root and python3"
    return
  fi
  mkdir has
  timeout -s KILL 60 "$igdvm" --kernel "$payload/end" --cmdline hang --serial null "${devices[@]}" --disk disk,addr=09.0 \
    --memory 64M --dump-acpi has >out 2>err </dev/null &
  pid=$!
  for _ in {1..200}; do
    ! grep -q ': bzImage' err || break
    sleep 0.05
  done
  checks=$((checks + 1))
  python3 - "$(pgrep -P "$pid" -x igdvm)" has/*.dat <<'END' || fail "the guest has other tables: $(cat err)"
import sys
areas = []
with open(f"/proc/{sys.argv[1]}/maps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb") as mem:
    for line in maps:
        first, last = (int(n, 16) for n in line.split()[0].split("-"))
        if last - first >= 64 << 20:
            mem.seek(first + 0xe0000)
            areas.append(mem.read(0x18000))
areas = [a for a in areas if a.startswith(b"RSD PTR ")]
missing = [f for f in sys.argv[2:] if not any(open(f, "rb").read() in a for a in areas)]
sys.exit(f"{len(areas)} areas, missing: {missing}" if missing or len(areas) != 1 else 0)
END
  kill -KILL "$(pgrep -P "$pid" -x igdvm)"
  wait "$pid" 2>/dev/null
}

if [ "$part" = recorded ]; then
  recorded
else
  if [ ! -w /dev/kvm ]; then
    echo "SKIP /dev/kvm is absent, or not writable for this user"
    exit 77
  fi
  files
  same
  guest_has
fi
verdict
