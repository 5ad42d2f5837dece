// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_ids.c - one row a generation, one list of device ids a generation.
 */
#include <errno.h>
#include <stdio.h>

#include "igd_ids.h"
#include "igd_regs.h"
#include "util.h"

#define GMS_LOW	  GENMASK(7, 3)
#define GMS_HIGH  GENMASK(15, 8)
#define GGMS_LOW  GENMASK(9, 8)
#define GGMS_HIGH GENMASK(7, 6)

#define NO_SIZE UINT64_MAX /* of a reserved code */

static const uint16_t snb[] = { 0x0102, 0x0106, 0x010a, 0x0112, 0x0116, 0x0122, 0x0126 };
static const uint16_t ivb[] = { 0x0152, 0x0156, 0x015a, 0x0162, 0x0166, 0x016a };
static const uint16_t hsw[] = {
	0x0402, 0x0406, 0x040a, 0x040b, 0x040e, 0x0412, 0x0416, 0x041a, 0x041b, 0x041e,
	0x0422, 0x0426, 0x042a, 0x042b, 0x042e, 0x0a02, 0x0a06, 0x0a0a, 0x0a0b, 0x0a0e,
	0x0a12, 0x0a16, 0x0a1a, 0x0a1b, 0x0a1e, 0x0a22, 0x0a26, 0x0a2a, 0x0a2b, 0x0a2e,
	0x0c02, 0x0c06, 0x0c0a, 0x0c0b, 0x0c0e, 0x0c12, 0x0c16, 0x0c1a, 0x0c1b, 0x0c1e,
	0x0c22, 0x0c26, 0x0c2a, 0x0c2b, 0x0c2e, 0x0d02, 0x0d06, 0x0d0a, 0x0d0b, 0x0d0e,
	0x0d12, 0x0d16, 0x0d1a, 0x0d1b, 0x0d1e, 0x0d22, 0x0d26, 0x0d2a, 0x0d2b, 0x0d2e,
};
static const uint16_t vlv[] = { 0x0f30, 0x0f31, 0x0f32, 0x0f33 };
static const uint16_t bdw[] = {
	0x1602, 0x1606, 0x160a, 0x160b, 0x160d, 0x160e, 0x1612, 0x1616,
	0x161a, 0x161b, 0x161d, 0x161e, 0x1622, 0x1626, 0x162a, 0x162b,
	0x162d, 0x162e, 0x1632, 0x1636, 0x163a, 0x163b, 0x163d, 0x163e,
};
static const uint16_t chv[] = { 0x22b0, 0x22b1, 0x22b2, 0x22b3 };
static const uint16_t skl[] = {
	0x1902, 0x1906, 0x190a, 0x190b, 0x190e, 0x1912, 0x1913, 0x1915, 0x1916,
	0x1917, 0x191a, 0x191b, 0x191d, 0x191e, 0x1921, 0x1923, 0x1926, 0x1927,
	0x192a, 0x192b, 0x192d, 0x1932, 0x193a, 0x193b, 0x193d,
};
static const uint16_t bxt[] = { 0x0a84, 0x1a84, 0x1a85, 0x5a84, 0x5a85 };
static const uint16_t glk[] = { 0x3184, 0x3185 };
static const uint16_t kbl[] = {
	0x5902, 0x5906, 0x5908, 0x590a, 0x590b, 0x590e, 0x5912, 0x5913, 0x5915, 0x5916, 0x5917,
	0x591a, 0x591b, 0x591c, 0x591d, 0x591e, 0x5921, 0x5923, 0x5926, 0x5927, 0x593b, 0x87c0,
};
static const uint16_t cfl[] = {
	0x3e90, 0x3e91, 0x3e92, 0x3e93, 0x3e94, 0x3e96, 0x3e98, 0x3e99, 0x3e9a, 0x3e9b, 0x3e9c,
	0x3ea0, 0x3ea1, 0x3ea2, 0x3ea3, 0x3ea4, 0x3ea5, 0x3ea6, 0x3ea7, 0x3ea8, 0x3ea9, 0x87ca,
};
static const uint16_t cml[] = {
	0x9b21, 0x9b41, 0x9ba2, 0x9ba4, 0x9ba5, 0x9ba8, 0x9baa, 0x9bac, 0x9bc2,
	0x9bc4, 0x9bc5, 0x9bc6, 0x9bc8, 0x9bca, 0x9bcc, 0x9be6, 0x9bf6,
};
static const uint16_t icl[] = {
	0x8a50, 0x8a51, 0x8a52, 0x8a53, 0x8a54, 0x8a56, 0x8a57, 0x8a58,
	0x8a59, 0x8a5a, 0x8a5b, 0x8a5c, 0x8a5d, 0x8a70, 0x8a71,
};
static const uint16_t ehl[] = {
	0x4541, 0x4551, 0x4555, 0x4557, 0x4570, 0x4571, 0x4e51, 0x4e55, 0x4e57, 0x4e61, 0x4e71,
};
static const uint16_t tgl[] = {
	0x9a40, 0x9a49, 0x9a59, 0x9a60, 0x9a68, 0x9a70, 0x9a78, 0x9ac0, 0x9ac9, 0x9ad9, 0x9af8,
};
static const uint16_t rkl[] = { 0x4c80, 0x4c8a, 0x4c8b, 0x4c8c, 0x4c90, 0x4c9a };
static const uint16_t adl[] = {
	0x4680, 0x4682, 0x4688, 0x468a, 0x468b, 0x4690, 0x4692, 0x4693, 0x4626, 0x4628, 0x462a,
	0x46a0, 0x46a1, 0x46a2, 0x46a3, 0x46a6, 0x46a8, 0x46aa, 0x46b0, 0x46b1, 0x46b2, 0x46b3,
	0x46c0, 0x46c1, 0x46c2, 0x46c3, 0x46d0, 0x46d1, 0x46d2, 0x46d3, 0x46d4,
};
static const uint16_t rpl[] = {
	0xa720, 0xa721, 0xa780, 0xa781, 0xa782, 0xa783, 0xa788, 0xa789, 0xa78a,
	0xa78b, 0xa7a0, 0xa7a1, 0xa7a8, 0xa7a9, 0xa7aa, 0xa7ab, 0xa7ac, 0xa7ad,
};
static const uint16_t mtl[] = { 0x7d40, 0x7d45, 0x7d55, 0x7d60, 0x7dd5 };
static const uint16_t arl[] = { 0x7d41, 0x7d51, 0x7d67, 0x7dd1, 0xb640 };
static const uint16_t lnl[] = { 0x6420, 0x64a0, 0x64b0 };
static const uint16_t ptl[] = {
	0xb080, 0xb081, 0xb082, 0xb083, 0xb084, 0xb085,
	0xb086, 0xb087, 0xb08f, 0xb090, 0xb0a0, 0xb0b0,
};
static const uint16_t wcl[] = { 0xfd80, 0xfd81 };
static const uint16_t nvl[] = {
	0xd740, 0xd741, 0xd742, 0xd743, 0xd744, 0xd745, 0xd74a, 0xd74b, 0xd750,
	0xd751, 0xd752, 0xd753, 0xd754, 0xd755, 0xd756, 0xd757, 0xd75f,
};

#define IDS(list) list, ARRAY_SIZE(list)

/* The columns that are alike from one generation to the next. */
#define BDSM_32 .bdsm = IGD_BDSM32, .bdsm_len = 4
#define BDSM_64 .bdsm = IGD_BDSM64, .bdsm_len = 8
/* clang-format off */
#define GEN6	  BDSM_32, .gms = GMS_32M_LOW, .ggms = GGMS_1M_LOW, .reserved = RESERVED_ENABLE
#define BROADWELL BDSM_32, .gms = GMS_32M_HIGH, .ggms = GGMS_POW2_HIGH, .reserved = RESERVED_ENABLE
#define CHERRY	  BDSM_32, .gms = GMS_CHV, .ggms = GGMS_POW2_LOW, .reserved = RESERVED_ENABLE
#define GEN9	  BDSM_32, .gms = GMS_4M_STEPS, .ggms = GGMS_POW2_HIGH, .reserved = RESERVED_ENABLE
#define GEN11	  BDSM_64, .gms = GMS_4M_STEPS, .ggms = GGMS_POW2_HIGH, .reserved = RESERVED_ADDRESS, \
		  .quirks = IGD_PCH_LOOKUP | IGD_MIRRORS | IGD_HW_ANCHORED | IGD_ALIAS_F0
#define LMEMBAR	  .gms = GMS_LMEMBAR, .ggms = GGMS_8M, .reserved = RESERVED_SIZE

#define CORE	  .quirks = IGD_PCH_LOOKUP | IGD_VBIOS | IGD_MIRRORS /* up to gen 9 */
#define SOC	  .quirks = IGD_VBIOS | IGD_MIRRORS
#define SOC_BGSM  .quirks = IGD_VBIOS | IGD_MIRRORS | IGD_BGSM
#define DIRECT	  .quirks = IGD_MIRRORS | IGD_STOLEN_LMEMBAR | IGD_STOLEN_PROBE
#define BAR_ONLY  .quirks = IGD_MIRRORS | IGD_STOLEN_LMEMBAR
/* clang-format on */

static const struct {
	struct igd_gen gen;
	const uint16_t *id;
	size_t n;
} table[] = {
	{ { "snb", "Sandy Bridge", GEN6, CORE }, IDS(snb) },
	{ { "ivb", "Ivy Bridge", GEN6, CORE }, IDS(ivb) },
	{ { "hsw", "Haswell", GEN6, CORE }, IDS(hsw) },
	{ { "vlv", "Valleyview", GEN6, SOC_BGSM }, IDS(vlv) },
	{ { "bdw", "Broadwell", BROADWELL, CORE }, IDS(bdw) },
	{ { "chv", "Cherryview", CHERRY, SOC_BGSM }, IDS(chv) },
	{ { "skl", "Skylake", GEN9, CORE }, IDS(skl) },
	{ { "bxt", "Broxton", GEN9, SOC }, IDS(bxt) },
	{ { "glk", "Gemini Lake", GEN9, SOC }, IDS(glk) },
	{ { "kbl", "Kaby Lake", GEN9, CORE }, IDS(kbl) },
	{ { "cfl", "Coffee Lake", GEN9, CORE }, IDS(cfl) },
	{ { "cml", "Comet Lake", GEN9, CORE }, IDS(cml) },
	{ { "icl", "Ice Lake", GEN11 }, IDS(icl) },
	{ { "ehl", "Elkhart and Jasper Lake", GEN11 }, IDS(ehl) },
	{ { "tgl", "Tiger Lake", GEN11 }, IDS(tgl) },
	{ { "rkl", "Rocket Lake", GEN11 }, IDS(rkl) },
	{ { "adl", "Alder Lake", GEN11 }, IDS(adl) },
	{ { "rpl", "Raptor Lake", GEN11 }, IDS(rpl) },
	{ { "mtl", "Meteor Lake", LMEMBAR, DIRECT }, IDS(mtl) },
	{ { "arl", "Arrow Lake", LMEMBAR, DIRECT }, IDS(arl) },
	{ { "lnl", "Lunar Lake", LMEMBAR, BAR_ONLY }, IDS(lnl) },
	{ { "ptl", "Panther Lake", LMEMBAR, BAR_ONLY }, IDS(ptl) },
	{ { "wcl", "Wildcat Lake", LMEMBAR, BAR_ONLY }, IDS(wcl) },
	{ { "nvl", "Nova Lake", LMEMBAR, BAR_ONLY }, IDS(nvl) },
};

const struct igd_gen *igd_gen_by_id(uint16_t device)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		for (size_t k = 0; k < table[i].n; k++)
			if (table[i].id[k] == device)
				return &table[i].gen;
	return NULL;
}

const struct igd_gen *igd_gen_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].gen.name, name))
			return &table[i].gen;
	return NULL;
}

const char *igd_gen_names(char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(table) && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? "," : "",
					table[i].gen.name);
	return buf;
}

const char *igd_discrete_name(uint16_t device)
{
	static const struct {
		uint16_t first, last;
		const char *name;
	} cards[] = {
		{ 0x4905, 0x4909, "DG1" },
		{ 0x5690, 0x56c2, "DG2" },
		{ 0xe202, 0xe223, "Battlemage" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cards); i++)
		if (device >= cards[i].first && device <= cards[i].last)
			return cards[i].name;
	return NULL;
}

static uint64_t gms_mask(enum gms_code c)
{
	return c == GMS_32M_LOW || c == GMS_CHV ? GMS_LOW : GMS_HIGH;
}

/* Bytes a GMS code means, or NO_SIZE. */
static uint64_t gms_size(enum gms_code c, unsigned code)
{
	switch (c) {
	case GMS_32M_LOW:
	case GMS_32M_HIGH:
		break;
	case GMS_CHV:
		if (code >= 0x1e)
			return NO_SIZE;
		if (code >= 0x17)
			return (36 + 4 * (code - 0x17)) * MiB;
		if (code >= 0x11)
			return (8 + 4 * (code - 0x11)) * MiB;
		break;
	case GMS_4M_STEPS:
	case GMS_LMEMBAR:
		if (code == 0xff || (c == GMS_LMEMBAR && code > 4 && code < 0xf0))
			return NO_SIZE;
		if (code >= 0xf0)
			return 4 * (code - 0xf0 + 1) * MiB;
		break;
	}
	return code * 32 * MiB;
}

uint64_t igd_stolen_size(const struct igd_gen *gen, uint16_t ggc)
{
	uint64_t size = gms_size(gen->gms, (unsigned)FIELD_GET(gms_mask(gen->gms), ggc));

	return size == NO_SIZE ? 0 : size;
}

int igd_stolen_encode(const struct igd_gen *gen, uint16_t ggc, uint64_t size, uint16_t *out)
{
	uint64_t mask = gms_mask(gen->gms);

	for (unsigned code = 0; code <= FIELD_GET(mask, mask); code++) {
		if (gms_size(gen->gms, code) != size || size == NO_SIZE)
			continue;
		*out = (uint16_t)((ggc & ~mask) | FIELD_PREP(mask, code));
		return 0;
	}
	return -EINVAL;
}

uint64_t igd_stolen_fit(const struct igd_gen *gen, uint64_t limit)
{
	uint64_t mask = gms_mask(gen->gms), best = 0;

	for (unsigned code = 0; code <= FIELD_GET(mask, mask); code++) {
		uint64_t size = gms_size(gen->gms, code);

		if (size != NO_SIZE && size <= limit)
			best = MAX(best, size);
	}
	return best;
}

uint64_t igd_gsm_size(const struct igd_gen *gen, uint16_t ggc)
{
	unsigned low = (unsigned)FIELD_GET(GGMS_LOW, ggc),
		 high = (unsigned)FIELD_GET(GGMS_HIGH, ggc);

	switch (gen->ggms) {
	case GGMS_1M_LOW:
		return low * MiB;
	case GGMS_POW2_LOW:
		return low ? MiB << low : 0;
	case GGMS_POW2_HIGH:
		return high ? MiB << high : 0;
	case GGMS_8M:
		return high == 3 ? 8 * MiB : 0;
	}
	return 0;
}

/* Bytes of a size code of stolen-reserved, or NO_SIZE. Codes of gen 11 mean the same in LMEMBAR. */
static uint64_t reserved_size(unsigned code)
{
	static const uint64_t mib[] = { 1, 2, 4, 8, 0, 16, 32, 0 };

	return mib[code] ? mib[code] * MiB : NO_SIZE;
}

uint64_t igd_stolen_reserved(const struct igd_gen *gen, uint64_t host_value, uint64_t stolen_base,
			     uint64_t stolen_size)
{
	uint64_t mask =
		gen->reserved == RESERVED_SIZE ? RESERVED_SIZE_LMEMBAR : RESERVED_SIZE_GEN11;
	unsigned code = (unsigned)FIELD_GET(mask, host_value);

	if (gen->reserved == RESERVED_ENABLE || stolen_size < reserved_size(0))
		return 0;
	/* drivers take 8 MiB, code 3, for an unknown size */
	if (reserved_size(code) == NO_SIZE)
		code = 3;
	while (reserved_size(code) > stolen_size)
		code--;
	host_value = (host_value & RESERVED_ENABLED) | FIELD_PREP(mask, code);
	if (gen->reserved == RESERVED_SIZE)
		return host_value;
	return host_value |
	       ((stolen_base + stolen_size - reserved_size(code)) & RESERVED_ADDR_GEN11);
}
