// SPDX-License-Identifier: BSD-2-Clause
/*
 * debugcon.c - a line to each port of the debug console, and POST codes in between.
 * With "absent" on the command line: nothing is there.
 */
#include "guest.h"

static void say(uint16_t port, const char *text)
{
	size_t n = strlen(text);

	__asm__ volatile("rep outsb" : "+S"(text), "+c"(n) : "d"(port) : "memory");
}

void guest_main(uint8_t *boot_params)
{
	uint8_t readback = command_word("absent") ? 0xff : 0xe9;

	(void)boot_params;
	equal(inb(LAYOUT_PORT_DEBUGCON), readback, "port E9");
	equal(inb(LAYOUT_PORT_DEBUGFW), readback, "port 402");
	outb(LAYOUT_PORT_POST, 0x17);
	for (const char *c = "a line, byte by byte\n"; *c; c++)
		outb(LAYOUT_PORT_DEBUGCON, (uint8_t)*c);
	outb(LAYOUT_PORT_POST, 0x18);
	say(LAYOUT_PORT_DEBUGFW, "a line in one instruction\n");
	equal(inb(LAYOUT_PORT_POST), 0x18, "last POST code");
}
