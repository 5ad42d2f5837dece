// SPDX-License-Identifier: BSD-2-Clause
/*
 * A virtio-fs device before a back end that behaves, and before one that does not.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

#include "fakes.h"
#include "vhost_rig.h"

/* ---- the host ---- */

static bool fails(void)
{
	if (++vhost_host.calls != vhost_host.fail_at)
		return false;
	errno = EMFILE;
	return true;
}

#define REAL(ret, name, args)                                                                      \
	ret __real_##name args;                                                                    \
	ret __wrap_##name args

REAL(int, socket, (int domain, int type, int protocol));
int __wrap_socket(int domain, int type, int protocol)
{
	return type & SOCK_CLOEXEC && fails() ? -1 : __real_socket(domain, type, protocol);
}

REAL(int, connect, (int fd, const struct sockaddr *a, socklen_t len));
int __wrap_connect(int fd, const struct sockaddr *a, socklen_t len)
{
	return fails() ? -1 : __real_connect(fd, a, len);
}

REAL(int, eventfd, (unsigned initval, int flags));
int __wrap_eventfd(unsigned initval, int flags)
{
	return fails() ? -1 : __real_eventfd(initval, flags);
}

REAL(ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags));
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	return fails() ? -1 : __real_sendmsg(fd, msg, flags);
}

REAL(ssize_t, recv, (int fd, void *buf, size_t len, int flags));
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	return flags == MSG_DONTWAIT && fails() ? -1 : __real_recv(fd, buf, len, flags);
}

REAL(int, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *ev));
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	return op == EPOLL_CTL_ADD && fails() ? -1 : __real_epoll_ctl(epfd, op, fd, ev);
}

/* Nobody waits for as long as igdvm does. */
REAL(int, poll, (struct pollfd * p, nfds_t n, int ms));
int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	assert_in_range(ms, 1, VHOST_USER_TIMEOUT_MS);
	return __real_poll(p, n, vhost_host.short_wait ? 30 : ms);
}

#define QUEUE_MESSAGES NUM, BASE, ADDR, CALL, KICK, ENABLE

static void order_of_messages(void **state)
{
	const struct mem *m = &vhost_rig.ram.mem;
	uint64_t word;
	unsigned n;

	(void)state;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	n = EXPECT(0, SET_OWNER, GET_FEATURES, GET_PROTOCOL, SET_PROTOCOL, GET_QUEUE_NUM,
		   SET_MEM_TABLE);
	memcpy(&word, back.message[3].payload, 8);
	assert_int_equal(word, MQ | ACK);
	/* memory: pieces by guest address, and descriptors of the same bytes */
	assert_int_equal(get_le32(back.message[5].payload), m->n_shares);
	assert_int_equal(back.message[5].n_fds, m->n_shares);
	assert_int_equal(back.message[5].size, 8 + 32 * m->n_shares);
	for (size_t i = 0; i < m->n_shares; i++) {
		const uint8_t *r = back.message[5].payload + 8 + 32 * i;
		uint8_t *seen = mmap(NULL, 4096, PROT_READ, MAP_SHARED, back.message[5].fd[i],
				     (off_t)get_le64(r + 24));

		assert_int_equal(get_le64(r), m->share[i].gpa);
		assert_int_equal(get_le64(r + 8), m->share[i].size);
		assert_int_equal(get_le64(r + 16), m->share[i].gpa);
		*(uint8_t *)mem_at(m, m->share[i].gpa, 1) = 0x5a;
		assert_true(seen != MAP_FAILED);
		assert_int_equal(*seen, 0x5a);
		munmap(seen, 4096);
		/* nothing can be taken from under the guest */
		assert_int_equal(ftruncate(back.message[5].fd[i], 0), -1);
	}

	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	n = EXPECT(n, SET_FEATURES, QUEUE_MESSAGES, QUEUE_MESSAGES, QUEUE_MESSAGES);
	memcpy(&word, back.message[6].payload, 8);
	assert_true(word == (NEEDED | F_PROTOCOL));
	for (unsigned q = 0; q < 3; q++) {
		const uint8_t *num = back.message[7 + 6 * q].payload;
		const uint8_t *addr = back.message[9 + 6 * q].payload;

		assert_int_equal(get_le32(num), q);
		assert_int_equal(get_le32(num + 4), RIG_RING_SIZE);
		assert_int_equal(get_le64(back.message[8 + 6 * q].payload), q); /* from 0 on */
		assert_int_equal(get_le32(addr), q);
		assert_int_equal(get_le64(addr + 8), vhost_rig.ring[q].setup.desc);
		assert_int_equal(get_le64(addr + 16), vhost_rig.ring[q].setup.used);
		assert_int_equal(get_le64(addr + 24), vhost_rig.ring[q].setup.avail);
		assert_int_equal(get_le64(back.message[10 + 6 * q].payload), q);
		assert_true(same_file(back.message[10 + 6 * q].fd[0], call_fds[q]));
		assert_int_equal(get_le64(back.message[11 + 6 * q].payload), q);
		assert_true(same_file(fs.dev.queue[q].kick_fd, back.message[11 + 6 * q].fd[0]));
		assert_int_equal(get_le32(back.message[12 + 6 * q].payload + 4), 1);
	}
	/* a vector that is masked, and another one */
	close(call_fds[1]);
	call_fds[1] = -1;
	virtio_calls_changed(&fs.dev);
	n = EXPECT(n, CALL, CALL, CALL);
	assert_true(same_file(back.message[n - 2].fd[0], fs.back.quiet_fd));

	virtio_set_status(&fs.dev, 0);
	fs_settle();
	assert_int_equal(fs.dev.status, 0);
	n = EXPECT(n, GET_BASE, GET_BASE, GET_BASE);
	virtio_rig_drive(&vhost_rig, NEEDED);
	EXPECT(n, SET_FEATURES, QUEUE_MESSAGES, QUEUE_MESSAGES, QUEUE_MESSAGES);
	fs_detach();
}

static void what_the_driver_is_told(void **state)
{
	(void)state;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	assert_int_equal(fs.dev.type, 26);
	assert_int_equal(fs.dev.n_queues, 3);
	assert_memory_equal(fs.config, "a-tag\0\0", 8);
	assert_int_equal(get_le32(fs.config + 36), 2);
	assert_string_equal(fs.name + 5, back.path);
}

/* One that knows neither acknowledgements nor how many queues it has, nor even protocol features. */
static void plain_back_ends(void **state)
{
	(void)state;
	back.features &= ~F_PROTOCOL;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	fs_settle();
	/* no answer is waited for, so what was said is read later */
	for (unsigned i = 0; i < 100 && vhost_back_count(&back, KICK) < 3; i++)
		usleep(1000);
	assert_int_equal(vhost_back_count(&back, KICK), 3);
	assert_int_equal(vhost_back_count(&back, SET_MEM_TABLE), 1);
	assert_int_equal(vhost_back_count(&back, ENABLE), 0);
	for (unsigned i = 0; i < back.n; i++)
		assert_int_equal(back.message[i].flags, 1);
	fs_detach();
}

static void refused(int err, const char *words)
{
	const char *text;

	fake_stderr_begin();
	assert_int_equal(fs_build(), err);
	text = fake_stderr_end();
	if (!strstr(text, words) || strncmp(text, "igdvm: --fs ", 12))
		fail_msg("%s", text);
	assert_string_equal(strchr(text, '\n'), "\n"); /* one line */
	virtio_fs_fini(&fs);
}

static void back_ends_that_will_not_do(void **state)
{
	struct virtio_fs_params p = fs_params();
	char path[200];

	(void)state;
	vhost_back_start(&back);
	back.queues = 2;
	refused(-ENOTSUP, "serves 2 queues, not 3; lower queues=");
	back.queues = 3;
	assert_int_equal(fs_build(), 0);
	virtio_fs_fini(&fs);
	for (unsigned bit = 0; bit < 64; bit++) {
		if (!(NEEDED & 1ULL << bit))
			continue;
		back.features = (NEEDED | F_PROTOCOL) & ~(1ULL << bit);
		refused(-ENOTSUP, "use a newer one");
	}
	memset(path, 'x', sizeof(path));
	path[199] = '\0';
	p.path = path;
	fake_stderr_begin();
	assert_int_equal(virtio_fs_init(&fs, &p), -ENAMETOOLONG);
	assert_non_null(strstr(fake_stderr_end(), "at most 107 bytes"));
	virtio_fs_fini(&fs);
	p.path = "/nonexistent";
	fake_stderr_begin();
	assert_int_equal(virtio_fs_init(&fs, &p), -ENOENT);
	assert_non_null(strstr(fake_stderr_end(), "start its back end first"));
}

/* Every answer before the driver is there, wrong in every way. */
static void hostile_before_the_driver(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 7, 9, 12, 0x7fffffff, 0x80000000, 0xffffffff };
	static const uint32_t flags[] = { 0, 1, 4, 6, 7 };

	(void)state;
	vhost_back_start(&back);
	for (unsigned at = 1; at <= 6; at++) {
		bool answered = at != 1 && at != 4;

		for (unsigned i = 0; i < 20 + ARRAY_SIZE(lengths) + ARRAY_SIZE(flags) + 2; i++) {
			unsigned k = i;

			pthread_mutex_lock(&back.lock);
			for (unsigned m = 0; m < back.n; m++)
				for (unsigned f = 0; f < back.message[m].n_fds; f++)
					close(back.message[m].fd[f]);
			back.n = 0;
			back.trouble_at = at;
			if (k < 20) {
				back.trouble = k ? BACK_CUTS : BACK_CLOSES;
				back.cut = k;
			} else if ((k -= 20) < ARRAY_SIZE(lengths)) {
				back.trouble = BACK_LIES_LENGTH;
				back.lie = lengths[k];
			} else if ((k -= ARRAY_SIZE(lengths)) < ARRAY_SIZE(flags)) {
				back.trouble = BACK_LIES_FLAGS;
				back.lie = flags[k];
			} else if (!(k - ARRAY_SIZE(flags))) {
				back.trouble = BACK_LIES_REQUEST;
			} else {
				back.trouble = BACK_SAYS_NOTHING;
			}
			vhost_host.short_wait = back.trouble == BACK_SAYS_NOTHING;
			pthread_mutex_unlock(&back.lock);
			fake_stderr_begin();
			if (fs_build()) {
				const char *text = fake_stderr_end();

				assert_non_null(strstr(text, "is that the socket of a vhost-user"));
				assert_string_equal(strchr(text, '\n'), "\n");
			} else {
				assert_string_equal(fake_stderr_end(), "");
				assert_false(answered);
			}
			virtio_fs_fini(&fs);
			for (;;) { /* it has noticed */
				int fd;

				pthread_mutex_lock(&back.lock);
				fd = back.fd;
				pthread_mutex_unlock(&back.lock);
				if (fd < 0)
					break;
				usleep(100);
			}
		}
	}
	back.n = 0;
}

static void host_calls_may_fail(void **state)
{
	unsigned n = 1;

	(void)state;
	vhost_back_start(&back);
	for (;; n++) {
		int ret;

		vhost_host.calls = 0;
		vhost_host.fail_at = n;
		fake_stderr_begin();
		ret = fs_build();
		assert_true(!ret == !*fake_stderr_end());
		virtio_fs_fini(&fs);
		if (!ret)
			break;
	}
	assert_in_range(n, 10, 200);
	vhost_host.fail_at = 0;
}

/* ---- while the guest runs ---- */

static void ask_for_features(void)
{
	virtio_set_status(&fs.dev, 3);
	virtio_set_features(&fs.dev, 0, (uint32_t)NEEDED);
	virtio_set_features(&fs.dev, 1, (uint32_t)(NEEDED >> 32));
	virtio_set_status(&fs.dev, 0xb);
}

static void lost(const char *text)
{
	assert_non_null(strstr(text, "its back end is gone"));
	assert_string_equal(strchr(text, '\n'), "\n"); /* one line */
	assert_int_equal(fs.back.fd, -1);
}

static void killed_while_it_serves(void **state)
{
	(void)state;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	fake_stderr_begin();
	vhost_back_hang_up(&back);
	fs_settle();
	lost(fake_stderr_end());
	assert_true(fs.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(vhost_rig.config_changes, 1);
	/* a driver may reset it, and gets no further than that */
	fake_stderr_begin();
	virtio_calls_changed(&fs.dev);
	virtio_set_status(&fs.dev, 0);
	assert_int_equal(fs.dev.status, 0);
	ask_for_features();
	assert_int_equal(fs.dev.status, 3);
	assert_string_equal(fake_stderr_end(), "");
	fs_detach();
}

static void reset_waits_for_the_back_end(void **state)
{
	(void)state;
	back.hold_base = true;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	virtio_set_status(&fs.dev, 0);
	fs_settle();
	assert_int_equal(fs.dev.status, 0xf); /* not yet */
	virtio_calls_changed(&fs.dev);
	virtio_set_status(&fs.dev, 3);
	vhost_back_release(&back);
	fs_settle();
	assert_int_equal(fs.dev.status, 0);
	assert_int_equal(vhost_rig.resets, 2); /* the rig's own is the first */
	virtio_rig_drive(&vhost_rig, NEEDED);
	assert_int_equal(vhost_back_count(&back, CALL), 6);
	/* and if it goes instead */
	assert_int_equal(read(back.wake[0], &(uint64_t){ 0 }, 5), 5); /* left of 8 */
	virtio_set_status(&fs.dev, 0);
	fs_settle();
	assert_int_equal(fs.dev.status, 0xf);
	fake_stderr_begin();
	vhost_back_hang_up(&back);
	fs_settle();
	lost(fake_stderr_end());
	assert_int_equal(fs.dev.status, 0);
	fs_detach();
}

/* From SET_FEATURES to the last GET_VRING_BASE. */
static void hostile_with_a_driver(void **state)
{
	(void)state;
	for (unsigned at = 7; at <= 28; at++) {
		for (unsigned trouble = BACK_CLOSES; trouble <= BACK_SAYS_NOTHING; trouble++) {
			unsigned silent;

			if (at > 7 || trouble)
				fs_setup(NULL);
			back.trouble_at = at;
			back.trouble = trouble;
			back.cut = at % 20;
			back.lie = 3;
			vhost_back_start(&back);
			assert_int_equal(fs_build(), 0);
			fs_attach();
			vhost_host.short_wait = trouble == BACK_SAYS_NOTHING;
			silent = at > 25 &&
				 (trouble == BACK_SAYS_NOTHING || trouble == BACK_REFUSES);
			fake_stderr_begin();
			ask_for_features();
			assert_int_equal(fs.dev.status, at == 7 ? 3 : 0xb);
			for (unsigned q = 0; q < 3; q++) {
				vring_init(&vhost_rig.ring[q], &vhost_rig.ram,
					   0x100000 + 64 * KiB * q, RIG_RING_SIZE);
				fs.dev.queue[q].want = vhost_rig.ring[q].setup;
				virtio_enable_queue(&fs.dev, q);
			}
			virtio_set_status(&fs.dev, 0xf);
			if (at > 7)
				assert_int_equal(fs.dev.status, at <= 25 ? 0x4f : 0xf);
			virtio_set_status(&fs.dev, 0);
			fs_settle();
			/* a reset that is not answered is waited for; a wrong number in it is none */
			if (!silent || trouble == BACK_REFUSES) {
				assert_int_equal(fs.dev.status, 0);
				if (trouble != BACK_REFUSES || at <= 25)
					lost(fake_stderr_end());
			}
			if (silent)
				fake_stderr_end();
			fs_detach();
			if (at < 28 || trouble < BACK_SAYS_NOTHING)
				fs_teardown(NULL);
		}
	}
}

static void speaks_unasked(void **state)
{
	(void)state;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	fake_stderr_begin();
	vhost_back_send(&back, "x", 1);
	fs_settle();
	lost(fake_stderr_end());
	assert_true(fs.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	fs_detach();
}

static void gives_back_another_queue(void **state)
{
	(void)state;
	back.wrong_index = true;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	fake_stderr_begin();
	virtio_set_status(&fs.dev, 0);
	fs_settle();
	lost(fake_stderr_end());
	assert_int_equal(fs.dev.status, 0);
	fs_detach();
}

/* Another machine goes on with the connection. */
static void held_over_a_restart(void **state)
{
	struct virtio_fs_params p;
	unsigned n;

	(void)state;
	vhost_back_start(&back);
	assert_int_equal(fs_build(), 0);
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	n = back.n;
	p = fs_params();
	vhost_user_release(&fs.back);
	p.held = dup(fs.back.fd); /* the one who started both has it */
	p.owned = true;
	EXPECT(n, GET_BASE, GET_BASE, GET_BASE);
	virtio_fs_fini(&fs);
	virtio_fini(&fs.dev);
	assert_int_equal(virtio_fs_init(&fs, &p), 0);
	assert_int_equal(back.connections, 1);
	assert_int_equal(vhost_back_count(&back, SET_OWNER), 1);
	assert_int_equal(vhost_back_count(&back, SET_MEM_TABLE), 2);
	fs_detach();
	fs_attach();
	virtio_rig_drive(&vhost_rig, NEEDED);
	fs_detach();
	vhost_back_hang_up(&back);
	fake_stderr_begin();
	fs_settle();
	lost(fake_stderr_end());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_of_messages),	 TEST(what_the_driver_is_told),
		TEST(plain_back_ends),		 TEST(back_ends_that_will_not_do),
		TEST(hostile_before_the_driver), TEST(host_calls_may_fail),
		TEST(killed_while_it_serves),	 TEST(reset_waits_for_the_back_end),
		TEST(hostile_with_a_driver),	 TEST(speaks_unasked),
		TEST(gives_back_another_queue),	 TEST(held_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
