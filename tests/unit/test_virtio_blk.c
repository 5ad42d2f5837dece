// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#include "blk_rig.h"

/* ---- requests ---- */

static void requests(void **state)
{
	static const struct {
		const char *what;
		uint32_t type;
		uint64_t sector;
		uint32_t out, in;
		int want;
	} t[] = {
		{ "read", T_IN, 3, 0, 512, 0 },
		{ "read the last", T_IN, SECTORS - 1, 0, 512, 0 },
		{ "read all but 128 KiB", T_IN, 256, 0, 1 << 19, 0 },
		{ "read one too many", T_IN, SECTORS - 1, 0, 1024, 1 },
		{ "read behind the end", T_IN, SECTORS, 0, 512, 1 },
		{ "read far behind", T_IN, SECTORS + 1, 0, 512, 1 },
		{ "sector wraps", T_IN, -1ULL, 0, 512, 1 },
		{ "sector times 512 wraps", T_IN, 1ULL << 55, 0, 512, 1 },
		{ "sum wraps", T_IN, -1ULL, 0, 1024, 1 },
		{ "no whole sector", T_IN, 0, 0, 511, 1 },
		{ "more than a sector", T_IN, 0, 0, 513, 1 },
		{ "read nothing", T_IN, 0, 0, 0, 1 },
		{ "write", T_OUT, 3, 512, 0, 0 },
		{ "write the last", T_OUT, SECTORS - 1, 512, 0, 0 },
		{ "write one too many", T_OUT, SECTORS - 1, 1024, 0, 1 },
		{ "write behind the end", T_OUT, SECTORS, 512, 0, 1 },
		{ "write at the end of all", T_OUT, -1ULL, 512, 0, 1 },
		{ "write part of a sector", T_OUT, 0, 100, 0, 1 },
		{ "write nothing", T_OUT, 0, 0, 0, 1 },
		{ "flush", T_FLUSH, 0, 0, 0, 0 },
		{ "id", T_GET_ID, 0, 0, 20, 0 },
		{ "id with little room", T_GET_ID, 0, 0, 19, 1 },
		{ "legacy SCSI command", 2, 0, 16, 16, 2 },
		{ "get lifetime", 10, 0, 0, 36, 2 },
		{ "secure erase", 14, 0, 16, 0, 2 },
		{ "no type", 0xffffffff, 0, 0, 512, 2 },
		{ "barrier bit", 0x80000000, 0, 0, 512, 2 },
	};

	(void)state;
	build_default(FLUSH | DISCARD);
	host.allocated = 0;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		int got = request(t[i].type, t[i].sector, t[i].out, t[i].in);

		if (got != t[i].want)
			fail_msg("%s: %d, want %d", t[i].what, got, t[i].want);
	}
	assert_int_equal(host.allocated, 0); /* a guest cannot make it grow */
	assert_int_equal(host.flushes, 1);
	assert_int_equal(host.stable, 0);
	assert_true(virtio_running(&blk.dev));
	assert_int_equal(lseek(file, 0, SEEK_END), SECTORS * SECTOR);
}

static void data_goes_where_it_should(void **state)
{
	(void)state;
	build_default(FLUSH);
	assert_int_equal(request(T_IN, 7, 0, 2 * SECTOR), 0);
	for (unsigned i = 0; i < 2 * SECTOR; i++)
		assert_int_equal(virtio_rig_in(&rig)[i], 7 + i / SECTOR);
	memset(virtio_rig_out(&rig) + 16, 0xee, SECTOR);
	assert_int_equal(request(T_OUT, 8, SECTOR, 0), 0);
	expect_file(7, 7);
	expect_file(8, 0xee);
	expect_file(9, 9);
	/* on the second queue as well */
	header(T_IN, 8);
	assert_int_equal(virtio_rig_request(&rig, 1, 16, SECTOR + 1), SECTOR + 1);
	assert_int_equal(virtio_rig_in(&rig)[0], 0xee);
	assert_int_equal(rig.signals[1], 1);
}

/* Header, data and status cut anywhere: framing means nothing (2.7.4). */
static void any_framing(void **state)
{
	struct vring *r = &rig.ring[0];
	uint8_t *in, *out;
	uint32_t id, len;

	(void)state;
	build_default(FLUSH);
	for (unsigned a = 1; a < 40; a += 3) {
		out = virtio_rig_out(&rig);
		in = virtio_rig_in(&rig);
		header(T_IN, 5);
		memset(in, 0x55, SECTOR + 1);
		vring_desc(r, 0, RIG_DATA, MIN(a, 15u), DESC_NEXT, 1);
		vring_desc(r, 1, RIG_DATA + MIN(a, 15u), 16 - MIN(a, 15u), DESC_NEXT, 2);
		vring_desc(r, 2, RIG_DATA + MiB, a, DESC_NEXT | DESC_WRITE, 3);
		vring_desc(r, 3, RIG_DATA + MiB + a, SECTOR + 1 - a, DESC_WRITE, 0);
		vring_offer(r, 0);
		virtio_kick(&blk.dev, 0);
		while (!vring_take(r, &id, &len))
			virtio_rig_run(&rig, 100);
		assert_int_equal(len, SECTOR + 1);
		for (unsigned i = 0; i <= SECTOR; i++)
			assert_int_equal(in[i], i < SECTOR ? 5 : 0);

		header(T_OUT, 6);
		memset(out + 16, (int)a, SECTOR);
		vring_desc(r, 0, RIG_DATA, a, DESC_NEXT, 1);
		vring_desc(r, 1, RIG_DATA + a, 16 + SECTOR - a, DESC_NEXT, 2);
		vring_desc(r, 2, RIG_DATA + MiB, 1, DESC_WRITE, 0);
		vring_offer(r, 0);
		virtio_kick(&blk.dev, 0);
		while (!vring_take(r, &id, &len))
			virtio_rig_run(&rig, 100);
		assert_int_equal(in[0], 0);
		expect_file(6, (uint8_t)a);
	}
}

static void no_place_for_a_status(void **state)
{
	static const struct {
		uint32_t out, in;
	} t[] = { { 16, 0 }, { 15, 1 }, { 15, 513 }, { 0, 513 }, { 528, 0 } };

	(void)state;
	build_default(FLUSH);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		virtio_rig_drive(&rig, FLUSH);
		header(T_IN, 0);
		assert_int_equal(virtio_rig_request(&rig, 0, t[i].out, t[i].in), -1);
		assert_true(blk.dev.status & VIRTIO_STATUS_NEEDS_RESET);
		assert_int_equal(rig.config_changes, i + 1);
	}
	virtio_rig_drive(&rig, FLUSH);
	assert_int_equal(request(T_IN, 0, 0, 512), 0);
}

static void ranges(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t sector;
		uint32_t sectors, flags, size;
		int want;
	} t[] = {
		{ T_DISCARD, 10, 8, 0, 16, 0 },
		{ T_WRITE_ZEROES, 20, 8, 0, 16, 0 },
		{ T_WRITE_ZEROES, 30, 8, 1, 16, 0 },
		{ T_DISCARD, 10, 8, 1, 16, 2 }, /* unmap means nothing here */
		{ T_DISCARD, 10, 8, 2, 16, 2 },
		{ T_WRITE_ZEROES, 20, 8, 2, 16, 2 },
		{ T_WRITE_ZEROES, 20, 8, 0x80000000, 16, 2 },
		{ T_DISCARD, SECTORS, 1, 0, 16, 1 },
		{ T_DISCARD, -1ULL, 2, 0, 16, 1 },
		{ T_DISCARD, 0, 0, 0, 16, 1 },
		{ T_DISCARD, 0, 0xffffffff, 0, 16, 1 },
		{ T_WRITE_ZEROES, 0, SECTORS + 1, 0, 16, 1 },
		{ T_WRITE_ZEROES, 0, 0xffffffff, 0, 16, 1 },
		{ T_DISCARD, 10, 8, 0, 32, 1 },
		{ T_DISCARD, 10, 8, 0, 15, 1 },
		{ T_DISCARD, 10, 8, 0, 0, 1 },
	};

	(void)state;
	build_default(FLUSH | DISCARD);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(range(t[i].type, t[i].sector, t[i].sectors, t[i].flags, t[i].size),
				 t[i].want);
	assert_int_equal(host.punched, 2);
	assert_int_equal(host.zeroed, 1);
	for (unsigned i = 0; i < SECTORS; i++)
		expect_file(i, (i >= 10 && i < 18) || (i >= 20 && i < 28) || (i >= 30 && i < 38)
				       ? 0
				       : i % 251);
	/* a file system that knows neither */
	host.range_error = EOPNOTSUPP;
	assert_int_equal(range(T_DISCARD, 40, 8, 0, 16), 0);
	expect_file(40, 40);
	assert_int_equal(range(T_WRITE_ZEROES, 50, 400, 0, 16), 0);
	for (unsigned i = 49; i < 452; i++)
		expect_file(i, i >= 50 && i < 450 ? 0 : i % 251);
	virtio_rig_drive(&rig, FLUSH); /* without the features */
	assert_int_equal(range(T_DISCARD, 60, 8, 0, 16), 2);
	assert_int_equal(range(T_WRITE_ZEROES, 60, 8, 0, 16), 2);
}

/* As config space says: nobody waits for ever behind one request. */
static void ranges_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(ftruncate(file, 64 * MiB), 0);
	build_default(FLUSH | DISCARD);
	assert_int_equal(get_le32(blk.config + 48), 65536);
	assert_int_equal(range(T_WRITE_ZEROES, 0, 65536, 0, 16), 0);
	assert_int_equal(range(T_WRITE_ZEROES, 0, 65537, 0, 16), 1);
}

static void writes_are_stable_without_flush(void **state)
{
	(void)state;
	build_default(0);
	assert_int_equal(request(T_OUT, 0, SECTOR, 0), 0);
	assert_int_equal(host.stable, 1);
	virtio_rig_drive(&rig, FLUSH);
	assert_int_equal(request(T_OUT, 0, SECTOR, 0), 0);
	assert_int_equal(host.stable, 1);
}

static void what_the_driver_is_told(void **state)
{
	struct virtio_blk_params p = params();

	(void)state;
	p.serial = "12345678901234567890";
	p.queues = 64;
	build(&p, FLUSH);
	assert_int_equal(get_le64(blk.config), SECTORS);
	assert_int_equal(get_le32(blk.config + 12), 254);
	assert_int_equal(get_le32(blk.config + 20), 512);
	assert_int_equal(blk.config[24], 0);
	assert_int_equal(get_le16(blk.config + 34), 64);
	assert_int_equal(request(T_GET_ID, 0, 0, 20), 0);
	assert_memory_equal(virtio_rig_in(&rig), p.serial, 20);
	virtio_blk_fini(&blk);
	virtio_fini(&blk.dev);

	p.serial = "ab";
	p.queues = 1;
	p.disk.direct = true;
	build(&p, FLUSH);
	assert_int_equal(get_le32(blk.config + 20), 512);
	assert_int_equal(blk.config[24], 3);
	assert_int_equal(request(T_GET_ID, 0, 0, 20), 0);
	assert_memory_equal(virtio_rig_in(&rig), "ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
}

static void read_only(void **state)
{
	struct virtio_blk_params p = params();

	(void)state;
	p.disk.readonly = true;
	build(&p, FLUSH);
	assert_true(blk.dev.offered & READ_ONLY);
	assert_false(blk.dev.offered & DISCARD);
	assert_int_equal(request(T_IN, 7, 0, SECTOR), 0);
	assert_int_equal(request(T_OUT, 7, SECTOR, 0), 1);
	assert_int_equal(range(T_WRITE_ZEROES, 7, 1, 0, 16), 2);
	assert_int_equal(host.writes, 0);
	assert_int_equal(request(T_FLUSH, 0, 0, 0), 0);
	expect_file(7, 7);
}

/* ---- reset and end with requests on their way ---- */

static void reset_waits_for_the_host(void **state)
{
	struct vring *r = &rig.ring[0];
	uint32_t id, len;

	(void)state;
	if (blk_aio != DISK_AIO_THREADS)
		skip();
	build_default(FLUSH);
	host.gate = true;
	for (uint16_t i = 0; i < 9; i += 3) {
		header(T_IN, 3);
		vring_desc(r, i, RIG_DATA, 16, DESC_NEXT, i + 1);
		vring_desc(r, i + 1u, RIG_DATA + MiB, SECTOR + 1, DESC_WRITE, 0);
		vring_offer(r, i);
	}
	virtio_kick(&blk.dev, 0);
	virtio_rig_run(&rig, 0);
	sem_wait(&host.at_gate); /* one is being served, two wait */
	assert_int_equal(blk.in_flight, 3);
	virtio_set_status(&blk.dev, 0);
	assert_int_equal(blk.in_flight, 1);
	assert_int_equal(blk.dev.status, 0xf); /* not yet */
	virtio_set_status(&blk.dev, 1);
	virtio_kick(&blk.dev, 0);
	virtio_rig_run(&rig, 0);
	assert_int_equal(blk.dev.status, 0xf);
	host.gate = false;
	sem_post(&host.open);
	for (unsigned i = 0; i < 20 && blk.dev.status; i++)
		virtio_rig_run(&rig, 100);
	assert_int_equal(blk.dev.status, 0);
	assert_int_equal(blk.in_flight, 0);
	assert_false(vring_take(r, &id, &len)); /* the driver's memory again */
	assert_int_equal(rig.signals[0], 0);
	virtio_rig_drive(&rig, FLUSH);
	assert_int_equal(request(T_IN, 3, 0, SECTOR), 0);
}

static void broken_queues_get_nothing_back(void **state)
{
	struct vring *r = &rig.ring[0];
	uint32_t id, len;

	(void)state;
	if (blk_aio != DISK_AIO_THREADS)
		skip();
	build_default(FLUSH);
	host.gate = true;
	header(T_IN, 3);
	vring_desc(r, 0, RIG_DATA, 16, DESC_NEXT, 1);
	vring_desc(r, 1, RIG_DATA + MiB, SECTOR + 1, DESC_WRITE, 0);
	vring_offer(r, 0);
	vring_offer(r, 0xffff);
	virtio_kick(&blk.dev, 0);
	virtio_rig_run(&rig, 0);
	assert_true(blk.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	sem_wait(&host.at_gate);
	host.gate = false;
	sem_post(&host.open);
	for (unsigned i = 0; i < 20 && blk.in_flight; i++)
		virtio_rig_run(&rig, 100);
	assert_int_equal(blk.in_flight, 0);
	assert_false(vring_take(r, &id, &len));
	virtio_rig_drive(&rig, FLUSH);
	assert_int_equal(request(T_IN, 3, 0, SECTOR), 0);
}

static void ends_with_requests_on_their_way(void **state)
{
	struct vring *r = &rig.ring[0];

	(void)state;
	build_default(FLUSH);
	for (uint16_t i = 0; i < 8; i++) {
		header(T_IN, 3);
		vring_desc(r, 2u * i, RIG_DATA, 16, DESC_NEXT, 2 * i + 1);
		vring_desc(r, 2u * i + 1, RIG_DATA + MiB, SECTOR + 1, DESC_WRITE, 0);
		vring_offer(r, 2 * i);
	}
	virtio_kick(&blk.dev, 0);
	virtio_rig_run(&rig, 0);
	virtio_blk_fini(&blk);
	assert_int_equal(blk.in_flight, 0);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		BLK_TEST(requests),
		BLK_TEST(data_goes_where_it_should),
		BLK_TEST(any_framing),
		BLK_TEST(no_place_for_a_status),
		BLK_TEST(ranges),
		BLK_TEST(ranges_are_bounded),
		BLK_TEST(writes_are_stable_without_flush),
		BLK_TEST(what_the_driver_is_told),
		BLK_TEST(read_only),
		BLK_TEST(reset_waits_for_the_host),
		BLK_TEST(broken_queues_get_nothing_back),
		BLK_TEST(ends_with_requests_on_their_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return blk_run(run);
}
