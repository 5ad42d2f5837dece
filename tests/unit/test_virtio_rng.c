// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "dev/virtio_rng.h"
#include "test.h"
#include "virtio_rig.h"

/* What the host's kernel does: at most `piece` bytes a call; fail_at: this call fails with `error`. */
static struct {
	size_t piece;
	unsigned calls, fail_at;
	int error;
} host;

ssize_t __wrap_getrandom(void *buf, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *buf, size_t len, unsigned flags)
{
	assert_int_equal(flags, 0);
	if (++host.calls == host.fail_at) {
		errno = host.error;
		return -1;
	}
	len = MIN(len, host.piece);
	memset(buf, 0xa5, len);
	return (ssize_t)len;
}

static struct virtio_rig rig;
static struct virtio_rng rng;

static int setup(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	host.piece = SIZE_MAX;
	virtio_rig_init(&rig);
	virtio_rng_init(&rng);
	return virtio_rig_attach(&rig, &rng.dev);
}

static int teardown(void **state)
{
	(void)state;
	virtio_rig_fini(&rig);
	return 0;
}

/* [0, n) is random, and not a byte more. */
static void check_filled(size_t n)
{
	const uint8_t *in = virtio_rig_in(&rig);

	for (size_t i = 0; i < n + 8; i++)
		assert_int_equal(in[i], i < n ? 0xa5 : 0x11);
}

static void fills_what_is_offered(void **state)
{
	static const struct {
		uint32_t len, want;
	} t[] = {
		{ 1, 1 },
		{ 64, 64 },
		{ VIRTIO_RNG_MAX, VIRTIO_RNG_MAX },
		{ VIRTIO_RNG_MAX + 1, VIRTIO_RNG_MAX },
		{ MiB - 8, VIRTIO_RNG_MAX },
	};

	(void)state;
	for (unsigned events = 0; events < 2; events++) {
		virtio_rig_drive(&rig, events ? VIRTIO_F_EVENT_IDX : 0);
		for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
			unsigned before = rig.signals[0];

			memset(virtio_rig_in(&rig), 0x11, VIRTIO_RNG_MAX + 16);
			vring_used_event(&rig.ring[0], rig.ring[0].used_idx);
			assert_int_equal(virtio_rig_request(&rig, 0, 0, t[i].len), t[i].want);
			check_filled(t[i].want);
			assert_int_equal(rig.signals[0], before + 1);
		}
	}
}

static void only_what_may_be_written(void **state)
{
	(void)state;
	virtio_rig_drive(&rig, 0);
	memset(virtio_rig_out(&rig), 0x22, 64);
	assert_int_equal(virtio_rig_request(&rig, 0, 32, 0), 0);
	assert_int_equal(virtio_rig_request(&rig, 0, 32, 16), 16);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(virtio_rig_out(&rig)[i], 0x22);
	assert_true(virtio_running(&rng.dev));
}

static void the_host_gives_less(void **state)
{
	(void)state;
	virtio_rig_drive(&rig, 0);
	host.piece = 10;
	assert_int_equal(virtio_rig_request(&rig, 0, 0, 64), 64);
	assert_int_equal(host.calls, 7);
	host.fail_at = host.calls + 2;
	host.error = EINTR;
	assert_int_equal(virtio_rig_request(&rig, 0, 0, 64), 64);
	host.fail_at = host.calls + 2;
	host.error = ENOSYS;
	assert_int_equal(virtio_rig_request(&rig, 0, 0, 64), 10);
	host.fail_at = host.calls + 1;
	assert_int_equal(virtio_rig_request(&rig, 0, 0, 64), 0);
	assert_int_equal(virtio_rig_request(&rig, 0, 0, 64), 64);
}

/* A driver that offers for ever gets a ring's worth, then the others have their turn. */
static void takes_turns(void **state)
{
	struct vring *r = &rig.ring[0];
	uint32_t id, len;

	(void)state;
	virtio_rig_drive(&rig, 0);
	for (unsigned i = 0; i < RIG_RING_SIZE; i++) {
		vring_desc(r, i, RIG_DATA + MiB, 16, DESC_WRITE, 0);
		vring_offer(r, (uint16_t)i);
	}
	virtio_kick(&rng.dev, 0);
	assert_int_equal(loop_run_once(&rig.loop, 0), 0);
	for (unsigned i = 0; i < RIG_RING_SIZE; i++) {
		assert_true(vring_take(r, &id, &len));
		vring_offer(r, (uint16_t)id); /* without a kick */
	}
	assert_false(vring_take(r, &id, &len));
	assert_int_equal(loop_run_once(&rig.loop, 0), 0);
	assert_true(vring_take(r, &id, &len));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(fills_what_is_offered),
		T(only_what_may_be_written),
		T(the_host_gives_less),
		T(takes_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
