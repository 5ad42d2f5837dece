// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_report.c - compare the guest's view of the GPU with the host's, and tell it.
 * Knows the registers' names; decides nothing.
 */
#include <errno.h>

#include "bridge.h"
#include "igd_regs.h"
#include "igd_report.h"
#include "pci_regs.h"
#include "vfio.h"
#include "vfio_pci.h"

/* Registers of the contract: shown even where guest and host agree. */
static const struct reg {
	uint32_t off, len;
	const char *name;
} config_regs[] = {
	{ IGD_GGC, IGD_GGC_LEN, "GGC" },
	{ IGD_BDSM32, 4, "BDSM" },
	{ IGD_BDSM64, 8, "BDSM64" },
	{ IGD_SWSMI, 2, "SWSMI" },
	{ IGD_ASLE, 4, "ASLE" },
	{ IGD_SWSCI, 2, "SWSCI" },
	{ IGD_STOLEN_ALIAS, 8, "stolen alias" },
	{ IGD_ASLS, 4, "ASLS" },
};

static const struct reg mmio_regs[] = {
	{ IGD_MMIO_GGC, 4, "GGC" },
	{ IGD_MMIO_DSMBASE, 8, "DSM base" },
	{ IGD_MMIO_GSMBASE, 8, "GSM base" },
	{ IGD_MMIO_STOLEN_RESERVED, 8, "reserved" },
	{ IGD_MMIO_STOLEN_ACCESS, 4, "access" },
};

static const struct reg *find_reg(const struct reg *table, size_t n, uint32_t off)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].off == off)
			return &table[i];
	return NULL;
}

static const char *writes_of(enum cfg_kind kind)
{
	switch (kind) {
	case CFG_PASS:
		return "to the GPU";
	case CFG_SHADOW_RW:
		return "kept";
	case CFG_SHADOW_RO:
	case CFG_HIDE:
		break;
	}
	return "dropped";
}

/* What the hardware has: VFIO's config space differs from it, in ASLS for one. */
static bool read_host(const struct igd *g, uint8_t *cfg)
{
	return !sysfs_config(&g->host, 0, cfg, PCI_CFG_SIZE) ||
	       !g->dev->ops->read(g->dev, VFIO_CONFIG, 0, cfg, PCI_CFG_SIZE);
}

/* Bytes from off on that belong to no register, are treated alike and differ; 0: this one does not. */
static uint32_t run_of(const struct vfio_pci *v, const uint8_t *host, uint32_t off)
{
	uint32_t end = off;

	while (end < PCI_CFG_SIZE && v->pci.val[end] != host[end] && v->kind[end] == v->kind[off] &&
	       v->kind[end] != CFG_PASS && !find_reg(config_regs, ARRAY_SIZE(config_regs), end))
		end++;
	return end - off;
}

static unsigned config_overrides(const struct vfio_pci *v, const uint8_t *host, bool known,
				 struct igd_override *row, unsigned max)
{
	unsigned n = 0;

	for (uint32_t off = PCI_HEADER_SIZE, len; off < PCI_CFG_SIZE && n < max; off += len) {
		const struct reg *r = find_reg(config_regs, ARRAY_SIZE(config_regs), off);
		bool passed = v->kind[off] == CFG_PASS;

		len = r ? r->len : run_of(v, host, off);
		if (len)
			row[n++] = (struct igd_override){
				.name = r ? r->name : NULL,
				.off = off,
				.len = len,
				.guest = get_le((passed ? host : v->pci.val) + off, MIN(len, 8)),
				.host = get_le(host + off, MIN(len, 8)),
				.host_known = known,
				.writes = writes_of(v->kind[off]),
			};
		else
			len = 1;
	}
	return n;
}

static unsigned bar0_overrides(const struct igd *g, const struct vfio_pci *v,
			       struct igd_override *row, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_shadows && n < max; i++) {
		const struct bar_shadow *s = &v->shadow[i];
		const struct reg *r = find_reg(mmio_regs, ARRAY_SIZE(mmio_regs), s->off);
		uint8_t host[8] = { 0 };
		bool known;

		if (s->bar != IGD_MMIO_BAR)
			continue;
		known = !g->dev->ops->read(g->dev, VFIO_BAR0, s->off, host, s->len);
		row[n++] = (struct igd_override){
			.bar0 = true,
			.name = r ? r->name : NULL,
			.off = s->off,
			.len = s->len,
			.guest = s->value,
			.host = get_le64(host),
			.host_known = known,
			.writes = writes_of(CFG_SHADOW_RO),
		};
	}
	return n;
}

unsigned igd_overrides(const struct igd *g, const struct vfio_pci *v, struct igd_override *row,
		       unsigned max)
{
	uint8_t host[PCI_CFG_SIZE] = { 0 };
	bool known = read_host(g, host);
	unsigned n = config_overrides(v, host, known, row, max);

	return n + bar0_overrides(g, v, row + n, max - n);
}

static void emit_value(struct emit *e, const char *key, uint64_t value, uint32_t len, bool known)
{
	if (known)
		emit_hex(e, key, value, MIN(len, 8) * 2);
	else
		emit_string(e, key, "not readable");
}

static void emit_overrides(const struct igd *g, const struct vfio_pci *v, struct emit *e)
{
	struct igd_override row[IGD_OVERRIDES_MAX];
	unsigned n = igd_overrides(g, v, row, ARRAY_SIZE(row));

	emit_open(e, "overrides", EMIT_LIST);
	for (unsigned i = 0; i < n; i++) {
		emit_open(e, NULL, EMIT_ROW);
		emit_string(e, "in", row[i].bar0 ? "BAR0" : "config");
		emit_hex(e, "offset", row[i].off, row[i].bar0 ? 6 : 2);
		emit_number(e, "bytes", row[i].len);
		emit_string(e, "register", "%s", row[i].name ? row[i].name : "other");
		emit_value(e, "guest", row[i].guest, row[i].len, true);
		emit_value(e, "host", row[i].host, row[i].len, row[i].host_known);
		emit_string(e, "writes", "%s", row[i].writes);
		emit_close(e);
	}
	emit_close(e);
}

static void emit_identity(struct emit *e, const uint8_t *cfg)
{
	struct pci_identity id;

	pci_get_identity(cfg, &id);
	emit_string(e, "id", "%04x:%04x", id.vendor, id.device);
	emit_string(e, "revision", "%02x", id.revision);
	emit_string(e, "subsystem", "%04x:%04x", id.subvendor, id.subdevice);
}

static void emit_address(struct emit *e, const struct pci_dev *d)
{
	emit_string(e, "address", "%02x.%x", d->devfn >> 3, d->devfn & 7);
}

/* What the guest sees, then the host's. */
static void emit_bridge(const struct igd *g, const char *key, const char *host_key,
			const struct pci_dev *bridge, uint32_t subtype, struct emit *e)
{
	int region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, subtype);
	uint8_t cfg[PCI_HEADER_SIZE];

	emit_open(e, key, EMIT_ROW);
	emit_address(e, bridge);
	emit_identity(e, bridge->val);
	emit_close(e);
	emit_open(e, host_key, EMIT_ROW);
	if (region < 0 || g->dev->ops->read(g->dev, (unsigned)region, 0, cfg, sizeof(cfg)))
		emit_string(e, "id", "not shown by VFIO");
	else
		emit_identity(e, cfg);
	emit_close(e);
}

static void emit_range(struct emit *e, const char *key, const struct mem_range *r)
{
	emit_open(e, key, EMIT_ROW);
	if (r)
		emit_hex(e, "gpa", r->gpa, 8);
	emit_number(e, "bytes", r ? r->size : 0);
	emit_close(e);
}

void igd_report(const struct igd *g, const struct igd_parts *p, struct emit *e)
{
	static const char *const shape[] = {
		[IGD_PHYSICAL] = "physical function",
		[IGD_VF] = "SR-IOV virtual function",
		[IGD_MDEV] = "mediated device",
	};
	const struct pci_dev *d = &p->v->pci;

	emit_open(e, "igd", EMIT_OBJECT);
	emit_string(e, "device", "%s", g->host.name);
	emit_string(e, "kind", "%s", shape[g->shape]);
	emit_open(e, "guest", EMIT_ROW);
	emit_address(e, d);
	emit_identity(e, d->val);
	emit_hex(e, "class", get_le(d->val + PCI_CLASS, 3), 6);
	emit_close(e);
	emit_open(e, "generation", EMIT_ROW);
	emit_string(e, "gen", "%s", g->gen->name);
	emit_string(e, "title", "%s", g->gen->title);
	emit_bool(e, "as_the_command_line_says", g->config.gen);
	emit_close(e);
	emit_range(e, "stolen", memmap_find(p->map, MEM_STOLEN));
	emit_range(e, "opregion", memmap_find(p->map, MEM_OPREGION));
	emit_string(e, "opregion_is", "%s", g->opregion_why);
	emit_bridge(g, "host_bridge", "host_bridge_of_host", &p->bridges->host, VFIO_INTEL_HOST_CFG,
		    e);
	emit_bridge(g, "lpc_bridge", "lpc_bridge_of_host", &p->bridges->lpc, VFIO_INTEL_LPC_CFG, e);
	emit_overrides(g, p->v, e);
	emit_close(e);
}
