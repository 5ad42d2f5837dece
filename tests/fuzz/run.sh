#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Build the fuzz targets and run one: opregion, beginning with the synthetic images, or virtq. What it
# finds is kept in build/fuzz/corpus-TARGET; an input that fails is left in build/fuzz, and the exit code
# is not 0.
#
# usage: run.sh [SECONDS] [TARGET]   (default 300 opregion)
set -euo pipefail

seconds=${1:-300} target=${2:-opregion}
cd "$(dirname "$0")/../.."
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz -- --quiet
cd build/fuzz
mkdir -p "corpus-$target" seeds-opregion seeds-virtq
tests/fixtures/opregion/mkimages seeds-opregion
exec "tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=1024 \
  -timeout=5 -print_final_stats=1 "corpus-$target" "seeds-$target"
