/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memmap.h - the one plan of guest-physical memory.
 *
 * Pure: host facts and wishes in, a sorted array of ranges out. Memslots, DMA maps, e820, ACPI
 * resources, the device tree and --dry-run are all read from that array, never from each other.
 */
#ifndef IGDVM_MEMMAP_H
#define IGDVM_MEMMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mem_type {
	MEM_RAM,      /* usable by the guest */
	MEM_LEGACY,   /* 640 KiB..1 MiB: RAM-backed, holds the ACPI tables */
	MEM_VGA,      /* its first 128 KiB when a VGA device answers there, reserved */
	MEM_STOLEN,   /* graphics stolen memory: RAM-backed, reserved */
	MEM_OPREGION, /* the IGD's OpRegion: backed by the igd module, reserved */
	MEM_ECAM,     /* PCI config space by MMIO, reserved */
	MEM_PCI32,    /* window for BARs below 4 GiB */
	MEM_PCI64,    /* window for BARs above RAM */
	MEM_CHIP,     /* interrupt controllers and KVM's private pages */
	MEM_TYPE_COUNT
};

/* e820 types: Linux arch/x86/include/uapi/asm/e820.h. 0: the range is not listed. */
#define E820_RAM      1
#define E820_RESERVED 2

/* What a type means to each consumer of the plan. */
struct mem_traits {
	const char *name;
	uint32_t e820;	 /* E820_*, 0 for none */
	bool backed;	 /* guest RAM stands behind it: counted in --memory, memslot and DMA map */
	bool reserved;	 /* published as an ACPI motherboard resource and in the device tree */
	bool pci_window; /* listed in the PCI root's _CRS */
};
extern const struct mem_traits mem_traits[MEM_TYPE_COUNT];

struct mem_range {
	uint64_t gpa, size;
	enum mem_type type;
	const char *name; /* static storage */
};

/* A range that must exist besides plain RAM. */
#define MEMMAP_ANYWHERE UINT64_MAX
struct mem_wish {
	const char *name;
	enum mem_type type; /* MEM_STOLEN (taken from RAM), MEM_OPREGION, or MEM_VGA where VGA is */
	uint64_t size;	    /* bytes, > 0, whole pages */
	uint64_t align;	    /* power of two, >= 4 KiB */
	/*
	 * MEMMAP_ANYWHERE: the highest that fits below the PCI window. Else this address, from 1 MiB
	 * to the top of the guest's addresses (4 GiB for an OpRegion); RAM and PCI windows flow
	 * around it.
	 */
	uint64_t gpa;
};

/* Addresses that no DMA map may cover (first and last byte), from the host's IOMMU. */
struct iova_range {
	uint64_t first, last;
};

struct memmap_params {
	uint64_t ram_size;  /* bytes, multiple of 2 MiB, >= MEMMAP_RAM_MIN */
	unsigned phys_bits; /* guest physical-address width, 32..52 */
	const struct iova_range *avoid;
	size_t n_avoid;
	const struct mem_wish *wish;
	size_t n_wish;
};

#define MEMMAP_RAM_MIN	  (32ULL << 20)
#define MEMMAP_RANGES_MAX 64
struct memmap {
	struct mem_range range[MEMMAP_RANGES_MAX]; /* ascending, no overlap */
	size_t n;
};

/*
 * Lay out memory. RAM starts and ends on 2 MiB wherever a wish or the legacy hole does not cut it, so
 * that it can be backed by huge pages; the backed sizes add up to ram_size, less
 * the 128 KiB of a VGA window.
 *
 * PCI windows are cut into pieces of whole MiB around what lies in them, so there may be several
 * ranges of type MEM_PCI32 and MEM_PCI64, or none.
 *
 * 0 or
 * -EINVAL: a parameter is malformed
 * -E2BIG: more than MEMMAP_RANGES_MAX ranges
 * -ENOSPC: RAM, or a wish for anywhere, does not fit in the addresses that avoid and phys_bits leave
 * and for a wish with an address, so that the caller can do without it:
 * -ERANGE: it reaches beyond phys_bits, or an OpRegion beyond 4 GiB
 * -EADDRINUSE: below 1 MiB, on ECAM, interrupt controllers, KVM's pages, or another wish
 * -EADDRNOTAVAIL: the host's IOMMU reserves a part of it (avoid), and it is memory for the GPU
 * -ENOMEM: it is as large as all RAM, or larger
 */
int memmap_plan(struct memmap *map, const struct memmap_params *p);

/* First range of a type, or NULL. */
const struct mem_range *memmap_find(const struct memmap *map, enum mem_type type);

/* The range that holds gpa, or NULL. */
const struct mem_range *memmap_at(const struct memmap *map, uint64_t gpa);

#endif
