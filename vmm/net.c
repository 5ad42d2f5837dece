// SPDX-License-Identifier: BSD-2-Clause
/*
 * net.c - what taps and streams have in common: an end that may be gone, and packets that wait.
 * Must not know guests or virtqueues; what a packet looks like on its way is net_tap.c's and
 * net_stream.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "iov.h"
#include "log.h"
#include "net.h"
#include "net_back.h"
#include "util.h"

int net_init(struct net *n, const struct net_params *p)
{
	*n = (struct net){ .pairs = p->pairs, .active = 1 };
	for (unsigned i = 0; i < NET_PAIRS_MAX; i++)
		n->fd[i] = -1;
	if (p->tap)
		snprintf(n->label, sizeof(n->label), "--net tap=%s", p->tap);
	else if (p->passt)
		snprintf(n->label, sizeof(n->label), "--net passt=%s", p->passt);
	else
		snprintf(n->label, sizeof(n->label), "--net fd=%u", p->fd);
	return p->passt ? net_stream_init(n, p) : net_tap_init(n, p);
}

void net_fini(struct net *n)
{
	if (!n->ops)
		return;
	net_stream_fini(n);
	for (unsigned i = 0; i < NET_PAIRS_MAX; i++) {
		free(n->rest[i].buf);
		n->rest[i].buf = NULL;
		close_fd(&n->fd[i]);
	}
	n->ops = NULL;
}

/* What an error of a transfer means to the caller. The one line about an end that is gone is here. */
static int judge(struct net *n, int err)
{
	if (err != -ENOLINK)
		return err;
	if (!n->gone)
		log_warn("%s: the other end is gone: the guest's link is down until igdvm starts "
			 "anew",
			 n->label);
	n->gone = true;
	return -ENOLINK;
}

ssize_t net_read(struct net *n, unsigned pair, const struct iovec *iov, unsigned n_iov)
{
	ssize_t ret = n->gone ? -ENOLINK : n->ops->read(n, pair, iov, n_iov);

	return ret < 0 ? judge(n, (int)ret) : ret;
}

/* Keep what is behind the first `sent` bytes. */
static int keep(struct net *n, unsigned pair, const struct iovec *iov, unsigned n_iov, size_t sent)
{
	struct net_rest *r = &n->rest[pair];

	if (!r->buf)
		r->buf = malloc(NET_PACKET_MAX);
	/* half a packet that cannot be kept is the end of a stream */
	if (!r->buf)
		return sent ? judge(n, -ENOLINK) : -ENOMEM;
	r->at = 0;
	r->end = iov_to_buf(iov, n_iov, sent, r->buf, NET_PACKET_MAX);
	return 0;
}

int net_write(struct net *n, unsigned pair, struct iovec *iov, unsigned n_iov)
{
	ssize_t sent = n->gone ? -ENOLINK : n->ops->write(n, pair, iov, n_iov);

	if (sent == -EAGAIN)
		sent = 0;
	if (sent < 0)
		return judge(n, (int)sent);
	return (size_t)sent < iov_size(iov, n_iov) ? keep(n, pair, iov, n_iov, (size_t)sent) : 0;
}

int net_flush(struct net *n, unsigned pair)
{
	struct net_rest *r = &n->rest[pair];

	while (r->at < r->end && !n->gone) {
		ssize_t sent = n->ops->write_rest(n, pair, r->buf + r->at, r->end - r->at);

		if (sent == -EAGAIN)
			return -EAGAIN;
		if (sent == -ENOLINK)
			return judge(n, -ENOLINK);
		/* else one packet of a tap is lost, as in net_write() */
		r->at = sent < 0 ? r->end : r->at + (size_t)sent;
	}
	return n->gone ? -ENOLINK : 0;
}

int net_set_pairs(struct net *n, unsigned active)
{
	int ret = n->ops->set_pairs && !n->gone ? n->ops->set_pairs(n, active) : 0;

	if (!ret)
		n->active = active;
	return ret;
}

int net_set_offloads(struct net *n, unsigned offloads)
{
	return n->ops->set_offloads && !n->gone ? n->ops->set_offloads(n, offloads) : 0;
}
