// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#include "virtio_pci_rig.h"

#define RINGS 0x100000ULL
#define DATA  0x200000ULL

/* ---- the toy ---- */

static struct toy *toy_of(struct virtio_dev *v)
{
	return container_of(v, struct toy, dev);
}

static int toy_set_features(struct virtio_dev *v, uint64_t features)
{
	assert_int_equal(features & ~v->offered, 0);
	return toy_of(v)->refuse_features;
}

static void toy_config_write(struct virtio_dev *v, unsigned off, const void *data, unsigned len)
{
	assert_true(len >= 1 && off + len <= TOY_CONFIG);
	memcpy(v->config + off, data, len);
	toy_of(v)->writes++;
}

static int toy_start(struct virtio_dev *v)
{
	toy_of(v)->starts++;
	return toy_of(v)->refuse_start;
}

static void toy_serve(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	toy_of(v)->served++;
	virtio_push(v, n, c->head, 0);
}

static void toy_kick(struct virtio_dev *v, unsigned n)
{
	assert_true(n < v->n_queues && v->queue[n].ring.size);
	toy_of(v)->kicks[n]++;
	virtio_each_chain(v, n, toy_serve);
}

static bool toy_reset(struct virtio_dev *v)
{
	toy_of(v)->resets++;
	return !toy_of(v)->slow_reset;
}

static void toy_call_changed(struct virtio_dev *v, unsigned n)
{
	assert_true(n < v->n_queues);
	toy_of(v)->calls++;
}

static const struct virtio_ops toy_ops = {
	.set_features = toy_set_features,
	.config_write = toy_config_write,
	.start = toy_start,
	.kick = toy_kick,
	.reset = toy_reset,
	.call_changed = toy_call_changed,
};

int toy_init(struct virtio_pci_rig *rig, struct toy *t, uint8_t devfn)
{
	const struct virtio_pci_parts parts = rig_parts(rig);

	*t = (struct toy){ .dev = {
				   .name = "toy",
				   .ops = &toy_ops,
				   .type = 63,
				   .class_code = 0xff0000,
				   .offered = TOY_FEATURE,
				   .n_queues = TOY_QUEUES,
				   .queue_size = TOY_SIZE,
				   .config = t->config,
				   .config_size = TOY_CONFIG,
			   } };
	for (unsigned i = 0; i < TOY_CONFIG; i++)
		t->config[i] = (uint8_t)(0xc0 + i);
	return virtio_pci_init(&t->pci, &t->dev, devfn, &parts);
}

/* ---- KVM's part ---- */

static int attach(struct kicks *k, uint64_t gpa, int fd)
{
	struct fake_kicks *f = container_of(k, struct fake_kicks, kicks);

	if (f->refuse)
		return f->refuse;
	assert_true(fd >= 0 && f->n < ARRAY_SIZE(f->at));
	f->at[f->n].gpa = gpa;
	f->at[f->n++].fd = fd;
	return 0;
}

static void detach(struct kicks *k, uint64_t gpa, int fd)
{
	struct fake_kicks *f = container_of(k, struct fake_kicks, kicks);

	for (unsigned i = 0; i < f->n; i++) {
		if (f->at[i].gpa != gpa || f->at[i].fd != fd)
			continue;
		f->at[i] = f->at[--f->n];
		return;
	}
	fail_msg("no kick at %#llx", (unsigned long long)gpa);
}

static const struct kicks_ops kicks_ops = { attach, detach };

/* ---- the machine ---- */

struct virtio_pci_parts rig_parts(struct virtio_pci_rig *rig)
{
	return (struct virtio_pci_parts){ .bus = &rig->bus,
					  .mem = &rig->ram.mem,
					  .loop = &rig->loop,
					  .kicks = &rig->kicks.kicks };
}

int virtio_pci_rig_setup(void **state)
{
	struct virtio_pci_rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	guest_ram_init(&rig->ram);
	fake_irqchip_init(&rig->chip);
	rig->kicks.kicks.ops = &kicks_ops;
	pthread_mutex_init(&rig->lock, NULL);
	assert_int_equal(loop_init(&rig->loop, &rig->lock), 0);
	assert_int_equal(pci_bus_init(&rig->bus, &rig->pio, &rig->mmio, &rig->ram.map,
				      &rig->chip.chip),
			 0);
	assert_int_equal(toy_init(rig, &rig->toy, TOY_DEVFN), 0);
	set_cfg(rig, PCI_BAR0, 4, TOY_BAR);
	set_cfg(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return 0;
}

int virtio_pci_rig_teardown(void **state)
{
	struct virtio_pci_rig *rig = *state;

	virtio_pci_fini(&rig->other.pci);
	virtio_pci_fini(&rig->toy.pci);
	virtio_pci_fini(&rig->toy.pci);
	assert_int_equal(rig->kicks.n, 0);
	for (unsigned i = 0; i < FAKE_GSIS; i++)
		assert_true(!rig->chip.gsi[i].level && rig->chip.gsi[i].fd == -1);
	pci_bus_fini(&rig->bus);
	assert_int_equal(rig->mmio.n + rig->pio.n, 0);
	bus_fini(&rig->pio);
	bus_fini(&rig->mmio);
	loop_fini(&rig->loop);
	guest_ram_fini(&rig->ram);
	free(rig);
	return 0;
}

void rig_run(struct virtio_pci_rig *rig)
{
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
}

/* ---- the driver ---- */

uint32_t rd(struct virtio_pci_rig *rig, unsigned off, unsigned len)
{
	return fake_in(&rig->mmio, TOY_BAR + off, len);
}

void wr(struct virtio_pci_rig *rig, unsigned off, unsigned len, uint32_t v)
{
	fake_out(&rig->mmio, TOY_BAR + off, len, v);
}

void wr64(struct virtio_pci_rig *rig, unsigned off, uint64_t v)
{
	wr(rig, off, 4, (uint32_t)v);
	wr(rig, off + 4, 4, (uint32_t)(v >> 32));
}

uint64_t rd64(struct virtio_pci_rig *rig, unsigned off)
{
	return rd(rig, off, 4) | (uint64_t)rd(rig, off + 4, 4) << 32;
}

uint32_t cfg(struct virtio_pci_rig *rig, unsigned off, unsigned len)
{
	uint8_t buf[4] = { 0 };

	pci_cfg_read(&rig->bus, TOY_DEVFN, off, buf, len);
	return get_le32(buf);
}

void set_cfg(struct virtio_pci_rig *rig, unsigned off, unsigned len, uint32_t v)
{
	uint8_t buf[4];

	put_le32(buf, v);
	pci_cfg_write(&rig->bus, TOY_DEVFN, off, buf, len);
}

uint8_t negotiate(struct virtio_pci_rig *rig, uint64_t features)
{
	features |= VIRTIO_F_VERSION_1;
	wr(rig, STATUS, 1, 0);
	wr(rig, STATUS, 1, 1);
	wr(rig, STATUS, 1, 3);
	for (unsigned i = 0; i < 2; i++) {
		wr(rig, WANTED_SELECT, 4, i);
		wr(rig, WANTED, 4, (uint32_t)(features >> 32 * i));
	}
	wr(rig, STATUS, 1, 0xb);
	return (uint8_t)rd(rig, STATUS, 1);
}

void enable(struct virtio_pci_rig *rig, unsigned n, const struct virtq_setup *setup)
{
	wr(rig, QUEUE_SELECT, 2, n);
	wr(rig, QUEUE_SIZE, 2, setup->size);
	wr64(rig, QUEUE_DESC, setup->desc);
	wr64(rig, QUEUE_DRIVER, setup->avail);
	wr64(rig, QUEUE_DEVICE, setup->used);
	wr(rig, QUEUE_ENABLE, 2, 1);
}

void drive(struct virtio_pci_rig *rig, uint64_t features)
{
	assert_int_equal(negotiate(rig, features), 0xb);
	for (unsigned n = 0; n < TOY_QUEUES; n++) {
		vring_init(&rig->ring[n], &rig->ram, RINGS + 64 * KiB * n, TOY_SIZE);
		enable(rig, n, &rig->ring[n].setup);
		assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 1);
	}
	wr(rig, STATUS, 1, 0xf);
	assert_int_equal(rd(rig, STATUS, 1), 0xf);
	rig_run(rig);
}

bool use(struct virtio_pci_rig *rig, unsigned n)
{
	uint32_t id, len;

	vring_desc(&rig->ring[n], 0, DATA, 64, 0, 0);
	vring_offer(&rig->ring[n], 0);
	wr(rig, VIRTIO_PCI_NOTIFY + VIRTIO_PCI_MULTIPLIER * n, 2, n);
	rig_run(rig);
	return vring_take(&rig->ring[n], &id, &len);
}
