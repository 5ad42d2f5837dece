// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtq.c - libFuzzer target: any bytes as the guest memory that a virtqueue lies in.
 *
 * The rings are at the start of 64 KiB of RAM, so that most of an input is descriptors, and their
 * addresses are folded into it: what random bytes would never hit. What comes out must lie in RAM.
 *
 * usage: fuzz_virtq CORPUS
 */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "virtq.h"

#define RAM   (64 * KiB)
#define SIZE  16
#define DESC  0
#define AVAIL 0x100
#define USED  0x180
#define ROOM  32

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static uint8_t ram[RAM] __attribute__((aligned(4096)));

/* Most addresses near RAM: the first byte of each says whether this one stays as it is. */
static void fold_addresses(void)
{
	for (unsigned i = 0; i < SIZE; i++) {
		uint8_t *d = ram + DESC + 16 * i;

		if (d[7] % 8)
			put_le64(d, get_le64(d) % (RAM + 64));
		if (d[11] % 8)
			put_le32(d + 8, get_le32(d + 8) % 512);
		if (d[15] % 8)
			put_le16(d + 14, get_le16(d + 14) % (SIZE + 1));
	}
	put_le16(ram + AVAIL + 2, get_le16(ram + AVAIL + 2) % (SIZE + 2));
}

static void check(const struct virtq_chain *c)
{
	if (c->head >= SIZE || !(c->n_out + c->n_in) || c->n_out + c->n_in > ROOM)
		abort();
	for (unsigned i = 0; i < c->n_out + c->n_in; i++) {
		const uint8_t *at = c->iov[i].iov_base;

		if (!c->iov[i].iov_len || at < ram || c->iov[i].iov_len > (size_t)(ram + RAM - at))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct mem mem = { .n = 1 };
	const struct virtq_setup setup = { SIZE, DESC, AVAIL, USED };
	struct iovec iov[ROOM];
	struct virtq_chain c;
	struct virtq q;
	unsigned chains = 0;

	if (!len || len > RAM)
		return -1;
	mem.region[0] = (struct mem_region){ .size = RAM, .hva = ram, .kind = MEM_KIND_RAM };
	memset(ram, 0, sizeof(ram));
	memcpy(ram, bytes + 1, len - 1);
	fold_addresses();
	if (virtq_init(&q, &mem, &setup, bytes[0] & (VIRTQ_INDIRECT | VIRTQ_EVENT_IDX)))
		abort();
	while (virtq_pop(&q, iov, ROOM, &c) > 0) {
		check(&c);
		if (++chains > SIZE)
			abort(); /* more than were available */
		if (bytes[0] & 4)
			virtq_push(&q, c.head, 1);
		virtq_need_signal(&q);
		virtq_kicks_on(&q);
	}
	return 0;
}
