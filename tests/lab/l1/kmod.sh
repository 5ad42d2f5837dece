# kmod.sh - the module igd_opregion and its device. Sourced by scenarios, with lib.sh.
# shellcheck shell=bash

. "$LAB_SRC/l1/lib.sh"

NODE=/dev/igd-opregion-$GPU
CLASS=/sys/class/igd-opregion/igd-opregion-$GPU
# shellcheck disable=SC2034 # read by scenarios
VBT_AT=0x10000000 # offset of the extended VBT in the device

module_load() { insmod "$LAB_DIR/modules/igd_opregion.ko"; }

# module_loaded_on WHAT: load it afresh; what follows is about this kind of OpRegion.
module_loaded_on() {
  name=$1
  ! grep -q '^igd_opregion ' /proc/modules || rmmod igd_opregion
  dmesg -C
  module_load
}

# expect_said REGEX: what the module has said since it was loaded.
expect_said() { check "the module says $1" grep -qE "igd_opregion: .*$1" <(dmesg); }

expect_attributes() { # PAGE_OFFSET SIZE VBT_PAGE_OFFSET VBT_SIZE VERSION
  local attribute value
  for attribute in page_offset size vbt_page_offset vbt_size version; do
    value=$(cat "$CLASS/$attribute")
    check "$attribute is $1 (was $value)" [ "$value" = "$1" ]
    shift
  done
}

expect_device() { check "there is a device" [ -c "$NODE" ]; }

expect_no_device() { check "there is no device" [ ! -e "$NODE" ] && [ ! -e "$CLASS" ]; }

# expect_try RESULT ARGS...: what "mapfile try" says when the device is mapped like that.
expect_try() {
  local got
  got=$("$LAB_DIR/mapfile" try "$NODE" "${@:2}")
  check "mapping ${*:2}: $1 (was $got)" [ "$got" = "$1" ]
}

# expect_pages COUNT OFFSET: so many pages can be mapped from there on, and not one more.
expect_pages() {
  local last=$(($2 + ($1 - 1) * 4096))
  expect_try ok r shared r "$2" $(($1 * 4096))
  expect_try ok r shared r $last 4096
  expect_try "mmap EINVAL" r shared r "$2" $((($1 + 1) * 4096))
  expect_try "mmap EINVAL" r shared r $last 8192
  expect_try "mmap EINVAL" r shared r $((last + 4096)) 4096
}

refused() { ! "$@" 2>/dev/null; }

node_read() { "$LAB_DIR/mapfile" read "$NODE" "$1" "$2"; }
node_write() { "$LAB_DIR/mapfile" write "$NODE" "$1" "$2"; }

SIGNATURE=496e74656c47726170686963734d656d

# expect_bytes WHAT OFFSET HEX
expect_bytes() { check "$1" [ "$(node_read "$2" $((${#3} / 2)))" = "$3" ]; }

# hold_start, hold_end: a process that has the OpRegion mapped and the file closed; in the end it
# reads the signature through that mapping.
hold_start() {
  mkfifo "$work/hold"
  "$LAB_DIR/mapfile" hold "$NODE" 16 <"$work/hold" >"$work/held" &
  hold_pid=$!
  exec {hold_input}>"$work/hold"
  while [ ! -s "$work/held" ]; do pause 0.1; done
}

hold_end() {
  exec {hold_input}>&-
  wait "$hold_pid"
  check "the mapping was good to its end" [ "$(tail -n 1 "$work/held")" = "$SIGNATURE" ]
  rm "$work"/h{old,eld}
}
