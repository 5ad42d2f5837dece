// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio.c - a device of a VFIO group: regions, interrupts, reset.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "log.h"
#include "util.h"
#include "vfio.h"

#define INFO_SIZE_MAX (64 * KiB) /* of one region info with its capabilities */
#define CAPS_MAX      16

_Static_assert((int)VFIO_CONFIG == (int)VFIO_PCI_CONFIG_REGION_INDEX,
	       "region indices are the kernel's");
_Static_assert((int)VFIO_VGA == (int)VFIO_PCI_VGA_REGION_INDEX, "region indices are the kernel's");
_Static_assert((int)VFIO_MSIX == (int)VFIO_PCI_MSIX_IRQ_INDEX,
	       "interrupt indices are the kernel's");
_Static_assert((int)VFIO_ERR == (int)VFIO_PCI_ERR_IRQ_INDEX &&
		       (int)VFIO_REQ == (int)VFIO_PCI_REQ_IRQ_INDEX,
	       "interrupt indices are the kernel's");
_Static_assert((int)VFIO_IRQS == (int)VFIO_PCI_NUM_IRQS, "interrupt indices are the kernel's");

static int dev_read(struct vfio_dev *d, unsigned region, uint64_t off, void *buf, size_t len)
{
	ssize_t n = pread(d->fd, buf, len, (off_t)(d->region[region].file_off + off));

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static int dev_write(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf, size_t len)
{
	ssize_t n = pwrite(d->fd, buf, len, (off_t)(d->region[region].file_off + off));

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static void *dev_map(struct vfio_dev *d, unsigned region, uint64_t off, uint64_t size)
{
	const struct vfio_region *r = &d->region[region];
	int prot = (r->readable ? PROT_READ : 0) | (r->writable ? PROT_WRITE : 0);
	void *p = mmap(NULL, size, prot, MAP_SHARED, d->fd, (off_t)(r->file_off + off));

	if (p != MAP_FAILED)
		return p;
	log_err(-errno, "%s: map of region %u at %#llx, %#llx bytes: %m", d->host.name, region,
		(unsigned long long)off, (unsigned long long)size);
	return NULL;
}

static void dev_unmap(struct vfio_dev *d, void *addr, uint64_t size)
{
	(void)d;
	munmap(addr, size);
}

static int set_irq_fds(struct vfio_dev *d, unsigned index, uint32_t action, unsigned first,
		       const int *fd, unsigned n)
{
	size_t size = sizeof(struct vfio_irq_set) + n * sizeof(*fd);
	struct vfio_irq_set *set = calloc(1, size);
	int ret;

	if (!set)
		return log_err(-ENOMEM, "%s: interrupt set: %m", d->host.name);
	set->argsz = (uint32_t)size;
	set->flags = action | (n ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	set->index = index;
	set->start = first;
	set->count = n;
	if (n)
		memcpy(set->data, fd, n * sizeof(*fd));
	ret = ioctl(d->fd, VFIO_DEVICE_SET_IRQS, set);
	/* how many there would be (vfio_pci_intrs.c, vfio_msi_enable()) */
	if (ret > 0)
		ret = log_err(-ENOSPC,
			      "%s: %u interrupt vectors asked for, the host has %d left for it",
			      d->host.name, first + n, ret);
	else if (ret)
		ret = log_err(-errno, "%s: VFIO_DEVICE_SET_IRQS index %u, %u vectors from %u: %m",
			      d->host.name, index, n, first);
	free(set);
	return ret;
}

static int dev_set_irqs(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
			unsigned n)
{
	return set_irq_fds(d, index, VFIO_IRQ_SET_ACTION_TRIGGER, first, fd, n);
}

static int dev_set_unmask(struct vfio_dev *d, unsigned index, int fd)
{
	return set_irq_fds(d, index, VFIO_IRQ_SET_ACTION_UNMASK, 0, &fd, 1);
}

static int dev_reset(struct vfio_dev *d)
{
	if (!d->can_reset)
		return -ENOTTY;
	return ioctl(d->fd, VFIO_DEVICE_RESET)
		       ? log_err(-errno, "%s: VFIO_DEVICE_RESET: %m", d->host.name)
		       : 0;
}

static const struct vfio_ops dev_ops = {
	.read = dev_read,
	.write = dev_write,
	.map = dev_map,
	.unmap = dev_unmap,
	.set_irqs = dev_set_irqs,
	.set_unmask = dev_set_unmask,
	.reset = dev_reset,
};

static int look_write(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf,
		      size_t len)
{
	(void)d;
	(void)region;
	(void)off;
	(void)buf;
	(void)len;
	return 0;
}

static int look_reset(struct vfio_dev *d)
{
	(void)d;
	return -ENOTTY;
}

static int look_set_irqs(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
			 unsigned n)
{
	(void)d;
	(void)index;
	(void)first;
	(void)fd;
	(void)n;
	return 0;
}

static int look_set_unmask(struct vfio_dev *d, unsigned index, int fd)
{
	return look_set_irqs(d, index, 0, &fd, 1);
}

/* Mapping a BAR only takes address space. */
static const struct vfio_ops look_ops = {
	.read = dev_read,
	.write = look_write,
	.map = dev_map,
	.unmap = dev_unmap,
	.set_irqs = look_set_irqs,
	.set_unmask = look_set_unmask,
	.reset = look_reset,
};

void vfio_dev_look_only(struct vfio_dev *d)
{
	d->ops = &look_ops;
}

static void read_sparse(struct vfio_region *r, const struct vfio_region_info_cap_sparse_mmap *cap,
			size_t room)
{
	for (uint32_t i = 0; i < cap->nr_areas && r->n_areas < VFIO_AREAS_MAX; i++) {
		if (sizeof(*cap) + (i + 1) * sizeof(cap->areas[0]) > room)
			return;
		r->area[r->n_areas++] =
			(struct vfio_area){ cap->areas[i].offset, cap->areas[i].size };
	}
	/* an empty list says that no part may be mapped */
	if (!r->n_areas)
		r->mappable = false;
}

/* The capability chain is the kernel's, but bounded all the same: offsets inside the info. */
static void read_caps(struct vfio_region *r, const struct vfio_region_info *info)
{
	uint32_t off = info->flags & VFIO_REGION_INFO_FLAG_CAPS ? info->cap_offset : 0;

	for (unsigned n = 0; off && n < CAPS_MAX; n++) {
		const struct vfio_info_cap_header *h = (const void *)((const char *)info + off);
		size_t room = info->argsz - off;

		if (off > info->argsz || room < sizeof(*h))
			return;
		if (h->id == VFIO_REGION_INFO_CAP_SPARSE_MMAP &&
		    room >= sizeof(struct vfio_region_info_cap_sparse_mmap))
			read_sparse(r, (const void *)h, room);
		if (h->id == VFIO_REGION_INFO_CAP_TYPE &&
		    room >= sizeof(struct vfio_region_info_cap_type)) {
			const struct vfio_region_info_cap_type *t = (const void *)h;

			r->type = t->type;
			r->subtype = t->subtype;
		}
		off = h->next;
	}
}

/* A region the device does not have (no VGA, say) is one of size 0. */
static int read_region(struct vfio_dev *d, unsigned index)
{
	struct vfio_region_info *info = calloc(1, INFO_SIZE_MAX);
	struct vfio_region *r = &d->region[index];

	*r = (struct vfio_region){ 0 };
	if (!info)
		return log_err(-ENOMEM, "%s: region info: %m", d->host.name);
	info->argsz = INFO_SIZE_MAX;
	info->index = index;
	if (!ioctl(d->fd, VFIO_DEVICE_GET_REGION_INFO, info)) {
		r->size = info->size;
		r->file_off = info->offset;
		r->readable = info->flags & VFIO_REGION_INFO_FLAG_READ;
		r->writable = info->flags & VFIO_REGION_INFO_FLAG_WRITE;
		r->mappable = info->flags & VFIO_REGION_INFO_FLAG_MMAP;
		info->argsz = INFO_SIZE_MAX;
		read_caps(r, info);
	}
	free(info);
	return 0;
}

static int query(struct vfio_dev *d)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (ioctl(d->fd, VFIO_DEVICE_GET_INFO, &info))
		return log_err(-errno, "%s: VFIO_DEVICE_GET_INFO: %m", d->host.name);
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI) ||
	    info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
		return log_err(-ENODEV, "%s: VFIO has it as something other than a PCI device",
			       d->host.name);
	d->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
	d->n_regions = MIN(info.num_regions, (uint32_t)VFIO_REGIONS_MAX);
	for (unsigned i = 0; i < d->n_regions; i++) {
		int ret = read_region(d, i);

		if (ret)
			return ret;
	}
	for (unsigned i = 0; i < MIN(info.num_irqs, (uint32_t)VFIO_IRQS); i++) {
		struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = i };

		if (ioctl(d->fd, VFIO_DEVICE_GET_IRQ_INFO, &irq))
			continue; /* an index this kernel does not have */
		d->irq[i].count = irq.flags & VFIO_IRQ_INFO_EVENTFD ? irq.count : 0;
		d->irq[i].maskable = irq.flags & VFIO_IRQ_INFO_MASKABLE;
		d->irq[i].fixed = irq.flags & VFIO_IRQ_INFO_NORESIZE;
	}
	return 0;
}

int vfio_dev_init(struct vfio_dev *d, int group_fd, const struct sysfs_dev *host)
{
	int ret;

	*d = (struct vfio_dev){ .ops = &dev_ops, .host = *host, .fd = -1 };
	d->fd = ioctl(group_fd, VFIO_GROUP_GET_DEVICE_FD, d->host.name);
	if (d->fd < 0)
		return log_err(-errno,
			       "%s: VFIO_GROUP_GET_DEVICE_FD: %m; dmesg has the kernel's reason",
			       d->host.name);
	/* absent: a kernel before 5.15, a mediated device, or one that cannot be reset */
	if (sysfs_text(host, "reset_method", d->reset_method, sizeof(d->reset_method)))
		d->reset_method[0] = '\0';
	ret = query(d);
	if (ret)
		vfio_dev_fini(d);
	return ret;
}

void vfio_dev_fini(struct vfio_dev *d)
{
	if (d->ops && d->ops->close)
		d->ops->close(d);
	close_fd(&d->fd);
}

int vfio_find_region(const struct vfio_dev *d, uint32_t type, uint32_t subtype)
{
	for (unsigned i = VFIO_VGA + 1; i < d->n_regions; i++)
		if (d->region[i].size && d->region[i].type == type &&
		    d->region[i].subtype == subtype)
			return (int)i;
	return -ENOENT;
}
