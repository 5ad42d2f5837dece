// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "test.h"
#include "util.h"

/* A region that writes down its accesses and answers with bytes that say where they come from. */
struct probe {
	struct bus_region region;
	char *trace; /* shared by all probes of a test */
	uint8_t tag;
};

static void note(struct bus_region *r, char kind, uint64_t off, unsigned len)
{
	struct probe *p = container_of(r, struct probe, region);

	assert_true(len && off + len <= r->size && len <= r->width);
	sprintf(p->trace + strlen(p->trace), "%s%c%llx+%u ", r->name, kind, (unsigned long long)off,
		len);
}

static void probe_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	note(r, 'r', off, len);
	for (unsigned i = 0; i < len; i++)
		((uint8_t *)buf)[i] =
			(uint8_t)(container_of(r, struct probe, region)->tag + off + i);
}

static void probe_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct probe *p = container_of(r, struct probe, region);

	note(r, 'w', off, len);
	for (unsigned i = 0; i < len; i++)
		sprintf(p->trace + strlen(p->trace), "%02x", ((const uint8_t *)buf)[i]);
	strcat(p->trace, " ");
}

static const struct bus_ops probe_ops = { .read = probe_read, .write = probe_write };

#define TOP (UINT64_MAX - 0xf) /* base of a region that ends one byte below the end */

struct rig {
	struct bus bus;
	char trace[512];
	struct probe probe[7];
};

static void rig_init(struct rig *rig)
{
	static const struct bus_region regions[] = {
		{ .base = 0x1000, .size = 8, .width = 1, .name = "byte" },
		{ .base = 0x2000, .size = 16, .width = 4, .name = "dword" },
		{ .base = 0x2010, .size = 16, .width = 8, .name = "qword" },
		{ .base = 0xcf8, .size = 4, .width = 4, .name = "pci" },
		{ .base = 0xcf9, .size = 1, .width = 1, .name = "reset" },
		{ .base = TOP, .size = 15, .width = 8, .name = "top" },
	};

	memset(rig, 0, sizeof(*rig));
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		rig->probe[i] = (struct probe){ regions[i], rig->trace, (uint8_t)(i << 4) };
		rig->probe[i].region.ops = &probe_ops;
		assert_int_equal(bus_add(&rig->bus, &rig->probe[i].region), 0);
	}
}

static void cuts_accesses_to_fit(void **state)
{
	static const struct {
		uint64_t addr;
		size_t len;
		const char *trace;
		uint8_t bytes[12];
	} t[] = {
		{ 0x1000, 1, "byter0+1 ", { 0x00 } },
		{ 0x1002, 4, "byter2+1 byter3+1 byter4+1 byter5+1 ", { 2, 3, 4, 5 } },
		{ 0x2000, 4, "dwordr0+4 ", { 0x10, 0x11, 0x12, 0x13 } },
		{ 0x2001, 2, "dwordr1+2 ", { 0x11, 0x12 } },
		{ 0x2001, 3, "dwordr1+2 dwordr3+1 ", { 0x11, 0x12, 0x13 } },
		{ 0x2004,
		  8,
		  "dwordr4+4 dwordr8+4 ",
		  { 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b } },
		/* from one region into the next, and from nothing into one */
		{ 0x200e, 4, "dwordre+2 qwordr0+2 ", { 0x1e, 0x1f, 0x20, 0x21 } },
		{ 0x201c, 8, "qwordrc+4 ", { 0x2c, 0x2d, 0x2e, 0x2f, 0xff, 0xff, 0xff, 0xff } },
		{ 0xffe, 4, "byter0+1 byter1+1 ", { 0xff, 0xff, 0x00, 0x01 } },
		{ 0x3000, 8, "", { 255, 255, 255, 255, 255, 255, 255, 255 } },
		{ 0, 2, "", { 255, 255 } },
		/* the first byte decides between nested regions */
		{ 0xcf8, 4, "pcir0+4 ", { 0x30, 0x31, 0x32, 0x33 } },
		{ 0xcf8, 1, "pcir0+1 ", { 0x30 } },
		{ 0xcf9, 1, "resetr0+1 ", { 0x40 } },
		{ 0xcf9, 2, "resetr0+1 pcir2+1 ", { 0x40, 0x32 } },
		{ 0xcfa, 2, "pcir2+2 ", { 0x32, 0x33 } },
		/* over the end of the address space */
		{ UINT64_MAX - 3,
		  8,
		  "toprc+2 topre+1 ",
		  { 0x5c, 0x5d, 0x5e, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ UINT64_MAX, 4, "", { 255, 255, 255, 255 } },
	};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t buf[13];

		rig_init(&rig);
		memset(buf, 0xa5, sizeof(buf));
		bus_read(&rig.bus, t[i].addr, buf, t[i].len);
		assert_string_equal(rig.trace, t[i].trace);
		assert_memory_equal(buf, t[i].bytes, t[i].len);
		assert_int_equal(buf[t[i].len], 0xa5);
		bus_fini(&rig.bus);
	}
}

static void writes_go_the_same_way(void **state)
{
	static const struct {
		uint64_t addr;
		size_t len;
		const char *trace;
	} t[] = {
		{ 0x1006, 4, "bytew6+1 01 bytew7+1 02 " },
		{ 0x200e, 4, "dwordwe+2 0102 qwordw0+2 0304 " },
		{ 0xcf8, 4, "pciw0+4 01020304 " },
		{ 0xcf9, 1, "resetw0+1 01 " },
		{ 0xffe, 4, "bytew0+1 03 bytew1+1 04 " },
		{ 0x3000, 8, "" },
		{ UINT64_MAX - 3, 8, "topwc+2 0102 topwe+1 03 " },
		{ UINT64_MAX, 8, "" },
	};
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_init(&rig);
		bus_write(&rig.bus, t[i].addr, data, t[i].len);
		assert_string_equal(rig.trace, t[i].trace);
		bus_fini(&rig.bus);
	}
}

static void refuses_bad_regions(void **state)
{
	struct bus_region first = { .base = 0x10, .size = 4, .width = 1 };
	struct bus_region t[] = {
		{ .base = 0x20, .size = 0, .width = 1 },
		{ .base = 0x20, .size = 1, .width = 0 },
		{ .base = UINT64_MAX, .size = 1, .width = 1 },
		{ .base = 0x20, .size = UINT64_MAX, .width = 1 },
		{ .base = 0x10, .size = 1, .width = 1 },
	};
	static const int ret[] = { -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EEXIST };
	struct bus bus = { 0 };

	(void)state;
	assert_int_equal(bus_add(&bus, &first), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(bus_add(&bus, &t[i]), ret[i]);
	assert_int_equal(bus.n, 1);
	bus_fini(&bus);
	bus_fini(&bus);
}

/* More regions than the first allocation holds, added from both ends and removed from the middle. */
static void keeps_order_while_it_changes(void **state)
{
	struct probe probe[41];
	char trace[64] = "";
	struct bus bus = { 0 };
	uint8_t byte;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(probe); i++) {
		unsigned slot = i % 2 ? 100 - i : i;

		probe[i] = (struct probe){ .trace = trace,
					   .tag = (uint8_t)slot,
					   .region = { .base = 0x100 * slot,
						       .size = 0x100,
						       .width = 1,
						       .ops = &probe_ops,
						       .name = "" } };
		assert_int_equal(bus_add(&bus, &probe[i].region), 0);
	}
	for (size_t i = 1; i < bus.n; i++)
		assert_true(bus.region[i - 1]->base < bus.region[i]->base);
	for (unsigned i = 0; i < ARRAY_SIZE(probe); i += 3) {
		bus_remove(&bus, &probe[i].region);
		bus_remove(&bus, &probe[i].region);
	}
	assert_int_equal(bus.n, ARRAY_SIZE(probe) - 14);
	for (unsigned i = 0; i < ARRAY_SIZE(probe); i++) {
		trace[0] = '\0';
		bus_read(&bus, probe[i].region.base, &byte, 1);
		assert_int_equal(byte, i % 3 ? probe[i].tag : 0xff);
	}
	bus_fini(&bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_accesses_to_fit),
		cmocka_unit_test(writes_go_the_same_way),
		cmocka_unit_test(refuses_bad_regions),
		cmocka_unit_test(keeps_order_while_it_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
