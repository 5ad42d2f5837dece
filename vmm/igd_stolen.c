// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_stolen.c - how much stolen memory the guest gets, where, and which registers say so.
 * Knows generations as rows of igd_ids.h; must not know OpRegion, bridges, KVM.
 */
#include <errno.h>

#include "igd_regs.h"
#include "igd_stolen.h"
#include "log.h"
#include "vfio.h"
#include "vfio_pci.h"

#define STOLEN_ALIGN (2 * MiB) /* hardware wants 1 MiB; 2 MiB keeps huge pages whole */
#define STOLEN_SHARE 4 /* of the guest's memory, stolen=auto takes at most one part in so many */

#define MIB(bytes) ((unsigned long long)((bytes) / MiB))

static int set_ggc(struct igd *g, uint64_t size)
{
	if (!igd_stolen_encode(g->gen, g->host_ggc, size, &g->ggc))
		return 0;
	return log_err(-EINVAL, "--igd stolen=%lluM: %s has no such size; the next lower is %lluM",
		       MIB(size), g->gen->title, MIB(igd_stolen_fit(g->gen, size)));
}

/* No stolen memory of the guest's: nothing to plan, and (keep false) GMS says so. */
static int without(struct igd *g, bool keep)
{
	g->ggc = g->host_ggc;
	return keep ? 0 : set_ggc(g, 0);
}

/* What a function has that is not the GPU itself, or whose stolen memory is behind BAR2. */
static int decide_special(struct igd *g)
{
	uint64_t asked = g->config.stolen;

	if (asked == 0 && g->shape == IGD_PHYSICAL)
		log_warn("%s: stolen=off: %s has stolen memory of its own, and drivers expect it; "
			 "leave it out",
			 g->host.name, g->gen->title);
	if (asked == STOLEN_AUTO || asked == 0)
		return without(g, g->shape == IGD_PHYSICAL && asked == STOLEN_AUTO);
	if (g->shape != IGD_PHYSICAL)
		return log_err(-EINVAL,
			       "--igd stolen=: a %s has no stolen memory; leave it out, or say "
			       "stolen=off",
			       g->shape == IGD_VF ? "virtual function" : "mediated device");
	return log_err(-EINVAL,
		       "--igd stolen=: %s reaches its stolen memory through BAR2, guest RAM cannot "
		       "stand in; leave it out, or say stolen=off",
		       g->gen->title);
}

static bool at_host_possible(const struct igd *g, uint64_t size)
{
	return g->host_bdsm > igd_gsm_size(g->gen, g->host_ggc) && size &&
	       size == igd_stolen_size(g->gen, g->host_ggc);
}

/* The size when the user leaves it to us: the host's, or what the guest can spare. */
static uint64_t auto_size(const struct igd *g, uint64_t ram)
{
	uint64_t host = igd_stolen_size(g->gen, g->host_ggc);
	uint64_t most = igd_stolen_fit(g->gen, ram / STOLEN_SHARE);

	if (host <= ram / STOLEN_SHARE)
		return host;
	log_info("%s: stolen memory is %llu MiB, the host's %llu MiB are too much of --memory; "
		 "stolen=SIZE overrides",
		 g->host.name, MIB(most), MIB(host));
	return most;
}

static void add_wish(struct igd *g, uint64_t gpa)
{
	g->wish[g->n_wish++] =
		(struct mem_wish){ "igd-stolen", MEM_STOLEN, g->gsm + g->stolen,
				   gpa == MEMMAP_ANYWHERE ? STOLEN_ALIGN : MiB, gpa };
}

int igd_stolen_decide(struct igd *g, uint64_t ram)
{
	uint64_t size = g->config.stolen;
	bool at_host = size == STOLEN_AT_HOST;
	int ret;

	if (g->shape != IGD_PHYSICAL || (g->gen->quirks & IGD_STOLEN_LMEMBAR))
		return decide_special(g);
	if (at_host)
		size = igd_stolen_size(g->gen, g->host_ggc);
	else if (size == STOLEN_AUTO)
		size = auto_size(g, ram);
	if (at_host && !at_host_possible(g, size))
		return log_err(-EINVAL,
			       "--igd stolen=at-host: the host has none (GGC %#x, BDSM %#llx); "
			       "leave it out, or say stolen=SIZE",
			       g->host_ggc, (unsigned long long)g->host_bdsm);
	if (size >= ram / 2)
		return log_err(-EINVAL, "--igd stolen=%lluM: more than half of --memory; lower it",
			       MIB(size));
	ret = set_ggc(g, size);
	if (ret || !size)
		return ret;
	g->stolen = size;
	g->gsm = igd_gsm_size(g->gen, g->host_ggc);
	if (g->config.stolen == STOLEN_AUTO)
		at_host = (g->gen->quirks & IGD_HW_ANCHORED) && at_host_possible(g, size);
	g->stolen_at_host = at_host;
	add_wish(g, at_host ? g->host_bdsm - g->gsm : MEMMAP_ANYWHERE);
	if (at_host)
		log_info("%s: stolen memory at the host's address %#llx%s", g->host.name,
			 (unsigned long long)g->host_bdsm,
			 g->config.stolen == STOLEN_AUTO ? ", which this generation is built for"
							 : "");
	return 0;
}

int igd_stolen_relax(struct igd *g, int err)
{
	if (!g->stolen_at_host)
		return 0;
	if (g->config.stolen == STOLEN_AT_HOST)
		return log_err(err,
			       "--igd stolen=at-host: the guest's memory cannot have a hole at "
			       "%#llx (%s); say stolen=auto or stolen=SIZE",
			       (unsigned long long)g->host_bdsm, strerror(-err));
	log_warn("%s: the guest's memory cannot have a hole at %#llx (%s): stolen memory lies "
		 "elsewhere, the GPU's firmware may not start",
		 g->host.name, (unsigned long long)g->host_bdsm, strerror(-err));
	for (size_t i = 0; i < g->n_wish; i++)
		if (g->wish[i].type == MEM_STOLEN) {
			g->wish[i].gpa = MEMMAP_ANYWHERE;
			g->wish[i].align = STOLEN_ALIGN;
		}
	g->stolen_at_host = false;
	return 1;
}

/* The host's value of a register in BAR0; 0 where it cannot be read. */
static uint64_t read_mmio(struct igd *g, uint32_t off, unsigned len)
{
	uint8_t raw[8] = { 0 };

	if (g->dev->ops->read(g->dev, VFIO_BAR0 + IGD_MMIO_BAR, off, raw, len))
		return 0;
	return get_le(raw, len);
}

/* What each register that tells of stolen memory says to the guest. */
struct stolen_regs {
	uint64_t dsm, gsm; /* bases, 0 for none */
	uint64_t reserved; /* STOLEN_RESERVED */
	uint32_t ggc_mmio; /* GGC in BAR0, which has 32 bits there */
};

static struct stolen_regs guest_regs(struct igd *g)
{
	struct stolen_regs r = {
		.dsm = g->dsm_gpa ? g->dsm_gpa | BDSM_LOCK : 0,
		.gsm = g->gsm_gpa,
		.ggc_mmio = g->ggc,
	};
	uint64_t size = g->stolen;
	uint16_t ggc;

	/* where stolen memory is the device's own, its size is in this copy of GGC alone */
	if (g->gen->quirks & IGD_STOLEN_LMEMBAR && g->shape == IGD_PHYSICAL) {
		ggc = (uint16_t)read_mmio(g, IGD_MMIO_GGC, IGD_GGC_LEN);
		if (!g->config.stolen)
			igd_stolen_encode(g->gen, ggc, 0, &ggc);
		r.ggc_mmio = ggc;
		size = igd_stolen_size(g->gen, ggc);
	}
	r.reserved = igd_stolen_reserved(g->gen, read_mmio(g, IGD_MMIO_STOLEN_RESERVED, 8),
					 g->dsm_gpa, size);
	return r;
}

/* The same registers once more in BAR0, where the hardware has the host's addresses. */
static int shadow_mirrors(struct igd *g, struct vfio_pci *v, const struct stolen_regs *r)
{
	const struct {
		uint32_t quirk;
		struct bar_shadow row;
	} rows[] = {
		{ IGD_MIRRORS, { IGD_MMIO_BAR, 4, IGD_MMIO_GGC, r->ggc_mmio } },
		{ IGD_MIRRORS, { IGD_MMIO_BAR, 8, IGD_MMIO_DSMBASE, r->dsm } },
		{ IGD_MIRRORS, { IGD_MMIO_BAR, 8, IGD_MMIO_GSMBASE, r->gsm } },
		{ IGD_MIRRORS, { IGD_MMIO_BAR, 8, IGD_MMIO_STOLEN_RESERVED, r->reserved } },
		{ IGD_STOLEN_PROBE, { IGD_MMIO_BAR, 4, IGD_MMIO_STOLEN_ACCESS, 0 } },
	};
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !ret; i++)
		if (g->gen->quirks & rows[i].quirk)
			ret = vfio_pci_shadow_bar(v, &rows[i].row);
	return ret ? log_err(ret, "%s: shadows of BAR0: %m", g->host.name) : 0;
}

int igd_stolen_shadow(struct igd *g, struct vfio_pci *v, const struct memmap *map)
{
	const struct mem_range *range = memmap_find(map, MEM_STOLEN);
	struct stolen_regs r;

	if (range) {
		g->gsm_gpa = range->gpa;
		g->dsm_gpa = range->gpa + g->gsm;
	}
	r = guest_regs(g);
	const struct {
		bool has;
		struct cfg_policy row;
		uint64_t value;
	} rows[] = {
		{ true, { IGD_GGC, IGD_GGC_LEN, CFG_SHADOW_RO }, g->ggc },
		{ g->gen->bdsm_len, { g->gen->bdsm, g->gen->bdsm_len, CFG_SHADOW_RO }, r.dsm },
		{ g->gen->quirks & IGD_BGSM, { IGD_BGSM32, 4, CFG_SHADOW_RO }, r.gsm },
		{ g->gen->quirks & IGD_ALIAS_F0,
		  { IGD_STOLEN_ALIAS, 8, CFG_SHADOW_RO },
		  r.reserved },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].has)
			continue;
		vfio_pci_policy(v, &rows[i].row, 1);
		vfio_pci_shadow(v, rows[i].row.off, rows[i].row.len, rows[i].value);
	}
	return shadow_mirrors(g, v, &r);
}
