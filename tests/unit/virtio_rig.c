// SPDX-License-Identifier: BSD-2-Clause
#include "virtio_rig.h"
#include "test.h"

#define RINGS 0x100000ULL /* where the first one is; they are 64 KiB apart */

static struct virtio_rig *rig_of(struct virtio_transport *t)
{
	return container_of(t, struct virtio_rig, transport);
}

static void on_signal(struct virtio_transport *t, unsigned n)
{
	assert_true(n < rig_of(t)->dev->n_queues);
	rig_of(t)->signals[n]++;
}

static void on_config(struct virtio_transport *t)
{
	rig_of(t)->config_changes++;
}

static int on_call_fd(struct virtio_transport *t, unsigned n)
{
	(void)t;
	return 1000 + (int)n;
}

static void on_reset(struct virtio_transport *t)
{
	rig_of(t)->resets++;
}

static const struct virtio_transport_ops ops = { on_signal, on_config, on_call_fd, on_reset };

void virtio_rig_init(struct virtio_rig *rig)
{
	*rig = (struct virtio_rig){ .transport.ops = &ops };
	guest_ram_init(&rig->ram);
	pthread_mutex_init(&rig->lock, NULL);
	assert_int_equal(loop_init(&rig->loop, &rig->lock), 0);
}

void virtio_rig_fini(struct virtio_rig *rig)
{
	if (rig->dev)
		virtio_fini(rig->dev);
	loop_fini(&rig->loop);
	pthread_mutex_destroy(&rig->lock);
	guest_ram_fini(&rig->ram);
}

int virtio_rig_attach(struct virtio_rig *rig, struct virtio_dev *dev)
{
	rig->dev = dev;
	return virtio_init(dev, &rig->ram.mem, &rig->loop, &rig->transport);
}

void virtio_rig_drive(struct virtio_rig *rig, uint64_t features)
{
	struct virtio_dev *v = rig->dev;

	virtio_set_status(v, 0);
	assert_int_equal(v->status, 0);
	virtio_set_status(v, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	features |= VIRTIO_F_VERSION_1;
	virtio_set_features(v, 0, (uint32_t)features);
	virtio_set_features(v, 1, (uint32_t)(features >> 32));
	virtio_set_status(v, v->status | VIRTIO_STATUS_FEATURES_OK);
	assert_int_equal(v->features, features);
	for (unsigned n = 0; n < MIN(v->n_queues, (unsigned)RIG_RINGS); n++) {
		vring_init(&rig->ring[n], &rig->ram, RINGS + 64 * KiB * n, RIG_RING_SIZE);
		v->queue[n].want = rig->ring[n].setup;
		virtio_enable_queue(v, n);
	}
	virtio_set_status(v, v->status | VIRTIO_STATUS_DRIVER_OK);
	assert_int_equal(v->status, 0xf);
	virtio_rig_run(rig, 0);
}

void virtio_rig_run(struct virtio_rig *rig, int ms)
{
	assert_int_equal(loop_run_once(&rig->loop, ms), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
}

int64_t virtio_rig_request(struct virtio_rig *rig, unsigned n, uint32_t out_len, uint32_t in_len)
{
	struct vring *r = &rig->ring[n];
	uint16_t i = 0;
	uint32_t id, written;

	if (out_len)
		vring_desc(r, i++, RIG_DATA, out_len, in_len ? DESC_NEXT : 0, 1);
	if (in_len)
		vring_desc(r, i++, RIG_DATA + MiB, in_len, DESC_WRITE, 0);
	vring_offer(r, 0);
	virtio_kick(rig->dev, n);
	for (unsigned tries = 0; tries < 20; tries++) {
		if (vring_take(r, &id, &written)) {
			assert_int_equal(id, 0);
			return written;
		}
		if (rig->dev->status & VIRTIO_STATUS_NEEDS_RESET)
			return -1;
		virtio_rig_run(rig, 100);
	}
	return -1;
}

uint8_t *virtio_rig_out(struct virtio_rig *rig)
{
	return guest_at(&rig->ram, RIG_DATA, MiB);
}

uint8_t *virtio_rig_in(struct virtio_rig *rig)
{
	return guest_at(&rig->ram, RIG_DATA + MiB, MiB);
}
