// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor.c - the table of checks, on which devices they run, and the verdict as lines or as JSON.
 * Knows why each check matters; what it looks at, its function knows.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "doctor.h"
#include "doctor_facts.h"
#include "doctor_file.h"
#include "exit_code.h"
#include "igd_regs.h"
#include "log.h"
#include "pci_regs.h"
#include "util.h"
#include "vfio_fixture.h"

#define DEFAULT_DEVICE "0000:00:02.0"
#define NOT_RECORDED   "not in a recording"

enum {
	RECORDED = 1, /* what it looks at is in a recording */
};

/* The ids are promised to programs: docs/doctor.md. */
struct doctor_check {
	const char *id;
	doctor_check_fn *run;
	unsigned flags;
	const char *why;
};

static const struct doctor_check host_checks[] = {
	{ "kvm", doctor_kvm, 0, "guests run by KVM" },
	{ "nested", doctor_nested, 0,
	  "inside a virtual machine, or without a second page table, KVM is slow, and its devices "
	  "are the outer machine's to give" },
	{ "kernel", doctor_kernel, RECORDED, "igdvm is run and tested on Linux 6.1 and newer" },
	{ "vfio-pci", doctor_vfio_pci, 0, "this driver gives PCI devices to igdvm" },
	{ "vfio-pci-igd", doctor_vfio_pci_igd, 0,
	  "VFIO then shows the OpRegion and both bridges, from which the guest gets its outputs" },
	{ "vfio-pci-vga", doctor_vfio_pci_vga, 0, "--igd vga=on, for a legacy VBIOS, needs it" },
	{ "iommu", doctor_iommu, 0, "only behind an IOMMU may a guest have a device" },
	{ "interrupt-remapping", doctor_intremap, 0,
	  "without it a guest could send any interrupt to the host, and VFIO refuses" },
	{ "vfio-container", doctor_container, 0, "the guest's memory is mapped for the GPU by it" },
	{ "memory", doctor_memory, 0,
	  "the GPU may reach all of the guest's memory, so all of it is in use from the start" },
	{ "memlock", doctor_memlock, 0, "all of the guest's memory is pinned for the GPU's DMA" },
};

static const struct doctor_check device_checks[] = {
	{ "class", doctor_class, RECORDED,
	  "firmware sets up outputs and OpRegion for the boot display, 0300; before Linux 6.15 "
	  "VFIO shows the OpRegion of no other" },
	{ "generation", doctor_generation, RECORDED,
	  "registers differ from one generation to the next, and igdvm does not guess" },
	{ "driver", doctor_driver, RECORDED, "only what vfio-pci has can be given to a guest" },
	{ "iommu-group", doctor_group, RECORDED,
	  "VFIO gives away whole groups: no driver of the host may have another member" },
	{ "vfio-group", doctor_group_file, 0, "this user must be able to open the group's file" },
	{ "reserved-regions", doctor_reserved, RECORDED,
	  "memory that firmware shares with the device stands in the way of the guest's" },
	{ "iommu-width", doctor_width, 0,
	  "the GPU reaches guest memory only up to the last address that the IOMMU translates" },
	{ "asls", doctor_asls, RECORDED,
	  "the driver finds outputs and panel through this address; without, screens may stay "
	  "black" },
	{ "opregion", doctor_header, RECORDED,
	  "the VBT in it tells the driver which outputs and which panel there are" },
	{ "opregion-memory", doctor_place, 0,
	  "the kernel lets nobody map RAM, and ACPI NVS memory only by a module" },
	{ "opregion-live", doctor_live, RECORDED,
	  "only in the host's own pages do driver and firmware hear of each other" },
	{ "stolen", doctor_stolen, RECORDED,
	  "drivers and the GPU's firmware expect stolen memory" },
	{ "framebuffer", doctor_framebuffer, 0,
	  "what firmware's framebuffer holds, VFIO cannot map: the aperture is missing" },
	{ "console", doctor_console, 0,
	  "the host's console is on this GPU, and goes dark once the GPU is the guest's" },
	{ "reset", doctor_reset, RECORDED,
	  "a GPU that is not reset starts its next guest as the last one left it" },
	{ "power", doctor_power, 0, "a GPU that sleeps, or failed to wake, does not answer" },
	{ "sriov", doctor_sriov, 0, "vfio-pci does not take a GPU that has virtual functions" },
	{ "lpc-bridge", doctor_lpc, RECORDED,
	  "drivers know the outputs' wiring (PCH) by the id of the bridge at 1f.0" },
	{ "audio", doctor_audio, 0, "sound over HDMI and DisplayPort is another function's" },
};

/* ---- findings ---- */

static void put(char *to, const char *fmt, va_list ap)
{
	vsnprintf(to, EMIT_TEXT_MAX, fmt, ap);
	/* names of drivers and files come from elsewhere, and go to a terminal */
	for (; *to; to++)
		if (*to < ' ' || *to > '~')
			*to = '?';
}

#define FINDING(name, what)                                                                        \
	void name(struct doctor_finding *f, const char *fmt, ...)                                  \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		f->status = what;                                                                  \
		f->remedy[0] = '\0';                                                               \
		va_start(ap, fmt);                                                                 \
		put(f->found, fmt, ap);                                                            \
		va_end(ap);                                                                        \
	}
FINDING(doctor_ok, DOCTOR_OK)
FINDING(doctor_warn, DOCTOR_WARNING)
FINDING(doctor_fail, DOCTOR_FAILURE)
FINDING(doctor_unknown, DOCTOR_UNKNOWN)

void doctor_mend(struct doctor_finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(f->remedy, fmt, ap);
	va_end(ap);
}

/* ---- the report ---- */

static const char *const status_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_FAILURE] = "failure",
	[DOCTOR_UNKNOWN] = "unknown",
};

struct report {
	FILE *out;
	struct emit_json *json; /* NULL: text */
	const char *device;	/* which the findings are about; NULL: the host */
	unsigned n[DOCTOR_UNKNOWN + 1];
};

static void report_heading(struct report *r, const char *device)
{
	r->device = device;
	if (!r->json)
		fprintf(r->out, "%s\n", device ? device : "host");
}

static void report_text(struct report *r, const char *id, const char *why,
			const struct doctor_finding *f)
{
	fprintf(r->out, "  %-8s %-20s %s", status_names[f->status], id, f->found);
	if (f->status == DOCTOR_WARNING || f->status == DOCTOR_FAILURE)
		fprintf(r->out, "; %s", why);
	if (f->remedy[0])
		fprintf(r->out, "; mend: %s", f->remedy);
	fputc('\n', r->out);
}

static void report_json(struct report *r, const char *id, const char *why,
			const struct doctor_finding *f)
{
	struct emit *e = &r->json->e;

	emit_open(e, NULL, EMIT_OBJECT);
	emit_string(e, "id", "%s", id);
	if (r->device)
		emit_string(e, "device", "%s", r->device);
	else
		emit_none(e, "device");
	emit_string(e, "status", "%s", status_names[f->status]);
	emit_string(e, "found", "%s", f->found);
	emit_string(e, "why", "%s", why);
	emit_string(e, "remedy", "%s", f->remedy);
	emit_close(e);
}

static void report(struct report *r, const char *id, const char *why,
		   const struct doctor_finding *f)
{
	r->n[f->status]++;
	if (r->json)
		report_json(r, id, why, f);
	else
		report_text(r, id, why, f);
}

static void run_checks(struct report *r, const struct doctor *d, const struct doctor_check *check,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct doctor_finding f = { 0 };

		if (d->fixture && !(check[i].flags & RECORDED))
			doctor_unknown(&f, NOT_RECORDED);
		else
			check[i].run(d, &f);
		report(r, check[i].id, check[i].why, &f);
	}
}

/* The check "device": whether there is one that the others can be about. */
static void run_device(struct report *r, struct doctor *d, const char *name)
{
	struct doctor_finding f = { 0 };
	bool found = doctor_find(d, name, &f);

	report_heading(r, name);
	report(r, "device", "igdvm gives an Intel GPU to a guest; --vfio is for all else", &f);
	if (found)
		run_checks(r, d, device_checks, ARRAY_SIZE(device_checks));
	doctor_forget(d);
}

static void run_all(struct report *r, struct doctor *d, const struct doctor_devices *devices)
{
	struct doctor_finding none = { 0 };

	report_heading(r, NULL);
	run_checks(r, d, host_checks, ARRAY_SIZE(host_checks));
	for (unsigned i = 0; i < devices->n; i++)
		run_device(r, d, devices->name[i]);
	if (devices->n)
		return;
	doctor_fail(&none, "no Intel display device is on this host");
	doctor_mend(&none, "firmware setup: switch the internal graphics on (iGPU, IGD or "
			   "Internal Graphics: Enabled, not Auto)");
	report(r, "device", "igdvm gives an Intel GPU to a guest", &none);
}

static void print_text_end(const struct report *r)
{
	unsigned failures = r->n[DOCTOR_FAILURE], warnings = r->n[DOCTOR_WARNING];

	fprintf(r->out, "%u failure%s, %u warning%s, %u unknown: ", failures,
		failures == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s", r->n[DOCTOR_UNKNOWN]);
	fputs(failures	 ? "a guest with the GPU will not start, or not work\n"
	      : warnings ? "a guest with the GPU can start; it will lack something\n"
			 : "nothing is known to be in the way\n",
	      r->out);
}

static void print_json_end(const struct report *r, const struct doctor_devices *devices)
{
	struct emit *e = &r->json->e;

	emit_open(e, "devices", EMIT_LIST);
	for (unsigned i = 0; i < devices->n; i++)
		emit_string(e, NULL, "%s", devices->name[i]);
	emit_close(e);
	emit_number(e, "failures", r->n[DOCTOR_FAILURE]);
	emit_number(e, "warnings", r->n[DOCTOR_WARNING]);
	emit_number(e, "unknown", r->n[DOCTOR_UNKNOWN]);
}

static int run_json(struct report *r, struct doctor *d, const struct doctor_devices *devices)
{
	struct emit_json json;
	struct emit *e = &json.e;
	int ret;

	r->json = &json;
	emit_json_begin(&json);
	emit_number(e, "version", DOCTOR_VERSION);
	if (devices->n)
		emit_string(e, "device", "%s", devices->name[0]);
	else
		emit_none(e, "device");
	if (d->fixture)
		emit_bytes(e, "fixture", (const uint8_t *)d->fixture, strlen(d->fixture));
	else
		emit_none(e, "fixture");
	emit_number(e, "memory", d->memory);
	emit_open(e, "checks", EMIT_LIST);
	run_all(r, d, devices);
	emit_close(e);
	print_json_end(r, devices);
	ret = emit_json_end(&json, r->out);
	r->json = NULL;
	return ret ? log_err(ret, "doctor: JSON cannot be made: %m") : 0;
}

int doctor_run(const char *root, const char *fixture, const char *device, uint64_t memory,
	       bool json, FILE *out)
{
	struct doctor d = { .root = root, .fixture = fixture, .memory = memory };
	struct doctor_devices devices = { 0 };
	struct report r = { .out = out };
	int ret = 0;

	if (!device && fixture)
		device = DEFAULT_DEVICE; /* a recording does not say */
	if (device)
		snprintf(devices.name[devices.n++], SYSFS_NAME_MAX, "%s", device);
	if (doctor_open(&d))
		return EXIT_CODE_USAGE;
	if (!device)
		doctor_find_all(&d, &devices);
	if (json)
		ret = run_json(&r, &d, &devices);
	else
		run_all(&r, &d, &devices);
	if (!json)
		print_text_end(&r);
	doctor_close(&d);
	return ret || r.n[DOCTOR_FAILURE] ? EXIT_CODE_HOST : 0;
}
