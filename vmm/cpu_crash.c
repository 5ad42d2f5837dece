// SPDX-License-Identifier: BSD-2-Clause
/*
 * cpu_crash.c - what is left of a vCPU, read once.
 * Knows KVM's register structures; must not know why a guest crashes.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "cpu.h"
#include "cpu_crash.h"
#include "exit.h"
#include "log.h"
#include "mem.h"
#include "util.h"

#define FIELD(member) offsetof(struct cpu_crash, member), sizeof(((struct cpu_crash *)NULL)->member)

const struct cpu_register cpu_registers[] = {
	{ "rax", 16, FIELD(regs.rax), false },
	{ "rbx", 16, FIELD(regs.rbx), false },
	{ "rcx", 16, FIELD(regs.rcx), false },
	{ "rdx", 16, FIELD(regs.rdx), true },
	{ "rsi", 16, FIELD(regs.rsi), false },
	{ "rdi", 16, FIELD(regs.rdi), false },
	{ "rbp", 16, FIELD(regs.rbp), false },
	{ "rsp", 16, FIELD(regs.rsp), true },
	{ "r8", 16, FIELD(regs.r8), false },
	{ "r9", 16, FIELD(regs.r9), false },
	{ "r10", 16, FIELD(regs.r10), false },
	{ "r11", 16, FIELD(regs.r11), true },
	{ "r12", 16, FIELD(regs.r12), false },
	{ "r13", 16, FIELD(regs.r13), false },
	{ "r14", 16, FIELD(regs.r14), false },
	{ "r15", 16, FIELD(regs.r15), true },
	{ "rip", 16, FIELD(regs.rip), false },
	{ "flags", 8, FIELD(regs.rflags), false },
	{ "cs", 4, FIELD(sregs.cs.selector), false },
	{ "cs.base", 1, FIELD(sregs.cs.base), false },
	{ "ss", 4, FIELD(sregs.ss.selector), false },
	{ "ss.base", 1, FIELD(sregs.ss.base), true },
	{ "cr0", 8, FIELD(sregs.cr0), false },
	{ "cr2", 16, FIELD(sregs.cr2), false },
	{ "cr3", 16, FIELD(sregs.cr3), false },
	{ "cr4", 8, FIELD(sregs.cr4), false },
	{ "efer", 1, FIELD(sregs.efer), true },
	{ "gdt", 16, FIELD(sregs.gdt.base), false },
	{ "gdt.limit", 4, FIELD(sregs.gdt.limit), false },
	{ "idt", 16, FIELD(sregs.idt.base), false },
	{ "idt.limit", 4, FIELD(sregs.idt.limit), false },
	{ "apic", 1, FIELD(sregs.apic_base), true },
	{ 0 },
};

uint64_t cpu_crash_value(const struct cpu_crash *x, const struct cpu_register *r)
{
	uint64_t value = 0;

	memcpy(&value, (const char *)x + r->offset, r->size);
	return value;
}

static void capture_code(struct cpu_crash *x, const struct cpu *c)
{
	struct kvm_translation t = { .linear_address = x->sregs.cs.base + x->regs.rip };

	x->n_code = exit_instruction(c->run, x->code);
	if (!x->n_code && !ioctl(c->fd, KVM_TRANSLATE, &t) && t.valid) {
		const void *p = mem_at(c->set->mem, t.physical_address, sizeof(x->code));

		if (p) {
			x->n_code = sizeof(x->code);
			memcpy(x->code, p, x->n_code);
		}
	}
}

void cpu_crash_capture(struct cpu_crash *x, const struct cpu *c, const char *why)
{
	*x = (struct cpu_crash){ .happened = true, .cpu = c->id };
	snprintf(x->why, sizeof(x->why), "%s", why);
	if (ioctl(c->fd, KVM_GET_REGS, &x->regs) || ioctl(c->fd, KVM_GET_SREGS, &x->sregs)) {
		log_err(-errno, "vCPU %u: registers cannot be read: %m", c->id);
		return;
	}
	x->has_registers = true;
	/* SVM leaves no state behind a shutdown: Linux arch/x86/kvm/svm/svm.c, shutdown_interception() */
	x->power_on = c->run->exit_reason == KVM_EXIT_SHUTDOWN && x->regs.rip == 0xfff0 &&
		      x->sregs.cs.base == 0xffff0000;
	capture_code(x, c);
}

void cpu_crash_print(const struct cpu_crash *x)
{
	char line[160] = "", code[CPU_CRASH_CODE * 3 + 1] = "";
	size_t len = 0;

	log_err(0, "guest crashed: vCPU %u: %s", x->cpu, x->why);
	if (!x->has_registers)
		return;
	for (const struct cpu_register *r = cpu_registers; r->name; r++) {
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %s=%0*llx", r->name,
					(int)r->digits, (unsigned long long)cpu_crash_value(x, r));
		if (r->last) {
			log_err(0, " %s", line);
			len = 0;
		}
	}
	if (x->power_on)
		log_err(0,
			"  these are power-on values: KVM on AMD keeps none from a triple fault");
	for (unsigned i = 0; i < x->n_code; i++)
		sprintf(code + 3 * i, " %02x", x->code[i]);
	log_err(0, "  code at cs:rip:%s", x->n_code ? code : " not readable");
}
