/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_ids.h - generations of Intel graphics and the device ids that belong to them.
 *
 * Pure data and its decoding: whatever differs from one generation to the next is a column of a row,
 * so that nobody else asks which generation it is. Unknown ids are not guessed.
 *
 * Sources: Linux include/drm/intel/pciids.h (device ids), arch/x86/kernel/early-quirks.c (GMS);
 * below drivers/gpu/drm i915/gt/intel_ggtt.c (GGMS), i915/gem/i915_gem_stolen.c, i915/display/
 * intel_pch.c and xe/xe_ttm_stolen_mgr.c; coreboot src/soc/intel/{baytrail,braswell}/include/soc/gfx.h.
 */
#ifndef IGDVM_IGD_IDS_H
#define IGDVM_IGD_IDS_H

#include <stddef.h>
#include <stdint.h>

/* How the GMS field of GGC gives the size of stolen memory. */
enum gms_code {
	GMS_32M_LOW,  /* bits 7:3, 32 MiB each */
	GMS_CHV,      /* bits 7:3, 32 MiB each, from 0x11 on 4 MiB steps */
	GMS_32M_HIGH, /* bits 15:8, 32 MiB each */
	GMS_4M_STEPS, /* bits 15:8, 32 MiB each, from 0xf0 on 4 MiB steps */
	GMS_LMEMBAR,  /* the same, but of the 32 MiB codes 0 to 4 only: drivers refuse the others */
};

/*
 * How the GGMS field of GGC gives the size of the GTT's stolen memory (GSM), which lies right below
 * stolen memory proper (DSM). Code 0: there is none.
 */
enum ggms_code {
	/*
	 * bits 9:8, n MiB: i915, and coreboot for Bay Trail. QEMU once read 2^n MiB on gen 7: they
	 * differ for code 2, which is 2 or 4 MiB, and for code 3, which no firmware uses. Too small
	 * is harmless: the GTT itself is reached through BAR0, GSM is only kept free.
	 */
	GGMS_1M_LOW,
	GGMS_POW2_LOW,	/* bits 9:8, 2^n MiB */
	GGMS_POW2_HIGH, /* bits 7:6, 2^n MiB; bit 8 is GMS's */
	GGMS_8M,	/* bits 7:6, always 3, which is 8 MiB; drivers refuse all others */
};

/* What the register at BAR0 0x1082C0 says of the reserved top of stolen memory (WOPCM). */
enum reserved_code {
	RESERVED_ENABLE, /* nothing is reserved while bit 0 is clear */
	/*
	 * address in bits 63:20, size in 8:7, whatever bit 0 says: i915 takes address 0 for an
	 * "inconsistent reservation" and then does without stolen memory
	 */
	RESERVED_ADDRESS,
	RESERVED_SIZE, /* size in bits 9:7; it is the top of stolen memory, the address is not read */
};

/*
 * Quirks. Each says what a generation has or wants beyond the columns of its row.
 */

/*
 * The driver knows the PCH, hence the connectors, by the device id of the ISA bridge at 00:1f.0
 * (i915 intel_pch.c). Without a bridge that has the host's id it guesses from the GPU, wrongly on
 * boards with another series' PCH. The SoCs have no PCH; from Meteor Lake on the driver asks nobody.
 */
#define IGD_PCH_LOOKUP 0x0001
/*
 * A legacy VBIOS exists, which wants IOBAR, 0x5E and the ROM (QEMU docs/igd-assign.txt: legacy mode
 * is for gen 6 to 9). Later ROMs are EFI's. Offering legacy mode without it leaves a dark screen.
 */
#define IGD_VBIOS 0x0002
/*
 * The page 0x108000 of BAR0 repeats GGC, DSM base, GSM base and stolen-reserved (i915_reg.h; QEMU
 * igd.c emulates the DSM base there from gen 6 on). Untrapped it shows host addresses, and drivers
 * that compare it with config space give up.
 */
#define IGD_MIRRORS 0x0004
/*
 * BAR0 0x138914 is 1 when firmware lets the CPU at stolen memory directly; a driver then maps the
 * addresses of the mirrors instead of BAR2 (i915_utils.c, Wa_22018444074). A guest must read 0: those
 * addresses are the host's.
 */
#define IGD_STOLEN_PROBE 0x0008
/*
 * Stolen memory is behind BAR2 (LMEMBAR), GSM first, then DSM (i915_gem_stolen.c, xe). GGC is read at
 * BAR0 0x108040, not in config space. The BAR is the host's stolen memory, so none is made of guest
 * RAM; another GMS than the host's would not fit what the BAR shows.
 */
#define IGD_STOLEN_LMEMBAR 0x0010
/*
 * WOPCM and RC6 context are fixed to the host's base: the GPU adds the driver's offsets to it (EVE,
 * docs/INTEL-IGPU-PASSTHROUGH.md and its patch 17). Where the guest's stolen memory is not at the
 * host's address the GPU uses other guest RAM in its place: DMA faults, GuC load failures, Code 43.
 */
#define IGD_HW_ANCHORED 0x0020
/*
 * Config 0x70 holds the base of GSM (coreboot gfx.h, GTT_BASE). Elsewhere only the host bridge has
 * it, and 0x70 belongs to a capability. Unshadowed it shows a host address.
 */
#define IGD_BGSM 0x0040
/*
 * Config 0xF0 repeats stolen-reserved; Windows on gen 12 reads it (EVE, patch 17; its code covers
 * gen 11 too). Unshadowed it shows a host address, and the GPU is told to use it: DMA faults.
 */
#define IGD_ALIAS_F0 0x0080

struct igd_gen {
	const char *name; /* as in gen=NAME */
	const char *title;
	uint8_t bdsm, bdsm_len; /* offset and bytes of BDSM in config space; 0: it has none */
	enum gms_code gms;
	enum ggms_code ggms;
	enum reserved_code reserved;
	uint32_t quirks; /* IGD_* above */
};

/* Generation of a device id, or NULL. */
const struct igd_gen *igd_gen_by_id(uint16_t device);
/* Generation of a gen=NAME, or NULL. */
const struct igd_gen *igd_gen_by_name(const char *name);
/* All names, comma separated, into buf; returns buf. */
const char *igd_gen_names(char *buf, size_t size);

/* Name of the family when the id is a card's (DG1, DG2, Battlemage), which is no IGD; else NULL. */
const char *igd_discrete_name(uint16_t device);

/* Size in bytes that a GGC value means; 0 for a reserved code. */
uint64_t igd_stolen_size(const struct igd_gen *gen, uint16_t ggc);
/* The GGC value with its GMS field saying size; -EINVAL when no code means exactly that size. */
int igd_stolen_encode(const struct igd_gen *gen, uint16_t ggc, uint64_t size, uint16_t *out);
/* The largest size not above limit that a code exists for; 0 when there is none. */
uint64_t igd_stolen_fit(const struct igd_gen *gen, uint64_t limit);

/* Size in bytes of the GTT's stolen memory that a GGC value means; 0 for a reserved code. */
uint64_t igd_gsm_size(const struct igd_gen *gen, uint16_t ggc);

/*
 * What the guest reads as stolen-reserved (BAR0 0x1082C0) when its stolen memory is [base, base +
 * size): nothing reserved where the register can say so, else the host's size at the guest's top. A
 * reservation larger than size shrinks to the largest that there is a code for. 0 when size is below
 * the smallest code, 1 MiB. No bit of host_value that could be an address survives.
 */
uint64_t igd_stolen_reserved(const struct igd_gen *gen, uint64_t host_value, uint64_t stolen_base,
			     uint64_t stolen_size);

#endif
