/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtq.h - a split virtqueue as its device sees it: chains out of the guest's memory, and back.
 *
 * Every word read from the ring is the guest's: it is read once, checked, then used. What a chain
 * points at is handed out as host memory, each piece inside one range of guest RAM.
 * Never logs. One thread at a time: the device lock, or the ring's own owner.
 * Source: virtio 1.2 section 2.7.
 */
#ifndef IGDVM_VIRTQ_H
#define IGDVM_VIRTQ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "util.h"

struct mem;

#define VIRTQ_SIZE_MAX 1024 /* descriptors; the format's limit is 32768 */

/* What the driver asks for. */
struct virtq_setup {
	uint16_t size;		    /* a power of two, at most VIRTQ_SIZE_MAX */
	uint64_t desc, avail, used; /* guest-physical; aligned to 16, 2, 4 */
};

/* Of features negotiated. */
#define VIRTQ_INDIRECT	BIT(0)
#define VIRTQ_EVENT_IDX BIT(1)

struct virtq {
	const struct mem *mem;
	uint16_t size; /* 0: no ring, nothing may be done with it */
	unsigned flags;
	/* Where RAM has the three parts. RAM never goes away, so these stay. */
	uint8_t *desc, *avail, *used;
	uint16_t next_avail, next_used;	    /* free-running */
	uint16_t signalled;		    /* next_used when the driver was last thought of */
	uint64_t busy[VIRTQ_SIZE_MAX / 64]; /* heads that were popped and not pushed */
};

/* One request: iov[0..n_out) is for the device to read, the n_in behind it for it to write. */
struct virtq_chain {
	uint16_t head;
	unsigned n_out, n_in;
	struct iovec *iov;
};

/*
 * Take a ring as the driver describes it; it is read from here on, the description never again.
 * 0; -EINVAL: size or alignment; -EFAULT: a part is not inside one range of RAM. On failure q is
 * without a ring.
 */
int virtq_init(struct virtq *q, const struct mem *mem, const struct virtq_setup *setup,
	       unsigned flags);

/*
 * The next chain that the driver made available, its pieces in iov[room].
 * 1; 0: none waits; else the driver broke the rules and the ring must not be used any more:
 *   -EOVERFLOW  more chains available than the ring has descriptors
 *   -ERANGE     a descriptor's number beyond its table
 *   -EBUSY      a head that the device still has
 *   -ELOOP      a chain longer than its table: it runs in a circle
 *   -E2BIG      more than room pieces
 *   -ENODATA    a piece of no length
 *   -EFAULT     not inside one range of RAM: hole, end, wrap, a device's memory
 *   -EPROTO     a piece to read behind one to write
 *   -EINVAL     an indirect table that was not negotiated, is not the end of its chain, has no
 *               whole number of entries, or contains an indirect table
 */
int virtq_pop(struct virtq *q, struct iovec *iov, unsigned room, struct virtq_chain *c);

/* How many chains wait, at most a ring's worth: what the driver says, which virtq_pop() may see otherwise. */
unsigned virtq_waiting(const struct virtq *q);

/* Give a chain back, saying how many bytes from the start of its writable part were written. */
void virtq_push(struct virtq *q, uint16_t head, uint32_t written);

/*
 * The same of several that the driver must see at once: each in its place, i = 0.., less than the ring's
 * size; then show all n.
 */
void virtq_put(struct virtq *q, uint16_t i, uint16_t head, uint32_t written);
void virtq_show(struct virtq *q, uint16_t n);

/* Whether the driver wants to hear of what was pushed since this was asked last. */
bool virtq_need_signal(struct virtq *q);

/* Ask the driver not to kick, which is a hint to it; and to kick. True: something waits already. */
void virtq_kicks_off(struct virtq *q);
bool virtq_kicks_on(struct virtq *q);

#endif
