// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/pvpanic.c - one byte: which events there are when read, which one happened when written.
 * Does not know what a panicked machine leads to.
 */
#include "pvpanic.h"
#include "../layout.h"
#include "../stop.h"
#include "../util.h"

#define EVENT_PANICKED	   BIT(0)
#define EVENT_CRASH_LOADED BIT(1) /* a panic too, but a crash kernel runs next */
#define EVENTS		   (EVENT_PANICKED | EVENT_CRASH_LOADED)

static void port_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	(void)r;
	(void)off;
	(void)len;
	*(uint8_t *)buf = EVENTS;
}

static void port_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct pvpanic *p = container_of(r, struct pvpanic, region);
	uint8_t events = *(const uint8_t *)buf;

	(void)off;
	(void)len;
	if (events & ~EVENTS)
		log_guest(&p->log, "pvpanic: event bits %#x are unknown",
			  (unsigned)(events & ~EVENTS));
	if (events & EVENT_PANICKED) {
		if (!stop_requested(p->stop))
			log_info("the guest's kernel panicked");
		stop_request(p->stop, STOP_PANIC, 0);
	} else if (events & EVENT_CRASH_LOADED && !p->told) {
		log_info("the guest's kernel panicked, its crash kernel goes on");
		p->told = true;
	}
}

static const struct bus_ops port_ops = { .read = port_read, .write = port_write };

int pvpanic_init(struct pvpanic *p, struct bus *pio, struct stop *stop)
{
	*p = (struct pvpanic){
		.region = { .base = LAYOUT_PORT_PVPANIC,
			    .size = 1,
			    .width = 1,
			    .ops = &port_ops,
			    .name = "pvpanic" },
		.stop = stop,
	};
	return bus_add(pio, &p->region);
}

void pvpanic_fini(struct pvpanic *p, struct bus *pio)
{
	bus_remove(pio, &p->region);
}
