# guest.sh - what the init scripts of guests (L2) share. Sourced first by each of them.
# shellcheck shell=sh

export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null

# word NAME: whether the kernel's command line has NAME or NAME=...; prints the value.
word() {
	read -r line </proc/cmdline
	for w in $line; do
		case $w in
		"$1") return 0 ;;
		"$1"=*) echo "${w#*=}"; return 0 ;;
		esac
	done
	return 1
}

# load NAME: a kernel module after those it needs, each with the parameters that the kernel's
# command line has for it (MODULE.PARAMETER=VALUE), as modprobe would do.
load() {
	read -r line </proc/cmdline
	while read -r module; do
		parameters=
		for w in $line; do
			case $w in
			"${module%.ko}".*) parameters="$parameters ${w#*.}" ;;
			esac
		done
		# shellcheck disable=SC2086 # words
		insmod "/modules/$module" $parameters 2>/dev/null
	done <"/modules/$1.order"
}

guest_up() {
	echo "GUEST up: Linux $(uname -r), $(nproc) CPUs, after $(cut -d' ' -f1 /proc/uptime) s"
}

memory_map() {
	dmesg | sed -n 's/.*BIOS-e820: /E820 /p'
}

# Two lines are none of ours: "if necessary, use ... and report a bug", which every PCI root gets; and
# a register of AMD's that should say how the TSC counts, which KVM lets nobody set before Linux 6.8.
acpi_trouble() {
	dmesg | grep -iE 'ACPI.*(error|warn|exception|bug)|firmware bug' |
		grep -vE "if necessary|TSC doesn't count with P0" | sed 's/^/ACPI-TROUBLE /'
}

kernel_trouble() {
	dmesg | grep -E 'BUG:|Oops|general protection|soft lockup|hard LOCKUP|detected.*stall|Marking TSC unstable' |
		sed 's/^/KERNEL-TROUBLE /'
}

# guest_end [HOW]: leave by what lab.end= says, else by HOW.
guest_end() {
	echo "GUEST end"
	case $(word lab.end || echo "$1") in
	poweroff) poweroff -f ;;
	reboot) reboot -f ;;
	esac
	sleep 1000
}
