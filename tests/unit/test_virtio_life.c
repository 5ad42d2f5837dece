// SPDX-License-Identifier: BSD-2-Clause
/* What happens while a driver uses the device: kicks, interrupts, window, config, reset, broken queues. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "test.h"

#include "virtio_pci_rig.h"

#define ISR	 VIRTIO_PCI_ISR
#define TABLE(n) (VIRTIO_PCI_MSIX_TABLE + 16 * (n))
#define PIN	 (pci_gsi(3, 1))

/* This eventfd(), or epoll_ctl() that adds, fails. */
static unsigned calls, fail_at;

static bool fails(void)
{
	errno = EMFILE;
	return ++calls == fail_at;
}

int __real_eventfd(unsigned initval, int flags);
int __wrap_eventfd(unsigned initval, int flags);
int __wrap_eventfd(unsigned initval, int flags)
{
	return fails() ? -1 : __real_eventfd(initval, flags);
}

int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	return op == EPOLL_CTL_ADD && fails() ? -1 : __real_epoll_ctl(epfd, op, fd, ev);
}

/* ---- kicks ---- */

static void kicks_by_kvm(void **state)
{
	static const uint32_t bars[] = { TOY_BAR, TOY_BAR + VIRTIO_PCI_BAR_SIZE,
					 TOY_BAR + 0x100000 };
	struct virtio_pci_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bars); i++) {
		set_cfg(rig, PCI_BAR0, 4, bars[i]);
		assert_int_equal(rig->kicks.n, TOY_QUEUES);
		for (unsigned n = 0; n < TOY_QUEUES; n++) {
			assert_int_equal(rig->kicks.at[n].gpa, bars[i] + VIRTIO_PCI_NOTIFY + 4 * n);
			assert_int_equal(rig->kicks.at[n].fd, rig->toy.dev.queue[n].kick_fd);
		}
	}
	set_cfg(rig, PCI_COMMAND, 2, 0);
	assert_int_equal(rig->kicks.n, 0);
	set_cfg(rig, PCI_BAR0, 4, TOY_BAR);
	set_cfg(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);

	drive(rig, 0);
	memset(rig->toy.kicks, 0, sizeof(rig->toy.kicks));
	eventfd_write(rig->toy.dev.queue[1].kick_fd, 1);
	rig_run(rig);
	assert_int_equal(rig->toy.kicks[0], 0);
	assert_int_equal(rig->toy.kicks[1], 1);
}

static void kicks_by_hand(void **state)
{
	struct virtio_pci_rig *rig = *state;

	set_cfg(rig, PCI_COMMAND, 2, 0);
	rig->kicks.refuse = -ENOSPC;
	set_cfg(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	drive(rig, 0);
	for (unsigned n = 0; n < TOY_QUEUES; n++)
		assert_true(use(rig, n));
}

static void kicks_out_of_time(void **state)
{
	struct virtio_pci_rig *rig = *state;

	for (unsigned n = 0; n < 2 * TOY_QUEUES; n++)
		wr(rig, VIRTIO_PCI_NOTIFY + 4 * n, 2, n);
	negotiate(rig, 0);
	vring_init(&rig->ring[0], &rig->ram, 0x100000, TOY_SIZE);
	enable(rig, 0, &rig->ring[0].setup);
	assert_false(use(rig, 0));
	assert_int_equal(rig->toy.kicks[0], 0);
	/* what was offered too early is found at DRIVER_OK */
	wr(rig, STATUS, 1, 0xf);
	rig_run(rig);
	assert_int_equal(rig->toy.served, 1);
	wr(rig, STATUS, 1, 0);
	rig->toy.kicks[0] = 0;
	wr(rig, VIRTIO_PCI_NOTIFY, 2, 0);
	rig_run(rig);
	assert_int_equal(rig->toy.kicks[0], 0);
}

/* ---- interrupts ---- */

static bool pin(struct virtio_pci_rig *rig)
{
	return rig->chip.gsi[PIN].level;
}

static void interrupt_pin(void **state)
{
	struct virtio_pci_rig *rig = *state;

	drive(rig, 0);
	assert_false(pin(rig));
	assert_true(use(rig, 0));
	assert_true(pin(rig));
	assert_true(cfg(rig, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	virtio_config_changed(&rig->toy.dev);
	assert_int_equal(rd(rig, ISR, 1), 3);
	assert_false(pin(rig));
	assert_false(cfg(rig, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	assert_int_equal(rd(rig, ISR, 4), 0);
	assert_true(use(rig, 2));
	assert_int_equal(rd(rig, ISR, 4), 1);
	wr(rig, ISR, 1, 0xff);
	assert_int_equal(rd(rig, ISR, 1), 0);

	vring_no_interrupt(&rig->ring[0], true);
	assert_true(use(rig, 0));
	assert_false(pin(rig));
	vring_no_interrupt(&rig->ring[0], false);
	set_cfg(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
	assert_true(use(rig, 0));
	assert_false(pin(rig));
	assert_true(cfg(rig, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	set_cfg(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_true(pin(rig));
	wr(rig, STATUS, 1, 0);
	assert_false(pin(rig));
	assert_int_equal(rd(rig, ISR, 1), 0);
}

/* 03.0 and 0b.0 have one input of the interrupt controller. */
static void shared_pin(void **state)
{
	struct virtio_pci_rig *rig = *state;

	assert_int_equal(pci_gsi(0x0b, 1), PIN);
	assert_int_equal(toy_init(rig, &rig->other, DEVFN(0x0b, 0)), 0);
	drive(rig, 0);
	assert_true(use(rig, 0));
	pci_intx(&rig->bus, &rig->other.pci.pci, true);
	assert_int_equal(rd(rig, ISR, 1), 1);
	assert_true(pin(rig)); /* the other one's */
	pci_intx(&rig->bus, &rig->other.pci.pci, false);
	assert_false(pin(rig));
	pci_intx(&rig->bus, &rig->other.pci.pci, true);
	pci_remove(&rig->bus, &rig->other.pci.pci);
	assert_false(pin(rig));
	virtio_pci_fini(&rig->other.pci);
	/* 04.0 has another */
	assert_int_equal(toy_init(rig, &rig->other, DEVFN(4, 0)), 0);
	pci_intx(&rig->bus, &rig->other.pci.pci, true);
	assert_true(use(rig, 0));
	assert_int_equal(rd(rig, ISR, 1), 1);
	assert_false(pin(rig));
}

static void message(struct virtio_pci_rig *rig, unsigned vector, uint32_t data)
{
	wr(rig, TABLE(vector), 4, 0xfee00000);
	wr(rig, TABLE(vector) + 4, 4, 0);
	wr(rig, TABLE(vector) + 8, 4, data);
	wr(rig, TABLE(vector) + 12, 4, 0);
}

static void set_msix(struct virtio_pci_rig *rig, bool on)
{
	set_cfg(rig, VIRTIO_PCI_CAP_MSIX + 2, 2, on ? 0x8000 : 0);
}

/* Signals on the descriptor that stands for the message with this data. */
static uint64_t signals(struct virtio_pci_rig *rig, uint32_t data)
{
	eventfd_t n = 0;

	for (unsigned i = LAYOUT_GSI_MSI; i < FAKE_GSIS; i++)
		if (rig->chip.gsi[i].routed && rig->chip.gsi[i].data == data &&
		    rig->chip.gsi[i].fd >= 0)
			eventfd_read(rig->chip.gsi[i].fd, &n);
	return n;
}

static void vector_messages(void **state)
{
	struct virtio_pci_rig *rig = *state;

	drive(rig, 0);
	set_msix(rig, true);
	for (unsigned v = 0; v <= TOY_QUEUES; v++)
		message(rig, v, 0x40 + v);
	assert_true(use(rig, 0)); /* no vector, no interrupt */
	for (unsigned v = 0; v <= TOY_QUEUES; v++)
		assert_int_equal(signals(rig, 0x40 + v), 0);
	wr(rig, CONFIG_VECTOR, 2, 0);
	for (unsigned n = 0; n < TOY_QUEUES; n++) {
		wr(rig, QUEUE_SELECT, 2, n);
		wr(rig, QUEUE_VECTOR, 2, n + 1);
	}
	for (unsigned n = 0; n < TOY_QUEUES; n++) {
		assert_true(use(rig, n));
		for (unsigned v = 0; v <= TOY_QUEUES; v++)
			assert_int_equal(signals(rig, 0x40 + v), v == n + 1);
	}
	virtio_config_changed(&rig->toy.dev);
	assert_int_equal(signals(rig, 0x40), 1);
	assert_false(pin(rig));
	assert_int_equal(rd(rig, ISR, 1), 0);
	set_msix(rig, false);
	assert_true(use(rig, 0));
	assert_true(pin(rig));
}

static void where_others_signal(void **state)
{
	struct virtio_pci_rig *rig = *state;
	int fd;

	drive(rig, 0);
	fd = virtio_call_fd(&rig->toy.dev, 0);
	eventfd_write(fd, 1);
	rig_run(rig);
	assert_true(pin(rig));
	assert_int_equal(rd(rig, ISR, 1), 1);

	assert_int_equal(rig->toy.calls, 0);
	set_msix(rig, true);
	assert_true(rig->toy.calls > 0);
	message(rig, 2, 0x42);
	assert_int_equal(virtio_call_fd(&rig->toy.dev, 1), -1);
	rig->toy.calls = 0;
	wr(rig, QUEUE_SELECT, 2, 1);
	wr(rig, QUEUE_VECTOR, 2, 2);
	assert_true(rig->toy.calls > 0);
	eventfd_write(virtio_call_fd(&rig->toy.dev, 1), 1);
	assert_int_equal(signals(rig, 0x42), 1);
	/* a late one of a device that was reset is nobody's */
	set_msix(rig, false);
	wr(rig, STATUS, 1, 0);
	eventfd_write(fd, 1);
	rig_run(rig);
	assert_false(pin(rig));
}

/* ---- the window in config space ---- */

static void window(struct virtio_pci_rig *rig, uint8_t bar, uint32_t off, uint32_t len)
{
	set_cfg(rig, VIRTIO_PCI_CAP_WINDOW + 4, 1, bar);
	set_cfg(rig, VIRTIO_PCI_CAP_WINDOW + 8, 4, off);
	set_cfg(rig, VIRTIO_PCI_CAP_WINDOW + 12, 4, len);
}

static void config_space_window(void **state)
{
	static const struct {
		uint8_t bar;
		uint32_t off, len;
	} bad[] = {
		{ 0, STATUS, 0 },
		{ 0, STATUS, 3 },
		{ 0, STATUS, 8 },
		{ 1, STATUS, 1 },
		{ 5, STATUS, 1 },
		{ 255, STATUS, 1 },
		{ 0, STATUS - 1, 2 },
		{ 0, STATUS - 2, 4 },
		{ 0, STATUS, 0x80000001 },
		{ 0, -4u, 4 },
		{ 0, VIRTIO_PCI_BAR_SIZE, 1 },
		{ 0, 0xffffffff, 1 },
		{ 0, 0x80000000, 4 },
		{ 0, VIRTIO_PCI_BAR_SIZE, 4 },
	};
	const unsigned data = VIRTIO_PCI_CAP_WINDOW + 16;
	struct virtio_pci_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		window(rig, bad[i].bar, bad[i].off, bad[i].len);
		set_cfg(rig, data, 4, 0x03030303);
		assert_int_equal(cfg(rig, data, 4), 0x03030303);
		assert_int_equal(rd(rig, STATUS, 1), 0);
	}
	for (unsigned len = 1; len <= 4; len *= 2) {
		window(rig, 0, WANTED, len);
		set_cfg(rig, data, len, 0x08);
		assert_int_equal(cfg(rig, data, len), 0x08);
	}
	window(rig, 0, STATUS, 1);
	set_cfg(rig, data, 1, 3);
	assert_int_equal(rd(rig, STATUS, 1), 3);
	drive(rig, 0);
	assert_true(use(rig, 0));
	/* reading the ISR takes it, through here too, and only by a read of the data */
	window(rig, 0, ISR, 1);
	assert_true(pin(rig));
	assert_int_equal(cfg(rig, data, 1), 1);
	assert_false(pin(rig));
	assert_int_equal(cfg(rig, data, 1), 0);
}

/* ---- device configuration ---- */

static void device_configuration(void **state)
{
	struct virtio_pci_rig *rig = *state;

	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(rd(rig, VIRTIO_PCI_CONFIG + i, 1), i < TOY_CONFIG ? 0xc0 + i : 0);
	assert_int_equal(rd(rig, VIRTIO_PCI_CONFIG + 8, 4), 0xc9c8);
	wr(rig, VIRTIO_PCI_CONFIG + 8, 4, 0x44332211); /* cut at the end */
	assert_int_equal(rd(rig, VIRTIO_PCI_CONFIG + 8, 4), 0x2211);
	assert_int_equal(rig->toy.writes, 1);
	wr(rig, VIRTIO_PCI_CONFIG + TOY_CONFIG, 4, 1);
	wr(rig, VIRTIO_PCI_CONFIG + 0xffc, 4, 1);
	assert_int_equal(rig->toy.writes, 1);
	assert_int_equal(rd(rig, GENERATION, 1), 0);
	virtio_config_changed(&rig->toy.dev);
	assert_int_equal(rd(rig, GENERATION, 1), 1);
	assert_int_equal(rd(rig, ISR, 1), 0); /* no driver yet */
}

/* ---- reset, and drivers that break the rules ---- */

static void slow_reset(void **state)
{
	struct virtio_pci_rig *rig = *state;

	drive(rig, 0);
	rig->toy.slow_reset = true;
	wr(rig, STATUS, 1, 0);
	assert_int_equal(rd(rig, STATUS, 1), 0xf);
	for (unsigned off = 0; off < COMMON_SIZE; off++)
		wr(rig, off, 1, 1);
	assert_int_equal(rd(rig, QUEUE_SELECT, 2), TOY_QUEUES - 1);
	assert_int_equal(rig->toy.calls, 0);
	wr(rig, STATUS, 1, 0);
	wr(rig, VIRTIO_PCI_CONFIG, 1, 1);
	assert_int_equal(rig->toy.writes, 0);
	assert_false(use(rig, 0));
	assert_int_equal(rig->toy.resets, 1);
	assert_int_equal(rd(rig, STATUS, 1), 0xf);
	virtio_reset_done(&rig->toy.dev);
	virtio_reset_done(&rig->toy.dev);
	assert_int_equal(rd(rig, STATUS, 1), 0);
	assert_int_equal(rd(rig, QUEUE_SELECT, 2), 0);
	assert_int_equal(rd(rig, QUEUE_ENABLE, 2), 0);
	assert_int_equal(rd64(rig, QUEUE_DESC), 0);
	drive(rig, 0);
	assert_true(use(rig, 0));
}

static void broken_until_reset(void **state)
{
	struct virtio_pci_rig *rig = *state;
	unsigned served;

	drive(rig, 0);
	vring_offer(&rig->ring[1], TOY_SIZE);
	wr(rig, VIRTIO_PCI_NOTIFY + 4, 2, 1);
	rig_run(rig);
	assert_int_equal(rd(rig, STATUS, 1), 0x4f);
	assert_int_equal(rd(rig, ISR, 1), 2);
	served = rig->toy.served;
	for (unsigned n = 0; n < TOY_QUEUES; n++)
		assert_false(use(rig, n));
	assert_int_equal(rig->toy.served, served);
	assert_int_equal(rd(rig, ISR, 1), 0);
	virtio_push(&rig->toy.dev, 0, 0, 0); /* one that was on its way */
	assert_false(vring_take(&rig->ring[0], &served, &served));
	assert_int_equal(rd(rig, STATUS, 1), 0x4f);
	drive(rig, 0);
	for (unsigned n = 0; n < TOY_QUEUES; n++)
		assert_true(use(rig, n));
}

static void device_that_cannot_start(void **state)
{
	struct virtio_pci_rig *rig = *state;

	rig->toy.refuse_start = -EIO;
	negotiate(rig, 0);
	wr(rig, STATUS, 1, 0xf);
	assert_int_equal(rd(rig, STATUS, 1), 0x4f);
	assert_int_equal(rd(rig, ISR, 1), 2);
	wr(rig, STATUS, 1, 0);
	assert_int_equal(rig->toy.resets, 0);
	rig->toy.refuse_start = 0;
	drive(rig, 0);
	assert_true(use(rig, 0));
}

/* ---- before the driver ---- */

static void address_is_taken(void **state)
{
	struct virtio_pci_rig *rig = *state;
	const char *text;

	fake_stderr_begin();
	assert_int_equal(toy_init(rig, &rig->other, TOY_DEVFN), -EEXIST);
	text = fake_stderr_end();
	assert_non_null(strstr(text, "03.0 is the toy's already"));
	drive(rig, 0);
	assert_true(use(rig, 0));
}

static void every_host_call_may_fail(void **state)
{
	struct virtio_pci_rig *rig = *state;
	int ret = -1;

	for (fail_at = 1; ret; fail_at++) {
		calls = 0;
		fake_stderr_begin();
		ret = toy_init(rig, &rig->other, DEVFN(4, 0));
		assert_true(!ret == !*fake_stderr_end());
		assert_true(!ret == (rig->bus.dev[DEVFN(4, 0)] != NULL));
	}
	assert_true(fail_at > 2 * TOY_QUEUES + 2);
	fail_at = 0;
	drive(rig, 0);
	assert_true(use(rig, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIRTIO_PCI_TEST(kicks_by_kvm),	       VIRTIO_PCI_TEST(kicks_by_hand),
		VIRTIO_PCI_TEST(kicks_out_of_time),    VIRTIO_PCI_TEST(interrupt_pin),
		VIRTIO_PCI_TEST(shared_pin),	       VIRTIO_PCI_TEST(vector_messages),
		VIRTIO_PCI_TEST(where_others_signal),  VIRTIO_PCI_TEST(config_space_window),
		VIRTIO_PCI_TEST(device_configuration), VIRTIO_PCI_TEST(slow_reset),
		VIRTIO_PCI_TEST(broken_until_reset),   VIRTIO_PCI_TEST(device_that_cannot_start),
		VIRTIO_PCI_TEST(address_is_taken),     VIRTIO_PCI_TEST(every_host_call_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
