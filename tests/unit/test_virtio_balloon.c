// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "dev/virtio_balloon.h"
#include "layout.h"
#include "test.h"
#include "virtio_rig.h"

#define PAGE	4096ULL
#define VICTIM	0x4000000ULL /* 64 MiB */
#define REPORTS 3	     /* the rig has four rings */

static struct {
	unsigned calls, fail_at;
	int error;
	size_t bytes;
} host;

int __real_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice)
{
	if (advice != MADV_DONTNEED)
		return __real_madvise(at, len, advice);
	assert_int_equal((uintptr_t)at % PAGE, 0);
	assert_int_equal(len % PAGE, 0);
	if (++host.calls == host.fail_at) {
		errno = host.error;
		return -1;
	}
	host.bytes += len;
	return __real_madvise(at, len, advice);
}

static struct virtio_rig rig;
static struct virtio_balloon balloon;

static int setup(void **state)
{
	(void)state;
	virtio_rig_init(&rig);
	memset(&host, 0, sizeof(host));
	virtio_balloon_init(&balloon, &rig.ram.map, 4 * GiB);
	return virtio_rig_attach(&rig, &balloon.dev);
}

static int teardown(void **state)
{
	(void)state;
	virtio_rig_fini(&rig);
	return 0;
}

static void drive(void)
{
	virtio_rig_drive(&rig, VIRTIO_BALLOON_F_STATS_VQ | VIRTIO_BALLOON_F_DEFLATE_ON_OOM |
				       VIRTIO_BALLOON_F_REPORTING);
}

static void fill(unsigned pages)
{
	memset(guest_at(&rig.ram, VICTIM, pages * PAGE), 0x5a, pages * PAGE);
}

static bool is_kept(unsigned page)
{
	const uint8_t *at = guest_at(&rig.ram, VICTIM + page * PAGE, PAGE);

	assert_true(at[0] == at[PAGE - 1]);
	return at[0] == 0x5a;
}

/* The request of queue 0 or 1 that names these. */
static void name_pages(unsigned queue, const uint32_t *page, unsigned n, unsigned extra)
{
	for (unsigned i = 0; i < n; i++)
		((uint32_t *)virtio_rig_out(&rig))[i] = htole32(page[i]);
	assert_int_equal(virtio_rig_request(&rig, queue, n * 4 + extra, 0), 0);
}

static void inflates(void **state)
{
	const uint32_t at = VICTIM / PAGE;
	const uint32_t up[] = { at, at + 1, at + 2 }, down[] = { at + 7, at + 6, at + 5, at + 9 };

	(void)state;
	drive();
	fill(10);
	name_pages(0, up, 3, 0);
	assert_int_equal(host.calls, 1);
	name_pages(0, down, 4, 0);
	assert_int_equal(host.calls, 3);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(is_kept(i), i == 3 || i == 4 || i == 8);
	fill(10);
	name_pages(1, up, 3, 0); /* deflating does nothing */
	for (unsigned i = 0; i < 10; i++)
		assert_true(is_kept(i));
}

/* Pages that other processes can map go from the memfd, not only from here. */
static void shared_memory(void **state)
{
	const uint32_t at = VICTIM / PAGE, up[] = { at, at + 1, at + 2 };
	const struct mem_backing shared = { .shared = true };
	struct stat full, less;

	(void)state;
	mem_fini(&rig.ram.mem);
	assert_int_equal(mem_init_backed(&rig.ram.mem, &rig.ram.map, &shared), 0);
	drive();
	fill(10);
	virtio_rig_out(&rig)[0] = 0; /* the request's own page is there */
	virtio_rig_in(&rig)[0] = 0;
	assert_int_equal(fstat(rig.ram.mem.share[0].fd, &full), 0);
	name_pages(0, up, 3, 0);
	assert_int_equal(fstat(rig.ram.mem.share[0].fd, &less), 0);
	assert_int_equal(full.st_blocks - less.st_blocks, 3 * PAGE / 512);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(is_kept(i), i > 2);
}

/* What is no RAM, or not the guest's to use, or not a whole number, does nothing. */
static void odd_pages(void **state)
{
	const uint32_t
		bad[] = {
			0xffffffff,
			0xfffffffe,
			0x80000000,
			GUEST_BAR / PAGE,
			LAYOUT_ACPI / PAGE,
			0xa0,
			0xf0,
			LAYOUT_LAPIC / PAGE,
			0xc0000 /* where RAM ends, or nothing is */
		};
	const uint32_t end = GUEST_LOW_END / PAGE, at = VICTIM / PAGE;
	const uint32_t over[] = { end - 2, end - 1, end, end + 1 };
	char acpi[16] = "tables";

	(void)state;
	drive();
	memcpy(guest_at(&rig.ram, LAYOUT_ACPI, sizeof(acpi)), acpi, sizeof(acpi));
	name_pages(0, bad, ARRAY_SIZE(bad), 0);
	assert_int_equal(host.calls, 0);
	assert_memory_equal(guest_at(&rig.ram, LAYOUT_ACPI, sizeof(acpi)), acpi, sizeof(acpi));
	name_pages(0, over, 4, 0);
	assert_int_equal(host.bytes, 2 * PAGE);
	fill(2);
	((uint32_t *)virtio_rig_out(&rig))[1] = htole32(at + 1);
	for (unsigned extra = 1; extra < 4; extra++)
		name_pages(0, &at, 1, extra);
	assert_false(is_kept(0));
	assert_true(is_kept(1));
	for (unsigned len = 1; len < 4; len++)
		assert_int_equal(virtio_rig_request(&rig, 0, len, 0), 0);
	assert_int_equal(virtio_rig_request(&rig, 0, 0, 64), 0); /* to write, and none to read */
	assert_true(virtio_running(&balloon.dev));
}

static void long_requests_are_cut(void **state)
{
	uint32_t *list = (uint32_t *)virtio_rig_out(&rig);
	const unsigned n = VIRTIO_BALLOON_PAGES_MAX + 10;

	(void)state;
	drive();
	for (unsigned i = 0; i < n; i++)
		list[i] = htole32((uint32_t)(VICTIM / PAGE) + i);
	assert_int_equal(virtio_rig_request(&rig, 0, n * 4, 0), 0);
	assert_int_equal(host.bytes, VIRTIO_BALLOON_PAGES_MAX * PAGE);
}

static void report(uint64_t gpa, uint32_t len)
{
	uint32_t id, written;

	vring_desc(&rig.ring[REPORTS], 0, gpa, len, DESC_WRITE, 0);
	vring_offer(&rig.ring[REPORTS], 0);
	virtio_kick(&balloon.dev, REPORTS);
	virtio_rig_run(&rig, 100);
	if (virtio_running(&balloon.dev))
		assert_true(vring_take(&rig.ring[REPORTS], &id, &written));
}

static void reports(void **state)
{
	(void)state;
	drive();
	fill(10);
	report(VICTIM + PAGE, 3 * PAGE);
	assert_int_equal(host.bytes, 3 * PAGE);
	report(VICTIM + 5 * PAGE + 1, 2 * PAGE); /* one whole page */
	assert_int_equal(host.bytes, 4 * PAGE);
	report(VICTIM + 8 * PAGE + 1, 2 * PAGE - 2);
	report(VICTIM + 8 * PAGE, 1);
	assert_int_equal(host.bytes, 4 * PAGE);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(is_kept(i), !(i >= 1 && i < 4) && i != 6);
	/* from the ACPI tables into RAM; the region is one */
	report(LAYOUT_ACPI, PAGE);
	assert_int_equal(host.bytes, 4 * PAGE);
	assert_true(virtio_running(&balloon.dev));
	report(GUEST_LOW_END - PAGE, 2 * PAGE); /* beyond its region: the driver broke the rules */
	assert_false(virtio_running(&balloon.dev));
	assert_int_equal(host.bytes, 4 * PAGE);
}

/* Queue 4, as the specification numbers it; the rig's rings are 0 to 3. */
static void reports_by_the_specification(void **state)
{
	(void)state;
	assert_int_equal(balloon.dev.n_queues, 5);
	drive();
	fill(1);
	balloon.dev.queue[4].ring = balloon.dev.queue[3].ring;
	vring_desc(&rig.ring[3], 0, VICTIM, PAGE, DESC_WRITE, 0);
	vring_offer(&rig.ring[3], 0);
	virtio_kick(&balloon.dev, 4);
	virtio_rig_run(&rig, 100);
	assert_false(is_kept(0));
}

/* Queue 2, of a driver that takes no statistics and counts what it has. */
static void reports_without_statistics(void **state)
{
	uint32_t id, len;

	(void)state;
	virtio_rig_drive(&rig, VIRTIO_BALLOON_F_REPORTING);
	fill(1);
	vring_desc(&rig.ring[2], 0, VICTIM, PAGE, DESC_WRITE, 0);
	vring_offer(&rig.ring[2], 0);
	virtio_kick(&balloon.dev, 2);
	virtio_rig_run(&rig, 100);
	assert_true(vring_take(&rig.ring[2], &id, &len));
	assert_false(is_kept(0));
}

static void the_host_refuses(void **state)
{
	const uint32_t at[] = { VICTIM / PAGE, VICTIM / PAGE + 2 };

	(void)state;
	drive();
	fill(3);
	host.fail_at = 1;
	host.error = EINVAL;
	name_pages(0, at, 2, 0);
	assert_true(is_kept(0));
	assert_false(is_kept(2));
	assert_true(virtio_running(&balloon.dev));
}

/* The driver's buffer of statistics stays, over a kick for nothing and until the reset. */
static void statistics_stay(void **state)
{
	uint32_t id, len;

	(void)state;
	drive();
	vring_desc(&rig.ring[2], 0, RIG_DATA, 100, 0, 0);
	vring_offer(&rig.ring[2], 0);
	for (unsigned i = 0; i < 2; i++) {
		virtio_kick(&balloon.dev, 2);
		virtio_rig_run(&rig, 100);
		assert_false(vring_take(&rig.ring[2], &id, &len));
	}
	virtio_set_status(&balloon.dev, 0);
	assert_int_equal(balloon.dev.status, 0);
	drive();
	assert_true(virtio_running(&balloon.dev));
}

static void target(void **state)
{
	(void)state;
	virtio_balloon_set_target(&balloon, GiB); /* before the driver: no interrupt */
	assert_int_equal(le32toh(balloon.config.num_pages), 3 * GiB / PAGE);
	assert_int_equal(rig.config_changes, 0);
	drive();
	virtio_balloon_set_target(&balloon, 4 * GiB);
	assert_int_equal(balloon.config.num_pages, 0);
	assert_int_equal(rig.config_changes, 1);
	virtio_balloon_set_target(&balloon, UINT64_MAX);
	assert_int_equal(balloon.config.num_pages, 0);
	balloon.ram_size = UINT64_MAX;
	virtio_balloon_set_target(&balloon, 0);
	assert_int_equal(balloon.config.num_pages, UINT32_MAX);
}

/* Only `actual` is the driver's, in pieces of any width. */
static void configuration(void **state)
{
	static const uint8_t ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	(void)state;
	for (unsigned width = 1; width <= 8; width *= 2)
		for (unsigned off = 0; off + width <= 8; off += width) {
			uint8_t *c = (uint8_t *)&balloon.config;

			memset(c, 0, 8);
			balloon.dev.ops->config_write(&balloon.dev, off, ones, width);
			for (unsigned i = 0; i < 8; i++)
				assert_int_equal(c[i],
						 off >= 4 && i >= off && i < off + width ? 255 : 0);
		}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(inflates),
		T(shared_memory),
		T(odd_pages),
		T(long_requests_are_cut),
		T(reports),
		T(reports_by_the_specification),
		T(reports_without_statistics),
		T(the_host_refuses),
		T(statistics_stay),
		T(target),
		T(configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
