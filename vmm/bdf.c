// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "bdf.h"

/* Exactly `digits` hexadecimal digits at *p, then `end`; advances past both. */
static bool hex_field(const char **p, int digits, char end, unsigned *out)
{
	unsigned v = 0;

	for (; digits; digits--, (*p)++) {
		char c = (char)tolower((unsigned char)**p);

		if (!isxdigit((unsigned char)c))
			return false;
		v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (**p != end)
		return false;
	if (end)
		(*p)++;
	*out = v;
	return true;
}

int bdf_parse(const char *text, struct bdf *out)
{
	unsigned domain = 0, bus, dev, fn;
	const char *p = text;

	if (!hex_field(&p, 4, ':', &domain)) {
		domain = 0;
		p = text;
	}
	if (!hex_field(&p, 2, ':', &bus) || !hex_field(&p, 2, '.', &dev) ||
	    !hex_field(&p, 1, '\0', &fn))
		return -EINVAL;
	if (dev > 0x1f || fn > 7)
		return -EINVAL;
	*out = (struct bdf){ (uint16_t)domain, (uint8_t)bus, (uint8_t)dev, (uint8_t)fn };
	return 0;
}

const char *bdf_format(struct bdf bdf, char *buf)
{
	snprintf(buf, BDF_STRLEN, "%04x:%02x:%02x.%x", bdf.domain, bdf.bus, bdf.dev & 0x1f,
		 bdf.fn & 7);
	return buf;
}
