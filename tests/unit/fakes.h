/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fakes.h - stand-ins that unit tests share: an interrupt controller that records what it is told,
 * a port bus shorthand, and a place where log lines can be read back.
 */
#ifndef IGDVM_FAKES_H
#define IGDVM_FAKES_H

#include <stdbool.h>
#include <stdint.h>

#include "bus.h"
#include "irq.h"

#define FAKE_GSIS 64

struct fake_irqchip {
	struct irqchip chip;
	struct fake_gsi {
		bool level, used; /* used: attached, or allocated for a message */
		unsigned raised;  /* set_line from low to high */
		unsigned calls;	  /* set_line */
		int fd, resample_fd;
		uint64_t address;
		uint32_t data;
		unsigned routed;
	} gsi[FAKE_GSIS];
	int fail; /* negative errno for every call that can fail, 0: succeed */
};

/* Messages get GSIs from LAYOUT_GSI_MSI on. */
void fake_irqchip_init(struct fake_irqchip *f);
struct irq_line fake_irq_line(struct fake_irqchip *f, uint32_t gsi);

/* One access of 1, 2 or 4 bytes. */
uint32_t fake_in(struct bus *bus, uint64_t addr, unsigned len);
void fake_out(struct bus *bus, uint64_t addr, unsigned len, uint32_t value);

/* Send standard error to a file; the second call puts it back and gives what was written. */
void fake_stderr_begin(void);
const char *fake_stderr_end(void);

#endif
