/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu_state.h - register state of a vCPU; used by cpu.c only.
 */
#ifndef IGDVM_CPU_STATE_H
#define IGDVM_CPU_STATE_H

#include "cpu.h"

/* Set the MSRs firmware would have set; one that KVM refuses is skipped. 0 or logged -errno. */
int cpu_state_msrs(const struct kvm *k, int fd, unsigned phys_bits);

/* General and special registers of vCPU 0. 0 or logged -errno. */
int cpu_state_entry(int fd, const struct cpu_entry *e);

#endif
