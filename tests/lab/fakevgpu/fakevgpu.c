// SPDX-License-Identifier: GPL-2.0
/*
 * fakevgpu - a mediated device that looks to VFIO like a virtual GPU of GVT-g (i915's kvmgt): no IOMMU of
 * its own, no BAR that could be mapped, an OpRegion region, and a driver on the host that wants to
 * know where the guest's OpRegion is.
 *
 *   config space		8086:5916, class 0300; COMMAND, BAR0 and ASLS can be written
 *   BAR0			2 MiB of memory
 *   region 9			OpRegion, 8 KiB: what lies at physical address parameters/opregion
 *
 * parameters/asls shows what was last written to 0xfc, parameters/swsci what to 0xe8, since it was opened.
 */
#include <linux/io.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio.h>
#include <linux/vmalloc.h>

#define BAR0_SIZE	(2 << 20)
#define OPREGION_SIZE	8192
#define OPREGION_INDEX	VFIO_PCI_NUM_REGIONS
#define REGION_SHIFT	40
#define REGION_OFFSET(i) ((u64)(i) << REGION_SHIFT)

#define IGD_GGC		0x50
#define IGD_SWSCI	0xe8
#define IGD_ASLS	0xfc

static ulong opregion = 0x7f000000;
module_param(opregion, ulong, 0444);
MODULE_PARM_DESC(opregion, "physical address of the OpRegion to show");

static uint asls;
module_param(asls, uint, 0444);
MODULE_PARM_DESC(asls, "what was last written to 0xfc");

static uint swsci;
module_param(swsci, uint, 0444);
MODULE_PARM_DESC(swsci, "what was last written to 0xe8");

struct vgpu {
	struct vfio_device vdev;
	u8 config[PCI_CFG_SPACE_SIZE];
	u8 wmask[PCI_CFG_SPACE_SIZE];
	u8 *bar0;
	u8 *opregion;
};

static struct device *root;
static struct mdev_parent parent;

static void set(struct vgpu *v, int where, int size, u32 val, u32 wmask)
{
	for (; size--; where++, val >>= 8, wmask >>= 8) {
		v->config[where] = val;
		v->wmask[where] = wmask;
	}
}

static void reset(struct vgpu *v)
{
	memset(v->config, 0, sizeof(v->config));
	set(v, PCI_VENDOR_ID, 4, 0x59168086, 0);
	set(v, PCI_COMMAND, 2, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	set(v, PCI_CLASS_REVISION, 4, PCI_CLASS_DISPLAY_VGA << 16 | 2, 0);
	set(v, PCI_BASE_ADDRESS_0, 4, PCI_BASE_ADDRESS_MEM_TYPE_64, ~(BAR0_SIZE - 1));
	set(v, PCI_BASE_ADDRESS_1, 4, 0, ~0);
	set(v, PCI_SUBSYSTEM_VENDOR_ID, 4, 0x20158086, 0);
	set(v, IGD_GGC, 2, 0x0040, 0);
	set(v, IGD_SWSCI, 4, 0, 0xffff);
	set(v, IGD_ASLS, 4, 0, ~0);
	memset(v->bar0, 0, BAR0_SIZE);
}

static bool touches(size_t reg, size_t size, size_t at, size_t len)
{
	return at < reg + size && reg < at + len;
}

static void config_write(struct vgpu *v, const u8 *from, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		v->config[at + i] = (v->config[at + i] & ~v->wmask[at + i]) |
				    (from[i] & v->wmask[at + i]);
	if (touches(IGD_ASLS, 4, at, len))
		asls = *(u32 *)(v->config + IGD_ASLS);
	if (touches(IGD_SWSCI, 2, at, len))
		swsci = *(u16 *)(v->config + IGD_SWSCI);
}

/* The bytes of a region, and how many there are. */
static u8 *region(struct vgpu *v, unsigned int index, size_t *size)
{
	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		*size = sizeof(v->config);
		return v->config;
	case VFIO_PCI_BAR0_REGION_INDEX:
		*size = BAR0_SIZE;
		return v->bar0;
	case OPREGION_INDEX:
		*size = OPREGION_SIZE;
		return v->opregion;
	default:
		*size = 0;
		return NULL;
	}
}

static ssize_t vgpu_access(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *pos,
			   bool write)
{
	struct vgpu *v = container_of(vdev, struct vgpu, vdev);
	unsigned int index = *pos >> REGION_SHIFT;
	u64 at = *pos & (REGION_OFFSET(1) - 1);
	u8 bytes[64];
	size_t size;
	u8 *mem = region(v, index, &size);

	if (!mem || at >= size || (write && index == OPREGION_INDEX))
		return -EINVAL;
	count = min_t(u64, count, size - at);
	if (!write) {
		if (copy_to_user(buf, mem + at, count))
			return -EFAULT;
	} else if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		count = min(count, sizeof(bytes));
		if (copy_from_user(bytes, buf, count))
			return -EFAULT;
		config_write(v, bytes, at, count);
	} else if (copy_from_user(mem + at, buf, count)) {
		return -EFAULT;
	}
	*pos += count;
	return count;
}

static ssize_t vgpu_read(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *pos)
{
	return vgpu_access(vdev, buf, count, pos, false);
}

static ssize_t vgpu_write(struct vfio_device *vdev, const char __user *buf, size_t count, loff_t *pos)
{
	return vgpu_access(vdev, (char __user *)buf, count, pos, true);
}

static long device_info(void __user *arg)
{
	struct vfio_device_info info = {
		.argsz = sizeof(info),
		.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		.num_regions = OPREGION_INDEX + 1,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	return copy_to_user(arg, &info, offsetofend(struct vfio_device_info, num_irqs)) ? -EFAULT : 0;
}

static long region_info(struct vgpu *v, void __user *arg)
{
	struct vfio_region_info_cap_type type = {
		.header = { .id = VFIO_REGION_INFO_CAP_TYPE, .version = 1 },
		.type = VFIO_REGION_TYPE_PCI_VENDOR_TYPE | PCI_VENDOR_ID_INTEL,
		.subtype = VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION,
	};
	struct vfio_info_cap caps = {};
	struct vfio_region_info info;
	size_t minsz = offsetofend(struct vfio_region_info, offset), size;
	long ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index > OPREGION_INDEX)
		return -EINVAL;
	region(v, info.index, &size);
	info.size = size;
	info.offset = REGION_OFFSET(info.index);
	info.flags = size ? VFIO_REGION_INFO_FLAG_READ : 0;
	info.cap_offset = 0;
	if (size && info.index != OPREGION_INDEX)
		info.flags |= VFIO_REGION_INFO_FLAG_WRITE;
	if (info.index == OPREGION_INDEX) {
		ret = vfio_info_add_capability(&caps, &type.header, sizeof(type));
		if (ret)
			return ret;
		info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		if (info.argsz < sizeof(info) + caps.size) {
			info.argsz = sizeof(info) + caps.size;
		} else {
			vfio_info_cap_shift(&caps, sizeof(info));
			info.cap_offset = sizeof(info);
			if (copy_to_user(arg + sizeof(info), caps.buf, caps.size)) {
				kfree(caps.buf);
				return -EFAULT;
			}
		}
		kfree(caps.buf);
	}
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* No interrupts: the guests of this device's scenario have no driver for it. */
static long irq_info(void __user *arg)
{
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	info.count = 0;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long vgpu_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct vgpu *v = container_of(vdev, struct vgpu, vdev);

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return device_info((void __user *)arg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(v, (void __user *)arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return irq_info((void __user *)arg);
	case VFIO_DEVICE_RESET:
		reset(v);
		return 0;
	default:
		return -ENOTTY;
	}
}

static int vgpu_open(struct vfio_device *vdev)
{
	asls = 0;
	swsci = 0;
	reset(container_of(vdev, struct vgpu, vdev));
	return 0;
}

static int vgpu_init(struct vfio_device *vdev)
{
	struct vgpu *v = container_of(vdev, struct vgpu, vdev);
	void *host = memremap(opregion, OPREGION_SIZE, MEMREMAP_WB);

	v->bar0 = vzalloc(BAR0_SIZE);
	v->opregion = vzalloc(OPREGION_SIZE);
	if (!host || !v->bar0 || !v->opregion) {
		if (host)
			memunmap(host);
		vfree(v->bar0);
		vfree(v->opregion);
		return -ENOMEM;
	}
	memcpy(v->opregion, host, OPREGION_SIZE);
	memunmap(host);
	return 0;
}

static void vgpu_release(struct vfio_device *vdev)
{
	struct vgpu *v = container_of(vdev, struct vgpu, vdev);

	vfree(v->bar0);
	vfree(v->opregion);
	vfio_free_device(vdev);
}

static const struct vfio_device_ops vgpu_ops = {
	.name = "fakevgpu",
	.init = vgpu_init,
	.release = vgpu_release,
	.open_device = vgpu_open,
	.read = vgpu_read,
	.write = vgpu_write,
	.ioctl = vgpu_ioctl,
};

static int vgpu_probe(struct mdev_device *mdev)
{
	struct vgpu *v = vfio_alloc_device(vgpu, vdev, &mdev->dev, &vgpu_ops);
	int ret;

	if (IS_ERR(v))
		return PTR_ERR(v);
	ret = vfio_register_emulated_iommu_dev(&v->vdev);
	if (ret)
		vfio_put_device(&v->vdev);
	else
		dev_set_drvdata(&mdev->dev, v);
	return ret;
}

static void vgpu_remove(struct mdev_device *mdev)
{
	struct vgpu *v = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&v->vdev);
	vfio_put_device(&v->vdev);
}

static struct mdev_driver vgpu_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = 1,
	.probe = vgpu_probe,
	.remove = vgpu_remove,
	.driver = { .name = "fakevgpu", .owner = THIS_MODULE, .mod_name = KBUILD_MODNAME },
};

static struct mdev_type vgpu_type = { .sysfs_name = "1", .pretty_name = "virtual GPU" };
static struct mdev_type *vgpu_types[] = { &vgpu_type };

static int __init fakevgpu_init(void)
{
	int ret = mdev_register_driver(&vgpu_driver);

	if (ret)
		return ret;
	root = root_device_register("fakevgpu");
	ret = PTR_ERR_OR_ZERO(root);
	if (ret)
		goto driver;
	ret = mdev_register_parent(&parent, root, &vgpu_driver, vgpu_types, ARRAY_SIZE(vgpu_types));
	if (!ret)
		return 0;
	root_device_unregister(root);
driver:
	mdev_unregister_driver(&vgpu_driver);
	return ret;
}

static void __exit fakevgpu_exit(void)
{
	mdev_unregister_parent(&parent);
	root_device_unregister(root);
	mdev_unregister_driver(&vgpu_driver);
}

module_init(fakevgpu_init);
module_exit(fakevgpu_exit);
MODULE_DESCRIPTION("Mediated GPU stand-in for VFIO tests");
MODULE_LICENSE("GPL");
