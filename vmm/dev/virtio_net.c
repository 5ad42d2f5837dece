// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_net.c - what a driver may negotiate and command, its configuration, start and end.
 * Knows features and the control queue; packets are virtio_net_io.c's or, by
 * virtio_net_vhost.c, the kernel's; the other end is net.c's.
 */
#include <errno.h>
#include <linux/if_tun.h>
#include <stdlib.h>

#include "../iov.h"
#include "virtio_net.h"

/* struct virtio_net_config: 5.1.4 */
#define CONFIG_MAC    0
#define CONFIG_STATUS 6
#define CONFIG_PAIRS  8

#define S_LINK_UP BIT(0)

/* Commands: 5.1.6.5. A class, a command, data; then a byte that the device writes. */
#define COMMAND_SIZE	 2
#define CLASS_MAC	 1
#define MAC_ADDR_SET	 1
#define CLASS_MQ	 4
#define MQ_VQ_PAIRS_SET	 0
#define COMMAND_DATA_MAX 6
#define ACK_OK		 0
#define ACK_ERR		 1

static struct virtio_net *to_net(struct virtio_dev *v)
{
	return container_of(v, struct virtio_net, dev);
}

/* ---- features ---- */

/* What a feature needs beside it (5.1.3.1), and what the other end may then leave to the driver. */
static const struct feature {
	uint64_t bit, one_of;
	unsigned offload;
} features[] = {
	{ VIRTIO_NET_F_GUEST_CSUM, 0, TUN_F_CSUM },
	{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM, TUN_F_TSO4 },
	{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM, TUN_F_TSO6 },
	{ VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6,
	  TUN_F_TSO_ECN },
	{ VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM, 0 },
	{ VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM, 0 },
	{ VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6, 0 },
	{ VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ, 0 },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ, 0 },
};

#define OFFLOADS                                                                                   \
	(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 |                   \
	 VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_GUEST_ECN | VIRTIO_NET_F_HOST_TSO4 |               \
	 VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_HOST_ECN)

static int set_features(struct virtio_dev *v, uint64_t wanted)
{
	(void)v;
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		if (wanted & features[i].bit && features[i].one_of &&
		    !(wanted & features[i].one_of))
			return -EINVAL;
	return 0;
}

static unsigned offloads(uint64_t taken)
{
	unsigned bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		bits |= taken & features[i].bit ? features[i].offload : 0;
	return bits;
}

/* ---- commands ---- */

static bool is_multicast(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* Received frames are not filtered, so this is for the driver to read. */
static uint8_t set_mac(struct virtio_net *n, const uint8_t *data)
{
	if (is_multicast(data))
		return ACK_ERR;
	memcpy(n->config + CONFIG_MAC, data, VIRTIO_NET_MAC_SIZE);
	return ACK_OK;
}

/* Chains in hand of a pair that is not used any more stay there until it is used again. */
static uint8_t set_pairs(struct virtio_net *n, const uint8_t *data)
{
	unsigned before = n->net.active, active = get_le16(data);

	if (!active || active > n->net.pairs || net_set_pairs(&n->net, active))
		return ACK_ERR;
	for (unsigned i = before; i < active; i++) {
		virtio_kick(&n->dev, 2 * i);
		virtio_kick(&n->dev, 2 * i + 1);
	}
	return ACK_OK;
}

static const struct command {
	uint8_t class, command;
	uint64_t feature; /* that the driver must have taken */
	unsigned size;
	uint8_t (*serve)(struct virtio_net *n, const uint8_t *data);
} commands[] = {
	{ CLASS_MAC, MAC_ADDR_SET, VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_MAC_SIZE, set_mac },
	{ CLASS_MQ, MQ_VQ_PAIRS_SET, VIRTIO_NET_F_MQ, 2, set_pairs },
};

static uint8_t dispatch(struct virtio_net *n, const uint8_t *request, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].class == request[0] && commands[i].command == request[1] &&
		    commands[i].feature & n->dev.features &&
		    size == COMMAND_SIZE + commands[i].size)
			return commands[i].serve(n, request + COMMAND_SIZE);
	return ACK_ERR;
}

static void serve_command(struct virtio_dev *v, unsigned q, const struct virtq_chain *c)
{
	uint8_t request[COMMAND_SIZE + COMMAND_DATA_MAX] = { 0 }, ack;

	if (!c->n_in) {
		virtio_broken(v, q, -EBADMSG);
		return;
	}
	iov_to_buf(c->iov, c->n_out, 0, request, sizeof(request));
	ack = dispatch(to_net(v), request, iov_size(c->iov, c->n_out));
	iov_from_buf(c->iov + c->n_out, c->n_in, 0, &ack, sizeof(ack));
	virtio_push(v, q, c->head, sizeof(ack));
}

/* ---- queues ---- */

/* Behind those of the pairs that the driver knows of: 5.1.2. */
static unsigned control_queue(const struct virtio_net *n)
{
	return n->dev.features & VIRTIO_NET_F_MQ ? 2 * n->net.pairs : 2;
}

static void kick(struct virtio_dev *v, unsigned q)
{
	struct virtio_net *n = to_net(v);

	if (v->features & VIRTIO_NET_F_CTRL_VQ && q == control_queue(n))
		virtio_each_chain(v, q, serve_command);
	else if (q / 2 < n->net.active && q % 2)
		virtio_net_send(n, q / 2);
	else if (q / 2 < n->net.active)
		virtio_net_receive(n, q / 2);
}

void virtio_net_link_down(struct virtio_net *n)
{
	uint8_t *status = n->config + CONFIG_STATUS;

	if (!(get_le16(status) & S_LINK_UP))
		return;
	put_le16(status, 0);
	virtio_config_changed(&n->dev);
}

static int start(struct virtio_dev *v)
{
	int ret = net_set_offloads(&to_net(v)->net, offloads(v->features));

	return ret ? ret : virtio_net_vhost_start(to_net(v));
}

/* igdvm reads and writes packets at once, the kernel has stopped: nobody has guest memory in his hands. */
static bool reset(struct virtio_dev *v)
{
	struct virtio_net *n = to_net(v);

	virtio_net_vhost_stop(n);
	for (unsigned i = 0; i < n->net.pairs; i++)
		virtio_net_drop(n, i);
	net_set_pairs(&n->net, 1);
	memcpy(n->config + CONFIG_MAC, n->mac, sizeof(n->mac));
	return true;
}

static const struct virtio_ops ops = {
	.set_features = set_features,
	.start = start,
	.kick = kick,
	.reset = reset,
	.call_changed = virtio_net_vhost_call_changed,
};

/* ---- before the driver and after it ---- */

/* The same other end and salt, the same address: locally administered, unicast. */
static void make_mac(uint8_t *mac, const char *id, uint8_t salt)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *id; id++)
		hash = (hash ^ (uint8_t)*id) * 16777619u;
	mac[0] = 0x02;
	put_le32(mac + 1, hash);
	mac[5] = salt;
}

static int make_pairs(struct virtio_net *n)
{
	n->pair = calloc(n->net.pairs, sizeof(*n->pair));
	if (!n->pair)
		return log_err(-ENOMEM, "%s: %m", n->net.label);
	for (unsigned i = 0; i < n->net.pairs; i++) {
		n->pair[i].net = n;
		n->pair[i].watch =
			(struct loop_watch){ .fd = n->net.fd[i], .fn = virtio_net_ready };
	}
	return 0;
}

int virtio_net_init(struct virtio_net *n, const struct virtio_net_params *p)
{
	int ret;

	*n = (struct virtio_net){ .wanted = p->net.passt ? NET_VHOST_OFF : p->vhost,
				  .dev = {
					  .name = n->net.label,
					  .ops = &ops,
					  .type = VIRTIO_TYPE_NET,
					  .class_code = 0x020000, /* Ethernet */
					  .queue_size = VIRTIO_NET_QUEUE_SIZE,
					  .config = n->config,
					  .config_size = VIRTIO_NET_CONFIG_SIZE,
					  .n_queues = 2 * p->net.pairs + 1,
				  } };
	ret = net_init(&n->net, &p->net);
	if (!ret)
		ret = make_pairs(n);
	if (ret)
		return ret;
	n->dev.offered = VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS |
			 VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_MAC_ADDR |
			 (n->net.pairs > 1 ? VIRTIO_NET_F_MQ : 0) |
			 (n->net.offloads ? OFFLOADS : 0);
	if (p->mac)
		memcpy(n->mac, p->mac, sizeof(n->mac));
	else
		make_mac(n->mac, n->net.id, p->salt);
	memcpy(n->config + CONFIG_MAC, n->mac, sizeof(n->mac));
	put_le16(n->config + CONFIG_STATUS, S_LINK_UP);
	put_le16(n->config + CONFIG_PAIRS, (uint16_t)n->net.pairs);
	return virtio_net_vhost_init(n);
}

void virtio_net_fini(struct virtio_net *n)
{
	virtio_net_vhost_fini(n);
	for (unsigned i = 0; n->pair && n->dev.loop && i < n->net.pairs; i++)
		virtio_net_drop(n, i);
	free(n->pair);
	n->pair = NULL;
	net_fini(&n->net);
}
