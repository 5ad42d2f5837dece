/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bdf.h - the address of a PCI function, and its text form "0000:00:02.0".
 */
#ifndef IGDVM_BDF_H
#define IGDVM_BDF_H

#include <stdint.h>

struct bdf {
	uint16_t domain;
	uint8_t bus, dev, fn;
};

#define BDF_STRLEN 16 /* "ffff:ff:1f.7" and its zero, rounded up */

/* devfn as PCI_DEVFN() of the kernel packs it. */
#define DEVFN(dev, fn) ((uint8_t)((dev) << 3 | (fn)))

/*
 * Parse "DDDD:BB:DD.F" or "BB:DD.F" (domain 0), hexadecimal, nothing before or after.
 * 0, or -EINVAL with *out untouched.
 */
int bdf_parse(const char *text, struct bdf *out);

/* The canonical text; buf holds BDF_STRLEN bytes. Returns buf. */
const char *bdf_format(struct bdf bdf, char *buf);

#endif
