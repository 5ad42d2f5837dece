/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio.h - the host's IOMMU and an assigned device: every VFIO ioctl.
 *
 * struct iommu is an address space (container), struct vfio_dev a device; they have different
 * lifetimes. What a device does is behind struct vfio_ops, so that a recorded one can stand in.
 * Knows no PCI semantics, no KVM, no vendor. Source: Linux Documentation/driver-api/vfio.rst and
 * include/uapi/linux/vfio.h.
 */
#ifndef IGDVM_VFIO_H
#define IGDVM_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "memmap.h"
#include "sysfs.h"

#define VFIO_RESERVED_MAX 64
#define VFIO_REGIONS_MAX  32
#define VFIO_AREAS_MAX	  8
#define IOMMU_GROUPS_MAX  32

/* One address space for all assigned devices, whatever groups they are in. */
struct iommu {
	int container_fd; /* -1 until there is a group */
	struct iommu_group {
		unsigned id;
		int fd;
	} group[IOMMU_GROUPS_MAX];
	unsigned n_groups;
	struct mem_listener listener;		       /* maps guest RAM for DMA */
	struct iova_range reserved[VFIO_RESERVED_MAX]; /* of all groups */
	size_t n_reserved;
	uint64_t ram_size; /* set by the owner: for the message when pinning fails */
};

/* Part of a region that can be mapped. */
struct vfio_area {
	uint64_t off, size;
};

struct vfio_region {
	uint64_t size, file_off; /* bytes; offset in the device's file */
	bool readable, writable, mappable;
	uint32_t type, subtype; /* device-specific regions, else 0 */
	struct vfio_area area[VFIO_AREAS_MAX];
	unsigned n_areas; /* 0 while mappable: all of it */
};

struct vfio_irq {
	uint32_t count;
	bool maskable;
	bool fixed; /* VFIO_IRQ_INFO_NORESIZE: all but MSI-X, and that before Linux 6.5 */
};

struct vfio_dev;
struct vfio_ops {
	/* Exactly len bytes of a region, or -errno (not logged; short is -EIO). */
	int (*read)(struct vfio_dev *d, unsigned region, uint64_t off, void *buf, size_t len);
	int (*write)(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf,
		     size_t len);
	/* Map part of a region; NULL with a logged error. unmap takes what map gave. */
	void *(*map)(struct vfio_dev *d, unsigned region, uint64_t off, uint64_t size);
	void (*unmap)(struct vfio_dev *d, void *addr, uint64_t size);
	/*
	 * Signal fd[i] (-1: nothing) for vector first + i of an irq index, which this switches on; n 0
	 * switches it off. Where the index is fixed, once it is on it has the vectors it was given, and
	 * no more. 0 or logged -errno.
	 */
	int (*set_irqs)(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
			unsigned n);
	/* Signal on fd unmasks the (level) interrupt. 0 or logged -errno. */
	int (*set_unmask)(struct vfio_dev *d, unsigned index, int fd);
	/* 0; -ENOTTY when the device has no reset (not logged); or logged -errno. */
	int (*reset)(struct vfio_dev *d);
	/* Free what stands behind the device, if it is not the kernel's; may be NULL. */
	void (*close)(struct vfio_dev *d);
};

/* Region and interrupt indices of a PCI device (linux/vfio.h: VFIO_PCI_*). */
enum { VFIO_BAR0 = 0, VFIO_ROM = 6, VFIO_CONFIG = 7, VFIO_VGA = 8 };
enum { VFIO_INTX = 0, VFIO_MSI = 1, VFIO_MSIX = 2, VFIO_ERR = 3, VFIO_REQ = 4, VFIO_IRQS = 5 };

struct vfio_recorded;
struct vfio_dev {
	const struct vfio_ops *ops;
	struct vfio_recorded *recorded; /* vfio_fixture.c's; NULL: a device of the host */
	struct sysfs_dev host;
	int fd;
	bool can_reset;
	char reset_method[32]; /* as sysfs names them, e.g. "flr bus"; empty: it names none */
	struct vfio_region region[VFIO_REGIONS_MAX];
	unsigned n_regions;
	struct vfio_irq irq[VFIO_IRQS];
};

/* An address space with nothing in it; asks the host for nothing. */
void iommu_init(struct iommu *i);
void iommu_fini(struct iommu *i);
/* Bytes of this process that are pinned, as the kernel counts them; for progress_begin(). */
uint64_t iommu_pinned(void *ctx);
/* Reserved ranges from a file in the form of sysfs's reserved_regions. 0 or logged -errno. */
int iommu_read_reserved(struct iommu *i, const char *path);

/*
 * Find the device's group and see that it is usable; unless it is here already, open it, put it into
 * the container and add its reserved IOVA ranges. Every refusal says what to do. The group's
 * descriptor, which stays the iommu's, or logged -errno.
 */
int iommu_add(struct iommu *i, const struct sysfs_dev *host);

/* Open a device of a group and read what it has. 0 or logged -errno. */
int vfio_dev_init(struct vfio_dev *d, int group_fd, const struct sysfs_dev *host);
void vfio_dev_fini(struct vfio_dev *d);
/* From now on nothing changes the device: writes, interrupts and resets end here. For --dry-run. */
void vfio_dev_look_only(struct vfio_dev *d);

/* Index of the device-specific region (vendor type, subtype), or -ENOENT. */
int vfio_find_region(const struct vfio_dev *d, uint32_t type, uint32_t subtype);

#endif
