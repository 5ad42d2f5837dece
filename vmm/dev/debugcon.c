// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/debugcon.c - a byte written is a byte said; a byte read tells that someone listens.
 * Does not know where the bytes go.
 */
#include "debugcon.h"
#include "../layout.h"
#include "../serial.h"
#include "../util.h"

#define LISTENING 0xe9 /* at both ports */

static void port_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	(void)r;
	(void)off;
	(void)len;
	*(uint8_t *)buf = LISTENING;
}

static void port_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct debugcon *d = r->base == LAYOUT_PORT_DEBUGCON
				     ? container_of(r, struct debugcon, port)
				     : container_of(r, struct debugcon, firmware);

	(void)off;
	(void)len;
	serial_put(d->out, *(const uint8_t *)buf);
}

static const struct bus_ops port_ops = { .read = port_read, .write = port_write };

static struct bus_region one_port(uint16_t port)
{
	return (struct bus_region){
		.base = port, .size = 1, .width = 1, .ops = &port_ops, .name = "debugcon"
	};
}

int debugcon_init(struct debugcon *d, struct bus *pio, struct serial *out)
{
	int ret;

	*d = (struct debugcon){
		.port = one_port(LAYOUT_PORT_DEBUGCON),
		.firmware = one_port(LAYOUT_PORT_DEBUGFW),
		.out = out,
	};
	ret = bus_add(pio, &d->port);
	if (!ret)
		ret = bus_add(pio, &d->firmware);
	if (ret)
		debugcon_fini(d, pio);
	return ret;
}

void debugcon_fini(struct debugcon *d, struct bus *pio)
{
	bus_remove(pio, &d->port);
	bus_remove(pio, &d->firmware);
}
