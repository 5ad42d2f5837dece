// SPDX-License-Identifier: GPL-2.0
/*
 * fakeigd - dress QEMU's "edu" device at 00:02.0 up as an Intel integrated GPU.
 *
 * Bus 0's config accessors are replaced by an overlay and the device is found anew, so every reader
 * in the kernel (vfio-pci, vfio_pci_igd, the VT-d driver, sysfs) sees one consistent device. What comes from where:
 *
 *   ids, class, revision, subsystem	bytes kept here, read-only
 *   GGC, BDSM, BGSM, 0xF0		bytes kept here, read-only (firmware locks them)
 *   ASLS				bytes kept here, writable
 *   BAR0 BAR2 BAR4			the BARs of three donor devices, which disappear
 *   BAR5				edu's own BAR0: a DMA engine and an interrupt source
 *   everything else			edu's own config space, MSI capability included; what is no
 *					register there is memory, which shows who wrote to it
 *   host bridge			ids, graphics and memory registers kept here, the rest its own
 *   LPC bridge				ids kept here, everything else its own
 *
 * BAR0 is memory. Its registers start as zeros, but for those that repeat the above with the host's
 * addresses in them; parameters/mirrors shows what they are now.
 *
 * Unloading gives everything back, so one kernel can be shown many different GPUs in a row.
 */
#include <linux/io.h>
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

static unsigned long long dsm;
module_param(dsm, ullong, 0444);
MODULE_PARM_DESC(dsm, "base of stolen memory in BAR0 and host bridge, if config space has none");

static unsigned int bgsm = 0x7be00001;
module_param(bgsm, uint, 0444);
MODULE_PARM_DESC(bgsm, "base of the GTT's stolen memory, in BAR0 and in the host bridge");

static bool bgsm70;
module_param(bgsm70, bool, 0444);
MODULE_PARM_DESC(bgsm70, "the same at 0x70 of the GPU (Valleyview, Cherryview)");

static unsigned long long reserved = 0x7d800181;
module_param(reserved, ullong, 0444);
MODULE_PARM_DESC(reserved, "stolen-reserved register in BAR0");

static bool alias;
module_param(alias, bool, 0444);
MODULE_PARM_DESC(alias, "the same at 0xf0 (gen 11 and 12)");

static bool access;
module_param(access, bool, 0444);
MODULE_PARM_DESC(access, "whether firmware lets the CPU at stolen memory (BAR0 0x138914)");

static char *regs_set;
module_param_named(regs, regs_set, charp, 0444);
MODULE_PARM_DESC(regs, "other registers in BAR0: OFFSET:VALUE,...");

static bool vf;
module_param(vf, bool, 0444);
MODULE_PARM_DESC(vf, "sysfs shows the GPU as an SR-IOV virtual function (of the host bridge)");

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

static unsigned int mchbar = 0xfed10001;
module_param(mchbar, uint, 0444);
MODULE_PARM_DESC(mchbar, "MCHBAR of the host bridge, bit 0: enabled");

static unsigned int gmch = 0x0030;
module_param(gmch, uint, 0444);
MODULE_PARM_DESC(gmch, "16 bits at 0x52 of the host bridge: GMCH control of older ones");

static unsigned int deven = 0x1000809f;
module_param(deven, uint, 0444);
MODULE_PARM_DESC(deven, "DEVEN of the host bridge");

static unsigned int tolud = 0x80000001;
module_param(tolud, uint, 0444);
MODULE_PARM_DESC(tolud, "TOLUD of the host bridge");

#define IGD_GGC	       0x50
#define IGD_BDSM       0x5c
#define IGD_BGSM       0x70
#define IGD_BDSM64     0xc0
#define IGD_ALIAS      0xf0
#define IGD_ASLS       0xfc

#define HOST_MCHBAR    0x48
#define HOST_GGC       0x50
#define HOST_GMCH      0x52
#define HOST_DEVEN     0x54
#define HOST_BDSM      0xb0
#define HOST_BGSM      0xb4
#define HOST_TOLUD     0xbc

/* BAR0 */
#define MMIO_SIZE      0x200000 /* up to here are registers; the GTT is behind */
#define MMIO_GGC       0x108040
#define MMIO_DSM       0x1080c0
#define MMIO_GSM       0x108100
#define MMIO_RESERVED  0x1082c0
#define MMIO_ACCESS    0x138914

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
	if (bdsm64 || !dsm)
		dsm = bdsm64 ?: bdsm;
	hide_ids(&igd, devid, revision, class);
	hide(&igd, IGD_GGC, 2, ggc, 0);
	if (bdsm64)
		hide(&igd, IGD_BDSM64, 8, bdsm64, 0);
	else
		hide(&igd, IGD_BDSM, 4, bdsm, 0);
	if (bgsm70)
		hide(&igd, IGD_BGSM, 4, bgsm, 0);
	if (alias)
		hide(&igd, IGD_ALIAS, 8, reserved, 0);
	hide(&igd, IGD_ASLS, 4, asls, 0xff);
	hide_ids(&host, hostid, hostrev, PCI_CLASS_BRIDGE_HOST << 8);
	hide(&host, HOST_MCHBAR, 8, mchbar, 0);
	hide(&host, HOST_GGC, 2, ggc, 0);
	hide(&host, HOST_GMCH, 2, gmch, 0);
	hide(&host, HOST_DEVEN, 4, deven, 0);
	hide(&host, HOST_BDSM, 4, dsm, 0);
	hide(&host, HOST_BGSM, 4, bgsm, 0);
	hide(&host, HOST_TOLUD, 4, tolud, 0);
	hide_ids(&lpc, lpcid, lpcrev, lpcclass);
}

/* ---- BAR0 ---- */

/* Map the registers and have them decoded, whatever the GPU's COMMAND says; NULL if there are none. */
static void __iomem *mmio_get(u16 *command)
{
	struct pci_dev *d = pci_get_slot(bus, IGD);
	void __iomem *regs = NULL;
	u32 old;

	if (d && pci_resource_start(d, 0)) {
		regs = ioremap(pci_resource_start(d, 0), MMIO_SIZE);
		real_ops->read(bus, DONOR_MMIO, PCI_COMMAND, 2, &old);
		real_ops->write(bus, DONOR_MMIO, PCI_COMMAND, 2, old | PCI_COMMAND_MEMORY);
		*command = old;
	}
	pci_dev_put(d);
	return regs;
}

static void mmio_put(void __iomem *regs, u16 command)
{
	real_ops->write(bus, DONOR_MMIO, PCI_COMMAND, 2, command);
	iounmap(regs);
}

static int plant_others(void __iomem *regs)
{
	const char *at = regs_set;
	unsigned int offset, value;
	int n;

	for (; at && *at; at += n) {
		if (sscanf(at, "%x:%x%n", &offset, &value, &n) != 2 || offset > MMIO_SIZE - 4)
			return -EINVAL;
		writel(value, regs + offset);
		n += at[n] == ',';
	}
	return 0;
}

static int plant_registers(void)
{
	u16 command;
	void __iomem *regs = mmio_get(&command);
	int ret;

	if (!regs)
		return -ENOMEM;
	memset_io(regs, 0, MMIO_SIZE);
	writel(ggc, regs + MMIO_GGC);
	writeq(dsm, regs + MMIO_DSM);
	writeq(bgsm, regs + MMIO_GSM);
	writeq(reserved, regs + MMIO_RESERVED);
	writel(access, regs + MMIO_ACCESS);
	ret = plant_others(regs);
	mmio_put(regs, command);
	return ret;
}

static int show_mirrors(char *buf, const struct kernel_param *kp)
{
	u16 command;
	void __iomem *regs = mmio_get(&command);
	int n;

	if (!regs)
		return -ENODEV;
	n = sysfs_emit(buf, "%#x %#llx %#llx %#llx %#x\n", readl(regs + MMIO_GGC),
		       readq(regs + MMIO_DSM), readq(regs + MMIO_GSM), readq(regs + MMIO_RESERVED),
		       readl(regs + MMIO_ACCESS));
	mmio_put(regs, command);
	return n;
}

static const struct kernel_param_ops mirrors_ops = { .get = show_mirrors };
module_param_cb(mirrors, &mirrors_ops, NULL, 0444);
MODULE_PARM_DESC(mirrors, "BAR0 now: GGC, bases of DSM and GSM, stolen-reserved, access");

/* ---- the state of the device ---- */

/*
 * As if something had taken the device's power away: VFIO then refuses page faults on its BARs, with
 * SIGBUS. Pages that are mapped already stay.
 */
static int set_asleep(const char *val, const struct kernel_param *kp)
{
	struct pci_dev *d = bus ? pci_get_slot(bus, IGD) : NULL;
	bool sleeps;
	int ret = kstrtobool(val, &sleeps);

	if (!d)
		return -ENODEV;
	if (!ret)
		d->current_state = sleeps ? PCI_D3hot : PCI_D0;
	pci_dev_put(d);
	return ret;
}

static const struct kernel_param_ops asleep_ops = { .set = set_asleep };
module_param_cb(asleep, &asleep_ops, NULL, 0200);
MODULE_PARM_DESC(asleep, "1: the device counts as being in D3hot, 0: in D0");

static int show_as_vf(void)
{
	struct pci_dev *d = pci_get_slot(bus, IGD), *pf = pci_get_slot(bus, HOST);
	int ret = -ENODEV;

	if (d && pf)
		ret = sysfs_create_link(&d->dev.kobj, &pf->dev.kobj, "physfn");
	pci_dev_put(d);
	pci_dev_put(pf);
	return ret;
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
	int ret;

	bus = pci_find_bus(0, 0);
	if (!bus)
		return -ENODEV;
	build_overlays();
	real_ops = bus->ops;
	overlay_ops = *real_ops;
	overlay_ops.read = overlay_read;
	overlay_ops.write = overlay_write;
	switch_ops(&overlay_ops);
	ret = plant_registers();
	if (!ret && vf)
		ret = show_as_vf();
	if (ret)
		switch_ops(real_ops);
	return ret;
}

static void __exit fakeigd_exit(void)
{
	switch_ops(real_ops);
}

module_init(fakeigd_init);
module_exit(fakeigd_exit);
MODULE_DESCRIPTION("Integrated GPU stand-in for VFIO tests");
MODULE_LICENSE("GPL");
