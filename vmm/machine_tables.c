// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_tables.c - what describes the machine to its guest: ACPI, SMBIOS, device tree; and copies of
 * them in files, for whoever wants to read along (--dump-acpi, --dump-dtb).
 */
#include <errno.h>
#include <stdlib.h>

#include "file.h"
#include "layout.h"
#include "log.h"
#include "machine.h"
#include "smbios.h"
#include "util.h"

#define SLOTS 32

/* Bit n: slot n holds a function. */
static uint32_t slots_on_bus(const struct machine *m)
{
	uint32_t slots = 0;

	for (unsigned devfn = 0; devfn < ARRAY_SIZE(m->pci.dev); devfn++)
		if (m->pci.dev[devfn])
			slots |= (uint32_t)BIT(devfn >> 3);
	return slots;
}

/* Interrupt routing of every slot that holds a function, for _PRT. */
static size_t list_prt(uint32_t slots, struct acpi_prt *prt)
{
	size_t n = 0;

	for (uint8_t dev = 0; dev < SLOTS; dev++)
		for (uint8_t pin = 0; slots & BIT(dev) && pin < 4; pin++)
			prt[n++] = (struct acpi_prt){ dev, pin, pci_gsi(dev, pin + 1) };
	return n;
}

static int build_acpi(const struct machine *m, uint32_t slots, void *tables)
{
	struct acpi_prt prt[ACPI_PRT_MAX];
	const struct acpi_info info = {
		.topology = m->config->topology,
		.keyboard = m->config->keyboard,
		.map = &m->map,
		.prt = prt,
		.n_prt = list_prt(slots, prt),
	};
	int ret = tables ? acpi_build(&info, LAYOUT_ACPI, tables, LAYOUT_ACPI_MAX) : -EFAULT;

	return ret < 0 ? log_err(ret, "ACPI tables: %m") : ret;
}

int machine_plan_acpi(const struct machine *m, uint8_t tables[LAYOUT_ACPI_MAX])
{
	uint32_t slots = slots_on_bus(m);
	struct virtio_place *place;
	int n = virtio_devices_place(m->config, &m->pci, &place);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		slots |= (uint32_t)BIT(place[i].devfn >> 3);
	free(place);
	memset(tables, 0, LAYOUT_ACPI_MAX);
	return build_acpi(m, slots, tables);
}

static int smbios_tables(struct machine *m)
{
	void *tables = mem_at(&m->mem, LAYOUT_SMBIOS, LAYOUT_SMBIOS_MAX);
	int ret =
		tables ? smbios_build(m->config, &m->map, LAYOUT_SMBIOS, tables, LAYOUT_SMBIOS_MAX)
		       : -EFAULT;

	return ret < 0 ? log_err(ret, "SMBIOS tables: %m; shorten what --smbios says") : 0;
}

int machine_tables_init(struct machine *m)
{
	struct cpu_entry entry;
	int ret = pci_assign_bars(&m->pci);

	if (ret)
		return ret;
	ret = build_acpi(m, slots_on_bus(m), mem_at(&m->mem, LAYOUT_ACPI, LAYOUT_ACPI_MAX));
	if (ret < 0)
		return ret;
	ret = smbios_tables(m);
	if (ret)
		return ret;
	ret = loader_load(&m->loader, &m->mem, &m->map, LAYOUT_ACPI);
	if (ret)
		return ret;
	loader_entry(&m->loader, &entry);
	return cpus_set_entry(&m->cpus, &entry);
}

/* ---- copies in files ---- */

static int write_copy(const char *option, const char *path, const void *bytes, size_t len)
{
	int ret = file_write(path, bytes, len);

	if (ret == -EINVAL)
		return log_err(ret, "--%s: %s: not a regular file; name another", option, path);
	return ret ? log_err(ret, "--%s: %s: %m%s", option, path,
			     ret == -ENOENT ? "; create the directory first" : "")
		   : 0;
}

static int dump_acpi(const struct machine *m, const char *dir)
{
	struct acpi_table list[ACPI_TABLES_MAX];
	uint8_t *tables = malloc(LAYOUT_ACPI_MAX);
	int ret =
		tables ? machine_plan_acpi(m, tables) : log_err(-ENOMEM, "--dump-acpi %s: %m", dir);
	size_t n = ret < 0 ? 0 : acpi_list(tables, (size_t)ret, list);

	/* from the second on: no program takes the first, the RSDP, for a table */
	for (size_t i = 1; i < n && ret >= 0; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s.dat", dir, list[i].name) < 0) {
			ret = log_err(-ENOMEM, "--dump-acpi %s: %m", dir);
			break;
		}
		ret = write_copy("dump-acpi", path, tables + list[i].start, list[i].size);
		free(path);
	}
	free(tables);
	return MIN(ret, 0);
}

static int dump_dtb(const struct machine *m, const char *path)
{
	void *dtb = malloc(LAYOUT_SETUP_DATA_MAX);
	int ret = dtb ? loader_dtb(&m->loader, &m->map, dtb) : -ENOMEM;

	if (ret == -ENOENT)
		log_err(ret,
			"--dump-dtb %s: a kernel of this format (%s) gets no device tree; drop it",
			path, m->loader.what);
	else if (ret < 0)
		log_err(ret, "--dump-dtb %s: %m", path);
	else
		ret = write_copy("dump-dtb", path, dtb, (size_t)ret);
	free(dtb);
	return ret;
}

int machine_dump(struct machine *m)
{
	const struct config *c = m->config;
	int ret = 0;

	if (c->restarted)
		return 0; /* the first machine's are the same */
	if (c->dump_acpi)
		ret = dump_acpi(m, c->dump_acpi);
	if (!ret && c->dump_dtb)
		ret = dump_dtb(m, c->dump_dtb);
	return ret;
}
