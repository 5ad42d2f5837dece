// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_net.c - packets out of transmit chains and into receive chains, and the control queue.
 *
 * All in the loop's thread: sending happens at a kick, receiving when the host's descriptor is readable.
 * A packet that finds no room in the guest waits, and the host keeps those behind it.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "../iov.h"
#include "virtio_net.h"

#define QUEUE_SIZE 256
#define BUDGET	   64 /* packets received before the rest of the machine gets its turn */
#define LINK_UP	   1

/* struct virtio_net_hdr_v1 */
#define HDR_NUM_BUFFERS 10

/* The control queue: section 5.1.6.5. */
#define CTRL_MQ		  4
#define CTRL_MQ_PAIRS_SET 0
#define CTRL_OK		  0
#define CTRL_ERR	  1

static bool is_rx(unsigned n)
{
	return n % 2 == 0;
}

static struct virtio_net_pair *pair_of(struct virtio_net *v, unsigned n)
{
	return &v->pair[n / 2];
}

static unsigned index_of(const struct virtio_net_pair *p)
{
	return (unsigned)(p - p->owner->pair);
}

/* Without MQ there is one pair, and the control queue follows it (5.1.2). */
static unsigned control_queue(const struct virtio_net *v)
{
	return v->dev.features & VIRTIO_NET_F_MQ ? 2 * v->pairs : 2;
}

/* ---- the host's descriptor ---- */

/* Watch for what could go on; a descriptor whose other end is gone would be reported for ever. */
static void watch(struct virtio_net_pair *p)
{
	struct virtio_net *v = p->owner;
	bool live = virtio_running(&v->dev) && !v->gone && index_of(p) < v->used;
	uint32_t events = 0;

	if (live && !p->starved && v->dev.queue[2 * index_of(p)].ring.size)
		events |= EPOLLIN;
	if (live && (p->stuck || net_wants_to_send(&p->net)))
		events |= EPOLLOUT;
	if (!events || loop_watch(v->loop, &p->watch, events))
		loop_unwatch(v->loop, &p->watch);
}

static void watch_all(struct virtio_net *v)
{
	for (unsigned i = 0; i < v->pairs; i++)
		watch(&v->pair[i]);
}

static void lose_link(struct virtio_net *v)
{
	if (v->gone)
		return;
	v->gone = true;
	v->config.status = 0;
	watch_all(v);
	virtio_config_changed(&v->dev);
}

/* ---- sending ---- */

static void send_waiting(struct virtio_net_pair *p)
{
	struct virtio_net *v = p->owner;
	unsigned n = 2 * index_of(p) + 1, left = QUEUE_SIZE;
	struct virtq *ring = &v->dev.queue[n].ring;
	struct iovec iov[QUEUE_SIZE];
	struct virtq_chain c = { 0 };
	int ret = 0;

	if (!ring->size || p->stuck)
		return;
	virtq_kicks_off(ring);
	do {
		while (left && (ret = virtq_pop(ring, iov, QUEUE_SIZE, &c)) > 0) {
			int err = 0;

			left--;
			if (!v->gone && iov_size(iov, c.n_out) >= NET_HEADER + NET_FRAME_MIN)
				err = p->net.ops->send(&p->net, iov, c.n_out);
			if (err == -EAGAIN) {
				virtq_unpop(ring, c.head);
				p->stuck = true;
				virtio_signal(&v->dev, n);
				return;
			}
			if (err)
				lose_link(v);
			virtq_push(ring, c.head, 0);
		}
		if (ret < 0) {
			virtio_broken(&v->dev, n, ret);
			return;
		}
		if (!left)
			virtio_kick(&v->dev, n);
	} while (left && virtq_kicks_on(ring));
	virtio_signal(&v->dev, n);
}

/* ---- receiving ---- */

/* What a packet is put into. */
struct room {
	struct virtq_done done[QUEUE_SIZE];
	unsigned n, missed;	     /* taken; given back, for they were not enough */
	struct iovec num_buffers[2]; /* where the first chain has that field of the header */
	unsigned n_num_buffers;
};

static void give_room_back(struct virtq *ring, struct room *r)
{
	for (r->missed = r->n; r->n;)
		virtq_unpop(ring, r->done[--r->n].head);
}

/*
 * Copy the packet into as many chains as it takes, one unless the driver merges buffers. 1; 0: there are
 * not enough, nothing was taken; -errno: the driver broke the rules.
 */
static int fill_room(struct virtio_net_pair *p, struct virtq *ring, struct room *r)
{
	bool mergeable = p->owner->dev.features & VIRTIO_NET_F_MRG_RXBUF;
	struct iovec iov[QUEUE_SIZE];
	struct virtq_chain c = { 0 };
	size_t off = 0;

	for (r->n = 0; off < p->packet_len;) {
		int ret = r->n < QUEUE_SIZE ? virtq_pop(ring, iov, QUEUE_SIZE, &c) : 0;
		size_t got;

		if (ret <= 0) {
			give_room_back(ring, r);
			return ret;
		}
		got = iov_from_buf(iov + c.n_out, c.n_in, 0, p->packet + off, p->packet_len - off);
		if (!r->n)
			r->n_num_buffers = iov_slice(iov + c.n_out, c.n_in, HDR_NUM_BUFFERS, 2,
						     r->num_buffers);
		r->done[r->n++] = (struct virtq_done){ c.head, (uint32_t)got };
		off += got;
		if (!got)
			return -ENOBUFS;
		if (!mergeable && off < p->packet_len) {
			r->done[0].written = 0; /* too small for it: the packet is lost */
			break;
		}
	}
	return 1;
}

/* Give the guest the packet that waits, or wait for a kick. Results as above. */
static int deliver(struct virtio_net_pair *p, struct virtq *ring)
{
	struct room r;
	uint8_t n[2];
	int ret;

	virtq_kicks_off(ring);
	ret = fill_room(p, ring, &r);
	/* more has come in this moment, and no kick: look again, after the others' turn */
	if (!ret && virtq_kicks_on_beyond(ring, r.missed))
		virtio_kick(&p->owner->dev, 2 * index_of(p));
	if (ret <= 0)
		return ret;
	put_le16(n, (uint16_t)r.n);
	iov_from_buf(r.num_buffers, r.n_num_buffers, 0, n, sizeof(n));
	virtq_push_all(ring, r.done, r.n);
	p->packet_len = 0;
	return 1;
}

/* False: nothing more can be done before the driver, or the host, has moved. */
static bool receive_one(struct virtio_net_pair *p, unsigned n)
{
	struct virtio_net *v = p->owner;
	struct virtq *ring = &v->dev.queue[n].ring;
	int ret;

	if (!p->packet_len) {
		ssize_t len = p->net.ops->receive(&p->net, p->packet);

		if (len < 0) {
			if (len == -EPIPE)
				lose_link(v);
			return false;
		}
		p->packet_len = (size_t)len;
	}
	ret = deliver(p, ring);
	if (ret < 0)
		virtio_broken(&v->dev, n, ret);
	p->starved = ret == 0;
	return ret > 0;
}

static void receive(struct virtio_net_pair *p)
{
	unsigned n = 2 * index_of(p), left = BUDGET;

	while (left && receive_one(p, n))
		left--;
	/* there may be more in memory, of which the descriptor does not tell */
	if (!left)
		virtio_kick(&p->owner->dev, n);
	virtio_signal(&p->owner->dev, n);
}

static void on_host(struct loop_watch *w, uint32_t events)
{
	struct virtio_net_pair *p = container_of(w, struct virtio_net_pair, watch);
	struct virtio_net *v = p->owner;

	if (!virtio_running(&v->dev))
		return;
	if (events & EPOLLOUT) {
		int ret = net_flush(&p->net);

		if (ret == -EPIPE)
			lose_link(v);
		if (ret != -EAGAIN) {
			p->stuck = false;
			send_waiting(p);
		}
	}
	if (events & (uint32_t)~EPOLLOUT)
		receive(p);
	watch(p);
}

/* ---- the control queue ---- */

static void use_pairs(struct virtio_net *v, unsigned n)
{
	v->used = n;
	for (unsigned i = 0; i < v->pairs; i++)
		v->pair[i].net.ops->use(&v->pair[i].net, i < n);
}

/* Class, command and data; the answer is the status. */
static uint8_t control(struct virtio_net *v, const uint8_t *command, size_t len)
{
	unsigned pairs;

	if (len < 4 || command[0] != CTRL_MQ || command[1] != CTRL_MQ_PAIRS_SET ||
	    !(v->dev.features & VIRTIO_NET_F_MQ))
		return CTRL_ERR;
	pairs = get_le16(command + 2);
	if (pairs < 1 || pairs > v->pairs)
		return CTRL_ERR;
	use_pairs(v, pairs);
	watch_all(v);
	return CTRL_OK;
}

static void serve_control(struct virtio_dev *dev, unsigned n, const struct virtq_chain *c)
{
	struct virtio_net *v = container_of(dev, struct virtio_net, dev);
	uint8_t command[4], status;
	size_t len = iov_to_buf(c->iov, c->n_out, 0, command, sizeof(command));

	status = control(v, command, len);
	virtio_push(dev, n, c->head, iov_from_buf(c->iov + c->n_out, c->n_in, 0, &status, 1));
}

/* ---- as a virtio device ---- */

static void kick(struct virtio_dev *dev, unsigned n)
{
	struct virtio_net *v = container_of(dev, struct virtio_net, dev);
	struct virtio_net_pair *p;

	if (n == control_queue(v)) {
		virtio_each_chain(dev, n, serve_control);
		return;
	}
	p = pair_of(v, n);
	if (n >= 2 * v->pairs)
		return;
	if (is_rx(n)) {
		p->starved = false;
		if (!v->gone && n / 2 < v->used)
			receive(p);
	} else {
		send_waiting(p);
	}
	watch(p);
}

static const struct {
	uint64_t guest, host; /* features: what the driver takes, what it may send */
	unsigned offload;
} offloads[] = {
	{ VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_CSUM, NET_CSUM },
	{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_HOST_TSO4, NET_TSO4 },
	{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_HOST_TSO6, NET_TSO6 },
	{ VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_HOST_ECN, NET_ECN },
};

static void set_offloads(struct virtio_net *v, uint64_t features)
{
	unsigned wanted = 0;

	for (size_t i = 0; i < ARRAY_SIZE(offloads); i++)
		if (features & offloads[i].guest)
			wanted |= offloads[i].offload;
	for (unsigned i = 0; i < v->pairs; i++)
		v->pair[i].net.ops->set_offloads(&v->pair[i].net, wanted);
}

/* Sending begins with the kick that every queue gets; receiving when the driver has offered room. */
static int start(struct virtio_dev *dev)
{
	struct virtio_net *v = container_of(dev, struct virtio_net, dev);

	use_pairs(v, 1);
	set_offloads(v, dev->features);
	for (unsigned i = 0; i < v->pairs; i++)
		v->pair[i].starved = true;
	return 0;
}

static bool reset(struct virtio_dev *dev)
{
	struct virtio_net *v = container_of(dev, struct virtio_net, dev);

	for (unsigned i = 0; i < v->pairs; i++) {
		loop_unwatch(v->loop, &v->pair[i].watch);
		v->pair[i].stuck = false;
		v->pair[i].packet_len = 0;
	}
	set_offloads(v, 0);
	return true;
}

static const struct virtio_ops ops = { .start = start, .kick = kick, .reset = reset };

static int open_host(struct virtio_net_pair *pair, const struct virtio_net_params *p)
{
	if (p->passt)
		return net_connect(&pair->net, p->passt);
	if (p->tap)
		return net_open_tap(&pair->net, p->tap, p->queues > 1);
	return net_open_fd(&pair->net, p->name, p->fd);
}

static int add_pair(struct virtio_net *v, const struct virtio_net_params *p)
{
	struct virtio_net_pair *pair = &v->pair[v->pairs++];
	int ret;

	pair->owner = v;
	pair->net.fd = -1;
	ret = open_host(pair, p);
	if (ret)
		return ret;
	pair->watch = (struct loop_watch){ .fd = pair->net.fd, .fn = on_host };
	pair->packet = malloc(NET_PACKET_MAX);
	return pair->packet ? 0 : log_err(-ENOMEM, "--net %s: %m", p->name);
}

static void offer(struct virtio_net *v, unsigned can)
{
	v->dev.offered = VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_MRG_RXBUF;
	for (size_t i = 0; i < ARRAY_SIZE(offloads); i++)
		if (can & offloads[i].offload)
			v->dev.offered |= offloads[i].guest | offloads[i].host;
	if (v->pairs > 1)
		v->dev.offered |= VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_MQ;
}

int virtio_net_init(struct virtio_net *v, const struct virtio_net_params *p)
{
	int ret = 0;

	*v = (struct virtio_net){
		.dev = {
			.name = "virtio-net",
			.ops = &ops,
			.type = VIRTIO_TYPE_NET,
			.class_code = 0x020000, /* Ethernet */
			.n_queues = 2 * p->queues + (p->queues > 1),
			.queue_size = QUEUE_SIZE,
			.config_size = sizeof(v->config),
		},
		.config = { .status = htole16(LINK_UP), .pairs = htole16((uint16_t)p->queues) },
		.loop = p->loop,
	};
	memcpy(v->config.mac, p->mac, sizeof(p->mac));
	v->dev.config = (uint8_t *)&v->config;
	v->pair = calloc(p->queues, sizeof(*v->pair));
	if (!v->pair)
		return log_err(-ENOMEM, "--net %s: %m", p->name);
	while (!ret && v->pairs < p->queues)
		ret = add_pair(v, p);
	if (ret)
		return ret;
	offer(v, v->pair[0].net.offloads);
	if (!p->passt)
		net_check_up(&v->pair[0].net);
	return 0;
}

void virtio_net_fini(struct virtio_net *v)
{
	for (unsigned i = 0; i < v->pairs; i++) {
		loop_unwatch(v->loop, &v->pair[i].watch);
		net_fini(&v->pair[i].net);
		free(v->pair[i].packet);
	}
	free(v->pair);
	v->pair = NULL;
	v->pairs = 0;
}
