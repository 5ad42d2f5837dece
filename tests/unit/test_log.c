// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* ---- JSON and files ---- */

static char *read_text(const char *path)
{
	static char text[16384];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* What a program reads of one message; NULL: it is no line of JSON. */
static const char *message_of(const char *line)
{
	static char message[8192];
	json_error_t why;
	json_t *j = json_loads(line, 0, &why);
	const char *text = j ? json_string_value(json_object_get(j, "message")) : NULL;

	if (!j)
		fail_msg("no JSON: %s: %s", why.text, line);
	assert_int_equal(json_object_size(j), 3);
	assert_non_null(text);
	strcpy(message, text);
	json_decref(j);
	return message;
}

static void json_whatever_is_in_it(void **state)
{
	static const struct {
		const char *text, *read;
	} t[] = {
		{ "plain", "plain" },
		{ "\"quoted\" \\ / \n\r\t\x01\x1f\x7f", "\"quoted\" \\ / \n\r\t\x01\x1f\x7f" },
		{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xff a \x80", "\xef\xbf\xbd a \xef\xbf\xbd" },
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },		    /* overlong */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
		{ "\xf4\x90\x80\x80",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* beyond Unicode */
		{ "cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd" },
		{ "", "" },
	};
	char any[2] = "";

	(void)state;
	log_set_json(true);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		fake_stderr_begin();
		log_warn("%s", t[i].text);
		assert_string_equal(message_of(fake_stderr_end()), t[i].read);
	}
	for (unsigned byte = 1; byte < 256; byte++) {
		any[0] = (char)byte;
		fake_stderr_begin();
		log_info("%s", any);
		assert_string_equal(message_of(fake_stderr_end()),
				    byte < 0x80 ? any : "\xef\xbf\xbd");
	}
	log_set_json(false);
}

/* The longest line there is, of bytes that take most room. */
static void json_of_a_long_line(void **state)
{
	char longer[3000];
	const char *text;

	(void)state;
	log_set_json(true);
	memset(longer, 1, sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	fake_stderr_begin();
	log_info("%s", longer);
	text = fake_stderr_end();
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_in_range(strlen(message_of(text)), 900, 1024);
	log_set_json(false);
}

static void json_has_time_and_level(void **state)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	char before[32], line[32];
	struct tm tm;
	time_t now;

	(void)state;
	log_set_json(true);
	log_set_level(LOG_DEBUG);
	for (unsigned i = 0; i < ARRAY_SIZE(levels); i++) {
		json_t *j;

		now = time(NULL);
		strftime(before, sizeof(before), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now, &tm));
		fake_stderr_begin();
		log_line((enum log_level)i, "x", 1);
		j = json_loads(fake_stderr_end(), 0, NULL);
		assert_non_null(j);
		assert_string_equal(json_string_value(json_object_get(j, "level")), levels[i]);
		strcpy(line, json_string_value(json_object_get(j, "time")));
		assert_int_equal(strlen(line), strlen("2026-11-23T17:38:53.123456Z"));
		assert_int_equal(line[26], 'Z');
		assert_int_equal(line[19], '.');
		line[19] = '\0';
		if (strcmp(before, line)) { /* at the end of a second */
			now = time(NULL);
			strftime(before, sizeof(before), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now, &tm));
			assert_true(strcmp(line, before) <= 0);
		}
		json_decref(j);
	}
	log_set_level(LOG_INFO);
	log_set_json(false);
}

static int64_t fake_now = -1;
int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	if (fake_now < 0 || clock != CLOCK_REALTIME)
		return __real_clock_gettime(clock, t);
	*t = (struct timespec){ .tv_sec = fake_now, .tv_nsec = 1234567 };
	return 0;
}

/* Every day for 400 years, against the C library. */
static void json_dates(void **state)
{
	char path[] = "/tmp/test-log-XXXXXX", want[64], line[256];
	struct tm tm;
	FILE *f;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(log_set_file(path), 0);
	log_set_json(true);
	for (int64_t day = 0; day <= 146097; day++) {
		fake_now = day * 86400 + day * 7919 % 86400;
		log_info("x");
	}
	fake_now = -1;
	log_set_json(false);
	log_close();
	f = fopen(path, "r");
	assert_non_null(f);
	for (int64_t day = 0; day <= 146097; day++) {
		time_t now = day * 86400 + day * 7919 % 86400;

		strftime(want, sizeof(want), "{\"time\":\"%Y-%m-%dT%H:%M:%S.001234Z\",",
			 gmtime_r(&now, &tm));
		assert_non_null(fgets(line, sizeof(line), f));
		assert_memory_equal(line, want, strlen(want));
	}
	fclose(f);
	unlink(path);
}

static void file_instead_of_standard_error(void **state)
{
	char path[] = "/tmp/test-log-XXXXXX";

	(void)state;
	close(mkstemp(path));
	assert_int_equal(log_set_file("/nonexistent/log"), -ENOENT);
	assert_int_equal(log_set_file("/"), -EISDIR);
	assert_int_equal(log_set_file(path), 0);
	fake_stderr_begin();
	log_info("one");
	log_err(-EINVAL, "two"); /* there is no guest yet */
	log_started();
	log_err(-EINVAL, "three");
	log_close();
	log_info("four");
	assert_string_equal(fake_stderr_end(), "igdvm: two\nigdvm: four\n");
	assert_string_equal(read_text(path), "igdvm: one\nigdvm: two\nigdvm: three\n");

	/* appended to; what is for people stays text */
	assert_int_equal(log_set_file(path), 0);
	log_set_json(true);
	fake_stderr_begin();
	log_err(-EINVAL, "five");
	assert_string_equal(fake_stderr_end(), "igdvm: five\n");
	log_close();
	log_set_json(false);
	assert_string_equal(message_of(strchr(read_text(path), '{')), "five");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_the_error_and_prints_it),
		cmocka_unit_test(prints_up_to_its_level),
		cmocka_unit_test(cuts_a_long_line),
		cmocka_unit_test(bounds_what_the_guest_causes),
		cmocka_unit_test(json_whatever_is_in_it),
		cmocka_unit_test(json_of_a_long_line),
		cmocka_unit_test(json_has_time_and_level),
		cmocka_unit_test(json_dates),
		cmocka_unit_test(file_instead_of_standard_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
