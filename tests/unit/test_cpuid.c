// SPDX-License-Identifier: BSD-2-Clause
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpuid.h"
#include "test.h"
#include "util.h"

#define TSC_KHZ 2995200

/* An Intel host and an AMD one, as KVM lists them: some leaves, bits set that do not fit a guest. */
static const struct kvm_cpuid_entry2 intel[] = {
	{ .function = 0, .eax = 0xd },
	{ .function = 1, .eax = 0x306c3, .ebx = 0x07100800, .ecx = 0x01000000, .edx = 0x178bfbff },
	{ .function = 4, .index = 0, .flags = 1, .eax = 0x1c004121, .ebx = 0x1c0003f },
	{ .function = 4, .index = 2, .flags = 1, .eax = 0x1c004143, .ebx = 0x1c0003f },
	{ .function = 4, .index = 3, .flags = 1, .eax = 0x1c03c163, .ebx = 0x3c0003f },
	{ .function = 4, .index = 4, .flags = 1, .eax = 0 },
	{ .function = 7, .flags = 1, .ebx = 0x1234 },
	{ .function = 0xb, .index = 0, .flags = 1, .eax = 1, .ebx = 2, .ecx = 0x100, .edx = 7 },
	{ .function = 0xb, .index = 1, .flags = 1, .eax = 4, .ebx = 8, .ecx = 0x201, .edx = 7 },
	{ .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b },
	{ .function = 0x40000001, .eax = 0x0100007b },
	{ .function = 0x80000000, .eax = 0x80000008 },
	{ .function = 0x80000001, .ecx = 0x23 },
	{ .function = 0x80000008, .eax = 0x3027, .ecx = 0x77 },
};
static const struct kvm_cpuid_entry2 amd[] = {
	{ .function = 0, .eax = 0x10 },
	{ .function = 1, .ebx = 0x0f200800, .ecx = 0x81200000, .edx = 0x078bfbff },
	{ .function = 0x15, .eax = 1, .ebx = 2, .ecx = 3 },
	{ .function = 0x1f, .index = 0, .flags = 1, .eax = 1, .ebx = 2, .ecx = 0x100 },
	{ .function = 0x40000000, .eax = 0x40000011 },
	{ .function = 0x40000010, .eax = 1, .ebx = 2 },
	{ .function = 0x80000000, .eax = 0x8000001f },
	{ .function = 0x80000001, .ecx = 0x1 },
	{ .function = 0x80000007, .edx = 0x100 },
	{ .function = 0x80000008, .eax = 0x3030, .ecx = 0x400f },
	{ .function = 0x8000001d, .index = 0, .flags = 1, .eax = 0x00004121 },
	{ .function = 0x8000001d, .index = 3, .flags = 1, .eax = 0x0003c163 },
	{ .function = 0x8000001e, .eax = 7, .ebx = 0x107, .ecx = 0x3 },
};

struct list {
	struct kvm_cpuid2 *l;
};

/* The list of a host with the room that the header asks for, and no byte more. */
static struct kvm_cpuid2 *build(const struct kvm_cpuid_entry2 *e, size_t n,
				const struct cpuid_params *p)
{
	struct kvm_cpuid2 *l = calloc(1, sizeof(*l) + (n + CPUID_SPARE) * sizeof(*e));

	assert_non_null(l);
	l->nent = (uint32_t)n;
	memcpy(l->entries, e, n * sizeof(*e));
	cpuid_build(l, p);
	assert_true(l->nent <= n + CPUID_SPARE);
	for (unsigned i = 0; i < l->nent; i++)
		for (unsigned k = 0; k < i; k++)
			assert_false(l->entries[i].function == l->entries[k].function &&
				     l->entries[i].index == l->entries[k].index);
	return l;
}

static const struct kvm_cpuid_entry2 *leaf(const struct kvm_cpuid2 *l, uint32_t function,
					   uint32_t index)
{
	for (unsigned i = 0; i < l->nent; i++)
		if (l->entries[i].function == function && l->entries[i].index == index)
			return &l->entries[i];
	return NULL;
}

static void numbers_the_cpus(void **state)
{
	/* logical CPUs and the bits that number them */
	static const struct {
		unsigned cpus, bits, logical;
	} t[] = { { 1, 0, 1 },	   { 2, 1, 2 },	     { 3, 2, 4 },     { 4, 2, 4 },
		  { 5, 3, 8 },	   { 64, 6, 64 },    { 128, 7, 128 }, { 200, 8, 255 },
		  { 256, 8, 255 }, { 1024, 10, 255 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		for (unsigned cpu = 0; cpu < t[i].cpus; cpu += MAX(t[i].cpus - 1, 1u)) {
			const struct cpuid_params p = { cpu, { 1, t[i].cpus, 1 }, TSC_KHZ, true };
			struct kvm_cpuid2 *l = build(intel, ARRAY_SIZE(intel), &p);
			const struct kvm_cpuid_entry2 *e = leaf(l, 1, 0);

			assert_int_equal(e->ebx >> 24, cpu & 0xff);
			assert_int_equal((e->ebx >> 16) & 0xff, t[i].logical);
			assert_int_equal(e->ebx & 0xffff, 0x0800); /* the rest stays */
			assert_int_equal(e->edx, t[i].cpus > 1 ? 0x178bfbff : 0x078bfbff);
			e = leaf(l, 0xb, 0);
			assert_int_equal(e->eax, 0);
			assert_int_equal(e->ebx, 1);
			assert_int_equal(e->ecx, 0x100);
			assert_int_equal(e->edx, cpu);
			assert_int_equal(e->flags, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
			e = leaf(l, 0xb, 1);
			assert_int_equal(e->eax, t[i].bits);
			assert_int_equal(e->ebx, t[i].cpus);
			assert_int_equal(e->ecx, 0x201);
			assert_int_equal(e->edx, cpu);
			e = leaf(l, 0xb, 2);
			assert_int_equal(e->eax | e->ebx, 0);
			assert_int_equal(e->ecx, 2);
			assert_int_equal(e->edx, cpu);
			assert_null(leaf(l, 0xb, 3));
			assert_null(leaf(l, 0x1f, 0)); /* KVM had none */
			free(l);
		}
	}
}

static void sets_features(void **state)
{
	struct cpuid_params p = { 0, { 1, 1, 1 }, TSC_KHZ, true };
	struct kvm_cpuid2 *l = build(intel, ARRAY_SIZE(intel), &p);

	(void)state;
	assert_int_equal(leaf(l, 1, 0)->ecx, 1u << 31 | 1u << 24 | 1u << 21);
	assert_int_equal(leaf(l, 1, 0)->eax, 0x306c3);
	assert_int_equal(leaf(l, 7, 0)->ebx, 0x1234);
	free(l);
	p.tsc_deadline = false;
	l = build(intel, ARRAY_SIZE(intel), &p);
	assert_int_equal(leaf(l, 1, 0)->ecx, 1u << 31 | 1u << 21);
	free(l);
}

/* Caches: private up to level 2, shared by all above. */
static void shares_caches(void **state)
{
	static const struct {
		unsigned cpus;
		uint32_t l1, l3, amd_l3;
	} t[] = {
		{ 1, 0x00000121, 0x00000163, 0x00000163 },
		{ 4, 0x0c000121, 0x0c00c163, 0x0000c163 },
		{ 6, 0x1c000121, 0x1c01c163, 0x0001c163 },
		{ 100, 0xfc000121, 0xfc1fc163, 0x001fc163 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct cpuid_params p = { 0, { 1, t[i].cpus, 1 }, 0, true };
		struct kvm_cpuid2 *l = build(intel, ARRAY_SIZE(intel), &p);

		assert_int_equal(leaf(l, 4, 0)->eax, t[i].l1);
		assert_int_equal(leaf(l, 4, 2)->eax, t[i].l1 + 0x22);
		assert_int_equal(leaf(l, 4, 3)->eax, t[i].l3);
		assert_int_equal(leaf(l, 4, 4)->eax, 0);
		assert_int_equal(leaf(l, 4, 3)->ebx, 0x3c0003f);
		free(l);
		l = build(amd, ARRAY_SIZE(amd), &p);
		assert_int_equal(leaf(l, 0x8000001d, 0)->eax, 0x121);
		assert_int_equal(leaf(l, 0x8000001d, 3)->eax, t[i].amd_l3);
		free(l);
	}
}

static void tells_frequencies(void **state)
{
	const struct cpuid_params p = { 1, { 1, 2, 1 }, TSC_KHZ, true };
	static const struct {
		const struct kvm_cpuid_entry2 *e;
		size_t n;
		uint32_t basic, hv;
	} t[] = { { intel, ARRAY_SIZE(intel), 0x16, 0x40000010 },
		  { amd, ARRAY_SIZE(amd), 0x16, 0x40000011 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct kvm_cpuid2 *l = build(t[i].e, t[i].n, &p);
		const struct kvm_cpuid_entry2 *e = leaf(l, 0x15, 0);

		assert_int_equal(leaf(l, 0, 0)->eax, t[i].basic);
		/* crystal x numerator / denominator is the TSC, to the Hz */
		assert_int_equal((uint64_t)e->ecx * e->ebx / e->eax, TSC_KHZ * 1000ULL);
		assert_int_equal((uint64_t)e->ecx * e->ebx % e->eax, 0);
		assert_int_equal(e->ecx, CPUID_APIC_BUS_KHZ * 1000u);
		assert_int_equal(leaf(l, 0x16, 0)->eax, TSC_KHZ / 1000);
		assert_int_equal(leaf(l, 0x40000000, 0)->eax, t[i].hv);
		assert_int_equal(leaf(l, 0x40000010, 0)->eax, TSC_KHZ);
		assert_int_equal(leaf(l, 0x40000010, 0)->ebx, CPUID_APIC_BUS_KHZ);
		assert_int_equal(leaf(l, 0x80000007, 0)->edx, 0x100);
		free(l);
	}
}

/* No frequency: nothing is invented, and the TSC is not called invariant. */
static void tells_no_frequency_it_has_not(void **state)
{
	const struct cpuid_params p = { 0, { 1, 1, 1 }, 0, true };
	struct kvm_cpuid2 *l = build(intel, ARRAY_SIZE(intel), &p);

	(void)state;
	assert_int_equal(leaf(l, 0, 0)->eax, 0xd);
	assert_null(leaf(l, 0x15, 0));
	assert_null(leaf(l, 0x16, 0));
	assert_null(leaf(l, 0x40000010, 0));
	assert_int_equal(leaf(l, 0x40000000, 0)->eax, 0x40000001);
	assert_int_equal(leaf(l, 0x80000007, 0)->edx, 0);
	free(l);
	l = build(amd, ARRAY_SIZE(amd), &p);
	assert_int_equal(leaf(l, 0x15, 0)->ecx, 3); /* KVM's own stays */
	assert_int_equal(leaf(l, 0x40000010, 0)->eax, 1);
	assert_int_equal(leaf(l, 0x80000007, 0)->edx, 0);
	free(l);
}

static void sets_amd_topology(void **state)
{
	static const struct {
		unsigned cpu, cpus;
		uint32_t legacy, sizes;
	} t[] = { { 0, 1, 1, 0x0400 & 0xf00 }, { 1, 2, 3, 0x1401 }, { 4, 5, 3, 0x3404 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct cpuid_params p = { t[i].cpu, { 1, t[i].cpus, 1 }, TSC_KHZ, true };
		struct kvm_cpuid2 *l = build(amd, ARRAY_SIZE(amd), &p);

		assert_int_equal(leaf(l, 0x80000001, 0)->ecx, t[i].legacy);
		assert_int_equal(leaf(l, 0x80000008, 0)->ecx & 0xf0ff, t[i].sizes & 0xf0ff);
		assert_int_equal(leaf(l, 0x8000001e, 0)->eax, t[i].cpu);
		assert_int_equal(leaf(l, 0x8000001e, 0)->ebx, t[i].cpu);
		assert_int_equal(leaf(l, 0x8000001e, 0)->ecx, 0);
		/* the list had leaf 0x1f: it is rewritten, like 0xb */
		assert_int_equal(leaf(l, 0x1f, 1)->ebx, t[i].cpus);
		assert_int_equal(leaf(l, 0x1f, 0)->edx, t[i].cpu);
		assert_int_equal(leaf(l, 0xb, 1)->ebx, t[i].cpus);
		free(l);
		/* on another list those fields are not touched */
		l = build(intel, ARRAY_SIZE(intel), &p);
		assert_int_equal(leaf(l, 0x80000008, 0)->ecx, 0x77);
		assert_int_equal(leaf(l, 0x80000001, 0)->ecx, 0x21);
		free(l);
	}
}

/* Every topology of up to 255 vCPUs: leaves, ids, and the ids of neighbours agree. */
static void agrees_with_the_topology(const struct topology *t)
{
	unsigned cpus = topology_cpus(t), package = t->cores * t->threads;

	for (unsigned cpu = 0; cpu < cpus; cpu += MAX(cpus / 3, 1u)) {
		const uint32_t id = topology_apic_id(t, cpu);
		const struct cpuid_params p = { id, *t, TSC_KHZ, true };
		struct kvm_cpuid2 *l = build(intel, ARRAY_SIZE(intel), &p);
		const struct kvm_cpuid_entry2 smt = *leaf(l, 0xb, 0), core = *leaf(l, 0xb, 1), *e;

		/* as software takes an id apart: SDM vol. 3A 8.9.3 */
		assert_int_equal(smt.edx, id);
		assert_int_equal(id & ((1u << smt.eax) - 1), cpu % t->threads);
		assert_int_equal((id & ((1u << core.eax) - 1)) >> smt.eax,
				 cpu / t->threads % t->cores);
		assert_int_equal(id >> core.eax, cpu / package);
		assert_int_equal(smt.ebx, t->threads);
		assert_int_equal(core.ebx, package);
		e = leaf(l, 4, 3); /* the last level: the package's */
		assert_int_equal(((e->eax >> 14) & 0xfff) + 1, 1u << core.eax);
		assert_int_equal((e->eax >> 26) + 1, MIN(1u << (core.eax - smt.eax), 64u));
		e = leaf(l, 4, 0); /* the first: a core's */
		assert_int_equal(((e->eax >> 14) & 0xfff) + 1, 1u << smt.eax);
		e = leaf(l, 1, 0);
		assert_int_equal(e->edx >> 28 & 1, package > 1);
		assert_int_equal(e->ebx >> 16 & 0xff, MIN(1u << core.eax, 255u));
		free(l);

		l = build(amd, ARRAY_SIZE(amd), &p);
		e = leaf(l, 0x80000008, 0);
		assert_int_equal((e->ecx & 0xff) + 1, package);
		assert_int_equal(e->ecx >> 12 & 0xf, core.eax);
		e = leaf(l, 0x8000001e, 0);
		assert_int_equal(e->eax, id);
		assert_int_equal(e->ebx & 0xff, cpu / t->threads % t->cores);
		assert_int_equal((e->ebx >> 8 & 0xff) + 1, t->threads);
		assert_int_equal(e->ecx, cpu / package);
		assert_int_equal(leaf(l, 0x80000001, 0)->ecx >> 1 & 1, package > 1);
		assert_int_equal((leaf(l, 0x8000001d, 0)->eax >> 14 & 0xfff) + 1, 1u << smt.eax);
		free(l);
	}
	/* ids ascend, so none is given twice; the last is the highest */
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		assert_true(topology_apic_id(t, cpu) > topology_apic_id(t, cpu - 1));
	assert_int_equal(topology_last_id(t), topology_apic_id(t, cpus - 1));
}

static void follows_every_topology(void **state)
{
	(void)state;
	for (unsigned sockets = 1; sockets <= 255; sockets++)
		for (unsigned cores = 1; sockets * cores <= 255; cores++)
			for (unsigned threads = 1; sockets * cores * threads <= 255; threads++)
				agrees_with_the_topology(
					&(struct topology){ sockets, cores, threads });
}

static void lays_out_ids(void **state)
{
	static const struct {
		struct topology t;
		unsigned cpu;
		uint32_t id;
	} t[] = {
		{ { 1, 1, 1 }, 0, 0 },		{ { 1, 4, 1 }, 3, 3 },
		{ { 2, 2, 2 }, 5, 5 },		{ { 2, 3, 2 }, 6, 8 },
		{ { 2, 3, 2 }, 11, 13 },	{ { 3, 1, 3 }, 8, 10 },
		{ { 1, 5, 3 }, 14, 18 },	{ { 1, 4096, 1 }, 4095, 4095 },
		{ { 4096, 1, 1 }, 4095, 4095 }, { { 4, 65, 3 }, 779, 3 << 9 | 64 << 2 | 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(topology_apic_id(&t[i].t, t[i].cpu), t[i].id);
}

/* Whatever part of a list is missing: no crash, no leaf twice, no entry too many. */
static void takes_any_list(void **state)
{
	struct kvm_cpuid_entry2 some[ARRAY_SIZE(intel) + ARRAY_SIZE(amd)];

	(void)state;
	for (unsigned mask = 0; mask < 1u << ARRAY_SIZE(intel); mask += 7) {
		const struct cpuid_params p = { 1, { 1, 2, 1 }, mask & 1 ? TSC_KHZ : 0, true };
		size_t n = 0;

		for (size_t i = 0; i < ARRAY_SIZE(intel); i++)
			if (mask & 1u << i)
				some[n++] = intel[i];
		free(build(some, n, &p));
		n = 0;
		for (size_t i = 0; i < ARRAY_SIZE(amd); i++)
			if (mask & 1u << i)
				some[n++] = amd[i];
		free(build(some, n, &p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_the_cpus),
		cmocka_unit_test(sets_features),
		cmocka_unit_test(shares_caches),
		cmocka_unit_test(tells_frequencies),
		cmocka_unit_test(tells_no_frequency_it_has_not),
		cmocka_unit_test(sets_amd_topology),
		cmocka_unit_test(follows_every_topology),
		cmocka_unit_test(lays_out_ids),
		cmocka_unit_test(takes_any_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
