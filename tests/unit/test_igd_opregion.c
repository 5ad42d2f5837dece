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
#include "igd_rig.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

/* What is wrong with the host. */
enum trouble {
	NONE,
	UNALIGNED, /* ASLS is not at a page's start */
	ASLS_ZERO, /* in sysfs, which is the hardware */
	ASLS_ONES,
	NO_REGION, /* VFIO has none */
	BAD_SIGNATURE,
	SIZE_ZERO,
	SMALL_REGION,
	DEVMEM_REFUSED,
	DEVMEM_DIFFERS, /* another OpRegion there */
	ABSOLUTE,	/* 2.0, extended VBT by host address */
	ABSOLUTE_RAW,	/* the same, and VFIO shows it as it is */
	RELATIVE,	/* 2.1, extended VBT right behind */
	RELATIVE_MOVED, /* the same, with an unaligned ASLS */
	FAR,		/* 2.1, extended VBT somewhere else */
	TOO_LARGE,	/* 2.1, and /dev/mem ends inside the VBT */
};

static void spoil(struct igd_rig *rig, enum trouble what)
{
	uint8_t *shown = rig->dev.bytes[rig->opregion];
	struct vfio_region *region = &rig->dev.dev.region[rig->opregion];

	switch (what) {
	case NONE:
		igd_rig_opregion(rig, 0, 2, 0, 0, 0);
		break;
	case UNALIGNED:
		igd_rig_opregion(rig, HOST_OFFSET, 2, 0, 0, 0);
		break;
	case ASLS_ZERO:
		put_le32(rig->config + IGD_ASLS, 0);
		break;
	case ASLS_ONES:
		put_le32(rig->config + IGD_ASLS, UINT32_MAX);
		break;
	case NO_REGION:
		region->type = 0;
		break;
	case BAD_SIGNATURE:
		shown[5] ^= 1;
		break;
	case SIZE_ZERO:
		put_le32(shown + 0x10, 0);
		break;
	case SMALL_REGION:
		region->size = 0x1000;
		break;
	case DEVMEM_REFUSED:
		rig->devmem_err = -EPERM;
		break;
	case DEVMEM_DIFFERS:
		igd_rig_host_opregion(rig)[0x20] ^= 1;
		break;
	case ABSOLUTE:
		igd_rig_opregion(rig, 0, 2, 0, HOST_RVDA, VBT_SIZE);
		break;
	case ABSOLUTE_RAW:
		igd_rig_opregion(rig, 0, 2, 0, HOST_RVDA, VBT_SIZE);
		memcpy(shown, igd_rig_host_opregion(rig), OPREGION_SIZE);
		region->size = OPREGION_SIZE;
		break;
	case RELATIVE:
		igd_rig_opregion(rig, 0, 2, 1, OPREGION_SIZE, VBT_SIZE);
		break;
	case RELATIVE_MOVED:
		igd_rig_opregion(rig, HOST_OFFSET, 2, 1, OPREGION_SIZE, VBT_SIZE);
		break;
	case FAR:
		igd_rig_opregion(rig, 0, 2, 1, HOST_RVDA - HOST_ASLS, VBT_SIZE);
		break;
	case TOO_LARGE:
		igd_rig_opregion(rig, 0, 2, 1, OPREGION_SIZE, 0x1c000);
		break;
	}
}

static const char *const policy_name[] = {
	[OPREGION_AUTO] = "auto",
	[OPREGION_LIVE] = "live",
	[OPREGION_COPY] = "copy",
	[OPREGION_OFF] = "off",
};

/* ---- what is decided ---- */

#define LIVE OPREGION_LIVE
#define COPY OPREGION_COPY
#define OFF  OPREGION_OFF

static void decides(void **state)
{
	static const struct {
		enum trouble trouble;
		/* what becomes of live, copy and auto; < 0: refused */
		int live, copy, automatic;
		uint64_t live_len, copy_len;
		const char *why; /* of live's refusal, or of auto's fall back */
	} t[] = {
		{ NONE, LIVE, COPY, LIVE, 0x2000, 0x2000, NULL },
		{ UNALIGNED, LIVE, COPY, LIVE, 0x3000, 0x2000, NULL },
		{ ASLS_ZERO, -ENODEV, COPY, COPY, 0, 0x2000, "ASLS cannot be read, or is 0" },
		{ ASLS_ONES, -ENODEV, COPY, COPY, 0, 0x2000, "is 0xffffffff" },
		{ NO_REGION, -ENOENT, -ENOENT, OFF, 0, 0, "VFIO has no OpRegion" },
		{ BAD_SIGNATURE, -ENOMSG, -ENOMSG, OFF, 0, 0, "header is not valid" },
		{ SIZE_ZERO, -EBADMSG, -EBADMSG, OFF, 0, 0, "header is not valid" },
		{ SMALL_REGION, -EIO, -EIO, OFF, 0, 0, "cannot be read" },
		{ DEVMEM_REFUSED, -EPERM, COPY, COPY, 0, 0x2000, "test's /dev/mem refuses" },
		{ DEVMEM_DIFFERS, -ESTALE, COPY, COPY, 0, 0x2000, "does not show the OpRegion" },
		{ ABSOLUTE, -EOPNOTSUPP, COPY, COPY, 0, 0x4000, "VBT lies apart" },
		{ ABSOLUTE_RAW, -EOPNOTSUPP, COPY, COPY, 0, 0x2000, "VBT lies apart" },
		{ RELATIVE, LIVE, COPY, LIVE, 0x4000, 0x4000, NULL },
		{ RELATIVE_MOVED, LIVE, COPY, LIVE, 0x4000, 0x4000, NULL },
		{ FAR, -EOPNOTSUPP, COPY, COPY, 0, 0x4000, "VBT lies apart" },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		for (unsigned p = OPREGION_AUTO; p <= OPREGION_OFF; p++) {
			if (p == OPREGION_LAZY)
				continue;
			int expect = p == OPREGION_AUTO	  ? t[i].automatic
				     : p == OPREGION_LIVE ? t[i].live
				     : p == OPREGION_COPY ? t[i].copy
							  : (int)OPREGION_OFF;
			bool reason =
				p == OPREGION_LIVE ? expect < 0 : p == OPREGION_AUTO && t[i].why;
			uint64_t len = expect == OPREGION_LIVE	 ? t[i].live_len
				       : expect == OPREGION_COPY ? t[i].copy_len
								 : 0;
			const char *text;
			int ret;

			igd_rig_teardown((void **)&rig);
			igd_rig_setup((void **)&rig);
			spoil(rig, t[i].trouble);
			rig->option.opregion = (enum opregion_policy)p;
			ret = igd_rig_start(rig);
			text = rig->log;
			if (ret != MIN(expect, 0) || (reason && !strstr(text, t[i].why)))
				fail_msg("trouble %d, %s: %d, %s", t[i].trouble, policy_name[p],
					 ret, text);
			if (ret)
				continue;
			assert_int_equal(rig->igd.opregion, expect);
			assert_int_equal(rig->igd.opregion_len, len);
			assert_int_equal(rig->devmem_mapped, expect == OPREGION_LIVE);
			assert_int_equal(rig->igd.n_wish, 1 + (len != 0));
			igd_rig_check_contract(rig);
			assert_int_equal(igd_rig_rd(rig, IGD_ASLS, 4) != 0, len != 0);
			/* live keeps the place in the page, for what firmware computed from it */
			assert_int_equal(igd_rig_rd(rig, IGD_ASLS, 4) & 0xfff,
					 expect == OPREGION_LIVE
						 ? get_le32(rig->config + IGD_ASLS) & 0xfff
						 : 0);
		}
	}
	*state = rig;
}

/* ---- what the guest sees of it ---- */

static uint8_t *guests(struct igd_rig *rig)
{
	uint32_t asls = igd_rig_rd(rig, IGD_ASLS, 4);

	for (size_t i = 0; i < rig->mem.n; i++)
		if (rig->mem.region[i].kind == MEM_KIND_SHARED) {
			assert_false(rig->mem.region[i].readonly);
			return (uint8_t *)rig->mem.region[i].hva + (asls - rig->mem.region[i].gpa);
		}
	fail_msg("no OpRegion in guest memory");
	return NULL;
}

static void build(struct igd_rig *rig, enum trouble trouble, enum opregion_policy policy)
{
	spoil(rig, trouble);
	rig->option.opregion = policy;
	assert_int_equal(igd_rig_start(rig), 0);
}

static void shares_the_hosts_pages(void **state)
{
	static const enum trouble t[] = { NONE, UNALIGNED, RELATIVE, RELATIVE_MOVED };
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *host, *guest;

		igd_rig_fini(rig);
		build(rig, t[i], OPREGION_LIVE);
		host = igd_rig_host_opregion(rig);
		guest = guests(rig);
		assert_memory_equal(host, guest, OPREGION_SIZE + (t[i] >= RELATIVE ? VBT_SIZE : 0));
		host[0x100] ^= 0xff;
		guest[0x300] ^= 0xff;
		assert_int_equal(host[0x100], guest[0x100]);
		assert_int_equal(host[0x300], guest[0x300]);
	}
}

static void keeps_a_copy_apart(void **state)
{
	static const enum trouble t[] = { NONE, UNALIGNED, ABSOLUTE, RELATIVE };
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *host, *guest, seen;

		igd_rig_fini(rig);
		build(rig, t[i], OPREGION_COPY);
		host = igd_rig_host_opregion(rig);
		guest = guests(rig);
		assert_memory_equal(rig->dev.bytes[rig->opregion], guest,
				    OPREGION_SIZE + (t[i] >= ABSOLUTE ? VBT_SIZE : 0));
		seen = guest[0x100];
		host[0x100] ^= 0xff;
		rig->dev.bytes[rig->opregion][0x100] ^= 0xff;
		assert_int_equal(guest[0x100], seen);
		guest[0x300] ^= 0xff;
		assert_int_not_equal(host[0x300], guest[0x300]);
		if (t[i] < ABSOLUTE)
			continue;
		/* the VBT is behind the mailboxes, and found by an offset */
		assert_int_equal(get_le64(guest + 0x3ba), OPREGION_SIZE);
		assert_int_equal(guest[OPREGION_SIZE] & guest[OPREGION_SIZE + VBT_SIZE - 1], 0xbb);
	}
}

static void seals_a_copy_with_a_host_address(void **state)
{
	struct igd_rig *rig = *state;

	build(rig, ABSOLUTE_RAW, OPREGION_AUTO);
	assert_int_equal(rig->igd.opregion, OPREGION_COPY);
	assert_int_equal(get_le64(guests(rig) + 0x3ba), 0);
	assert_int_equal(get_le32(guests(rig) + 0x3c2), 0);
	igd_rig_check_contract(rig);
}

/* A VBT larger than what can be mapped: the first mapping is given up, a copy is made. */
static void gives_up_half_a_live_mapping(void **state)
{
	struct igd_rig *rig = *state;

	spoil(rig, TOO_LARGE);
	rig->option.opregion = OPREGION_AUTO;
	assert_int_equal(igd_rig_start(rig), 0);
	assert_non_null(strstr(rig->log, "live is not possible: the test's /dev/mem"));
	assert_int_equal(rig->igd.opregion, OPREGION_COPY);
	assert_int_equal(rig->igd.opregion_len, OPREGION_SIZE + 0x1c000);
	assert_int_equal(rig->devmem_mapped, 0);
}

/* ---- when host calls fail ---- */

/* One life, in which call number n fails. The contract holds at every point where it could be seen. */
static bool live_once(struct igd_rig *rig, unsigned n)
{
	int ret;

	rig->fault = (struct fake_fault){ .fail_at = n, .err = n & 1 ? -EIO : -ENOMEM };
	ret = igd_rig_start(rig);
	if (rig->built)
		igd_rig_check_contract(rig);
	if (rig->built && !ret) {
		/* and whatever the guest does */
		fake_stderr_begin();
		igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
		for (unsigned off = 0x40; off < PCI_CFG_SIZE; off += 4)
			igd_rig_wr(rig, off, 4, 0x5aa5c33c);
		fake_stderr_end();
		igd_rig_check_contract(rig);
	}
	igd_rig_fini(rig);
	return rig->fault.failed;
}

static void keeps_the_contract_when_calls_fail(void **state)
{
	static const uint16_t devices[] = { ID_SNB, ID_SKL, ID_TGL, ID_MTL };
	static const enum trouble troubles[] = { NONE,	   UNALIGNED, ABSOLUTE, ABSOLUTE_RAW,
						 RELATIVE, FAR,	      TOO_LARGE };
	struct igd_rig *rig = *state;
	unsigned lives = 0;

	for (size_t d = 0; d < ARRAY_SIZE(devices); d++) {
		for (size_t t = 0; t < ARRAY_SIZE(troubles); t++) {
			for (unsigned p = OPREGION_AUTO; p <= OPREGION_OFF; p++) {
				if (p == OPREGION_LAZY)
					continue;
				unsigned n = 1;

				igd_rig_model(rig, devices[d], 0x02c1);
				spoil(rig, troubles[t]);
				rig->option.opregion = (enum opregion_policy)p;
				while (live_once(rig, n))
					n++;
				lives += n;
			}
		}
	}
	assert_true(lives > 1500);
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
		IGD_TEST(shares_the_hosts_pages),
		IGD_TEST(keeps_a_copy_apart),
		IGD_TEST(seals_a_copy_with_a_host_address),
		IGD_TEST(gives_up_half_a_live_mapping),
		IGD_TEST(keeps_the_contract_when_calls_fail),
		IGD_TEST(keeps_the_contract_under_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
