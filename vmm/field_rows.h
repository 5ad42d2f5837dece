/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * field_rows.h - short forms for tables of fields; for the files that hold tables only.
 */
#ifndef IGDVM_FIELD_ROWS_H
#define IGDVM_FIELD_ROWS_H

#include "field.h"

/* clang-format off */

/* A name of a value or bit; and of one in versions s to u only. */
#define NAME(v, n)	      { .value = (v), .name = (n) }
#define NAME_IN(v, n, s, u)   { .value = (v), .name = (n), .since = (s), .until = (u) }
#define NAMES(...)	      (const struct field_name[]){ __VA_ARGS__, { .name = NULL } }

/* Name, offset, size, and where it has them names; then more members of struct field. */
#define NUMBER(n, o, z, ...)   { .name = (n), .offset = (o), .size = (z), .kind = FIELD_NUMBER, __VA_ARGS__ }
#define HEX(n, o, z, ...)      { .name = (n), .offset = (o), .size = (z), .kind = FIELD_HEX, __VA_ARGS__ }
#define BOOL(n, o, z, ...)     { .name = (n), .offset = (o), .size = (z), .kind = FIELD_BOOL, __VA_ARGS__ }
#define STRING(n, o, z, ...)   { .name = (n), .offset = (o), .size = (z), .kind = FIELD_STRING, __VA_ARGS__ }
#define NAMED(n, o, z, t, ...) { .name = (n), .offset = (o), .size = (z), .kind = FIELD_NAMED, .names = (t), __VA_ARGS__ }
#define FLAGS(n, o, z, t, ...) { .name = (n), .offset = (o), .size = (z), .kind = FIELD_FLAGS, .names = (t), __VA_ARGS__ }
#define END		       { .name = NULL }
/* clang-format on */

#endif
