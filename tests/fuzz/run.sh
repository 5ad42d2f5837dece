#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Build the fuzz target and run it, beginning with the synthetic images. What it finds is kept in
# build/fuzz/corpus; an input that fails is left in build/fuzz, and the exit code is not 0.
#
# usage: run.sh [SECONDS]   (default 300)
set -euo pipefail

seconds=${1:-300}
cd "$(dirname "$0")/../.."
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz -- --quiet
cd build/fuzz
mkdir -p corpus seeds
tests/fixtures/opregion/mkimages seeds
exec tests/fuzz/fuzz_opregion -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=1024 \
  -timeout=5 -print_final_stats=1 corpus seeds
