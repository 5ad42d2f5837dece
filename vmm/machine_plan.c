// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_plan.c - a machine that was not started, as text or JSON: what --dry-run prints.
 * Reads the plan and what was made of it; builds nothing but a copy of the ACPI tables. Of virtio devices
 * it tells the place and the ids: what they have behind them is not opened.
 */
#include <errno.h>
#include <stdlib.h>

#include "igd_report.h"
#include "log.h"
#include "machine.h"
#include "pci_regs.h"
#include "util.h"

struct igd_parts machine_igd_parts(struct machine *m)
{
	return (struct igd_parts){
		.v = &m->igd_pci,
		.bridges = &m->bridges,
		.mem = &m->mem,
		.map = &m->map,
		.pio = &m->pio,
		.mmio = &m->mmio,
		.stop = &m->stop,
		.faults = &m->faults,
	};
}

static void emit_span(struct emit *e, uint64_t gpa, uint64_t size)
{
	emit_hex(e, "first", gpa, 16);
	emit_hex(e, "last", gpa + size - 1, 16);
}

static void emit_memory(const struct machine *m, struct emit *e)
{
	bool dma = m->config->igd.present || m->config->n_vfio;

	emit_open(e, "memory", EMIT_LIST);
	for (size_t i = 0; i < m->map.n; i++) {
		const struct mem_range *r = &m->map.range[i];
		const struct mem_traits *t = &mem_traits[r->type];

		emit_open(e, NULL, EMIT_ROW);
		emit_span(e, r->gpa, r->size);
		emit_bool(e, "memslot", t->backed);
		emit_bool(e, "dma", t->backed && dma);
		emit_string(e, "name", "%s", r->name);
		emit_number(e, "bytes", r->size);
		emit_close(e);
	}
	emit_close(e);
}

/* "e820" alone is a number to older versions of jq. */
static void emit_e820(const struct machine *m, struct emit *e)
{
	struct e820_entry entry[BOOT_E820_MAX];
	int n = boot_e820(&m->map, entry, ARRAY_SIZE(entry));

	emit_open(e, "e820_map", EMIT_LIST);
	for (int i = 0; i < n; i++) {
		emit_open(e, NULL, EMIT_ROW);
		emit_span(e, entry[i].addr, entry[i].size);
		emit_string(e, "type", entry[i].type == E820_RAM ? "usable" : "reserved");
		emit_close(e);
	}
	emit_close(e);
}

static void emit_kernel(const struct machine *m, struct emit *e)
{
	const struct loader *l = &m->loader;

	emit_open(e, "kernel", EMIT_ROW);
	emit_hex(e, "gpa", l->kernel_gpa, 8);
	emit_string(e, "format", "%s", l->what);
	emit_close(e);
	if (!l->initrd.size)
		return;
	emit_open(e, "initrd", EMIT_ROW);
	emit_hex(e, "gpa", l->initrd_gpa, 8);
	emit_number(e, "bytes", l->initrd.size);
	emit_close(e);
}

/* ---- the bus ---- */

static void emit_function(const struct pci_dev *d, struct emit *e)
{
	struct pci_identity id;

	pci_get_identity(d->val, &id);
	emit_open(e, NULL, EMIT_ROW);
	emit_string(e, "address", "%02x.%x", d->devfn >> 3, d->devfn & 7);
	emit_string(e, "id", "%04x:%04x", id.vendor, id.device);
	emit_string(e, "name", "%s", d->name);
	emit_hex(e, "class", get_le(d->val + PCI_CLASS, 3), 6);
	emit_string(e, "subsystem", "%04x:%04x", id.subvendor, id.subdevice);
	emit_close(e);
}

static void emit_place(const struct virtio_place *p, struct emit *e)
{
	emit_open(e, NULL, EMIT_ROW);
	emit_string(e, "address", "%02x.%x", p->devfn >> 3, p->devfn & 7);
	emit_string(e, "id", "%04x:%04x", VIRTIO_PCI_VENDOR, VIRTIO_PCI_DEVICE(p->type));
	emit_string(e, "name", "virtio: --%s", p->name);
	emit_close(e);
}

static int emit_pci(const struct machine *m, struct emit *e)
{
	struct virtio_place *place;
	int n = virtio_devices_place(m->config, &m->pci, &place);

	if (n < 0)
		return n;
	emit_open(e, "pci", EMIT_LIST);
	for (unsigned devfn = 0; devfn < ARRAY_SIZE(m->pci.dev); devfn++) {
		if (m->pci.dev[devfn])
			emit_function(m->pci.dev[devfn], e);
		for (int i = 0; i < n; i++)
			if (place[i].devfn == devfn)
				emit_place(&place[i], e);
	}
	emit_close(e);
	free(place);
	return 0;
}

/* Sizes only: addresses are given to all of them together, which takes the devices. */
static void emit_bars(const struct machine *m, struct emit *e)
{
	static const char *const kind[] = {
		[PCI_BAR_IO] = "io",
		[PCI_BAR_MEM32] = "mem32",
		[PCI_BAR_MEM64] = "mem64",
		[PCI_BAR_ROM] = "rom",
	};

	emit_open(e, "bars", EMIT_LIST);
	for (unsigned devfn = 0; devfn < ARRAY_SIZE(m->pci.dev); devfn++) {
		const struct pci_dev *d = m->pci.dev[devfn];

		for (unsigned i = 0; d && i < PCI_BARS_ALL; i++) {
			if (d->bar[i].kind == PCI_BAR_NONE)
				continue;
			emit_open(e, NULL, EMIT_ROW);
			emit_string(e, "address", "%02x.%x", devfn >> 3, devfn & 7);
			emit_number(e, "bar", i);
			emit_bool(e, "prefetch", d->bar[i].prefetch);
			emit_string(e, "kind", "%s", kind[d->bar[i].kind]);
			emit_number(e, "bytes", d->bar[i].size);
			emit_close(e);
		}
	}
	emit_close(e);
}

static int emit_acpi(const struct machine *m, struct emit *e)
{
	struct acpi_table list[ACPI_TABLES_MAX];
	uint8_t *tables = malloc(LAYOUT_ACPI_MAX);
	int ret = tables ? machine_plan_acpi(m, tables) : log_err(-ENOMEM, "ACPI tables: %m");
	size_t n = ret < 0 ? 0 : acpi_list(tables, (size_t)ret, list);

	emit_open(e, "acpi", EMIT_LIST);
	for (size_t i = 0; i < n; i++) {
		emit_open(e, NULL, EMIT_ROW);
		emit_string(e, "table", "%s", list[i].name);
		emit_hex(e, "gpa", LAYOUT_ACPI + list[i].start, 8);
		emit_number(e, "bytes", list[i].size);
		emit_close(e);
	}
	emit_close(e);
	free(tables);
	return MIN(ret, 0);
}

static int emit_plan(struct machine *m, struct emit *e)
{
	const struct igd_parts parts = machine_igd_parts(m);
	int ret;

	emit_memory(m, e);
	emit_e820(m, e);
	emit_kernel(m, e);
	ret = emit_pci(m, e);
	emit_bars(m, e);
	if (!ret)
		ret = emit_acpi(m, e);
	if (m->config->igd.present)
		igd_report(&m->igd, &parts, e);
	return ret;
}

int machine_print_plan(struct machine *m, FILE *out)
{
	struct emit_text text;
	struct emit_json json;
	int ret;

	if (!m->config->json) {
		emit_text_begin(&text, out);
		return emit_plan(m, &text.e);
	}
	emit_json_begin(&json);
	ret = emit_plan(m, &json.e);
	if (emit_json_end(&json, out) && !ret)
		ret = log_err(-ENOMEM, "--json: %m");
	return ret;
}
