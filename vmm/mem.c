// SPDX-License-Identifier: BSD-2-Clause
/*
 * mem.c - guest memory and its listeners.
 * Knows mmap; must not know KVM, VFIO, or what the ranges are for.
 */
#include <errno.h>
#include <sys/mman.h>

#include "log.h"
#include "mem.h"
#include "memmap.h"
#include "util.h"

#define PAGE	  (4 * KiB)
#define HUGE_PAGE (2 * MiB)

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

/* Anonymous memory whose address is congruent to gpa modulo the huge page size. */
static int map_ram(struct mem *m, uint64_t gpa, uint64_t size)
{
	size_t len = size + HUGE_PAGE;
	struct mem_region r = { .gpa = gpa, .size = size, .kind = MEM_KIND_RAM, .name = "ram" };
	char *base = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t skip;
	int ret;

	if (base == MAP_FAILED)
		return log_err(-errno, "guest RAM: %llu MiB cannot be mapped: %m; lower --memory",
			       (unsigned long long)(size / MiB));
	skip = (gpa - (uintptr_t)base) & (HUGE_PAGE - 1);
	if (skip)
		munmap(base, skip);
	munmap(base + skip + size, len - skip - size);
	r.hva = base + skip;
	/* Without huge pages the guest is slower but right: a refusal is no error. */
	if (madvise(r.hva, size, MADV_HUGEPAGE))
		log_debug("guest RAM: no transparent huge pages: errno %d", errno);
	madvise(r.hva, size, MADV_DONTFORK);
	ret = mem_map(m, &r);
	if (ret)
		munmap(r.hva, size);
	return ret;
}

int mem_init(struct mem *m, const struct memmap *map)
{
	m->n = 0;
	m->listener = NULL;
	for (size_t i = 0; i < map->n;) {
		uint64_t gpa = map->range[i].gpa, end = gpa;
		int ret;

		/* neighbouring backed ranges share one mapping, and so one memslot and DMA map */
		for (; i < map->n && map->range[i].gpa == end &&
		       mem_traits[map->range[i].type].backed;
		     i++)
			end += map->range[i].size;
		if (end == gpa) {
			i++;
			continue;
		}
		ret = map_ram(m, gpa, end - gpa);
		if (ret) {
			mem_fini(m);
			return ret;
		}
	}
	return 0;
}

void mem_fini(struct mem *m)
{
	while (m->n) {
		struct mem_region r = m->region[m->n - 1];

		mem_unmap(m, r.gpa);
		if (r.kind == MEM_KIND_RAM)
			munmap(r.hva, r.size);
	}
}
