// SPDX-License-Identifier: BSD-2-Clause
/*
 * The contract: 0xFC is 0, or a reserved and backed address in the guest; never the host's. Under
 * every policy, for every OpRegion firmware may have left, and when any host call fails.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "fakes.h"
#include "igd_trouble.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

static const char *const policy_name[] = {
	[OPREGION_AUTO] = "auto", [OPREGION_LIVE] = "live", [OPREGION_LAZY] = "lazy",
	[OPREGION_COPY] = "copy", [OPREGION_OFF] = "off",   [OPREGION_FILE] = "file",
};

/* ---- what is decided ---- */

/* Bytes, or what is refused and why; see decides(). */
static const struct {
	int64_t live;	    /* by a source that works */
	int64_t copy;	    /* with a source */
	int64_t copy_alone; /* by VFIO only */
	const char *why;    /* live is not possible; or, by VFIO's word, nothing is */
	bool no_mem;	    /* /dev/mem cannot be used */
	bool no_region;
	bool invalid; /* VFIO shows what is no OpRegion: that is final */
} expect[TROUBLES] = {
	[NONE] = { 0x2000, 0x2000, 0x2000, NULL, false, false, false },
	[VERSION_1] = { 0x2000, 0x2000, 0x2000, NULL, false, false, false },
	[VERSION_3] = { 0x2000, 0x2000, 0x2000, NULL, false, false, false },
	[UNALIGNED] = { 0x3000, 0x2000, 0x2000, NULL, false, false, false },
	[ASLS_ZERO] = { 0x2000, 0x2000, 0x2000, NULL, true, false, false },
	[ASLS_ONES] = { 0x2000, 0x2000, 0x2000, NULL, true, false, false },
	[NO_REGION] = { 0x2000, 0x2000, -1, NULL, false, true, false },
	[NO_REGION_BAD] = { -1, -1, -1, "does not show an OpRegion", false, true, false },
	[NO_REGION_ABSOLUTE] = { -1, 0x4000, -1, "VBT lies apart", false, true, false },
	[NO_REGION_RELATIVE] = { 0x4000, 0x4000, -1, NULL, false, true, false },
	[BAD_SIGNATURE] = { -1, -1, -1, "header is not valid", false, false, true },
	[SIZE_ZERO] = { -1, -1, -1, "header is not valid", false, false, true },
	[SIZE_4K] = { 0x2000, 0x2000, 0x2000, NULL, false, false, false },
	[SIZE_16K] = { 0x4000, 0x2000, 0x2000, NULL, false, false, false },
	[EMPTY_REGION] = { 0x2000, 0x2000, -1, NULL, false, true, false },
	[DIFFERS] = { -1, 0x2000, 0x2000, "does not show the OpRegion that VFIO", false, false,
		      false },
	[ABSOLUTE] = { -1, 0x4000, 0x4000, "VBT lies apart", false, false, false },
	[ABSOLUTE_RAW] = { -1, 0x4000, 0x2000, "VBT lies apart", false, false, false },
	[RELATIVE] = { 0x4000, 0x4000, 0x4000, NULL, false, false, false },
	[RELATIVE_RAW] = { 0x4000, 0x4000, 0x2000, NULL, false, false, false },
	[RELATIVE_MOVED] = { 0x4000, 0x4000, 0x4000, NULL, false, false, false },
	[GAP] = { 0x8000, 0x4000, 0x4000, NULL, false, false, false },
	[FAR] = { -1, 0x4000, 0x4000, "VBT lies apart", false, false, false },
	[NOT_A_VBT] = { -1, 0x4000, 0x4000, "no VBT where RVDA points", false, false, false },
	[NOT_A_VBT_RAW] = { -1, 0x2000, 0x2000, "no VBT where RVDA points", false, false, false },
	[GROWN] = { 0x5000, 0x2000, 0x2000, NULL, false, false, false },
	[CUT] = { -1, 0x1e000, 0x1e000, "refuses", false, false, false },
	[HUGE_VBT] = { -1, 0x2000, 0x2000, "VBT lies apart", false, false, false },
};

static bool works(enum trouble t, enum source s)
{
	return s != NEITHER && !(s == MEM && expect[t].no_mem);
}

/* Which policy results, and in *len how many bytes; < 0: none, which auto lives with. */
static int outcome(enum trouble t, enum opregion_policy p, enum source s, int64_t *len)
{
	int64_t live = works(t, s) ? expect[t].live : -1;
	int64_t copy = works(t, s) ? expect[t].copy : expect[t].copy_alone;

	*len = 0;
	if (p == OPREGION_OFF)
		return OPREGION_OFF;
	if (p == OPREGION_FILE) {
		*len = 0x4000;
		return OPREGION_FILE;
	}
	*len = p == OPREGION_COPY || (p == OPREGION_AUTO && live < 0) ? copy : live;
	if (*len < 0)
		return p == OPREGION_AUTO ? (int)OPREGION_OFF : -1;
	if (p == OPREGION_COPY || live < 0)
		return OPREGION_COPY;
	return p == OPREGION_LAZY ? OPREGION_LAZY : OPREGION_LIVE;
}

static void check_outcome(struct igd_rig *rig, enum trouble t, enum source s, int ret)
{
	enum opregion_policy p = rig->option.opregion;
	int64_t len;
	int result = outcome(t, p, s, &len);
	bool live = result == OPREGION_LIVE || result == OPREGION_LAZY;
	uint32_t asls;

	if ((ret < 0) != (result < 0))
		fail_msg("trouble %d, %s, source %d: %d, %s", t, policy_name[p], s, ret, rig->log);
	if (works(t, s) && expect[t].why && expect[t].live < 0 && p <= OPREGION_LAZY &&
	    !strstr(rig->log, expect[t].why))
		fail_msg("trouble %d, %s, source %d: %s", t, policy_name[p], s, rig->log);
	/* what to do about it */
	if (s == NEITHER && p <= OPREGION_LAZY && !expect[t].no_mem && !expect[t].invalid &&
	    (!strstr(rig->log, "the test's /dev/igd-opregion-0000:00:02.0 is not") ||
	     !strstr(rig->log, "the test's /dev/mem refuses")))
		fail_msg("trouble %d, %s: %s", t, policy_name[p], rig->log);
	if (ret < 0)
		return;
	len = MAX(len, 0);
	if (rig->igd.opregion != (enum opregion_policy)result ||
	    rig->igd.opregion_len != (uint64_t)len)
		fail_msg("trouble %d, %s, source %d: %s, %#zx", t, policy_name[p], s,
			 policy_name[rig->igd.opregion], rig->igd.opregion_len);
	assert_int_equal(igd_rig_live_mappings(rig) != 0, live);
	assert_int_equal(rig->source_fds, 0);
	assert_int_equal(rig->igd.n_wish, 1 + (len != 0));
	igd_rig_check_contract(rig);
	asls = igd_rig_rd(rig, IGD_ASLS, 4);
	assert_int_equal(asls != 0, len != 0);
	/* live keeps the place in the page, for what firmware computed from it */
	assert_int_equal(asls & 0xfff, live ? rig->module_asls & 0xfff : 0);
	if (live)
		assert_non_null(strstr(rig->log, s == MEM ? "by /dev/mem"
							  : "by /dev/igd-opregion-0000:00:02.0"));
}

static void decides(void **state)
{
	struct igd_rig *rig = *state;

	for (unsigned t = 0; t < TROUBLES; t++) {
		for (unsigned p = OPREGION_AUTO; p <= OPREGION_FILE; p++) {
			for (unsigned s = 0; s < SOURCES; s++) {
				int ret;

				igd_fresh(&rig);
				igd_spoil(rig, (enum trouble)t);
				igd_set_source(rig, (enum source)s);
				rig->option.opregion = (enum opregion_policy)p;
				rig->option.opregion_file = igd_file("extended");
				ret = igd_rig_start(rig);
				check_outcome(rig, (enum trouble)t, (enum source)s, ret);
			}
		}
	}
	*state = rig;
}

/* The module is asked first, and what it says is not believed. */
static void falls_back_to_the_next_source(void **state)
{
	static const struct {
		enum trouble trouble;
		int err;
		uint32_t asls;	 /* that the module shows, 0: the right one */
		uint32_t offset; /* of the VBT, likewise */
		uint32_t vbt_size;
		const char *path, *why;
	} t[] = {
		{ NONE, 0, 0, 0, 0, "by /dev/igd", NULL },
		{ NONE, -EACCES, 0, 0, 0, "by /dev/mem", NULL },
		{ NONE, -EBUSY, 0, 0, 0, "by /dev/mem", NULL },
		{ NONE, 0, HOST_PHYS, 0, 0, "by /dev/mem", "does not show an OpRegion" },
		{ RELATIVE, 0, 0, 0, VBT_SIZE, "by /dev/igd", NULL },
		{ RELATIVE, 0, 0, 0, 0, "by /dev/mem", "does not have the extended VBT" },
		{ RELATIVE, 0, 0, 0, VBT_SIZE - 1, "by /dev/mem", "does not have the extended" },
		{ RELATIVE, 0, 0, 8, VBT_SIZE, "by /dev/mem", "does not have the extended VBT" },
		{ RELATIVE, 0, 0, 0x1000, VBT_SIZE, "by /dev/mem", "no VBT where RVDA points" },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		igd_fresh(&rig);
		igd_spoil(rig, t[i].trouble);
		igd_set_source(rig, BOTH);
		rig->module_err = t[i].err;
		rig->module_vbt += t[i].offset;
		rig->module_vbt_size = t[i].vbt_size;
		if (t[i].asls)
			rig->module_asls = t[i].asls;
		rig->option.opregion = OPREGION_LIVE;
		if (igd_rig_start(rig) || !strstr(rig->log, t[i].path))
			fail_msg("row %zu: %s", i, rig->log);
		igd_rig_check_contract(rig);
		if (!t[i].why)
			continue;
		igd_rig_fini(rig);
		igd_set_source(rig, MODULE);
		assert_true(igd_rig_start(rig) < 0);
		if (!strstr(rig->log, t[i].why) || !strstr(rig->log, "/dev/mem refuses"))
			fail_msg("row %zu: %s", i, rig->log);
	}
	*state = rig;
}

/* ---- what the guest sees of it ---- */

static void shares_the_hosts_pages(void **state)
{
	static const struct {
		enum trouble trouble;
		uint64_t vbt; /* from the OpRegion's start, 0: none */
		uint32_t size;
	} t[] = {
		{ NONE, 0, 0x2000 },	      { UNALIGNED, 0, 0x2000 },
		{ SIZE_4K, 0, 0x2000 },	      { SIZE_16K, 0, 0x4000 },
		{ RELATIVE, 0x2000, 0x2000 }, { RELATIVE_MOVED, 0x2000, 0x2000 },
		{ GAP, GAP_RVDA, 0x2000 },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		for (unsigned s = 0; s < NEITHER; s++) {
			uint8_t *host, *guest;

			igd_rig_fini(rig);
			igd_set_source(rig, (enum source)s);
			igd_start(rig, t[i].trouble, OPREGION_LIVE);
			host = igd_rig_host_opregion(rig);
			guest = igd_guests(rig, t[i].vbt ? t[i].vbt + VBT_SIZE : t[i].size);
			assert_memory_equal(host, guest, t[i].size);
			assert_memory_equal(host + t[i].vbt, guest + t[i].vbt, VBT_SIZE);
			host[0x100] ^= 0xff;
			guest[0x300] ^= 0xff;
			host[t[i].vbt + VBT_SIZE - 1] ^= 0xff;
			guest[t[i].size - 1] ^= 0x55;
			assert_memory_equal(host, guest, t[i].size);
			assert_memory_equal(host + t[i].vbt, guest + t[i].vbt, VBT_SIZE);
			if (t[i].trouble != GAP)
				continue;
			/* whole pages between the two are no memory of the host's */
			for (uint32_t b = 0x3000 - HOST_OFFSET; b < 0x5000 - HOST_OFFSET; b++)
				assert_int_equal(guest[b], 0);
			guest[0x3000] = 0x77;
			assert_int_not_equal(host[0x3000], 0x77);
			assert_memory_equal(guest + 0x5000 - HOST_OFFSET,
					    host + 0x5000 - HOST_OFFSET, 8);
		}
	}
}

/* Why a VBT is missing in a copy. */
static void says_why_a_vbt_is_left_out(void **state)
{
	static const struct {
		enum trouble trouble;
		enum source source;
		const char *why;
	} t[] = {
		{ ABSOLUTE_RAW, NEITHER, "VFIO does not have it; the test's /dev/igd-opregion" },
		{ RELATIVE_RAW, NEITHER, "the test's /dev/mem refuses" },
		{ NOT_A_VBT_RAW, MODULE, "shows no VBT where RVDA points" },
		{ GROWN, MEM, "its size has changed" },
		{ HUGE_VBT, BOTH, "1048577 bytes was cleared" },
		{ HUGE_VBT, BOTH, "no VBT is that large" },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		igd_rig_fini(rig);
		igd_set_source(rig, t[i].source);
		igd_start(rig, t[i].trouble, OPREGION_COPY);
		if (!strstr(rig->log, t[i].why))
			fail_msg("row %zu: %s", i, rig->log);
	}
}

static void keeps_a_copy_apart(void **state)
{
	struct igd_rig *rig = *state;

	for (unsigned t = 0; t < TROUBLES; t++) {
		for (unsigned s = 0; s < SOURCES; s++) {
			int64_t len = works((enum trouble)t, (enum source)s) ? expect[t].copy
									     : expect[t].copy_alone;
			uint8_t *host, *guest, *shown = rig->dev.bytes[rig->opregion];
			struct opregion_info info;

			if (len < 0 || t == ASLS_ZERO || t == ASLS_ONES)
				continue;
			igd_rig_fini(rig);
			igd_set_source(rig, (enum source)s);
			igd_start(rig, (enum trouble)t, OPREGION_COPY);
			host = igd_rig_host_opregion(rig);
			guest = igd_guests(rig, (uint64_t)len);
			igd_scan(guest, (size_t)len);
			assert_int_equal(opregion_parse(guest, (size_t)len, &info), 0);
			assert_int_equal(info.size, OPREGION_SIZE);
			assert_false(info.mailboxes & OPREGION_SWSCI);
			assert_memory_equal(guest + 0x100,
					    (expect[t].no_region ? host : shown) + 0x100, 0x100);
			if (t == SIZE_4K) /* VFIO has no more */
				assert_int_equal(guest[0x1000] | guest[0x1fff], 0);
			else
				assert_memory_equal(guest + 0x400, host + 0x400, 0x1c00);
			/* the VBT is behind the mailboxes, and found by an offset */
			assert_int_equal(info.rvda, len > 0x2000 ? OPREGION_SIZE : 0);
			assert_int_equal(opregion_extended_vbt(&info), len > 0x2000);
			assert_int_equal(info.rvds, len == 0x2000 ? 0
						    : t == CUT	  ? CUT_SIZE
								  : VBT_SIZE);
			assert_int_equal(opregion_vbt_check(guest + 0x2000, info.rvds),
					 len == 0x2000 ? -ENOMSG : 0);
			assert_int_equal(len == 0x2000 && (t == ABSOLUTE_RAW || t == RELATIVE_RAW ||
							   t == NOT_A_VBT_RAW || t == GROWN ||
							   t == HUGE_VBT),
					 strstr(rig->log, "VBT of") != NULL);
			/* and it is one */
			guest[0x120] = 0;
			host[0x120] = shown[0x120] = 0x99;
			assert_int_equal(guest[0x120], 0);
			guest[0x320] = 0x66;
			assert_int_not_equal(host[0x320], 0x66);
		}
	}
}

/* ---- when host calls fail ---- */

/* One life, in which call number n fails. The contract holds at every point where it could be seen. */
static bool live_once(struct igd_rig *rig, unsigned n)
{
	uint32_t own = get_le32(rig->dev.config + IGD_ASLS), asls;
	int ret;

	rig->fault = (struct fake_fault){ .fail_at = n, .err = n & 1 ? -EIO : -ENOMEM };
	ret = igd_rig_start(rig);
	fake_stderr_begin();
	if (rig->built)
		igd_rig_check_contract(rig);
	if (rig->built && !ret) {
		/* and whatever the guest does */
		igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
		for (unsigned off = 0x40; off < PCI_CFG_SIZE; off += 4)
			igd_rig_wr(rig, off, 4, 0x5aa5c33c);
		igd_rig_check_contract(rig);
		asls = igd_rig_rd(rig, IGD_ASLS, 4);
		if (asls && rig->igd.opregion != OPREGION_LAZY)
			assert_non_null(igd_rig_at(rig, asls, OPREGION_SIZE));
		if (asls && rig->mdev_type)
			own = asls;
	}
	fake_stderr_end();
	/* VFIO's virtual ASLS is nobody's but a mediated device's driver's */
	assert_true(get_le32(rig->dev.config + IGD_ASLS) == own || rig->mdev_type);
	igd_rig_fini(rig);
	atomic_store(&rig->stop.reason, STOP_NONE);
	put_le32(rig->dev.config + IGD_ASLS, HOST_RVDA);
	return rig->fault.failed;
}

static void keeps_the_contract_when_calls_fail(void **state)
{
	static const struct {
		uint16_t device;
		enum igd_shape shape;
		enum source source;
		enum trouble trouble;
	} t[] = {
		{ ID_SNB, IGD_PHYSICAL, MEM, NONE },
		{ ID_TGL, IGD_PHYSICAL, MEM, NONE },
		{ ID_MTL, IGD_PHYSICAL, MEM, NONE },
		{ ID_SKL, IGD_PHYSICAL, BOTH, UNALIGNED },
		{ ID_SKL, IGD_PHYSICAL, MODULE, RELATIVE },
		{ ID_SKL, IGD_PHYSICAL, BOTH, GAP },
		{ ID_SKL, IGD_PHYSICAL, MEM, ABSOLUTE },
		{ ID_SKL, IGD_PHYSICAL, BOTH, ABSOLUTE_RAW },
		{ ID_SKL, IGD_PHYSICAL, BOTH, NO_REGION },
		{ ID_SKL, IGD_PHYSICAL, MODULE, NO_REGION_RELATIVE },
		{ ID_SKL, IGD_PHYSICAL, MEM, NO_REGION_ABSOLUTE },
		{ ID_SKL, IGD_PHYSICAL, BOTH, FAR },
		{ ID_SKL, IGD_PHYSICAL, MEM, CUT },
		{ ID_SKL, IGD_PHYSICAL, NEITHER, RELATIVE },
		{ ID_SKL, IGD_VF, NEITHER, NO_REGION },
		{ ID_SKL, IGD_MDEV, BOTH, NONE },
	};
	struct igd_rig *rig = *state;
	unsigned lives = 0;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		for (unsigned p = OPREGION_AUTO; p <= OPREGION_FILE; p++) {
			unsigned n = 1;

			igd_rig_model(rig, t[i].device, 0x02c1);
			rig->physfn = t[i].shape == IGD_VF ? "0000:00:02.0" : NULL;
			rig->mdev_type = t[i].shape == IGD_MDEV ? "i915-GVTg_V5_4" : NULL;
			igd_spoil(rig, t[i].trouble);
			igd_set_source(rig, t[i].source);
			rig->option.opregion = (enum opregion_policy)p;
			rig->option.opregion_file = igd_file("extended");
			while (live_once(rig, n))
				n++;
			lives += n;
		}
	}
	assert_true(lives > 2000);
}

/* Capabilities at random, over the registers too: what the guest writes to them changes nothing. */
static void keeps_the_contract_under_noise(void **state)
{
	struct igd_rig *rig = *state;
	uint64_t seed = 7;

	for (unsigned round = 0; round < 200; round++) {
		uint32_t asls;

		for (unsigned i = 0x40; i < PCI_CFG_SIZE; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			rig->config[i] = seed >> 63 ? (uint8_t)(1 + 4 * (seed >> 62 & 1))
						    : (uint8_t)(seed >> 52);
		}
		put_le32(rig->config + IGD_BDSM32, HOST_BDSM32);
		put_le64(rig->config + IGD_STOLEN_ALIAS, HOST_ALIAS);
		put_le32(rig->config + IGD_ASLS, HOST_ASLS);
		igd_rig_model(rig, ID_SKL, 0x02c1);
		rig->dev.n_calls = 0;
		assert_int_equal(igd_rig_start(rig), 0);
		asls = igd_rig_rd(rig, IGD_ASLS, 4);
		assert_int_not_equal(asls, 0);
		for (unsigned i = 0; i < 500; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			igd_rig_wr(rig, 0x40 + (seed >> 40) % 0xc0 / 4 * 4, 4,
				   (uint32_t)(seed >> 8));
		}
		assert_int_equal(igd_rig_rd(rig, IGD_ASLS, 4), asls);
		assert_int_equal(igd_rig_rd(rig, IGD_BDSM32, 4),
				 (memmap_find(&rig->map, MEM_STOLEN)->gpa + rig->igd.gsm) | 1);
		igd_rig_check_contract(rig);
		assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, 0x40, 0xc0), 0);
		igd_rig_fini(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(decides),
		IGD_TEST(falls_back_to_the_next_source),
		IGD_TEST(shares_the_hosts_pages),
		IGD_TEST(keeps_a_copy_apart),
		IGD_TEST(says_why_a_vbt_is_left_out),
		IGD_TEST(keeps_the_contract_when_calls_fail),
		IGD_TEST(keeps_the_contract_under_noise),
	};

	return cmocka_run_group_tests(tests, igd_files_make, igd_files_remove);
}
