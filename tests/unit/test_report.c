// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cpu_crash.h"
#include "fakes.h"
#include "log.h"
#include "report.h"
#include "test.h"
#include "util.h"

static char dir[] = "/tmp/igdvm-report.XXXXXX", path[64];
static struct report report;

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void begin(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(report_open(&report, path, "bzImage"), 0);
}

static const char *text(void)
{
	static char buf[200000];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	fclose(f);
	return buf;
}

static void end(void)
{
	report_close(&report);
	unlink(path);
}

static const struct report_times times = { 0, 1000000000, 1010000000, 1012500000, 3010000000 };

static struct report_facts facts(int exit_code, const char *console)
{
	return (struct report_facts){
		.kernel = "bzImage",
		.exit_code = exit_code,
		.reason = "poweroff",
		.detail = "",
		.times = &times,
		.console = console,
	};
}

static json_t *written(const struct report_facts *f)
{
	json_error_t err;
	json_t *root;

	assert_int_equal(report_write(&report, f), 0);
	root = json_loads(text(), JSON_REJECT_DUPLICATES, &err);
	if (!root)
		fail_msg("line %d: %s", err.line, err.text);
	return root;
}

static void is(json_t *root, const char *key, const char *want)
{
	assert_string_equal(json_string_value(json_object_get(root, key)), want);
}

static void tells_all(void **state)
{
	struct report_facts f = facts(0, "one\n\ntwo\n");
	json_t *root, *ms, *console;

	(void)state;
	begin("r.json");
	root = written(&f);
	is(root, "result", "passed");
	is(root, "reason", "poweroff");
	is(root, "kernel", "bzImage");
	assert_int_equal(json_integer_value(json_object_get(root, "exit_code")), 0);
	assert_null(json_object_get(root, "crash"));
	ms = json_object_get(root, "durations_ms");
	assert_true(json_real_value(json_object_get(ms, "setup")) == 10);
	assert_true(json_real_value(json_object_get(ms, "first_output")) == 2.5);
	assert_true(json_real_value(json_object_get(ms, "guest")) == 2000);
	assert_true(json_real_value(json_object_get(ms, "total")) == 2010);
	console = json_object_get(root, "console");
	assert_int_equal(json_array_size(console), 3);
	assert_string_equal(json_string_value(json_array_get(console, 2)), "two");
	json_decref(root);
	end();
}

static void judges(void **state)
{
	static const struct report_times never = { .started = 1 };
	static const struct {
		int exit_code;
		bool started;
		const char *result;
	} t[] = {
		{ 0, true, "passed" },	{ 64, true, "passed" }, { 65, true, "failed" },
		{ 32, true, "failed" }, { 33, true, "failed" }, { 124, true, "failed" },
		{ 1, true, "failed" },	{ 1, false, "error" },	{ 2, false, "error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct report_facts f = facts(t[i].exit_code, "");

		if (!t[i].started)
			f.times = &never;
		assert_string_equal(report_result(&f), t[i].result);
	}
}

/* A shorter report leaves nothing of the one before. */
static void replaces(void **state)
{
	struct report_facts f = facts(1, "a long line of the console, and another\n");

	(void)state;
	begin("r.json");
	assert_non_null(strstr(text(), "\"unfinished\""));
	json_decref(written(&f));
	f = facts(0, "");
	json_decref(written(&f));
	end();
}

static void guests_bytes_do_no_harm(void **state)
{
	static const char *const consoles[] = {
		"\xff\xfe\x80\n",
		"cut \xc3",
		"\xe2\x82",
		"\xf0\x9f\x98\x80 fine\n",
		"\xed\xa0\x80 surrogate\n",
		"\xef\xbf\xbf no character\n",
		"\xc0\x80 overlong \xf4\x90\x80\x80\n",
		"</system-out>]]>&amp;\"'\n",
		"\x01\x02\x1b[0m\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		struct report_facts f = facts(0, consoles[i]);

		f.detail = consoles[i];
		begin("r.json");
		json_decref(written(&f));
		end();
		begin("r.xml");
		assert_int_equal(report_write(&report, &f), 0);
		for (const char *p = text(); *p; p++)
			assert_true((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
		assert_null(strstr(text(), "]]>&amp;\""));
		end();
	}
}

static void keeps_the_last_lines(void **state)
{
	char *console = calloc(1, 100000);
	struct report_facts f = facts(0, console);
	json_t *root, *list;
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		len += (size_t)sprintf(console + len, "line %u\n", i);
	begin("r.json");
	root = written(&f);
	list = json_object_get(root, "console");
	assert_int_equal(json_array_size(list), REPORT_LINES);
	assert_string_equal(json_string_value(json_array_get(list, 0)), "line 800");
	json_decref(root);
	end();
	free(console);
}

static void tells_of_a_crash(void **state)
{
	const struct cpu_crash crash = {
		.happened = true,
		.cpu = 3,
		.why = "triple fault",
		.has_registers = true,
		.regs = { .rip = 0xffffffff81000000, .r8 = 8 },
		.sregs = { .cs.selector = 0x10, .cr0 = 0x80050033 },
		.code = { 0x0f, 0x0b },
		.n_code = 2,
	};
	struct report_facts f = facts(33, "");
	json_t *root, *x, *registers;

	(void)state;
	f.crash = &crash;
	f.reason = "crash";
	begin("r.json");
	root = written(&f);
	x = json_object_get(root, "crash");
	registers = json_object_get(x, "registers");
	assert_int_equal(json_integer_value(json_object_get(x, "cpu")), 3);
	is(x, "code", "0f 0b");
	is(registers, "rip", "0xffffffff81000000");
	is(registers, "r8", "0x8");
	is(registers, "cs", "0x10");
	is(registers, "cr0", "0x80050033");
	json_decref(root);
	end();
	begin("R.XML");
	assert_int_equal(report_write(&report, &f), 0);
	assert_non_null(strstr(text(), "<failure type=\"crash\""));
	assert_non_null(strstr(text(), "rip=ffffffff81000000"));
	end();
}

static void remembers_the_first_error(void **state)
{
	(void)state;
	begin("r.json");
	fake_stderr_begin();
	log_err(-ENOENT, "the cause: %m");
	log_err(-EINVAL, "what follows from it");
	fake_stderr_end();
	assert_string_equal(report.error, "the cause: No such file or directory");
	end();
}

static void refuses(void **state)
{
	(void)state;
	fake_stderr_begin();
	assert_int_equal(report_open(&report, dir, "k"), -EISDIR);
	assert_non_null(strstr(fake_stderr_end(), "--report /tmp/igdvm-report."));
	report_close(&report);
	assert_int_equal(report_open(&report, NULL, "k"), 0);
	assert_int_equal(report.fd, -1);
	report_close(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_all),
		cmocka_unit_test(judges),
		cmocka_unit_test(replaces),
		cmocka_unit_test(guests_bytes_do_no_harm),
		cmocka_unit_test(keeps_the_last_lines),
		cmocka_unit_test(tells_of_a_crash),
		cmocka_unit_test(remembers_the_first_error),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
