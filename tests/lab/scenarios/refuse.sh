# Hosts, devices and users that igdvm must turn away: one line that says why, nothing left behind.
# timeout: 400
# group: shared
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

modprobe pci-stub
guest_args=(--kernel "$KERNEL_CLOUD" --initrd "$LAB_DIR/l2-tiny.cpio.gz" --memory 256M
  --cmdline "console=ttyS0 quiet")

# refused NAME STATUS REGEX ARGS...: igdvm ends with STATUS and says REGEX.
refused() {
  vmm "$1" 30 "${guest_args[@]}" "${@:4}"
  expect_status "$2"
  expect_log "$3"
  check "the guest did not start" [ ! -s "$serial" ]
  expect_released
}

# accepted NAME ARGS...
accepted() {
  vmm "$1" 90 "${guest_args[@]}" "${@:2}"
  expect_status 32
  expect_line "the guest is up" '^GUEST up'
  expect_released
}

# Another function in the GPU's IOMMU group is in the hands of a host driver.
refused group 1 '0000:00:02.1.*virtio-pci' --igd "$GPU"
echo 0000:00:02.1 >/sys/bus/pci/drivers/virtio-pci/unbind
accepted group-free --igd "$GPU"

refused absent 1 '0000:00:1e\.0' --igd 0000:00:1e.0
refused malformed 2 '00:02' --igd 00:02

gpu_unbind
refused no-driver 1 'vfio-pci' --igd "$GPU"
gpu_bind pci-stub
refused other-driver 1 'pci-stub' --igd "$GPU"

gpu_become class=0x020000
refused network-card 1 '[Dd]isplay' --igd "$GPU"

gpu_become devid=0x0bad
refused unknown-id 1 '0[Bb][Aa][Dd].*gen=' --igd "$GPU"
accepted unknown-id-named --igd "$GPU,gen=kbl"

# No OpRegion: firmware set ASLS to 0. Whoever insists on one is refused, everybody else starts.
gpu_become asls=0
refused no-opregion-live 1 'OpRegion' --igd "$GPU,opregion=live"
refused no-opregion-copy 1 'OpRegion' --igd "$GPU,opregion=copy"
guest no-opregion-auto gpu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
expect_status 0
expect_no_opregion
expect_quiet_kernel
gpu_become asls=0xffffffff
refused ones-in-asls 1 'OpRegion' --igd "$GPU,opregion=live"

# Not an OpRegion: the signature's first byte is wrong. The kernel refuses to open the device.
gpu_become
opregion_write 0 58
refused bad-signature 1 "$GPU.*" --igd "$GPU"
opregion_write 0 49

# A user who may open everything, but not lock guest memory.
chmod 755 "$work"
cp "$IGDVM" "$work/igdvm"
for file in bzImage-cloud l2-tiny.cpio.gz; do cp "$LAB_DIR/$file" "$work/"; done
chmod -R a+rX "$work"
chmod a+rw /dev/kvm /dev/vfio/*
cat >"$work/as-nobody" <<END
#!/bin/bash
ulimit -l 1024
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$work/igdvm" "\$@"
END
chmod +x "$work/as-nobody"
IGDVM=$work/as-nobody vmm memlock 30 --kernel "$work/bzImage-cloud" \
  --initrd "$work/l2-tiny.cpio.gz" --memory 256M --igd "$GPU"
expect_status 1
expect_log '[Mm][Ee][Mm][Ll][Oo][Cc][Kk]|ulimit -l'
expect_released

# After all that the GPU is as good as new.
accepted at-last --igd "$GPU"
