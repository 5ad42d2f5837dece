// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "test.h"

#include "blk_rig.h"
#include "fakes.h"

/* ---- a host that is in trouble ---- */

static void host_errors(void **state)
{
	static const int errors[] = { EIO, ENOSPC, ENOMEM, EINVAL };

	(void)state;
	build_default(FLUSH | DISCARD);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		host.error = errors[i];
		assert_int_equal(request(T_IN, 0, 0, SECTOR), 1);
		assert_int_equal(request(T_OUT, 0, SECTOR, 0), 1);
		assert_int_equal(request(T_FLUSH, 0, 0, 0), 1);
		assert_int_equal(range(T_WRITE_ZEROES, 0, 8, 0, 16), 1);
		assert_int_equal(range(T_DISCARD, 0, 8, 0, 16), errors[i] == EINVAL ? 0 : 1);
		host.error = 0;
		assert_int_equal(request(T_IN, 0, 0, SECTOR), 0);
	}
	/* nothing that a driver may believe */
	host.error = EIO;
	header(T_IN, 0);
	assert_int_equal(virtio_rig_request(&rig, 0, 16, SECTOR + 1), 0);
}

static void short_transfers(void **state)
{
	(void)state;
	build_default(FLUSH);
	host.interrupted = true;
	for (host.piece = 1; host.piece < 600; host.piece += 37) {
		assert_int_equal(request(T_IN, 9, 0, 2 * SECTOR), 0);
		assert_int_equal(virtio_rig_in(&rig)[SECTOR - 1], 9);
		assert_int_equal(virtio_rig_in(&rig)[2 * SECTOR - 1], 10);
		memset(virtio_rig_out(&rig) + 16, (int)host.piece & 0xff, SECTOR);
		assert_int_equal(request(T_OUT, 12, SECTOR, 0), 0);
		expect_file(12, (uint8_t)host.piece);
	}
}

static void file_shrinks(void **state)
{
	(void)state;
	build_default(FLUSH);
	assert_int_equal(ftruncate(file, 10 * SECTOR + 100), 0);
	assert_int_equal(request(T_IN, 9, 0, SECTOR), 0);
	assert_int_equal(request(T_IN, 10, 0, SECTOR), 1);
	assert_int_equal(request(T_IN, 11, 0, SECTOR), 1);
	assert_int_equal(request(T_IN, 9, 0, 2 * SECTOR), 1);
	assert_int_equal(request(T_OUT, 9, SECTOR, 0), 0);
	assert_true(virtio_running(&blk.dev));
}

static void direct_takes_any_buffer(void **state)
{
	struct virtio_blk_params p = params();

	(void)state;
	p.disk.direct = true;
	host.align = 4 * KiB;
	build(&p, FLUSH | DISCARD);
	/* the header makes the data of this rig's requests unaligned */
	for (unsigned sector = 1; sector < 20; sector += 5) {
		memset(virtio_rig_out(&rig) + 16, (int)(0x80 + sector), 3 * SECTOR);
		assert_int_equal(request(T_OUT, sector, 3 * SECTOR, 0), 0);
		expect_file(sector - 1, (uint8_t)(sector - 1));
		expect_file(sector, (uint8_t)(0x80 + sector));
		expect_file(sector + 2, (uint8_t)(0x80 + sector));
		expect_file(sector + 3, (uint8_t)(sector + 3));
		assert_int_equal(request(T_IN, sector, 0, 3 * SECTOR), 0);
		assert_int_equal(virtio_rig_in(&rig)[3 * SECTOR - 1], 0x80 + sector);
	}
	assert_int_equal(request(T_IN, 8, 0, 4 * KiB), 0);
	assert_int_equal(request(T_IN, 8, 0, MiB - SECTOR), 0);
	assert_int_equal(virtio_rig_in(&rig)[MiB - SECTOR - 1], (8 + 2046) % 251);
	host.range_error = EOPNOTSUPP;
	assert_int_equal(range(T_WRITE_ZEROES, 1001, 33, 0, 16), 0);
	for (unsigned i = 1000; i < 1036; i++)
		expect_file(i, i >= 1001 && i < 1034 ? 0 : i % 251);
}

/* ---- files ---- */

static const char *refused(const struct virtio_blk_params *p, int err)
{
	struct virtio_blk b;
	const char *text;
	int ret;

	fake_stderr_begin();
	ret = virtio_blk_init(&b, p);
	virtio_blk_fini(&b);
	text = fake_stderr_end();
	assert_int_equal(ret, err);
	assert_non_null(strchr(text, '\n'));
	assert_string_equal(strchr(text, '\n'), "\n"); /* one line */
	assert_non_null(strstr(text, "--disk"));
	return text;
}

static void locks(void **state)
{
	struct virtio_blk_params w = params(), r = params();
	struct virtio_blk b;

	(void)state;
	r.disk.readonly = true;
	build_default(FLUSH);
	assert_non_null(strstr(refused(&w, -EBUSY), disk_path));
	assert_non_null(strstr(refused(&r, -EBUSY), "for writing"));
	virtio_blk_fini(&blk);
	virtio_fini(&blk.dev);
	build(&r, FLUSH);
	assert_int_equal(virtio_blk_init(&b, &r), 0);
	virtio_blk_fini(&b);
	refused(&w, -EBUSY);
}

static void files_that_are_no_disks(void **state)
{
	char dir[] = "/tmp/test_virtio_blk_dir.XXXXXX", name[64];
	struct virtio_blk_params p = params();

	(void)state;
	assert_non_null(mkdtemp(dir));
	p.disk.path = dir;
	refused(&p, -EISDIR);
	p.disk.readonly = true;
	refused(&p, -EISDIR);
	snprintf(name, sizeof(name), "%s/fifo", dir);
	p.disk.path = name;
	assert_int_equal(mkfifo(name, 0600), 0);
	refused(&p, -EINVAL);
	p.disk.readonly = false;
	refused(&p, -EINVAL);
	unlink(name);
	refused(&p, -ENOENT);
	p.disk.path = "/dev/null";
	refused(&p, -EINVAL);
	rmdir(dir);

	p = params();
	assert_int_equal(ftruncate(file, 0), 0);
	refused(&p, -EINVAL);
	assert_int_equal(ftruncate(file, 511), 0);
	fake_stderr_begin();
	assert_int_equal(virtio_blk_init(&blk, &p), -EINVAL);
	assert_non_null(strstr(fake_stderr_end(), "empty"));
	virtio_blk_fini(&blk);
	assert_int_equal(ftruncate(file, 1025), 0);
	fake_stderr_begin();
	build(&p, FLUSH);
	assert_non_null(strstr(fake_stderr_end(), "the last 1 byte"));
	assert_int_equal(get_le64(blk.config), 2);
}

static void every_host_call_may_fail(void **state)
{
	struct virtio_blk_params p = params();
	unsigned n = 1;

	(void)state;
	for (;; n++) {
		struct virtio_blk b;
		int ret;

		host.calls = 0;
		host.fail_at = n;
		fake_stderr_begin();
		ret = virtio_blk_init(&b, &p);
		virtio_blk_fini(&b);
		virtio_blk_fini(&b);
		assert_true(!ret == !*fake_stderr_end());
		if (!ret)
			break;
	}
	/* memory, eventfd, open, fstat, lock, epoll, thread; of a ring: memory, two fcntl, ring, its eventfd */
	assert_int_equal(n, blk_aio == DISK_AIO_URING ? 13 : 8);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		BLK_TEST(host_errors),
		BLK_TEST(short_transfers),
		BLK_TEST(file_shrinks),
		BLK_TEST(direct_takes_any_buffer),
		BLK_TEST(locks),
		BLK_TEST(files_that_are_no_disks),
		BLK_TEST(every_host_call_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return blk_run(run);
}
