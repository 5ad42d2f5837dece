// SPDX-License-Identifier: BSD-2-Clause
/*
 * A keyboard of the host before a driver: what config space says, events both ways, room that is missing,
 * the hot-key, a device that goes, and what is refused. The host's device is a socket, its ioctls wrapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dev/virtio_input.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "test.h"
#include "virtio_rig.h"

#define PATH "/dev/input/event9"

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static struct host {
	int fd, peer, open_error, grab_error;
	bool only_reading, no_evdev, grabbed;
	unsigned grabs;
	uint8_t keys[VIRTIO_INPUT_BITS];
} host;

static struct virtio_rig rig;
static struct virtio_input input;
static struct virtio_inputs all;
static unsigned next;

int __wrap_open(const char *path, int flags, ...)
{
	int end[2];

	if (strcmp(path, PATH))
		return __real_open(path, flags);
	errno = host.open_error					     ? host.open_error
		: host.only_reading && (flags & O_ACCMODE) == O_RDWR ? EACCES
								     : 0;
	if (errno)
		return -1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, end), 0);
	host.peer = end[1];
	return host.fd = end[0];
}

static int put(void *arg, size_t size, const void *data, size_t len)
{
	memset(arg, 0, size);
	memcpy(arg, data, MIN(size, len));
	return (int)MIN(size, len);
}

static int get_bits(unsigned type, void *arg, size_t size)
{
	uint8_t bits[VIRTIO_INPUT_BITS] = { 0 };

	if (type == EV_KEY)
		bits[KEY_A / 8] = 1 << KEY_A % 8;
	if (type == EV_LED)
		bits[0] = 1 << LED_CAPSL;
	return put(arg, size, bits, sizeof(bits));
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	const struct input_id id = { 3, 0x1234, 0x5678, 0x9abc };
	const struct input_absinfo abs = { 0, -5, 32767, 1, 2, 3 };
	size_t size = _IOC_SIZE(request);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd != host.fd || fd < 0)
		return __real_ioctl(fd, request, arg);
	if (request == EVIOCGVERSION) {
		errno = ENOTTY;
		return host.no_evdev ? -1 : 0;
	}
	if (request == EVIOCGRAB) {
		errno = host.grab_error;
		host.grabs++;
		host.grabbed = arg != NULL && !errno;
		return errno ? -1 : 0;
	}
	if (request == EVIOCGID)
		return !put(arg, size, &id, sizeof(id));
	if (request == EVIOCGABS(ABS_X))
		return !put(arg, size, &abs, sizeof(abs));
	switch (_IOC_NR(request)) {
	case 0x06: /* name */
		return put(arg, size, "a keyboard", 11);
	case 0x08: /* unique */
		return put(arg, size, "", 1);
	case 0x09: /* properties */
		return put(arg, size, "\x02", 1);
	case 0x18: /* keys */
		return put(arg, size, host.keys, sizeof(host.keys));
	}
	if (_IOC_NR(request) >= 0x20 && _IOC_NR(request) < 0x20 + EV_CNT)
		return get_bits(_IOC_NR(request) - 0x20, arg, size);
	errno = EINVAL;
	return -1;
}

static int setup(void **state)
{
	(void)state;
	host = (struct host){ .fd = -1, .peer = -1 };
	all = (struct virtio_inputs){ 0 };
	next = 0;
	virtio_rig_init(&rig);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	virtio_input_fini(&input);
	virtio_rig_fini(&rig);
	if (host.peer >= 0)
		close(host.peer);
	return 0;
}

static struct virtio_input_params params(bool grab)
{
	return (struct virtio_input_params){ PATH, grab, &rig.loop, &all };
}

static void build(bool grab)
{
	const struct virtio_input_params p = params(grab);

	assert_int_equal(virtio_input_init(&input, &p), 0);
	assert_int_equal(virtio_rig_attach(&rig, &input.dev), 0);
	virtio_rig_drive(&rig, 0);
}

static void event(unsigned type, unsigned code, int value)
{
	const struct input_event e = { .type = (uint16_t)type,
				       .code = (uint16_t)code,
				       .value = value };

	assert_int_equal(write(host.peer, &e, sizeof(e)), sizeof(e));
}

static void key(unsigned code, int value)
{
	event(EV_KEY, code, value);
	event(EV_SYN, SYN_REPORT, 0);
	virtio_rig_run(&rig, 20);
}

/* Room for n more events; each descriptor comes back before its turn comes again. */
static void offer(unsigned n)
{
	for (; n; n--) {
		uint16_t i = (uint16_t)(next++ % RIG_RING_SIZE);

		vring_desc(&rig.ring[0], i, RIG_DATA + MiB + 16u * i, 8, DESC_WRITE, 0);
		vring_offer(&rig.ring[0], i);
	}
	virtio_kick(&input.dev, 0);
	virtio_rig_run(&rig, 0);
}

static void expect(unsigned type, unsigned code, uint32_t value)
{
	uint32_t id, len;
	const uint8_t *at;

	assert_true(vring_take(&rig.ring[0], &id, &len));
	assert_int_equal(len, 8);
	at = virtio_rig_in(&rig) + (size_t)16 * id;
	assert_int_equal(get_le16(at), type);
	assert_int_equal(get_le16(at + 2), code);
	assert_int_equal(get_le32(at + 4), value);
}

static void expect_nothing(void)
{
	uint32_t id, len;

	assert_false(vring_take(&rig.ring[0], &id, &len));
}

/* ---- config space ---- */

static uint8_t ask(uint8_t select, uint8_t subsel)
{
	input.dev.ops->config_write(&input.dev, 0, &select, 1);
	input.dev.ops->config_write(&input.dev, 1, &subsel, 1);
	return input.dev.config[2];
}

static void says_what_it_is(void **state)
{
	const uint8_t *data;

	(void)state;
	build(false);
	data = input.dev.config + 8;
	assert_int_equal(ask(1, 0), 10);
	assert_memory_equal(data, "a keyboard\0", 11);
	assert_int_equal(ask(2, 0), 0);
	assert_int_equal(ask(3, 0), 8);
	assert_memory_equal(data, "\x03\0\x34\x12\x78\x56\xbc\x9a", 8);
	assert_int_equal(ask(0x10, 0), 1);
	assert_int_equal(ask(0x11, EV_KEY), KEY_A / 8 + 1);
	assert_int_equal(data[KEY_A / 8], 1 << KEY_A % 8);
	assert_int_equal(ask(0x11, EV_REL), 0);
	assert_int_equal(ask(0x12, ABS_X), 20);
	assert_memory_equal(data, "\xfb\xff\xff\xff\xff\x7f\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0", 20);
	for (unsigned select = 0; select < 256; select++)
		for (unsigned subsel = 0; subsel < 256; subsel++)
			assert_true(ask((uint8_t)select, (uint8_t)subsel) <= VIRTIO_INPUT_DATA);
	/* size and data are not the driver's */
	ask(1, 0);
	input.dev.ops->config_write(&input.dev, 0, "\x01\0\x77xxxxxyyyy", 12);
	assert_int_equal(input.dev.config[2], 10);
	assert_memory_equal(data, "a keyboard", 10);
}

/* ---- events ---- */

static void passes_events(void **state)
{
	(void)state;
	build(false);
	offer(8);
	key(KEY_A, 1);
	expect(EV_KEY, KEY_A, 1);
	expect(EV_SYN, SYN_REPORT, 0);
	/* the guest repeats by itself */
	key(KEY_A, 2);
	expect_nothing();
	event(EV_REL, REL_X, -3);
	event(EV_REL, REL_Y, 4);
	event(EV_SYN, SYN_REPORT, 0);
	virtio_rig_run(&rig, 20);
	expect(EV_REL, REL_X, (uint32_t)-3);
	expect(EV_REL, REL_Y, 4);
	expect(EV_SYN, SYN_REPORT, 0);
	expect_nothing();
}

/* A packet goes whole or not at all, and no key stays down for that. */
static void loses_packets_whole(void **state)
{
	(void)state;
	build(false);
	offer(3);
	key(KEY_A, 1);
	expect(EV_KEY, KEY_A, 1);
	expect(EV_SYN, SYN_REPORT, 0);
	key(KEY_A, 0);
	key(KEY_B, 1);
	expect_nothing();
	offer(4);
	expect(EV_KEY, KEY_A, 0);
	expect(EV_SYN, SYN_REPORT, 0);
	key(KEY_B, 0);
	expect(EV_KEY, KEY_B, 0);
	expect(EV_SYN, SYN_REPORT, 0);
	/* one that is too long to keep */
	offer(12);
	for (unsigned i = 0; i < 100; i++)
		event(EV_REL, REL_X, 1);
	event(EV_SYN, SYN_REPORT, 0);
	virtio_rig_run(&rig, 20);
	expect_nothing();
	key(KEY_A, 1);
	expect(EV_KEY, KEY_A, 1);
	expect(EV_SYN, SYN_REPORT, 0);
	/* the host lost some: it says which keys are down */
	event(EV_SYN, SYN_DROPPED, 0);
	event(EV_SYN, SYN_REPORT, 0);
	virtio_rig_run(&rig, 20);
	expect(EV_KEY, KEY_A, 0);
	expect(EV_SYN, SYN_REPORT, 0);
}

static void is_given_back_by_a_hot_key(void **state)
{
	(void)state;
	build(true);
	assert_true(host.grabbed);
	offer(12);
	key(KEY_LEFTCTRL, 1);
	expect(EV_KEY, KEY_LEFTCTRL, 1);
	expect(EV_SYN, SYN_REPORT, 0);
	fake_stderr_begin();
	key(KEY_RIGHTCTRL, 1);
	assert_non_null(strstr(fake_stderr_end(), "the host has its devices back"));
	assert_false(host.grabbed);
	/* what the guest took for pressed is not any more */
	expect(EV_KEY, KEY_LEFTCTRL, 0);
	expect(EV_SYN, SYN_REPORT, 0);
	key(KEY_RIGHTCTRL, 0);
	key(KEY_LEFTCTRL, 0);
	key(KEY_A, 1);
	key(KEY_A, 0);
	expect_nothing();
	key(KEY_RIGHTCTRL, 1);
	fake_stderr_begin();
	key(KEY_LEFTCTRL, 1);
	assert_non_null(strstr(fake_stderr_end(), "the guest has the devices"));
	assert_true(host.grabbed);
}

static void drives_lamps(void **state)
{
	static const struct {
		uint16_t type, code;
		bool passes;
	} t[] = {
		{ EV_LED, LED_CAPSL, true },  { EV_LED, LED_NUML, false },
		{ EV_LED, 0xffff, false },    { EV_KEY, KEY_A, false },
		{ EV_SND, SND_BELL, false },  { EV_SYN, 0, false },
		{ 0xffff, LED_CAPSL, false }, { EV_REP, REP_DELAY, false },
	};
	struct input_event got[2];

	(void)state;
	build(false);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *out = virtio_rig_out(&rig);
		ssize_t n;

		put_le16(out, t[i].type);
		put_le16(out + 2, t[i].code);
		put_le32(out + 4, 1);
		assert_int_equal(virtio_rig_request(&rig, 1, 8, 0), 0);
		n = read(host.peer, got, sizeof(got));
		assert_int_equal(n, t[i].passes ? (int)sizeof(got) : -1);
		if (t[i].passes)
			assert_int_equal(got[0].code, LED_CAPSL);
		assert_int_equal(virtio_rig_request(&rig, 1, 7, 0), 0);
		assert_int_equal(read(host.peer, got, sizeof(got)), -1);
	}
}

static void breaks_with_the_rules(void **state)
{
	(void)state;
	build(false);
	for (uint16_t i = 0; i < 2; i++) {
		vring_desc(&rig.ring[0], i, GUEST_BAR, 8, DESC_WRITE, 0);
		vring_offer(&rig.ring[0], i);
	}
	key(KEY_A, 1);
	assert_true(input.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	key(KEY_A, 0);
	virtio_rig_drive(&rig, 0);
	next = 0;
	offer(2);
	key(KEY_A, 1);
	expect(EV_KEY, KEY_A, 1);
}

static void goes_away(void **state)
{
	const char *log;

	(void)state;
	build(false);
	offer(6);
	key(KEY_A, 1);
	expect(EV_KEY, KEY_A, 1);
	expect(EV_SYN, SYN_REPORT, 0);
	close(host.peer);
	host.peer = -1;
	fake_stderr_begin();
	virtio_rig_run(&rig, 20);
	virtio_rig_run(&rig, 20);
	log = fake_stderr_end();
	assert_non_null(strstr(log, "the guest goes on without it"));
	assert_ptr_equal(strchr(log, '\n'), strrchr(log, '\n'));
	expect(EV_KEY, KEY_A, 0);
	assert_int_equal(input.dev.status, 0xf);
}

static void refuse(bool grab, int err, const char *text)
{
	const struct virtio_input_params p = params(grab);
	unsigned fds = fake_open_fds();
	const char *log;
	int ret;

	fake_stderr_begin();
	ret = virtio_input_init(&input, &p);
	virtio_input_fini(&input);
	log = fake_stderr_end();
	if (host.peer >= 0)
		close(host.peer);
	host.peer = host.fd = -1;
	if (ret != err || !strstr(log, text) || strchr(log, '\n') != strrchr(log, '\n'))
		fail_msg("%d, \"%s\" instead of %d, %s", ret, log, err, text);
	assert_null(all.first);
	assert_int_equal(fake_open_fds(), fds);
}

static void says_why_not(void **state)
{
	(void)state;
	host.open_error = ENOENT;
	refuse(false, -ENOENT, "--input " PATH ": No such file or directory; /proc/bus/input");
	host.open_error = EACCES;
	refuse(false, -EACCES, "must be in the group \"input\"");
	host.open_error = 0;
	host.no_evdev = true;
	refuse(false, -ENOTTY, "no input device");
	host.no_evdev = false;
	host.grab_error = EBUSY;
	refuse(true, -EBUSY, "another program has grabbed it");
	/* one that may only be read has no lamps, but works */
	host.grab_error = 0;
	host.only_reading = true;
	build(false);
	put_le16(virtio_rig_out(&rig), EV_LED);
	put_le16(virtio_rig_out(&rig) + 2, LED_CAPSL);
	assert_int_equal(virtio_rig_request(&rig, 1, 8, 0), 0);
	assert_int_equal(read(host.peer, &(struct input_event){ 0 }, sizeof(struct input_event)),
			 -1);
}

#define INPUT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INPUT_TEST(says_what_it_is),	 INPUT_TEST(passes_events),
		INPUT_TEST(loses_packets_whole), INPUT_TEST(is_given_back_by_a_hot_key),
		INPUT_TEST(drives_lamps),	 INPUT_TEST(breaks_with_the_rules),
		INPUT_TEST(goes_away),		 INPUT_TEST(says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
