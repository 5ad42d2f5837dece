// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/uart.c - the 16550A's registers.
 * Knows what the guest sees; does not know where bytes come from or go to (serial.h). Transmission
 * takes no time, so the transmitter is always empty.
 */
#include "uart.h"
#include "../util.h"

/* Registers; the first two are the divisor while LCR_DLAB is set. */
enum { REG_DATA, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR, REG_COUNT };

#define IER_RDI	 BIT(0) /* received data */
#define IER_THRI BIT(1) /* transmitter empty */
#define IER_RLSI BIT(2) /* line status: here only overrun */
#define IER_MSI	 BIT(3) /* modem status */
#define IER_MASK GENMASK(3, 0)

/* In order of priority, highest first */
#define IIR_RLSI    0x06
#define IIR_RDI	    0x04
#define IIR_TIMEOUT 0x0c /* data below the trigger level waits in the FIFO */
#define IIR_THRI    0x02
#define IIR_MSI	    0x00
#define IIR_NONE    0x01
#define IIR_FIFO    0xc0 /* FIFOs are on: what makes it a 16550A */

#define FCR_ENABLE   BIT(0)
#define FCR_CLEAR_RX BIT(1)
#define FCR_CLEAR_TX BIT(2)
#define FCR_TRIGGER  GENMASK(7, 6)

#define LCR_DLAB BIT(7)

#define MCR_DTR	 BIT(0)
#define MCR_RTS	 BIT(1)
#define MCR_OUT1 BIT(2)
#define MCR_OUT2 BIT(3) /* on a PC: connects the interrupt to the line */
#define MCR_LOOP BIT(4)
#define MCR_MASK GENMASK(4, 0)

#define LSR_DR	 BIT(0)
#define LSR_OE	 BIT(1) /* cleared by reading */
#define LSR_THRE BIT(5)
#define LSR_TEMT BIT(6)

/* The low nibble tells what changed in the high one since it was read. */
#define MSR_DCTS    BIT(0)
#define MSR_DDSR    BIT(1)
#define MSR_TERI    BIT(2) /* only the end of a ring */
#define MSR_DDCD    BIT(3)
#define MSR_CTS	    BIT(4)
#define MSR_DSR	    BIT(5)
#define MSR_RI	    BIT(6)
#define MSR_DCD	    BIT(7)
#define MSR_CHANGES GENMASK(3, 0)

static unsigned rx_capacity(const struct uart *u)
{
	return u->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

static uint8_t interrupt_id(const struct uart *u)
{
	static const unsigned trigger[] = { 1, 4, 8, 14 };

	if ((u->ier & IER_RLSI) && (u->lsr & LSR_OE))
		return IIR_RLSI;
	if ((u->ier & IER_RDI) && u->rx_len) {
		bool full = !(u->fcr & FCR_ENABLE) ||
			    u->rx_len >= trigger[FIELD_GET(FCR_TRIGGER, u->fcr)];

		return full ? IIR_RDI : IIR_TIMEOUT;
	}
	if ((u->ier & IER_THRI) && u->thri_pending)
		return IIR_THRI;
	if ((u->ier & IER_MSI) && (u->msr & MSR_CHANGES))
		return IIR_MSI;
	return IIR_NONE;
}

/* Loopback disconnects the modem outputs, and with OUT2 the interrupt. */
static void update_irq(struct uart *u)
{
	bool level = interrupt_id(u) != IIR_NONE && (u->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;

	if (level == u->irq_level)
		return;
	u->irq_level = level;
	irq_set(&u->irq, level);
}

/* ---- receiver ---- */

static void rx_push(struct uart *u, uint8_t byte)
{
	if (u->rx_len == rx_capacity(u)) {
		u->lsr |= LSR_OE;
		/* A full FIFO keeps what it has; a single register is overwritten. */
		if (!(u->fcr & FCR_ENABLE))
			u->rx[u->rx_head] = byte;
		return;
	}
	u->rx[(u->rx_head + u->rx_len++) % UART_FIFO] = byte;
}

static uint8_t rx_pop(struct uart *u)
{
	uint8_t byte;

	if (!u->rx_len)
		return 0;
	byte = u->rx[u->rx_head];
	u->rx_head = (u->rx_head + 1) % UART_FIFO;
	/* Empty rather than one byte shorter: bytes then come in batches. */
	if (!--u->rx_len)
		serial_unthrottle(u->serial);
	return byte;
}

static void rx_clear(struct uart *u)
{
	u->rx_len = 0;
	serial_unthrottle(u->serial);
}

/* In loopback the outside is disconnected: what arrives waits there. */
static unsigned uart_room(struct serial_device *d)
{
	const struct uart *u = container_of(d, struct uart, device);

	return u->mcr & MCR_LOOP ? 0 : rx_capacity(u) - u->rx_len;
}

static void uart_input(struct serial_device *d, const uint8_t *buf, unsigned len)
{
	struct uart *u = container_of(d, struct uart, device);

	while (len--)
		rx_push(u, *buf++);
	update_irq(u);
}

static const struct serial_device_ops device_ops = { .room = uart_room, .input = uart_input };

/* ---- registers ---- */

/* Lines as the guest sees them: a ready modem, or in loopback its own outputs. */
static void update_modem(struct uart *u)
{
	uint8_t lines = MSR_CTS | MSR_DSR | MSR_DCD;
	uint8_t changed;

	if (u->mcr & MCR_LOOP)
		lines = (uint8_t)((u->mcr & MCR_RTS ? MSR_CTS : 0) |
				  (u->mcr & MCR_DTR ? MSR_DSR : 0) |
				  (u->mcr & MCR_OUT1 ? MSR_RI : 0) |
				  (u->mcr & MCR_OUT2 ? MSR_DCD : 0));
	changed = (u->msr ^ lines) & (uint8_t)~MSR_CHANGES;
	if (lines & MSR_RI)
		changed &= (uint8_t)~MSR_RI;
	u->msr = (uint8_t)(lines | (u->msr & MSR_CHANGES) | changed >> 4);
}

static void write_data(struct uart *u, uint8_t byte)
{
	if (u->mcr & MCR_LOOP)
		rx_push(u, byte);
	else
		serial_put(u->serial, byte); /* may let other vCPUs in while it waits */
	u->thri_pending = true; /* and stays so over further bytes: one interrupt for a burst */
}

static void write_ier(struct uart *u, uint8_t byte)
{
	/* The transmitter is empty, and enabling its interrupt says so, each time. */
	if ((byte & IER_THRI) && !(u->ier & IER_THRI))
		u->thri_pending = true;
	u->ier = byte & IER_MASK;
}

static void write_fcr(struct uart *u, uint8_t byte)
{
	bool toggled = (u->fcr ^ byte) & FCR_ENABLE;

	/* Other bits count only with the enable bit. */
	u->fcr = byte & FCR_ENABLE ? byte & (FCR_ENABLE | FCR_TRIGGER) : 0;
	if (toggled || ((byte & FCR_ENABLE) && (byte & FCR_CLEAR_RX)))
		rx_clear(u);
}

static void write_mcr(struct uart *u, uint8_t byte)
{
	bool left_loop = (u->mcr & MCR_LOOP) && !(byte & MCR_LOOP);

	u->mcr = byte & MCR_MASK;
	update_modem(u);
	if (left_loop)
		serial_unthrottle(u->serial);
}

static uint8_t read_iir(struct uart *u)
{
	uint8_t id = interrupt_id(u);

	if (id == IIR_THRI)
		u->thri_pending = false;
	return id | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint8_t read_lsr(struct uart *u)
{
	uint8_t lsr = u->lsr | LSR_THRE | LSR_TEMT | (u->rx_len ? LSR_DR : 0);

	u->lsr = 0;
	return lsr;
}

static uint8_t read_msr(struct uart *u)
{
	uint8_t msr = u->msr;

	u->msr &= (uint8_t)~MSR_CHANGES;
	return msr;
}

static void uart_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct uart *u = container_of(r, struct uart, region);
	uint8_t *byte = buf;

	(void)len;
	switch (off) {
	case REG_DATA:
		*byte = u->lcr & LCR_DLAB ? u->dll : rx_pop(u);
		break;
	case REG_IER:
		*byte = u->lcr & LCR_DLAB ? u->dlm : u->ier;
		break;
	case REG_IIR_FCR:
		*byte = read_iir(u);
		break;
	case REG_LCR:
		*byte = u->lcr;
		break;
	case REG_MCR:
		*byte = u->mcr;
		break;
	case REG_LSR:
		*byte = read_lsr(u);
		break;
	case REG_MSR:
		*byte = read_msr(u);
		break;
	case REG_SCR:
		*byte = u->scr;
		break;
	}
	update_irq(u);
}

static void uart_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct uart *u = container_of(r, struct uart, region);
	uint8_t byte = *(const uint8_t *)buf;

	(void)len;
	switch (off) {
	case REG_DATA:
		if (u->lcr & LCR_DLAB)
			u->dll = byte;
		else
			write_data(u, byte);
		break;
	case REG_IER:
		if (u->lcr & LCR_DLAB)
			u->dlm = byte;
		else
			write_ier(u, byte);
		break;
	case REG_IIR_FCR:
		write_fcr(u, byte);
		break;
	case REG_LCR:
		u->lcr = byte;
		break;
	case REG_MCR:
		write_mcr(u, byte);
		break;
	case REG_LSR: /* read-only; writing is for factory tests */
	case REG_MSR:
		break;
	case REG_SCR:
		u->scr = byte;
		break;
	}
	update_irq(u);
}

static const struct bus_ops uart_ops = { .read = uart_read, .write = uart_write };

int uart_init(struct uart *u, struct bus *pio, uint16_t port, struct irq_line irq,
	      struct serial *serial)
{
	*u = (struct uart){
		.region = { .base = port,
			    .size = REG_COUNT,
			    .width = 1,
			    .ops = &uart_ops,
			    .name = "uart" },
		.irq = irq,
		.serial = serial,
		.device = { .ops = &device_ops },
		.msr = MSR_CTS | MSR_DSR | MSR_DCD,
		.dll = 12, /* 9600 baud */
	};
	return bus_add(pio, &u->region);
}

void uart_fini(struct uart *u, struct bus *pio)
{
	bus_remove(pio, &u->region);
}
