/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_lazy.h - host pages that the guest's first access puts in place; used by igd_opregion.c only.
 */
#ifndef IGDVM_IGD_LAZY_H
#define IGDVM_IGD_LAZY_H

#include "bus.h"
#include "exit.h"
#include "mem.h"

struct igd_lazy {
	struct bus_region trap;	 /* the whole range, for as long as it lives */
	struct exit_fault fault; /* for instructions that KVM cannot emulate */
	struct mem_region pages;
	struct mem *mem;
	struct bus *mmio;
	struct exit_faults *faults;
	struct stop *stop;
	enum { LAZY_EMPTY, LAZY_MAPPED, LAZY_FAILED } state;
};

struct igd_parts;

/*
 * Answer for pages->gpa on the MMIO bus until the first access, which maps pages. Where that fails
 * the machine is stopped. 0 or -errno, nothing logged.
 */
int igd_lazy_init(struct igd_lazy *l, const struct mem_region *pages, const struct igd_parts *p);
/* Takes a zeroed one, may run twice. What was mapped is the caller's to unmap. */
void igd_lazy_fini(struct igd_lazy *l);

#endif
