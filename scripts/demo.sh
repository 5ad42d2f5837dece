#!/bin/bash
#
# demo.sh - the main job, from nothing: packages, build, and a Debian guest whose i915 driver binds
# to an Intel GPU that igdvm gives it.
#
# With the GPU at 0000:00:02.0 bound to vfio-pci and a KVM that can run Linux this is the real
# thing. Everywhere else it happens in the lab (tests/lab): a machine with a stand-in for the GPU,
# emulated by QEMU. Downloads and results are kept below build/; a second time is faster.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
igdvm=$root/build/release/igdvm
lab=${LAB_DIR:-$root/build/lab}
gpu=0000:00:02.0
log=$root/build/demo.log

stage() { printf '\n==> %s\n' "$*"; }

die() {
  echo "demo: $*" >&2
  exit 1
}

gpu_on_vfio() {
  [ "$(basename "$(readlink -f "/sys/bus/pci/devices/$gpu/driver")")" = vfio-pci ]
}

# Whether the KVM here runs Linux is found out by trying: a guest that reboots at once (status 32).
kvm_runs_linux() {
  local status=0
  timeout 30 "$igdvm" --kernel "$lab/bzImage-cloud" --initrd "$lab/l2-tiny.cpio.gz" \
    --memory 256M --serial null </dev/null >/dev/null 2>&1 || status=$?
  [ $status -eq 32 ]
}

words="console=ttyS0 panic=-1 lab.i915 drm.debug=0x6 log_buf_len=4M"

run_here() {
  "$igdvm" --kernel "$lab/bzImage-generic" --initrd "$lab/l2-gpu.cpio.gz" --memory 1G --igd $gpu \
    --cmdline "$words" </dev/null
}

run_in_lab() { DEMO_WORDS=$words IGDVM=$igdvm "$root/tests/lab/run.sh" -v "$root/tests/lab/l1/demo.sh"; }

# In the lab the GPU's registers are plain memory. The driver complains at length about their
# silence: that is left out of what is shown, not of what is kept.
without_complaints() {
  sed -u -e '/cut here/,/end trace/d' \
    -e '/forcewake\|CI tainted\|reset request timed out\|SAGV\|Mailbox read\|Failed to reset GuC/d'
}

# Show the console as it comes, with a line for every stage reached.
show() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
    "lab: machine up"*) stage "lab up" ;;
    "GUEST up"*) stage "guest up" ;;
    "["*"[drm] Initialized i915"*) stage "i915 bound" ;;
    esac
  done
}

# said TITLE REGEX: what the guest said, group 1 of REGEX, each different answer once.
said() {
  tr -d '\r' <"$log" | sed -nE "s/.*$2.*/\1/p" | awk -v title="$1" '
    !seen[$0]++ { printf "  %-14s %s\n", title, $0; title = "" }
    END { if (!NR) printf "  %-14s nothing\n", title }'
}

stage "packages"
"$root/scripts/bootstrap.sh"
stage "build"
cmake --preset release -S "$root" >/dev/null
cmake --build "$root/build/release" --target igdvm -- --quiet
stage "download and build of kernels and guests"
"$root/tests/lab/prepare.sh"

if gpu_on_vfio && [ -e /dev/kvm ] && kvm_runs_linux; then
  stage "the GPU of this machine: igdvm --igd $gpu"
  run=run_here filter=cat
else
  stage "no GPU on vfio-pci here, or no KVM that runs Linux: igdvm --igd $gpu in the lab"
  run=run_in_lab filter=without_complaints
fi
status=0
$run 2>&1 | tee "$log" | $filter | show || status=$?

stage "what the guest said"
said "ASLS" 'CONFIG asls=(0x[0-9a-f]+)'
said "OpRegion" '(graphic opregion physical addr: 0x[0-9a-f]+|ACPI OpRegion version [0-9.]+)'
said "VBT" '(Found valid VBT[^[]*|BDB version [0-9]+)'
said "PCH" '\] (Found .* PCH|Assuming PCH ID .*)'
said "stolen memory" '(Reserving Intel graphics memory at .*\]|Memory reserved for graphics device: .*)'
said "bridges" 'LSPCI (00:(00|1f)\.0 .*)'
said "connectors" 'CONNECTOR (card.*)'
said "driver" 'I915 .*(Initialized i915 .*)'
[ $status -eq 0 ] || die "igdvm did not end as it should (status $status); everything it said: $log"
grep -q 'I915 .*Initialized i915' "$log" || die "i915 did not bind; everything the guest said: $log"
stage "done: i915 is bound to the GPU in the guest"
