// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "config_args.h"

static struct config c;
static struct config_error err;
static enum config_action action;

/* The file, then up to 8 arguments. */
static int parse_len(const char *text, size_t len, const char *const *args)
{
	const struct config_file file = { .name = "f.conf", .text = text, .len = len };
	char *argv[ARGS + 2] = { "igdvm" };
	int argc = 1;

	for (; args && args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	memset(&c, 0xa5, sizeof(c));
	return config_parse(&c, &file, argc, argv, &action, stdout, &err);
}

static int parse_text(const char *text, const char *const *args)
{
	return parse_len(text, strlen(text), args);
}

#define WITH(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void take(const char *text, const char *const *args)
{
	if (parse_text(text, args))
		fail_msg("refused: %s", err.text);
	assert_int_equal(action, CONFIG_RUN);
}

static void sections(void **state)
{
	(void)state;
	take("\xef\xbb\xbf# comment\n"
	     "; another\n"
	     "kernel = /boot/vmlinuz\r\n"
	     "\tcmdline=a \\;b  c\\s\\\\\\t\\x41\n"
	     "\n"
	     " [memory] \n"
	     "  size = 4G\n"
	     "  hugepages = 2M\n"
	     "[disk root]\n"
	     "path = a,b\n"
	     "ro = on\n"
	     "[disk 2]\n"
	     "path=#x;y",
	     NULL);
	assert_string_equal(c.kernel, "/boot/vmlinuz");
	assert_string_equal(c.cmdline, "a ;b  c \\\tA");
	assert_true(c.memory == 4 * GiB);
	assert_int_equal(c.huge_page, 2 * MiB);
	assert_int_equal(c.n_disks, 2);
	assert_string_equal(c.disk[0].path, "a,b");
	assert_true(c.disk[0].readonly);
	assert_string_equal(c.disk[1].path, "#x;y");
	assert_false(c.disk[1].readonly);
}

static void command_line_overrides(void **state)
{
	static const char text[] = "kernel = k\ncmdline = f\nserial = file=s\nrng = on\n"
				   "[memory]\nsize = 4G\nprealloc = on\n"
				   "[igd]\nbdf = 0000:00:02.0\nopregion = file=o\nvbt = v\n"
				   "[disk]\npath = d\n";

	(void)state;
	take(text, WITH("--memory", "8G", "--cmdline", "c", "--serial", "null", "--rng=off"));
	assert_string_equal(c.kernel, "k");
	assert_string_equal(c.cmdline, "c");
	assert_int_equal(c.serial, SERIAL_NULL);
	assert_null(c.serial_path);
	assert_false(c.rng);
	assert_true(c.memory == 8 * GiB);
	assert_true(c.prealloc); /* keys of the file stay, unless they are given again */
	/* a required key may be in the file */
	take(text, WITH("--igd", "opregion=copy"));
	assert_string_equal(c.igd.device, "0000:00:02.0");
	assert_int_equal(c.igd.opregion, OPREGION_COPY);
	assert_null(c.igd.opregion_file);
	assert_string_equal(c.igd.vbt_file, "v");
	/* what repeats is added */
	take(text, WITH("--disk", "e,ro", "--disk", "f"));
	assert_int_equal(c.n_disks, 3);
	assert_string_equal(c.disk[0].path, "d");
	assert_string_equal(c.disk[1].path, "e");
	assert_string_equal(c.disk[2].path, "f");
	/* twice on the command line is still twice */
	assert_int_not_equal(parse_text(text, WITH("--cmdline", "a", "--cmdline", "b")), 0);
	assert_string_equal(err.text, "--cmdline is given twice; keep one");
}

static void errors(void **state)
{
	static const struct {
		const char *text, *message;
	} t[] = {
		{ "kernle = x\n", "1: unknown option \"kernle\"; the nearest is \"kernel\"" },
		{ "kernel = k\nfoo\n[x]\n", "2: neither [SECTION] nor NAME = VALUE" },
		{ "= x", "1: unknown option \"\"" },
		{ "kernel = k\n\n[disk\n", "3: the \"]\" of the section is missing" },
		{ "[disk]\npath=a\n[disk]\n", "3: [disk] is given twice; give each a label" },
		{ "[disk a]\npath=a\n[ disk a ]\n", "3: [disk a] is given twice" },
		{ "[memory]\n[memory]\n", "2: [memory] is given twice; keep one" },
		{ "[memory x]\n", "1: [memory x]: there is one --memory at most" },
		{ "[disk a b]\n", "1: a section is [OPTION] or [OPTION LABEL]" },
		{ "[disk] x\n", "1: \"x\" follows a section's \"]\"; drop it" },
		{ "[dsik]\n", "1: [dsik]: unknown option; the nearest is \"disk\"" },
		{ "[disk] ;x\n", "1: \";\" behind a blank" },
		{ "cmdline = a ; b\n", "1: \";\" behind a blank" },
		{ "[]\n", "1: []: unknown option" },
		{ "[kernel]\n", "1: [kernel]: it has no keys; write kernel = F before" },
		{ "memory = 4G\n", "1: --memory has keys: write [memory], and below it size" },
		{ "#\n[igd]\nvga = on\n\n[disk]\n", "2: --igd: the BDF|PATH is missing" },
		{ "\n[igd]", "2: --igd: the BDF|PATH is missing" },
		{ "[fs]\nsocket = s\n", "1: --fs: tag=NAME is missing" },
		{ "[memory]\nsise = 1G\n", "2: --memory: unknown key \"sise\"; the nearest is" },
		{ "[memory]\nrng = on\n",
		  "2: --memory: unknown key \"rng\"; for the option --rng" },
		{ "[memory]\nsize = 1G\nsize = 2G\n", "3: --memory: \"size\" is given twice" },
		{ "[memory]\nsize =\n", "2: --memory needs a value: size=SIZE" },
		{ "[memory]\nsize = ;1G\n", "2: \";\" behind a blank: a comment has a line" },
		{ "[memory]\nsize = 1G\n  prealloc = no\n",
		  "3: --memory prealloc: \"no\" is neither" },
		{ "kernel = a\nkernel = b\n", "2: --kernel is given twice" },
		{ "kernel =\n", "1: --kernel needs a value: kernel = F" },
		{ "rng = maybe\n", "1: --rng: \"maybe\" is neither" },
		{ "serial = help\n", "1: --serial: \"help\" is unknown" },
		{ "kernel = a\\qb\n", "1: kernel: \"\\qb\" is no escape; it takes" },
		{ "kernel = a\\\n", "1: kernel: \"\\\" is no escape" },
		{ "kernel = \\x0g\n", "1: kernel: \"\\x0g\" is no escape" },
		{ "kernel = \\x00\n", "1: kernel: \"\\x00\" is no escape" },
		{ "config = x\n", "1: --config is for the command line alone" },
		{ "dump-config = on\n", "1: --dump-config is for the command line alone" },
		{ "help = on\n", "1: --help is for the command line alone" },
		{ "dry-run = on\n", "1: --dry-run is for the command line alone" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_not_equal(parse_text(t[i].text, NULL), 0);
		if (strncmp(err.text, "f.conf:", 7) ||
		    strncmp(err.text + 7, t[i].message, strlen(t[i].message)))
			fail_msg("\"%s\": %s\n   want %s", t[i].text, err.text, t[i].message);
		assert_null(strchr(err.text, '\n'));
	}
	assert_int_not_equal(parse_len("kernel = \0k\n", 12, NULL), 0);
	assert_string_equal(err.text, "f.conf:1: a zero byte: this is no text file");
	/* neither file nor command line */
	assert_int_not_equal(parse_text("rng = on\n", NULL), 0);
	assert_non_null(strstr(err.text, "--kernel is missing"));
}

/* Nothing is cut: a value of any length is taken whole, or refused by its line. */
static void long_lines(void **state)
{
	static char text[CONFIG_FILE_MAX];
	const size_t lens[] = { 150, 188, 189, 200, 2047, 2048, 10000, 60000, 70000, 500000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		int used = sprintf(text, "kernel = k\ncmdline = ");

		memset(text + used, 'x', lens[i]);
		strcpy(text + used + lens[i], "z\nrng = on\n");
		if (!parse_text(text, NULL)) {
			assert_int_equal(strlen(c.cmdline), lens[i] + 1);
			assert_int_equal(c.cmdline[lens[i]], 'z');
			assert_true(c.rng);
			continue;
		}
		assert_true(lens[i] > 60000);
		assert_non_null(strstr(err.text, "f.conf:2: cmdline: the values are too long"));
	}
	/* the library would cut this at 49 bytes */
	memset(text, 'l', 300);
	memcpy(text, "[disk ", 6);
	strcpy(text + 300, "1]\npath = a\n");
	memcpy(text + 312, text, 300);
	strcpy(text + 612, "2]\npath = b\nro = on\n");
	take(text, WITH("--kernel", "k"));
	assert_int_equal(c.n_disks, 2);
	assert_false(c.disk[0].readonly);
	assert_true(c.disk[1].readonly);
}

static void many_strings(void **state)
{
	char *text = malloc(CONFIG_FILE_MAX), *p = text;

	(void)state;
	p += sprintf(p, "kernel = k\n");
	for (int i = 0; i < CONFIG_SMBIOS_MAX; i++)
		p += sprintf(p, "[smbios %d]\noem = %0800d\n", i, i);
	take(text, NULL);
	assert_int_equal(c.n_smbios, CONFIG_SMBIOS_MAX);
	assert_int_equal(strlen(c.smbios[CONFIG_SMBIOS_MAX - 1].oem), 800);
	sprintf(p, "[smbios more]\noem = x\n");
	assert_int_not_equal(parse_text(text, NULL), 0);
	assert_string_equal(err.text, "f.conf:130: --smbios may be given 64 times at most");
	free(text);
}

static void where_the_file_is_named(void **state)
{
	static const struct {
		const char *argv[6], *name;
	} t[] = {
		{ { "igdvm", "--config", "a" }, "a" },
		{ { "igdvm", "run", "--kernel", "k", "--config=b" }, "b" },
		{ { "igdvm", "--config" }, NULL },
		{ { "igdvm", "--config=" }, "" },
		{ { "igdvm", "--configure", "--kernel=--config=x" }, NULL },
		{ { "igdvm" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *name;
		int argc = 0;

		while (t[i].argv[argc])
			argc++;
		name = config_file_name(argc, (char **)t[i].argv);
		assert_int_equal(!name, !t[i].name);
		if (name)
			assert_string_equal(name, t[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections),	cmocka_unit_test(command_line_overrides),
		cmocka_unit_test(errors),	cmocka_unit_test(long_lines),
		cmocka_unit_test(many_strings), cmocka_unit_test(where_the_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
