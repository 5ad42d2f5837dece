// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtq.c - descriptor chains to iovecs, used ring, event index.
 * Knows the ring's layout and guest RAM; must not know any device or transport.
 */
#include <errno.h>
#include <string.h>

#include "mem.h"
#include "util.h"
#include "virtq.h"

/* Descriptor (2.7.5) */
#define DESC_SIZE	16
#define DESC_ADDR	0
#define DESC_LEN	8
#define DESC_FLAGS	12
#define DESC_NEXT	14
#define DESC_F_NEXT	BIT(0)
#define DESC_F_WRITE	BIT(1)
#define DESC_F_INDIRECT BIT(2)

/* Available ring (2.7.6): flags, idx, ring[size], used_event */
#define AVAIL_FLAGS	     0
#define AVAIL_IDX	     2
#define AVAIL_RING(i)	     (4 + 2 * (i))
#define AVAIL_F_NO_INTERRUPT BIT(0)

/* Used ring (2.7.8): flags, idx, ring[size] of { id, len }, avail_event */
#define USED_FLAGS	 0
#define USED_IDX	 2
#define USED_RING(i)	 (4 + 8 * (i))
#define USED_F_NO_NOTIFY BIT(0)

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/* Words that the guest's other CPUs write and read meanwhile: exactly one access each. */
static uint16_t load16(const uint8_t *at, int order)
{
	return le16toh(__atomic_load_n((const uint16_t *)(const void *)at, order));
}

static void store16(uint8_t *at, uint16_t v, int order)
{
	__atomic_store_n((uint16_t *)(void *)at, htole16(v), order);
}

/* An indirect table need not be aligned, so this is a copy; the fence keeps it the only one. */
static struct desc snapshot(const uint8_t *table, uint32_t i)
{
	uint8_t copy[DESC_SIZE];

	memcpy(copy, table + (size_t)i * DESC_SIZE, sizeof(copy));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return (struct desc){
		.addr = get_le64(copy + DESC_ADDR),
		.len = get_le32(copy + DESC_LEN),
		.flags = get_le16(copy + DESC_FLAGS),
		.next = get_le16(copy + DESC_NEXT),
	};
}

int virtq_init(struct virtq *q, const struct mem *mem, const struct virtq_setup *s, unsigned flags)
{
	struct virtq ring = { .mem = mem, .size = s->size, .flags = flags };

	*q = (struct virtq){ 0 };
	if (!s->size || s->size > VIRTQ_SIZE_MAX || s->size & (s->size - 1) ||
	    !IS_ALIGNED(s->desc, 16) || !IS_ALIGNED(s->avail, 2) || !IS_ALIGNED(s->used, 4))
		return -EINVAL;
	ring.desc = mem_at(mem, s->desc, (uint64_t)DESC_SIZE * s->size);
	ring.avail = mem_at(mem, s->avail, AVAIL_RING((uint64_t)s->size) + 2);
	ring.used = mem_at(mem, s->used, USED_RING((uint64_t)s->size) + 2);
	if (!ring.desc || !ring.avail || !ring.used)
		return -EFAULT;
	*q = ring;
	return 0;
}

/* ---- from a chain to an iovec ---- */

struct walk {
	const struct virtq *q;
	struct virtq_chain *c;
	unsigned room;
};

static int add_piece(struct walk *w, const struct desc *d)
{
	struct virtq_chain *c = w->c;
	unsigned n = c->n_out + c->n_in;
	void *at;

	if (n == w->room)
		return -E2BIG;
	if (!d->len)
		return -ENODATA;
	if (!(d->flags & DESC_F_WRITE) && c->n_in)
		return -EPROTO;
	at = mem_at(w->q->mem, d->addr, d->len);
	if (!at)
		return -EFAULT;
	c->iov[n] = (struct iovec){ at, d->len };
	*(d->flags & DESC_F_WRITE ? &c->n_in : &c->n_out) += 1;
	return 0;
}

static int walk_indirect(struct walk *w, const struct desc *d);

/* Follow a chain inside one table. A circle is longer than the table it runs in. */
static int walk_table(struct walk *w, const uint8_t *table, uint32_t entries, uint16_t first,
		      bool inside)
{
	uint32_t at = first;

	for (uint32_t seen = 0; seen < entries; seen++) {
		const struct desc d = snapshot(table, at);
		int ret;

		if (d.flags & DESC_F_INDIRECT)
			return inside ? -EINVAL : walk_indirect(w, &d);
		ret = add_piece(w, &d);
		if (ret || !(d.flags & DESC_F_NEXT))
			return ret;
		if (d.next >= entries)
			return -ERANGE;
		at = d.next;
	}
	return -ELOOP;
}

/* 2.7.5.3: the last of its chain; whether it says "write" does not matter. */
static int walk_indirect(struct walk *w, const struct desc *d)
{
	const uint8_t *table;

	if (!(w->q->flags & VIRTQ_INDIRECT) || d->flags & DESC_F_NEXT || !d->len ||
	    d->len % DESC_SIZE)
		return -EINVAL;
	table = mem_at(w->q->mem, d->addr, d->len);
	return table ? walk_table(w, table, d->len / DESC_SIZE, 0, true) : -EFAULT;
}

/* ---- the rings ---- */

static uint64_t *busy_word(struct virtq *q, uint16_t head)
{
	return &q->busy[head / 64];
}

int virtq_pop(struct virtq *q, struct iovec *iov, unsigned room, struct virtq_chain *c)
{
	/* acquire: what the driver wrote before it moved the index is there */
	uint16_t waiting =
		(uint16_t)(load16(q->avail + AVAIL_IDX, __ATOMIC_ACQUIRE) - q->next_avail);
	struct walk w = { q, c, room };
	uint16_t head;
	int ret;

	if (!waiting)
		return 0;
	if (waiting > q->size)
		return -EOVERFLOW;
	head = load16(q->avail + AVAIL_RING((unsigned)q->next_avail % q->size), __ATOMIC_RELAXED);
	if (head >= q->size)
		return -ERANGE;
	if (*busy_word(q, head) & BIT(head % 64))
		return -EBUSY;
	*c = (struct virtq_chain){ .head = head, .iov = iov };
	ret = walk_table(&w, q->desc, q->size, head, false);
	if (ret)
		return ret;
	*busy_word(q, head) |= BIT(head % 64);
	q->next_avail++;
	return 1;
}

unsigned virtq_waiting(const struct virtq *q)
{
	uint16_t n = (uint16_t)(load16(q->avail + AVAIL_IDX, __ATOMIC_ACQUIRE) - q->next_avail);

	return MIN(n, q->size);
}

void virtq_put(struct virtq *q, uint16_t i, uint16_t head, uint32_t written)
{
	uint8_t *entry = q->used + USED_RING((unsigned)(uint16_t)(q->next_used + i) % q->size);

	*busy_word(q, head) &= ~BIT(head % 64);
	put_le32(entry, head);
	put_le32(entry + 4, written);
}

void virtq_show(struct virtq *q, uint16_t n)
{
	q->next_used = (uint16_t)(q->next_used + n);
	/* release: data, entries, then the index */
	store16(q->used + USED_IDX, q->next_used, __ATOMIC_RELEASE);
}

void virtq_push(struct virtq *q, uint16_t head, uint32_t written)
{
	virtq_put(q, 0, head, written);
	virtq_show(q, 1);
}

bool virtq_need_signal(struct virtq *q)
{
	uint16_t before = q->signalled, now = q->next_used, event;

	if (before == now)
		return false;
	q->signalled = now;
	/* the driver sets its wish, then reads the index; we the other way round: one sees the other */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(q->flags & VIRTQ_EVENT_IDX))
		return !(load16(q->avail + AVAIL_FLAGS, __ATOMIC_RELAXED) & AVAIL_F_NO_INTERRUPT);
	/* whether the index passed the one after which it wants to hear (2.7.7.2) */
	event = load16(q->avail + AVAIL_RING((unsigned)q->size), __ATOMIC_RELAXED);
	return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

/* With the event index, leaving it where it is has the same effect (2.7.10). */
void virtq_kicks_off(struct virtq *q)
{
	if (!(q->flags & VIRTQ_EVENT_IDX))
		store16(q->used + USED_FLAGS, USED_F_NO_NOTIFY, __ATOMIC_RELAXED);
}

bool virtq_kicks_on(struct virtq *q)
{
	if (q->flags & VIRTQ_EVENT_IDX)
		store16(q->used + USED_RING((unsigned)q->size), q->next_avail, __ATOMIC_RELAXED);
	else
		store16(q->used + USED_FLAGS, 0, __ATOMIC_RELAXED);
	/* as in virtq_need_signal(), with the roles swapped */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return load16(q->avail + AVAIL_IDX, __ATOMIC_RELAXED) != q->next_avail;
}
