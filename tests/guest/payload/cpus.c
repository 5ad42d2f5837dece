// SPDX-License-Identifier: BSD-2-Clause
/*
 * cpus.c - the processors of the MADT, and starting one: see smp_entry.S.
 * Sources: ACPI 6.5 5.2.12; SDM vol. 3A 8.4 (start-up), 10.6 (ICR), 10.12 (x2APIC).
 */
#include "guest.h"

#define ICR_INIT    0x4500
#define ICR_SIPI    0x4600
#define MADT_LAPIC  0
#define MADT_X2APIC 9
#define MADT_FIRST  44
#define STACKS	    8
#define STACK_SIZE  4096
#define START_TSC   3000000000ull

#define BASE_EXTD      (1 << 10)
#define MSR_X2APIC_ICR 0x830

extern uint8_t ap_code[], ap_code_end[];
extern uint32_t ap_gdt_base;
extern struct {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed)) gdt_pointer;
extern uint64_t ap_stack;

volatile uint16_t cpu_real_cs;
static void (*volatile ap_fn)(void);
static volatile unsigned started;
static uint8_t stack[STACKS][STACK_SIZE] __attribute__((aligned(16)));

unsigned cpus_list(uint32_t id[CPUS_MAX])
{
	const uint8_t *madt = acpi_find("APIC");
	unsigned n = 0;

	for (uint64_t at = MADT_FIRST; at < get(madt + 4, 4) && n < CPUS_MAX; at += madt[at + 1])
		if (madt[at] == MADT_LAPIC && madt[at + 4] & 1)
			id[n++] = madt[at + 3];
		else if (madt[at] == MADT_X2APIC && madt[at + 8] & 1)
			id[n++] = (uint32_t)get(madt + at + 4, 4);
	return n;
}

bool in_x2apic(void)
{
	return rdmsr(MSR_APIC_BASE) & BASE_EXTD;
}

void icr_send(uint32_t id, uint32_t command)
{
	if (in_x2apic()) {
		wrmsr(MSR_X2APIC_ICR, (uint64_t)id << 32 | command);
		return;
	}
	lapic_write(LAPIC_ICR_HI, id << 24);
	lapic_write(LAPIC_ICR, command);
}

void ap_main(uint16_t real_cs);
void ap_main(uint16_t real_cs)
{
	cpu_real_cs = real_cs;
	started++; /* one comes up at a time */
	ap_fn();
}

bool cpu_start(uint32_t id, void (*fn)(void))
{
	unsigned n = started + 1;
	uint64_t since;

	ap_gdt_base = (uint32_t)gdt_pointer.base;
	memcpy((void *)REAL_PAGE, ap_code, (size_t)(ap_code_end - ap_code));
	ap_stack = (uint64_t)stack[n < STACKS ? n : 0] + STACK_SIZE;
	ap_fn = fn;
	icr_send(id, ICR_INIT);
	icr_send(id, ICR_SIPI | REAL_PAGE >> 12);
	since = rdtsc();
	while (started < n && rdtsc() - since < START_TSC)
		__asm__ volatile("pause");
	return started == n;
}
