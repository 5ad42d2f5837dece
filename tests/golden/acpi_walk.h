/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi_walk.h - find tables in guest memory as an operating system does: RSDP, XSDT, FADT.
 * Shared by the unit test and the golden generator. Knows nothing of how acpi.c writes them.
 */
#ifndef IGDVM_TESTS_ACPI_WALK_H
#define IGDVM_TESTS_ACPI_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util.h"

struct acpi_image {
	const uint8_t *bytes; /* seen by the guest at gpa */
	size_t size;
	uint64_t gpa;
};

/* The table at a guest address, or NULL unless all its bytes (length: its own field) are inside. */
static inline const uint8_t *acpi_at(const struct acpi_image *m, uint64_t gpa)
{
	uint64_t at = gpa - m->gpa;

	if (gpa < m->gpa || at > m->size || m->size - at < 8)
		return NULL;
	return get_le32(m->bytes + at + 4) <= m->size - at ? m->bytes + at : NULL;
}

static inline size_t acpi_length(const uint8_t *table)
{
	return get_le32(table + 4);
}

static inline bool acpi_sum_is_zero(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum += *p++;
	return sum == 0;
}

static inline const uint8_t *acpi_xsdt(const struct acpi_image *m)
{
	return acpi_at(m, get_le64(m->bytes + 24));
}

/* A table by signature: from the XSDT, or the DSDT or FACS that the FADT names. NULL: absent. */
static inline const uint8_t *acpi_find(const struct acpi_image *m, const char *signature)
{
	const uint8_t *xsdt = acpi_xsdt(m);

	for (size_t i = 36; i + 8 <= acpi_length(xsdt); i += 8) {
		const uint8_t *table = acpi_at(m, get_le64(xsdt + i));

		if (table && !memcmp(table, signature, 4))
			return table;
	}
	if (!strcmp(signature, "DSDT"))
		return acpi_at(m, get_le64(acpi_find(m, "FACP") + 140));
	if (!strcmp(signature, "FACS"))
		return acpi_at(m, get_le32(acpi_find(m, "FACP") + 36));
	return NULL;
}

#endif
