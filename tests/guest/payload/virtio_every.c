// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_every.c - any virtio device, every queue of it: chains that break a rule, then nonsense.
 * A device refuses what it looks at, never gives it back, and can be reset. The command line names the
 * kinds; the guest has 512 MiB.
 */
#include "virtio.h"

#define SCRATCH	  0x4000000ul /* for chains */
#define DATA	  0x5000000ul /* for what they hold */
#define DATA_SIZE (512 * KiB)
#define RAM_END	  (512 * MiB)
/* TSC cycles: the host may be busy; a queue may be looked at only when there is something for it */
#define PATIENCE    6000000000ull
#define IMPATIENCE  30000000ull
#define ROUNDS	    60
#define F_CTRL_VQ   (1u << 17) /* of a network card */
#define F_REPORTING (1u << 5)  /* of a balloon */

struct kind {
	const char *name;
	unsigned type;
	uint32_t features; /* for all queues to be in use */
	bool mortal; /* served by a process that may end of what it gets; then features are refused */
};

static const struct kind kinds[] = {
	{ "net", VIRTIO_NET, F_CTRL_VQ, false },
	{ "blk", VIRTIO_BLK, 0, false },
	{ "console", VIRTIO_CONSOLE, 0, false },
	{ "rng", VIRTIO_RNG, 0, false },
	{ "balloon", VIRTIO_BALLOON, F_REPORTING, false },
	{ "input", VIRTIO_INPUT, 0, false },
	{ "vsock", VIRTIO_VSOCK, 0, false },
	{ "fs", VIRTIO_FS, 0, true },
};

static const struct kind *kind;
static struct vdev d;

static uint32_t random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static unsigned queues(void)
{
	unsigned n = read16(d.common + C_NUM_QUEUES);

	return n < RINGS_MAX ? n : RINGS_MAX;
}

static bool negotiate(uint32_t features)
{
	bool taken = vdev_negotiate(&d, features) == 0xb;

	vdev_rings(&d, queues());
	return taken;
}

/* ---- chains that break a rule ---- */

static bool wants_reset(uint64_t patience)
{
	uint64_t begin = rdtsc();

	while (!(vdev_status(&d) & S_NEEDS_RESET))
		if (rdtsc() - begin > patience)
			return false;
	return true;
}

static void break_rules(unsigned q)
{
	unsigned refused = 0, ignored = 0, wrong = 0;

	for (unsigned i = 0;; i++) {
		wrong += !negotiate(kind->features) && !kind->mortal;
		if (!vdev_offer_broken(&d, q, i, SCRATCH))
			break;
		write8(d.common + C_STATUS, S_DRIVER_OK);
		vdev_kick(&d, q);
		if (wants_reset(ignored ? IMPATIENCE : PATIENCE))
			refused++;
		else
			ignored++;
		wrong += read16(d.ring[q].used + 2) != 0;
		vdev_reset(&d);
		wrong += vdev_status(&d) != 0;
	}
	print("%s queue %u: %u refused, %u ignored\n", kind->name, q, refused, ignored);
	equal(wrong, 0, "%s queue %u: nothing comes back, and it can be reset", kind->name, q);
}

/* ---- nonsense ---- */

/*
 * What devices read numbers from: small ones, sectors. A balloon's are page numbers, of data or of nobody:
 * it takes what it is told, and this program needs its own.
 */
static void fill(uint64_t gpa)
{
	for (unsigned i = 0; i < 64; i += 4) {
		uint32_t v = random();

		if (kind->type != VIRTIO_BALLOON)
			v = v % 4 ? v : random() % 64;
		else if (v % 4)
			v = (uint32_t)(DATA >> 12) + random() % (DATA_SIZE >> 12);
		else
			v |= RAM_END >> 12;
		write32(gpa + i, v);
	}
}

static uint64_t some_address(void)
{
	static const uint64_t others[] = { 0xa0000000, LAYOUT_LAPIC, RAM_END, -16ul };
	uint64_t at = DATA + random() % (DATA_SIZE - 128 * KiB);

	if (!(random() % 64))
		at = others[random() % ARRAY_SIZE(others)];
	return kind->type == VIRTIO_BALLOON ? at & ~3ul : at;
}

static uint32_t some_length(void)
{
	static const uint32_t lengths[] = { 1, 4, 8, 12, 16, 24, 44, 512, 1526, 4096, 65536 };

	if (random() % 64 == 0)
		return random();
	return lengths[random() % ARRAY_SIZE(lengths)];
}

static void some_chain(unsigned q)
{
	unsigned first = random() % RING_SIZE, n = 1 + random() % 5, writable = random() % (n + 1);

	for (unsigned i = 0; i < n; i++) {
		uint64_t at = some_address();
		uint16_t flags = (i + 1 < n ? D_NEXT : 0) | (i >= writable ? D_WRITE : 0);

		if (at < RAM_END)
			fill(at);
		if (random() % 64 == 0)
			flags = (uint16_t)random();
		vdev_desc(&d, q, (first + i) % RING_SIZE, at, some_length(), flags,
			  (uint16_t)((first + i + 1) % RING_SIZE));
	}
	vdev_offer(&d, q, (uint16_t)(random() % 64 ? first : random()));
}

static void some_round(void)
{
	unsigned n = queues(), kicks = 1 + random() % 8;

	while (kicks--) {
		unsigned q = random() % n;

		for (unsigned chains = 1 + random() % 3; chains; chains--)
			some_chain(q);
		vdev_kick(&d, q);
		for (unsigned wait = random() % 4096; wait; wait--)
			__asm__ volatile("pause");
		if (random() % 16 == 0)
			write32(d.config + random() % 64 / 4 * 4, random());
		if (random() % 16 == 0)
			write16(d.notify + d.multiplier * (random() % 64), (uint16_t)random());
		if (random() % 32 == 0)
			write16(d.ring[q].avail + 2, (uint16_t)random());
	}
}

static void talk_nonsense(void)
{
	unsigned wrong = 0, taken = 0;

	for (unsigned i = 0; i < DATA_SIZE; i += 8)
		write64(DATA + i, -1ul);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t offered, wanted;

		write32(d.common + C_FEATURE_SELECT, 0);
		offered = read32(d.common + C_FEATURE);
		/* what one feature needs another for is the device's to know */
		wanted = random() % 2 ? offered : offered & random();
		if (negotiate(wanted))
			taken++;
		else
			wrong += !negotiate(0) && !kind->mortal;
		write8(d.common + C_STATUS, S_DRIVER_OK);
		some_round();
		vdev_reset(&d);
		wrong += vdev_status(&d) != 0;
	}
	if (!kind->mortal)
		report(taken > 0, "%s: its own features are taken", kind->name);
	equal(wrong, 0, "%s: nonsense does no harm", kind->name);
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		if (!command_word(kind->name))
			continue;
		if (!vdev_find(&d, kind->type)) {
			report(false, "%s: no device", kind->name);
			continue;
		}
		for (unsigned q = 0; q < queues(); q++)
			break_rules(q);
		talk_nonsense();
	}
}
