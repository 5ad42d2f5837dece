#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compare what `igdvm opregion decode` says of the synthetic images, as text and as JSON, with
# tests/golden/opregion. jq, which shares no code with us, must read every JSON.
#
# usage: opregion.sh IGDVM MKIMAGES LAB_OPREGION [--update]
set -eu

igdvm=$1 mkimages=$2 lab=$3
mode=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "golden-opregion: $*" >&2
	exit 1
}

mkdir "$work/found"
cd "$work"
"$mkimages" .
"$lab" >lab.bin
for image in *.bin; do
	name=${image%.bin}
	want=0
	[ "$name" != damaged ] || want=1
	for form in txt json; do
		option=
		[ $form = txt ] || option=--json
		code=0
		# shellcheck disable=SC2086 # no option, no word
		"$igdvm" opregion decode $option "$image" >"found/$name.$form" 2>"$name.err" || code=$?
		[ $code = $want ] || fail "$name: exit code $code, want $want: $(cat "$name.err")"
	done
	[ "$(wc -l <"$name.err")" = $want ] || fail "$name: standard error: $(cat "$name.err")"
	jq -e '.bytes > 0 and (.problems | length) == (if $bad then 7 else 0 end)' \
		--argjson bad "$([ $want = 1 ] && echo true || echo false)" \
		"found/$name.json" >/dev/null || fail "$name.json: not JSON, or the wrong problems"
	# a dump of a file is the file
	"$igdvm" opregion dump "$image" | cmp - "$image" || fail "$name: the dump differs"
done
[ "$(jq -r '.vbt.children[0].kind' found/lab.json)" = DisplayPort ] ||
	fail "the lab's OpRegion has one DisplayPort output"

if [ "$mode" = --update ]; then
	rm -rf "$here/opregion"
	cp -r found "$here/opregion"
else
	diff -ru "$here/opregion" found ||
		fail "what decode says has changed; if that is meant: opregion.sh ... --update"
fi
