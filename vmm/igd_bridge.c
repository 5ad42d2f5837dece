// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_bridge.c - the platform around the GPU: drivers find the PCH by the LPC bridge's ids, and look
 * for the GPU's memory in the host bridge.
 * Knows the bridges' registers as rows, and where the host's are read; must not know OpRegion, KVM.
 *
 * Host bridge registers that are no row here stay 0: most hold host addresses (EPBAR, PCIEXBAR, DMIBAR,
 * ME, remapping, TOM, TOUUD, TSEG), and 0x52 is graphics control up to gen 5 only (i915
 * soc/intel_gmch.c). Xen's 0xa4 and 0xa8 are Ironlake's; from Sandy Bridge on they are host addresses.
 */
#include <errno.h>

#include "bridge.h"
#include "igd_bridge.h"
#include "igd_regs.h"
#include "log.h"
#include "memmap.h"
#include "pci_regs.h"
#include "sysfs.h"
#include "vfio.h"

/* Where a register's value comes from. */
enum source {
	FROM_HOST, /* the host's register; without it, what igdvm's own bridge has */
	ZERO,
	GUEST_GGC,   /* as the guest's GPU says */
	GUEST_DSM,   /* base of the guest's stolen memory */
	GUEST_GSM,   /* base of its GTT's part */
	GUEST_TOLUD, /* end of the guest's RAM below 4 GiB, stolen memory included */
};

struct row {
	uint8_t off, len;
	enum source source;
	enum host_policy until; /* the last policy that includes it: HOST_CLONE or HOST_REVISION */
	bool agent;	/* one of the system agent's, which Valleyview and Cherryview lack */
	uint64_t mask;	/* bits of the source that count */
	uint64_t set;	/* bits that are always 1 */
	uint64_t guest; /* bits that the guest may write */
};

/* clang-format off */
#define IDS	  .len = 4, .source = FROM_HOST, .mask = GENMASK(31, 0)
#define REVISION  .len = 1, .source = FROM_HOST, .mask = GENMASK(7, 0)
#define BASE(of)  .len = 4, .source = (of), .mask = SA_BASE, .agent = true

/*
 * Sources: Linux i915 soc/intel_gmch.c (MCHBAR); coreboot northbridge/intel/sandybridge registers/
 * host_bridge.h and soc/intel/common intelblocks/systemagent.h (the others); Intel's datasheets of
 * Core processors, volume 2, for the fields.
 */
static const struct row host_rows[] = {
	{ PCI_VENDOR, IDS },
	/* closed drivers tell steppings and boards apart by these two (QEMU igd.c, xen_igd_pt.c) */
	{ PCI_REVISION, REVISION, .until = HOST_REVISION },
	{ PCI_SUBVENDOR, IDS, .until = HOST_REVISION },
	/*
	 * i915 enables MCHBAR where it is not, in 16 KiB of the PCI window: it must take the address.
	 * Nothing answers there; drivers use the mirror in BAR0.
	 */
	{ SA_MCHBAR, .len = 8, .source = ZERO, .agent = true,
	  .guest = SA_MCHBAR_BASE | SA_MCHBAR_ENABLE },
	/* the original of what the GPU repeats at the same offset: they must agree */
	{ SA_GGC, .len = 2, .source = GUEST_GGC, .agent = true, .mask = GENMASK(15, 0) },
	/* the GPU is there, whatever firmware did; the other bits are the host's functions */
	{ SA_DEVEN, .len = 4, .source = FROM_HOST, .agent = true, .mask = GENMASK(15, 0),
	  .set = SA_DEVEN_D0 | SA_DEVEN_D2 },
	{ SA_BDSM, BASE(GUEST_DSM) },
	{ SA_BGSM, BASE(GUEST_GSM) },
	{ SA_TOLUD, BASE(GUEST_TOLUD) },
};

/* Linux (i915 intel_pch.c) reads the device id only; GOP, VBIOS and Windows want the rest too. */
static const struct row lpc_rows[] = {
	{ PCI_VENDOR, IDS },
	{ PCI_REVISION, REVISION },
	{ PCI_SUBVENDOR, IDS },
};
/* clang-format on */

/* One of the host's bridges. */
struct place {
	const char *bdf, *what, *loss; /* without it */
	uint32_t class_code, subtype;  /* of VFIO's region */
	uint32_t quirk;		       /* of the generations whose driver looks there; 0: of all */
};

static const struct place host_place = {
	"0000:00:00.0",	   "host bridge",	"may not know the processor",
	CLASS_HOST_BRIDGE, VFIO_INTEL_HOST_CFG, 0
};
static const struct place lpc_place = {
	"0000:00:1f.0",	  "LPC bridge",	      "guesses the PCH from the GPU",
	CLASS_ISA_BRIDGE, VFIO_INTEL_LPC_CFG, IGD_PCH_LOOKUP
};

/*
 * Config space of the host's bridge: VFIO shows it next to the GPU's. Kernels before 6.15 don't where
 * the GPU's class is 0380 (vfio_pci_igd.c); sysfs does, the header to everybody, the rest to root.
 */
static int read_bridge(const struct igd *g, const struct place *p, uint8_t cfg[PCI_CFG_SIZE])
{
	int region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, p->subtype), ret;
	struct sysfs_dev d;

	if (region >= 0 && !g->dev->ops->read(g->dev, (unsigned)region, 0, cfg, PCI_CFG_SIZE))
		return 0;
	memset(cfg, 0, PCI_CFG_SIZE);
	if (g->dev->recorded)
		return -ENOENT; /* this computer's bridges are not the recorded GPU's */
	ret = sysfs_dev_init(&d, p->bdf);
	if (!ret)
		ret = sysfs_config(&d, 0, cfg, PCI_HEADER_SIZE);
	if (ret)
		return ret;
	if (sysfs_config(&d, 0, cfg, PCI_CFG_SIZE))
		memset(cfg + PCI_HEADER_SIZE, 0, PCI_CFG_SIZE - PCI_HEADER_SIZE);
	return 0;
}

/* cfg, or NULL with a warning when the host has no such bridge or does not show it. */
static const uint8_t *host_bridge(const struct igd *g, const struct place *p,
				  uint8_t cfg[PCI_CFG_SIZE])
{
	bool looks = !p->quirk || g->gen->quirks & p->quirk;
	const char *loss = looks ? p->loss : "does without";
	int ret = read_bridge(g, p, cfg);
	uint32_t class_code = (uint32_t)get_le(cfg + PCI_CLASS, 3);

	if (!ret && class_code >> 8 == p->class_code >> 8)
		return cfg;
	if (ret)
		log_warn("%s: neither VFIO nor sysfs shows the host's %s %s (%s); the guest gets a "
			 "generic one, and its driver %s",
			 g->host.name, p->what, p->bdf, strerror(-ret), loss);
	else
		log_warn("%s: the host's %s is no %s (class %06x); the guest gets a generic one, "
			 "and its driver %s",
			 g->host.name, p->bdf, p->what, class_code, loss);
	return NULL;
}

/* End of the guest's RAM below 4 GiB. */
static uint64_t tolud(const struct memmap *map)
{
	uint64_t end = 0;

	for (size_t i = 0; i < map->n; i++)
		if (mem_traits[map->range[i].type].backed && map->range[i].gpa < 4 * GiB)
			end = map->range[i].gpa + map->range[i].size;
	return end;
}

/* The address register that says base; 0 for none, or for one that 32 bits cannot say. */
static uint64_t locked(uint64_t base)
{
	return base && base < 4 * GiB ? base | SA_LOCK : 0;
}

static uint64_t value_of(const struct igd *g, const struct row *r, const uint8_t *host,
			 const struct memmap *map)
{
	switch (r->source) {
	case FROM_HOST:
		return get_le(host + r->off, r->len);
	case ZERO:
		break;
	case GUEST_GGC:
		return g->ggc;
	case GUEST_DSM:
		return locked(g->dsm_gpa);
	case GUEST_GSM:
		return locked(g->gsm_gpa);
	case GUEST_TOLUD:
		return locked(tolud(map));
	}
	return 0;
}

/* host: the bridge of the host, or NULL: registers that come from it stay as they are. */
static void lay_rows(const struct igd *g, struct pci_dev *bridge, const struct row *row, size_t n,
		     enum host_policy policy, const uint8_t *host, const struct memmap *map)
{
	bool agent = !(g->gen->quirks & IGD_BGSM);

	for (size_t i = 0; i < n; i++) {
		const struct row *r = &row[i];

		if (r->until < policy || (r->agent && !agent) || (r->source == FROM_HOST && !host))
			continue;
		put_le(bridge->val + r->off, r->len,
		       (value_of(g, r, host, map) & r->mask) | r->set);
		put_le(bridge->wmask + r->off, r->len, r->guest);
	}
	log_debug("%s: %s is %04x:%04x", g->host.name, bridge->name,
		  get_le16(bridge->val + PCI_VENDOR), get_le16(bridge->val + PCI_DEVICE));
}

static void clone_lpc(const struct igd *g, struct pci_dev *lpc, const struct memmap *map)
{
	const struct config_ids *ids = &g->config.lpc_ids;
	const struct pci_identity id = { ids->vendor, ids->device, ids->subvendor, ids->subdevice,
					 ids->revision };
	uint8_t cfg[PCI_CFG_SIZE];

	switch (g->config.lpc) {
	case LPC_CLONE:
		if (g->shape == IGD_PHYSICAL)
			lay_rows(g, lpc, lpc_rows, ARRAY_SIZE(lpc_rows), HOST_CLONE,
				 host_bridge(g, &lpc_place, cfg), map);
		break;
	case LPC_OFF:
		break;
	case LPC_IDS:
		pci_set_identity(lpc, &id);
		break;
	}
}

void igd_bridge_clone(struct igd *g, struct bridges *bridges, const struct memmap *map)
{
	uint8_t cfg[PCI_CFG_SIZE];

	if (g->config.host != HOST_OFF && g->shape == IGD_PHYSICAL)
		lay_rows(g, &bridges->host, host_rows, ARRAY_SIZE(host_rows), g->config.host,
			 host_bridge(g, &host_place, cfg), map);
	clone_lpc(g, &bridges->lpc, map);
}
