// SPDX-License-Identifier: BSD-2-Clause
/* Registers: capabilities, every offset and width, queues that are taken once, the way to DRIVER_OK. */
#include <errno.h>
#include <string.h>

#include "test.h"

#include "virtio_pci_rig.h"

/* ---- what a driver finds ---- */

static void identity_and_capabilities(void **state)
{
	/* type, part of the BAR, least length */
	static const struct {
		uint8_t type;
		uint32_t offset, length;
	} want[] = {
		{ 1, VIRTIO_PCI_COMMON, COMMON_SIZE },
		{ 2, VIRTIO_PCI_NOTIFY, 4 * TOY_QUEUES },
		{ 3, VIRTIO_PCI_ISR, 1 },
		{ 4, VIRTIO_PCI_CONFIG, TOY_CONFIG },
		{ 5, 0, 0 },
	};
	struct virtio_pci_rig *rig = *state;
	unsigned seen = 0, msix = 0;

	assert_int_equal(cfg(rig, PCI_VENDOR, 4), 0x107f1af4);
	assert_int_equal(cfg(rig, PCI_REVISION, 1), 1);
	assert_int_equal(cfg(rig, PCI_INT_PIN, 1), 1);
	assert_true(cfg(rig, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
	for (unsigned at = cfg(rig, PCI_CAP_POINTER, 1), n = 0; at; at = cfg(rig, at + 1, 1)) {
		assert_true(at >= PCI_HEADER_SIZE && at < PCI_CFG_SIZE && n++ < 16);
		if (cfg(rig, at, 1) == 0x11)
			msix++;
		if (cfg(rig, at, 1) != PCI_CAP_ID_VENDOR)
			continue;
		assert_int_equal(cfg(rig, at + 3, 1), want[seen].type);
		assert_int_equal(cfg(rig, at + 4, 1), 0);
		assert_int_equal(cfg(rig, at + 8, 4), want[seen].offset);
		assert_true(cfg(rig, at + 12, 4) >= want[seen].length);
		assert_true(want[seen].offset + cfg(rig, at + 12, 4) <= VIRTIO_PCI_BAR_SIZE);
		assert_int_equal(cfg(rig, at + 2, 1),
				 want[seen].type == 2 || want[seen].type == 5 ? 20 : 16);
		if (want[seen].type == 2)
			assert_int_equal(cfg(rig, at + 16, 4), VIRTIO_PCI_MULTIPLIER);
		seen++;
	}
	assert_int_equal(seen, ARRAY_SIZE(want));
	assert_int_equal(msix, 1);
}

static void registers_at_first(void **state)
{
	struct virtio_pci_rig *rig = *state;
	uint64_t offered =
		TOY_FEATURE | VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;

	for (uint32_t select = 0; select < 70; select++) {
		wr(rig, FEATURE_SELECT, 4, select);
		assert_int_equal(rd(rig, FEATURE, 4),
				 select < 2 ? (uint32_t)(offered >> 32 * select) : 0);
	}
	wr(rig, FEATURE_SELECT, 4, 0xffffffff);
	assert_int_equal(rd(rig, FEATURE, 4), 0);
	assert_int_equal(rd(rig, NUM_QUEUES, 2), TOY_QUEUES);
	assert_int_equal(rd(rig, STATUS, 1), 0);
	assert_int_equal(rd(rig, CONFIG_VECTOR, 2), 0xffff);
	for (unsigned n = 0; n < TOY_QUEUES; n++) {
		wr(rig, QUEUE_SELECT, 2, n);
		assert_int_equal(rd(rig, QUEUE_SIZE, 2), TOY_SIZE);
		assert_int_equal(rd(rig, QUEUE_VECTOR, 2), 0xffff);
		assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
		assert_int_equal(rd(rig, QUEUE_NOTIFY, 2), n);
		assert_int_equal(rd64(rig, QUEUE_DESC), 0);
	}
}

static void every_width_reads_the_same(void **state)
{
	struct virtio_pci_rig *rig = *state;

	drive(rig, 0);
	rd(rig, VIRTIO_PCI_ISR, 1); /* reading takes */
	for (unsigned at = 0; at + 4 <= VIRTIO_PCI_BAR_SIZE; at++) {
		for (unsigned len = 2; len <= 4; len += 2) {
			uint32_t want = 0;

			for (unsigned i = 0; i < len; i++)
				want |= rd(rig, at + i, 1) << 8 * i;
			assert_int_equal(rd(rig, at, len), want);
		}
		if (at >= COMMON_SIZE && at < VIRTIO_PCI_CONFIG)
			assert_int_equal(rd(rig, at, 1), 0);
	}
}

/* The 64-bit ones, and registers next to one another, by every cut. */
static void every_width_writes_the_same(void **state)
{
	static const uint8_t bytes[] = { 0, 0x34, 0x12, 0x78, 0x56, 0xbc, 0x9a, 0 };
	struct virtio_pci_rig *rig = *state;

	for (unsigned reg = QUEUE_DESC; reg < COMMON_SIZE; reg += 8) {
		for (unsigned len = 1; len <= 4; len++) {
			wr64(rig, reg, 0xffffffffffffffff);
			for (unsigned i = 0; i < 8; i += len) {
				unsigned n = MIN(len, 8 - i);

				wr(rig, reg + i, n, (uint32_t)get_le(bytes + i, n));
			}
			assert_int_equal(rd64(rig, reg), 0x009abc5678123400);
		}
	}
	wr(rig, STATUS, 4, 0x00020003); /* status and queue_select in one */
	assert_int_equal(rd(rig, STATUS, 4), 0x00020003);
	wr(rig, QUEUE_SIZE + 1, 1, 0x01);
	assert_int_equal(rd(rig, QUEUE_SIZE, 2), 0x0108);
	wr(rig, FEATURE, 4, 0xffffffff);
	wr(rig, NUM_QUEUES, 2, 0xffff);
	wr(rig, GENERATION, 1, 0xff);
	wr(rig, QUEUE_NOTIFY, 2, 0xffff);
	wr(rig, FEATURE_SELECT, 4, 0);
	assert_int_equal(rd(rig, FEATURE, 4), (uint32_t)rig->toy.dev.offered);
	assert_int_equal(rd(rig, NUM_QUEUES, 2), TOY_QUEUES);
	assert_int_equal(rd(rig, GENERATION, 1), 0);
	assert_int_equal(rd(rig, QUEUE_NOTIFY, 2), 2);
}

/* Whatever is written where, at every stage of a driver's life, the device works after a reset. */
static void any_write_anywhere(void **state)
{
	static const uint32_t values[] = { 0, 1, 0xffffffff, 0x80000000, 0x0f0f0f0f, 0x5a };
	struct virtio_pci_rig *rig = *state;

	for (unsigned at = 0; at < VIRTIO_PCI_BAR_SIZE; at += at % 0x1000 < 0x48 ? 1 : 0xfd) {
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			if (i % 2)
				drive(rig, VIRTIO_F_EVENT_IDX);
			for (unsigned len = 1; len <= 4; len *= 2)
				wr(rig, at, len, values[i]);
			rig_run(rig);
		}
	}
	drive(rig, 0);
	assert_true(use(rig, 0));
}

static void queues_and_vectors_that_are_not_there(void **state)
{
	struct virtio_pci_rig *rig = *state;

	drive(rig, 0);
	for (unsigned n = TOY_QUEUES; n <= 0xffff; n++) {
		wr(rig, QUEUE_SELECT, 2, n);
		assert_int_equal(rd(rig, QUEUE_SELECT, 2), n);
		assert_int_equal(rd(rig, QUEUE_SIZE, 2), 0);
		assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
		wr(rig, QUEUE_SIZE, 2, 8);
		wr(rig, QUEUE_VECTOR, 2, 1);
		wr64(rig, QUEUE_DESC, 0x1000);
		wr(rig, QUEUE_ENABLE, 2, 1);
		assert_int_equal(rd(rig, QUEUE_SIZE, 2), 0);
		assert_int_equal(rd(rig, QUEUE_VECTOR, 2), 0xffff);
	}
	wr(rig, QUEUE_SELECT, 2, 1);
	for (unsigned vector = 0; vector <= 0xffff; vector++) {
		uint32_t want = vector <= TOY_QUEUES ? vector : 0xffff;

		wr(rig, QUEUE_VECTOR, 2, vector);
		assert_int_equal(rd(rig, QUEUE_VECTOR, 2), want);
		wr(rig, CONFIG_VECTOR, 2, vector);
		assert_int_equal(rd(rig, CONFIG_VECTOR, 2), want);
	}
	for (unsigned n = TOY_QUEUES; n < 0x1000 / 4; n++)
		wr(rig, VIRTIO_PCI_NOTIFY + 4 * n, 2, n);
	rig_run(rig);
	for (unsigned n = 0; n < TOY_QUEUES; n++)
		assert_true(use(rig, n));
}

/* ---- negotiation ---- */

static void features_must_be_offered(void **state)
{
	struct virtio_pci_rig *rig = *state;

	assert_int_equal(negotiate(rig, 0), 0xb);
	assert_int_equal(negotiate(rig, TOY_FEATURE | VIRTIO_F_EVENT_IDX), 0xb);
	assert_int_equal(rig->toy.dev.features,
			 TOY_FEATURE | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1);
	for (unsigned bit = 0; bit < 64; bit++)
		assert_int_equal(negotiate(rig, BIT(bit)),
				 rig->toy.dev.offered & BIT(bit) ? 0xb : 0x3);
	/* without VERSION_1 */
	wr(rig, STATUS, 1, 0);
	wr(rig, STATUS, 1, 3);
	wr(rig, WANTED_SELECT, 4, 0);
	wr(rig, WANTED, 4, TOY_FEATURE);
	wr(rig, STATUS, 1, 0xb);
	assert_int_equal(rd(rig, STATUS, 1), 3);
	/* it may try again */
	wr(rig, WANTED_SELECT, 4, 1);
	wr(rig, WANTED, 4, 1);
	wr(rig, STATUS, 1, 0xb);
	assert_int_equal(rd(rig, STATUS, 1), 0xb);
	/* what the device itself does not want */
	rig->toy.refuse_features = -EINVAL;
	assert_int_equal(negotiate(rig, 0), 3);
	assert_int_equal(rig->toy.dev.features, 0);
}

static void features_stay(void **state)
{
	struct virtio_pci_rig *rig = *state;

	assert_int_equal(negotiate(rig, TOY_FEATURE), 0xb);
	for (uint32_t select = 0; select < 4; select++) {
		wr(rig, WANTED_SELECT, 4, select);
		wr(rig, WANTED, 4, 0xffffffff);
	}
	wr(rig, STATUS, 1, 0xb);
	assert_int_equal(rig->toy.dev.features, TOY_FEATURE | VIRTIO_F_VERSION_1);
	wr(rig, WANTED_SELECT, 4, 0);
	assert_int_equal(rd(rig, WANTED, 4), TOY_FEATURE);
}

static void status_goes_one_way(void **state)
{
	struct virtio_pci_rig *rig = *state;

	wr(rig, STATUS, 1, 0x4); /* no features yet */
	assert_int_equal(rd(rig, STATUS, 1), 0);
	wr(rig, STATUS, 1, 0xf);
	assert_int_equal(rd(rig, STATUS, 1), 3);
	assert_int_equal(rig->toy.starts, 0);
	wr(rig, STATUS, 1, 0x70); /* what is not the driver's */
	assert_int_equal(rd(rig, STATUS, 1), 3);
	drive(rig, 0);
	assert_int_equal(rig->toy.starts, 1);
	wr(rig, STATUS, 1, 0x1); /* bits are not taken away but by reset */
	assert_int_equal(rd(rig, STATUS, 1), 0xf);
	wr(rig, STATUS, 1, 0xf);
	assert_int_equal(rig->toy.starts, 1);
	wr(rig, STATUS, 1, 0x8f);
	assert_int_equal(rd(rig, STATUS, 1), 0x8f);
	wr(rig, STATUS, 1, 0);
	assert_int_equal(rd(rig, STATUS, 1), 0);
	assert_int_equal(rig->toy.resets, 1);
	wr(rig, STATUS, 1, 0);
	assert_int_equal(rig->toy.resets, 1); /* it had not started */
}

/* ---- queues ---- */

static void bad_queues_are_refused(void **state)
{
	static const struct virtq_setup bad[] = {
		{ 0, 0x1000, 0x2000, 0x3000 },
		{ 3, 0x1000, 0x2000, 0x3000 },
		{ 2 * TOY_SIZE, 0x1000, 0x2000, 0x3000 },
		{ 0xffff, 0x1000, 0x2000, 0x3000 },
		{ 8, 0x1008, 0x2000, 0x3000 },
		{ 8, GUEST_LOW_END, 0x2000, 0x3000 },
		{ 8, 0x1000, GUEST_BAR, 0x3000 },
		{ 8, 0x1000, 0x2000, -16ULL },
	};
	struct virtio_pci_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		negotiate(rig, 0);
		enable(rig, 0, &bad[i]);
		assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
		assert_int_equal(rd(rig, STATUS, 1), 0x4b);
		wr(rig, STATUS, 1, 0xf);
		assert_int_equal(rd(rig, STATUS, 1), 0x4f);
		assert_int_equal(rd(rig, VIRTIO_PCI_ISR, 1), 2);
		assert_int_equal(rig->toy.starts, 0);
	}
	drive(rig, 0);
	assert_true(use(rig, 0));
}

static void queues_are_enabled_in_time(void **state)
{
	const struct virtq_setup s = { TOY_SIZE, 0x1000, 0x2000, 0x3000 };
	struct virtio_pci_rig *rig = *state;

	enable(rig, 0, &s);
	assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
	negotiate(rig, 0);
	wr(rig, QUEUE_ENABLE, 2, 0x101);
	wr(rig, QUEUE_ENABLE, 2, 0x100);
	assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
	enable(rig, 0, &s);
	assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 1);
	wr(rig, STATUS, 1, 0xf);
	enable(rig, 1, &s); /* too late */
	assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
	assert_int_equal(rd(rig, STATUS, 1), 0xf);
	wr(rig, VIRTIO_PCI_NOTIFY + 4, 2, 1); /* and nobody listens there */
	rig_run(rig);
	assert_int_equal(rig->toy.kicks[1], 0);
}

static void queues_are_taken_once(void **state)
{
	struct virtio_pci_rig *rig = *state;

	for (unsigned driver_ok = 0; driver_ok < 2; driver_ok++) {
		negotiate(rig, 0);
		vring_init(&rig->ring[0], &rig->ram, 0x100000, TOY_SIZE);
		enable(rig, 0, &rig->ring[0].setup);
		if (driver_ok)
			wr(rig, STATUS, 1, 0xf);
		for (unsigned off = QUEUE_SIZE; off < COMMON_SIZE; off++)
			if (off < QUEUE_VECTOR || off >= QUEUE_ENABLE)
				wr(rig, off, 1, 0xff);
		wr(rig, QUEUE_SIZE, 2, 0);
		wr(rig, QUEUE_ENABLE, 2, 0);
		wr(rig, QUEUE_ENABLE, 2, 1);
		assert_int_equal(rd(rig, QUEUE_SIZE, 2), TOY_SIZE);
		assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 1);
		assert_int_equal(rd64(rig, QUEUE_DESC), rig->ring[0].setup.desc);
		assert_int_equal(rd64(rig, QUEUE_DRIVER), rig->ring[0].setup.avail);
		assert_int_equal(rd64(rig, QUEUE_DEVICE), rig->ring[0].setup.used);
		wr(rig, STATUS, 1, 0xf);
		assert_true(use(rig, 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIRTIO_PCI_TEST(identity_and_capabilities),
		VIRTIO_PCI_TEST(registers_at_first),
		VIRTIO_PCI_TEST(every_width_reads_the_same),
		VIRTIO_PCI_TEST(every_width_writes_the_same),
		VIRTIO_PCI_TEST(any_write_anywhere),
		VIRTIO_PCI_TEST(queues_and_vectors_that_are_not_there),
		VIRTIO_PCI_TEST(features_must_be_offered),
		VIRTIO_PCI_TEST(features_stay),
		VIRTIO_PCI_TEST(status_goes_one_way),
		VIRTIO_PCI_TEST(bad_queues_are_refused),
		VIRTIO_PCI_TEST(queues_are_enabled_in_time),
		VIRTIO_PCI_TEST(queues_are_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
