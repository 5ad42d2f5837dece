// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_net_io.c - packets between rings and the other end.
 *
 * Knows chains, headers and when to wait for whom; what the driver may negotiate is virtio_net.c's.
 * Received packets go straight into the chains in hand, with room of our own behind them, so that none is
 * ever cut: where chains are short, the rest is copied once there are more.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "../iov.h"
#include "virtio_net.h"

#define TURN 64 /* packets of one direction, before others have their turn */

/* struct virtio_net_hdr: 5.1.6 */
#define HEADER_FLAGS	   0
#define HEADER_GSO	   1
#define HEADER_GSO_SIZE	   4
#define HEADER_CSUM_START  6
#define HEADER_CSUM_OFFSET 8
#define HEADER_BUFFERS	   10

#define FLAG_NEEDS_CSUM 1
#define GSO_NONE	0
#define GSO_TCP4	1
#define GSO_TCP6	4
#define GSO_ECN		0x80

/* ---- what is waited for ---- */

/* The other end, as both directions need it. Chains come with a kick. */
static void watch(struct virtio_net *n, struct virtio_net_pair *p)
{
	uint32_t events = (p->receiving_waits ? EPOLLIN : 0u) | (p->sending_waits ? EPOLLOUT : 0u);

	if (events == p->events)
		return;
	p->events = loop_watch(n->dev.loop, &p->watch, events) ? 0 : events;
}

void virtio_net_ready(struct loop_watch *w, uint32_t events)
{
	struct virtio_net_pair *p = container_of(w, struct virtio_net_pair, watch);
	unsigned i = (unsigned)(p - p->net->pair);

	/* an error is for who waits to find */
	if (p->sending_waits && events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		virtio_net_send(p->net, i);
	if (p->receiving_waits && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		virtio_net_receive(p->net, i);
}

void virtio_net_drop(struct virtio_net *n, unsigned i)
{
	struct virtio_net_pair *p = &n->pair[i];

	p->n_chains = p->n_iov = 0;
	p->room = p->packet = 0;
	p->sending_waits = p->receiving_waits = false;
	watch(n, p);
}

/* ---- from the guest ---- */

/* Segmentation of a packet, which must be one that was negotiated and has what it needs (5.1.6.2.1). */
static bool segments_allowed(uint64_t features, const uint8_t *h)
{
	uint8_t type = h[HEADER_GSO] & (uint8_t)~GSO_ECN;
	uint64_t need = type == GSO_TCP4   ? VIRTIO_NET_F_HOST_TSO4
			: type == GSO_TCP6 ? VIRTIO_NET_F_HOST_TSO6
					   : 0;

	if (h[HEADER_GSO] == GSO_NONE)
		return true;
	if (h[HEADER_GSO] & GSO_ECN && !(features & VIRTIO_NET_F_HOST_ECN))
		return false;
	return need & features && h[HEADER_FLAGS] & FLAG_NEEDS_CSUM &&
	       get_le16(h + HEADER_GSO_SIZE);
}

static bool checksum_allowed(uint64_t features, const uint8_t *h, size_t frame)
{
	size_t start = get_le16(h + HEADER_CSUM_START), offset = get_le16(h + HEADER_CSUM_OFFSET);

	return !(h[HEADER_FLAGS] & FLAG_NEEDS_CSUM) ||
	       (features & VIRTIO_NET_F_CSUM && start + offset + 2 <= frame);
}

/* A header that the driver may send; what has no meaning in it becomes 0. */
static bool check_header(uint64_t features, uint8_t *h, size_t frame)
{
	if (frame < NET_FRAME_MIN || frame > NET_FRAME_MAX)
		return false;
	h[HEADER_FLAGS] &= FLAG_NEEDS_CSUM; /* the others are the device's */
	put_le16(h + HEADER_BUFFERS, 0);
	return segments_allowed(features, h) && checksum_allowed(features, h, frame);
}

static void send_packet(struct virtio_net *n, unsigned i, const struct virtq_chain *c)
{
	struct iovec iov[VIRTIO_NET_QUEUE_SIZE + 1];
	uint8_t header[NET_HEADER];
	size_t len = iov_size(c->iov, c->n_out);
	int ret;

	if (iov_to_buf(c->iov, c->n_out, 0, header, sizeof(header)) != sizeof(header) ||
	    !check_header(n->dev.features, header, len - sizeof(header))) {
		log_guest(&n->dev.log, "%s: a packet of %zu bytes whose header is wrong is lost",
			  n->dev.name, len);
		return;
	}
	iov[0] = (struct iovec){ header, sizeof(header) };
	ret = net_write(&n->net, i, iov,
			1 + iov_slice(c->iov, c->n_out, sizeof(header), len, iov + 1));
	if (ret == -ENOLINK)
		virtio_net_link_down(n);
	else if (ret)
		log_guest(&n->dev.log, "%s: a packet of %zu bytes is lost: errno %d", n->dev.name,
			  len, -ret);
}

/* Send until there is nothing, the other end takes no more, or the turn is over. */
void virtio_net_send(struct virtio_net *n, unsigned i)
{
	struct virtio_net_pair *p = &n->pair[i];
	struct virtq *ring = &n->dev.queue[2 * i + 1].ring;
	struct iovec iov[VIRTIO_NET_QUEUE_SIZE];
	struct virtq_chain c;
	unsigned left = TURN;
	int ret = 0;

	p->sending_waits = false;
	if (ring->size)
		virtq_kicks_off(ring);
	while (virtio_running(&n->dev) && ring->size) {
		ret = net_flush(&n->net, i);
		p->sending_waits = ret == -EAGAIN;
		if (p->sending_waits)
			break;
		if (ret)
			virtio_net_link_down(n);
		if (!left--) {
			virtio_kick(&n->dev, 2 * i + 1);
			break;
		}
		ret = virtq_pop(ring, iov, n->dev.queue_size, &c);
		if (ret < 0)
			virtio_broken(&n->dev, 2 * i + 1, ret);
		if (!ret && !virtq_kicks_on(ring))
			break;
		if (!ret)
			virtq_kicks_off(ring);
		if (ret <= 0)
			continue;
		send_packet(n, i, &c);
		virtio_push(&n->dev, 2 * i + 1, c.head, 0);
	}
	watch(n, p);
	virtio_signal(&n->dev, 2 * i + 1);
}

/* ---- to the guest ---- */

/*
 * Take chains in hand: one, or with mergeable buffers as many as the largest packet may need.
 * 0, or -errno: the driver broke the rules.
 */
static int gather(struct virtio_net *n, struct virtio_net_pair *p, struct virtq *ring)
{
	size_t want = n->dev.features & VIRTIO_NET_F_MRG_RXBUF ? NET_PACKET_MAX : 1;
	struct virtq_chain c;

	while (p->room < want && p->n_iov + n->dev.queue_size <= VIRTIO_NET_PIECES) {
		size_t len;
		int ret = virtq_pop(ring, p->iov + p->n_iov, n->dev.queue_size, &c);

		if (ret <= 0)
			return ret;
		len = iov_size(c.iov + c.n_out, c.n_in);
		if (len < NET_HEADER) /* there is no way to give it back (5.1.6.3.1) */
			return -EBADMSG;
		memmove(c.iov, c.iov + c.n_out, c.n_in * sizeof(*c.iov));
		p->chain[p->n_chains++] =
			(struct virtio_net_chain){ c.head, (uint16_t)c.n_in, len };
		p->n_iov += c.n_in;
		p->room += len;
	}
	return 0;
}

/* No chain will come while these are in hand. */
static bool in_hand_is_all(const struct virtio_net *n, const struct virtio_net_pair *p,
			   const struct virtq *ring)
{
	return p->n_iov >= ring->size || p->n_iov + n->dev.queue_size > VIRTIO_NET_PIECES ||
	       !(n->dev.features & VIRTIO_NET_F_MRG_RXBUF);
}

/* The next packet, into the chains in hand and what is behind them. 0 or -errno of net_read(). */
static int read_packet(struct virtio_net *n, struct virtio_net_pair *p, unsigned i)
{
	ssize_t len;

	p->iov[p->n_iov] = (struct iovec){ p->spill, sizeof(p->spill) };
	len = net_read(&n->net, i, p->iov, p->n_iov + 1);
	if (len < 0)
		return (int)len;
	p->packet = (size_t)len;
	p->filled = MIN(p->packet, p->room);
	p->spilled_from = p->room;
	return 0;
}

/* Copy of what spilled as much as there is room for now. True: the packet is whole. */
static bool fill(struct virtio_net_pair *p)
{
	p->filled += iov_from_buf(p->iov, p->n_iov, p->filled,
				  p->spill + (p->filled - p->spilled_from), p->packet - p->filled);
	return p->filled == p->packet;
}

/* The packet is the driver's: all its chains at once, or the driver would see a part of it. */
static void deliver(struct virtio_net *n, struct virtio_net_pair *p, struct virtq *ring)
{
	unsigned used = 0, n_iov = 0;
	uint8_t buffers[2], no_flags = 0;
	size_t left = p->packet;

	while (left) {
		const struct virtio_net_chain *c = &p->chain[used];
		size_t part = MIN(left, c->len);

		virtq_put(ring, (uint16_t)used, c->head, (uint32_t)part);
		left -= part;
		n_iov += c->n_iov;
		p->room -= c->len;
		used++;
	}
	put_le16(buffers, (uint16_t)used);
	iov_from_buf(p->iov, n_iov, HEADER_BUFFERS, buffers, sizeof(buffers));
	/* a tap says of a good checksum that it is good, asked or not */
	if (!(n->dev.features & VIRTIO_NET_F_GUEST_CSUM))
		iov_from_buf(p->iov, n_iov, HEADER_FLAGS, &no_flags, sizeof(no_flags));
	virtq_show(ring, (uint16_t)used);
	p->packet = 0;
	p->n_chains -= used;
	p->n_iov -= n_iov;
	memmove(p->chain, p->chain + used, p->n_chains * sizeof(*p->chain));
	memmove(p->iov, p->iov + n_iov, p->n_iov * sizeof(*p->iov));
}

/* One packet. 0: go on; 1: there must be chains first; else -errno, as from net_read(). */
static int receive_one(struct virtio_net *n, struct virtio_net_pair *p, unsigned i)
{
	struct virtq *ring = &n->dev.queue[2 * i].ring;
	int ret = gather(n, p, ring);

	if (ret) {
		virtio_broken(&n->dev, 2 * i, ret);
		return 0;
	}
	if (!p->n_chains)
		return 1;
	if (!p->packet) {
		ret = read_packet(n, p, i);
		if (ret)
			return ret;
	}
	if (p->filled == p->packet || fill(p)) {
		deliver(n, p, ring);
		return 0;
	}
	if (!in_hand_is_all(n, p, ring))
		return 1;
	log_guest(&n->dev.log, "%s: a packet of %zu bytes is lost: the driver has room for %zu",
		  n->dev.name, p->packet, p->room);
	p->packet = 0;
	return 0;
}

/*
 * Receive until there is nothing, the driver has no chains left, or the turn is over. In the second case
 * packets wait at the other end, and nobody looks there until the driver kicks.
 */
void virtio_net_receive(struct virtio_net *n, unsigned i)
{
	struct virtio_net_pair *p = &n->pair[i];
	struct virtq *ring = &n->dev.queue[2 * i].ring;
	unsigned left = TURN;
	int ret = 0;

	p->receiving_waits = false;
	if (ring->size)
		virtq_kicks_off(ring);
	while (virtio_running(&n->dev) && ring->size) {
		if (!left--) {
			virtio_kick(&n->dev, 2 * i);
			break;
		}
		ret = receive_one(n, p, i);
		if (ret == 1 && !virtq_kicks_on(ring))
			break;
		if (ret == 1)
			virtq_kicks_off(ring);
		p->receiving_waits = ret == -EAGAIN;
		if (ret == -ENOLINK)
			virtio_net_link_down(n);
		if (ret < 0)
			break;
	}
	watch(n, p);
	virtio_signal(&n->dev, 2 * i);
}
