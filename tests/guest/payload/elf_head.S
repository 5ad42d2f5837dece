/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf_head.S - headers and entry of PVH and Multiboot: record the state that the VMM left, map 4 GiB,
 * go on at head.S's 64-bit entry. Sources: Xen docs/misc/pvh.pandoc, Multiboot Specification 0.6.96.
 */
#include "asm.h"

#define MAGIC	     0x1badb002
#ifdef MULTIBOOT_ADDRESSES
#define FLAGS	     0x10003	/* address fields, memory, aligned modules */
#else
#define FLAGS	     0x3
#endif

	.section .multiboot, "a"
	.balign 4
header:
	.long MAGIC, FLAGS, -(MAGIC + FLAGS)
#ifdef MULTIBOOT_ADDRESSES
	.long header, image_start, data_end, image_end, entry32
#endif

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 8, 18		/* XEN_ELFNOTE_PHYS32_ENTRY, of 8 bytes as Linux has it */
	.asciz "Xen"
	.quad entry32

	.section .head32, "ax"
	.code32
	.globl entry32
entry32:
	mov	%eax, entry32_state + ENTRY32_EAX
	mov	%ebx, entry32_state + ENTRY32_EBX
	mov	%cr0, %eax
	mov	%eax, entry32_state + ENTRY32_CR0
	mov	%cr4, %eax
	mov	%eax, entry32_state + ENTRY32_CR4
	mov	$stack32_top, %esp
	pushf
	popl	entry32_state + ENTRY32_EFLAGS
	mov	$MSR_EFER, %ecx
	rdmsr
	mov	%eax, entry32_state + ENTRY32_EFER
	/* a byte of each data segment, by its own base */
	movb	$1, %es:entry32_state + ENTRY32_SEGMENTS
	movb	$2, %fs:entry32_state + ENTRY32_SEGMENTS + 1
	movb	$3, %gs:entry32_state + ENTRY32_SEGMENTS + 2
	movb	$4, %ss:entry32_state + ENTRY32_SEGMENTS + 3

	movl	$pdpt + 3, pml4
	mov	$directories + 3, %eax
	xor	%ecx, %ecx
1:	mov	%eax, pdpt(, %ecx, 8)
	add	$4096, %eax
	inc	%ecx
	cmp	$4, %ecx
	jne	1b
	mov	$0x83, %eax	/* present, writable, 2 MiB */
	xor	%ecx, %ecx
2:	mov	%eax, directories(, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$2048, %ecx
	jne	2b

	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$EFER_LME, %eax
	xor	%edx, %edx
	wrmsr
	lgdt	gdt_pointer
	mov	$CR0_PG | CR0_PE, %eax
	mov	%eax, %cr0
	ljmp	$SEL_CODE64, $entry64

	.section .data
	.balign 8
	.globl entry32_state
entry32_state:
	.skip	ENTRY32_SIZE

	.section .bss
	.balign 4096
pml4:	.skip	4096
pdpt:	.skip	4096
directories:
	.skip	4 * 4096
	.skip	64
stack32_top:

	.section .note.GNU-stack, "", @progbits
