// SPDX-License-Identifier: BSD-2-Clause
/*
 * mkopregion - write the lab's OpRegion to stdout: version 2.0, 8 KiB, a small valid VBT inside.
 *
 * Layout after Intel's "IGD OpRegion/Software SCI" specification; the VBT as the Linux driver
 * reads it (drivers/gpu/drm/i915/display/intel_vbt_defs.h). One DisplayPort output is declared,
 * so that the driver has a connector to create.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PACKED __attribute__((packed))

#define OPREGION_SIZE 8192
#define OPREGION_VBT  0x400 /* mailbox 4 */
#define MAILBOXES     0x0d  /* 1 public ACPI, 3 ASLE, 4 VBT */

#define BLOCK_FEATURES	  1
#define BLOCK_DEFINITIONS 2
#define BLOCK_END	  0xff
#define BLOCK_HEAD	  3 /* id and size, which the size does not count */
#define BDB_VERSION	  209

#define HANDLE_DP 0x0008 /* an external flat panel */
#define TYPE_DP	  0x68c6

struct header {
	char signature[16];
	uint32_t size_kib;
	struct {
		uint8_t reserved, revision, minor, major;
	} version;
	uint8_t names[0x58 - 0x18]; /* build, video and driver versions: not read */
	uint32_t mailboxes;
} PACKED;
static_assert(offsetof(struct header, mailboxes) == 0x58, "OpRegion header");

struct child_device {
	uint16_t handle;
	uint16_t type;
	uint8_t rest[34];
} PACKED;
static_assert(sizeof(struct child_device) == 38, "size that BDB version 209 implies");

struct vbt {
	char signature[20];
	uint16_t version;
	uint16_t header_size;
	uint16_t size;
	uint8_t checksum; /* all bytes of the VBT add up to 0 */
	uint8_t reserved;
	uint32_t bdb_offset;
	uint32_t aim_offset[4];
	struct {
		char signature[16];
		uint16_t version;
		uint16_t header_size;
		uint16_t size;
	} PACKED bdb;
	struct {
		uint8_t id;
		uint16_t size;
		uint8_t data[5];
	} PACKED features;
	struct {
		uint8_t id;
		uint16_t size;
		uint8_t ddc_pin, dpms, boot_display[2];
		uint8_t child_size;
		struct child_device child;
	} PACKED definitions;
	struct {
		uint8_t id;
		uint16_t size;
	} PACKED end;
} PACKED;
static_assert(offsetof(struct vbt, bdb) == 48, "VBT header");
static_assert(sizeof(struct vbt) <= OPREGION_SIZE - OPREGION_VBT, "VBT fits into the OpRegion");

static struct vbt vbt = {
	.signature = "$VBT LAB            ",
	.version = 100,
	.header_size = offsetof(struct vbt, bdb),
	.size = sizeof(vbt),
	.bdb_offset = offsetof(struct vbt, bdb),
	.bdb = {
		.signature = "BIOS_DATA_BLOCK ",
		.version = BDB_VERSION,
		.header_size = sizeof(vbt.bdb),
		.size = sizeof(vbt) - offsetof(struct vbt, bdb),
	},
	.features = { .id = BLOCK_FEATURES, .size = sizeof(vbt.features.data) },
	.definitions = {
		.id = BLOCK_DEFINITIONS,
		.size = sizeof(vbt.definitions) - BLOCK_HEAD,
		.child_size = sizeof(struct child_device),
		.child = { .handle = HANDLE_DP, .type = TYPE_DP },
	},
	.end = { .id = BLOCK_END },
};

static const struct header header = {
	.signature = "IntelGraphicsMem",
	.size_kib = OPREGION_SIZE / 1024,
	.version = { .major = 2 },
	.mailboxes = MAILBOXES,
};

int main(void)
{
	static uint8_t image[OPREGION_SIZE];
	const uint8_t *bytes = (const uint8_t *)&vbt;
	uint8_t sum = 0;

	for (size_t i = 0; i < sizeof(vbt); i++)
		sum += bytes[i];
	vbt.checksum = -sum;
	memcpy(image, &header, sizeof(header));
	memcpy(image + OPREGION_VBT, &vbt, sizeof(vbt));
	return fwrite(image, sizeof(image), 1, stdout) != 1;
}
