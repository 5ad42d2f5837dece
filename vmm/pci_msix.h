/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_msix.h - MSI-X of a PCI function: capability, table, pending bits, whoever raises the vectors.
 *
 * A vector is an eventfd. While the guest wants its messages it is an irqfd of the interrupt
 * controller, so that a signal from any thread, from vhost or from VFIO becomes the message without
 * igdvm. While the vector is masked the eventfd keeps the signal: that is the pending bit, and what
 * unmasking delivers. Device lock held throughout.
 * Sources: PCI Local Bus 3.0, 6.8.2 and 6.8.3; PCI Express Base 4.0, 7.7.2.
 */
#ifndef IGDVM_PCI_MSIX_H
#define IGDVM_PCI_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"

struct pci_dev;
struct pci_msix;

#define PCI_MSIX_VECTORS_MAX 2048

struct pci_msix_ops {
	/*
	 * The guest wants messages of a vector, for the first time since it switched MSI-X on: from
	 * now on signal fd for it, until MSI-X is off. 0 or logged -errno.
	 */
	int (*arm)(struct pci_msix *x, unsigned vector, int fd);
};

struct pci_msix {
	struct pci_dev *dev;
	struct irqchip *chip;
	const struct pci_msix_ops *ops; /* NULL: who raises vectors needs not be told */
	unsigned n;
	uint8_t cap;	/* offset of the capability */
	uint8_t *table; /* as the guest reads it */
	struct pci_msix_vector {
		int fd; /* -1 until somebody needs it, then until fini */
		uint32_t gsi;
		bool has_gsi, attached, armed;
		bool refused; /* not tried again while MSI-X stays on */
	} * vector;
	unsigned refusals; /* so far */
};

/*
 * Up to PCI_MSIX_VECTORS_MAX vectors, all masked. No GSI and no descriptor is taken before the guest
 * unmasks a vector. 0 or logged -errno. fini takes a zeroed or finished one; only then are the
 * vectors' descriptors closed.
 */
int pci_msix_init(struct pci_msix *x, struct pci_dev *d, struct irqchip *chip,
		  const struct pci_msix_ops *ops, unsigned n);
void pci_msix_fini(struct pci_msix *x);

/* Bytes the table and the pending bits take in a BAR. */
uint64_t pci_msix_table_size(const struct pci_msix *x);
uint64_t pci_msix_pba_size(const struct pci_msix *x);

/*
 * Write the capability, MSIX_SIZE bytes at cap, and let the guest write its two control bits. Offsets
 * in the BARs are multiples of 8. Linking it is pci_add_cap()'s.
 */
void pci_msix_set_cap(struct pci_msix *x, uint8_t cap, uint8_t table_bar, uint32_t table_off,
		      uint8_t pba_bar, uint32_t pba_off);
/* To be called by cfg_written(): follows the capability's control bits. */
void pci_msix_cfg_written(struct pci_msix *x, unsigned off, unsigned len);
/* What a reset of the function does: MSI-X off, all masked, no messages, nothing pending. */
void pci_msix_reset(struct pci_msix *x);

/*
 * The guest's accesses, off from the start of the table or of the pending bits; any off, len and
 * alignment. Bytes that are reserved or behind the end read 0, writes to them are dropped.
 */
void pci_msix_table_read(const struct pci_msix *x, uint64_t off, void *buf, unsigned len);
void pci_msix_table_write(struct pci_msix *x, uint64_t off, const void *buf, unsigned len);
void pci_msix_pba_read(const struct pci_msix *x, uint64_t off, void *buf, unsigned len);

/* True when the guest has MSI-X on. Then the function must not use INTx. */
bool pci_msix_enabled(const struct pci_msix *x);
/*
 * Raise a vector: its message now or when it is unmasked. With MSI-X off it stays pending until it is
 * on, so use INTx instead. A vector that does not exist is none.
 */
void pci_msix_notify(struct pci_msix *x, unsigned vector);
/*
 * The vector's eventfd, to be signalled by any thread or by the kernel; the same until fini, which
 * closes it. Or logged -errno; -EINVAL (not logged): no such vector.
 */
int pci_msix_fd(struct pci_msix *x, unsigned vector);

#endif
