// SPDX-License-Identifier: BSD-2-Clause
/*
 * record_opregion.c - the OpRegion for `igdvm record`, from whoever shows it.
 * Sources, in this order: the module's device (kmod/igd_opregion), /dev/mem, i915's debugfs files
 * (Linux drivers/gpu/drm/i915/display/intel_opregion.c: i915_opregion, i915_vbt).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "devmem.h"
#include "igd_regs.h"
#include "log.h"
#include "opregion.h"
#include "record_host.h"
#include "util.h"

#define PAGE		 (4 * KiB)
#define MODULE_VBT	 0x10000000 /* offset of the extended VBT in the module's device */
#define OFF_MINOR	 0x16
#define OFF_MAILBOXES	 0x58
#define MAILBOX_ASLE_EXT BIT(4)
#define OFF_RVDA	 0x3ba
#define OFF_EDID	 0x1c04 /* BDDC of mailbox 5 */
#define EDID_SIZE	 256

void record_hide_edid(uint8_t *opregion, size_t len)
{
	if (len >= OFF_EDID + EDID_SIZE && (get_le32(opregion + OFF_MAILBOXES) & MAILBOX_ASLE_EXT))
		memset(opregion + OFF_EDID, 0, EDID_SIZE);
}

/* ---- host-physical bytes ---- */

/*
 * By the module's device, where `part` is the file's offset of the page that hpa is in, or by
 * /dev/mem. Returns the source's name, or NULL with the reason in why (DEVMEM_WHY bytes).
 */
static const char *read_host(const struct record *r, uint64_t part, uint64_t hpa, size_t len,
			     void *buf, char *why)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/igd-opregion-%s", r->root, r->host.name);
	if (!devmem_read(path, part + (hpa & (PAGE - 1)), buf, len, why))
		return "the module igd_opregion";
	return devmem_read(DEVMEM_PATH, hpa, buf, len, why) ? NULL : "/dev/mem";
}

/* Where the host has the extended VBT. */
static uint64_t vbt_address(uint64_t asls, const struct opregion_info *info)
{
	return info->major == 2 && info->minor == 0 ? info->rvda : asls + info->rvda;
}

/* As firmware left it: the OpRegion, with the extended VBT where that can be mapped in place. */
static int read_raw(struct record *r, uint64_t asls, char *why)
{
	struct opregion_info info;
	struct opregion_layout l;
	uint8_t head[OPREGION_SIZE];
	const char *from = read_host(r, 0, asls, sizeof(head), head, why);
	size_t len = OPREGION_SIZE;

	if (!from)
		return 0;
	if (opregion_parse(head, sizeof(head), &info)) {
		snprintf(why, DEVMEM_WHY, "what is at ASLS is no OpRegion");
		return 0;
	}
	if (!opregion_layout(&info, 0, &l) && l.vbt_start)
		len = (size_t)info.rvda + info.rvds;
	r->raw.bytes = calloc(1, len);
	if (!r->raw.bytes)
		return log_err(-ENOMEM, "%s: %zu bytes of OpRegion: %m", r->host.name, len);
	memcpy(r->raw.bytes, head, sizeof(head));
	r->raw.len = sizeof(head);
	r->raw.from = from;
	if (len > OPREGION_SIZE &&
	    read_host(r, MODULE_VBT, asls + info.rvda, info.rvds, r->raw.bytes + info.rvda, why))
		r->raw.len = len;
	return 0;
}

/* ---- what VFIO would show ---- */

/* A debugfs file of the driver that has the GPU. */
static int64_t read_debugfs(const struct record *r, const char *name, size_t size, uint8_t **bytes)
{
	char path[PATH_MAX];
	int64_t n = -ENOENT;
	struct dirent *e;
	unsigned minor;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/drm", r->host.dir);
	dir = opendir(path);
	while (dir && n < 0 && (e = readdir(dir))) {
		if (sscanf(e->d_name, "card%u", &minor) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/sys/kernel/debug/dri/%u/%s", r->root, minor, name);
		n = record_read_file(path, size, bytes);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* The extended VBT behind the OpRegion in a blob of full size; false: nobody shows it. */
static bool read_vbt(struct record *r, uint64_t asls, const struct opregion_info *info)
{
	uint8_t *to = r->blob[VFIO_INTEL_OPREGION].bytes + OPREGION_SIZE, *vbt = NULL;
	char why[DEVMEM_WHY];
	int64_t n;

	if (read_host(r, MODULE_VBT, vbt_address(asls, info), info->rvds, to, why))
		return true;
	n = read_debugfs(r, "i915_vbt", info->rvds, &vbt);
	if (n > 0)
		memcpy(to, vbt, (size_t)n);
	free(vbt);
	return n > 0;
}

/* As vfio_pci_igd shows it: the VBT right behind, version 2.0 with one as 2.1, RVDA to match. */
static int compose(struct record *r, uint64_t asls, const uint8_t *head, const char *from)
{
	struct record_blob *b = &r->blob[VFIO_INTEL_OPREGION];
	struct opregion_info info;
	bool extended;

	if (opregion_parse(head, OPREGION_SIZE, &info)) {
		record_note(r, "opregion", "not recorded: what %s shows is no OpRegion", from);
		return 0;
	}
	extended = opregion_extended_vbt(&info) && info.rvds <= OPREGION_VBT_MAX;
	b->len = OPREGION_SIZE + (extended ? info.rvds : 0);
	b->bytes = calloc(1, b->len);
	b->from = from;
	if (!b->bytes)
		return log_err(-ENOMEM, "%s: %zu bytes of OpRegion: %m", r->host.name, b->len);
	memcpy(b->bytes, head, OPREGION_SIZE);
	if (extended && !read_vbt(r, asls, &info)) {
		record_note(r, "opregion", "the extended VBT is missing: nobody shows it");
		extended = false;
		b->len = OPREGION_SIZE;
	}
	if (extended && info.major == 2 && info.minor == 0)
		b->bytes[OFF_MINOR] = 1;
	put_le64(b->bytes + OFF_RVDA, extended ? OPREGION_SIZE : 0);
	return 0;
}

static int read_shown(struct record *r, uint64_t asls)
{
	uint8_t *head = NULL;
	int64_t n;
	int ret;

	if (r->raw.bytes)
		return compose(r, asls, r->raw.bytes, r->raw.from);
	n = read_debugfs(r, "i915_opregion", OPREGION_SIZE, &head);
	if (n == OPREGION_SIZE) {
		ret = compose(r, asls, head, "debugfs (i915_opregion)");
	} else {
		record_note(r, "opregion",
			    "not recorded: no VFIO, and no debugfs of i915; run as root, or bind "
			    "the GPU to vfio-pci");
		ret = 0;
	}
	free(head);
	return ret;
}

uint32_t record_asls(const struct record *r)
{
	uint32_t asls = get_le32(r->config + IGD_ASLS);

	return asls == UINT32_MAX ? 0 : asls;
}

int record_opregion(struct record *r)
{
	uint32_t asls = record_asls(r);
	char why[DEVMEM_WHY] = "";
	int ret;

	if (!asls) {
		record_note(r, "opregion-raw", "not recorded: ASLS is %#x, there is no OpRegion",
			    get_le32(r->config + IGD_ASLS));
		return 0;
	}
	ret = read_raw(r, asls, why);
	if (ret)
		return ret;
	if (r->raw.bytes)
		record_note(r, "opregion-raw", "from %s", r->raw.from);
	else
		record_note(r, "opregion-raw", "not recorded: %s", why);
	return r->vfio ? 0 : read_shown(r, asls);
}
