// SPDX-License-Identifier: BSD-2-Clause
/*
 * uart.c - COM1 as a driver sees it: registers, loopback, FIFO, interrupts through the IOAPIC.
 * With "crash" on the command line it ends by a triple fault. Source: TI PC16550D data sheet.
 */
#include "guest.h"

#define DATA (LAYOUT_PORT_COM1 + 0)
#define IER  (LAYOUT_PORT_COM1 + 1)
#define IIR  (LAYOUT_PORT_COM1 + 2)
#define FCR  (LAYOUT_PORT_COM1 + 2)
#define LCR  (LAYOUT_PORT_COM1 + 3)
#define MCR  (LAYOUT_PORT_COM1 + 4)
#define LSR  (LAYOUT_PORT_COM1 + 5)
#define MSR  (LAYOUT_PORT_COM1 + 6)
#define SCR  (LAYOUT_PORT_COM1 + 7)

#define IER_RDI	  0x01
#define IER_THRI  0x02
#define IIR_NONE  0x01
#define IIR_ID	  0x0f
#define IIR_THRI  0x02
#define IIR_RDI	  0x04
#define FCR_ON	  0x01
#define FCR_CLEAR 0x07
#define LCR_8N1	  0x03
#define LCR_DLAB  0x80
#define MCR_DTR	  0x01
#define MCR_RTS	  0x02
#define MCR_OUT2  0x08
#define MCR_LOOP  0x10
#define LSR_DR	  0x01
#define LSR_OE	  0x02
#define LSR_IDLE  0x60
#define MSR_LINES 0xf0

#define VECTOR	   0x40
#define FIFO_BYTES 16

static char typed[64];
static volatile unsigned n_typed;
static volatile uint8_t last_id;

/* Results are printed once the UART is in its usual mode again: printing uses it. */
static void test_registers(void)
{
	uint16_t divisor, ids;

	outb(LCR, LCR_DLAB | LCR_8N1);
	outb(DATA, 0x01);
	outb(IER, 0x02);
	divisor = (uint16_t)(inb(DATA) | inb(IER) << 8);
	outb(LCR, LCR_8N1);
	equal(divisor, 0x0201, "divisor latch");
	equal(inb(LCR), LCR_8N1, "LCR");
	outb(IER, 0xff);
	equal(inb(IER), 0x0f, "IER has four bits");
	outb(IER, IER_THRI);
	ids = inb(IIR) & IIR_ID;
	ids = (uint16_t)(ids << 8 | (inb(IIR) & IIR_ID));
	outb(IER, 0);
	equal(ids, IIR_THRI << 8 | IIR_NONE, "THRE is pending when enabled, until IIR is read");
	outb(SCR, 0xa5);
	equal(inb(SCR), 0xa5, "scratch");
	equal(inb(LSR), LSR_IDLE, "LSR when idle");
	outb(FCR, FCR_CLEAR);
	equal(inb(IIR), 0xc0 | IIR_NONE, "IIR: FIFOs on");
	outb(FCR, 0);
	equal(inb(IIR), IIR_NONE, "IIR: FIFOs off");
}

static void test_loopback(void)
{
	uint8_t lines, no_lines, full, overrun, cleared;
	unsigned n;
	bool same = true;

	outb(FCR, FCR_CLEAR);
	outb(MCR, MCR_LOOP | MCR_DTR | MCR_RTS | MCR_OUT2);
	lines = inb(MSR) & MSR_LINES;
	outb(MCR, MCR_LOOP);
	no_lines = inb(MSR) & MSR_LINES;
	for (unsigned i = 0; i < FIFO_BYTES; i++)
		outb(DATA, (uint8_t)(i * 7));
	full = inb(LSR);
	outb(DATA, 0xee);
	overrun = inb(LSR);
	for (n = 0; inb(LSR) & LSR_DR; n++)
		same &= inb(DATA) == (uint8_t)(n * 7);
	outb(DATA, 0x11);
	outb(FCR, FCR_CLEAR);
	cleared = inb(LSR);
	outb(MCR, 0);
	equal(lines, 0xb0, "loopback: modem lines");
	equal(no_lines, 0x00, "loopback: modem lines low");
	equal(full, LSR_IDLE | LSR_DR, "loopback: 16 bytes fit");
	equal(overrun, LSR_IDLE | LSR_DR | LSR_OE, "loopback: the 17th is an overrun");
	report(same && n == FIFO_BYTES, "loopback: the bytes come back");
	equal(cleared, LSR_IDLE, "loopback: clearing the FIFO");
}

static void on_interrupt(struct irq_frame *f)
{
	(void)f;
	for (;;) {
		uint8_t id = inb(IIR) & IIR_ID;

		if (id & IIR_NONE)
			return;
		last_id = id;
		while (inb(LSR) & LSR_DR) {
			char c = (char)inb(DATA);

			if (n_typed < sizeof(typed) - 1)
				typed[n_typed++] = c;
		}
	}
}

static void take_pending(void)
{
	irq_on();
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("pause");
	irq_off();
}

/* Results are printed when the interrupt is off again: each byte would raise one. */
static void test_transmit(void)
{
	bool silent, first, again;
	uint8_t id;

	outb(MCR, 0); /* OUT2 off: the interrupt is not connected */
	outb(IER, IER_THRI);
	take_pending();
	silent = !irq_count[VECTOR];
	outb(MCR, MCR_OUT2);
	first = irq_wait(VECTOR, 1);
	id = last_id;
	outb(DATA, '\n');
	again = irq_wait(VECTOR, 2);
	outb(IER, 0);
	take_pending();
	report(silent, "no interrupt without OUT2");
	report(first, "THRE interrupt on GSI 4");
	equal(id, IIR_THRI, "and IIR named it");
	report(again, "THRE interrupt after a byte");
}

static bool line_complete(void)
{
	return n_typed && typed[n_typed - 1] == '\n';
}

static void test_receive(void)
{
	outb(FCR, FCR_CLEAR | 0xc0); /* trigger at 14 bytes: fewer come by the timeout */
	outb(IER, IER_RDI);
	print("ready for input\n");
	while (!line_complete())
		irq_sleep();
	typed[n_typed - 1] = '\0';
	print("read [%s]\n", typed);
	report((last_id & ~0x08) == IIR_RDI, "receive interrupt on GSI 4");
	outb(IER, 0);
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	test_registers();
	test_loopback();
	irq_init();
	irq_handle(VECTOR, on_interrupt);
	ioapic_route(LAYOUT_GSI_COM1, VECTOR, 0);
	test_transmit();
	test_receive();
	if (starts_with(command_line(), "crash"))
		triple_fault();
}
