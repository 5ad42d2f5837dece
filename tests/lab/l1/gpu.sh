# gpu.sh - the lab's GPU as the lab machine (L1) sees it. Sourced by start.sh and lib.sh.
# shellcheck shell=bash

GPU=0000:00:02.0
GPU_SYS=/sys/bus/pci/devices/$GPU

# gpu_appear [PARAMETER=VALUE...]: dress the device up; the parameters are fakeigd's.
gpu_appear() { insmod "$LAB_DIR/modules/fakeigd.ko" "$@"; }

gpu_vanish() { rmmod fakeigd; }

# gpu_bind DRIVER
gpu_bind() {
  gpu_unbind
  echo "$1" >"$GPU_SYS/driver_override"
  echo "$GPU" >/sys/bus/pci/drivers_probe
}

gpu_unbind() {
  [ ! -e "$GPU_SYS/driver" ] || echo "$GPU" >"$GPU_SYS/driver/unbind"
}

# gpu_become [PARAMETER=VALUE...]: another GPU, bound to vfio-pci.
gpu_become() {
  gpu_unbind
  gpu_vanish
  gpu_appear "$@"
  gpu_bind vfio-pci
}

# gpu_config OFFSET SIZE: config bytes as one number in hex, most significant digit first.
gpu_config() { host_config "$GPU" "$1" "$2"; }

# host_config BDF OFFSET SIZE: the same of any function; SIZE is 1, 2, 4 or 8.
host_config() {
  od -A n -t "x$3" -j "$2" -N "$3" "/sys/bus/pci/devices/$1/config" | tr -d ' '
}

# gpu_free: whether nobody holds the GPU's VFIO group (a second opener gets EBUSY).
gpu_free() {
  local group
  group=/dev/vfio/$(basename "$(readlink "$GPU_SYS/iommu_group")")
  [ ! -c "$group" ] || (: <>"$group") 2>/dev/null
}
