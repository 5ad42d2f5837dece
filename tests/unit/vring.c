// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "test.h"
#include "util.h"
#include "vring.h"

void guest_ram_init(struct guest_ram *g)
{
	const struct memmap_params p = { .ram_size = 4 * GiB, .phys_bits = 39 };
	static uint8_t bar[8192] __attribute__((aligned(4096)));
	const struct mem_region r = { .gpa = GUEST_BAR,
				      .size = sizeof(bar),
				      .hva = bar,
				      .kind = MEM_KIND_MMIO,
				      .name = "bar" };

	assert_int_equal(memmap_plan(&g->map, &p), 0);
	assert_int_equal(mem_init(&g->mem, &g->map), 0);
	assert_int_equal(mem_map(&g->mem, &r), 0);
}

void guest_ram_fini(struct guest_ram *g)
{
	mem_fini(&g->mem);
}

void *guest_at(struct guest_ram *g, uint64_t gpa, uint64_t len)
{
	void *at = mem_at(&g->mem, gpa, len);

	assert_non_null(at);
	return at;
}

void vring_init(struct vring *r, struct guest_ram *g, uint64_t gpa, uint16_t size)
{
	const uint64_t avail = gpa + 16ul * size, used = ALIGN_UP(avail + 6 + 2ul * size, 4);
	const uint64_t end = used + 6 + 8ul * size;

	*r = (struct vring){ .ram = g, .setup = { size, gpa, avail, used } };
	memset(guest_at(g, gpa, end - gpa), 0, end - gpa);
}

void vring_table(struct vring *r, uint64_t table, unsigned i, uint64_t addr, uint32_t len,
		 uint16_t flags, uint16_t next)
{
	uint8_t *d = guest_at(r->ram, table + 16ul * i, 16);

	put_le64(d, addr);
	put_le32(d + 8, len);
	put_le16(d + 12, flags);
	put_le16(d + 14, next);
}

void vring_desc(struct vring *r, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next)
{
	vring_table(r, r->setup.desc, i, addr, len, flags, next);
}

static uint8_t *avail_at(struct vring *r, unsigned off)
{
	return guest_at(r->ram, r->setup.avail + off, 2);
}

static uint8_t *used_at(struct vring *r, unsigned off)
{
	return guest_at(r->ram, r->setup.used + off, 2);
}

void vring_set_avail_idx(struct vring *r, uint16_t idx)
{
	r->avail_idx = idx;
	put_le16(avail_at(r, 2), idx);
}

void vring_offer(struct vring *r, uint16_t head)
{
	put_le16(avail_at(r, 4 + 2u * (r->avail_idx % r->setup.size)), head);
	vring_set_avail_idx(r, (uint16_t)(r->avail_idx + 1));
}

void vring_no_interrupt(struct vring *r, bool on)
{
	put_le16(avail_at(r, 0), on);
}

void vring_used_event(struct vring *r, uint16_t event)
{
	put_le16(avail_at(r, 4 + 2u * r->setup.size), event);
}

uint16_t vring_avail_event(struct vring *r)
{
	return get_le16(used_at(r, 4 + 8u * r->setup.size));
}

uint16_t vring_used_flags(struct vring *r)
{
	return get_le16(used_at(r, 0));
}

bool vring_take(struct vring *r, uint32_t *id, uint32_t *len)
{
	const uint8_t *e = used_at(r, 4 + 8u * (r->used_idx % r->setup.size));

	if (get_le16(used_at(r, 2)) == r->used_idx)
		return false;
	*id = get_le32(e);
	*len = get_le32(e + 4);
	r->used_idx++;
	return true;
}
