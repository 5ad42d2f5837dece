/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_vfio.h - a VFIO device, an interrupt controller and a memory listener without a kernel.
 *
 * They remember what they were told, keep the kernel's rules (one interrupt index at a time, only
 * open descriptors, no double attach) and share one fault: the n-th call to any of them fails.
 */
#ifndef IGDVM_FAKE_VFIO_H
#define IGDVM_FAKE_VFIO_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"
#include "mem.h"
#include "pci.h"
#include "vfio.h"

/* Call number fail_at (from 1 on; 0: none) fails with err. */
struct fake_fault {
	unsigned calls, fail_at;
	int err;
	const char *failed; /* what it hit */
};
/* To be asked by everything that can fail: 0 or err. fault may be NULL. */
int fake_fails(struct fake_fault *fault, const char *what);

/* ---- the device ---- */

enum fake_op {
	FAKE_READ,
	FAKE_WRITE,
	FAKE_MAP,
	FAKE_UNMAP,
	FAKE_SET_IRQS,
	FAKE_SET_UNMASK,
	FAKE_RESET
};

struct fake_call {
	enum fake_op op;
	unsigned index; /* region or interrupt index */
	uint64_t off, len;
	uint64_t value; /* first bytes of what was written */
};

#define FAKE_CALLS   4096 /* remembered; later ones only counted */
#define FAKE_VECTORS 64

struct fake_vfio {
	struct vfio_dev dev;
	struct fake_fault *fault;
	uint8_t config[PCI_CFG_SIZE];	  /* what region VFIO_CONFIG holds */
	uint8_t *bytes[VFIO_REGIONS_MAX]; /* what the others hold */
	struct fake_call call[FAKE_CALLS];
	unsigned n_calls;
	unsigned mapped; /* map without unmap */
	unsigned resets;
	bool no_reset;
	bool no_decode;	       /* BARs give no answer: VFIO refuses them */
	unsigned breaches;     /* of the kernel's rules */
	unsigned host_vectors; /* the host has so many; 0: enough */
	struct {
		int fd[FAKE_VECTORS]; /* -1: no signal */
		unsigned n;	      /* 0: off */
		int unmask_fd;
	} irq[VFIO_IRQS];
};

/* A device with an empty config space and neither regions nor interrupts. */
void fake_vfio_init(struct fake_vfio *f, struct fake_fault *fault);
void fake_vfio_fini(struct fake_vfio *f);
/* Give it a region: readable, writable, zeroed; mappable where index is a BAR's. */
void fake_vfio_region(struct fake_vfio *f, unsigned index, uint64_t size);
/* Likewise a device-specific one, read-only. Returns its index. */
unsigned fake_vfio_extra(struct fake_vfio *f, uint32_t type, uint32_t subtype, uint64_t size);
/* Calls of a kind so far, on that region or index (UINT_MAX: any). */
unsigned fake_vfio_count(const struct fake_vfio *f, enum fake_op op, unsigned index);
/* Writes that touched bytes [off, off+len) of a region. */
unsigned fake_vfio_writes(const struct fake_vfio *f, unsigned region, uint64_t off, uint64_t len);

/* ---- the interrupt controller ---- */

#define FAKE_CHIP_GSIS 64

struct fake_chip {
	struct irqchip chip;
	struct fake_fault *fault;
	struct {
		bool allocated; /* for a message */
		int fd, resample_fd;
		uint64_t address;
		uint32_t data;
	} gsi[FAKE_CHIP_GSIS];
	unsigned breaches;
};

void fake_chip_init(struct fake_chip *c, struct fake_fault *fault);
unsigned fake_chip_attached(const struct fake_chip *c);
unsigned fake_chip_allocated(const struct fake_chip *c);
/* Signals that gsi's irqfd got since the last call; a kernel takes them at once. */
uint64_t fake_chip_take(const struct fake_chip *c, uint32_t gsi);

/* ---- a listener of guest memory ---- */

struct fake_listener {
	struct mem_listener listener;
	struct fake_fault *fault;
	int id;
	char *trace;		       /* NULL, or where "+id:gpa " and "-id:gpa " go */
	uint64_t gpa[MEM_REGIONS_MAX]; /* what it was told of and not yet withdrawn */
	uint64_t size[MEM_REGIONS_MAX];
	size_t n;
	unsigned breaches; /* told twice, or of something that was not there */
};

void fake_listener_init(struct fake_listener *l, struct fake_fault *fault, int id, char *trace);

/* Descriptors this process has open: to see that none is left behind. */
unsigned fake_open_fds(void);

#endif
