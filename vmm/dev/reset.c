// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/reset.c - port 0xCF9 and the reset pulse of port 0x64.
 * Knows which writes mean reset; does not know what the machine does then.
 */
#include "reset.h"
#include "../layout.h"
#include "../stop.h"
#include "../util.h"

/* Reset Control Register */
#define RST_CNT_RST_CPU BIT(2) /* resets; hard or soft, SYS_RST (bit 1), is the same to us */

/* Keyboard controller command: pulse output line 0, which is the processor's reset */
#define KBD_PULSE_RESET 0xfe

static void cf9_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct reset *reset = container_of(r, struct reset, cf9);

	(void)off;
	(void)len;
	*(uint8_t *)buf = reset->control;
}

static void cf9_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct reset *reset = container_of(r, struct reset, cf9);
	uint8_t byte = *(const uint8_t *)buf;

	(void)off;
	(void)len;
	reset->control = byte & (uint8_t)~RST_CNT_RST_CPU;
	if (byte & RST_CNT_RST_CPU)
		stop_request(reset->stop, STOP_RESET, 0);
}

static const struct bus_ops cf9_ops = { .read = cf9_read, .write = cf9_write };

/* Status: nothing to read, ready for a command, so that a guest that waits goes on. */
static void kbd_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	(void)r;
	(void)off;
	memset(buf, 0, len);
}

static void kbd_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct reset *reset = container_of(r, struct reset, kbd);

	(void)off;
	(void)len;
	if (*(const uint8_t *)buf == KBD_PULSE_RESET)
		stop_request(reset->stop, STOP_RESET, 0);
}

static const struct bus_ops kbd_ops = { .read = kbd_read, .write = kbd_write };

int reset_init(struct reset *r, struct bus *pio, struct stop *stop, bool pulse)
{
	int ret;

	*r = (struct reset){
		.cf9 = { .base = LAYOUT_PORT_RESET,
			 .size = 1,
			 .width = 1,
			 .ops = &cf9_ops,
			 .name = "reset" },
		.kbd = { .base = LAYOUT_PORT_KBD,
			 .size = 1,
			 .width = 1,
			 .ops = &kbd_ops,
			 .name = "keyboard-reset" },
		.stop = stop,
	};
	ret = bus_add(pio, &r->cf9);
	if (!ret && pulse)
		ret = bus_add(pio, &r->kbd);
	if (ret)
		reset_fini(r, pio);
	return ret;
}

void reset_fini(struct reset *r, struct bus *pio)
{
	bus_remove(pio, &r->cf9);
	bus_remove(pio, &r->kbd);
}
