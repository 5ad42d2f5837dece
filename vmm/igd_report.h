/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_report.h - what the guest will find of its GPU, and what the host has in the same places.
 *
 * Derived from the tables that answer the guest, after igd_build(): a register that igd_build()
 * changes shows up here without anybody listing it. For --dry-run, and for bug reports.
 */
#ifndef IGDVM_IGD_REPORT_H
#define IGDVM_IGD_REPORT_H

#include "emit.h"
#include "igd.h"

/* Bytes that the guest does not read, or cannot write, as the host could. */
struct igd_override {
	bool bar0;	  /* in BAR0; else in config space */
	const char *name; /* of the register; NULL: several bytes of something else */
	uint32_t off, len;
	uint64_t guest, host; /* the first 8 bytes of each, little-endian */
	bool host_known;      /* false: the host did not let us read it */
	const char *writes;   /* what becomes of the guest's: "dropped", "kept", "to the GPU" */
};
#define IGD_OVERRIDES_MAX 64

/*
 * Fill in row[0..max) in ascending order, config space first. Returns how many. Registers of the
 * contract are always there, others where guest and host differ. Reads the device, changes nothing.
 */
unsigned igd_overrides(const struct igd *g, const struct vfio_pci *v, struct igd_override *row,
		       unsigned max);

/* The whole of it as the object "igd", after igd_build(). */
void igd_report(const struct igd *g, const struct igd_parts *p, struct emit *e);

#endif
