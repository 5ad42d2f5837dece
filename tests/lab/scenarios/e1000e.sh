# A network card below a root port, which is all an --igd is not: MSI-X with its table in a BAR of its
# own, several memory BARs, ports, PCI Express. The lab machine is at the other end of its wire, gives it an
# address, and takes and gives what iperf3 sends.
# timeout: 300
# qemu: -netdev hubport,id=wire,hubid=1 -netdev hubport,id=net,hubid=1 -device virtio-net-pci,netdev=wire,mac=52:54:00:00:00:02,romfile= -device pcie-root-port,id=root1,addr=05.0,chassis=1 -device e1000e,bus=root1,netdev=net,romfile=
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

for device in /sys/bus/pci/devices/*; do
  [ "$(config_id "${device##*/}")" != 8086:10d3 ] || NIC=${device##*/}
done
NIC_SYS=/sys/bus/pci/devices/$NIC
echo vfio-pci >"$NIC_SYS/driver_override"
echo "$NIC" >/sys/bus/pci/drivers_probe

modprobe virtio_net
for dev in /sys/class/net/*; do
  [ "$(cat "$dev/address")" != 52:54:00:00:00:02 ] || wire=${dev##*/}
done
ip addr add 10.0.2.2/24 dev "$wire"
ip link set "$wire" up
cat >"$work/udhcpd.conf" <<END
start 10.0.2.15
end 10.0.2.15
interface $wire
lease_file $work/leases
pidfile $work/udhcpd.pid
option subnet 255.255.255.0
option router 10.0.2.2
END
: >"$work/leases"
busybox udhcpd -f "$work/udhcpd.conf" >"$work/udhcpd.log" 2>&1 &
iperf3 -s >"$work/iperf.log" 2>&1 &
before=$(od -A n -t x1 "$NIC_SYS/config")

# nic NAME MODE: a guest whose driver uses that kind of interrupts: 2 MSI-X, 1 MSI, 0 INTx.
nic() {
  guest "$1" nic 100 "e1000e.IntMode=$2" --kernel "$KERNEL_GENERIC" --memory 512M --vfio "$NIC,addr=03.0"
  expect_status 0
  expect_line "it has its address by DHCP" '^DHCP 10.0.2.15 by 10.0.2.2'
  expect_line "packets come back" '^NIC ping ok'
  expect_line "TCP out" '^IPERF out [1-9][0-9.]* Mbits'
  expect_line "TCP in" '^IPERF in [1-9][0-9.]* Mbits'
  expect_no_line "the kernel has no trouble" '^KERNEL-TROUBLE'
  check "its config space is as it was" [ "$(od -A n -t x1 "$NIC_SYS/config")" = "$before" ]
  check "no igdvm left" [ -z "$(igdvm_processes)" ]
}

nic msix 2
for vector in eth0-rx-0 eth0-tx-0; do
  expect_line "interrupts of $vector" "^IRQ .* [1-9][0-9]* +PCI-MSI.*$vector"
done
expect_line "MSI-X is on" '^LSPCI .*MSI-X: Enable\+ Count=5'
expect_line "it is an integrated endpoint" '^LSPCI .*Express \(v1\) Root Complex Integrated Endpoint'
expect_line "its ports are there" '^LSPCI .*I/O ports at'

# QEMU's card does not send the message that the driver tries MSI with, without a VMM either: the
# driver switches MSI on and off twice and ends with INTx. (MSI itself is the scenario edu's.)
nic msi 1
expect_line "MSI was tried" '^DMESG .*MSI interrupt test failed'
expect_line "then INTx works" '^IRQ .* [1-9][0-9]* +IO-APIC.*eth0'
expect_line "MSI is off" '^LSPCI .*MSI: Enable-'
expect_line "MSI-X is off" '^LSPCI .*MSI-X: Enable-'

nic intx 0
expect_line "interrupts" '^IRQ .* [1-9][0-9]* +IO-APIC.*eth0'
expect_line "MSI is off" '^LSPCI .*MSI: Enable-'
