// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_iommu.c - the IOMMU: is it on, what is in the GPU's group, what it keeps and how far it
 * reaches.
 * Sources: Linux drivers/iommu/intel/iommu.c and iommu.h (cap, ecap), drivers/vfio/vfio_main.c
 * (which members of a group are harmless), Intel VT-d specification 10.4.2.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "doctor_file.h"
#include "layout.h"
#include "pci_regs.h"
#include "util.h"

#define CAP_SAGAW   GENMASK(12, 8) /* bit n: 30 + 9 n bits */
#define CAP_MGAW    GENMASK(21, 16)
#define ECAP_INTR   BIT(3)
#define RAM_LOW_MAX (3 * GiB) /* of guest RAM, below the PCI window */

#define BOOT_WORD(word)                                                                            \
	"add " word " to GRUB_CMDLINE_LINUX in /etc/default/grub, update-grub, reboot"

/* ---- whether there is one ---- */

static void explain_off(const struct doctor *d, struct doctor_finding *f)
{
	bool dmar = doctor_exists(doctor_path(d, "/sys/firmware/acpi/tables/DMAR")),
	     off = doctor_boot_option(d, "intel_iommu", "off") ||
		   doctor_booted_with(d, "iommu=off");

	if (off) {
		doctor_fail(f, "the IOMMU is switched off on the kernel's command line");
		doctor_mend(f, "take intel_iommu=off and iommu=off out of /etc/default/grub, "
			       "update-grub, reboot");
	} else if (!dmar) {
		doctor_fail(f, "no IOMMU: firmware does not announce VT-d (no ACPI table DMAR)");
		doctor_mend(f,
			    "firmware setup: Intel VT for Directed I/O (VT-d): Enabled; then boot "
			    "with intel_iommu=on");
	} else if (!doctor_boot_option(d, "intel_iommu", "on")) {
		doctor_fail(f, "the IOMMU is off: VT-d is there, the kernel does not use it");
		doctor_mend(f, BOOT_WORD("intel_iommu=on"));
	} else {
		doctor_fail(f, "the IOMMU is off in spite of VT-d and intel_iommu=on");
		doctor_mend(f, "dmesg | grep -e DMAR -e IOMMU says why");
	}
}

void doctor_iommu(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_names units = doctor_list(doctor_path(d, "/sys/class/iommu"));

	if (!units.n) {
		explain_off(d, f);
	} else if (doctor_boot_option(d, "intel_iommu", "igfx_off")) {
		doctor_fail(f, "the IOMMU is on, but off for graphics: intel_iommu=igfx_off");
		doctor_mend(f, "take igfx_off out of /etc/default/grub, update-grub, reboot");
	} else {
		doctor_ok(f, "on: %zu unit%s, %s%s", units.n, units.n > 1 ? "s" : "", units.name[0],
			  units.n > 1 ? " and on" : "");
	}
	doctor_names_free(&units);
}

/* ---- interrupt remapping ---- */

/* Chips of remapped interrupts are called IR-IO-APIC, IR-PCI-MSI... in /proc/interrupts. */
static bool remapped(const struct doctor *d)
{
	char *text = doctor_slurp(doctor_path(d, "/proc/interrupts"));
	bool yes = text && strstr(text, " IR-");

	free(text);
	return yes;
}

/* Whether all units could: 1, 0, -1: not known. */
static int can_remap(const struct doctor *d, const struct doctor_names *units)
{
	uint64_t ecap;
	int can = -1;

	for (size_t i = 0; i < units->n; i++) {
		if (doctor_number(doctor_path(d, "/sys/class/iommu/%s/intel-iommu/ecap",
					      units->name[i]),
				  16, &ecap))
			continue;
		if (!(ecap & ECAP_INTR))
			return 0;
		can = 1;
	}
	return can;
}

static void explain_not_remapped(const struct doctor *d, int can, struct doctor_finding *f)
{
	const char *unsafe = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
	bool off = doctor_booted_with(d, "nointremap") || doctor_booted_with(d, "intremap=off");
	char allowed[8] = "";

	doctor_line(doctor_path(d, "%s", unsafe), allowed, sizeof(allowed));
	if (allowed[0] == 'Y' || allowed[0] == '1') {
		doctor_warn(f, "off, and vfio_iommu_type1 was told to do without "
			       "(allow_unsafe_interrupts)");
		doctor_mend(f, "firmware setup: VT-d interrupt remapping, x2APIC: Enabled");
		return;
	}
	doctor_fail(f, "off%s",
		    off	      ? ": the kernel's command line says so"
		    : !can    ? ": the IOMMU cannot do it"
		    : can < 0 ? ", as far as /proc/interrupts tells"
			      : "");
	if (off)
		doctor_mend(f, "take intremap=off and nointremap out of /etc/default/grub, "
			       "update-grub, reboot");
	else
		doctor_mend(f, "dmesg | grep -i remapping says why; for guests you trust: modprobe "
			       "vfio_iommu_type1 allow_unsafe_interrupts=1");
}

void doctor_intremap(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_names units = doctor_list(doctor_path(d, "/sys/class/iommu"));

	if (!units.n)
		doctor_unknown(f, "no IOMMU is on");
	else if (!doctor_exists(doctor_path(d, "/proc/interrupts")))
		doctor_unknown(f, "/proc/interrupts cannot be read");
	else if (remapped(d))
		doctor_ok(f, "on");
	else
		explain_not_remapped(d, can_remap(d, &units), f);
	doctor_names_free(&units);
}

/* ---- the group ---- */

/* Drivers that VFIO puts up with in a group, and bridges, which do no DMA of their own. */
static bool harmless(const struct doctor *d, const char *name, char *driver, size_t size)
{
	static const char *const fine[] = { "vfio-pci", "pci-stub", "pcieport" };
	char header[PCI_HEADER_SIZE + 1] = "";

	driver[0] = '\0';
	if (doctor_link(doctor_path(d, "/sys/bus/pci/devices/%s/driver", name), driver, size))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		if (!strcmp(driver, fine[i]))
			return true;
	return doctor_text(doctor_path(d, "/sys/bus/pci/devices/%s/config", name), header,
			   sizeof(header)) > PCI_HEADER &&
	       (header[PCI_HEADER] & ~PCI_HEADER_MULTI) != 0;
}

/* Append to a list of names; one that is full stays as it is, so that no name is cut. */
__attribute__((format(printf, 3, 4))) static void add_name(char *list, size_t size, const char *fmt,
							   ...)
{
	size_t len = strlen(list);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(list + len, size - len, fmt, ap);
	va_end(ap);
	if ((size_t)n >= size - len)
		list[len] = '\0';
}

/* Of many members not all may be named: when those are gone, doctor names the others. */
static void judge_members(const struct doctor *d, const char *group,
			  const struct doctor_names *member, struct doctor_finding *f)
{
	char names[EMIT_TEXT_MAX - 64] = "", unbind[EMIT_TEXT_MAX - 80] = "";
	char driver[SYSFS_NAME_MAX];
	size_t n = 0, bad = 0;

	for (size_t i = 0; i < member->n; i++) {
		if (!strcmp(member->name[i], d->dev.name))
			continue;
		n++;
		if (harmless(d, member->name[i], driver, sizeof(driver)))
			continue;
		bad++;
		add_name(names, sizeof(names), " %s (%s)", member->name[i], driver);
		add_name(unbind, sizeof(unbind), " %s", member->name[i]);
	}
	for (size_t i = 0; i < member->n && !bad; i++) {
		if (!strcmp(member->name[i], d->dev.name))
			continue;
		harmless(d, member->name[i], driver, sizeof(driver));
		add_name(names, sizeof(names), " %s (%s)", member->name[i],
			 driver[0] ? driver : "no driver");
	}
	if (bad) {
		doctor_fail(f, "group %s; the host uses others of it:%s", group, names);
		doctor_mend(f,
			    "for d in%s; do echo $d > /sys/bus/pci/devices/$d/driver/unbind; done",
			    unbind);
	} else if (n) {
		doctor_ok(f, "group %s, with others that nobody uses:%s", group, names);
	} else {
		doctor_ok(f, "group %s, alone in it", group);
	}
}

void doctor_group(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_names member;
	char group[16], kind[32];

	if (doctor_link(doctor_attr(d, "iommu_group"), group, sizeof(group))) {
		doctor_fail(f, "in no IOMMU group");
		doctor_mend(f,
			    "firmware setup: Intel VT for Directed I/O (VT-d): Enabled; " BOOT_WORD(
				    "intel_iommu=on"));
		return;
	}
	if (d->fixture) {
		doctor_ok(f, "group %s; its other members are not in a recording", group);
		return;
	}
	if (!doctor_line(doctor_attr(d, "iommu_group/name"), kind, sizeof(kind)) &&
	    !strcmp(kind, "vfio-noiommu")) {
		doctor_fail(f, "group %s is one without an IOMMU (vfio-noiommu)", group);
		doctor_mend(f, "firmware setup: VT-d: Enabled; boot without "
			       "vfio.enable_unsafe_noiommu_mode");
		return;
	}
	member = doctor_list(doctor_attr(d, "iommu_group/devices"));
	judge_members(d, group, &member, f);
	doctor_names_free(&member);
}

/* ---- reserved regions ---- */

static void add_range(char *list, size_t size, uint64_t first, uint64_t last, const char *type)
{
	add_name(list, size, "%s%#" PRIx64 "-%#" PRIx64 " %s", list[0] ? ", " : "", first, last,
		 type);
}

void doctor_reserved(const struct doctor *d, struct doctor_finding *f)
{
	const char *attr = d->fixture ? "reserved_regions" : "iommu_group/reserved_regions";
	char text[8 * KiB], all[EMIT_TEXT_MAX - 32] = "", direct[EMIT_TEXT_MAX - 64] = "";
	char *next = text, *line;
	unsigned n = 0;

	if (doctor_text(doctor_attr(d, attr), text, sizeof(text)) < 0) {
		doctor_unknown(f, "%s cannot be read", attr);
		return;
	}
	while ((line = strsep(&next, "\n")) && *line) {
		uint64_t first, last;
		char type[32];

		n++;
		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %31s", &first, &last, type) != 3) {
			doctor_fail(f, "line %u of %s is not \"FIRST LAST TYPE\"", n, attr);
			doctor_mend(f, "%s",
				    d->fixture ? "have it recorded again"
					       : "report it: no kernel writes this");
			return;
		}
		add_range(all, sizeof(all), first, last, type);
		/* device_rmrr_is_relaxable(): those of graphics and USB are not in the way */
		if (!strcmp(type, "direct"))
			add_range(direct, sizeof(direct), first, last, type);
	}
	if (direct[0]) {
		doctor_fail(f, "firmware insists on memory of its own (RMRR): %s", direct);
		doctor_mend(f, "firmware update; dmesg | grep RMRR tells more");
	} else {
		doctor_ok(f, "%s", n ? all : "none");
	}
}

/* ---- width ---- */

/* Bits that a unit translates: what it has tables for, at most MGAW. 0: not known. */
static unsigned unit_width(struct doctor_path cap_path)
{
	unsigned tables = 0;
	uint64_t cap;

	if (doctor_number(cap_path, 16, &cap))
		return 0;
	for (unsigned bit = 0; bit < 5; bit++)
		if (FIELD_GET(CAP_SAGAW, cap) & BIT(bit))
			tables = 30 + 9 * bit;
	return MIN(tables, (unsigned)FIELD_GET(CAP_MGAW, cap) + 1);
}

/* Of the unit the device is behind; where the kernel does not say which, the narrowest. */
static unsigned iommu_width(const struct doctor *d)
{
	unsigned width = unit_width(doctor_attr(d, "iommu/intel-iommu/cap"));
	struct doctor_names units;

	if (width)
		return width;
	units = doctor_list(doctor_path(d, "/sys/class/iommu"));
	for (size_t i = 0; i < units.n; i++) {
		unsigned w = unit_width(
			doctor_path(d, "/sys/class/iommu/%s/intel-iommu/cap", units.name[i]));

		if (w && (!width || w < width))
			width = w;
	}
	doctor_names_free(&units);
	return width;
}

static unsigned host_width(const struct doctor *d)
{
	char text[16 * KiB];
	const char *value = NULL;
	unsigned bits;

	if (doctor_text(doctor_path(d, "/proc/cpuinfo"), text, sizeof(text)) >= 0)
		value = doctor_value(text, "address sizes");
	return value && sscanf(value, "%2u bits physical", &bits) == 1 ? bits : 0;
}

void doctor_width(const struct doctor *d, struct doctor_finding *f)
{
	unsigned width = iommu_width(d), guest = host_width(d);
	uint64_t top = d->memory <= RAM_LOW_MAX ? d->memory : LAYOUT_4GIB + d->memory - RAM_LOW_MAX;

	if (!width) {
		doctor_unknown(f, "no VT-d unit tells its capabilities");
	} else if (width < 64 && top > BIT(width)) {
		doctor_fail(f, "the IOMMU translates %u bits, guest memory ends at %#" PRIx64,
			    width, top);
		doctor_mend(f, "a lower --memory: at most %lluM",
			    (unsigned long long)(BIT(width) - (LAYOUT_4GIB - RAM_LOW_MAX)) / MiB);
	} else if (guest > width) {
		doctor_warn(f, "the IOMMU translates %u bits, the guest's processor has %u", width,
			    guest);
		doctor_mend(f, "nothing while --memory is below %lluM: it ends in reach",
			    (unsigned long long)(BIT(width) - (LAYOUT_4GIB - RAM_LOW_MAX)) / MiB);
	} else if (guest) {
		doctor_ok(f, "the IOMMU translates %u bits, the guest's processor has %u", width,
			  guest);
	} else {
		doctor_ok(f, "the IOMMU translates %u bits, and guest memory fits", width);
	}
}
