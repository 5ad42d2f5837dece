/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu_state.h - register state of a vCPU; used by cpu.c only.
 */
#ifndef IGDVM_CPU_STATE_H
#define IGDVM_CPU_STATE_H

#include "cpu.h"

/* The MSRs firmware would have set, as far as KVM has them. */
#define CPU_MSRS_MAX 8
struct cpu_msrs {
	unsigned n;
	uint32_t index[CPU_MSRS_MAX];
	uint64_t value[CPU_MSRS_MAX];
};

/* Make the list, once for all vCPUs. 0 or logged -errno. */
int cpu_state_list_msrs(const struct kvm *k, struct cpu_msrs *msrs);
/* Set them; one that KVM refuses is skipped with a debug line. */
void cpu_state_set_msrs(int fd, const struct cpu_msrs *msrs);

/* Switch the local APIC to x2APIC mode, as firmware does where an id needs it. 0 or logged -errno. */
int cpu_state_x2apic(int fd);

/* General and special registers of vCPU 0. 0 or logged -errno. */
int cpu_state_entry(int fd, const struct cpu_entry *e);

#endif
