// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_rng.c - fill what the driver offers with getrandom().
 * Knows one queue; getrandom() does not wait once the host has booted.
 */
#include <errno.h>
#include <sys/random.h>

#include "virtio_rng.h"

#define QUEUE_SIZE 64

static size_t fill(const struct iovec *iov)
{
	size_t want = MIN(iov->iov_len, (size_t)VIRTIO_RNG_MAX), done = 0;

	while (done < want) {
		ssize_t n = getrandom((char *)iov->iov_base + done, want - done, 0);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	return done;
}

/* The first piece to write is enough: the driver asks again for more. */
static void serve(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	virtio_push(v, n, c->head, c->n_in ? fill(&c->iov[c->n_out]) : 0);
}

static void kick(struct virtio_dev *v, unsigned n)
{
	virtio_each_chain(v, n, serve);
}

static const struct virtio_ops ops = { .kick = kick };

void virtio_rng_init(struct virtio_rng *r)
{
	*r = (struct virtio_rng){ .dev = {
					  .name = "virtio-rng",
					  .ops = &ops,
					  .type = VIRTIO_TYPE_RNG,
					  .class_code = 0xff0000, /* no class of PCI's */
					  .n_queues = 1,
					  .queue_size = QUEUE_SIZE,
				  } };
}
