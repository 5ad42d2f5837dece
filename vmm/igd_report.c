// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_report.c - compare the guest's view of the GPU with the host's, and print it.
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

static void print_value(FILE *out, uint64_t value, uint32_t len, bool known)
{
	char text[32];

	if (!known)
		snprintf(text, sizeof(text), "not readable");
	else if (len > 8)
		snprintf(text, sizeof(text), "%s", value ? "..." : "0");
	else
		snprintf(text, sizeof(text), "0x%0*llx", (int)len * 2, (unsigned long long)value);
	fprintf(out, "  %-18s", text);
}

static void print_overrides(const struct igd *g, const struct vfio_pci *v, FILE *out)
{
	struct igd_override row[IGD_OVERRIDES_MAX];
	unsigned n = igd_overrides(g, v, row, ARRAY_SIZE(row));

	fprintf(out, "  %-17s %-12s  %-18s  %-18s  guest's writes\n", "offset/bytes", "register",
		"guest reads", "host has");
	for (unsigned i = 0; i < n; i++) {
		char place[32];

		snprintf(place, sizeof(place), "%s 0x%0*x/%u", row[i].bar0 ? "BAR0" : "config",
			 row[i].bar0 ? 6 : 2, row[i].off, row[i].len);
		fprintf(out, "  %-17s %-12s", place, row[i].name ? row[i].name : "other");
		print_value(out, row[i].guest, row[i].len, true);
		print_value(out, row[i].host, row[i].len, row[i].host_known);
		fprintf(out, "  %s\n", row[i].writes);
	}
}

static void print_identity(FILE *out, const uint8_t *cfg)
{
	struct pci_identity id;

	pci_get_identity(cfg, &id);
	fprintf(out, "%04x:%04x rev %02x subsystem %04x:%04x", id.vendor, id.device, id.revision,
		id.subvendor, id.subdevice);
}

static void print_bridge(const struct igd *g, const struct pci_dev *bridge, uint32_t subtype,
			 FILE *out)
{
	int region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, subtype);
	uint8_t cfg[PCI_HEADER_SIZE];

	fprintf(out, "  %-11s  %02x.%x ", bridge->name, bridge->devfn >> 3, bridge->devfn & 7);
	print_identity(out, bridge->val);
	fprintf(out, "; the host's ");
	if (region < 0 || g->dev->ops->read(g->dev, (unsigned)region, 0, cfg, sizeof(cfg)))
		fprintf(out, "is not shown by VFIO");
	else
		print_identity(out, cfg);
	fprintf(out, "\n");
}

static void print_range(const char *what, const struct mem_range *r, FILE *out)
{
	if (r)
		fprintf(out, "  %-11s  %llu KiB at %#llx\n", what,
			(unsigned long long)(r->size / KiB), (unsigned long long)r->gpa);
	else
		fprintf(out, "  %-11s  none\n", what);
}

void igd_report(const struct igd *g, const struct igd_parts *p, FILE *out)
{
	static const char *const shape[] = {
		[IGD_PHYSICAL] = "physical function",
		[IGD_VF] = "SR-IOV virtual function",
		[IGD_MDEV] = "mediated device",
	};
	const struct pci_dev *d = &p->v->pci;

	fprintf(out, "GPU %s:\n  device       %02x.%x ", g->host.name, d->devfn >> 3, d->devfn & 7);
	print_identity(out, d->val);
	fprintf(out, ", class %06llx, %s\n  generation   %s (gen=%s%s)\n",
		(unsigned long long)get_le(d->val + PCI_CLASS, 3), shape[g->shape], g->gen->title,
		g->gen->name, g->config.gen ? ", as the command line says" : "");
	print_range("stolen", memmap_find(p->map, MEM_STOLEN), out);
	print_range("OpRegion", memmap_find(p->map, MEM_OPREGION), out);
	fprintf(out, "               %s\n", g->opregion_why);
	print_bridge(g, &p->bridges->host, VFIO_INTEL_HOST_CFG, out);
	print_bridge(g, &p->bridges->lpc, VFIO_INTEL_LPC_CFG, out);
	print_overrides(g, p->v, out);
}
