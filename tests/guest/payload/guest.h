/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.h - what a payload has instead of a C library: serial output, checks, ports, MMIO, PCI config
 * space, interrupts, ways to end.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asm.h"
#include "layout.h"

#define KiB	      (1ul << 10)
#define MiB	      (1ul << 20)
#define GiB	      (1ul << 30)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the payload; when it returns, finish() is called ---- */
void guest_main(uint8_t *boot_params);
/* Called before it: what another boot protocol handed over becomes a zero page. Nothing, for a bzImage. */
void guest_prepare(void);

/* Registers at the entry, before anything touched them. */
struct entry_state {
	uint64_t rsp, rsi, rflags, cr0, cr3, cr4;
	uint32_t efer, unused;
	uint16_t cs, ds, es, ss;
	uint16_t gdt_limit;
	uint64_t gdt_base;
} __attribute__((packed));
extern struct entry_state entry_state;

/* ---- ports and memory ---- */
#define DEFINE_PORT(suffix, type)                                                                  \
	static inline void out##suffix(uint16_t port, type v)                                      \
	{                                                                                          \
		__asm__ volatile("out" #suffix " %0, %1" : : "a"(v), "Nd"(port) : "memory");       \
	}                                                                                          \
	static inline type in##suffix(uint16_t port)                                               \
	{                                                                                          \
		type v;                                                                            \
                                                                                                   \
		__asm__ volatile("in" #suffix " %1, %0" : "=a"(v) : "Nd"(port) : "memory");        \
		return v;                                                                          \
	}
DEFINE_PORT(b, uint8_t)
DEFINE_PORT(w, uint16_t)
DEFINE_PORT(l, uint32_t)

/* One access of exactly this width, which the compiler neither splits nor merges. */
#define DEFINE_MMIO(bits, suffix)                                                                  \
	static inline void write##bits(uint64_t gpa, uint##bits##_t v)                             \
	{                                                                                          \
		__asm__ volatile("mov" #suffix " %0, (%1)" : : "r"(v), "r"(gpa) : "memory");       \
	}                                                                                          \
	static inline uint##bits##_t read##bits(uint64_t gpa)                                      \
	{                                                                                          \
		uint##bits##_t v;                                                                  \
                                                                                                   \
		__asm__ volatile("mov" #suffix " (%1), %0" : "=r"(v) : "r"(gpa) : "memory");       \
		return v;                                                                          \
	}
DEFINE_MMIO(8, b)
DEFINE_MMIO(16, w)
DEFINE_MMIO(32, l)
DEFINE_MMIO(64, q)

/* Little-endian bytes at any address as a number. */
static inline uint64_t get(const void *p, unsigned len)
{
	const uint8_t *byte = p;
	uint64_t v = 0;

	while (len--)
		v = v << 8 | byte[len];
	return v;
}

void *memcpy(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
bool starts_with(const char *s, const char *prefix);

/* Give this GiB of guest-physical memory (4 or more: the VMM maps the first four) its own page table
 * entry, virtual address equal to physical. */
void map_gib(uint64_t gpa);

/* ---- the memory map that the VMM hands over ---- */
#define E820_RAM      1
#define E820_RESERVED 2

unsigned e820_entries(void);
/* Type of the n-th entry, and the range it is about. */
uint32_t e820_entry(unsigned n, uint64_t *start, uint64_t *size);
/* Whether [gpa, gpa + size) lies in one entry of this type. */
bool e820_has(uint64_t gpa, uint64_t size, uint32_t type);

/* ---- output on COM1 ---- */
/* %s %c %u %d %x with l or ll, 0 and width; nothing else */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print "ok NAME" or "FAIL NAME". */
void report(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for got == want, with both values when they differ. */
void equal(uint64_t got, uint64_t want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The kernel command line. */
const char *command_line(void);
/* What follows "NAME=" in the word that starts so, or "" for the word NAME; NULL without either. */
const char *command_word(const char *name);
/* The number, with 0x in hex, at *s, which moves behind it and a comma. */
uint64_t command_number(const char **s);

/* ---- PCI config space; devfn = device << 3 | function ---- */
uint32_t cf8_address(unsigned bus, unsigned devfn, unsigned reg);
uint32_t cf8_read32(unsigned bus, unsigned devfn, unsigned reg);
void cf8_write32(unsigned bus, unsigned devfn, unsigned reg, uint32_t v);
static inline uint64_t ecam(unsigned devfn, unsigned reg)
{
	return LAYOUT_ECAM + (devfn << 12) + reg;
}

/* ---- interrupts ---- */
#define LAPIC_ID      0x20
#define LAPIC_EOI     0xb0
#define LAPIC_SVR     0xf0
#define LAPIC_ISR     0x100
#define LAPIC_ICR     0x300
#define LAPIC_ICR_HI  0x310
#define LAPIC_TIMER   0x320
#define LAPIC_INITIAL 0x380
#define LAPIC_CURRENT 0x390
#define LAPIC_DIVIDE  0x3e0

#define IRQ_MASKED (1 << 16)
#define IRQ_LEVEL  (1 << 15)

/* What an interrupt handler may want to know; nothing but vector is stable across payloads. */
struct irq_frame {
	uint64_t gpr[15], vector, error, rip, cs, rflags, rsp, ss;
};
typedef void irq_fn(struct irq_frame *f);

/* Load an IDT, switch on the local APIC, mask the PICs and every IOAPIC input. */
void irq_init(void);
/* The IDT and local APIC of a processor that was started later. */
void irq_init_cpu(void);
/*
 * Call fn, then EOI, on this vector. Counted in irq_count whether fn is NULL or not. An exception (below
 * 32) without fn fails the payload; there is no EOI after its fn.
 */
void irq_handle(unsigned vector, irq_fn *fn);
extern volatile unsigned irq_count[256];
/* flags: 0 or IRQ_LEVEL (active high, fixed delivery to APIC 0), or IRQ_MASKED. */
void ioapic_route(unsigned gsi, unsigned vector, uint32_t flags);
/* With interrupts on, wait until irq_count[vector] reaches n; false after about a second. */
bool irq_wait(unsigned vector, unsigned n);

static inline uint32_t lapic_read(unsigned reg)
{
	return read32(LAYOUT_LAPIC + reg);
}

static inline void lapic_write(unsigned reg, uint32_t v)
{
	write32(LAYOUT_LAPIC + reg, v);
}

static inline void irq_on(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irq_off(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* Sleep until an interrupt was handled; interrupts are off before and after. */
static inline void irq_sleep(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* ---- processor ---- */
struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t index)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(index));
	return r;
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

/* Read or write an MSR: false where that is a general-protection fault. After irq_init(). */
bool rdmsr_safe(uint32_t msr, uint64_t *v);
bool wrmsr_safe(uint32_t msr, uint64_t v);

/* ---- other processors: cpus.c, and only there ---- */
#define CPUS_MAX 512

/* APIC ids of the MADT; their number. */
unsigned cpus_list(uint32_t id[CPUS_MAX]);
bool in_x2apic(void);
/* Write the interrupt command register of this processor, in either mode. */
void icr_send(uint32_t id, uint32_t command);
/*
 * INIT and SIPI for the processor with this APIC id, which calls fn on a stack of its own (the 8 first;
 * others share one) and halts when it returns. False: it did not come up within a second.
 */
bool cpu_start(uint32_t id, void (*fn)(void));
/* Where that processor started: CS of real mode. */
extern volatile uint16_t cpu_real_cs;

/* ---- ACPI ---- */
/* Table by signature, as an operating system finds it, or NULL. */
const uint8_t *acpi_find(const char *signature);
bool acpi_sum_is_zero(const void *p, size_t len);

/* ---- ways to end ---- */
void poweroff(void) __attribute__((noreturn)); /* igdvm exits with 0 */
void triple_fault(void) __attribute__((noreturn));
/*
 * Print how many checks were made; end by the debug-exit port with the number of those that failed where
 * there is one (--debug-exit), else power off.
 */
void finish(void) __attribute__((noreturn));
/* Nothing to test here: the runner reports the test as skipped, with this reason. */
void skip(const char *reason) __attribute__((noreturn));

#endif
