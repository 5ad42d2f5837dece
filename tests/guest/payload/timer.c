// SPDX-License-Identifier: BSD-2-Clause
/*
 * timer.c - interrupts of the PIT through IOAPIC input 2, and of the local APIC's timer.
 * Sources: Intel 8254 data sheet; SDM vol. 3A 10.5.4.
 */
#include "guest.h"

#define PIT_CHANNEL0 0x40
#define PIT_CONTROL  0x43
#define PIT_RATE     0x34 /* channel 0, both bytes, mode 2 */
#define PIT_HZ	     1193182
#define GSI_PIT	     2 /* where a PC wires it; the MADT says so */
#define PIT_VECTOR   0x41
#define APIC_VECTOR  0x42

#define TIMER_PERIODIC (1 << 17)
#define TIMER_DEADLINE (2 << 17)
#define DIVIDE_BY_16   0x3
#define MSR_DEADLINE   0x6e0
#define ECX_DEADLINE   (1u << 24)
#define ECX_X2APIC     (1u << 21)
#define APIC_BASE_X2   (1 << 10)
#define MSR_X2APIC     0x800

static void test_pit(void)
{
	const uint16_t divisor = PIT_HZ / 1000;
	unsigned count;

	outb(PIT_CONTROL, PIT_RATE);
	outb(PIT_CHANNEL0, divisor & 0xff);
	outb(PIT_CHANNEL0, divisor >> 8);
	ioapic_route(GSI_PIT, PIT_VECTOR, 0);
	report(irq_wait(PIT_VECTOR, 5), "PIT interrupts on GSI 2");
	count = irq_count[PIT_VECTOR];
	irq_sleep();
	report(irq_count[PIT_VECTOR] > count, "PIT wakes a halted CPU");
	ioapic_route(GSI_PIT, PIT_VECTOR, IRQ_MASKED);
	count = irq_count[PIT_VECTOR];
	irq_on();
	for (unsigned i = 0; i < 5000; i++)
		__asm__ volatile("pause");
	irq_off();
	report(irq_count[PIT_VECTOR] <= count + 1, "a masked input is silent");
}

static void test_apic_timer(void)
{
	uint32_t first;

	lapic_write(LAPIC_DIVIDE, DIVIDE_BY_16);
	lapic_write(LAPIC_TIMER, APIC_VECTOR | IRQ_MASKED);
	lapic_write(LAPIC_INITIAL, 0xffffffff);
	first = lapic_read(LAPIC_CURRENT);
	for (unsigned i = 0; i < 100; i++)
		__asm__ volatile("pause");
	report(lapic_read(LAPIC_CURRENT) < first, "APIC timer counts down");

	lapic_write(LAPIC_TIMER, APIC_VECTOR);
	lapic_write(LAPIC_INITIAL, 62500); /* 1 ms */
	report(irq_wait(APIC_VECTOR, 1), "APIC timer, one shot");
	equal(lapic_read(LAPIC_CURRENT), 0, "and it has stopped");
	lapic_write(LAPIC_TIMER, APIC_VECTOR | TIMER_PERIODIC);
	lapic_write(LAPIC_INITIAL, 62500);
	report(irq_wait(APIC_VECTOR, 4), "APIC timer, periodic");
	irq_sleep();
	lapic_write(LAPIC_INITIAL, 0);
}

static void test_deadline(void)
{
	unsigned count;

	if (!(cpuid(1, 0).ecx & ECX_DEADLINE)) {
		print("no TSC deadline timer\n");
		return;
	}
	lapic_write(LAPIC_TIMER, APIC_VECTOR | TIMER_DEADLINE);
	__asm__ volatile("mfence");
	count = irq_count[APIC_VECTOR];
	wrmsr(MSR_DEADLINE, rdtsc() + 1000000);
	report(irq_wait(APIC_VECTOR, count + 1), "APIC timer, TSC deadline");
	equal(rdmsr(MSR_DEADLINE), 0, "and it is disarmed");
}

/* The same APIC through MSRs. There is no way back, so this is last. */
static void test_x2apic(void)
{
	uint32_t id = lapic_read(LAPIC_ID) >> 24;

	report(cpuid(1, 0).ecx & ECX_X2APIC, "CPUID has x2APIC");
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2);
	equal(rdmsr(MSR_X2APIC + LAPIC_ID / 16), id, "x2APIC id");
	wrmsr(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & ~0xc00ull));
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	irq_init();
	test_pit();
	test_apic_timer();
	test_deadline();
	test_x2apic();
}
