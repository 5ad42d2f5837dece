// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci.c - config space of bus 0 by both mechanisms, and accesses that no driver makes.
 * Sources: PCI Local Bus 3.0 section 3.2.2.3.2; PCI Express Base 4.0 section 7.2.2.
 */
#include "guest.h"

#define ADDR	      LAYOUT_PORT_PCI_ADDR
#define PCI_DATA      LAYOUT_PORT_PCI_DATA
#define CFG_SIZE      256
#define HOST_BRIDGE   0x00
#define LPC_BRIDGE    (0x1f << 3)
#define COMMAND	      0x04
#define CLASS_HOST    0x060000
#define CLASS_ISA     0x060100
#define RESET_SYS_RST 0x02

static uint8_t before[CFG_SIZE], after[CFG_SIZE];

/* Every byte by CF8/CFC in 1, 2 and 4 bytes, and by ECAM in 1, 2, 4. */
static void test_both_mechanisms(unsigned devfn)
{
	unsigned wrong = 0;

	for (unsigned reg = 0; reg < CFG_SIZE; reg += 4) {
		uint32_t v = read32(ecam(devfn, reg));

		outl(ADDR, cf8_address(0, devfn, reg));
		wrong += inl(PCI_DATA) != v;
		for (unsigned i = 0; i < 4; i++) {
			wrong += inb(PCI_DATA + i) != (uint8_t)(v >> 8 * i);
			wrong += read8(ecam(devfn, reg + i)) != (uint8_t)(v >> 8 * i);
		}
		for (unsigned i = 0; i < 4; i += 2) {
			wrong += inw(PCI_DATA + i) != (uint16_t)(v >> 8 * i);
			wrong += read16(ecam(devfn, reg + i)) != (uint16_t)(v >> 8 * i);
		}
	}
	equal(wrong, 0, "%02x.%u: the same by CF8 and ECAM, in all sizes", devfn >> 3, devfn & 7);
	wrong = 0;
	for (unsigned reg = CFG_SIZE; reg < 4096; reg += 64)
		wrong += read32(ecam(devfn, reg)) != 0xffffffff;
	equal(wrong, 0, "%02x.%u: no extended config space", devfn >> 3, devfn & 7);
}

static void snapshot(unsigned devfn, uint8_t *to)
{
	for (unsigned reg = 0; reg < CFG_SIZE; reg += 4) {
		uint32_t v = read32(ecam(devfn, reg));

		memcpy(to + reg, &v, 4);
	}
}

/* A bridge has no BAR: all a guest may change is COMMAND, cache line, latency, interrupt line. */
static void test_read_only(unsigned devfn, bool by_ecam)
{
	static const uint8_t writable[][2] = {
		{ 0x04, 0x47 }, { 0x05, 0x05 }, { 0x0c, 0xff }, { 0x0d, 0xff }, { 0x3c, 0xff }
	};
	unsigned wrong = 0;

	snapshot(devfn, before);
	for (unsigned reg = 0; reg < CFG_SIZE; reg += 4) {
		if (by_ecam)
			write32(ecam(devfn, reg), 0xffffffff);
		else
			cf8_write32(0, devfn, reg, 0xffffffff);
	}
	snapshot(devfn, after);
	for (unsigned reg = 0; reg < CFG_SIZE; reg += 4) {
		uint32_t v = (uint32_t)get(before + reg, 4);

		if (by_ecam)
			write32(ecam(devfn, reg), v);
		else
			cf8_write32(0, devfn, reg, v);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(writable); i++) {
		const uint8_t *w = writable[i];

		wrong += (after[w[0]] & (uint8_t)~w[1]) != (before[w[0]] & (uint8_t)~w[1]);
		after[w[0]] = before[w[0]];
	}
	report(!wrong && !memcmp(before, after, CFG_SIZE), "%02x.%u: read-only bytes stay (%s)",
	       devfn >> 3, devfn & 7, by_ecam ? "ECAM" : "CF8");
	snapshot(devfn, after);
	report(!memcmp(before, after, CFG_SIZE), "%02x.%u: as it was", devfn >> 3, devfn & 7);
}

static void test_identity(void)
{
	print("host bridge %08x, class %06x\n", read32(ecam(HOST_BRIDGE, 0)),
	      read32(ecam(HOST_BRIDGE, 8)) >> 8);
	print("LPC bridge %08x, class %06x\n", read32(ecam(LPC_BRIDGE, 0)),
	      read32(ecam(LPC_BRIDGE, 8)) >> 8);
	equal(read32(ecam(HOST_BRIDGE, 8)) >> 8, CLASS_HOST, "class of the host bridge");
	equal(read32(ecam(LPC_BRIDGE, 8)) >> 8, CLASS_ISA, "class of the LPC bridge");
}

/* 0xCF8 is a dword register; bytes and words at it are other ports, 0xCF9 the reset register. */
static void test_address_port(void)
{
	uint32_t addr = cf8_address(0, LPC_BRIDGE, 0);

	outl(ADDR, addr);
	equal(inl(ADDR), addr, "CF8 keeps what is written");
	outb(ADDR, 0x55);
	outw(ADDR, 0x5555);
	outb(ADDR + 3, 0x00);
	equal(inl(ADDR), addr, "CF8 takes only dwords");
	outb(LAYOUT_PORT_RESET, RESET_SYS_RST);
	equal(inb(LAYOUT_PORT_RESET), RESET_SYS_RST, "CF9 is not shadowed by CF8");
	equal(inl(ADDR), addr, "CF8 does not hear what is for CF9");
	outl(ADDR, addr & ~(1u << 31));
	equal(inl(PCI_DATA), 0xffffffff, "CFC without the enable bit");
	outl(PCI_DATA, 0);
	outl(ADDR, 0xffffffff);
	equal(inl(ADDR), 0x80fffffc, "CF8: reserved bits read 0");
	outl(ADDR, addr);
	equal(inw(PCI_DATA + 3) >> 8, 0xff, "CFC access beyond the register");
}

static void test_odd_ecam(void)
{
	uint64_t base = ecam(LPC_BRIDGE, 0);
	uint64_t ids = read32(base) | (uint64_t)read32(base + 4) << 32;
	uint32_t command = read32(base + COMMAND);

	equal(read64(base), ids, "ECAM: 8 bytes at once");
	equal(read32(base + 2), (uint32_t)(ids >> 16), "ECAM: across two registers");
	equal(read32(base + 1), (uint32_t)(ids >> 8), "ECAM: unaligned");
	equal(read32(base + 0xfd) >> 24, 0xff, "ECAM: across the end of config space");
	equal(read32(ecam(LPC_BRIDGE, 0) - 2) >> 16, (uint16_t)ids, "ECAM: across two functions");
	equal(read64(LAYOUT_ECAM + LAYOUT_ECAM_SIZE - 4), ~0ull, "ECAM: across its end");
	equal(read64(LAYOUT_ECAM - 4), (uint64_t)read32(LAYOUT_ECAM) << 32 | 0xffffffff,
	      "ECAM: across its start");
	write32(base + COMMAND - 2, 0x0003ffff);
	equal(read32(base), (uint32_t)ids, "ECAM: unaligned write leaves the ids");
	equal(read32(base + COMMAND) & 0xffff, 3, "ECAM: unaligned write reaches COMMAND");
	write64(base + COMMAND, 0x0000000000000000 | command);
	equal(read32(base + COMMAND), command, "ECAM: 8-byte write");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	test_identity();
	test_both_mechanisms(HOST_BRIDGE);
	test_both_mechanisms(LPC_BRIDGE);
	for (unsigned i = 0; i < 2; i++) {
		test_read_only(HOST_BRIDGE, i);
		test_read_only(LPC_BRIDGE, i);
	}
	test_address_port();
	test_odd_ecam();
}
