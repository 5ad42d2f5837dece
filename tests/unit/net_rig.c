// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net_rig.h"
#include "test.h"

struct net_host net_host;
struct virtio_rig vm;
struct virtio_net net;
int peer;
char net_path[64];
static int listener;
/* igdvm's ends, whose numbers the wrapped calls see */
static int theirs[NET_QUEUES_MAX];

static bool fails(void)
{
	errno = net_host.error;
	return ++net_host.calls == net_host.fail_at;
}

/* ---- a kernel with a tap interface ---- */

#define REAL(type, name, args)                                                                     \
	type __real_##name args;                                                                   \
	type __wrap_##name args

unsigned __wrap_if_nametoindex(const char *name);
unsigned __wrap_if_nametoindex(const char *name)
{
	return strcmp(name, "tap0") ? 0 : 7;
}

static int new_tap(void)
{
	int end[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, end), 0);
	theirs[net_host.n_taps] = end[0];
	net_host.tap[net_host.n_taps++] = end[1];
	return end[0];
}

REAL(int, open, (const char *path, int flags, ...));
int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, "/dev/net/tun"))
		return __real_open(path, flags);
	assert_int_equal(flags, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return fails() ? -1 : new_tap();
}

static int attach(const struct ifreq *r)
{
	const int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;

	assert_string_equal(r->ifr_name, "tap0");
	assert_int_equal(r->ifr_flags & ~IFF_MULTI_QUEUE, flags);
	errno = net_host.attach_error;
	if (!errno && net_host.multi_queue != !!(r->ifr_flags & IFF_MULTI_QUEUE))
		errno = EINVAL;
	return errno ? -1 : 0;
}

static int tap_ioctl(unsigned n, unsigned long request, void *arg)
{
	struct ifreq *r = arg;

	switch (request) {
	case TUNSETIFF:
		return attach(r);
	case TUNGETIFF:
		strcpy(r->ifr_name, "tap0");
		r->ifr_flags = IFF_TAP | IFF_NO_PI;
		r->ifr_flags = (short)(r->ifr_flags | (net_host.no_vnet ? 0 : IFF_VNET_HDR));
		return 0;
	case TUNSETVNETHDRSZ:
		net_host.header_size = *(unsigned *)arg;
		return 0;
	case TUNSETOFFLOAD:
		net_host.offloads[n] = (unsigned long)arg;
		return 0;
	case TUNSETQUEUE:
		assert_int_not_equal(net_host.detached[n], r->ifr_flags == IFF_DETACH_QUEUE);
		net_host.detached[n] = r->ifr_flags == IFF_DETACH_QUEUE;
		return 0;
	}
	fail_msg("ioctl %#lx", request);
	return -1;
}

REAL(int, ioctl, (int fd, unsigned long request, ...));
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (request == SIOCGIFFLAGS) {
		((struct ifreq *)arg)->ifr_flags = net_host.down ? 0 : IFF_UP;
		return 0;
	}
	for (unsigned i = 0; i < net_host.n_taps; i++)
		if (theirs[i] == fd)
			return fails() ? -1 : tap_ioctl(i, request, arg);
	return __real_ioctl(fd, request, arg);
}

/* A copy of a tap's descriptor is that tap. */
REAL(int, fcntl, (int fd, int cmd, ...));
int __wrap_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;
	int ret;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	/* F_GETFD is how tests count what is open */
	if (cmd != F_GETFD && fails())
		return -1;
	ret = __real_fcntl(fd, cmd, arg);
	for (unsigned i = 0; i < net_host.n_taps && cmd == F_DUPFD_CLOEXEC; i++)
		if (theirs[i] == fd) {
			close(theirs[i]);
			theirs[i] = ret;
		}
	return ret;
}

REAL(int, socket, (int domain, int type, int protocol));
int __wrap_socket(int domain, int type, int protocol)
{
	return domain == AF_UNIX && fails() ? -1 : __real_socket(domain, type, protocol);
}

/* ---- the card ---- */

int net_setup(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)state;
	net_host = (struct net_host){ .error = EIO };
	peer = -1;
	virtio_rig_init(&vm);
	snprintf(net_path, sizeof(net_path), "/tmp/test_net.%d", (int)getpid());
	unlink(net_path);
	strcpy(addr.sun_path, net_path);
	listener = __real_socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 1))
		return -1;
	net_host.calls = 0;
	return 0;
}

void net_forget_taps(void)
{
	while (net_host.n_taps)
		close(net_host.tap[--net_host.n_taps]);
}

int net_teardown(void **state)
{
	(void)state;
	virtio_net_fini(&net);
	virtio_rig_fini(&vm);
	net_forget_taps();
	if (peer >= 0)
		close(peer);
	close(listener);
	unlink(net_path);
	return 0;
}

struct virtio_net_params tap_params(unsigned queues)
{
	return (struct virtio_net_params){
		.loop = &vm.loop, .name = "tap0", .tap = "tap0", .queues = queues, .mac = { 2, 1 }
	};
}

struct virtio_net_params stream_params(void)
{
	return (struct virtio_net_params){
		.loop = &vm.loop, .name = net_path, .passt = net_path, .queues = 1
	};
}

void net_build(const struct virtio_net_params *p, uint64_t features)
{
	assert_int_equal(virtio_net_init(&net, p), 0);
	if (p->passt) {
		peer = accept(listener, NULL, NULL);
		assert_int_equal(__real_fcntl(peer, F_SETFL, O_NONBLOCK), 0);
	}
	assert_int_equal(virtio_rig_attach(&vm, &net.dev), 0);
	virtio_rig_drive(&vm, features);
}

void net_offer(unsigned queue, uint16_t head, uint32_t at, uint32_t len)
{
	vring_desc(&vm.ring[queue], head, RIG_DATA + MiB + at, len, DESC_WRITE, 0);
	vring_offer(&vm.ring[queue], head);
}

void net_frame(uint8_t *frame, size_t len)
{
	for (size_t i = 0; i < len; i++)
		frame[i] = (uint8_t)(3 * i + 1);
}

bool net_send(unsigned queue, uint32_t len)
{
	uint32_t id, written;

	memset(virtio_rig_out(&vm), 0, NET_HEADER);
	net_frame(virtio_rig_out(&vm) + NET_HEADER, len);
	vring_desc(&vm.ring[queue], 0, RIG_DATA, NET_HEADER, DESC_NEXT, 1);
	vring_desc(&vm.ring[queue], 1, RIG_DATA + NET_HEADER, len, 0, 0);
	vring_offer(&vm.ring[queue], 0);
	virtio_kick(&net.dev, queue);
	virtio_rig_run(&vm, 0);
	return vring_take(&vm.ring[queue], &id, &written) && !id && !written;
}
