/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd.h - make an assigned GPU look to the guest like this machine's integrated graphics.
 *
 * The contract: what the guest reads at ASLS (0xFC) is 0, or a GPA inside a reserved range that is
 * backed before the first instruction. It is never a host address: the shadow starts as 0 and only
 * igd_build() sets it, last of all.
 *
 * Knows registers, OpRegion, stolen memory. Must not know KVM, ioctls, argv.
 */
#ifndef IGDVM_IGD_H
#define IGDVM_IGD_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "igd_ids.h"
#include "igd_lazy.h"
#include "memmap.h"
#include "opregion.h"
#include "rom.h"
#include "sysfs.h"
#include "vfio_pci.h"
#include "vfio_rom.h"
#include "vfio_vga.h"

struct bridges;
struct bus;
struct mem;
struct stop;

#define IGD_WISHES   3
#define OPREGION_WHY 700

/* What kind of function the host gives us. */
enum igd_shape {
	IGD_PHYSICAL, /* the GPU itself */
	IGD_VF,	      /* SR-IOV virtual function: no OpRegion, stolen memory or platform */
	IGD_MDEV,     /* mediated device (GVT-g): its registers are emulated by the host's driver */
};

/* GTT entries that a VBIOS writes through the I/O BAR; stolen memory there and here. */
struct igd_gtt {
	struct bar_filter filter;
	bool selected; /* the index register points into the GTT */
	uint64_t host, host_size, guest, guest_size;
};

struct igd {
	struct config_igd config;
	struct sysfs_dev host;
	enum igd_shape shape;
	const struct igd_gen *gen;
	struct vfio_dev *dev;
	uint16_t device_id;
	uint16_t host_ggc;
	uint64_t host_bdsm;
	uint32_t host_asls;
	/* what igd_probe() decided */
	enum opregion_policy opregion;	 /* not AUTO */
	char opregion_why[OPREGION_WHY]; /* the same in words: source, reasons */
	void *pages;			 /* the host's own when LIVE or LAZY, else private memory */
	size_t opregion_len;		 /* their bytes, 0 for none */
	uint32_t page_offset;		 /* of the OpRegion in its first page */
	struct opregion_info info;
	uint16_t ggc;		   /* what the guest sees */
	uint64_t stolen, gsm;	   /* bytes of the data's and the GTT's part */
	bool stolen_at_host;	   /* planned at the host's address */
	uint64_t gsm_gpa, dsm_gpa; /* where they are, from the plan; 0 without */
	struct vfio_rom rom;
	struct rom_info rom_info; /* while there is one */
	struct vfio_vga vga;
	struct igd_gtt gtt;
	struct mem_wish wish[IGD_WISHES];
	size_t n_wish;
	uint64_t opregion_gpa; /* first page, once laid out; 0 otherwise */
	struct igd_lazy lazy;
	struct mem *mem;
};

/* The machine's parts that the GPU is laid over. */
struct igd_parts {
	struct vfio_pci *v;
	struct bridges *bridges;
	struct mem *mem;
	const struct memmap *map;
	struct bus *pio, *mmio;
	struct stop *stop;
	struct exit_faults *faults;
};

/* What can be said about the option itself: gen= names a generation. 0 or logged -EINVAL. */
int igd_check(const struct config_igd *c);

/*
 * Look at the device through sysfs: a display device, Intel's, of a known generation. A mediated
 * device says so only once it is open: igd_probe() then does the rest. 0 or logged -errno. *g need
 * not be initialised. fixture: a directory that stands in for the device's, or NULL.
 */
int igd_identify(struct igd *g, const struct config_igd *c, const char *fixture);

/*
 * Read the device, decide every policy and fill in the wishes for the planner. ram is the guest's
 * memory in bytes. What differs from what the user asked for is said; what cannot be had is an
 * error. 0 or logged -errno.
 */
int igd_probe(struct igd *g, struct vfio_dev *dev, uint64_t ram);

/*
 * The planner could not meet the wishes (err is memmap_plan()'s): ask for less where the options
 * leave that open, saying so. 1: another plan is worth trying. 0: nothing was asked for that could be
 * in the way. Logged err: what the options demand cannot be had.
 */
int igd_relax(struct igd *g, int err);

/*
 * Put the OpRegion into guest memory and the registers and identities over the function and the
 * bridges, as the plan says. 0 or logged -errno.
 */
int igd_build(struct igd *g, const struct igd_parts *p);

/* Withdraw the OpRegion. Takes a half-built or zeroed igd. */
void igd_fini(struct igd *g);

#endif
