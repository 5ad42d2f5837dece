#!/bin/bash
#
# run.sh - run one scenario in the lab: a machine with an Intel GPU stand-in, VT-d, VFIO and real
# KVM, emulated by QEMU. README.md tells how the lab is made.
#
# usage: run.sh [-v] SCENARIO    a name from --list, or a path to a scenario file
#        run.sh --list
#   -v   show the lab machine's console with the guests' consoles in it
#
# Environment: IGDVM (default build/release/igdvm), LAB_DIR (default build/lab), IGDVM_TRACE (lines "trace: " of
# what igdvm's threads called, for tests/sandbox/trace.sh).
# Exit status 0: passed; 77: skipped. Otherwise the run's directory is kept and named.
#
# A scenario's header says in what lab it wants to run ("# KEY: VALUE"):
#   timeout   seconds for everything                                        (default 120)
#   set       quick | full: whether scripts/check.sh runs it, or only with --full  (quick)
#   opregion  reserved | nvs: type of the OpRegion's range in the e820 map  (reserved)
#   asls      where the OpRegion starts, in the 64 KiB from 0x7f000000 on   (0x7f000000)
#   image     words for tools/mkopregion.c, which makes the OpRegion
#   kernel    words for the lab machine's kernel command line
#   fakeigd   parameters of the module that makes the GPU, see fakeigd/fakeigd.c
#   bind      vfio | none: what the GPU is bound to at first                (vfio)
#   group     alone | shared: whether a second function is in the GPU's IOMMU group  (alone)
#   memory    MiB of the lab machine                                        (2048)
#   disk      a file of the lab's (prepare.sh) that is the lab machine's /dev/vda; it never changes
#   qemu      words for QEMU, for devices besides the GPU
#   needs     a file of the lab's without which the scenario is skipped, with exit status 77
#   env       names of environment variables to hand on
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
LAB_DIR=${LAB_DIR:-$root/build/lab}
IGDVM=${IGDVM:-$root/build/release/igdvm}
verbose=no

die() {
  echo "run.sh: $*" >&2
  exit 2
}

while [ $# -gt 1 ] && [ "$1" = -v ]; do
  verbose=yes
  shift
done
[ $# -eq 1 ] || die "usage: run.sh [-v] SCENARIO | run.sh --list"
if [ "$1" = --list ]; then
  for file in "$here"/scenarios/*.sh; do basename "$file" .sh; done
  exit 0
fi
case $1 in
*/*) scenario=$(realpath "$1") ;;
*) scenario=$here/scenarios/$1.sh ;;
esac
[ -f "$scenario" ] || die "no scenario $1; there are: $("$0" --list | tr '\n' ' ')"
[ -x "$IGDVM" ] || die "no $IGDVM: build it (cmake --preset release) or name one by IGDVM="
IGDVM=$(realpath "$IGDVM")
"$here/prepare.sh"
LAB_DIR=$(cd "$LAB_DIR" && pwd)

header() { # KEY DEFAULT
  local value
  value=$(sed -n "s/^# $1: //p" "$scenario" | head -n 1)
  echo "${value:-$2}"
}

needs=$(header needs '')
if [ -n "$needs" ] && [ ! -e "$LAB_DIR/$needs" ]; then
  echo "lab: $1: skipped, there is no $needs (see prepare.sh)"
  exit 77
fi

# --- the run's directory -------------------------------------------------------------------------

# In /tmp whatever TMPDIR says: its name goes onto a kernel command line, where spaces cannot.
run=$(mktemp -d /tmp/igdvm-lab.XXXXXX)
passed=no
cleanup() {
  trap - EXIT
  [ -z "${qemu_pid:-}" ] || kill -KILL "$qemu_pid" 2>/dev/null || true
  if [ $passed = yes ]; then
    rm -rf "$run"
  else
    echo "lab: what the run left: $run" >&2
  fi
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

reserved_at=0x7f000000 # the default of fakeigd's asls parameter
asls=$(header asls $reserved_at)
read -ra words <<<"$(header image '')"
"$LAB_DIR/mkopregion" "${words[@]}" >"$run/opregion.bin" || die "$scenario: image"

read -ra handed_on <<<"$(header env '')"
{
  printf '%s=%q\n' LAB_DIR "$LAB_DIR" LAB_SRC "$here" LAB_SCENARIO "$scenario" IGDVM "$IGDVM" \
    LAB_FAKEIGD "asls=$asls $(header fakeigd '')" LAB_BIND "$(header bind vfio)" LAB_ASLS "$asls" \
    LAB_OPREGION "$run/opregion.bin"
  for name in "${handed_on[@]}" IGDVM_TRACE; do
    [ -z "${!name+set}" ] || printf '%s=%q\n' "$name" "${!name}"
  done
} >"$run/lab.conf"
ln -s "$here/l1/start.sh" "$run/start"

# --- the lab machine -----------------------------------------------------------------------------

case $(header opregion reserved) in
reserved) memmap="memmap=64K\$$reserved_at" ;;
nvs) memmap="memmap=64K%$reserved_at-1+4" ;;
*) die "$scenario: opregion is reserved or nvs" ;;
esac

edu=edu,addr=02.0,dma_mask=0xffffffff
case $(header group alone) in
alone) gpu=(-device "$edu") ;;
shared) gpu=(-device "$edu,multifunction=on" -device "virtio-rng-pci,addr=02.1") ;;
*) die "$scenario: group is alone or shared" ;;
esac

file=$(header disk '')
disk=()
[ -z "$file" ] || disk=(-drive "file=$LAB_DIR/$file,format=raw,if=virtio,snapshot=on")
read -ra words <<<"$(header qemu '')"
qemu=(
  qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -machine q35
  # One CPU: with two, one that runs a guest is too late in answering the other's interrupts.
  -accel "tcg,thread=multi" -smp 1 -cpu "EPYC,+svm,+npt,+invtsc" -m "$(header memory 2048)"
  -device "intel-iommu,intremap=on,caching-mode=on"
  "${gpu[@]}" "${disk[@]}" "${words[@]}"
  # These lend the GPU their BARs, see fakeigd.c.
  -object "memory-backend-ram,id=mmio,size=16M" -device "ivshmem-plain,memdev=mmio,addr=10.0"
  -object "memory-backend-ram,id=aper,size=256M" -device "ivshmem-plain,memdev=aper,addr=11.0"
  -device "pci-testdev,addr=12.0"
  -device "loader,file=$run/opregion.bin,addr=$asls,force-raw=on"
  -virtfs "local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap"
  # The first serial port is the console, the second the scenario's report.
  -serial "file:$run/console.log" -serial stdio
  # loglevel=2: a kernel message in the middle of a console full of guest output has stopped the
  # emulated machine for good, three times in a row.
  -kernel "$LAB_DIR/bzImage-generic" -initrd "$LAB_DIR/l1.cpio.gz"
  # no_timer_check: on a busy computer the emulated timer's first ticks are late, and Linux gives up.
  -append "console=ttyS0 quiet loglevel=2 panic=-1 tsc=reliable no_timer_check intel_iommu=on $memmap
    $(header kernel '') lab.run=$run"
)

# The lab machine says every 10 seconds that it is alive, whatever its guests do. Silence for this
# long means that the emulated machine itself has stopped (its CPU sleeps and no timer wakes it),
# which no guest and no VMM in it can bring about.
silence=90

# One run of the machine: sets status, empty when there was none, and stalled.
attempt() {
  local timeout report line
  timeout=$(header timeout 120)
  status='' stalled=no
  : >"$run/console.log"
  # Should this shell be killed, timeout dies with it, and QEMU with timeout.
  exec {report}< <(
    exec setpriv --pdeathsig KILL timeout -s KILL "$timeout" \
      setpriv --pdeathsig KILL "${qemu[@]}" </dev/null 2>"$run/qemu.log"
  )
  qemu_pid=$!
  if [ $verbose = yes ]; then
    tail -n +1 -f --pid=$qemu_pid "$run/console.log" &
  fi
  while :; do
    if IFS= read -r -t $silence -u "$report" line; then
      case $line in
      "lab: alive") ;;
      "lab: status "*) status=${line##* } ;;
      *) echo "$line" ;;
      esac
    elif [ $? -gt 128 ]; then
      stalled=yes
      kill -KILL "$qemu_pid"
      break
    else
      break
    fi
  done
  exec {report}<&-
  wait
}

SECONDS=0
attempt
if [ $stalled = yes ]; then
  echo "lab: $1: the emulated machine has stopped; once more, from the start" >&2
  attempt
fi

if [ -z "$status" ]; then
  grep -v "TCG doesn't support" "$run/qemu.log" >&2 || true
  tail -n 40 "$run/console.log" >&2
  echo "lab: $1: no result after $SECONDS s (limit $(header timeout 120) s); above, the console's last lines" >&2
  exit 1
elif [ "$status" != 0 ]; then
  echo "lab: $1: FAILED (status $status, $SECONDS s)" >&2
  exit 1
fi
passed=yes
echo "lab: $1: passed ($SECONDS s)"
