// SPDX-License-Identifier: BSD-2-Clause
/*
 * mkopregion - write an OpRegion, as the lab's firmware leaves it in memory, to stdout.
 *
 *	mkopregion [KEY=VALUE...]
 *	version=MAJOR.MINOR	default 2.0
 *	size=KIB		what the header says; what is written does not change. Default 8
 *	mailboxes=BITS		default 0xd: 1 public ACPI, 3 ASLE, 4 VBT; bit 1 is mailbox 2, SWSCI
 *	ports=N			DisplayPort outputs that the VBT declares, hence connectors. Default 1
 *	vbt-size=BYTES		the VBT has as many, by a block that no driver knows. Default: no such
 *				block
 *	rvda=VALUE at=OFFSET	the VBT is extended: at this offset from the OpRegion's start instead of
 *				in mailbox 4, and the header's RVDA says VALUE. That is OFFSET itself from
 *				version 2.1 on, a physical address in 2.0.
 *
 * Layout after Intel's "IGD OpRegion/Software SCI" specification; the VBT as the Linux driver
 * reads it (drivers/gpu/drm/i915/display/intel_vbt_defs.h).
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKED __attribute__((packed))

#define OPREGION_SIZE 8192
#define OPREGION_RVDA 0x3ba
#define OPREGION_RVDS 0x3c2
#define OPREGION_VBT  0x400 /* mailbox 4 */
#define MAILBOX_SIZE  0x1800
#define IMAGE_MAX     0xf000 /* the lab reserves 64 KiB, and the OpRegion may start within a page */

#define BLOCK_FEATURES	  1
#define BLOCK_DEFINITIONS 2
#define BLOCK_PADDING	  0xf0
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
	uint8_t ids[12];
	uint8_t port;
	uint8_t rest[21];
} PACKED;
static_assert(sizeof(struct child_device) == 38, "size that BDB version 209 implies");

struct vbt_header {
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
} PACKED;
static_assert(offsetof(struct vbt_header, bdb) == 48, "VBT header");

struct options {
	unsigned major, minor, size, mailboxes, ports, vbt_size, at;
	uint64_t rvda; /* 0: no extended VBT */
};

static uint8_t image[IMAGE_MAX];

/* ---- the VBT ---- */

struct buffer {
	uint8_t *start;
	size_t len, max;
};

static void append(struct buffer *b, const void *bytes, size_t len)
{
	if (len > b->max - b->len)
		errx(2, "the VBT does not fit: %zu bytes at most", b->max);
	memcpy(b->start + b->len, bytes, len);
	b->len += len;
}

static void append_block_head(struct buffer *b, uint8_t id, size_t size)
{
	const struct {
		uint8_t id;
		uint16_t size;
	} PACKED head = { .id = id, .size = (uint16_t)size };

	append(b, &head, sizeof(head));
}

static void append_children(struct buffer *b, unsigned ports)
{
	const struct {
		uint8_t ddc_pin, dpms, boot_display[2];
		uint8_t child_size;
	} PACKED head = { .child_size = sizeof(struct child_device) };

	append_block_head(b, BLOCK_DEFINITIONS, sizeof(head) + ports * sizeof(struct child_device));
	append(b, &head, sizeof(head));
	for (unsigned i = 0; i < ports; i++) {
		struct child_device child = { .handle = HANDLE_DP, .type = TYPE_DP };

		child.port = (uint8_t)i;
		append(b, &child, sizeof(child));
	}
}

static size_t make_vbt(const struct options *o, uint8_t *start, size_t max)
{
	struct vbt_header h = {
		.signature = "$VBT LAB            ",
		.version = 100,
		.header_size = offsetof(struct vbt_header, bdb),
		.bdb_offset = offsetof(struct vbt_header, bdb),
		.bdb = { .signature = "BIOS_DATA_BLOCK ",
			 .version = BDB_VERSION,
			 .header_size = sizeof(h.bdb) },
	};
	static const uint8_t features[5];
	static uint8_t padding[IMAGE_MAX];
	struct buffer b = { .start = start, .max = max };
	uint8_t sum = 0;

	append(&b, &h, sizeof(h));
	append_block_head(&b, BLOCK_FEATURES, sizeof(features));
	append(&b, features, sizeof(features));
	if (o->vbt_size) { /* in front of what the driver looks for */
		size_t rest = sizeof(h) + BLOCK_HEAD * 4 + sizeof(features) + 5 +
			      o->ports * sizeof(struct child_device);

		if (o->vbt_size < rest || o->vbt_size > sizeof(padding))
			errx(2, "vbt-size is %zu to %zu", rest, sizeof(padding));
		append_block_head(&b, BLOCK_PADDING, o->vbt_size - rest);
		append(&b, padding, o->vbt_size - rest);
	}
	append_children(&b, o->ports);
	append_block_head(&b, BLOCK_END, 0);
	h.size = (uint16_t)b.len;
	h.bdb.size = (uint16_t)(b.len - h.bdb_offset);
	memcpy(start, &h, sizeof(h));
	for (size_t i = 0; i < b.len; i++)
		sum += start[i];
	start[offsetof(struct vbt_header, checksum)] = (uint8_t)-sum;
	return b.len;
}

/* ---- the OpRegion ---- */

static size_t make_image(const struct options *o)
{
	const struct header h = {
		.signature = "IntelGraphicsMem",
		.size_kib = o->size,
		.version = { .major = (uint8_t)o->major, .minor = (uint8_t)o->minor },
		.mailboxes = o->mailboxes,
	};
	uint32_t rvds;

	memcpy(image, &h, sizeof(h));
	if (!o->rvda) {
		make_vbt(o, image + OPREGION_VBT, MAILBOX_SIZE);
		return OPREGION_SIZE;
	}
	if (o->at < OPREGION_SIZE || o->at >= IMAGE_MAX)
		errx(2, "at is %d to %d", OPREGION_SIZE, IMAGE_MAX - 1);
	rvds = (uint32_t)make_vbt(o, image + o->at, IMAGE_MAX - o->at);
	memcpy(image + OPREGION_RVDA, &o->rvda, sizeof(o->rvda));
	memcpy(image + OPREGION_RVDS, &rvds, sizeof(rvds));
	return o->at + rvds;
}

static uint64_t number(const char *s)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno || end == s || *end)
		errx(2, "not a number: %s", s);
	return n;
}

static void parse(struct options *o, char *word)
{
	const struct {
		const char *name;
		unsigned *value;
	} keys[] = {
		{ "size", &o->size },	{ "mailboxes", &o->mailboxes },
		{ "ports", &o->ports }, { "vbt-size", &o->vbt_size },
		{ "at", &o->at },
	};
	char *value = strchr(word, '=');

	if (!value)
		errx(2, "KEY=VALUE expected: %s", word);
	*value++ = '\0';
	if (!strcmp(word, "version")) {
		if (sscanf(value, "%u.%u", &o->major, &o->minor) != 2)
			errx(2, "version=MAJOR.MINOR expected: %s", value);
		return;
	}
	if (!strcmp(word, "rvda")) {
		o->rvda = number(value);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(word, keys[i].name)) {
			*keys[i].value = (unsigned)number(value);
			return;
		}
	errx(2, "unknown key: %s", word);
}

int main(int argc, char **argv)
{
	struct options o = { .major = 2, .size = 8, .mailboxes = 0x0d, .ports = 1 };

	for (int i = 1; i < argc; i++)
		parse(&o, argv[i]);
	return fwrite(image, make_image(&o), 1, stdout) != 1;
}
