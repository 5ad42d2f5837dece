// SPDX-License-Identifier: BSD-2-Clause
/*
 * The host's ends of network cards: what is refused, in which words, and what stays open.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fake_vfio.h"
#include "fakes.h"
#include "net_rig.h"
#include "test.h"

/* virtio_net_init() fails with err, says text on one line, and leaves nothing open. */
static void refuse(const struct virtio_net_params *p, int err, const char *text)
{
	unsigned fds = fake_open_fds();
	const char *log;
	int ret;

	fake_stderr_begin();
	ret = virtio_net_init(&net, p);
	virtio_net_fini(&net);
	net_forget_taps();
	log = fake_stderr_end();
	assert_int_equal(fake_open_fds(), fds);
	if (ret != err || !strstr(log, text) || strchr(log, '\n') != strrchr(log, '\n'))
		fail_msg("%d, \"%s\" instead of %d, %s", ret, log, err, text);
}

static void says_what_is_wrong_with_a_tap(void **state)
{
	static const struct {
		int err;
		unsigned queues;
		bool multi_queue;
		const char *text;
	} t[] = {
		{ EPERM, 1, false,
		  "--net tap=tap0: Operation not permitted; give it to this user" },
		{ EBUSY, 1, false, "--net tap=tap0: Device or resource busy: another program" },
		{ EINVAL, 1, false, "it is no tap interface: ip tuntap add dev tap0 mode tap" },
		{ 0, 2, false, "has one queue only: ip tuntap add dev tap0 mode tap multi_queue" },
		{ ENOMEM, 1, false, "--net tap=tap0: TUNSETIFF: Cannot allocate memory" },
	};
	struct virtio_net_params p = tap_params(1);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		net_host.attach_error = t[i].err;
		net_host.multi_queue = t[i].multi_queue;
		p.queues = t[i].queues;
		refuse(&p, t[i].err ? -t[i].err : -EINVAL, t[i].text);
	}
	net_host.attach_error = 0;
	p = tap_params(1);
	p.tap = "tap1";
	refuse(&p, -ENODEV, "--net tap=tap1: no such interface; make it");
	p.tap = "a-name-of-16-byte";
	refuse(&p, -ENODEV, "no such interface");
}

/* One queue of an interface that has several will do. */
static void takes_a_queue_of_several(void **state)
{
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_host.multi_queue = true;
	net_build(&p, 0);
	assert_true(net_send(1, 60));
}

static void warns_of_an_interface_that_is_down(void **state)
{
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_host.down = true;
	fake_stderr_begin();
	net_build(&p, 0);
	assert_non_null(strstr(fake_stderr_end(),
			       "--net tap0: the interface is down: ip link set tap0 up"));
}

static void takes_an_open_tap(void **state)
{
	struct virtio_net_params p = tap_params(1);
	uint8_t frame[64];

	(void)state;
	p.tap = NULL;
	p.name = "fd";
	p.fd = 9999;
	refuse(&p, -EBADF, "--net fd=9999: Bad file descriptor; the program that starts igdvm");
	p.fd = STDIN_FILENO;
	refuse(&p, -EINVAL, "--net fd=0: no tap interface");
	/* one without headers: frames alone, no offloads */
	net_host.no_vnet = true;
	p.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	net_build(&p, VIRTIO_NET_F_MRG_RXBUF);
	assert_false(net.dev.offered & VIRTIO_NET_F_CSUM);
	assert_true(net_send(1, 60));
	assert_int_equal(read(net_host.tap[0], frame, sizeof(frame)), 60);
	net_offer(0, 0, 0, 200);
	virtio_kick(&net.dev, 0);
	assert_int_equal(write(net_host.tap[0], frame, 60), 60);
	virtio_rig_run(&vm, 50);
	assert_int_equal(get_le16(virtio_rig_in(&vm) + 10), 1);
	assert_memory_equal(virtio_rig_in(&vm) + NET_HEADER, frame, 60);
}

static void says_what_is_wrong_with_a_socket(void **state)
{
	struct virtio_net_params p = stream_params();
	char path[200];

	(void)state;
	p.passt = "/nowhere/passt";
	refuse(&p, -ENOENT,
	       "--net passt=/nowhere/passt: No such file or directory; start it first");
	p.passt = "/etc/passwd";
	refuse(&p, -ECONNREFUSED, "start it first: passt --socket /etc/passwd");
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	p.passt = path;
	refuse(&p, -ENAMETOOLONG, "107 bytes are the most");
}

/* Each of the host's calls fails once. */
static void leaves_nothing_open(void **state)
{
	struct virtio_net_params p[2];
	unsigned fds;

	(void)state;
	p[0] = tap_params(2);
	p[1] = stream_params();
	net_host.multi_queue = true;
	fds = fake_open_fds();
	for (unsigned i = 0; i < 2; i++) {
		unsigned n = 0, failed = 0;
		const char *log;
		int ret;

		do {
			net_host.calls = 0;
			net_host.fail_at = ++n;
			fake_stderr_begin();
			ret = virtio_net_init(&net, &p[i]);
			failed += ret < 0;
			virtio_net_fini(&net);
			log = fake_stderr_end();
			assert_true(!ret || *log);
			net_forget_taps();
			assert_int_equal(fake_open_fds(), fds);
		} while (net_host.calls >= n);
		net_host.fail_at = 0;
		assert_in_range(failed, i ? 1 : 5, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(says_what_is_wrong_with_a_tap),      NET_TEST(takes_a_queue_of_several),
		NET_TEST(warns_of_an_interface_that_is_down), NET_TEST(takes_an_open_tap),
		NET_TEST(says_what_is_wrong_with_a_socket),   NET_TEST(leaves_nothing_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
