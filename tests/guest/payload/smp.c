// SPDX-License-Identifier: BSD-2-Clause
/*
 * smp.c - every processor of the MADT comes up by INIT and SIPI, knows who it is, and sends an IPI.
 * The command line says "topology=CORES,THREADS", of a socket and a core, unless it is one socket of
 * cores. With ids above 254 the local APICs are in x2APIC mode from the start, and no IPI is sent.
 * Sources: SDM vol. 3A 8.9 (topology), 10.12 (x2APIC), vol. 2A CPUID leaves 1 and 0xB.
 */
#include "guest.h"

#define ICR_FIXED  0x4000
#define SVR_ENABLE 0x1ff
#define IPI_VECTOR 0x60
#define XAPIC_LAST 254
#define WAIT_TSC   3000000000ull

#define LEAF_TOPOLOGY 0xb
#define TOPOLOGY_SMT  (1 << 8)
#define TOPOLOGY_CORE (2 << 8)
#define EBX_APIC_ID   24

#define MSR_X2APIC_ID 0x802

/* What a processor found out about itself. */
struct facts {
	uint8_t cpuid_id;
	uint32_t lapic_id, x2apic_id, package_shift, package_cpus, core_shift, core_cpus, levels;
	uint32_t features_ecx;
	uint64_t tsc;
};
static volatile struct facts facts[CPUS_MAX];
static volatile unsigned up, ipis;

static void find_out(volatile struct facts *f)
{
	struct cpuid smt = cpuid(LEAF_TOPOLOGY, 0), core = cpuid(LEAF_TOPOLOGY, 1);

	f->lapic_id = in_x2apic() ? (uint32_t)rdmsr(MSR_X2APIC_ID) : lapic_read(LAPIC_ID) >> 24;
	f->cpuid_id = (uint8_t)(cpuid(1, 0).ebx >> EBX_APIC_ID);
	f->features_ecx = cpuid(1, 0).ecx;
	f->x2apic_id = smt.edx;
	f->levels = (smt.ecx & 0xff00) | (core.ecx & 0xff00) << 8;
	f->package_shift = core.eax & 0x1f;
	f->package_cpus = core.ebx & 0xffff;
	f->core_shift = smt.eax & 0x1f;
	f->core_cpus = smt.ebx & 0xffff;
	f->tsc = rdtsc();
}

static void run(void)
{
	volatile struct facts *f = &facts[up + 1];

	find_out(f);
	up++;
	if (in_x2apic())
		return;
	lapic_write(LAPIC_SVR, SVR_ENABLE);
	icr_send(0, ICR_FIXED | IPI_VECTOR); /* the boot processor's APIC id is 0 */
}

static void on_ipi(struct irq_frame *f)
{
	(void)f;
	ipis++;
}

/* In x2APIC mode it tells nobody. */
static bool wait_up(unsigned n)
{
	uint64_t since = rdtsc();

	while (up < n && rdtsc() - since < WAIT_TSC)
		__asm__ volatile("pause");
	return up == n;
}

static bool start_processor(uint32_t id)
{
	unsigned n = up + 1;

	return cpu_start(id, run) && (in_x2apic() || irq_wait(IPI_VECTOR, n)) && wait_up(n);
}

static unsigned bits(unsigned n)
{
	unsigned shift = 0;

	while ((1u << shift) < n)
		shift++;
	return shift;
}

static void check_facts(unsigned i, uint32_t id, unsigned cores, unsigned threads)
{
	volatile struct facts *f = &facts[i];
	unsigned core_shift = bits(threads), package_shift = core_shift + bits(cores);

	equal(id,
	      i / threads / cores << package_shift | i / threads % cores << core_shift |
		      i % threads,
	      "CPU %u: APIC id of the MADT", i);
	equal(f->lapic_id, id, "CPU %u: local APIC id is the MADT's", i);
	equal(f->cpuid_id, id & 0xff, "CPU %u: APIC id in CPUID 1", i);
	equal(f->x2apic_id, id, "CPU %u: APIC id in CPUID 0xB", i);
	equal(f->levels, TOPOLOGY_SMT | TOPOLOGY_CORE << 8, "CPU %u: threads, cores", i);
	equal(f->core_cpus, threads, "CPU %u: processors of the core", i);
	equal(f->core_shift, core_shift, "CPU %u: bits of the core's ids", i);
	equal(f->package_cpus, cores * threads, "CPU %u: processors of the package", i);
	equal(f->package_shift, package_shift, "CPU %u: bits of the package's ids", i);
	report(f->features_ecx >> 31, "CPU %u: hypervisor bit", i);
}

void guest_main(uint8_t *boot_params)
{
	static uint32_t id[CPUS_MAX];
	const char *topology = command_word("topology");
	unsigned n = cpus_list(id), cores = n, threads = 1;

	(void)boot_params;
	if (topology) {
		cores = (unsigned)command_number(&topology);
		threads = (unsigned)command_number(&topology);
	}
	equal(in_x2apic(), id[n - 1] > XAPIC_LAST, "x2APIC mode where an id needs it");
	if (!in_x2apic())
		irq_init();
	irq_handle(IPI_VECTOR, on_ipi);
	find_out(&facts[0]);
	for (unsigned i = 1; i < n; i++) {
		report(start_processor(id[i]), "CPU %u: up by INIT and SIPI", i);
		equal(cpu_real_cs, REAL_PAGE >> 4, "CPU %u: started in real mode", i);
	}
	for (unsigned i = 0; i < n; i++)
		check_facts(i, id[i], cores, threads);
	equal(ipis, in_x2apic() ? 0 : n - 1, "IPIs");
	print("%u processors\n", n);
}
