/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/pvpanic.h - the port to which a guest's kernel says that it panicked.
 * Source: QEMU docs/specs/pvpanic.rst; Linux drivers/misc/pvpanic finds it by ACPI id QEMU0001.
 */
#ifndef IGDVM_DEV_PVPANIC_H
#define IGDVM_DEV_PVPANIC_H

#include <stdbool.h>

#include "../bus.h"
#include "../log.h"

struct stop;

struct pvpanic {
	struct bus_region region;
	struct stop *stop;
	bool told; /* a crash kernel was announced */
	struct log_limit log;
};

/*
 * A panic stops the machine (STOP_PANIC). When the guest says that its crash kernel takes over, the
 * machine goes on. 0 or -errno of bus_add().
 */
int pvpanic_init(struct pvpanic *p, struct bus *pio, struct stop *stop);
void pvpanic_fini(struct pvpanic *p, struct bus *pio);

#endif
