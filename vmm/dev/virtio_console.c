// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_console.c - characters between two queues and a struct serial.
 *
 * All in the loop's thread, which never waits: what a slow reader does not take stays in the driver's
 * buffer, and the next one in its ring. Knows nothing of terminals but their size.
 */
#include <endian.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../iov.h"
#include "virtio_console.h"

enum { RECEIVE, TRANSMIT, QUEUES };

static struct virtio_console *console_of(struct virtio_dev *v)
{
	return container_of(v, struct virtio_console, dev);
}

/* ---- from the guest ---- */

/* The rest of a buffer. True: all of it is on its way. */
static bool send_rest(struct virtio_console *c)
{
	struct iovec rest[VIRTIO_CONSOLE_QUEUE];
	unsigned n = iov_slice(c->out, c->out_n, c->out_at, SIZE_MAX, rest);

	for (unsigned i = 0; i < n; i++) {
		size_t done = serial_write(c->serial, rest[i].iov_base, rest[i].iov_len);

		c->out_at += done;
		if (done < rest[i].iov_len)
			return false;
	}
	return true;
}

static void transmit(struct virtio_console *c)
{
	struct virtq *ring = &c->dev.queue[TRANSMIT].ring;
	unsigned left = ring->size;

	virtq_kicks_off(ring);
	do {
		while (left) {
			struct virtq_chain chain = { 0 };
			int ret = c->sending
					  ? 1
					  : virtq_pop(ring, c->out, VIRTIO_CONSOLE_QUEUE, &chain);

			if (ret < 0)
				virtio_broken(&c->dev, TRANSMIT, ret);
			if (ret < 0)
				return;
			if (!ret)
				break;
			if (!c->sending) {
				c->out_head = chain.head;
				c->out_n = chain.n_out;
				c->out_at = 0;
			}
			c->sending = !send_rest(c);
			if (c->sending) {
				virtio_signal(&c->dev, TRANSMIT);
				return; /* drained() goes on */
			}
			virtio_push(&c->dev, TRANSMIT, c->out_head, 0);
			left--;
		}
		if (!left)
			virtio_kick(&c->dev, TRANSMIT);
	} while (left && virtq_kicks_on(ring));
	virtio_signal(&c->dev, TRANSMIT);
}

static void drained(struct serial_device *d)
{
	struct virtio_console *c = container_of(d, struct virtio_console, device);

	if (virtio_running(&c->dev) && c->dev.queue[TRANSMIT].ring.size)
		transmit(c);
}

/* ---- to the guest ---- */

static unsigned room(struct serial_device *d)
{
	struct virtio_console *c = container_of(d, struct virtio_console, device);
	struct virtq *ring = &c->dev.queue[RECEIVE].ring;
	struct virtq_chain chain = { 0 };

	while (!c->in_room && virtio_running(&c->dev) && ring->size) {
		int ret = virtq_pop(ring, c->in, VIRTIO_CONSOLE_QUEUE, &chain);

		if (ret < 0)
			virtio_broken(&c->dev, RECEIVE, ret);
		if (ret < 0 || (!ret && !virtq_kicks_on(ring)))
			break;
		if (!ret)
			continue;
		memmove(c->in, c->in + chain.n_out, chain.n_in * sizeof(c->in[0]));
		c->in_head = chain.head;
		c->in_n = chain.n_in;
		c->in_room = iov_size(c->in, c->in_n);
		if (!c->in_room)
			virtio_push(&c->dev, RECEIVE, chain.head, 0);
	}
	return (unsigned)MIN(c->in_room, (size_t)SERIAL_IN_MAX);
}

static void input(struct serial_device *d, const uint8_t *buf, unsigned len)
{
	struct virtio_console *c = container_of(d, struct virtio_console, device);

	iov_from_buf(c->in, c->in_n, 0, buf, len);
	c->in_room = 0;
	virtio_push(&c->dev, RECEIVE, c->in_head, len);
	virtio_signal(&c->dev, RECEIVE);
}

static const struct serial_device_ops device_ops = {
	.room = room,
	.input = input,
	.drained = drained,
};

/* ---- as a virtio device ---- */

static void kick(struct virtio_dev *v, unsigned n)
{
	if (n == TRANSMIT)
		transmit(console_of(v));
	else
		serial_unthrottle(console_of(v)->serial);
}

/* Linux reads the size when it changes, not at first: drivers/char/virtio_console.c, config_work_handler(). */
static int start(struct virtio_dev *v)
{
	if (v->features & VIRTIO_CONSOLE_F_SIZE)
		virtio_config_changed(v);
	return 0;
}

static bool reset(struct virtio_dev *v)
{
	struct virtio_console *c = console_of(v);

	c->sending = false;
	c->in_room = 0;
	return true;
}

static const struct virtio_ops ops = { .start = start, .kick = kick, .reset = reset };

static void read_size(struct virtio_console *c)
{
	struct winsize w = { 0 };

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &w))
		return;
	c->config.cols = htole16(w.ws_col);
	c->config.rows = htole16(w.ws_row);
}

void virtio_console_init(struct virtio_console *c, struct serial *serial, bool sized)
{
	*c = (struct virtio_console){
		.dev = {
			.name = "virtio-console",
			.ops = &ops,
			.type = VIRTIO_TYPE_CONSOLE,
			.class_code = 0x078000, /* communication, other */
			.offered = sized ? VIRTIO_CONSOLE_F_SIZE : 0,
			.n_queues = QUEUES,
			.queue_size = VIRTIO_CONSOLE_QUEUE,
			.config_size = sizeof(c->config),
		},
		.serial = serial,
		.device.ops = &device_ops,
	};
	c->dev.config = (uint8_t *)&c->config;
	if (sized)
		read_size(c);
}

void virtio_console_resized(struct virtio_console *c)
{
	struct virtio_console_config before = c->config;

	if (!(c->dev.offered & VIRTIO_CONSOLE_F_SIZE))
		return;
	read_size(c);
	if (c->config.cols != before.cols || c->config.rows != before.rows)
		virtio_config_changed(&c->dev);
}
