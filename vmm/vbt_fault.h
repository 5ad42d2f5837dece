/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vbt_fault.h - how vbt*.c say what is wrong; for them only.
 */
#ifndef IGDVM_VBT_FAULT_H
#define IGDVM_VBT_FAULT_H

#include "vbt.h"

/* Fill *fault. Returns -EINVAL. */
int vbt_fail(struct vbt_fault *fault, uint32_t offset, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
