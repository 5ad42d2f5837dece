/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit.h - what to do with a KVM exit: the one place where vCPU threads enter device code.
 */
#ifndef IGDVM_EXIT_H
#define IGDVM_EXIT_H

#include <pthread.h>
#include <stdint.h>

struct bus;
struct kvm_run;
struct stop;

struct exit_ctx {
	struct bus *pio, *mmio;
	pthread_mutex_t *lock; /* the device lock, taken around device code */
	struct stop *stop;
};

enum exit_action {
	EXIT_RESUME, /* run the vCPU again */
	EXIT_CRASH,  /* the guest cannot go on: exit_describe() says why */
};

/* Answer one exit. Every reason has an answer; guest data is bounded before use. */
enum exit_action exit_dispatch(const struct exit_ctx *ctx, struct kvm_run *run);

/* One line on why run ended in EXIT_CRASH, e.g. "triple fault"; buf of size bytes. Returns buf. */
const char *exit_describe(const struct kvm_run *run, char *buf, unsigned size);

/* Instruction bytes that KVM left in run (internal error, emulation). Returns their number, 0..15. */
unsigned exit_instruction(const struct kvm_run *run, uint8_t bytes[15]);

#endif
