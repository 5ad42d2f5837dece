/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board.h - the emulated devices of the machine: what a PC has besides CPUs, memory and PCI cards.
 *
 * Knows which devices there are and what each is wired to; what one does is its own file's business.
 */
#ifndef IGDVM_BOARD_H
#define IGDVM_BOARD_H

#include "dev/debugcon.h"
#include "dev/debugexit.h"
#include "dev/i8042.h"
#include "dev/pm.h"
#include "dev/post.h"
#include "dev/pvpanic.h"
#include "dev/reset.h"
#include "dev/rtc.h"
#include "dev/uart.h"
#include "serial.h"

struct bus;
struct config;
struct irqchip;
struct loop;
struct stop;

/* What devices are wired to; all of it outlives the board. */
struct board_parts {
	const struct config *config;
	struct bus *pio;
	struct irqchip *chip;
	struct loop *loop;
	struct stop *stop;
};

struct board {
	struct board_parts parts;
	unsigned done; /* devices built, of the table in board.c */
	struct serial serial;
	struct serial console; /* of the virtio console */
	struct uart uart;
	struct pm pm;
	struct reset reset;
	struct i8042 i8042;
	struct rtc rtc;
	struct pvpanic pvpanic;
	struct debugexit debugexit;
	struct serial debug_out;
	struct debugcon debugcon;
	struct post post;
};

/* Build every device that the configuration wants. 0 or logged -errno; then board_fini() too. */
int board_init(struct board *b, const struct board_parts *parts);
/* In reverse order; takes a board at any stage, or a zeroed one. */
void board_fini(struct board *b);

#endif
