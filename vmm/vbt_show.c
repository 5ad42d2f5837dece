// SPDX-License-Identifier: BSD-2-Clause
/*
 * vbt_show.c - the walk over a parsed VBT.
 */
#include <errno.h>

#include "util.h"
#include "vbt_show.h"
#include "vbt_tables.h"

/* clang-format off */
#define CHILD_HANDLE	0
#define CHILD_TYPE	2
#define TYPE_ANALOG	BIT(0)
#define TYPE_DP		BIT(2)
#define TYPE_TMDS	BIT(4)
#define TYPE_LVDS	BIT(5)
#define TYPE_MIPI	BIT(10)
#define TYPE_NOT_HDMI	BIT(11)
#define TYPE_INTERNAL	BIT(12)
#define BACKLIGHT_ENTRY	6 /* bytes; drivers ignore other sizes */
/* clang-format on */

static void fault(struct emit *e, const struct vbt_fault *f)
{
	emit_problem(e, f->offset, "%s", f->text);
}

static void show_headers(struct emit *e, const struct vbt *v)
{
	bool good = v->checksum == v->checksum_good;

	emit_bytes(e, "signature", v->bytes, 20);
	emit_number(e, "version", v->version);
	emit_number(e, "header_size", v->header_size);
	emit_number(e, "size", v->size);
	emit_open(e, "checksum", EMIT_ROW);
	emit_string(e, "state", good ? "ok" : "bad");
	emit_hex(e, "stored", v->checksum, 2);
	emit_hex(e, "computed", v->checksum_good, 2);
	emit_close(e);
	emit_open(e, "bdb", EMIT_OBJECT);
	emit_bytes(e, "signature", v->bytes + v->bdb_offset, 16);
	emit_hex(e, "offset", v->bdb_offset, 4);
	emit_number(e, "version", v->bdb_version);
	emit_number(e, "header_size", v->bdb_header_size);
	emit_number(e, "size", v->bdb_size);
	emit_close(e);
}

static void show_blocks(struct emit *e, const struct vbt *v)
{
	emit_open(e, "blocks", EMIT_LIST);
	for (unsigned i = 0; i < v->n_blocks; i++) {
		const struct vbt_block *b = &v->block[i];
		const char *name = field_name(vbt_block_names, v->bdb_version, b->id);

		emit_open(e, NULL, EMIT_ROW);
		emit_number(e, "id", b->id);
		emit_hex(e, "offset", b->offset, 4);
		emit_number(e, "size", b->size);
		emit_string(e, "name", "%s", name ? name : "unknown");
		emit_close(e);
	}
	emit_close(e);
}

/* An object of block id's fields, if there is that block. */
static void show_block(struct emit *e, const struct vbt *v, uint8_t id, const char *key,
		       const struct field *table, unsigned index)
{
	const struct vbt_block *b = vbt_find(v, id);

	if (!b)
		return;
	emit_open(e, key, EMIT_OBJECT);
	field_emit(e, table, vbt_data(v, b), b->size, v->bdb_version, index);
	emit_close(e);
}

/* What Linux makes of the type: intel_bios.c, intel_bios_encoder_supports_*(). */
static void show_outputs(struct emit *e, unsigned type)
{
	bool dp = type & TYPE_DP, dvi = type & TYPE_TMDS;

	emit_open(e, "outputs", EMIT_ROW);
	emit_bool(e, "crt", type & TYPE_ANALOG);
	emit_bool(e, "dvi", dvi);
	emit_bool(e, "hdmi", dvi && !(type & TYPE_NOT_HDMI));
	emit_bool(e, "dp", dp);
	emit_bool(e, "edp", dp && (type & TYPE_INTERNAL));
	emit_bool(e, "lvds", type & TYPE_LVDS);
	emit_bool(e, "dsi", type & TYPE_MIPI);
	emit_close(e);
}

static void show_child(struct emit *e, const struct vbt *v, const uint8_t *child, unsigned size)
{
	unsigned handle = get_le16(child + CHILD_HANDLE), type = get_le16(child + CHILD_TYPE);

	emit_open(e, NULL, EMIT_OBJECT);
	field_emit_flags(e, "handle", handle, 4, vbt_handle_names, v->bdb_version);
	emit_string(e, "kind", "%s", field_name(vbt_type_names, v->bdb_version, type) ?: "unknown");
	field_emit_flags(e, "type", type, 4, vbt_type_bits, v->bdb_version);
	show_outputs(e, type);
	field_emit(e, vbt_child, child, size, v->bdb_version, 0);
	emit_close(e);
}

static void check_child_size(struct emit *e, const struct vbt *v, const struct vbt_children *c)
{
	unsigned expected = vbt_child_size(v->bdb_version);

	if (c->size < VBT_CHILD_SIZE_MIN)
		emit_problem(e, c->offset - 1,
			     "child devices have %u bytes; drivers ignore them below %d", c->size,
			     VBT_CHILD_SIZE_MIN);
	else if (expected && c->size != expected)
		emit_problem(e, c->offset - 1, "child devices have %u bytes, BDB version %u has %u",
			     c->size, v->bdb_version, expected);
}

static void show_children(struct emit *e, const struct vbt *v)
{
	const struct vbt_block *b = vbt_find(v, VBT_GENERAL_DEFINITIONS);
	unsigned unused = 0, shown = 0;
	struct vbt_children c;

	if (!vbt_children(v, &c)) {
		if (b)
			emit_problem(e, b->offset, "block 2 has only %u bytes", b->size);
		return;
	}
	check_child_size(e, v, &c);
	emit_open(e, "children", EMIT_LIST);
	for (unsigned i = 0; i < c.count && c.size >= CHILD_TYPE + 2; i++) {
		const uint8_t *child = c.first + i * c.size;

		if (!get_le16(child + CHILD_TYPE))
			unused++;
		else if (shown++ < VBT_SHOW_CHILDREN)
			show_child(e, v, child, c.size);
	}
	emit_close(e);
	emit_number(e, "children_unused", unused);
	if (shown > VBT_SHOW_CHILDREN)
		emit_problem(e, c.offset, "%u child devices; the first %d are shown", shown,
			     VBT_SHOW_CHILDREN);
}

/* ---- the panel ---- */

static void show_timing(struct emit *e, const char *key, const struct vbt_timing *t)
{
	uint64_t mhz = vbt_refresh_mhz(t);

	emit_open(e, key, EMIT_OBJECT);
	emit_string(e, "mode", "%ux%u at %llu.%03llu Hz", t->hactive, t->vactive,
		    (unsigned long long)(mhz / 1000), (unsigned long long)(mhz % 1000));
	emit_number(e, "clock_khz", t->clock_khz);
	emit_open(e, "horizontal", EMIT_ROW);
	emit_number(e, "active", t->hactive);
	emit_number(e, "blank", t->hblank);
	emit_number(e, "sync_offset", t->hsync_offset);
	emit_number(e, "sync_width", t->hsync_width);
	emit_number(e, "size_mm", t->width_mm);
	emit_close(e);
	emit_open(e, "vertical", EMIT_ROW);
	emit_number(e, "active", t->vactive);
	emit_number(e, "blank", t->vblank);
	emit_number(e, "sync_offset", t->vsync_offset);
	emit_number(e, "sync_width", t->vsync_width);
	emit_number(e, "size_mm", t->height_mm);
	emit_close(e);
	emit_hex(e, "flags", t->flags, 2);
	emit_close(e);
}

/* A PnP id is that of an EDID: three letters of 5 bits, big-endian; VESA E-EDID 3.4. */
static void show_pnp_id(struct emit *e, const uint8_t *id)
{
	unsigned maker = (unsigned)(id[0] << 8 | id[1]);
	uint8_t letters[3];

	for (unsigned i = 0; i < sizeof(letters); i++)
		letters[i] = (uint8_t)('@' + (maker >> (10 - 5 * i) & 0x1f));
	emit_open(e, "pnp_id", EMIT_ROW);
	emit_bytes(e, "maker", letters, sizeof(letters));
	emit_hex(e, "product", get_le16(id + 2), 4);
	emit_hex(e, "serial", get_le32(id + 4), 8);
	emit_number(e, "week", id[8]);
	emit_number(e, "year", 1990U + id[9]);
	emit_close(e);
}

static void show_panel_data(struct emit *e, const struct vbt *v, unsigned panel)
{
	struct vbt_timing timing;
	struct vbt_fault f;
	struct vbt_panel p;
	int ret;

	/* from BDB version 229 on drivers look into block 58 first */
	ret = v->bdb_version >= 229 ? vbt_timing_generic(v, panel, &timing, &f) : -ENOENT;
	if (!ret)
		show_timing(e, "timing_generic", &timing);
	else if (ret != -ENOENT)
		fault(e, &f);
	ret = vbt_panel_find(v, panel, &p, &f);
	if (ret) {
		if (ret != -ENOENT)
			fault(e, &f);
		return;
	}
	emit_string(e, "tables", p.made_up ? "found by terminators" : "by block 41");
	if (p.name)
		emit_bytes(e, "name", v->bytes + p.name, VBT_PANEL_NAME_SIZE);
	show_pnp_id(e, v->bytes + p.pnp_id);
	emit_string(e, "fp_timing", "%ux%u", get_le16(v->bytes + p.fp_timing),
		    get_le16(v->bytes + p.fp_timing + 2));
	vbt_timing_from_dtd(v->bytes + p.dtd, &timing);
	show_timing(e, "timing", &timing);
}

static void show_backlight(struct emit *e, const struct vbt *v, unsigned panel)
{
	const struct vbt_block *b = vbt_find(v, VBT_LFP_BACKLIGHT);

	if (!b || !b->size)
		return;
	if (*vbt_data(v, b) != BACKLIGHT_ENTRY) {
		emit_problem(e, b->offset, "block 43 has entries of %u bytes, not %d",
			     *vbt_data(v, b), BACKLIGHT_ENTRY);
		return;
	}
	show_block(e, v, VBT_LFP_BACKLIGHT, "backlight", vbt_lfp_backlight, panel);
}

static void show_panel(struct emit *e, const struct vbt *v)
{
	const struct vbt_block *b = vbt_find(v, VBT_LFP_OPTIONS);
	int type = vbt_panel_type(v);
	unsigned panel = type >= 0 && type < VBT_PANELS ? (unsigned)type : 0;

	if (type < 0)
		return;
	emit_open(e, "panel", EMIT_OBJECT);
	emit_number(e, "type", (unsigned)type);
	if (type == VBT_PANEL_BY_EDID)
		emit_string(e, "shown", "0; drivers find the type by the panel's EDID");
	else if (type >= VBT_PANELS)
		emit_problem(e, b->offset, "panel type %d is out of range, 0 is shown", type);
	show_panel_data(e, v, panel);
	show_block(e, v, VBT_LFP_OPTIONS, "options", vbt_lfp_options, panel);
	show_backlight(e, v, panel);
	show_block(e, v, VBT_EDP, "edp", vbt_edp, panel);
	if (v->bdb_version >= 165)
		show_block(e, v, VBT_PSR, "psr", vbt_psr, panel);
	if (v->bdb_version >= 228)
		show_block(e, v, VBT_LFP_POWER, "power", vbt_lfp_power, panel);
	emit_close(e);
}

static void show_mipi(struct emit *e, const struct vbt *v)
{
	const struct vbt_block *config = vbt_find(v, VBT_MIPI_CONFIG);
	const struct vbt_block *sequence = vbt_find(v, VBT_MIPI_SEQUENCE);

	if (!config && !sequence)
		return;
	emit_open(e, "mipi", EMIT_ROW);
	emit_bool(e, "config", config);
	emit_bool(e, "sequence", sequence);
	if (sequence && sequence->size)
		emit_number(e, "sequence_version", *vbt_data(v, sequence));
	emit_close(e);
}

void vbt_show(struct emit *e, const struct vbt *v)
{
	emit_open(e, "vbt", EMIT_OBJECT);
	show_headers(e, v);
	show_blocks(e, v);
	if (v->end.text[0])
		fault(e, &v->end);
	show_block(e, v, VBT_GENERAL_FEATURES, "general_features", vbt_general_features, 0);
	show_block(e, v, VBT_GENERAL_DEFINITIONS, "general_definitions", vbt_general_definitions,
		   0);
	show_children(e, v);
	show_panel(e, v);
	show_mipi(e, v);
	emit_close(e);
}
