/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem_back.h - the host pages behind guest RAM: huge ones, and all of them at once.
 *
 * Used by mem.c only, for a map of the plan's backed ranges. Source: Linux
 * Documentation/admin-guide/mm/hugetlbpage.rst, madvise(2).
 */
#ifndef IGDVM_MEM_BACK_H
#define IGDVM_MEM_BACK_H

#include "mem.h"

/* Huge pages of the pool that fit into a range, aligned for the guest as for the host; 0: no pool. */
uint64_t mem_back_pages(const struct mem_backing *b, uint64_t gpa, uint64_t size);

/* The pool of one page size, as the host counts it. */
struct huge_pool {
	unsigned long long total; /* pages there are, whoever has them */
	unsigned long long free;  /* pages nobody has or has reserved */
};
static inline const char *huge_page_name(uint64_t page)
{
	return page == 1ULL << 30 ? "1G" : "2M";
}
/* -ENOENT: the host has no pages of this size. Not logged. */
int huge_pool_read(uint64_t page, struct huge_pool *pool);

/* Say why the pool did not give `need` pages, when it was as *before. Returns err. */
int huge_pool_refused(uint64_t page, uint64_t need, const struct huge_pool *before, int err);

/*
 * Memory for a range: huge pages of the pool where whole ones fit, reserved now; others elsewhere. The
 * address is congruent to gpa modulo the largest page used, at least 2 MiB. NULL with errno; ENOMEM
 * from the pool sets *from_pool.
 */
void *mem_back_map(const struct mem_backing *b, uint64_t gpa, uint64_t size, bool *from_pool);

#define MEM_BACK_SHARES 3 /* huge pages, and what is left before and behind them */
/*
 * The same for b->shared: memory of memfds, as *n pieces. Their fds are the caller's; on failure there
 * are none.
 */
void *mem_back_share(const struct mem_backing *b, uint64_t gpa, uint64_t size, bool *from_pool,
		     struct mem_share share[MEM_BACK_SHARES], size_t *n);

/*
 * Have every page of the regions in place, on all CPUs this process may use. 0 or logged -errno: a page
 * that the host does not give is an error here, and not a signal when the guest touches it.
 */
int mem_back_populate(const struct mem_region *region, size_t n);

#endif
