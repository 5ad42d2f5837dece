// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/post.c - one byte that is remembered, and said when it changes.
 * Linux also writes here to pass time (arch/x86/kernel/io_delay.c), hence only changes, bounded.
 */
#include <time.h>

#include "../layout.h"
#include "../util.h"
#include "post.h"

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void port_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	(void)off;
	(void)len;
	*(uint8_t *)buf = container_of(r, struct post, region)->code;
}

static void port_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct post *p = container_of(r, struct post, region);
	uint8_t code = *(const uint8_t *)buf;

	(void)off;
	(void)len;
	if (code == p->code)
		return;
	p->code = code;
	if (log_enabled(LOG_DEBUG))
		log_guest(&p->log, "port 80: code %02x after %.3f ms", code,
			  (double)(now_us() - p->start_us) / 1000);
}

static const struct bus_ops port_ops = { .read = port_read, .write = port_write };

int post_init(struct post *p, struct bus *pio)
{
	*p = (struct post){
		.region = { .base = LAYOUT_PORT_POST,
			    .size = 1,
			    .width = 1,
			    .ops = &port_ops,
			    .name = "post" },
		.start_us = now_us(),
	};
	return bus_add(pio, &p->region);
}

void post_fini(struct post *p, struct bus *pio)
{
	bus_remove(pio, &p->region);
}
