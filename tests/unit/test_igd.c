// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which GPU is taken, what stolen memory it gets, which registers the guest sees.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fakes.h"
#include "igd_rig.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

/* ---- identity ---- */

static void takes_intel_gpus_it_knows(void **state)
{
	static const struct {
		bool absent;
		uint32_t class_code;
		uint16_t vendor, device;
		const char *option_gen; /* gen= */
		const char *gen;	/* NULL: refused */
		const char *message;
	} t[] = {
		{ false, 0x030000, 0x8086, ID_SKL, NULL, "skl", NULL },
		{ false, 0x038000, 0x8086, ID_TGL, NULL, "tgl", "not the host's boot display" },
		{ true, 0x030000, 0x8086, ID_SKL, NULL, NULL, "no such PCI device" },
		{ false, 0x020000, 0x8086, 0x15b8, NULL, NULL, "class 020000 is no display" },
		{ false, 0x030000, 0x10de, 0x1b80, NULL, NULL, "vendor 10de is not Intel" },
		{ false, 0x030000, 0x8086, 0x0046, NULL, NULL, "8086:0046 is unknown" },
		{ false, 0x030000, 0x8086, 0x0046, "skl", "skl", NULL },
		{ false, 0x030000, 0x8086, 0x56a0, NULL, NULL, "8086:56a0 is a DG2 card" },
		/* the override overrides */
		{ false, 0x030000, 0x8086, ID_SKL, "tgl", "tgl", NULL },
		/* igd_check() comes first; but nothing is guessed without it */
		{ false, 0x030000, 0x8086, ID_SKL, "xyz", NULL, "one of snb,ivb" },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *text;
		int ret;

		rig->absent = t[i].absent;
		rig->class_code = t[i].class_code;
		rig->vendor = t[i].vendor;
		rig->device = t[i].device;
		rig->option.gen = t[i].option_gen;
		memset(&rig->igd, 0xa5, sizeof(rig->igd));
		fake_stderr_begin();
		ret = igd_identify(&rig->igd, &rig->option, NULL);
		text = fake_stderr_end();
		assert_int_equal(ret, t[i].gen ? 0 : -ENODEV);
		if (t[i].gen) {
			assert_string_equal(rig->igd.gen->name, t[i].gen);
			if (!t[i].message)
				assert_string_equal(text, "");
		}
		if (t[i].message) {
			if (!strstr(text, t[i].message) || !strstr(text, "0000:00:02.0"))
				fail_msg("row %zu: %s", i, text);
		}
		igd_fini(&rig->igd);
	}
}

static void checks_the_option(void **state)
{
	struct config_igd c = { .gen = NULL };
	int ret;

	(void)state;
	assert_int_equal(igd_check(&c), 0);
	c.gen = "adl";
	assert_int_equal(igd_check(&c), 0);
	c.gen = "adls";
	fake_stderr_begin();
	ret = igd_check(&c);
	assert_non_null(strstr(fake_stderr_end(), "gen=adls: no such generation; one of snb,"));
	assert_int_equal(ret, -EINVAL);
}

static void takes_a_zeroed_one(void **state)
{
	struct igd g = { 0 };

	(void)state;
	igd_fini(&g);
}

/* ---- registers ---- */

static const struct {
	uint16_t device, ggc;
} models[] = {
	{ ID_SNB, 0x0211 }, { ID_CHV, 0x0011 }, { ID_SKL, 0x02c1 },
	{ ID_TGL, 0x02c1 }, { ID_MTL, 0x02c1 },
};

/* Whatever the guest writes behind the header stays with igdvm: SWSCI, SWSMI, ASLE above all. */
static void drops_writes_to_device_registers(void **state)
{
	static const uint32_t values[] = { 0xffffffff, 0, 0x12345678, 1 };
	struct igd_rig *rig = *state;
	uint8_t before[PCI_CFG_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		igd_rig_model(rig, models[i].device, models[i].ggc);
		assert_int_equal(igd_rig_start(rig), 0);
		for (unsigned off = 0; off < PCI_CFG_SIZE; off++) {
			before[off] = (uint8_t)igd_rig_rd(rig, off, 1);
			/* what is called hidden reads 0 */
			assert_false(rig->v.kind[off] == CFG_HIDE && before[off]);
		}
		rig->dev.n_calls = 0;
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			for (unsigned len = 1; len <= 4; len *= 2) {
				for (unsigned off = 0x40; off < PCI_CFG_SIZE; off += len) {
					/* MSI and power state are emulated: writable, and tested there */
					if ((off >= 0xac && off < 0xbc) ||
					    (off >= 0xd4 && off < 0xd8))
						continue;
					igd_rig_wr(rig, off, len, values[v]);
					assert_int_equal(igd_rig_rd(rig, off, len),
							 get_le(before + off, len));
				}
			}
		}
		assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 0);
		igd_rig_check_contract(rig);
		igd_rig_fini(rig);
	}
}

static void reads_the_same_in_parts(void **state)
{
	struct igd_rig *rig = *state;

	assert_int_equal(igd_rig_start(rig), 0);
	for (unsigned off = 0; off < PCI_CFG_SIZE; off += 4) {
		uint32_t dword = igd_rig_rd(rig, off, 4);

		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(igd_rig_rd(rig, off + i, 1), dword >> 8 * i & 0xff);
			if (i < 3)
				assert_int_equal(igd_rig_rd(rig, off + i, 2),
						 dword >> 8 * i & 0xffff);
		}
	}
	assert_int_not_equal(igd_rig_rd(rig, IGD_ASLS, 4), 0);
}

/* ---- where it is ---- */

static void goes_to_any_address(void **state)
{
	static const uint8_t devfns[] = { DEVFN(2, 0), DEVFN(2, 1), DEVFN(0x10, 0),
					  DEVFN(0x1f, 7) };
	struct igd_rig *rig = *state;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(devfns); i++) {
		rig->option.devfn = devfns[i];
		assert_int_equal(igd_rig_start(rig), 0);
		assert_int_equal(strstr(rig->log, "want it at 02.0") != NULL, i != 0);
		assert_ptr_equal(rig->bus.dev[devfns[i]], &rig->v.pci);
		assert_int_equal(igd_rig_rd(rig, PCI_DEVICE, 2), ID_SKL);
		igd_rig_enable(rig);
		igd_rig_check_contract(rig);
		igd_rig_fini(rig);
	}
	/* but not on top of a bridge */
	rig->option.devfn = DEVFN(0x1f, 0);
	ret = igd_rig_start(rig);
	assert_int_equal(ret, -EEXIST);
	assert_non_null(strstr(rig->log, "guest address 1f.0 is taken"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(takes_intel_gpus_it_knows), IGD_TEST(checks_the_option),
		IGD_TEST(takes_a_zeroed_one),	     IGD_TEST(drops_writes_to_device_registers),
		IGD_TEST(reads_the_same_in_parts),   IGD_TEST(goes_to_any_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
