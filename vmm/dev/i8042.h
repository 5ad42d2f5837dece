/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/i8042.h - keyboard controller with a keyboard and no mouse (--keyboard): ports 0x60 and 0x64.
 * Without --keyboard there is only its reset pulse, in dev/reset.
 * Sources: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
 * Controller" and "Keyboards (101- and 102-Key)"; Linux drivers/input/serio/i8042.c and
 * drivers/input/keyboard/atkbd.c for what drivers ask.
 */
#ifndef IGDVM_DEV_I8042_H
#define IGDVM_DEV_I8042_H

#include <stdbool.h>
#include <stdint.h>

#include "../bus.h"
#include "../irq.h"
#include "../log.h"

struct stop;

#define I8042_KEYS_MAX	  64 /* bytes of scan codes that wait for the guest */
#define I8042_REPLIES_MAX 3  /* to one command: acknowledgement and an id */

struct i8042 {
	struct bus_region data, command;
	struct irq_line irq;
	struct stop *stop;
	struct log_limit log;
	bool irq_level;
	/* controller */
	uint8_t control;  /* command byte */
	uint8_t a20;	  /* of the output port: has no effect */
	uint8_t awaiting; /* command whose byte comes by port 0x60; 0: none */
	bool commanded;	  /* the last write was to port 0x64 */
	bool answered;
	uint8_t answer; /* goes before what the keyboard says */
	/* keyboard */
	bool scanning;
	uint8_t kbd_awaiting; /* its command that waits for a byte; 0: none */
	uint8_t last;	      /* byte that the guest read from it */
	uint8_t reply[I8042_REPLIES_MAX];
	unsigned replies;
	uint8_t key[I8042_KEYS_MAX];
	unsigned keys;
};

int i8042_init(struct i8042 *k, struct bus *pio, struct irq_line irq, struct stop *stop);
void i8042_fini(struct i8042 *k, struct bus *pio);

/*
 * A key of the keyboard went down or up; code as in linux/input-event-codes.h. 0, also when the
 * guest does not listen; -EINVAL: the keyboard has no such key; -EAGAIN: the guest has not read
 * what came before, and nothing of this is sent.
 */
int i8042_key(struct i8042 *k, unsigned code, bool down);

#endif
