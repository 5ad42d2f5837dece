// SPDX-License-Identifier: BSD-2-Clause
/*
 * irq.c - IDT, local APIC and IOAPIC for payloads.
 * Sources: Intel SDM vol. 3A chapters 6 and 10; 82093AA (IOAPIC) data sheet.
 */
#include "guest.h"

#define EXCEPTIONS	32
#define VECTOR_GP	13
#define SVR_ENABLE	(1 << 8)
#define SPURIOUS	0xff
#define IOAPIC_INDEX	LAYOUT_IOAPIC
#define IOAPIC_WINDOW	(LAYOUT_IOAPIC + 0x10)
#define IOAPIC_REDTBL	0x10
#define IOAPIC_PINS	24
#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA	0xa1
#define WAIT_TSC	3000000000ull

extern uint8_t irq_entries[256][16];

volatile unsigned irq_count[256];
static irq_fn *volatile handler[256];

struct gate {
	uint16_t offset_low, selector, attributes, offset_mid;
	uint32_t offset_high, zero;
};
static struct gate idt[256] __attribute__((aligned(16)));

void irq_dispatch(struct irq_frame *f);
void irq_dispatch(struct irq_frame *f)
{
	unsigned vector = (unsigned)f->vector;

	if (vector < EXCEPTIONS && !handler[vector]) {
		report(false, "exception %u, error %lx, at %lx", vector, f->error, f->rip);
		finish();
	}
	irq_count[vector]++;
	if (handler[vector])
		handler[vector](f);
	if (vector >= EXCEPTIONS && vector != SPURIOUS)
		lapic_write(LAPIC_EOI, 0);
}

static void ioapic_write(unsigned reg, uint32_t v)
{
	write32(IOAPIC_INDEX, reg);
	write32(IOAPIC_WINDOW, v);
}

void irq_init_cpu(void)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" : : "m"(pointer));
	lapic_write(LAPIC_SVR, SVR_ENABLE | SPURIOUS);
}

void irq_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(idt); i++) {
		uint64_t entry = (uint64_t)irq_entries[i];

		idt[i] = (struct gate){ .offset_low = (uint16_t)entry,
					.selector = SEL_CODE64,
					.attributes = 0x8e00, /* present, interrupt gate */
					.offset_mid = (uint16_t)(entry >> 16),
					.offset_high = (uint32_t)(entry >> 32) };
	}
	outb(PIC_MASTER_DATA, 0xff);
	outb(PIC_SLAVE_DATA, 0xff);
	irq_init_cpu();
	for (unsigned gsi = 0; gsi < IOAPIC_PINS; gsi++)
		ioapic_route(gsi, SPURIOUS, IRQ_MASKED);
}

void irq_handle(unsigned vector, irq_fn *fn)
{
	handler[vector] = fn;
}

void ioapic_route(unsigned gsi, unsigned vector, uint32_t flags)
{
	ioapic_write(IOAPIC_REDTBL + 2 * gsi + 1, 0);
	ioapic_write(IOAPIC_REDTBL + 2 * gsi, vector | flags);
}

bool irq_wait(unsigned vector, unsigned n)
{
	uint64_t start = rdtsc();

	irq_on();
	while (irq_count[vector] < n && rdtsc() - start < WAIT_TSC)
		__asm__ volatile("pause");
	irq_off();
	return irq_count[vector] >= n;
}

/* RDMSR and WRMSR are two bytes long: step over the one at fault. */
static volatile bool faulted;

static void on_gp(struct irq_frame *f)
{
	faulted = true;
	f->rip += 2;
}

bool rdmsr_safe(uint32_t msr, uint64_t *v)
{
	irq_fn *before = handler[VECTOR_GP];

	faulted = false;
	handler[VECTOR_GP] = on_gp;
	*v = rdmsr(msr);
	handler[VECTOR_GP] = before;
	return !faulted;
}

bool wrmsr_safe(uint32_t msr, uint64_t v)
{
	irq_fn *before = handler[VECTOR_GP];

	faulted = false;
	handler[VECTOR_GP] = on_gp;
	wrmsr(msr, v);
	handler[VECTOR_GP] = before;
	return !faulted;
}
