#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The package in a Debian root that has nothing else: apt installs it with what it depends on, it runs as it is, and
# goes without a trace. Needs root; debootstrap takes its packages from where this host's apt does. Minutes.
#
# usage: clean_root.sh BUILD   (after tests/package/deb.sh BUILD)
set -euo pipefail

build=$(cd "$1" && pwd)
deb=$(echo "$build"/igdvm_*.deb)
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets 'Created-By: Packages' "Codename: $suite" | sed -n 's/^Repo-URI: //p' | head -n 1)
root=$(mktemp -d)
undo() {
  umount -q "$root/proc" "$root/dev/kvm" || true
  rm -rf --one-file-system "$root"
}
trap undo EXIT

debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$build/debootstrap.log" 2>&1 ||
  { tail -n 5 "$build/debootstrap.log"; exit 1; }
cp "$deb" "$root/root/"
cp "$build/tests/guest/payload/entry" "$root/root/"
# whatever this host's apt needs to reach the mirror
cp -a /etc/apt/. "$root/etc/apt/"
cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
mount -t proc proc "$root/proc"

find "$root/usr" "$root/etc" "$root/lib/systemd" | sort >"$build/before.txt"
in_root apt-get -qq update
in_root sh -c 'apt-get install -y -qq --no-install-recommends /root/igdvm_*.deb' >"$build/install.log" 2>&1 ||
  { tail -n 5 "$build/install.log"; exit 1; }
in_root igdvm --version
code=0
in_root igdvm doctor || code=$?
[ $code -le 1 ] || { echo "FAIL doctor: exit code $code"; exit 1; }
in_root igdvm doctor --json >/dev/null || true
if [ -e /dev/kvm ]; then
  touch "$root/dev/kvm"
  mount --bind /dev/kvm "$root/dev/kvm"
  in_root igdvm --kernel /root/entry --expect '^done 14 checks' >/dev/null
  umount "$root/dev/kvm"
  rm "$root/dev/kvm"
fi
in_root dpkg --purge igdvm >/dev/null
left=$(find "$root/usr" -name '*igdvm*')
[ -z "$left" ] || { echo "FAIL left behind: $left"; exit 1; }
echo "ok: installed, run and removed in a clean $suite"
