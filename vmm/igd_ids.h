/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_ids.h - generations of Intel graphics and the device ids that belong to them.
 *
 * Pure data and its decoding. Unknown ids are not guessed. Sources: Linux include/drm/intel/pciids.h
 * (device ids), arch/x86/kernel/early-quirks.c (stolen memory), drivers/gpu/drm/i915/gt/intel_ggtt.c.
 */
#ifndef IGDVM_IGD_IDS_H
#define IGDVM_IGD_IDS_H

#include <stddef.h>
#include <stdint.h>

/* How the GMS field of GGC gives the size of stolen memory. */
enum gms_code {
	GMS_NONE,     /* not in config space: LMEMBAR, Meteor Lake on */
	GMS_32M_LOW,  /* bits 7:3, 32 MiB each */
	GMS_CHV,      /* bits 7:3, 32 MiB each, from 0x11 on 4 MiB steps */
	GMS_32M_HIGH, /* bits 15:8, 32 MiB each */
	GMS_4M_STEPS, /* bits 15:8, 32 MiB each, from 0xf0 on 4 MiB steps */
};

struct igd_gen {
	const char *name; /* as in gen=NAME */
	const char *title;
	uint8_t bdsm, bdsm_len; /* offset and bytes of BDSM in config space; 0: it has none */
	enum gms_code gms;
};

/* Generation of a device id, or NULL. */
const struct igd_gen *igd_gen_by_id(uint16_t device);
/* Generation of a gen=NAME, or NULL. */
const struct igd_gen *igd_gen_by_name(const char *name);
/* All names, comma separated, into buf; returns buf. */
const char *igd_gen_names(char *buf, size_t size);

/* Size in bytes that a GGC value means. */
uint64_t igd_stolen_size(const struct igd_gen *gen, uint16_t ggc);
/* The GGC value with its GMS field saying size; -EINVAL when no code means exactly that size. */
int igd_stolen_encode(const struct igd_gen *gen, uint16_t ggc, uint64_t size, uint16_t *out);
/* The largest size not above limit that a code exists for; 0 when there is none. */
uint64_t igd_stolen_fit(const struct igd_gen *gen, uint64_t limit);

#endif
