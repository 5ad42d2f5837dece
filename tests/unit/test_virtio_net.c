// SPDX-License-Identifier: BSD-2-Clause
/*
 * A network card between a driver and a tap or a stream: packets both ways, room that is missing, packets
 * that are wrong, several queues, offloads, the control queue, a host that goes away.
 */
#include <errno.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakes.h"
#include "net_rig.h"
#include "test.h"

static uint8_t packet[NET_PACKET_MAX + 1], frame[NET_FRAME_MAX + 1];

static uint8_t *in(uint32_t at)
{
	return virtio_rig_in(&vm) + at;
}

/* The host has a packet of len bytes, header included. */
static void host_sends(unsigned n, size_t len)
{
	memset(packet, 0, NET_HEADER);
	net_frame(packet + NET_HEADER, len - NET_HEADER);
	assert_int_equal(write(net_host.tap[n], packet, len), (ssize_t)len);
}

static void check_taken(unsigned queue, uint32_t id, uint32_t len)
{
	uint32_t got_id, got_len;

	assert_true(vring_take(&vm.ring[queue], &got_id, &got_len));
	assert_int_equal(got_id, id);
	assert_int_equal(got_len, len);
}

static void check_nothing_taken(unsigned queue)
{
	uint32_t id, len;

	assert_false(vring_take(&vm.ring[queue], &id, &len));
}

static void sends(void **state)
{
	static const uint32_t lens[] = { 14, 60, 1514, 9000, 65000 };
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_build(&p, VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		unsigned signals = vm.signals[1];

		assert_true(net_send(1, lens[i]));
		assert_int_equal(vm.signals[1], signals + 1);
		assert_int_equal(read(net_host.tap[0], packet, sizeof(packet)),
				 NET_HEADER + lens[i]);
		net_frame(frame, lens[i]);
		assert_memory_equal(packet + NET_HEADER, frame, lens[i]);
	}
	/* shorter than a header and an address: lost, and the chain comes back */
	assert_true(net_send(1, 13));
	assert_int_equal(read(net_host.tap[0], packet, sizeof(packet)), -1);
	assert_int_equal(net.dev.status, 0xf);
}

/* What the host does not take waits, in order. */
static void waits_for_the_host(void **state)
{
	const struct virtio_net_params p = tap_params(1);
	unsigned sent = 0, got = 0;
	uint32_t id, len;

	(void)state;
	net_build(&p, 0);
	while (net_send(1, 100 + sent))
		assert_in_range(++sent, 1, 10000);
	assert_in_range(sent, 1, 10000);
	while (read(net_host.tap[0], packet, sizeof(packet)) == NET_HEADER + 100 + got)
		got++;
	assert_int_equal(got, sent);
	virtio_rig_run(&vm, 100);
	assert_true(vring_take(&vm.ring[1], &id, &len));
	assert_int_equal(read(net_host.tap[0], packet, sizeof(packet)), NET_HEADER + 100 + sent);
}

static void receives(void **state)
{
	static const size_t lens[] = { NET_HEADER + 14, NET_HEADER + 1514, 4000 };
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	for (unsigned merge = 0; merge < 2; merge++) {
		if (!merge)
			net_build(&p, 0);
		else
			virtio_rig_drive(&vm, VIRTIO_NET_F_MRG_RXBUF);
		for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
			memset(in(0), 0x55, 8192);
			net_offer(0, 0, 0, 8192);
			virtio_kick(&net.dev, 0);
			host_sends(0, lens[i]);
			virtio_rig_run(&vm, 100);
			check_taken(0, 0, (uint32_t)lens[i]);
			assert_int_equal(get_le16(in(10)), 1);
			assert_memory_equal(in(NET_HEADER), packet + NET_HEADER,
					    lens[i] - NET_HEADER);
			assert_int_equal(in(0)[lens[i]], 0x55);
		}
	}
}

/* A packet in as many buffers as it takes; all of them or none. */
static void merges_buffers(void **state)
{
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_build(&p, VIRTIO_NET_F_MRG_RXBUF);
	for (uint16_t i = 0; i < 2; i++)
		net_offer(0, i, 1000 * i, 1000);
	virtio_kick(&net.dev, 0);
	host_sends(0, 2500);
	host_sends(0, 600);
	virtio_rig_run(&vm, 50);
	check_nothing_taken(0);
	net_offer(0, 2, 2000, 1000);
	net_offer(0, 3, 3000, 1000);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&vm, 50);
	check_taken(0, 0, 1000);
	check_taken(0, 1, 1000);
	check_taken(0, 2, 500);
	check_taken(0, 3, 600);
	assert_int_equal(get_le16(in(10)), 3);
	assert_int_equal(get_le16(in(3010)), 1);
	net_frame(frame, 2500);
	assert_memory_equal(in(NET_HEADER), frame, 2500 - NET_HEADER);
	/* the header in pieces */
	vring_desc(&vm.ring[0], 4, RIG_DATA + MiB, 11, DESC_WRITE | DESC_NEXT, 5);
	vring_desc(&vm.ring[0], 5, RIG_DATA + MiB + 100, 1, DESC_WRITE | DESC_NEXT, 6);
	vring_desc(&vm.ring[0], 6, RIG_DATA + MiB + 200, 20, DESC_WRITE, 0);
	vring_offer(&vm.ring[0], 4);
	net_offer(0, 7, 4000, 1000);
	virtio_kick(&net.dev, 0);
	host_sends(0, 100);
	virtio_rig_run(&vm, 50);
	check_taken(0, 4, 32);
	check_taken(0, 7, 68);
	assert_int_equal(in(0)[10] | in(100)[0] << 8, 2);
}

/* A driver without merged buffers, and one too small: that packet is lost, the next is not. */
static void loses_what_does_not_fit(void **state)
{
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_build(&p, 0);
	net_offer(0, 0, 0, 100);
	net_offer(0, 1, 1000, 2000);
	virtio_kick(&net.dev, 0);
	host_sends(0, 1000);
	host_sends(0, 200);
	virtio_rig_run(&vm, 50);
	check_taken(0, 0, 0);
	check_taken(0, 1, 200);
}

static void needs_reset(void)
{
	assert_true(net.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	virtio_rig_run(&vm, 10);
	virtio_set_status(&net.dev, 0);
	assert_int_equal(net.dev.status, 0);
}

static void breaks_with_the_rules(void **state)
{
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_build(&p, VIRTIO_NET_F_MRG_RXBUF);
	/* for receiving: nothing that could be written */
	vring_desc(&vm.ring[0], 0, RIG_DATA, 100, 0, 0);
	vring_offer(&vm.ring[0], 0);
	virtio_kick(&net.dev, 0);
	host_sends(0, 100);
	virtio_rig_run(&vm, 50);
	needs_reset();
	virtio_rig_drive(&vm, VIRTIO_NET_F_MRG_RXBUF);
	/* a hole, behind a buffer that is right: the packet needs both */
	net_offer(0, 0, 0, 50);
	vring_desc(&vm.ring[0], 1, GUEST_BAR, 100, DESC_WRITE, 0);
	vring_offer(&vm.ring[0], 1);
	virtio_kick(&net.dev, 0);
	host_sends(0, 100);
	virtio_rig_run(&vm, 50);
	needs_reset();
	virtio_rig_drive(&vm, 0);
	vring_desc(&vm.ring[1], 0, GUEST_BAR, 100, 0, 0);
	vring_offer(&vm.ring[1], 0);
	virtio_kick(&net.dev, 1);
	virtio_rig_run(&vm, 50);
	needs_reset();
	/* and it works again */
	virtio_rig_drive(&vm, 0);
	assert_true(net_send(1, 100));
}

static void follows_offloads(void **state)
{
	const struct virtio_net_params p = tap_params(1);
	const uint64_t some = VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4;

	(void)state;
	net_build(&p, some | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO6);
	assert_int_equal(net_host.header_size, 12);
	assert_int_equal(net_host.offloads[0], TUN_F_CSUM | TUN_F_TSO4);
	assert_true(net.dev.offered & VIRTIO_NET_F_HOST_ECN);
	virtio_set_status(&net.dev, 0);
	assert_int_equal(net_host.offloads[0], 0);
	virtio_rig_drive(&vm, VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO6 |
				      VIRTIO_NET_F_GUEST_ECN);
	assert_int_equal(net_host.offloads[0], TUN_F_CSUM | TUN_F_TSO6 | TUN_F_TSO_ECN);
	assert_memory_equal(net.dev.config, ((uint8_t[]){ 2, 1, 0, 0, 0, 0, 1, 0, 1, 0 }), 10);
}

/* One control command: its status, or -1. */
static int control(unsigned queue, const void *command, uint32_t len, uint32_t room)
{
	memcpy(virtio_rig_out(&vm), command, len);
	*in(0) = 0xee;
	if (virtio_rig_request(&vm, queue, len, room) != (room ? 1 : 0))
		return -1;
	return *in(0);
}

static void uses_several_queues(void **state)
{
	const struct virtio_net_params p = tap_params(3);
	const uint64_t features = VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_MQ;

	(void)state;
	net_host.multi_queue = true;
	net_build(&p, features);
	assert_int_equal(net.dev.n_queues, 7);
	assert_int_equal(net_host.n_taps, 3);
	assert_false(net_host.detached[0]);
	assert_true(net_host.detached[1] && net_host.detached[2]);
	/* the rig has rings for the first two pairs: the control queue is driven by hand */
	vring_init(&vm.ring[0], &vm.ram, 0x200000, RIG_RING_SIZE);
	virtio_set_status(&net.dev, 0);
	virtio_set_status(&net.dev, 3);
	virtio_set_features(&net.dev, 0, (uint32_t)features);
	virtio_set_features(&net.dev, 1, (uint32_t)(VIRTIO_F_VERSION_1 >> 32));
	virtio_set_status(&net.dev, 0xb);
	net.dev.queue[6].want = vm.ring[0].setup;
	virtio_enable_queue(&net.dev, 6);
	vring_init(&vm.ring[2], &vm.ram, 0x220000, RIG_RING_SIZE);
	net.dev.queue[2].want = vm.ring[2].setup;
	virtio_enable_queue(&net.dev, 2);
	virtio_set_status(&net.dev, 0xf);
	vm.dev = &net.dev;
	for (unsigned bad = 0; bad < 0x10000; bad += bad < 8 ? 1 : 0x111) {
		const uint8_t c[4] = { 4, 0, (uint8_t)bad, (uint8_t)(bad >> 8) };
		const bool right = bad >= 1 && bad <= 3;

		memcpy(virtio_rig_out(&vm), c, 4);
		vring_desc(&vm.ring[0], 0, RIG_DATA, 4, DESC_NEXT, 1);
		vring_desc(&vm.ring[0], 1, RIG_DATA + MiB, 1, DESC_WRITE, 0);
		vring_offer(&vm.ring[0], 0);
		virtio_kick(&net.dev, 6);
		virtio_rig_run(&vm, 10);
		check_taken(0, 0, 1);
		assert_int_equal(*in(0), right ? 0 : 1);
	}
	assert_false(net_host.detached[1] || net_host.detached[2]);
	/* which is received from */
	net_offer(2, 0, 0, 2000);
	virtio_kick(&net.dev, 2);
	host_sends(1, 500);
	virtio_rig_run(&vm, 50);
	check_taken(2, 0, 500);
}

/* Without MQ the control queue is the third: section 5.1.2. Every class and command, any length. */
static void refuses_commands(void **state)
{
	const struct virtio_net_params p = tap_params(2);
	uint8_t c[4] = { 0 };

	(void)state;
	net_host.multi_queue = true;
	net_build(&p, VIRTIO_NET_F_CTRL_VQ);
	for (unsigned class = 0; class < 256; class += 3)
		for (unsigned command = 0; command < 256; command += class == 3 ? 1 : 51) {
			c[0] = (uint8_t) class;
			c[1] = (uint8_t)command;
			c[2] = 1;
			assert_int_equal(control(2, c, 4, 1), 1);
		}
	for (uint32_t len = 1; len < 4; len++)
		assert_int_equal(control(2, c, len, 1), 1);
	assert_int_equal(control(2, c, 4, 0), 0xee);
	assert_int_equal(net.dev.status, 0xf);
}

/* ---- a stream ---- */

static void put_frame(uint8_t *at, uint32_t len)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(len >> (24 - 8 * i));
	net_frame(at + 4, len);
}

static void speaks_to_a_stream(void **state)
{
	const struct virtio_net_params p = stream_params();
	static uint8_t bytes[4 + 1514 + 4 + 60];

	(void)state;
	net_build(&p, VIRTIO_NET_F_MRG_RXBUF);
	assert_false(net.dev.offered &
		     (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_GUEST_CSUM));
	assert_true(net_send(1, 1514));
	put_frame(frame, 1514);
	assert_int_equal(read(peer, packet, sizeof(packet)), 1518);
	assert_memory_equal(packet, frame, 1518);
	/* two frames, byte by byte; one of no use between them */
	put_frame(bytes, 1514);
	put_frame(bytes + 1518, 60);
	for (uint16_t i = 0; i < 2; i++)
		net_offer(0, i, 4096 * i, 4096);
	virtio_kick(&net.dev, 0);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		if (i == 1518)
			assert_int_equal(write(peer, "\0\0\0\1x\0\0\0\0", 9), 9);
		assert_int_equal(write(peer, bytes + i, 1), 1);
		virtio_rig_run(&vm, 10);
	}
	check_taken(0, 0, NET_HEADER + 1514);
	check_taken(0, 1, NET_HEADER + 60);
	assert_memory_equal(in(NET_HEADER), bytes + 4, 1514);
	assert_memory_equal(in(4096 + NET_HEADER), bytes + 1522, 60);
}

/* More frames than a turn takes, of which the socket says nothing any more. */
static void empties_its_buffer(void **state)
{
	const struct virtio_net_params p = stream_params();
	unsigned sent = 0, got = 0;
	uint8_t bytes[4 + 14];
	uint32_t id, len;

	(void)state;
	net_build(&p, VIRTIO_NET_F_MRG_RXBUF);
	put_frame(bytes, 14);
	while (sent < 200 && write(peer, bytes, sizeof(bytes)) == sizeof(bytes))
		sent++;
	assert_int_equal(sent, 200);
	for (unsigned round = 0; round < 400 && got < sent; round++) {
		net_offer(0, 0, 0, 64);
		virtio_kick(&net.dev, 0);
		virtio_rig_run(&vm, 10);
		while (vring_take(&vm.ring[0], &id, &len))
			got++;
	}
	assert_int_equal(got, sent);
}

static void sends_the_rest_later(void **state)
{
	const struct virtio_net_params p = stream_params();
	unsigned sent = 0;
	size_t got = 0;
	ssize_t n;

	(void)state;
	net_build(&p, 0);
	while (net_send(1, 1514))
		assert_in_range(++sent, 1, 10000);
	/* one is half way, one waits in its ring; all arrive whole */
	for (unsigned idle = 0; idle < 3; idle++) {
		while ((n = read(peer, packet, 1518 - got % 1518)) > 0) {
			net_frame(frame, 1514);
			if (!(got % 1518) && n >= 4)
				assert_memory_equal(packet, "\0\0\x05\xea", 4);
			if (!(got % 1518) && n == 1518)
				assert_memory_equal(packet + 4, frame, 1514);
			got += (size_t)n;
			idle = 0;
		}
		virtio_rig_run(&vm, 20);
	}
	assert_int_equal(got, (sent + 1) * 1518ull);
}

static void check_link_lost(unsigned changes)
{
	const char *log;

	fake_stderr_begin();
	virtio_rig_run(&vm, 100);
	virtio_rig_run(&vm, 10);
	log = fake_stderr_end();
	assert_non_null(strstr(log, net_path));
	assert_non_null(strstr(log, "link goes down"));
	assert_ptr_equal(strchr(log, '\n'), strrchr(log, '\n'));
	assert_int_equal(vm.config_changes, changes);
	assert_int_equal(net.dev.config[6], 0);
	/* the guest goes on; what it sends is lost */
	assert_true(net_send(1, 100));
	assert_int_equal(net.dev.status, 0xf);
}

static void loses_its_link(void **state)
{
	const struct virtio_net_params p = stream_params();

	(void)state;
	net_build(&p, 0);
	net_offer(0, 0, 0, 2000);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&vm, 0);
	close(peer);
	peer = -1;
	check_link_lost(1);
	/* also for the next driver */
	virtio_rig_drive(&vm, 0);
	assert_int_equal(net.dev.config[6], 0);
	assert_true(net_send(1, 100));
	net_offer(0, 0, 0, 2000);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&vm, 10);
	check_nothing_taken(0);
}

static void hears_nonsense(void **state)
{
	const struct virtio_net_params p = stream_params();

	(void)state;
	net_build(&p, 0);
	net_offer(0, 0, 0, 2000);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&vm, 0);
	assert_int_equal(write(peer, "\xff\xff\xff\xff", 4), 4);
	check_link_lost(1);
}

/* ---- the driver goes ---- */

static void is_reset_at_any_time(void **state)
{
	const struct virtio_net_params p = tap_params(1);

	(void)state;
	net_build(&p, 0);
	/* with a packet that waits for room, and one for the host */
	host_sends(0, 100);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&vm, 10);
	while (net_send(1, 60000))
		;
	virtio_set_status(&net.dev, 0);
	virtio_rig_run(&vm, 10);
	while (read(net_host.tap[0], packet, sizeof(packet)) > 0)
		;
	virtio_rig_drive(&vm, 0);
	assert_true(net_send(1, 60));
	assert_int_equal(read(net_host.tap[0], packet, sizeof(packet)), NET_HEADER + 60);
	/* what waited was the old driver's */
	net_offer(0, 0, 0, 2000);
	virtio_kick(&net.dev, 0);
	virtio_rig_run(&vm, 10);
	check_nothing_taken(0);
	host_sends(0, 300);
	virtio_rig_run(&vm, 50);
	check_taken(0, 0, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(sends),
		NET_TEST(waits_for_the_host),
		NET_TEST(receives),
		NET_TEST(merges_buffers),
		NET_TEST(loses_what_does_not_fit),
		NET_TEST(breaks_with_the_rules),
		NET_TEST(follows_offloads),
		NET_TEST(uses_several_queues),
		NET_TEST(refuses_commands),
		NET_TEST(speaks_to_a_stream),
		NET_TEST(empties_its_buffer),
		NET_TEST(sends_the_rest_later),
		NET_TEST(loses_its_link),
		NET_TEST(hears_nonsense),
		NET_TEST(is_reset_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
