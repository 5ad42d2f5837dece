/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_input.h - a keyboard, mouse or tablet of the host, as it is.
 * Source: virtio 1.2 section 5.8; Linux Documentation/input/input.rst, include/uapi/linux/input.h.
 */
#ifndef IGDVM_DEV_VIRTIO_INPUT_H
#define IGDVM_DEV_VIRTIO_INPUT_H

#include <linux/input.h>

#include "../virtio.h"

#define VIRTIO_INPUT_DATA   128 /* bytes of an answer in config space */
#define VIRTIO_INPUT_PACKET 64	/* events up to a SYN_REPORT; what is longer is lost */
#define VIRTIO_INPUT_BITS   (KEY_CNT / 8)

struct virtio_input_config {
	uint8_t select, subsel, size, reserved[5];
	uint8_t data[VIRTIO_INPUT_DATA];
};

/* All devices of one guest: the hot-key of one is meant for all. */
struct virtio_input;
struct virtio_inputs {
	struct virtio_input *first;
	bool released; /* the host has those that were grabbed */
};

struct virtio_input {
	struct virtio_dev dev;
	struct virtio_input_config config;
	struct virtio_inputs *all;
	struct virtio_input *next;
	const char *path;
	int fd;
	bool grab, writable;
	struct loop *loop;
	struct loop_watch watch;
	struct input_event packet[VIRTIO_INPUT_PACKET];
	unsigned n_packet;
	bool overlong; /* until the packet's end: it is lost */
	bool unsure;   /* the host lost events: which keys are down must be asked */
	/* What is down: on the host's device as it was read, and as the guest was told. */
	uint8_t down[VIRTIO_INPUT_BITS], told[VIRTIO_INPUT_BITS];
};

struct virtio_input_params {
	const char *path;
	bool grab; /* take it from the host */
	struct loop *loop;
	struct virtio_inputs *all;
};

/*
 * Open the device and begin to read it; then ready for a transport. 0 or logged -errno. fini, before the
 * transport's, takes half-built and zeroed ones, and gives the device back.
 */
int virtio_input_init(struct virtio_input *v, const struct virtio_input_params *p);
void virtio_input_fini(struct virtio_input *v);

#endif
