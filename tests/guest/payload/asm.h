/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * asm.h - numbers that assembly and C share.
 */
#ifndef GUEST_ASM_H
#define GUEST_ASM_H

#define SEL_CODE16 0x08
#define SEL_CODE64 0x10
#define SEL_DATA   0x18
#define SEL_CODE32 0x20
#define SEL_DATA16 0x28

#define MSR_APIC_BASE 0x1b
#define MSR_EFER      0xc0000080
#define EFER_LME      (1 << 8)
#define EFER_LMA      (1 << 10)
#define CR0_PE	      (1 << 0)
#define CR0_PG	      (1 << 31)
#define CR4_PAE	      (1 << 5)

/* struct entry_state */
#define ENTRY_RSP    0
#define ENTRY_RSI    8
#define ENTRY_RFLAGS 16
#define ENTRY_CR0    24
#define ENTRY_CR3    32
#define ENTRY_CR4    40
#define ENTRY_EFER   48
#define ENTRY_CS     56
#define ENTRY_DS     58
#define ENTRY_ES     60
#define ENTRY_SS     62
#define ENTRY_GDTR   64 /* limit, base */
#define ENTRY_SIZE   80

/* struct entry32_state: the entry of ELF payloads */
#define ENTRY32_EAX	 0
#define ENTRY32_EBX	 4
#define ENTRY32_CR0	 8
#define ENTRY32_CR4	 12
#define ENTRY32_EFLAGS	 16
#define ENTRY32_EFER	 20
#define ENTRY32_SEGMENTS 24
#define ENTRY32_SIZE	 28

/* Real-mode code is copied to this page: free RAM between setup_data and 640 KiB. */
#define REAL_PAGE 0x60000

#endif
