#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Build the fuzz targets, under both sanitizers, and run them one after the other. Each begins with what is committed in
# corpus/TARGET; what it finds besides is kept in build/fuzz/corpus-TARGET. A line for each target in the end; an input that fails is
# left in build/fuzz, and the exit code is not 0.
#
# usage: run.sh [SECONDS [TARGET...]]   (default 600, and all)
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-600}
[ $# -lt 1 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(config control image opregion pci virtq)
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz -- --quiet

bad=0
for target in "${targets[@]}"; do
  found=build/fuzz/corpus-$target log=build/fuzz/$target.log words=()
  mkdir -p "$found"
  [ "$target" != opregion ] || build/fuzz/tests/fixtures/opregion/mkimages "$found"
  [ ! -e "tests/fuzz/$target.dict" ] || words=(-dict="tests/fuzz/$target.dict")
  if ! "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=2048 -timeout=10 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$target-" "${words[@]}" "$found" "tests/fuzz/corpus/$target" \
    >"$log" 2>&1; then
    bad=1
    tail -n 30 "$log"
  fi
  awk -v target="$target" '
    /cov: / { for (i = 1; i <= NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "corp:") corp = $(i + 1) } }
    /stat::number_of_executed_units/ { runs = $2 }
    /stat::average_exec_per_sec/ { speed = $2 }
    /SUMMARY|ERROR: libFuzzer/ { crash = 1 }
    END { printf "%-10s %10d runs, %6d/s, %5d edges, corpus %s%s\n", target, runs, speed, cov, corp, crash ? ", FAILED" : "" }' "$log"
done
exit $bad
