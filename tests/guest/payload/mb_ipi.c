// SPDX-License-Identifier: BSD-2-Clause
/*
 * mb_ipi.c - interrupts between processors (--cpus 4): each way to name them, NMI, INIT, and a memory
 * location that all of them count up.
 * Source: SDM vol. 3A 8.4, 10.6.
 */
#include "guest.h"

#define CPUS	    8
#define ICR_FIXED   0x4000
#define ICR_LOWEST  0x4100
#define ICR_NMI	    0x4400
#define ICR_LOGICAL (1 << 11)
#define ICR_ALL	    (2 << 18)
#define ICR_OTHERS  (3 << 18)
#define VECTOR_NMI  2
#define VECTOR	    0x60
#define LAPIC_LDR   0xd0
#define WAIT_TSC    3000000000ull
#define ROUNDS	    10000

static volatile unsigned got[CPUS], nmis[CPUS], up;
static volatile bool stop;
static volatile uint64_t counter;
static volatile unsigned counted;

static unsigned self(void)
{
	return lapic_read(LAPIC_ID) >> 24;
}

static void on_ipi(struct irq_frame *f)
{
	(void)f;
	got[self()]++;
}

static void on_nmi(struct irq_frame *f)
{
	(void)f;
	nmis[self()]++;
}

static void count(void)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		__asm__ volatile("lock incq %0" : "+m"(counter));
	__asm__ volatile("lock incl %0" : "+m"(counted));
}

/* Interrupts on, and asleep in between. */
static void serve(void)
{
	irq_init_cpu();
	lapic_write(LAPIC_LDR, 1u << (24 + self()));
	__asm__ volatile("lock incl %0" : "+m"(up));
	while (!stop)
		irq_sleep();
	count();
}

static bool wait_for(volatile unsigned *n, unsigned want)
{
	uint64_t since = rdtsc();

	while (*n < want && rdtsc() - since < WAIT_TSC)
		__asm__ volatile("sti; pause; cli" : : : "memory");
	return *n == want;
}

static void forget(void)
{
	memset((void *)got, 0, sizeof(got));
}

/* Send, and see who of n processors has it, as bits. */
static void expect(uint32_t to, uint32_t command, unsigned who, unsigned n, const char *what)
{
	unsigned have = 0;

	forget();
	icr_send(to, command | VECTOR);
	for (unsigned i = 0; i < n; i++)
		if (who >> i & 1)
			wait_for(&got[i], 1);
	for (unsigned i = 0; i < n; i++)
		have |= (unsigned)(got[i] == 1) << i;
	equal(have, who, "%s", what);
}

static void test_lowest(unsigned n)
{
	uint64_t since = rdtsc();
	unsigned all = 0;

	forget();
	icr_send((1u << n) - 1, ICR_LOWEST | ICR_LOGICAL | VECTOR);
	while (!all && rdtsc() - since < WAIT_TSC) {
		__asm__ volatile("sti; pause; cli" : : : "memory");
		for (unsigned i = 0; i < n; i++)
			all += got[i];
	}
	equal(all, 1, "lowest priority: one of them");
}

static void test_many(void)
{
	forget();
	for (unsigned i = 1; i <= 1000; i++) {
		icr_send(1, ICR_FIXED | VECTOR);
		if (!wait_for(&got[1], i))
			break;
	}
	equal(got[1], 1000, "a thousand in a row");
}

void guest_main(uint8_t *boot_params)
{
	static uint32_t id[CPUS_MAX];
	unsigned n = cpus_list(id), everyone = (1u << n) - 1;

	(void)boot_params;
	if (n < 2 || n > CPUS) {
		report(false, "%u processors: --cpus 2 to 8", n);
		return;
	}
	irq_init();
	irq_handle(VECTOR, on_ipi);
	irq_handle(VECTOR_NMI, on_nmi);
	lapic_write(LAPIC_LDR, 1u << 24);
	for (unsigned i = 1; i < n; i++)
		report(cpu_start(id[i], serve) && wait_for(&up, i), "CPU %u is up", i);
	for (unsigned i = 0; i < n; i++)
		expect(id[i], ICR_FIXED, 1u << i, n, "fixed, by its id");
	expect(0, ICR_FIXED | ICR_ALL, everyone, n, "all");
	expect(0, ICR_FIXED | ICR_OTHERS, everyone & ~1u, n, "all but self");
	expect(0xff, ICR_FIXED, everyone, n, "broadcast id");
	expect(2, ICR_FIXED | ICR_LOGICAL, 2, n, "logical, one");
	expect(everyone, ICR_FIXED | ICR_LOGICAL, everyone, n, "logical, all");
	expect(0xf0 & ~everyone, ICR_FIXED | ICR_LOGICAL, 0, n, "logical, none");
	test_lowest(n);
	test_many();
	icr_send(id[n - 1], ICR_NMI);
	report(wait_for(&nmis[n - 1], 1), "NMI to a sleeping processor");

	stop = true;
	icr_send(0, ICR_FIXED | ICR_OTHERS | VECTOR);
	count();
	report(wait_for(&counted, n), "all have counted");
	equal(counter, (uint64_t)n * ROUNDS, "none of it was lost");

	up = 0;
	stop = false;
	report(cpu_start(id[1], serve) && wait_for(&up, 1), "INIT and SIPI once more");
	expect(id[1], ICR_FIXED, 2, n, "which hears again");
}
