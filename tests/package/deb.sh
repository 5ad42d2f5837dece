#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Make the Debian package of a build tree, in the tree, and hold it against Debian's policy.
#
# usage: deb.sh BUILD
set -euo pipefail
cd "$1"

rm -f igdvm_*.deb igdvm-*.tar.gz
cpack -G "DEB;TGZ" >cpack.log 2>&1 || { cat cpack.log; exit 1; }
ls -- igdvm_*.deb igdvm-*.tar.gz
if ! lintian --fail-on error,warning igdvm_*.deb >lintian.log 2>&1; then
  cat lintian.log
  exit 1
fi
# what a stranger looks for first
dpkg-deb -c igdvm_*.deb >files.log
tar -tzf igdvm-*.tar.gz >>files.log
for file in usr/bin/igdvm usr/share/man/man1/igdvm.1.gz usr/share/man/man5/igdvm.conf.5.gz \
  usr/share/bash-completion/completions/igdvm usr/share/doc/igdvm/copyright lib/systemd/system/igdvm@.service; do
  grep -qE " \./(usr/)?$file\$" files.log || { echo "FAIL $file is not in the package"; exit 1; }
done
grep -q '^igdvm-.*/bin/igdvm$' files.log || { echo "FAIL the tarball has no igdvm"; exit 1; }
echo "ok"
