// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_input.c - events of an evdev device to the guest, lamps and sounds back to it.
 *
 * Events go in packets, all up to a SYN_REPORT or none. A key whose release was lost with a packet, or that
 * is down when the host takes the device back, is released for the guest when that is possible next. In
 * the loop's thread.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../iov.h"
#include "host_file.h"
#include "virtio_input.h"

#define QUEUE_SIZE 64
#define READS	   4 /* of packets, before the rest of the machine has its turn */

enum { EVENTS, STATUS, QUEUES };

/* struct virtio_input_config, select: 5.8.4 */
enum {
	CFG_ID_NAME = 0x01,
	CFG_ID_SERIAL = 0x02,
	CFG_ID_DEVIDS = 0x03,
	CFG_PROP_BITS = 0x10,
	CFG_EV_BITS = 0x11,
	CFG_ABS_INFO = 0x12,
};

struct event {
	uint16_t type, code;
	uint32_t value;
};

static struct virtio_input *input_of(struct virtio_dev *dev)
{
	return container_of(dev, struct virtio_input, dev);
}

static bool bit_of(const uint8_t *bits, unsigned n)
{
	return bits[n / 8] >> n % 8 & 1;
}

static void set_bit(uint8_t *bits, unsigned n, bool on)
{
	bits[n / 8] = (uint8_t)((bits[n / 8] & ~(1 << n % 8)) | on << n % 8);
}

/* ---- config space: what the device can do ---- */

/* Bytes up to the last that is not zero. */
static uint8_t used_bytes(const uint8_t *data)
{
	unsigned n = VIRTIO_INPUT_DATA;

	while (n && !data[n - 1])
		n--;
	return (uint8_t)n;
}

static void put_ids(struct virtio_input *v)
{
	struct input_id id;

	if (ioctl(v->fd, EVIOCGID, &id))
		return;
	put_le16(v->config.data, id.bustype);
	put_le16(v->config.data + 2, id.vendor);
	put_le16(v->config.data + 4, id.product);
	put_le16(v->config.data + 6, id.version);
	v->config.size = 8;
}

static void put_abs(struct virtio_input *v, uint8_t axis)
{
	struct input_absinfo a;
	const int32_t *const field[] = { &a.minimum, &a.maximum, &a.fuzz, &a.flat, &a.resolution };

	if (axis >= ABS_CNT || ioctl(v->fd, EVIOCGABS(axis), &a))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(field); i++)
		put_le32(v->config.data + 4 * i, (uint32_t)*field[i]);
	v->config.size = 4 * ARRAY_SIZE(field);
}

static void answer(struct virtio_input *v)
{
	struct virtio_input_config *c = &v->config;
	int len;

	c->size = 0;
	memset(c->data, 0, sizeof(c->data));
	switch (c->select) {
	case CFG_ID_NAME:
	case CFG_ID_SERIAL:
		if (c->subsel)
			break;
		len = ioctl(v->fd,
			    c->select == CFG_ID_NAME ? EVIOCGNAME(VIRTIO_INPUT_DATA)
						     : EVIOCGUNIQ(VIRTIO_INPUT_DATA),
			    c->data);
		c->size = len > 0 ? (uint8_t)strnlen((char *)c->data, VIRTIO_INPUT_DATA) : 0;
		break;
	case CFG_ID_DEVIDS:
		if (!c->subsel)
			put_ids(v);
		break;
	case CFG_PROP_BITS:
		if (!c->subsel && ioctl(v->fd, EVIOCGPROP(VIRTIO_INPUT_DATA), c->data) > 0)
			c->size = used_bytes(c->data);
		break;
	case CFG_EV_BITS:
		if (c->subsel && c->subsel < EV_CNT &&
		    ioctl(v->fd, EVIOCGBIT(c->subsel, VIRTIO_INPUT_DATA), c->data) > 0)
			c->size = used_bytes(c->data);
		break;
	case CFG_ABS_INFO:
		put_abs(v, c->subsel);
		break;
	default:
		break;
	}
}

static void config_write(struct virtio_dev *dev, unsigned off, const void *data, unsigned len)
{
	struct virtio_input *v = input_of(dev);

	for (unsigned i = 0; i < len; i++) {
		if (off + i == offsetof(struct virtio_input_config, select))
			v->config.select = ((const uint8_t *)data)[i];
		if (off + i == offsetof(struct virtio_input_config, subsel))
			v->config.subsel = ((const uint8_t *)data)[i];
	}
	answer(v);
}

/* ---- events to the guest ---- */

/* Whether the guest is to hear what happens on the device. */
static bool is_guests(const struct virtio_input *v)
{
	return virtio_running(&v->dev) && v->dev.queue[EVENTS].ring.size &&
	       !(v->grab && v->all->released);
}

/* n events, each in a chain of its own: all of them or none. */
static bool give(struct virtio_input *v, const struct event *e, unsigned n)
{
	struct virtq *ring = &v->dev.queue[EVENTS].ring;
	struct iovec iov[QUEUE_SIZE];
	struct virtq_chain c = { 0 };

	if (virtq_waiting(ring) < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		struct event le = { htole16(e[i].type), htole16(e[i].code), htole32(e[i].value) };
		int ret = virtq_pop(ring, iov, QUEUE_SIZE, &c);

		if (ret <= 0) {
			if (ret)
				virtio_broken(&v->dev, EVENTS, ret);
			return false;
		}
		virtio_push(&v->dev, EVENTS, c.head,
			    iov_from_buf(iov + c.n_out, c.n_in, 0, &le, sizeof(le)));
	}
	virtio_signal(&v->dev, EVENTS);
	return true;
}

/* Keys that the guest takes for pressed and that are not, or not for it. */
static void release_keys(struct virtio_input *v)
{
	bool mine = is_guests(v);

	for (unsigned key = 0; key < KEY_CNT; key++) {
		const struct event up[] = { { EV_KEY, (uint16_t)key, 0 },
					    { EV_SYN, SYN_REPORT, 0 } };

		if (!bit_of(v->told, key) || (mine && bit_of(v->down, key)))
			continue;
		if (!virtio_running(&v->dev) || !v->dev.queue[EVENTS].ring.size ||
		    !give(v, up, ARRAY_SIZE(up)))
			return;
		set_bit(v->told, key, false);
	}
}

static void pass_packet(struct virtio_input *v)
{
	struct event e[VIRTIO_INPUT_PACKET];
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_packet; i++) {
		const struct input_event *in = &v->packet[i];

		/* the guest repeats keys itself */
		if (in->type != EV_KEY || in->value != 2)
			e[n++] = (struct event){ in->type, in->code, (uint32_t)in->value };
	}
	if (n < 2 || !give(v, e, n))
		return;
	for (unsigned i = 0; i < n; i++)
		if (e[i].type == EV_KEY && e[i].code < KEY_CNT)
			set_bit(v->told, e[i].code, e[i].value);
}

/* ---- the hot-key ---- */

static void grab(struct virtio_input *v, bool on)
{
	if (v->grab && v->fd >= 0 && ioctl(v->fd, EVIOCGRAB, on ? 1 : 0))
		log_warn("--input %s: EVIOCGRAB: %m", v->path);
}

static void toggle(struct virtio_inputs *all)
{
	all->released = !all->released;
	for (struct virtio_input *v = all->first; v; v = v->next) {
		grab(v, !all->released);
		release_keys(v);
	}
	log_info("--input: %s; both Ctrl keys together change that",
		 all->released ? "the host has its devices back" : "the guest has the devices");
}

/* Follow a key. True: both Ctrl keys are down now, and were not before. */
static bool follow_key(struct virtio_input *v, const struct input_event *e)
{
	bool both = bit_of(v->down, KEY_LEFTCTRL) && bit_of(v->down, KEY_RIGHTCTRL);

	if (e->type != EV_KEY || e->code >= KEY_CNT)
		return false;
	set_bit(v->down, e->code, e->value);
	return !both && bit_of(v->down, KEY_LEFTCTRL) && bit_of(v->down, KEY_RIGHTCTRL);
}

/* ---- the host's device ---- */

static void take_event(struct virtio_input *v, const struct input_event *e)
{
	bool hot = follow_key(v, e) && v->grab;

	if (e->type == EV_SYN && e->code == SYN_DROPPED)
		v->overlong = v->unsure = true;
	if (v->n_packet == VIRTIO_INPUT_PACKET)
		v->overlong = true;
	else
		v->packet[v->n_packet++] = *e;
	if (hot)
		toggle(v->all);
	if (e->type != EV_SYN || e->code != SYN_REPORT)
		return;
	if (v->unsure && ioctl(v->fd, EVIOCGKEY(sizeof(v->down)), v->down) < 0)
		memset(v->down, 0, sizeof(v->down));
	v->unsure = false;
	if (is_guests(v)) {
		if (!v->overlong)
			pass_packet(v);
		release_keys(v);
	}
	v->n_packet = 0;
	v->overlong = false;
}

static void lose_device(struct virtio_input *v)
{
	log_info("--input %s: %m; the guest goes on without it", v->path);
	loop_unwatch(v->loop, &v->watch);
	memset(v->down, 0, sizeof(v->down));
	release_keys(v);
}

static void on_events(struct loop_watch *w, uint32_t events)
{
	struct virtio_input *v = container_of(w, struct virtio_input, watch);
	struct input_event e[VIRTIO_INPUT_PACKET];

	(void)events;
	for (unsigned i = 0; i < READS; i++) {
		ssize_t n = read(v->fd, e, sizeof(e));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			lose_device(v);
			return;
		}
		for (size_t k = 0; k < (size_t)n / sizeof(e[0]); k++)
			take_event(v, &e[k]);
	}
}

/* ---- lamps and sounds ---- */

/* Only what the device has: anything else could be an event that its other readers take for real. */
static bool is_output(struct virtio_input *v, const struct event *e)
{
	uint8_t bits[VIRTIO_INPUT_BITS] = { 0 };

	return (e->type == EV_LED || e->type == EV_SND) && e->code / 8 < sizeof(bits) &&
	       ioctl(v->fd, EVIOCGBIT(e->type, sizeof(bits)), bits) > 0 && bit_of(bits, e->code);
}

static void serve_status(struct virtio_dev *dev, unsigned n, const struct virtq_chain *c)
{
	struct virtio_input *v = input_of(dev);
	struct input_event out[2] = { 0 };
	struct event e = { 0 };
	size_t len = iov_to_buf(c->iov, c->n_out, 0, &e, sizeof(e));

	e = (struct event){ le16toh(e.type), le16toh(e.code), le32toh(e.value) };
	if (len == sizeof(e) && v->writable && is_output(v, &e)) {
		out[0].type = e.type;
		out[0].code = e.code;
		out[0].value = (int32_t)e.value;
		out[1].type = EV_SYN;
		if (write(v->fd, out, sizeof(out)) < 0)
			log_guest(&dev->log, "--input %s: event %u/%u: %m", v->path, e.type,
				  e.code);
	}
	virtio_push(dev, n, c->head, 0);
}

/* ---- as a virtio device ---- */

static void kick(struct virtio_dev *dev, unsigned n)
{
	if (n == STATUS)
		virtio_each_chain(dev, n, serve_status);
	else
		release_keys(input_of(dev));
}

/* The next driver knows of no key. */
static bool reset(struct virtio_dev *dev)
{
	memset(input_of(dev)->told, 0, VIRTIO_INPUT_BITS);
	return true;
}

static const struct virtio_ops ops = {
	.config_write = config_write,
	.kick = kick,
	.reset = reset,
};

static int open_device(struct virtio_input *v)
{
	int version;

	v->fd = host_file_open(v->path, O_RDWR | O_NONBLOCK);
	v->writable = v->fd >= 0;
	if (v->fd < 0 && (errno == EACCES || errno == EPERM))
		v->fd = host_file_open(v->path, O_RDONLY | O_NONBLOCK);
	if (v->fd < 0 && (errno == EACCES || errno == EPERM))
		return log_err(-errno,
			       "--input %s: %m; this user must be in the group \"input\", or root",
			       v->path);
	if (v->fd < 0)
		return log_err(-errno, "--input %s: %m; /proc/bus/input/devices lists them",
			       v->path);
	if (ioctl(v->fd, EVIOCGVERSION, &version))
		return log_err(-ENOTTY,
			       "--input %s: no input device; it takes one such as "
			       "/dev/input/event0",
			       v->path);
	if (!v->grab || !ioctl(v->fd, EVIOCGRAB, 1))
		return 0;
	return log_err(-errno, "--input %s: %m: another program has grabbed it", v->path);
}

int virtio_input_init(struct virtio_input *v, const struct virtio_input_params *p)
{
	int ret;

	*v = (struct virtio_input){
		.dev = {
			.name = "virtio-input",
			.ops = &ops,
			.type = VIRTIO_TYPE_INPUT,
			.class_code = 0x098000, /* input, other */
			.n_queues = QUEUES,
			.queue_size = QUEUE_SIZE,
			.config_size = sizeof(v->config),
		},
		.all = p->all,
		.next = p->all->first,
		.path = p->path,
		.grab = p->grab,
		.loop = p->loop,
		.fd = -1,
	};
	v->dev.config = (uint8_t *)&v->config;
	p->all->first = v;
	ret = open_device(v);
	if (ret)
		return ret;
	v->watch = (struct loop_watch){ .fd = v->fd, .fn = on_events };
	return loop_watch(v->loop, &v->watch, EPOLLIN);
}

void virtio_input_fini(struct virtio_input *v)
{
	if (!v->loop)
		return;
	for (struct virtio_input **at = &v->all->first; *at; at = &(*at)->next)
		if (*at == v) {
			*at = v->next;
			break;
		}
	loop_unwatch(v->loop, &v->watch);
	close_fd(&v->fd); /* which also ends a grab */
	v->loop = NULL;
}
