// SPDX-License-Identifier: BSD-2-Clause
/*
 * exit.c - KVM exit reasons to bus accesses, to who can mend a fault, or to a crash.
 * Knows struct kvm_run and the buses; makes no ioctl, so a hand-made kvm_run tests it.
 */
#include <linux/kvm.h>
#include <stdio.h>

#include "bus.h"
#include "exit.h"
#include "stop.h"
#include "util.h"

/* Exit reasons and flags newer than the headers of Debian 12 (Linux include/uapi/linux/kvm.h). */
#define EXIT_NOTIFY	  37
#define EXIT_MEMORY_FAULT 39

static const char *const reason_name[] = {
	[KVM_EXIT_UNKNOWN] = "unknown hardware exit",
	[KVM_EXIT_EXCEPTION] = "exception",
	[KVM_EXIT_IO] = "port I/O",
	[KVM_EXIT_HYPERCALL] = "hypercall",
	[KVM_EXIT_DEBUG] = "debug",
	[KVM_EXIT_HLT] = "halt",
	[KVM_EXIT_MMIO] = "MMIO",
	[KVM_EXIT_IRQ_WINDOW_OPEN] = "interrupt window",
	[KVM_EXIT_SHUTDOWN] = "triple fault",
	[KVM_EXIT_FAIL_ENTRY] = "hardware refused to enter the guest",
	[KVM_EXIT_INTR] = "signal",
	[KVM_EXIT_SET_TPR] = "TPR write",
	[KVM_EXIT_TPR_ACCESS] = "TPR access",
	[KVM_EXIT_NMI] = "NMI",
	[KVM_EXIT_INTERNAL_ERROR] = "KVM internal error",
	[KVM_EXIT_SYSTEM_EVENT] = "system event",
	[KVM_EXIT_IOAPIC_EOI] = "IOAPIC EOI",
	[KVM_EXIT_HYPERV] = "Hyper-V hypercall",
	[KVM_EXIT_X86_RDMSR] = "MSR read",
	[KVM_EXIT_X86_WRMSR] = "MSR write",
	[KVM_EXIT_DIRTY_RING_FULL] = "dirty ring full",
	[KVM_EXIT_AP_RESET_HOLD] = "AP reset hold",
	[KVM_EXIT_X86_BUS_LOCK] = "bus lock",
	[KVM_EXIT_XEN] = "Xen hypercall",
	[EXIT_NOTIFY] = "notify window",
	[EXIT_MEMORY_FAULT] = "memory fault",
};

const char *exit_reason_name(unsigned reason)
{
	return reason < ARRAY_SIZE(reason_name) ? reason_name[reason] : NULL;
}

/* String instructions arrive as `count` items for the same port. */
static void port_io(const struct exit_ctx *ctx, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;

	for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
		if (run->io.direction == KVM_EXIT_IO_OUT)
			bus_write(ctx->pio, run->io.port, data, run->io.size);
		else
			bus_read(ctx->pio, run->io.port, data, run->io.size);
	}
}

static void mmio(const struct exit_ctx *ctx, struct kvm_run *run)
{
	unsigned len = MIN(run->mmio.len, (uint32_t)sizeof(run->mmio.data));

	if (run->mmio.is_write)
		bus_write(ctx->mmio, run->mmio.phys_addr, run->mmio.data, len);
	else
		bus_read(ctx->mmio, run->mmio.phys_addr, run->mmio.data, len);
}

static enum exit_action system_event(const struct exit_ctx *ctx, const struct kvm_run *run)
{
	switch (run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		stop_request(ctx->stop, STOP_POWEROFF, 0);
		return EXIT_RESUME;
	case KVM_SYSTEM_EVENT_RESET:
		stop_request(ctx->stop, STOP_RESET, 0);
		return EXIT_RESUME;
	default:
		return EXIT_CRASH;
	}
}

enum exit_action exit_dispatch(const struct exit_ctx *ctx, struct kvm_run *run)
{
	enum exit_action action = EXIT_RESUME;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		pthread_mutex_lock(ctx->lock);
		port_io(ctx, run);
		pthread_mutex_unlock(ctx->lock);
		break;
	case KVM_EXIT_MMIO:
		pthread_mutex_lock(ctx->lock);
		mmio(ctx, run);
		pthread_mutex_unlock(ctx->lock);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		action = system_event(ctx, run);
		break;
	/* wake-ups, not events: nothing was asked of us */
	case KVM_EXIT_HLT:
	case KVM_EXIT_INTR:
	case KVM_EXIT_NMI:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
	case KVM_EXIT_SET_TPR:
	case KVM_EXIT_TPR_ACCESS:
	case KVM_EXIT_IOAPIC_EOI:
	case KVM_EXIT_X86_BUS_LOCK:
	case EXIT_NOTIFY:
		break;
	case EXIT_MEMORY_FAULT:
		action = EXIT_FAULT;
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		/* code in a memslot whose pages are gone looks like code KVM cannot emulate */
		if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION)
			action = EXIT_FAULT;
		else
			action = EXIT_CRASH;
		break;
	/* the guest is beyond help, or KVM did what igdvm never asks for */
	case KVM_EXIT_SHUTDOWN:
	case KVM_EXIT_FAIL_ENTRY:
	default:
		action = EXIT_CRASH;
		break;
	}
	return action;
}

void exit_fault_add(struct exit_faults *list, struct exit_fault *f)
{
	f->next = list->first;
	list->first = f;
}

void exit_fault_remove(struct exit_faults *list, struct exit_fault *f)
{
	for (struct exit_fault **p = &list->first; *p; p = &(*p)->next) {
		if (*p != f)
			continue;
		*p = f->next;
		return;
	}
}

bool exit_faults_instructions(const struct exit_faults *list)
{
	for (const struct exit_fault *f = list->first; f; f = f->next)
		if (f->instructions)
			return true;
	return false;
}

bool exit_mend(const struct exit_ctx *ctx, unsigned seen)
{
	bool mended;

	pthread_mutex_lock(ctx->lock);
	mended = atomic_load(&ctx->faults->mended) != seen;
	for (struct exit_fault *f = ctx->faults->first; f && !mended; f = f->next) {
		mended = f->handle(f);
		if (mended)
			atomic_fetch_add(&ctx->faults->mended, 1);
	}
	pthread_mutex_unlock(ctx->lock);
	return mended;
}

const char *exit_describe(const struct kvm_run *run, char *buf, unsigned size)
{
	uint32_t reason = run->exit_reason;
	const char *name = reason < ARRAY_SIZE(reason_name) ? reason_name[reason] : NULL;

	if (reason == KVM_EXIT_INTERNAL_ERROR)
		snprintf(buf, size, "%s %u (%s)", name, run->internal.suberror,
			 run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION
				 ? "an instruction it cannot emulate"
				 : "see linux/kvm.h, KVM_INTERNAL_ERROR");
	else if (reason == KVM_EXIT_FAIL_ENTRY)
		snprintf(buf, size, "%s, reason %#llx", name,
			 (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
	else if (reason == KVM_EXIT_UNKNOWN)
		snprintf(buf, size, "%s, reason %#llx", name,
			 (unsigned long long)run->hw.hardware_exit_reason);
	else if (reason == KVM_EXIT_SYSTEM_EVENT)
		snprintf(buf, size, "%s %u", name, run->system_event.type);
	else if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "KVM exit reason %u", reason);
	return buf;
}

unsigned exit_instruction(const struct kvm_run *run, uint8_t bytes[15])
{
	unsigned n;

	if (run->exit_reason != KVM_EXIT_INTERNAL_ERROR ||
	    run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION ||
	    run->emulation_failure.ndata < 1 ||
	    !(run->emulation_failure.flags & KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES))
		return 0;
	n = MIN(run->emulation_failure.insn_size, 15);
	memcpy(bytes, run->emulation_failure.insn_bytes, n);
	return n;
}
