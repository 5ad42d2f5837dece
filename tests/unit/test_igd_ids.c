// SPDX-License-Identifier: BSD-2-Clause
/*
 * Generations and their encodings. The table of ids is private, and some of it must be seen here: so
 * igd_ids.c is compiled into this file, under names that the linker does not know yet.
 */
#define igd_gen_by_id	  test_gen_by_id
#define igd_gen_by_name	  test_gen_by_name
#define igd_gen_names	  test_gen_names
#define igd_stolen_size	  test_stolen_size
#define igd_stolen_encode test_stolen_encode
#define igd_stolen_fit	  test_stolen_fit
#include "../../vmm/igd_ids.c"

#include "test.h"

/* ---- ids ---- */

static void knows_each_id_once(void **state)
{
	static uint8_t seen[0x10000];
	size_t total = 0, answers = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_true(table[i].n > 0);
		for (size_t k = 0; k < table[i].n; k++) {
			if (seen[table[i].id[k]]++)
				fail_msg("%04x is listed twice, last for %s", table[i].id[k],
					 table[i].gen.name);
			assert_ptr_equal(igd_gen_by_id(table[i].id[k]), &table[i].gen);
		}
		total += table[i].n;
	}
	for (unsigned id = 0; id < 0x10000; id++)
		answers += igd_gen_by_id((uint16_t)id) != NULL;
	assert_int_equal(answers, total);
}

/* A few of each generation, and neighbours that belong elsewhere (Linux drm/intel/pciids.h). */
static void tells_generations_apart(void **state)
{
	static const struct {
		uint16_t id;
		const char *gen; /* NULL: to be refused */
		uint8_t bdsm;
		enum gms_code gms;
	} t[] = {
		{ 0x0102, "snb", 0x5c, GMS_32M_LOW },
		{ 0x0126, "snb", 0x5c, GMS_32M_LOW },
		{ 0x0152, "ivb", 0x5c, GMS_32M_LOW },
		{ 0x0166, "ivb", 0x5c, GMS_32M_LOW },
		{ 0x0412, "hsw", 0x5c, GMS_32M_LOW },
		{ 0x0a16, "hsw", 0x5c, GMS_32M_LOW },
		{ 0x0d26, "hsw", 0x5c, GMS_32M_LOW },
		{ 0x0f31, "vlv", 0x5c, GMS_32M_LOW },
		{ 0x1616, "bdw", 0x5c, GMS_32M_HIGH },
		{ 0x22b0, "chv", 0x5c, GMS_CHV },
		{ 0x1912, "skl", 0x5c, GMS_4M_STEPS },
		{ 0x193b, "skl", 0x5c, GMS_4M_STEPS },
		{ 0x0a84, "bxt", 0x5c, GMS_4M_STEPS },
		{ 0x5a85, "bxt", 0x5c, GMS_4M_STEPS },
		{ 0x3185, "glk", 0x5c, GMS_4M_STEPS },
		{ 0x5916, "kbl", 0x5c, GMS_4M_STEPS },
		{ 0x87c0, "kbl", 0x5c, GMS_4M_STEPS },
		{ 0x87ca, "cfl", 0x5c, GMS_4M_STEPS },
		{ 0x3e92, "cfl", 0x5c, GMS_4M_STEPS },
		{ 0x3ea0, "cfl", 0x5c, GMS_4M_STEPS },
		{ 0x9bc5, "cml", 0x5c, GMS_4M_STEPS },
		{ 0x8a52, "icl", 0xc0, GMS_4M_STEPS },
		{ 0x4571, "ehl", 0xc0, GMS_4M_STEPS },
		{ 0x4e61, "ehl", 0xc0, GMS_4M_STEPS },
		{ 0x9a49, "tgl", 0xc0, GMS_4M_STEPS },
		{ 0x4c8a, "rkl", 0xc0, GMS_4M_STEPS },
		{ 0x4680, "adl", 0xc0, GMS_4M_STEPS },
		{ 0x46d1, "adl", 0xc0, GMS_4M_STEPS },
		{ 0xa780, "rpl", 0xc0, GMS_4M_STEPS },
		{ 0xa7a0, "rpl", 0xc0, GMS_4M_STEPS },
		{ 0x7d55, "mtl", 0, GMS_NONE },
		{ 0x7d51, "arl", 0, GMS_NONE },
		{ 0xb640, "arl", 0, GMS_NONE },
		{ 0x64a0, "lnl", 0, GMS_NONE },
		{ 0xb080, "ptl", 0, GMS_NONE },
		{ 0xfd80, "wcl", 0, GMS_NONE },
		{ 0xd750, "nvl", 0, GMS_NONE },
		{ 0x0046, NULL, 0, 0 }, /* Ironlake */
		{ 0x5a52, NULL, 0, 0 }, /* Cannon Lake, between two of Broxton's */
		{ 0x4905, NULL, 0, 0 }, /* DG1: a card of its own */
		{ 0x56a0, NULL, 0, 0 }, /* DG2 */
		{ 0xe20b, NULL, 0, 0 }, /* Battlemage */
		{ 0x0000, NULL, 0, 0 },
		{ 0xffff, NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct igd_gen *gen = igd_gen_by_id(t[i].id);

		if (!gen != !t[i].gen || (gen && strcmp(gen->name, t[i].gen)))
			fail_msg("%04x: %s", t[i].id, gen ? gen->name : "unknown");
		if (!gen)
			continue;
		assert_int_equal(gen->bdsm, t[i].bdsm);
		assert_int_equal(gen->bdsm_len, t[i].bdsm == 0xc0 ? 8 : t[i].bdsm ? 4 : 0);
		assert_int_equal(gen->gms, t[i].gms);
	}
}

static void finds_and_lists_names(void **state)
{
	char all[512], copy[512], one[8];
	size_t n = 0;

	(void)state;
	strcpy(copy, igd_gen_names(all, sizeof(all)));
	for (char *p = strtok(copy, ","); p; p = strtok(NULL, ","), n++) {
		assert_non_null(igd_gen_by_name(p));
		assert_string_equal(igd_gen_by_name(p)->name, p);
		assert_true(strlen(igd_gen_by_name(p)->title) > 0);
		assert_ptr_equal(igd_gen_by_name(p), &table[n].gen); /* no name twice */
	}
	assert_int_equal(n, ARRAY_SIZE(table));
	assert_null(igd_gen_by_name(""));
	assert_null(igd_gen_by_name("sk"));
	assert_null(igd_gen_by_name("skll"));
	assert_null(igd_gen_by_name("SKL"));
	/* a short buffer is filled and ended, not overrun */
	for (size_t size = 1; size <= sizeof(one) - 1; size++) {
		memset(one, 'x', sizeof(one));
		igd_gen_names(one, size);
		assert_int_equal(strlen(one), size - 1);
		assert_memory_equal(one, all, size - 1);
		assert_int_equal(one[size], 'x');
	}
}

/* ---- sizes ---- */

#define RESERVED 0

/* MiB of each code; Linux arch/x86/kernel/early-quirks.c chv_stolen_size() */
static const unsigned chv_mib[32] = {
	0,   32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,	     480,
	512, 8,	 12, 16, 20,  24,  28,	36,  40,  44,  48,  52,	 56,  60,  RESERVED, RESERVED,
};

/* The rest by runs of codes: first one, MiB it means, step. gen6, gen8, gen9_stolen_size() */
struct run {
	unsigned first, mib, step;
};
static const struct run low_32m[] = { { 0, 0, 32 } };
static const struct run high_32m[] = { { 0, 0, 32 } };
static const struct run high_4m[] = { { 0, 0, 32 }, { 0xf0, 4, 4 }, { 0xff, RESERVED, 0 } };

static const struct {
	const char *gen;
	const struct run *run;
	size_t n;
	unsigned shift, codes;
} encodings[] = {
	{ "snb", low_32m, ARRAY_SIZE(low_32m), 3, 32 },
	{ "vlv", low_32m, ARRAY_SIZE(low_32m), 3, 32 },
	{ "bdw", high_32m, ARRAY_SIZE(high_32m), 8, 256 },
	{ "chv", NULL, 0, 3, 32 },
	{ "skl", high_4m, ARRAY_SIZE(high_4m), 8, 256 },
	{ "tgl", high_4m, ARRAY_SIZE(high_4m), 8, 256 },
	{ "mtl", NULL, 0, 0, 0 },
};

static uint64_t expected_size(size_t e, unsigned code)
{
	const struct run *r = encodings[e].run;

	if (!r)
		return chv_mib[code] * MiB;
	for (size_t i = 1; i < encodings[e].n && code >= encodings[e].run[i].first; i++)
		r++;
	return (r->mib + (code - r->first) * r->step) * MiB;
}

static void decodes_every_code(void **state)
{
	(void)state;
	for (size_t e = 0; e < ARRAY_SIZE(encodings); e++) {
		const struct igd_gen *gen = igd_gen_by_name(encodings[e].gen);
		unsigned field = (encodings[e].codes - 1) << encodings[e].shift;

		for (unsigned ggc = 0; ggc < 0x10000; ggc++) {
			unsigned code = (ggc & field) >> encodings[e].shift;
			uint64_t size = encodings[e].codes ? expected_size(e, code) : 0;

			if (igd_stolen_size(gen, (uint16_t)ggc) != size)
				fail_msg("%s: GGC %#x", gen->name, ggc);
		}
	}
	/* two that are known by heart */
	assert_int_equal(igd_stolen_size(igd_gen_by_name("skl"), 0x02c1), 64 * MiB);
	assert_int_equal(igd_stolen_size(igd_gen_by_name("tgl"), 0xfec1), 60 * MiB);
}

static void encodes_what_it_decodes(void **state)
{
	(void)state;
	for (size_t e = 0; e < ARRAY_SIZE(encodings); e++) {
		const struct igd_gen *gen = igd_gen_by_name(encodings[e].gen);
		uint16_t field = (uint16_t)((encodings[e].codes - 1) << encodings[e].shift), out;

		for (unsigned code = 0; code < encodings[e].codes; code++) {
			uint64_t size = expected_size(e, code);

			assert_int_equal(igd_stolen_encode(gen, 0xa5c3, size, &out), 0);
			assert_int_equal(igd_stolen_size(gen, out), size);
			/* the field only: the other bits stay */
			assert_int_equal((out ^ 0xa5c3) & ~field, 0);
			assert_int_equal(igd_stolen_fit(gen, size), size);
		}
	}
}

static void refuses_sizes_without_a_code(void **state)
{
	static const struct {
		const char *gen;
		uint64_t size, fit; /* fit: the largest not above */
		int ret;
	} t[] = {
		{ "snb", 0, 0, 0 },
		{ "snb", 31 * MiB, 0, -EINVAL },
		{ "snb", 48 * MiB, 32 * MiB, -EINVAL },
		{ "snb", 992 * MiB, 992 * MiB, 0 },
		{ "snb", 1024 * MiB, 992 * MiB, -EINVAL },
		{ "bdw", 4 * MiB, 0, -EINVAL },
		{ "bdw", 8160 * MiB, 8160 * MiB, 0 },
		{ "bdw", UINT64_MAX, 8160 * MiB, -EINVAL },
		{ "chv", 4 * MiB, 0, -EINVAL },
		{ "chv", 8 * MiB, 8 * MiB, 0 },
		{ "chv", 32 * MiB, 32 * MiB, 0 },
		{ "chv", 64 * MiB - 1, 60 * MiB, -EINVAL },
		{ "chv", 513 * MiB, 512 * MiB, -EINVAL },
		{ "skl", 4 * MiB, 4 * MiB, 0 },
		{ "skl", 2 * MiB, 0, -EINVAL },
		{ "skl", 60 * MiB, 60 * MiB, 0 },
		{ "skl", 63 * MiB, 60 * MiB, -EINVAL },
		{ "skl", 95 * MiB, 64 * MiB, -EINVAL },
		{ "skl", 7648 * MiB, 7648 * MiB, 0 },
		{ "skl", 7680 * MiB, 7648 * MiB, -EINVAL },
		{ "skl", UINT64_MAX, 7648 * MiB, -EINVAL },
		{ "mtl", 0, 0, 0 },
		{ "mtl", 32 * MiB, 0, -EINVAL },
		{ "mtl", UINT64_MAX, 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct igd_gen *gen = igd_gen_by_name(t[i].gen);
		uint16_t out = 0x1234;

		if (igd_stolen_encode(gen, 0x0123, t[i].size, &out) != t[i].ret ||
		    igd_stolen_fit(gen, t[i].size) != t[i].fit)
			fail_msg("row %zu: %s", i, gen->name);
		assert_true(t[i].ret ? out == 0x1234 : igd_stolen_size(gen, out) == t[i].size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_each_id_once),
		cmocka_unit_test(tells_generations_apart),
		cmocka_unit_test(finds_and_lists_names),
		cmocka_unit_test(decodes_every_code),
		cmocka_unit_test(encodes_what_it_decodes),
		cmocka_unit_test(refuses_sizes_without_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
