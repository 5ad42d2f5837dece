/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp_entry.S - where SIPI puts a processor: from real mode to 64 bits, then ap_main(stack).
 * ap_code is copied to REAL_PAGE; ap_stack is set before each SIPI.
 */
#include "asm.h"

#define LOCAL(symbol)	(symbol - ap_code)

	.section .text
	.globl ap_code, ap_code_end, ap_stack
	.code16
ap_code:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	mov	%cs, LOCAL(ap_cs)
	lgdtl	LOCAL(ap_gdt)
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE32, $ap_32

	.balign 8
ap_cs:	.word 0
ap_gdt:	.word 6 * 8 - 1
	.globl ap_gdt_base
ap_gdt_base:
	.long 0
ap_code_end:

	.code32
ap_32:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	entry_state + ENTRY_CR3, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$EFER_LME, %eax
	xor	%edx, %edx
	wrmsr
	mov	$CR0_PG | CR0_PE, %eax
	mov	%eax, %cr0
	ljmp	$SEL_CODE64, $ap_64

	.code64
ap_64:
	mov	ap_stack(%rip), %rsp
	movzwl	REAL_PAGE + LOCAL(ap_cs), %edi
	call	ap_main
1:	cli
	hlt
	jmp	1b

	.section .bss
	.balign 8
ap_stack:
	.skip 8

	.section .note.GNU-stack, "", @progbits
