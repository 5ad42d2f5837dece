/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_rig.h - a host with an Intel GPU, of which nothing is real: its sysfs files and physical
 * memory by wrapped functions, its VFIO device by a fake. One fault for all of them.
 *
 * Or it is a fixture (igd_rig_replay()): the same calls, the same fault, the recorded answers.
 *
 * Link with --wrap for the functions of WRAP_igd in CMakeLists.txt.
 */
#ifndef IGDVM_IGD_RIG_H
#define IGDVM_IGD_RIG_H

#include "bridge.h"
#include "exit.h"
#include "fake_vfio.h"
#include "igd.h"
#include "igd_regs.h"
#include "loop.h"
#include "memmap.h"
#include "opregion.h"
#include "stop.h"
#include "vfio_pci.h"

/* Host addresses, planted wherever a GPU of any generation has one; none may be seen by a guest. */
#define HOST_BDSM32   0x7b800001
#define HOST_BDSM64   0x000000047d800001
#define HOST_ALIAS    0x00000005d1200000
#define HOST_GSM      0x00000000dd700000
#define HOST_RESERVED 0x000000047ff00087
#define HOST_ASLS     0x7a5f3000
#define HOST_OFFSET   0x018 /* of an OpRegion that is not page-aligned */
#define HOST_RVDA     0x7a5fa000
#define HOST_FDSS     0x7a4e1000 /* a buffer of firmware's, named in the OpRegion */
#define HOST_PHYS     0x7a5f0000 /* physical memory that /dev/mem shows */
#define HOST_PHYS_LEN 0x20000
#define VBT_SIZE      0x1c00
#define BAR0_SIZE     (16ULL << 20)

enum {
	ID_SNB = 0x0102,
	ID_CHV = 0x22b0,
	ID_SKL = 0x1912,
	ID_TGL = 0x9a49,
	ID_MTL = 0x7d55,
};

struct igd_rig {
	/* the host; setup makes a good one, tests spoil it */
	bool absent;
	const char *physfn, *mdev_type; /* targets of links, or NULL */
	uint64_t class_code, vendor, device;
	uint8_t config[PCI_CFG_SIZE];	       /* in sysfs */
	const uint8_t *sysfs_host, *sysfs_lpc; /* the bridges' there, or NULL */
	bool unprivileged;		       /* it shows their headers only */
	uint8_t *phys;
	int phys_fd;
	int devmem_err; /* what /dev/mem answers */
	bool module;	/* the kernel module igd_opregion is loaded, with this to say: */
	int module_err; /* what its device answers to open() */
	uint32_t module_asls, module_size;
	uint64_t module_vbt; /* host address of the extended VBT, which it has checked */
	uint32_t module_vbt_size;
	unsigned source_fds;	  /* devmem_open() without devmem_close() */
	int64_t bytes_mapped;	  /* mmap() without munmap() */
	const char *fixture;	  /* NULL: the host is this rig's */
	struct vfio_dev recorded; /* the fixture's */
	struct vfio_dev replay;	  /* the same behind the fault */
	struct iommu iommu;	  /* its reserved ranges */
	unsigned replay_mapped;
	uint32_t planted[8]; /* host addresses, no page of which may be seen by the guest */
	size_t n_planted;
	struct fake_fault fault;
	struct fake_vfio dev;
	unsigned opregion, host_cfg, lpc_cfg; /* regions */
	unsigned fds;
	/* the machine, as far as the GPU is concerned */
	struct config_igd option;
	uint64_t ram;
	unsigned phys_bits; /* of the guest; a fixture brings its own */
	struct igd igd;
	struct memmap map;
	struct mem mem;
	struct fake_listener listener;
	struct fake_chip chip;
	struct bus pio, mmio;
	struct pci_bus bus;
	struct bridges bridges;
	struct exit_faults faults;
	pthread_mutex_t lock;
	struct loop loop;
	struct stop stop;
	struct vfio_pci v;
	bool built; /* igd_build() was called */
	const char *log;
};

/* For cmocka. teardown sees that nothing is left, in the host or of the machine. */
int igd_rig_setup(void **state);
int igd_rig_teardown(void **state);
#define IGD_TEST(f) cmocka_unit_test_setup_teardown(f, igd_rig_setup, igd_rig_teardown)

/* Another generation: device id and GGC wherever they can be read. */
void igd_rig_model(struct igd_rig *rig, uint16_t device, uint16_t ggc);

/* The rig that wrapped functions speak for; NULL: none. */
extern struct igd_rig *igd_rig_host;
/* The host's physical memory, as far as there is any. 0 or -1. */
int igd_rig_memory(struct igd_rig *rig);
void igd_rig_memory_fini(struct igd_rig *rig);
/* Remember a host address of which the guest must see nothing. */
void igd_rig_plant(struct igd_rig *rig, uint64_t address);
/* Let a fixture be the host. */
void igd_rig_replay(struct igd_rig *rig, const char *dir);

/* Where the host's OpRegion is. */
uint8_t *igd_rig_host_opregion(struct igd_rig *rig);
/* Write a VBT of len bytes that drivers take. */
void igd_rig_vbt(uint8_t *at, uint32_t len);
/*
 * Move it to HOST_ASLS + offset, say it is version major.minor, and give it an extended VBT. VFIO
 * shows it as new kernels do; the module, should a test load it, likewise.
 */
void igd_rig_opregion(struct igd_rig *rig, uint32_t offset, uint8_t major, uint8_t minor,
		      uint64_t rvda, uint32_t rvds);

/* Mappings of physical memory, by either source, that there are now. */
unsigned igd_rig_live_mappings(struct igd_rig *rig);

/* What machine.c does: identify and probe; then all the rest. 0 or the first error. */
int igd_rig_probe(struct igd_rig *rig);
int igd_rig_build(struct igd_rig *rig);
/* Both, with what they log left in rig->log. */
int igd_rig_start(struct igd_rig *rig);
/* And back. */
void igd_rig_fini(struct igd_rig *rig);

/* What the guest reads. Also when igd_build() failed, in which case there is no guest. */
uint32_t igd_rig_rd(struct igd_rig *rig, unsigned off, unsigned len);
void igd_rig_wr(struct igd_rig *rig, unsigned off, unsigned len, uint32_t value);

/* Let the guest decode memory. Returns where its BAR0 is. */
uint64_t igd_rig_enable(struct igd_rig *rig);

/* Where len bytes of guest memory are in this process, in one region of any kind, or NULL. */
uint8_t *igd_rig_at(struct igd_rig *rig, uint64_t gpa, uint64_t len);

/* The contract: ASLS, and no host address in config space or in BAR0's mirrors of it. */
void igd_rig_check_contract(struct igd_rig *rig);

#endif
