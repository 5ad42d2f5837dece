// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd.c - a guest with the GPU, which believes nothing: what stands in 0xFC, and whether anything it
 * can read there, in config space or in BAR0 tells of the host's memory. For the lab: see tests/lab/scenarios/igd-contract.sh.
 *
 * Words on the command line:
 *	leak=ADDRESS,...	host addresses; their pages must appear nowhere
 *	opregion		0xFC must not be 0; without the word, it must
 *	trapped=OFFSET,...	pages of BAR0 that are not memory
 *	doorbells		SWSMI, ASLE and SWSCI reach the device: what they read then is its matter
 *	count			in the end say how many MMIO exits there must have been, and stay
 */
#include "guest.h"

#define GPU	    (2 << 3)
#define HOST_BRIDGE 0
#define LPC_BRIDGE  (0x1f << 3)

#define CFG_SIZE 256
#define EXT_SIZE 4096
#define PAGE	 4096

#define COMMAND	   0x04
#define CMD_MEMORY 0x02
#define BAR0	   0x10
#define GGC	   0x50
#define BDSM32	   0x5c
#define BGSM32	   0x70
#define BDSM64	   0xc0
#define SWSMI	   0xe0
#define ASLE	   0xe4
#define SWSCI	   0xe8
#define ALIAS	   0xf0
#define ASLS	   0xfc

#define MMIO_PAGE1 0x108000
#define MMIO_PAGE2 0x138000
#define GGC_COPY   0x108040
#define DSM	   0x1080c0
#define GSM	   0x108100
#define RESERVED   0x1082c0
#define ACCESS	   0x138914

#define OPREGION_SIZE	   8192
#define OPREGION_VERSION   0x16
#define OPREGION_MAILBOXES 0x58
#define OPREGION_RVDA	   0x3ba
#define OPREGION_RVDS	   0x3c2
#define LEAKS_MAX	   16

static uint64_t leak[LEAKS_MAX];
static unsigned leaks;
static uint64_t exits; /* MMIO accesses that the VMM has to answer */

/* ---- leaks ---- */

static void find_leaks(const uint8_t *bytes, unsigned len, const char *where, unsigned width)
{
	unsigned found = 0;

	for (unsigned at = 0; at + 4 <= len; at++)
		for (unsigned i = 0; i < leaks; i++) {
			unsigned size = leak[i] >> 32 ? 8 : 4;

			if (at + size > len || (get(bytes + at, size) & ~0xfffull) != leak[i])
				continue;
			print("%s: host page %lx at %03x\n", where, leak[i], at);
			found++;
		}
	equal(found, 0, "%s, %u bytes at a time: nothing of the host", where, width);
}

static void parse_leaks(void)
{
	const char *at = command_word("leak");

	while (at && *at && *at != ' ' && leaks < LEAKS_MAX)
		leak[leaks++] = command_number(&at) & ~0xfffull;
}

/* ---- config space ---- */

static uint32_t cf8_read(unsigned devfn, unsigned reg, unsigned width)
{
	outl(LAYOUT_PORT_PCI_ADDR, cf8_address(0, devfn, reg));
	if (width == 1)
		return inb((uint16_t)(LAYOUT_PORT_PCI_DATA + (reg & 3)));
	if (width == 2)
		return inw((uint16_t)(LAYOUT_PORT_PCI_DATA + (reg & 2)));
	return inl(LAYOUT_PORT_PCI_DATA);
}

static uint64_t mmio_read(uint64_t gpa, unsigned width)
{
	exits++;
	if (width == 1)
		return read8(gpa);
	if (width == 2)
		return read16(gpa);
	if (width == 4)
		return read32(gpa);
	return read64(gpa);
}

static void mmio_write(uint64_t gpa, unsigned width, uint64_t v)
{
	exits++;
	if (width == 1)
		write8(gpa, (uint8_t)v);
	else if (width == 2)
		write16(gpa, (uint16_t)v);
	else if (width == 4)
		write32(gpa, (uint32_t)v);
	else
		write64(gpa, v);
}

static void put(uint8_t *to, uint64_t v, unsigned len)
{
	for (; len--; v >>= 8)
		*to++ = (uint8_t)v;
}

static void read_config(uint8_t *to, unsigned devfn, unsigned width, bool by_ecam)
{
	for (unsigned reg = 0; reg < (by_ecam ? EXT_SIZE : CFG_SIZE); reg += width)
		put(to + reg,
		    by_ecam ? mmio_read(ecam(devfn, reg), width) : cf8_read(devfn, reg, width),
		    width);
}

static void test_config(unsigned devfn, const char *name, unsigned narrowest)
{
	static uint8_t want[EXT_SIZE], got[EXT_SIZE];

	read_config(want, devfn, 4, true);
	find_leaks(want, EXT_SIZE, name, 4);
	for (unsigned width = narrowest; width <= 4; width *= 2)
		for (unsigned by_ecam = 0; by_ecam < 2; by_ecam++) {
			unsigned size = by_ecam ? EXT_SIZE : CFG_SIZE;

			read_config(got, devfn, width, by_ecam);
			report(!memcmp(got, want, size), "%s, %u bytes at a time by %s: the same",
			       name, width, by_ecam ? "ECAM" : "CF8");
			find_leaks(got, size, name, width);
		}
}

/* ---- ASLS ---- */

static void test_asls(uint32_t asls)
{
	uint64_t first = asls & ~(PAGE - 1ull), size = OPREGION_SIZE + (asls & (PAGE - 1));
	bool usable = false;

	print("ASLS %x\n", asls);
	report(!asls == !command_word("opregion"), "ASLS is 0 exactly if it should be");
	if (!asls)
		return;
	report(!memcmp((const void *)(uint64_t)asls, "IntelGraphicsMem", 16),
	       "the OpRegion's signature is there from the first instruction on");
	report(e820_has(first, size, E820_RESERVED), "its pages are in one reserved entry of e820");
	for (uint64_t page = first; page < first + size; page += PAGE)
		usable |= e820_has(page, 1, E820_RAM);
	report(!usable, "none of them is usable memory");
}

/* The OpRegion's own pointer at an extended VBT: where the driver would look for it. */
static void test_opregion(uint32_t asls)
{
	const uint8_t *opregion = (const uint8_t *)(uint64_t)asls;
	uint32_t version = (uint32_t)get(opregion + OPREGION_VERSION, 2);
	uint64_t rvda = get(opregion + OPREGION_RVDA, 8), vbt = rvda;
	uint32_t rvds = (uint32_t)get(opregion + OPREGION_RVDS, 4);

	print("OpRegion %x.%x mailboxes %x RVDA %lx RVDS %x\n", version >> 8, version & 0xff,
	      (uint32_t)get(opregion + OPREGION_MAILBOXES, 4), rvda, rvds);
	find_leaks(opregion, OPREGION_SIZE, "OpRegion", 1);
	if (!rvda || !rvds)
		return;
	if (version > 0x200)
		vbt += asls;
	report(e820_has(vbt, rvds, E820_RESERVED), "the extended VBT is in reserved memory");
	report(!memcmp((const void *)vbt, "$VBT", 4), "and it is a VBT");
}

/* ---- BAR0 ---- */

static uint64_t bar0(void)
{
	uint64_t gpa = cf8_read32(0, GPU, BAR0);

	if ((gpa & 6) == 4)
		gpa |= (uint64_t)cf8_read32(0, GPU, BAR0 + 4) << 32;
	cf8_write32(0, GPU, COMMAND, cf8_read32(0, GPU, COMMAND) | CMD_MEMORY);
	gpa &= ~0xfull;
	if (gpa >> 32)
		map_gib(gpa);
	return gpa;
}

static bool is_trapped(uint64_t offset)
{
	const char *at = command_word("trapped");

	while (at && *at && *at != ' ')
		if (command_number(&at) == (offset & ~(PAGE - 1ull)))
			return true;
	return false;
}

/* An access to BAR0, which is an exit where it is trapped. */
static uint64_t bar_read(uint64_t bar, uint64_t offset, unsigned width)
{
	uint64_t before = exits, v = mmio_read(bar + offset, width);

	if (!is_trapped(offset))
		exits = before;
	return v;
}

static void test_mmio_page(uint64_t bar, unsigned offset)
{
	static const unsigned mirror[] = { GGC_COPY, DSM, GSM, RESERVED, ACCESS };
	static uint8_t bytes[PAGE], around[16];

	for (unsigned at = 0; at < PAGE; at += 4)
		put(bytes + at, bar_read(bar, offset + at, 4), 4);
	find_leaks(bytes, PAGE, "BAR0 page", 4);
	for (unsigned i = 0; i < ARRAY_SIZE(mirror); i++) {
		if ((mirror[i] & ~(PAGE - 1u)) != offset)
			continue;
		for (unsigned width = 1; width <= 8; width *= 2) {
			for (unsigned at = 0; at < 16; at += width)
				put(around + at, bar_read(bar, (mirror[i] & ~7u) + at, width),
				    width);
			find_leaks(around, sizeof(around), "BAR0 register", width);
		}
	}
}

static void test_mirrors(uint64_t bar)
{
	static const unsigned mirror[] = { GGC_COPY, DSM, GSM, RESERVED };
	uint64_t value[ARRAY_SIZE(mirror)];

	for (unsigned i = 0; i < ARRAY_SIZE(mirror); i++)
		value[i] = bar_read(bar, mirror[i], i ? 8 : 4);
	print("BAR0: GGC %lx DSM %lx GSM %lx reserved %lx access %lx\n", value[0], value[1],
	      value[2], value[3], bar_read(bar, ACCESS, 4));
	equal(value[0], cf8_read32(0, GPU, GGC) & 0xffff, "GGC is the same in config space");
	for (unsigned i = 0; i < ARRAY_SIZE(mirror); i++) {
		for (unsigned width = 4; width; width /= 2)
			mmio_write(bar + mirror[i], width, ~value[i]);
		equal(bar_read(bar, mirror[i], i ? 8 : 4), value[i], "BAR0 %x stays", mirror[i]);
	}
}

/* One read of each page of BAR0 but the trapped ones: nothing that a VMM would hear of. */
static void read_other_pages(uint64_t bar)
{
	unsigned pages = 0;
	uint64_t size;

	cf8_write32(0, GPU, COMMAND, cf8_read32(0, GPU, COMMAND) & ~CMD_MEMORY);
	cf8_write32(0, GPU, BAR0, 0xffffffff);
	size = ~(cf8_read32(0, GPU, BAR0) & 0xfffffff0) + 1u;
	cf8_write32(0, GPU, BAR0, (uint32_t)bar);
	cf8_write32(0, GPU, COMMAND, cf8_read32(0, GPU, COMMAND) | CMD_MEMORY);
	for (uint64_t at = 0; at < size; at += PAGE)
		if (!is_trapped(at)) {
			read32(bar + at + 0x40);
			pages++;
		}
	print("%u other pages of BAR0, %lu in all\n", pages, size / PAGE);
	report(pages > 1000, "many pages");
}

/* ---- writes ---- */

static void test_writes(void)
{
	static const uint8_t regs[] = { GGC,	   BDSM32, BGSM32, BDSM64, BDSM64 + 4, ALIAS,
					ALIAS + 4, ASLS,   SWSMI,  ASLE,   SWSCI };
	unsigned stay = ARRAY_SIZE(regs) - (command_word("doorbells") ? 3 : 0);
	static uint8_t before[CFG_SIZE], after[CFG_SIZE];

	read_config(before, GPU, 4, false);
	for (unsigned i = 0; i < ARRAY_SIZE(regs); i++) {
		uint32_t v = ~(uint32_t)get(before + regs[i], 4);

		cf8_write32(0, GPU, regs[i], v);
		for (unsigned at = 0; at < 4; at++) {
			outb((uint16_t)(LAYOUT_PORT_PCI_DATA + at), (uint8_t)(v >> 8 * at));
			mmio_write(ecam(GPU, regs[i] + at), 1, v >> 8 * at);
		}
		for (unsigned at = 0; at < 4; at += 2) {
			outw((uint16_t)(LAYOUT_PORT_PCI_DATA + at), (uint16_t)(v >> 8 * at));
			mmio_write(ecam(GPU, regs[i] + at), 2, v >> 8 * at);
		}
		mmio_write(ecam(GPU, regs[i]), 4, v);
	}
	read_config(after, GPU, 4, false);
	for (unsigned i = 0; i < stay; i++)
		equal(get(after + regs[i], 4), get(before + regs[i], 4), "config %x stays",
		      regs[i]);
}

void guest_main(uint8_t *boot_params)
{
	uint32_t asls = cf8_read32(0, GPU, ASLS); /* before anything else */
	uint64_t bar;

	(void)boot_params;
	test_asls(asls);
	parse_leaks();
	report(leaks > 0, "%u host addresses to look for", leaks);
	if (asls)
		test_opregion(asls);
	test_config(GPU, "00:02.0", 1);
	test_config(HOST_BRIDGE, "00:00.0", 4);
	test_config(LPC_BRIDGE, "00:1f.0", 4);
	bar = bar0();
	report(bar != 0, "BAR0 at %lx", bar);
	test_mmio_page(bar, MMIO_PAGE1);
	test_mmio_page(bar, MMIO_PAGE2);
	test_mirrors(bar);
	test_writes();
	equal(cf8_read32(0, GPU, ASLS), asls, "ASLS at last");
	if (!command_word("count"))
		return;
	read_other_pages(bar);
	print("MMIO exits: %lu\n", exits);
	print("ready to be counted\n");
	for (;;)
		__asm__ volatile("cli; hlt");
}
