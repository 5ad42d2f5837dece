/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_devices.h - the virtio devices that the command line asks for, each on the PCI bus.
 */
#ifndef IGDVM_VIRTIO_DEVICES_H
#define IGDVM_VIRTIO_DEVICES_H

#include "dev/virtio_input.h"
#include "dev/virtio_pci.h"

struct config;
struct confine;
struct memmap;
struct serial;
struct virtio_card;
struct virtio_console;

/* What of the machine they are connected to; all of it outlives them. */
struct virtio_host {
	struct virtio_pci_parts parts;
	const struct memmap *map;      /* where guest RAM is */
	struct serial *console;	       /* of --console */
	struct virtio_inputs *inputs;  /* of virtio_devices */
	const struct confine *confine; /* of the threads of disks */
	const int *held_fs; /* of each --fs a connection, of which copies are used; or NULL */
};

struct virtio_devices {
	struct virtio_card **card;
	unsigned n;
	struct virtio_console *console; /* NULL: none */
	struct virtio_inputs inputs;
};

/* A device and its place on the bus, before there is one. */
struct virtio_place {
	const char *name; /* of the option that asks for it */
	unsigned type;	  /* VIRTIO_TYPE_... */
	uint8_t devfn;
};

/*
 * Where which device will be, without opening anything; bus has the functions of other devices on it.
 * How many, and *place, which is the caller's to free; or logged -errno.
 */
int virtio_devices_place(const struct config *c, const struct pci_bus *bus,
			 struct virtio_place **place);

/*
 * Build all of them. The functions of other devices are on the bus already. 0 or logged -errno; fini in
 * any case, which also takes a zeroed struct.
 */
int virtio_devices_init(struct virtio_devices *d, const struct config *c,
			const struct virtio_host *host);
void virtio_devices_fini(struct virtio_devices *d);

/* Before fini, where another machine follows: back ends that serve that one too are free for it. */
void virtio_devices_release(struct virtio_devices *d);

#endif
