// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_vfio.c - whether VFIO would hand the device over: driver, files of /dev/vfio, reset, power,
 * virtual functions. Never opens a file of /dev/vfio: permissions are asked for, not tried.
 * Sources: Linux Documentation/ABI/testing/sysfs-bus-pci, Documentation/driver-api/vfio.rst.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "doctor_file.h"
#include "util.h"

#define SYS "/sys/bus/pci/devices/"

void doctor_container(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_path path = doctor_path(d, "/dev/vfio/vfio");

	if (!doctor_exists(path)) {
		doctor_fail(f, "/dev/vfio/vfio does not exist");
		doctor_mend(f, "modprobe vfio-pci");
	} else if (doctor_may_open(path)) {
		doctor_fail(f, "/dev/vfio/vfio is there, but this user may not open it");
		doctor_mend(f, "sudo chmod 666 /dev/vfio/vfio (by itself it gives nobody a "
			       "device), or run as root");
	} else if (!doctor_exists(doctor_path(d, "/sys/module/vfio_iommu_type1")) &&
		   doctor_kconfig(d, "VFIO_IOMMU_TYPE1") != 'y') {
		doctor_warn(f, "/dev/vfio/vfio is there, the module vfio_iommu_type1 not loaded");
		doctor_mend(f, "modprobe vfio_iommu_type1");
	} else {
		doctor_ok(f, "/dev/vfio/vfio, this user may open it");
	}
}

void doctor_driver(const struct doctor *d, struct doctor_finding *f)
{
	char driver[SYSFS_NAME_MAX], unbind[160] = "";
	const char *name = d->dev.name;
	bool none = doctor_link(doctor_attr(d, "driver"), driver, sizeof(driver));

	if (none && d->fixture) {
		doctor_unknown(f, "not in a recording");
		return;
	}
	if (!none && !strcmp(driver, "vfio-pci")) {
		doctor_ok(f, "vfio-pci");
		return;
	}
	doctor_fail(f, "%s%s", none ? "none" : driver, d->fixture ? ", when it was recorded" : "");
	if (!none)
		snprintf(unbind, sizeof(unbind), "echo %s > " SYS "%s/driver/unbind; ", name, name);
	doctor_mend(f,
		    "igdvm bind %s takes all of its group; by hand: modprobe vfio-pci; "
		    "echo vfio-pci > " SYS "%s/driver_override; %s"
		    "echo %s > /sys/bus/pci/drivers_probe",
		    name, name, unbind, name);
}

/* The file appears when vfio-pci takes a member of the group. */
void doctor_group_file(const struct doctor *d, struct doctor_finding *f)
{
	char group[16], driver[SYSFS_NAME_MAX] = "";
	struct doctor_path path;

	if (doctor_link(doctor_attr(d, "iommu_group"), group, sizeof(group))) {
		doctor_unknown(f, "the device is in no IOMMU group");
		return;
	}
	path = doctor_path(d, "/dev/vfio/%s", group);
	doctor_link(doctor_attr(d, "driver"), driver, sizeof(driver));
	if (!doctor_exists(path) && strcmp(driver, "vfio-pci")) {
		doctor_unknown(f, "/dev/vfio/%s comes with the driver vfio-pci", group);
	} else if (!doctor_exists(path)) {
		doctor_fail(f, "vfio-pci has the device, but there is no /dev/vfio/%s", group);
		doctor_mend(f, "boot a kernel with CONFIG_VFIO_GROUP, such as Debian's "
			       "linux-image-amd64; in a container, let the file in");
	} else if (doctor_may_open(path)) {
		doctor_fail(f, "/dev/vfio/%s is there, but this user may not open it", group);
		doctor_mend(f, "sudo chown $USER /dev/vfio/%s, or run as root", group);
	} else {
		doctor_ok(f, "/dev/vfio/%s, this user may open it", group);
	}
}

void doctor_reset(const struct doctor *d, struct doctor_finding *f)
{
	char methods[64];
	int ret = doctor_line(doctor_attr(d, "reset_method"), methods, sizeof(methods));

	if (!ret) {
		doctor_ok(f, "by %s", methods);
	} else if (ret == -ENOENT && !d->fixture && doctor_exists(doctor_attr(d, "reset"))) {
		doctor_ok(f, "possible; how, Linux before 5.15 does not say");
	} else {
		doctor_warn(f, "the kernel knows no way to reset it");
		doctor_mend(f,
			    "reboot the host where a second guest finds the GPU in a bad state; a "
			    "newer kernel may know a way");
	}
}

void doctor_power(const struct doctor *d, struct doctor_finding *f)
{
	char state[16] = "", runtime[16] = "";

	doctor_line(doctor_attr(d, "power_state"), state, sizeof(state));
	doctor_line(doctor_attr(d, "power/runtime_status"), runtime, sizeof(runtime));
	if (!strcmp(runtime, "error")) {
		doctor_fail(f, "its power management has failed (runtime_status: error)");
		doctor_mend(f, "reboot the host; dmesg | grep %s tells more", d->dev.name);
	} else if (!state[0]) {
		doctor_unknown(f, "the kernel shows no power_state (Linux 5.12 on)");
	} else if (!strcmp(state, "D3cold")) {
		doctor_warn(f, "D3cold: its power is off");
		doctor_mend(f, "echo on > " SYS "%s/power/control", d->dev.name);
	} else if (!strcmp(state, "unknown") || !strcmp(state, "error")) {
		doctor_warn(f, "the kernel does not know its state");
		doctor_mend(f, "echo on > " SYS "%s/power/control", d->dev.name);
	} else {
		doctor_ok(f, "%s", state);
	}
}

void doctor_sriov(const struct doctor *d, struct doctor_finding *f)
{
	uint64_t active, total = 0;
	int ret = doctor_number(doctor_attr(d, "sriov_numvfs"), 10, &active);

	doctor_number(doctor_attr(d, "sriov_totalvfs"), 10, &total);
	if (d->virtual_function) {
		doctor_ok(f, "it is a virtual function itself");
	} else if (ret == -ENOENT) {
		doctor_ok(f, "no SR-IOV");
	} else if (ret) {
		doctor_unknown(f, "sriov_numvfs is no number");
	} else if (active) {
		doctor_fail(f, "%llu virtual functions are active", (unsigned long long)active);
		doctor_mend(f, "echo 0 > " SYS "%s/sriov_numvfs", d->dev.name);
	} else {
		doctor_ok(f, "none of %llu virtual functions is active", (unsigned long long)total);
	}
}
