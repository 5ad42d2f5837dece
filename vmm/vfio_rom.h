/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio_rom.h - the option ROM of an assigned device: a copy in memory behind its ROM register.
 *
 * The copy is read once, from the device or from a file; the guest may read it, not write it. Knows
 * regions, no vendor, nothing of what is in a ROM. Source: Linux drivers/vfio/pci/vfio_pci_rdwr.c.
 */
#ifndef IGDVM_VFIO_ROM_H
#define IGDVM_VFIO_ROM_H

#include <stddef.h>
#include <stdint.h>

struct vfio_dev;
struct vfio_pci;

struct vfio_rom {
	uint8_t *bytes; /* whole pages; NULL: no ROM */
	size_t len;	/* of the image; the rest up to size reads as ones */
	size_t size; /* of the BAR: a power of two, a page at least, since memslots are made of pages */
};

/* Read the device's own. 0 or logged -errno. *r need not be initialised; finish it in any case. */
int vfio_rom_read(struct vfio_rom *r, struct vfio_dev *dev);
/* Read a file, for the device called name. Likewise. */
int vfio_rom_load(struct vfio_rom *r, const char *name, const char *path);
/* Free the copy. Takes a half-built or zeroed one; not while a guest may read it. */
void vfio_rom_fini(struct vfio_rom *r);

/* Give the function a ROM register with r behind it. Between vfio_pci_init() and attach. */
void vfio_rom_attach(struct vfio_pci *v, const struct vfio_rom *r);

/* For vfio_pci.c: the ROM register was switched on and off. 0 or logged -errno. */
int vfio_rom_map(struct vfio_pci *v);
void vfio_rom_unmap(struct vfio_pci *v);

#endif
