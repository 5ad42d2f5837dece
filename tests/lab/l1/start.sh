#!/bin/bash
#
# start.sh - second half of the lab machine's start, in the host's file system: load KVM and VFIO,
# put the stand-in GPU in place, hand it to vfio-pci, run the scenario, report its exit status.
#
# What run.sh has to say is in lab.conf beside the link through which this file is called. The
# scenario's report goes to the second serial port; the console gets everything else.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
run=$(dirname "$0")
set -a
# shellcheck source=/dev/null
. "$run/lab.conf"
set +a

ln -sf /proc/self/fd /dev/fd
mkdir -p /dev/shm /dev/pts /lib/modules
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount --bind "$LAB_DIR/kernel/lib/modules" /lib/modules
stty -F /dev/ttyS1 raw
exec 3>/dev/ttyS1
while sleep 10; do echo "lab: alive" >&3; done &

modprobe kvm_amd
modprobe vfio-pci
. "$LAB_SRC/l1/gpu.sh"
# LAB_FAKEIGD holds module parameters, words to be split.
# shellcheck disable=SC2086
gpu_appear $LAB_FAKEIGD
[ "$LAB_BIND" = none ] || gpu_bind vfio-pci
echo "lab: machine up after $(cut -d' ' -f1 /proc/uptime) s" >&3

bash "$LAB_SCENARIO" </dev/null >/dev/console 2>&1
echo "lab: status $?" >&3
busybox poweroff -f
