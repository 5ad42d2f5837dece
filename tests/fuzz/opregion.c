// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion.c - libFuzzer target: any bytes through identify, decode as text, decode as JSON.
 *
 * usage: fuzz_opregion CORPUS   (tests/fuzz/run.sh makes one)
 */
#include <stdio.h>
#include <stdlib.h>

#include "opregion_read.h"
#include "opregion_show.h"

#define OUTPUT_MAX (1 << 20) /* of one decode; the largest real one has some 20 KiB */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static FILE *out;

static void check_output(void)
{
	if (ftell(out) > OUTPUT_MAX)
		abort();
	rewind(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct emit_text text;
	struct emit_json json;

	if (!out)
		out = tmpfile();
	if (!out || len > OPREGION_IMAGE_MAX)
		return -1;
	emit_text_begin(&text, out);
	opregion_show(&text.e, bytes, len);
	emit_problems(&text.e);
	check_output();
	emit_json_begin(&json);
	opregion_show(&json.e, bytes, len);
	emit_problems(&json.e);
	if (emit_json_end(&json, out))
		abort(); /* no memory, or text that is no UTF-8 */
	check_output();
	return 0;
}
