// SPDX-License-Identifier: BSD-2-Clause
/*
 * end.c - the ways a guest ends, or does not; the command line says which.
 */
#include "guest.h"

#define FADT_RESET_REG	 116 /* generic address: space, width, offset, size, address */
#define FADT_RESET_VALUE 128
#define SPACE_IO	 1
#define KBD_PULSE_RESET	 0xfe
#define CF9_SYS_RST	 0x02
#define CF9_RST_CPU	 0x04

static void end_cf9(void)
{
	outb(LAYOUT_PORT_RESET, CF9_SYS_RST);
	outb(LAYOUT_PORT_RESET, CF9_SYS_RST | CF9_RST_CPU);
}

static void end_kbd(void)
{
	outb(LAYOUT_PORT_KBD, KBD_PULSE_RESET);
}

static void end_acpi(void)
{
	const uint8_t *fadt = acpi_find("FACP");

	if (fadt[FADT_RESET_REG] == SPACE_IO)
		outb((uint16_t)get(fadt + FADT_RESET_REG + 4, 8), fadt[FADT_RESET_VALUE]);
}

static void end_triple(void)
{
	__asm__ volatile("mov %0, %%rbx" : : "r"(0x1122334455667788) : "rbx");
	triple_fault();
}

/* Execute where there is no memory. */
static void end_fetch(void)
{
	((void (*)(void))(uint64_t)LAYOUT_PCI32)();
}

/* An access to a device by an instruction that no KVM emulates. */
static void end_emulate(void)
{
	__asm__ volatile("fnsave (%0)" : : "r"((uint64_t)LAYOUT_PCI32) : "memory");
}

static void end_hang(void)
{
	print("ready to be ended\n");
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void end_spin(void)
{
	print("ready to be ended\n");
	for (;;)
		__asm__ volatile("pause");
}

static const struct {
	const char *name;
	void (*fn)(void);
} end[] = {
	{ "poweroff", finish },	    { "cf9", end_cf9 },	      { "kbd", end_kbd },
	{ "acpi", end_acpi },	    { "triple", end_triple }, { "fetch", end_fetch },
	{ "emulate", end_emulate }, { "hang", end_hang },     { "spin", end_spin },
};

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (unsigned i = 0; i < ARRAY_SIZE(end); i++) {
		if (memcmp(command_line(), end[i].name, strlen(end[i].name) + 1))
			continue;
		report(true, "about to %s", end[i].name);
		end[i].fn();
		for (;;)
			__asm__ volatile("hlt");
	}
	report(false, "no such end: %s", command_line());
}
