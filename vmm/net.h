/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h - what is at the other end of a guest's network card: a tap interface, or passt.
 *
 * Ethernet frames, each behind the header of virtio 1.2 section 5.1.6, which says what is left to do to
 * the frame: checksum, segments. Which of that the other end takes and gives is `offloads`.
 * One thread at a time. Nothing here waits.
 */
#ifndef IGDVM_NET_H
#define IGDVM_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define NET_PAIRS_MAX  31
#define NET_HEADER     12
#define NET_FRAME_MIN  14    /* an Ethernet header */
#define NET_FRAME_MAX  65600 /* 64 KiB of IP packet, an Ethernet header with tags */
#define NET_PACKET_MAX (NET_HEADER + NET_FRAME_MAX)

struct net;
struct net_ops {
	/* See net_read(), net_set_pairs(), net_set_offloads(). NULL of the last two: nothing to do. */
	ssize_t (*read)(struct net *n, unsigned pair, const struct iovec *iov, unsigned n_iov);
	int (*set_pairs)(struct net *n, unsigned active);
	int (*set_offloads)(struct net *n, unsigned offloads);
	/*
	 * Send one packet, whose first piece is its header; may change the pieces. Bytes that went of what
	 * they are then, or -errno.
	 */
	ssize_t (*write)(struct net *n, unsigned pair, struct iovec *iov, unsigned n_iov);
	/* Send the rest of one that did not go at once. As write. */
	ssize_t (*write_rest)(struct net *n, unsigned pair, const void *buf, size_t len);
};

/* Bytes that the other end did not take yet. */
struct net_rest {
	uint8_t *buf; /* NET_PACKET_MAX; NULL until it is needed */
	size_t at, end;
};

struct net_stream;

struct net {
	const struct net_ops *ops; /* NULL: not initialised */
	char label[160];	   /* "--net tap=NAME", for messages */
	char id[112];	 /* what names the other end on this host: the interface, the socket */
	bool offloads;	 /* headers mean something; else they are zero */
	bool gone;	 /* for good */
	unsigned pairs;	 /* how many may be used at once; the first is in use */
	unsigned active; /* those that are */
	int fd[NET_PAIRS_MAX]; /* of a pair, for the event loop: readable, writable */
	struct net_rest rest[NET_PAIRS_MAX];
	struct net_stream *stream; /* net_stream.c's */
};

struct net_params {
	/* One of three. */
	const char *tap;   /* an interface */
	unsigned fd;	   /* an open tap, if above 0; stays the caller's */
	const char *passt; /* a socket */
	unsigned pairs;	   /* 1..NET_PAIRS_MAX; of a tap only: 1 */
};

/* 0 or logged -errno; then net_fini() too, which also takes a zeroed struct. */
int net_init(struct net *n, const struct net_params *p);
void net_fini(struct net *n);

/*
 * Receive one packet, header first. Its last bytes are lost where iov has less than NET_PACKET_MAX.
 * Bytes; -EAGAIN: none waits, n->fd[pair] says when; -ENOLINK: the other end is gone (logged once).
 */
ssize_t net_read(struct net *n, unsigned pair, const struct iovec *iov, unsigned n_iov);

/*
 * Send one packet of at most NET_PACKET_MAX bytes, whose first piece is its header; changes iov. To be
 * called only when net_flush() has nothing left. 0; -ENOLINK; else -errno, not logged: the packet is lost.
 */
int net_write(struct net *n, unsigned pair, struct iovec *iov, unsigned n_iov);
/* Send what net_write() has kept. 0: nothing is left; -EAGAIN: call when n->fd[pair] is writable. */
int net_flush(struct net *n, unsigned pair);

/* Use the first `active` pairs, 1..n->pairs. 0 or logged -errno. */
int net_set_pairs(struct net *n, unsigned active);
/* What received packets may leave to do: TUN_F_* of linux/if_tun.h. 0 or logged -errno. */
int net_set_offloads(struct net *n, unsigned offloads);

#endif
