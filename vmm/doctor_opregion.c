// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_opregion.c - where the OpRegion is, what its header says, and whether a guest can have the
 * host's own pages.
 * Sources: opregion.h; Linux drivers/char/mem.c, kernel/resource.c (resource_is_exclusive),
 * arch/x86/kernel/e820.c (which types of memory are busy), drivers/vfio/pci/vfio_pci_igd.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "devmem.h"
#include "doctor.h"
#include "doctor_file.h"
#include "igd_regs.h"
#include "opregion.h"
#include "util.h"

#define PAGE		  (4 * KiB)
#define CAP_SYS_RAWIO_BIT 17 /* linux/capability.h */
#define VBT_INSIDE	  0x400
#define MODULE		  "modprobe igd_opregion (kmod/igd_opregion)"

#define PRIMARY_DISPLAY                                                                            \
	"firmware setup: Primary Display (or Initial Display Output): IGD or Internal Graphics; "  \
	"a monitor at boot may help"

/* What all four say where there is nothing to look at. True: it was said. */
static bool nothing_there(const struct doctor *d, struct doctor_finding *f)
{
	if (d->virtual_function) {
		doctor_ok(f, "a virtual function has no OpRegion");
		return true;
	}
	if (d->config_len < DOCTOR_CONFIG) {
		doctor_unknown(f, "this user cannot read ASLS");
		doctor_mend(f, "run as root");
		return true;
	}
	if (doctor_asls_value(d))
		return false;
	doctor_unknown(f, "there is no OpRegion to look at");
	return true;
}

void doctor_asls(const struct doctor *d, struct doctor_finding *f)
{
	uint32_t asls = doctor_asls_value(d);

	if (d->virtual_function || d->config_len < DOCTOR_CONFIG) {
		nothing_there(d, f);
	} else if (get_le32(d->config) == UINT32_MAX) {
		doctor_fail(f, "config space reads as all ones: the GPU does not answer");
		doctor_mend(f, "reboot the host; dmesg | grep %s tells more", d->dev.name);
	} else if (!asls) {
		doctor_warn(f, "%#x: firmware has set up no OpRegion",
			    get_le32(d->config + IGD_ASLS));
		doctor_mend(f,
			    PRIMARY_DISPLAY "; or --igd %s,opregion=file=F with another "
					    "machine's VBT",
			    d->dev.name);
	} else {
		doctor_ok(f, "%#x%s", asls, asls % PAGE ? ", inside a page" : "");
	}
}

/* ---- the header ---- */

/* As firmware has it, not as it was made to look for a copy. */
static bool parse(const struct doctor *d, struct opregion_info *info, int *err)
{
	const struct opregion_image *i = &d->opregion;

	*err = opregion_parse(i->bytes, i->len, info);
	if (!*err && i->made_relative) {
		info->minor = i->minor;
		info->rvda = i->rvda;
	}
	return !*err;
}

/* Why nobody shows it; -ENOMSG: somebody did, and it is none. */
static void explain_unread(const struct doctor *d, struct doctor_finding *f)
{
	for (size_t i = 0; i < OPREGION_PLACES && !d->fixture; i++) {
		if (d->refusal[i].err != -ENOMSG)
			continue;
		doctor_fail(f, "at %#x there is no \"" OPREGION_SIGNATURE "\" (%s)",
			    doctor_asls_value(d), d->refusal[i].place);
		doctor_mend(f, "reboot the host; firmware update; or --igd %s,opregion=file=F",
			    d->dev.name);
		return;
	}
	if (d->fixture) {
		doctor_unknown(f, "not in this recording; its manifest says why");
		return;
	}
	doctor_unknown(f, "nobody shows it to this user: no module igd_opregion, no i915 with "
			  "debugfs, no /dev/mem");
	doctor_mend(f, "run as root; " MODULE "; or look while i915 has the GPU");
}

static bool has_vbt(const struct opregion_image *i, const struct opregion_info *info)
{
	if (!opregion_extended_vbt(info))
		return !opregion_vbt_check(i->bytes + VBT_INSIDE,
					   MIN(i->len - VBT_INSIDE, (size_t)OPREGION_VBT_INSIDE));
	/* one that was not shown may well be there */
	return i->len <= OPREGION_SIZE ||
	       !opregion_vbt_check(i->bytes + OPREGION_SIZE, i->len - OPREGION_SIZE);
}

void doctor_header(const struct doctor *d, struct doctor_finding *f)
{
	/* VFIO makes another version and RVDA of an extended VBT */
	const char *shown = strcmp(d->opregion.source, "opregion") ? "" : ", as VFIO shows it";
	struct opregion_info info;
	int err;

	if (nothing_there(d, f))
		return;
	if (d->opregion_err) {
		explain_unread(d, f);
		return;
	}
	if (!parse(d, &info, &err)) {
		doctor_fail(f, err == -EBADMSG	? "its size field is damaged"
			       : err == -EINVAL ? "it is cut off"
						: "the signature is missing");
		doctor_mend(f, "reboot the host; firmware update; or --igd %s,opregion=file=F",
			    d->dev.name);
	} else if (!has_vbt(&d->opregion, &info)) {
		doctor_warn(f, "version %u.%u, %u KiB, without a VBT where it should be",
			    info.major, info.minor, info.size / (unsigned)KiB);
		doctor_mend(f,
			    "firmware update; or --igd %s,opregion=file=F,vbt=F2 with the board's "
			    "VBT",
			    d->dev.name);
	} else if (opregion_extended_vbt(&info)) {
		doctor_ok(f, "version %u.%u, %u KiB, a VBT of %u bytes at RVDA %#" PRIx64 " (%s)%s",
			  info.major, info.minor, info.size / (unsigned)KiB, info.rvds, info.rvda,
			  opregion_relative(&info) ? "relative" : "a host address", shown);
	} else {
		doctor_ok(f, "version %u.%u, %u KiB, the VBT in mailbox 4%s", info.major,
			  info.minor, info.size / (unsigned)KiB, shown);
	}
}

/* ---- its memory ---- */

enum kind { RESERVED, FIRMWARE, RAM, OTHER, NOWHERE };

/* The first line of /proc/iomem with the address is the outermost, hence the type in firmware's map. */
static enum kind find_place(const struct doctor *d, uint64_t hpa, struct doctor_iomem *line)
{
	const char *text = d->iomem;

	while (doctor_next_iomem(&text, line)) {
		if (hpa < line->first || hpa > line->last)
			continue;
		if (!strcasecmp(line->name, "reserved"))
			return RESERVED;
		if (!strncmp(line->name, "ACPI ", 5))
			return FIRMWARE;
		return strncmp(line->name, "System RAM", 10) ? OTHER : RAM;
	}
	return NOWHERE;
}

void doctor_place(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_iomem line;
	enum kind kind;

	if (nothing_there(d, f))
		return;
	if (!doctor_iomem_shown(d)) {
		doctor_unknown(f, "/proc/iomem shows this user no addresses");
		doctor_mend(f, "run as root");
		return;
	}
	kind = find_place(d, doctor_asls_value(d), &line);
	switch (kind) {
	case RESERVED:
	case FIRMWARE:
		doctor_ok(f, "in %s, %#" PRIx64 "-%#" PRIx64, line.name, line.first, line.last);
		break;
	case RAM:
		doctor_warn(f, "in System RAM, which the kernel uses for itself");
		doctor_mend(f,
			    "firmware update; or add memmap=64K$%#x to the kernel's command line",
			    (unsigned)ALIGN_DOWN(doctor_asls_value(d), 64 * KiB));
		break;
	case OTHER:
		doctor_warn(f, "in %s, where no OpRegion belongs", line.name);
		doctor_mend(f, "firmware update; --igd %s,opregion=copy does without its pages",
			    d->dev.name);
		break;
	case NOWHERE:
		doctor_warn(f, "firmware's memory map has nothing at %#x", doctor_asls_value(d));
		doctor_mend(f, "firmware update; --igd %s,opregion=copy does without its pages",
			    d->dev.name);
		break;
	}
}

/* ---- live ---- */

static bool locked_down(const struct doctor *d)
{
	char text[64];

	doctor_line(doctor_path(d, "/sys/kernel/security/lockdown"), text, sizeof(text));
	return strstr(text, "[integrity]") || strstr(text, "[confidentiality]");
}

/* Why /dev/mem does not show the page: the guards in the order in which the kernel asks them. */
static void explain_devmem(const struct doctor *d, int err, struct doctor_finding *f)
{
	struct doctor_path mem = doctor_path(d, DEVMEM_PATH);
	bool strict = doctor_kconfig(d, "IO_STRICT_DEVMEM") != 'n' &&
		      !doctor_booted_with(d, "iomem=relaxed");
	struct doctor_iomem line;
	enum kind kind = find_place(d, doctor_asls_value(d), &line);

	if (!doctor_exists(mem)) {
		doctor_warn(f, "a copy: there is no /dev/mem (CONFIG_DEVMEM)");
		doctor_mend(f, MODULE);
	} else if (locked_down(d)) {
		doctor_warn(f, "a copy: kernel lockdown (Secure Boot) forbids /dev/mem");
		doctor_mend(f, MODULE ", signed; or firmware setup: Secure Boot: Disabled");
	} else if (doctor_may_open(mem) || doctor_capability(d, CAP_SYS_RAWIO_BIT) == 0) {
		doctor_warn(f, "a copy: /dev/mem is root's (CAP_SYS_RAWIO)");
		doctor_mend(f, "run as root; or " MODULE " and its udev rule");
	} else if (kind == FIRMWARE && strict) {
		doctor_warn(f,
			    "a copy: it is in ACPI memory, which this kernel keeps from /dev/mem "
			    "(IO_STRICT_DEVMEM)");
		doctor_mend(f, MODULE "; or add iomem=relaxed to the kernel's command line");
	} else if (kind == RAM) {
		doctor_warn(f,
			    "a copy: it is in RAM, which /dev/mem does not show (STRICT_DEVMEM)");
		doctor_mend(f, "firmware update");
	} else {
		doctor_warn(f, "a copy: /dev/mem refuses page %#x: %s",
			    (unsigned)ALIGN_DOWN(doctor_asls_value(d), PAGE), strerror(-err));
		doctor_mend(f, MODULE);
	}
}

static bool module_shows(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_path path = doctor_path(d, "/dev/igd-opregion-%s", d->dev.name);

	if (!doctor_exists(path))
		return false;
	if (!doctor_may_open(path)) {
		doctor_ok(f, "the host's own pages, by the module igd_opregion");
	} else {
		doctor_warn(f, "a copy: /dev/igd-opregion-%s is not for this user", d->dev.name);
		doctor_mend(f, "run as root; or the udev rule of kmod/igd_opregion");
	}
	return true;
}

/* The header alone can rule it out; what is not known rules out nothing. */
static bool header_forbids(const struct doctor *d, struct doctor_finding *f)
{
	struct opregion_layout layout;
	struct opregion_info info;
	int err;

	if (d->opregion_err || !parse(d, &info, &err) ||
	    !opregion_layout(&info, doctor_asls_value(d) % PAGE, &layout))
		return false;
	doctor_warn(f, "a copy: the extended VBT is %s",
		    opregion_relative(&info) ? "too far away"
					     : "given by host address (version 2.0)");
	doctor_mend(f, "firmware update; a copy has the same VBT");
	return true;
}

static void live_of_recording(const struct doctor *d, struct doctor_finding *f)
{
	char why[160] = "";
	bool told;

	if (doctor_exists(doctor_attr(d, "opregion-raw"))) {
		doctor_ok(f, "the host's own pages could be read when it was recorded");
		return;
	}
	told = doctor_manifest(d, "opregion-raw", why, sizeof(why));
	doctor_warn(f, "a copy: the host's pages could not be read when it was recorded%s%s",
		    told ? ": " : "", why);
	doctor_mend(f, MODULE ", or boot with iomem=relaxed");
}

void doctor_live(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_path mem = doctor_path(d, DEVMEM_PATH);
	char start[OPREGION_SIGNATURE_LEN], why[DEVMEM_WHY];
	int err;

	if (nothing_there(d, f) || header_forbids(d, f))
		return;
	if (d->fixture) {
		live_of_recording(d, f);
		return;
	}
	if (module_shows(d, f))
		return;
	/* what the kernel does counts for more than what its configuration promises */
	err = devmem_read(mem.s, doctor_asls_value(d), start, sizeof(start), why);
	if (err)
		explain_devmem(d, err, f);
	else if (memcmp(start, OPREGION_SIGNATURE, sizeof(start)))
		doctor_unknown(f, "/dev/mem shows no OpRegion at %#x", doctor_asls_value(d));
	else
		doctor_ok(f, "the host's own pages, by /dev/mem");
}
