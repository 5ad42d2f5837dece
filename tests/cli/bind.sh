#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The commands bind and unbind, and --bind: wrong usage gives one line and exit code 2, and nobody but
# root gets further. Nothing here may change a driver of the machine it runs on.
#
# usage: bind.sh IGDVM IMAGE
set -uo pipefail

igdvm=$(realpath "$1") image=$(realpath "$2")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

gpu=0000:00:02.0

check 2 'bind: the device is missing: igdvm bind BDF' "$igdvm" bind
check 2 'bind: the device is missing' "$igdvm" bind --force
check 2 'bind: "gpu" is not a PCI address like 0000:00:02.0; lspci' "$igdvm" bind gpu
check 2 'bind: "" is not a PCI address' "$igdvm" bind ''
check 2 'bind: "/sys/bus/pci/devices/0000:00:02.0" is not a PCI address' \
  "$igdvm" bind "/sys/bus/pci/devices/$gpu"
check 2 'bind: "0000:00:02.0" and "0000:00:02.1": name one' "$igdvm" bind $gpu 0000:00:02.1
check 2 'bind: unknown option "--forced"; it takes --force and --help' "$igdvm" bind $gpu --forced
check 2 'unbind: unknown option "--force"; it takes --help' "$igdvm" unbind $gpu --force
check 2 'unbind: "0000:00:02.0" and "00:03.0": name one' "$igdvm" unbind $gpu 00:03.0
check 2 'unbind: "all" is not a PCI address' "$igdvm" unbind all
for command in bind unbind; do
  good "$igdvm" $command --help
  grep -q "^usage: igdvm $command" out || fail "$command --help: $(head -n 1 out)"
done

check 2 '--bind: there is no device to bind; give --igd or --vfio' "$igdvm" --kernel "$image" --bind
check 2 '--force: it is for --bind' "$igdvm" --kernel "$image" --igd $gpu --force
check 2 '--bind: --fixture stands in' \
  "$igdvm" --kernel "$image" --igd $gpu --bind --dry-run --fixture dir

check 1 '(ffff:ff:1f.7: no such PCI device|.*only root)' "$igdvm" bind ffff:ff:1f.7
check 1 '(ffff:ff:1f.7: no such PCI device|.*only root)' \
  "$igdvm" --kernel "$image" --bind --force --vfio ffff:ff:1f.7

# As nobody: from a copy that nobody may run.
nobody=()
[ "$(id -u)" != 0 ] || nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod 755 . && cp "$igdvm" igdvm
check 1 'ffff:ff:1f.7: only root changes drivers; run igdvm by sudo' "${nobody[@]}" ./igdvm bind ffff:ff:1f.7
check 1 'ffff:ff:1f.7: only root changes drivers' "${nobody[@]}" ./igdvm unbind ffff:ff:1f.7
check 1 'unbind: only root changes drivers' "${nobody[@]}" ./igdvm unbind
verdict
