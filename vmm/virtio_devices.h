/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_devices.h - the virtio devices that the command line asks for, each on the PCI bus.
 */
#ifndef IGDVM_VIRTIO_DEVICES_H
#define IGDVM_VIRTIO_DEVICES_H

#include "dev/virtio_input.h"
#include "dev/virtio_pci.h"

struct config;
struct memmap;
struct serial;
struct virtio_card;
struct virtio_console;

/* What of the machine they are connected to; all of it outlives them. */
struct virtio_host {
	struct virtio_pci_parts parts;
	const struct memmap *map;     /* where guest RAM is */
	struct serial *console;	      /* of --console */
	struct virtio_inputs *inputs; /* of virtio_devices */
	int *held_fs;		      /* of each --fs its connection, taken over; or -1 */
};

struct virtio_devices {
	struct virtio_card **card;
	unsigned n;
	struct virtio_console *console; /* NULL: none */
	struct virtio_inputs inputs;
};

/*
 * Build all of them. The functions of other devices are on the bus already. 0 or logged -errno; fini in
 * any case, which also takes a zeroed struct.
 */
int virtio_devices_init(struct virtio_devices *d, const struct config *c,
			const struct virtio_host *host);
void virtio_devices_fini(struct virtio_devices *d);

/*
 * Before fini, where another machine follows: what cannot be opened twice, for its held_fs. A back end
 * serves one connection and then ends.
 */
void virtio_devices_hold(struct virtio_devices *d, int *held_fs);

#endif
