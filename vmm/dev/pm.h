/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/pm.h - ACPI PM1a event and control registers: S5 and the fixed power button.
 * Source: ACPI 6.4 section 4.8.3.
 */
#ifndef IGDVM_DEV_PM_H
#define IGDVM_DEV_PM_H

#include <stdint.h>

#include "../bus.h"
#include "../irq.h"
#include "../log.h"

struct stop;

struct pm {
	struct bus_region evt, cnt;
	struct irq_line sci;
	struct stop *stop;
	uint16_t status, enable, control;
	struct log_limit log;
};

int pm_init(struct pm *p, struct bus *pio, struct irq_line sci, struct stop *stop);
void pm_fini(struct pm *p, struct bus *pio);

/* Press the power button: the guest is asked to shut down. Device lock held. */
void pm_power_button(struct pm *p);

#endif
