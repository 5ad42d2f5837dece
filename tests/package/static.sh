#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# igdvm as one file: a static position independent executable, that starts a guest.
#
# usage: static.sh   (from anywhere; builds in build/static)
set -euo pipefail
cd "$(dirname "$0")/../.."

cmake --preset release -B build/static -DIGDVM_STATIC=ON >/dev/null
cmake --build build/static --target igdvm guest-entry -- --quiet
file=build/static/igdvm
headers=$(readelf -hl $file)
! grep -q INTERP <<<"$headers" || { echo "FAIL it wants a dynamic linker"; exit 1; }
grep -q 'Type: *DYN' <<<"$headers" || { echo "FAIL it is not position independent"; exit 1; }
$file --version | head -n 1
[ ! -w /dev/kvm ] || $file --kernel build/static/tests/guest/payload/entry --expect '^done 14 checks' >/dev/null
echo "ok: $(stat -c %s $file) bytes"
