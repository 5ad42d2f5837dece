// SPDX-License-Identifier: BSD-2-Clause
/*
 * vhost_user.c - messages to a back end, and its answers.
 * Knows the protocol and virtio's queues; must not know any device.
 */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vhost_user.h"

enum request {
	UNASKED,
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
};

static const char *const request_name[] = {
	[UNASKED] = "socket",
	[GET_FEATURES] = "GET_FEATURES",
	[SET_FEATURES] = "SET_FEATURES",
	[SET_OWNER] = "SET_OWNER",
	[SET_MEM_TABLE] = "SET_MEM_TABLE",
	[SET_VRING_NUM] = "SET_VRING_NUM",
	[SET_VRING_ADDR] = "SET_VRING_ADDR",
	[SET_VRING_BASE] = "SET_VRING_BASE",
	[GET_VRING_BASE] = "GET_VRING_BASE",
	[SET_VRING_KICK] = "SET_VRING_KICK",
	[SET_VRING_CALL] = "SET_VRING_CALL",
	[GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
	[SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES",
	[GET_QUEUE_NUM] = "GET_QUEUE_NUM",
	[SET_VRING_ENABLE] = "SET_VRING_ENABLE",
};

struct header {
	uint32_t request, flags, size;
};
#define FLAG_VERSION	1
#define FLAG_REPLY	BIT(2)
#define FLAG_NEED_REPLY BIT(3)

/* Among virtio's features; and protocol features, negotiated apart. */
#define F_PROTOCOL	   BIT(30)
#define PROTOCOL_MQ	   BIT(0)
#define PROTOCOL_REPLY_ACK BIT(3)

struct vring_state {
	uint32_t index, num;
};

struct vring_addr {
	uint32_t index, flags;
	uint64_t desc, used, avail, log;
};

#define REGIONS_MAX 8
struct mem_table {
	uint32_t n, padding;
	struct {
		uint64_t gpa, size, user, offset;
	} region[REGIONS_MAX];
};
#define MESSAGE_MAX sizeof(struct mem_table)

/* ---- bytes, with an end to waiting ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the socket is ready for events. 0 or -errno. */
static int await(const struct vhost_user *u, short events, int64_t deadline)
{
	struct pollfd p = { .fd = u->fd, .events = events };
	int64_t left = deadline - now_ms();
	int n = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* After a call that failed by errno. 0: make it again; or -errno. */
static int try_later(const struct vhost_user *u, short events, int64_t deadline)
{
	if (errno == EINTR)
		return 0;
	return errno == EAGAIN ? await(u, events, deadline) : -errno;
}

static int send_all(const struct vhost_user *u, const void *data, size_t len, const int *fd,
		    size_t n_fds)
{
	int64_t deadline = now_ms() + VHOST_USER_TIMEOUT_MS;
	union {
		char buf[CMSG_SPACE(REGIONS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };

	for (size_t done = 0; done < len;) {
		struct iovec iov = { (char *)data + done, len - done };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;
		int ret;

		if (n_fds && !done) { /* with the first byte */
			msg.msg_control = control.buf;
			msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
			*CMSG_FIRSTHDR(&msg) =
				(struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS,
						  .cmsg_len = CMSG_LEN(n_fds * sizeof(int)) };
			memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fd, n_fds * sizeof(int));
		}
		n = sendmsg(u->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		ret = n < 0 ? try_later(u, POLLOUT, deadline) : 0;
		if (ret)
			return ret;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Descriptors that come along are dropped by the kernel: there is no place given for them. */
static int recv_all(const struct vhost_user *u, void *data, size_t len)
{
	int64_t deadline = now_ms() + VHOST_USER_TIMEOUT_MS;

	for (size_t done = 0; done < len;) {
		ssize_t n = recv(u->fd, (char *)data + done, len - done, MSG_DONTWAIT);
		int ret = !n ? -ECONNRESET : n < 0 ? try_later(u, POLLIN, deadline) : 0;

		if (ret)
			return ret;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* ---- messages ---- */

/* The connection is of no use any more. Returns err, logged. */
static int drop(struct vhost_user *u, enum request r, int err)
{
	if (u->fd < 0)
		return err;
	loop_unwatch(u->loop, &u->watch);
	close_fd(&u->fd);
	u->served = 0;
	if (!u->ready)
		return log_err(err,
			       "%s: %s: %m; is that the socket of a vhost-user back end, such as "
			       "virtiofsd, which nobody else uses?",
			       u->name, request_name[r]);
	errno = -err;
	log_warn("%s: %s: %m; its back end is gone, and the guest's device does not answer any "
		 "more until igdvm is started again",
		 u->name, request_name[r]);
	return err;
}

static int send_message(struct vhost_user *u, enum request r, uint32_t flags, const void *payload,
			uint32_t size, const int *fd, size_t n_fds)
{
	char buf[sizeof(struct header) + MESSAGE_MAX];
	const struct header h = { r, FLAG_VERSION | flags, size };
	int ret;

	if (u->fd < 0)
		return -ENOTCONN;
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), payload, size);
	ret = send_all(u, buf, sizeof(h) + size, fd, n_fds);
	return ret ? drop(u, r, ret) : 0;
}

/* The answer to r, of exactly size bytes. */
static int recv_reply(struct vhost_user *u, enum request r, void *payload, uint32_t size)
{
	struct header h;
	int ret = recv_all(u, &h, sizeof(h));

	/* what else the flags say does not matter */
	if (!ret && (h.request != r || (h.flags & 3) != FLAG_VERSION || !(h.flags & FLAG_REPLY) ||
		     h.size != size))
		ret = -EPROTO;
	if (!ret)
		ret = recv_all(u, payload, size);
	return ret ? drop(u, r, ret) : 0;
}

static int get_u64(struct vhost_user *u, enum request r, uint64_t *value)
{
	int ret = send_message(u, r, 0, "", 0, NULL, 0);

	return ret ? ret : recv_reply(u, r, value, sizeof(*value));
}

static int set_with_fds(struct vhost_user *u, enum request r, const void *payload, uint32_t size,
			const int *fd, size_t n_fds)
{
	int ret = send_message(u, r, u->acks ? FLAG_NEED_REPLY : 0, payload, size, fd, n_fds);
	uint64_t refused = 0;

	if (!ret && u->acks)
		ret = recv_reply(u, r, &refused, sizeof(refused));
	if (!ret && refused)
		ret = drop(u, r, -EREMOTEIO);
	return ret;
}

static int set(struct vhost_user *u, enum request r, const void *payload, uint32_t size)
{
	return set_with_fds(u, r, payload, size, NULL, 0);
}

static int set_u64(struct vhost_user *u, enum request r, uint64_t value)
{
	return set(u, r, &value, sizeof(value));
}

static int set_vring(struct vhost_user *u, enum request r, unsigned n, unsigned value)
{
	const struct vring_state s = { n, value };

	return set(u, r, &s, sizeof(s));
}

static int set_vring_fd(struct vhost_user *u, enum request r, unsigned n, int fd)
{
	const uint64_t index = n;

	return set_with_fds(u, r, &index, sizeof(index), &fd, 1);
}

/* ---- before the driver ---- */

int vhost_user_connect(const char *name, const char *path)
{
	int fd, ret;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct timeval wait = { .tv_sec = VHOST_USER_TIMEOUT_MS / 1000 };

	if (strlen(path) >= sizeof(a.sun_path))
		return log_err(-ENAMETOOLONG, "%s: a socket's path has at most %zu bytes", name,
			       sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return log_err(-errno, "%s: socket: %m", name);
	/* where as many wait to be accepted as there is room for */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	ret = log_err(-errno, "%s: %m; start its back end first, such as virtiofsd --socket-path",
		      name);
	close(fd);
	return ret;
}

static int negotiate(struct vhost_user *u, bool owned, unsigned queues)
{
	const uint64_t needed = VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
	uint64_t protocol = 0, max = 0;
	int ret = owned ? 0 : send_message(u, SET_OWNER, 0, "", 0, NULL, 0);

	if (!ret)
		ret = get_u64(u, GET_FEATURES, &u->features);
	if (ret)
		return ret;
	if ((u->features & needed) != needed)
		return log_err(-ENOTSUP,
			       "%s: its back end knows of virtio %#llx, and %#llx is needed; "
			       "use a newer one",
			       u->name, (unsigned long long)u->features,
			       (unsigned long long)needed);
	u->has_protocol = u->features & F_PROTOCOL;
	if (!u->has_protocol)
		return 0;
	ret = get_u64(u, GET_PROTOCOL_FEATURES, &protocol);
	protocol &= PROTOCOL_MQ | PROTOCOL_REPLY_ACK;
	if (!ret)
		ret = send_message(u, SET_PROTOCOL_FEATURES, 0, &protocol, sizeof(protocol), NULL,
				   0);
	u->acks = protocol & PROTOCOL_REPLY_ACK;
	if (!ret && protocol & PROTOCOL_MQ)
		ret = get_u64(u, GET_QUEUE_NUM, &max);
	if (!ret && protocol & PROTOCOL_MQ && max < queues)
		return log_err(-ENOTSUP,
			       "%s: its back end serves %llu queues, not %u; lower queues=",
			       u->name, (unsigned long long)max, queues);
	return ret;
}

static int share_memory(struct vhost_user *u)
{
	const struct mem *m = u->mem;
	struct mem_table table = { .n = (uint32_t)m->n_shares };
	int fd[REGIONS_MAX];

	if (m->n_shares > REGIONS_MAX)
		return log_err(-E2BIG,
			       "%s: guest RAM is %zu pieces, and a back end is told of %u; lower "
			       "--memory, or leave out hugepages",
			       u->name, m->n_shares, REGIONS_MAX);
	for (size_t i = 0; i < m->n_shares; i++) {
		const struct mem_share *s = &m->share[i];

		table.region[i].gpa = table.region[i].user = s->gpa;
		table.region[i].size = s->size;
		table.region[i].offset = s->fd_off;
		fd[i] = s->fd;
	}
	return set_with_fds(u, SET_MEM_TABLE, &table,
			    (uint32_t)(offsetof(struct mem_table, region) +
				       m->n_shares * sizeof(table.region[0])),
			    fd, m->n_shares);
}

static void on_event(struct loop_watch *w, uint32_t events);

int vhost_user_init(struct vhost_user *u, const struct vhost_user_params *p)
{
	int ret;

	*u = (struct vhost_user){ .name = p->name,
				  .fd = p->held,
				  .dev = p->dev,
				  .mem = p->mem,
				  .loop = p->loop,
				  .quiet_fd = -1 };
	if (u->fd < 0)
		u->fd = vhost_user_connect(u->name, p->path);
	if (u->fd < 0)
		return u->fd;
	u->quiet_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (u->quiet_fd < 0)
		return log_err(-errno, "%s: eventfd: %m", u->name);
	ret = negotiate(u, p->owned, p->queues);
	if (!ret)
		ret = share_memory(u);
	if (ret)
		return ret;
	u->watch = (struct loop_watch){ .fd = u->fd, .fn = on_event };
	ret = loop_watch(u->loop, &u->watch, EPOLLIN);
	u->ready = !ret;
	return ret;
}

void vhost_user_fini(struct vhost_user *u)
{
	if (!u->name)
		return;
	loop_unwatch(u->loop, &u->watch);
	close_fd(&u->fd);
	close_fd(&u->quiet_fd);
	u->name = NULL;
}

/* ---- with a driver ---- */

int vhost_user_set_features(struct vhost_user *u, uint64_t features)
{
	return set_u64(u, SET_FEATURES, features | (u->has_protocol ? F_PROTOCOL : 0));
}

/* Where the back end has a part of a ring: all of it in one piece of memory. 0 or -EFAULT. */
static int ring_addr(const struct vhost_user *u, const uint8_t *at, size_t len, uint64_t *addr)
{
	for (size_t i = 0; i < u->mem->n_shares; i++) {
		const struct mem_share *s = &u->mem->share[i];
		const uint8_t *base = s->hva;

		if (at < base || len > s->size || (size_t)(at - base) > s->size - len)
			continue;
		*addr = s->gpa + (uint64_t)(at - base);
		return 0;
	}
	return -EFAULT;
}

static int call_fd(const struct vhost_user *u, unsigned n)
{
	int fd = virtio_call_fd(u->dev, n);

	return fd < 0 ? u->quiet_fd : fd;
}

static int start_queue(struct vhost_user *u, unsigned n)
{
	const struct virtio_queue *q = &u->dev->queue[n];
	size_t size = q->ring.size;
	struct vring_addr a = { .index = n };
	int ret;

	/* 2.7: sizes of the three parts, with the words of EVENT_IDX */
	if (ring_addr(u, q->ring.desc, 16 * size, &a.desc) ||
	    ring_addr(u, q->ring.avail, 6 + 2 * size, &a.avail) ||
	    ring_addr(u, q->ring.used, 6 + 8 * size, &a.used))
		return -EFAULT;
	ret = set_vring(u, SET_VRING_NUM, n, q->ring.size);
	if (!ret)
		ret = set_vring(u, SET_VRING_BASE, n, 0);
	if (!ret)
		ret = set(u, SET_VRING_ADDR, &a, sizeof(a));
	if (!ret)
		ret = set_vring_fd(u, SET_VRING_CALL, n, call_fd(u, n));
	if (!ret)
		ret = set_vring_fd(u, SET_VRING_KICK, n, q->kick_fd);
	if (ret)
		return ret;
	u->served |= 1ULL << n;
	return u->has_protocol ? set_vring(u, SET_VRING_ENABLE, n, 1) : 0;
}

/* Ask for the queues back; answers come in order. */
static int stop_queues(struct vhost_user *u)
{
	int ret = 0;

	for (unsigned n = 0; n < u->dev->n_queues && !ret; n++) {
		const struct vring_state s = { .index = n };

		if (u->served & 1ULL << n)
			ret = send_message(u, GET_VRING_BASE, 0, &s, sizeof(s), NULL, 0);
	}
	return ret;
}

/* The lowest queue that is served comes back, without its place: the next driver starts at 0. */
static int queue_back(struct vhost_user *u)
{
	struct vring_state s;
	int ret = recv_reply(u, GET_VRING_BASE, &s, sizeof(s));

	if (!ret && s.index != (unsigned)__builtin_ctzll(u->served))
		ret = drop(u, GET_VRING_BASE, -EPROTO);
	if (!ret)
		u->served &= u->served - 1;
	return ret;
}

static int all_back(struct vhost_user *u)
{
	int ret = u->dev->resetting ? 0 : stop_queues(u); /* a reset has asked already */

	while (!ret && u->served)
		ret = queue_back(u);
	return ret;
}

int vhost_user_start(struct vhost_user *u)
{
	int ret = 0;

	for (unsigned n = 0; n < u->dev->n_queues && !ret; n++)
		if (u->dev->queue[n].ring.size)
			ret = start_queue(u, n);
	if (!ret)
		return 0;
	log_guest(&u->dev->log, "%s: queues cannot be handed over: errno %d", u->name, -ret);
	all_back(u); /* nobody calls reset() after a start that failed */
	return ret;
}

bool vhost_user_reset(struct vhost_user *u)
{
	return stop_queues(u) || !u->served;
}

void vhost_user_call_changed(struct vhost_user *u, unsigned n)
{
	if (u->served & 1ULL << n && virtio_running(u->dev) &&
	    set_vring_fd(u, SET_VRING_CALL, n, call_fd(u, n)))
		virtio_broken(u->dev, n, -ENOTCONN);
}

/* An answer to stop_queues(); anything else, the end too, is the end. */
static void on_event(struct loop_watch *w, uint32_t events)
{
	struct vhost_user *u = container_of(w, struct vhost_user, watch);
	char byte;
	ssize_t n = recv(u->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) /* somebody has read it since */
		return;
	if (n > 0 && u->dev->resetting && u->served)
		queue_back(u);
	else
		drop(u, UNASKED, n > 0 ? -EPROTO : n ? -errno : -ECONNRESET);
	if (u->dev->resetting && !u->served)
		virtio_reset_done(u->dev);
	else if (u->fd < 0 && u->dev->started)
		virtio_broken(u->dev, 0, -ENOTCONN);
}

void vhost_user_release(struct vhost_user *u)
{
	if (u->ready && u->fd >= 0)
		all_back(u);
}
