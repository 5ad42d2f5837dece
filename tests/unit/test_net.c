// SPDX-License-Identifier: BSD-2-Clause
/* The other ends: opening them, what the host refuses, streams in pieces. */
#include "net_rig.h"

static struct net other;

static int open_net(struct net_params p)
{
	int ret = net_init(&other, &p);

	if (ret)
		net_fini(&other);
	return ret;
}

static void end_net(void)
{
	net_fini(&other);
	net_fini(&other);
	close_peers();
}

static int open_tap(unsigned pairs)
{
	return open_net((struct net_params){ .tap = "tap0", .pairs = pairs });
}

static int open_passt(void)
{
	int ret = open_net((struct net_params){ .passt = socket_path, .pairs = 1 });

	if (!ret) {
		host.peer[0] = accept(listener, NULL, NULL);
		host.n = 1;
	}
	return ret;
}

static unsigned count_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 200; fd++)
		n += __real_fcntl(fd, F_GETFD, 0L) >= 0;
	return n;
}

static void taps(void **state)
{
	(void)state;
	assert_int_equal(open_tap(1), 0);
	assert_string_equal(other.id, "tap0");
	assert_string_equal(other.label, "--net tap=tap0");
	assert_true(other.offloads);
	end_net();
	/* one queue of a tap that has several */
	host.want_flags = IFF_MULTI_QUEUE;
	assert_int_equal(open_tap(1), 0);
	end_net();
	assert_int_equal(open_tap(3), 0);
	assert_int_equal(host.attached, 1);
	assert_int_equal(net_set_pairs(&other, 3), 0);
	assert_int_equal(host.attached, 7);
	assert_int_equal(net_set_pairs(&other, 2), 0);
	assert_int_equal(host.attached, 3);
	host.fail_at = host.calls + 1;
	assert_int_equal(net_set_pairs(&other, 1), -EMFILE);
	assert_int_equal(other.active, 2);
	assert_int_equal(net_set_offloads(&other, TUN_F_CSUM), 0);
	assert_int_equal(host.offloads, TUN_F_CSUM);
	end_net();
}

static void taps_that_are_none(void **state)
{
	static const int errors[] = { ENOENT, ENODEV, EACCES, EPERM, EBUSY, EINVAL, EIO };

	(void)state;
	host.no_interface = true;
	assert_int_equal(open_tap(1), -ENODEV);
	assert_int_equal(host.calls, 0); /* nor is one made */
	host.no_interface = false;
	host.want_flags = 0;
	assert_int_equal(open_tap(2), -EINVAL);
	close_peers();
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		for (unsigned call = 1; call <= 2; call++) {
			host.want_flags = IFF_MULTI_QUEUE;
			host.error = errors[i];
			host.fail_at = host.calls + call;
			assert_int_equal(open_tap(2), -errors[i]);
			close_peers();
		}
}

static void descriptors(void **state)
{
	struct net_params p = { .pairs = 1 };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	p.fd = (unsigned)pair[0];
	assert_int_equal(open_net(p), 0);
	assert_string_equal(other.id, "tap0");
	assert_true(other.fd[0] != pair[0]);
	assert_true(__real_fcntl(pair[0], F_GETFL, 0L) & O_NONBLOCK);
	end_net();
	assert_true(__real_fcntl(pair[0], F_GETFD, 0L) >= 0); /* still the caller's */
	host.if_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	assert_int_equal(open_net(p), -EINVAL);
	host.if_flags = IFF_TAP | IFF_VNET_HDR;
	assert_int_equal(open_net(p), -EINVAL);
	host.if_flags = IFF_TAP | IFF_NO_PI;
	assert_int_equal(open_net(p), -EINVAL);
	host.if_flags |= IFF_VNET_HDR;
	host.fail_at = host.calls + 2; /* TUNGETIFF: a file, a socket */
	host.error = ENOTTY;
	assert_int_equal(open_net(p), -EINVAL);
	p.fd = 999;
	assert_int_equal(open_net(p), -EBADF);
	close(pair[0]);
	close(pair[1]);
}

static void sockets(void **state)
{
	char name[200];

	(void)state;
	assert_int_equal(open_passt(), 0);
	assert_string_equal(other.id, socket_path);
	assert_false(other.offloads);
	assert_int_equal(net_set_pairs(&other, 1), 0);
	assert_int_equal(net_set_offloads(&other, 0), 0);
	end_net();
	memset(name, 'x', sizeof(name));
	name[108] = 0;
	assert_int_equal(open_net((struct net_params){ .passt = name, .pairs = 1 }), -ENAMETOOLONG);
	assert_int_equal(open_net((struct net_params){ .passt = "/nonexistent", .pairs = 1 }),
			 -ENOENT);
	host.fail_at = host.calls + 2;
	host.error = EAGAIN;
	assert_int_equal(open_passt(), -EBUSY);
	host.fail_at = host.calls + 2;
	host.error = EACCES;
	assert_int_equal(open_passt(), -EACCES);
	close(listener);
	assert_int_equal(open_passt(), -ECONNREFUSED);
}

/* Whatever call fails, nothing stays open. */
static void every_call_fails(void **state)
{
	unsigned before = count_fds(), failed = 0;

	(void)state;
	host.want_flags = IFF_MULTI_QUEUE;
	for (unsigned kind = 0; kind < 3; kind++) {
		for (unsigned n = 1;; n++) {
			int ret;

			host.calls = 0;
			host.fail_at = n;
			ret = kind == 0	  ? open_tap(2)
			      : kind == 1 ? open_passt()
					  : open_net((struct net_params){ .fd = (unsigned)listener,
									  .pairs = 1 });
			if (!ret) {
				end_net();
				break;
			}
			assert_true(ret < 0);
			failed++;
			close_peers();
			assert_int_equal(count_fds(), before);
		}
		assert_int_equal(count_fds(), before);
	}
	assert_int_equal(failed, 7 + 2 + 5);
}

/* ---- streams ---- */

static void put_frame(uint32_t length, uint32_t bytes)
{
	uint8_t buf[4 + NET_FRAME_MAX];

	memset(buf, (int)(length % 251), sizeof(buf));
	for (unsigned i = 0; i < 4; i++)
		buf[i] = (uint8_t)(length >> (24 - 8 * i));
	assert_int_equal(send(host.peer[0], buf, 4 + bytes, 0), 4 + bytes);
}

static ssize_t get_packet(uint8_t *buf)
{
	const struct iovec iov[2] = { { buf, 5 }, { buf + 5, NET_PACKET_MAX - 5 } };

	memset(buf, 0xee, NET_PACKET_MAX);
	return net_read(&other, 0, iov, 2);
}

static void expect_frame(uint32_t length)
{
	static uint8_t buf[NET_PACKET_MAX];

	assert_int_equal(get_packet(buf), NET_HEADER + length);
	for (unsigned i = 0; i < NET_HEADER + length; i++)
		assert_int_equal(buf[i], i < NET_HEADER ? 0 : length % 251);
}

static void frames_in(void **state)
{
	static const uint32_t lengths[] = { 14, 60, 1514, NET_FRAME_MAX };
	uint8_t byte[4 + 20] = { 0, 0, 0, 20 }, buf[NET_PACKET_MAX];

	(void)state;
	assert_int_equal(open_passt(), 0);
	host.interrupted = true;
	assert_int_equal(get_packet(buf), -EAGAIN);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		put_frame(lengths[i], lengths[i]);
		expect_frame(lengths[i]);
	}
	/* several at once, and one byte at a time */
	for (unsigned i = 0; i < 100; i++)
		put_frame(100 + i, 100 + i);
	for (unsigned i = 0; i < 100; i++)
		expect_frame(100 + i);
	memset(byte + 4, 20, 20);
	for (unsigned i = 0; i < sizeof(byte); i++) {
		assert_int_equal(get_packet(buf), -EAGAIN);
		assert_int_equal(send(host.peer[0], byte + i, 1, 0), 1);
	}
	expect_frame(20);
	/* the end, in the middle of one */
	assert_int_equal(send(host.peer[0], byte, 10, 0), 10);
	assert_int_equal(get_packet(buf), -EAGAIN);
	close_peers();
	assert_int_equal(get_packet(buf), -ENOLINK);
	assert_true(other.gone);
	end_net();
}

static void lengths_that_are_none(void **state)
{
	static const uint32_t lengths[] = { 0,		1,	    13,		NET_FRAME_MAX + 1,
					    0x10000000, 0x7fffffff, 0x80000000, 0xffffffff };
	uint8_t buf[NET_PACKET_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		assert_int_equal(open_passt(), 0);
		put_frame(lengths[i], 100);
		assert_int_equal(get_packet(buf), -ENOLINK);
		assert_int_equal(get_packet(buf), -ENOLINK);
		assert_true(other.gone);
		end_net();
	}
}

static int write_frame(uint8_t byte, size_t len)
{
	static uint8_t buf[NET_PACKET_MAX];
	struct iovec iov[3] = { { buf, NET_HEADER }, { buf + NET_HEADER, 7 }, { 0 } };

	memset(buf, byte, sizeof(buf));
	iov[2] = (struct iovec){ buf + NET_HEADER + 7, len - 7 };
	return net_write(&other, 0, iov, 3);
}

static void expect_sent(uint8_t byte, size_t len)
{
	uint8_t buf[NET_FRAME_MAX + 4];

	for (size_t got = 0; got < len + 4;) {
		ssize_t n = __real_recv(host.peer[0], buf + got, len + 4 - got, MSG_DONTWAIT);

		if (n < 0)
			assert_int_not_equal(net_flush(&other, 0), -ENOLINK);
		got += n < 0 ? 0 : (size_t)n;
	}
	assert_int_equal(buf[0] << 24 | buf[1] << 16 | buf[2] << 8 | buf[3], len);
	for (size_t i = 4; i < len + 4; i++)
		assert_int_equal(buf[i], byte);
}

static void frames_out(void **state)
{
	(void)state;
	assert_int_equal(open_passt(), 0);
	assert_int_equal(write_frame(1, 14), 0);
	assert_int_equal(net_flush(&other, 0), 0);
	expect_sent(1, 14);
	/* whatever part of one goes at once */
	host.interrupted = true;
	for (host.piece = 1; host.piece < 40; host.piece++) {
		assert_int_equal(write_frame(2, 60), 0);
		expect_sent(2, 60);
		assert_int_equal(net_flush(&other, 0), 0);
	}
	host.piece = 0;
	/* nobody takes any: some go, one waits */
	while (net_flush(&other, 0) == 0)
		assert_int_equal(write_frame(3, NET_FRAME_MAX), 0);
	assert_int_equal(net_flush(&other, 0), -EAGAIN);
	expect_sent(3, NET_FRAME_MAX);
	while (net_flush(&other, 0))
		expect_sent(3, NET_FRAME_MAX);
	host.write_error = ENOBUFS;
	assert_int_equal(write_frame(4, 60), 0);
	assert_int_equal(net_flush(&other, 0), -EAGAIN);
	close_peers();
	host.write_error = 0;
	assert_int_equal(net_flush(&other, 0), -ENOLINK);
	assert_int_equal(write_frame(4, 60), -ENOLINK);
	end_net();
}

/* ---- taps ---- */

static void tap_packets(void **state)
{
	static const struct {
		int error, want;
	} t[] = { { EIO, -EIO }, { EINVAL, -EINVAL }, { EBADFD, -ENOLINK } };
	uint8_t buf[NET_PACKET_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_equal(open_tap(1), 0);
		host.interrupted = true;
		assert_int_equal(write_frame(5, 60), 0);
		assert_int_equal(__real_recv(host.peer[0], buf, sizeof(buf), 0), NET_HEADER + 60);
		/* one that the interface does not take now is kept, whole */
		host.write_error = EAGAIN;
		assert_int_equal(write_frame(6, 70), 0);
		assert_int_equal(net_flush(&other, 0), -EAGAIN);
		host.write_error = 0;
		assert_int_equal(net_flush(&other, 0), 0);
		assert_int_equal(__real_recv(host.peer[0], buf, sizeof(buf), 0), NET_HEADER + 70);
		assert_int_equal(buf[NET_HEADER], 6);
		host.write_error = t[i].error;
		assert_int_equal(write_frame(7, 70), t[i].want);
		assert_int_equal(other.gone, t[i].want == -ENOLINK);
		host.write_error = EAGAIN;
		write_frame(7, 70);
		host.write_error = t[i].error;
		assert_int_equal(net_flush(&other, 0), other.gone ? -ENOLINK : 0);
		host.write_error = 0;
		host.read_error = t[i].error;
		assert_int_equal(get_packet(buf), -ENOLINK);
		host.read_error = 0;
		assert_int_equal(get_packet(buf), -ENOLINK);
		end_net();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(taps),
		NET_TEST(taps_that_are_none),
		NET_TEST(descriptors),
		NET_TEST(sockets),
		NET_TEST(every_call_fails),
		NET_TEST(frames_in),
		NET_TEST(lengths_that_are_none),
		NET_TEST(frames_out),
		NET_TEST(tap_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
