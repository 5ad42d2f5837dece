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

#include "acpi.h"
#include "board.h"
#include "bridge.h"
#include "bus.h"
#include "companion.h"
#include "config.h"
#include "control.h"
#include "cpu.h"
#include "exit_code.h"
#include "expect.h"
#include "igd.h"
#include "keep.h"
#include "kvm.h"
#include "kvm_stats.h"
#include "layout.h"
#include "loader.h"
#include "loop.h"
#include "mem.h"
#include "memmap.h"
#include "notify.h"
#include "pci.h"
#include "report.h"
#include "sandbox.h"
#include "signals.h"
#include "stop.h"
#include "transcript.h"
#include "vfio.h"
#include "vfio_pci.h"
#include "virtio_devices.h"

struct machine {
	const struct config *config;
	const struct keep *keep; /* NULL: this is the only machine */
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
	struct transcript *transcript; /* NULL: nobody asked for what the consoles show */
	struct expect expect;
	struct report_times times;
	struct exit_faults faults;
	struct igd igd;
	struct vfio_pci igd_pci;
	struct companions companions;
	struct sandbox sandbox;
	struct virtio_devices virtio;
	struct cpus cpus;
	struct control control;
	struct kvm_stats kvm_stats; /* with --control */
	bool paused;		    /* by --control, in whose thread it is read and written */
	struct notify notify;
	struct signals signals;
	unsigned stages_done;
};

/*
 * A machine with nothing in it; machine_fini() may be called from here on. keep: what it shares with those
 * before and after it, in other processes; or NULL.
 */
void machine_init(struct machine *m, const struct config *c, const struct keep *keep);

/* Everything up to the first instruction. 0, or the exit code of what failed (it was logged). */
int machine_build(struct machine *m);

/* Stage "limits": --cpus and --memory against KVM and the host. 0 or logged -errno. */
int machine_limits(struct machine *m);

/* What the GPU's personality is connected to. */
struct igd_parts machine_igd_parts(struct machine *m);

/* Who has the terminal, if anyone. */
struct serial *machine_terminal(struct machine *m);

/* Stage "watch": --expect, --fail-on, --timeout, and what --report tells of the consoles. */
int machine_watch_init(struct machine *m);
void machine_watch_fini(struct machine *m);

/* Stage "control": --control. */
int machine_control_init(struct machine *m);
void machine_control_fini(struct machine *m);
/* The guest has ended: tell subscribers, and serve nobody any more. */
void machine_tell_end(struct machine *m, int exit_code);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t machine_now(void);

/*
 * Before machine_fini(), of a machine in any state that was built or failed to be: write the report, if
 * there is to be one. 0 or logged -errno.
 */
int machine_report(struct machine *m, struct report *r, int exit_code);

/*
 * The ACPI tables that the guest gets, before its virtio devices are there. The bytes used or logged -errno.
 */
int machine_plan_acpi(const struct machine *m, uint8_t tables[LAYOUT_ACPI_MAX]);

/* Stage "copies": the tables as files, as --dump-acpi and --dump-dtb ask for. 0 or logged -errno. */
int machine_dump(struct machine *m);

/* Stage "tables": what the guest finds in memory and registers. 0 or logged -errno. */
int machine_tables_init(struct machine *m);

/*
 * The plan, as text or JSON: what --dry-run prints. Needs a machine_build() of a dry run. 0 or logged
 * -errno; a failed write is in ferror(out).
 */
int machine_print_plan(struct machine *m, FILE *out);

/* Let the guest run until something stops it. Returns the exit code. */
int machine_run(struct machine *m);

/* Hand everything back, in reverse order of stages; takes a machine at any stage. */
void machine_fini(struct machine *m);

#endif
