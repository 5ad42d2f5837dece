// SPDX-License-Identifier: BSD-2-Clause
/*
 * restart.c - a guest that finds nothing of the one before it, leaves something behind, and resets when
 * it is told to: a byte on COM1 says how, or that it is enough.
 */
#include "guest.h"

#define COM1_DATA  (LAYOUT_PORT_COM1 + 0)
#define COM1_LSR   (LAYOUT_PORT_COM1 + 5)
#define LSR_DATA   0x01
#define LEFT_OVER  0x5a5aa5a55a5aa5a5
#define CF9_RESET  0x06
#define KBD_RESET  0xfe
#define PM1_ENABLE (LAYOUT_PORT_PM1_EVT + 2)

/* Memory nobody but a guest writes to: low, legacy, behind this image, the end of RAM. */
static const uint64_t places[] = { 0x60000, 0xc8000, 8 * MiB, 33 * MiB + 8, 64 * MiB - 8 };

static uint8_t read_byte(void)
{
	while (!(inb(COM1_LSR) & LSR_DATA))
		__asm__ volatile("pause");
	return inb(COM1_DATA);
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
		equal(read64(places[i]), 0, "%lx: nothing is left of another guest", places[i]);
	equal(inw(PM1_ENABLE), 0, "a device as after power-on");
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
		write64(places[i], LEFT_OVER);
	outw(PM1_ENABLE, 1 << 8);
	print("waiting\n");
	switch (read_byte()) {
	case 'c':
		outb(LAYOUT_PORT_RESET, CF9_RESET);
		break;
	case 'k':
		outb(LAYOUT_PORT_KBD, KBD_RESET);
		break;
	default:
		return;
	}
	for (;;)
		__asm__ volatile("hlt");
}
