// SPDX-License-Identifier: BSD-2-Clause
/*
 * Disks whose requests go through a ring: a fake one that the test serves, and the host's own.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#include "blk_rig.h"
#include "fakes.h"
#include "log.h"

#define CHAINS 5 /* of three descriptors each, in a ring of 16 */

/* Offer n reads of the sectors first, first + 1, ... on queue q, and kick once. */
static void offer_on(unsigned q, unsigned n, uint8_t first)
{
	struct vring *r = &rig.ring[q];

	for (uint16_t i = 0; i < n; i++) {
		uint64_t out = RIG_DATA + 64 * KiB * (q + 1) + 16 * i;
		uint64_t in = RIG_DATA + MiB + 64 * KiB * q + 4 * KiB * i;
		uint8_t *h = guest_at(&rig.ram, out, 16);

		put_le32(h, T_IN);
		put_le64(h + 8, first + i);
		vring_desc(r, 3u * i, out, 16, DESC_NEXT, 3 * i + 1);
		vring_desc(r, 3u * i + 1, in, SECTOR, DESC_NEXT | DESC_WRITE, 3 * i + 2);
		vring_desc(r, 3u * i + 2, in + SECTOR, 1, DESC_WRITE, 0);
		vring_offer(r, 3 * i);
	}
	virtio_kick(&blk.dev, q);
	virtio_rig_run(&rig, 0);
}

/* n of them come back, with the bytes of their sectors and this status. */
static void expect_on(unsigned q, unsigned n, uint8_t first, uint8_t status)
{
	uint32_t id, len;
	unsigned got = 0;

	for (unsigned tries = 0; got < n && tries < 20; tries++) {
		while (vring_take(&rig.ring[q], &id, &len)) {
			uint8_t *in = guest_at(&rig.ram,
					       RIG_DATA + MiB + 64 * KiB * q + 4 * KiB * (id / 3),
					       SECTOR + 1);

			assert_int_equal(in[SECTOR], status);
			if (!status)
				assert_int_equal(in[SECTOR - 1], (first + id / 3) % 251);
			got++;
		}
		if (got < n)
			virtio_rig_run(&rig, 100);
	}
	assert_int_equal(got, n);
}

static void offer(unsigned n, uint8_t first)
{
	offer_on(0, n, first);
}

static void expect(unsigned n, uint8_t first, uint8_t status)
{
	expect_on(0, n, first, status);
	assert_int_equal(blk.in_flight, 0);
}

static void one_call_a_kick(void **state)
{
	(void)state;
	build_default(FLUSH);
	host.hold = true;
	offer(CHAINS, 10);
	assert_int_equal(host.submits, 1);
	assert_int_equal(host.n_held, CHAINS);
	assert_int_equal(rig.signals[0], 0);
	blk_release();
	virtio_rig_run(&rig, 100);
	assert_int_equal(rig.signals[0], 1);
	expect(CHAINS, 10, 0);
}

static void queues_are_apart(void **state)
{
	(void)state;
	build_default(FLUSH);
	host.hold = true;
	offer_on(0, CHAINS, 10);
	offer_on(1, CHAINS, 90);
	assert_int_equal(host.n_held, 2 * CHAINS);
	blk_release();
	expect_on(1, CHAINS, 90, 0);
	expect_on(0, CHAINS, 10, 0);
	assert_int_equal(rig.signals[0], 1);
	assert_int_equal(rig.signals[1], 1);
}

/* The rest of a request goes into the ring again. */
static void short_counts(void **state)
{
	(void)state;
	build_default(FLUSH);
	host.piece = 200;
	offer(CHAINS, 15);
	expect(CHAINS, 15, 0);
	assert_int_equal(host.submits, 3);
	memset(virtio_rig_out(&rig) + 16, 0xcc, SECTOR);
	assert_int_equal(request(T_OUT, 8, SECTOR, 0), 0);
	expect_file(8, 0xcc);
	assert_int_equal(host.submits, 6);
}

static void the_kernel_takes_some(void **state)
{
	(void)state;
	build_default(FLUSH);
	host.submit_some = true;
	offer(CHAINS, 20);
	assert_int_equal(host.submits, CHAINS);
	expect(CHAINS, 20, 0);
}

static void reset_waits_for_the_ring(void **state)
{
	uint32_t id, len;

	(void)state;
	build_default(FLUSH);
	host.hold = true;
	offer(CHAINS, 3);
	virtio_set_status(&blk.dev, 0);
	virtio_rig_run(&rig, 0);
	assert_int_equal(blk.dev.status, 0xf); /* not yet */
	blk_release();
	virtio_rig_run(&rig, 100);
	assert_int_equal(blk.dev.status, 0);
	assert_false(vring_take(&rig.ring[0], &id, &len));
	assert_int_equal(rig.signals[0], 0);
	host.hold = false;
	virtio_rig_drive(&rig, FLUSH);
	offer(CHAINS, 4);
	expect(CHAINS, 4, 0);
}

static void broken_queues_get_nothing_back(void **state)
{
	uint32_t id, len;

	(void)state;
	build_default(FLUSH);
	host.hold = true;
	offer(1, 3);
	vring_offer(&rig.ring[0], 0xffff);
	virtio_kick(&blk.dev, 0);
	virtio_rig_run(&rig, 0);
	assert_true(blk.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	blk_release();
	virtio_rig_run(&rig, 100);
	assert_int_equal(blk.in_flight, 0);
	assert_false(vring_take(&rig.ring[0], &id, &len));
}

/* The ring is given up at the n-th call: nothing is lost, and the thread serves from then on. */
static void the_kernel_takes_no_more(void **state)
{
	static const int errors[] = { EAGAIN, EBUSY, EPERM, ENOMEM };
	const char *text;

	(void)state;
	build_default(FLUSH);
	blk_teardown(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		assert_int_equal(blk_setup(NULL), 0);
		build_default(FLUSH);
		host.submit_some = true;
		host.submit_fails_at = (unsigned)i + 1;
		host.submit_error = errors[i];
		fake_stderr_begin();
		offer(CHAINS, 30);
		expect(CHAINS, 30, 0);
		text = fake_stderr_end();
		assert_non_null(strstr(text, "io_uring"));
		assert_string_equal(strchr(text, '\n'), "\n"); /* one line */
		assert_int_equal(host.submits, i + 1);
		virtio_rig_drive(&rig, FLUSH);
		offer(CHAINS, 40);
		expect(CHAINS, 40, 0);
		assert_int_equal(host.submits, i + 1);
		if (i + 1 < ARRAY_SIZE(errors))
			blk_teardown(NULL);
	}
}

static void interrupted_calls_are_made_again(void **state)
{
	(void)state;
	build_default(FLUSH);
	host.submit_fails_at = 1;
	host.submit_error = EINTR;
	offer(CHAINS, 50);
	expect(CHAINS, 50, 0);
	assert_int_equal(host.submits, 2);
}

/* ---- the disk alone ---- */

static unsigned n_done;

static void count_done(struct disk *d, struct disk_request *r)
{
	(void)d;
	assert_int_equal(r->result, 0);
	n_done++;
}

static void settled(struct disk *d)
{
	(void)d;
}

/* Never more than the ring and what it answers have room for. */
static void the_ring_is_bounded(void **state)
{
	static struct disk_request r[500];
	static struct iovec iov[500];
	static uint8_t buf[500][SECTOR];
	struct disk_params p = params().disk;
	struct disk d;

	(void)state;
	p.done = count_done;
	p.settled = settled;
	n_done = 0;
	host.hold = true;
	assert_int_equal(disk_init(&d, &p), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(r); i++) {
		iov[i] = (struct iovec){ buf[i], SECTOR };
		r[i] = (struct disk_request){ .op = DISK_READ,
					      .offset = i * SECTOR,
					      .len = SECTOR,
					      .iov = &iov[i],
					      .n_iov = 1 };
		disk_submit(&d, &r[i]);
	}
	disk_kick(&d);
	disk_kick(&d);
	assert_int_equal(host.n_held, 128);
	for (unsigned tries = 0; tries < 10 && n_done < ARRAY_SIZE(r); tries++) {
		blk_release();
		virtio_rig_run(&rig, 100);
	}
	assert_int_equal(n_done, ARRAY_SIZE(r));
	assert_int_equal(host.most_held, 128);
	for (unsigned i = 0; i < ARRAY_SIZE(r); i++)
		assert_int_equal(buf[i][SECTOR - 1], i % 251);
	disk_fini(&d);
}

/* ---- whether there is a ring ---- */

static void hosts_that_refuse(void **state)
{
	static const int errors[] = { ENOSYS, EPERM, EACCES, ENOMEM };
	struct virtio_blk_params p = params();
	const char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		host.no_uring = errors[i];
		p.disk.aio = DISK_AIO_URING;
		fake_stderr_begin();
		assert_int_equal(virtio_blk_init(&blk, &p), -errors[i]);
		virtio_blk_fini(&blk);
		text = fake_stderr_end();
		assert_non_null(strstr(text, strerror(errors[i])));
		assert_non_null(strstr(text, "kernel.io_uring_disabled"));
		assert_string_equal(strchr(text, '\n'), "\n");

		p.disk.aio = DISK_AIO_AUTO;
		log_set_level(LOG_DEBUG);
		fake_stderr_begin();
		assert_int_equal(virtio_blk_init(&blk, &p), 0);
		text = fake_stderr_end();
		log_set_level(LOG_INFO);
		assert_non_null(strstr(text, "served by its thread: io_uring"));
		assert_string_equal(strchr(text, '\n'), "\n");
		virtio_blk_fini(&blk);
	}
	fake_stderr_begin();
	build(&p, FLUSH);
	assert_string_equal(fake_stderr_end(), "");
	offer(CHAINS, 60);
	expect(CHAINS, 60, 0);
	assert_int_equal(host.submits, 0);
}

static void threads_on_request(void **state)
{
	struct virtio_blk_params p = params();

	(void)state;
	p.disk.aio = DISK_AIO_THREADS;
	build(&p, FLUSH);
	offer(CHAINS, 70);
	expect(CHAINS, 70, 0);
	assert_int_equal(host.submits, 0);
}

/* ---- the host's own ring ---- */

static void served_by_the_kernel(void **state)
{
	struct virtio_blk_params p = params();

	(void)state;
	host.fake_ring = false;
	p.disk.aio = DISK_AIO_AUTO;
	build(&p, FLUSH | DISCARD);
	for (uint8_t i = 0; i < 100; i += CHAINS) {
		offer(CHAINS, i);
		expect(CHAINS, i, 0);
	}
	memset(virtio_rig_out(&rig) + 16, 0xee, SECTOR);
	assert_int_equal(request(T_OUT, 8, SECTOR, 0), 0);
	expect_file(7, 7);
	expect_file(8, 0xee);
	expect_file(9, 9);
	assert_int_equal(request(T_FLUSH, 0, 0, 0), 0);
	assert_int_equal(host.writes + host.flushes, 0); /* by the thread */
	assert_int_equal(range(T_WRITE_ZEROES, 20, 8, 0, 16), 0);
	expect_file(19, 19);
	expect_file(20, 0);
	expect_file(27, 0);
	expect_file(28, 28);
	assert_int_equal(range(T_DISCARD, 40, 8, 0, 16), 0);
	assert_int_equal(ftruncate(file, 100 * SECTOR), 0);
	assert_int_equal(request(T_IN, 99, 0, 2 * SECTOR), 1);
	assert_int_equal(request(T_IN, 99, 0, SECTOR), 0);
	assert_true(host.submits >= 100 / CHAINS);
}

static void ends_while_the_kernel_is_busy(void **state)
{
	(void)state;
	host.fake_ring = false;
	build_default(FLUSH);
	offer(CHAINS, 80);
	virtio_blk_fini(&blk);
	assert_int_equal(blk.in_flight, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLK_TEST(one_call_a_kick),
		BLK_TEST(queues_are_apart),
		BLK_TEST(short_counts),
		BLK_TEST(the_kernel_takes_some),
		BLK_TEST(reset_waits_for_the_ring),
		BLK_TEST(broken_queues_get_nothing_back),
		BLK_TEST(the_kernel_takes_no_more),
		BLK_TEST(interrupted_calls_are_made_again),
		BLK_TEST(the_ring_is_bounded),
		BLK_TEST(hosts_that_refuse),
		BLK_TEST(threads_on_request),
		BLK_TEST(served_by_the_kernel),
		BLK_TEST(ends_while_the_kernel_is_busy),
	};
	struct io_uring ring;

	if (io_uring_queue_init(4, &ring, 0)) {
		print_message("skipped: the host has no io_uring\n");
		return 0;
	}
	io_uring_queue_exit(&ring);
	blk_aio = DISK_AIO_URING;
	blk_fake_ring = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
