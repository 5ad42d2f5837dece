// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd.c - what the device is, and the order in which its personality is decided and built.
 * Knows identity and the config registers no other part owns: igd_opregion.c has the OpRegion,
 * igd_stolen.c stolen memory, igd_bridge.c the platform.
 * Must not know KVM, ioctls, argv.
 */
#include <errno.h>

#include <stdio.h>

#include "bdf.h"
#include "igd.h"
#include "igd_bridge.h"
#include "igd_opregion.h"
#include "igd_regs.h"
#include "igd_stolen.h"
#include "igd_vbios.h"
#include "log.h"
#include "pci_regs.h"
#include "sysfs.h"
#include "vfio.h"
#include "vfio_pci.h"

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

	if (c->gen && !igd_gen_by_name(c->gen))
		return log_err(-EINVAL, "--igd gen=%s: no such generation; one of %s", c->gen,
			       igd_gen_names(names, sizeof(names)));
	return igd_opregion_check(c);
}

static int identify_generation(struct igd *g, uint16_t device)
{
	char names[256];

	g->gen = g->config.gen ? igd_gen_by_name(g->config.gen) : igd_gen_by_id(device);
	if (!g->gen && igd_discrete_name(device))
		return log_err(-ENODEV,
			       "%s: 8086:%04x is a %s card, no integrated GPU; --vfio %s passes it "
			       "through",
			       g->host.name, device, igd_discrete_name(device), g->host.name);
	if (!g->gen)
		return log_err(-ENODEV,
			       "%s: graphics device 8086:%04x is unknown; if you know its "
			       "generation, say gen=NAME with one of %s",
			       g->host.name, device, igd_gen_names(names, sizeof(names)));
	return 0;
}

/* The same checks wherever the ids come from. class_code has 24 bits. */
static int check_ids(struct igd *g, uint64_t class_code, uint64_t vendor, uint64_t device)
{
	if (class_code >> 16 != CLASS_DISPLAY)
		return log_err(-ENODEV,
			       "%s: class %06llx is no display device; --igd takes an Intel GPU, "
			       "lspci -D -d ::03xx lists display devices",
			       g->host.name, (unsigned long long)class_code);
	if (vendor != INTEL_VENDOR)
		return log_err(-ENODEV, "%s: vendor %04llx is not Intel; --igd takes an Intel GPU",
			       g->host.name, (unsigned long long)vendor);
	if (class_code >> 8 != CLASS_VGA_DISPLAY)
		log_info("%s: class %04llx: it is not the host's boot display, so its option ROM "
			 "and VGA ranges are not usable, and firmware may have set up no output",
			 g->host.name, (unsigned long long)(class_code >> 8));
	return identify_generation(g, (uint16_t)device);
}

static int find_host(struct igd *g, const char *fixture)
{
	int n, ret = sysfs_dev_init(&g->host, g->config.device);

	if (ret)
		return log_err(ret, "--igd %s: no PCI address and no path in sysfs",
			       g->config.device);
	if (fixture) {
		n = snprintf(g->host.dir, sizeof(g->host.dir), "%s", fixture);
		if ((size_t)n >= sizeof(g->host.dir))
			return log_err(-ENAMETOOLONG, "--fixture %s: the path is too long",
				       fixture);
	}
	if (sysfs_exists(&g->host))
		return 0;
	if (g->config.device[0] == '/' || fixture)
		return log_err(-ENODEV, "%s: no such directory", g->host.dir);
	return log_err(-ENODEV, "%s: no such PCI device; lspci -D lists them", g->host.name);
}

int igd_identify(struct igd *g, const struct config_igd *c, const char *fixture)
{
	uint64_t class_code, vendor, device;
	char link[SYSFS_NAME_MAX];
	int ret;

	*g = (struct igd){ .config = *c, .opregion = OPREGION_OFF };
	ret = find_host(g, fixture);
	if (ret)
		return ret;
	if (!sysfs_link(&g->host, "mdev_type", link, sizeof(link))) {
		g->shape = IGD_MDEV;
		return 0;
	}
	if (!sysfs_link(&g->host, "physfn", link, sizeof(link)))
		g->shape = IGD_VF;
	ret = sysfs_number(&g->host, "class", &class_code);
	if (!ret)
		ret = sysfs_number(&g->host, "vendor", &vendor);
	if (!ret)
		ret = sysfs_number(&g->host, "device", &device);
	if (ret)
		return log_err(ret, "%s: class, vendor and device in sysfs: %m", g->host.name);
	return check_ids(g, class_code, vendor, device);
}

/* GGC and BDSM; of a mediated device also what sysfs says of others. */
static int read_registers(struct igd *g)
{
	uint8_t cfg[PCI_CFG_SIZE];
	int ret = g->dev->ops->read(g->dev, VFIO_CONFIG, 0, cfg, sizeof(cfg));

	if (ret)
		return log_err(ret, "%s: config space: %m", g->host.name);
	if (g->shape == IGD_MDEV)
		ret = check_ids(g, get_le32(cfg + PCI_REVISION) >> 8, get_le16(cfg + PCI_VENDOR),
				get_le16(cfg + PCI_DEVICE));
	if (ret)
		return ret;
	g->device_id = get_le16(cfg + PCI_DEVICE);
	g->host_ggc = get_le16(cfg + IGD_GGC);
	g->host_bdsm = get_le(cfg + g->gen->bdsm, g->gen->bdsm_len) & ~(MiB - 1);
	return 0;
}

int igd_probe(struct igd *g, struct vfio_dev *dev, uint64_t ram)
{
	int ret;

	g->dev = dev;
	if (g->config.devfn != DEVFN(2, 0))
		log_info("%s: at %02x.%x in the guest Linux finds it, but VBIOS, GOP and Windows' "
			 "driver want it at 02.0",
			 g->host.name, g->config.devfn >> 3, g->config.devfn & 7);
	ret = read_registers(g);
	if (!ret)
		ret = igd_stolen_decide(g, ram);
	if (!ret)
		ret = igd_vbios_probe(g);
	if (!ret)
		ret = igd_opregion_probe(g);
	if (!ret && g->opregion_len)
		g->wish[g->n_wish++] =
			(struct mem_wish){ "igd-opregion", MEM_OPREGION, g->opregion_len, 4 * KiB,
					   MEMMAP_ANYWHERE };
	return ret;
}

int igd_relax(struct igd *g, int err)
{
	return igd_stolen_relax(g, err);
}

int igd_build(struct igd *g, const struct igd_parts *p)
{
	const struct cfg_policy asls = { IGD_ASLS, 4, CFG_SHADOW_RO };
	int ret;

	vfio_pci_default(p->v, CFG_SHADOW_RO);
	/* read-only as it is now it would promise a function level reset that never comes */
	vfio_pci_hide_capability(p->v, PCI_CAP_ID_EXPRESS);
	vfio_pci_policy(p->v, policy, ARRAY_SIZE(policy));
	vfio_pci_policy(p->v, &asls, 1);
	ret = igd_stolen_shadow(g, p->v, p->map);
	if (!ret)
		ret = igd_vbios_build(g, p);
	if (!ret)
		ret = igd_opregion_map(g, p);
	if (ret)
		return ret;
	if (g->opregion_gpa)
		vfio_pci_shadow(p->v, IGD_ASLS, 4, g->opregion_gpa + g->page_offset);
	igd_bridge_clone(g, p->bridges, p->map);
	return 0;
}

void igd_fini(struct igd *g)
{
	igd_opregion_fini(g);
	igd_vbios_fini(g);
}
