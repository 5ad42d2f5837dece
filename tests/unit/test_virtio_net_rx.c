// SPDX-License-Identifier: BSD-2-Clause
/* Packets to the guest; the link; resets. */
#include "net_rig.h"

#define MERGE VIRTIO_NET_F_MRG_RXBUF

static const uint8_t no_header[NET_HEADER];

/* A packet from the other end: header of `flags`, then bytes that count up from first. */
static void arrives(uint8_t flags, uint32_t frame, uint8_t first)
{
	static uint8_t buf[NET_PACKET_MAX];

	memset(buf, 0, NET_HEADER);
	buf[0] = flags;
	for (uint32_t i = 0; i < frame; i++)
		buf[NET_HEADER + i] = (uint8_t)(first + i);
	assert_int_equal(send(host.peer[0], buf, NET_HEADER + frame, MSG_DONTWAIT),
			 NET_HEADER + frame);
}

/* The next used elements are buffers in order from i, as long as `len` each, with this packet in them. */
static unsigned expect_packet(unsigned i, uint32_t len, uint32_t frame, uint8_t first)
{
	uint32_t total = NET_HEADER + frame, n = (total + len - 1) / len, id, written;

	for (uint32_t k = 0, at = 0; k < n; k++) {
		const uint8_t *b = buffer(0, (i + k) % RIG_RING_SIZE);
		uint32_t part = MIN(len, total - at);

		assert_true(vring_take(RX, &id, &written));
		assert_int_equal(id, (i + k) % RIG_RING_SIZE);
		assert_int_equal(written, part);
		for (uint32_t x = 0; x < part; x++, at++)
			if (at >= NET_HEADER)
				assert_int_equal(b[x], (uint8_t)(first + at - NET_HEADER));
		assert_int_equal(b[part], 0xee);
	}
	assert_int_equal(get_le16(buffer(0, i) + 10), n);
	return (unsigned)n;
}

static void expect_nothing(void)
{
	uint32_t id, written;

	assert_false(vring_take(RX, &id, &written));
}

static void packets(void **state)
{
	static const uint32_t frames[] = { 14, 60, 1514, 9000, NET_FRAME_MAX };

	(void)state;
	build_net(tap_params(1), 0);
	host.interrupted = true;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		unsigned signals = rig.signals[0];

		offer_buffer(0, NET_HEADER + frames[i]);
		kick_net(0);
		assert_int_equal(vring_used_flags(RX), 1); /* packets are waited for */
		expect_nothing();
		arrives(0, frames[i], 5);
		virtio_rig_run(&rig, 0);
		expect_packet(0, NET_HEADER + frames[i], frames[i], 5);
		assert_int_equal(rig.signals[0], signals + 1);
		assert_int_equal(net.pair[0].events, 0); /* there is no buffer left */
	}
}

/* Nobody reads them before there is a place for them, and then they come in order. */
static void packets_wait_for_buffers(void **state)
{
	(void)state;
	for (unsigned merge = 0; merge < 2; merge++) {
		if (merge)
			virtio_rig_drive(&rig, MERGE);
		else
			build_net(tap_params(1), 0);
		for (unsigned i = 0; i < 10; i++)
			arrives(0, 60, (uint8_t)(10 * i));
		virtio_rig_run(&rig, 0);
		assert_int_equal(net.pair[0].events, 0);
		assert_int_equal(vring_used_flags(RX), 0); /* kicks are wanted */
		for (unsigned i = 0; i < 10; i++) {
			offer_buffer(i, 100);
			if (i % 3 == 2 || i == 9)
				kick_net(0);
		}
		for (unsigned i = 0; i < 10; i++)
			expect_packet(i, 100, 60, (uint8_t)(10 * i));
		expect_nothing();
	}
}

static void merged_buffers(void **state)
{
	static const uint32_t lens[] = { 12, 13, 100, 1526, 5000, NET_PACKET_MAX };

	(void)state;
	build_net(tap_params(1), MERGE);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		uint32_t frame = MIN(lens[i] * 8 + 1, (uint32_t)NET_FRAME_MAX);
		unsigned at = 0;

		virtio_rig_drive(&rig, MERGE);
		for (unsigned b = 0; b < RIG_RING_SIZE; b++)
			offer_buffer(b, lens[i]);
		kick_net(0);
		arrives(0, frame, 1);
		arrives(0, 14, 2);
		virtio_rig_run(&rig, 0);
		at += expect_packet(at, lens[i], frame, 1);
		at += expect_packet(at, lens[i], 14, 2);
		expect_nothing();
		/* those that were in hand are used in order */
		arrives(0, 15, 3);
		virtio_rig_run(&rig, 0);
		expect_packet(at, lens[i], 15, 3);
	}
}

/* Chains of several pieces, and pieces that are not to be written. */
static void pieces(void **state)
{
	uint32_t id, written;
	uint8_t *b;

	(void)state;
	build_net(tap_params(1), MERGE);
	for (unsigned chain = 0; chain < 2; chain++) {
		memset(buffer(0, chain), 0xee, 1000);
		vring_desc(RX, 4 * chain, buffer_gpa(1, 0), 50, DESC_NEXT,
			   (uint16_t)(4 * chain + 1));
		vring_desc(RX, 4 * chain + 1, buffer_gpa(0, chain), 5, DESC_NEXT | DESC_WRITE,
			   (uint16_t)(4 * chain + 2));
		vring_desc(RX, 4 * chain + 2, buffer_gpa(0, chain) + 5, 6, DESC_NEXT | DESC_WRITE,
			   (uint16_t)(4 * chain + 3));
		vring_desc(RX, 4 * chain + 3, buffer_gpa(0, chain) + 11, 30, DESC_WRITE, 0);
		vring_offer(RX, (uint16_t)(4 * chain));
	}
	arrives(0, 60, 0);
	kick_net(0);
	assert_true(vring_take(RX, &id, &written));
	assert_int_equal(id, 0);
	assert_int_equal(written, 41);
	assert_true(vring_take(RX, &id, &written));
	assert_int_equal(id, 4);
	assert_int_equal(written, 72 - 41);
	b = buffer(0, 0);
	assert_int_equal(get_le16(b + 10), 2);
	for (unsigned i = 0; i < 29; i++)
		assert_int_equal(b[12 + i], i);
	b = buffer(0, 1);
	for (unsigned i = 0; i < 31; i++)
		assert_int_equal(b[i], 29 + i);
}

/* A packet is never cut: its rest comes with the next buffers, and the driver sees all of it or nothing. */
static void a_packet_waits_for_its_rest(void **state)
{
	(void)state;
	build_net(tap_params(1), MERGE);
	offer_buffer(0, 100);
	offer_buffer(1, 100);
	arrives(0, 500, 7);
	arrives(0, 20, 8);
	kick_net(0);
	for (unsigned i = 2; i < 6; i++) {
		expect_nothing();
		assert_int_equal(rig.signals[0], 0);
		assert_int_equal(net.pair[0].events, 0);
		offer_buffer(i, 100);
		kick_net(0);
	}
	expect_packet(0, 100, 500, 7);
	expect_nothing();
	offer_buffer(6, 100);
	kick_net(0);
	expect_packet(6, 100, 20, 8);
}

/* What no buffers of the driver's can take is lost, and the next one is not. */
static void packets_that_do_not_fit(void **state)
{
	(void)state;
	build_net(tap_params(1), 0);
	offer_buffer(0, 100);
	arrives(0, 89, 1);
	arrives(0, 88, 2);
	kick_net(0);
	expect_packet(0, 100, 88, 2);
	virtio_rig_drive(&rig, MERGE);
	for (unsigned i = 0; i < RIG_RING_SIZE; i++)
		offer_buffer(i, 100);
	arrives(0, 1600 - 12 + 1, 3);
	arrives(0, 1600 - 12, 4);
	kick_net(0);
	expect_packet(0, 100, 1600 - 12, 4);
	assert_int_equal(link_status(), 1);
}

static void buffers_too_small(void **state)
{
	(void)state;
	build_net(tap_params(1), 0);
	for (uint32_t len = 1; len < NET_HEADER; len++) {
		virtio_rig_drive(&rig, len % 2 ? MERGE : 0);
		offer_buffer(0, len);
		kick_net(0);
		assert_true(net.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	}
	/* to read only */
	virtio_rig_drive(&rig, 0);
	vring_desc(RX, 0, buffer_gpa(0, 0), 100, 0, 0);
	vring_offer(RX, 0);
	kick_net(0);
	assert_true(net.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(net.pair[0].events, 0);
}

/* The other queue is broken: packets that come are nobody's, and the loop does not spin. */
static void a_broken_device_watches_nothing(void **state)
{
	(void)state;
	build_net(tap_params(1), 0);
	offer_buffer(0, 100);
	kick_net(0);
	assert_int_equal(net.pair[0].events, EPOLLIN);
	vring_offer(TX, 0xffff);
	kick_net(1);
	assert_true(net.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	arrives(0, 60, 1);
	virtio_rig_run(&rig, 0);
	assert_int_equal(net.pair[0].events, 0);
	expect_nothing();
}

/* A tap says that a checksum is good; who did not ask must not hear (5.1.6.4.1). */
static void flags_that_were_not_asked_for(void **state)
{
	(void)state;
	build_net(tap_params(1), 0);
	offer_buffer(0, 100);
	arrives(2, 20, 0);
	kick_net(0);
	assert_int_equal(buffer(0, 0)[0], 0);
	virtio_rig_drive(&rig, VIRTIO_NET_F_GUEST_CSUM);
	offer_buffer(0, 100);
	arrives(2, 20, 0);
	kick_net(0);
	assert_int_equal(buffer(0, 0)[0], 2);
}

/* More than a turn's worth, given again at once: others have their turn in between. */
static void turns(void **state)
{
	unsigned got = 0, callbacks = 0;
	uint32_t id, written;

	(void)state;
	build_net(passt_params(), 0);
	for (unsigned i = 0; i < 200; i++) {
		uint8_t frame[4 + 14] = { 0, 0, 0, 14 };

		assert_int_equal(send(host.peer[0], frame, sizeof(frame), 0), sizeof(frame));
	}
	for (unsigned i = 0; i < RIG_RING_SIZE; i++)
		offer_buffer(i, 100);
	virtio_kick(&net.dev, 0);
	for (; got < 200 && callbacks < 1000; callbacks++) {
		assert_int_equal(loop_run_once(&rig.loop, 0), 0);
		while (vring_take(RX, &id, &written)) {
			vring_offer(RX, (uint16_t)id);
			got++;
		}
		virtio_kick(&net.dev, 0);
	}
	assert_int_equal(got, 200);
	assert_true(callbacks > 3);
	expect_nothing();
}

static void a_turn_is_bounded(void **state)
{
	struct vring big;
	unsigned n = 0;
	uint32_t id, written;

	(void)state;
	build_net(passt_params(), 0);
	vring_init(&big, &rig.ram, 0x300000, 256);
	assert_int_equal(virtq_init(&net.dev.queue[0].ring, &rig.ram.mem, &big.setup, 0), 0);
	for (unsigned i = 0; i < 200; i++) {
		uint8_t frame[4 + 14] = { 0, 0, 0, 14 };

		assert_int_equal(send(host.peer[0], frame, sizeof(frame), 0), sizeof(frame));
		vring_desc(&big, i, buffer_gpa(0, 0) + 100 * i, 100, DESC_WRITE, 0);
		vring_offer(&big, (uint16_t)i);
	}
	virtio_kick(&net.dev, 0);
	assert_int_equal(loop_run_once(&rig.loop, 0), 0);
	while (vring_take(&big, &id, &written))
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(rig.signals[0], 1);
	virtio_rig_run(&rig, 0);
	while (vring_take(&big, &id, &written))
		n++;
	assert_int_equal(n, 200);
}

/* ---- the link ---- */

static void expect_link_down(void)
{
	uint32_t id, written;

	assert_int_equal(link_status(), 0);
	assert_int_equal(rig.config_changes, 1);
	assert_int_equal(net.pair[0].events, 0); /* or the loop would spin */
	/* what is sent comes back, and nothing else changes */
	for (unsigned i = 0; i < RIG_RING_SIZE; i++)
		offer_packet(i, no_header, 60, 0);
	kick_net(1);
	for (unsigned i = 0; i < RIG_RING_SIZE; i++)
		assert_true(vring_take(TX, &id, &written));
	assert_int_equal(rig.config_changes, 1);
	assert_true(virtio_running(&net.dev));
	virtio_rig_drive(&rig, MERGE);
	assert_int_equal(link_status(), 0);
	virtio_rig_run(&rig, 0);
	assert_int_equal(net.pair[0].events, 0);
}

static void the_other_end_goes(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 2; kind++) {
		rig.config_changes = 0;
		build_net(kind ? passt_params() : tap_params(1), VIRTIO_NET_F_STATUS);
		offer_buffer(0, 100);
		kick_net(0);
		assert_int_equal(net.pair[0].events, EPOLLIN);
		close_peers();
		virtio_rig_run(&rig, 0);
		expect_link_down();
		virtio_net_fini(&net);
		virtio_fini(&net.dev);
	}
}

/* Found by sending, with no buffer to receive into. */
static void it_goes_unseen(void **state)
{
	(void)state;
	build_net(passt_params(), VIRTIO_NET_F_STATUS);
	close_peers();
	virtio_rig_run(&rig, 0);
	assert_int_equal(link_status(), 1);
	offer_packet(0, no_header, 60, 0);
	kick_net(1);
	rig.ring[1].used_idx++;
	expect_link_down();
}

/* It takes no more, with half a frame on its way, and goes. */
static void it_goes_while_it_is_waited_for(void **state)
{
	(void)state;
	build_net(passt_params(), VIRTIO_NET_F_STATUS);
	host.piece = 10;
	host.write_error = 0;
	offer_packet(0, no_header, 60, 0);
	virtio_kick(&net.dev, 1);
	host.interrupted = false;
	host.write_error = EAGAIN;
	virtio_rig_run(&rig, 0);
	assert_int_equal(net.pair[0].events, EPOLLOUT);
	host.write_error = 0;
	host.piece = 0;
	close_peers();
	virtio_rig_run(&rig, 0);
	rig.ring[1].used_idx = 1;
	expect_link_down();
}

/* ---- reset ---- */

static void a_reset_with_packets_on_their_way(void **state)
{
	uint8_t before[300];

	(void)state;
	build_net(tap_params(1), MERGE);
	/* half a packet is in the buffers */
	offer_buffer(0, 100);
	offer_buffer(1, 100);
	arrives(0, 500, 7);
	kick_net(0);
	virtio_set_status(&net.dev, 0);
	assert_int_equal(net.dev.status, 0);
	assert_int_equal(net.pair[0].events, 0);
	memset(buffer(0, 0), 0x5a, 300);
	memset(before, 0x5a, sizeof(before));
	arrives(0, 60, 9);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&rig, 0);
	assert_memory_equal(buffer(0, 0), before, sizeof(before));
	expect_nothing();
	/* and works again, from the next packet on */
	virtio_rig_drive(&rig, 0);
	offer_buffer(3, 100);
	kick_net(0);
	expect_packet(3, 100, 60, 9);
}

/* A stream is still one behind a reset in the middle of a frame. */
static void a_reset_in_a_frame(void **state)
{
	uint8_t buf[200];
	size_t got = 0;

	(void)state;
	build_net(passt_params(), 0);
	host.piece = 3;
	offer_packet(0, no_header, 60, 1);
	virtio_kick(&net.dev, 1);
	assert_int_equal(loop_run_once(&rig.loop, 0), 0);
	host.write_error = EAGAIN;
	virtio_rig_drive(&rig, 0);
	host.write_error = 0;
	offer_packet(0, no_header, 20, 2);
	for (unsigned i = 0; i < 100 && got < 4 + 60 + 4 + 20; i++) {
		ssize_t n;

		kick_net(1);
		n = __real_recv(host.peer[0], buf + got, sizeof(buf) - got, MSG_DONTWAIT);
		got += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(got, 4 + 60 + 4 + 20);
	assert_int_equal(buf[3], 60);
	assert_int_equal(buf[4], 1);
	assert_int_equal(buf[67], 20);
	assert_int_equal(buf[68], 2);
}

static void ends_while_it_waits(void **state)
{
	(void)state;
	build_net(tap_params(1), MERGE);
	offer_buffer(0, 100);
	kick_net(0);
	assert_int_equal(net.pair[0].events, EPOLLIN);
	virtio_net_fini(&net);
	close_peers();
	virtio_rig_run(&rig, 0);
}

/* epoll refuses: packets wait until the driver kicks again. */
static void the_loop_refuses(void **state)
{
	(void)state;
	build_net(tap_params(1), 0);
	host.calls = 0;
	host.fail_at = 1;
	offer_buffer(0, 100);
	kick_net(0);
	assert_int_equal(net.pair[0].events, 0);
	arrives(0, 60, 1);
	kick_net(0);
	expect_packet(0, 100, 60, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(packets),
		NET_TEST(packets_wait_for_buffers),
		NET_TEST(merged_buffers),
		NET_TEST(pieces),
		NET_TEST(a_packet_waits_for_its_rest),
		NET_TEST(packets_that_do_not_fit),
		NET_TEST(buffers_too_small),
		NET_TEST(a_broken_device_watches_nothing),
		NET_TEST(flags_that_were_not_asked_for),
		NET_TEST(turns),
		NET_TEST(a_turn_is_bounded),
		NET_TEST(the_other_end_goes),
		NET_TEST(it_goes_unseen),
		NET_TEST(it_goes_while_it_is_waited_for),
		NET_TEST(a_reset_with_packets_on_their_way),
		NET_TEST(a_reset_in_a_frame),
		NET_TEST(ends_while_it_waits),
		NET_TEST(the_loop_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
