/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover.h - what every boot protocol hands over, checked in the form of a zero page.
 */
#ifndef GUEST_HANDOVER_H
#define GUEST_HANDOVER_H

#include "guest.h"

/* struct boot_params: Linux Documentation/x86/zero-page.rst */
#define ZP_RSDP		 0x070
#define ZP_RAMDISK_HIGH	 0x0c0
#define ZP_CMDLINE_HIGH	 0x0c8
#define ZP_E820_ENTRIES	 0x1e8
#define HDR_RAMDISK	 0x218
#define HDR_RAMDISK_SIZE 0x21c
#define HDR_CMDLINE	 0x228
#define HDR_INITRD_MAX	 0x22c
#define ZP_E820_TABLE	 0x2d0
#define ZP_E820_SIZE	 20

/* Registers at the 32-bit entry of PVH and Multiboot: elf_head.S. */
extern const struct entry32_state {
	uint32_t eax, ebx, cr0, cr4, eflags, efer;
	uint8_t segments[4];
} entry32_state;

/* Print and check memory map, command line, initrd, RSDP of the page that entry_state.rsi names. */
void handover_test(void);

#endif
