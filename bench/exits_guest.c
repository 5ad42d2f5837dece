// SPDX-License-Identifier: BSD-2-Clause
/*
 * exits_guest.c - what an access costs that leaves the guest: TSC cycles for one, each line a batch of it.
 * The port is COM1's scratch register, the address one where nobody answers.
 */
#include "guest.h"
#include "layout.h"

#define BATCHES 20
#define BATCH	5000
#define PORT	(LAYOUT_PORT_COM1 + 7)
#define ADDRESS 0xfed00000

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		uint64_t start = rdtsc();

		for (unsigned i = 0; i < BATCH; i++)
			outb(PORT, 0);
		print("pio %lu\n", (rdtsc() - start) / BATCH);
		start = rdtsc();
		for (unsigned i = 0; i < BATCH; i++)
			read32(ADDRESS);
		print("mmio %lu\n", (rdtsc() - start) / BATCH);
	}
}
