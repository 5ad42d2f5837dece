// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion=file: what is taken, what is refused; and what the option alone says about the others.
 */
#include <string.h>

#include "fakes.h"
#include "igd_trouble.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

static void takes_files(void **state)
{
	static const struct {
		const char *opregion, *vbt;
		uint8_t major, minor;
		uint64_t len;
		uint32_t extended; /* bytes */
		bool inside;	   /* mailbox 4 has the VBT of igd_rig_vbt() */
		const char *says;
	} t[] = {
		{ "plain", NULL, 2, 0, 0x2000, 0, false, NULL },
		{ "old", NULL, 1, 0, 0x2000, 0, false, NULL },
		{ "extended", NULL, 2, 1, 0x4000, VBT_SIZE, false, NULL },
		{ "gap", NULL, 2, 1, 0x4000, VBT_SIZE, false, NULL },
		{ "cut", NULL, 2, 1, 0x2000, 0, false, "VBT is not in the file" },
		{ "raw", NULL, 2, 0, 0x2000, 0, false, "VBT is not in the file" },
		{ "vbt", NULL, 2, 1, 0x2000, 0, true, NULL },
		{ "vbt-large", NULL, 2, 1, 0x4000, 0x1801, false, NULL },
		{ "vbt-most", NULL, 2, 1, 0x102000, 0x100000, false, NULL },
		{ "plain", "vbt", 2, 0, 0x2000, 0, true, NULL },
		{ "plain", "vbt-large", 2, 1, 0x4000, 0x1801, false, NULL },
		{ "old", "vbt-large", 2, 1, 0x4000, 0x1801, false, NULL },
		{ "extended", "vbt", 2, 1, 0x2000, 0, true, NULL },
		{ "extended", "vbt-large", 2, 1, 0x4000, 0x1801, false, NULL },
		{ "vbt", "vbt-large", 2, 1, 0x4000, 0x1801, false, NULL },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct opregion_info info;
		const char *text;
		uint8_t *guest;

		igd_fresh(&rig);
		igd_spoil(rig, NO_REGION); /* the host needs none */
		rig->physfn = i & 1 ? "0000:00:02.0" : NULL;
		igd_set_source(rig, NEITHER);
		rig->option.opregion = OPREGION_FILE;
		rig->option.opregion_file = igd_file(t[i].opregion);
		rig->option.vbt_file = t[i].vbt ? igd_file(t[i].vbt) : NULL;
		fake_stderr_begin();
		assert_int_equal(igd_check(&rig->option), 0);
		text = fake_stderr_end();
		if (t[i].says ? !strstr(text, t[i].says) : *text)
			fail_msg("row %zu: %s", i, text);
		assert_int_equal(igd_rig_start(rig), 0);
		igd_rig_check_contract(rig);
		assert_int_equal(rig->igd.opregion_len, t[i].len);
		guest = igd_guests(rig, t[i].len);
		igd_scan(guest, t[i].len);
		assert_int_equal(opregion_parse(guest, t[i].len, &info), 0);
		if (info.major != t[i].major || info.minor != t[i].minor)
			fail_msg("row %zu: %u.%u", i, info.major, info.minor);
		assert_false(info.mailboxes & OPREGION_SWSCI);
		assert_int_equal(info.rvds, t[i].extended);
		assert_int_equal(opregion_extended_vbt(&info), t[i].extended != 0);
		if (t[i].extended)
			assert_int_equal(opregion_vbt_check(guest + info.rvda, info.rvds), 0);
		assert_int_equal(opregion_vbt_check(guest + 0x400, OPREGION_VBT_INSIDE) == 0,
				 t[i].inside);
	}
	*state = rig;
}

static void refuses_options(void **state)
{
	static const struct {
		enum opregion_policy policy;
		const char *opregion, *vbt;
		enum doorbells_policy doorbells;
		const char *says; /* NULL: is fine */
	} t[] = {
		{ OPREGION_FILE, "missing", NULL, 0, "missing: No such file or directory" },
		{ OPREGION_FILE, "dir", NULL, 0, "dir: not a regular file" },
		{ OPREGION_FILE, "fifo", NULL, 0, "fifo: not a regular file" },
		{ OPREGION_FILE, "empty", NULL, 0, "empty: 0 bytes; an OpRegion has 8192" },
		{ OPREGION_FILE, "short", NULL, 0, "short: 8191 bytes; an OpRegion has 8192" },
		{ OPREGION_FILE, "large", NULL, 0, "large: more than the 2105344 bytes" },
		{ OPREGION_FILE, "alien", NULL, 0, "alien: neither an OpRegion" },
		{ OPREGION_FILE, "vbt-bad", NULL, 0, "vbt-bad: no VBT" },
		{ OPREGION_FILE, "vbt-more", NULL, 0, "at most 1048576 can be shown" },
		{ OPREGION_FILE, "plain", "missing", 0, "vbt=" },
		{ OPREGION_FILE, "plain", "fifo", 0, "fifo: not a regular file" },
		{ OPREGION_FILE, "plain", "plain", 0, "plain: no VBT (8192 bytes)" },
		{ OPREGION_FILE, "plain", "empty", 0, "empty: no VBT (0 bytes)" },
		{ OPREGION_FILE, "plain", "vbt-more", 0, "vbt-more: more than the 1048576 bytes" },
		{ OPREGION_FILE, "plain", NULL, DOORBELLS_PASS, "doorbells=pass needs" },
		{ OPREGION_COPY, NULL, NULL, DOORBELLS_PASS, "not copy" },
		{ OPREGION_OFF, NULL, NULL, DOORBELLS_PASS, "not off" },
		{ OPREGION_AUTO, NULL, NULL, DOORBELLS_PASS, NULL },
		{ OPREGION_LIVE, NULL, NULL, DOORBELLS_PASS, NULL },
		{ OPREGION_LAZY, NULL, NULL, DOORBELLS_PASS, NULL },
		{ OPREGION_AUTO, NULL, "vbt", 0, "give opregion=file=F too" },
		{ OPREGION_COPY, NULL, "vbt", 0, "give opregion=file=F too" },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config_igd c = { .opregion = t[i].policy,
					.opregion_file =
						t[i].opregion ? igd_file(t[i].opregion) : NULL,
					.vbt_file = t[i].vbt ? igd_file(t[i].vbt) : NULL,
					.doorbells = t[i].doorbells };
		const char *text;
		int ret;

		fake_stderr_begin();
		ret = igd_check(&c);
		text = fake_stderr_end();
		if (!t[i].says ? ret || *text : ret >= 0 || !strstr(text, t[i].says))
			fail_msg("row %zu: %d, %s", i, ret, text);
		/* one line */
		assert_true(!*text || strchr(text, '\n') == text + strlen(text) - 1);
		assert_int_equal(fake_open_fds(), rig->fds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(takes_files),
		IGD_TEST(refuses_options),
	};

	return cmocka_run_group_tests(tests, igd_files_make, igd_files_remove);
}
