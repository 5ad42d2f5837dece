// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/debugexit.c - a number written is the reason to stop.
 * Does not know exit codes.
 */
#include "debugexit.h"
#include "../layout.h"
#include "../stop.h"
#include "../util.h"

#define PORT_SIZE 4

static void port_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	(void)r;
	(void)off;
	memset(buf, 0, len);
}

static void port_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct debugexit *d = container_of(r, struct debugexit, region);

	(void)off;
	stop_request(d->stop, STOP_DEBUG_EXIT, (int)MIN(get_le(buf, len), DEBUG_EXIT_MAX));
}

static const struct bus_ops port_ops = { .read = port_read, .write = port_write };

int debugexit_init(struct debugexit *d, struct bus *pio, struct stop *stop)
{
	*d = (struct debugexit){
		.region = { .base = LAYOUT_PORT_EXIT,
			    .size = PORT_SIZE,
			    .width = PORT_SIZE,
			    .ops = &port_ops,
			    .name = "debug-exit" },
		.stop = stop,
	};
	return bus_add(pio, &d->region);
}

void debugexit_fini(struct debugexit *d, struct bus *pio)
{
	bus_remove(pio, &d->region);
}
