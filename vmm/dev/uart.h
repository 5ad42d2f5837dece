/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/uart.h - 16550A at COM1: FIFOs, interrupts, loopback; no baud-rate timing.
 * Source: TI PC16550D data sheet; Linux include/uapi/linux/serial_reg.h for names.
 */
#ifndef IGDVM_DEV_UART_H
#define IGDVM_DEV_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "../bus.h"
#include "../irq.h"
#include "../serial.h"

#define UART_FIFO 16

struct uart {
	struct bus_region region;
	struct irq_line irq;
	struct serial *serial;
	struct serial_device device;
	uint8_t ier, fcr, lcr, mcr, lsr, msr, scr, dll, dlm;
	bool thri_pending; /* THR-empty interrupt not yet acknowledged */
	uint8_t rx[UART_FIFO];
	unsigned rx_head, rx_len;
	bool irq_level;
};

/* Claim eight ports from port on. 0 or -errno of bus_add(). */
int uart_init(struct uart *u, struct bus *pio, uint16_t port, struct irq_line irq,
	      struct serial *serial);
void uart_fini(struct uart *u, struct bus *pio);

#endif
