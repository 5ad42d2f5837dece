// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio.c - a random number generator and a disk of two queues, with messages and with the pin.
 */
#include "virtio.h"

#define RNG_VECTOR  0x50
#define BLK_VECTOR  0x60
#define BYTES	    64
#define DISK_QUEUES 2
#define SECTOR	    512

static uint8_t *const data = (uint8_t *)0x2000000; /* 32 MiB */

static void random_bytes(struct vdev *d, uint8_t *to)
{
	unsigned before = irq_count[RNG_VECTOR];
	uint32_t written = 0;

	memset(to, 0, BYTES);
	vdev_desc(d, 0, 0, (uint64_t)to, BYTES, D_WRITE, 0);
	vdev_offer(d, 0, 0);
	vdev_kick(d, 0);
	report(irq_wait(RNG_VECTOR, before + 1), "rng: interrupt");
	report(vdev_wait(d, 0, &written), "rng: the buffer came back");
	equal(written, BYTES, "rng: bytes");
}

static void test_rng(bool msix)
{
	struct vdev d;
	unsigned zeroes = 0;

	if (!vdev_find(&d, VIRTIO_RNG)) {
		report(false, "rng: no device");
		return;
	}
	vdev_start(&d, 1, RNG_VECTOR, msix);
	equal(vdev_status(&d), S_DRIVER_OK, "rng: status, %s", msix ? "MSI-X" : "INTx");
	random_bytes(&d, data);
	random_bytes(&d, data + BYTES);
	for (unsigned i = 0; i < BYTES; i++)
		zeroes += !data[i];
	report(zeroes < BYTES / 4 && memcmp(data, data + BYTES, BYTES), "rng: they look random");
	vdev_reset(&d);
}

static void test_queue(struct vdev *d, unsigned ring, bool msix)
{
	unsigned vector = BLK_VECTOR + (msix ? ring : 0), before = irq_count[vector];
	uint64_t sector = 8 + ring;

	equal(blk_request(d, ring, BLK_IN, 0, data, 2 * SECTOR), 0, "blk %u: read", ring);
	report(!memcmp(data, "the first sector of a disk", 26), "blk %u: what is there", ring);
	report(irq_wait(vector, before + 1), "blk %u: interrupt", ring);
	for (unsigned i = 0; i < 4 * SECTOR; i++)
		data[i] = (uint8_t)(i * 7 + ring + msix);
	equal(blk_request(d, ring, BLK_OUT, sector, data, SECTOR), 0, "blk %u: write", ring);
	equal(blk_request(d, ring, BLK_FLUSH, 0, NULL, 0), 0, "blk %u: flush", ring);
	equal(blk_request(d, ring, BLK_IN, sector, data + 4 * SECTOR, SECTOR), 0,
	      "blk %u: read again", ring);
	report(!memcmp(data, data + 4 * SECTOR, SECTOR), "blk %u: what was written", ring);
	equal(blk_request(d, ring, BLK_IN, read64(d->config), data, SECTOR), 1,
	      "blk %u: behind the end", ring);
	equal(blk_request(d, ring, 0x99, 0, data, SECTOR), 2, "blk %u: no such request", ring);
	memset(data, 0, 21);
	equal(blk_request(d, ring, BLK_ID, 0, data, 20), 0, "blk %u: id", ring);
	report(!memcmp(data, "IGDVM-TEST", 11), "blk %u: the id is its serial number", ring);
}

static void test_blk(bool msix)
{
	struct vdev d;

	if (!vdev_find(&d, VIRTIO_BLK)) {
		report(false, "blk: no device");
		return;
	}
	equal(read64(d.config), 2048, "blk: sectors");
	vdev_start(&d, DISK_QUEUES, BLK_VECTOR, msix);
	equal(vdev_status(&d), S_DRIVER_OK, "blk: status, %s", msix ? "MSI-X" : "INTx");
	for (unsigned ring = 0; ring < DISK_QUEUES; ring++)
		test_queue(&d, ring, msix);
	vdev_reset(&d);
}

/* All descriptors at once, each chain of three. */
static void test_many(void)
{
	struct vdev d;
	uint32_t written;
	unsigned good = 0;

	if (!vdev_find(&d, VIRTIO_BLK))
		return;
	vdev_start(&d, 1, 0, false);
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < 5; i++)
			blk_offer(&d, 0, 3 * i, BLK_IN, i, data + i * SECTOR, SECTOR);
		vdev_kick(&d, 0);
		for (unsigned i = 0; i < 5; i++)
			good += vdev_wait(&d, 0, &written) && written == SECTOR + 1;
	}
	equal(good, 250, "blk: requests side by side");
	report(!memcmp(data, "the first sector of a disk", 26), "blk: what the first read");
	vdev_reset(&d);
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	irq_init();
	test_rng(true);
	test_rng(false);
	test_blk(true);
	test_blk(false);
	test_many();
}
