// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_facts.c - the device, the recording, and what more than one check asks of the host.
 * Judges nothing but whether there is a device.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "doctor_facts.h"
#include "doctor_file.h"
#include "igd_ids.h"
#include "igd_regs.h"
#include "log.h"
#include "opregion.h"
#include "pci_regs.h"
#include "util.h"
#include "vfio_fixture.h"

#define FIRST_DEVICE "0000:00:02.0"
#define DEVICES	     "/sys/bus/pci/devices"

/* ---- the recording ---- */

struct recording {
	struct vfio_dev dev;
	struct iommu iommu;
};

static int open_recording(struct doctor *d)
{
	struct recording *r = calloc(1, sizeof(*r));
	struct sysfs_dev host = { .name = FIRST_DEVICE };
	unsigned phys_bits;
	int ret;

	if (!r)
		return log_err(-ENOMEM, "%s: %m", d->fixture);
	iommu_init(&r->iommu);
	if ((size_t)snprintf(host.dir, sizeof(host.dir), "%s", d->fixture) >= sizeof(host.dir))
		ret = log_err(-ENAMETOOLONG, "--fixture %s: the path is too long", d->fixture);
	else
		ret = vfio_fixture_init(&r->dev, &r->iommu, &phys_bits, &host);
	if (ret) {
		free(r);
		return ret;
	}
	d->recorded = &r->dev;
	return 0;
}

static void close_recording(struct doctor *d)
{
	struct recording *r;

	if (!d->recorded)
		return;
	r = container_of(d->recorded, struct recording, dev);
	vfio_dev_fini(&r->dev);
	iommu_fini(&r->iommu);
	free(r);
	d->recorded = NULL;
}

bool doctor_manifest(const struct doctor *d, const char *key, char *text, size_t size)
{
	size_t len = strlen(key);
	char manifest[16 * KiB];
	struct doctor_path p;

	snprintf(p.s, sizeof(p.s), "%s/manifest", d->fixture);
	if (doctor_text(p, manifest, sizeof(manifest)) < 0)
		return false;
	for (char *next = manifest, *line; (line = strsep(&next, "\n"));) {
		if (strncmp(line, key, len) || strncmp(line + len, ": ", 2))
			continue;
		snprintf(text, size, "%s", line + len + 2);
		return true;
	}
	return false;
}

int doctor_open(struct doctor *d)
{
	int ret = d->fixture ? open_recording(d) : 0;

	if (ret)
		return ret;
	doctor_read_kernel(d);
	if (!d->fixture)
		d->iomem = doctor_slurp(doctor_path(d, "/proc/iomem"));
	return 0;
}

void doctor_close(struct doctor *d)
{
	close_recording(d);
	free(d->kconfig);
	free(d->iomem);
	d->kconfig = d->iomem = NULL;
}

/* ---- devices ---- */

static bool is_intel_display(const struct doctor *d, const char *name)
{
	uint64_t vendor, class_code;

	return !doctor_number(doctor_path(d, DEVICES "/%s/vendor", name), 0, &vendor) &&
	       !doctor_number(doctor_path(d, DEVICES "/%s/class", name), 0, &class_code) &&
	       vendor == INTEL_VENDOR && class_code >> 16 == CLASS_DISPLAY;
}

static void add_device(struct doctor_devices *devices, const char *name)
{
	if (devices->n < DOCTOR_DEVICES_MAX)
		snprintf(devices->name[devices->n++], SYSFS_NAME_MAX, "%s", name);
}

void doctor_find_all(const struct doctor *d, struct doctor_devices *devices)
{
	struct doctor_names all = doctor_list(doctor_path(d, DEVICES));
	struct bdf bdf;

	if (is_intel_display(d, FIRST_DEVICE))
		add_device(devices, FIRST_DEVICE);
	for (size_t i = 0; i < all.n; i++)
		if (!bdf_parse(all.name[i], &bdf) && strcmp(all.name[i], FIRST_DEVICE) &&
		    is_intel_display(d, all.name[i]))
			add_device(devices, all.name[i]);
	doctor_names_free(&all);
}

static void locate(struct doctor *d, const char *name)
{
	struct doctor_path p = doctor_path(d, DEVICES "/%s", name);
	const char *dir = d->fixture ? d->fixture : p.s;

	d->dev = (struct sysfs_dev){ 0 };
	snprintf(d->dev.name, sizeof(d->dev.name), "%s", name);
	/* a recording's was measured; a root that long is nobody's */
	if ((size_t)snprintf(d->dev.dir, sizeof(d->dev.dir), "%s", dir) >= sizeof(d->dev.dir))
		d->dev.dir[0] = '\0';
}

static void read_config(struct doctor *d)
{
	char bytes[DOCTOR_CONFIG + 1];
	int n = doctor_text(doctor_attr(d, "config"), bytes, sizeof(bytes));

	d->config_len = n < 0 ? 0 : (size_t)n;
	memset(d->config, 0, sizeof(d->config));
	memcpy(d->config, bytes, d->config_len);
}

/* As firmware left it, if that was recorded; else as VFIO showed it, or would. */
static int read_recorded_opregion(struct doctor *d)
{
	struct opregion_image *i = &d->opregion;
	int region = vfio_find_region(d->recorded, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION), n;

	i->bytes = calloc(1, OPREGION_IMAGE_MAX + 1);
	if (!i->bytes)
		return -ENOMEM;
	n = doctor_text(doctor_attr(d, "opregion-raw"), (char *)i->bytes, OPREGION_IMAGE_MAX + 1);
	if (n > 0) {
		i->len = (size_t)n;
		snprintf(i->source, sizeof(i->source), "opregion-raw");
		return 0;
	}
	if (region < 0)
		return -ENOENT;
	i->len = MIN(d->recorded->region[region].size, (uint64_t)OPREGION_IMAGE_MAX);
	snprintf(i->source, sizeof(i->source), "opregion");
	return d->recorded->ops->read(d->recorded, (unsigned)region, 0, i->bytes, i->len);
}

static void read_opregion(struct doctor *d)
{
	d->opregion = (struct opregion_image){ 0 };
	memset(d->refusal, 0, sizeof(d->refusal));
	if (d->recorded)
		d->opregion_err = read_recorded_opregion(d);
	else if (!doctor_asls_value(d))
		d->opregion_err = -ENODEV;
	else
		d->opregion_err = opregion_look_device(&d->opregion, &d->dev, d->root, d->refusal);
}

bool doctor_find(struct doctor *d, const char *name, struct doctor_finding *f)
{
	uint64_t class_code = 0, vendor = 0, device = 0;
	char link[SYSFS_NAME_MAX];

	locate(d, name);
	d->gen = NULL;
	d->config_len = 0;
	d->opregion_err = -ENODEV;
	if (!doctor_exists(doctor_attr(d, "."))) {
		doctor_fail(f, "no PCI device is at %s", name);
		doctor_mend(f, "lspci -D -d 8086::03xx lists the GPUs; firmware setup: switch the "
			       "internal graphics on");
		return false;
	}
	if (doctor_number(doctor_attr(d, "class"), 0, &class_code) ||
	    doctor_number(doctor_attr(d, "vendor"), 0, &vendor) ||
	    doctor_number(doctor_attr(d, "device"), 0, &device)) {
		doctor_fail(f, "class, vendor and device cannot be read");
		doctor_mend(f, "%s",
			    d->fixture ? "have it recorded again" : "mount -t sysfs sysfs /sys");
		return false;
	}
	if (class_code >> 16 != CLASS_DISPLAY || vendor != INTEL_VENDOR) {
		doctor_fail(f, "%04x:%04x, class %06x, is no display device of Intel's",
			    (unsigned)vendor, (unsigned)device, (unsigned)class_code);
		doctor_mend(f, "lspci -D -d 8086::03xx lists the GPUs");
		return false;
	}
	d->virtual_function = !doctor_link(doctor_attr(d, "physfn"), link, sizeof(link));
	d->gen = igd_gen_by_id((uint16_t)device);
	read_config(d);
	read_opregion(d);
	doctor_ok(f, "%04x:%04x, class %04x%s", (unsigned)vendor, (unsigned)device,
		  (unsigned)(class_code >> 8), d->virtual_function ? ", a virtual function" : "");
	return true;
}

void doctor_forget(struct doctor *d)
{
	opregion_image_fini(&d->opregion);
}

uint32_t doctor_asls_value(const struct doctor *d)
{
	uint32_t asls = d->config_len < DOCTOR_CONFIG ? 0 : get_le32(d->config + IGD_ASLS);

	return asls == UINT32_MAX ? 0 : asls;
}

/* ---- the host ---- */

const char *doctor_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, key, len))
			continue;
		text += len;
		return text + strspn(text, " \t:");
	}
	return NULL;
}

int doctor_capability(const struct doctor *d, unsigned bit)
{
	char status[8 * KiB];
	const char *value;

	if (doctor_text(doctor_path(d, "/proc/self/status"), status, sizeof(status)) < 0)
		return -1;
	value = doctor_value(status, "CapEff:");
	if (!value || !isxdigit((unsigned char)*value))
		return -1;
	return !!(strtoull(value, NULL, 16) & BIT(bit));
}

/* The words of the kernel's command line, one after the other. */
static char *next_word(char **text)
{
	char *word;

	do
		word = strsep(text, " \n");
	while (word && !*word);
	return word;
}

bool doctor_booted_with(const struct doctor *d, const char *word)
{
	size_t len = strlen(word);
	char text[4 * KiB], *next = text, *w;

	if (doctor_text(doctor_path(d, "/proc/cmdline"), text, sizeof(text)) < 0)
		return false;
	while ((w = next_word(&next)))
		if (!strcmp(w, word) || (word[len - 1] == '=' && !strncmp(w, word, len)))
			return true;
	return false;
}

bool doctor_boot_option(const struct doctor *d, const char *key, const char *value)
{
	size_t len = strlen(key);
	char text[4 * KiB], *next = text, *w, *v;

	if (doctor_text(doctor_path(d, "/proc/cmdline"), text, sizeof(text)) < 0)
		return false;
	while ((w = next_word(&next))) {
		if (strncmp(w, key, len) || w[len] != '=')
			continue;
		w += len + 1;
		while ((v = strsep(&w, ",")))
			if (!strcmp(v, value))
				return true;
	}
	return false;
}

bool doctor_next_iomem(const char **text, struct doctor_iomem *line)
{
	while (*text && **text) {
		const char *at = *text, *end = strchr(at, '\n');
		size_t blanks = strspn(at, " ");
		char copy[128]; /* sscanf() measures all that follows */
		int n;

		*text = end ? end + 1 : NULL;
		snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(at + blanks, "\n"), at + blanks);
		n = sscanf(copy, "%" SCNx64 "-%" SCNx64 " : %63[^\n]", &line->first, &line->last,
			   line->name);
		if (n == 3 && line->first <= line->last)
			return true;
	}
	return false;
}

bool doctor_iomem_shown(const struct doctor *d)
{
	const char *text = d->iomem;
	struct doctor_iomem line;

	while (doctor_next_iomem(&text, &line))
		if (line.last)
			return true;
	return false;
}
