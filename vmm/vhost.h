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

struct vhost;

struct vhost_params {
	const char *name;	   /* for messages: the option */
	const char *path, *module; /* the device file, and what makes it */
	const char *remedy;	   /* for who cannot have it */
	/* NULL, or what is done without the kernel: then its refusals are debug lines. */
	const char *otherwise;
	struct virtio_dev *dev;
	unsigned first, queues; /* the kernel's: so many of the device's, from that one on */
	uint64_t needed; /* features that the kernel must know, besides those of all devices */
	uint64_t asked;	 /* features of dev->offered that are for the kernel to know */
};

struct vhost {
	struct vhost_params p;
	uint64_t features; /* that the kernel knows */
	int fd;
	int err_fd; /* eventfd: the kernel cannot go on, as with virtio_broken() */
	struct loop_watch err_watch;
};

/*
 * Open it, and take those of dev->offered away that the kernel was asked for and does not know. 0 or
 * logged -errno; fini in any case, before the transport's; it takes zeroed ones.
 */
int vhost_init(struct vhost *v, const struct vhost_params *p);
void vhost_fini(struct vhost *v);

/* In the device's start(), before it starts the kernel's part: RAM, features, rings. 0 or logged -errno. */
int vhost_start(struct vhost *v);
/* In its reset(), after it stopped that part: the kernel leaves kicks and interrupts alone. */
void vhost_stop(struct vhost *v);
/* The device's call_changed(); n is the device's number of the queue. */
void vhost_call_changed(struct vhost *v, unsigned n);

#endif
