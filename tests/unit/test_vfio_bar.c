// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the BARs of an assigned device may be: above 4 GiB, in I/O space, elsewhere a moment later;
 * and that other vCPUs find them there.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"

static const struct mem_region *slot_at(const struct vfio_rig *rig, uint64_t gpa)
{
	for (size_t i = 0; i < rig->mem.n; i++)
		if (rig->mem.region[i].gpa == gpa)
			return &rig->mem.region[i];
	return NULL;
}

/* BAR2, 64 bits wide, of 4 GiB: there is no room below. */
static void lies_above_4_gib(void **state)
{
	struct vfio_rig *rig = *state;
	uint64_t high, at;

	munmap(rig->dev.bytes[2], MiB);
	rig->dev.bytes[2] = NULL;
	fake_vfio_region(&rig->dev, 2, 4 * GiB);
	rig->dev.dev.region[2].area[0] = (struct vfio_area){ 0, 2 * GiB };
	rig->dev.dev.region[2].area[1] = (struct vfio_area){ 3 * GiB, GiB };
	rig->dev.dev.region[2].n_areas = 2;
	vfio_rig_start(rig);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	cfg_wr(rig, PCI_COMMAND, 2, 3);
	at = cfg_rd(rig, 0x18, 4) | (uint64_t)cfg_rd(rig, 0x1c, 4) << 32;
	assert_int_equal(at & 0xf, 0xc);
	at &= ~0xfULL;
	high = memmap_find(&rig->map, MEM_PCI64)->gpa;
	assert_true(at >= high && at >= 4 * GiB && IS_ALIGNED(at, 4 * GiB));
	/* the others stay below */
	assert_int_equal(cfg_rd(rig, 0x14, 4), 0);
	for (unsigned round = 0; round < 3; round++) {
		const struct mem_region *r = slot_at(rig, at), *r2 = slot_at(rig, at + 3 * GiB);

		assert_true(r && r->size == 2 * GiB && r->hva == rig->dev.bytes[2]);
		assert_true(r2 && r2->size == GiB && r2->hva == rig->dev.bytes[2] + 3 * GiB);
		/* what is between them is trapped */
		put_le32(rig->dev.bytes[2] + 2 * GiB + 0x1234, 0x5a5a0000 + round);
		assert_int_equal(fake_in(&rig->mmio, at + 2 * GiB + 0x1234, 4), 0x5a5a0000 + round);
		/* one half after the other, lower or upper first; then both matter at once */
		at += 4 * GiB;
		cfg_wr(rig, round & 1 ? 0x18 : 0x1c, 4, (uint32_t)(round & 1 ? at : at >> 32));
		cfg_wr(rig, round & 1 ? 0x1c : 0x18, 4, (uint32_t)(round & 1 ? at >> 32 : at));
		assert_null(slot_at(rig, at - 4 * GiB));
	}
	/* below 4 GiB is no window as large, and behind the last address is nothing */
	cfg_wr(rig, 0x1c, 4, 0);
	assert_false(rig->v.pci.bar[2].mapped);
	cfg_wr(rig, 0x1c, 4, 0xffffffff);
	assert_false(rig->v.pci.bar[2].mapped);
	assert_int_equal(rig->listener.breaches, 0);
}

/* Ports: any width, at the new place at once, and never at a memory address. */
static void has_ports(void **state)
{
	struct vfio_rig *rig = *state;

	vfio_rig_start(rig);
	vfio_rig_enable_bars(rig);
	for (unsigned i = 0; i < 64; i++)
		rig->dev.bytes[4][i] = (uint8_t)(0x40 + i);
	for (unsigned port = 0x2000; port < 0x10000; port += 0x1fc0) {
		cfg_wr(rig, 0x20, 4, port);
		for (unsigned len = 1; len <= 4; len *= 2)
			for (unsigned off = 0; off + len <= 64; off++)
				assert_int_equal(fake_in(&rig->pio, port + off, len),
						 (uint32_t)get_le(rig->dev.bytes[4] + off, len));
		fake_out(&rig->pio, port + 4, 2, 0xabcd);
		assert_int_equal(get_le32(rig->dev.bytes[4] + 4), 0x4746abcd);
		fake_out(&rig->pio, port + 4, 2, 0x4544);
		/* the end of it is the end of an access, too */
		assert_int_equal(fake_in(&rig->pio, port + 62, 4), 0xffff7f7e);
		assert_int_equal(fake_in(&rig->mmio, port, 4), 0xffffffff);
	}
	cfg_wr(rig, PCI_COMMAND, 2, 2);
	assert_int_equal(rig->pio.n, 2);
}

/* ---- other vCPUs ---- */

struct looker {
	struct vfio_rig *rig;
	atomic_bool stop;
	unsigned looks, wrong;
};

/* What an exit does: under the device lock. Everything that is said of a BAR must agree then. */
static void look(struct looker *l, uint64_t addr)
{
	struct vfio_rig *rig = l->rig;
	const struct pci_bar *bar = rig->v.pci.bar;
	bool hit;

	pthread_mutex_lock(&rig->lock);
	hit = bar[5].mapped && addr >= bar[5].gpa && addr - bar[5].gpa < bar[5].size;
	l->wrong += fake_in(&rig->mmio, addr, 4) != (hit ? 0x600dcafe : 0xffffffff);
	l->wrong += bar[2].mapped != !!slot_at(rig, bar[2].gpa);
	l->wrong += rig->mem.n != rig->listener.n;
	l->looks++;
	pthread_mutex_unlock(&rig->lock);
}

static void *look_around(void *arg)
{
	struct looker *l = arg;

	for (unsigned i = 0; !atomic_load(&l->stop); i++)
		look(l, LOW + 4 * MiB + i % 4 * 0x1000);
	return NULL;
}

static void moves_under_the_eyes_of_others(void **state)
{
	struct vfio_rig *rig = *state;
	struct looker l[2] = { { .rig = rig }, { .rig = rig } };
	pthread_t thread[2];
	unsigned move = 0;

	vfio_rig_start(rig);
	vfio_rig_enable_bars(rig);
	put_le32(rig->dev.bytes[5], 0x600dcafe);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, look_around, &l[i]), 0);
	for (bool enough = false; !enough; move++) {
		pthread_mutex_lock(&rig->lock);
		enough = move >= 500 && l[0].looks >= 100 && l[1].looks >= 100;
		cfg_wr(rig, 0x24, 4, LOW + 4 * MiB + move % 4 * 0x1000);
		cfg_wr(rig, 0x18, 4, LOW + (8 + move % 8) * (uint32_t)MiB);
		if (move % 16 == 0)
			cfg_wr(rig, PCI_COMMAND, 2, move % 32 ? 3 : 1);
		pthread_mutex_unlock(&rig->lock);
		sched_yield();
	}
	for (unsigned i = 0; i < 2; i++) {
		atomic_store(&l[i].stop, true);
		pthread_join(thread[i], NULL);
		assert_int_equal(l[i].wrong, 0);
	}
	assert_int_equal(rig->listener.breaches, 0);
	/* the host's mappings were made once */
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_MAP, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(lies_above_4_gib),
		VFIO_TEST(has_ports),
		VFIO_TEST(moves_under_the_eyes_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
