# However igdvm ends, and whenever, the GPU can be used by the next one.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

args=(--kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU")

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
expect_released

guest_start killed tiny lab.end=stay "${args[@]}"
guest_wait_line 90 'GUEST end'
kill -KILL "$pid"
guest_wait 15
expect_status 137
expect_released

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
  expect_released
done

guest at-last tiny 90 '' "${args[@]}"
expect_status 32
expect_released
