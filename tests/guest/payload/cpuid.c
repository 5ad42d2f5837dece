// SPDX-License-Identifier: BSD-2-Clause
/*
 * cpuid.c - what tells a guest that it is one, and how fast its clocks are.
 * Sources: SDM vol. 2A CPUID; Linux Documentation/virt/kvm/x86/cpuid.rst; VMware's timing leaf.
 */
#include "guest.h"

#define ECX_HYPERVISOR (1u << 31)
#define EDX_INVARIANT  (1u << 8)
#define PIT_HZ	       1193182
#define PIT_CONTROL    0x43
#define PIT_CHANNEL2   0x42
#define PIT_ONE_SHOT   0xb0 /* channel 2, both bytes, mode 0 */
#define PIT_GATE       0x61
#define GATE_ON	       0x01
#define GATE_OUT       0x20
#define TICKS	       11932 /* 10 ms */
#define TRIES	       20    /* a host that is busy elsewhere spoils some */

/* TSC ticks of 10 ms, by PIT channel 2, in kHz. */
static uint64_t measure_khz(void)
{
	uint64_t start;

	outb(PIT_GATE, GATE_ON);
	outb(PIT_CONTROL, PIT_ONE_SHOT);
	outb(PIT_CHANNEL2, TICKS & 0xff);
	outb(PIT_CHANNEL2, TICKS >> 8);
	start = rdtsc();
	while (!(inb(PIT_GATE) & GATE_OUT))
		;
	return (rdtsc() - start) * PIT_HZ / TICKS / 1000;
}

static bool close_to(uint64_t measured, uint64_t khz)
{
	return measured > khz / 10 * 9 && measured < khz / 10 * 11;
}

static void test_frequency(struct cpuid hv)
{
	struct cpuid tsc = cpuid(0x15, 0), mhz = cpuid(0x16, 0), timing = cpuid(0x40000010, 0);
	uint64_t khz, measured = 0;

	report(cpuid(0, 0).eax >= 0x16, "leaves up to 0x16");
	report(hv.eax >= 0x40000010, "hypervisor leaves up to 0x40000010");
	report(tsc.eax && tsc.ebx && tsc.ecx, "0x15: crystal and ratio");
	if (!tsc.eax)
		return;
	khz = (uint64_t)tsc.ecx * tsc.ebx / tsc.eax / 1000;
	equal(timing.eax, khz, "0x40000010: kHz of the TSC as in 0x15");
	equal(timing.ebx * 1000ull, tsc.ecx, "0x40000010: kHz of the APIC bus as in 0x15");
	equal(mhz.eax & 0xffff, khz / 1000, "0x16: MHz as in 0x15");
	for (unsigned i = 0; i < TRIES && !close_to(measured, khz); i++)
		measured = measure_khz();
	print("TSC %lu kHz, by the PIT %lu kHz\n", khz, measured);
	report(close_to(measured, khz), "the TSC is that fast");
	report(cpuid(0x80000007, 0).edx & EDX_INVARIANT, "invariant TSC");
}

void guest_main(uint8_t *boot_params)
{
	struct cpuid hv = cpuid(0x40000000, 0);
	char signature[13] = "";

	(void)boot_params;
	report(cpuid(1, 0).ecx & ECX_HYPERVISOR, "hypervisor bit");
	memcpy(signature, &hv.ebx, 12);
	print("hypervisor [%s]\n", signature);
	report(!memcmp(signature, "KVMKVMKVM", 10), "hypervisor signature");
	test_frequency(hv);
}
