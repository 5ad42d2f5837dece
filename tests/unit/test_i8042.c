// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_i8042.c - what drivers ask of controller and keyboard, and what guests should not.
 */
#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>

#include "dev/i8042.h"
#include "fakes.h"
#include "layout.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define DATA	0x60
#define COMMAND 0x64
#define OUTPUT	0x01 /* of the status */

struct rig {
	struct bus pio;
	struct fake_irqchip irq;
	struct stop stop;
	struct i8042 k;
};

static int setup(void **state)
{
	static struct rig rig;

	rig = (struct rig){ 0 };
	fake_irqchip_init(&rig.irq);
	*state = &rig;
	return stop_init(&rig.stop) ||
	       i8042_init(&rig.k, &rig.pio, fake_irq_line(&rig.irq, LAYOUT_GSI_KBD), &rig.stop);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	i8042_fini(&rig->k, &rig->pio);
	if (rig->pio.n)
		return -1;
	bus_fini(&rig->pio);
	stop_fini(&rig->stop);
	return 0;
}

static void out(struct rig *rig, uint16_t port, uint8_t v)
{
	fake_out(&rig->pio, port, 1, v);
}

static uint8_t status(struct rig *rig)
{
	return (uint8_t)fake_in(&rig->pio, COMMAND, 1);
}

/* All that waits, in hexadecimal. */
static const char *drain(struct rig *rig)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	while (status(rig) & OUTPUT && n < sizeof(text) - 4)
		n += (size_t)snprintf(text + n, sizeof(text) - n, n ? " %02x" : "%02x",
				      fake_in(&rig->pio, DATA, 1));
	return text;
}

static void controller_commands(void **state)
{
	static const struct {
		uint8_t command;
		const char *answer;
	} t[] = {
		{ 0x20, "65" }, { 0xaa, "55" }, { 0xab, "00" }, { 0xa9, "01" }, { 0xc0, "80" },
		{ 0xd0, "03" }, { 0xdd, "" },	{ 0xd0, "01" }, { 0xdf, "" },	{ 0xd0, "03" },
		{ 0xad, "" },	{ 0x20, "75" }, { 0xae, "" },	{ 0x20, "65" }, { 0xa7, "" },
		{ 0xa8, "" },	{ 0x20, "65" }, { 0xff, "" },	{ 0x00, "" },
	};
	struct rig *rig = *state;

	assert_int_equal(status(rig), 0x14);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		out(rig, COMMAND, t[i].command);
		assert_int_equal(status(rig) & 0x08, 0x08);
		assert_string_equal(drain(rig), t[i].answer);
	}
	assert_false(stop_requested(&rig->stop));
}

static void command_byte(void **state)
{
	struct rig *rig = *state;

	for (unsigned v = 0; v < 256; v++) {
		char want[4];

		out(rig, COMMAND, 0x60);
		out(rig, DATA, (uint8_t)v);
		assert_int_equal(status(rig), 0x10 | (v & 0x04));
		out(rig, COMMAND, 0x20);
		snprintf(want, sizeof(want), "%02x", (v & 0x55) | 0x20);
		assert_string_equal(drain(rig), want);
	}
	out(rig, COMMAND, 0x60); /* the self test says so in the status */
	out(rig, DATA, 0x51);
	assert_int_equal(status(rig), 0x10);
	out(rig, COMMAND, 0xaa);
	assert_string_equal(drain(rig), "55");
	assert_int_equal(status(rig), 0x1c);
	out(rig, COMMAND, 0x60); /* a command in place of the byte: forgotten */
	out(rig, COMMAND, 0x20);
	out(rig, DATA, 0xee);
	assert_int_equal(fake_in(&rig->pio, DATA, 1), 0x75);
	assert_string_equal(drain(rig), "ee");
}

static void reset_lines(void **state)
{
	struct rig *rig;
	void *fresh;

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		bool pulse = v >= 0xf0 && !(v & 1);

		assert_int_equal(setup(&fresh), 0);
		rig = fresh;
		out(rig, COMMAND, (uint8_t)v);
		assert_int_equal(atomic_load(&rig->stop.reason), pulse ? STOP_RESET : STOP_NONE);
		assert_int_equal(teardown(&fresh), 0);

		assert_int_equal(setup(&fresh), 0);
		rig = fresh;
		out(rig, COMMAND, 0xd1);
		out(rig, DATA, (uint8_t)v);
		assert_int_equal(atomic_load(&rig->stop.reason), v & 1 ? STOP_NONE : STOP_RESET);
		assert_int_equal(teardown(&fresh), 0);
	}
}

static void keyboard_commands(void **state)
{
	static const struct {
		uint8_t byte;
		const char *translated, *plain;
	} t[] = {
		{ 0xff, "fa aa", "fa aa" },
		{ 0xf2, "fa ab 41", "fa ab 83" },
		{ 0xed, "fa", "fa" },
		{ 0x07, "fa", "fa" },
		{ 0xee, "ee", "ee" },
		{ 0xf0, "fa", "fa" },
		{ 0x00, "fa 41", "fa 02" },
		{ 0xf0, "fa", "fa" },
		{ 0x02, "fa", "fa" },
		{ 0xf0, "fa", "fa" },
		{ 0x03, "fe", "fe" },
		{ 0xf3, "fa", "fa" },
		{ 0x7f, "fa", "fa" },
		{ 0xed, "fa", "fa" },
		{ 0xf2, "fa ab 41", "fa ab 83" },
		{ 0x07, "fe", "fe" },
		{ 0xee, "ee", "ee" },
		{ 0xfe, "ee", "ee" },
		{ 0xf6, "fa", "fa" },
		{ 0xfa, "fa", "fa" },
		{ 0xf5, "fa", "fa" },
		{ 0xf4, "fa", "fa" },
		{ 0xfb, "fe", "fe" },
		{ 0xec, "fe", "fe" },
	};
	struct rig *rig = *state;

	for (int plain = 0; plain < 2; plain++) {
		if (plain) {
			out(rig, COMMAND, 0x60);
			out(rig, DATA, 0x05);
		}
		for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
			out(rig, DATA, t[i].byte);
			assert_int_equal(status(rig) & 0x08, 0);
			assert_string_equal(drain(rig), plain ? t[i].plain : t[i].translated);
		}
	}
	/* a command ends the answer to the one before; one to a silent keyboard makes it speak */
	out(rig, DATA, 0xf2);
	out(rig, COMMAND, 0xad);
	assert_string_equal(drain(rig), "");
	out(rig, DATA, 0xee);
	assert_string_equal(drain(rig), "ee");
}

static void keys(void **state)
{
	static const struct {
		unsigned key;
		bool down;
		const char *translated, *plain;
	} t[] = {
		{ KEY_A, true, "1e", "1c" },
		{ KEY_A, false, "9e", "f0 1c" },
		{ KEY_ESC, true, "01", "76" },
		{ KEY_F7, true, "41", "83" },
		{ KEY_F12, false, "d8", "f0 07" },
		{ KEY_102ND, true, "56", "61" },
		{ KEY_KPASTERISK, true, "37", "7c" },
		{ KEY_RIGHTCTRL, true, "e0 1d", "e0 14" },
		{ KEY_RIGHTCTRL, false, "e0 9d", "e0 f0 14" },
		{ KEY_DELETE, false, "e0 d3", "e0 f0 71" },
		{ KEY_SYSRQ, true, "e0 37", "e0 7c" },
		{ KEY_LEFTMETA, true, "e0 5b", "e0 1f" },
		{ KEY_POWER, true, "e0 5e", "e0 37" },
		{ KEY_PAUSE, true, "e1 1d 45 e1 9d c5", "e1 14 77 e1 f0 14 f0 77" },
		{ KEY_PAUSE, false, "", "" },
	};
	struct rig *rig = *state;

	for (int plain = 0; plain < 2; plain++) {
		if (plain) {
			out(rig, COMMAND, 0x60);
			out(rig, DATA, 0x05);
		}
		for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
			assert_int_equal(i8042_key(&rig->k, t[i].key, t[i].down), 0);
			assert_string_equal(drain(rig), plain ? t[i].plain : t[i].translated);
		}
	}
}

/* Whatever number comes: a key of its own, or -EINVAL. */
static void every_key(void **state)
{
	struct rig *rig = *state;
	char seen[1024][32];
	unsigned n = 0;

	out(rig, COMMAND, 0x60);
	out(rig, DATA, 0x05);
	for (unsigned key = 0; key < 1024; key++) {
		int ret = i8042_key(&rig->k, key, true);

		if (ret) {
			assert_int_equal(ret, -EINVAL);
			assert_int_equal(i8042_key(&rig->k, key, false), -EINVAL);
			continue;
		}
		snprintf(seen[n], sizeof(seen[n]), "%s", drain(rig));
		assert_true(strlen(seen[n]) >= 2);
		for (unsigned i = 0; i < n; i++)
			assert_string_not_equal(seen[i], seen[n]);
		n++;
	}
	assert_int_equal(n, 86 + 22 + 1); /* of set 1, with prefix, Pause */
	assert_int_equal(i8042_key(&rig->k, UINT32_MAX, true), -EINVAL);
}

static void full_buffer(void **state)
{
	struct rig *rig = *state;
	unsigned n = 0;

	while (!i8042_key(&rig->k, KEY_A, true))
		n++;
	assert_int_equal(n, I8042_KEYS_MAX);
	assert_int_equal(i8042_key(&rig->k, KEY_A, false), -EAGAIN);
	fake_in(&rig->pio, DATA, 1);
	assert_int_equal(i8042_key(&rig->k, KEY_UP, true), -EAGAIN); /* two bytes or none */
	assert_int_equal(i8042_key(&rig->k, KEY_A, false), 0);
	out(rig, DATA, 0xee); /* replies have a place of their own, and come first */
	assert_int_equal(fake_in(&rig->pio, DATA, 1), 0xee);
	assert_int_equal(fake_in(&rig->pio, DATA, 1), 0x1e);
	out(rig, DATA, 0xf4); /* forgets keys */
	assert_string_equal(drain(rig), "fa");
}

static void scanning(void **state)
{
	struct rig *rig = *state;

	out(rig, DATA, 0xf5);
	assert_string_equal(drain(rig), "fa");
	assert_int_equal(i8042_key(&rig->k, KEY_A, true), 0);
	assert_string_equal(drain(rig), "");
	out(rig, DATA, 0xf4);
	assert_string_equal(drain(rig), "fa");
	i8042_key(&rig->k, KEY_A, true);
	out(rig, COMMAND, 0xad); /* the key waits until the keyboard may speak */
	assert_string_equal(drain(rig), "");
	out(rig, COMMAND, 0xaa); /* the controller may */
	assert_string_equal(drain(rig), "55");
	out(rig, COMMAND, 0xae);
	assert_string_equal(drain(rig), "1e");
}

/* The interrupt is an edge for each byte. */
static void interrupts(void **state)
{
	struct rig *rig = *state;
	const struct fake_gsi *gsi = &rig->irq.gsi[LAYOUT_GSI_KBD];

	i8042_key(&rig->k, KEY_UP, true);
	assert_true(gsi->level);
	assert_int_equal(gsi->raised, 1);
	fake_in(&rig->pio, DATA, 1);
	assert_true(gsi->level);
	assert_int_equal(gsi->raised, 2);
	fake_in(&rig->pio, DATA, 1);
	assert_false(gsi->level);
	fake_in(&rig->pio, DATA, 1); /* nothing there: the last byte again */
	assert_int_equal(gsi->raised, 2);
	out(rig, COMMAND, 0x60);
	out(rig, DATA, 0x44);
	i8042_key(&rig->k, KEY_A, true);
	assert_false(gsi->level);
	out(rig, COMMAND, 0x60);
	out(rig, DATA, 0x45);
	assert_true(gsi->level);
	out(rig, COMMAND, 0xad);
	assert_false(gsi->level);
	out(rig, COMMAND, 0xd2); /* the controller speaks in the keyboard's place */
	out(rig, DATA, 0x77);
	assert_true(gsi->level);
	assert_string_equal(drain(rig), "77");
	out(rig, COMMAND, 0xd4); /* nobody */
	out(rig, DATA, 0xff);
	assert_string_equal(drain(rig), "");
}

static void hostile_guest(void **state)
{
	struct rig *rig = *state;
	uint32_t x = 1;

	for (unsigned i = 0; i < 300000; i++) {
		unsigned port, len;

		x = x * 1664525 + 1013904223;
		port = 0x5d + (x >> 28) % 8;
		len = 1U << (x >> 26) % 3;
		if (x & BIT(25))
			fake_out(&rig->pio, port, len, x * 2654435761U);
		else
			fake_in(&rig->pio, port, len);
		if (x & BIT(24))
			i8042_key(&rig->k, x >> 8 & 0xff, x & BIT(23));
		assert_true(rig->k.keys <= I8042_KEYS_MAX && rig->k.replies <= I8042_REPLIES_MAX);
	}
	for (unsigned command = 0; command < 256; command++)
		for (unsigned v = 0; v < 256; v++) {
			out(rig, COMMAND, (uint8_t)command);
			out(rig, DATA, (uint8_t)v);
			out(rig, DATA, (uint8_t)command);
		}
	assert_int_equal(fake_in(&rig->pio, 0x61, 1), 0xff);
}

static void leaves_nothing_on_a_taken_port(void **state)
{
	static const uint16_t ports[] = { DATA, COMMAND };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		struct bus_region taken = { .base = ports[i], .size = 1, .width = 1 };
		struct bus pio = { 0 };
		struct i8042 k;

		assert_int_equal(bus_add(&pio, &taken), 0);
		assert_int_equal(i8042_init(&k, &pio, (struct irq_line){ 0 }, NULL), -EEXIST);
		assert_int_equal(pio.n, 1);
		bus_fini(&pio);
	}
}

int main(void)
{
#define KBD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		KBD_TEST(controller_commands),
		KBD_TEST(command_byte),
		cmocka_unit_test(reset_lines),
		KBD_TEST(keyboard_commands),
		KBD_TEST(keys),
		KBD_TEST(every_key),
		KBD_TEST(full_buffer),
		KBD_TEST(scanning),
		KBD_TEST(interrupts),
		KBD_TEST(hostile_guest),
		cmocka_unit_test(leaves_nothing_on_a_taken_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
