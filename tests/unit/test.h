/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test.h - cmocka with the headers it wants before it, which no tool may sort.
 */
#ifndef IGDVM_TEST_H
#define IGDVM_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
