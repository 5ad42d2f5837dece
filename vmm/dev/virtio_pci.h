/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_pci.h - a virtio device as a PCI function: capabilities, registers in a BAR, kicks and
 * interrupts. Modern only: no I/O BAR, no legacy registers.
 * Source: virtio 1.2 section 4.1.
 */
#ifndef IGDVM_DEV_VIRTIO_PCI_H
#define IGDVM_DEV_VIRTIO_PCI_H

#include "../kick.h"
#include "../pci.h"
#include "../pci_msix.h"
#include "../virtio.h"

#define VIRTIO_PCI_VENDOR	0x1af4
#define VIRTIO_PCI_DEVICE(type) (uint16_t)(0x1040 + (type)) /* 4.1.2 */

/* BAR 0. Each part has pages of its own, the notify registers a dword for each queue. */
#define VIRTIO_PCI_BAR_SIZE   0x8000
#define VIRTIO_PCI_COMMON     0x0000
#define VIRTIO_PCI_ISR	      0x1000
#define VIRTIO_PCI_CONFIG     0x2000
#define VIRTIO_PCI_NOTIFY     0x3000
#define VIRTIO_PCI_MSIX_TABLE 0x4000
#define VIRTIO_PCI_MSIX_PBA   0x5000
#define VIRTIO_PCI_MULTIPLIER 4

/* Config space. */
#define VIRTIO_PCI_CAP_COMMON 0x40
#define VIRTIO_PCI_CAP_NOTIFY 0x50
#define VIRTIO_PCI_CAP_ISR    0x64
#define VIRTIO_PCI_CAP_CONFIG 0x74
#define VIRTIO_PCI_CAP_WINDOW 0x84
#define VIRTIO_PCI_CAP_MSIX   0x98

#define VIRTIO_NO_VECTOR 0xffff

/* What it is connected to; all of it outlives the device. */
struct virtio_pci_parts {
	struct pci_bus *bus;
	const struct mem *mem;
	struct loop *loop;
	struct kicks *kicks;
};

struct virtio_pci {
	struct pci_dev pci;
	struct virtio_dev *dev;
	struct virtio_transport transport;
	struct virtio_pci_parts parts;
	struct bus_region bar;
	struct pci_msix msix;
	bool messages; /* the driver has MSI-X on */
	bool kick_attached[VIRTIO_QUEUES_MAX];
	/* Signalled by who serves the queues elsewhere, while the driver uses the interrupt pin. */
	int pin_fd;
	struct loop_watch pin_watch;
	/* The driver's registers. */
	uint32_t feature_select, wanted_select;
	uint16_t queue_select, config_vector, vector[VIRTIO_QUEUES_MAX];
	uint8_t isr;
};

/*
 * Put dev on the bus at devfn. 0 or logged -errno, -EEXIST where the address is taken. fini takes
 * half-built and zeroed ones; the device must have stopped serving.
 */
int virtio_pci_init(struct virtio_pci *p, struct virtio_dev *dev, uint8_t devfn,
		    const struct virtio_pci_parts *parts);
void virtio_pci_fini(struct virtio_pci *p);

#endif
