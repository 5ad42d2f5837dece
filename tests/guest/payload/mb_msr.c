// SPDX-License-Identifier: BSD-2-Clause
/*
 * mb_msr.c - model-specific registers: what keeps its value, what faults on which value, what is not there.
 * Source: SDM vol. 4 chapter 2; AMD APM vol. 2 appendix A.
 */
#include "guest.h"

#define NON_CANONICAL 0x0100000000000000ull
#define PAT_DEFAULT   0x0007040600070406ull

#define MSR_TSC	       0x10
#define MSR_TSC_ADJUST 0x3b
#define MSR_TSC_AUX    0xc0000103
#define EDX_RDTSCP     (1u << 27)
#define EBX_TSC_ADJUST (1u << 1)
#define EFER_SCE       (1ull << 0)
#define EFER_NXE       (1ull << 11)

static const struct row {
	uint32_t msr;
	const char *name;
	uint64_t keeps;	 /* written, read back */
	uint64_t faults; /* must not be written; 0: nothing to try */
} rows[] = {
	{ 0x174, "SYSENTER_CS", 0x10, 0 },
	{ 0x175, "SYSENTER_ESP", 0xffff800000001000, 0 },
	{ 0x176, "SYSENTER_EIP", 0xffff800000002000, 0 },
	{ 0xc0000081, "STAR", 0x0010001800000000, 0 },
	{ 0xc0000082, "LSTAR", 0xffff800000003000, NON_CANONICAL },
	{ 0xc0000083, "CSTAR", 0xffff800000004000, NON_CANONICAL },
	{ 0xc0000084, "SFMASK", 0x47700, 0 },
	{ 0xc0000100, "FS.base", 0x123456789000, NON_CANONICAL },
	{ 0xc0000101, "GS.base", 0xffff888000000000, NON_CANONICAL },
	{ 0xc0000102, "KERNEL_GS_BASE", 0xffff888000001000, NON_CANONICAL },
	{ 0x277, "PAT", 0x0007050600070106, 0 },
	{ 0x2ff, "MTRR default type", 0xc06, 0xc02 },
	{ 0x200, "MTRR base 0", 0x80000006, 0x80000002 },
	{ 0x201, "MTRR mask 0", 0xff80000800, 0 },
	{ 0x250, "MTRR fixed 64K", 0x0606060606060606, 0x0202020202020202 },
};

/* What is never there: reads and writes fault. */
static const uint32_t absent[] = { 0x00000002, 0x0000bad0, 0x4000ffff, 0xc000ffff };

static void test_rows(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		uint64_t before, got = 0;

		if (!rdmsr_safe(r->msr, &before)) {
			report(false, "%s: is not there", r->name);
			continue;
		}
		report(wrmsr_safe(r->msr, r->keeps), "%s: takes a write", r->name);
		rdmsr_safe(r->msr, &got);
		equal(got, r->keeps, "%s: keeps it", r->name);
		/* KVM leaves addresses to the processor, which may be an emulated one */
		if (r->faults == NON_CANONICAL && wrmsr_safe(r->msr, r->faults))
			print("this processor takes any address for %s\n", r->name);
		else if (r->faults)
			report(!wrmsr_safe(r->msr, r->faults), "%s: refuses %lx", r->name,
			       r->faults);
		wrmsr_safe(r->msr, before);
	}
}

static void test_absent(void)
{
	uint64_t v;

	for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
		report(!rdmsr_safe(absent[i], &v), "%x: not there to read", absent[i]);
		report(!wrmsr_safe(absent[i], 0), "%x: not there to write", absent[i]);
	}
}

static void test_efer(void)
{
	uint64_t efer = rdmsr(MSR_EFER);

	equal(efer & (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA, "EFER: long mode");
	report(wrmsr_safe(MSR_EFER, efer | EFER_SCE | EFER_NXE), "EFER: SCE and NXE");
	equal(rdmsr(MSR_EFER), efer | EFER_SCE | EFER_NXE, "EFER: which stay");
	report(!wrmsr_safe(MSR_EFER, efer & ~(uint64_t)EFER_LME),
	       "EFER: LME stays while paging is on");
	report(!wrmsr_safe(MSR_EFER, efer | 1ull << 63), "EFER: reserved bits");
	wrmsr(MSR_EFER, efer);
}

static void test_reset_values(void)
{
	uint64_t cap = rdmsr(0xfe);

	equal(rdmsr(0x277), PAT_DEFAULT, "PAT: as after power-on");
	report((cap & 0xff) >= 8 && cap & 1 << 8, "MTRR: variable and fixed ones");
	report(!wrmsr_safe(0xfe, cap), "MTRR: their number is read-only");
}

static void test_tsc(void)
{
	uint64_t v;

	report(wrmsr_safe(MSR_TSC, 1ull << 50), "TSC: can be set");
	v = rdmsr(MSR_TSC);
	report(rdtsc() - v < 1ull << 40, "TSC: is what the MSR says");
	if (cpuid(0x80000001, 0).edx & EDX_RDTSCP)
		report(wrmsr_safe(MSR_TSC_AUX, 0x1234) && rdmsr(MSR_TSC_AUX) == 0x1234,
		       "TSC_AUX, as CPUID says");
	else
		print("no TSC_AUX\n");
	if (cpuid(7, 0).ebx & EBX_TSC_ADJUST)
		report(rdmsr_safe(MSR_TSC_ADJUST, &v), "TSC_ADJUST, as CPUID says");
	else
		print("no TSC_ADJUST\n");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	irq_init();
	test_reset_values();
	test_rows();
	test_absent();
	test_efer();
	test_tsc();
}
