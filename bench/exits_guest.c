// SPDX-License-Identifier: BSD-2-Clause
/*
 * exits_guest.c - what an access costs that leaves the guest: TSC cycles for one, each line a batch of it.
 * The port is COM1's scratch register, the address one where nobody answers. The loops are those of
 * exits_floor.c to the byte: what the host's KVM spends on an exit depends on the instructions around it.
 */
#include "guest.h"
#include "layout.h"

#define BATCHES 20
#define BATCH	5000
#define PORT	(LAYOUT_PORT_COM1 + 7)
#define ADDRESS 0xfed00000UL

static void batch_of_writes(void)
{
	uint64_t n = BATCH;

	__asm__ volatile("1: outb %%al, %%dx\n\tloop 1b" : "+c"(n) : "d"(PORT), "a"(0));
}

static void batch_of_reads(void)
{
	uint64_t n = BATCH;

	__asm__ volatile("1: movl (%%rbx), %%eax\n\tloop 1b" : "+c"(n) : "b"(ADDRESS) : "eax");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		uint64_t start = rdtsc();

		batch_of_writes();
		print("pio %lu\n", (rdtsc() - start) / BATCH);
		start = rdtsc();
		batch_of_reads();
		print("mmio %lu\n", (rdtsc() - start) / BATCH);
	}
}
