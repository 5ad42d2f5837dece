// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_vbios.c - option ROM, VGA ranges and I/O BAR for a VBIOS in the guest.
 * Knows what Intel's VBIOS does with stolen memory; must not know OpRegion, bridges, KVM.
 */
#include <errno.h>

#include "igd_regs.h"
#include "igd_vbios.h"
#include "layout.h"
#include "log.h"
#include "mem.h"
#include "pci_regs.h"
#include "vfio.h"

/* ---- option ROM ---- */

#define ANY 0x100 /* in the pattern: any byte */

/*
 * From Sandy Bridge to gen 9 the VBIOS keeps the base of stolen memory in a dword of its own image, and
 * asks the GPU (16 bits at 0x5E) only while that is 0. The image a host shows is the shadow copy that ran
 * there, with the host's base in it (QEMU hw/vfio/igd.c, igd_vbios_find_saved_bdsm()). The code:
 *
 *	cmp dword [cs:saved], 0; jz ask; mov eax, [cs:saved]; jmp done; ask: mov ax, 0x105e ...
 */
static const uint16_t asks_for_base[] = {
	0x66, 0x2e, 0x83, 0x3e, ANY,  ANY,  0x00, 0x74, 0x07, 0x66,
	0x2e, 0xa1, ANY,  ANY,	0xeb, 0x0f, 0xb8, 0x5e, 0x10,
};
#define SAVED_AT  4  /* where the code names the dword's offset, */
#define SAVED_TOO 12 /* twice */

static bool matches(const uint8_t *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(asks_for_base); i++)
		if (asks_for_base[i] != ANY && asks_for_base[i] != code[i])
			return false;
	return !memcmp(code + SAVED_AT, code + SAVED_TOO, 2);
}

/* The dword that holds the saved base; NULL when not exactly one place asks for it. */
static uint8_t *find_saved_base(uint8_t *image, size_t size)
{
	uint8_t *found = NULL;

	for (size_t i = 0; i + ARRAY_SIZE(asks_for_base) <= size; i++) {
		size_t at = get_le16(image + i + SAVED_AT);

		if (!matches(image + i))
			continue;
		if (found || at + sizeof(uint32_t) > size)
			return NULL;
		found = image + at;
	}
	return found;
}

/* Make the VBIOS ask for the guest's stolen memory instead of using the host's. */
static void forget_host_base(struct igd *g)
{
	uint8_t *saved =
		find_saved_base(g->rom.bytes + g->rom_info.legacy, g->rom_info.legacy_size);

	if (!saved || !get_le32(saved))
		return;
	put_le32(saved, 0);
	rom_fix_sum(g->rom.bytes, &g->rom_info);
	log_debug("%s: option ROM: the host's stolen memory is out of it", g->host.name);
}

/* A copy that ran on the host may have changed since its sum was made; a file may not. */
static int check_sum(struct igd *g)
{
	if (g->rom_info.sums)
		return 0;
	if (g->config.rom == ROM_FILE)
		return log_err(
			-EINVAL,
			"%s: option ROM %s: the checksum of its legacy image is wrong; it is "
			"damaged, or not all there",
			g->host.name, g->config.rom_file);
	rom_fix_sum(g->rom.bytes, &g->rom_info);
	log_info("%s: option ROM: the host's copy has changed while it ran; its checksum is mended",
		 g->host.name);
	return 0;
}

static int probe_rom(struct igd *g)
{
	const char *from = g->config.rom == ROM_FILE ? g->config.rom_file : "of the device";
	char why[128];
	int ret;

	if (g->config.rom == ROM_OFF)
		return 0;
	ret = g->config.rom == ROM_BAR ? vfio_rom_read(&g->rom, g->dev)
				       : vfio_rom_load(&g->rom, g->host.name, g->config.rom_file);
	if (ret)
		return ret;
	ret = rom_check(g->rom.bytes, g->rom.len, INTEL_VENDOR, g->device_id, &g->rom_info, why,
			sizeof(why));
	if (ret)
		return log_err(ret, "%s: option ROM %s: %s; give another file, or rom=off",
			       g->host.name, from, why);
	if (!g->rom_info.lists)
		log_warn("%s: option ROM %s does not name device %04x: it may refuse to run",
			 g->host.name, from, g->device_id);
	ret = check_sum(g);
	if (!ret && (g->gen->quirks & IGD_VBIOS))
		forget_host_base(g);
	return ret;
}

/* Where firmware leaves a VBIOS, and everybody looks for it who finds no ROM register. */
static void copy_to_low_memory(struct igd *g, struct mem *mem)
{
	size_t len = g->rom_info.legacy_size;
	void *to = len && len <= LAYOUT_ROM_MAX ? mem_at(mem, LAYOUT_ROM, len) : NULL;

	if (to)
		memcpy(to, g->rom.bytes + g->rom_info.legacy, len);
}

/* ---- the GTT through the I/O BAR ---- */

/*
 * BAR4 has an index and a data register for BAR0, which only a VBIOS uses. Bit 0 of the index selects
 * the GTT, bits 31:2 are the offset in it. Intel does not document them; found by QEMU's authors (QEMU
 * commit "vfio/igd: Remove GTT write quirk in IO BAR 4").
 *
 * A VBIOS whose saved base could not be cleared writes entries with the host's addresses: those become
 * the guest's. QEMU moved all entries, also those that were right already, which is why it stopped.
 */
#define IO_BAR	     4
#define IO_INDEX     0
#define IO_DATA	     4
#define INDEX_GTT    BIT(0)
#define PTE_VALID    BIT(0)
#define PTE_ADDR     GENMASK(31, 12)
#define PTE_ADDR_TOP GENMASK(10, 4) /* bits 38:32 up to gen 7 (i915 gt/intel_gtt.h); 0 later */

/* One dword of the GTT. The upper halves of 64-bit entries are 0 below 4 GiB, and no valid entries. */
static uint32_t translate(const struct igd_gtt *t, uint32_t pte)
{
	uint64_t addr = pte & PTE_ADDR;

	if (!(pte & PTE_VALID) || (pte & PTE_ADDR_TOP) || addr - t->guest < t->guest_size ||
	    addr - t->host >= t->host_size)
		return pte;
	/* behind the guest's stolen memory is other memory of the guest's */
	if (addr - t->host >= t->guest_size)
		return 0;
	return (uint32_t)(addr - t->host + t->guest) | (pte & ~(uint32_t)PTE_ADDR);
}

static void see_io_write(struct bar_filter *f, uint64_t off, uint8_t *data, unsigned len)
{
	struct igd_gtt *t = container_of(f, struct igd_gtt, filter);

	if (off < IO_INDEX + 4)
		t->selected = off == IO_INDEX && len == 4 && (get_le32(data) & INDEX_GTT);
	else if (off == IO_DATA && len == 4 && t->selected)
		put_le32(data, translate(t, get_le32(data)));
}

static void watch_io_bar(struct igd *g, struct vfio_pci *v)
{
	if (!(g->gen->quirks & IGD_VBIOS) || v->pci.bar[IO_BAR].kind != PCI_BAR_IO ||
	    (g->config.rom == ROM_OFF && !g->config.vga))
		return;
	g->gtt = (struct igd_gtt){
		.filter.write = see_io_write,
		.host = g->host_bdsm,
		.host_size = igd_stolen_size(g->gen, g->host_ggc),
		.guest = g->dsm_gpa,
		.guest_size = g->dsm_gpa ? g->stolen : 0,
	};
	v->bar[IO_BAR].filter = &g->gtt.filter;
}

/* ---- all of it ---- */

int igd_vbios_probe(struct igd *g)
{
	int ret = probe_rom(g);

	if (ret || !g->config.vga)
		return ret;
	ret = vfio_vga_check(g->dev);
	if (ret)
		return ret;
	if (g->host_ggc & GGC_VGA_OFF)
		log_warn("%s: vga: the host's firmware has switched VGA off in it (GGC %#x); make "
			 "it "
			 "the boot display",
			 g->host.name, g->host_ggc);
	g->wish[g->n_wish++] =
		(struct mem_wish){ "igd-vga", MEM_VGA, LAYOUT_VGA_SIZE, 4 * KiB, LAYOUT_LEGACY };
	return 0;
}

int igd_vbios_build(struct igd *g, const struct igd_parts *p)
{
	watch_io_bar(g, p->v);
	if (g->rom.bytes) {
		vfio_rom_attach(p->v, &g->rom);
		copy_to_low_memory(g, p->mem);
	}
	return g->config.vga ? vfio_vga_init(&g->vga, p->v, p->pio, p->mmio) : 0;
}

void igd_vbios_fini(struct igd *g)
{
	vfio_vga_fini(&g->vga);
	vfio_rom_fini(&g->rom);
}
