// SPDX-License-Identifier: BSD-2-Clause
/*
 * generate.c - write what igdvm derives from its plan of memory, for fixed configurations.
 * Knows the planner, acpi.h and dtb.h; compares nothing, run.sh does.
 *
 * usage: generate DIR. Writes DIR/CONFIG/{plan.txt,*.dat,tree.dtb,smbios.bin}, and DIR/plans/PLAN.txt for
 * sizes of memory with and without reserved ranges of the host.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "acpi.h"
#include "acpi_walk.h"
#include "config.h"
#include "dtb.h"
#include "layout.h"
#include "memmap.h"
#include "smbios.h"
#include "util.h"

#define PHYS_BITS 39

static const struct mem_wish igd_wishes[] = {
	{ "opregion", MEM_OPREGION, 12 * KiB, 4 * KiB, MEMMAP_ANYWHERE },
	{ "stolen", MEM_STOLEN, 64 * MiB, 1 * MiB, MEMMAP_ANYWHERE },
};

/* Stolen memory at the address it has on a host with little below 4 GiB: in the PCI window. */
static const struct mem_wish split_wishes[] = {
	{ "opregion", MEM_OPREGION, 12 * KiB, 4 * KiB, MEMMAP_ANYWHERE },
	{ "stolen", MEM_STOLEN, 72 * MiB, 1 * MiB, 0xd3f00000 },
};

/* The MSI window of every x86 IOMMU, and an RMRR where firmware puts stolen memory. */
static const struct iova_range host_reserved[] = {
	{ 0xfee00000, 0xfeefffff },
	{ 0x7b800000, 0x7fffffff },
};

/* A machine whose tables are looked at. */
struct machine_row {
	const char *name;
	struct topology topology;
	uint64_t ram;
	const struct mem_wish *wish;
	size_t n_wish;
	unsigned prt_devices; /* devices 0 .. n-1 have a row for each pin */
	uint64_t initrd_size;
};

static const struct machine_row configs[] = {
	{ "1cpu-512m", { 1, 1, 1 }, 512 * MiB, NULL, 0, 0, 0 },
	{ "2cpu-4g-igd", { 1, 2, 1 }, 4 * GiB, igd_wishes, ARRAY_SIZE(igd_wishes), 3, 0x123456 },
	{ "2cpu-4g-split", { 1, 2, 1 }, 4 * GiB, split_wishes, ARRAY_SIZE(split_wishes), 3, 0 },
	/* 16 ids a socket, 12 of them used: gaps, and both kinds of entry */
	{ "300cpu-64g", { 25, 6, 2 }, 64 * GiB, NULL, 0, 4, 0 },
};

static const struct {
	const char *name;
	uint64_t ram;
} plans[] = {
	{ "128m", 128 * MiB }, { "1g", 1 * GiB }, { "3g", 3 * GiB },
	{ "4g", 4 * GiB },     { "8g", 8 * GiB }, { "64g", 64 * GiB },
};

static FILE *create(const char *dir, const char *name)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f)
		err(1, "%s", path);
	return f;
}

static void save(const char *dir, const char *name, const void *data, size_t size)
{
	FILE *f = create(dir, name);

	if (fwrite(data, 1, size, f) != size || fclose(f))
		err(1, "%s/%s", dir, name);
}

static void make_dir(char path[PATH_MAX], const char *parent, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", parent, name);
	if (mkdir(path, 0777) && errno != EEXIST)
		err(1, "%s", path);
}

static void save_plan(const char *dir, const char *name, const struct memmap *map)
{
	static const char *const e820[] = { "-", "RAM", "reserved" };
	FILE *f = create(dir, name);

	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		fprintf(f, "%010" PRIx64 "-%010" PRIx64 " %-12s e820 %s\n", r->gpa,
			r->gpa + r->size - 1, mem_traits[r->type].name,
			e820[mem_traits[r->type].e820]);
	}
	if (fclose(f))
		err(1, "%s/%s", dir, name);
}

static void plan(struct memmap *map, uint64_t ram, const struct mem_wish *wish, size_t n_wish,
		 size_t n_avoid)
{
	const struct memmap_params params = { .ram_size = ram,
					      .phys_bits = PHYS_BITS,
					      .wish = wish,
					      .n_wish = n_wish,
					      .avoid = host_reserved,
					      .n_avoid = n_avoid };
	int ret = memmap_plan(map, &params);

	if (ret)
		errx(1, "memmap_plan: %s", strerror(-ret));
}

static size_t make_prt(struct acpi_prt prt[ACPI_PRT_MAX], unsigned devices)
{
	size_t n = 0;

	for (unsigned dev = 0; dev < devices; dev++)
		for (unsigned pin = 0; pin < 4; pin++)
			prt[n++] = (struct acpi_prt){
				.dev = (uint8_t)dev,
				.pin = (uint8_t)pin,
				.gsi = LAYOUT_GSI_PCI + (dev + pin) % LAYOUT_GSI_PCI_COUNT,
			};
	return n;
}

static void save_tables(const char *dir, const struct machine_row *c, const struct memmap *map)
{
	static const struct {
		const char *signature, *file;
	} tables[] = { { "FACP", "facp.dat" }, { "FACS", "facs.dat" }, { "DSDT", "dsdt.dat" },
		       { "SSDT", "ssdt.dat" }, { "APIC", "apic.dat" }, { "MCFG", "mcfg.dat" } };
	static uint8_t buf[LAYOUT_ACPI_MAX];
	struct acpi_prt prt[ACPI_PRT_MAX];
	struct acpi_info info = {
		.topology = c->topology, .map = map, .prt = prt, .keyboard = c->initrd_size
	};
	struct acpi_image image = { .bytes = buf, .gpa = LAYOUT_ACPI };
	int used;

	info.n_prt = make_prt(prt, c->prt_devices);
	used = acpi_build(&info, LAYOUT_ACPI, buf, sizeof(buf));
	if (used < 0)
		errx(1, "%s: acpi_build: %s", c->name, strerror(-used));
	image.size = (size_t)used;
	save(dir, "rsdp.dat", buf, 36);
	save(dir, "xsdt.dat", acpi_xsdt(&image), acpi_length(acpi_xsdt(&image)));
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const uint8_t *table = acpi_find(&image, tables[i].signature);

		if (!table)
			errx(1, "%s: no %s", c->name, tables[i].signature);
		save(dir, tables[i].file, table, acpi_length(table));
	}
}

static void save_tree(const char *dir, const struct machine_row *c, const struct memmap *map)
{
	static uint8_t buf[LAYOUT_SETUP_DATA_MAX];
	static const uint8_t seed[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const struct dtb_info info = { .map = map,
				       .cmdline = "console=ttyS0",
				       .initrd_gpa = 0x1f000000,
				       .initrd_size = c->initrd_size,
				       .rng_seed = seed,
				       .rng_seed_len = c->initrd_size ? sizeof(seed) : 0 };
	int used = dtb_build(&info, buf, sizeof(buf));

	if (used < 0)
		errx(1, "%s: dtb_build: %s", c->name, strerror(-used));
	save(dir, "tree.dtb", buf, (size_t)used);
}

/* In the form of "dmidecode --dump-bin": the structures follow the entry point at address 0. */
static void save_smbios(const char *dir, const struct machine_row *row, const struct memmap *map)
{
	static uint8_t buf[LAYOUT_SMBIOS_MAX];
	static struct config c;
	int used;

	c.topology = row->topology;
	c.cpus = topology_cpus(&row->topology);
	c.memory = row->ram;
	c.n_smbios = row->initrd_size ? 3 : 0;
	c.smbios[0].oem = "io.systemd.credential:motd=hello, \"world\"";
	c.smbios[1].oem = "second";
	c.smbios[1].serial = "IGD-0001";
	c.smbios[2].uuid =
		(struct config_uuid){ true,
				      { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
					0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff } };
	used = smbios_build(&c, map, 0, buf, sizeof(buf));
	if (used < 0)
		errx(1, "%s: smbios_build: %s", row->name, strerror(-used));
	save(dir, "smbios.bin", buf, (size_t)used);
}

int main(int argc, char **argv)
{
	char dir[PATH_MAX], name[NAME_MAX];
	struct memmap map;

	if (argc != 2)
		errx(2, "usage: generate DIR");
	for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
		plan(&map, configs[i].ram, configs[i].wish, configs[i].n_wish, 0);
		make_dir(dir, argv[1], configs[i].name);
		save_plan(dir, "plan.txt", &map);
		save_tables(dir, &configs[i], &map);
		save_tree(dir, &configs[i], &map);
		save_smbios(dir, &configs[i], &map);
	}
	make_dir(dir, argv[1], "plans");
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		plan(&map, plans[i].ram, igd_wishes, ARRAY_SIZE(igd_wishes), 0);
		snprintf(name, sizeof(name), "%s.txt", plans[i].name);
		save_plan(dir, name, &map);
		plan(&map, plans[i].ram, igd_wishes, ARRAY_SIZE(igd_wishes),
		     ARRAY_SIZE(host_reserved));
		snprintf(name, sizeof(name), "%s-reserved.txt", plans[i].name);
		save_plan(dir, name, &map);
	}
	return 0;
}
