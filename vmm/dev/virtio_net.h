/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_net.h - a network card: packets between virtqueues and a struct net.
 * Source: virtio 1.2 section 5.1.
 */
#ifndef IGDVM_DEV_VIRTIO_NET_H
#define IGDVM_DEV_VIRTIO_NET_H

#include "../net.h"
#include "../virtio.h"

/* Features: section 5.1.3. */
#define VIRTIO_NET_F_CSUM	BIT(0)
#define VIRTIO_NET_F_GUEST_CSUM BIT(1)
#define VIRTIO_NET_F_MAC	BIT(5)
#define VIRTIO_NET_F_GUEST_TSO4 BIT(7)
#define VIRTIO_NET_F_GUEST_TSO6 BIT(8)
#define VIRTIO_NET_F_GUEST_ECN	BIT(9)
#define VIRTIO_NET_F_HOST_TSO4	BIT(11)
#define VIRTIO_NET_F_HOST_TSO6	BIT(12)
#define VIRTIO_NET_F_HOST_ECN	BIT(13)
#define VIRTIO_NET_F_MRG_RXBUF	BIT(15)
#define VIRTIO_NET_F_STATUS	BIT(16)
#define VIRTIO_NET_F_CTRL_VQ	BIT(17)
#define VIRTIO_NET_F_MQ		BIT(22)

#define VIRTIO_NET_MAC 6

/* struct virtio_net_config, as far as it is offered. */
struct virtio_net_config {
	uint8_t mac[VIRTIO_NET_MAC];
	uint16_t status, pairs; /* little-endian */
};

struct virtio_net;
/* A receive queue, the transmit queue after it, and what is behind them on the host. */
struct virtio_net_pair {
	struct virtio_net *owner;
	struct net net;
	struct loop_watch watch;
	uint8_t *packet; /* received and not yet given to the guest: packet_len bytes */
	size_t packet_len;
	bool starved; /* until the driver offers room for what is received */
	bool stuck;   /* until the host takes what is sent */
};

struct virtio_net {
	struct virtio_dev dev;
	struct virtio_net_config config;
	struct loop *loop;
	struct virtio_net_pair *pair;
	unsigned pairs, used; /* of them the driver uses so many: 1 until it says another number */
	bool gone;	      /* the host has no link any more */
};

struct virtio_net_params {
	struct loop *loop;
	const char *name; /* as on the command line: "tap=...", for messages */
	/* One of these; fd -1, else a tap that is open. */
	const char *tap, *passt;
	int fd;
	unsigned queues; /* of a tap: 1 to NET_QUEUES_MAX, for receiving and for sending each */
	uint8_t mac[VIRTIO_NET_MAC];
};

/*
 * Open the host's end; then ready for a transport. 0 or logged -errno. fini, before the transport's, takes
 * half-built and zeroed ones.
 */
int virtio_net_init(struct virtio_net *v, const struct virtio_net_params *p);
void virtio_net_fini(struct virtio_net *v);

#endif
