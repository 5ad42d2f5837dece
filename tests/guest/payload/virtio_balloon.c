// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_balloon.c - pages given to the host are zero when they come back; those beside them stay.
 */
#include "virtio.h"

#define VECTOR 0x50
#define PAGE   4096ul
#define PAGES  16384u	   /* 64 MiB */
#define MEMORY 0x4000000ul /* 64 MiB */
#define LIST   0x2000000ul
#define NUM    0 /* configuration: pages wanted, pages inflated */
#define ACTUAL 4
#define BATCH  1024u

static void request(struct vdev *d, unsigned ring, uint64_t at, uint32_t len, uint16_t flags)
{
	uint32_t written = 1;

	vdev_desc(d, ring, 0, at, len, flags, 0);
	vdev_offer(d, ring, 0);
	vdev_kick(d, ring);
	if (!vdev_wait(d, ring, &written))
		report(false, "the request came back");
}

/* The pages first.. by number, on the queue of inflating or deflating. */
static void name_pages(struct vdev *d, unsigned ring, unsigned first, unsigned n)
{
	for (unsigned done = 0; done < n; done += BATCH) {
		unsigned now = n - done < BATCH ? n - done : BATCH;

		for (unsigned i = 0; i < now; i++)
			write32(LIST + 4 * i, (uint32_t)(MEMORY / PAGE) + first + done + i);
		request(d, ring, LIST, 4 * now, 0);
	}
}

static void fill(void)
{
	for (unsigned i = 0; i < PAGES; i++)
		write64(MEMORY + i * PAGE, 0x1234567800000000ull + i);
}

static unsigned count_kept(unsigned first, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = first; i < first + n; i++)
		kept += read64(MEMORY + i * PAGE) == 0x1234567800000000ull + i;
	return kept;
}

static unsigned count_zero(unsigned first, unsigned n)
{
	unsigned zero = 0;

	for (unsigned i = first; i < first + n; i++)
		zero += read64(MEMORY + i * PAGE) == 0;
	return zero;
}

void guest_main(uint8_t *boot_params)
{
	uint32_t odd[4] = { 0xffffffff, 0xfee00, 0xd0000, 0x80000000 };
	struct vdev d;

	(void)boot_params;
	irq_init();
	if (!vdev_find(&d, VIRTIO_BALLOON)) {
		report(false, "no device");
		return;
	}
	equal(read32(d.config + NUM), 128 * 1024 * 1024 / PAGE, "pages wanted");
	vdev_start(&d, 2, VECTOR, true);
	equal(vdev_status(&d), S_DRIVER_OK, "status");
	fill();
	equal(count_kept(0, PAGES), PAGES, "pages written");
	name_pages(&d, 0, 16, PAGES - 16);
	write32(d.config + ACTUAL, PAGES - 16);
	equal(read32(d.config + ACTUAL), PAGES - 16, "pages inflated");
	print("inflated\n");
	report(irq_wait(VECTOR, 1), "interrupt");
	equal(count_kept(0, 16), 16, "pages that stay");
	equal(count_zero(16, PAGES - 16), PAGES - 16, "pages that went");
	name_pages(&d, 1, 16, PAGES - 16);
	fill();
	equal(count_kept(0, PAGES), PAGES, "pages written again");
	memcpy((void *)LIST, odd, sizeof(odd));
	request(&d, 0, LIST, sizeof(odd), 0);
	request(&d, 0, LIST, 3, 0);
	equal(vdev_status(&d), S_DRIVER_OK, "status after pages that are none");
	equal(count_kept(0, PAGES), PAGES, "pages after pages that are none");
	vdev_reset(&d);
}
