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
#define PANICKED	 0x01
#define CRASH_LOADED	 0x02

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

/* The guest's kernel panicked; before, that a crash kernel takes over, which ends nothing. */
static void end_panic(void)
{
	equal(inb(LAYOUT_PORT_PVPANIC), PANICKED | CRASH_LOADED, "events of pvpanic");
	outb(LAYOUT_PORT_PVPANIC, CRASH_LOADED);
	report(true, "still there after a crash kernel was announced");
	outb(LAYOUT_PORT_PVPANIC, PANICKED);
}

static void end_debug(unsigned width)
{
	const char *code = command_word("code");
	uint64_t n = code ? command_number(&code) : 0;

	if (width == 1)
		outb(LAYOUT_PORT_EXIT, (uint8_t)n);
	else
		outl(LAYOUT_PORT_EXIT, (uint32_t)n);
}

static void end_debug1(void)
{
	end_debug(1);
}

static void end_debug4(void)
{
	end_debug(4);
}

/* Without --debug-exit nothing is there. */
static void end_debug_absent(void)
{
	equal(inl(LAYOUT_PORT_EXIT), UINT32_MAX, "nothing at the debug port");
	outb(LAYOUT_PORT_EXIT, 1);
	finish();
}

static const struct {
	const char *name;
	void (*fn)(void);
} end[] = {
	{ "poweroff", finish },
	{ "cf9", end_cf9 },
	{ "kbd", end_kbd },
	{ "acpi", end_acpi },
	{ "triple", end_triple },
	{ "fetch", end_fetch },
	{ "emulate", end_emulate },
	{ "hang", end_hang },
	{ "spin", end_spin },
	{ "panic", end_panic },
	{ "debug1", end_debug1 },
	{ "debug4", end_debug4 },
	{ "debug-absent", end_debug_absent },
};

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (unsigned i = 0; i < ARRAY_SIZE(end); i++) {
		if (!command_word(end[i].name))
			continue;
		report(true, "about to %s", end[i].name);
		end[i].fn();
		for (;;)
			__asm__ volatile("hlt");
	}
	report(false, "no such end: %s", command_line());
}
