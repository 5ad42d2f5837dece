/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit.h - what to do with a KVM exit: the one place where vCPU threads enter device code.
 */
#ifndef IGDVM_EXIT_H
#define IGDVM_EXIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct bus;
struct kvm_run;
struct stop;

/*
 * Who may know why the host could not serve a guest's access, and do something about it: a memslot
 * whose pages went away, one that is to be put in place by the first access. KVM does not say which
 * address it was. Called with the device lock held; true: something was mended, the access can be
 * tried again. Embedded in its owner.
 */
struct exit_fault {
	bool (*handle)(struct exit_fault *f);
	/*
	 * It may mend an access by an instruction that KVM cannot emulate. Without such a handler the
	 * guest gets an exception for it, as without igdvm.
	 */
	bool instructions;
	struct exit_fault *next;
};

struct exit_faults {
	struct exit_fault *first;
	atomic_uint mended; /* how often a handler said true */
};

/* Under the device lock, or before the vCPUs run. remove: no-op when absent. */
void exit_fault_add(struct exit_faults *list, struct exit_fault *f);
void exit_fault_remove(struct exit_faults *list, struct exit_fault *f);
/* True when a handler wants the instructions that KVM cannot emulate. */
bool exit_faults_instructions(const struct exit_faults *list);

struct exit_ctx {
	struct bus *pio, *mmio;
	pthread_mutex_t *lock; /* the device lock, taken around device code */
	struct stop *stop;
	struct exit_faults *faults;
};

enum exit_action {
	EXIT_RESUME, /* run the vCPU again */
	EXIT_FAULT,  /* the host could not serve an access: run again if exit_mend() says so */
	EXIT_CRASH,  /* the guest cannot go on: exit_describe() says why */
};

/* Answer one exit. Every reason has an answer; guest data is bounded before use. */
enum exit_action exit_dispatch(const struct exit_ctx *ctx, struct kvm_run *run);

/*
 * After EXIT_FAULT, or KVM_RUN's EFAULT: ask the handlers. seen is what faults->mended was before the
 * vCPU entered the guest: another vCPU's fault may have been the same and be mended by now.
 */
bool exit_mend(const struct exit_ctx *ctx, unsigned seen);

/* Kinds of exits that are counted: KVM's numbers, and one for all above. */
#define EXIT_REASONS 64

/* "MMIO"; NULL for a number that has no name here. */
const char *exit_reason_name(unsigned reason);

/* One line on why run ended in EXIT_FAULT or EXIT_CRASH, e.g. "triple fault"; buf of size bytes. Returns buf. */
const char *exit_describe(const struct kvm_run *run, char *buf, unsigned size);

/* Instruction bytes that KVM left in run (internal error, emulation). Returns their number, 0..15. */
unsigned exit_instruction(const struct kvm_run *run, uint8_t bytes[15]);

#endif
