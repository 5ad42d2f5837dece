/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vbt_show.h - a VBT for people and programs: headers, blocks, child devices, the panel.
 * Pure; what is written is bounded whatever the VBT says.
 */
#ifndef IGDVM_VBT_SHOW_H
#define IGDVM_VBT_SHOW_H

#include "emit.h"
#include "vbt.h"

#define VBT_SHOW_CHILDREN 32 /* real ones have at most a dozen */

/*
 * The object "vbt". What is malformed in it becomes problems, at offsets from the VBT's start.
 */
void vbt_show(struct emit *e, const struct vbt *v);

#endif
