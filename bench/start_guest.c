// SPDX-License-Identifier: BSD-2-Clause
/*
 * start_guest.c - the shortest guest: one byte to COM1, then reset. With a command line that
 * starts with "s" (stay) it halts instead, so that its VMM can be looked at.
 */
#include "guest.h"
#include "layout.h"

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	outb(LAYOUT_PORT_COM1, 'S');
	if (command_line()[0] == 's')
		for (;;)
			__asm__ volatile("cli; hlt");
	outb(LAYOUT_PORT_RESET, 0x06);
}
