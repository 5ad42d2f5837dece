// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "bdf.h"
#include "test.h"
#include "util.h"

static void parses_and_prints(void **state)
{
	static const struct {
		const char *text;
		struct bdf bdf;
		const char *canonical;
	} t[] = {
		{ "0000:00:02.0", { 0, 0, 2, 0 }, "0000:00:02.0" },
		{ "00:02.0", { 0, 0, 2, 0 }, "0000:00:02.0" },
		{ "ffff:ff:1f.7", { 0xffff, 0xff, 0x1f, 7 }, "ffff:ff:1f.7" },
		{ "10A0:Bc:0D.1", { 0x10a0, 0xbc, 0xd, 1 }, "10a0:bc:0d.1" },
	};
	char buf[BDF_STRLEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct bdf bdf = { 1, 1, 1, 1 };

		assert_int_equal(bdf_parse(t[i].text, &bdf), 0);
		assert_int_equal(bdf.domain, t[i].bdf.domain);
		assert_int_equal(bdf.bus, t[i].bdf.bus);
		assert_int_equal(bdf.dev, t[i].bdf.dev);
		assert_int_equal(bdf.fn, t[i].bdf.fn);
		assert_ptr_equal(bdf_format(bdf, buf), buf);
		assert_string_equal(buf, t[i].canonical);
	}
}

static void refuses_and_leaves_alone(void **state)
{
	static const char *const t[] = {
		"",	      "0",	  "00:02",     "00:02.",	 "00:02.8",
		"00:20.0",    "00:2.0",	  "0:02.0",    "000:00:02.0",	 "00000:00:02.0",
		" 00:02.0",   "00:02.0 ", "00:02.00",  "00:0g.0",	 "0000:00:02.0,x",
		"00-02.0",    "+0:02.0",  "0x00:02.0", "0000:0000:02.0", ":00:02.0",
		"0000:00:02", "00:02.0:",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct bdf bdf = { 0x1234, 0x56, 0x17, 5 };

		if (bdf_parse(t[i], &bdf) != -EINVAL)
			fail_msg("\"%s\" was accepted", t[i]);
		assert_int_equal(bdf.domain, 0x1234);
		assert_int_equal(bdf.bus, 0x56);
		assert_int_equal(bdf.dev, 0x17);
		assert_int_equal(bdf.fn, 5);
	}
}

static void packs_devfn(void **state)
{
	(void)state;
	assert_int_equal(DEVFN(2, 0), 0x10);
	assert_int_equal(DEVFN(31, 7), 0xff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_prints),
		cmocka_unit_test(refuses_and_leaves_alone),
		cmocka_unit_test(packs_devfn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
