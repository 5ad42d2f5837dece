// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stolen memory: what is decided for each option and generation, where it is planned, and what the
 * registers in config space and BAR0 then say.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fakes.h"
#include "igd_rig.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

#define REFUSED	    UINT64_MAX
#define HOST_BASE32 (HOST_BDSM32 & ~0xfffffULL)
#define HOST_BASE64 (HOST_BDSM64 & ~0xfffffULL)

static void decides(void **state)
{
	static const struct {
		uint16_t device, host_ggc;
		uint64_t ram, option;
		uint16_t ggc;
		uint64_t size, gsm;  /* size REFUSED: -EINVAL */
		uint64_t host_base;  /* planned there; 0: wherever it fits */
		const char *message; /* NULL: silent */
	} t[] = {
		/* the host's size, as long as it is a quarter at most */
		{ ID_SKL, 0x02c1, 256 * MiB, STOLEN_AUTO, 0x02c1, 64 * MiB, 8 * MiB, 0, NULL },
		{ ID_SKL, 0x02c1, 254 * MiB, STOLEN_AUTO, 0xfec1, 60 * MiB, 8 * MiB, 0,
		  "host's 64 MiB" },
		{ ID_SKL, 0x0281, 128 * MiB, STOLEN_AUTO, 0x0181, 32 * MiB, 4 * MiB, 0,
		  "is 32 MiB" },
		{ ID_SKL, 0xf001, 32 * MiB, STOLEN_AUTO, 0xf001, 4 * MiB, 0, 0, NULL },
		{ ID_SKL, 0xffc1, 256 * MiB, STOLEN_AUTO, 0x00c1, 0, 0, 0, NULL }, /* reserved */
		{ ID_SNB, 0x0211, 256 * MiB, STOLEN_AUTO, 0x0211, 64 * MiB, 2 * MiB, 0, NULL },
		{ ID_SNB, 0x0211, 64 * MiB, STOLEN_AUTO, 0x0201, 0, 0, 0, "is 0 MiB" },
		{ ID_CHV, 0x0091, 64 * MiB, STOLEN_AUTO, 0x0091, 12 * MiB, 0, 0, NULL },
		/* hardware that is bound to the host's address gets it */
		{ ID_TGL, 0x02c1, 512 * MiB, STOLEN_AUTO, 0x02c1, 64 * MiB, 8 * MiB, HOST_BASE64,
		  "host's address 0x47d800000" },
		/* but not with another size */
		{ ID_TGL, 0x02c1, 128 * MiB, STOLEN_AUTO, 0x01c1, 32 * MiB, 8 * MiB, 0,
		  "host's 64 MiB" },
		{ ID_TGL, 0x02c1, 512 * MiB, 96 * MiB, 0x03c1, 96 * MiB, 8 * MiB, 0, NULL },
		{ ID_TGL, 0x02c1, 512 * MiB, STOLEN_AT_HOST, 0x02c1, 64 * MiB, 8 * MiB, HOST_BASE64,
		  "host's address" },
		{ ID_SKL, 0x02c1, 512 * MiB, STOLEN_AT_HOST, 0x02c1, 64 * MiB, 8 * MiB, HOST_BASE32,
		  "host's address 0x7b800000" },
		{ ID_SKL, 0x00c1, 512 * MiB, STOLEN_AT_HOST, 0, REFUSED, 0, 0,
		  "the host has none" },
		{ ID_SKL, 0x02c1, 128 * MiB, STOLEN_AT_HOST, 0, REFUSED, 0, 0, "more than half" },
		/* stolen memory behind BAR2 is the device's own */
		{ ID_MTL, 0x02c1, 512 * MiB, STOLEN_AUTO, 0x02c1, 0, 0, 0, NULL },
		{ ID_MTL, 0x02c1, 256 * MiB, 0, 0x00c1, 0, 0, 0, "drivers expect it" },
		{ ID_MTL, 0x02c1, 256 * MiB, 32 * MiB, 0, REFUSED, 0, 0, "through BAR2" },
		{ ID_MTL, 0x02c1, 256 * MiB, STOLEN_AT_HOST, 0, REFUSED, 0, 0, "through BAR2" },
		/* off, and sizes */
		{ ID_SKL, 0x02c1, 256 * MiB, 0, 0x00c1, 0, 0, 0, NULL },
		{ ID_SNB, 0xff11, 256 * MiB, 0, 0xff01, 0, 0, 0, NULL },
		{ ID_SKL, 0x02c1, 256 * MiB, 96 * MiB, 0x03c1, 96 * MiB, 8 * MiB, 0, NULL },
		{ ID_SKL, 0x02c1, 256 * MiB, 4 * MiB, 0xf0c1, 4 * MiB, 8 * MiB, 0, NULL },
		{ ID_SKL, 0, 256 * MiB, 100 * MiB, 0, REFUSED, 0, 0, "next lower is 96M" },
		{ ID_SNB, 0, 256 * MiB, 16 * MiB, 0, REFUSED, 0, 0, "next lower is 0M" },
		{ ID_SKL, 0, 256 * MiB, 128 * MiB, 0, REFUSED, 0, 0, "more than half" },
		{ ID_SKL, 0, 256 * MiB, 8 * GiB, 0, REFUSED, 0, 0, "more than half" },
	};
	struct igd_rig *rig = *state;

	rig->option.opregion = OPREGION_OFF;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct mem_range *r;
		const char *text;
		int ret;

		igd_rig_model(rig, t[i].device, t[i].host_ggc);
		rig->ram = t[i].ram;
		rig->option.stolen = t[i].option;
		fake_stderr_begin();
		ret = igd_rig_probe(rig);
		text = fake_stderr_end();
		if (t[i].message && !strstr(text, t[i].message))
			fail_msg("row %zu: %s", i, text);
		if (!t[i].message && strstr(text, "igdvm: 0000:00:02.0: stolen"))
			fail_msg("row %zu: %s", i, text);
		assert_int_equal(ret, t[i].size == REFUSED ? -EINVAL : 0);
		if (!ret) {
			assert_int_equal(rig->igd.ggc, t[i].ggc);
			assert_int_equal(igd_rig_build(rig), 0);
			r = memmap_find(&rig->map, MEM_STOLEN);
			assert_int_equal(r ? r->size : 0, t[i].size + t[i].gsm);
			assert_true(!t[i].host_base || r->gpa + t[i].gsm == t[i].host_base);
		}
		igd_rig_fini(rig);
	}
}

/* With stolen=auto the host's address is a wish, with stolen=at-host a demand. */
static void gives_up_the_hosts_address(void **state)
{
	struct igd_rig *rig = *state;

	igd_rig_model(rig, ID_TGL, 0x02c1);
	rig->ram = 512 * MiB;
	rig->phys_bits = 34; /* 16 GiB: the host's stolen memory lies above */
	assert_int_equal(igd_rig_start(rig), 0);
	assert_non_null(strstr(rig->log, "cannot have a hole at 0x47d800000"));
	assert_non_null(memmap_find(&rig->map, MEM_STOLEN));
	assert_true(memmap_find(&rig->map, MEM_STOLEN)->gpa < 4 * GiB);
	igd_rig_check_contract(rig);
	igd_rig_fini(rig);

	rig->option.stolen = STOLEN_AT_HOST;
	assert_true(igd_rig_start(rig) < 0);
	assert_non_null(strstr(rig->log, "cannot have a hole at 0x47d800000"));
}

/* ---- registers ---- */

/*
 * Every generation once: where it has BDSM, what GSM its GGC means, whether the driver asks for the
 * reserved part (which gen 11 needs inside of stolen memory), and what else has a copy.
 */
static const struct {
	uint16_t device, ggc;
	uint8_t bdsm, len;    /* 0: none */
	uint64_t stolen, gsm; /* MiB */
	uint64_t reserved;    /* MiB at the top, 0: none */
	bool lmembar, bgsm, alias, probe;
} models[] = {
	{ 0x0126, 0x0211, 0x5c, 4, 64, 2, 0, false, false, false, false }, /* snb */
	{ 0x0166, 0x0211, 0x5c, 4, 64, 2, 0, false, false, false, false }, /* ivb */
	{ 0x0416, 0x0211, 0x5c, 4, 64, 2, 0, false, false, false, false }, /* hsw */
	{ 0x0f31, 0x0211, 0x5c, 4, 64, 2, 0, false, true, false, false },  /* vlv */
	{ 0x1616, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* bdw */
	{ 0x22b0, 0x0311, 0x5c, 4, 64, 8, 0, false, true, false, false },  /* chv */
	{ 0x1912, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* skl */
	{ 0x5a84, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* bxt */
	{ 0x3184, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* glk */
	{ 0x5916, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* kbl */
	{ 0x3e92, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* cfl */
	{ 0x9bc5, 0x02c1, 0x5c, 4, 64, 8, 0, false, false, false, false }, /* cml */
	{ 0x8a52, 0x02c1, 0xc0, 8, 64, 8, 2, false, false, true, false },  /* icl */
	{ 0x4551, 0x02c1, 0xc0, 8, 64, 8, 2, false, false, true, false },  /* ehl */
	{ 0x9a49, 0x02c1, 0xc0, 8, 64, 8, 2, false, false, true, false },  /* tgl */
	{ 0x4c8a, 0x02c1, 0xc0, 8, 64, 8, 2, false, false, true, false },  /* rkl */
	{ 0x46a6, 0x02c1, 0xc0, 8, 64, 8, 2, false, false, true, false },  /* adl */
	{ 0xa780, 0x02c1, 0xc0, 8, 64, 8, 2, false, false, true, false },  /* rpl */
	{ 0x7d55, 0x02c1, 0, 0, 0, 0, 0, true, false, false, true },	   /* mtl */
	{ 0x7d51, 0x02c1, 0, 0, 0, 0, 0, true, false, false, true },	   /* arl */
	{ 0x64a0, 0x02c1, 0, 0, 0, 0, 0, true, false, false, false },	   /* lnl */
	{ 0xb080, 0x02c1, 0, 0, 0, 0, 0, true, false, false, false },	   /* ptl */
	{ 0xfd80, 0x02c1, 0, 0, 0, 0, 0, true, false, false, false },	   /* wcl */
	{ 0xd750, 0x02c1, 0, 0, 0, 0, 0, true, false, false, false },	   /* nvl */
};

static uint64_t mmio64(struct igd_rig *rig, uint64_t at)
{
	return fake_in(&rig->mmio, at, 4) | (uint64_t)fake_in(&rig->mmio, at + 4, 4) << 32;
}

static uint64_t cfg64(struct igd_rig *rig, unsigned off)
{
	return igd_rig_rd(rig, off, 4) | (uint64_t)igd_rig_rd(rig, off + 4, 4) << 32;
}

/* Only pages with a shadow are traps; the rest of BAR0 is the device's own memory. */
static void check_bar0(struct igd_rig *rig, uint64_t bar, bool probe)
{
	uint64_t slots = 0;

	for (size_t i = 0; i < rig->mem.n; i++) {
		const struct mem_region *r = &rig->mem.region[i];

		if (r->kind != MEM_KIND_MMIO)
			continue;
		assert_ptr_equal(r->hva, rig->dev.bytes[0] + (r->gpa - bar));
		assert_false(ranges_overlap(r->gpa, r->size, bar + 0x108000, 0x1000));
		assert_false(probe && ranges_overlap(r->gpa, r->size, bar + 0x138000, 0x1000));
		slots += r->size;
	}
	assert_int_equal(slots, BAR0_SIZE - (probe ? 0x2000 : 0x1000));
	/* writes to the mirrors are dropped, their neighbours reach the device */
	rig->dev.n_calls = 0;
	fake_out(&rig->mmio, bar + IGD_MMIO_DSMBASE, 4, 0x12345678);
	fake_out(&rig->mmio, bar + IGD_MMIO_GGC + 3, 1, 0xff);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 0);
	fake_out(&rig->mmio, bar + IGD_MMIO_GGC + 4, 4, 0x600dcafe);
	assert_int_equal(get_le32(rig->dev.bytes[0] + IGD_MMIO_GGC + 4), 0x600dcafe);
	assert_int_equal(fake_in(&rig->mmio, bar + IGD_MMIO_GGC + 4, 4), 0x600dcafe);
	/* a read across the edge of a mirror */
	assert_int_equal(fake_in(&rig->mmio, bar + IGD_MMIO_GGC + 2, 4) >> 16, 0xcafe);
}

static void check_registers(struct igd_rig *rig, size_t m, bool off)
{
	const struct mem_range *r = memmap_find(&rig->map, MEM_STOLEN);
	uint64_t bar = igd_rig_enable(rig), dsm = 0, gsm = 0, reserved = 0;

	assert_int_equal(r != NULL, !off && models[m].stolen);
	if (r) {
		assert_int_equal(r->size, (models[m].stolen + models[m].gsm) * MiB);
		assert_non_null(mem_at(&rig->mem, r->gpa, r->size));
		gsm = r->gpa;
		dsm = gsm + models[m].gsm * MiB;
		reserved = models[m].reserved ? dsm + (models[m].stolen - models[m].reserved) * MiB
					      : 0;
	}
	if (models[m].len)
		assert_int_equal(get_le(rig->v.pci.val + models[m].bdsm, models[m].len),
				 dsm ? dsm | BDSM_LOCK : 0);
	/* where another generation has it there is nothing */
	assert_true(models[m].bdsm == 0x5c || !igd_rig_rd(rig, 0x5c, 4));
	assert_true(models[m].bdsm == 0xc0 || !cfg64(rig, 0xc0));
	assert_int_equal(igd_rig_rd(rig, IGD_BGSM32, 4), models[m].bgsm ? gsm : 0);
	assert_int_equal(igd_rig_rd(rig, IGD_GGC, 2), rig->igd.ggc);
	assert_int_equal(fake_in(&rig->mmio, bar + IGD_MMIO_GGC, 4), rig->igd.ggc);
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_DSMBASE), dsm ? dsm | BDSM_LOCK : 0);
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_GSMBASE), gsm);
	/* gen 11 on the address; before and with LMEMBAR none is valid */
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_STOLEN_RESERVED) & ~0xfffffULL, reserved);
	assert_int_equal(cfg64(rig, IGD_STOLEN_ALIAS),
			 models[m].alias ? mmio64(rig, bar + IGD_MMIO_STOLEN_RESERVED) : 0);
	check_bar0(rig, bar, models[m].probe);
	if (models[m].probe)
		assert_int_equal(fake_in(&rig->mmio, bar + IGD_MMIO_STOLEN_ACCESS, 4), 0);
}

static void shows_the_guests_stolen_memory(void **state)
{
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		for (unsigned off = 0; off < 2; off++) {
			igd_rig_model(rig, models[i].device, models[i].ggc);
			put_le32(rig->dev.bytes[0] + IGD_MMIO_GGC, models[i].ggc);
			put_le32(rig->dev.bytes[0] + IGD_MMIO_STOLEN_ACCESS, 2);
			put_le64(rig->dev.bytes[0] + IGD_MMIO_STOLEN_RESERVED, HOST_RESERVED);
			rig->option.stolen = off ? 0 : STOLEN_AUTO;
			rig->phys_bits = 34; /* elsewhere than the host's: leaks can be told */
			assert_int_equal(igd_rig_start(rig), 0);
			check_registers(rig, i, off);
			igd_rig_check_contract(rig);
			igd_rig_fini(rig);
		}
	}
}

/* Above 4 GiB registers of 64 bits have all of them; the host bridge's, which have 32, say nothing. */
static void tells_of_memory_above_4_gib(void **state)
{
	const uint64_t reserved = HOST_BASE64 + 62 * MiB + (HOST_RESERVED & 0x181);
	struct igd_rig *rig = *state;
	uint64_t bar;

	igd_rig_model(rig, ID_TGL, 0x02c1);
	put_le64(rig->dev.bytes[0] + IGD_MMIO_DSMBASE, UINT64_MAX);
	rig->ram = 512 * MiB;
	assert_int_equal(igd_rig_start(rig), 0);
	bar = igd_rig_enable(rig);
	assert_int_equal(cfg64(rig, IGD_BDSM64), HOST_BASE64 | BDSM_LOCK);
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_DSMBASE), HOST_BASE64 | BDSM_LOCK);
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_GSMBASE), HOST_BASE64 - 8 * MiB);
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_STOLEN_RESERVED), reserved);
	assert_int_equal(cfg64(rig, IGD_STOLEN_ALIAS), reserved);
	assert_int_equal(get_le64(rig->bridges.host.val + SA_BDSM), 0); /* and BGSM */
}

/*
 * GGC in BAR0 is the guest's, or, where BAR2 is the host's stolen memory, what BAR0 has; then the part
 * of it that is reserved keeps its size, too, while there is any.
 */
static void repeats_ggc_in_bar0(void **state)
{
	static const struct {
		uint16_t device, config, bar0;
		uint64_t option;
		uint16_t expect, reserved;
	} t[] = {
		{ ID_SKL, 0x02c1, 0x04c1, STOLEN_AUTO, 0x02c1, 0 },
		{ ID_TGL, 0x02c1, 0x04c1, 0, 0x00c1, 0 },
		{ ID_MTL, 0x02c1, 0x04c1, STOLEN_AUTO, 0x04c1, 0x181 },
		{ ID_MTL, 0x02c1, 0xf0c1, STOLEN_AUTO, 0xf0c1, 0x101 }, /* 4 MiB in all */
		{ ID_MTL, 0x02c0, 0x04c1, 0, 0x00c1, 0 },
	};
	struct igd_rig *rig = *state;
	uint64_t bar;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		igd_rig_model(rig, t[i].device, t[i].config);
		put_le32(rig->dev.bytes[0] + IGD_MMIO_GGC, t[i].bar0);
		put_le64(rig->dev.bytes[0] + IGD_MMIO_STOLEN_RESERVED, HOST_BASE64 | 0x181);
		rig->option.stolen = t[i].option;
		assert_int_equal(igd_rig_start(rig), 0);
		bar = igd_rig_enable(rig);
		assert_int_equal(fake_in(&rig->mmio, bar + IGD_MMIO_GGC, 4), t[i].expect);
		assert_int_equal(mmio64(rig, bar + IGD_MMIO_STOLEN_RESERVED), t[i].reserved);
		igd_rig_fini(rig);
	}
}

/* Virtual functions and mediated devices have no stolen memory, and say so. */
static void other_shapes_have_none(void **state)
{
	struct igd_rig *rig = *state;
	uint64_t bar;

	for (unsigned mdev = 0; mdev < 2; mdev++) {
		rig->physfn = mdev ? NULL : "0000:00:02.0";
		rig->mdev_type = mdev ? "i915-GVTg_V5_4" : NULL;
		rig->option.opregion = OPREGION_OFF;
		rig->option.stolen = STOLEN_AUTO;
		assert_int_equal(igd_rig_start(rig), 0);
		assert_int_equal(rig->igd.shape, mdev ? IGD_MDEV : IGD_VF);
		assert_null(memmap_find(&rig->map, MEM_STOLEN));
		assert_int_equal(igd_rig_rd(rig, IGD_GGC, 2), 0x00c1);
		assert_int_equal(igd_rig_rd(rig, IGD_BDSM32, 4), 0);
		igd_rig_check_contract(rig);
		igd_rig_fini(rig);
		rig->option.stolen = 32 * MiB;
		assert_int_equal(igd_rig_start(rig), -EINVAL);
		assert_non_null(strstr(rig->log, mdev ? "a mediated device has no stolen memory"
						      : "a virtual function has no stolen memory"));
		igd_rig_fini(rig);
	}
	/* where the physical function's is behind BAR2 */
	igd_rig_model(rig, ID_MTL, 0x02c1);
	put_le32(rig->dev.bytes[0] + IGD_MMIO_GGC, 0x04c1);
	put_le64(rig->dev.bytes[0] + IGD_MMIO_STOLEN_RESERVED, 0x181);
	rig->physfn = "0000:00:02.0";
	rig->mdev_type = NULL;
	rig->option.stolen = STOLEN_AUTO;
	assert_int_equal(igd_rig_start(rig), 0);
	assert_int_equal(igd_rig_rd(rig, IGD_GGC, 2), 0x00c1);
	bar = igd_rig_enable(rig);
	assert_int_equal(fake_in(&rig->mmio, bar + IGD_MMIO_GGC, 4), 0x00c1);
	assert_int_equal(mmio64(rig, bar + IGD_MMIO_STOLEN_RESERVED), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(decides),
		IGD_TEST(gives_up_the_hosts_address),
		IGD_TEST(shows_the_guests_stolen_memory),
		IGD_TEST(tells_of_memory_above_4_gib),
		IGD_TEST(repeats_ggc_in_bar0),
		IGD_TEST(other_shapes_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
