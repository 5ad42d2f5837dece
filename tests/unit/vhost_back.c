// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

#include "vhost_back.h"

#define FLAG_REPLY	0x4
#define FLAG_NEED_REPLY 0x8

static bool read_all(int fd, void *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(fd, (char *)buf + done, len - done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* One message; descriptors come with its first byte. */
static bool receive(struct vhost_back *b)
{
	unsigned n = b->n;
	union {
		char buf[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { &b->message[n], 12 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (n == BACK_MESSAGES_MAX || recvmsg(b->fd, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC) != 12)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	b->message[n].n_fds = c ? (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
	if (c)
		memcpy(b->message[n].fd, CMSG_DATA(c), b->message[n].n_fds * sizeof(int));
	return b->message[n].size <= sizeof(b->message[n].payload) &&
	       read_all(b->fd, b->message[n].payload, b->message[n].size);
}

static bool answer(struct vhost_back *b)
{
	struct {
		uint32_t request, flags, size;
		uint8_t payload[8];
	} __attribute__((packed)) r = { .flags = 1 | FLAG_REPLY, .size = 8 };
	bool trouble = b->n == b->trouble_at, asked = false;
	unsigned len = sizeof(r);
	uint64_t value = 0;

	r.request = b->message[b->n - 1].request;
	switch (r.request) {
	case 1:
	case 15:
	case 17:
		value = r.request == 1 ? b->features : r.request == 15 ? b->protocol : b->queues;
		asked = true;
		break;
	case 11:
		memcpy(&value, b->message[b->n - 1].payload, 4);
		value += b->wrong_index;
		asked = true;
		break;
	}
	asked |= (b->message[b->n - 1].flags & FLAG_NEED_REPLY) != 0;
	if (trouble && b->trouble == BACK_CLOSES)
		return false;
	if (!asked || (trouble && b->trouble == BACK_SAYS_NOTHING))
		return true;
	if (trouble && b->trouble == BACK_REFUSES)
		value = 1;
	memcpy(r.payload, &value, 8);
	if (trouble && b->trouble == BACK_LIES_LENGTH)
		r.size = b->lie;
	if (trouble && b->trouble == BACK_LIES_REQUEST)
		r.request += 1;
	if (trouble && b->trouble == BACK_LIES_FLAGS)
		r.flags = b->lie;
	if (trouble && b->trouble == BACK_CUTS)
		len = b->cut;
	if (b->hold_base && r.request == 11)
		assert_int_equal(read(b->wake[0], &(char){ 0 }, 1), 1);
	return send(b->fd, &r, len, MSG_NOSIGNAL) == len && len == sizeof(r);
}

static void *serve(void *arg)
{
	struct vhost_back *b = arg;

	for (;;) {
		int fd = accept(b->listen_fd, NULL, NULL);
		bool more = true;

		if (fd < 0)
			return NULL;
		pthread_mutex_lock(&b->lock);
		b->fd = fd;
		b->connections++;
		pthread_mutex_unlock(&b->lock);
		while (more) {
			more = receive(b);
			if (more) {
				pthread_mutex_lock(&b->lock);
				b->n++;
				pthread_mutex_unlock(&b->lock);
				more = answer(b);
			}
		}
		pthread_mutex_lock(&b->lock);
		close(b->fd);
		b->fd = -1;
		pthread_mutex_unlock(&b->lock);
	}
}

void vhost_back_start(struct vhost_back *b)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(b->path, sizeof(b->path), "/tmp/test_vhost_user.%d", getpid());
	unlink(b->path);
	memcpy(a.sun_path, b->path, sizeof(b->path));
	b->n = b->connections = 0;
	b->fd = -1;
	pthread_mutex_init(&b->lock, NULL);
	assert_int_equal(pipe(b->wake), 0);
	b->listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(b->listen_fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(b->listen_fd, 4), 0);
	assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
}

void vhost_back_hang_up(struct vhost_back *b)
{
	pthread_mutex_lock(&b->lock);
	if (b->fd >= 0)
		shutdown(b->fd, SHUT_RDWR);
	pthread_mutex_unlock(&b->lock);
}

void vhost_back_end(struct vhost_back *b)
{
	shutdown(b->listen_fd, SHUT_RDWR);
	vhost_back_release(b);
	vhost_back_hang_up(b);
	pthread_join(b->thread, NULL);
	close(b->listen_fd);
	close(b->wake[0]);
	close(b->wake[1]);
	unlink(b->path);
	for (unsigned i = 0; i < b->n; i++)
		for (unsigned k = 0; k < b->message[i].n_fds; k++)
			close(b->message[i].fd[k]);
}

void vhost_back_release(struct vhost_back *b)
{
	assert_int_equal(write(b->wake[1], "12345678", 8), 8);
}

void vhost_back_send(struct vhost_back *b, const void *data, unsigned len)
{
	pthread_mutex_lock(&b->lock);
	assert_int_equal(send(b->fd, data, len, MSG_NOSIGNAL), len);
	pthread_mutex_unlock(&b->lock);
}

unsigned vhost_back_count(struct vhost_back *b, uint32_t request)
{
	unsigned n = 0;

	pthread_mutex_lock(&b->lock);
	for (unsigned i = 0; i < b->n; i++)
		n += b->message[i].request == request;
	pthread_mutex_unlock(&b->lock);
	return n;
}
