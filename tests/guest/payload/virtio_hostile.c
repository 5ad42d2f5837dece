// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_hostile.c - a driver that breaks every rule: the device says so, or takes no notice, and works
 * again after a reset. The kernel command line names the device: rng or blk.
 */
#include "virtio.h"

#define DATA   0x2000000ul
#define TABLE  0x2100000ul
#define TABLE2 0x2110000ul
#define HOLE   0xa0000000ul /* the guest has 512 MiB */
#define SECTOR 512
#define RINGS  2 /* of the disk */

static struct vdev d;
static bool is_blk;

static void start(void)
{
	vdev_start(&d, 1, 0, false);
}

/* The device does what it is for. */
static bool works(void)
{
	uint32_t written;

	start();
	if (is_blk)
		return blk_request(&d, 0, BLK_IN, 0, (void *)DATA, SECTOR) == 0;
	vdev_desc(&d, 0, 0, DATA, 16, D_WRITE, 0);
	vdev_offer(&d, 0, 0);
	vdev_kick(&d, 0);
	return vdev_wait(&d, 0, &written) && written == 16;
}

/* Kicked with what is in the ring, it wants a reset, gives nothing back, and works after it. */
static void refused(const char *what)
{
	uint64_t begin = rdtsc();
	uint16_t used = read16(d.ring[0].used + 2);

	vdev_kick(&d, 0);
	while (!(vdev_status(&d) & S_NEEDS_RESET) && rdtsc() - begin < 3000000000ull)
		;
	equal(vdev_status(&d), S_DRIVER_OK | S_NEEDS_RESET, "%s: needs reset", what);
	equal(read8(d.isr) & 2, 2, "%s: the driver is told", what);
	vdev_kick(&d, 0);
	equal(read16(d.ring[0].used + 2), used, "%s: nothing comes back", what);
	report(works(), "%s: works after a reset", what);
}

static void test_chains(void)
{
	const char *what;

	for (unsigned i = 0; start(), (what = vdev_offer_broken(&d, 0, i, DATA)); i++)
		refused(what);
}

/* With the feature of indirect descriptors. */
static void start_indirect(void)
{
	vdev_negotiate(&d, 1 << 28);
	vdev_rings(&d, 1);
	write8(d.common + C_STATUS, S_DRIVER_OK);
}

static void test_indirect(void)
{
	static const struct {
		const char *what;
		uint64_t table;
		uint32_t len;
		uint16_t flags;
	} t[] = {
		{ "indirect in indirect", TABLE, 16, D_INDIRECT },
		{ "circle in a table", TABLE2, 32, D_INDIRECT },
		{ "half a table", TABLE, 8, D_INDIRECT },
		{ "no table", TABLE, 0, D_INDIRECT },
		{ "table in a hole", HOLE, 16, D_INDIRECT },
		{ "table of 4 GiB", TABLE, 0xfffffff0, D_INDIRECT },
		{ "indirect and next", TABLE2, 16, D_INDIRECT | D_NEXT },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
		start_indirect();
		vdev_table(TABLE, 0, TABLE2, 16, D_INDIRECT, 0);
		vdev_table(TABLE2, 0, DATA, 16, D_NEXT, 1);
		vdev_table(TABLE2, 1, DATA, 16, D_NEXT, 0);
		vdev_desc(&d, 0, 0, t[i].table, t[i].len, t[i].flags, 0);
		vdev_offer(&d, 0, 0);
		refused(t[i].what);
	}
}

static void test_indices(void)
{
	start();
	vdev_offer(&d, 0, RING_SIZE);
	refused("head beyond the ring");
	start();
	vdev_offer(&d, 0, 0xffff);
	refused("head of all ones");
	start();
	write16(d.ring[0].avail + 2, RING_SIZE + 1);
	refused("more than the ring holds");
	start();
	write16(d.ring[0].avail + 2, 0xffff);
	refused("index of all ones");
}

/* What was enabled stays as it was. */
static void test_latch(void)
{
	uint32_t written = 0;

	start();
	for (unsigned reg = C_QUEUE_SIZE; reg < 0x38; reg += 2)
		if (reg != C_QUEUE_VECTOR && reg != C_QUEUE_NOTIFY)
			write16(d.common + reg, 0xffff);
	write16(d.common + C_QUEUE_SIZE, 0);
	write16(d.common + C_QUEUE_ENABLE, 0);
	equal(read16(d.common + C_QUEUE_SIZE), RING_SIZE, "latch: size");
	equal(read16(d.common + C_QUEUE_ENABLE), 1, "latch: enabled");
	equal(read64(d.common + C_QUEUE_DESC), d.ring[0].desc, "latch: address");
	if (is_blk) {
		equal(blk_request(&d, 0, BLK_IN, 0, (void *)DATA, SECTOR), 0, "latch: in use");
	} else {
		vdev_desc(&d, 0, 0, DATA, 16, D_WRITE, 0);
		vdev_offer(&d, 0, 0);
		vdev_kick(&d, 0);
		report(vdev_wait(&d, 0, &written), "latch: in use");
	}
	write8(d.common + C_STATUS, 0x20);
	equal(vdev_status(&d), S_DRIVER_OK, "latch: status");
}

/* Up to 65536 queues, of which there are one or two; and vectors, of which there are two or three. */
static void test_selects(void)
{
	unsigned wrong = 0, vectors = 0;

	start();
	for (unsigned n = RINGS; n <= 0xffff; n += n < 0x200 || n > 0xff00 ? 1 : 7) {
		write16(d.common + C_QUEUE_SELECT, (uint16_t)n);
		wrong += read16(d.common + C_QUEUE_SIZE) != 0;
		if (n % 64)
			continue;
		for (unsigned reg = C_QUEUE_SIZE; reg < 0x38; reg += 2)
			write16(d.common + reg, 1);
		wrong += read64(d.common + C_QUEUE_DESC) != 0;
	}
	equal(wrong, 0, "queues that are not there");
	write16(d.common + C_QUEUE_SELECT, 0);
	for (unsigned n = 0; n <= 0xffff; n += n < 16 ? 1 : 251) {
		write16(d.common + C_QUEUE_VECTOR, (uint16_t)n);
		write16(d.common + C_CONFIG_VECTOR, (uint16_t)n);
		vectors += read16(d.common + C_QUEUE_VECTOR) != 0xffff;
	}
	equal(vectors, is_blk ? RINGS + 1 : 2, "vectors that are there");
	for (unsigned n = 0; n < 1024; n++)
		write16(d.notify + d.multiplier * n, (uint16_t)n);
	report(works(), "selects: works");
}

static void test_negotiation(void)
{
	vdev_negotiate(&d, 1u << 27);
	equal(vdev_status(&d), 3, "features that are not offered");
	write8(d.common + C_STATUS, S_DRIVER_OK);
	equal(vdev_status(&d), 3, "DRIVER_OK without features");
	vdev_kick(&d, 0);
	write16(d.common + C_QUEUE_ENABLE, 1);
	equal(read16(d.common + C_QUEUE_ENABLE), 0, "a queue before its time");
	vdev_negotiate(&d, 0);
	write16(d.common + C_QUEUE_SELECT, 0);
	write64(d.common + C_QUEUE_DESC, HOLE);
	write16(d.common + C_QUEUE_ENABLE, 1);
	equal(vdev_status(&d), 0xb | S_NEEDS_RESET, "a queue in a hole");
	report(works(), "negotiation: works after a reset");
}

/* Once the status reads 0, memory is the driver's own. */
static void test_reset(void)
{
	unsigned changed = 0;

	for (unsigned round = 0; round < 100; round++) {
		uint16_t used;

		start();
		for (unsigned i = 0; i < 5; i++)
			if (is_blk)
				blk_offer(&d, 0, 3 * i, BLK_IN, 0, (void *)(DATA + i * MiB / 2),
					  MiB / 2);
			else
				vdev_desc(&d, 0, i, DATA + i * MiB / 2, 4096, D_WRITE, 0),
					vdev_offer(&d, 0, (uint16_t)i);
		vdev_kick(&d, 0);
		for (unsigned wait = 0; wait < round * 100; wait++)
			__asm__ volatile("pause");
		vdev_reset(&d);
		changed += vdev_status(&d) != 0;
		used = read16(d.ring[0].used + 2);
		memset((void *)DATA, 0x5a, 64);
		memset((void *)(DATA + 4 * MiB / 2), 0x5a, 64);
		for (uint64_t begin = rdtsc(); rdtsc() - begin < 1000000;)
			;
		changed += read16(d.ring[0].used + 2) != used;
		for (unsigned i = 0; i < 64; i++)
			changed += read8(DATA + i) != 0x5a || read8(DATA + 4 * MiB / 2 + i) != 0x5a;
	}
	equal(changed, 0, "reset with requests on their way");
	report(works(), "reset: works");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	irq_init();
	is_blk = command_word("blk") != NULL;
	if (!vdev_find(&d, is_blk ? VIRTIO_BLK : VIRTIO_RNG)) {
		report(false, "no device");
		return;
	}
	report(works(), "works");
	test_chains();
	test_indirect();
	test_indices();
	test_latch();
	test_selects();
	test_negotiation();
	test_reset();
}
