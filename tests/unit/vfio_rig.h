/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio_rig.h - a guest's PCI bus with room for one assigned device, which is a fake: an Intel GPU
 * with the capabilities and BARs of one. For the tests of vfio_pci.
 */
#ifndef IGDVM_VFIO_RIG_H
#define IGDVM_VFIO_RIG_H

#include "fake_vfio.h"
#include "layout.h"
#include "memmap.h"
#include "pci_regs.h"
#include "stop.h"
#include "vfio_pci.h"

#define LOW    LAYOUT_PCI32
#define SLOT   DEVFN(2, 0)
#define MSI    0xac
#define PM     0xd0
#define VENDOR 0x40
#define INTX   pci_gsi(2, 1)

struct vfio_rig {
	struct bus pio, mmio;
	struct memmap map;
	struct mem mem;
	struct fake_fault fault;
	struct fake_listener listener;
	struct fake_chip chip;
	struct fake_vfio dev;
	struct pci_bus bus;
	pthread_mutex_t lock;
	struct loop loop;
	struct stop stop;
	struct exit_faults faults;
	struct vfio_pci v;
	struct vfio_pci_params params;
	unsigned fds;
};

/* For cmocka. The device is set up but not started; teardown sees that nothing is left of it. */
int vfio_rig_setup(void **state);
int vfio_rig_teardown(void **state);
#define VFIO_TEST(f) cmocka_unit_test_setup_teardown(f, vfio_rig_setup, vfio_rig_teardown)

/* vfio_pci_init() and vfio_pci_attach() that must succeed. */
void vfio_rig_start(struct vfio_rig *rig);
/* After vfio_pci_fini(), whatever happened before: nothing is left, no rule was broken. */
void vfio_rig_check_gone(struct vfio_rig *rig);
/* Give BARs 0, 2, 4, 5 addresses from LOW, and port 0x2000, and let them be decoded. */
void vfio_rig_enable_bars(struct vfio_rig *rig);

/* The guest's accesses to the device's config space. */
uint32_t cfg_rd(struct vfio_rig *rig, unsigned off, unsigned len);
void cfg_wr(struct vfio_rig *rig, unsigned off, unsigned len, uint32_t value);

#endif
