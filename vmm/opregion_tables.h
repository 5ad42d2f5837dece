/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opregion_tables.h - the OpRegion's fields, as rows; versions are the header's major one.
 *
 * Sources: Intel "IGD OpRegion/Software SCI" specification 0.5; Linux drivers/gpu/drm/i915/display/
 * intel_opregion.c and intel_acpi.c; coreboot src/drivers/intel/gma/opregion.h.
 */
#ifndef IGDVM_OPREGION_TABLES_H
#define IGDVM_OPREGION_TABLES_H

#include "field.h"

extern const struct field opregion_header[];   /* from the OpRegion's start, behind the version */
extern const struct field opregion_mailbox1[]; /* each from its mailbox's start; no lists */
extern const struct field opregion_mailbox2[];
extern const struct field opregion_mailbox3[];
extern const struct field opregion_device_id[]; /* of DIDL, CPDL, CADL and NADL */

#endif
