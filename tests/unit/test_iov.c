// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "iov.h"
#include "test.h"
#include "util.h"

/* "abcdefgh" in pieces of 3, 0, 1, 4 bytes. */
static char a[3], b[1], c[4];
static const struct iovec pieces[] = { { a, 3 }, { b, 0 }, { b, 1 }, { c, 4 } };
#define N     ARRAY_SIZE(pieces)
#define BYTES 8

static int setup(void **state)
{
	(void)state;
	memcpy(a, "abc", 3);
	memcpy(b, "d", 1);
	memcpy(c, "efgh", 4);
	return 0;
}

static void every_range_is_copied(void **state)
{
	static const char text[] = "abcdefgh";

	(void)state;
	assert_int_equal(iov_size(pieces, N), BYTES);
	assert_int_equal(iov_size(pieces, 0), 0);
	for (size_t off = 0; off <= BYTES + 2; off++) {
		for (size_t len = 0; len <= BYTES + 2; len++) {
			size_t want = off < BYTES ? MIN(len, BYTES - off) : 0;
			char out[BYTES + 2] = "..........", all[BYTES];

			assert_int_equal(iov_to_buf(pieces, N, off, out, len), want);
			assert_memory_equal(out, text + MIN(off, BYTES), want);
			for (size_t i = want; i < sizeof(out); i++)
				assert_int_equal(out[i], '.');

			assert_int_equal(iov_from_buf(pieces, N, off, "0123456789", len), want);
			iov_to_buf(pieces, N, 0, all, BYTES);
			for (size_t i = 0; i < BYTES; i++)
				assert_int_equal(all[i], i >= off && i < off + want
								 ? (char)('0' + i - off)
								 : text[i]);
			setup(NULL);
		}
	}
}

static void every_slice_is_the_same_bytes(void **state)
{
	struct iovec part[N];
	char want[BYTES], got[BYTES];

	(void)state;
	for (size_t off = 0; off <= BYTES + 1; off++) {
		for (size_t len = 0; len <= BYTES + 1; len++) {
			size_t n = iov_to_buf(pieces, N, off, want, MIN(len, sizeof(want)));
			unsigned k = iov_slice(pieces, N, off, len, part);

			for (unsigned i = 0; i < k; i++)
				assert_true(part[i].iov_len > 0);
			assert_int_equal(iov_size(part, k), n);
			assert_int_equal(iov_to_buf(part, k, 0, got, sizeof(got)), n);
			assert_memory_equal(got, want, n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_range_is_copied, setup),
		cmocka_unit_test_setup(every_slice_is_the_same_bytes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
