// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "layout.h"
#include "test.h"
#include "util.h"
#include "vring.h"

#define RING  0x100000ULL
#define TABLE 0x200000ULL /* an indirect one */
#define DATA  0x300000ULL
#define SIZE  8
#define ROOM  12

struct rig {
	struct guest_ram ram;
	struct vring r;
	struct virtq q;
	struct iovec iov[ROOM];
	struct virtq_chain c;
};

static int setup(void **state)
{
	static struct rig rig;

	rig = (struct rig){ 0 };
	guest_ram_init(&rig.ram);
	vring_init(&rig.r, &rig.ram, RING, SIZE);
	*state = &rig;
	return virtq_init(&rig.q, &rig.ram.mem, &rig.r.setup, VIRTQ_INDIRECT);
}

static int teardown(void **state)
{
	guest_ram_fini(&((struct rig *)*state)->ram);
	return 0;
}

static int pop(struct rig *rig)
{
	return virtq_pop(&rig->q, rig->iov, ROOM, &rig->c);
}

/* ---- the ring itself ---- */

static void takes_only_rings_in_ram(void **state)
{
	static const struct {
		struct virtq_setup setup;
		int want;
	} t[] = {
		{ { 1, 0x1000, 0x2000, 0x3000 }, 0 },
		{ { VIRTQ_SIZE_MAX, 0x10000, 0x20000, 0x30000 }, 0 },
		{ { 8, GUEST_LOW_END - 16 * 8, 0x2000, 0x3000 }, 0 },
		{ { 8, 0x1000, GUEST_LOW_END - 6 - 2 * 8, 0x3000 }, 0 },
		{ { 8, 0x1000, 0x2000, GUEST_LOW_END - 8 - 8 * 8 }, 0 },
		{ { 8, GUEST_HIGH, GUEST_HIGH + 0x1000, GUEST_HIGH + 0x2000 }, 0 },
		/* sizes */
		{ { 0, 0x1000, 0x2000, 0x3000 }, -EINVAL },
		{ { 3, 0x1000, 0x2000, 0x3000 }, -EINVAL },
		{ { 0xffff, 0x1000, 0x2000, 0x3000 }, -EINVAL },
		{ { 2 * VIRTQ_SIZE_MAX, 0x10000, 0x20000, 0x30000 }, -EINVAL },
		{ { 0x8000, 0x10000, 0x200000, 0x300000 }, -EINVAL },
		/* alignment */
		{ { 8, 0x1008, 0x2000, 0x3000 }, -EINVAL },
		{ { 8, 0x1000, 0x2001, 0x3000 }, -EINVAL },
		{ { 8, 0x1000, 0x2000, 0x3002 }, -EINVAL },
		/* a part over the end of RAM, in a hole, on a device, at the end of all addresses */
		{ { 8, GUEST_LOW_END - 16 * 8 + 16, 0x2000, 0x3000 }, -EFAULT },
		{ { 8, 0x1000, GUEST_LOW_END - 4 - 2 * 8, 0x3000 }, -EFAULT },
		{ { 8, 0x1000, 0x2000, GUEST_LOW_END - 4 - 8 * 8 }, -EFAULT },
		{ { 8, GUEST_BAR, 0x2000, 0x3000 }, -EFAULT },
		{ { 8, 0x1000, GUEST_BAR, 0x3000 }, -EFAULT },
		{ { 8, 0x1000, 0x2000, GUEST_BAR }, -EFAULT },
		{ { 8, LAYOUT_LAPIC, 0x2000, 0x3000 }, -EFAULT },
		{ { 8, -16ULL, 0x2000, 0x3000 }, -EFAULT },
		{ { 8, 0x1000, -2ULL, 0x3000 }, -EFAULT },
		{ { 8, 0x1000, 0x2000, -4ULL }, -EFAULT },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct virtq q = { .size = 77 };

		assert_int_equal(virtq_init(&q, &rig->ram.mem, &t[i].setup, 0), t[i].want);
		assert_int_equal(q.size, t[i].want ? 0 : t[i].setup.size);
	}
}

static void chains_come_and_go(void **state)
{
	struct rig *rig = *state;
	uint32_t id, len;

	assert_int_equal(pop(rig), 0);
	/* more than 65536 chains: both indices wrap */
	for (unsigned i = 0; i < 70000; i++) {
		uint16_t head = (uint16_t)((i * 3) % SIZE);
		uint16_t next = (uint16_t)((head + 5) % SIZE);

		vring_desc(&rig->r, head, DATA + i, 10, DESC_NEXT, next);
		vring_desc(&rig->r, next, DATA + 0x100000 + i, 20, DESC_WRITE, 0xffff);
		vring_offer(&rig->r, head);
		assert_int_equal(pop(rig), 1);
		assert_int_equal(rig->c.head, head);
		assert_int_equal(rig->c.n_out, 1);
		assert_int_equal(rig->c.n_in, 1);
		assert_ptr_equal(rig->iov[0].iov_base, guest_at(&rig->ram, DATA + i, 10));
		assert_int_equal(rig->iov[0].iov_len, 10);
		assert_ptr_equal(rig->iov[1].iov_base,
				 guest_at(&rig->ram, DATA + 0x100000 + i, 20));
		assert_int_equal(rig->iov[1].iov_len, 20);
		assert_int_equal(pop(rig), 0);
		assert_false(vring_take(&rig->r, &id, &len));
		virtq_push(&rig->q, head, i);
		assert_true(vring_take(&rig->r, &id, &len));
		assert_int_equal(id, head);
		assert_int_equal(len, i);
	}
}

static void indirect_chains(void **state)
{
	struct rig *rig = *state;

	/* a table at an odd address, behind an ordinary descriptor; longer than the ring */
	vring_desc(&rig->r, 2, DATA, 16, DESC_NEXT, 3);
	vring_desc(&rig->r, 3, TABLE + 3, 16 * 10, DESC_INDIRECT | DESC_WRITE, 0);
	for (unsigned i = 0; i < 10; i++)
		vring_table(&rig->r, TABLE + 3, i, DATA + 0x1000 * i, 512,
			    (i < 9 ? DESC_NEXT : 0) | (i > 4 ? DESC_WRITE : 0), (uint16_t)(i + 1));
	vring_offer(&rig->r, 2);
	assert_int_equal(pop(rig), 1);
	assert_int_equal(rig->c.n_out, 6);
	assert_int_equal(rig->c.n_in, 5);
	assert_ptr_equal(rig->iov[10].iov_base, guest_at(&rig->ram, DATA + 0x9000, 512));
}

/* ---- guests that mean harm ---- */

struct piece {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/* ring[]: descriptors 0.. of the ring, which start at 0; table[]: those at TABLE. */
static const struct {
	const char *what;
	struct piece ring[SIZE + 1], table[SIZE + 1];
	int want;
} hostile[] = {
	{ "plain", { { DATA, 1, 0, 0 } }, { { 0 } }, 1 },
	{ "all descriptors",
	  { { DATA, 1, 1, 1 },
	    { DATA, 1, 1, 2 },
	    { DATA, 1, 1, 3 },
	    { DATA, 1, 1, 4 },
	    { DATA, 1, 1, 5 },
	    { DATA, 1, 1, 6 },
	    { DATA, 1, 1, 7 },
	    { DATA, 1, 0, 0 } },
	  { { 0 } },
	  1 },
	{ "the last byte of low RAM", { { GUEST_LOW_END - 1, 1, 0, 0 } }, { { 0 } }, 1 },
	{ "nothing", { { DATA, 0, 0, 0 } }, { { 0 } }, -ENODATA },
	{ "nothing, to write", { { DATA, 1, 1, 1 }, { DATA, 0, 2, 0 } }, { { 0 } }, -ENODATA },
	{ "4 GiB less one", { { DATA, 0xffffffff, 0, 0 } }, { { 0 } }, -EFAULT },
	{ "over the end of low RAM", { { GUEST_LOW_END - 1, 2, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "hole", { { GUEST_LOW_END, 1, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "hole into high RAM", { { GUEST_HIGH - 1, 2, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "a BAR", { { GUEST_BAR, 16, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "the local APIC", { { LAYOUT_LAPIC, 16, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "wrap to the start", { { -8ULL, 16, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "all of it", { { 1, 0xffffffff, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "not an address", { { 1ULL << 63, 1, 2, 0 } }, { { 0 } }, -EFAULT },
	{ "follows itself", { { DATA, 1, 1, 0 } }, { { 0 } }, -ELOOP },
	{ "circle of two", { { DATA, 1, 1, 1 }, { DATA, 1, 1, 0 } }, { { 0 } }, -ELOOP },
	{ "next beyond the ring", { { DATA, 1, 1, SIZE } }, { { 0 } }, -ERANGE },
	{ "next is all ones", { { DATA, 1, 1, 0xffff } }, { { 0 } }, -ERANGE },
	{ "read behind write", { { DATA, 1, 3, 1 }, { DATA, 1, 0, 0 } }, { { 0 } }, -EPROTO },
	{ "read behind write, indirect",
	  { { DATA, 1, 3, 1 }, { TABLE, 16, 4, 0 } },
	  { { DATA, 1, 0, 0 } },
	  -EPROTO },
	{ "indirect", { { TABLE, 16, 4, 0 } }, { { DATA, 1, 2, 0 } }, 1 },
	{ "indirect in indirect", { { TABLE, 32, 4, 0 } }, { { TABLE, 16, 4, 0 } }, -EINVAL },
	{ "indirect behind a piece in indirect",
	  { { TABLE, 32, 4, 0 } },
	  { { DATA, 1, 1, 1 }, { TABLE, 16, 4, 0 } },
	  -EINVAL },
	{ "indirect and next", { { TABLE, 16, 5, 1 } }, { { DATA, 1, 0, 0 } }, -EINVAL },
	{ "empty table", { { TABLE, 0, 4, 0 } }, { { 0 } }, -EINVAL },
	{ "part of an entry", { { TABLE, 15, 4, 0 } }, { { DATA, 1, 0, 0 } }, -EINVAL },
	{ "an entry and a part", { { TABLE, 17, 4, 0 } }, { { DATA, 1, 0, 0 } }, -EINVAL },
	{ "table of 4 GiB", { { TABLE, 0xfffffff0, 4, 0 } }, { { DATA, 1, 0, 0 } }, -EFAULT },
	{ "table in a hole", { { GUEST_LOW_END, 16, 4, 0 } }, { { 0 } }, -EFAULT },
	{ "table on a BAR", { { GUEST_BAR, 16, 4, 0 } }, { { 0 } }, -EFAULT },
	{ "table over the end", { { GUEST_LOW_END - 16, 32, 4, 0 } }, { { 0 } }, -EFAULT },
	{ "table at the end of all", { { -16ULL, 16, 4, 0 } }, { { 0 } }, -EFAULT },
	{ "circle in a table",
	  { { TABLE, 32, 4, 0 } },
	  { { DATA, 1, 1, 1 }, { DATA, 1, 1, 0 } },
	  -ELOOP },
	{ "next beyond the table", { { TABLE, 16, 4, 0 } }, { { DATA, 1, 1, 1 } }, -ERANGE },
	{ "long circle in a long table",
	  { { TABLE, 16 * 64, 4, 0 } },
	  { { DATA, 1, 1, 1 }, { DATA, 1, 1, 0 } },
	  -E2BIG },
	{ "hole in a table",
	  { { TABLE, 32, 4, 0 } },
	  { { DATA, 1, 1, 1 }, { GUEST_LOW_END, 1, 0, 0 } },
	  -EFAULT },
};

static void hostile_chains(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		struct rig *rig;
		void *fresh;
		int ret;

		assert_int_equal(setup(&fresh), 0);
		rig = fresh;
		for (unsigned k = 0; k < SIZE; k++) {
			const struct piece *p = &hostile[i].ring[k], *t = &hostile[i].table[k];

			vring_desc(&rig->r, k, p->addr, p->len, p->flags, p->next);
			vring_table(&rig->r, TABLE, k, t->addr, t->len, t->flags, t->next);
		}
		vring_offer(&rig->r, 0);
		ret = pop(rig);
		if (ret != hostile[i].want)
			fail_msg("%s: %d, want %d", hostile[i].what, ret, hostile[i].want);
		/* the chain that broke the ring is not the device's */
		if (ret < 0)
			assert_int_equal(pop(rig), ret);
		assert_int_equal(teardown(&fresh), 0);
	}
}

static void indirect_only_where_negotiated(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(virtq_init(&rig->q, &rig->ram.mem, &rig->r.setup, 0), 0);
	vring_desc(&rig->r, 0, TABLE, 16, DESC_INDIRECT, 0);
	vring_table(&rig->r, TABLE, 0, DATA, 1, 0, 0);
	vring_offer(&rig->r, 0);
	assert_int_equal(pop(rig), -EINVAL);
}

static void hostile_indices(void **state)
{
	static const struct {
		uint16_t idx, head;
		int want;
	} t[] = {
		{ SIZE, 0, 1 },
		{ SIZE + 1, 0, -EOVERFLOW },
		{ 0xffff, 0, -EOVERFLOW },
		{ 0x8000, 0, -EOVERFLOW },
		{ 1, SIZE, -ERANGE },
		{ 1, 0xffff, -ERANGE },
		{ 1, SIZE - 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig *rig;
		void *fresh;

		assert_int_equal(setup(&fresh), 0);
		rig = fresh;
		for (unsigned k = 0; k < SIZE; k++)
			vring_desc(&rig->r, k, DATA, 1, 0, 0);
		vring_offer(&rig->r, t[i].head);
		vring_set_avail_idx(&rig->r, t[i].idx);
		assert_int_equal(pop(rig), t[i].want);
		assert_int_equal(teardown(&fresh), 0);
	}
}

static void a_head_is_given_once(void **state)
{
	struct rig *rig = *state;

	for (uint16_t head = 0; head < SIZE; head++)
		vring_desc(&rig->r, head, DATA, 1, 0, 0);
	vring_offer(&rig->r, 3);
	vring_offer(&rig->r, 3);
	assert_int_equal(pop(rig), 1);
	assert_int_equal(pop(rig), -EBUSY);
	virtq_push(&rig->q, 3, 0);
	assert_int_equal(pop(rig), 1);
}

/* Several at once: the driver sees none, then all. */
static void shown_together(void **state)
{
	struct rig *rig = *state;
	uint32_t id, len;

	for (unsigned round = 0; round < 0x10000 / 3 + 2; round++) { /* around the index's end */
		for (uint16_t i = 0; i < 3; i++) {
			vring_desc(&rig->r, i, DATA, 1, 0, 0);
			vring_offer(&rig->r, i);
			assert_int_equal(pop(rig), 1);
		}
		for (uint16_t i = 0; i < 3; i++) {
			virtq_put(&rig->q, i, 2 - i, 100u + i);
			assert_false(vring_take(&rig->r, &id, &len));
		}
		virtq_show(&rig->q, 3);
		for (uint32_t i = 0; i < 3; i++) {
			assert_true(vring_take(&rig->r, &id, &len));
			assert_int_equal(id, 2 - i);
			assert_int_equal(len, 100 + i);
		}
		assert_false(vring_take(&rig->r, &id, &len));
	}
}

/* The pieces are what was checked, whatever the guest makes of its descriptors afterwards. */
static void chains_are_snapshots(void **state)
{
	struct rig *rig = *state;

	vring_desc(&rig->r, 0, DATA, 64, 0, 0);
	vring_offer(&rig->r, 0);
	assert_int_equal(pop(rig), 1);
	vring_desc(&rig->r, 0, GUEST_LOW_END, 0xffffffff, DESC_WRITE, 0);
	assert_ptr_equal(rig->iov[0].iov_base, guest_at(&rig->ram, DATA, 64));
	assert_int_equal(rig->iov[0].iov_len, 64);
}

static void long_tables_fill_the_room(void **state)
{
	struct rig *rig = *state;

	for (unsigned n = ROOM - 1; n <= ROOM + 1; n++) {
		for (unsigned i = 0; i < n; i++)
			vring_table(&rig->r, TABLE, i, DATA, 1, i + 1 < n ? DESC_NEXT : 0,
				    (uint16_t)(i + 1));
		vring_desc(&rig->r, 0, TABLE, 16 * n, DESC_INDIRECT, 0);
		vring_offer(&rig->r, 0);
		assert_int_equal(pop(rig), n <= ROOM ? 1 : -E2BIG);
		if (n <= ROOM)
			virtq_push(&rig->q, 0, 0);
	}
}

/* ---- who wants to hear of what ---- */

static void round_trip(struct rig *rig, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		vring_desc(&rig->r, 0, DATA, 1, 0, 0);
		vring_offer(&rig->r, 0);
		assert_int_equal(pop(rig), 1);
		virtq_push(&rig->q, 0, 0);
	}
}

static void flags_say_who_listens(void **state)
{
	struct rig *rig = *state;

	assert_false(virtq_need_signal(&rig->q)); /* nothing happened */
	round_trip(rig, 1);
	assert_true(virtq_need_signal(&rig->q));
	assert_false(virtq_need_signal(&rig->q));
	vring_no_interrupt(&rig->r, true);
	vring_used_event(&rig->r, 1); /* no meaning here */
	round_trip(rig, 1);
	assert_false(virtq_need_signal(&rig->q));

	virtq_kicks_off(&rig->q);
	assert_int_equal(vring_used_flags(&rig->r), 1);
	assert_false(virtq_kicks_on(&rig->q));
	assert_int_equal(vring_used_flags(&rig->r), 0);
	assert_int_equal(vring_avail_event(&rig->r), 0);
	vring_offer(&rig->r, 0);
	assert_true(virtq_kicks_on(&rig->q));
}

static void event_index_says_who_listens(void **state)
{
	static const struct {
		uint16_t start, n, event;
		bool want;
	} t[] = {
		{ 0, 1, 0, true },	{ 0, 1, 1, false },	 { 0, 1, 0xffff, false },
		{ 0, 3, 0, true },	{ 0, 3, 2, true },	 { 0, 3, 3, false },
		{ 5, 1, 4, false },	{ 5, 1, 5, true },	 { 0xfffe, 4, 0xfffe, true },
		{ 0xfffe, 4, 1, true }, { 0xfffe, 4, 2, false }, { 0xffff, 1, 0xffff, true },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		vring_init(&rig->r, &rig->ram, RING, SIZE);
		assert_int_equal(virtq_init(&rig->q, &rig->ram.mem, &rig->r.setup, VIRTQ_EVENT_IDX),
				 0);
		round_trip(rig, t[i].start);
		virtq_need_signal(&rig->q);
		vring_no_interrupt(&rig->r, true); /* no meaning here */
		vring_used_event(&rig->r, t[i].event);
		round_trip(rig, t[i].n);
		assert_int_equal(virtq_need_signal(&rig->q), t[i].want);
		assert_false(virtq_need_signal(&rig->q));
	}
	virtq_kicks_off(&rig->q);
	assert_int_equal(vring_used_flags(&rig->r), 0);
	assert_false(virtq_kicks_on(&rig->q));
	assert_int_equal(vring_avail_event(&rig->r), 0); /* 0xffff + 1 */
	vring_offer(&rig->r, 0);
	assert_true(virtq_kicks_on(&rig->q));
	assert_int_equal(pop(rig), 1);
	assert_false(virtq_kicks_on(&rig->q));
	assert_int_equal(vring_avail_event(&rig->r), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(takes_only_rings_in_ram),
		T(chains_come_and_go),
		T(indirect_chains),
		cmocka_unit_test(hostile_chains),
		T(indirect_only_where_negotiated),
		cmocka_unit_test(hostile_indices),
		T(a_head_is_given_once),
		T(shown_together),
		T(chains_are_snapshots),
		T(long_tables_fill_the_room),
		T(flags_say_who_listens),
		T(event_index_says_who_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
