#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compare what `igdvm doctor --fixture` says of the synthetic GPUs, as text and as JSON, with
# tests/golden/doctor. Neither KVM nor VFIO nor root is needed, and nothing of this host may show.
#
# usage: doctor.sh IGDVM FIXTURES [--update]
set -eu

igdvm=$1 fixtures=$2 mode=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "golden-doctor: $*" >&2
	exit 1
}

mkdir "$work/found"
cp -r "$fixtures/kbl" "$fixtures/tgl" "$fixtures/mtl" "$work"
cd "$work"

# what owners of hardware might send as well
cp -r kbl headless
printf '\0\0\0\0' | dd of=headless/config bs=1 seek=252 conv=notrunc status=none
rm headless/reset_method
cp -r kbl card
echo 0x5690 >card/device
cp -r tgl i915
ln -s ../../bus/pci/drivers/i915 i915/driver
rm i915/iommu_group
{
	echo 'kernel: 6.12.9-amd64'
	echo 'opregion-raw: not recorded: /dev/mem is refused by kernel lockdown'
} >>i915/manifest

# name, exit code, fixture, other arguments
while read -r name want fixture arguments; do
	for form in txt json; do
		option=
		[ $form = txt ] || option=--json
		code=0
		# shellcheck disable=SC2086 # arguments are words to be split
		"$igdvm" doctor $option --fixture "$fixture" $arguments >"found/$name.$form" \
			2>"$name.err" || code=$?
		[ $code = "$want" ] || fail "$name: exit code $code, want $want: $(cat "$name.err")"
		[ ! -s "$name.err" ] || fail "$name: standard error: $(cat "$name.err")"
	done
	# the two forms say the same, a line a check
	jq -r '.checks[] | "\(.status) \(.id)"' "found/$name.json" >json
	awk '/^  / { print $1, $2 }' "found/$name.txt" | cmp - json ||
		fail "$name: text and JSON differ"
	jq -e '.version == 1 and .devices == [.device] and
		.failures == ([.checks[] | select(.status == "failure")] | length) and
		([.checks[] | select(.status != "ok" and .status != "unknown") | .remedy] |
			all(. != ""))' "found/$name.json" >/dev/null || fail "$name.json: not what is promised"
done <<END
kbl       0 kbl
kbl-small 0 kbl --memory 128M 00:02.0
tgl       0 tgl
mtl       0 mtl --memory=8G 0000:04:00.0
headless  0 headless
card      1 card
i915      1 i915
END

if [ "$mode" = --update ]; then
	rm -rf "$here/doctor"
	cp -r found "$here/doctor"
else
	diff -ru "$here/doctor" found ||
		fail "what doctor says has changed; if that is meant: doctor.sh ... --update"
fi
