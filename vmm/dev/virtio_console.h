/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_console.h - one port of characters (hvc0), with the size of the terminal behind it.
 * Source: virtio 1.2 section 5.3.
 */
#ifndef IGDVM_DEV_VIRTIO_CONSOLE_H
#define IGDVM_DEV_VIRTIO_CONSOLE_H

#include "../serial.h"
#include "../virtio.h"

#define VIRTIO_CONSOLE_F_SIZE BIT(0)
#define VIRTIO_CONSOLE_QUEUE  64

struct virtio_console_config {
	uint16_t cols, rows; /* little-endian; 0: unknown */
};

struct virtio_console {
	struct virtio_dev dev;
	struct virtio_console_config config;
	struct serial *serial;
	struct serial_device device;
	/* What the driver sends, as far as the host has not taken it: out_at bytes of out have gone. */
	bool sending;
	uint16_t out_head;
	struct iovec out[VIRTIO_CONSOLE_QUEUE];
	unsigned out_n;
	size_t out_at;
	/* A buffer for what is typed; in_room 0: none. */
	uint16_t in_head;
	struct iovec in[VIRTIO_CONSOLE_QUEUE];
	unsigned in_n;
	size_t in_room;
};

/*
 * Ready for a transport. serial was initialised and outlives it; serial_start() connects it to c->device.
 * sized: the terminal of standard input says how large it is.
 */
void virtio_console_init(struct virtio_console *c, struct serial *serial, bool sized);

/* The terminal may have another size now. */
void virtio_console_resized(struct virtio_console *c);

#endif
