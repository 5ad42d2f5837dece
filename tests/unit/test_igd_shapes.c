// SPDX-License-Identifier: BSD-2-Clause
/*
 * The OpRegion of virtual functions and mediated devices; and the doorbells of all.
 */
#include <limits.h>
#include <string.h>

#include "fakes.h"
#include "igd_trouble.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

/* ---- other shapes ---- */

static void knows_other_shapes(void **state)
{
	static const struct {
		enum igd_shape shape;
		enum opregion_policy policy;
		enum trouble trouble;
		int result; /* < 0: refused */
		const char *says;
	} t[] = {
		{ IGD_VF, OPREGION_AUTO, NO_REGION, OPREGION_OFF, "a virtual function has none" },
		{ IGD_VF, OPREGION_AUTO, NONE, OPREGION_OFF, "a virtual function has none" },
		{ IGD_VF, OPREGION_OFF, NONE, OPREGION_OFF, NULL },
		{ IGD_VF, OPREGION_FILE, NO_REGION, OPREGION_FILE, "from /tmp" },
		{ IGD_VF, OPREGION_LIVE, NONE, -1, "a virtual function has no OpRegion" },
		{ IGD_VF, OPREGION_LAZY, NONE, -1, "a virtual function has no OpRegion" },
		{ IGD_VF, OPREGION_COPY, NONE, -1, "a virtual function has no OpRegion" },
		{ IGD_MDEV, OPREGION_AUTO, NONE, OPREGION_COPY, "copied" },
		{ IGD_MDEV, OPREGION_COPY, NONE, OPREGION_COPY, "copied" },
		{ IGD_MDEV, OPREGION_FILE, NONE, OPREGION_FILE, "from /tmp" },
		{ IGD_MDEV, OPREGION_OFF, NONE, OPREGION_OFF, NULL },
		{ IGD_MDEV, OPREGION_LIVE, NONE, -1, "made for it, not the host's" },
		{ IGD_MDEV, OPREGION_LAZY, NONE, -1, "made for it, not the host's" },
		{ IGD_MDEV, OPREGION_AUTO, NO_REGION, OPREGION_OFF, "has no OpRegion region" },
		{ IGD_MDEV, OPREGION_COPY, NO_REGION, -1, "has no OpRegion region" },
		{ IGD_MDEV, OPREGION_COPY, RELATIVE_RAW, OPREGION_COPY, "VFIO does not have it" },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		bool mdev = t[i].shape == IGD_MDEV;
		uint32_t asls;
		int ret;

		igd_fresh(&rig);
		igd_set_source(rig, BOTH);
		rig->physfn = mdev ? NULL : "0000:00:02.0";
		rig->mdev_type = mdev ? "i915-GVTg_V5_4" : NULL;
		igd_spoil(rig, t[i].trouble);
		rig->option.opregion = t[i].policy;
		rig->option.opregion_file = igd_file("plain");
		ret = igd_rig_start(rig);
		if ((ret < 0) != (t[i].result < 0) || (t[i].says && !strstr(rig->log, t[i].says)))
			fail_msg("row %zu: %d, %s", i, ret, rig->log);
		assert_int_equal(igd_rig_live_mappings(rig), 0);
		if (ret)
			continue;
		assert_int_equal(rig->igd.opregion, t[i].result);
		igd_rig_check_contract(rig);
		asls = igd_rig_rd(rig, IGD_ASLS, 4);
		assert_int_equal(asls != 0, t[i].result != OPREGION_OFF);
		/* the host's driver of a mediated device has to find the guest's OpRegion */
		assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, IGD_ASLS, 4),
				 mdev && asls);
		if (mdev && asls)
			assert_int_equal(get_le32(rig->dev.config + IGD_ASLS), asls);
		/* and it answers calls, which no firmware does for a copy */
		if (t[i].result == OPREGION_COPY)
			assert_int_equal(igd_guests(rig, 0x2000)[0x58] & OPREGION_SWSCI,
					 OPREGION_SWSCI);
	}
	*state = rig;
}

/* ---- doorbells ---- */

static void guards_doorbells(void **state)
{
	static const struct {
		enum opregion_policy policy;
		enum doorbells_policy doorbells;
		enum source source;
		enum trouble trouble;
		bool mdev, pass;
		const char *says, *not_said;
	} t[] = {
		{ OPREGION_LIVE, DOORBELLS_DROP, MEM, NONE, false, false, "SWSCI is dropped",
		  NULL },
		{ OPREGION_LAZY, DOORBELLS_DROP, MEM, NONE, false, false, "SWSCI is dropped",
		  NULL },
		{ OPREGION_LIVE, DOORBELLS_DROP, MEM, VERSION_3, false, false, NULL, "SWSCI" },
		{ OPREGION_COPY, DOORBELLS_DROP, MEM, NONE, false, false, NULL, "SWSCI" },
		{ OPREGION_OFF, DOORBELLS_DROP, MEM, NONE, false, false, NULL, "SWSCI" },
		{ OPREGION_FILE, DOORBELLS_DROP, MEM, NONE, false, false, NULL, "SWSCI" },
		{ OPREGION_LIVE, DOORBELLS_PASS, MEM, NONE, false, true, NULL, "SWSCI" },
		{ OPREGION_LAZY, DOORBELLS_PASS, MODULE, NONE, false, true, NULL, "SWSCI" },
		{ OPREGION_AUTO, DOORBELLS_PASS, MEM, NONE, false, true, NULL, "SWSCI" },
		{ OPREGION_AUTO, DOORBELLS_PASS, NEITHER, NONE, false, false, "stay dropped",
		  NULL },
		{ OPREGION_AUTO, DOORBELLS_PASS, NEITHER, NO_REGION, false, false, "stay dropped",
		  NULL },
		{ OPREGION_AUTO, DOORBELLS_DROP, MEM, NONE, true, true, NULL, "SWSCI" },
		{ OPREGION_OFF, DOORBELLS_DROP, MEM, NONE, true, true, NULL, "SWSCI" },
	};
	static const struct {
		unsigned off, len;
		const char *name;
	} reg[] = { { 0xe0, 2, "SWSMI" }, { 0xe4, 4, "ASLE" }, { 0xe8, 2, "SWSCI" } };
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		igd_fresh(&rig);
		rig->mdev_type = t[i].mdev ? "i915-GVTg_V5_4" : NULL;
		igd_set_source(rig, t[i].source);
		igd_spoil(rig, t[i].trouble);
		rig->option.opregion = t[i].policy;
		rig->option.opregion_file = igd_file("plain");
		rig->option.doorbells = t[i].doorbells;
		assert_int_equal(igd_rig_start(rig), 0);
		if ((t[i].says && !strstr(rig->log, t[i].says)) ||
		    (t[i].not_said && strstr(rig->log, t[i].not_said)))
			fail_msg("row %zu: %s", i, rig->log);
		for (size_t r = 0; r < ARRAY_SIZE(reg); r++) {
			uint32_t before = igd_rig_rd(rig, reg[r].off, reg[r].len), value = ~before;
			const char *text;

			if (reg[r].len == 2)
				value &= 0xffff;
			rig->dev.n_calls = 0;
			rig->v.limit = (struct log_limit){ 0 };
			fake_stderr_begin();
			log_set_level(LOG_DEBUG);
			igd_rig_wr(rig, reg[r].off, reg[r].len, value);
			log_set_level(LOG_INFO);
			text = fake_stderr_end();
			assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, reg[r].off,
							  reg[r].len),
					 t[i].pass);
			assert_int_equal(igd_rig_rd(rig, reg[r].off, reg[r].len),
					 t[i].pass ? value : before);
			assert_int_equal(!t[i].pass, strstr(text, reg[r].name) != NULL);
		}
		/* what lies between them is nobody's */
		rig->dev.n_calls = 0;
		igd_rig_wr(rig, 0xe2, 2, 0x1111);
		igd_rig_wr(rig, 0xea, 2, 0x1111);
		assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 0);
	}
	*state = rig;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(knows_other_shapes),
		IGD_TEST(guards_doorbells),
	};

	return cmocka_run_group_tests(tests, igd_files_make, igd_files_remove);
}
