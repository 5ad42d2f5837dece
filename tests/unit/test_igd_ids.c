// SPDX-License-Identifier: BSD-2-Clause
/*
 * Generations and their encodings. The table of ids is private, and some of it must be seen here: so
 * igd_ids.c is compiled into this file, under names that the linker does not know yet.
 */
#define igd_gen_by_id	    test_gen_by_id
#define igd_gen_by_name	    test_gen_by_name
#define igd_gen_names	    test_gen_names
#define igd_stolen_size	    test_stolen_size
#define igd_stolen_encode   test_stolen_encode
#define igd_stolen_fit	    test_stolen_fit
#define igd_discrete_name   test_discrete_name
#define igd_gsm_size	    test_gsm_size
#define igd_stolen_reserved test_stolen_reserved
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

/* How many ids Linux knows (drm/intel/pciids.h), and their sum: none is lost, none altered. */
static void has_every_id(void **state)
{
	static const struct {
		const char *gen;
		unsigned n, sum;
	} t[] = {
		{ "snb", 7, 0x782 },	{ "ivb", 6, 0x834 },	{ "hsw", 60, 0x24ec4 },
		{ "vlv", 4, 0x3cc6 },	{ "bdw", 24, 0x21320 }, { "chv", 4, 0x8ac6 },
		{ "skl", 25, 0x273f9 }, { "bxt", 5, 0xf496 },	{ "glk", 2, 0x6309 },
		{ "kbl", 22, 0x7d6b2 }, { "cfl", 22, 0x5aaa9 }, { "cml", 17, 0xa5696 },
		{ "icl", 15, 0x81b47 }, { "ehl", 11, 0x327ee }, { "tgl", 11, 0x6a3ec },
		{ "rkl", 6, 0x1cb4b },	{ "adl", 31, 0x88d30 }, { "rpl", 18, 0xbc7ad },
		{ "mtl", 5, 0x2730f },	{ "arl", 5, 0x2ac0a },	{ "lnl", 3, 0x12d70 },
		{ "ptl", 12, 0x8468b }, { "wcl", 2, 0x1fb01 },	{ "nvl", 17, 0xe4c1f },
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(t), ARRAY_SIZE(table));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		unsigned sum = 0;

		for (size_t k = 0; k < table[i].n; k++)
			sum += table[i].id[k];
		if (strcmp(table[i].gen.name, t[i].gen) || table[i].n != t[i].n || sum != t[i].sum)
			fail_msg("%s: %zu ids, sum %#x", table[i].gen.name, table[i].n, sum);
	}
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
		{ 0x7d55, "mtl", 0, GMS_LMEMBAR },
		{ 0x7d51, "arl", 0, GMS_LMEMBAR },
		{ 0xb640, "arl", 0, GMS_LMEMBAR },
		{ 0x64a0, "lnl", 0, GMS_LMEMBAR },
		{ 0xb080, "ptl", 0, GMS_LMEMBAR },
		{ 0xfd80, "wcl", 0, GMS_LMEMBAR },
		{ 0xd750, "nvl", 0, GMS_LMEMBAR },
		{ 0xd74a, "nvl", 0, GMS_LMEMBAR },
		{ 0xd74b, "nvl", 0, GMS_LMEMBAR },
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

static void knows_cards(void **state)
{
	static const struct {
		uint16_t id;
		const char *name;
	} t[] = {
		{ 0x4904, NULL },	  { 0x4905, "DG1" },	    { 0x4909, "DG1" },
		{ 0x490a, NULL },	  { 0x568f, NULL },	    { 0x5690, "DG2" },
		{ 0x56a0, "DG2" },	  { 0x56c2, "DG2" },	    { 0x56c3, NULL },
		{ 0xe201, NULL },	  { 0xe202, "Battlemage" }, { 0xe20b, "Battlemage" },
		{ 0xe223, "Battlemage" }, { 0xe224, NULL },	    { 0x0000, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *name = igd_discrete_name(t[i].id);

		if (!name != !t[i].name || (name && strcmp(name, t[i].name)))
			fail_msg("%04x: %s", t[i].id, name ? name : "no card");
	}
	for (unsigned id = 0; id < 0x10000; id++) /* nobody is both */
		assert_false(igd_gen_by_id((uint16_t)id) && igd_discrete_name((uint16_t)id));
}

/* Which rows have a quirk, from the sources that igd_ids.h names for it. */
static void has_quirks(void **state)
{
	static const struct {
		uint32_t quirk;
		const char *gens;
	} t[] = {
		{ IGD_PCH_LOOKUP, " snb ivb hsw bdw skl kbl cfl cml icl ehl tgl rkl adl rpl " },
		{ IGD_VBIOS, " snb ivb hsw vlv bdw chv skl bxt glk kbl cfl cml " },
		{ IGD_MIRRORS, " snb ivb hsw vlv bdw chv skl bxt glk kbl cfl cml icl ehl tgl rkl "
			       "adl rpl mtl arl lnl ptl wcl nvl " },
		{ IGD_STOLEN_PROBE, " mtl arl " },
		{ IGD_STOLEN_LMEMBAR, " mtl arl lnl ptl wcl nvl " },
		{ IGD_HW_ANCHORED, " icl ehl tgl rkl adl rpl " },
		{ IGD_BGSM, " vlv chv " },
		{ IGD_ALIAS_F0, " icl ehl tgl rkl adl rpl " },
	};
	uint32_t all = 0;

	(void)state;
	for (size_t q = 0; q < ARRAY_SIZE(t); q++) {
		assert_int_equal(t[q].quirk & (t[q].quirk - 1), 0);
		assert_int_equal(all & t[q].quirk, 0);
		all |= t[q].quirk;
		for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
			char word[16];

			snprintf(word, sizeof(word), " %s ", table[i].gen.name);
			if (!(table[i].gen.quirks & t[q].quirk) != !strstr(t[q].gens, word))
				fail_msg("%s: quirk %#x", table[i].gen.name, t[q].quirk);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(table[i].gen.quirks & ~all, 0);
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

/* gen6_stolen_size() has the first 32, gen8_stolen_size() all, gen9_stolen_size() the first 0xf0 */
static const unsigned mib_32[256] = {
	/* clang-format off */
	0, 32, 64, 96, 128, 160, 192, 224,
	256, 288, 320, 352, 384, 416, 448, 480,
	512, 544, 576, 608, 640, 672, 704, 736,
	768, 800, 832, 864, 896, 928, 960, 992,
	1024, 1056, 1088, 1120, 1152, 1184, 1216, 1248,
	1280, 1312, 1344, 1376, 1408, 1440, 1472, 1504,
	1536, 1568, 1600, 1632, 1664, 1696, 1728, 1760,
	1792, 1824, 1856, 1888, 1920, 1952, 1984, 2016,
	2048, 2080, 2112, 2144, 2176, 2208, 2240, 2272,
	2304, 2336, 2368, 2400, 2432, 2464, 2496, 2528,
	2560, 2592, 2624, 2656, 2688, 2720, 2752, 2784,
	2816, 2848, 2880, 2912, 2944, 2976, 3008, 3040,
	3072, 3104, 3136, 3168, 3200, 3232, 3264, 3296,
	3328, 3360, 3392, 3424, 3456, 3488, 3520, 3552,
	3584, 3616, 3648, 3680, 3712, 3744, 3776, 3808,
	3840, 3872, 3904, 3936, 3968, 4000, 4032, 4064,
	4096, 4128, 4160, 4192, 4224, 4256, 4288, 4320,
	4352, 4384, 4416, 4448, 4480, 4512, 4544, 4576,
	4608, 4640, 4672, 4704, 4736, 4768, 4800, 4832,
	4864, 4896, 4928, 4960, 4992, 5024, 5056, 5088,
	5120, 5152, 5184, 5216, 5248, 5280, 5312, 5344,
	5376, 5408, 5440, 5472, 5504, 5536, 5568, 5600,
	5632, 5664, 5696, 5728, 5760, 5792, 5824, 5856,
	5888, 5920, 5952, 5984, 6016, 6048, 6080, 6112,
	6144, 6176, 6208, 6240, 6272, 6304, 6336, 6368,
	6400, 6432, 6464, 6496, 6528, 6560, 6592, 6624,
	6656, 6688, 6720, 6752, 6784, 6816, 6848, 6880,
	6912, 6944, 6976, 7008, 7040, 7072, 7104, 7136,
	7168, 7200, 7232, 7264, 7296, 7328, 7360, 7392,
	7424, 7456, 7488, 7520, 7552, 7584, 7616, 7648,
	7680, 7712, 7744, 7776, 7808, 7840, 7872, 7904,
	7936, 7968, 8000, 8032, 8064, 8096, 8128, 8160,
	/* clang-format on */
};

/* gen9_stolen_size() from 0xf0 on */
static const unsigned mib_4[16] = {
	4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, RESERVED,
};

/* mtl_get_gms_size(): 0xf0 and on as above, others reserved */
static const unsigned lmembar_mib[5] = { 0, 32, 64, 96, 128 };

/* Tables one after the other, up to codes; what is beyond them is reserved. */
static const struct encoding {
	const char *gen;
	unsigned shift, codes;
	struct {
		unsigned first, n;
		const unsigned *mib;
	} run[2];
} encodings[] = {
	{ "snb", 3, 32, { { 0, 32, mib_32 } } },
	{ "ivb", 3, 32, { { 0, 32, mib_32 } } },
	{ "hsw", 3, 32, { { 0, 32, mib_32 } } },
	{ "vlv", 3, 32, { { 0, 32, mib_32 } } },
	{ "bdw", 8, 256, { { 0, 256, mib_32 } } },
	{ "chv", 3, 32, { { 0, 32, chv_mib } } },
	{ "skl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "bxt", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "glk", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "kbl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "cfl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "cml", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "icl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "ehl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "tgl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "rkl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "adl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "rpl", 8, 256, { { 0, 0xf0, mib_32 }, { 0xf0, 16, mib_4 } } },
	{ "mtl", 8, 256, { { 0, 5, lmembar_mib }, { 0xf0, 16, mib_4 } } },
	{ "arl", 8, 256, { { 0, 5, lmembar_mib }, { 0xf0, 16, mib_4 } } },
	{ "lnl", 8, 256, { { 0, 5, lmembar_mib }, { 0xf0, 16, mib_4 } } },
	{ "ptl", 8, 256, { { 0, 5, lmembar_mib }, { 0xf0, 16, mib_4 } } },
	{ "wcl", 8, 256, { { 0, 5, lmembar_mib }, { 0xf0, 16, mib_4 } } },
	{ "nvl", 8, 256, { { 0, 5, lmembar_mib }, { 0xf0, 16, mib_4 } } },
};

static uint64_t expected_size(const struct encoding *e, unsigned code)
{
	for (size_t i = 0; i < ARRAY_SIZE(e->run); i++)
		if (code >= e->run[i].first && code - e->run[i].first < e->run[i].n)
			return e->run[i].mib[code - e->run[i].first] * MiB;
	return RESERVED;
}

static void decodes_every_code(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(encodings), ARRAY_SIZE(table));
	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++) {
		const struct igd_gen *gen = igd_gen_by_name(e->gen);

		assert_non_null(gen);
		for (unsigned ggc = 0; ggc < 0x10000; ggc++) {
			unsigned code = (ggc >> e->shift) & (e->codes - 1);

			if (igd_stolen_size(gen, (uint16_t)ggc) != expected_size(e, code))
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
	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++) {
		const struct igd_gen *gen = igd_gen_by_name(e->gen);
		uint16_t field = (uint16_t)((e->codes - 1) << e->shift), out;

		for (unsigned code = 0; code < e->codes; code++) {
			uint64_t size = expected_size(e, code);

			assert_int_equal(igd_stolen_encode(gen, 0xa5c3, size, &out), 0);
			assert_int_equal(igd_stolen_size(gen, out), size);
			/* the field only: the other bits stay */
			assert_int_equal((out ^ 0xa5c3) & ~field, 0);
			assert_int_equal(igd_stolen_fit(gen, size), size);
		}
	}
}

/* MiB of the GTT's stolen memory by its two bits; intel_ggtt.c, coreboot's gfx.h for SoCs. */
static void decodes_gsm(void **state)
{
	static const struct {
		const char *gens;
		unsigned shift, mib[4];
	} t[] = {
		{ " snb ivb hsw vlv ", 8, { 0, 1, 2, 3 } },
		{ " chv ", 8, { 0, 2, 4, 8 } },
		{ " bdw skl bxt glk kbl cfl cml icl ehl tgl rkl adl rpl ", 6, { 0, 2, 4, 8 } },
		{ " mtl arl lnl ptl wcl nvl ", 6, { RESERVED, RESERVED, RESERVED, 8 } },
	};
	size_t tested = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct igd_gen *gen = &table[i].gen;
		char word[16];

		snprintf(word, sizeof(word), " %s ", gen->name);
		for (size_t k = 0; k < ARRAY_SIZE(t); k++) {
			if (!strstr(t[k].gens, word))
				continue;
			for (unsigned ggc = 0; ggc < 0x10000; ggc++)
				if (igd_gsm_size(gen, (uint16_t)ggc) !=
				    t[k].mib[(ggc >> t[k].shift) & 3] * MiB)
					fail_msg("%s: GGC %#x", gen->name, ggc);
			tested++;
		}
	}
	assert_int_equal(tested, ARRAY_SIZE(table));
}

/* ---- the reserved top ---- */

#define HOST 0x7a9b00000000ULL /* what must not be seen again */

/* Values as Linux reads them: icl_get_stolen_reserved(), xe get_wopcm_size(). */
static void reserves_the_guests_top(void **state)
{
	static const struct {
		const char *gen;
		uint64_t host, base, size, expect;
	} t[] = {
		/* an enable bit, and nothing reserved while it is clear */
		{ "snb", 0xfe700001, 0x7c000000, 64 * MiB, 0 },
		{ "hsw", 0xfff00021, 0x7c000000, 64 * MiB, 0 },
		{ "vlv", 0x00000001, 0x7c000000, 64 * MiB, 0 },
		{ "bdw", 0xfe700001, 0x7c000000, 64 * MiB, 0 },
		{ "chv", 0xfe700181, 0x7c000000, 64 * MiB, 0 },
		{ "skl", 0xfe700181, 0x7c000000, 64 * MiB, 0 },
		{ "glk", 0xfe700181, 0x7c000000, 64 * MiB, 0 },
		/* an address: 1, 2, 4, 8 MiB below the top, bit 0 as on the host */
		{ "icl", HOST | 0x001, 0x7c000000, 64 * MiB, 0x7ff00001 },
		{ "icl", HOST | 0x080, 0x7c000000, 64 * MiB, 0x7fe00080 },
		{ "ehl", HOST | 0x101, 0x7c000000, 64 * MiB, 0x7fc00101 },
		{ "tgl", HOST | 0x181, 0x7c000000, 64 * MiB, 0x7f800181 },
		{ "rkl", HOST | 0x181, 0x47b800000, 32 * MiB, 0x47d000181 },
		/* it shrinks to what there is */
		{ "adl", HOST | 0x181, 0x7c000000, 8 * MiB, 0x7c000181 },
		{ "adl", HOST | 0x181, 0x7c000000, 4 * MiB, 0x7c000101 },
		{ "rpl", HOST | 0x181, 0x7c000000, 3 * MiB, 0x7c100081 },
		{ "rpl", HOST | 0x181, 0x7c000000, 1 * MiB, 0x7c000001 },
		{ "rpl", HOST | 0x181, 0x7c000000, 0, 0 },
		/* no address */
		{ "mtl", HOST | 0x001, 0, 64 * MiB, 0x001 },
		{ "mtl", HOST | 0x081, 0, 64 * MiB, 0x081 },
		{ "arl", HOST | 0x101, 0, 64 * MiB, 0x101 },
		{ "lnl", HOST | 0x180, 0, 64 * MiB, 0x180 },
		{ "nvl", HOST | 0x281, 0, 64 * MiB, 0x281 },
		{ "nvl", HOST | 0x301, 0, 64 * MiB, 0x301 },
		{ "nvl", HOST | 0x301, 0, 31 * MiB, 0x281 }, /* 16 MiB */
		{ "nvl", HOST | 0x301, 0, 15 * MiB, 0x181 }, /* 8: code 4 has no size */
		{ "ptl", HOST | 0x201, 0, 64 * MiB, 0x181 },
		{ "ptl", HOST | 0x381, 0, 64 * MiB, 0x181 },
		{ "wcl", HOST | 0x181, 0, 2 * MiB, 0x081 },
		{ "wcl", HOST | 0x181, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t value = igd_stolen_reserved(igd_gen_by_name(t[i].gen), t[i].host,
						     t[i].base, t[i].size);

		if (value != t[i].expect)
			fail_msg("row %zu, %s: %#llx", i, t[i].gen, (unsigned long long)value);
	}
}

/* Whatever the host has there: inside the guest's stolen memory, and no address of the host's. */
static void reserves_nothing_of_the_host(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 4, 5, 8, 32, 64, 1024, 4096 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct igd_gen *gen = &table[i].gen;

		for (unsigned low = 0; low < 0x1000; low++) {
			for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
				uint64_t base = 0x61300000, size = sizes[k] * MiB;
				uint64_t v = igd_stolen_reserved(gen, ~0xfffULL | low, base, size);
				uint64_t addr = v & 0xfffffffffff00000;

				if (v == 0)
					continue;
				assert_int_equal(v & 0xfffff & ~0x381u, 0);
				if (!gen->bdsm_len)
					assert_int_equal(addr, 0);
				else
					assert_true(addr >= base && addr < base + size);
			}
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
		{ "mtl", 128 * MiB, 128 * MiB, 0 },
		{ "mtl", 160 * MiB, 128 * MiB, -EINVAL },
		{ "mtl", UINT64_MAX, 128 * MiB, -EINVAL },
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
		cmocka_unit_test(has_every_id),
		cmocka_unit_test(tells_generations_apart),
		cmocka_unit_test(knows_cards),
		cmocka_unit_test(has_quirks),
		cmocka_unit_test(finds_and_lists_names),
		cmocka_unit_test(decodes_every_code),
		cmocka_unit_test(encodes_what_it_decodes),
		cmocka_unit_test(refuses_sizes_without_a_code),
		cmocka_unit_test(decodes_gsm),
		cmocka_unit_test(reserves_the_guests_top),
		cmocka_unit_test(reserves_nothing_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
