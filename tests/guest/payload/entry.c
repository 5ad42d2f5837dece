// SPDX-License-Identifier: BSD-2-Clause
/*
 * entry.c - the state of the boot CPU at the 64-bit entry, as the boot protocol promises it.
 */
#include "guest.h"

#define RFLAGS_IF      (1 << 9)
#define RFLAGS_DF      (1 << 10)
#define BOOT_CS	       0x10
#define BOOT_DS	       0x18
#define DESC_CODE64    0x0020980000000000 /* present, code, long */
#define DESC_CODE_MASK 0x0060f80000000000
#define DESC_DATA      0x0000920000000000 /* present, data, writable */
#define DESC_DATA_MASK 0x0000fa0000000000

/* The page tables must map the first 4 GiB to themselves: walk them as the processor does. */
static bool maps_to_itself(uint64_t va)
{
	uint64_t table = entry_state.cr3 & ~0xfffull;

	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		uint64_t e = ((uint64_t *)table)[va >> shift & 511];
		uint64_t page = (1ull << shift) - 1;

		if ((e & 3) != 3)
			return false;
		e &= 0x000ffffffffff000;
		if (shift == 12 || (shift < 39 && ((uint64_t *)table)[va >> shift & 511] & 0x80))
			return (e & ~page) == (va & ~page);
		table = e;
	}
	return false;
}

void guest_main(uint8_t *boot_params)
{
	const struct entry_state *e = &entry_state;
	const uint64_t *gdt = (const uint64_t *)e->gdt_base;
	uint64_t wrong = 0;

	equal(get(boot_params + 0x202, 4), 0x53726448, "RSI leads to boot_params");
	equal(e->cs, BOOT_CS, "CS");
	equal(e->ds, BOOT_DS, "DS");
	equal(e->es, BOOT_DS, "ES");
	equal(e->ss, BOOT_DS, "SS");
	equal(e->rflags & (RFLAGS_IF | RFLAGS_DF), 0, "interrupts off, direction up");
	equal(e->efer & (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA, "long mode");
	report((e->cr0 & (CR0_PE | 1u << 31)) == (CR0_PE | 1u << 31), "protection and paging");
	equal(e->cr4 & CR4_PAE, CR4_PAE, "PAE");
	report(e->gdt_limit >= BOOT_DS + 7, "GDT holds the two selectors");
	equal(gdt[BOOT_CS / 8] & DESC_CODE_MASK, DESC_CODE64, "GDT: 64-bit code");
	equal(gdt[BOOT_DS / 8] & DESC_DATA_MASK, DESC_DATA, "GDT: data");
	for (uint64_t va = 0; va < 4 * GiB; va += 32 * MiB)
		wrong += !maps_to_itself(va) + !maps_to_itself(va + 30 * MiB);
	equal(wrong, 0, "identity map of 4 GiB");
	write64(e->rsp - 8, 0x123456789abcdef0);
	equal(read64(e->rsp - 8), 0x123456789abcdef0, "RSP is in writable memory");
}
