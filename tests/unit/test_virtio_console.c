// SPDX-License-Identifier: BSD-2-Clause
/*
 * A virtio console between a driver and a pipe or a terminal: bytes both ways, a reader that is slow or
 * gone, what is typed before there is room, the terminal's size, a driver that breaks the rules.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dev/virtio_console.h"
#include "fakes.h"
#include "stop.h"
#include "test.h"
#include "virtio_rig.h"

static struct virtio_rig rig;
static struct virtio_console console;
static struct serial serial;
static struct stop stop;
static int master, saved[2]; /* our end of the terminal; standard input and output of the test */

static int setup(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	const struct serial_place place = { .kind = SERIAL_TTY, .option = "--console" };
	int slave;

	(void)state;
	saved[0] = dup(0);
	saved[1] = dup(1);
	if (openpty(&master, &slave, NULL, NULL, &size))
		return -1;
	fcntl(master, F_SETFL, O_NONBLOCK);
	dup2(slave, 0);
	dup2(slave, 1);
	close(slave);
	virtio_rig_init(&rig);
	stop_init(&stop);
	if (serial_init(&serial, &place, &rig.loop, &stop))
		return -1;
	virtio_console_init(&console, &serial, true);
	return virtio_rig_attach(&rig, &console.dev);
}

static int teardown(void **state)
{
	(void)state;
	fake_stderr_begin();
	serial_fini(&serial);
	fake_stderr_end();
	virtio_rig_fini(&rig);
	stop_fini(&stop);
	dup2(saved[0], 0);
	dup2(saved[1], 1);
	close(saved[0]);
	close(saved[1]);
	if (master >= 0)
		close(master);
	return 0;
}

static void drive(uint64_t features)
{
	virtio_rig_drive(&rig, features);
	pthread_mutex_lock(&rig.lock);
	assert_int_equal(serial_start(&serial, &console.device), 0);
	pthread_mutex_unlock(&rig.lock);
}

/* The guest sends len bytes of a pattern, as two pieces. */
static void guest_sends(uint16_t head, uint32_t len)
{
	uint8_t *out = virtio_rig_out(&rig);

	for (uint32_t i = 0; i < len; i++)
		out[i] = (uint8_t)('a' + i % 23);
	vring_desc(&rig.ring[1], head, RIG_DATA, len / 2, DESC_NEXT, (uint16_t)(head + 1));
	vring_desc(&rig.ring[1], head + 1u, RIG_DATA + len / 2, len - len / 2, 0, 0);
	vring_offer(&rig.ring[1], head);
	virtio_kick(&console.dev, 1);
	virtio_rig_run(&rig, 0);
}

static void offer_room(uint16_t head, uint32_t len)
{
	vring_desc(&rig.ring[0], head, RIG_DATA + MiB + 4096u * head, len, DESC_WRITE, 0);
	vring_offer(&rig.ring[0], head);
	virtio_kick(&console.dev, 0);
	virtio_rig_run(&rig, 0);
}

static bool taken(unsigned ring, uint32_t *len)
{
	uint32_t id;

	return vring_take(&rig.ring[ring], &id, len);
}

/* A terminal hands bytes on when the host's kernel gets to it, in pieces. */
static size_t printed(char *text, size_t len)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	size_t got = 0;

	while (got < len && poll(&p, 1, 5000) == 1) {
		ssize_t n = read(master, text + got, len - got);

		got += n > 0 ? (size_t)n : 0;
	}
	return got;
}

static void type(const char *text)
{
	int len = (int)strlen(text), arrived = 0;

	assert_int_equal(write(master, text, (size_t)len), len);
	for (unsigned i = 0; i < 5000 && arrived < len; i++) {
		assert_int_equal(ioctl(STDIN_FILENO, FIONREAD, &arrived), 0);
		usleep(1000);
	}
	assert_int_equal(arrived, len);
	virtio_rig_run(&rig, 1000);
}

static void prints(void **state)
{
	uint32_t len;
	char text[64];

	(void)state;
	drive(0);
	guest_sends(0, 20);
	assert_true(taken(1, &len) && !len);
	assert_int_equal(printed(text, 20), 20);
	assert_memory_equal(text, "abcdefghijklmnopqrst", 20);
}

/* Nothing is lost, however slow the reader; nothing waits for it. */
static void waits_for_a_slow_reader(void **state)
{
	static char text[MiB];
	size_t got = 0;
	uint32_t len;

	(void)state;
	drive(0);
	guest_sends(0, 500000);
	assert_false(taken(1, &len));
	for (unsigned idle = 0; idle < 5000 && got < 500000; idle++) {
		ssize_t n = read(master, text + got, sizeof(text) - got);

		got += n > 0 ? (size_t)n : 0;
		idle = n > 0 ? 0 : idle;
		virtio_rig_run(&rig, 1);
	}
	assert_int_equal(got, 500000);
	for (size_t i = 0; i < got; i++)
		assert_int_equal(text[i], 'a' + i % 23);
	assert_true(taken(1, &len));
	/* and the next */
	guest_sends(0, 10);
	assert_true(taken(1, &len));
}

static void is_reset_while_it_sends(void **state)
{
	static char text[MiB];
	uint32_t len;

	(void)state;
	drive(0);
	guest_sends(0, 500000);
	assert_false(taken(1, &len));
	virtio_set_status(&console.dev, 0);
	for (unsigned quiet = 0; quiet < 200; quiet++) {
		while (read(master, text, sizeof(text)) > 0)
			quiet = 0;
		virtio_rig_run(&rig, 1);
	}
	virtio_rig_drive(&rig, 0);
	guest_sends(0, 5);
	assert_true(taken(1, &len));
	assert_int_equal(printed(text, 5), 5);
	assert_memory_equal(text, "abcde", 5);
}

static void hears_what_is_typed(void **state)
{
	uint32_t len;

	(void)state;
	drive(0);
	/* before there is room for it */
	type("early");
	offer_room(0, 3);
	assert_true(taken(0, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(virtio_rig_in(&rig), "ear", 3);
	offer_room(1, 100);
	assert_true(taken(0, &len));
	assert_memory_equal(virtio_rig_in(&rig) + 4096, "ly", 2);
	/* the escape is not the guest's */
	offer_room(2, 100);
	type("a\1\1b\1x");
	assert_true(taken(0, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(virtio_rig_in(&rig) + 8192, "a\1b", 3);
	assert_int_equal(atomic_load(&stop.reason), STOP_QUIT);
}

/* Chains that the driver should not offer for receiving: no room in them, a hole. */
static void takes_odd_buffers(void **state)
{
	uint32_t len;

	(void)state;
	drive(0);
	vring_desc(&rig.ring[0], 0, RIG_DATA, 100, 0, 0);
	vring_offer(&rig.ring[0], 0);
	vring_desc(&rig.ring[0], 1, RIG_DATA, 100, DESC_NEXT, 2);
	vring_desc(&rig.ring[0], 2, RIG_DATA + MiB, 2, DESC_WRITE, 0);
	vring_offer(&rig.ring[0], 1);
	virtio_kick(&console.dev, 0);
	type("xy");
	assert_true(taken(0, &len) && len == 0);
	assert_true(taken(0, &len) && len == 2);
	assert_memory_equal(virtio_rig_in(&rig), "xy", 2);
	vring_desc(&rig.ring[0], 3, GUEST_BAR, 2, DESC_WRITE, 0);
	vring_offer(&rig.ring[0], 3);
	virtio_kick(&console.dev, 0);
	type("z");
	assert_true(console.dev.status & VIRTIO_STATUS_NEEDS_RESET);
}

static void knows_its_size(void **state)
{
	struct winsize size = { .ws_row = 50, .ws_col = 132 };

	(void)state;
	drive(VIRTIO_CONSOLE_F_SIZE);
	assert_memory_equal(console.dev.config, ((uint8_t[]){ 80, 0, 24, 0 }), 4);
	assert_int_equal(rig.config_changes, 1); /* for drivers that read it only when told to */
	virtio_console_resized(&console);
	assert_int_equal(rig.config_changes, 1);
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	virtio_console_resized(&console);
	assert_int_equal(rig.config_changes, 2);
	assert_memory_equal(console.dev.config, ((uint8_t[]){ 132, 0, 50, 0 }), 4);
	/* of a pipe nothing is known */
	virtio_console_init(&console, &serial, false);
	assert_int_equal(console.dev.offered & VIRTIO_CONSOLE_F_SIZE, 0);
}

static void ends_with_its_terminal(void **state)
{
	uint32_t len;

	(void)state;
	drive(0);
	close(master);
	master = -1;
	fake_stderr_begin();
	guest_sends(0, 100);
	virtio_rig_run(&rig, 20);
	fake_stderr_end();
	assert_int_equal(atomic_load(&stop.reason), STOP_SIGNAL);
	assert_true(taken(1, &len));
	/* further output goes nowhere */
	guest_sends(0, 100000);
	assert_true(taken(1, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(prints, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_a_slow_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(is_reset_while_it_sends, setup, teardown),
		cmocka_unit_test_setup_teardown(hears_what_is_typed, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_odd_buffers, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_its_size, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_with_its_terminal, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
