/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head.S - what makes a payload a bzImage, and the 64-bit entry: record the state that the VMM left,
 * then call guest_main() on a stack and with segments of our own.
 * Source: Linux Documentation/x86/boot.rst.
 */
#include "asm.h"

	.section .header, "a"
	.org 0x1f1
	.byte 1			/* setup_sects: the sector after this one */
	.word 0
	.long image_paragraphs	/* syssize */
	.word 0, 0xffff, 0
	.word 0xaa55		/* boot_flag */
	.byte 0xeb, header_end - 1f
1:	.ascii "HdrS"
	.word 0x020f		/* version */
	.long 0
	.word 0, 0
	.byte 0
	.byte 1			/* loadflags: LOADED_HIGH */
	.word 0
	.long image_start	/* code32_start */
	.long 0, 0, 0		/* ramdisk_image, ramdisk_size, bootsect_kludge */
	.word 0
	.byte 0, 0
	.long 0			/* cmd_line_ptr */
	.long 0x7fffffff	/* initrd_addr_max */
	.long 0x200000		/* kernel_alignment */
	.byte 0, 21		/* relocatable_kernel, min_alignment */
	.word 1			/* xloadflags: XLF_KERNEL_64 */
	.long 2047		/* cmdline_size */
	.long 0
	.quad 0
	.long 0, 0
	.quad 0			/* setup_data */
	.quad image_start	/* pref_address */
	.long image_memory	/* init_size */
	.long 0, 0
header_end:
	.org 0x400

	.section .head, "ax"
	.code64
	.org 0x200
	.globl entry64
entry64:
	mov	%rsp, entry_state + ENTRY_RSP(%rip)
	mov	%rsi, entry_state + ENTRY_RSI(%rip)
	lea	stack_top(%rip), %rsp
	pushfq
	popq	entry_state + ENTRY_RFLAGS(%rip)
	mov	%cs, entry_state + ENTRY_CS(%rip)
	mov	%ds, entry_state + ENTRY_DS(%rip)
	mov	%es, entry_state + ENTRY_ES(%rip)
	mov	%ss, entry_state + ENTRY_SS(%rip)
	sgdt	entry_state + ENTRY_GDTR(%rip)
	mov	%cr0, %rax
	mov	%rax, entry_state + ENTRY_CR0(%rip)
	mov	%cr3, %rax
	mov	%rax, entry_state + ENTRY_CR3(%rip)
	mov	%cr4, %rax
	mov	%rax, entry_state + ENTRY_CR4(%rip)
	mov	$MSR_EFER, %ecx
	rdmsr
	mov	%eax, entry_state + ENTRY_EFER(%rip)

	lgdt	gdt_pointer(%rip)
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	pushq	$SEL_CODE64
	lea	1f(%rip), %rax
	pushq	%rax
	lretq
1:	xor	%ebp, %ebp
	call	guest_prepare
	mov	entry_state + ENTRY_RSI(%rip), %rdi
	call	guest_main
	call	finish
2:	hlt
	jmp	2b

	.weak	guest_prepare	/* boot32.c has another */
guest_prepare:
	ret

	.section .data
	.balign 16
gdt:
	.quad 0
	.quad 0x00009b000000ffff + (REAL_PAGE << 16)	/* SEL_CODE16: base REAL_PAGE, 64 KiB */
	.quad 0x00af9b000000ffff	/* SEL_CODE64 */
	.quad 0x00cf93000000ffff	/* SEL_DATA */
	.quad 0x00cf9b000000ffff	/* SEL_CODE32 */
	.quad 0x000093000000ffff	/* SEL_DATA16 */
gdt_end:
	.globl gdt_pointer
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt

	.globl entry_state
	.balign 16
entry_state:
	.skip ENTRY_SIZE

	.section .bss
	.balign 16
	.skip 16384
stack_top:

	.section .note.GNU-stack, "", @progbits
