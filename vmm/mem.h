/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.h - what stands behind guest-physical addresses.
 *
 * Knows host mappings and who must hear of them (KVM memslots, IOMMU DMA maps); knows neither KVM
 * nor VFIO. Changes happen before the vCPUs start or under the device lock; RAM is never taken away.
 */
#ifndef IGDVM_MEM_H
#define IGDVM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memmap;

enum mem_kind {
	MEM_KIND_RAM,	 /* guest RAM: mem_at() reaches it, devices may DMA to it */
	MEM_KIND_SHARED, /* host pages shown to the guest, e.g. the live OpRegion: no DMA */
	MEM_KIND_MMIO,	 /* a device's BAR, mapped: no DMA, no mem_at() */
};

struct mem_region {
	uint64_t gpa, size; /* page-aligned bytes */
	void *hva;
	enum mem_kind kind;
	bool readonly;
	const char *name; /* static storage */
};

/* Told of every region, in order; embedded in the listener's owner. */
struct mem_listener;
struct mem_listener_ops {
	int (*map)(struct mem_listener *l, const struct mem_region *r); /* 0 or logged -errno */
	void (*unmap)(struct mem_listener *l, const struct mem_region *r);
};
struct mem_listener {
	const struct mem_listener_ops *ops;
	struct mem_listener *next;
};

/* A piece of guest RAM that another process can map; [gpa, gpa + size) is at fd_off of fd. */
struct mem_share {
	uint64_t gpa, size, fd_off;
	void *hva;
	int fd; /* a memfd whose size cannot change */
};

#define MEM_REGIONS_MAX 512
#define MEM_SHARES_MAX	32
struct mem {
	struct mem_region region[MEM_REGIONS_MAX]; /* ascending gpa */
	size_t n;
	struct mem_listener *listener;
	struct mem_share share[MEM_SHARES_MAX]; /* all of RAM, or nothing */
	size_t n_shares;
};

/* What kind of memory the guest gets. */
struct mem_backing {
	/*
	 * 2 MiB or 1 GiB: pages of that size from the host's pool wherever a whole one fits; 0: none.
	 * They are all in place when mem_init_backed() returns: what a cgroup refuses, it refuses when a
	 * page is touched first, and that must not be by the guest.
	 */
	uint64_t huge_page;
	bool thp;      /* transparent huge pages elsewhere */
	bool prealloc; /* every page in place before the guest starts */
	bool shared;   /* mem.share: for devices that are served by other processes */
};

/*
 * Back every RAM-backed range of the plan with anonymous memory (or memfds), GPA and HVA congruent modulo 2 MiB, or
 * the huge page. 0 or logged -errno. mem_fini() takes a half-built or zeroed mem.
 */
int mem_init_backed(struct mem *m, const struct memmap *map, const struct mem_backing *b);
/* The same with transparent huge pages, and nothing in place. */
int mem_init(struct mem *m, const struct memmap *map);
void mem_fini(struct mem *m);

/* Tell l of all regions now and of every change from now on. 0, or the listener's error. */
int mem_listen(struct mem *m, struct mem_listener *l);
/* Withdraw every region from l and forget it; no-op when it does not listen. */
void mem_unlisten(struct mem *m, struct mem_listener *l);
/* Forget l without telling it anything: its owner is about to drop all it was told in one go. */
void mem_forget(struct mem *m, struct mem_listener *l);

/*
 * Put *r in the map; its pages stay the caller's. -EINVAL: not page-aligned, empty or wrapping;
 * -EEXIST: overlaps another region; -ENOSPC: too many; or the listener's error (nothing changed).
 */
int mem_map(struct mem *m, const struct mem_region *r);
/* Remove the region that starts at gpa. No-op when there is none. */
void mem_unmap(struct mem *m, uint64_t gpa);

/*
 * The only way from a GPA to a pointer: [gpa, gpa + len) wholly inside one RAM region, or NULL.
 * Before the vCPUs start or under the device lock; the pointer stays good without it, until mem_fini().
 */
void *mem_at(const struct mem *m, uint64_t gpa, uint64_t len);

#endif
