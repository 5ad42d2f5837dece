#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compare what --dry-run says of synthetic GPUs with tests/golden/dry-run: the plan of memory, and every
# register the guest finds changed. Neither KVM nor VFIO nor root is needed.
#
# usage: dry_run.sh IGDVM IMAGE FIXTURES [--update]
set -eu

igdvm=$1 image=$2 fixtures=$3 mode=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# name, fixture, keys of --igd, other arguments
while read -r name fixture keys arguments; do
	# shellcheck disable=SC2086 # arguments are words to be split
	set -- "$igdvm" --kernel "$image" --igd "0000:00:02.0$keys" --dry-run \
		--fixture "$fixtures/$fixture" $arguments
	{
		"$@" 2>&1 || echo "status $?"
	} | sed "s|$fixtures/||g" >"$work/$name.txt"
done <<END
kbl         kbl ,stolen=auto
kbl-off     kbl ,opregion=off,stolen=off,lpc=off
kbl-copy    kbl ,opregion=copy,addr=04.0 --memory 8G --cpus 4096
tgl         tgl ,stolen=auto
tgl-live    tgl ,opregion=live
mtl         mtl ,stolen=auto
mtl-copy    mtl ,opregion=copy --memory 256M
END

if [ "$mode" = --update ]; then
	rm -rf "$here/dry-run"
	cp -r "$work" "$here/dry-run"
else
	diff -ru "$here/dry-run" "$work" || {
		echo "what a dry run says has changed; if that is meant: dry_run.sh ... --update" >&2
		exit 1
	}
fi
