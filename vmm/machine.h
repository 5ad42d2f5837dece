/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.h - one virtual machine, from its configuration to its exit code.
 *
 * struct machine owns everything; parts are handed down, never the whole. stages[] in machine.c is
 * the start-up order, and in reverse the way out.
 */
#ifndef IGDVM_MACHINE_H
#define IGDVM_MACHINE_H

#include <pthread.h>
#include <stdio.h>

#include "board.h"
#include "bridge.h"
#include "bus.h"
#include "companion.h"
#include "config.h"
#include "cpu.h"
#include "exit_code.h"
#include "igd.h"
#include "kvm.h"
#include "loader.h"
#include "loop.h"
#include "mem.h"
#include "memmap.h"
#include "pci.h"
#include "signals.h"
#include "stop.h"
#include "vfio.h"
#include "vfio_pci.h"
#include "virtio_devices.h"

struct machine {
	const struct config *config;
	struct loader loader;
	struct kvm kvm;
	unsigned phys_bits; /* width of guest-physical addresses */
	struct iommu iommu;
	unsigned groups_in_kvm; /* of iommu's, registered with KVM */
	struct vfio_dev gpu;
	struct memmap map;
	struct mem mem;
	pthread_mutex_t lock; /* the device lock */
	struct stop stop;
	struct loop loop;
	struct loop_watch stop_watch;
	struct bus pio, mmio;
	struct pci_bus pci;
	struct bridges bridges;
	struct board board;
	struct exit_faults faults;
	struct igd igd;
	struct vfio_pci igd_pci;
	struct companions companions;
	struct virtio_devices virtio;
	struct cpus cpus;
	struct signals signals;
	unsigned stages_done;
	int held_output, held_console; /* over a restart: see serial_hold() */
	int held_fs[CONFIG_FS_MAX];    /* likewise: virtio_devices_hold() */
};

/* A machine with nothing in it; machine_fini() may be called from here on. */
void machine_init(struct machine *m, const struct config *c);

/* Everything up to the first instruction. 0, or the exit code of what failed (it was logged). */
int machine_build(struct machine *m);

/* Stage "limits": --cpus and --memory against KVM and the host. 0 or logged -errno. */
int machine_limits(struct machine *m);

/* What the GPU's personality is connected to. */
struct igd_parts machine_igd_parts(struct machine *m);

/* The plan as text: what --dry-run prints. Needs a machine_build() of a dry run. */
void machine_print_plan(struct machine *m, FILE *out);

/* Let the guest run until something stops it. Returns the exit code. */
int machine_run(struct machine *m);

/* After machine_run(): a guest that was asked to power off and resets is not to start again. */
bool machine_asked_off(const struct machine *m);

/*
 * After machine_run(): as machine_init() leaves it, all devices and memory handed back, except for the
 * kernel and initrd, which stay open. For a config that says `restarted`; machine_build() is next.
 */
void machine_restart(struct machine *m);

/* Hand everything back, in reverse order of stages; takes a machine at any stage. */
void machine_fini(struct machine *m);

#endif
