// SPDX-License-Identifier: BSD-2-Clause
#include "net_rig.h"

#define OFFLOADS                                                                                   \
	(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 |                   \
	 VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_GUEST_ECN | VIRTIO_NET_F_HOST_TSO4 |               \
	 VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_HOST_ECN)
#define CONTROLS (VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_MAC_ADDR)

static const uint8_t no_header[NET_HEADER];

/* ---- what is told and negotiated ---- */

static void configuration(void **state)
{
	static const uint8_t mac[6] = { 0x02, 1, 2, 3, 4, 5 };
	struct virtio_net_params p = tap_params(1);
	uint8_t made[6];

	(void)state;
	assert_int_equal(virtio_net_init(&net, &p), 0);
	memcpy(made, net.config, sizeof(made));
	assert_int_equal(made[0], 2);
	assert_int_equal(made[5], 0x18);
	assert_int_equal(link_status(), 1);
	assert_int_equal(get_le16(net.config + 8), 1);
	assert_int_equal(net.dev.n_queues, 3);
	assert_true(net.dev.offered & VIRTIO_NET_F_MAC && net.dev.offered & OFFLOADS);
	assert_false(net.dev.offered & VIRTIO_NET_F_MQ);
	virtio_net_fini(&net);
	virtio_net_fini(&net);
	/* the same again; another with another place or end */
	assert_int_equal(virtio_net_init(&net, &p), 0);
	assert_memory_equal(net.config, made, sizeof(made));
	virtio_net_fini(&net);
	p.salt = 0x20;
	assert_int_equal(virtio_net_init(&net, &p), 0);
	assert_memory_not_equal(net.config, made, sizeof(made));
	virtio_net_fini(&net);
	close_peers();
	p = passt_params();
	p.salt = 0x18;
	p.mac = mac;
	assert_int_equal(virtio_net_init(&net, &p), 0);
	assert_memory_equal(net.config, mac, sizeof(mac));
	assert_false(net.dev.offered & OFFLOADS);
	virtio_net_fini(&net);
	p.mac = NULL;
	assert_int_equal(virtio_net_init(&net, &p), 0);
	assert_memory_not_equal(net.config, made, sizeof(made));
	virtio_net_fini(&net);
	p = tap_params(3);
	assert_int_equal(virtio_net_init(&net, &p), 0);
	assert_true(net.dev.offered & VIRTIO_NET_F_MQ);
	assert_int_equal(get_le16(net.config + 8), 3);
	assert_int_equal(net.dev.n_queues, 7);
}

static bool accepts(uint64_t features)
{
	struct virtio_dev *v = &net.dev;

	features |= VIRTIO_F_VERSION_1;
	virtio_set_status(v, 0);
	virtio_set_status(v, 3);
	virtio_set_features(v, 0, (uint32_t)features);
	virtio_set_features(v, 1, (uint32_t)(features >> 32));
	virtio_set_status(v, 0xb);
	return v->status & VIRTIO_STATUS_FEATURES_OK;
}

static void features_need_others(void **state)
{
	static const struct {
		uint64_t bit, need;
	} t[] = {
		{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM },
		{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM },
		{ VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM },
		{ VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM },
		{ VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO6 },
		{ VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 },
		{ VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ },
		{ VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ },
	};

	(void)state;
	build_net(tap_params(2), 0);
	assert_int_equal(host.offloads, 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_false(accepts(t[i].bit));
		assert_true(accepts(t[i].bit | t[i].need));
	}
	assert_false(accepts(BIT(18))); /* receive modes are not there */
	virtio_rig_drive(&rig, OFFLOADS);
	assert_int_equal(host.offloads, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN);
	virtio_rig_drive(&rig, VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO6);
	assert_int_equal(host.offloads, TUN_F_CSUM | TUN_F_TSO6);
	virtio_set_status(&net.dev, 0);
	assert_true(accepts(0));
	host.fail_at = host.calls + 1; /* of the offloads */
	virtio_set_status(&net.dev, 0xf);
	assert_int_equal(net.dev.status, 0xf | VIRTIO_STATUS_NEEDS_RESET);
	virtio_rig_drive(&rig, 0);
}

/* ---- sending ---- */

/* The message at the other end of queue pair i; -1: none. */
static ssize_t sent(unsigned i, uint8_t *buf)
{
	return __real_recv(host.peer[i], buf, NET_PACKET_MAX, MSG_DONTWAIT);
}

static void expect_frame(const uint8_t *buf, uint32_t len, uint8_t first)
{
	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(buf[NET_HEADER + i], (uint8_t)(first + i));
}

/* One packet with this header; true when it went. Either way its chain comes back, unwritten. */
static bool sends(const uint8_t *header, uint32_t len)
{
	static uint8_t buf[NET_PACKET_MAX + 1];
	uint32_t id, written;
	ssize_t got;

	offer_packet(3, header, len, 1);
	kick_net(1);
	assert_true(vring_take(TX, &id, &written));
	assert_int_equal(id, 3);
	assert_int_equal(written, 0);
	got = sent(0, buf);
	if (got < 0)
		return false;
	assert_int_equal(got, NET_HEADER + len);
	expect_frame(buf, len, 1);
	assert_true(buf[0] <= 1);
	assert_int_equal(buf[1], header[1]);
	assert_memory_equal(buf + 2, header + 2, 8);
	assert_int_equal(get_le16(buf + 10), 0);
	return true;
}

static void sizes_of_frames(void **state)
{
	(void)state;
	build_net(tap_params(1), 0);
	assert_true(sends(no_header, 14));
	assert_true(sends(no_header, 60));
	assert_true(sends(no_header, NET_FRAME_MAX));
	assert_false(sends(no_header, 13));
	assert_false(sends(no_header, 0));
	assert_false(sends(no_header, NET_FRAME_MAX + 1));
	assert_true(virtio_running(&net.dev));
	/* not even a header; nothing to read at all */
	for (uint32_t len = 1; len < NET_HEADER; len++)
		assert_int_equal(virtio_rig_request(&rig, 1, len, 0), 0);
	assert_int_equal(virtio_rig_request(&rig, 1, 0, 64), 0);
	assert_true(sends(no_header, 60));
	assert_int_equal(rig.signals[1], 6 + 11 + 1 + 1);
}

/* Every piece may end anywhere. */
static void any_framing(void **state)
{
	static const uint32_t cuts[][3] = { { 1, 1, 1 },   { 11, 1, 1 },  { 12, 60, 1 },
					    { 12, 1, 59 }, { 13, 58, 1 }, { 5, 66, 1 } };
	uint8_t buf[NET_PACKET_MAX];
	uint32_t id, written;

	(void)state;
	build_net(tap_params(1), 0);
	for (size_t t = 0; t < ARRAY_SIZE(cuts); t++) {
		uint32_t at = 0;

		offer_packet(0, no_header, 60, 9);
		for (unsigned i = 0; i < 4; i++) {
			uint32_t len = i < 3 ? MIN(cuts[t][i], 72 - at) : 72 - at;

			vring_desc(TX, i, buffer_gpa(1, 0) + at, len ? len : 1,
				   i < 3 && at + len < 72 ? DESC_NEXT : 0, (uint16_t)(i + 1));
			at += len;
		}
		kick_net(1);
		assert_true(vring_take(TX, &id, &written));
		assert_int_equal(sent(0, buf), 72);
		expect_frame(buf, 60, 9);
	}
}

/* What 5.1.6.2.1 lets a driver say. */
static bool may_say(uint64_t f, const uint8_t *h, uint32_t len)
{
	bool csum = h[0] & 1;

	if (csum && (!(f & VIRTIO_NET_F_CSUM) || get_le16(h + 6) + get_le16(h + 8) + 2u > len))
		return false;
	if (h[1] == 0)
		return true;
	if (h[1] & 0x80 && !(f & VIRTIO_NET_F_HOST_ECN))
		return false;
	if (!csum || !get_le16(h + 4))
		return false;
	return ((h[1] & 0x7f) == 1 && f & VIRTIO_NET_F_HOST_TSO4) ||
	       ((h[1] & 0x7f) == 4 && f & VIRTIO_NET_F_HOST_TSO6);
}

static void hostile_headers(void **state)
{
	static const uint64_t sets[] = {
		0, VIRTIO_NET_F_CSUM, VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4,
		VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_HOST_ECN, OFFLOADS
	};
	static const uint8_t flags[] = { 0, 1, 2, 3, 4, 0x80, 0xff };
	static const uint16_t words[] = { 0, 1, 58, 59, 60, 0x7fff, 0xfffe, 0xffff };
	unsigned went = 0;

	(void)state;
	build_net(tap_params(1), 0);
	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		uint8_t h[NET_HEADER] = { 0 };

		virtio_rig_drive(&rig, sets[s]);
		for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
			for (unsigned gso = 0; gso < 256; gso++) {
				put_le16(h + 4, gso % 3 ? 1400 : 0);
				h[0] = flags[f];
				h[1] = (uint8_t)gso;
				assert_int_equal(sends(h, 60), may_say(sets[s], h, 60));
			}
		for (size_t a = 0; a < ARRAY_SIZE(words); a++)
			for (size_t b = 0; b < ARRAY_SIZE(words); b++) {
				h[0] = 1;
				h[1] = 0;
				put_le16(h + 2, words[a]); /* of no meaning here */
				put_le16(h + 10, words[b]);
				put_le16(h + 6, words[a]);
				put_le16(h + 8, words[b]);
				assert_int_equal(sends(h, 60), may_say(sets[s], h, 60));
				went += may_say(sets[s], h, 60);
			}
	}
	assert_int_equal(went, 4 * 6);
	assert_true(virtio_running(&net.dev));
}

/* The interface is full: the rest waits, in order, and the driver is not asked for kicks. */
static void sending_waits(void **state)
{
	uint8_t buf[NET_PACKET_MAX];
	uint32_t id, written;

	(void)state;
	build_net(tap_params(1), 0);
	host.write_error = EAGAIN;
	for (unsigned i = 0; i < 4; i++)
		offer_packet(i, no_header, 60, (uint8_t)(10 * i));
	kick_net(1);
	assert_true(vring_take(TX, &id, &written)); /* it is kept here */
	assert_false(vring_take(TX, &id, &written));
	assert_int_equal(vring_used_flags(TX), 1);
	assert_int_equal(net.pair[0].events, EPOLLOUT);
	host.write_error = 0;
	virtio_rig_run(&rig, 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(sent(0, buf), 72);
		expect_frame(buf, 60, (uint8_t)(10 * i));
	}
	for (unsigned i = 0; i < 3; i++)
		assert_true(vring_take(TX, &id, &written));
	assert_int_equal(vring_used_flags(TX), 0);
	/* what the interface refuses is lost, and the next one goes */
	host.write_error = EIO;
	offer_packet(5, no_header, 60, 1);
	kick_net(1);
	assert_true(vring_take(TX, &id, &written));
	host.write_error = 0;
	assert_true(sends(no_header, 60));
	assert_int_equal(link_status(), 1);
}

/* More than a turn's worth: others have their turn in between. */
static void turns(void **state)
{
	static uint8_t buf[NET_PACKET_MAX];
	struct vring big;
	uint32_t id, written;
	unsigned n = 0;

	(void)state;
	build_net(tap_params(1), 0);
	vring_init(&big, &rig.ram, 0x300000, 256);
	assert_int_equal(virtq_init(&net.dev.queue[1].ring, &rig.ram.mem, &big.setup, 0), 0);
	for (unsigned i = 0; i < 200; i++) {
		vring_desc(&big, i, buffer_gpa(1, 0), NET_HEADER + 14, 0, 0);
		vring_offer(&big, (uint16_t)i);
	}
	virtio_kick(&net.dev, 1);
	for (unsigned turn = 1; turn <= 4; turn++) {
		assert_int_equal(loop_run_once(&rig.loop, 0), 0);
		while (vring_take(&big, &id, &written))
			n++;
		assert_int_equal(n, MIN(64 * turn, 200u));
		while (sent(0, buf) > 0)
			;
	}
}

/* ---- commands ---- */

static int command(uint8_t class, uint8_t cmd, const void *data, uint32_t len)
{
	uint8_t *out = virtio_rig_out(&rig);

	out[0] = class;
	out[1] = cmd;
	memcpy(out + 2, data, len);
	virtio_rig_in(&rig)[0] = 0x77;
	if (virtio_rig_request(&rig, 2, 2 + len, 1) != 1)
		return -1;
	return virtio_rig_in(&rig)[0];
}

static void every_command(void **state)
{
	uint8_t data[8] = { 0x02, 1, 2, 3, 4, 5, 6, 7 };

	(void)state;
	build_net(tap_params(1), CONTROLS);
	for (unsigned class = 0; class < 256; class ++)
		for (unsigned cmd = 0; cmd < 256; cmd += cmd < 8 ? 1 : 31)
			for (uint32_t len = 0; len <= 8; len++)
				assert_int_equal(command((uint8_t) class, (uint8_t)cmd, data, len),
						 !(class == 1 && cmd == 1 && len == 6));
	assert_memory_equal(net.config, data, 6);
	/* short ones, long ones */
	for (uint32_t len = 1; len < 2; len++)
		assert_int_equal(virtio_rig_request(&rig, 2, len, 1), 1);
	assert_int_equal(virtio_rig_request(&rig, 2, 0, 1), 1);
	assert_int_equal(virtio_rig_in(&rig)[0], 1);
	assert_int_equal(virtio_rig_request(&rig, 2, MiB - 1, 16), 1);
	assert_int_equal(virtio_rig_in(&rig)[0], 1);
	data[0] = 0x03;
	assert_int_equal(command(1, 1, data, 6), 1); /* many cards' */
	assert_int_equal(net.config[0], 2);
	/* gone with the reset */
	virtio_rig_drive(&rig, VIRTIO_NET_F_CTRL_VQ);
	assert_memory_equal(net.config, net.mac, 6);
	data[0] = 0x02;
	assert_int_equal(command(1, 1, data, 6), 1);		 /* not negotiated */
	assert_int_equal(virtio_rig_request(&rig, 2, 8, 0), -1); /* no place for an answer */
	assert_true(net.dev.status & VIRTIO_STATUS_NEEDS_RESET);
	/* no control queue: nobody serves it */
	virtio_rig_drive(&rig, 0);
	vring_desc(CONTROL, 0, RIG_DATA, 8, 0, 0);
	vring_offer(CONTROL, 0);
	kick_net(2);
	assert_true(virtio_running(&net.dev));
}

/* Two pairs; control is queue 4, which the rig has no ring for: it gets the fourth. */
static void several_pairs(void **state)
{
	static const struct {
		uint16_t pairs;
		int want;
	} t[] = { { 2, 0 }, { 2, 0 }, { 0, 1 }, { 3, 1 }, { 0x8000, 1 }, { 0xffff, 1 }, { 1, 0 } };
	uint8_t buf[NET_PACKET_MAX], data[2];
	uint32_t id, written;

	(void)state;
	build_net(tap_params(2), CONTROLS | VIRTIO_NET_F_MQ);
	assert_int_equal(host.attached, 1);
	net.dev.queue[4].ring = net.dev.queue[3].ring;
	net.dev.queue[3].ring = (struct virtq){ 0 };
	/* the second pair waits for its turn */
	vring_desc(&rig.ring[2], 0, buffer_gpa(0, 0), 2048, DESC_WRITE, 0);
	vring_offer(&rig.ring[2], 0);
	assert_int_equal(send(host.peer[1], buffer(1, 0), 72, 0), 72);
	kick_net(2);
	assert_false(vring_take(&rig.ring[2], &id, &written));
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *out = guest_at(&rig.ram, buffer_gpa(2, 0), 8);

		put_le16(data, t[i].pairs);
		memcpy(out, (uint8_t[]){ 4, 0, data[0], data[1], 0x77 }, 5);
		vring_desc(&rig.ring[3], 0, buffer_gpa(2, 0), 4, DESC_NEXT, 1);
		vring_desc(&rig.ring[3], 1, buffer_gpa(2, 0) + 4, 1, DESC_WRITE, 0);
		vring_offer(&rig.ring[3], 0);
		kick_net(4);
		assert_true(vring_take(&rig.ring[3], &id, &written));
		assert_int_equal(out[4], t[i].want);
		assert_int_equal(host.attached, i + 1 < ARRAY_SIZE(t) ? 3 : 1);
	}
	assert_true(vring_take(&rig.ring[2], &id, &written));
	assert_int_equal(written, 72);
	/* without the feature the control queue is the third of all */
	virtio_rig_drive(&rig, CONTROLS);
	assert_int_equal(command(4, 0, (uint8_t[]){ 2, 0 }, 2), 1);
	assert_int_equal(command(1, 1, (uint8_t[]){ 2, 1, 1, 1, 1, 1 }, 6), 0);
	assert_true(sends(no_header, 60));
	assert_int_equal(sent(1, buf), -1);
}

static void a_reset_takes_pairs_back(void **state)
{
	(void)state;
	build_net(tap_params(3), CONTROLS | VIRTIO_NET_F_MQ);
	assert_int_equal(net_set_pairs(&net.net, 3), 0);
	assert_int_equal(host.attached, 7);
	virtio_rig_drive(&rig, 0);
	assert_int_equal(host.attached, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(configuration),   NET_TEST(features_need_others),
		NET_TEST(sizes_of_frames), NET_TEST(any_framing),
		NET_TEST(hostile_headers), NET_TEST(sending_waits),
		NET_TEST(turns),	   NET_TEST(every_command),
		NET_TEST(several_pairs),   NET_TEST(a_reset_takes_pairs_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
