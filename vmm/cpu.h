/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - virtual CPUs: their registers at the start, and one thread each.
 *
 * vCPU 0 starts at the boot protocol's entry; the others wait for INIT and SIPI in KVM.
 * Sources: Linux Documentation/x86/boot.rst (64-bit entry); Xen docs/misc/pvh.pandoc (32-bit entry);
 * Intel SDM vol. 3A chapters 3, 5, 9.
 */
#ifndef IGDVM_CPU_H
#define IGDVM_CPU_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "confine.h"
#include "cpu_crash.h"
#include "exit.h"
#include "topology.h"

struct kvm;
struct kvm_cpuid2;
struct kvm_run;
struct mem;

struct cpus;
struct cpu {
	struct cpus *set;
	unsigned id;	  /* 0, 1, ... */
	uint32_t apic_id; /* by the topology */
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	bool started;			   /* thread exists */
	atomic_bool nmi;		   /* to be injected */
	atomic_ullong exits[EXIT_REASONS]; /* by KVM's number; the last: all above */
};

struct cpus {
	struct cpu *cpu;
	unsigned n;
	const struct kvm *kvm;
	const uint16_t *pin;	       /* host CPU of each vCPU; NULL: the scheduler's choice */
	const struct mem *mem;	       /* for the instruction bytes of a crash */
	const struct confine *confine; /* of the threads; set before cpus_start() */
	struct exit_ctx exit;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool pause;		  /* vCPUs shall park */
	unsigned parked, running; /* threads parked; threads alive */
	struct cpu_crash crash;	  /* the first one */
};

/* In both, segments are flat and interrupts off. */
enum cpu_mode {
	CPU_64_BIT, /* paging on: the Linux boot protocol (boot.h) */
	CPU_32_BIT, /* protected mode, paging off: PVH and Multiboot (pvh.h, multiboot.h) */
};

/* Where vCPU 0 begins. Registers that are not named are 0. */
struct cpu_entry {
	enum cpu_mode mode;
	uint64_t rip, rax, rbx, rsi, rsp;
	uint64_t cr3;	  /* CPU_64_BIT */
	uint64_t gdt_gpa; /* the GDT that cs and ds are from; limit 0: none */
	uint16_t gdt_limit, cs, ds;
};

/*
 * Create the vCPUs of a topology (at most k->max_cpus, ids up to k->max_apic_id) with CPUID and MSRs
 * set. 0 or logged -errno.
 * cpus_fini() takes a half-built or zeroed set; threads must have been stopped.
 */
int cpus_init(struct cpus *s, struct kvm *k, const struct topology *t, const struct mem *mem,
	      const struct exit_ctx *exit);
void cpus_fini(struct cpus *s);

/* Registers of vCPU 0 at the kernel's entry. 0 or logged -errno. */
int cpus_set_entry(struct cpus *s, const struct cpu_entry *e);

/* Let vCPU i run on host CPU host_cpu[i] only. Before cpus_start(); the array must live on. */
static inline void cpus_pin(struct cpus *s, const uint16_t *host_cpu)
{
	s->pin = host_cpu;
}

/* Before cpus_start(): the guest does not run until cpus_resume(). */
static inline void cpus_hold(struct cpus *s)
{
	s->pause = true;
}

/* Start all threads. 0 or logged -errno (then call cpus_stop()). */
int cpus_start(struct cpus *s);

/*
 * Return when every vCPU is out of KVM_RUN, with its last exit completed, and stays out; undo it.
 * Pauses do not nest. Not for vCPU threads, and not under the device lock.
 */
void cpus_pause(struct cpus *s);
void cpus_resume(struct cpus *s);

/*
 * Exits of one kind of all vCPUs so far, reason below EXIT_REASONS; any thread. exit_reason_name() tells
 * what it is.
 */
uint64_t cpus_exits(const struct cpus *s, unsigned reason);

/* A non-maskable interrupt for every vCPU; any thread. */
void cpus_nmi(struct cpus *s);

/* After stop_request(): get every vCPU out of the guest and join its thread. */
void cpus_stop(struct cpus *s);

#endif
