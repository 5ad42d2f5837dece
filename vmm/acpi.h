/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi.h - RSDP, XSDT, FADT, FACS, MADT, MCFG, DSDT and an SSDT as bytes.
 *
 * Pure. The DSDT (firmware/dsdt.asl) holds what never changes; the SSDT is emitted here from the
 * plan: the PCI root's _CRS and _PRT, and the reserved ranges as motherboard resources.
 * Sources: ACPI 6.4 chapters 5 (tables), 6.4 (resources), 20 (AML); PCI Firmware 3.3 (MCFG, _OSC).
 */
#ifndef IGDVM_ACPI_H
#define IGDVM_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topology.h"

struct memmap;

/*
 * The device whose _CRS is the OpRegion: the guest-visible indication of docs/opregion.md. It is a
 * motherboard resource too (_CID PNP0C02), for systems that do not know it.
 */
#define ACPI_OPREGION_HID "IGDV0001"

/* One row of _PRT: pin 0..3 (INTA..INTD) of a device on bus 0. */
struct acpi_prt {
	uint8_t dev, pin;
	uint32_t gsi;
};
#define ACPI_PRT_MAX (32 * 4) /* every pin of every device of one bus */

struct acpi_info {
	struct topology topology; /* ids above TOPOLOGY_XAPIC_LAST become x2APIC entries */
	bool keyboard;		  /* there is a keyboard controller */
	const struct memmap *map;
	const struct acpi_prt *prt;
	size_t n_prt;
};

/* One of the tables among all bytes. */
struct acpi_table {
	const char *name; /* as acpidump names its files: "facp" */
	size_t start, size;
};
#define ACPI_TABLES_MAX 16

/* What acpi_build() wrote is made of: the tables in the order in which they lie there. How many. */
size_t acpi_list(const void *buf, size_t used, struct acpi_table list[ACPI_TABLES_MAX]);

/*
 * Write the tables for the guest address gpa (16-byte aligned, below 4 GiB; the RSDP comes first,
 * at gpa itself) into buf. Returns the bytes used; -ENOSPC when size is too small; -EINVAL: no CPU,
 * more than ACPI_PRT_MAX rows, or gpa is unfit.
 */
int acpi_build(const struct acpi_info *info, uint64_t gpa, void *buf, size_t size);

#endif
