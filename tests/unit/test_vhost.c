// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vsock device before a kernel of wrapped calls, which keeps vhost's rules: owner first, no ring changes
 * while it runs, everything handed over before it starts. Each call fails once.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "fake_vhost.h"

#include "dev/virtio_vsock.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "layout.h"
#include "test.h"
#include "virtio_rig.h"

#define KERNEL_FEATURES (BIT(1) | BIT(24))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_eventfd(unsigned initval, int flags);
int __wrap_eventfd(unsigned initval, int flags);
int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev);

static struct {
	int open_error;
	unsigned calls, fail_at;
} host;
static struct fake_vhost *const k = vhosts.at;

static struct virtio_rig rig;
static struct virtio_vsock vsock;

static bool host_fails(void)
{
	errno = EIO;
	return ++host.calls == host.fail_at;
}

int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, "/dev/vhost-vsock"))
		return __real_open(path, flags);
	errno = host.open_error;
	return errno ? -1 : fake_vhost_open();
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct fake_vhost *v = fake_vhost_find(fd);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	return v ? fake_vhost_ioctl(v, request, arg) : __real_ioctl(fd, request, arg);
}

int __wrap_eventfd(unsigned initval, int flags)
{
	return host_fails() ? -1 : __real_eventfd(initval, flags);
}

int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	return op == EPOLL_CTL_ADD && host_fails() ? -1 : __real_epoll_ctl(epfd, op, fd, ev);
}

static void no_device(void)
{
	fake_vhost_init(KERNEL_FEATURES, host_fails);
	memset(&host, 0, sizeof(host));
}

static int setup(void **state)
{
	(void)state;
	no_device();
	virtio_rig_init(&rig);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	virtio_vsock_fini(&vsock);
	virtio_rig_fini(&rig);
	return 0;
}

static void hands_its_queues_over(void **state)
{
	uint8_t cid[8];

	(void)state;
	assert_int_equal(virtio_vsock_init(&vsock, 0x12345), 0);
	assert_int_equal(virtio_rig_attach(&rig, &vsock.dev), 0);
	assert_int_equal(k->cid, 0x12345);
	put_le64(cid, 0x12345);
	assert_memory_equal(vsock.dev.config, cid, 8);
	assert_int_equal(vsock.dev.offered & 0xff, BIT(1));
	for (unsigned round = 1; round < 4; round++) {
		virtio_rig_drive(&rig, round == 1 ? BIT(1) | VIRTIO_F_EVENT_IDX : 0);
		assert_true(k->running && k->starts == round);
		assert_int_equal(k->features,
				 VIRTIO_F_VERSION_1 |
					 (round == 1 ? BIT(1) | VIRTIO_F_EVENT_IDX : 0));
		for (unsigned i = 0; i < FAKE_VHOST_VRINGS; i++) {
			assert_int_equal(k->ring[i].num, RIG_RING_SIZE);
			assert_int_equal(k->ring[i].base, 0);
			assert_ptr_equal(k->ring[i].addr.desc_user_addr,
					 guest_at(&rig.ram, rig.ring[i].setup.desc, 1));
			assert_ptr_equal(k->ring[i].addr.avail_user_addr,
					 guest_at(&rig.ram, rig.ring[i].setup.avail, 1));
			assert_ptr_equal(k->ring[i].addr.used_user_addr,
					 guest_at(&rig.ram, rig.ring[i].setup.used, 1));
			assert_int_equal(k->ring[i].kick, vsock.dev.queue[i].kick_fd);
			assert_int_equal(k->ring[i].call, 1000 + i);
		}
		/* RAM, whole, and nothing else */
		assert_int_equal(k->n_regions, 2);
		assert_int_equal(k->region[0].guest_phys_addr, 0);
		assert_int_equal(k->region[0].memory_size, GUEST_LOW_END);
		assert_ptr_equal(k->region[0].userspace_addr, guest_at(&rig.ram, 0, 1));
		assert_int_equal(k->region[1].guest_phys_addr, GUEST_HIGH);
		virtio_set_status(&vsock.dev, 0);
		assert_int_equal(vsock.dev.status, 0);
		assert_false(k->running);
		for (unsigned i = 0; i < FAKE_VHOST_VRINGS; i++)
			assert_true(k->ring[i].kick == -1 && k->ring[i].call == -1);
	}
}

static void follows_the_interrupt(void **state)
{
	(void)state;
	assert_int_equal(virtio_vsock_init(&vsock, 3), 0);
	assert_int_equal(virtio_rig_attach(&rig, &vsock.dev), 0);
	virtio_rig_drive(&rig, 0);
	k->ring[0].call = k->ring[1].call = 7;
	virtio_calls_changed(&vsock.dev);
	assert_int_equal(k->ring[0].call, 1000);
	assert_int_equal(k->ring[1].call, 1001);
}

/* A ring that the kernel cannot read is the driver's to mend, and the next driver's it is not. */
static void sees_a_broken_ring(void **state)
{
	(void)state;
	assert_int_equal(virtio_vsock_init(&vsock, 3), 0);
	assert_int_equal(virtio_rig_attach(&rig, &vsock.dev), 0);
	virtio_rig_drive(&rig, 0);
	for (unsigned i = 0; i < FAKE_VHOST_VRINGS; i++) {
		eventfd_write(k->ring[i].err, 3);
		virtio_rig_run(&rig, 0);
		assert_int_equal(vsock.dev.status, 0xf | VIRTIO_STATUS_NEEDS_RESET);
		assert_int_equal(rig.config_changes, i + 1);
		eventfd_write(k->ring[i].err, 1);
		virtio_rig_drive(&rig, 0);
		assert_int_equal(vsock.dev.status, 0xf);
	}
}

static void refuse(uint32_t cid, int err, const char *text)
{
	unsigned fds = fake_open_fds();
	const char *log;
	int ret;

	fake_stderr_begin();
	ret = virtio_vsock_init(&vsock, cid);
	virtio_vsock_fini(&vsock);
	log = fake_stderr_end();
	if (ret != err || !strstr(log, text) || strchr(log, '\n') != strrchr(log, '\n'))
		fail_msg("%d, \"%s\" instead of %d, %s", ret, log, err, text);
	assert_int_equal(fake_open_fds(), fds);
}

static void says_why_not(void **state)
{
	(void)state;
	host.open_error = ENOENT;
	refuse(3, -ENOENT,
	       "--vsock 3: /dev/vhost-vsock: No such file or directory; modprobe vhost_vsock");
	host.open_error = EACCES;
	refuse(3, -EACCES, "Permission denied; give this user the right");
	host.open_error = 0;
	vhosts.cid_error = EADDRINUSE;
	refuse(4, -EADDRINUSE, "--vsock 4: another machine of this host has that address");
	vhosts.knows &= ~VIRTIO_F_EVENT_IDX;
	refuse(5, -ENOTSUP, "knows too little");
}

/* At the start, at DRIVER_OK and at reset: a line, and nothing of it stays. */
static void survives_failures(void **state)
{
	unsigned fds = fake_open_fds(), n = 0, refused = 0;

	(void)state;
	do {
		const char *log;
		int ret;

		no_device();
		host.fail_at = ++n;
		fake_stderr_begin();
		ret = virtio_vsock_init(&vsock, 3);
		if (!ret)
			ret = virtio_rig_attach(&rig, &vsock.dev);
		if (!ret) {
			virtio_set_status(&vsock.dev, 3);
			virtio_set_features(&vsock.dev, 1, 1);
			virtio_set_status(&vsock.dev, 0xb);
			for (unsigned i = 0; i < 3; i++) {
				vring_init(&rig.ring[i], &rig.ram, 0x100000 + 64 * KiB * i, 16);
				vsock.dev.queue[i].want = rig.ring[i].setup;
				virtio_enable_queue(&vsock.dev, i);
			}
			virtio_set_status(&vsock.dev, 0xf);
			assert_int_equal(!k->running,
					 !!(vsock.dev.status & VIRTIO_STATUS_NEEDS_RESET));
			virtio_set_status(&vsock.dev, 0);
			assert_int_equal(vsock.dev.status, 0);
			virtio_fini(&vsock.dev);
			rig.dev = NULL;
		}
		refused += ret < 0;
		virtio_vsock_fini(&vsock);
		log = fake_stderr_end();
		assert_int_equal(host.calls >= n, *log != '\0');
		assert_int_equal(fake_open_fds(), fds);
	} while (host.calls >= n);
	assert_int_equal(refused, 5 + 3);
	assert_int_equal(n - 1, 5 + 3 + 16 + 5); /* open, attach, start, reset */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hands_its_queues_over, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_the_interrupt, setup, teardown),
		cmocka_unit_test_setup_teardown(sees_a_broken_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(says_why_not, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_failures, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
