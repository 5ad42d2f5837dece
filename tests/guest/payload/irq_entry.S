/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq_entry.S - 256 entries of 16 bytes that all end in irq_dispatch(struct irq_frame *).
 */
	.section .text
	.globl irq_entries
	.balign 16
irq_entries:
	vector = 0
	.rept 256
	.balign 16
	.if vector != 8 && vector != 17 && vector != 21 && (vector < 10 || vector > 14)
	pushq	$0		/* where the processor pushes no error code */
	.endif
	pushq	$vector
	jmp	common
	vector = vector + 1
	.endr

common:
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%r10
	push	%r9
	push	%r8
	push	%rbp
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rbx
	push	%rax
	cld
	mov	%rsp, %rdi
	call	irq_dispatch
	pop	%rax
	pop	%rbx
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	pop	%rbp
	pop	%r8
	pop	%r9
	pop	%r10
	pop	%r11
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	add	$16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
