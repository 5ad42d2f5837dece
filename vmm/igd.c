// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd.c - identity, stolen memory and registers of the guest's integrated graphics.
 * Knows generations, config registers and bridges; the OpRegion's sources are igd_opregion.c's.
 * Must not know KVM, ioctls, argv.
 */
#include <errno.h>

#include "bridge.h"
#include "igd.h"
#include "igd_opregion.h"
#include "igd_regs.h"
#include "log.h"
#include "mem.h"
#include "pci_regs.h"
#include "sysfs.h"
#include "vfio.h"
#include "vfio_pci.h"

#define STOLEN_ALIGN (2 * MiB) /* hardware wants 1 MiB; 2 MiB keeps huge pages whole */
#define STOLEN_SHARE 4 /* of the guest's memory, stolen=auto takes at most one part in so many */

/*
 * What the guest may touch behind the header. Everything not named here or by a capability is
 * readable as the host left it and not writable: SWSMI, ASLE and SWSCI would reach the host's
 * firmware. Registers that hold host addresses are hidden until igd_build() fills them in.
 */
static const struct cfg_policy policy[] = {
	{ IGD_BDSM32, 4, CFG_HIDE },
	{ IGD_BDSM64, 8, CFG_HIDE },
	{ IGD_STOLEN_ALIAS, 8, CFG_HIDE },
	{ IGD_ASLS, 4, CFG_HIDE },
};

int igd_check(const struct config_igd *c)
{
	char names[256];

	if (!c->gen || igd_gen_by_name(c->gen))
		return 0;
	return log_err(-EINVAL, "--igd gen=%s: no such generation; one of %s", c->gen,
		       igd_gen_names(names, sizeof(names)));
}

static int identify_generation(struct igd *g, uint16_t device)
{
	char names[256];

	g->gen = g->config.gen ? igd_gen_by_name(g->config.gen) : igd_gen_by_id(device);
	if (!g->gen)
		return log_err(-ENODEV,
			       "%s: graphics device 8086:%04x is unknown; if you know its "
			       "generation, say gen=NAME with one of %s",
			       g->name, device, igd_gen_names(names, sizeof(names)));
	return 0;
}

int igd_identify(struct igd *g, const struct config_igd *c)
{
	uint64_t class_code, vendor, device;
	int ret;

	*g = (struct igd){ .config = *c, .opregion = OPREGION_OFF };
	bdf_format(c->bdf, g->name);
	if (!sysfs_exists(c->bdf))
		return log_err(-ENODEV, "%s: no such PCI device; lspci -D lists them", g->name);
	ret = sysfs_number(c->bdf, "class", &class_code);
	if (!ret)
		ret = sysfs_number(c->bdf, "vendor", &vendor);
	if (!ret)
		ret = sysfs_number(c->bdf, "device", &device);
	if (ret)
		return log_err(ret, "%s: class, vendor and device in sysfs: %m", g->name);
	if (class_code >> 16 != CLASS_DISPLAY)
		return log_err(-ENODEV,
			       "%s: class %06llx is no display device; --igd takes an Intel GPU, "
			       "lspci -D -d ::03xx lists display devices",
			       g->name, (unsigned long long)class_code);
	if (vendor != INTEL_VENDOR)
		return log_err(-ENODEV, "%s: vendor %04llx is not Intel; --igd takes an Intel GPU",
			       g->name, (unsigned long long)vendor);
	return identify_generation(g, (uint16_t)device);
}

static int read_registers(struct igd *g)
{
	uint8_t cfg[PCI_CFG_SIZE];
	int ret = g->dev->ops->read(g->dev, VFIO_CONFIG, 0, cfg, sizeof(cfg));

	if (ret)
		return log_err(ret, "%s: config space: %m", g->name);
	g->host_ggc = get_le16(cfg + IGD_GGC);
	g->host_bdsm = get_le(cfg + g->gen->bdsm, g->gen->bdsm_len) & ~(MiB - 1);
	return 0;
}

static void wish(struct igd *g, struct mem_wish w)
{
	g->wish[g->n_wish++] = w;
}

/* Size of stolen memory: what the user said, else the host's, else what the guest can spare. */
static int decide_stolen(struct igd *g, uint64_t ram)
{
	uint64_t host = igd_stolen_size(g->gen, g->host_ggc);
	uint64_t most = igd_stolen_fit(g->gen, ram / STOLEN_SHARE);
	uint64_t size = g->config.stolen == STOLEN_AUTO ? host : g->config.stolen;

	if (g->config.stolen == STOLEN_AUTO && size > ram / STOLEN_SHARE) {
		log_info("%s: stolen memory is %llu MiB, the host's %llu MiB are too much of "
			 "--memory; stolen=SIZE overrides",
			 g->name, (unsigned long long)(most / MiB),
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
		wish(g, (struct mem_wish){ "igd-stolen", MEM_STOLEN, size, STOLEN_ALIGN,
					   MEMMAP_ANYWHERE });
	return 0;
}

int igd_probe(struct igd *g, struct vfio_dev *dev, uint64_t ram)
{
	int ret;

	g->dev = dev;
	ret = read_registers(g);
	if (!ret)
		ret = decide_stolen(g, ram);
	if (!ret)
		ret = igd_opregion_probe(g);
	if (!ret && g->opregion_len)
		wish(g, (struct mem_wish){ "igd-opregion", MEM_OPREGION, g->opregion_len, 4 * KiB,
					   MEMMAP_ANYWHERE });
	return ret;
}

/* Give a bridge the host's ids, from the copy of its config space that VFIO has. */
static void clone_bridge(struct igd *g, uint32_t subtype, struct pci_dev *bridge)
{
	int region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, subtype);
	uint8_t cfg[PCI_HEADER_SIZE];
	struct pci_identity id;

	if (region < 0 || g->dev->ops->read(g->dev, (unsigned)region, 0, cfg, sizeof(cfg))) {
		log_warn("%s: VFIO does not show the host's %s, the guest gets a generic one and "
			 "must guess the platform",
			 g->name, bridge->name);
		return;
	}
	pci_get_identity(cfg, &id);
	pci_set_identity(bridge, &id);
	log_debug("%s: %s is %04x:%04x", g->name, bridge->name, id.vendor, id.device);
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
	return ret ? log_err(ret, "%s: shadows of BAR0: %m", g->name) : 0;
}

/* Registers the guest reads instead of the host's; BDSM first, ASLS when its range is backed. */
static int shadow_registers(struct igd *g, struct vfio_pci *v, const struct memmap *map)
{
	const struct mem_range *stolen = memmap_find(map, MEM_STOLEN);
	const struct cfg_policy bdsm = { g->gen->bdsm, g->gen->bdsm_len, CFG_SHADOW_RO };
	const struct cfg_policy asls = { IGD_ASLS, 4, CFG_SHADOW_RO };

	uint64_t base = stolen ? stolen->gpa | BDSM_LOCK : 0;

	vfio_pci_default(v, CFG_SHADOW_RO);
	vfio_pci_policy(v, policy, ARRAY_SIZE(policy));
	vfio_pci_shadow(v, IGD_GGC, IGD_GGC_LEN, g->ggc);
	vfio_pci_policy(v, &asls, 1);
	vfio_pci_shadow(v, IGD_ASLS, 4, 0);
	if (!g->gen->bdsm_len)
		return 0;
	vfio_pci_policy(v, &bdsm, 1);
	vfio_pci_shadow(v, bdsm.off, bdsm.len, base);
	return shadow_mirrors(g, v, base);
}

int igd_build(struct igd *g, struct vfio_pci *v, struct bridges *bridges, struct mem *mem,
	      const struct memmap *map)
{
	int ret = shadow_registers(g, v, map);

	if (!ret)
		ret = igd_opregion_map(g, mem, map);
	if (ret)
		return ret;
	if (g->opregion_gpa)
		vfio_pci_shadow(v, IGD_ASLS, 4, g->opregion_gpa + g->page_offset);
	if (g->config.lpc == LPC_CLONE) {
		clone_bridge(g, VFIO_INTEL_HOST_CFG, &bridges->host);
		clone_bridge(g, VFIO_INTEL_LPC_CFG, &bridges->lpc);
	}
	return 0;
}

void igd_fini(struct igd *g)
{
	igd_opregion_fini(g);
}
