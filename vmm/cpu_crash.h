/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu_crash.h - the registers and instruction of a vCPU that cannot go on, for messages and reports.
 */
#ifndef IGDVM_CPU_CRASH_H
#define IGDVM_CPU_CRASH_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;

#define CPU_CRASH_CODE 15 /* the longest instruction */

struct cpu_crash {
	bool happened;
	unsigned cpu;
	char why[160];
	bool has_registers;
	bool power_on; /* KVM kept none: they are those of a reset */
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	uint8_t code[CPU_CRASH_CODE]; /* at cs:rip */
	unsigned n_code;
};

/* A register by the name that people use. */
struct cpu_register {
	const char *name;
	unsigned digits;
	size_t offset, size; /* in struct cpu_crash */
	bool last;	     /* of its line in a message */
};
extern const struct cpu_register cpu_registers[]; /* name NULL ends */

uint64_t cpu_crash_value(const struct cpu_crash *x, const struct cpu_register *r);

/* In the vCPU's thread, which has left the guest: fill in *x. */
void cpu_crash_capture(struct cpu_crash *x, const struct cpu *c, const char *why);

/* As log lines. */
void cpu_crash_print(const struct cpu_crash *x);

#endif
