#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compare what the generator writes (ACPI tables, device tree, SMBIOS, plans) with tests/golden/expected.
#
# Beyond the comparison: each disassembled table must compile again, data tables to the same bytes;
# ACPICA must load DSDT and SSDT and decode every resource; dtc must find nothing to warn about.
#
# usage: run.sh GENERATOR [--update]
set -eu

generator=$1
mode=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "golden: $*" >&2
	exit 1
}

# The first comment holds dates, paths and versions; brackets hold offsets, whose form has changed
# between versions; the raw data say everything twice.
normalise()
{
	sed -e '1,/^ \*\//d' -e 's/^\[[^]]*\] *//' -e '/^Raw Table Data/,$d' -e 's/[ \t]*$//' "$1" |
		cat -s
}

# One line for each interrupt structure: 300 processors stay readable.
join_paragraphs()
{
	awk 'BEGIN { RS = ""; FS = "\n" } {
		line = ""
		for (i = 1; i <= NF; i++) {
			gsub(/^ +| +$/, "", $i)
			line = line (i > 1 ? "; " : "") $i
		}
		print line
	}'
}

# quietly LOG COMMAND...: show the output only if the command fails
quietly()
{
	log=$1
	shift
	"$@" >"$log" 2>&1 || {
		cat "$log" >&2
		fail "$*"
	}
}

# Bytes 29 to 36 name the compiler, and byte 10 is the checksum over them.
same_table()
{
	[ "$(wc -c <"$1")" -eq "$(wc -c <"$2")" ] || return 1
	! cmp -l "$1" "$2" | awk '$1 != 10 && ($1 < 29 || $1 > 36)' | grep . >&2
}

check_table()
{
	dat=$1 out=$2 name=$(basename "$1" .dat)
	dir=$(dirname "$dat")

	if [ "$name" = rsdp ]; then # the disassembler does not take it
		od -An -v -tx1z "$dat" >"$out/rsdp.txt"
		return
	fi
	if [ "$name" = ssdt ]; then
		quietly "$work/log" iasl -vs -e "$dir/dsdt.dat" -d -p "$work/ssdt" "$dat"
	else
		quietly "$work/log" iasl -vs -d -p "$work/$name" "$dat"
	fi
	if [ "$name" = apic ]; then
		normalise "$work/apic.dsl" | join_paragraphs >"$out/apic.dsl"
	else
		normalise "$work/$name.dsl" >"$out/$name.dsl"
	fi
	quietly "$work/log" iasl -vs -we -p "$work/again" "$work/$name.dsl"
	case $name in
	ssdt) # an External () in the source becomes AML: compare what comes out of it
		quietly "$work/log" iasl -vs -e "$dir/dsdt.dat" -d -p "$work/again" "$work/again.aml"
		normalise "$work/again.dsl" >"$work/again.txt"
		diff -u "$out/ssdt.dsl" "$work/again.txt" || fail "$dat: compiles to something else"
		;;
	*)
		same_table "$dat" "$work/again.aml" || fail "$dat: compiles to other bytes"
		;;
	esac
}

# ACPICA reads _CRS and _PRT of all devices, and compares its own encoding with the table's.
check_namespace()
{
	acpiexec -b 'resources;evaluate \_S5;quit' \
		"$1/dsdt.dat" "$1/ssdt.dat" >"$work/acpiexec" 2>&1 || fail "acpiexec: $1"
	# Nothing has _SRS: that the resources cannot be set is right.
	if grep -v 'AcpiSetCurrentResources failed: AE_NOT_FOUND' "$work/acpiexec" |
		grep -E 'AE_[A-Z]|ACPI (BIOS )?(Error|Warning)|[Mm]ismatch' >&2; then
		fail "acpiexec: $1"
	fi
	# The root passes on its bus, CF8, ports, then each window of the plan.
	end=$(printf '[%02X] EndTag Resource' "$((3 + $(grep -c ' PCI ' "$1/plan.txt")))")
	grep -qF "$end" "$work/acpiexec" || fail "acpiexec: _CRS of the PCI root"
}

# dmidecode complains within its output, in words or brackets.
check_smbios()
{
	PATH=$PATH:/usr/sbin:/sbin dmidecode --from-dump "$1/smbios.bin" >"$work/dmi" 2>"$work/log" ||
		fail "dmidecode: $1"
	[ ! -s "$work/log" ] || fail "dmidecode: $(cat "$work/log")"
	if grep -nE 'OUT OF SPEC|BAD INDEX|INCONSISTENT|TRUNCATED|[Bb]roken|[Ww]rong|[Ii]nvalid' "$work/dmi" >&2; then
		fail "dmidecode: $1"
	fi
	sed -e '/^# dmidecode/d' -e '/^Reading SMBIOS/d' -e 's/^\(.*Version: \)[0-9.]*$/\1X/' \
		-e 's/[ \t]*$//' "$work/dmi" >"$2/smbios.txt"
}

mkdir "$work/made" "$work/found"
"$generator" "$work/made"
for config in "$work/made"/*/; do
	config=${config%/}
	out=$work/found/$(basename "$config")
	mkdir "$out"
	cp "$config"/*.txt "$out"
	[ -e "$config/dsdt.dat" ] || continue
	for dat in "$config"/*.dat; do
		check_table "$dat" "$out"
	done
	check_namespace "$config"
	check_smbios "$config" "$out"
	quietly "$work/log" dtc -q -I dtb -O dts -o "$out/tree.dts" "$config/tree.dtb"
	dtc -I dtb -O dtb -o /dev/null "$config/tree.dtb" 2>"$work/log" || fail "dtc: $config"
	[ ! -s "$work/log" ] || fail "dtc: $(cat "$work/log")"
done

if [ "$mode" = --update ]; then
	rm -rf "$here/expected"
	cp -r "$work/found" "$here/expected"
else
	diff -ru "$here/expected" "$work/found" ||
		fail "what igdvm derives has changed; if that is meant: run.sh GENERATOR --update"
fi
