/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/debugcon.h - ports that take one character after the other, without a state: 0xE9 and 0x402.
 * Source: Bochs port_e9_hack; QEMU hw/char/debugcon.c; OVMF PlatformDebugLibIoPort.
 */
#ifndef IGDVM_DEV_DEBUGCON_H
#define IGDVM_DEV_DEBUGCON_H

#include "../bus.h"

struct serial;

struct debugcon {
	struct bus_region port, firmware;
	struct serial *out;
};

/* out takes what the guest writes. 0 or -errno of bus_add(). */
int debugcon_init(struct debugcon *d, struct bus *pio, struct serial *out);
void debugcon_fini(struct debugcon *d, struct bus *pio);

#endif
