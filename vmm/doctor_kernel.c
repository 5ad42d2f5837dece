// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_kernel.c - which kernel runs, and how it was configured.
 * Knows where distributions keep the configuration, and how modules tell that they are there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "doctor_file.h"
#include "util.h"

#define OTHER_KERNEL "boot a kernel that has it, such as Debian's linux-image-amd64"

/* ---- release and configuration ---- */

static void read_release(struct doctor *d)
{
	char text[sizeof(d->release)] = "";

	d->release[0] = '\0';
	if (d->fixture)
		doctor_manifest(d, "kernel", text, sizeof(text));
	else
		doctor_line(doctor_path(d, "/proc/sys/kernel/osrelease"), text, sizeof(text));
	/* it becomes part of paths */
	if (!strchr(text, '/'))
		strcpy(d->release, text);
}

void doctor_read_kernel(struct doctor *d)
{
	static const char *const places[] = {
		"/boot/config-%s",
		"/lib/modules/%s/config",
		"/usr/lib/modules/%s/config",
		"/lib/modules/%s/build/.config",
	};

	read_release(d);
	d->kconfig = NULL;
	if (d->fixture)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(places) && d->release[0] && !d->kconfig; i++) {
		char path[160];

		snprintf(path, sizeof(path), "%.*s%s%s", (int)strcspn(places[i], "%"), places[i],
			 d->release, strchr(places[i], '%') + 2);
		d->kconfig = doctor_slurp(doctor_path(d, "%s", path));
	}
	if (!d->kconfig)
		d->kconfig = doctor_slurp(doctor_path(d, "/proc/config.gz"));
}

char doctor_kconfig(const struct doctor *d, const char *option)
{
	char key[64];
	const char *value;

	if (!d->kconfig || !doctor_value(d->kconfig, "CONFIG_"))
		return 0;
	snprintf(key, sizeof(key), "CONFIG_%s=", option);
	value = doctor_value(d->kconfig, key);
	if (!value)
		return 'n'; /* "# CONFIG_X is not set", or not offered */
	return *value == 'y' || *value == 'm' ? *value : 'n';
}

static bool parse_release(const struct doctor *d, unsigned *major, unsigned *minor)
{
	return sscanf(d->release, "%u.%u", major, minor) == 2;
}

bool doctor_kernel_from(const struct doctor *d, unsigned major, unsigned minor)
{
	unsigned a, b;

	return parse_release(d, &a, &b) && (a > major || (a == major && b >= minor));
}

void doctor_kernel(const struct doctor *d, struct doctor_finding *f)
{
	unsigned major, minor;

	if (!d->release[0]) {
		doctor_unknown(f, "%s",
			       d->fixture ? "not in a recording"
					  : "/proc/sys/kernel/osrelease does not tell");
	} else if (!parse_release(d, &major, &minor)) {
		doctor_unknown(f, "\"%s\" does not begin with a version", d->release);
	} else if (!doctor_kernel_from(d, 6, 1)) {
		doctor_warn(f, "Linux %s", d->release);
		doctor_mend(f, "boot Linux 6.1 or newer");
	} else {
		doctor_ok(f, "Linux %s%s", d->release,
			  d->fixture || d->kconfig ? ""
						   : ", its configuration is nowhere to be read");
	}
}

/* ---- vfio-pci ---- */

static bool module_file(const struct doctor *d)
{
	static const char *const endings[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < ARRAY_SIZE(endings) && d->release[0]; i++)
		if (doctor_exists(
			    doctor_path(d, "/lib/modules/%s/kernel/drivers/vfio/pci/vfio-pci.ko%s",
					d->release, endings[i])))
			return true;
	return false;
}

void doctor_vfio_pci(const struct doctor *d, struct doctor_finding *f)
{
	char config = doctor_kconfig(d, "VFIO_PCI");

	if (doctor_exists(doctor_path(d, "/sys/bus/pci/drivers/vfio-pci"))) {
		doctor_ok(f, "the driver vfio-pci is there%s",
			  config == 'y' ? ", part of the kernel" : "");
	} else if (config == 'n') {
		doctor_fail(f, "this kernel is built without CONFIG_VFIO_PCI");
		doctor_mend(f, OTHER_KERNEL);
	} else if (module_file(d) || config == 'm') {
		doctor_warn(f, "the module vfio-pci is not loaded%s",
			    module_file(d) ? "" : ", and its file is not in /lib/modules");
		doctor_mend(f, "modprobe vfio-pci; at each boot: echo vfio-pci > "
			       "/etc/modules-load.d/vfio-pci.conf");
	} else {
		doctor_unknown(f, "neither driver nor module is to be seen, nor the kernel's "
				  "configuration");
		doctor_mend(f, "modprobe vfio-pci");
	}
}

void doctor_vfio_pci_igd(const struct doctor *d, struct doctor_finding *f)
{
	switch (doctor_kconfig(d, "VFIO_PCI_IGD")) {
	case 'y':
		doctor_ok(f, "CONFIG_VFIO_PCI_IGD is on");
		break;
	case 'n':
		doctor_warn(f, "this kernel is built without CONFIG_VFIO_PCI_IGD");
		doctor_mend(f,
			    OTHER_KERNEL "; or modprobe igd_opregion (kmod/igd_opregion) for the "
					 "OpRegion alone");
		break;
	default:
		doctor_unknown(f, "the kernel's configuration is nowhere to be read");
	}
}

void doctor_vfio_pci_vga(const struct doctor *d, struct doctor_finding *f)
{
	switch (doctor_kconfig(d, "VFIO_PCI_VGA")) {
	case 'y':
		doctor_ok(f, "CONFIG_VFIO_PCI_VGA is on");
		break;
	case 'n':
		doctor_warn(f, "this kernel is built without CONFIG_VFIO_PCI_VGA");
		doctor_mend(f, OTHER_KERNEL "; drivers of Linux do without");
		break;
	default:
		doctor_unknown(f, "the kernel's configuration is nowhere to be read");
	}
}
