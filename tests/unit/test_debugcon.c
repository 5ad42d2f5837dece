// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_debugcon.c - ports that only say something: debug console and POST codes.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dev/debugcon.h"
#include "dev/post.h"
#include "fakes.h"
#include "log.h"
#include "serial.h"
#include "stop.h"
#include "test.h"
#include "util.h"

struct rig {
	pthread_mutex_t lock;
	struct loop loop;
	struct stop stop;
	struct serial out;
	struct bus pio;
	struct debugcon con;
	struct post post;
	char path[64], text[4096];
};

static int setup(void **state)
{
	static struct rig rig;
	struct serial_place place = { SERIAL_FILE, .option = "--debugcon", .path = rig.path };
	int fd;

	rig = (struct rig){ .path = "/tmp/igdvm-debugcon-XXXXXX" };
	pthread_mutex_init(&rig.lock, NULL);
	*state = &rig;
	fd = mkstemp(rig.path);
	close(fd);
	return fd < 0 || stop_init(&rig.stop) || loop_init(&rig.loop, &rig.lock) ||
	       serial_init(&rig.out, &place, &rig.loop, &rig.stop) ||
	       debugcon_init(&rig.con, &rig.pio, &rig.out) || post_init(&rig.post, &rig.pio);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	debugcon_fini(&rig->con, &rig->pio);
	post_fini(&rig->post, &rig->pio);
	serial_fini(&rig->out);
	if (rig->pio.n)
		return -1;
	bus_fini(&rig->pio);
	loop_fini(&rig->loop);
	stop_fini(&rig->stop);
	return unlink(rig->path);
}

/* Everything said so far; nothing can be said after it. */
static const char *said(struct rig *rig)
{
	ssize_t n;
	int fd;

	serial_fini(&rig->out);
	fd = open(rig->path, O_RDONLY | O_CLOEXEC);
	n = read(fd, rig->text, sizeof(rig->text) - 1);
	close(fd);
	assert_true(n >= 0);
	rig->text[n] = '\0';
	return rig->text;
}

static void bytes_come_out(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(fake_in(&rig->pio, 0xe9, 1), 0xe9);
	assert_int_equal(fake_in(&rig->pio, 0x402, 1), 0xe9);
	for (const char *c = "one\n"; *c; c++)
		fake_out(&rig->pio, 0xe9, 1, (uint8_t)*c);
	for (const char *c = "two\n"; *c; c++)
		fake_out(&rig->pio, 0x402, 1, (uint8_t)*c);
	assert_string_equal(said(rig), "one\ntwo\n");
}

/* Of a wider access one byte is the port's; its neighbours are nobody's. */
static void every_port_and_width(void **state)
{
	struct rig *rig = *state;
	unsigned n = 0;

	for (unsigned port = 0xe0; port < 0x410; port++) {
		for (unsigned len = 1; len <= 4; len *= 2) {
			bool hit = (port <= 0xe9 && port + len > 0xe9) ||
				   (port <= 0x402 && port + len > 0x402);

			fake_out(&rig->pio, port, len, 0x61626364);
			assert_int_equal(fake_in(&rig->pio, port, len) !=
						 (uint32_t)(BIT(8 * len) - 1),
					 hit);
			n += hit;
		}
	}
	assert_int_equal(n, 14);
	assert_string_equal(said(rig), "abccdddabccddd");
}

static void any_byte_passes(void **state)
{
	struct rig *rig = *state;

	for (unsigned v = 0; v < 256; v++)
		fake_out(&rig->pio, 0xe9, 1, v);
	said(rig);
	for (unsigned v = 0; v < 256; v++)
		assert_int_equal((uint8_t)rig->text[v], v);
}

static void codes_have_a_time(void **state)
{
	struct rig *rig = *state;
	const char *text;
	double ms, last;

	log_set_level(LOG_DEBUG);
	fake_stderr_begin();
	fake_out(&rig->pio, 0x80, 1, 0x55);
	fake_out(&rig->pio, 0x80, 1, 0x55);
	usleep(20000);
	fake_out(&rig->pio, 0x80, 1, 0xaa);
	text = fake_stderr_end();
	log_set_level(LOG_INFO);
	assert_int_equal(sscanf(text,
				"igdvm: debug: guest: port 80: code 55 after %lf ms\n"
				"igdvm: debug: guest: port 80: code aa after %lf ms\n",
				&ms, &last),
			 2);
	assert_true(ms >= 0 && last >= ms + 20);
	assert_int_equal(fake_in(&rig->pio, 0x80, 1), 0xaa);
	assert_int_equal(fake_in(&rig->pio, 0x80, 2), 0xffaa);
}

static void codes_are_bounded(void **state)
{
	struct rig *rig = *state;
	unsigned lines = 0;
	const char *text;

	fake_stderr_begin();
	fake_out(&rig->pio, 0x80, 1, 1);
	assert_string_equal(fake_stderr_end(), "");
	log_set_level(LOG_DEBUG);
	fake_stderr_begin();
	for (unsigned i = 0; i < 10000; i++)
		fake_out(&rig->pio, 0x80, 1, i & 0xff);
	text = fake_stderr_end();
	log_set_level(LOG_INFO);
	for (; *text; text++)
		lines += *text == '\n';
	assert_in_range(lines, LOG_GUEST_BURST, 3 * LOG_GUEST_BURST);
}

static void leave_nothing_on_a_taken_port(void **state)
{
	static const uint16_t ports[] = { 0xe9, 0x402, 0x80 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		struct bus_region taken = { .base = ports[i], .size = 1, .width = 1 };
		struct bus pio = { 0 };
		struct debugcon con = { 0 };
		struct post post = { 0 };

		assert_int_equal(bus_add(&pio, &taken), 0);
		assert_int_equal(debugcon_init(&con, &pio, NULL), i < 2 ? -EEXIST : 0);
		assert_int_equal(post_init(&post, &pio), i < 2 ? 0 : -EEXIST);
		debugcon_fini(&con, &pio);
		post_fini(&post, &pio);
		assert_int_equal(pio.n, 1);
		bus_fini(&pio);
	}
}

static void places(void **state)
{
	struct serial_place place = { SERIAL_STDERR, .option = "--debugcon" };
	struct rig *rig = *state;
	struct serial s;
	int saved;

	fake_stderr_begin();
	assert_int_equal(serial_init(&s, &place, &rig->loop, &rig->stop), 0);
	for (const char *c = "heard\n"; *c; c++)
		serial_put(&s, (uint8_t)*c);
	serial_fini(&s);
	assert_string_equal(fake_stderr_end(), "heard\n");

	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	close(STDERR_FILENO);
	assert_int_equal(serial_init(&s, &place, &rig->loop, &rig->stop), -EBADF);
	dup2(saved, STDERR_FILENO);
	close(saved);

	place.kind = SERIAL_NULL;
	assert_int_equal(serial_init(&s, &place, &rig->loop, &rig->stop), 0);
	serial_put(&s, 'x');
	serial_fini(&s);

	place = (struct serial_place){ SERIAL_FILE, .option = "--debugcon",
				       .path = "/nonexistent/x" };
	fake_stderr_begin();
	assert_int_equal(serial_init(&s, &place, &rig->loop, &rig->stop), -ENOENT);
	assert_non_null(strstr(fake_stderr_end(), "--debugcon file=/nonexistent/x: No such file"));
}

int main(void)
{
#define CON_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CON_TEST(bytes_come_out),
		CON_TEST(every_port_and_width),
		CON_TEST(any_byte_passes),
		CON_TEST(codes_have_a_time),
		CON_TEST(codes_are_bounded),
		CON_TEST(places),
		cmocka_unit_test(leave_nothing_on_a_taken_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
