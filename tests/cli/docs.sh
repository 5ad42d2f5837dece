#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What is made from the option table: manual page and completions have every row; pages are without
# warnings; bash completes what it should.
#
# usage: docs.sh GEN_DOCS IGDVM BUILD
set -uo pipefail

gen=$(realpath "$1") igdvm=$(realpath "$2") build=$(realpath "$3")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

bash_file=$build/contrib/completions/igdvm.bash zsh_file=$build/contrib/completions/_igdvm
fish_file=$build/contrib/completions/igdvm.fish page=$build/man/igdvm.1

# has WHAT FILE REGEX
has() {
  checks=$((checks + 1))
  grep -qE -e "$3" "$2" || fail "$1 is not in ${2##*/}"
}

every_row() {
  local option key kind
  if [ ! -e "$page" ] || ! command -v man >/dev/null; then
    echo "-- not tested: manual pages; there is no scdoc, or no man"
    page=/nonexistent
  fi
  [ -e "$page" ] && MANWIDTH=200 LC_ALL=C.UTF-8 man -l "$page" | col -bx >text
  "$gen" table >rows
  [ "$(wc -l <rows)" -gt 80 ] || fail "the table has $(wc -l <rows) rows"
  while read -r option key _ kind _; do
    if [ "$key" != - ]; then
      has "--$option $key" "$bash_file" "\['--$option $key'\]="
      has "--$option $key" "$zsh_file" "igdvm_help\+=\('--$option $key' "
      has "--$option $key" "$fish_file" "-l $option .* \"$key=? "
      if [ -e text ]; then
        sed -n "/^       .*--$option\>/,/^       -/p" text >keys-of-igdvm.1
        has "--$option $key" keys-of-igdvm.1 "^ {11}$key(=|$|,)"
      fi
    elif [ "$kind" = command ]; then
      has "$option" "$bash_file" "\['$option'\]="
      has "$option" "$zsh_file" "igdvm_spec\+=\('$option' "
      has "$option" "$fish_file" "-xa $option "
      [ -e text ] && has "$option" text "^       $option "
    else
      has "--$option" "$bash_file" "\['--$option'\]="
      has "--$option" "$zsh_file" "igdvm_help\+=\('--$option' "
      has "--$option" "$fish_file" " -l $option "
      [ -e text ] && has "--$option" text "^       (-., )?--$option( |$)"
    fi
  done <rows
  # and --help has the same options
  "$igdvm" --help >help
  while read -r option key _ kind _; do
    [ "$key" != - ] || [ "$kind" = command ] || has "--$option" help "^  (-., )?--$option( |$)"
  done <rows
}

# Commands of the manual page that are there, and no other page is named.
pages() {
  local p
  for p in "$build"/man/igdvm.1 "$build"/man/igdvm.conf.5; do
    [ -e "$page" ] || continue
    checks=$((checks + 1))
    LC_ALL=C.UTF-8 man --warnings=all -l "$p" >/dev/null 2>warnings
    [ ! -s warnings ] || fail "$p: $(cat warnings)"
  done
}

# offers LINE WORD...: bash offers exactly these behind LINE. !: at least these
offers() {
  local line=$1 want got some=''
  shift
  [ "$1" != '!' ] || { some=1; shift; }
  checks=$((checks + 1))
  got=$(bash --norc -c '
    . "$1"
    COMP_LINE=$2 COMP_POINT=${#2}
    # as readline does: at blanks, and = and : are words of their own
    mapfile -t COMP_WORDS < <(grep -oE "[^ =:]+|[=:]+" <<<"$2")
    [[ $2 == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _igdvm
    printf "%s\n" "${COMPREPLY[@]}" | sort' - "$bash_file" "$line" 2>errors)
  [ ! -s errors ] || fail "completing \"$line\": $(cat errors)"
  want=$(printf '%s\n' "$@" | sort)
  if [ -n "$some" ]; then
    [ -z "$(comm -23 <(echo "$want") <(echo "$got"))" ] || fail "\"$line\": $got"
  else
    [ "$got" = "$want" ] || fail "\"$line\": want $*, got ${got//$'\n'/ }"
  fi
}

bash_completes() {
  mkdir dir
  touch file1 file2 dir/inner
  offers 'igdvm ' '!' run opregion record --kernel --help
  offers 'igdvm --ker' --kernel
  offers 'igdvm --kernel ' dir/ errors file1 file2 out
  offers 'igdvm --kernel file' file1 file2
  offers 'igdvm --kernel=file' file1 file2
  offers 'igdvm --kernel dir/' dir/inner
  offers 'igdvm --fixture d' dir/
  offers 'igdvm --memory hu' hugepages=
  offers 'igdvm --memory 4G,' 4G,hugepages= 4G,prealloc 4G,size= 4G,thp=
  offers 'igdvm --memory 4G,hugepages=' 1G 2M
  offers 'igdvm --memory=4G,hugepages=2M,thp=o' off on
  offers 'igdvm -m 4G,pre' 4G,prealloc
  offers 'igdvm --igd 0000:00:02.0,opregion=l' lazy live
  offers 'igdvm --igd 0000:00:02.0,opreg' 02.0,opregion=
  offers 'igdvm --igd 0000:00:02.0,opregion=file=fi' file1 file2
  offers 'igdvm --igd 0000:00:02.0,rom=' '!' off bar file1 dir/
  offers 'igdvm --igd 0000:00:02.0,vbt=file' file1 file2
  offers 'igdvm --disk fi' file1 file2
  offers 'igdvm --disk file1,r' file1,ro
  offers 'igdvm --disk file1,ro,aio=u' uring
  offers 'igdvm --serial ' auto tty null file= help
  offers 'igdvm --serial file=dir/i' dir/inner
  offers 'igdvm --on-reboot r' restart
  offers 'igdvm --rng --ver' --verbose --version
  offers 'igdvm opregion d' decode dir/ dump
  offers 'igdvm opregion decode --j' --json
  offers 'igdvm run --dry' --dry-run
  offers 'igdvm --cmdline ' ''
  offers 'igdvm --nonsense=' ''
}

# zsh_offers OPTION WORD SET...: zsh is told of these sets of words, whatever else; its part of the work is stubbed
zsh_offers() {
  local set word
  zsh -f -c 'compset() { return 1; }
    compadd() { [ "$argv[-2]" = -a ] && print -rl -- ${(P)argv[-1]}; return 0; }
    _files() { print FILES; }
    _describe() { print -rl -- ${(P)2}; }
    words=(igdvm "$2" "$3") CURRENT=3 PREFIX=$3
    . "$1"' - "$zsh_file" "$1" "$2" >out 2>errors
  checks=$((checks + 1))
  [ ! -s errors ] || fail "zsh: $1 $2: $(cat errors)"
  for set in "${@:3}"; do
    for word in $set; do
      grep -qxF -e "$word" out || fail "zsh: $1 $2: no $word: $(tr '\n' ' ' <out)"
    done
  done
}

other_shells() {
  if command -v zsh >/dev/null; then
    checks=$((checks + 1))
    zsh -n "$zsh_file" 2>errors || fail "zsh: $(cat errors)"
    zsh_offers -m hu 'hugepages= size= thp=' 'prealloc'
    zsh_offers --on-reboot r '' 'exit restart help'
    zsh_offers --igd '' 'addr= bdf= doorbells= gen= host= lpc= opregion= rom= stolen= vbt=' vga
    zsh_offers --kernel '' FILES
  else
    echo "-- not tested: zsh; it is not installed"
  fi
  if ! command -v fish >/dev/null; then
    echo "-- not tested: fish; it is not installed"
    return
  fi
  checks=$((checks + 3))
  export HOME=$PWD
  fish -n "$fish_file" 2>errors || fail "fish: $(cat errors)"
  fish -c "source $fish_file; complete -C 'igdvm --igd 0000:00:02.0,opregion=l'" >out 2>errors
  diff <(cut -f1 out | sort) <(printf '0000:00:02.0,opregion=%s\n' lazy live) || fail "fish: values: $(cat errors)"
  fish -c "source $fish_file; complete -C 'igdvm --memory 4G,huge'" >out 2>errors
  diff <(cut -f1 out) - <<<'4G,hugepages=' || fail "fish: keys: $(cat errors)"
}

bash -n "$bash_file" || fail "bash -n"
every_row
pages
rm -f ./*
: >errors
: >out
bash_completes
other_shells
verdict
