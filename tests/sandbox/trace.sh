#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Run the tests on this machine and in the lab with "--sandbox trace", and write used.txt: which calls each
# kind of thread made. Half an hour; by hand, after a change of vmm/sandbox_rules.h or of what threads do.
#
# usage: trace.sh [here] [lab]   (both unless given; what the other part found before stays)
set -euo pipefail
cd "$(dirname "$0")/../.."

parts=${*:-here lab}
build=build/trace used=tests/sandbox/used.txt
cmake --preset release -B $build >/dev/null
cmake --build $build -- --quiet
real=$PWD/$build/igdvm.real log=$PWD/$build/trace.log
[ -e "$log" ] || touch "$log"

# In place of igdvm, for tests that know nothing of this: adds the option to what starts a guest.
wrap() {
  cat <<END
#!/bin/sh
case "\$1 \$*" in
*--sandbox* | [!-]*) exec $1 "\$@" ;;
esac
exec $1 "\$@" --sandbox trace=$2
END
}

for part in $parts; do
  case $part in
  here)
    mv $build/igdvm "$real"
    wrap "$real" "$log" >$build/igdvm
    chmod +x $build/igdvm
    ctest --test-dir $build -L guest -LE lab -j "$(nproc)" || true # timing suffers; not what this is for
    mv "$real" $build/igdvm
    ;;
  lab)
    # the lab's machine prints its log at the end of a scenario: tests/lab/l1/lib.sh
    IGDVM=$PWD/$build/igdvm IGDVM_TRACE=1 ctest --test-dir $build -L lab -V | tee $build/lab.log || true
    sed -n 's/^.*trace: //p' $build/lab.log >>"$log"
    ;;
  esac
done
LC_ALL=C sort -u "$log" >$used
wc -l $used
