// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile.c - a guest that touches everything: igdvm and KVM must still be there afterwards.
 * The command line says what is hammered; the numbers keep each run below a second.
 */
#include "guest.h"

#define RANDOM_ACCESSES 12000

/* xorshift64 with a fixed seed: a failure can be repeated. */
static uint64_t random(void)
{
	static uint64_t x = 0x9e3779b97f4a7c15;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void read_ports(unsigned size, unsigned step)
{
	for (unsigned port = 0; port <= 0xffff; port += step) {
		if (size == 1)
			inb((uint16_t)port);
		else if (size == 2)
			inw((uint16_t)port);
		else
			inl((uint16_t)port);
	}
	report(true, "read all ports, %u bytes each", size);
}

static void ports1(void)
{
	read_ports(1, 1);
}

static void ports2(void)
{
	read_ports(2, 2);
	inw(0xffff);
}

static void ports4(void)
{
	read_ports(4, 4);
	inl(0xfffd);
	for (unsigned port = 1; port < 0x1000; port += 2)
		inl((uint16_t)port);
	report(true, "read ports across their boundaries");
}

/* Ports whose bytes end the machine or the conversation. */
static bool fatal(unsigned port, unsigned size)
{
	static const struct {
		uint16_t first, last;
	} spared[] = {
		{ LAYOUT_PORT_KBDDATA, LAYOUT_PORT_KBD },
		{ LAYOUT_PORT_COM1, LAYOUT_PORT_COM1 + 7 },
		{ LAYOUT_PORT_PVPANIC, LAYOUT_PORT_PVPANIC },
		{ LAYOUT_PORT_PM1_CNT, LAYOUT_PORT_PM1_CNT + 1 },
		{ LAYOUT_PORT_RESET, LAYOUT_PORT_RESET },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(spared); i++)
		if (port <= spared[i].last && port + size > spared[i].first)
			return true;
	return false;
}

static void write_ports(void)
{
	for (unsigned i = 0; i < RANDOM_ACCESSES; i++) {
		uint64_t r = random();
		/* two of three near the devices */
		unsigned port = r % 3 ? r >> 8 & 0xfff : r >> 8 & 0xffff;
		unsigned size = 1u << (r >> 32 & 3) & 7;

		if (!size || fatal(port, size))
			continue;
		if (size == 1)
			outb((uint16_t)port, (uint8_t)(r >> 40));
		else if (size == 2)
			outw((uint16_t)port, (uint16_t)(r >> 40));
		else
			outl((uint16_t)port, (uint32_t)(r >> 32));
	}
	report(true, "random port writes");
}

static void config(void)
{
	for (unsigned i = 0; i < RANDOM_ACCESSES / 2; i++) {
		uint64_t r = random();
		/* mostly where functions are */
		unsigned devfn = r & 1 ? (r & 2 ? 0x1f << 3 : 0) : r >> 8 & 0xff;

		outl(LAYOUT_PORT_PCI_ADDR,
		     cf8_address(r & 0x30 ? 0 : r >> 16 & 0xff, devfn, r >> 24 & 0xff));
		outl(LAYOUT_PORT_PCI_DATA, (uint32_t)(r >> 32));
	}
	equal(cf8_read32(0, 0, 0) & 0xffff, 0x8086, "host bridge after random config writes");
	equal(cf8_read32(0, 0x1f << 3, 0) & 0xffff, 0x8086, "LPC bridge as well");
}

static void ecam_space(void)
{
	for (unsigned i = 0; i < RANDOM_ACCESSES / 2; i++) {
		uint64_t r = random();
		uint64_t gpa = LAYOUT_ECAM - 16 + (r >> 8) % (LAYOUT_ECAM_SIZE + 32);

		if (r & 16) /* where functions are */
			gpa = ecam(r & 32 ? 0x1f << 3 : 0, 0) + (r >> 8 & 0x1ff);
		switch (r & 3) {
		case 0:
			write8(gpa, (uint8_t)(r >> 40));
			break;
		case 1:
			write16(gpa, (uint16_t)(r >> 40));
			break;
		case 2:
			write32(gpa, (uint32_t)(r >> 32));
			break;
		case 3:
			write64(gpa, random());
			break;
		}
		if (r & 4)
			read64(gpa);
	}
	equal(cf8_read32(0, 0, 0) & 0xffff, 0x8086, "host bridge after random ECAM writes");
	equal(cf8_read32(0, 0x1f << 3, 0) & 0xffff, 0x8086, "LPC bridge as well");
}

/* Everything from the end of RAM to 4 GiB, interrupt controllers included. */
static void mmio(void)
{
	for (unsigned i = 0; i < RANDOM_ACCESSES / 2; i++) {
		uint64_t r = random();
		uint64_t gpa = LAYOUT_LOW_LIMIT + (r >> 8) % (LAYOUT_4GIB - LAYOUT_LOW_LIMIT - 8);

		if (r & 8)
			gpa = (r & 16 ? LAYOUT_IOAPIC : LAYOUT_LAPIC) + (r >> 8 & 0xfff);
		if (gpa >= LAYOUT_LAPIC && gpa < LAYOUT_LAPIC + 0x1000)
			read32(gpa & ~15ull); /* writing could send an INIT to ourselves */
		else if (r & 4)
			write32(gpa, (uint32_t)(r >> 32));
		else
			read64(gpa);
	}
	report(true, "random MMIO");
}

static const struct {
	const char *name;
	void (*fn)(void);
} attack[] = {
	{ "ports1", ports1 },	  { "ports2", ports2 }, { "ports4", ports4 },
	{ "write", write_ports }, { "config", config }, { "ecam", ecam_space },
	{ "mmio", mmio },
};

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (unsigned i = 0; i < ARRAY_SIZE(attack); i++)
		if (!memcmp(command_line(), attack[i].name, strlen(attack[i].name) + 1))
			attack[i].fn();
}
