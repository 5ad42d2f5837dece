// SPDX-License-Identifier: GPL-2.0
/*
 * fakeigd - dress QEMU's "edu" device at 00:02.0 up as an Intel integrated GPU.
 *
 * Bus 0's config accessors are replaced by an overlay and the device is found anew, so every reader
 * in the kernel (vfio-pci, vfio_pci_igd, the VT-d driver, sysfs) sees one consistent device. What comes from where:
 *
 *   ids, class, revision, subsystem	bytes kept here, read-only
 *   GGC, BDSM				bytes kept here, read-only (firmware locks them)
 *   ASLS				bytes kept here, writable
 *   BAR0 BAR2 BAR4			the BARs of three donor devices, which disappear
 *   BAR5				edu's own BAR0: a DMA engine and an interrupt source
 *   everything else			edu's own config space, MSI capability included
 *   host bridge, LPC bridge		ids kept here, everything else their own
 *
 * Unloading gives everything back, so one kernel can be shown many different GPUs in a row.
 */
#include <linux/module.h>
#include <linux/pci.h>

#define INTEL 0x8086

/*
 * The GPU. Defaults: HD Graphics 620 (Kaby Lake) with 32 MiB of stolen memory. 2 MiB of GTT, because
 * the driver fills all of it, which takes long in an emulated machine.
 */
static unsigned int devid = 0x5916;
module_param(devid, uint, 0444);
MODULE_PARM_DESC(devid, "device id of the GPU");

static unsigned int class = 0x030000;
module_param(class, uint, 0444);
MODULE_PARM_DESC(class, "class code of the GPU, 24 bits");

static unsigned int revision = 0x02;
module_param(revision, uint, 0444);
MODULE_PARM_DESC(revision, "revision id of the GPU");

static unsigned int subsystem = 0x2015;
module_param(subsystem, uint, 0444);
MODULE_PARM_DESC(subsystem, "subsystem device id of GPU and bridges; the vendor is Intel");

static unsigned int ggc = 0x0141;
module_param(ggc, uint, 0444);
MODULE_PARM_DESC(ggc, "graphics control register at 0x50");

static unsigned int bdsm = 0x7c000001;
module_param(bdsm, uint, 0444);
MODULE_PARM_DESC(bdsm, "32-bit base of stolen memory at 0x5c (before gen 11)");

static unsigned long long bdsm64;
module_param(bdsm64, ullong, 0444);
MODULE_PARM_DESC(bdsm64,
		 "64-bit base of stolen memory at 0xc0 (gen 11 on); if set, 0x5c is left alone");

static unsigned int asls = 0x7f000000;
module_param(asls, uint, 0444);
MODULE_PARM_DESC(asls, "physical address of the OpRegion at 0xfc, 0 for none");

/* The bridges. Defaults: ids of the same generation, none of which QEMU's q35 has. */
static unsigned int hostid = 0x5904;
module_param(hostid, uint, 0444);
MODULE_PARM_DESC(hostid, "device id of the host bridge 00:00.0");

static unsigned int hostrev = 0x02;
module_param(hostrev, uint, 0444);
MODULE_PARM_DESC(hostrev, "revision id of the host bridge");

static unsigned int lpcid = 0x9d4e;
module_param(lpcid, uint, 0444);
MODULE_PARM_DESC(lpcid, "device id of the LPC bridge 00:1f.0");

static unsigned int lpcrev = 0x21;
module_param(lpcrev, uint, 0444);
MODULE_PARM_DESC(lpcrev, "revision id of the LPC bridge");

static unsigned int lpcclass = 0x060100;
module_param(lpcclass, uint, 0444);
MODULE_PARM_DESC(lpcclass, "class code of 00:1f.0; anything but 0x060100 makes it no LPC bridge");

#define IGD_GGC	       0x50
#define IGD_BDSM       0x5c
#define IGD_BDSM64     0xc0
#define IGD_ASLS       0xfc

#define BAR_FIRST      PCI_BASE_ADDRESS_0
#define BAR_END	       (PCI_BASE_ADDRESS_5 + 4)
#define DECODE	       (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

#define IGD	       PCI_DEVFN(2, 0)
#define HOST	       PCI_DEVFN(0, 0)
#define LPC	       PCI_DEVFN(0x1f, 0)
#define DONOR_MMIO     PCI_DEVFN(0x10, 0) /* ivshmem, 16 MiB, 64-bit: registers and GTT */
#define DONOR_APERTURE PCI_DEVFN(0x11, 0) /* ivshmem, 256 MiB, 64-bit */
#define DONOR_IO       PCI_DEVFN(0x12, 0) /* pci-testdev, I/O ports */

/* Config bytes that hide a function's own: the value, and which of its bits can be written. */
struct overlay {
	unsigned int devfn;
	bool hides[PCI_CFG_SPACE_SIZE];
	u8 val[PCI_CFG_SPACE_SIZE];
	u8 wmask[PCI_CFG_SPACE_SIZE];
};

static struct overlay igd = { .devfn = IGD };
static struct overlay host = { .devfn = HOST };
static struct overlay lpc = { .devfn = LPC };
static struct overlay *const overlays[] = { &igd, &host, &lpc };
static const unsigned int donors[] = { DONOR_MMIO, DONOR_APERTURE, DONOR_IO };

/* The register behind each BAR dword of the GPU: devfn in the high byte, offset in the low one. */
#define AT(devfn, reg) ((devfn) << 8 | (reg))
static const u16 bar_source[] = {
	AT(DONOR_MMIO, PCI_BASE_ADDRESS_2),	AT(DONOR_MMIO, PCI_BASE_ADDRESS_3),
	AT(DONOR_APERTURE, PCI_BASE_ADDRESS_2), AT(DONOR_APERTURE, PCI_BASE_ADDRESS_3),
	AT(DONOR_IO, PCI_BASE_ADDRESS_1),	AT(IGD, PCI_BASE_ADDRESS_0),
};

static struct pci_bus *bus;
static struct pci_ops *real_ops;
static struct pci_ops overlay_ops;

static struct overlay *overlay_of(unsigned int devfn, int where)
{
	int i;

	for (i = 0; where < PCI_CFG_SPACE_SIZE && i < ARRAY_SIZE(overlays); i++)
		if (overlays[i]->devfn == devfn)
			return overlays[i];
	return NULL;
}

static bool is_donor(unsigned int devfn)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(donors); i++)
		if (donors[i] == devfn)
			return true;
	return false;
}

/* A BAR access to the GPU goes to the register that backs it. Config accesses are aligned. */
static void redirect_bar(unsigned int *devfn, int *where)
{
	u16 at;

	if (*devfn == IGD && *where >= BAR_FIRST && *where < BAR_END) {
		at = bar_source[(*where - BAR_FIRST) / 4];
		*devfn = at >> 8;
		*where = (at & 0xff) + (*where & 3);
	}
}

static int overlay_read(struct pci_bus *b, unsigned int devfn, int where, int size, u32 *val)
{
	struct overlay *o = overlay_of(devfn, where);
	int i, ret;

	if (is_donor(devfn)) {
		*val = ~0;
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	redirect_bar(&devfn, &where);
	ret = real_ops->read(b, devfn, where, size, val);
	if (ret || !o || devfn != o->devfn)
		return ret;
	for (i = 0; i < size; i++)
		if (o->hides[where + i]) {
			*val &= ~(0xffu << (8 * i));
			*val |= (u32)o->val[where + i] << (8 * i);
		}
	return 0;
}

/* The donors decode their BARs exactly while the GPU decodes its own. */
static void forward_decode(struct pci_bus *b, u32 command)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(donors); i++)
		real_ops->write(b, donors[i], PCI_COMMAND, 2, command & DECODE);
}

static int overlay_write(struct pci_bus *b, unsigned int devfn, int where, int size, u32 val)
{
	struct overlay *o = overlay_of(devfn, where);
	bool any = false;
	int i;

	if (is_donor(devfn))
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (devfn == IGD && where == PCI_COMMAND)
		forward_decode(b, val);
	redirect_bar(&devfn, &where);
	for (i = 0; o && devfn == o->devfn && i < size; i++)
		any |= o->hides[where + i];
	if (!any)
		return real_ops->write(b, devfn, where, size, val);
	for (i = 0; i < size; i++, where++, val >>= 8) {
		u8 m = o->wmask[where];

		if (o->hides[where])
			o->val[where] = (o->val[where] & ~m) | (val & m);
		else
			real_ops->write(b, devfn, where, 1, val & 0xff);
	}
	return 0;
}

static void hide(struct overlay *o, int where, int size, u64 val, u8 wmask)
{
	int i;

	for (i = 0; i < size; i++) {
		o->hides[where + i] = true;
		o->val[where + i] = val >> (8 * i);
		o->wmask[where + i] = wmask;
	}
}

static void hide_ids(struct overlay *o, u16 device, u8 rev, u32 class_code)
{
	hide(o, PCI_VENDOR_ID, 2, INTEL, 0);
	hide(o, PCI_DEVICE_ID, 2, device, 0);
	hide(o, PCI_CLASS_REVISION, 1, rev, 0);
	hide(o, PCI_CLASS_PROG, 3, class_code, 0);
	hide(o, PCI_SUBSYSTEM_VENDOR_ID, 2, INTEL, 0);
	hide(o, PCI_SUBSYSTEM_ID, 2, subsystem, 0);
}

static void build_overlays(void)
{
	hide_ids(&igd, devid, revision, class);
	hide(&igd, IGD_GGC, 2, ggc, 0);
	if (bdsm64)
		hide(&igd, IGD_BDSM64, 8, bdsm64, 0);
	else
		hide(&igd, IGD_BDSM, 4, bdsm, 0);
	hide(&igd, IGD_ASLS, 4, asls, 0xff);
	hide_ids(&host, hostid, hostrev, PCI_CLASS_BRIDGE_HOST << 8);
	hide_ids(&lpc, lpcid, lpcrev, lpcclass);
}

static void forget(unsigned int devfn)
{
	struct pci_dev *d = pci_get_slot(bus, devfn);

	if (d)
		pci_stop_and_remove_bus_device(d);
	pci_dev_put(d);
}

/* Let the kernel know a bridge by its new ids. Removing it would upset its IOMMU group. */
static void reread_ids(unsigned int devfn)
{
	struct pci_dev *d = pci_get_slot(bus, devfn);
	u32 class_rev;

	if (!d)
		return;
	pci_read_config_word(d, PCI_VENDOR_ID, &d->vendor);
	pci_read_config_word(d, PCI_DEVICE_ID, &d->device);
	pci_read_config_word(d, PCI_SUBSYSTEM_VENDOR_ID, &d->subsystem_vendor);
	pci_read_config_word(d, PCI_SUBSYSTEM_ID, &d->subsystem_device);
	pci_read_config_dword(d, PCI_CLASS_REVISION, &class_rev);
	d->class = class_rev >> 8;
	d->revision = class_rev & 0xff;
	pci_dev_put(d);
}

/* Forget what is about to look different, switch the accessors, and look again. */
static void switch_ops(struct pci_ops *ops)
{
	int i;

	pci_lock_rescan_remove();
	for (i = 0; i < ARRAY_SIZE(donors); i++)
		forget(donors[i]);
	forget(IGD);
	pci_bus_set_ops(bus, ops);
	reread_ids(HOST);
	reread_ids(LPC);
	pci_rescan_bus(bus);
	pci_unlock_rescan_remove();
}

static int __init fakeigd_init(void)
{
	bus = pci_find_bus(0, 0);
	if (!bus)
		return -ENODEV;
	build_overlays();
	real_ops = bus->ops;
	overlay_ops = *real_ops;
	overlay_ops.read = overlay_read;
	overlay_ops.write = overlay_write;
	switch_ops(&overlay_ops);
	return 0;
}

static void __exit fakeigd_exit(void)
{
	switch_ops(real_ops);
}

module_init(fakeigd_init);
module_exit(fakeigd_exit);
MODULE_DESCRIPTION("Integrated GPU stand-in for VFIO tests");
MODULE_LICENSE("GPL");
