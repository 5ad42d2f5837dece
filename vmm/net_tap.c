// SPDX-License-Identifier: BSD-2-Clause
/*
 * net_tap.c - a tap interface as the host's end. Knows TUN/TAP's ioctls, and why they are refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iov.h"
#include "log.h"
#include "net.h"
#include "util.h"

/* Skip the header that a tap without IFF_VNET_HDR does not take. */
static ssize_t write_packet(struct net *n, const struct iovec *iov, unsigned n_iov)
{
	struct iovec plain[IOV_MAX];

	if (!n->plain)
		return writev(n->fd, iov, (int)n_iov);
	n_iov = iov_slice(iov, n_iov, NET_HEADER, SIZE_MAX, plain);
	return writev(n->fd, plain, (int)n_iov);
}

/* Whatever is wrong with a packet is the guest's doing: the kernel drops it, and so does the device. */
static int tap_send(struct net *n, const struct iovec *iov, unsigned n_iov)
{
	while (write_packet(n, iov, n_iov) < 0) {
		if (errno == EAGAIN)
			return -EAGAIN;
		if (errno != EINTR)
			break;
	}
	return 0;
}

static ssize_t tap_receive(struct net *n, uint8_t *buf)
{
	size_t skip = n->plain ? NET_HEADER : 0;
	ssize_t len;

	memset(buf, 0, skip);
	while ((len = read(n->fd, buf + skip, NET_PACKET_MAX - skip)) < 0 && errno == EINTR)
		;
	if (len >= 0)
		return len + (ssize_t)skip;
	if (errno == EAGAIN)
		return -EAGAIN;
	log_err(-errno, "--net %s: %m; the guest's link goes down", n->name);
	return -EPIPE;
}

static const struct {
	unsigned offload, tun;
} tun_bits[] = {
	{ NET_CSUM, TUN_F_CSUM },
	{ NET_TSO4, TUN_F_TSO4 },
	{ NET_TSO6, TUN_F_TSO6 },
	{ NET_ECN, TUN_F_TSO_ECN },
};

static int set_tun_offloads(struct net *n, unsigned offloads)
{
	unsigned tun = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tun_bits); i++)
		if (offloads & tun_bits[i].offload)
			tun |= tun_bits[i].tun;
	return ioctl(n->fd, TUNSETOFFLOAD, (unsigned long)tun);
}

static void tap_set_offloads(struct net *n, unsigned offloads)
{
	if (!n->plain && set_tun_offloads(n, offloads))
		log_warn("--net %s: TUNSETOFFLOAD: %m; packets may be lost", n->name);
}

static void tap_use(struct net *n, bool on)
{
	struct ifreq r = { .ifr_flags = (short)(on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE) };

	if (n->detached == !on)
		return;
	if (ioctl(n->fd, TUNSETQUEUE, &r))
		log_warn("--net %s: TUNSETQUEUE: %m; packets may be lost", n->name);
	else
		n->detached = !on;
}

static const struct net_ops ops = { tap_send, tap_receive, tap_set_offloads, tap_use };

/* Headers of NET_HEADER bytes; what the interface can do. */
static int set_up(struct net *n)
{
	const unsigned all = NET_CSUM | NET_TSO4 | NET_TSO6 | NET_ECN;
	int size = NET_HEADER;

	if (n->plain)
		return 0;
	if (ioctl(n->fd, TUNSETVNETHDRSZ, &size))
		return log_err(-errno, "--net %s: TUNSETVNETHDRSZ: %m", n->name);
	n->offloads = set_tun_offloads(n, all) ? 0 : all;
	set_tun_offloads(n, 0);
	return 0;
}

void net_check_up(const struct net *n)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { 0 };

	if (fd < 0)
		return;
	if (!ioctl(n->fd, TUNGETIFF, &r) && !ioctl(fd, SIOCGIFFLAGS, &r) && !(r.ifr_flags & IFF_UP))
		log_warn("--net %s: the interface is down: ip link set %s up", n->name, r.ifr_name);
	close(fd);
}

static int refused(const char *name, bool multi_queue, int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return log_err(err,
			       "--net tap=%s: %m; give it to this user: ip tuntap add dev %s "
			       "mode tap user NAME",
			       name, name);
	case -EBUSY:
		return log_err(err, "--net tap=%s: %m: another program uses it", name);
	case -EINVAL:
		return log_err(err,
			       "--net tap=%s: it is no tap interface%s: ip tuntap add dev %s mode "
			       "tap%s",
			       name, multi_queue ? ", or has one queue only" : "", name,
			       multi_queue ? " multi_queue" : "");
	default:
		return log_err(err, "--net tap=%s: TUNSETIFF: %m", name);
	}
}

static int attach(struct net *n, const char *name, int flags)
{
	struct ifreq r = { .ifr_flags = (short)flags };

	memcpy(r.ifr_name, name, strlen(name));
	return ioctl(n->fd, TUNSETIFF, &r) ? -errno : 0;
}

int net_open_tap(struct net *n, const char *name, bool multi_queue)
{
	const int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	int ret;

	*n = (struct net){ .ops = &ops, .name = name, .fd = -1 };
	if (strlen(name) >= IFNAMSIZ || !if_nametoindex(name))
		return log_err(-ENODEV,
			       "--net tap=%s: no such interface; make it: ip tuntap add dev %s "
			       "mode tap user NAME",
			       name, name);
	n->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (n->fd < 0)
		return log_err(-errno, "--net tap=%s: /dev/net/tun: %m; modprobe tun", name);
	ret = attach(n, name, flags | (multi_queue ? IFF_MULTI_QUEUE : 0));
	if (ret == -EINVAL && !multi_queue) /* one queue of one that has several */
		ret = attach(n, name, flags | IFF_MULTI_QUEUE);
	if (ret) {
		errno = -ret;
		return refused(name, multi_queue, ret);
	}
	return set_up(n);
}

int net_open_fd(struct net *n, const char *name, int fd)
{
	struct ifreq r = { 0 };
	int flags;

	*n = (struct net){ .ops = &ops, .name = name, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0) };
	if (n->fd < 0)
		return log_err(-errno,
			       "--net fd=%d: %m; the program that starts igdvm must leave it open",
			       fd);
	if (ioctl(n->fd, TUNGETIFF, &r) || !(r.ifr_flags & IFF_TAP) || !(r.ifr_flags & IFF_NO_PI))
		return log_err(
			-EINVAL,
			"--net fd=%d: no tap interface; it takes one opened with IFF_TAP and "
			"IFF_NO_PI",
			fd);
	n->plain = !(r.ifr_flags & IFF_VNET_HDR);
	flags = fcntl(n->fd, F_GETFL);
	if (flags < 0 || fcntl(n->fd, F_SETFL, flags | O_NONBLOCK))
		return log_err(-errno, "--net fd=%d: O_NONBLOCK: %m", fd);
	return set_up(n);
}
