// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion_show.c - the walk over an OpRegion.
 */
#include <errno.h>
#include <inttypes.h>

#include "opregion.h"
#include "opregion_show.h"
#include "opregion_tables.h"
#include "util.h"
#include "vbt_show.h"

/* clang-format off */
#define OFF_SIZE      0x10 /* KiB */
#define OFF_VERSION   0x14 /* byte 1 revision, 2 minor, 3 major */
#define OFF_MAILBOXES 0x58
#define   MAILBOX(n)	BIT((n) - 1)
#define OFF_MAILBOX1  0x100
#define OFF_DIDL      0x120
#define OFF_DID2      0x1c4
#define OFF_MAILBOX2  0x200
#define OFF_MAILBOX3  0x300
#define OFF_BCLM      0x31c
#define   BCLM_LEVELS	20
#define   BCLM_VALID	BIT(15)
#define OFF_PLUT      0x34c /* panel look-up table and identifier */
#define   PLUT_SIZE	74
#define OFF_RVDA      0x3ba
#define OFF_RVDS      0x3c2
#define OFF_MAILBOX4  0x400
#define OFF_MAILBOX5  0x1c00
#define OFF_EDID      0x1c04
#define   EDID_BLOCK	128
#define   PHED_BLOCKS	GENMASK(1, 0)
#define MAILBOX_SIZE  0x100
#define USUAL_KIB     8
/* clang-format on */

/* ---- where the VBT is ---- */

struct header {
	uint32_t kib, mailboxes;
	uint8_t major, minor, revision;
	uint64_t rvda;
	uint32_t rvds;
};

static struct header read_header(const uint8_t *b)
{
	return (struct header){
		.kib = get_le32(b + OFF_SIZE),
		.mailboxes = get_le32(b + OFF_MAILBOXES),
		.major = b[OFF_VERSION + 3],
		.minor = b[OFF_VERSION + 2],
		.revision = b[OFF_VERSION + 1],
		.rvda = get_le64(b + OFF_RVDA),
		.rvds = get_le32(b + OFF_RVDS),
	};
}

static enum opregion_rvda resolve(const struct header *h, size_t len)
{
	if (!h->rvda || !h->rvds)
		return RVDA_ABSENT;
	if (h->major < 2 || !(h->mailboxes & MAILBOX(3)))
		return RVDA_IGNORED;
	if (h->major == 2 && !h->minor)
		return RVDA_ABSOLUTE;
	return h->rvda < len && h->rvds <= len - h->rvda ? RVDA_RELATIVE : RVDA_OUTSIDE;
}

bool opregion_find_vbt(const uint8_t *bytes, size_t len, struct opregion_vbt *w)
{
	struct header h = read_header(bytes);
	uint32_t end = h.mailboxes & MAILBOX(5) ? OFF_MAILBOX5 : OPREGION_SIZE;

	*w = (struct opregion_vbt){ .rvda = resolve(&h, len) };
	if (w->rvda == RVDA_RELATIVE && !vbt_parse(bytes + h.rvda, h.rvds, &w->vbt, &w->extended)) {
		w->offset = (uint32_t)h.rvda;
		return true;
	}
	if (!vbt_parse(bytes + OFF_MAILBOX4, end - OFF_MAILBOX4, &w->vbt, &w->mailbox)) {
		w->offset = OFF_MAILBOX4;
		return true;
	}
	return false;
}

/* ---- header and mailboxes ---- */

static bool any_set(const uint8_t *bytes, size_t len)
{
	while (len--)
		if (*bytes++)
			return true;
	return false;
}

static void show_header(struct emit *e, const uint8_t *b, const struct header *h)
{
	emit_open(e, "header", EMIT_OBJECT);
	emit_bytes(e, "signature", b, OPREGION_SIGNATURE_LEN);
	emit_number(e, "size_kib", h->kib);
	emit_string(e, "version", "%u.%u.%u", h->major, h->minor, h->revision);
	field_emit(e, opregion_header, b, OPREGION_SIZE, h->major, 0);
	emit_close(e);
	if (!h->kib || h->kib > OPREGION_VBT_MAX / KiB)
		emit_problem(e, OFF_SIZE, "the header says %u KiB; drivers and VFIO expect %d",
			     h->kib, USUAL_KIB);
}

/*
 * Up to the first 0, which ends a list. A device id is that of ACPI's _DOD: ACPI 6.5, B.3.2; the
 * type is how Linux intel_acpi.c and firmware use it.
 */
static void show_ids(struct emit *e, const char *key, const uint8_t *first, unsigned n)
{
	emit_open(e, key, EMIT_LIST);
	for (unsigned i = 0; i < n && get_le32(first + 4UL * i); i++) {
		emit_open(e, NULL, EMIT_ROW);
		field_emit(e, opregion_device_id, first + 4UL * i, 4, 0, 0);
		emit_close(e);
	}
	emit_close(e);
}

/* Whether there is something to show: announced, or not empty. Opens the mailbox's object. */
static bool open_mailbox(struct emit *e, const char *key, const struct header *h, unsigned n,
			 const uint8_t *bytes, size_t len)
{
	bool announced = h->mailboxes & MAILBOX(n);

	emit_open(e, key, EMIT_OBJECT);
	emit_bool(e, "announced", announced);
	return announced || any_set(bytes, len);
}

static void show_mailbox1(struct emit *e, const uint8_t *b, const struct header *h)
{
	static const struct {
		const char *key;
		uint16_t offset;
		uint8_t n;
	} lists[] = {
		{ "didl", OFF_DIDL, 8 },	{ "cpdl", OFF_DIDL + 0x20, 8 },
		{ "cadl", OFF_DIDL + 0x40, 8 }, { "nadl", OFF_DIDL + 0x60, 8 },
		{ "did2", OFF_DID2, 7 },	{ "cpd2", OFF_DID2 + 7 * 4, 7 },
	};

	if (open_mailbox(e, "mailbox_1", h, 1, b + OFF_MAILBOX1, MAILBOX_SIZE)) {
		field_emit(e, opregion_mailbox1, b + OFF_MAILBOX1, MAILBOX_SIZE, h->major, 0);
		for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
			show_ids(e, lists[i].key, b + lists[i].offset, lists[i].n);
	}
	emit_close(e);
}

static void show_mailbox2(struct emit *e, const uint8_t *b, const struct header *h)
{
	if (open_mailbox(e, "mailbox_2", h, 2, b + OFF_MAILBOX2, MAILBOX_SIZE)) {
		emit_string(e, "drivers", "%s",
			    !(h->mailboxes & MAILBOX(2)) ? "do not use it"
			    : h->major >= 3		 ? "do not use it: version 3 has none"
							 : "call firmware through it (SWSCI)");
		field_emit(e, opregion_mailbox2, b + OFF_MAILBOX2, MAILBOX_SIZE, h->major, 0);
	}
	emit_close(e);
}

/* Duty cycles, of 255, for levels of brightness. Source: coreboot drivers/intel/gma/opregion.c. */
static void show_levels(struct emit *e, const uint8_t *bclm)
{
	emit_open(e, "bclm", EMIT_LIST);
	for (unsigned i = 0; i < BCLM_LEVELS; i++) {
		unsigned level = get_le16(bclm + 2UL * i);

		if (!(level & BCLM_VALID))
			continue;
		emit_open(e, NULL, EMIT_ROW);
		emit_number(e, "percent", level >> 8 & 0x7f);
		emit_number(e, "duty", level & 0xff);
		emit_close(e);
	}
	emit_close(e);
}

static const char *const rvda_texts[] = {
	[RVDA_ABSENT] = "absent: the VBT is in mailbox 4",
	[RVDA_IGNORED] = "ignored by drivers: needs version 2.0 and mailbox 3",
	[RVDA_ABSOLUTE] = "a host address (version 2.0), which drivers follow; its VBT is not here",
	[RVDA_RELATIVE] = "relative to the OpRegion, and here",
	[RVDA_OUTSIDE] = "relative to the OpRegion, but it ends behind these bytes",
};

static void show_rvda(struct emit *e, const struct header *h, const struct opregion_vbt *w,
		      size_t len)
{
	emit_open(e, "rvda", EMIT_OBJECT);
	emit_hex(e, "rvda", h->rvda, 16);
	emit_number(e, "rvds", h->rvds);
	emit_string(e, "resolution", "%s", rvda_texts[w->rvda]);
	if (w->rvda == RVDA_RELATIVE)
		emit_string(e, "drivers", "%s",
			    w->extended.text[0] ? "do not use it: no valid VBT" : "use it");
	emit_close(e);
	if (w->rvda == RVDA_OUTSIDE)
		emit_problem(e, OFF_RVDA,
			     "RVDA %#" PRIx64 " and RVDS %#x end behind the %#zx bytes", h->rvda,
			     h->rvds, len);
	if (w->rvda == RVDA_RELATIVE && h->rvda < OPREGION_SIZE)
		emit_problem(e, OFF_RVDA, "RVDA %#" PRIx64 " points into the mailboxes", h->rvda);
	if (w->extended.text[0])
		emit_problem(e, h->rvda + w->extended.offset, "extended VBT: %s", w->extended.text);
}

static void show_mailbox3(struct emit *e, const uint8_t *b, const struct header *h,
			  const struct opregion_vbt *w, size_t len)
{
	if (open_mailbox(e, "mailbox_3", h, 3, b + OFF_MAILBOX3, MAILBOX_SIZE)) {
		field_emit(e, opregion_mailbox3, b + OFF_MAILBOX3, MAILBOX_SIZE, h->major, 0);
		emit_bool(e, "plut_set", any_set(b + OFF_PLUT, PLUT_SIZE));
		show_levels(e, b + OFF_BCLM);
		show_rvda(e, h, w, len);
	}
	emit_close(e);
}

static void show_mailbox4(struct emit *e, const struct header *h, const struct opregion_vbt *w)
{
	emit_open(e, "mailbox_4", EMIT_OBJECT);
	emit_bool(e, "announced", h->mailboxes & MAILBOX(4));
	if (w->offset) {
		emit_string(e, "vbt", "taken from %s",
			    w->offset == OFF_MAILBOX4 ? "mailbox 4" : "RVDA");
		emit_hex(e, "vbt_offset", w->offset, 4);
	} else {
		emit_string(e, "vbt", "none");
	}
	emit_close(e);
	/* where a VBT is at RVDA, nobody looks here */
	if (w->mailbox.text[0] && (h->mailboxes & MAILBOX(4)) && w->rvda != RVDA_ABSOLUTE)
		emit_problem(e, OFF_MAILBOX4 + w->mailbox.offset, "mailbox 4: %s", w->mailbox.text);
}

static void show_mailbox5(struct emit *e, const uint8_t *b, const struct header *h)
{
	uint32_t phed = get_le32(b + OFF_MAILBOX5);
	uint64_t blocks = FIELD_GET(PHED_BLOCKS, phed);

	emit_open(e, "mailbox_5", EMIT_OBJECT);
	emit_bool(e, "announced", h->mailboxes & MAILBOX(5));
	if (h->mailboxes & MAILBOX(5)) {
		/* drivers count as many blocks, and take them when one byte is not zero */
		blocks = MIN(blocks, 2);
		emit_hex(e, "phed", phed, 8);
		emit_number(e, "edid_blocks",
			    any_set(b + OFF_EDID, blocks * EDID_BLOCK) ? blocks : 0);
	}
	emit_close(e);
}

static void show_image(struct emit *e, const uint8_t *b, size_t len)
{
	struct header h = read_header(b);
	struct opregion_vbt w;

	opregion_find_vbt(b, len, &w);
	emit_open(e, "opregion", EMIT_OBJECT);
	show_header(e, b, &h);
	show_mailbox1(e, b, &h);
	show_mailbox2(e, b, &h);
	show_mailbox3(e, b, &h, &w, len);
	show_mailbox4(e, &h, &w);
	show_mailbox5(e, b, &h);
	emit_close(e);
	if (w.offset) {
		e->base = w.offset;
		vbt_show(e, &w.vbt);
		e->base = 0;
	}
}

/* ---- any image ---- */

static int fail(struct vbt_fault *f, uint32_t offset, const char *text)
{
	f->offset = offset;
	snprintf(f->text, sizeof(f->text), "%s", text);
	return -EINVAL;
}

int opregion_identify(const uint8_t *bytes, size_t len, struct vbt_fault *f)
{
	struct vbt v;

	if (len >= VBT_SIGNATURE_LEN && !memcmp(bytes, VBT_SIGNATURE, VBT_SIGNATURE_LEN))
		return vbt_parse(bytes, len, &v, f) ?: OPREGION_IS_VBT;
	if (len < OPREGION_SIGNATURE_LEN ||
	    memcmp(bytes, OPREGION_SIGNATURE, OPREGION_SIGNATURE_LEN))
		return fail(f, 0,
			    "neither an OpRegion (\"" OPREGION_SIGNATURE
			    "\") nor a VBT (\"" VBT_SIGNATURE "\") begins here");
	if (len < OPREGION_SIZE)
		return fail(f, (uint32_t)len, "the OpRegion is cut off before its 8192 bytes end");
	return OPREGION_IS_IMAGE;
}

int opregion_show(struct emit *e, const uint8_t *bytes, size_t len)
{
	struct vbt_fault f;
	struct vbt v;
	int kind = opregion_identify(bytes, len, &f);

	if (kind < 0)
		return kind;
	if (kind == OPREGION_IS_IMAGE) {
		show_image(e, bytes, len);
	} else {
		vbt_parse(bytes, len, &v, &f);
		vbt_show(e, &v);
	}
	return 0;
}
