/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm_stats.h - what KVM counts of a vCPU: exits by its own reasons, interrupts injected.
 * Linux 5.14; which counters there are depends on the host. Source: Linux Documentation/virt/kvm/api.rst,
 * KVM_GET_STATS_FD.
 */
#ifndef IGDVM_KVM_STATS_H
#define IGDVM_KVM_STATS_H

#include <stdint.h>

#define KVM_STATS_MAX  64 /* counters that are kept; KVM of Linux 6.18 has 45 */
#define KVM_STATS_NAME 48 /* KVM_STATS_NAME_SIZE */

struct kvm_counter {
	char name[KVM_STATS_NAME];
	uint64_t at; /* offset in the descriptor of each vCPU */
};

struct kvm_stats {
	struct kvm_counter counter[KVM_STATS_MAX];
	unsigned n;
	int *fd; /* of each vCPU */
	unsigned n_fds;
};

/*
 * Open the counters of vCPUs, whose descriptors are vcpu_fd[0..n_vcpus). Without them (an older kernel)
 * there are no counters, and that is no error. 0 or -ENOMEM. fini takes a zeroed one.
 */
int kvm_stats_init(struct kvm_stats *s, const int *vcpu_fd, unsigned n_vcpus);
void kvm_stats_fini(struct kvm_stats *s);

/* A counter of all vCPUs together. Any thread; needs nothing but pread(). */
uint64_t kvm_stats_sum(const struct kvm_stats *s, const struct kvm_counter *c);

#endif
