/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * version.h - what this program was built from, and with what.
 */
#ifndef IGDVM_VERSION_H
#define IGDVM_VERSION_H

#include <stdio.h>

/* "igdvm X.Y.Z", then a line for each fact. Nothing of it depends on when it was built, or where. */
void version_print(FILE *out);

#endif
