// SPDX-License-Identifier: BSD-2-Clause
/*
 * board.c - one row for each emulated device: how it is built, and undone.
 */
#include "board.h"
#include "layout.h"
#include "log.h"
#include "util.h"

/* Of devices whose only call that can fail is that for their ports. */
static int claimed(int ret, const char *name)
{
	return ret ? log_err(ret, "%s: its ports: %m", name) : 0;
}

static int serial_row_init(struct board *b)
{
	const struct serial_place place = {
		.kind = b->parts.config->serial,
		.path = b->parts.config->serial_path,
		.option = "--serial",
		.go_on = b->parts.config->restarted,
	};

	return serial_init(&b->serial, &place, b->parts.loop, b->parts.stop);
}

static void serial_row_fini(struct board *b)
{
	serial_fini(&b->serial);
}

static int console_row_init(struct board *b)
{
	const struct serial_place place = {
		.kind = b->parts.config->console,
		.path = b->parts.config->console_path,
		.option = "--console",
		.go_on = b->parts.config->restarted,
	};

	return serial_init(&b->console, &place, b->parts.loop, b->parts.stop);
}

static void console_row_fini(struct board *b)
{
	serial_fini(&b->console);
}

static int uart_row_init(struct board *b)
{
	const struct irq_line com1 = { b->parts.chip, LAYOUT_GSI_COM1 };

	return claimed(uart_init(&b->uart, b->parts.pio, LAYOUT_PORT_COM1, com1, &b->serial),
		       "serial port");
}

static void uart_row_fini(struct board *b)
{
	uart_fini(&b->uart, b->parts.pio);
}

static int pm_row_init(struct board *b)
{
	const struct irq_line sci = { b->parts.chip, LAYOUT_GSI_SCI };

	return claimed(pm_init(&b->pm, b->parts.pio, sci, b->parts.stop), "power management");
}

static void pm_row_fini(struct board *b)
{
	pm_fini(&b->pm, b->parts.pio);
}

static int reset_row_init(struct board *b)
{
	return claimed(reset_init(&b->reset, b->parts.pio, b->parts.stop,
				  !b->parts.config->keyboard),
		       "reset register");
}

static void reset_row_fini(struct board *b)
{
	reset_fini(&b->reset, b->parts.pio);
}

static int i8042_row_init(struct board *b)
{
	const struct irq_line irq = { b->parts.chip, LAYOUT_GSI_KBD };

	if (!b->parts.config->keyboard)
		return 0;
	return claimed(i8042_init(&b->i8042, b->parts.pio, irq, b->parts.stop),
		       "keyboard controller");
}

static void i8042_row_fini(struct board *b)
{
	i8042_fini(&b->i8042, b->parts.pio);
}

static int rtc_row_init(struct board *b)
{
	const struct irq_line irq = { b->parts.chip, LAYOUT_GSI_RTC };

	return rtc_init(&b->rtc, b->parts.pio, irq, b->parts.loop);
}

static void rtc_row_fini(struct board *b)
{
	rtc_fini(&b->rtc, b->parts.pio);
}

static int pvpanic_row_init(struct board *b)
{
	return claimed(pvpanic_init(&b->pvpanic, b->parts.pio, b->parts.stop), "pvpanic");
}

static void pvpanic_row_fini(struct board *b)
{
	pvpanic_fini(&b->pvpanic, b->parts.pio);
}

static int debugexit_row_init(struct board *b)
{
	if (!b->parts.config->debug_exit)
		return 0;
	return claimed(debugexit_init(&b->debugexit, b->parts.pio, b->parts.stop), "--debug-exit");
}

static void debugexit_row_fini(struct board *b)
{
	debugexit_fini(&b->debugexit, b->parts.pio);
}

static int debugcon_row_init(struct board *b)
{
	const struct serial_place place = {
		.kind = b->parts.config->debugcon,
		.path = b->parts.config->debugcon_path,
		.option = "--debugcon",
		.go_on = b->parts.config->restarted,
	};
	int ret;

	if (place.kind == SERIAL_OFF)
		return 0;
	ret = serial_init(&b->debug_out, &place, b->parts.loop, b->parts.stop);
	return ret ? ret
		   : claimed(debugcon_init(&b->debugcon, b->parts.pio, &b->debug_out),
			     "--debugcon");
}

static void debugcon_row_fini(struct board *b)
{
	debugcon_fini(&b->debugcon, b->parts.pio);
	serial_fini(&b->debug_out);
}

static int post_row_init(struct board *b)
{
	return claimed(post_init(&b->post, b->parts.pio), "POST codes");
}

static void post_row_fini(struct board *b)
{
	post_fini(&b->post, b->parts.pio);
}

static const struct row {
	int (*init)(struct board *b);  /* 0 or logged -errno */
	void (*fini)(struct board *b); /* also after a failed init of the same row */
} rows[] = {
	{ serial_row_init, serial_row_fini }, /* before what writes to it */
	{ console_row_init, console_row_fini },
	{ uart_row_init, uart_row_fini },
	{ pm_row_init, pm_row_fini },
	{ reset_row_init, reset_row_fini },
	{ i8042_row_init, i8042_row_fini }, /* --keyboard */
	{ rtc_row_init, rtc_row_fini },
	{ pvpanic_row_init, pvpanic_row_fini },
	{ debugexit_row_init, debugexit_row_fini }, /* --debug-exit */
	{ debugcon_row_init, debugcon_row_fini },   /* --debugcon */
	{ post_row_init, post_row_fini },
};

int board_init(struct board *b, const struct board_parts *parts)
{
	b->parts = *parts;
	while (b->done < ARRAY_SIZE(rows)) {
		int ret = rows[b->done++].init(b);

		if (ret)
			return ret;
	}
	return 0;
}

void board_fini(struct board *b)
{
	while (b->done)
		rows[--b->done].fini(b);
}
