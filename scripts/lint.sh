#!/usr/bin/env bash
# lint.sh - everything about the sources that can be checked without running them.
# Each step prints its name; the first failure ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t c_files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h')
mapfile -t sh_files < <(git ls-files --cached --others --exclude-standard '*.sh' '.ci/run' 'bench/boot' 'bench/start')
limit=600 # lines of a source file: one room, one subject

step() { printf 'lint: %s\n' "$1"; }

check_format() {
  step "clang-format"
  # kernel modules of the lab follow the kernel's own style, which this is close to, but not equal
  local bad=0 f
  while read -r f; do
    clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || { echo "$f: run clang-format -i"; bad=1; }
  done < <(printf '%s\n' "${c_files[@]}" | grep -vE '^(tests/lab/(fakeigd|fakevgpu|edutest)|kmod)/')
  return $bad
}

check_size() {
  step "file size"
  wc -l "${c_files[@]}" "${sh_files[@]}" |
    awk -v limit=$limit '$2 != "total" && $1 > limit { print $2 ": " $1 " lines, at most " limit; bad = 1 } END { exit bad }'
}

# The table "Files and layers" of docs/architecture.md is the rule.
check_layers() {
  step "include layers"
  { sed -n '/^## Files and layers/,/^## Where/p' docs/architecture.md
    echo "=== includes"
    grep -HE '^#include "' vmm/*.[ch] vmm/dev/*.[ch]
  } | awk '
    $0 == "=== includes" { edges = 1; next }
    !edges && /^\| [0-9]/ {
      split($0, col, "|")
      layer_no = col[2] + 0
      family++
      n = split(col[3], name, "`")
      for (i = 2; i <= n; i += 2) { layer[name[i]] = layer_no; fam[name[i]] = family }
      n = split(col[5], beside, " ")
      for (i = 1; i <= n; i++) allowed[family, beside[i]] = 1
      next
    }
    edges {
      split($0, part, ":")
      file = part[1]; sub(/^vmm\//, "", file); sub(/\.[ch]$/, "", file)
      inc = $2; gsub(/"/, "", inc); sub(/^\.\.\//, "", inc); sub(/\.h$/, "", inc)
      if (inc == "dsdt_aml" || inc == "sandbox_bpf" || inc == "commit") next # generated
      if (file ~ /^dev\// && !(inc in layer)) inc = "dev/" inc
      if (!(file in layer)) { print file ": not in the table of docs/architecture.md"; bad = 1; next }
      if (!(inc in layer)) { print file ": includes " inc ", which is not in the table"; bad = 1; next }
      if (inc == "kvm") has_kvm[file] = 1
      if (inc == "vfio") has_vfio[file] = 1
      if (fam[file] == fam[inc] || layer[inc] < layer[file]) next
      if (layer[inc] == layer[file] && (fam[file], inc) in allowed) next
      print file " (layer " layer[file] ") includes " inc " (layer " layer[inc] ")"
      bad = 1
    }
    END {
      for (f in has_kvm) if (f in has_vfio && f != "machine") { print f ": includes kvm.h and vfio.h"; bad = 1 }
      if (!edges || family < 20) { print "the table of docs/architecture.md was not found"; bad = 1 }
      exit bad
    }'
}

check_shell() {
  step "shellcheck"
  shellcheck -x "${sh_files[@]}"
}

check_asl() {
  step "iasl"
  local out
  out=$(mktemp -d)
  if ! iasl -vs -we -I vmm -p "$out/dsdt" firmware/dsdt.asl >"$out/log" 2>&1; then
    cat "$out/log"
    rm -rf "$out"
    return 1
  fi
  rm -rf "$out"
}

check_cppcheck() {
  step "cppcheck"
  cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
    --error-exitcode=1 --suppress=missingIncludeSystem -D_GNU_SOURCE -Ivmm vmm
}

check_words() {
  step "left-overs"
  ! git grep -nE '\b(TODO|FIXME|XXX|HACK)\b' -- . ':!scripts/lint.sh'
}

check_format
check_size
check_layers
check_shell
check_asl
check_cppcheck
check_words
echo "lint: ok"
