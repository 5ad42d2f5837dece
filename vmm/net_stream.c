// SPDX-License-Identifier: BSD-2-Clause
/*
 * net_stream.c - a UNIX stream socket that passt listens on: each frame behind its length.
 * Knows that framing; must not know guests or virtqueues.
 * Source: passt(1), QEMU's "-netdev stream": 4 bytes of length, big-endian, then the frame.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "iov.h"
#include "log.h"
#include "net_back.h"
#include "util.h"

#define LENGTH 4
#define ROOM   (2 * (LENGTH + NET_FRAME_MAX))

struct net_stream {
	uint32_t length; /* of the frame that is being sent, big-endian */
	size_t at, end;	 /* what was received and not read yet */
	uint8_t buf[ROOM];
};

/* 0 or -errno: more bytes of the other end. */
static int receive(struct net *n, struct net_stream *s)
{
	ssize_t got;

	memmove(s->buf, s->buf + s->at, s->end - s->at);
	s->end -= s->at;
	s->at = 0;
	do {
		got = recv(n->fd[0], s->buf + s->end, sizeof(s->buf) - s->end, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got && errno == EAGAIN ? -EAGAIN : -ENOLINK;
	s->end += (size_t)got;
	return 0;
}

/* Whether a whole frame is there, and how long it is. -ENOLINK: its length is none. */
static int next_frame(struct net *n, const struct net_stream *s, size_t *len)
{
	const size_t there = s->end - s->at;
	uint32_t be;

	if (there < LENGTH)
		return -EAGAIN;
	memcpy(&be, s->buf + s->at, LENGTH);
	*len = be32toh(be);
	if (*len < NET_FRAME_MIN || *len > NET_FRAME_MAX) {
		log_warn("%s: a frame of %zu bytes: what listens there is not passt; the guest's "
			 "link is down",
			 n->label, *len);
		n->gone = true;
		return -ENOLINK;
	}
	return there < LENGTH + *len ? -EAGAIN : 0;
}

static ssize_t stream_read(struct net *n, unsigned pair, const struct iovec *iov, unsigned n_iov)
{
	static const uint8_t header[NET_HEADER];
	struct net_stream *s = n->stream;
	size_t len = 0;
	int ret;

	(void)pair;
	while ((ret = next_frame(n, s, &len)) == -EAGAIN) {
		ret = receive(n, s);
		if (ret)
			break;
	}
	if (ret)
		return ret;
	iov_from_buf(iov, n_iov, 0, header, sizeof(header));
	iov_from_buf(iov, n_iov, sizeof(header), s->buf + s->at + LENGTH, len);
	s->at += LENGTH + len;
	return (ssize_t)(sizeof(header) + len);
}

static ssize_t send_pieces(struct net *n, struct iovec *iov, unsigned n_iov)
{
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n_iov };
	ssize_t sent;

	do {
		sent = sendmsg(n->fd[0], &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -ENOLINK;
}

/* The header, which says nothing here, becomes the length. */
static ssize_t stream_write(struct net *n, unsigned pair, struct iovec *iov, unsigned n_iov)
{
	struct net_stream *s = n->stream;

	(void)pair;
	s->length = htobe32((uint32_t)iov_size(iov + 1, n_iov - 1));
	iov[0] = (struct iovec){ &s->length, LENGTH };
	return send_pieces(n, iov, n_iov);
}

static ssize_t stream_write_rest(struct net *n, unsigned pair, const void *buf, size_t len)
{
	struct iovec rest = { (void *)buf, len };

	(void)pair;
	return send_pieces(n, &rest, 1);
}

static const struct net_ops ops = {
	.read = stream_read,
	.write = stream_write,
	.write_rest = stream_write_rest,
};

static int connect_to(struct net *n, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(to.sun_path))
		return log_err(-ENAMETOOLONG, "%s: %m; a socket's path has at most %zu bytes",
			       n->label, sizeof(to.sun_path) - 1);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	n->fd[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (n->fd[0] < 0)
		return log_err(-errno, "%s: socket: %m", n->label);
	if (!connect(n->fd[0], (const struct sockaddr *)&to, sizeof(to)))
		return 0;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return log_err(-errno, "%s: %m; start passt first: passt --socket %s", n->label,
			       path);
	if (errno == EAGAIN)
		return log_err(-EBUSY, "%s: it serves others already; start another passt",
			       n->label);
	return log_err(-errno, "%s: %m", n->label);
}

int net_stream_init(struct net *n, const struct net_params *p)
{
	n->ops = &ops;
	n->stream = calloc(1, sizeof(*n->stream));
	if (!n->stream)
		return log_err(-ENOMEM, "%s: %m", n->label);
	snprintf(n->id, sizeof(n->id), "%s", p->passt);
	return connect_to(n, p->passt);
}

void net_stream_fini(struct net *n)
{
	free(n->stream);
	n->stream = NULL;
}
