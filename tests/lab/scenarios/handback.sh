# However igdvm ends, and whenever, the GPU can be used by the next one.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

args=(--kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU")

gpu_dump() { od -A n -t x1 "$GPU_SYS/config"; }
before=$(gpu_dump)
expect_handed_back() {
  expect_released
  check "the GPU's config space is as it was" [ "$(gpu_dump)" = "$before" ]
}

# The guest has no driver for the power button: the first SIGTERM does nothing, the second ends it.
guest_start twice tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
"$IGDVM" "${args[@]}" </dev/null >"$work/second.serial" 2>"$work/second.log"
check "a second igdvm on the same GPU ends with status 1 (was $?)" [ $? -eq 1 ]
check "it says that the GPU is busy" grep -q "$GPU.*another program" "$work/second.log"
kill -TERM "$pid"
pause 2
check "igdvm still runs after SIGTERM" kill -0 "$pid"
kill -TERM "$pid"
guest_wait 15
expect_status 143
expect_handed_back

guest_start killed tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
kill -KILL "$pid"
guest_wait 15
expect_status 137
expect_handed_back

# Signals while igdvm starts and while the guest's kernel does. (Not SIGINT: a shell has its
# background jobs ignore that.)
for delay in 0.02 0.05 0.1 0.2 0.4 0.8 1.6; do
  guest_start "signal-after-$delay" tiny lab.end=stay "${args[@]}"
  pause "$delay"
  kill -TERM "$pid"
  pause 0.1
  kill -TERM "$pid" 2>/dev/null
  guest_wait 15
  expect_status 143
  expect_handed_back
done

# Whatever the start fails at: here, at opening one file too many.
cat >"$work/few-files" <<END
#!/bin/bash
ulimit -n "\$FILES"
exec "$IGDVM" "\$@"
END
chmod +x "$work/few-files"
failed=0
for FILES in 6 8 10 11 12 13 14 15 16 17 18 19 20; do
  export FILES
  IGDVM=$work/few-files vmm "files-$FILES" 30 --kernel "$KERNEL_CLOUD" --initrd "$LAB_DIR/l2-tiny.cpio.gz" \
    --cmdline "console=ttyS0 quiet" --memory 256M --igd "$GPU"
  case $status in
  1 | 2) failed=$((failed + 1)) ;;
  *) expect_status 32 ;;
  esac
  expect_handed_back
done
name=files
check "nearly all of these starts failed ($failed)" [ $failed -ge 11 ]

# The host takes the GPU while the guest runs: its unbind waits until the guest has ended.
guest_start wanted tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
check "the unbind completes" sh -c "echo $GPU >$GPU_SYS/driver/unbind"
guest_wait 15
expect_status 125
expect_log "$GPU: the host asks for it back; the guest ends"
modprobe pci-stub
gpu_bind pci-stub
check "another driver has the GPU" [ "$(basename "$(readlink "$GPU_SYS/driver")")" = pci-stub ]
gpu_bind vfio-pci
expect_handed_back

guest at-last tiny 90 '' "${args[@]}"
expect_status 32
expect_handed_back

# The guest starts again, three times, with a GPU that was reset in between.
guest_start restarted gpu lab.end=reboot --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU" --on-reboot restart
guest_wait_line 200 '(GUEST end.*){4}'
kill -TERM "$pid"
guest_wait 60
expect_status 32
expect_log 'was asked to power off'
count() { grep -cE "$1" "$serial"; }
check "the OpRegion was there at each start" [ "$(count '^OPREGION head 496e7465')" -ge 4 ]
check "with the same bytes" [ "$(grep '^OPREGION sum' "$serial" | sort -u | wc -l)" = 1 ]
check "at the same address" [ "$(grep '^CONFIG asls' "$serial" | sort -u | wc -l)" = 1 ]
expect_handed_back
