// SPDX-License-Identifier: BSD-2-Clause
/*
 * mb_apic.c - the local APIC: registers, priorities, interrupts to itself, errors, x2APIC mode.
 * Source: SDM vol. 3A 10.4 to 10.12.
 */
#include "guest.h"

#define LAPIC_VERSION 0x30
#define LAPIC_TPR     0x80
#define LAPIC_PPR     0xa0
#define LAPIC_LDR     0xd0
#define LAPIC_DFR     0xe0
#define LAPIC_IRR     0x200
#define LAPIC_ESR     0x280
#define LAPIC_LINT0   0x350
#define LAPIC_LINT1   0x360
#define LAPIC_LVT_ERR 0x370

#define SVR_ENABLE   0x1ff
#define ICR_SELF     0x44000 /* shorthand: self; fixed, assert */
#define ICR_LOGICAL  0x4800
#define ICR_NMI	     0x4400
#define ICR_BUSY     (1 << 12)
#define DFR_FLAT     0xffffffff
#define VECTOR_NMI   2
#define LOW	     0x51
#define HIGH	     0x72
#define ERROR_VECTOR 0x73

#define BASE_BSP    (1 << 8)
#define BASE_EXTD   (1 << 10)
#define BASE_ENABLE (1 << 11)
#define X2(reg)	    (0x800 + (reg) / 16)
#define X2_SELF_IPI 0x83f

static unsigned order[8], n_order;

static void note(struct irq_frame *f)
{
	if (n_order < ARRAY_SIZE(order))
		order[n_order++] = (unsigned)f->vector;
}

static bool bit_of(unsigned reg, unsigned vector)
{
	return lapic_read(reg + vector / 32 * 16) >> vector % 32 & 1;
}

static void test_registers(void)
{
	uint32_t version = lapic_read(LAPIC_VERSION);

	equal(rdmsr(MSR_APIC_BASE) & ~(uint64_t)BASE_BSP, LAYOUT_LAPIC | BASE_ENABLE,
	      "base: on, where it belongs");
	report(rdmsr(MSR_APIC_BASE) & BASE_BSP, "base: this is the boot processor");
	report((version & 0xff) >= 0x10 && (version & 0xff) <= 0x1f, "version: integrated");
	report((version >> 16 & 0xff) >= 3, "version: local vectors");
	equal(lapic_read(LAPIC_ID) >> 24, cpuid(1, 0).ebx >> 24, "id is CPUID's");
	lapic_write(LAPIC_ID, 0x55000000);
	lapic_write(LAPIC_VERSION, 0);
	equal(lapic_read(LAPIC_VERSION), version, "version is read-only");
	lapic_write(LAPIC_ID, 0);
	for (unsigned reg = LAPIC_LINT0; reg <= LAPIC_LVT_ERR; reg += 16) {
		lapic_write(reg, 0x10000 | LOW);
		equal(lapic_read(reg), 0x10000 | LOW, "local vector %x", reg);
	}
	lapic_write(LAPIC_SVR, 0xff);
	lapic_write(LAPIC_LINT1, LOW);
	report(lapic_read(LAPIC_LINT1) & IRQ_MASKED, "off: local vectors stay masked");
	lapic_write(LAPIC_SVR, SVR_ENABLE);
}

static void self(unsigned vector)
{
	lapic_write(LAPIC_ICR, ICR_SELF | vector);
}

static void test_priorities(void)
{
	irq_handle(LOW, note);
	irq_handle(HIGH, note);
	self(LOW);
	self(HIGH);
	report(!(lapic_read(LAPIC_ICR) & ICR_BUSY), "ICR is idle");
	report(bit_of(LAPIC_IRR, LOW) && bit_of(LAPIC_IRR, HIGH), "both wait in the IRR");
	irq_on();
	irq_off();
	report(irq_wait(LOW, 1) && irq_wait(HIGH, 1), "both came");
	report(order[0] == HIGH && order[1] == LOW, "the higher one first");
	report(!bit_of(LAPIC_ISR, HIGH) && !bit_of(LAPIC_ISR, LOW), "none is in service");

	lapic_write(LAPIC_TPR, LOW | 0xf);
	/* the lower half is lost where KVM keeps the TPR as the CR8 of an AMD processor */
	equal(lapic_read(LAPIC_PPR) & 0xf0, LOW & 0xf0, "PPR follows TPR");
	self(LOW);
	self(HIGH);
	report(irq_wait(HIGH, 2), "above the TPR: comes");
	irq_on();
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("pause");
	irq_off();
	equal(irq_count[LOW], 1, "below the TPR: waits");
	report(bit_of(LAPIC_IRR, LOW), "in the IRR");
	__asm__ volatile("mov %0, %%cr8" : : "r"(0ull));
	equal(lapic_read(LAPIC_TPR), 0, "CR8 is the TPR");
	report(irq_wait(LOW, 2), "and comes when it is lowered");
}

static bool in_service, below;

static void check_service(struct irq_frame *f)
{
	(void)f;
	in_service = bit_of(LAPIC_ISR, HIGH) && !bit_of(LAPIC_IRR, HIGH);
	self(LOW);
	irq_on(); /* LOW must not get in before the EOI */
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("pause");
	irq_off();
	below = irq_count[LOW] == 2;
}

static void test_service(void)
{
	irq_handle(HIGH, check_service);
	self(HIGH);
	report(irq_wait(HIGH, 3), "interrupt to itself");
	report(irq_wait(LOW, 3), "interrupt to itself from the handler");
	if (!in_service && !below) {
		print("this KVM takes delivery for the EOI\n");
	} else {
		report(in_service, "in service while it is handled");
		report(below, "one of a lower class waits for the EOI");
	}
	irq_handle(HIGH, note);
}

static void test_logical(void)
{
	lapic_write(LAPIC_DFR, DFR_FLAT);
	lapic_write(LAPIC_LDR, 0x04000000);
	icr_send(0x0c, ICR_LOGICAL | LOW);
	report(irq_wait(LOW, 4), "logical destination, one of two bits");
	icr_send(0x08, ICR_LOGICAL | LOW);
	irq_on();
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("pause");
	irq_off();
	equal(irq_count[LOW], 4, "another's bit");
}

static void test_nmi(void)
{
	irq_handle(VECTOR_NMI, note);
	icr_send(lapic_read(LAPIC_ID) >> 24, ICR_NMI);
	for (unsigned i = 0; i < 1000 && !irq_count[VECTOR_NMI]; i++)
		__asm__ volatile("pause");
	equal(irq_count[VECTOR_NMI], 1, "NMI to itself, with interrupts off");
}

static void test_errors(void)
{
	lapic_write(LAPIC_LVT_ERR, ERROR_VECTOR);
	lapic_write(LAPIC_ESR, 0);
	lapic_write(LAPIC_ICR, ICR_SELF | 5);
	lapic_write(LAPIC_ESR, 0);
	print("ESR after a message with vector 5: %x\n", lapic_read(LAPIC_ESR));
	irq_handle(5, note);
	irq_on();
	irq_off();
	equal(irq_count[5], 0, "vector 5 never comes");
	lapic_write(LAPIC_LVT_ERR, IRQ_MASKED | ERROR_VECTOR);
}

/* The same APIC by MSRs; only a switched-off one goes back. */
static void test_x2apic(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE), v;
	unsigned before = irq_count[LOW];

	report(!rdmsr_safe(X2(LAPIC_ID), &v), "xAPIC mode: its MSRs fault");
	report(wrmsr_safe(MSR_APIC_BASE, base | BASE_EXTD), "x2APIC mode");
	equal(rdmsr(X2(LAPIC_ID)), cpuid(0xb, 0).edx, "id");
	equal(rdmsr(X2(LAPIC_LDR)), 1ull << (cpuid(0xb, 0).edx & 0xf), "logical id");
	report(!wrmsr_safe(X2(LAPIC_ID), 0), "id is read-only");
	report(!wrmsr_safe(X2(LAPIC_TPR), 1ull << 32), "reserved bits of the TPR");
	report(!rdmsr_safe(X2(LAPIC_DFR), &v), "no DFR");
	report(!wrmsr_safe(MSR_APIC_BASE, base), "no way straight back");
	wrmsr(X2_SELF_IPI, LOW);
	irq_handle(LOW, NULL);
	irq_on();
	for (unsigned i = 0; i < 100000 && irq_count[LOW] == before; i++)
		__asm__ volatile("pause");
	irq_off();
	equal(irq_count[LOW], before + 1, "interrupt to itself");
	report(wrmsr_safe(MSR_APIC_BASE, base & ~(uint64_t)BASE_ENABLE), "off");
	report(wrmsr_safe(MSR_APIC_BASE, base), "and on, in xAPIC mode");
	equal(lapic_read(LAPIC_ID) >> 24, cpuid(1, 0).ebx >> 24, "which answers");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	irq_init();
	test_registers();
	test_priorities();
	test_service();
	test_logical();
	test_nmi();
	test_errors();
	test_x2apic();
}
