// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "fakes.h"
#include "log.h"
#include "test.h"
#include "util.h"

static void returns_the_error_and_prints_it(void **state)
{
	int ret;

	(void)state;
	fake_stderr_begin();
	ret = log_err(-ENOENT, "open %s: %m", "/x");
	assert_string_equal(fake_stderr_end(), "igdvm: open /x: No such file or directory\n");
	assert_int_equal(ret, -ENOENT);
}

static void prints_up_to_its_level(void **state)
{
	static const struct {
		enum log_level level;
		const char *text;
	} t[] = {
		{ LOG_ERR, "igdvm: e\n" },
		{ LOG_WARN, "igdvm: e\nigdvm: warning: w\n" },
		{ LOG_INFO, "igdvm: e\nigdvm: warning: w\nigdvm: i\n" },
		{ LOG_DEBUG, "igdvm: e\nigdvm: warning: w\nigdvm: i\nigdvm: debug: d\n" },
	};

	(void)state;
	assert_true(log_enabled(LOG_INFO));
	assert_false(log_enabled(LOG_DEBUG));
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		log_set_level(t[i].level);
		fake_stderr_begin();
		log_err(-EINVAL, "e");
		log_warn("w");
		log_info("i");
		log_debug("d");
		assert_string_equal(fake_stderr_end(), t[i].text);
	}
	log_set_level(LOG_INFO);
}

static void cuts_a_long_line(void **state)
{
	char longer[3000];
	const char *text;

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	fake_stderr_begin();
	log_info("%s", longer);
	text = fake_stderr_end();
	assert_in_range(strlen(text), 500, 1024);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		n++;
		text++;
	}
	return n;
}

static void bounds_what_the_guest_causes(void **state)
{
	struct log_limit limit = { 0 };
	const char *text;

	(void)state;
	fake_stderr_begin();
	log_guest(&limit, "quiet");
	assert_string_equal(fake_stderr_end(), "");

	log_set_level(LOG_DEBUG);
	fake_stderr_begin();
	for (int i = 0; i < 100000; i++)
		log_guest(&limit, "line %d", i);
	text = fake_stderr_end();
	assert_non_null(strstr(text, "igdvm: debug: guest: line 0\n"));
	/* The loop takes well under a second, but may meet the end of one. */
	assert_in_range(count_lines(text), LOG_GUEST_BURST, 2 * LOG_GUEST_BURST + 1);

	limit.second--; /* as if a second had passed */
	limit.count = LOG_GUEST_BURST + 7;
	fake_stderr_begin();
	log_guest(&limit, "again");
	text = fake_stderr_end();
	assert_non_null(strstr(text, "7 more guest messages left out\n"));
	assert_non_null(strstr(text, "guest: again\n"));
	log_set_level(LOG_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_the_error_and_prints_it),
		cmocka_unit_test(prints_up_to_its_level),
		cmocka_unit_test(cuts_a_long_line),
		cmocka_unit_test(bounds_what_the_guest_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
