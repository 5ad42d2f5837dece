/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * real_mode.S - the boot CPU in real mode: segments, the interrupt table, string output, the timer
 * through the PIC. It gets there as an operating system would; there is no way back to long mode.
 * Prints and powers off by itself.
 */
#include "asm.h"
#include "layout.h"

#define SEGMENT		(REAL_PAGE >> 4)
#define INT_TEST	0x21
#define INT_TIMER	0x08		/* IRQ 0 behind the vector base set below */
#define IVT(n)		(4 * (n))
#define SLP_EN		(1 << 13)

	.section .text
	.code64
	.globl guest_main
guest_main:
	cli
	mov	$real_start, %rsi
	mov	$REAL_PAGE, %edi
	mov	$real_end - real_start, %ecx
	rep movsb
	pushq	$SEL_CODE32
	mov	$leave_paging, %eax
	pushq	%rax
	lretq

	.code32
leave_paging:
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	lidt	real_idt
	mov	$SEL_DATA16, %eax	/* limit 64 KiB, as real mode has */
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	ljmp	$SEL_CODE16, $(leave_protection - real_start)

	.code16
real_start:
leave_protection:
	mov	%cr0, %eax
	and	$~CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$SEGMENT, $(real - real_start)
real:
	mov	%cs, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0xff00, %sp
	cld

	/* segment arithmetic: one byte through two segments */
	mov	$SEGMENT + 0x100, %ax
	mov	%ax, %es
	movb	$0x5a, %es:0x23
	cmpb	$0x5a, 0x1023
	mov	$(text_segments - real_start), %si
	call	check

	/* memory at 1 MiB is not memory at 0 */
	xor	%ax, %ax
	mov	%ax, %es
	mov	$0xffff, %ax
	mov	%ax, %fs
	movl	$0x11111111, %es:0x600
	movl	$0x22222222, %fs:0x610
	cmpl	$0x11111111, %es:0x600
	mov	$(text_a20 - real_start), %si
	call	check

	/* software interrupt through the table at 0 */
	movw	$(on_int - real_start), %es:IVT(INT_TEST)
	movw	$SEGMENT, %es:IVT(INT_TEST) + 2
	int	$INT_TEST
	cmpw	$0x1234, count - real_start
	mov	$(text_int - real_start), %si
	call	check

	/* a string instruction in real mode */
	mov	$(text_string - real_start), %si
	mov	$(text_string_end - text_string), %cx
	mov	$LAYOUT_PORT_COM1, %dx
	rep outsb

	/* PIT at 1 kHz, PIC with base 8 and only input 0 open */
	movw	$(on_timer - real_start), %es:IVT(INT_TIMER)
	movw	$SEGMENT, %es:IVT(INT_TIMER) + 2
	movw	$0, count - real_start
	mov	$0x11, %al		/* ICW1: edge, cascade, ICW4 follows */
	out	%al, $0x20
	mov	$INT_TIMER, %al
	out	%al, $0x21
	mov	$4, %al			/* ICW3: slave on input 2 */
	out	%al, $0x21
	mov	$1, %al			/* ICW4: 8086 mode */
	out	%al, $0x21
	mov	$0xfe, %al
	out	%al, $0x21
	mov	$0x34, %al
	out	%al, $0x43
	mov	$1193 & 0xff, %al
	out	%al, $0x40
	mov	$1193 >> 8, %al
	out	%al, $0x40
1:	sti
	hlt
	cli
	cmpw	$3, count - real_start
	jb	1b
	xor	%ax, %ax		/* ZF */
	mov	$(text_timer - real_start), %si
	call	check

	mov	$(text_done - real_start), %si
	call	print
	mov	$(LAYOUT_S5_TYPE << 10 | SLP_EN), %ax
	mov	$LAYOUT_PORT_PM1_CNT, %dx
	out	%ax, %dx
2:	hlt
	jmp	2b

on_int:
	movw	$0x1234, %cs:(count - real_start)
	iret

on_timer:
	push	%ax
	incw	%cs:(count - real_start)
	mov	$0x20, %al
	out	%al, $0x20
	pop	%ax
	iret

/* Print whether ZF was set, and the name at si. */
check:
	push	%si
	mov	$(text_ok - real_start), %si
	je	1f
	mov	$(text_fail - real_start), %si
1:	call	print
	pop	%si
	/* falls through */

/* Print the terminated text at si. */
print:
	mov	$LAYOUT_PORT_COM1, %dx
1:	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx
	jmp	1b
2:	ret

count:		.word 0
text_ok:	.asciz "ok "
text_fail:	.asciz "FAIL "
text_segments:	.asciz "segments\n"
text_a20:	.asciz "address line 20\n"
text_int:	.asciz "software interrupt\n"
text_string:	.ascii "string output in real mode\n"
text_string_end:
text_timer:	.asciz "timer through the PIC\n"
text_done:	.asciz "done 4 checks\n"
real_end:

	.section .data
real_idt:
	.word 0x3ff
	.long 0

	.section .note.GNU-stack, "", @progbits
