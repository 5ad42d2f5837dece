// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_common.c - the common configuration structure: fields at offsets, what each write means.
 * Knows the registers of the driver; the device behind them is virtio.c's.
 */
#include "virtio_common.h"

/* struct virtio_pci_common_cfg: 4.1.4.3 */
#define FEATURE_SELECT 0x00
#define FEATURE	       0x04
#define WANTED_SELECT  0x08
#define WANTED	       0x0c
#define CONFIG_VECTOR  0x10
#define NUM_QUEUES     0x12
#define STATUS	       0x14
#define GENERATION     0x15
#define QUEUE_SELECT   0x16
#define QUEUE_SIZE     0x18
#define QUEUE_VECTOR   0x1a
#define QUEUE_ENABLE   0x1c
#define QUEUE_NOTIFY   0x1e
#define QUEUE_DESC     0x20
#define QUEUE_DRIVER   0x28
#define QUEUE_DEVICE   0x30

/* The selected queue, or NULL: what is not there reads as 0 and hears nothing. */
static struct virtio_queue *selected(const struct virtio_pci *p)
{
	return p->queue_select < p->dev->n_queues ? &p->dev->queue[p->queue_select] : NULL;
}

static uint32_t feature_bits(uint64_t features, uint32_t select)
{
	return select < 2 ? (uint32_t)(features >> (32 * select)) : 0;
}

/* All registers as they read now. */
static void common_image(const struct virtio_pci *p, uint8_t image[VIRTIO_COMMON_SIZE])
{
	const struct virtio_queue *q = selected(p);

	memset(image, 0, VIRTIO_COMMON_SIZE);
	put_le32(image + FEATURE_SELECT, p->feature_select);
	put_le32(image + FEATURE, feature_bits(p->dev->offered, p->feature_select));
	put_le32(image + WANTED_SELECT, p->wanted_select);
	put_le32(image + WANTED, feature_bits(p->dev->wanted, p->wanted_select));
	put_le16(image + CONFIG_VECTOR, p->config_vector);
	put_le16(image + NUM_QUEUES, (uint16_t)p->dev->n_queues);
	image[STATUS] = p->dev->status;
	image[GENERATION] = p->dev->generation;
	put_le16(image + QUEUE_SELECT, p->queue_select);
	put_le16(image + QUEUE_VECTOR, VIRTIO_NO_VECTOR);
	if (!q)
		return;
	put_le16(image + QUEUE_SIZE, q->want.size);
	put_le16(image + QUEUE_VECTOR, p->vector[p->queue_select]);
	put_le16(image + QUEUE_ENABLE, q->ring.size != 0);
	put_le16(image + QUEUE_NOTIFY, p->queue_select);
	put_le64(image + QUEUE_DESC, q->want.desc);
	put_le64(image + QUEUE_DRIVER, q->want.avail);
	put_le64(image + QUEUE_DEVICE, q->want.used);
}

static void set_feature_select(struct virtio_pci *p, uint64_t v)
{
	p->feature_select = (uint32_t)v;
}

static void set_wanted_select(struct virtio_pci *p, uint64_t v)
{
	p->wanted_select = (uint32_t)v;
}

static void set_wanted(struct virtio_pci *p, uint64_t v)
{
	virtio_set_features(p->dev, p->wanted_select, (uint32_t)v);
}

/* A vector that is not there reads back as none: the driver sees that it has none (4.1.5.1.2). */
static uint16_t known_vector(const struct virtio_pci *p, uint64_t v)
{
	return v < p->msix.n ? (uint16_t)v : VIRTIO_NO_VECTOR;
}

static void set_config_vector(struct virtio_pci *p, uint64_t v)
{
	p->config_vector = known_vector(p, v);
}

static void set_status(struct virtio_pci *p, uint64_t v)
{
	virtio_set_status(p->dev, (uint8_t)v);
}

static void set_queue_select(struct virtio_pci *p, uint64_t v)
{
	p->queue_select = (uint16_t)v;
}

static void set_queue_vector(struct virtio_pci *p, uint64_t v)
{
	if (!selected(p))
		return;
	p->vector[p->queue_select] = known_vector(p, v);
	virtio_calls_changed(p->dev);
}

static void set_queue_enable(struct virtio_pci *p, uint64_t v)
{
	if (v == 1)
		virtio_enable_queue(p->dev, p->queue_select);
}

/* Where a register of the queue's description can still be written, or NULL. */
static struct virtq_setup *description(struct virtio_pci *p)
{
	struct virtio_queue *q = selected(p);

	return q && !q->ring.size ? &q->want : NULL;
}

static void set_queue_size(struct virtio_pci *p, uint64_t v)
{
	if (description(p))
		description(p)->size = (uint16_t)v;
}

static void set_queue_desc(struct virtio_pci *p, uint64_t v)
{
	if (description(p))
		description(p)->desc = v;
}

static void set_queue_driver(struct virtio_pci *p, uint64_t v)
{
	if (description(p))
		description(p)->avail = v;
}

static void set_queue_device(struct virtio_pci *p, uint64_t v)
{
	if (description(p))
		description(p)->used = v;
}

/* What can be written, in the order in which one access that hits several takes effect. */
static const struct common_register {
	unsigned off, len;
	void (*set)(struct virtio_pci *p, uint64_t v);
} common_registers[] = {
	{ FEATURE_SELECT, 4, set_feature_select },
	{ WANTED_SELECT, 4, set_wanted_select },
	{ WANTED, 4, set_wanted },
	{ CONFIG_VECTOR, 2, set_config_vector },
	{ STATUS, 1, set_status },
	{ QUEUE_SELECT, 2, set_queue_select },
	{ QUEUE_SIZE, 2, set_queue_size },
	{ QUEUE_VECTOR, 2, set_queue_vector },
	{ QUEUE_ENABLE, 2, set_queue_enable },
	{ QUEUE_DESC, 8, set_queue_desc },
	{ QUEUE_DRIVER, 8, set_queue_driver },
	{ QUEUE_DEVICE, 8, set_queue_device },
};

void virtio_common_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len)
{
	uint8_t image[VIRTIO_COMMON_SIZE];

	common_image(p, image);
	memcpy(buf, image + off, len);
}

/* Bytes that the access leaves out stay what they are: 8-byte registers are written by halves. */
void virtio_common_write(struct virtio_pci *p, unsigned off, const void *buf, unsigned len)
{
	uint8_t image[VIRTIO_COMMON_SIZE];

	/* nothing is the driver's until the reset it asked for is done */
	if (p->dev->resetting)
		return;
	common_image(p, image);
	memcpy(image + off, buf, len);
	for (size_t i = 0; i < ARRAY_SIZE(common_registers); i++) {
		const struct common_register *r = &common_registers[i];

		if (ranges_overlap(off, len, r->off, r->len))
			r->set(p, get_le(image + r->off, r->len));
	}
}
