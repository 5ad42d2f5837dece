// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vsock device before a kernel of wrapped calls, which keeps vhost's rules: owner first, no ring changes
 * while it runs, everything handed over before it starts. Each call fails once.
 */
#include <errno.h>
#include <fcntl.h>

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* the test driver has a struct vring of its own */
#define vring uapi_vring
#include "vhost_uapi.h"
#undef vring

#include "dev/virtio_vsock.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "layout.h"
#include "test.h"
#include "virtio_rig.h"

#define KERNEL_FEATURES                                                                            \
	(VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | BIT(1) | BIT(24))
#define VRINGS 2

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static struct kernel {
	int fd, open_error, cid_error;
	unsigned calls, fail_at;
	uint64_t knows, features, cid;
	bool owned, running, memory;
	unsigned starts;
	struct {
		unsigned num, base;
		struct vhost_vring_addr addr;
		int kick, call;
	} ring[VRINGS];
	struct vhost_memory_region region[8];
	unsigned n_regions;
} k;

static struct virtio_rig rig;
static struct virtio_vsock vsock;

int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, "/dev/vhost-vsock"))
		return __real_open(path, flags);
	errno = k.open_error;
	return errno ? -1 : (k.fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC));
}

static void set_memory(const struct vhost_memory *m)
{
	assert_in_range(m->nregions, 1, ARRAY_SIZE(k.region));
	memcpy(k.region, m->regions, m->nregions * sizeof(k.region[0]));
	k.n_regions = m->nregions;
	k.memory = true;
}

static void set_running(bool on)
{
	for (unsigned i = 0; i < VRINGS && on; i++) {
		assert_true(k.memory && k.features);
		assert_int_not_equal(k.ring[i].num, 0);
		assert_true(k.ring[i].kick >= 0);
	}
	k.starts += on;
	k.running = on;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct vhost_vring_state *state;
	struct vhost_vring_file *file;
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd != k.fd)
		return __real_ioctl(fd, request, arg);
	errno = EIO;
	if (++k.calls == k.fail_at)
		return -1;
	state = arg;
	file = arg;
	assert_true(k.owned || request == VHOST_SET_OWNER);
	switch (request) {
	case VHOST_SET_OWNER:
		assert_false(k.owned);
		k.owned = true;
		return 0;
	case VHOST_GET_FEATURES:
		*(uint64_t *)arg = k.knows;
		return 0;
	case VHOST_SET_FEATURES:
		k.features = *(uint64_t *)arg;
		assert_int_equal(k.features & ~k.knows, 0);
		return 0;
	case VHOST_SET_MEM_TABLE:
		set_memory(arg);
		return 0;
	case VHOST_SET_VRING_NUM:
		assert_true(!k.running && state->index < VRINGS);
		k.ring[state->index].num = state->num;
		return 0;
	case VHOST_SET_VRING_BASE:
		assert_false(k.running);
		k.ring[state->index].base = state->num;
		return 0;
	case VHOST_SET_VRING_ADDR:
		assert_false(k.running);
		k.ring[((struct vhost_vring_addr *)arg)->index].addr =
			*(struct vhost_vring_addr *)arg;
		return 0;
	case VHOST_SET_VRING_KICK:
		k.ring[file->index].kick = file->fd;
		return 0;
	case VHOST_SET_VRING_CALL:
		k.ring[file->index].call = file->fd;
		return 0;
	case VHOST_VSOCK_SET_GUEST_CID:
		k.cid = *(uint64_t *)arg;
		errno = k.cid_error;
		return errno ? -1 : 0;
	case VHOST_VSOCK_SET_RUNNING:
		set_running(*(int *)arg);
		return 0;
	}
	fail_msg("request %#lx", request);
	return -1;
}

static int setup(void **state)
{
	(void)state;
	k = (struct kernel){ .fd = -1, .knows = KERNEL_FEATURES };
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
	assert_int_equal(k.cid, 0x12345);
	put_le64(cid, 0x12345);
	assert_memory_equal(vsock.dev.config, cid, 8);
	assert_int_equal(vsock.dev.offered & 0xff, BIT(1));
	for (unsigned round = 1; round < 4; round++) {
		virtio_rig_drive(&rig, round == 1 ? BIT(1) | VIRTIO_F_EVENT_IDX : 0);
		assert_true(k.running && k.starts == round);
		assert_int_equal(k.features,
				 VIRTIO_F_VERSION_1 |
					 (round == 1 ? BIT(1) | VIRTIO_F_EVENT_IDX : 0));
		for (unsigned i = 0; i < VRINGS; i++) {
			assert_int_equal(k.ring[i].num, RIG_RING_SIZE);
			assert_int_equal(k.ring[i].base, 0);
			assert_ptr_equal(k.ring[i].addr.desc_user_addr,
					 guest_at(&rig.ram, rig.ring[i].setup.desc, 1));
			assert_ptr_equal(k.ring[i].addr.avail_user_addr,
					 guest_at(&rig.ram, rig.ring[i].setup.avail, 1));
			assert_ptr_equal(k.ring[i].addr.used_user_addr,
					 guest_at(&rig.ram, rig.ring[i].setup.used, 1));
			assert_int_equal(k.ring[i].kick, vsock.dev.queue[i].kick_fd);
			assert_int_equal(k.ring[i].call, 1000 + i);
		}
		/* RAM, whole, and nothing else */
		assert_int_equal(k.n_regions, 2);
		assert_int_equal(k.region[0].guest_phys_addr, 0);
		assert_int_equal(k.region[0].memory_size, GUEST_LOW_END);
		assert_ptr_equal(k.region[0].userspace_addr, guest_at(&rig.ram, 0, 1));
		assert_int_equal(k.region[1].guest_phys_addr, GUEST_HIGH);
		virtio_set_status(&vsock.dev, 0);
		assert_int_equal(vsock.dev.status, 0);
		assert_false(k.running);
		for (unsigned i = 0; i < VRINGS; i++)
			assert_true(k.ring[i].kick == -1 && k.ring[i].call == -1);
	}
}

static void follows_the_interrupt(void **state)
{
	(void)state;
	assert_int_equal(virtio_vsock_init(&vsock, 3), 0);
	assert_int_equal(virtio_rig_attach(&rig, &vsock.dev), 0);
	virtio_rig_drive(&rig, 0);
	k.ring[0].call = k.ring[1].call = 7;
	virtio_calls_changed(&vsock.dev);
	assert_int_equal(k.ring[0].call, 1000);
	assert_int_equal(k.ring[1].call, 1001);
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
	k.open_error = ENOENT;
	refuse(3, -ENOENT,
	       "--vsock 3: /dev/vhost-vsock: No such file or directory; modprobe vhost_vsock");
	k.open_error = EACCES;
	refuse(3, -EACCES, "Permission denied; give this user the right");
	k.open_error = 0;
	k.cid_error = EADDRINUSE;
	refuse(4, -EADDRINUSE, "--vsock 4: another machine of this host has that address");
	k.owned = false;
	k.knows &= ~VIRTIO_F_EVENT_IDX;
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

		k = (struct kernel){ .fd = -1, .knows = KERNEL_FEATURES, .fail_at = ++n };
		fake_stderr_begin();
		ret = virtio_vsock_init(&vsock, 3);
		if (!ret) {
			assert_int_equal(virtio_rig_attach(&rig, &vsock.dev), 0);
			virtio_set_status(&vsock.dev, 3);
			virtio_set_features(&vsock.dev, 1, 1);
			virtio_set_status(&vsock.dev, 0xb);
			for (unsigned i = 0; i < 3; i++) {
				vring_init(&rig.ring[i], &rig.ram, 0x100000 + 64 * KiB * i, 16);
				vsock.dev.queue[i].want = rig.ring[i].setup;
				virtio_enable_queue(&vsock.dev, i);
			}
			virtio_set_status(&vsock.dev, 0xf);
			assert_int_equal(!k.running,
					 !!(vsock.dev.status & VIRTIO_STATUS_NEEDS_RESET));
			virtio_set_status(&vsock.dev, 0);
			assert_int_equal(vsock.dev.status, 0);
			virtio_fini(&vsock.dev);
			rig.dev = NULL;
		}
		refused += ret < 0;
		virtio_vsock_fini(&vsock);
		log = fake_stderr_end();
		assert_int_equal(k.calls >= n, *log != '\0');
		assert_int_equal(fake_open_fds(), fds);
	} while (k.calls >= n);
	assert_int_equal(refused, 3);
	assert_in_range(n, 18, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hands_its_queues_over, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_the_interrupt, setup, teardown),
		cmocka_unit_test_setup_teardown(says_why_not, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_failures, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
