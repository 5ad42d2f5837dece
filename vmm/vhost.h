/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vhost.h - virtqueues that the host's kernel serves: /dev/vhost-*.
 *
 * The kernel gets guest RAM and the rings, hears the driver's kicks and signals its interrupts itself; igdvm
 * sees nothing of a request. Knows queues; must not know any device: those start and stop the kernel's
 * part themselves. Source: Linux include/uapi/linux/vhost.h, drivers/vhost/vhost.c.
 */
#ifndef IGDVM_VHOST_H
#define IGDVM_VHOST_H

#include "virtio.h"

struct vhost {
	const char *name; /* for messages: the option */
	struct virtio_dev *dev;
	unsigned queues;   /* the first so many of the device's are the kernel's */
	uint64_t features; /* that the kernel knows */
	int fd;
};

struct vhost_params {
	const char *name;
	const char *path, *module; /* the device file, and what makes it */
	struct virtio_dev *dev;
	unsigned queues;
};

/*
 * Open it, and take those of dev->offered away that the kernel does not know. 0 or logged -errno; fini in
 * any case, it takes zeroed ones.
 */
int vhost_init(struct vhost *v, const struct vhost_params *p);
void vhost_fini(struct vhost *v);

/* In the device's start(), before it starts the kernel's part: RAM, features, rings. 0 or logged -errno. */
int vhost_start(struct vhost *v);
/* In its reset(), after it stopped that part: the kernel leaves kicks and interrupts alone. */
void vhost_stop(struct vhost *v);
/* The device's call_changed(). */
void vhost_call_changed(struct vhost *v, unsigned n);

#endif
