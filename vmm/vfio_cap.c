// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_cap.c - capabilities of an assigned device: which the guest finds, and what it may write.
 *
 * Those on the list are shown, the others' bytes are hidden: nobody knows what is behind them.
 * Extended capabilities are none: some describe a hierarchy that is not the guest's (ACS, ARI), some
 * let a function move or multiply (SR-IOV, resizable BARs), some need an IOMMU in the guest (ATS).
 * Knows PCI semantics; must not know vendors, KVM, or ioctls.
 */
#include "log.h"
#include "pci_regs.h"
#include "vfio_pci.h"

#define CHAIN_MAX 48 /* capabilities that fit behind the header */

/* Bytes each capability occupies; 0: it says so itself, or runs up to the next capability. */
static const struct {
	uint8_t id, len;
} shown[] = {
	{ PCI_CAP_ID_PM, PM_SIZE }, { PCI_CAP_ID_MSI, 0 },	    { PCI_CAP_ID_VENDOR, 0 },
	{ PCI_CAP_ID_EXPRESS, 0 },  { PCI_CAP_ID_MSIX, MSIX_SIZE },
};

/*
 * A device on a root bus is part of the root complex and has no link (PCI Express Base 4.0, 7.5.3). The
 * registers that control the function itself are the device's: VFIO lets through what is harmless, and
 * does a function level reset itself (drivers/vfio/pci/vfio_pci_config.c, init_pci_cap_exp_perm()).
 */
static const struct cfg_policy express[] = {
	{ 0, EXPRESS_DEVICE_CONTROL, CFG_SHADOW_RO },
	{ EXPRESS_DEVICE_CONTROL, 4, CFG_PASS }, /* and status */
	{ EXPRESS_LINK, 8, CFG_HIDE },
	/* version 2 */
	{ EXPRESS_SLOT, 16, CFG_HIDE }, /* and root */
	{ EXPRESS_DEVICE_CAP2, 4, CFG_SHADOW_RO },
	{ EXPRESS_DEVICE_CONTROL2, 4, CFG_PASS },
	{ EXPRESS_LINK2, 16, CFG_HIDE }, /* and slot */
};

static unsigned msi_length(uint16_t control)
{
	return (control & MSI_CONTROL_64 ? 14u : 10u) + (control & MSI_CONTROL_MASKABLE ? 10u : 0u);
}

/* 0: a version igdvm does not know. */
static unsigned express_length(uint16_t flags)
{
	switch (FIELD_GET(EXPRESS_VERSION, flags)) {
	case 1:
		return EXPRESS_SIZE_1;
	case 2:
		return EXPRESS_SIZE_2;
	default:
		return 0;
	}
}

/* Its own length where that is known, else 0. */
static unsigned own_length(const uint8_t *cap)
{
	if (cap[0] == PCI_CAP_ID_MSI)
		return msi_length(get_le16(cap + MSI_CONTROL));
	if (cap[0] == PCI_CAP_ID_EXPRESS)
		return express_length(get_le16(cap + EXPRESS_FLAGS));
	if (cap[0] == PCI_CAP_ID_VENDOR)
		return cap[2] > 2 ? cap[2] : 0;
	for (unsigned i = 0; i < ARRAY_SIZE(shown); i++)
		if (shown[i].id == cap[0])
			return shown[i].len;
	return 0;
}

/* End of the capability at off: by its own length, but not behind the start of another one. */
static unsigned capability_end(const uint8_t *val, unsigned off)
{
	unsigned len = own_length(val + off);
	unsigned end = len ? MIN(off + len, (unsigned)PCI_CFG_SIZE) : PCI_CFG_SIZE;

	for (unsigned p = val[PCI_CAP_POINTER] & ~3u, n = 0; p >= PCI_HEADER_SIZE && n < CHAIN_MAX;
	     n++) {
		if (p > off && p < end)
			end = p;
		p = val[p + PCI_CAP_NEXT] & ~3u;
	}
	return end;
}

/*
 * Of PCI Express what can be on a root bus: endpoints, which become integrated ones, and those that
 * are; not legacy endpoints, ports and bridges.
 */
static bool express_fits(const uint8_t *cap)
{
	uint16_t flags = get_le16(cap + EXPRESS_FLAGS);
	unsigned type = FIELD_GET(EXPRESS_TYPE, flags);

	return express_length(flags) && (type == EXPRESS_ENDPOINT || type == EXPRESS_INTEGRATED);
}

/* A capability without an interrupt behind it, or cut off, would only mislead the guest. */
static bool is_shown(const struct vfio_pci *v, const uint8_t *val, unsigned off)
{
	const uint8_t *cap = val + off;

	if (off + own_length(cap) > PCI_CFG_SIZE && cap[0] != PCI_CAP_ID_VENDOR)
		return false;
	if (cap[0] == PCI_CAP_ID_MSI && !v->dev->irq[VFIO_MSI].count)
		return false;
	if (cap[0] == PCI_CAP_ID_EXPRESS && !express_fits(cap))
		return false;
	if (cap[0] == PCI_CAP_ID_MSIX && !vfio_msix_fits(v, cap))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(shown); i++)
		if (shown[i].id == cap[0])
			return true;
	return false;
}

static void open_msi(struct vfio_pci *v, unsigned off)
{
	uint8_t *wmask = v->pci.wmask;
	uint16_t control = get_le16(v->pci.val + off + MSI_CONTROL);
	bool wide = control & MSI_CONTROL_64;

	v->msi_cap = (uint8_t)off;
	v->msi_len = (uint8_t)msi_length(control);
	put_le16(v->pci.val + off + MSI_CONTROL,
		 (uint16_t)(control & ~(MSI_CONTROL_ENABLE | MSI_CONTROL_ENABLED)));
	put_le16(wmask + off + MSI_CONTROL, MSI_CONTROL_ENABLE | MSI_CONTROL_ENABLED);
	put_le32(wmask + off + MSI_ADDRESS, 0xfffffffc);
	if (wide)
		put_le32(wmask + off + MSI_ADDRESS_HIGH, 0xffffffff);
	put_le16(wmask + off + (wide ? MSI_DATA_64 : MSI_DATA_32), 0xffff);
	if (control & MSI_CONTROL_MASKABLE)
		put_le32(wmask + off + (wide ? MSI_MASK_64 : MSI_MASK_32), 0xffffffff);
}

static void open_express(struct vfio_pci *v, unsigned off, unsigned end)
{
	uint16_t flags = get_le16(v->pci.val + off + EXPRESS_FLAGS);

	for (unsigned i = 0; i < ARRAY_SIZE(express) && off + express[i].off < end; i++) {
		struct cfg_policy row = express[i];

		row.off = (uint16_t)(row.off + off);
		vfio_pci_policy(v, &row, 1);
	}
	flags = (uint16_t)((flags & (EXPRESS_VERSION | EXPRESS_MESSAGE)) |
			   FIELD_PREP(EXPRESS_TYPE, EXPRESS_INTEGRATED));
	put_le16(v->pci.val + off + EXPRESS_FLAGS, flags);
	/* extended config space comes with it: all zeroes say that nothing is there */
	v->pci.cfg_size = PCI_CFG_EXT_SIZE;
}

/* What the guest may write of a shown capability. */
static int open_capability(struct vfio_pci *v, unsigned off, unsigned end)
{
	switch (v->pci.val[off]) {
	case PCI_CAP_ID_PM:
		v->pci.wmask[off + PM_CONTROL] = PM_CONTROL_STATE;
		return 0;
	case PCI_CAP_ID_MSI:
		open_msi(v, off);
		return 0;
	case PCI_CAP_ID_EXPRESS:
		open_express(v, off, end);
		return 0;
	case PCI_CAP_ID_MSIX:
		return vfio_msix_init(v, off);
	default:
		return 0;
	}
}

int vfio_cap_init(struct vfio_pci *v)
{
	uint8_t *val = v->pci.val, original[PCI_CFG_SIZE];
	bool seen[PCI_CFG_SIZE] = { false };
	unsigned link = PCI_CAP_POINTER, off;
	int ret = 0;

	memcpy(original, val, sizeof(original));
	off = original[PCI_STATUS] & PCI_STATUS_CAP_LIST ? original[PCI_CAP_POINTER] & ~3u : 0;
	val[PCI_CAP_POINTER] = 0;
	while (off >= PCI_HEADER_SIZE && !seen[off] && !ret) {
		unsigned end = capability_end(original, off);
		bool show = is_shown(v, original, off);
		const struct cfg_policy row = { (uint16_t)off, (uint16_t)(end - off),
						show ? CFG_SHADOW_RO : CFG_HIDE };

		seen[off] = true;
		vfio_pci_policy(v, &row, 1);
		if (show) {
			val[link] = (uint8_t)off;
			link = off + PCI_CAP_NEXT;
			val[link] = 0;
			ret = open_capability(v, off, end);
		}
		off = original[off + PCI_CAP_NEXT] & ~3u;
	}
	return ret;
}

void vfio_pci_hide_capability(struct vfio_pci *v, uint8_t id)
{
	uint8_t *val = v->pci.val;
	unsigned link = PCI_CAP_POINTER;

	for (unsigned off = val[link], n = 0; off && n < CHAIN_MAX; off = val[link], n++) {
		struct cfg_policy row = { (uint16_t)off, 0, CFG_HIDE };

		if (val[off] != id) {
			link = off + PCI_CAP_NEXT;
			continue;
		}
		row.len = (uint16_t)(capability_end(val, off) - off);
		val[link] = val[off + PCI_CAP_NEXT];
		vfio_pci_policy(v, &row, 1);
		if (id == PCI_CAP_ID_EXPRESS)
			v->pci.cfg_size = PCI_CFG_SIZE;
	}
}
