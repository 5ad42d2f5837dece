# lib-boot.sh - the part of bench/boot that runs inside the lab machine.
# timeout: 1800
# bind: none
# env: ROUNDS KVMTOOL
# shellcheck shell=bash disable=SC1091,SC2154
. "$LAB_SRC/l1/lib.sh"

initrd=$LAB_DIR/l2-tiny.cpio.gz
words="console=ttyS0 quiet"
qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -cpu host -m 256
  -serial stdio)

# vmm_command NAME CPUS WORDS: the command, in the array "command".
vmm_command() {
  local name=$1 cpus=$2
  shift 2
  local linux=(-smp "$cpus" -kernel "$KERNEL_CLOUD" -initrd "$initrd" -append "$1")
  case $name in
  igdvm)
    command=("$IGDVM" --kernel "$KERNEL_CLOUD" --initrd "$initrd" --cmdline "$1" --memory 256M
      --cpus "$cpus")
    ;;
  q35) command=("${qemu[@]}" -machine "q35,accel=kvm" "${linux[@]}") ;;
  microvm) # knows no other way to reset
    command=("${qemu[@]}" -machine "microvm,accel=kvm,acpi=on" "${linux[@]}" -append "$1 reboot=t")
    ;;
  kvmtool)
    command=("$KVMTOOL" run --kernel "$KERNEL_CLOUD" --initrd "$initrd" --params "$1" --mem 256
      --cpus "$cpus" --console serial --network mode=none)
    ;;
  esac
}

# measure NAME CPUS: seconds from exec to exit, and to init, appended to files of both.
measure() {
  local began file=$work/$1.$2
  vmm_command "$1" "$2" "$words"
  began=$EPOCHREALTIME
  timeout -s KILL 120 "${command[@]}" </dev/null >"$work/console" 2>"$work/errors"
  awk "BEGIN { printf \"%.2f\\n\", $EPOCHREALTIME - $began }" >"$work/seconds"
  if grep -q '^GUEST up' "$work/console"; then
    cat "$work/seconds" >>"$file"
    sed -nE 's/.*after ([0-9.]+) s.*/\1/p' "$work/console" | tr -d '\r' >>"$file.init"
    report "  round $round  $1, $2 CPUs  $(cat "$work/seconds") s"
  else
    fail "$1: no guest after $(cat "$work/seconds") s: $(tail -n 3 "$work/errors" "$work/console")"
  fi
}

# inspect NAME: a guest with one CPU that stays up; its process' memory and KVM's counters at that moment.
# Mappings of 16 MiB and more are guest RAM (and, in QEMU, its huge but empty reservations).
inspect() {
  local vmm_pid tries=0
  vmm_command "$1" 1 "$words lab.end=stay"
  "${command[@]}" </dev/null >"$work/console" 2>/dev/null &
  vmm_pid=$!
  until grep -q '^GUEST end' "$work/console" || [ $tries -gt 300 ]; do
    pause 0.2
    tries=$((tries + 1))
  done
  awk '/^[0-9a-f]+-/ { next }
    $1 == "Size:" { size = $2 }
    $1 == "Rss:" && size < 16384 { sum += $2 }
    END { printf "%.1f\n", sum / 1024 }' "/proc/$vmm_pid/smaps" >"$work/$1.rss"
  (cd /sys/kernel/debug/kvm/"$vmm_pid"-* &&
    echo "$(cat exits) exits ($(cat io_exits) I/O, $(cat mmio_exits) MMIO, $(cat halt_exits) halts, \
$(cat irq_exits) host interrupts), $(cat pf_taken) page faults") >"$work/$1.exits"
  kill -KILL $vmm_pid
  wait $vmm_pid 2>/dev/null
}

# median FILE, and spread: smallest and largest.
statistics() {
  sort -n "$1" | awk '{ v[NR] = $1 } END { if (NR) printf "%.2f %.2f %.2f\n",
    NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
}

vmms=(igdvm q35 microvm)
[ -z "${KVMTOOL:-}" ] || vmms+=(kvmtool)
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null

for ((round = 1; round <= ROUNDS; round++)); do
  for cpus in 1 2; do
    for name in "${vmms[@]}"; do measure "$name" $cpus; done
  done
done
for name in "${vmms[@]}"; do inspect "$name"; done

# table CPUS: a line for each VMM, and how igdvm compares.
table() {
  local median low high init name own best='' best_name=''
  report ""
  report "$(printf '%-8s  %18s  %18s' "$1 CPUs" 'exec to exit, s' 'guest at init, s')"
  for name in "${vmms[@]}"; do
    read -r median low high <<<"$(statistics "$work/$name.$1")"
    read -r init _ _ <<<"$(statistics "$work/$name.$1.init")"
    [ "$name" != igdvm ] || own=$median
    if [ "$name" != igdvm ] && { [ -z "$best" ] || awk "BEGIN { exit !($median < $best) }"; }; then
      best=$median best_name=$name
    fi
    report "$(printf '%-8s  %5.2f (%5.2f-%5.2f)  %18.2f' "$name" "$median" "$low" "$high" "$init")"
  done
  report "igdvm takes $(awk "BEGIN { printf \"%.2f\", $own / $best }") times as long as the best peer ($best_name)"
}

for cpus in 1 2; do table $cpus; done
report ""
report "$(printf '%-8s  %12s  %s' VMM 'RSS - RAM' 'until init, 1 CPU')"
for name in "${vmms[@]}"; do
  report "$(printf '%-8s  %8.1f MiB  %s' "$name" "$(cat "$work/$name.rss")" "$(cat "$work/$name.exits")")"
done
