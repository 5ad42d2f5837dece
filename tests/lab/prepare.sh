#!/bin/bash
#
# prepare.sh - make everything a lab run needs, below build/lab (or $LAB_DIR).
#
#   packages             the Debian packages in use, resolved from metapackages
#   debs/ kernel/        those packages, downloaded and unpacked (nothing is installed)
#   bzImage-{generic,cloud,newer}  kernels for guests; the lab machine itself boots the generic one
#   kernel-newer/        Debian's next kernel for this release (backports, security); without one in
#                        apt's lists there is no bzImage-newer, and scenarios that want it are skipped
#   modules/             fakeigd.ko, fakevgpu.ko, edutest.ko and igd_opregion.ko, for the generic kernel
#   l1.cpio.gz           initial RAM disk of the lab machine
#   l2-NAME.cpio.gz      one per l2/NAME.init: initial RAM disks of guests
#   l2-gpu-newer.cpio.gz the same with the newer kernel's modules
#   debian.img           a Debian root file system on a raw disk: debootstrap's, with the generic kernel's
#                        modules; root's password is "lab"
#   mkopregion           makes what the lab's firmware would have left in memory
#   physmem              access to physical memory, for host and guest
#   uinput               a keyboard that types what it is told, for the host
#   mapfile              access to a file by mmap(), for the host
#
# Each is made again when what it depends on has changed; otherwise this takes a fraction of a
# second. Callers may run at the same time.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kmod=$(cd "$here/../../kmod" && pwd)
lab=${LAB_DIR:-$(cd "$here/../.." && pwd)/build/lab}
metapackages=(linux-image-amd64 linux-image-cloud-amd64 linux-headers-amd64)

say() { echo "lab: $*" >&2; }

die() {
  say "$*"
  exit 1
}

check_tools() {
  local tool
  for tool in apt-get busybox cpio debootstrap depmod dpkg flock gcc lspci make mke2fs modprobe \
    qemu-system-x86_64 setpriv; do
    PATH=$PATH:/sbin:/usr/sbin command -v "$tool" >/dev/null ||
      die "$tool is missing: run scripts/bootstrap.sh"
  done
  export PATH=$PATH:/sbin:/usr/sbin
}

# --- which packages -----------------------------------------------------------------------------

# depends PACKAGE REGEX: the packages matching REGEX that PACKAGE depends on.
depends() {
  apt-cache depends --important "$1" 2>/dev/null | awk -v re="$2" '/Depends:/ && $2 ~ re { print $2 }'
}

# The first of Debian's 6.12 kernels, newest first, that can be downloaded. The archive signs kernels
# some time after it builds them.
newer_kernel() {
  local package
  apt-cache pkgnames linux-image-6.12 | grep -E '^linux-image-6\.12\.[0-9]+\+deb[0-9]+-amd64(-unsigned)?$' |
    sort -rV | while read -r package; do
    apt-get --print-uris download "$package" 2>/dev/null && break
  done
}

# One line per package: file name in the archive, which holds name and version, and its hash.
resolve() {
  local generic cloud headers common kbuild
  generic=$(depends linux-image-amd64 '^linux-image-')
  cloud=$(depends linux-image-cloud-amd64 '^linux-image-')
  headers=$(depends linux-headers-amd64 '^linux-headers-')
  [ -n "$generic" ] && [ -n "$cloud" ] && [ -n "$headers" ] || return 1
  common=$(depends "$headers" '-common$')
  kbuild=$(depends "$headers" '^linux-kbuild-')
  {
    apt-get --print-uris download "$generic" "$cloud" "$headers" "$common" "$kbuild"
    newer_kernel
  } | awk '{ print $2, $4 }'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt_update() {
  say "updating package lists"
  as_root apt-get -qq update
}

# The lists are read only when apt's have changed since: apt takes seconds to answer.
resolve_packages() {
  if [ -s packages ] &&
    [ -z "$(find /var/lib/apt/lists "$here/prepare.sh" -newer packages -print -quit)" ]; then
    return
  fi
  if ! resolve >packages.new; then
    apt_update
    resolve >packages.new || die "no such packages: ${metapackages[*]}; the lab needs Debian's kernels"
  fi
  mv packages.new packages
}

# --- steps: build_NAME makes one thing in the current directory ---------------------------------

# step NAME INPUT...: run build_NAME unless its inputs are those of the last time.
step() {
  local name=$1 sum failed=0
  shift
  sum=$(cat "$here/prepare.sh" "$@" | sha256sum)
  if [ "$sum" = "$(cat "stamps/$name" 2>/dev/null)" ]; then
    return
  fi
  say "making $name"
  # The shell ignores errexit in a command whose status is tested: hence no "if build".
  set +e
  (set -ex && "build_$name") >"$name.log" 2>&1
  failed=$?
  set -e
  if [ $failed -ne 0 ]; then
    tail -n 20 "$name.log" >&2
    die "making $name failed: $lab/$name.log"
  fi
  echo "$sum" >"stamps/$name"
}

download() {
  local names sandbox=()
  mapfile -t names < <(awk '{ sub("_.*", "", $1); print $1 }' packages)
  # apt warns when its own user cannot write here.
  [ "$(id -u)" = 0 ] && sandbox=(-o APT::Sandbox::User=root)
  mkdir -p debs
  (cd debs && apt-get -q "${sandbox[@]}" download "${names[@]}")
}

have_debs() {
  local deb hash
  while read -r deb hash; do
    [ -f "debs/$deb" ] && echo "${hash#SHA256:}  debs/$deb" | sha256sum --quiet --check || return 1
  done <packages
}

build_download() {
  rm -f debs/*.tmp
  have_debs && return
  rm -rf debs
  # The archive drops versions: then the lists are out of date.
  download || { apt_update && resolve >packages && download; }
  have_debs
}

is_newer() { [[ $1 == linux-image-6.12* ]]; }

build_kernel() {
  local deb release headers
  rm -rf kernel kernel.new
  mkdir kernel.new
  while read -r deb _; do
    is_newer "$deb" || dpkg -x "debs/$deb" kernel.new
  done <packages
  release=$(sed -n 's/^linux-image-\([^_]*\)_.*/\1/p' packages | grep -vE 'cloud|^6\.12')
  depmod -b kernel.new "$release"
  # The headers expect to lie in /usr/src; let them look where they are.
  headers=kernel.new/usr/src/linux-headers-$release
  echo "include $lab/kernel/usr/src/linux-headers-${release%-*}-common/Makefile" >"$headers/Makefile"
  mv kernel.new kernel
  echo "$release" | tee release >kernel/release
  ln -f "kernel/boot/vmlinuz-$release" bzImage-generic
  ln -f kernel/boot/vmlinuz-*-cloud-amd64 bzImage-cloud
}

build_newer() {
  local deb
  rm -rf kernel-newer bzImage-newer
  while read -r deb _; do
    is_newer "$deb" || continue
    dpkg -x "debs/$deb" kernel-newer
    basename kernel-newer/lib/modules/* >kernel-newer/release
    depmod -b kernel-newer "$(cat kernel-newer/release)"
    ln -f kernel-newer/boot/vmlinuz-* bzImage-newer
  done <packages
}

# kernel_module NAME SOURCE...
kernel_module() {
  rm -rf "modules/$1"
  mkdir -p "modules/$1"
  cp "${@:2}" "modules/$1"
  make -C "$lab/kernel/usr/src/linux-headers-$(cat release)" M="$lab/modules/$1" modules
  strip -g -o "modules/$1.ko" "modules/$1/$1.ko"
}

build_fakeigd() { kernel_module fakeigd "$here"/fakeigd/*; }
build_fakevgpu() { kernel_module fakevgpu "$here"/fakevgpu/*; }
build_edutest() { kernel_module edutest "$here"/edutest/*; }
build_igd_opregion() { kernel_module igd_opregion "$kmod"/igd_opregion/{Kbuild,*.c}; }

build_tools() {
  gcc -O2 -Wall -Wextra -static -o physmem "$here/tools/physmem.c"
  gcc -O2 -Wall -Wextra -static -o mapfile "$here/tools/mapfile.c"
  gcc -O2 -Wall -Wextra -static -o uinput "$here/tools/uinput.c"
  gcc -O2 -Wall -Wextra -o mkopregion "$here/tools/mkopregion.c"
}

# add_modules DIR KERNEL NAME...: copy modules of the kernel below KERNEL, and all they need, to
# DIR/modules; DIR/modules/NAME.order lists the files in the order of loading.
add_modules() {
  local dir=$1 kernel=$2 name file base
  shift 2
  mkdir -p "$dir/modules"
  for name in "$@"; do
    if [ -f "modules/$name.ko" ]; then
      cp "modules/$name.ko" "$dir/modules/"
      echo "$name.ko" >"$dir/modules/$name.order"
      continue
    fi
    modprobe -d "$lab/$kernel" -S "$(cat "$kernel/release")" --show-depends "$name" |
      awk '/^insmod/ { print $2 }' | while read -r file; do
      base=$(basename "$file" .xz)
      case $file in
      *.xz) xz -dc "$file" >"$dir/modules/$base" ;;
      *) cp "$file" "$dir/modules/$base" ;;
      esac
      echo "$base"
    done >"$dir/modules/$name.order"
  done
}

# add_program DIR PATH: copy a program and the shared libraries it needs (ldd fails if it is static).
add_program() {
  local dir=$1 file
  install -D "$2" "$dir/bin/$(basename "$2")"
  { ldd "$2" || true; } | sed -n 's/^[^/]*\(\/[^ ]*\) (.*/\1/p' | while read -r file; do
    install -D "$file" "$dir$file"
  done
}

# add_pci_ids DIR VENDOR: names for lspci, of that vendor's devices and of all classes.
add_pci_ids() {
  mkdir -p "$1/usr/share/misc"
  awk -v vendor="$2" '/^[^\t#]/ { wanted = $1 == vendor || $1 == "C" } wanted' \
    /usr/share/misc/pci.ids >"$1/usr/share/misc/pci.ids"
}

pack() { # DIR ARCHIVE
  (cd "$1" && find . | cpio -o -H newc --quiet | gzip -1) >"$2.new"
  mv "$2.new" "$2"
}

root_dir() { # DIR INIT: an empty root with busybox
  rm -rf "$1"
  mkdir -p "$1"/{bin,dev,proc,sys,tmp}
  cp "$(command -v busybox)" "$1/bin/busybox"
  install "$2" "$1/init"
}

build_l1() {
  root_dir l1root "$here/l1/init"
  mkdir l1root/{host,over,root}
  add_modules l1root kernel virtio_pci 9pnet_virtio 9p overlay
  pack l1root l1.cpio.gz
}

# A guest says in its header what it wants: "# modules: NAME...", "# programs: NAME...",
# "# pci-ids: VENDOR".
header() { sed -n "s/^# $1: //p" "$2"; }

guest_image() { # NAME KERNEL IMAGE
  local init=$here/l2/$1.init dir=l2root/$3 words word program
  root_dir "$dir" "$init"
  cp "$here/l2/guest.sh" "$dir/guest.sh"
  read -ra words <<<"$(header modules "$init")"
  add_modules "$dir" "$2" "${words[@]}"
  read -ra words <<<"$(header programs "$init")"
  for program in "${words[@]}"; do
    add_program "$dir" "$(PATH=$lab:$PATH command -v "$program")"
  done
  for word in $(header pci-ids "$init"); do add_pci_ids "$dir" "$word"; done
  pack "$dir" "l2-$3.cpio.gz"
}

build_l2() {
  local init name
  rm -f l2-*.cpio.gz
  for init in "$here"/l2/*.init; do
    name=$(basename "$init" .init)
    guest_image "$name" kernel "$name"
  done
  [ ! -d kernel-newer ] || guest_image gpu kernel-newer gpu-newer
}

# What a person would have who uses the guest, and what its devices are tried with.
debian_packages=systemd-sysv,udev,kmod,login,dbus,iproute2,iputils-ping,ethtool,curl,socat,evtest,pciutils,fio,iperf3
# What udev finds drivers in: of all virtio devices, the GPU, and what they are used through.
debian_modules=(virtio_pci virtio_blk virtio_net virtio_console virtio-rng virtio_balloon virtio_input
  evdev vmw_vsock_virtio_transport virtiofs ext4 i915 nvme)

build_debian() {
  local suite mirror root=debian-root file
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets 'Created-By: Packages' "Codename: $suite" | sed -n 's/^Repo-URI: //p' |
    head -n 1)
  [ -n "$mirror" ]
  as_root rm -rf $root debian.img.new
  as_root debootstrap --variant=minbase --include=$debian_packages "$suite" $root "$mirror"
  echo root:lab | as_root chroot $root chpasswd
  as_root rm -rf $root/var/cache/apt $root/var/lib/apt/lists/* $root/usr/share/{doc,locale,man}/*
  as_root mkdir -p $root/var/cache/apt/archives/partial $root/var/lib/apt/lists/partial
  modprobe -a -d "$lab/kernel" -S "$(cat release)" --show-depends "${debian_modules[@]}" |
    sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r file; do
    as_root install -D -m 644 "$file" "$root/lib/modules/${file#*/lib/modules/}"
  done
  as_root cp "kernel/lib/modules/$(cat release)"/modules.{builtin,builtin.modinfo,order} \
    "$root/lib/modules/$(cat release)"
  as_root depmod -b $root "$(cat release)"
  as_root mke2fs -q -t ext4 -d $root debian.img.new 896M
  as_root rm -rf $root
  mv debian.img.new debian.img
}

# -------------------------------------------------------------------------------------------------

check_tools
mkdir -p "$lab/stamps"
lab=$(cd "$lab" && pwd)
# The kernel's makefiles cannot live in such a place.
[[ $lab != *[[:space:]:]* ]] || die "space or colon in $lab: set LAB_DIR to another directory"
cd "$lab"
exec 9>.lock
flock 9
resolve_packages
step download packages
step kernel packages
step newer packages
step fakeigd packages "$here"/fakeigd/*
step fakevgpu packages "$here"/fakevgpu/*
step edutest packages "$here"/edutest/*
step igd_opregion packages "$kmod"/igd_opregion/{Kbuild,*.c}
step tools "$here"/tools/*
step debian packages
step l1 packages "$here/l1/init"
step l2 packages "$here"/edutest/* "$here"/tools/* "$here"/l2/*
