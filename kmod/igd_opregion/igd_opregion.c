// SPDX-License-Identifier: GPL-2.0
/*
 * igd_opregion - let a virtual machine monitor map the OpRegion of an Intel GPU.
 *
 * The OpRegion is memory that firmware shares with the driver of an integrated GPU. Firmware
 * mostly puts it into ACPI NVS memory, where stock kernels refuse /dev/mem. This module shows the
 * pages that hold it, and nothing else. It is no driver of the GPU, which stays with vfio-pci.
 *
 * There is one character device a GPU: /dev/igd-opregion-0000:00:02.0, mode 0600 until udev says
 * otherwise. It is there for every Intel display device whose ASLS register points at an OpRegion,
 * and comes and goes with the PCI device. All that can be done with it is mmap():
 *
 *   offset 0            the pages of the OpRegion, from the one that ASLS points into
 *   offset 0x10000000   the pages of the extended VBT, from its first one, if there is such a VBT
 *
 * MAP_SHARED, any page-aligned piece of one part, cached write-back, never executable. EINVAL for
 * anything else, EPERM for PROT_EXEC. A file opened read-only gives mappings that stay read-only.
 * A mapping outlives the PCI device: the memory is the firmware's, not the device's.
 *
 * The device has attributes in /sys/class/igd-opregion, which tell sizes but no host address:
 *
 *   page_offset       where in its first page the OpRegion begins (ASLS & 0xfff)
 *   size              bytes of the OpRegion: its size field, at least 8192
 *   vbt_page_offset   the same two of the extended VBT; both 0 if there is none
 *   vbt_size
 *   version           of the OpRegion: "2.1"
 *
 * The header is read once, when the device appears. What is written into it later, by a guest that
 * has it mapped, changes nothing here.
 */
#define dev_fmt(fmt) "igd_opregion: " fmt

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/version.h>

#define NAME		"igd-opregion"
#define DEVICES_MAX	16
#define VBT_PGOFF	PHYS_PFN(SZ_256M)
#define ASLS		0xfc /* in config space: where the OpRegion is */

/* Of the OpRegion, after Intel's "IGD OpRegion/Software SCI" specification. */
struct header {
	char signature[16];
	u32 size_kib;
	u8 reserved, revision, minor, major;
	u8 unused1[0x58 - 0x18];
	u32 mailboxes;
	u8 unused2[0x3ba - 0x5c];
	u64 rvda; /* in mailbox 3: address of the extended VBT ... */
	u32 rvds; /* ... and its size */
} __packed;
#define SIGNATURE	"IntelGraphicsMem"
#define MAILBOX_3	BIT(2)

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define forbid(vma, flags) ((vma)->vm_flags &= ~(flags))
#else
#define forbid(vma, flags) vm_flags_clear(vma, flags)
#endif

/* A piece of physical memory; of size 0 if there is none. */
struct part {
	phys_addr_t at;
	size_t size;
};

/* Held by its slot while the GPU is there, and by every open file. */
struct igd_opregion {
	struct kref ref;
	const struct pci_dev *pdev; /* to know it again, not to be followed */
	struct device *dev;
	struct part opregion, vbt;
	u8 major, minor;
};

static DEFINE_MUTEX(lock); /* of slots[] */
static struct igd_opregion *slots[DEVICES_MAX]; /* by minor number */
static dev_t first_devt;
static struct cdev cdev;

static unsigned long pages(const struct part *p)
{
	return PFN_UP(offset_in_page(p->at) + p->size);
}

static void igd_opregion_free(struct kref *ref)
{
	kfree(container_of(ref, struct igd_opregion, ref));
}

/* --- what is there ------------------------------------------------------------------------- */

static int is_firmware(struct resource *res, void *unused)
{
	switch (res->desc) {
	case IORES_DESC_ACPI_NV_STORAGE:
	case IORES_DESC_ACPI_TABLES:
	case IORES_DESC_RESERVED:
		return 0;
	default:
		return 1;
	}
}

/*
 * Whether the firmware's memory map has this page for the firmware, and nothing else claims it:
 * not RAM, not a BAR, not PCI's config space, which may lie in a range that firmware reserves.
 * The first walk sees the outermost resources, the second the outermost busy ones.
 */
static bool is_firmware_page(phys_addr_t page)
{
	phys_addr_t last = page + PAGE_SIZE - 1;

	return walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_MEM, page, last, NULL,
				   is_firmware) == 0 &&
	       walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_MEM | IORESOURCE_BUSY, page, last,
				   NULL, is_firmware) <= 0;
}

/* Where the MTRRs do not let it be write-back, memremap() gives an uncached mapping: no memory. */
static bool is_write_back(const void *va)
{
	unsigned int level;
	const pte_t *pte = lookup_address((unsigned long)va, &level);

	return pte && !(pte_flags(*pte) & (_PAGE_PCD | _PAGE_PWT));
}

/* Refuse a part that is not the firmware's memory in full. Copies its first len bytes to head. */
static int inspect(struct pci_dev *pdev, const char *what, const struct part *p, void *head,
		   size_t len)
{
	phys_addr_t page = p->at & PAGE_MASK, end;
	void *va;

	if (check_add_overflow(p->at, (phys_addr_t)p->size, &end)) {
		pci_warn(pdev, "%s not shown: no such address %pa\n", what, &p->at);
		return -EINVAL;
	}
	for (; page < end; page += PAGE_SIZE)
		if (!is_firmware_page(page)) {
			pci_warn(pdev, "%s not shown: page %pa is not the firmware's memory\n",
				 what, &page);
			return -EINVAL;
		}
	va = memremap(p->at, p->size, MEMREMAP_WB);
	if (!va || !is_write_back(va)) {
		pci_warn(pdev, "%s not shown: memory at %pa cannot be cached\n", what, &p->at);
		if (va)
			memunmap(va);
		return -EINVAL;
	}
	memcpy(head, va, len);
	memunmap(va);
	return 0;
}

static void find_vbt(struct pci_dev *pdev, struct igd_opregion *o, const struct header *h)
{
	struct part vbt = { h->rvda, h->rvds };

	if (h->major < 2 || !(h->mailboxes & MAILBOX_3) || !h->rvda || !h->rvds)
		return;
	/* RVDA is an address in version 2.0, and counts from ASLS in later ones. */
	if ((h->major > 2 || h->minor) && check_add_overflow(o->opregion.at, vbt.at, &vbt.at))
		vbt.size = 0;
	if (!vbt.size || vbt.size > SZ_1M)
		pci_warn(pdev, "extended VBT not shown: RVDA %#llx, RVDS %#x\n", h->rvda, h->rvds);
	else if (!inspect(pdev, "extended VBT", &vbt, NULL, 0))
		o->vbt = vbt;
}

static int examine(struct pci_dev *pdev, struct igd_opregion *o, u32 asls)
{
	struct header h;
	int ret;

	o->opregion = (struct part){ asls, SZ_8K };
	ret = inspect(pdev, "OpRegion", &o->opregion, &h, sizeof(h));
	if (ret)
		return ret;
	if (memcmp(h.signature, SIGNATURE, sizeof(h.signature)) || !h.size_kib ||
	    h.size_kib > SZ_1K) {
		pci_warn(pdev, "OpRegion not shown: no valid header at %#x\n", asls);
		return -EINVAL;
	}
	o->major = h.major;
	o->minor = h.minor;
	o->opregion.size = max_t(u32, SZ_8K, h.size_kib * SZ_1K);
	ret = inspect(pdev, "OpRegion", &o->opregion, NULL, 0);
	if (!ret)
		find_vbt(pdev, o, &h);
	return ret;
}

/* --- the file ------------------------------------------------------------------------------ */

static int igd_opregion_open(struct inode *inode, struct file *file)
{
	struct igd_opregion *o;

	mutex_lock(&lock);
	o = slots[iminor(inode) - MINOR(first_devt)];
	if (o)
		kref_get(&o->ref);
	mutex_unlock(&lock);
	if (!o)
		return -ENODEV;
	file->private_data = o;
	return nonseekable_open(inode, file);
}

static int igd_opregion_release(struct inode *inode, struct file *file)
{
	struct igd_opregion *o = file->private_data;

	kref_put(&o->ref, igd_opregion_free);
	return 0;
}

/*
 * A file opened read-only is mmap()'s own affair: it has refused PROT_WRITE and cleared VM_MAYWRITE
 * (and VM_SHARED, which is why that is not asked here). The mapping holds the file.
 */
static int igd_opregion_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct igd_opregion *o = file->private_data;
	const struct part *p = &o->opregion;
	unsigned long first = vma->vm_pgoff;

	if (first >= VBT_PGOFF) {
		p = &o->vbt;
		first -= VBT_PGOFF;
	}
	if (!(vma->vm_flags & VM_MAYSHARE) || first >= pages(p) ||
	    vma_pages(vma) > pages(p) - first)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	forbid(vma, VM_MAYEXEC);
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(p->at) + first,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations igd_opregion_fops = {
	.owner = THIS_MODULE,
	.open = igd_opregion_open,
	.release = igd_opregion_release,
	.mmap = igd_opregion_mmap,
};

/* --- attributes ---------------------------------------------------------------------------- */

#define ATTRIBUTE(name, ...)                                                                    \
	static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
	{                                                                                       \
		const struct igd_opregion *o = dev_get_drvdata(dev);                            \
												\
		return sysfs_emit(buf, __VA_ARGS__);                                            \
	}                                                                                       \
	static DEVICE_ATTR_RO(name)

ATTRIBUTE(page_offset, "%lu\n", offset_in_page(o->opregion.at));
ATTRIBUTE(size, "%zu\n", o->opregion.size);
ATTRIBUTE(vbt_page_offset, "%lu\n", offset_in_page(o->vbt.at));
ATTRIBUTE(vbt_size, "%zu\n", o->vbt.size);
ATTRIBUTE(version, "%u.%u\n", o->major, o->minor);

static struct attribute *igd_opregion_attrs[] = {
	&dev_attr_page_offset.attr,
	&dev_attr_size.attr,
	&dev_attr_vbt_page_offset.attr,
	&dev_attr_vbt_size.attr,
	&dev_attr_version.attr,
	NULL,
};
ATTRIBUTE_GROUPS(igd_opregion);

static struct class igd_opregion_class = {
	.name = NAME,
	.dev_groups = igd_opregion_groups,
};

/* --- GPUs come and go ---------------------------------------------------------------------- */

/* The table also has udev load the module where there is such a device. */
static const struct pci_device_id igd_opregion_ids[] = {
	{
		PCI_DEVICE(PCI_VENDOR_ID_INTEL, PCI_ANY_ID),
		.class = PCI_BASE_CLASS_DISPLAY << 16,
		.class_mask = 0xff0000,
	},
	{ }
};
MODULE_DEVICE_TABLE(pci, igd_opregion_ids);

static int publish(struct pci_dev *pdev, struct igd_opregion *o)
{
	unsigned int i = 0;

	while (i < DEVICES_MAX && slots[i])
		i++;
	if (i == DEVICES_MAX)
		return -ENOSPC;
	o->dev = device_create(&igd_opregion_class, &pdev->dev, first_devt + i, o, NAME "-%s",
			       pci_name(pdev));
	if (IS_ERR(o->dev))
		return PTR_ERR(o->dev);
	slots[i] = o;
	return 0;
}

static void appear(struct pci_dev *pdev)
{
	struct igd_opregion *o;
	u32 asls;
	int ret;

	if (!pci_match_id(igd_opregion_ids, pdev) || pci_read_config_dword(pdev, ASLS, &asls) ||
	    !asls || asls == U32_MAX)
		return;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return;
	kref_init(&o->ref);
	o->pdev = pdev;
	if (examine(pdev, o, asls)) {
		kref_put(&o->ref, igd_opregion_free);
		return;
	}
	mutex_lock(&lock);
	ret = publish(pdev, o);
	if (ret) {
		pci_err(pdev, "OpRegion not shown: error %d\n", ret);
		kref_put(&o->ref, igd_opregion_free);
	} else {
		pci_info(pdev, "OpRegion %u.%u shown: %zu bytes, extended VBT %zu bytes\n",
			 o->major, o->minor, o->opregion.size, o->vbt.size);
	}
	mutex_unlock(&lock);
}

static void vanish(const struct pci_dev *pdev) /* NULL: all of them */
{
	unsigned int i;

	mutex_lock(&lock);
	for (i = 0; i < DEVICES_MAX; i++) {
		struct igd_opregion *o = slots[i];

		if (!o || (pdev && o->pdev != pdev))
			continue;
		slots[i] = NULL;
		device_unregister(o->dev);
		kref_put(&o->ref, igd_opregion_free);
	}
	mutex_unlock(&lock);
}

static int igd_opregion_notify(struct notifier_block *nb, unsigned long action, void *dev)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		appear(to_pci_dev(dev));
	else if (action == BUS_NOTIFY_DEL_DEVICE)
		vanish(to_pci_dev(dev));
	return NOTIFY_DONE;
}

static struct notifier_block igd_opregion_nb = { .notifier_call = igd_opregion_notify };

static int __init igd_opregion_init(void)
{
	struct pci_dev *pdev = NULL;
	int ret;

	ret = class_register(&igd_opregion_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&first_devt, 0, DEVICES_MAX, NAME);
	if (ret)
		goto err_class;
	cdev_init(&cdev, &igd_opregion_fops);
	cdev.owner = THIS_MODULE;
	ret = cdev_add(&cdev, first_devt, DEVICES_MAX);
	if (ret)
		goto err_region;
	/* No device comes or goes between the notifier and the look at what is there. */
	pci_lock_rescan_remove();
	ret = bus_register_notifier(&pci_bus_type, &igd_opregion_nb);
	if (!ret)
		for_each_pci_dev(pdev)
			appear(pdev);
	pci_unlock_rescan_remove();
	if (!ret)
		return 0;
	cdev_del(&cdev);
err_region:
	unregister_chrdev_region(first_devt, DEVICES_MAX);
err_class:
	class_unregister(&igd_opregion_class);
	return ret;
}

static void __exit igd_opregion_exit(void)
{
	pci_lock_rescan_remove();
	bus_unregister_notifier(&pci_bus_type, &igd_opregion_nb);
	vanish(NULL);
	pci_unlock_rescan_remove();
	cdev_del(&cdev);
	unregister_chrdev_region(first_devt, DEVICES_MAX);
	class_unregister(&igd_opregion_class);
}

module_init(igd_opregion_init);
module_exit(igd_opregion_exit);
MODULE_DESCRIPTION("OpRegion of Intel GPUs for virtual machine monitors");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
