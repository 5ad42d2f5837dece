// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_rtc.c - the clock against a host whose time the test decides.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>

#include "dev/rtc.h"
#include "fakes.h"
#include "layout.h"
#include "test.h"
#include "util.h"

#define SEC  1000000LL
#define BASE 1735689599LL /* 2024-12-31 23:59:59 UTC, a Tuesday */

enum { A = 0x0a, B, C, D, CENTURY = 0x32 };
#define UIE   0x10
#define AIE   0x20
#define PIE   0x40
#define SET   0x80
#define IRQF  0x80
#define H24   0x02
#define BIN   0x04
#define RESET 0x70

static int64_t host_us;
static int64_t timer_us; /* -1: off */
static unsigned timer_sets;
static int fail_timerfd, fail_settime;

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	*t = (struct timespec){ host_us / SEC, host_us % SEC * 1000 + 999 };
	return 0;
}

int __real_timerfd_create(int clock, int flags);
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_create(int clock, int flags)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	errno = EMFILE;
	return fail_timerfd ? -1 : __real_timerfd_create(clock, flags);
}

int __real_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	(void)fd;
	(void)old;
	assert_int_equal(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	assert_in_range(new->it_value.tv_nsec, 0, 999999999);
	timer_sets++;
	timer_us = new->it_value.tv_sec *SEC + new->it_value.tv_nsec / 1000;
	if (!timer_us)
		timer_us = -1;
	errno = ECANCELED;
	return fail_settime ? -1 : 0;
}

struct rig {
	pthread_mutex_t lock;
	struct loop loop;
	struct bus pio;
	struct fake_irqchip irq;
	struct rtc rtc;
};

static int setup(void **state)
{
	static struct rig rig;

	rig = (struct rig){ 0 };
	pthread_mutex_init(&rig.lock, NULL);
	fake_irqchip_init(&rig.irq);
	host_us = BASE * SEC + 250000;
	timer_us = -1;
	timer_sets = 0;
	*state = &rig;
	return loop_init(&rig.loop, &rig.lock) ||
	       rtc_init(&rig.rtc, &rig.pio, fake_irq_line(&rig.irq, LAYOUT_GSI_RTC), &rig.loop);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	rtc_fini(&rig->rtc, &rig->pio);
	if (rig->pio.n || rig->rtc.timer.fd != -1)
		return -1;
	bus_fini(&rig->pio);
	loop_fini(&rig->loop);
	return 0;
}

static uint8_t get(struct rig *rig, uint8_t reg)
{
	fake_out(&rig->pio, 0x70, 1, reg);
	return (uint8_t)fake_in(&rig->pio, 0x71, 1);
}

static void put(struct rig *rig, uint8_t reg, uint8_t v)
{
	fake_out(&rig->pio, 0x70, 1, reg);
	fake_out(&rig->pio, 0x71, 1, v);
}

static bool line(const struct rig *rig)
{
	return rig->irq.gsi[LAYOUT_GSI_RTC].level;
}

/* Let time pass up to when the timer goes off, and let it. */
static void expire(struct rig *rig)
{
	const struct itimerspec now = { .it_value.tv_nsec = 1 };

	assert_true(timer_us >= host_us);
	host_us = timer_us;
	timer_us = -1;
	assert_int_equal(__real_timerfd_settime(rig->rtc.timer.fd, 0, &now, NULL), 0);
	assert_int_equal(loop_run_once(&rig->loop, 1000), 0);
}

/* century year month day weekday hour minute second */
static void check_time(struct rig *rig, const char *want)
{
	static const uint8_t reg[] = { CENTURY, 9, 8, 7, 6, 4, 2, 0 };
	char got[3 * ARRAY_SIZE(reg) + 1];

	for (size_t i = 0; i < ARRAY_SIZE(reg); i++)
		snprintf(got + 3 * i, 4, "%02x ", get(rig, reg[i]));
	got[sizeof(got) - 2] = '\0';
	assert_string_equal(got, want);
}

static void put_time(struct rig *rig, const uint8_t v[7])
{
	static const uint8_t reg[] = { CENTURY, 9, 8, 7, 4, 2, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(reg); i++)
		put(rig, reg[i], v[i]);
}

static void time_of_day(void **state)
{
	struct rig *rig = *state;

	check_time(rig, "20 24 12 31 03 23 59 59");
	host_us += SEC - 250000 - 1;
	check_time(rig, "20 24 12 31 03 23 59 59");
	host_us++;
	check_time(rig, "20 25 01 01 04 00 00 00");
	put(rig, B, BIN | H24);
	check_time(rig, "14 19 01 01 04 00 00 00");
	host_us += 13 * 3600 * SEC;
	check_time(rig, "14 19 01 01 04 0d 00 00");
	put(rig, B, BIN);
	check_time(rig, "14 19 01 01 04 81 00 00");
	put(rig, B, 0);
	check_time(rig, "20 25 01 01 04 81 00 00");
	host_us += 11 * 3600 * SEC;
	check_time(rig, "20 25 01 02 05 12 00 00");
	host_us += 12 * 3600 * SEC;
	check_time(rig, "20 25 01 02 05 92 00 00");
}

static void start_state(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, A), 0x26);
	assert_int_equal(get(rig, B), H24);
	assert_int_equal(get(rig, C), 0);
	assert_int_equal(get(rig, D), 0x80);
	assert_int_equal(fake_in(&rig->pio, 0x70, 1), 0xff);
	assert_int_equal(fake_in(&rig->pio, 0x72, 1), 0xff);
	assert_false(line(rig));
	assert_int_equal(timer_sets, 0);
}

static void update_in_progress(void **state)
{
	struct rig *rig = *state;

	host_us = BASE * SEC + SEC - 245;
	assert_int_equal(get(rig, A) & 0x80, 0);
	host_us++;
	assert_int_equal(get(rig, A) & 0x80, 0x80);
	host_us = BASE * SEC + SEC - 1;
	assert_int_equal(get(rig, A) & 0x80, 0x80);
	put(rig, B, SET | H24);
	assert_int_equal(get(rig, A) & 0x80, 0);
	put(rig, B, H24);
	put(rig, A, 0xa6); /* UIP is read-only */
	host_us++;
	assert_int_equal(get(rig, A), 0x26);
}

/* As Linux does it: stop, reset the divider, write, start. The first second is half a one. */
static void guest_sets_the_time(void **state)
{
	static const uint8_t v[] = { 0x19, 0x99, 0x02, 0x28, 0x23, 0x59, 0x58 };
	struct rig *rig = *state;

	put(rig, B, SET | H24 | UIE);
	assert_int_equal(get(rig, B), SET | H24);
	put(rig, A, 0x26 | RESET);
	put_time(rig, v);
	host_us += 5 * SEC;
	check_time(rig, "19 99 02 28 03 23 59 58"); /* the clock stands */
	put(rig, B, H24);
	host_us += 5 * SEC;
	check_time(rig, "19 99 02 28 03 23 59 58");
	put(rig, A, 0x26);
	host_us += SEC / 2 - 1;
	check_time(rig, "19 99 02 28 01 23 59 58");
	host_us++;
	check_time(rig, "19 99 02 28 01 23 59 59");
	host_us += SEC;
	check_time(rig, "19 99 03 01 02 00 00 00");
	/* SET alone keeps the fraction of the second. */
	host_us += 250000;
	put(rig, B, SET | H24);
	put(rig, 0, 0x30);
	host_us += 10 * SEC;
	put(rig, B, H24);
	check_time(rig, "19 99 03 01 02 00 00 30");
	host_us += 749999;
	assert_int_equal(get(rig, 0), 0x30);
	host_us++;
	assert_int_equal(get(rig, 0), 0x31);
	/* Without SET a register is written while the clock runs. */
	put(rig, 4, 0x17);
	check_time(rig, "19 99 03 01 02 17 00 31");
	/* The divider alone: same second, half of it is left. */
	host_us += 900000;
	put(rig, A, 0x26 | RESET);
	put(rig, A, 0x26);
	host_us += 499999;
	assert_int_equal(get(rig, 0), 0x31);
	host_us++;
	assert_int_equal(get(rig, 0), 0x32);
}

static void dates_that_do_not_exist(void **state)
{
	static const struct {
		uint8_t b, v[7];
		const char *reads;
	} t[] = {
		{ H24, { 0x20, 0x23, 0x02, 0x31, 0, 0, 0 }, "20 23 03 03 06 00 00 00" },
		{ H24, { 0x20, 0x24, 0x13, 0x01, 0, 0, 0 }, "20 25 01 01 04 00 00 00" },
		{ H24, { 0x20, 0x24, 0x01, 0x01, 0x24, 0x60, 0x60 }, "20 24 01 02 03 01 01 00" },
		{ H24, { 0x00, 0x00, 0x01, 0x01, 0, 0, 0 }, "00 00 01 01 07 00 00 00" },
		{ H24, { 0x00, 0x00, 0x00, 0x00, 0, 0, 0 }, "99 99 11 30 03 00 00 00" },
		{ H24, { 0x99, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59 }, "99 99 12 31 06 23 59 59" },
		{ H24, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, "66 79 02 18 03 23 47 45" },
		{ H24 | BIN, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, NULL },
		{ BIN, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, NULL },
		{ 0, { 0x20, 0x24, 0x01, 0x01, 0x92, 0, 0 }, "20 24 01 01 02 92 00 00" },
		{ 0, { 0x20, 0x24, 0x01, 0x01, 0x12, 0, 0 }, "20 24 01 01 02 12 00 00" },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		put(rig, B, SET | t[i].b);
		put_time(rig, t[i].v);
		put(rig, B, t[i].b);
		if (t[i].reads)
			check_time(rig, t[i].reads);
		host_us += 86400 * SEC;
		get(rig, 0);
	}
}

static void update_interrupt(void **state)
{
	struct rig *rig = *state;

	put(rig, B, H24 | UIE);
	assert_false(line(rig));
	assert_int_equal(timer_us, (BASE + 1) * SEC);
	expire(rig);
	assert_true(line(rig));
	assert_int_equal(timer_us, -1); /* until the guest has seen it */
	host_us += 10 * SEC;
	assert_int_equal(get(rig, C),
			 IRQF | UIE | PIE | AIE); /* midnight: the alarm of a new clock */
	assert_false(line(rig));
	assert_int_equal(timer_us, (BASE + 12) * SEC);
	assert_int_equal(get(rig, C), 0);
	put(rig, B, H24 | UIE | SET); /* clears UIE too */
	assert_int_equal(timer_us, -1);
	host_us += 10 * SEC;
	assert_int_equal(get(rig, C), PIE);
	put(rig, B, H24);
	assert_int_equal(timer_us, -1);
	/* Flags come up whether or not anyone is interrupted; enabling then interrupts at once. */
	host_us += SEC;
	put(rig, B, H24 | UIE);
	assert_true(line(rig));
	put(rig, B, H24);
	assert_false(line(rig));
	assert_int_equal(get(rig, C) & (IRQF | UIE), UIE);
}

static void alarms(void **state)
{
	static const struct {
		uint8_t hour, min, sec, b;
		int64_t after; /* 2024-12-31 23:59:59; -1: never */
	} t[] = {
		{ 0x00, 0x00, 0x00, H24, 1 },
		{ 0xff, 0xff, 0xff, H24, 1 },
		{ 0xc0, 0xc0, 0x30, H24, 31 },
		{ 0xc0, 0x05, 0xff, H24, 5 * 60 + 1 },
		{ 0xff, 0x05, 0x59, H24, 6 * 60 },
		{ 0x12, 0xff, 0xff, H24, 12 * 3600 + 1 },
		{ 0x23, 0x59, 0x59, H24, 86400 },
		{ 0x23, 0x59, 0x58, H24, 86399 },
		{ 0x24, 0x00, 0x00, H24, -1 },
		{ 0x7f, 0xff, 0xff, H24, -1 },
		{ 0xff, 0x60, 0xff, H24, -1 },
		{ 0xff, 0xff, 0x5a, H24, -1 },
		{ 12, 30, 15, H24 | BIN, 12 * 3600 + 30 * 60 + 16 },
		{ 0x92, 0x00, 0x00, 0, 12 * 3600 + 1 }, /* noon */
		{ 0x12, 0x00, 0x00, 0, 1 },		/* midnight */
		{ 0x81, 0x00, 0x00, 0, 13 * 3600 + 1 },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		host_us = BASE * SEC + 250000;
		get(rig, C);
		put(rig, 5, t[i].hour);
		put(rig, 3, t[i].min);
		put(rig, 1, t[i].sec);
		put(rig, B, t[i].b | AIE);
		assert_int_equal(get(rig, 5), t[i].hour);
		if (t[i].after < 0) {
			assert_int_equal(timer_us, -1);
			host_us += 3 * 86400 * SEC;
			assert_int_equal(get(rig, C) & AIE, 0);
		} else {
			assert_int_equal(timer_us, (BASE + t[i].after) * SEC);
			expire(rig);
			assert_true(line(rig));
			assert_int_equal(get(rig, C) & (IRQF | AIE), IRQF | AIE);
		}
		assert_false(line(rig));
		put(rig, B, t[i].b);
	}
}

/* An alarm is not lost while nobody looks, and is not made up. */
static void alarm_without_interrupt(void **state)
{
	struct rig *rig = *state;

	put(rig, 5, 0x00);
	put(rig, 3, 0x00);
	put(rig, 1, 0x10);
	host_us += 10 * SEC;
	assert_int_equal(get(rig, C) & AIE, 0);
	host_us += SEC;
	assert_int_equal(get(rig, C) & AIE, AIE);
	host_us += 23 * 3600 * SEC;
	assert_int_equal(get(rig, C) & AIE, 0);
	host_us += 3600 * SEC;
	assert_int_equal(get(rig, C) & AIE, AIE);
	assert_int_equal(timer_sets, 0);
}

static void periodic_interrupt(void **state)
{
	static const unsigned hz[16] = { 0,   256, 128, 8192, 4096, 2048, 1024, 512,
					 256, 128, 64,	32,   16,   8,	  4,	2 };
	struct rig *rig = *state;

	for (unsigned rate = 0; rate < 16; rate++) {
		unsigned n = 0;
		int64_t start = host_us + 2 * SEC, last;

		start -= start % SEC;
		host_us = start;
		get(rig, C);
		put(rig, A, (uint8_t)(0x20 | rate));
		put(rig, B, H24 | PIE);
		last = host_us - RTC_SPACING_US;
		if (!rate) {
			assert_int_equal(timer_us, -1);
			continue;
		}
		for (; timer_us <= start + SEC; n++) {
			expire(rig);
			assert_true(host_us - last >= RTC_SPACING_US);
			last = host_us;
			assert_true(line(rig));
			assert_int_equal(get(rig, C) & (IRQF | PIE), IRQF | PIE);
		}
		if (hz[rate] <= 2048)
			assert_int_equal(n, hz[rate]);
		else
			assert_in_range(n, 1640, 2049);
		put(rig, B, H24);
	}
}

/* A guest that changes its mind as fast as it can gets no more expiries. */
static void spacing_is_the_least(void **state)
{
	struct rig *rig = *state;
	int64_t last = 0;

	put(rig, A, 0x23);
	put(rig, B, H24 | PIE);
	for (unsigned i = 0; i < 1000; i++) {
		expire(rig);
		assert_true(host_us - last >= RTC_SPACING_US);
		last = host_us;
		put(rig, B, H24);
		get(rig, C);
		host_us += i % 7;
		put(rig, 0, (uint8_t)(i % 60)); /* and its clock */
		put(rig, B, H24 | PIE | UIE);
		get(rig, C);
	}
}

static void host_clock_steps(void **state)
{
	struct rig *rig = *state;

	put(rig, B, H24 | UIE);
	expire(rig);
	get(rig, C);
	host_us -= 7 * 86400 * SEC; /* back: no events, and the guest sees the new time */
	assert_int_equal(get(rig, C), 0);
	check_time(rig, "20 24 12 25 04 00 00 00");
	assert_int_equal(timer_us, host_us + SEC);
	expire(rig);
	assert_true(line(rig));
	get(rig, C);
	host_us += 3650LL * 86400 * SEC;
	assert_int_equal(get(rig, C) & UIE, UIE);
	assert_int_equal(timer_us, host_us + SEC);
}

static void divider_reset_stops_everything(void **state)
{
	struct rig *rig = *state;

	put(rig, 5, 0xff);
	put(rig, 3, 0xff);
	put(rig, 1, 0xff);
	put(rig, B, H24 | UIE | AIE | PIE);
	assert_int_not_equal(timer_us, -1);
	put(rig, A, 0x66);
	assert_int_equal(timer_us, -1);
	host_us += 100 * SEC;
	assert_int_equal(get(rig, C), 0);
	put(rig, A, 0x26);
	assert_int_not_equal(timer_us, -1);
}

/* CMOS bytes that are no registers are memory; bit 7 of the index does not count. */
static void memory(void **state)
{
	struct rig *rig = *state;

	for (unsigned i = D + 1; i < 256; i++)
		if ((i & 0x7f) > D && (i & 0x7f) != CENTURY)
			put(rig, (uint8_t)i, (uint8_t)(i * 7));
	for (unsigned i = D + 1; i < 128; i++)
		if (i != CENTURY)
			assert_int_equal(get(rig, (uint8_t)i), (uint8_t)((i + 128) * 7));
	put(rig, D, 0);
	put(rig, C, 0xff);
	assert_int_equal(get(rig, D), 0x80);
	assert_int_equal(get(rig, C), 0);
	fake_out(&rig->pio, 0x70, 2, 0x5a0f); /* shutdown byte, in one access */
	assert_int_equal(get(rig, 0x0f), 0x5a);
}

/* Every register and value, at a time that runs: nothing but numbers may come of it. */
static void hostile_guest(void **state)
{
	struct rig *rig = *state;
	uint32_t x = 1;

	for (unsigned i = 0; i < 200000; i++) {
		unsigned port, len;

		x = x * 1664525 + 1013904223;
		port = 0x6e + (x >> 28) % 5;
		len = 1U << (x >> 26) % 3;
		if (x & BIT(25))
			fake_out(&rig->pio, port, len, x >> 3 & (x & BIT(24) ? 0xff0f : 0xffff));
		else
			fake_in(&rig->pio, port, len);
		host_us += x >> 12 & 0xffff;
		if (timer_us != -1 && timer_us <= host_us && x & BIT(23)) {
			timer_us = host_us;
			expire(rig);
		}
	}
	for (unsigned reg = 0; reg < 128; reg++)
		for (unsigned v = 0; v < 256; v++)
			put(rig, (uint8_t)reg, (uint8_t)v);
}

static void host_refuses(void **state)
{
	struct bus_region taken = { .base = LAYOUT_PORT_RTC, .size = 1, .width = 1 };
	struct loop no_loop = { .epoll_fd = -1 };
	struct rig *rig = *state;
	struct bus pio = { 0 };
	struct rtc rtc = { 0 };

	rtc_fini(&rtc, &pio); /* a zeroed one */
	fake_stderr_begin();
	fail_timerfd = 1;
	assert_int_equal(rtc_init(&rtc, &pio, (struct irq_line){ 0 }, &rig->loop), -EMFILE);
	fail_timerfd = 0;
	assert_non_null(strstr(fake_stderr_end(), "RTC: timerfd_create"));
	rtc_fini(&rtc, &pio);
	fake_stderr_begin();
	assert_int_equal(rtc_init(&rtc, &pio, (struct irq_line){ 0 }, &no_loop), -EBADF);
	fake_stderr_end();
	assert_int_equal(rtc.timer.fd, -1);
	assert_int_equal(bus_add(&pio, &taken), 0);
	assert_int_equal(rtc_init(&rtc, &pio, (struct irq_line){ 0 }, &rig->loop), -EEXIST);
	assert_int_equal(rtc.timer.fd, -1);
	bus_fini(&pio);

	fake_stderr_begin();
	fail_settime = 1;
	for (unsigned i = 0; i < 10; i++) {
		put(rig, B, H24 | UIE);
		put(rig, B, H24);
	}
	fail_settime = 0;
	assert_string_equal(fake_stderr_end(),
			    "igdvm: RTC: timerfd_settime: Operation canceled: the guest misses "
			    "interrupts of its clock\n");
}

int main(void)
{
#define RTC_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		RTC_TEST(time_of_day),
		RTC_TEST(start_state),
		RTC_TEST(update_in_progress),
		RTC_TEST(guest_sets_the_time),
		RTC_TEST(dates_that_do_not_exist),
		RTC_TEST(update_interrupt),
		RTC_TEST(alarms),
		RTC_TEST(alarm_without_interrupt),
		RTC_TEST(periodic_interrupt),
		RTC_TEST(spacing_is_the_least),
		RTC_TEST(host_clock_steps),
		RTC_TEST(divider_reset_stops_everything),
		RTC_TEST(memory),
		RTC_TEST(hostile_guest),
		RTC_TEST(host_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
