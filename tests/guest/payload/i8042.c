// SPDX-License-Identifier: BSD-2-Clause
/*
 * i8042.c - controller and keyboard in the order in which Linux probes them, then an interrupt.
 * With "reset" on the command line it ends with the reset pulse.
 * Source: Linux drivers/input/serio/i8042.c, drivers/input/keyboard/atkbd.c.
 */
#include "guest.h"

#define BOOT_ARCH 109 /* in the FADT */
#define BOOT_8042 (1 << 1)
#define OUTPUT	  0x01
#define INPUT	  0x02
#define VECTOR	  0x59
#define NOTHING	  0x100
#define TRIES	  1000

static volatile uint8_t byte;

static unsigned receive(void)
{
	for (unsigned i = 0; i < TRIES; i++)
		if (inb(LAYOUT_PORT_KBD) & OUTPUT)
			return inb(LAYOUT_PORT_KBDDATA);
	return NOTHING;
}

static void send(uint16_t port, uint8_t v)
{
	while (inb(LAYOUT_PORT_KBD) & INPUT)
		;
	outb(port, v);
}

static unsigned ask_controller(uint8_t command)
{
	send(LAYOUT_PORT_KBD, command);
	return receive();
}

static void set_control(uint8_t v)
{
	send(LAYOUT_PORT_KBD, 0x60);
	send(LAYOUT_PORT_KBDDATA, v);
	equal(ask_controller(0x20), v | 0x20u, "command byte %02x", v);
}

static unsigned ask_keyboard(uint8_t command)
{
	send(LAYOUT_PORT_KBDDATA, command);
	return receive();
}

static void on_irq(struct irq_frame *f)
{
	(void)f;
	byte = inb(LAYOUT_PORT_KBDDATA);
}

static void test_controller(void)
{
	for (unsigned i = 0; i < 16 && inb(LAYOUT_PORT_KBD) & OUTPUT; i++)
		inb(LAYOUT_PORT_KBDDATA);
	equal(inb(LAYOUT_PORT_KBD) & OUTPUT, 0, "the output buffer can be emptied");
	equal(ask_controller(0xaa), 0x55, "self test");
	equal(ask_controller(0xab), 0x00, "keyboard interface test");
	set_control(0x54);
	set_control(0x44);
}

static void test_keyboard(void)
{
	equal(ask_keyboard(0xff), 0xfa, "reset is acknowledged");
	equal(receive(), 0xaa, "keyboard's own test");
	equal(ask_keyboard(0xf2), 0xfa, "identify");
	equal(receive(), 0xab, "first byte of the id");
	equal(receive(), 0x41, "second byte, translated");
	equal(ask_keyboard(0xed), 0xfa, "lights");
	equal(ask_keyboard(0x00), 0xfa, "lights off");
	equal(ask_keyboard(0xf3), 0xfa, "repetition");
	equal(ask_keyboard(0x00), 0xfa, "fastest");
	equal(ask_keyboard(0xf4), 0xfa, "scanning");
	equal(receive(), NOTHING, "nobody types");
}

void guest_main(uint8_t *boot_params)
{
	const uint8_t *fadt = acpi_find("FACP");

	(void)boot_params;
	irq_init();
	irq_handle(VECTOR, on_irq);
	ioapic_route(LAYOUT_GSI_KBD, VECTOR, 0);
	equal(get(fadt + BOOT_ARCH, 2) & BOOT_8042, BOOT_8042, "FADT: there is an 8042");
	test_controller();
	test_keyboard();
	set_control(0x45);
	send(LAYOUT_PORT_KBD, 0xd2);
	send(LAYOUT_PORT_KBDDATA, 0x1e);
	report(irq_wait(VECTOR, 1), "interrupt on GSI 1");
	equal(byte, 0x1e, "with the byte that was looped back");
	if (command_word("reset"))
		send(LAYOUT_PORT_KBD, 0xfe);
}
