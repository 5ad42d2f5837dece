// SPDX-License-Identifier: BSD-2-Clause
/*
 * mem_back.c - pages from the pool of huge pages, and a start that waits for all of them.
 * Knows mmap, memfds, madvise and sysfs; must not know the plan or who uses the memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "mem_back.h"
#include "progress.h"
#include "util.h"

#define THP_SIZE    (2 * MiB)
#define CHUNK	    (64 * MiB) /* what one thread takes at a time */
#define STEP	    4096       /* the smallest page there is */
#define THREADS_MAX 256

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

/* ---- the pool of huge pages ---- */

uint64_t mem_back_pages(const struct mem_backing *b, uint64_t gpa, uint64_t size)
{
	uint64_t first, end;

	if (!b->huge_page)
		return 0;
	first = ALIGN_UP(gpa, b->huge_page);
	end = ALIGN_DOWN(gpa + size, b->huge_page);
	return end > first ? (end - first) / b->huge_page : 0;
}

static int read_count(uint64_t page, const char *name, unsigned long long *count)
{
	char path[96];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%llukB/%s", page / KiB,
		 name);
	f = fopen(path, "re");
	if (!f)
		return -ENOENT;
	n = fscanf(f, "%llu", count);
	fclose(f);
	return n == 1 ? 0 : -ENOENT;
}

int huge_pool_read(uint64_t page, struct huge_pool *pool)
{
	unsigned long long reserved = 0;
	int ret = read_count(page, "nr_hugepages", &pool->total);

	if (!ret)
		ret = read_count(page, "free_hugepages", &pool->free);
	if (!ret)
		ret = read_count(page, "resv_hugepages", &reserved);
	if (!ret) /* reserved ones count as free there */
		pool->free -= MIN(pool->free, reserved);
	return ret;
}

int huge_pool_refused(uint64_t page, uint64_t need, const struct huge_pool *before, int err)
{
	const char *size = huge_page_name(page);
	unsigned long long n = need;

	if (n > before->free)
		return log_err(
			err,
			"--memory hugepages=%s: %llu pages are needed, %llu are free: echo %llu "
			"> /sys/kernel/mm/hugepages/hugepages-%llukB/nr_hugepages%s",
			size, n, before->free, before->total + n - before->free, page / KiB,
			page == GiB ? ", or boot the host with hugepagesz=1G hugepages=N" : "");
	return log_err(
		err,
		"--memory hugepages=%s: %llu pages are needed and %llu are free, but not for "
		"this process: %m; see its cpuset, memory policy and hugetlb cgroup",
		size, n, before->free);
}

/* ---- one range ---- */

static int map_pool(const struct mem_backing *b, char *base, uint64_t gpa, uint64_t pages)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_HUGETLB;
	uint64_t skip = ALIGN_UP(gpa, b->huge_page) - gpa;

	flags |= b->huge_page == GiB ? (int)MAP_HUGE_1GB : (int)MAP_HUGE_2MB;
	/* without MAP_NORESERVE: the pages are this process's from here on, or the call fails */
	return mmap(base + skip, pages * b->huge_page, PROT_READ | PROT_WRITE, flags, -1, 0) ==
			       MAP_FAILED
		       ? -errno
		       : 0;
}

/* Addresses for a range, and private pages behind them until something else is put there. */
static char *reserve(const struct mem_backing *b, uint64_t gpa, uint64_t size)
{
	uint64_t pages = mem_back_pages(b, gpa, size);
	uint64_t align = pages ? MAX(b->huge_page, (uint64_t)THP_SIZE) : THP_SIZE;
	size_t len = size + align, skip;
	char *base = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	skip = (gpa - (uintptr_t)base) & (align - 1);
	if (skip)
		munmap(base, skip);
	munmap(base + skip + size, len - skip - size);
	return base + skip;
}

static void advise(const struct mem_backing *b, char *base, uint64_t size)
{
	/* Without huge pages the guest is slower but right: a refusal is no error. */
	if (madvise(base, size, b->thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		log_debug("guest RAM: transparent huge pages cannot be chosen: errno %d", errno);
}

void *mem_back_map(const struct mem_backing *b, uint64_t gpa, uint64_t size, bool *from_pool)
{
	uint64_t pages = mem_back_pages(b, gpa, size);
	char *base = reserve(b, gpa, size);

	*from_pool = false;
	if (!base)
		return NULL;
	advise(b, base, size);
	if (pages) {
		int ret = map_pool(b, base, gpa, pages);

		if (ret) {
			munmap(base, size);
			*from_pool = ret == -ENOMEM;
			errno = -ret;
			return NULL;
		}
	}
	madvise(base, size, MADV_DONTFORK);
	return base;
}

/* ---- one range that others may map too ---- */

/* Put a memfd behind s->hva. With seals, whoever gets it cannot take pages from under the guest. */
static int map_share(struct mem_share *s, uint64_t huge_page)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int ret = 0;

	if (huge_page)
		flags |= MFD_HUGETLB | (unsigned)(huge_page == GiB ? MAP_HUGE_1GB : MAP_HUGE_2MB);
	/* transparent huge pages want file and address congruent */
	s->fd_off = huge_page ? 0 : s->gpa & (THP_SIZE - 1);
	s->fd = memfd_create("guest-ram", flags);
	if (s->fd < 0)
		return -errno;
	if (ftruncate(s->fd, (off_t)(s->fd_off + s->size)) ||
	    fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ||
	    mmap(s->hva, s->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, s->fd,
		 (off_t)s->fd_off) == MAP_FAILED)
		ret = -errno;
	if (ret)
		close_fd(&s->fd);
	return ret;
}

void *mem_back_share(const struct mem_backing *b, uint64_t gpa, uint64_t size, bool *from_pool,
		     struct mem_share share[MEM_BACK_SHARES], size_t *n)
{
	uint64_t huge = mem_back_pages(b, gpa, size) * b->huge_page;
	uint64_t head = huge ? ALIGN_UP(gpa, b->huge_page) - gpa : size;
	const uint64_t part[MEM_BACK_SHARES] = { head, huge, size - head - huge };
	char *base = reserve(b, gpa, size);
	uint64_t done = 0;
	int ret = 0;

	*from_pool = false;
	*n = 0;
	if (!base)
		return NULL;
	for (size_t i = 0; i < MEM_BACK_SHARES && !ret; done += part[i++]) {
		if (!part[i])
			continue;
		share[*n] = (struct mem_share){ .gpa = gpa + done,
						.size = part[i],
						.hva = base + done };
		ret = map_share(&share[*n], i == 1 ? b->huge_page : 0);
		*from_pool = ret == -ENOMEM && i == 1;
		*n += !ret;
	}
	if (ret) {
		while (*n)
			close_fd(&share[--*n].fd);
		munmap(base, size);
		errno = -ret;
		return NULL;
	}
	advise(b, base, size);
	madvise(base, size, MADV_DONTFORK);
	return base;
}

/* ---- every page at once ---- */

struct work {
	const struct mem_region *region;
	size_t chunks;
	uint64_t total;
	atomic_size_t next; /* chunk that nobody has taken */
	atomic_ullong done; /* bytes */
	atomic_int err;	    /* negative errno of the first failure */
};

/* Before Linux 5.14. A page that the pool has not is SIGBUS then, which ends a start that fails anyway. */
static void touch(char *p, size_t len)
{
	for (size_t i = 0; i < len; i += STEP)
		*(volatile char *)(p + i) = 0;
}

static int populate(char *p, size_t len)
{
	while (madvise(p, len, MADV_POPULATE_WRITE)) {
		if (errno == EINVAL) {
			touch(p, len);
			return 0;
		}
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
	return 0;
}

/* Chunks are counted through all regions; a region's last one is short. */
static size_t chunks_of(const struct mem_region *r)
{
	return (r->size + CHUNK - 1) / CHUNK;
}

static int populate_chunk(struct work *w, size_t chunk)
{
	const struct mem_region *r = w->region;
	size_t len;
	int ret;

	for (; chunk >= chunks_of(r); r++)
		chunk -= chunks_of(r);
	len = MIN(CHUNK, r->size - chunk * CHUNK);
	ret = populate((char *)r->hva + chunk * CHUNK, len);
	atomic_fetch_add(&w->done, len);
	return ret;
}

static void *worker(void *arg)
{
	struct work *w = arg;
	size_t chunk;

	while (!atomic_load(&w->err) && (chunk = atomic_fetch_add(&w->next, 1)) < w->chunks) {
		int ret = populate_chunk(w, chunk), none = 0;

		if (ret)
			atomic_compare_exchange_strong(&w->err, &none, ret);
	}
	return NULL;
}

static unsigned usable_cpus(void)
{
	cpu_set_t set;

	/* a host with more CPUs than the set holds has enough of them */
	return sched_getaffinity(0, sizeof(set), &set) ? THREADS_MAX : (unsigned)CPU_COUNT(&set);
}

static uint64_t populated(void *ctx)
{
	struct work *w = ctx;

	return atomic_load(&w->done);
}

int mem_back_populate(const struct mem_region *region, size_t n)
{
	struct work w = { .region = region };
	pthread_t thread[THREADS_MAX];
	unsigned threads = 0, wanted;
	struct progress progress;

	for (size_t i = 0; i < n; i++) {
		w.chunks += chunks_of(&region[i]);
		w.total += region[i].size;
	}
	wanted = (unsigned)MIN(MIN(usable_cpus(), (unsigned)THREADS_MAX), w.chunks);
	progress_begin(&progress, "guest RAM in place", w.total, populated, &w);
	while (threads < wanted && !pthread_create(&thread[threads], NULL, worker, &w))
		threads++;
	if (!threads)
		worker(&w);
	while (threads)
		pthread_join(thread[--threads], NULL);
	progress_end(&progress);
	if (atomic_load(&w.err))
		return log_err(
			atomic_load(&w.err),
			"guest RAM: %llu MiB cannot be had at once: %m; lower --memory, or see "
			"the memory limits and the hugetlb cgroup of this process",
			(unsigned long long)(w.total / MiB));
	return 0;
}
