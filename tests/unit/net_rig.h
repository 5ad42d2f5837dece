/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_rig.h - a network card with a host behind it: a tap made of a datagram socket, whose ioctls are
 * wrapped, or a real stream socket. For programs linked with WRAP_net.
 */
#ifndef IGDVM_NET_RIG_H
#define IGDVM_NET_RIG_H

#include "dev/virtio_net.h"
#include "virtio_rig.h"

/* The host's calls fail with errno `error`: call number fail_at, or every TUNSETIFF. */
struct net_host {
	unsigned calls, fail_at;
	int error, attach_error;
	bool multi_queue; /* the interface was made so */
	bool no_vnet;	  /* TUNGETIFF: without IFF_VNET_HDR */
	bool down;
	int tap[NET_QUEUES_MAX]; /* our ends; -1: not open */
	unsigned n_taps, header_size;
	unsigned long offloads[NET_QUEUES_MAX];
	bool detached[NET_QUEUES_MAX];
};
extern struct net_host net_host;

extern struct virtio_rig vm;
extern struct virtio_net net;
extern int peer; /* of a stream: our end */

int net_setup(void **state);
int net_teardown(void **state);
#define NET_TEST(f) cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

extern char net_path[]; /* of the stream's socket, which listens */

struct virtio_net_params tap_params(unsigned queues);
struct virtio_net_params stream_params(void);
/* A running driver with these features. */
void net_build(const struct virtio_net_params *p, uint64_t features);

/* Offer a chain for receiving: at this offset of RIG_DATA + 1 MiB, len bytes; or several pieces of them. */
void net_offer(unsigned queue, uint16_t head, uint32_t at, uint32_t len);
/* Send a frame of len bytes (each i * 3 + 1) behind a header: true when the chain came back. */
bool net_send(unsigned queue, uint32_t len);
/* Close our ends of taps that were opened. */
void net_forget_taps(void);
/* What a frame of ours looks like. */
void net_frame(uint8_t *frame, size_t len);

#endif
