// SPDX-License-Identifier: BSD-2-Clause
/*
 * net_stream.c - a stream socket as the host's end, frames with their length before them.
 * The other end may send anything, and go away.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "iov.h"
#include "log.h"
#include "net.h"
#include "util.h"

#define PREFIX	 4
#define OUT_SIZE (PREFIX + NET_FRAME_MAX)
#define IN_SIZE	 (2 * (PREFIX + NET_FRAME_MAX))

static int lost(struct net *n, const char *why)
{
	log_info("--net passt=%s: %s; the guest's link goes down", n->name, why);
	return -EPIPE;
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

bool net_wants_to_send(const struct net *n)
{
	return n->out_at < n->out_len;
}

int net_flush(struct net *n)
{
	while (net_wants_to_send(n)) {
		ssize_t done =
			send(n->fd, n->out + n->out_at, n->out_len - n->out_at, MSG_NOSIGNAL);

		if (done >= 0)
			n->out_at += (size_t)done;
		else if (errno == EAGAIN)
			return -EAGAIN;
		else if (errno != EINTR)
			return lost(n, strerror(errno));
	}
	return 0;
}

/* Frames are short of 2 KiB here, no offloads being offered: copying one is cheap. */
static int stream_send(struct net *n, const struct iovec *iov, unsigned n_iov)
{
	int ret = net_flush(n);
	size_t len;

	if (ret)
		return ret;
	len = iov_to_buf(iov, n_iov, NET_HEADER, n->out + PREFIX, NET_FRAME_MAX);
	put_be32(n->out, (uint32_t)len);
	n->out_at = 0;
	n->out_len = PREFIX + len;
	ret = net_flush(n);
	return ret == -EAGAIN ? 0 : ret; /* the rest goes later */
}

/* At least one more byte behind those that wait. 0, -EAGAIN or -EPIPE. */
static int fill(struct net *n)
{
	ssize_t len;

	if (n->in_at) {
		memmove(n->in, n->in + n->in_at, n->in_len - n->in_at);
		n->in_len -= n->in_at;
		n->in_at = 0;
	}
	while ((len = recv(n->fd, n->in + n->in_len, IN_SIZE - n->in_len, 0)) < 0 && errno == EINTR)
		;
	if (len > 0) {
		n->in_len += (size_t)len;
		return 0;
	}
	if (len < 0 && errno == EAGAIN)
		return -EAGAIN;
	return lost(n, len ? strerror(errno) : "the other end is gone");
}

static ssize_t stream_receive(struct net *n, uint8_t *buf)
{
	for (;;) {
		size_t have = n->in_len - n->in_at;
		const uint8_t *at = n->in + n->in_at;
		uint32_t len = have >= PREFIX ? get_be32(at) : 0;
		int ret;

		if (len > NET_FRAME_MAX)
			return lost(n, "it sends no frames");
		if (have < PREFIX || have - PREFIX < len) {
			ret = fill(n);
			if (ret)
				return ret;
			continue;
		}
		n->in_at += PREFIX + len;
		if (len < NET_FRAME_MIN)
			continue;
		memset(buf, 0, NET_HEADER);
		memcpy(buf + NET_HEADER, at + PREFIX, len);
		return (ssize_t)(NET_HEADER + len);
	}
}

static void no_offloads(struct net *n, unsigned offloads)
{
	(void)n;
	(void)offloads;
}

static void only_one(struct net *n, bool on)
{
	(void)n;
	(void)on;
}

static const struct net_ops ops = { stream_send, stream_receive, no_offloads, only_one };

static int connect_to(struct net *n, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return log_err(-ENAMETOOLONG, "--net passt=%s: %zu bytes are the most", path,
			       sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, strlen(path));
	n->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd < 0)
		return log_err(-errno, "--net passt=%s: socket: %m", path);
	if (!connect(n->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return 0;
	if (errno == EACCES || errno == EPERM)
		return log_err(-errno, "--net passt=%s: %m; it is another user's", path);
	return log_err(-errno, "--net passt=%s: %m; start it first: passt --socket %s", path, path);
}

int net_connect(struct net *n, const char *path)
{
	int ret;

	*n = (struct net){ .ops = &ops, .name = path, .fd = -1 };
	ret = connect_to(n, path);
	if (ret)
		return ret;
	n->in = malloc(IN_SIZE);
	n->out = malloc(OUT_SIZE);
	return n->in && n->out ? 0 : log_err(-ENOMEM, "--net passt=%s: %m", path);
}

void net_fini(struct net *n)
{
	if (!n->ops)
		return;
	close_fd(&n->fd);
	free(n->in);
	free(n->out);
	*n = (struct net){ 0 };
}
