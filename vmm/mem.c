// SPDX-License-Identifier: BSD-2-Clause
/*
 * mem.c - guest memory and its listeners.
 * Where the pages come from is mem_back.c's; must not know KVM, VFIO, or what the ranges are for.
 */
#include <errno.h>
#include <sys/mman.h>

#include "log.h"
#include "mem.h"
#include "mem_back.h"
#include "memmap.h"
#include "util.h"

#define PAGE (4 * KiB)
/* KVM takes 2^31 - 1 pages in one memslot (Linux include/linux/kvm_host.h, KVM_MEM_MAX_NR_PAGES). */
#define PIECE_MAX (4 * TiB)

/* First region that ends above gpa; m->n when there is none. */
static size_t region_from(const struct mem *m, uint64_t gpa)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (m->region[mid].gpa + m->region[mid].size > gpa)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

int mem_map(struct mem *m, const struct mem_region *r)
{
	size_t i = region_from(m, r->gpa);
	int ret = 0;

	if (!r->size || !IS_ALIGNED(r->gpa | r->size | (uintptr_t)r->hva, PAGE) ||
	    r->gpa > UINT64_MAX - r->size)
		return -EINVAL;
	if (i < m->n && m->region[i].gpa < r->gpa + r->size)
		return -EEXIST;
	if (m->n == MEM_REGIONS_MAX)
		return -ENOSPC;
	for (struct mem_listener *l = m->listener; l && !ret; l = l->next) {
		ret = l->ops->map(l, r);
		if (ret)
			for (struct mem_listener *u = m->listener; u != l; u = u->next)
				u->ops->unmap(u, r);
	}
	if (ret)
		return ret;
	memmove(&m->region[i + 1], &m->region[i], (m->n - i) * sizeof(m->region[0]));
	m->region[i] = *r;
	m->n++;
	return 0;
}

void mem_unmap(struct mem *m, uint64_t gpa)
{
	size_t i = region_from(m, gpa);

	if (i == m->n || m->region[i].gpa != gpa)
		return;
	for (struct mem_listener *l = m->listener; l; l = l->next)
		l->ops->unmap(l, &m->region[i]);
	m->n--;
	memmove(&m->region[i], &m->region[i + 1], (m->n - i) * sizeof(m->region[0]));
}

int mem_listen(struct mem *m, struct mem_listener *l)
{
	for (size_t i = 0; i < m->n; i++) {
		int ret = l->ops->map(l, &m->region[i]);

		if (ret) {
			while (i-- > 0)
				l->ops->unmap(l, &m->region[i]);
			return ret;
		}
	}
	l->next = m->listener;
	m->listener = l;
	return 0;
}

static bool unlink_listener(struct mem *m, struct mem_listener *l)
{
	for (struct mem_listener **p = &m->listener; *p; p = &(*p)->next) {
		if (*p != l)
			continue;
		*p = l->next;
		return true;
	}
	return false;
}

void mem_unlisten(struct mem *m, struct mem_listener *l)
{
	if (unlink_listener(m, l))
		for (size_t i = m->n; i > 0; i--)
			l->ops->unmap(l, &m->region[i - 1]);
}

void mem_forget(struct mem *m, struct mem_listener *l)
{
	unlink_listener(m, l);
}

void *mem_at(const struct mem *m, uint64_t gpa, uint64_t len)
{
	size_t i = region_from(m, gpa);
	const struct mem_region *r = &m->region[i];

	if (i == m->n || r->kind != MEM_KIND_RAM || gpa < r->gpa || len > r->size ||
	    gpa - r->gpa > r->size - len)
		return NULL;
	return (char *)r->hva + (gpa - r->gpa);
}

/*
 * The next run of neighbouring backed ranges from range *i on, which share one mapping, and so one
 * memslot and DMA map; *i moves behind it. False: there is none.
 */
static bool next_run(const struct memmap *map, size_t *i, uint64_t *gpa, uint64_t *size)
{
	while (*i < map->n && !mem_traits[map->range[*i].type].backed)
		++*i;
	if (*i == map->n)
		return false;
	*gpa = map->range[*i].gpa;
	*size = 0;
	for (; *i < map->n && map->range[*i].gpa == *gpa + *size &&
	       mem_traits[map->range[*i].type].backed;
	     ++*i)
		*size += map->range[*i].size;
	return true;
}

/* Huge pages that the whole plan takes from the pool. */
static int count_pages(const struct memmap *map, const struct mem_backing *b, uint64_t *pages,
		       struct huge_pool *pool)
{
	uint64_t gpa, size;

	*pages = 0;
	for (size_t i = 0; next_run(map, &i, &gpa, &size);)
		*pages += mem_back_pages(b, gpa, size);
	if (!b->huge_page)
		return 0;
	if (!*pages)
		return log_err(-EINVAL,
			       "--memory hugepages=%s: there is no whole page in it; raise "
			       "it, or choose 2M",
			       huge_page_name(b->huge_page));
	return huge_pool_read(b->huge_page, pool)
		       ? log_err(-ENOENT,
				 "--memory hugepages=%s: this host has no pages of that "
				 "size (/sys/kernel/mm/hugepages)",
				 huge_page_name(b->huge_page))
		       : 0;
}

static int map_run(struct mem *m, const struct mem_backing *b, uint64_t gpa, uint64_t size,
		   bool *from_pool)
{
	struct mem_region r = { .gpa = gpa, .size = size, .kind = MEM_KIND_RAM, .name = "ram" };
	int ret;

	if (b->shared) {
		struct mem_share share[MEM_BACK_SHARES];
		size_t n;

		r.hva = mem_back_share(b, gpa, size, from_pool, share, &n);
		if (r.hva && m->n_shares + n > MEM_SHARES_MAX) {
			while (n)
				close_fd(&share[--n].fd);
			munmap(r.hva, size);
			return -ENOSPC;
		}
		if (r.hva)
			memcpy(&m->share[m->n_shares], share, n * sizeof(share[0]));
		m->n_shares += n;
	} else {
		r.hva = mem_back_map(b, gpa, size, from_pool);
	}
	if (!r.hva)
		return -errno;
	ret = mem_map(m, &r);
	if (ret)
		munmap(r.hva, size);
	return ret;
}

/* Every run of the plan; a long one in pieces. 0 or logged -errno. */
static int map_runs(struct mem *m, const struct memmap *map, const struct mem_backing *b)
{
	uint64_t gpa, size, pages = 0;
	struct huge_pool pool = { 0 };
	int ret = count_pages(map, b, &pages, &pool);

	for (size_t i = 0; !ret && next_run(map, &i, &gpa, &size);) {
		for (uint64_t done = 0; done < size && !ret; done += PIECE_MAX) {
			uint64_t len = MIN(PIECE_MAX, size - done);
			bool from_pool;

			ret = map_run(m, b, gpa + done, len, &from_pool);
			if (ret && from_pool)
				huge_pool_refused(b->huge_page, pages, &pool, ret);
			else if (ret)
				log_err(ret,
					"guest RAM: %llu MiB cannot be mapped: %m; lower --memory, "
					"or "
					"see vm.overcommit_memory",
					(unsigned long long)(len / MiB));
		}
	}
	return ret;
}

int mem_init_backed(struct mem *m, const struct memmap *map, const struct mem_backing *b)
{
	int ret;

	m->n = m->n_shares = 0;
	m->listener = NULL;
	ret = map_runs(m, map, b);
	if (!ret && (b->prealloc || b->huge_page))
		ret = mem_back_populate(m->region, m->n);
	if (ret)
		mem_fini(m);
	return ret;
}

int mem_init(struct mem *m, const struct memmap *map)
{
	const struct mem_backing thp = { .thp = true };

	return mem_init_backed(m, map, &thp);
}

void mem_fini(struct mem *m)
{
	while (m->n) {
		struct mem_region r = m->region[m->n - 1];

		mem_unmap(m, r.gpa);
		if (r.kind == MEM_KIND_RAM)
			munmap(r.hva, r.size);
	}
	while (m->n_shares)
		close_fd(&m->share[--m->n_shares].fd);
}
