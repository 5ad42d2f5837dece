// SPDX-License-Identifier: BSD-2-Clause
/*
 * The UART as a driver sees it, on a serial port whose output is a file. Register
 * numbers are spelled out here, not taken from uart.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev/uart.h"
#include "fakes.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define COM1 0x3f8
#define GSI  4

enum { RBR, THR = 0, DLL = 0, IER, DLM = 1, IIR, FCR = 2, LCR, MCR, LSR, MSR, SCR };

#define OUT2	0x08
#define LOOP	0x10
#define LSR_TX	0x60 /* transmitter holding register and shifter empty */
#define NO_INT	0x01
#define FIFO_ON 0xc0

struct rig {
	struct bus pio;
	struct fake_irqchip irq;
	pthread_mutex_t lock;
	struct loop loop;
	struct stop stop;
	struct serial_place place;
	struct serial serial;
	struct uart uart;
	char path[32];
};

static uint8_t in(struct rig *rig, unsigned reg)
{
	return (uint8_t)fake_in(&rig->pio, COM1 + reg, 1);
}

static void out(struct rig *rig, unsigned reg, uint8_t value)
{
	fake_out(&rig->pio, COM1 + reg, 1, value);
}

static const struct fake_gsi *line(const struct rig *rig)
{
	return &rig->irq.gsi[GSI];
}

/* What the outside sends; at most what there is room for, as serial.c does. */
static unsigned type(struct rig *rig, const char *text)
{
	struct serial_device *d = &rig->uart.device;
	unsigned n = MIN((unsigned)strlen(text), d->ops->room(d));

	d->ops->input(d, (const uint8_t *)text, n);
	return n;
}

static int setup(void **state)
{
	static struct rig rig;
	int fd;

	memset(&rig, 0, sizeof(rig));
	pthread_mutex_init(&rig.lock, NULL);
	fake_irqchip_init(&rig.irq);
	strcpy(rig.path, "/tmp/igdvm-uart.XXXXXX");
	fd = mkstemp(rig.path);
	if (fd < 0)
		return -1;
	close(fd);
	rig.place = (struct serial_place){ SERIAL_FILE, .option = "--serial", .path = rig.path };
	*state = &rig;
	return stop_init(&rig.stop) || loop_init(&rig.loop, &rig.lock) ||
	       serial_init(&rig.serial, &rig.place, &rig.loop, &rig.stop) ||
	       uart_init(&rig.uart, &rig.pio, COM1, fake_irq_line(&rig.irq, GSI), &rig.serial) ||
	       serial_start(&rig.serial, &rig.uart.device);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	uart_fini(&rig->uart, &rig->pio);
	if (rig->pio.n)
		return -1;
	serial_fini(&rig->serial);
	loop_fini(&rig->loop);
	stop_fini(&rig->stop);
	bus_fini(&rig->pio);
	pthread_mutex_destroy(&rig->lock);
	unlink(rig->path);
	return 0;
}

static void assert_output(const struct rig *rig, const char *text)
{
	FILE *f = fopen(rig->path, "r");
	char buf[256];
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	assert_string_equal(buf, text);
}

/* The probes of Linux drivers/tty/serial/8250/8250_port.c, autoconfig() and what it calls. */
static void linux_detects_a_16550a(void **state)
{
	struct rig *rig = *state;
	uint8_t mcr;

	/* IER: writable in four bits, the others (16C750, XScale UUE) are not there */
	out(rig, IER, 0);
	assert_int_equal(in(rig, IER) & 0x0f, 0);
	out(rig, IER, 0x0f);
	assert_int_equal(in(rig, IER), 0x0f);
	out(rig, IER, 0xff);
	assert_int_equal(in(rig, IER), 0x0f);
	out(rig, IER, 0);

	/* loopback: RTS and OUT2 come back as CTS and DCD */
	mcr = in(rig, MCR);
	out(rig, MCR, LOOP | 0x0a);
	assert_int_equal(in(rig, MSR) & 0xf0, 0x90);
	out(rig, MCR, mcr);

	/* FIFO, but neither the EFR of a 16650 nor the 64-byte FIFO of a 16750 */
	out(rig, LCR, 0xbf);
	out(rig, FCR, 0);
	out(rig, LCR, 0);
	out(rig, FCR, 0x01);
	assert_int_equal(in(rig, IIR) >> 6, 3);
	out(rig, LCR, 0x80);
	assert_int_not_equal(in(rig, IIR), 0); /* where the EFR would be */
	out(rig, LCR, 0xbf);
	assert_int_not_equal(in(rig, IIR), 0);
	out(rig, LCR, 0);
	out(rig, FCR, 0x01);
	assert_int_equal(in(rig, IIR) >> 5, 6);
	out(rig, FCR, 0x21);
	assert_int_equal(in(rig, IIR) >> 5, 6);
	out(rig, LCR, 0x80);
	out(rig, FCR, 0x21);
	out(rig, LCR, 0);
	assert_int_equal(in(rig, IIR) >> 5, 6);

	/* startup: nothing stuck, THRI raised again each time it is enabled (no UART_BUG_THRE) */
	assert_int_not_equal(in(rig, LSR), 0xff);
	for (int i = 0; i < 2; i++) {
		out(rig, IER, 0x02);
		assert_int_equal(in(rig, IIR) & 0x0f, 0x02);
		out(rig, IER, 0);
	}
	/* and with THRI on and the transmitter empty there is an interrupt (no UART_BUG_TXEN) */
	out(rig, IER, 0x02);
	assert_int_equal(in(rig, LSR), LSR_TX);
	assert_int_equal(in(rig, IIR) & 0x0f, 0x02);
}

static void transmits(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(in(rig, LSR), LSR_TX);
	for (const char *p = "Hello\r\n"; *p; p++) {
		out(rig, THR, (uint8_t)*p);
		assert_int_equal(in(rig, LSR), LSR_TX);
	}
	out(rig, LCR, 0x83); /* now the divisor, not data */
	out(rig, DLL, 'x');
	out(rig, DLM, 'y');
	assert_int_equal(in(rig, DLL), 'x');
	assert_int_equal(in(rig, DLM), 'y');
	out(rig, LCR, 0x03);
	assert_int_equal(in(rig, IER), 0);
	assert_int_equal(in(rig, LCR), 0x03);
	out(rig, THR, '!');
	assert_output(rig, "Hello\r\n!");
}

static void transmit_interrupt(void **state)
{
	struct rig *rig = *state;

	out(rig, MCR, OUT2);
	assert_int_equal(in(rig, IIR), NO_INT);
	out(rig, IER, 0x02);
	assert_true(line(rig)->level);
	assert_int_equal(in(rig, IIR), 0x02); /* reading it acknowledges */
	assert_false(line(rig)->level);
	assert_int_equal(in(rig, IIR), NO_INT);

	out(rig, IER, 0x02); /* already on: no new edge */
	assert_false(line(rig)->level);
	out(rig, THR, 'a');
	out(rig, THR, 'b');
	assert_true(line(rig)->level);
	assert_int_equal(line(rig)->raised, 2); /* one for the burst */
	out(rig, IER, 0);
	assert_false(line(rig)->level);
	assert_int_equal(in(rig, IIR), NO_INT);
}

static void receives(void **state)
{
	struct rig *rig = *state;

	out(rig, FCR, 0x01);
	assert_int_equal(type(rig, "ab"), 2);
	assert_int_equal(line(rig)->calls, 0); /* not enabled */
	assert_int_equal(in(rig, LSR), LSR_TX | 0x01);
	out(rig, IER, 0x01);
	assert_int_equal(line(rig)->calls, 0); /* not connected */
	out(rig, MCR, OUT2);
	assert_true(line(rig)->level);
	assert_int_equal(in(rig, IIR), FIFO_ON | 0x04);
	assert_true(line(rig)->level); /* reading IIR does not take it away, reading data does */
	assert_int_equal(in(rig, RBR), 'a');
	assert_true(line(rig)->level);
	assert_int_equal(in(rig, RBR), 'b');
	assert_false(line(rig)->level);
	assert_int_equal(in(rig, LSR), LSR_TX);
	assert_int_equal(in(rig, RBR), 0);
	assert_int_equal(line(rig)->calls, 2);
}

static void trigger_levels(void **state)
{
	static const unsigned level[] = { 1, 4, 8, 14 };
	struct rig *rig = *state;

	out(rig, IER, 0x01);
	for (unsigned i = 0; i < ARRAY_SIZE(level); i++) {
		out(rig, FCR, (uint8_t)(i << 6 | 0x03));
		for (unsigned n = 1; n <= UART_FIFO; n++) {
			type(rig, "x");
			assert_int_equal(in(rig, IIR), FIFO_ON | (n >= level[i] ? 0x04 : 0x0c));
		}
	}
}

static void fifo_wraps_and_fills(void **state)
{
	struct rig *rig = *state;
	unsigned sent = 0, got = 0;

	out(rig, FCR, 0x01);
	while (got < 200) {
		char byte[2] = { (char)('A' + sent % 50) };

		while (type(rig, byte)) {
			sent++;
			byte[0] = (char)('A' + sent % 50);
		}
		assert_int_equal(sent - got, UART_FIFO);
		for (int i = 0; i < 5; i++, got++)
			assert_int_equal(in(rig, RBR), 'A' + got % 50);
	}
	assert_int_equal(in(rig, LSR) & 0x02, 0); /* nothing overran */
	out(rig, FCR, 0x03);			  /* clear */
	assert_int_equal(in(rig, LSR), LSR_TX);
	assert_int_equal(in(rig, RBR), 0);
}

static void overrun(void **state)
{
	struct rig *rig = *state;
	struct serial_device *d = &rig->uart.device;

	out(rig, FCR, 0x01);
	out(rig, MCR, OUT2);
	out(rig, IER, 0x04);
	d->ops->input(d, (const uint8_t *)"0123456789abcdefgh", 18);
	assert_int_equal(d->ops->room(d), 0);
	assert_true(line(rig)->level);
	assert_int_equal(in(rig, IIR), FIFO_ON | 0x06);
	assert_int_equal(in(rig, LSR), LSR_TX | 0x03);
	assert_int_equal(in(rig, LSR), LSR_TX | 0x01); /* told once */
	assert_false(line(rig)->level);
	for (int i = 0; i < UART_FIFO; i++)
		assert_int_equal(in(rig, RBR), "0123456789abcdef"[i]);

	/* without the FIFO the newest byte wins */
	out(rig, FCR, 0);
	assert_int_equal(d->ops->room(d), 1);
	d->ops->input(d, (const uint8_t *)"xy", 2);
	assert_int_equal(in(rig, LSR), LSR_TX | 0x03);
	assert_int_equal(in(rig, RBR), 'y');
}

static void priorities(void **state)
{
	struct rig *rig = *state;
	struct serial_device *d = &rig->uart.device;

	out(rig, MCR, OUT2 | LOOP); /* modem lines change */
	out(rig, MCR, OUT2);
	d->ops->input(d, (const uint8_t *)"xy", 2); /* one register: overrun */
	out(rig, IER, 0x0f);
	assert_int_equal(in(rig, IIR), 0x06);
	in(rig, LSR);
	assert_int_equal(in(rig, IIR), 0x04);
	in(rig, RBR);
	assert_int_equal(in(rig, IIR), 0x02);
	assert_int_equal(in(rig, IIR), 0x00);
	assert_true(line(rig)->level);
	in(rig, MSR);
	assert_int_equal(in(rig, IIR), NO_INT);
	assert_false(line(rig)->level);
	assert_int_equal(line(rig)->raised, 1); /* the line stayed up all the while */
}

static void modem_lines(void **state)
{
	static const struct {
		uint8_t mcr, msr;
	} t[] = {
		{ 0x00, 0xb0 }, /* a modem is there and ready; nothing changed since the start */
		{ 0x1f, 0xf0 }, /* looped; RI coming up is no change to report */
		{ 0x1f, 0xf0 }, { 0x1b, 0xb4 }, /* RI gone: trailing edge */
		{ 0x10, 0x0b }, { 0x11, 0x22 }, /* DTR -> DSR */
		{ 0x12, 0x13 },			/* RTS -> CTS */
		{ 0x18, 0x89 },			/* OUT2 -> DCD */
		{ 0xe0, 0xb3 }, /* reserved bits are not there, so this ends loopback */
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		out(rig, MCR, t[i].mcr);
		if (in(rig, MCR) != (t[i].mcr & 0x1f))
			fail_msg("row %zu: MCR", i);
		assert_int_equal(in(rig, MSR), t[i].msr);
		assert_int_equal(in(rig, MSR), t[i].msr & 0xf0); /* changes are told once */
	}
}

/* Text typed on a terminal, which serial.c holds until there is room. */
static void type_ahead(struct rig *rig, const char *text)
{
	memcpy(rig->serial.in_buf, text, strlen(text));
	rig->serial.in_len = (unsigned)strlen(text);
}

static void asks_for_more_when_there_is_room(void **state)
{
	struct rig *rig = *state;

	out(rig, FCR, 0x01);
	type(rig, "ab");
	type_ahead(rig, "0123456789abcdefghijklmnop");
	assert_int_equal(in(rig, RBR), 'a');
	assert_int_equal(in(rig, RBR), 'b'); /* the last one: refilled at once */
	for (int i = 0; i < 26; i++)
		assert_int_equal(in(rig, RBR), "0123456789abcdefghijklmnop"[i]);
	assert_int_equal(in(rig, LSR), LSR_TX);

	type(rig, "x");
	type_ahead(rig, "y");
	out(rig, FCR, 0x03); /* cleared */
	assert_int_equal(in(rig, RBR), 'y');

	out(rig, MCR, LOOP);
	type_ahead(rig, "z");
	assert_int_equal(in(rig, RBR), 0);
	out(rig, FCR, 0x03);
	assert_int_equal(in(rig, LSR), LSR_TX);
	out(rig, MCR, 0);
	assert_int_equal(in(rig, RBR), 'z');
}

static void turning_the_fifo_on_or_off_empties_it(void **state)
{
	struct rig *rig = *state;

	out(rig, FCR, 0x01);
	type(rig, "abc");
	out(rig, FCR, 0x01); /* no change */
	assert_int_equal(in(rig, RBR), 'a');
	out(rig, FCR, 0x00);
	assert_int_equal(in(rig, LSR), LSR_TX);
	type(rig, "x");
	out(rig, FCR, 0x01);
	assert_int_equal(in(rig, LSR), LSR_TX);
}

static void loopback(void **state)
{
	struct rig *rig = *state;

	out(rig, FCR, 0x01);
	out(rig, MCR, LOOP | OUT2);
	out(rig, IER, 0x01);
	out(rig, THR, 'a');
	assert_int_equal(in(rig, IIR), FIFO_ON | 0x04);
	assert_false(line(rig)->level); /* OUT2 is disconnected */
	assert_int_equal(type(rig, "outside"), 0);
	assert_int_equal(in(rig, RBR), 'a');
	for (int i = 0; i < 40; i++)
		out(rig, THR, (uint8_t)i);
	assert_int_equal(in(rig, LSR), LSR_TX | 0x03);
	for (int i = 0; i < UART_FIFO; i++)
		assert_int_equal(in(rig, RBR), i);
	assert_int_equal(in(rig, LSR), LSR_TX);
	assert_output(rig, "");
	out(rig, MCR, OUT2);
	assert_int_equal(type(rig, "x"), 1);
	assert_true(line(rig)->level);
}

static void odds_and_ends(void **state)
{
	struct rig *rig = *state;

	out(rig, SCR, 0x5a);
	assert_int_equal(in(rig, SCR), 0x5a);
	out(rig, LSR, 0xff);
	out(rig, MSR, 0xff);
	assert_int_equal(in(rig, LSR), LSR_TX);
	assert_int_equal(in(rig, MSR), 0xb0);
	out(rig, FCR, 0xc0); /* without the enable bit nothing of it counts */
	assert_int_equal(in(rig, IIR), NO_INT);
	fake_out(&rig->pio, COM1 + LCR, 4, 0x00000380); /* LCR, MCR, LSR, MSR in one */
	assert_int_equal(fake_in(&rig->pio, COM1 + LCR, 2), 0x0380);
	fake_out(&rig->pio, COM1, 2, 0x0102);
	assert_int_equal(fake_in(&rig->pio, COM1, 2), 0x0102);
	assert_output(rig, "");
}

int main(void)
{
#define UART_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		UART_TEST(linux_detects_a_16550a),
		UART_TEST(transmits),
		UART_TEST(transmit_interrupt),
		UART_TEST(receives),
		UART_TEST(trigger_levels),
		UART_TEST(fifo_wraps_and_fills),
		UART_TEST(overrun),
		UART_TEST(priorities),
		UART_TEST(modem_lines),
		UART_TEST(asks_for_more_when_there_is_room),
		UART_TEST(turning_the_fifo_on_or_off_empties_it),
		UART_TEST(loopback),
		UART_TEST(odds_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
