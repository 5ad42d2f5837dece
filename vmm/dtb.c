// SPDX-License-Identifier: BSD-2-Clause
/*
 * dtb.c - memory, reserved ranges, the PCI root and /chosen as a device tree.
 * Knows layout.h, the plan of memory and libfdt; must not know devices or KVM.
 *
 * What x86 Linux does with a tree from setup_data, if it has CONFIG_OF (Debian's kernels have not):
 * - arch/x86/kernel/devicetree.c registers a CPU for each cpu node and IOAPICs, HPET and local APIC
 *   by "intel,ce4100-*": the MADT has these, so the tree has no such node. Kernels before 6.14
 *   (without 96f41f644c48) register the local APIC a second time whatever the tree says, with a
 *   warning; only leaving the tree out would avoid it.
 * - drivers/of/platform.c makes a platform device of each node below the root that has a compatible
 *   string and no status but "okay"; pci-host-generic would then drive the bus that ACPI drives.
 *   Hence the PCI node's status "reserved": works, but is in other hands (specification, 2.3.4).
 * - Memory nodes and /chosen are not read: e820, boot_params and the other setup_data entries
 *   count. /reserved-memory says nothing that e820 does not.
 */
#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "dtb.h"
#include "layout.h"
#include "memmap.h"
#include "util.h"

#define ADDRESS_CELLS	  2
#define SIZE_CELLS	  2
#define PCI_ADDRESS_CELLS 3

/* IEEE 1275 PCI bus binding, 2.2.1.1: space code of phys.hi */
#define PCI_SPACE_MEM32 0x02000000
#define PCI_SPACE_MEM64 0x03000000

/* A tree under construction: the first error sticks and turns what follows into nothing. */
struct tree {
	void *fdt;
	int err; /* libfdt's: 0 or negative */
};

static void begin_node(struct tree *t, const char *name)
{
	if (!t->err)
		t->err = fdt_begin_node(t->fdt, name);
}

/* "name@address" */
static void begin_unit(struct tree *t, const char *name, uint64_t address)
{
	char unit[64];

	snprintf(unit, sizeof(unit), "%s@%" PRIx64, name, address);
	begin_node(t, unit);
}

static void end_node(struct tree *t)
{
	if (!t->err)
		t->err = fdt_end_node(t->fdt);
}

static void prop(struct tree *t, const char *name, const void *value, size_t len)
{
	if (!t->err)
		t->err = fdt_property(t->fdt, name, value, (int)len);
}

static void prop_empty(struct tree *t, const char *name)
{
	prop(t, name, NULL, 0);
}

static void prop_string(struct tree *t, const char *name, const char *value)
{
	prop(t, name, value, strlen(value) + 1);
}

static void prop_u32(struct tree *t, const char *name, uint32_t value)
{
	if (!t->err)
		t->err = fdt_property_u32(t->fdt, name, value);
}

static void prop_u64(struct tree *t, const char *name, uint64_t value)
{
	if (!t->err)
		t->err = fdt_property_u64(t->fdt, name, value);
}

static void prop_reg(struct tree *t, uint64_t address, uint64_t size)
{
	fdt64_t reg[] = { cpu_to_fdt64(address), cpu_to_fdt64(size) };

	prop(t, "reg", reg, sizeof(reg));
}

static void put_cells(struct tree *t, uint32_t address_cells)
{
	prop_u32(t, "#address-cells", address_cells);
	prop_u32(t, "#size-cells", SIZE_CELLS);
}

static void put_chosen(struct tree *t, const struct dtb_info *info)
{
	begin_node(t, "chosen");
	prop_string(t, "bootargs", info->cmdline);
	if (info->initrd_size) {
		prop_u64(t, "linux,initrd-start", info->initrd_gpa);
		prop_u64(t, "linux,initrd-end", info->initrd_gpa + info->initrd_size);
	}
	if (info->rng_seed_len)
		prop(t, "rng-seed", info->rng_seed, info->rng_seed_len);
	end_node(t);
}

/* Memory is what e820 calls RAM: the two views come from the same traits. */
static void put_memory(struct tree *t, const struct memmap *map)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		if (mem_traits[r->type].e820 != E820_RAM)
			continue;
		begin_unit(t, "memory", r->gpa);
		prop_string(t, "device_type", "memory");
		prop_reg(t, r->gpa, r->size);
		end_node(t);
	}
}

/* Compatible strings of reserved ranges whose meaning a guest may want to look up. */
static const char *const reserved_compatible[MEM_TYPE_COUNT] = {
	[MEM_OPREGION] = DTB_OPREGION_COMPATIBLE,
	[MEM_STOLEN] = DTB_STOLEN_COMPATIBLE,
};

static void put_reserved(struct tree *t, const struct memmap *map)
{
	begin_node(t, "reserved-memory");
	put_cells(t, ADDRESS_CELLS);
	prop_empty(t, "ranges");
	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		if (!mem_traits[r->type].reserved)
			continue;
		begin_unit(t, r->name, r->gpa);
		if (reserved_compatible[r->type])
			prop_string(t, "compatible", reserved_compatible[r->type]);
		prop_reg(t, r->gpa, r->size);
		prop_empty(t, "no-map");
		end_node(t);
	}
	end_node(t);
}

/*
 * Addresses on the bus are the CPU's. I/O ports are not listed: "ranges" maps bus addresses to
 * memory addresses, and x86 ports are not in memory.
 */
static void put_pci_ranges(struct tree *t, const struct memmap *map)
{
	struct {
		fdt32_t space;
		fdt64_t pci, cpu, size;
	} __attribute__((packed)) ranges[MEMMAP_RANGES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];
		bool high = r->gpa + r->size > LAYOUT_4GIB;

		if (!mem_traits[r->type].pci_window)
			continue;
		ranges[n].space = cpu_to_fdt32(high ? PCI_SPACE_MEM64 : PCI_SPACE_MEM32);
		ranges[n].pci = ranges[n].cpu = cpu_to_fdt64(r->gpa);
		ranges[n].size = cpu_to_fdt64(r->size);
		n++;
	}
	prop(t, "ranges", ranges, n * sizeof(ranges[0]));
}

/* Linux Documentation/devicetree/bindings/pci/host-generic-pci.yaml */
static void put_pci(struct tree *t, const struct memmap *map)
{
	fdt32_t buses[] = { cpu_to_fdt32(0), cpu_to_fdt32(LAYOUT_ECAM_BUSES - 1) };

	begin_unit(t, "pci", LAYOUT_ECAM);
	prop_string(t, "compatible", "pci-host-ecam-generic");
	prop_string(t, "device_type", "pci");
	prop_string(t, "status", "reserved");
	put_cells(t, PCI_ADDRESS_CELLS);
	prop_reg(t, LAYOUT_ECAM, LAYOUT_ECAM_SIZE);
	prop(t, "bus-range", buses, sizeof(buses));
	put_pci_ranges(t, map);
	end_node(t);
}

int dtb_build(const struct dtb_info *info, void *buf, size_t size)
{
	struct tree t = { .fdt = buf };

	t.err = fdt_create(buf, (int)MIN(size, (size_t)INT_MAX));
	if (!t.err)
		t.err = fdt_finish_reservemap(buf);
	begin_node(&t, "");
	put_cells(&t, ADDRESS_CELLS);
	prop_string(&t, "model", "igdvm");
	prop_string(&t, "compatible", "igdvm");
	put_chosen(&t, info);
	put_memory(&t, info->map);
	put_reserved(&t, info->map);
	put_pci(&t, info->map);
	end_node(&t);
	if (!t.err)
		t.err = fdt_finish(buf);
	return t.err ? -ENOSPC : (int)fdt_totalsize(buf);
}
