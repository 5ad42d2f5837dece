// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_stolen.c - how much stolen memory the guest gets, where, and which registers say so.
 * Knows generations as rows of igd_ids.h; must not know OpRegion, bridges, KVM.
 */
#include <errno.h>

#include "igd_regs.h"
#include "igd_stolen.h"
#include "log.h"
#include "vfio_pci.h"

#define STOLEN_ALIGN (2 * MiB) /* hardware wants 1 MiB; 2 MiB keeps huge pages whole */
#define STOLEN_SHARE 4 /* of the guest's memory, stolen=auto takes at most one part in so many */

/* Size of stolen memory: what the user said, else the host's, else what the guest can spare. */
int igd_stolen_decide(struct igd *g, uint64_t ram)
{
	uint64_t host = igd_stolen_size(g->gen, g->host_ggc);
	uint64_t most = igd_stolen_fit(g->gen, ram / STOLEN_SHARE);
	uint64_t size = g->config.stolen == STOLEN_AUTO ? host : g->config.stolen;

	if (g->config.stolen == STOLEN_AUTO && size > ram / STOLEN_SHARE) {
		log_info("%s: stolen memory is %llu MiB, the host's %llu MiB are too much of "
			 "--memory; stolen=SIZE overrides",
			 g->host.name, (unsigned long long)(most / MiB),
			 (unsigned long long)(host / MiB));
		size = most;
	}
	if (size >= ram / 2)
		return log_err(-EINVAL, "--igd stolen=%lluM: more than half of --memory; lower it",
			       (unsigned long long)(size / MiB));
	if (igd_stolen_encode(g->gen, g->host_ggc, size, &g->ggc))
		return log_err(-EINVAL,
			       "--igd stolen=%lluM: %s has no such size; the next lower is %lluM",
			       (unsigned long long)(size / MiB), g->gen->title,
			       (unsigned long long)(igd_stolen_fit(g->gen, size) / MiB));
	g->stolen = size;
	if (size)
		g->wish[g->n_wish++] = (struct mem_wish){ "igd-stolen", MEM_STOLEN, size,
							  STOLEN_ALIGN, MEMMAP_ANYWHERE };
	return 0;
}

/* The same registers once more in BAR0, where they hold the host's addresses. */
static int shadow_mirrors(struct igd *g, struct vfio_pci *v, uint64_t bdsm)
{
	const struct bar_shadow rows[] = {
		{ IGD_MMIO_BAR, 4, IGD_MMIO_GGC, g->ggc },
		{ IGD_MMIO_BAR, 8, IGD_MMIO_DSMBASE, bdsm },
		{ IGD_MMIO_BAR, 8, IGD_MMIO_GSMBASE, 0 },
		{ IGD_MMIO_BAR, 8, IGD_MMIO_STOLEN_RESERVED, 0 },
	};
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !ret; i++)
		ret = vfio_pci_shadow_bar(v, &rows[i]);
	return ret ? log_err(ret, "%s: shadows of BAR0: %m", g->host.name) : 0;
}

int igd_stolen_shadow(struct igd *g, struct vfio_pci *v, const struct memmap *map)
{
	const struct mem_range *stolen = memmap_find(map, MEM_STOLEN);
	const struct cfg_policy bdsm = { g->gen->bdsm, g->gen->bdsm_len, CFG_SHADOW_RO };
	uint64_t base = stolen ? stolen->gpa | BDSM_LOCK : 0;

	vfio_pci_shadow(v, IGD_GGC, IGD_GGC_LEN, g->ggc);
	if (!g->gen->bdsm_len)
		return 0;
	vfio_pci_policy(v, &bdsm, 1);
	vfio_pci_shadow(v, bdsm.off, bdsm.len, base);
	return shadow_mirrors(g, v, base);
}
