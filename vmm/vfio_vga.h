/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio_vga.h - the legacy VGA ranges of an assigned device: memory 0xa0000-0xbffff, ports 0x3b0-0x3bb
 * and 0x3c0-0x3df.
 *
 * They are no BARs: a VGA device answers there while its COMMAND lets it decode memory and I/O. VFIO has
 * them as one region that cannot be mapped, so every access is an exit. Knows no vendor.
 * Source: Linux drivers/vfio/pci/vfio_pci_rdwr.c vfio_pci_vga_rw(), vfio_pci_core.c.
 */
#ifndef IGDVM_VFIO_VGA_H
#define IGDVM_VFIO_VGA_H

#include "bus.h"
#include "log.h"

struct pci_dev;
struct vfio_dev;
struct vfio_pci;

#define VFIO_VGA_RANGES 3

struct vfio_vga {
	struct vfio_dev *dev;
	const struct pci_dev *pci; /* whose COMMAND counts */
	struct bus *pio, *mmio;
	struct vfio_vga_range {
		struct bus_region region;
		struct vfio_vga *owner;
	} range[VFIO_VGA_RANGES];
	struct log_limit limit;
};

/* Whether the host lets the ranges be had. 0 or logged -ENODEV. */
int vfio_vga_check(const struct vfio_dev *dev);

/*
 * Send the ranges to v's device. The plan must have left the memory to it (memmap_params.vga). 0 or
 * logged -errno. *g need not be initialised.
 */
int vfio_vga_init(struct vfio_vga *g, struct vfio_pci *v, struct bus *pio, struct bus *mmio);
/* No-op for a zeroed one. */
void vfio_vga_fini(struct vfio_vga *g);

#endif
