// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_plan.c - a machine as text: what --dry-run prints.
 * Reads the plan and what was made of it; builds nothing.
 */
#include "igd_report.h"
#include "machine.h"
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

void machine_print_plan(struct machine *m, FILE *out)
{
	const struct igd_parts parts = machine_igd_parts(m);
	bool dma = m->config->igd.present || m->config->n_vfio;
	char names[64];

	fprintf(out, "guest-physical memory:\n");
	for (size_t i = 0; i < m->map.n; i++) {
		const struct mem_range *r = &m->map.range[i];
		const struct mem_traits *t = &mem_traits[r->type];

		snprintf(names, sizeof(names), "%s%s", t->e820 == E820_RAM ? "e820 usable" : "",
			 t->e820 == E820_RESERVED ? "e820 reserved" : "");
		fprintf(out, "  %016llx-%016llx %10llu KiB  %-12s %-13s%s%s\n",
			(unsigned long long)r->gpa, (unsigned long long)(r->gpa + r->size - 1),
			(unsigned long long)(r->size / KiB), r->name, names,
			t->backed ? " memslot" : "", t->backed && dma ? " dma" : "");
	}
	fprintf(out, "kernel at %#llx (%s), initrd at %#llx (%llu bytes)\n",
		(unsigned long long)m->loader.kernel_gpa, m->loader.what,
		(unsigned long long)m->loader.initrd_gpa,
		(unsigned long long)m->loader.initrd.size);
	if (m->config->igd.present)
		igd_report(&m->igd, &parts, out);
}
