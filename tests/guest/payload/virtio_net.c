// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_net.c - frames that come back from the other end as they went, singly and many at once; what a
 * driver must not do; with "gone" on the command line, an end that goes away.
 */
#include "virtio.h"

#define VECTOR	  0x50
#define HEADER	  12
#define FRAME_MAX 1514
#define BUFFER	  2048u
#define FRAMES	  0x2000000ul /* to send */
#define BUFFERS	  0x2100000ul /* to receive into */
#define HOLE	  0xd0000000ul
#define STATUS	  6 /* in the configuration */
#define RX	  0
#define TX	  1
#define ROUNDS	  20

static struct vdev d;
static uint8_t mac[6];

static void start(void)
{
	vdev_start(&d, 2, VECTOR, true);
	equal(vdev_status(&d), S_DRIVER_OK, "status");
	for (unsigned i = 0; i < RING_SIZE; i++) {
		vdev_desc(&d, RX, i, BUFFERS + i * BUFFER, BUFFER, D_WRITE, 0);
		vdev_offer(&d, RX, (uint16_t)i);
	}
	vdev_kick(&d, RX);
}

/* A frame of len bytes, the number n in it, as descriptor i. No kick. */
static void offer_frame(unsigned i, uint16_t type, unsigned len, uint8_t n)
{
	uint8_t *at = (uint8_t *)(FRAMES + i * BUFFER);

	memset(at, 0, HEADER);
	memset(at + HEADER, 0xff, 6); /* to all */
	for (unsigned k = 0; k < 6; k++)
		at[HEADER + 6 + k] = mac[k];
	at[HEADER + 12] = (uint8_t)(type >> 8);
	at[HEADER + 13] = (uint8_t)type;
	for (unsigned k = 14; k < len; k++)
		at[HEADER + k] = (uint8_t)(n + k);
	vdev_desc(&d, TX, i, (uint64_t)at, HEADER + len, 0, 0);
	vdev_offer(&d, TX, (uint16_t)i);
}

/* The next frame of our type, to us, is the one with this number. Its buffer is offered again. */
static bool comes_back(unsigned len, uint8_t n)
{
	for (;;) {
		struct ring *r = &d.ring[RX];
		uint64_t used = r->used + 4 + 8 * (r->used_idx % RING_SIZE);
		uint32_t written, id;
		const uint8_t *at;
		bool ours, same;

		if (!vdev_wait(&d, RX, &written))
			return false;
		id = read32(used);
		at = (const uint8_t *)(BUFFERS + id * BUFFER);
		ours = at[HEADER + 12] == 0x88 && at[HEADER + 13] == 0xb5;
		same = written == HEADER + len && get(at + 10, 2) == 1;
		for (unsigned k = 0; k < 6; k++)
			same = same && at[HEADER + k] == mac[k];
		for (unsigned k = 14; k < len; k++)
			same = same && at[HEADER + k] == (uint8_t)(n + k);
		vdev_offer(&d, RX, (uint16_t)id);
		vdev_kick(&d, RX);
		if (ours) /* the host may have something to say to everybody */
			return same;
	}
}

static bool echoes(unsigned len, uint8_t n)
{
	uint32_t written;

	offer_frame(0, 0x88b5, len, n);
	vdev_kick(&d, TX);
	return vdev_wait(&d, TX, &written) && written == 0 && comes_back(len, n);
}

static void test_many(void)
{
	unsigned back = 0;
	uint32_t written;

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < RING_SIZE / 2; i++)
			offer_frame(i, 0x88b5, 60 + 90 * i, (uint8_t)(round + i));
		vdev_kick(&d, TX);
		for (unsigned i = 0; i < RING_SIZE / 2; i++)
			back += vdev_wait(&d, TX, &written) &&
				comes_back(60 + 90 * i, (uint8_t)(round + i));
	}
	equal(back, ROUNDS * RING_SIZE / 2, "many: frames that came back");
}

/* After any of these it wants a reset, and then works. */
static void test_hostile(void)
{
	static const struct {
		const char *what;
		unsigned ring;
		uint64_t addr;
		uint32_t len;
		uint16_t flags;
	} t[] = {
		{ "send: no length", TX, FRAMES, 0, 0 },
		{ "send: hole", TX, HOLE, 72, 0 },
		{ "send: 4 GiB less one", TX, FRAMES, 0xffffffff, 0 },
		{ "send: wrap", TX, -8ul, 72, 0 },
		{ "send: circle", TX, FRAMES, 72, D_NEXT },
		{ "receive: hole", RX, HOLE, 2048, D_WRITE },
		{ "receive: to read", RX, BUFFERS, 2048, 0 },
		{ "receive: shorter than a header", RX, BUFFERS, 11, D_WRITE },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t begin = rdtsc();

		vdev_start(&d, 2, 0, true);
		vdev_desc(&d, t[i].ring, 0, t[i].addr, t[i].len, t[i].flags, 0);
		vdev_offer(&d, t[i].ring, 0);
		vdev_kick(&d, t[i].ring);
		while (!(vdev_status(&d) & S_NEEDS_RESET) && rdtsc() - begin < 3000000000ull)
			;
		equal(vdev_status(&d), S_DRIVER_OK | S_NEEDS_RESET, "%s: needs reset", t[i].what);
	}
	start();
	report(echoes(60, 3), "works after a reset");
}

/* Headers and lengths that are wrong lose a packet, no more. */
static void test_lost(void)
{
	uint32_t written;

	for (unsigned byte = 0; byte < 10; byte++) {
		offer_frame(0, 0x88b5, 60, 1);
		write8(FRAMES + byte, 0xff);
		vdev_kick(&d, TX);
		report(vdev_wait(&d, TX, &written), "header: byte %u is ff", byte);
	}
	vdev_desc(&d, TX, 0, FRAMES, 5, 0, 0);
	vdev_offer(&d, TX, 0);
	vdev_kick(&d, TX);
	report(vdev_wait(&d, TX, &written), "no whole header");
	equal(vdev_status(&d), S_DRIVER_OK, "status after packets that are lost");
}

static void test_gone(void)
{
	uint64_t begin = rdtsc();
	uint32_t written;

	offer_frame(0, 0x88b6, 60, 0);
	vdev_kick(&d, TX);
	report(vdev_wait(&d, TX, &written), "sent");
	while (read16(d.config + STATUS) && rdtsc() - begin < 3000000000ull)
		;
	equal(read16(d.config + STATUS), 0, "link is down");
	offer_frame(0, 0x88b5, 60, 0);
	vdev_kick(&d, TX);
	report(vdev_wait(&d, TX, &written), "sent to nobody");
	equal(vdev_status(&d), S_DRIVER_OK, "status without a link");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	irq_init();
	if (!vdev_find(&d, VIRTIO_NET)) {
		report(false, "no device");
		return;
	}
	for (unsigned k = 0; k < sizeof(mac); k++)
		mac[k] = read8(d.config + k);
	print("mac %02x:%02x\n", mac[0], mac[5]);
	equal(read16(d.config + STATUS), 1, "link is up");
	start();
	report(echoes(60, 1), "a frame came back");
	report(irq_wait(VECTOR + RX, 1), "interrupt for receiving");
	report(irq_wait(VECTOR + TX, 1), "interrupt for sending");
	report(echoes(FRAME_MAX, 2), "a long frame came back");
	if (command_word("gone")) {
		test_gone();
		return;
	}
	test_many();
	test_hostile();
	test_lost();
	vdev_reset(&d);
}
