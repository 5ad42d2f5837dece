// SPDX-License-Identifier: BSD-2-Clause
/*
 * A card whose packets the kernel moves: what the kernel is given and gives back, what stays igdvm's, and a
 * kernel that will not.
 */
#include "net_rig.h"

#include <poll.h>
#include <sys/eventfd.h>

#include "fake_vfio.h"
#include "fakes.h"

#define COMMANDS (VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_MAC_ADDR)

static const uint8_t no_header[NET_HEADER];

static struct virtio_net_params vhost_params(enum net_vhost vhost, unsigned pairs)
{
	struct virtio_net_params p = tap_params(pairs);

	p.vhost = vhost;
	return p;
}

static struct fake_vring *ring_of(unsigned q)
{
	return &vhosts.at[q / 2].ring[q % 2];
}

/* Queue q is the kernel's, whole, and connected to its tap. */
static void expect_served(unsigned q)
{
	const struct fake_vring *r = ring_of(q);

	assert_int_equal(r->backend, host.fd[q / 2]);
	assert_int_equal(r->num, RIG_RING_SIZE);
	assert_int_equal(r->base, 0);
	assert_ptr_equal(r->addr.desc_user_addr,
			 guest_at(&rig.ram, rig.ring[q].setup.desc, 16 * RIG_RING_SIZE));
	assert_int_equal(r->kick, net.dev.queue[q].kick_fd);
	assert_int_equal(r->call, virtio_call_fd(&net.dev, q));
}

static void expect_taken_back(unsigned q)
{
	assert_int_equal(ring_of(q)->backend, -1);
	assert_int_equal(ring_of(q)->kick, -1);
	assert_int_equal(ring_of(q)->call, -1);
}

/* Who hears a kick: true when it is left for the kernel. */
static bool kick_is_left(unsigned q)
{
	struct pollfd kick = { .fd = net.dev.queue[q].kick_fd, .events = POLLIN };
	eventfd_t count;
	bool left;

	kick_net(q);
	left = poll(&kick, 1, 0) == 1;
	eventfd_read(kick.fd, &count);
	return left;
}

static bool igdvm_sends(void)
{
	uint8_t buf[NET_PACKET_MAX];
	uint32_t id, written;

	offer_packet(3, no_header, 60, 1);
	kick_net(1);
	return vring_take(TX, &id, &written) &&
	       __real_recv(host.peer[0], buf, sizeof(buf), MSG_DONTWAIT) == NET_HEADER + 60;
}

/* The card and its host's side of the tap: the next one may be built. */
static void tear_down(void)
{
	virtio_net_fini(&net);
	virtio_fini(&net.dev);
	rig.dev = NULL;
	close_peers();
}

static void hands_its_pair_over(void **state)
{
	(void)state;
	for (int wanted = NET_VHOST_AUTO; wanted <= NET_VHOST_ON; wanted++) {
		fake_vhost_init(VIRTIO_NET_F_MRG_RXBUF, host_fails);
		build_net(vhost_params((enum net_vhost)wanted, 1), COMMANDS);
		for (unsigned round = 1; round < 4; round++) {
			assert_int_equal(vhosts.n, 1);
			assert_int_equal(vhosts.at[0].starts, 2 * round);
			assert_int_equal(vhosts.at[0].features,
					 VIRTIO_F_VERSION_1 |
						 (round > 1 ? VIRTIO_NET_F_MRG_RXBUF : 0));
			assert_int_equal(vhosts.at[0].n_regions, 2);
			expect_served(0);
			expect_served(1);
			assert_true(kick_is_left(0) && kick_is_left(1));
			assert_false(kick_is_left(2));
			assert_false(igdvm_sends());
			virtio_set_status(&net.dev, 0);
			assert_int_equal(net.dev.status, 0);
			expect_taken_back(0);
			expect_taken_back(1);
			virtio_rig_drive(&rig, COMMANDS | VIRTIO_NET_F_MRG_RXBUF |
						       VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM);
			assert_int_equal(host.offloads, TUN_F_CSUM);
		}
		tear_down();
	}
}

/* Of several pairs all are the kernel's, used or not: which ones are, the tap is told. */
static void hands_all_pairs_over(void **state)
{
	(void)state;
	build_net(vhost_params(NET_VHOST_ON, 2), COMMANDS | VIRTIO_NET_F_MQ);
	assert_int_equal(vhosts.n, 2);
	for (unsigned q = 0; q < 4; q++) {
		expect_served(q);
		assert_true(kick_is_left(q));
	}
	assert_int_equal(host.attached, 1);
	assert_int_equal(net_set_pairs(&net.net, 2), 0);
	assert_int_equal(host.attached, 3);
	ring_of(3)->call = 7;
	virtio_calls_changed(&net.dev);
	expect_served(3);
	/* a driver that knows of one pair: its control queue is the third of all, and igdvm's */
	virtio_rig_drive(&rig, COMMANDS);
	expect_served(0);
	expect_served(1);
	expect_taken_back(2);
	expect_taken_back(3);
	assert_false(kick_is_left(2));
	memcpy(virtio_rig_out(&rig), (uint8_t[]){ 1, 1, 2, 0, 0, 0, 0, 9 }, 8);
	assert_int_equal(virtio_rig_request(&rig, 2, 8, 1), 1);
	assert_int_equal(virtio_rig_in(&rig)[0], 0);
	assert_int_equal(net.config[5], 9);
}

/* A driver need not set up all queues. */
static void leaves_out_what_has_no_ring(void **state)
{
	(void)state;
	build_net(vhost_params(NET_VHOST_ON, 1), 0);
	virtio_set_status(&net.dev, 0);
	virtio_set_status(&net.dev, 3);
	virtio_set_features(&net.dev, 1, 1);
	virtio_set_status(&net.dev, 0xb);
	net.dev.queue[1].want = rig.ring[1].setup;
	virtio_enable_queue(&net.dev, 1);
	virtio_set_status(&net.dev, 0xf);
	assert_int_equal(net.dev.status, 0xf);
	expect_taken_back(0);
	expect_served(1);
}

static void sees_a_broken_ring(void **state)
{
	(void)state;
	build_net(vhost_params(NET_VHOST_ON, 2), COMMANDS | VIRTIO_NET_F_MQ);
	for (unsigned q = 0; q < 4; q++) {
		eventfd_write(ring_of(q)->err, 1);
		virtio_rig_run(&rig, 0);
		assert_int_equal(net.dev.status, 0xf | VIRTIO_STATUS_NEEDS_RESET);
		virtio_rig_drive(&rig, COMMANDS | VIRTIO_NET_F_MQ);
	}
}

static void auto_does_without(void **state)
{
	static const int errors[] = { ENOENT, EACCES, ENODEV };

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(errors); i++) {
		fake_vhost_init(i < ARRAY_SIZE(errors) ? VIRTIO_NET_F_MRG_RXBUF : 0, host_fails);
		host.vhost_error = i < ARRAY_SIZE(errors) ? errors[i] : 0;
		fake_stderr_begin();
		build_net(vhost_params(NET_VHOST_AUTO, 1), COMMANDS);
		assert_string_equal(fake_stderr_end(), "");
		assert_true(igdvm_sends());
		tear_down();
	}
}

static void off_is_off(void **state)
{
	(void)state;
	build_net(vhost_params(NET_VHOST_OFF, 1), 0);
	assert_true(igdvm_sends());
	tear_down();
	/* passt is no tap */
	build_net(passt_params(), 0);
	assert_int_equal(vhosts.n, 0);
}

static void says_why_not(void **state)
{
	static const struct {
		int err;
		uint64_t knows;
		const char *text;
	} t[] = {
		{ ENOENT, VIRTIO_NET_F_MRG_RXBUF,
		  "--net tap=tap0: /dev/vhost-net: No such file or directory; modprobe vhost_net" },
		{ EACCES, VIRTIO_NET_F_MRG_RXBUF,
		  "--net tap=tap0: /dev/vhost-net: Permission denied; give this user the right" },
		{ 0, 0, "/dev/vhost-net knows too little of virtio" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct virtio_net_params p = vhost_params(NET_VHOST_ON, 1);
		const char *log;

		fake_vhost_init(t[i].knows, host_fails);
		host.vhost_error = t[i].err;
		fake_stderr_begin();
		assert_true(virtio_net_init(&net, &p) < 0);
		log = fake_stderr_end();
		assert_non_null(strstr(log, t[i].text));
		virtio_net_fini(&net);
		close_peers();
	}
}

/* A driver with two pairs, from nothing to nothing. True if the host refused to begin. */
static bool lives(enum net_vhost wanted)
{
	struct virtio_net_params p = vhost_params(wanted, 2);
	bool refused = virtio_net_init(&net, &p) || virtio_rig_attach(&rig, &net.dev);
	bool kernel;

	if (!refused) {
		virtio_set_status(&net.dev, 3);
		virtio_set_features(&net.dev, 0, VIRTIO_NET_F_MQ | VIRTIO_NET_F_CTRL_VQ);
		virtio_set_features(&net.dev, 1, 1);
		virtio_set_status(&net.dev, 0xb);
		for (unsigned q = 0; q < RIG_RINGS; q++) {
			vring_init(&rig.ring[q], &rig.ram, 0x100000 + 64 * KiB * q, RIG_RING_SIZE);
			net.dev.queue[q].want = rig.ring[q].setup;
			virtio_enable_queue(&net.dev, q);
		}
		virtio_set_status(&net.dev, 0xf);
		kernel = vhosts.n == 2 && ring_of(0)->backend >= 0 && ring_of(3)->backend >= 0;
		if (net.dev.status & VIRTIO_STATUS_NEEDS_RESET) {
			assert_false(kernel);
		} else {
			virtio_rig_run(&rig, 0);
			assert_int_equal(igdvm_sends(), !kernel);
			assert_true(kernel || wanted == NET_VHOST_AUTO);
		}
		virtio_set_status(&net.dev, 0);
		assert_int_equal(net.dev.status, 0);
	}
	tear_down();
	return refused;
}

static void survives_failures(void **state)
{
	unsigned fds, refused[2] = { 0 }, silent[2] = { 0 };

	(void)state;
	host.fail_at = 0;
	fds = fake_open_fds();
	for (int wanted = NET_VHOST_AUTO; wanted <= NET_VHOST_ON; wanted++) {
		unsigned n = 0;
		bool failed;

		do {
			const char *log;

			fake_vhost_init(VIRTIO_NET_F_MRG_RXBUF, host_fails);
			host.calls = 0;
			host.fail_at = ++n;
			fake_stderr_begin();
			refused[wanted] += lives((enum net_vhost)wanted);
			log = fake_stderr_end();
			failed = host.calls >= n;
			host.fail_at = 0;
			silent[wanted] += failed && !*log;
			assert_int_equal(fake_open_fds(), fds);
		} while (failed);
		assert_in_range(n, 60, 100);
	}
	/* what the kernel refuses is an error for who wants the kernel only */
	assert_int_equal(refused[NET_VHOST_ON] - refused[NET_VHOST_AUTO], 2 * 3);
	assert_in_range(silent[NET_VHOST_AUTO], 6 + 2 * 2 * 7, 6 + 2 * 2 * 8 + 1);
	assert_int_equal(silent[NET_VHOST_ON], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(hands_its_pair_over),
		NET_TEST(hands_all_pairs_over),
		NET_TEST(leaves_out_what_has_no_ring),
		NET_TEST(sees_a_broken_ring),
		NET_TEST(auto_does_without),
		NET_TEST(off_is_off),
		NET_TEST(says_why_not),
		NET_TEST(survives_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
