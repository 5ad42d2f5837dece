// SPDX-License-Identifier: BSD-2-Clause
/*
 * memory.c - e820 RAM is there, all of it, each byte once, and nothing answers beside it.
 * With "ends" on the command line only the ends of each range are looked at, where there is much.
 */
#include "guest.h"

#define E820_ENTRIES 0x1e8
#define E820_TABLE   0x2d0
#define E820_SIZE    20
#define E820_RAM     1
#define PROBE_STEP   (64 * MiB)
#define PROBES_MAX   256

static uint64_t probe[PROBES_MAX];
static unsigned n_probes;

static bool is_ours(uint64_t gpa)
{
	return gpa >= 0x200000 && gpa < 0x300000;
}

static void add_probe(uint64_t gpa)
{
	if (n_probes < PROBES_MAX && !is_ours(gpa))
		probe[n_probes++] = gpa;
}

static uint64_t pattern(uint64_t gpa)
{
	return gpa * 0x9e3779b97f4a7c15 + 1;
}

static void add_ends(uint64_t start, uint64_t size)
{
	uint64_t last = start + size - 8;

	if (start >= 4 * GiB)
		map_gib(start);
	if (last >= 4 * GiB && (start < 4 * GiB || last / GiB != start / GiB))
		map_gib(last);
	add_probe(start);
	add_probe(last);
}

static void add_range(uint64_t start, uint64_t size)
{
	for (uint64_t gib = start & ~(GiB - 1); gib < start + size; gib += GiB)
		if (gib >= 4 * GiB)
			map_gib(gib);
	add_probe(start);
	for (uint64_t gpa = (start + PROBE_STEP) & ~(PROBE_STEP - 1); gpa < start + size - 8;
	     gpa += PROBE_STEP)
		add_probe(gpa);
	add_probe(start + size - 8);
}

void guest_main(uint8_t *boot_params)
{
	uint64_t total = 0, top = 0, wrong = 0;

	for (unsigned i = 0; i < boot_params[E820_ENTRIES]; i++) {
		const uint8_t *e = boot_params + E820_TABLE + i * E820_SIZE;

		if (get(e + 16, 4) != E820_RAM)
			continue;
		if (command_word("ends"))
			add_ends(get(e, 8), get(e + 8, 8));
		else
			add_range(get(e, 8), get(e + 8, 8));
		total += get(e + 8, 8);
		top = get(e, 8) + get(e + 8, 8);
	}
	/* all first, so that an address that is another's alias is seen */
	for (unsigned i = 0; i < n_probes; i++)
		write64(probe[i], pattern(probe[i]));
	for (unsigned i = 0; i < n_probes; i++) {
		if (read64(probe[i]) == pattern(probe[i]))
			continue;
		if (!wrong++)
			report(false, "%lx: reads %lx", probe[i], read64(probe[i]));
	}
	equal(wrong, 0, "RAM keeps what is written, at its ends%s",
	      command_word("ends") ? "" : " and every 64 MiB");
	print("usable %lu KiB up to %lx, %u probes\n", total / KiB, top, n_probes);
	if (top >= 4 * GiB && top % GiB == 0)
		map_gib(top);
	equal(read64(top), ~0ull, "nothing above RAM");
	write64(top - 4, 0x1111111122222222);
	equal(read64(top - 4), 0xffffffff22222222, "access across the end of RAM");
}
