/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h - where the host takes a guest's packets: a tap interface, or a stream socket (passt).
 *
 * A packet is an Ethernet frame behind a struct virtio_net_hdr_v1, NET_HEADER bytes, in both directions.
 * Never waits. Knows descriptors and framings; must not know queues, or what is in a frame.
 * Sources: Linux Documentation/networking/tuntap.rst, include/uapi/linux/if_tun.h; passt(1), whose stream
 * has the length of each frame before it, 32 bits, most significant byte first.
 */
#ifndef IGDVM_NET_H
#define IGDVM_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define NET_HEADER     12
#define NET_FRAME_MIN  14    /* the Ethernet header */
#define NET_FRAME_MAX  65553 /* 64 KiB less one of IP behind an Ethernet header with a VLAN */
#define NET_PACKET_MAX (NET_HEADER + NET_FRAME_MAX)
#define NET_QUEUES_MAX 16

/* What a header may ask for: a checksum to be filled in, a TCP segment to be cut to size. */
#define NET_CSUM 0x1
#define NET_TSO4 0x2
#define NET_TSO6 0x4
#define NET_ECN	 0x8

struct net;
struct net_ops {
	/*
	 * Send a packet of NET_HEADER + NET_FRAME_MIN bytes or more. 0: it is on its way, or lost as packets
	 * may be; -EAGAIN: no room, wait for net_events() and send it again; -EPIPE: there is no link any
	 * more (logged).
	 */
	int (*send)(struct net *n, const struct iovec *iov, unsigned n_iov);
	/* The next packet to buf[NET_PACKET_MAX]. Its length; -EAGAIN: none waits; -EPIPE as above. */
	ssize_t (*receive)(struct net *n, uint8_t *buf);
	/* From now on receive() may give packets that ask for these: a subset of net.offloads. */
	void (*set_offloads)(struct net *n, unsigned offloads);
	/* Whether the host shall put packets into this queue of several. */
	void (*use)(struct net *n, bool on);
};

struct net {
	const struct net_ops *ops;
	const char *name; /* as on the command line, for messages */
	int fd;
	unsigned offloads; /* NET_CSUM...: what both directions can do */
	bool plain;	   /* a tap without headers */
	bool detached;	   /* a queue of a tap that the kernel does not use */
	/* Of a stream: a frame that is half sent, and bytes received from in_at on. */
	uint8_t *out, *in;
	size_t out_at, out_len, in_at, in_len;
};

/*
 * Attach to an interface that exists, with IFF_MULTI_QUEUE if it has several queues; or use a tap that
 * somebody else has opened, number fd, of which a copy is taken; or connect to a socket. 0 or logged
 * -errno. name outlives it. net_fini() in any case; it takes zeroed ones.
 */
int net_open_tap(struct net *n, const char *name, bool multi_queue);
int net_open_fd(struct net *n, const char *name, int fd);
int net_connect(struct net *n, const char *path);
void net_fini(struct net *n);
/* A guest whose tap is down on the host has a link and no packets: a warning. */
void net_check_up(const struct net *n);

/* A stream has part of a packet to send: call net_flush() when its descriptor takes more. */
bool net_wants_to_send(const struct net *n);
/* 0, or as of send(). */
int net_flush(struct net *n);

#endif
