// SPDX-License-Identifier: BSD-2-Clause
/*
 * cpu_state.c - what a vCPU is at power-on and at the kernel's entry, and its dump after a crash.
 * Constant tables of MSRs and registers; threads are cpu.c's.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "cpu_state.h"
#include "cpuid.h"
#include "kvm.h"
#include "log.h"
#include "mem.h"
#include "util.h"

/* Intel SDM vol. 3A 2.5 and vol. 4 */
#define CR0_PE		BIT(0)
#define CR0_MP		BIT(1)
#define CR0_ET		BIT(4)
#define CR0_NE		BIT(5)
#define CR0_WP		BIT(16)
#define CR0_PG		BIT(31)
#define CR4_PAE		BIT(5)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define RFLAGS_RESERVED BIT(1)
/* IA32_APIC_BASE: SDM vol. 3A 10.12.1 */
#define APIC_BASE_EXTD	 BIT(10)
#define APIC_BASE_ENABLE BIT(11)

/* clang-format off */
#define MSR_MISC_ENABLE	       0x1a0
#define   MISC_ENABLE_FAST_STRING BIT(0)
#define MSR_MTRR_PHYSBASE0     0x200
#define MSR_MTRR_PHYSMASK0     0x201
#define   MTRR_PHYSMASK_VALID  BIT(11)
#define MSR_MTRR_DEF_TYPE      0x2ff
#define   MTRR_DEF_TYPE_ENABLE BIT(11)
#define   MTRR_UNCACHEABLE     0
#define   MTRR_WRITE_BACK      6

#define MSR_AMD_HWCR	       0xc0010015
#define   HWCR_TSC_FREQ_SEL    BIT(24) /* TSC counts at P0 frequency: Linux wants it if invariant */
/* clang-format on */

#define MSRS_MAX 512

/*
 * Firmware's part. The MTRRs matter: with an assigned device KVM may honour them, and with MTRRs off
 * all memory is uncacheable. Write-back by default, 3..4 GiB uncacheable, as PC firmware leaves it.
 */
static const struct kvm_msr_entry boot_msr[] = {
	{ .index = MSR_MISC_ENABLE, .data = MISC_ENABLE_FAST_STRING },
	{ .index = MSR_MTRR_PHYSBASE0, .data = LAYOUT_LOW_LIMIT | MTRR_UNCACHEABLE },
	{ .index = MSR_MTRR_PHYSMASK0, .data = MTRR_PHYSMASK_VALID },
	{ .index = MSR_MTRR_DEF_TYPE, .data = MTRR_DEF_TYPE_ENABLE | MTRR_WRITE_BACK },
	{ .index = MSR_AMD_HWCR, .data = HWCR_TSC_FREQ_SEL },
};

/* KVM does not list the architectural MTRRs, which every KVM has; all others must be listed. */
static bool msr_known(const struct kvm_msr_list *list, uint32_t index)
{
	if (index >= MSR_MTRR_PHYSBASE0 && index <= MSR_MTRR_DEF_TYPE)
		return true;
	for (uint32_t i = 0; i < list->nmsrs; i++)
		if (list->indices[i] == index)
			return true;
	return false;
}

int cpu_state_list_msrs(const struct kvm *k, struct cpu_msrs *msrs)
{
	struct kvm_msr_list *list = calloc(1, sizeof(*list) + MSRS_MAX * sizeof(uint32_t));
	int ret;

	_Static_assert(ARRAY_SIZE(boot_msr) <= CPU_MSRS_MAX, "struct cpu_msrs holds them all");
	msrs->n = 0;
	if (!list)
		return log_err(-ENOMEM, "MSR list: %m");
	list->nmsrs = MSRS_MAX;
	ret = KVM_IOCTL(k->dev_fd, KVM_GET_MSR_INDEX_LIST, list);
	for (size_t i = 0; i < ARRAY_SIZE(boot_msr) && ret >= 0; i++) {
		if (!msr_known(list, boot_msr[i].index)) {
			log_debug("KVM does not list MSR %#x", boot_msr[i].index);
			continue;
		}
		msrs->index[msrs->n] = boot_msr[i].index;
		msrs->value[msrs->n] = boot_msr[i].data;
		if (boot_msr[i].index == MSR_MTRR_PHYSMASK0) /* 1 GiB from LAYOUT_LOW_LIMIT on */
			msrs->value[msrs->n] |= GENMASK(kvm_phys_bits(k) - 1, 30);
		msrs->n++;
	}
	free(list);
	return ret < 0 ? ret : 0;
}

void cpu_state_set_msrs(int fd, const struct cpu_msrs *msrs)
{
	union {
		struct kvm_msrs msrs;
		uint8_t room[sizeof(struct kvm_msrs) + CPU_MSRS_MAX * sizeof(struct kvm_msr_entry)];
	} m;

	/* KVM stops at the first it refuses: skip that one and go on behind it */
	for (unsigned done = 0; done < msrs->n; done++) {
		int set;

		m.msrs.nmsrs = msrs->n - done;
		m.msrs.pad = 0;
		for (unsigned i = done; i < msrs->n; i++)
			m.msrs.entries[i - done] = (struct kvm_msr_entry){
				.index = msrs->index[i],
				.data = msrs->value[i],
			};
		set = ioctl(fd, KVM_SET_MSRS, &m.msrs);
		done += set > 0 ? (unsigned)set : 0;
		if (done < msrs->n)
			log_debug("KVM refuses MSR %#x = %#llx", msrs->index[done],
				  (unsigned long long)msrs->value[done]);
	}
}

/*
 * ACPI 6.4 section 5.2.12.12: ids above 254 are x2APIC entries of the MADT. Linux
 * (arch/x86/kernel/acpi/boot.c) ignores those unless it finds that mode switched on.
 */
int cpu_state_x2apic(int fd)
{
	struct kvm_sregs s;
	int ret = KVM_IOCTL(fd, KVM_GET_SREGS, &s);

	if (ret < 0)
		return ret;
	s.apic_base |= APIC_BASE_ENABLE | APIC_BASE_EXTD;
	return KVM_IOCTL(fd, KVM_SET_SREGS, &s);
}

static void set_segments(struct kvm_sregs *s, const struct cpu_entry *e)
{
	const struct kvm_segment code = {
		.limit = 0xffffffff,
		.selector = e->cs,
		.type = 0xb,
		.present = 1,
		.s = 1,
		.l = e->mode == CPU_64_BIT,
		.db = e->mode == CPU_32_BIT,
		.g = 1,
	};
	const struct kvm_segment data = {
		.limit = 0xffffffff,
		.selector = e->ds,
		.type = 0x3,
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1,
	};
	/* what PVH asks for; at reset it differs in the limit only */
	const struct kvm_segment task = { .limit = 0x67, .type = 0xb, .present = 1 };

	s->cs = code;
	s->ds = s->es = s->fs = s->gs = s->ss = data;
	s->tr = task;
	s->gdt.base = e->gdt_gpa;
	s->gdt.limit = e->gdt_limit;
	s->idt.base = s->idt.limit = 0;
}

int cpu_state_entry(int fd, const struct cpu_entry *e)
{
	struct kvm_regs regs = {
		.rip = e->rip,
		.rax = e->rax,
		.rbx = e->rbx,
		.rsi = e->rsi,
		.rsp = e->rsp,
		.rflags = RFLAGS_RESERVED,
	};
	struct kvm_sregs s;
	int ret = KVM_IOCTL(fd, KVM_GET_SREGS, &s);

	if (ret < 0)
		return ret;
	set_segments(&s, e);
	if (e->mode == CPU_64_BIT) {
		s.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
		s.cr3 = e->cr3;
		s.cr4 = CR4_PAE;
		s.efer = EFER_LME | EFER_LMA;
	} else {
		s.cr0 = CR0_PE | CR0_ET; /* ET cannot be cleared */
		s.cr3 = s.cr4 = s.efer = 0;
	}
	ret = KVM_IOCTL(fd, KVM_SET_SREGS, &s);
	if (ret < 0)
		return ret;
	ret = KVM_IOCTL(fd, KVM_SET_REGS, &regs);
	return ret < 0 ? ret : 0;
}
