// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_gpu.c - what the GPU is, and the functions around it that its driver looks for.
 * Sources: Linux drivers/gpu/drm/i915/.../intel_pch.c (ids of bridges), vfio_pci_igd.c (classes),
 * sound/pci/hda/hda_intel.c; everything about generations is igd_ids.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bdf.h"
#include "doctor.h"
#include "doctor_file.h"
#include "igd_ids.h"
#include "igd_regs.h"
#include "pci_regs.h"
#include "util.h"

#define DEVICES	     "/sys/bus/pci/devices"
#define STOLEN_SHARE 4	    /* igd_stolen.c: auto gives at most this part of the guest's memory */
#define CLASS_AUDIO  0x0401 /* with a DSP */
#define CLASS_HDA    0x0403

#define PRIMARY_DISPLAY                                                                            \
	"firmware setup: Primary Display (or Initial Display Output): IGD or Internal Graphics"

void doctor_class(const struct doctor *d, struct doctor_finding *f)
{
	uint64_t code = 0;

	doctor_number(doctor_attr(d, "class"), 0, &code);
	code >>= 8;
	if (code == CLASS_VGA_DISPLAY || d->virtual_function) {
		doctor_ok(f, "%04x%s", (unsigned)code,
			  code == CLASS_VGA_DISPLAY ? ", a boot display" : "");
	} else if (doctor_kernel_from(d, 6, 15)) {
		doctor_ok(f, "%04x, not the boot display; Linux %s shows its OpRegion all the same",
			  (unsigned)code, d->release);
	} else {
		doctor_warn(f, "%04x, not the boot display%s%s", (unsigned)code,
			    d->release[0] ? ", and Linux " : "", d->release);
		doctor_mend(f, PRIMARY_DISPLAY "; or boot Linux 6.15 or newer");
	}
}

void doctor_generation(const struct doctor *d, struct doctor_finding *f)
{
	uint64_t device = 0;
	const char *card;

	doctor_number(doctor_attr(d, "device"), 0, &device);
	card = igd_discrete_name((uint16_t)device);
	if (d->gen) {
		doctor_ok(f, "8086:%04x is %s (gen=%s)", (unsigned)device, d->gen->title,
			  d->gen->name);
	} else if (card) {
		doctor_fail(f, "8086:%04x is a %s card, no integrated GPU", (unsigned)device, card);
		doctor_mend(f, "igdvm --vfio %s instead of --igd", d->dev.name);
	} else {
		char names[192];

		doctor_fail(f, "8086:%04x is no id that igdvm knows", (unsigned)device);
		doctor_mend(f, "if you know what it is like: --igd %s,gen=NAME, one of %s",
			    d->dev.name, igd_gen_names(names, sizeof(names)));
	}
}

/* ---- stolen memory ---- */

static unsigned long long mib(uint64_t bytes)
{
	return bytes / MiB;
}

static void judge_stolen(const struct doctor *d, uint64_t size, struct doctor_finding *f)
{
	bool anchored = d->gen->quirks & IGD_HW_ANCHORED;
	uint64_t fit = igd_stolen_fit(d->gen, d->memory / STOLEN_SHARE);

	if (!size) {
		doctor_warn(f, "firmware has set none aside");
		doctor_mend(f, "firmware setup: DVMT Pre-Allocated: 64M or more");
	} else if (size > d->memory / STOLEN_SHARE) {
		doctor_warn(f, "the host's are %llu MiB, a guest with %llu MiB gets %llu MiB%s",
			    mib(size), mib(d->memory), mib(fit),
			    anchored ? ", not where the GPU's firmware looks" : "");
		doctor_mend(f,
			    "--memory %lluM or more; or firmware setup: DVMT Pre-Allocated: less",
			    mib(size * STOLEN_SHARE));
	} else {
		doctor_ok(f, "%llu MiB, the guest gets as much%s", mib(size),
			  anchored ? " at the host's address" : "");
	}
}

void doctor_stolen(const struct doctor *d, struct doctor_finding *f)
{
	if (d->virtual_function) {
		doctor_ok(f, "none: a virtual function has none");
	} else if (!d->gen) {
		doctor_unknown(f, "the generation is not known");
	} else if (d->gen->quirks & IGD_STOLEN_LMEMBAR) {
		doctor_ok(f, "the device's own, behind BAR2");
	} else if (d->config_len < DOCTOR_CONFIG) {
		doctor_unknown(f, "this user cannot read the register GGC");
		doctor_mend(f, "run as root");
	} else {
		judge_stolen(d, igd_stolen_size(d->gen, get_le16(d->config + IGD_GGC)), f);
	}
}

/* ---- the LPC bridge ---- */

/* Device ids less their low 7 bits (intel_pch.h). */
static const struct {
	uint16_t id;
	const char *name;
} pchs[] = {
	{ 0x3b00, "Ibex Peak" },	 { 0x1c00, "Cougar Point" },
	{ 0x1e00, "Panther Point" },	 { 0x8c00, "Lynx Point" },
	{ 0x9c00, "Lynx Point LP" },	 { 0x8c80, "Wildcat Point" },
	{ 0x9c80, "Wildcat Point LP" },	 { 0xa100, "Sunrise Point" },
	{ 0x9d00, "Sunrise Point LP" },	 { 0xa280, "Kaby Lake PCH" },
	{ 0xa300, "Cannon Lake PCH" },	 { 0x9d80, "Cannon Lake PCH LP" },
	{ 0x0280, "Comet Lake PCH LP" }, { 0x0680, "Comet Lake PCH" },
	{ 0xa380, "Comet Lake PCH V" },	 { 0x3480, "Ice Lake PCH" },
	{ 0x3880, "Ice Lake PCH" },	 { 0x4b00, "Mule Creek Canyon" },
	{ 0xa080, "Tiger Lake PCH LP" }, { 0x4380, "Tiger Lake PCH" },
	{ 0x4d80, "Jasper Lake PCH" },	 { 0x7a80, "Alder Lake PCH" },
	{ 0x5180, "Alder Lake PCH P" },	 { 0x7a00, "Raptor Lake PCH" },
	{ 0x5480, "Alder Lake PCH N" },
};

static const char *pch_name(unsigned device)
{
	for (size_t i = 0; i < ARRAY_SIZE(pchs); i++)
		if (pchs[i].id == (device & 0xff80))
			return pchs[i].name;
	return NULL;
}

/* The address of another function of the GPU's bus. */
static void neighbour(const struct doctor *d, uint8_t dev, uint8_t fn, char *name)
{
	struct bdf bdf = { 0 };

	bdf_parse(d->dev.name, &bdf);
	bdf_format((struct bdf){ .domain = bdf.domain, .dev = dev, .fn = fn }, name);
}

/* The header of 1f.0's config space; bytes that could be read. */
static int read_bridge(const struct doctor *d, char *header, size_t size)
{
	char name[BDF_STRLEN];

	if (d->fixture)
		return doctor_text(doctor_attr(d, "lpc-bridge"), header, size);
	neighbour(d, 0x1f, 0, name);
	return doctor_text(doctor_path(d, DEVICES "/%s/config", name), header, size);
}

void doctor_lpc(const struct doctor *d, struct doctor_finding *f)
{
	bool wanted = !d->virtual_function && (!d->gen || (d->gen->quirks & IGD_PCH_LOOKUP));
	char header[PCI_HEADER_SIZE + 1] = "";
	unsigned device, code;
	const char *name;

	if (read_bridge(d, header, sizeof(header)) < PCI_HEADER_SIZE) {
		if (wanted) {
			doctor_warn(f, "there is none at 1f.0: the driver will guess");
			doctor_mend(f, "--igd %s,lpc=8086:ID with the board's own id", d->dev.name);
		} else {
			doctor_ok(f, "none at 1f.0, and this driver asks for none");
		}
		return;
	}
	device = get_le16(header + PCI_DEVICE);
	code = get_le32(header + PCI_REVISION) >> 8;
	name = pch_name(device);
	if (!wanted) {
		doctor_ok(f, "%04x:%04x; this driver does not ask", get_le16(header), device);
	} else if (get_le16(header) != INTEL_VENDOR || code != CLASS_ISA_BRIDGE) {
		doctor_warn(f, "1f.0 is %04x:%04x, class %06x: no LPC bridge of Intel's",
			    get_le16(header), device, code);
		doctor_mend(f, "--igd %s,lpc=8086:ID with the board's own id", d->dev.name);
	} else if (!name) {
		doctor_warn(f, "8086:%04x is no PCH that drivers are known to look for", device);
		doctor_mend(f,
			    "try it; a newer guest kernel may know it, and --igd "
			    "%s,lpc=8086:ID shows another",
			    d->dev.name);
	} else {
		doctor_ok(f, "8086:%04x, %s", device, name);
	}
}

/* ---- sound ---- */

/* Where Intel has put the function that sends sound to displays, newest first. */
static bool find_audio(const struct doctor *d, char *name)
{
	static const struct {
		uint8_t dev, fn;
	} places[] = { { 0x1f, 3 }, { 0x03, 0 }, { 0x0e, 0 }, { 0x1b, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		uint64_t vendor, code;

		neighbour(d, places[i].dev, places[i].fn, name);
		if (doctor_number(doctor_path(d, DEVICES "/%s/vendor", name), 0, &vendor) ||
		    doctor_number(doctor_path(d, DEVICES "/%s/class", name), 0, &code))
			continue;
		if (vendor == INTEL_VENDOR && (code >> 8 == CLASS_HDA || code >> 8 == CLASS_AUDIO))
			return true;
	}
	return false;
}

void doctor_audio(const struct doctor *d, struct doctor_finding *f)
{
	char name[BDF_STRLEN], driver[SYSFS_NAME_MAX] = "", ours[16] = "-", its[16] = "";

	if (!find_audio(d, name)) {
		doctor_ok(f, "no sound function of Intel's at 1f.3 or 03.0");
		return;
	}
	doctor_link(doctor_path(d, DEVICES "/%s/driver", name), driver, sizeof(driver));
	doctor_link(doctor_path(d, DEVICES "/%s/iommu_group", name), its, sizeof(its));
	doctor_link(doctor_attr(d, "iommu_group"), ours, sizeof(ours));
	if (!strcmp(driver, "vfio-pci")) {
		doctor_ok(f, "%s, bound to vfio-pci", name);
	} else if (!strcmp(its, ours) && driver[0]) {
		doctor_fail(f, "%s is in the GPU's group, and %s has it", name, driver);
		doctor_mend(f, "echo %s > " DEVICES "/%s/driver/unbind", name, name);
	} else {
		doctor_warn(f, "%s stays with the host (%s)", name,
			    driver[0] ? driver : "no driver");
		doctor_mend(f,
			    "bind it to vfio-pci as the GPU, all of its group too, and say --vfio "
			    "%s",
			    name);
	}
}
