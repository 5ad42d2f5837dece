// SPDX-License-Identifier: BSD-2-Clause
/*
 * net_tap.c - a tap interface: a packet is one read or one write, straight from and to the guest's memory.
 * Knows the ioctls of /dev/net/tun; must not know guests or virtqueues.
 * Source: Linux Documentation/networking/tuntap.rst, drivers/net/tun.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "host_file.h"
#include "log.h"
#include "net_back.h"
#include "util.h"

#define TUN "/dev/net/tun"

/* ---- packets ---- */

/* A queue whose interface was deleted says EBADFD, its poll() EPOLLERR and a reader in between EFAULT. */
static int error_of(int err)
{
	return err == EBADFD ? -ENOLINK : -err;
}

static ssize_t tap_read(struct net *n, unsigned pair, const struct iovec *iov, unsigned n_iov)
{
	ssize_t got;

	do {
		got = readv(n->fd[pair], iov, (int)n_iov);
	} while (got < 0 && errno == EINTR);
	if (got >= NET_HEADER)
		return got;
	/* what cannot be read will not be read the next time */
	return got < 0 && errno == EAGAIN ? -EAGAIN : -ENOLINK;
}

static ssize_t tap_write(struct net *n, unsigned pair, struct iovec *iov, unsigned n_iov)
{
	ssize_t sent;

	do {
		sent = writev(n->fd[pair], iov, (int)n_iov);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? error_of(errno) : sent;
}

static ssize_t tap_write_rest(struct net *n, unsigned pair, const void *buf, size_t len)
{
	struct iovec all = { (void *)buf, len };

	return tap_write(n, pair, &all, 1);
}

/* ---- settings ---- */

static int use_queue(struct net *n, unsigned pair, bool on)
{
	struct ifreq ifr = { .ifr_flags = on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE };

	if (ioctl(n->fd[pair], TUNSETQUEUE, &ifr))
		return log_err(-errno, "%s: queue %u %s: %m", n->label, pair, on ? "on" : "off");
	return 0;
}

/* The interface sends packets to queues that are attached only. */
static int tap_set_pairs(struct net *n, unsigned active)
{
	int ret = 0;

	while (!ret && n->active < active) {
		ret = use_queue(n, n->active, true);
		n->active += !ret;
	}
	while (!ret && n->active > active) {
		ret = use_queue(n, n->active - 1, false);
		n->active -= !ret;
	}
	return ret;
}

static int tap_set_offloads(struct net *n, unsigned offloads)
{
	/* of the interface, not of a queue */
	if (ioctl(n->fd[0], TUNSETOFFLOAD, (unsigned long)offloads))
		return log_err(-errno, "%s: offloads %#x: %m", n->label, offloads);
	return 0;
}

static const struct net_ops ops = {
	.read = tap_read,
	.write = tap_write,
	.write_rest = tap_write_rest,
	.set_pairs = tap_set_pairs,
	.set_offloads = tap_set_offloads,
};

/* ---- opening ---- */

/* Why TUNSETIFF failed. */
static int refused(const struct net *n, const char *tap, int err)
{
	const char *many = n->pairs > 1 ? " multi_queue" : "";

	switch (err) {
	case EPERM:
		return log_err(
			-err,
			"%s: this user may not use it; as root: ip tuntap del dev %s mode tap, "
			"ip tuntap add dev %s mode tap%s user NAME",
			n->label, tap, tap, many);
	case EBUSY:
		return log_err(-err, "%s: another process has it open; give each machine a tap",
			       n->label);
	case EINVAL:
		return log_err(
			-err,
			"%s: it is no tap%s; make one: ip tuntap add dev NAME mode tap%s user "
			"NAME",
			n->label, n->pairs > 1 ? " of several queues" : "", many);
	default:
		return log_err(-err, "%s: TUNSETIFF: %m", n->label);
	}
}

static int open_queue(struct net *n, unsigned pair, const char *tap)
{
	struct ifreq ifr = { 0 };
	int fd, ret;

	fd = host_file_open(TUN, O_RDWR | O_NONBLOCK);
	n->fd[pair] = fd;
	if (fd < 0 && (errno == ENOENT || errno == ENODEV))
		return log_err(-errno, "%s: " TUN ": %m; load the module: modprobe tun", n->label);
	if (fd < 0)
		return log_err(-errno, "%s: " TUN ": %m; open it to this user, or give fd=N",
			       n->label);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", tap);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	/* of one queue it may be either kind */
	ret = n->pairs > 1 ? -1 : ioctl(fd, TUNSETIFF, &ifr);
	if (ret && (n->pairs > 1 || errno == EINVAL)) {
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
		ret = ioctl(fd, TUNSETIFF, &ifr);
	}
	return ret ? refused(n, tap, errno) : 0;
}

static int open_tap(struct net *n, const char *tap)
{
	int ret = 0;

	/* else root makes one that is on no network */
	if (!if_nametoindex(tap))
		return log_err(
			-ENODEV,
			"%s: no such interface; as root: ip tuntap add dev %s mode tap%s user "
			"NAME, ip link set %s up",
			n->label, tap, n->pairs > 1 ? " multi_queue" : "", tap);
	snprintf(n->id, sizeof(n->id), "%s", tap);
	for (unsigned i = 0; i < n->pairs && !ret; i++)
		ret = open_queue(n, i, tap);
	for (unsigned i = n->pairs; i-- > 1 && !ret;)
		ret = use_queue(n, i, false);
	return ret;
}

/* A descriptor of our own: the next machine of this process takes the caller's again. */
static int take_fd(struct net *n, unsigned fd)
{
	struct ifreq ifr = { 0 };
	int flags;

	n->fd[0] = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	if (n->fd[0] < 0)
		return log_err(-errno, "%s: %m; open a tap as this descriptor before igdvm",
			       n->label);
	if (ioctl(n->fd[0], TUNGETIFF, &ifr) || !(ifr.ifr_flags & IFF_TAP))
		return log_err(-EINVAL,
			       "%s: it is no open tap; open " TUN
			       ", then TUNSETIFF with IFF_TAP | IFF_NO_PI | IFF_VNET_HDR",
			       n->label);
	if (!(ifr.ifr_flags & IFF_NO_PI) || !(ifr.ifr_flags & IFF_VNET_HDR))
		return log_err(-EINVAL,
			       "%s: a tap, but not opened with IFF_NO_PI | IFF_VNET_HDR; do that",
			       n->label);
	snprintf(n->id, sizeof(n->id), "%.*s", IFNAMSIZ, ifr.ifr_name);
	flags = fcntl(n->fd[0], F_GETFL);
	if (flags < 0 || fcntl(n->fd[0], F_SETFL, flags | O_NONBLOCK))
		return log_err(-errno, "%s: O_NONBLOCK: %m", n->label);
	return 0;
}

int net_tap_init(struct net *n, const struct net_params *p)
{
	int size = NET_HEADER, ret;

	n->ops = &ops;
	n->offloads = true;
	ret = p->tap ? open_tap(n, p->tap) : take_fd(n, p->fd);
	for (unsigned i = 0; i < n->pairs && !ret; i++)
		if (ioctl(n->fd[i], TUNSETVNETHDRSZ, &size))
			ret = log_err(-errno, "%s: TUNSETVNETHDRSZ: %m", n->label);
	return ret;
}
