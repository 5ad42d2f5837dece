// SPDX-License-Identifier: BSD-2-Clause
/*
 * print.c - the numbers from 00000 to 10999 on COM1, a line each: 66000 known bytes.
 */
#include "guest.h"

#define DIGITS 5
#define LINES  11000

static void increment(char *digits)
{
	char *at = digits + DIGITS - 1;

	for (; *at == '9'; at--)
		*at = '0';
	++*at;
}

void guest_main(uint8_t *boot_params)
{
	char line[] = "00000\n";

	(void)boot_params;
	for (unsigned n = 0; n < LINES; n++) {
		for (unsigned i = 0; i < sizeof(line) - 1; i++)
			outb(LAYOUT_PORT_COM1, (uint8_t)line[i]);
		increment(line);
	}
	poweroff();
}
