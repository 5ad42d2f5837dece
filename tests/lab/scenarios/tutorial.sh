# docs/tutorial.md, typed line by line after the package was installed, as a new user would.
# timeout: 700
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

name=tutorial
set -- "$(dirname "$IGDVM")"/igdvm_*_amd64.deb
check "there is a package (tests/package/deb.sh)" [ -e "$1" ]
cp "$1" "$work/igdvm_0.1.0_amd64.deb"
cd "$work" || exit 1
export KERNEL=$KERNEL_CLOUD HOME=$work
"$LAB_SRC/../package/tutorial.sh" "$LAB_SRC/../../docs/tutorial.md" >typed 2>&1
status=$?
grep -A 15 '^FAIL' typed >&3
report "  --    $(tail -n 1 typed)"
check "all that it says is so" [ $status = 0 ]
check "nothing of igdvm is left" [ -z "$(igdvm_processes)" ]
check "igdvm can be removed" dpkg --purge igdvm
check "and is gone" [ -z "$(find /usr/bin/igdvm /usr/share/doc/igdvm /usr/share/man/man1/igdvm.1.gz 2>/dev/null)" ]
