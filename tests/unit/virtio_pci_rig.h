/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_rig.h - a toy virtio device on a PCI bus, and a driver's accesses to it. The toy counts what
 * it is asked for and gives every chain back at once.
 */
#ifndef IGDVM_VIRTIO_PCI_RIG_H
#define IGDVM_VIRTIO_PCI_RIG_H

#include "dev/virtio_pci.h"
#include "fakes.h"
#include "layout.h"
#include "pci_regs.h"
#include "vring.h"

/* struct virtio_pci_common_cfg: virtio 1.2 section 4.1.4.3. */
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
#define COMMON_SIZE    0x38

#define TOY_QUEUES  3
#define TOY_SIZE    8
#define TOY_CONFIG  10
#define TOY_FEATURE BIT(3)
#define TOY_DEVFN   DEVFN(3, 0)
#define TOY_BAR	    LAYOUT_PCI32

struct toy {
	struct virtio_dev dev;
	struct virtio_pci pci;
	uint8_t config[TOY_CONFIG];
	unsigned starts, kicks[TOY_QUEUES], resets, served, writes, calls;
	int refuse_features, refuse_start;
	bool slow_reset;
};

struct fake_kicks {
	struct kicks kicks;
	struct {
		uint64_t gpa;
		int fd;
	} at[VIRTIO_QUEUES_MAX];
	unsigned n;
	int refuse;
};

struct virtio_pci_rig {
	struct guest_ram ram;
	struct bus pio, mmio;
	struct fake_irqchip chip;
	struct fake_kicks kicks;
	struct pci_bus bus;
	pthread_mutex_t lock;
	struct loop loop;
	struct toy toy, other; /* `other` is on the bus where a test puts it there */
	struct vring ring[TOY_QUEUES];
};

/* For cmocka: the toy is on the bus, its BAR at TOY_BAR, memory and bus mastering on. */
int virtio_pci_rig_setup(void **state);
int virtio_pci_rig_teardown(void **state);
#define VIRTIO_PCI_TEST(f)                                                                         \
	cmocka_unit_test_setup_teardown(f, virtio_pci_rig_setup, virtio_pci_rig_teardown)

struct virtio_pci_parts rig_parts(struct virtio_pci_rig *rig);
int toy_init(struct virtio_pci_rig *rig, struct toy *t, uint8_t devfn);
void rig_run(struct virtio_pci_rig *rig);

/* Registers of the common part; 64-bit ones by halves. */
uint32_t rd(struct virtio_pci_rig *rig, unsigned off, unsigned len);
void wr(struct virtio_pci_rig *rig, unsigned off, unsigned len, uint32_t v);
void wr64(struct virtio_pci_rig *rig, unsigned off, uint64_t v);
uint64_t rd64(struct virtio_pci_rig *rig, unsigned off);
/* Config space. */
uint32_t cfg(struct virtio_pci_rig *rig, unsigned off, unsigned len);
void set_cfg(struct virtio_pci_rig *rig, unsigned off, unsigned len, uint32_t v);

/* ACKNOWLEDGE, DRIVER, these features and VERSION_1, FEATURES_OK; the status then. */
uint8_t negotiate(struct virtio_pci_rig *rig, uint64_t features);
/* Describe queue n as setup says, and enable it. */
void enable(struct virtio_pci_rig *rig, unsigned n, const struct virtq_setup *setup);
/* All the way, with a ring for each queue. */
void drive(struct virtio_pci_rig *rig, uint64_t features);
/* Offer one chain on ring n and kick, by a write that KVM did not take; true when it came back. */
bool use(struct virtio_pci_rig *rig, unsigned n);

#endif
