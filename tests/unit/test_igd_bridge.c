// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the guest reads of host bridge and LPC bridge, and that no host address is in it.
 */
#include <errno.h>
#include <string.h>

#include "fakes.h"
#include "igd_rig.h"
#include "layout.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

#define GENERIC_HOST 0x29c08086
#define GENERIC_LPC  0x29188086
#define HOST_IDS     0x191f8086
#define LPC_IDS_HOST 0xa1458086
#define BOARD	     0x86941043

static void no_region(struct igd_rig *rig)
{
	rig->dev.dev.region[rig->host_cfg].type = 0;
	rig->dev.dev.region[rig->lpc_cfg].type = 0;
}

static void rd(struct igd_rig *rig, uint8_t devfn, unsigned off, uint32_t *value)
{
	pci_cfg_read(&rig->bus, devfn, off, value, 4);
}

static uint32_t host_rd(struct igd_rig *rig, unsigned off)
{
	uint32_t v = 0;

	rd(rig, DEVFN(0, 0), off, &v);
	return v;
}

static uint32_t lpc_rd(struct igd_rig *rig, unsigned off)
{
	uint32_t v = 0;

	rd(rig, DEVFN(0x1f, 0), off, &v);
	return v;
}

static void host_wr(struct igd_rig *rig, unsigned off, uint32_t value)
{
	uint8_t buf[4];

	put_le32(buf, value);
	pci_cfg_write(&rig->bus, DEVFN(0, 0), off, buf, 4);
}

static void start(struct igd_rig *rig)
{
	if (igd_rig_start(rig))
		fail_msg("%s", rig->log);
	/* what they are never changes */
	assert_int_equal(host_rd(rig, PCI_REVISION) >> 8, CLASS_HOST_BRIDGE);
	assert_int_equal(lpc_rd(rig, PCI_REVISION) >> 8, CLASS_ISA_BRIDGE);
}

static void check_lpc(struct igd_rig *rig, uint32_t ids, uint32_t board, uint8_t revision)
{
	assert_int_equal(lpc_rd(rig, PCI_VENDOR), ids);
	assert_int_equal(lpc_rd(rig, PCI_SUBVENDOR), board);
	assert_int_equal(lpc_rd(rig, PCI_REVISION) & 0xff, revision);
}

static void lpc_has_the_ids_asked_for(void **state)
{
	static const struct config_ids all = { 0x8086, 0xa082, 0x1028, 0x0a1b, 0x20 };
	static const struct config_ids two = { 0x8086, 0x9d4e, 0, 0, 0 };
	struct igd_rig *rig = *state;

	start(rig);
	check_lpc(rig, LPC_IDS_HOST, BOARD, 0x31);
	assert_string_equal(rig->igd.gen->name, "skl");
	igd_rig_fini(rig);
	rig->option.lpc = LPC_OFF;
	start(rig);
	check_lpc(rig, GENERIC_LPC, 0, 2);
	igd_rig_fini(rig);
	rig->option.lpc = LPC_IDS;
	rig->option.lpc_ids = all;
	start(rig);
	check_lpc(rig, 0xa0828086, 0x0a1b1028, 0x20);
	igd_rig_fini(rig);
	rig->option.lpc_ids = two;
	start(rig);
	check_lpc(rig, 0x9d4e8086, 0, 0);
	/* one option's business is not the other's */
	assert_int_equal(host_rd(rig, PCI_VENDOR), HOST_IDS);
}

/* The host's LPC bridge, wherever it can be read. */
static void lpc_is_found_in_sysfs(void **state)
{
	struct igd_rig *rig = *state;

	no_region(rig);
	rig->sysfs_host = rig->dev.bytes[rig->host_cfg];
	rig->sysfs_lpc = rig->dev.bytes[rig->lpc_cfg];
	for (unsigned i = 0; i < 2; i++) {
		rig->unprivileged = i;
		start(rig);
		check_lpc(rig, LPC_IDS_HOST, BOARD, 0x31);
		assert_int_equal(host_rd(rig, PCI_VENDOR), HOST_IDS);
		assert_null(strstr(rig->log, "generic"));
		igd_rig_fini(rig);
	}
	/* this computer's are not the recorded GPU's */
	rig->option.opregion = OPREGION_OFF;
	rig->dev.dev.recorded = (struct vfio_recorded *)rig; /* anything: nobody looks */
	start(rig);
	check_lpc(rig, GENERIC_LPC, 0, 2);
	assert_int_equal(host_rd(rig, PCI_VENDOR), GENERIC_HOST);
}

static void says_what_the_host_does_not_show(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t other[PCI_CFG_SIZE] = { 0x86, 0x80, 0x3a, 0xa1, [PCI_CLASS] = 0, 0x80, 0x07 };

	/* nothing at 00:1f.0 */
	no_region(rig);
	start(rig);
	check_lpc(rig, GENERIC_LPC, 0, 2);
	assert_int_equal(host_rd(rig, PCI_VENDOR), GENERIC_HOST);
	assert_non_null(strstr(rig->log, "host's LPC bridge 0000:00:1f.0 (No such file"));
	assert_non_null(strstr(rig->log, "guesses the PCH"));
	assert_non_null(strstr(rig->log, "host's host bridge 0000:00:00.0 (No such file"));
	/* the guest's own registers do not depend on the host's bridge */
	assert_int_equal(host_rd(rig, SA_GGC), rig->igd.ggc);
	assert_int_not_equal(host_rd(rig, SA_TOLUD), 0);
	igd_rig_fini(rig);
	/* a generation without a PCH */
	igd_rig_model(rig, 0x3185, 0x02c1);
	no_region(rig);
	start(rig);
	assert_non_null(strstr(rig->log, "host's LPC bridge 0000:00:1f.0 (No such file"));
	assert_non_null(strstr(rig->log, "does without"));
	assert_null(strstr(rig->log, "guesses the PCH"));
	igd_rig_fini(rig);
	igd_rig_model(rig, ID_SKL, 0x02c1);
	/* who does not want the host's is told nothing of it */
	rig->option.host = HOST_OFF;
	start(rig);
	assert_null(strstr(rig->log, "host bridge"));
	igd_rig_fini(rig);
	rig->option.host = HOST_CLONE;
	/* something else there, in sysfs and in a region */
	rig->sysfs_lpc = other;
	rig->sysfs_host = other;
	start(rig);
	check_lpc(rig, GENERIC_LPC, 0, 2);
	assert_non_null(strstr(rig->log, "0000:00:1f.0 is no LPC bridge (class 078000)"));
	assert_non_null(strstr(rig->log, "0000:00:00.0 is no host bridge (class 078000)"));
}

static void only_a_physical_gpu_has_the_hosts_platform(void **state)
{
	struct igd_rig *rig = *state;

	for (unsigned i = 0; i < 2; i++) {
		rig->physfn = i ? NULL : "0000:00:02.0";
		rig->mdev_type = i ? "i915-GVTg_V5_4" : NULL;
		rig->option.lpc = LPC_CLONE;
		start(rig);
		check_lpc(rig, GENERIC_LPC, 0, 2);
		assert_int_equal(host_rd(rig, PCI_VENDOR), GENERIC_HOST);
		assert_int_equal(host_rd(rig, SA_TOLUD), 0);
		assert_null(strstr(rig->log, "generic"));
		igd_rig_fini(rig);
		/* but what is asked for explicitly is done */
		rig->option.lpc = LPC_IDS;
		rig->option.lpc_ids = (struct config_ids){ 0x8086, 0xa145, 0, 0, 0 };
		start(rig);
		check_lpc(rig, LPC_IDS_HOST, 0, 0);
		igd_rig_fini(rig);
	}
}

/* ---- host bridge ---- */

static void host_policies(void **state)
{
	static const struct {
		enum host_policy policy;
		uint32_t ids, board;
		uint8_t revision;
		bool registers;
	} t[] = {
		{ HOST_CLONE, HOST_IDS, BOARD, 7, true },
		{ HOST_REVISION, GENERIC_HOST, BOARD, 7, false },
		{ HOST_OFF, GENERIC_HOST, 0, 0, false },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig->option.host = t[i].policy;
		start(rig);
		assert_int_equal(host_rd(rig, PCI_VENDOR), t[i].ids);
		assert_int_equal(host_rd(rig, PCI_SUBVENDOR), t[i].board);
		assert_int_equal(host_rd(rig, PCI_REVISION) & 0xff, t[i].revision);
		for (unsigned off = 0x40; off < PCI_CFG_SIZE && !t[i].registers; off += 4) {
			host_wr(rig, off, UINT32_MAX);
			assert_int_equal(host_rd(rig, off), 0);
		}
		assert_int_equal(host_rd(rig, SA_GGC) != 0, t[i].registers);
		check_lpc(rig, LPC_IDS_HOST, BOARD, 0x31);
		igd_rig_fini(rig);
	}
}

static void host_registers_are_the_guests(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t *host = rig->dev.bytes[rig->host_cfg];

	put_le32(host + SA_DEVEN, 0xabcd8028); /* the GPU switched off, of all things */
	for (unsigned off = 0; off < 2; off++) {
		const struct mem_range *stolen;
		uint32_t base;

		rig->option.stolen = off ? 0 : STOLEN_AUTO;
		start(rig);
		stolen = memmap_find(&rig->map, MEM_STOLEN);
		assert_int_equal(stolen == NULL, off);
		base = stolen ? (uint32_t)rig->igd.dsm_gpa | 1 : 0;
		assert_int_equal(host_rd(rig, SA_GGC), igd_rig_rd(rig, IGD_GGC, 2));
		assert_int_equal(host_rd(rig, SA_DEVEN), 0x8039);
		assert_int_equal(host_rd(rig, SA_BDSM), igd_rig_rd(rig, IGD_BDSM32, 4));
		assert_int_equal(host_rd(rig, SA_BDSM), base);
		assert_int_equal(host_rd(rig, SA_BGSM), stolen ? stolen->gpa | 1 : 0);
		assert_int_equal(host_rd(rig, SA_TOLUD), (256 * MiB) | 1);
		igd_rig_fini(rig);
	}
	/* RAM above 4 GiB does not count */
	rig->option.stolen = STOLEN_AUTO;
	rig->ram = 4 * GiB;
	start(rig);
	assert_in_range(host_rd(rig, SA_TOLUD), rig->igd.dsm_gpa + rig->igd.stolen,
			LAYOUT_LOW_LIMIT | 1);
}

/* As i915 does (intel_gmch_bar_setup): it finds it off, writes an address, then the enable bit. */
static void mchbar_takes_an_address(void **state)
{
	struct igd_rig *rig = *state;

	start(rig);
	assert_int_equal(host_rd(rig, SA_MCHBAR), 0);
	assert_int_equal(host_rd(rig, SA_MCHBAR + 4), 0);
	host_wr(rig, SA_MCHBAR + 4, UINT32_MAX);
	host_wr(rig, SA_MCHBAR, UINT32_MAX);
	assert_int_equal(host_rd(rig, SA_MCHBAR), 0xffff8001);
	assert_int_equal(host_rd(rig, SA_MCHBAR + 4), 0x7f);
	/* and nothing else of the bridge takes anything */
	for (unsigned off = 0x50; off < PCI_CFG_SIZE; off += 4) {
		uint32_t before = host_rd(rig, off);

		host_wr(rig, off, ~before);
		assert_int_equal(host_rd(rig, off), before);
	}
}

/* What the bridges are is not the guest's to say. */
static void ids_take_nothing(void **state)
{
	static const uint8_t devfns[] = { DEVFN(0, 0), DEVFN(0x1f, 0) };
	static const uint8_t offs[] = { PCI_VENDOR, PCI_REVISION, PCI_SUBVENDOR };
	struct igd_rig *rig = *state;

	start(rig);
	for (size_t d = 0; d < ARRAY_SIZE(devfns); d++) {
		for (size_t i = 0; i < ARRAY_SIZE(offs); i++) {
			uint32_t before = 0, after = 0;
			uint8_t buf[4];

			rd(rig, devfns[d], offs[i], &before);
			put_le32(buf, ~before);
			pci_cfg_write(&rig->bus, devfns[d], offs[i], buf, 4);
			rd(rig, devfns[d], offs[i], &after);
			assert_int_equal(after, before);
		}
	}
}

/* Bay Trail and its kin have no such registers there. */
static void no_system_agent_on_small_socs(void **state)
{
	struct igd_rig *rig = *state;

	igd_rig_model(rig, ID_CHV, 0x0011);
	start(rig);
	assert_int_equal(host_rd(rig, PCI_VENDOR), HOST_IDS);
	for (unsigned off = 0x40; off < PCI_CFG_SIZE; off += 4) {
		host_wr(rig, off, UINT32_MAX);
		assert_int_equal(host_rd(rig, off), 0);
	}
}

/* Every register of the host's bridges holds a host address; of none is a page in the guest's. */
static uint32_t planted(unsigned off)
{
	return 0xd1000001 + off * 0x10100;
}

static void check_planted(const uint8_t *val)
{
	for (unsigned off = PCI_CACHE_LINE; off + 4 <= PCI_CFG_SIZE; off++)
		for (unsigned from = 0; from < PCI_CFG_SIZE; from += 4)
			if (get_le32(val + off) >> 12 == planted(from) >> 12)
				fail_msg("the host's %#x shows at %#x", from, off);
}

static void no_host_address_shows(void **state)
{
	static const uint16_t models[] = { ID_SNB, ID_CHV, ID_SKL, ID_TGL, ID_MTL };
	struct igd_rig *rig = *state;

	for (unsigned off = PCI_BAR0; off < PCI_CFG_SIZE; off += 4) {
		if (off == PCI_SUBVENDOR)
			continue;
		put_le32(rig->dev.bytes[rig->host_cfg] + off, planted(off));
		put_le32(rig->dev.bytes[rig->lpc_cfg] + off, planted(off));
	}
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		igd_rig_model(rig, models[m], 0x02c1);
		start(rig);
		check_planted(rig->bridges.host.val);
		check_planted(rig->bridges.lpc.val);
		igd_rig_fini(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(lpc_has_the_ids_asked_for),
		IGD_TEST(lpc_is_found_in_sysfs),
		IGD_TEST(says_what_the_host_does_not_show),
		IGD_TEST(only_a_physical_gpu_has_the_hosts_platform),
		IGD_TEST(host_policies),
		IGD_TEST(host_registers_are_the_guests),
		IGD_TEST(mchbar_takes_an_address),
		IGD_TEST(ids_take_nothing),
		IGD_TEST(no_system_agent_on_small_socs),
		IGD_TEST(no_host_address_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
