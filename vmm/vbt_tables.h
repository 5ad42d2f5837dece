/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vbt_tables.h - the fields of the VBT's blocks, as rows; versions are the BDB's.
 *
 * Source of every offset, version and name: Linux drivers/gpu/drm/i915/display/intel_vbt_defs.h.
 * Tables of panels are indexed by panel.
 */
#ifndef IGDVM_VBT_TABLES_H
#define IGDVM_VBT_TABLES_H

#include "field.h"

extern const struct field_name vbt_block_names[];

extern const struct field vbt_general_features[];
extern const struct field vbt_general_definitions[];
extern const struct field vbt_psr[];
extern const struct field vbt_edp[];
extern const struct field vbt_lfp_options[];
extern const struct field vbt_lfp_backlight[];
extern const struct field vbt_lfp_power[];

/* One child device. */
extern const struct field vbt_child[];
extern const struct field_name vbt_handle_names[]; /* by bit */
extern const struct field_name vbt_type_names[];
extern const struct field_name vbt_type_bits[];

#endif
