// SPDX-License-Identifier: BSD-2-Clause
/*
 * Huge pages and a start that waits for memory, before a host whose pool of pages is a pair of numbers:
 * fopen, mmap and madvise are wrapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fakes.h"
#include "mem_back.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
int __wrap_munmap(void *at, size_t len);
int __real_munmap(void *at, size_t len);
int __wrap_madvise(void *at, size_t len, int advice);
int __wrap_memfd_create(const char *name, unsigned flags);
int __real_memfd_create(const char *name, unsigned flags);

static struct {
	uint64_t page; /* the one size there is a pool of */
	uint64_t total, free, reserved;
	bool stingy; /* the pool gives nothing, whatever it counts */
	uint64_t taken;
	uint64_t mapped; /* bytes: what came from mmap and did not go by munmap */
	pthread_mutex_t lock;
	uint64_t populated;
	unsigned calls, fail_at; /* of MADV_POPULATE_WRITE */
	int err;
	bool again; /* each first try is interrupted */
	unsigned advice_huge, advice_small;
	unsigned memfds, memfd_fails_at;
	int huge_fd; /* the last memfd of pages of the pool */
} host = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void host_is(uint64_t page, uint64_t total, uint64_t free, uint64_t reserved)
{
	memset(&host, 0, sizeof(host));
	pthread_mutex_init(&host.lock, NULL);
	host.page = page;
	host.total = total;
	host.free = free;
	host.reserved = reserved;
	host.huge_fd = -1;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	const struct {
		const char *name;
		uint64_t value;
	} files[] = { { "nr_hugepages", host.total },
		      { "free_hugepages", host.free },
		      { "resv_hugepages", host.reserved } };
	static char text[3][32];
	char want[96];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(want, sizeof(want), "/sys/kernel/mm/hugepages/hugepages-%llukB/%s",
			 (unsigned long long)(host.page / KiB), files[i].name);
		if (strcmp(path, want))
			continue;
		snprintf(text[i], sizeof(text[i]), "%llu\n", (unsigned long long)files[i].value);
		return fmemopen(text[i], strlen(text[i]), "r");
	}
	return strncmp(path, "/sys/kernel/mm", 14) ? __real_fopen(path, mode) : NULL;
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	uint64_t page = 1ULL << (flags >> 26 & 0x3f);
	void *p;

	if (fd >= 0 && fd == host.huge_fd) {
		flags |= MAP_HUGETLB;
		page = host.page;
	}
	if (!(flags & MAP_HUGETLB)) {
		p = __real_mmap(at, len, prot, flags, fd, off);
		host.mapped += p == MAP_FAILED || flags & MAP_FIXED ? 0 : len;
		return p;
	}
	assert_int_equal(page, host.page);
	assert_int_equal(((uintptr_t)at | len) & (page - 1), 0);
	assert_true(flags & MAP_FIXED);
	assert_false(flags & MAP_NORESERVE);
	if (host.stingy || len / page > host.free - host.reserved - host.taken) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	host.taken += len / page;
	return at;
}

/* Pages of the pool are others here, of which there are enough. */
int __wrap_memfd_create(const char *name, unsigned flags)
{
	int fd;

	if (++host.memfds == host.memfd_fails_at) {
		errno = EMFILE;
		return -1;
	}
	assert_true(flags & MFD_CLOEXEC);
	fd = __real_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (flags & MFD_HUGETLB) {
		assert_int_equal(1ULL << (flags >> 26), host.page);
		host.huge_fd = fd;
	}
	return fd;
}

int __wrap_munmap(void *at, size_t len)
{
	host.mapped -= len;
	return __real_munmap(at, len);
}

int __wrap_madvise(void *at, size_t len, int advice)
{
	static __thread bool tried;

	(void)at;
	host.advice_huge += advice == MADV_HUGEPAGE;
	host.advice_small += advice == MADV_NOHUGEPAGE;
	if (advice != MADV_POPULATE_WRITE)
		return 0;
	tried = host.again && !tried;
	if (tried) {
		errno = len % 3 ? EINTR : EAGAIN;
		return -1;
	}
	pthread_mutex_lock(&host.lock);
	host.calls++;
	errno = host.calls == host.fail_at || host.err == EINVAL ? host.err : 0;
	host.populated += errno ? 0 : len;
	pthread_mutex_unlock(&host.lock);
	return errno ? -1 : 0;
}

static struct memmap plan(uint64_t ram, bool vga)
{
	static const struct mem_wish wish = { "vga", MEM_VGA, 128 * KiB, 4 * KiB, 0xa0000 };
	const struct memmap_params p = {
		.ram_size = ram, .phys_bits = 46, .wish = &wish, .n_wish = vga
	};
	struct memmap map;

	assert_int_equal(memmap_plan(&map, &p), 0);
	return map;
}

static void counts_whole_pages(void **state)
{
	static const struct {
		uint64_t page, gpa, size, pages;
	} t[] = {
		{ 0, 0, GiB, 0 },
		{ 2 * MiB, 0, GiB, 512 },
		{ 2 * MiB, 0, 2 * MiB - 4096, 0 },
		{ 2 * MiB, 4096, 4 * MiB, 1 },
		{ 2 * MiB, 4096, 2 * MiB, 0 },
		{ 2 * MiB, 4096, 2 * MiB - 4096, 0 },
		{ 2 * MiB, 0xc0000, 3 * GiB - 0xc0000, 1535 },
		{ GiB, 0, 3 * GiB, 3 },
		{ GiB, 0, GiB - 2 * MiB, 0 },
		{ GiB, 0xc0000, 3 * GiB - 0xc0000, 2 },
		{ GiB, 4 * GiB, 45 * GiB, 45 },
		{ GiB, 4 * GiB + 2 * MiB, 2 * GiB, 1 },
		{ GiB, 4 * GiB + 2 * MiB, GiB, 0 },
		{ GiB, 1ULL << 51, 1ULL << 51, 1ULL << 21 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct mem_backing b = { .huge_page = t[i].page };

		assert_int_equal(mem_back_pages(&b, t[i].gpa, t[i].size), t[i].pages);
	}
}

/* As many pages as the pool has, and one too few; with room that others have reserved. */
static void takes_from_the_pool(void **state)
{
	static const struct {
		uint64_t page, ram, pages;
		bool vga;
	} t[] = {
		{ 2 * MiB, 64 * MiB, 32, false },  { 2 * MiB, 64 * MiB, 31, true },
		{ 2 * MiB, 6 * GiB, 3072, false }, { GiB, 6 * GiB, 6, false },
		{ GiB, 6 * GiB, 5, true },	   { GiB, 5 * GiB + 512 * MiB, 5, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct mem_backing b = { .huge_page = t[i].page, .thp = true };
		struct memmap map = plan(t[i].ram, t[i].vga);
		char need[64];
		struct mem m;

		host_is(t[i].page, t[i].pages + 9, t[i].pages + 7, 7);
		assert_int_equal(mem_init_backed(&m, &map, &b), 0);
		assert_int_equal(host.taken, t[i].pages);
		assert_true(host.populated == t[i].ram - (t[i].vga ? 128 * KiB : 0));
		for (size_t k = 0; k < m.n; k++)
			assert_int_equal(((uintptr_t)m.region[k].hva ^ m.region[k].gpa) &
						 ((mem_back_pages(&b, m.region[k].gpa,
								  m.region[k].size)
							   ? t[i].page
							   : 2 * MiB) -
						  1),
					 0);
		mem_fini(&m);
		assert_int_equal(host.mapped, 0);

		host_is(t[i].page, t[i].pages + 9, t[i].pages + 6, 7);
		fake_stderr_begin();
		assert_int_equal(mem_init_backed(&m, &map, &b), -ENOMEM);
		snprintf(need, sizeof(need), ": %llu pages are needed, %llu are free: echo %llu > ",
			 (unsigned long long)t[i].pages, (unsigned long long)t[i].pages - 1,
			 (unsigned long long)t[i].pages + 10);
		assert_non_null(strstr(fake_stderr_end(), need));
		assert_int_equal(m.n, 0);
		assert_int_equal(host.mapped, 0);
		assert_int_equal(host.populated, 0);
	}
}

static void says_why_there_are_none(void **state)
{
	static const struct {
		uint64_t page, pool, ram;
		bool stingy;
		int ret;
		const char *text;
	} t[] = {
		{ GiB, GiB, 512 * MiB, false, -EINVAL, "hugepages=1G: there is no whole page" },
		{ GiB, 2 * MiB, 2 * GiB, false, -ENOENT, "hugepages=1G: this host has no pages" },
		{ 2 * MiB, GiB, 2 * GiB, false, -ENOENT, "hugepages=2M: this host has no pages" },
		{ GiB, GiB, 2 * GiB, true, -ENOMEM, "2 pages are needed and 50 are free, but not" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct mem_backing b = { .huge_page = t[i].page };
		struct memmap map = plan(t[i].ram, false);
		struct mem m;

		host_is(t[i].pool, 50, 50, 0);
		host.stingy = t[i].stingy;
		fake_stderr_begin();
		assert_int_equal(mem_init_backed(&m, &map, &b), t[i].ret);
		assert_non_null(strstr(fake_stderr_end(), t[i].text));
		assert_int_equal(host.mapped, 0);
	}
}

/* Every byte once, whatever interrupts; a refusal is an error and leaves nothing. */
static void waits_for_every_page(void **state)
{
	const struct mem_backing b = { .prealloc = true };
	struct memmap map = plan(GiB + 2 * MiB, true);
	const uint64_t bytes = GiB + 2 * MiB - 128 * KiB;
	unsigned calls;
	struct mem m;

	(void)state;
	host_is(0, 0, 0, 0);
	host.again = true;
	assert_int_equal(mem_init_backed(&m, &map, &b), 0);
	assert_int_equal(host.populated, bytes);
	assert_int_equal(host.advice_huge, 0);
	assert_int_equal(host.advice_small, 2);
	calls = host.calls;
	mem_fini(&m);
	for (unsigned n = 1; n <= calls; n++) {
		host_is(0, 0, 0, 0);
		host.fail_at = n;
		host.err = EFAULT;
		fake_stderr_begin();
		assert_int_equal(mem_init_backed(&m, &map, &b), -EFAULT);
		assert_non_null(strstr(fake_stderr_end(), "1025 MiB cannot be had at once"));
		assert_int_equal(m.n, 0);
		assert_int_equal(host.mapped, 0);
	}
}

/* A kernel that does not know the advice: pages are there because they were written to. */
static void touches_where_the_kernel_is_old(void **state)
{
	const struct mem_backing b = { .prealloc = true, .thp = true };
	struct memmap map = plan(64 * MiB, false);
	unsigned char there[64 * MiB / 4096];
	struct mem m;

	(void)state;
	host_is(0, 0, 0, 0);
	host.err = EINVAL;
	assert_int_equal(mem_init_backed(&m, &map, &b), 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(mincore(m.region[0].hva, 64 * MiB, there), 0);
	for (size_t i = 0; i < sizeof(there); i++)
		assert_true(there[i] & 1);
	mem_fini(&m);
	host_is(0, 0, 0, 0);
	assert_int_equal(mem_init(&m, &map), 0);
	assert_int_equal(host.calls, 0);
	assert_int_equal(host.advice_huge, 1);
	assert_int_equal(host.advice_small, 0);
	mem_fini(&m);
}

static unsigned open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* All of RAM, once, with descriptors that show the same bytes and keep their size. */
static void others_can_map_it(void **state)
{
	static const struct {
		uint64_t page, ram, pages;
		bool vga;
		unsigned shares;
	} t[] = {
		{ 0, 64 * MiB, 0, false, 1 },
		{ 0, 6 * GiB, 0, true, 3 },
		{ 2 * MiB, 64 * MiB, 32, false, 1 },
		{ 2 * MiB, 64 * MiB, 31, true, 3 },
		{ GiB, 5 * GiB + 512 * MiB, 5, false, 3 },
	};
	unsigned before = open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct mem_backing b = { .huge_page = t[i].page, .shared = true };
		struct memmap map = plan(t[i].ram, t[i].vga);
		uint64_t sum = 0;
		struct mem m;

		host_is(t[i].page, t[i].pages, t[i].pages, 0);
		assert_int_equal(mem_init_backed(&m, &map, &b), 0);
		assert_int_equal(host.taken, t[i].pages);
		assert_int_equal(m.n_shares, t[i].shares);
		for (size_t k = 0; k < m.n_shares; k++) {
			const struct mem_share *s = &m.share[k];
			uint8_t seen = 0;

			sum += s->size;
			assert_ptr_equal(mem_at(&m, s->gpa, s->size), s->hva);
			assert_int_equal(ftruncate(s->fd, 0), -1);
			assert_int_equal(ftruncate(s->fd, 1LL << 40), -1);
			/* huge pages of the fake pool are not really behind it */
			if (t[i].pages && s->size % t[i].page == 0)
				continue;
			*(uint8_t *)s->hva = (uint8_t)(k + 1);
			assert_int_equal(pread(s->fd, &seen, 1, (off_t)s->fd_off), 1);
			assert_int_equal(seen, k + 1);
			assert_int_equal((s->fd_off ^ (uintptr_t)s->hva) & (2 * MiB - 1), 0);
		}
		assert_int_equal(sum, t[i].ram - (t[i].vga ? 128 * KiB : 0));
		mem_fini(&m);
		assert_int_equal(m.n_shares, 0);
		assert_int_equal(host.mapped, 0);
		assert_int_equal(open_fds(), before);
		for (unsigned n = 1; n <= t[i].shares; n++) {
			host_is(t[i].page, t[i].pages, t[i].pages, 0);
			host.memfd_fails_at = n;
			fake_stderr_begin();
			assert_int_equal(mem_init_backed(&m, &map, &b), -EMFILE);
			assert_non_null(strstr(fake_stderr_end(), "cannot be mapped"));
			assert_int_equal(host.mapped, 0);
			assert_int_equal(open_fds(), before);
		}
		if (!t[i].pages)
			continue;
		host_is(t[i].page, t[i].pages, t[i].pages - 1, 0);
		fake_stderr_begin();
		assert_int_equal(mem_init_backed(&m, &map, &b), -ENOMEM);
		assert_non_null(strstr(fake_stderr_end(), "pages are needed"));
		assert_int_equal(host.mapped, 0);
		assert_int_equal(open_fds(), before);
	}
}

/* What is too long for one memslot is several regions without a gap. */
static void cuts_what_is_too_long(void **state)
{
	struct memmap map = plan(10 * TiB, false);
	uint64_t total = 0;
	struct mem m;

	(void)state;
	host_is(0, 0, 0, 0);
	assert_int_equal(mem_init(&m, &map), 0);
	assert_int_equal(m.n, 4); /* below 4 GiB, and three above */
	for (size_t i = 0; i < m.n; i++) {
		assert_true(m.region[i].size < 8 * TiB - 4096);
		if (i > 1)
			assert_true(m.region[i].gpa == m.region[i - 1].gpa + m.region[i - 1].size);
		total += m.region[i].size;
	}
	assert_true(total == 10 * TiB);
	mem_fini(&m);
	assert_int_equal(host.mapped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_whole_pages),
		cmocka_unit_test(takes_from_the_pool),
		cmocka_unit_test(says_why_there_are_none),
		cmocka_unit_test(waits_for_every_page),
		cmocka_unit_test(touches_where_the_kernel_is_old),
		cmocka_unit_test(others_can_map_it),
		cmocka_unit_test(cuts_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
