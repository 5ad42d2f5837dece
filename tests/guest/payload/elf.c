// SPDX-License-Identifier: BSD-2-Clause
/*
 * elf.c - the state at the 32-bit entry by PVH or Multiboot, and what was handed over (boot32.c).
 */
#include "handover.h"

#define EFLAGS_TF (1 << 8)
#define EFLAGS_IF (1 << 9)
#define EFLAGS_VM (1 << 17)
#define CR0_ET	  (1 << 4)

static void test_entry(void)
{
	const struct entry32_state *e = &entry32_state;

	equal(e->cr0 & ~CR0_ET, CR0_PE, "CR0: protected mode, paging off, nothing else");
	equal(e->cr4, 0, "CR4");
	equal(e->efer & (EFER_LME | EFER_LMA), 0, "no long mode");
	equal(e->eflags & (EFLAGS_TF | EFLAGS_IF | EFLAGS_VM), 0, "interrupts off, no trap");
	report(!memcmp(e->segments, "\1\2\3\4", 4), "ES, FS, GS and SS are flat");
}

/* A write above 1 MiB must not show 1 MiB below. */
static void test_a20(void)
{
	write32(REAL_PAGE, 0x11111111);
	write32(REAL_PAGE + MiB, 0x22222222);
	equal(read32(REAL_PAGE), 0x11111111, "address line 20");
}

/* In memory, but not in the file. */
static uint8_t bss[3 * 4096];

static void test_bss(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < sizeof(bss); i++)
		sum += bss[i];
	equal(sum, 0, "memory behind the file's part is zero");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	test_entry();
	test_a20();
	test_bss();
	handover_test();
}
