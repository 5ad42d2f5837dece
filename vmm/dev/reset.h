/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/reset.h - the two ways a PC guest resets itself: port 0xCF9 and the keyboard controller's
 * reset pulse (0xFE to port 0x64). There is no keyboard controller behind the latter; where there is
 * one (dev/i8042), it has that port and the pulse.
 * Source: Intel PCH data sheets, Reset Control Register; IBM PC/AT keyboard controller.
 */
#ifndef IGDVM_DEV_RESET_H
#define IGDVM_DEV_RESET_H

#include <stdbool.h>
#include <stdint.h>

#include "../bus.h"

struct stop;

struct reset {
	struct bus_region cf9, kbd;
	struct stop *stop;
	uint8_t control; /* last value written to 0xCF9 */
};

/* pulse: port 0x64 too, as nobody else has it. 0 or -errno of bus_add(). */
int reset_init(struct reset *r, struct bus *pio, struct stop *stop, bool pulse);
void reset_fini(struct reset *r, struct bus *pio);

#endif
