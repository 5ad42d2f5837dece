/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_rig.h - a machine with one network card, whose tap is one end of a socket pair: every packet that the
 * card writes is a message at the other end, and the reverse. Its kernel serves cards too, if it is asked
 * to. A host whose every call can be told to fail.
 * For programs linked with WRAP_net, one of which each includes this.
 */
#ifndef IGDVM_NET_RIG_H
#define IGDVM_NET_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fake_vhost.h"

#include "dev/virtio_net.h"
#include "test.h"
#include "virtio_rig.h"

#define TAPS 4

static struct {
	int peer[TAPS]; /* the other ends */
	int fd[TAPS];
	unsigned n;
	unsigned calls, fail_at; /* host calls; this one fails */
	int error;		 /* with this; 0: EMFILE */
	bool no_interface;
	int vhost_error;     /* of opening /dev/vhost-net */
	unsigned if_flags;   /* what TUNGETIFF says */
	unsigned want_flags; /* what the interface is besides a tap: IFF_MULTI_QUEUE, or 0 */
	unsigned attached;   /* bits: queues that the interface uses */
	unsigned offloads;
	int write_error, read_error;
	size_t piece; /* bytes that one sendmsg() takes; 0: all */
	bool interrupted;
	unsigned transfers;
} host;

static bool host_fails(void)
{
	if (++host.calls != host.fail_at)
		return false;
	errno = host.error ? host.error : EMFILE;
	return true;
}

/* Every other transfer is interrupted; all fail with err, if that is given. */
static bool transfer_fails(int err)
{
	errno = host.interrupted && host.transfers++ % 2 ? EINTR : err;
	return errno;
}

#define REAL(ret, name, args)                                                                      \
	ret __real_##name args;                                                                    \
	ret __wrap_##name args;                                                                    \
	ret __wrap_##name args

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	int pair[2];

	if (!strcmp(path, "/dev/vhost-net")) {
		errno = host.vhost_error;
		return errno ? -1 : fake_vhost_open();
	}
	if (strcmp(path, "/dev/net/tun"))
		return __real_open(path, flags);
	if (host_fails())
		return -1;
	assert_true(flags & O_NONBLOCK);
	assert_true(host.n < TAPS);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	host.fd[host.n] = pair[0];
	host.peer[host.n++] = pair[1];
	return pair[0];
}

static unsigned queue_of(int fd)
{
	for (unsigned i = 0; i < host.n; i++)
		if (host.fd[i] == fd)
			return i;
	return 0;
}

static int fake_tun(int fd, unsigned long request, void *arg)
{
	struct ifreq *ifr = arg;

	switch (request) {
	case TUNSETIFF:
		assert_string_equal(ifr->ifr_name, "tap0");
		errno = EINVAL;
		host.attached |= 1u << queue_of(fd);
		return (ifr->ifr_flags & IFF_MULTI_QUEUE) == host.want_flags ? 0 : -1;
	case TUNGETIFF:
		ifr->ifr_flags = (short)host.if_flags;
		snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "tap0");
		return 0;
	case TUNSETQUEUE:
		if (ifr->ifr_flags == IFF_ATTACH_QUEUE)
			host.attached |= 1u << queue_of(fd);
		else
			host.attached &= ~(1u << queue_of(fd));
		return 0;
	case TUNSETVNETHDRSZ:
		assert_int_equal(*(int *)arg, 12);
		return 0;
	default:
		assert_int_equal(request, TUNSETOFFLOAD);
		host.offloads = (unsigned)(unsigned long)arg;
		return 0;
	}
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct fake_vhost *vhost = fake_vhost_find(fd);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (vhost)
		return fake_vhost_ioctl(vhost, request, arg);
	return host_fails() ? -1 : fake_tun(fd, request, arg);
}

int __real_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	return host_fails() ? -1 : __real_fcntl(fd, cmd, arg);
}

REAL(unsigned, if_nametoindex, (const char *name))
{
	(void)name;
	return host.no_interface ? 0 : 7;
}

REAL(int, socket, (int domain, int type, int protocol))
{
	return host_fails() ? -1 : __real_socket(domain, type, protocol);
}

REAL(int, connect, (int fd, const struct sockaddr *to, socklen_t len))
{
	return host_fails() ? -1 : __real_connect(fd, to, len);
}

REAL(int, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *ev))
{
	return op == EPOLL_CTL_ADD && host_fails() ? -1 : __real_epoll_ctl(epfd, op, fd, ev);
}

REAL(ssize_t, readv, (int fd, const struct iovec *iov, int n))
{
	return transfer_fails(host.read_error) ? -1 : __real_readv(fd, iov, n);
}

REAL(ssize_t, writev, (int fd, const struct iovec *iov, int n))
{
	return transfer_fails(host.write_error) ? -1 : __real_writev(fd, iov, n);
}

REAL(ssize_t, recv, (int fd, void *buf, size_t len, int flags))
{
	return transfer_fails(host.read_error) ? -1 : __real_recv(fd, buf, len, flags);
}

REAL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags))
{
	struct msghdr cut = *m;
	struct iovec first = m->msg_iov[0];

	assert_true(flags & MSG_NOSIGNAL);
	if (transfer_fails(host.write_error))
		return -1;
	if (!host.piece)
		return __real_sendmsg(fd, m, flags);
	first.iov_len = MIN(first.iov_len, host.piece);
	cut.msg_iov = &first;
	cut.msg_iovlen = 1;
	return __real_sendmsg(fd, &cut, flags);
}

/* ---- a machine with one card ---- */

static struct virtio_rig rig;
static struct virtio_net net;
static char socket_path[] = "/tmp/test_net.XXXXXX/socket";
static int listener;

#define RX	(&rig.ring[0])
#define TX	(&rig.ring[1])
#define CONTROL (&rig.ring[2])

static int net_setup(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char *slash = strrchr(socket_path, '/');

	(void)state;
	memset(&host, 0, sizeof(host));
	host.if_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	memcpy(slash - 6, "XXXXXX", 6);
	*slash = 0;
	assert_non_null(mkdtemp(socket_path));
	*slash = '/';
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", socket_path);
	listener = __real_socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	fake_vhost_init(VIRTIO_NET_F_MRG_RXBUF, host_fails);
	virtio_rig_init(&rig);
	host.calls = 0;
	return 0;
}

static void close_peers(void)
{
	for (unsigned i = 0; i < host.n; i++)
		close_fd(&host.peer[i]);
	host.n = 0;
}

static int net_teardown(void **state)
{
	char *slash = strrchr(socket_path, '/');

	(void)state;
	virtio_net_fini(&net);
	virtio_rig_fini(&rig);
	close_peers();
	close(listener);
	unlink(socket_path);
	*slash = 0;
	rmdir(socket_path);
	*slash = '/';
	return 0;
}
#define NET_TEST(f) cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

static inline struct virtio_net_params tap_params(unsigned pairs)
{
	host.want_flags = pairs > 1 ? IFF_MULTI_QUEUE : 0;
	return (struct virtio_net_params){ .net = { .tap = "tap0", .pairs = pairs },
					   .vhost = NET_VHOST_OFF,
					   .salt = 0x18 };
}

static inline struct virtio_net_params passt_params(void)
{
	return (struct virtio_net_params){ .net = { .passt = socket_path, .pairs = 1 } };
}

/* A running driver with these features. */
static inline void build_net(struct virtio_net_params p, uint64_t features)
{
	assert_int_equal(virtio_net_init(&net, &p), 0);
	assert_int_equal(virtio_rig_attach(&rig, &net.dev), 0);
	if (p.net.passt) {
		host.peer[0] = accept(listener, NULL, NULL);
		assert_true(host.peer[0] >= 0);
		host.n = 1;
	}
	virtio_rig_drive(&rig, features);
}

static inline uint16_t link_status(void)
{
	return get_le16(net.config + 6);
}

/* Where buffer i of queue n is. */
static inline uint64_t buffer_gpa(unsigned n, unsigned i)
{
	return RIG_DATA + (16ull * n + i) * 0x20000;
}

static inline uint8_t *buffer(unsigned n, unsigned i)
{
	return guest_at(&rig.ram, buffer_gpa(n, i), 0x20000);
}

/* Offer buffer i for packets, without a kick. */
static inline void offer_buffer(unsigned i, uint32_t len)
{
	memset(buffer(0, i), 0xee, 0x20000);
	vring_desc(RX, i, buffer_gpa(0, i), len, DESC_WRITE, 0);
	vring_offer(RX, (uint16_t)i);
}

static inline void kick_net(unsigned n)
{
	virtio_kick(&net.dev, n);
	virtio_rig_run(&rig, 0);
}

/* Offer a packet to send as descriptor i: 12 bytes of header, then len bytes that begin with `first`. */
static inline void offer_packet(unsigned i, const uint8_t *header, uint32_t len, uint8_t first)
{
	uint8_t *at = buffer(1, i);

	memcpy(at, header, NET_HEADER);
	for (uint32_t k = 0; k < len; k++)
		at[NET_HEADER + k] = (uint8_t)(first + k);
	vring_desc(TX, i, buffer_gpa(1, i), NET_HEADER + len, 0, 0);
	vring_offer(TX, (uint16_t)i);
}

#endif
