// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "igd_trouble.h"
#include "test.h"
#include "util.h"

/* A header that says size, in host memory and through VFIO. */
static void set_size(struct igd_rig *rig, uint32_t kib)
{
	put_le32(igd_rig_host_opregion(rig) + 0x10, kib);
	put_le32(rig->dev.bytes[rig->opregion] + 0x10, kib);
	rig->dev.dev.region[rig->opregion].size = kib * 1024;
	rig->module_size = MAX(OPREGION_SIZE, kib * 1024);
}

void igd_spoil(struct igd_rig *rig, enum trouble what)
{
	static const struct {
		uint32_t offset;
		uint8_t major, minor;
		uint64_t rvda;
		uint32_t rvds;
	} opregion[TROUBLES] = {
		[VERSION_1] = { 0, 1, 0, 0, 0 },
		[VERSION_3] = { 0, 3, 0, 0, 0 },
		[UNALIGNED] = { HOST_OFFSET, 2, 0, 0, 0 },
		[NO_REGION_ABSOLUTE] = { 0, 2, 0, HOST_RVDA, VBT_SIZE },
		[NO_REGION_RELATIVE] = { HOST_OFFSET, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[ABSOLUTE] = { 0, 2, 0, HOST_RVDA, VBT_SIZE },
		[ABSOLUTE_RAW] = { 0, 2, 0, HOST_RVDA, VBT_SIZE },
		[RELATIVE] = { 0, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[RELATIVE_RAW] = { 0, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[RELATIVE_MOVED] = { HOST_OFFSET, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[GAP] = { HOST_OFFSET, 2, 1, GAP_RVDA, VBT_SIZE },
		[FAR] = { 0, 2, 1, OPREGION_VBT_REACH + 0x1000, VBT_SIZE },
		[NOT_A_VBT] = { 0, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[NOT_A_VBT_RAW] = { 0, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[GROWN] = { 0, 2, 1, OPREGION_SIZE, VBT_SIZE },
		[CUT] = { 0, 2, 1, OPREGION_SIZE, CUT_SIZE },
		[HUGE_VBT] = { 0, 2, 1, OPREGION_SIZE, VBT_SIZE },
	};
	uint8_t *shown = rig->dev.bytes[rig->opregion], *host;
	struct vfio_region *region = &rig->dev.dev.region[rig->opregion];

	igd_rig_opregion(rig, opregion[what].offset,
			 opregion[what].major ? opregion[what].major : 2, opregion[what].minor,
			 opregion[what].rvda, opregion[what].rvds);
	host = igd_rig_host_opregion(rig);
	region->type = VFIO_INTEL_TYPE;
	switch ((int)what) {
	case ASLS_ZERO:
		put_le32(rig->config + IGD_ASLS, 0);
		break;
	case ASLS_ONES:
		put_le32(rig->config + IGD_ASLS, UINT32_MAX);
		break;
	case NO_REGION_BAD:
		host[3] ^= 1;
		/* fall through */
	case NO_REGION:
	case NO_REGION_ABSOLUTE:
	case NO_REGION_RELATIVE:
		region->type = 0;
		break;
	case BAD_SIGNATURE:
		shown[5] ^= 1;
		break;
	case SIZE_ZERO:
		put_le32(shown + 0x10, 0);
		break;
	case SIZE_4K:
		set_size(rig, 4);
		break;
	case SIZE_16K:
		set_size(rig, 16);
		break;
	case EMPTY_REGION:
		region->size = 0;
		break;
	case DIFFERS:
		host[0x20] ^= 1;
		break;
	case ABSOLUTE_RAW:
	case RELATIVE_RAW:
		memcpy(shown, host, OPREGION_SIZE);
		region->size = OPREGION_SIZE;
		break;
	case NOT_A_VBT_RAW:
		memcpy(shown, host, OPREGION_SIZE);
		region->size = OPREGION_SIZE;
		host[OPREGION_SIZE] ^= 1;
		break;
	case GROWN:
		memcpy(shown, host, OPREGION_SIZE);
		region->size = OPREGION_SIZE;
		put_le32(host + 0x3c2, VBT_SIZE + 0x1000);
		rig->module_vbt_size = VBT_SIZE + 0x1000;
		break;
	case NOT_A_VBT:
		host[OPREGION_SIZE] ^= 1;
		break;
	case HUGE_VBT:
		put_le32(host + 0x3c2, OPREGION_VBT_MAX + 1);
		put_le32(shown + 0x3c2, OPREGION_VBT_MAX + 1);
		region->size = OPREGION_SIZE + OPREGION_VBT_MAX + 1;
		break;
	default:
		break;
	}
}

void igd_set_source(struct igd_rig *rig, enum source s)
{
	rig->module = s == MODULE || s == BOTH;
	rig->devmem_err = s == MEM || s == BOTH ? 0 : -EPERM;
}

void igd_fresh(struct igd_rig **rig)
{
	igd_rig_teardown((void **)rig);
	igd_rig_setup((void **)rig);
}

void igd_start(struct igd_rig *rig, enum trouble trouble, enum opregion_policy policy)
{
	igd_spoil(rig, trouble);
	rig->option.opregion = policy;
	if (igd_rig_start(rig))
		fail_msg("%s", rig->log);
}

uint8_t *igd_guests(struct igd_rig *rig, uint64_t len)
{
	uint8_t *p = igd_rig_at(rig, igd_rig_rd(rig, IGD_ASLS, 4), len);

	assert_non_null(p);
	return p;
}

void igd_scan(const uint8_t *guest, size_t len)
{
	static const uint32_t planted[] = { HOST_ASLS, HOST_RVDA, HOST_FDSS };

	for (size_t off = 0; off + 4 <= len; off++)
		for (size_t i = 0; i < ARRAY_SIZE(planted); i++)
			if ((get_le32(guest + off) & ~0xfffu) == planted[i])
				fail_msg("%#x at %#zx", get_le32(guest + off), off);
}

/* ---- files ---- */

static char dir[] = "/tmp/igd-opregion-XXXXXX";

const char *igd_file(const char *name)
{
	static char path[2][64];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void write_file(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(igd_file(name), "we");

	assert_non_null(f);
	assert_true(fwrite(bytes, 1, len, f) == len);
	assert_int_equal(fclose(f), 0);
}

int igd_files_make(void **state)
{
	uint8_t *image = calloc(1, 4 * MiB);
	struct igd_rig rig = { .phys = malloc(HOST_PHYS_LEN) };

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	rig.dev.bytes[0] = image;
	igd_rig_opregion(&rig, 0, 2, 0, 0, 0);
	write_file("plain", image, OPREGION_SIZE);
	write_file("short", image, OPREGION_SIZE - 1);
	write_file("large", image, 4 * MiB);
	igd_rig_opregion(&rig, 0, 2, 0, HOST_RVDA, VBT_SIZE);
	write_file("extended", image, OPREGION_SIZE + VBT_SIZE);
	write_file("cut", image, OPREGION_SIZE + VBT_SIZE - 1);
	write_file("raw", rig.phys + (HOST_ASLS - HOST_PHYS), OPREGION_SIZE + VBT_SIZE);
	igd_rig_opregion(&rig, 0, 2, 1, GAP_RVDA, VBT_SIZE);
	write_file("gap", rig.phys + (HOST_ASLS - HOST_PHYS), GAP_RVDA + VBT_SIZE);
	igd_rig_opregion(&rig, 0, 1, 0, 0, 0);
	write_file("old", image, OPREGION_SIZE);
	image[0] = 'i';
	write_file("alien", image, OPREGION_SIZE);
	igd_rig_vbt(image, 3 * MiB);
	write_file("vbt", image, OPREGION_VBT_INSIDE);
	write_file("vbt-large", image, OPREGION_VBT_INSIDE + 1);
	write_file("vbt-most", image, OPREGION_VBT_MAX);
	write_file("vbt-more", image, OPREGION_VBT_MAX + 1);
	write_file("vbt-bad", image, 0x30);
	write_file("empty", image, 0);
	free(rig.phys);
	free(image);
	return mkdir(igd_file("dir"), 0700) || mkfifo(igd_file("fifo"), 0600);
}

int igd_files_remove(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}
