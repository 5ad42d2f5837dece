#!/bin/bash
#
# bootstrap.sh - install every package that building and testing igdvm needs.
#
# Debian and Ubuntu: by apt, as root or through sudo; nothing is asked of apt when all packages are
# there. Elsewhere it prints the list and exits 1.
set -euo pipefail

# package, what it is for
table='
build-essential     compiler, linker, make, libc headers
cmake               build system, 3.25 or newer
ninja-build         generator of the presets
pkg-config          finds libfdt
linux-libc-dev      kernel interfaces: kvm.h, vfio.h
libfdt-dev          guest device tree
libjansson-dev      JSON output
zlib1g-dev          the configuration of the running kernel, /proc/config.gz
libseccomp-dev      the filters of the sandbox, while building
libcap-ng-dev       dropping capabilities
libinih-dev         configuration file
liburing-dev        disks with many requests at once; optional
acpica-tools        iasl: compiles the DSDT, disassembles tables in tests; acpidump for guests
scdoc               manual pages
libcmocka-dev       unit tests
clang               second compiler, sanitizers
libclang-rt-dev     sanitizer runtimes of clang
clang-format        lint
cppcheck            lint
shellcheck          lint
libxml2-utils       xmllint: reads XML output in tests
python3-jsonschema  the control socket against its schema; python3: contrib/launcher-example
jq                  reads JSON output in tests
iproute2            ip: taps of tests; of the host, for users
lintian             the package against the policy of Debian
man-db              man: reads manual pages in tests
bsdextrautils       col: what man prints as plain text
zsh                 completions in tests
fish                completions in tests
dmidecode           reads SMBIOS tables in tests
device-tree-compiler  dtc: reads the guest device tree in tests
qemu-system-x86     lab: emulates the machine with VT-d; peer of the benchmark
seabios             lab: firmware of that machine
debootstrap         lab: root file system of a guest
busybox-static      lab: user space of the guests
cpio                lab: packs initial RAM disks
kmod                lab: modprobe resolves module dependencies
iperf3              lab: packets through network cards of guests, and bench/io
passt               lab: a network for guests without privileges
libelf-dev          lab: the programs that build kernel modules use libelf
pciutils            lab: lspci inside guests
socat               lab: sockets between host and guest
util-linux          lab: flock, setpriv
xz-utils            lab: newer kernels compress their modules
'

mapfile -t packages < <(awk 'NF { print $1 }' <<<"$table")

apt() {
  local cmd=(env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@")
  if [ "$(id -u)" = 0 ]; then
    "${cmd[@]}"
  elif command -v sudo >/dev/null; then
    sudo "${cmd[@]}"
  else
    echo "bootstrap: needs root, and there is no sudo: apt-get $*" >&2
    return 1
  fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "bootstrap: no apt here; install these (Debian names) yourself:$table" >&2
  exit 1
fi

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for p in "${packages[@]}"; do
  grep -qx "installed $p" <<<"$installed" || missing+=("$p")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

echo "bootstrap: installing ${missing[*]}"
apt update
apt install -y --no-install-recommends "${missing[@]}"
