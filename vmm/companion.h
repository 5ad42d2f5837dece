/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * companion.h - the devices a guest gets besides the GPU (--vfio), each at its address on the bus.
 *
 * Drivers look for some functions at the address they have on the host, such as the GPU's audio
 * controller at 1f.3. Knows the command line's addresses; a device is a plain vfio_pci, without any
 * personality. Must not know KVM or ioctls.
 */
#ifndef IGDVM_COMPANION_H
#define IGDVM_COMPANION_H

#include "config.h"
#include "sysfs.h"
#include "vfio.h"
#include "vfio_pci.h"
#include "vfio_rom.h"

struct companion {
	struct sysfs_dev host;
	const struct config_vfio *config;
	uint8_t devfn; /* in the guest */
	struct vfio_dev dev;
	struct vfio_rom rom;
	struct vfio_pci pci;
};

struct companions {
	struct companion *c;
	unsigned n;
	bool look_only;
};

/*
 * Name the devices and give each its address (c outlives them), without a look at the host: no device twice, no
 * address twice, no function where there is no function 0 in the slot. 0 or logged -errno.
 * companions_fini() takes a half-built or zeroed set that is closed.
 */
int companions_init(struct companions *s, const struct config *c);
void companions_fini(struct companions *s);

/*
 * Open every device through iommu; look_only: nothing is written to them. 0 or logged -errno; close takes
 * what there is.
 */
int companions_open(struct companions *s, struct iommu *iommu, bool look_only);
void companions_close(struct companions *s);

/* Put every device on the bus, and unless they are only looked at, set them going; parts as for vfio_pci_init(), less device, name and address. */
int companions_attach(struct companions *s, const struct vfio_pci_params *parts);
void companions_detach(struct companions *s);

#endif
