/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_net.h - a network card: frames of the guest to those of a struct net, and back.
 * Source: virtio 1.2 section 5.1.
 */
#ifndef IGDVM_DEV_VIRTIO_NET_H
#define IGDVM_DEV_VIRTIO_NET_H

#include "../net.h"
#include "../net_vhost.h"
#include "../vhost.h"
#include "../virtio.h"

#define VIRTIO_NET_QUEUE_SIZE  256
#define VIRTIO_NET_CONFIG_SIZE 10
#define VIRTIO_NET_MAC_SIZE    6

/* Features: 5.1.3 */
#define VIRTIO_NET_F_CSUM	   BIT(0)
#define VIRTIO_NET_F_GUEST_CSUM	   BIT(1)
#define VIRTIO_NET_F_MAC	   BIT(5)
#define VIRTIO_NET_F_GUEST_TSO4	   BIT(7)
#define VIRTIO_NET_F_GUEST_TSO6	   BIT(8)
#define VIRTIO_NET_F_GUEST_ECN	   BIT(9)
#define VIRTIO_NET_F_HOST_TSO4	   BIT(11)
#define VIRTIO_NET_F_HOST_TSO6	   BIT(12)
#define VIRTIO_NET_F_HOST_ECN	   BIT(13)
#define VIRTIO_NET_F_MRG_RXBUF	   BIT(15)
#define VIRTIO_NET_F_STATUS	   BIT(16)
#define VIRTIO_NET_F_CTRL_VQ	   BIT(17)
#define VIRTIO_NET_F_MQ		   BIT(22)
#define VIRTIO_NET_F_CTRL_MAC_ADDR BIT(23)

/* Pieces of guest memory that one packet is received into; one more is our own. */
#define VIRTIO_NET_PIECES 1023

/* A chain that the driver gave for a packet, with nothing in it. */
struct virtio_net_chain {
	uint16_t head;
	uint16_t n_iov;
	size_t len;
};

struct virtio_net;

/* Two queues: 2n receives, 2n + 1 sends. */
struct virtio_net_pair {
	struct virtio_net *net;
	struct loop_watch watch; /* of the other end */
	uint32_t events;	 /* what is watched for */
	bool sending_waits;	 /* for the other end to take more */
	bool receiving_waits;	 /* for the other end to have more */
	/* Chains in hand, and all their pieces. */
	struct virtio_net_chain chain[VIRTIO_NET_QUEUE_SIZE];
	unsigned n_chains;
	struct iovec iov[VIRTIO_NET_PIECES + 1];
	unsigned n_iov;
	size_t room; /* bytes in all pieces */
	/* A packet of which the first `filled` bytes are in them; length 0: none. */
	size_t packet, filled;
	size_t spilled_from;	       /* the byte at spill[0] */
	uint8_t spill[NET_PACKET_MAX]; /* what the chains had no room for */
};

struct virtio_net {
	struct virtio_dev dev;
	struct net net;
	uint8_t mac[VIRTIO_NET_MAC_SIZE]; /* after a reset */
	uint8_t config[VIRTIO_NET_CONFIG_SIZE];
	struct virtio_net_pair *pair; /* net.pairs of them */
	enum net_vhost wanted;
	struct vhost *vhost; /* one a pair; NULL: igdvm moves the packets */
	unsigned served;     /* pairs that the kernel has now */
};

struct virtio_net_params {
	struct net_params net;
	enum net_vhost vhost;
	const uint8_t *mac; /* of 6 bytes, unicast; NULL: made from the other end's name and salt */
	uint8_t salt;
};

/*
 * Open the other end; then ready for a transport. 0 or logged -errno; then fini too, which takes half-built
 * and zeroed ones. To be called before the transport's.
 */
int virtio_net_init(struct virtio_net *n, const struct virtio_net_params *p);
void virtio_net_fini(struct virtio_net *n);

/* ---- virtio_net_io.c: packets ---- */

/* Packets of queue pair i, as many as are due and a turn has. */
void virtio_net_receive(struct virtio_net *n, unsigned i);
void virtio_net_send(struct virtio_net *n, unsigned i);
/* Have no chain in hand, and watch nothing. */
void virtio_net_drop(struct virtio_net *n, unsigned i);
loop_fn virtio_net_ready;

/* ---- virtio_net_vhost.c: the kernel in its place ---- */

/* As n->wanted says. 0: n->vhost says which; or logged -errno. */
int virtio_net_vhost_init(struct virtio_net *n);
void virtio_net_vhost_fini(struct virtio_net *n); /* also where there is none */
/* In start(): all queues of pairs to the kernel, if it has them. 0 or logged -errno. */
int virtio_net_vhost_start(struct virtio_net *n);
/* In reset(): no packet is on its way through guest memory any more. */
void virtio_net_vhost_stop(struct virtio_net *n);
void virtio_net_vhost_call_changed(struct virtio_dev *v, unsigned q);

/* ---- virtio_net.c: for those ---- */

/* The other end is gone: so is the link, if it was there. */
void virtio_net_link_down(struct virtio_net *n);

#endif
