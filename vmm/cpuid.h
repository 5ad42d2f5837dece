/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpuid.h - what the guest's CPUID says, made from what KVM supports.
 *
 * Pure: edits a list, makes no calls. Sources: Intel SDM vol. 2A CPUID; AMD APM vol. 3 appendix E;
 * Linux Documentation/virt/kvm/x86/cpuid.rst.
 */
#ifndef IGDVM_CPUID_H
#define IGDVM_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include "topology.h"

struct kvm_cpuid2;

struct cpuid_params {
	uint32_t apic_id; /* this vCPU's */
	struct topology topology;
	uint32_t tsc_khz;  /* 0: unknown, no frequency leaves, no invariant TSC */
	bool tsc_deadline; /* KVM_CAP_TSC_DEADLINE_TIMER */
};

/* Entries cpuid_build() may add beyond those that KVM listed. */
#define CPUID_SPARE 16

/* Frequency of KVM's local APIC timer (Linux arch/x86/kvm/lapic.h: APIC_BUS_CYCLE_NS is 1). */
#define CPUID_APIC_BUS_KHZ 1000000

/* Turn KVM's list, with CPUID_SPARE entries of room after nent, into this vCPU's. */
void cpuid_build(struct kvm_cpuid2 *list, const struct cpuid_params *p);

#endif
