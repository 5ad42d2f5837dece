// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/rtc.c - the MC146818's registers over the host's clock.
 * Knows calendar, register formats and when an interrupt is due; does not know who waits for it.
 *
 * Nothing runs while nobody looks: flags of register C are made up from the time that passed, when
 * the guest reads them or the timer expires. The timer runs for an enabled interrupt that is not
 * pending, thus at most once for each time the guest reads register C.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "../layout.h"
#include "../log.h"
#include "../util.h"
#include "rtc.h"

enum {
	REG_SEC = 0x00,
	REG_SEC_ALARM,
	REG_MIN,
	REG_MIN_ALARM,
	REG_HOUR,
	REG_HOUR_ALARM,
	REG_WEEKDAY, /* 1: Sunday */
	REG_DAY,
	REG_MONTH,
	REG_YEAR,
	REG_A,
	REG_B,
	REG_C,
	REG_D,
	REG_CENTURY = LAYOUT_CMOS_CENTURY,
};

#define A_RATE	     GENMASK(3, 0)
#define A_DIVIDER    GENMASK(6, 4)
#define A_DIV_32KHZ  2 /* what a PC's crystal needs */
#define A_DIV_RESET  6 /* and 7: the clock stands */
#define A_UIP	     BIT(7)
#define A_RATE_START 6 /* 1024 Hz, as PC firmware leaves it */

#define B_24H	  BIT(1)
#define B_BINARY  BIT(2)
#define B_UIE	  BIT(4) /* 4..6 enable what is at the same place of register C */
#define B_SET	  BIT(7) /* updates are held off */
#define HOUR_PM	  BIT(7) /* in the hour registers, without B_24H */
#define D_VALID	  BIT(7) /* the battery is good */
#define ALARM_ANY GENMASK(7, 6)

#define C_UF	BIT(4) /* update ended */
#define C_AF	BIT(5) /* alarm */
#define C_PF	BIT(6) /* periodic */
#define C_IRQF	BIT(7)
#define C_FLAGS (C_UF | C_AF | C_PF)

#define INDEX_MASK GENMASK(6, 0) /* bit 7 masks NMIs on a PC: there are none */

#define SECOND	  INT64_C(1000000)
#define HALF	  (SECOND / 2) /* from the release of the divider to the first update */
#define DAY	  86400	       /* seconds */
#define UIP_LEAD  244	       /* how long before an update UIP goes up */
#define NEVER	  INT64_MAX
#define CRYSTAL	  32768
#define PORT_DATA 1

static int64_t host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

static int64_t guest_now(const struct rtc *r)
{
	return host_now() + r->offset;
}

/* Microseconds into the second, also before 1970. */
static int64_t fraction(int64_t us)
{
	int64_t rest = us % SECOND;

	return rest < 0 ? rest + SECOND : rest;
}

static int64_t second_of(int64_t us)
{
	return (us - fraction(us)) / SECOND;
}

/* ---- register formats ---- */

static uint8_t encode(const struct rtc *r, int v)
{
	return (uint8_t)(r->cmos[REG_B] & B_BINARY ? v : v / 10 << 4 | v % 10);
}

static int decode(const struct rtc *r, uint8_t byte)
{
	return r->cmos[REG_B] & B_BINARY ? byte : (byte >> 4) * 10 + (byte & 0x0f);
}

static uint8_t encode_hour(const struct rtc *r, int hour)
{
	if (r->cmos[REG_B] & B_24H)
		return encode(r, hour);
	return encode(r, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOUR_PM : 0);
}

static int decode_hour(const struct rtc *r, uint8_t byte)
{
	if (r->cmos[REG_B] & B_24H)
		return decode(r, byte);
	return decode(r, byte & (uint8_t)~HOUR_PM) % 12 + (byte & HOUR_PM ? 12 : 0);
}

static bool is_time(uint8_t reg)
{
	return reg == REG_SEC || reg == REG_MIN || reg == REG_HOUR ||
	       (reg >= REG_WEEKDAY && reg <= REG_YEAR) || reg == REG_CENTURY;
}

/* The time registers as they are now. */
static void latch_time(struct rtc *r)
{
	time_t now = second_of(guest_now(r));
	struct tm t = { 0 };
	int year;

	gmtime_r(&now, &t);
	year = ((t.tm_year + 1900) % 10000 + 10000) % 10000;
	r->cmos[REG_SEC] = encode(r, t.tm_sec);
	r->cmos[REG_MIN] = encode(r, t.tm_min);
	r->cmos[REG_HOUR] = encode_hour(r, t.tm_hour);
	r->cmos[REG_WEEKDAY] = encode(r, t.tm_wday + 1);
	r->cmos[REG_DAY] = encode(r, t.tm_mday);
	r->cmos[REG_MONTH] = encode(r, t.tm_mon + 1);
	r->cmos[REG_YEAR] = encode(r, year % 100);
	r->cmos[REG_CENTURY] = encode(r, year / 100);
}

/* What the time registers say, in seconds; a date that does not exist is carried over. */
static int64_t latched_time(const struct rtc *r)
{
	struct tm t = {
		.tm_sec = decode(r, r->cmos[REG_SEC]),
		.tm_min = decode(r, r->cmos[REG_MIN]),
		.tm_hour = decode_hour(r, r->cmos[REG_HOUR]),
		.tm_mday = decode(r, r->cmos[REG_DAY]),
		.tm_mon = decode(r, r->cmos[REG_MONTH]) - 1,
		.tm_year =
			decode(r, r->cmos[REG_CENTURY]) * 100 + decode(r, r->cmos[REG_YEAR]) - 1900,
	};

	return timegm(&t);
}

static void set_time(struct rtc *r, int64_t us)
{
	r->offset = us - host_now();
	r->seen = us;
}

/* ---- events ---- */

/* The divider is held: nothing counts. */
static bool held(const struct rtc *r)
{
	return FIELD_GET(A_DIVIDER, r->cmos[REG_A]) >= A_DIV_RESET;
}

/* The time registers hold what was written to them. */
static bool standing(const struct rtc *r)
{
	return held(r) || r->cmos[REG_B] & B_SET;
}

/* Periodic interrupts a second; 0: none. Rates 1 and 2 are those of 8 and 9. */
static int64_t frequency(const struct rtc *r)
{
	unsigned rate = (unsigned)FIELD_GET(A_RATE, r->cmos[REG_A]);

	if (!rate)
		return 0;
	return CRYSTAL >> (rate < 3 ? rate + 6 : rate - 1);
}

/* Periods since 1970: every second begins with a tick. */
static int64_t ticks(int64_t us, int64_t hz)
{
	return second_of(us) * hz + fraction(us) * hz / SECOND;
}

static int64_t next_tick(int64_t us, int64_t hz)
{
	int64_t in_second = fraction(us) * hz / SECOND + 1;

	return second_of(us) * SECOND + (in_second * SECOND + hz - 1) / hz;
}

static bool alarm_matches(uint8_t alarm, uint8_t now)
{
	return (alarm & ALARM_ANY) == ALARM_ANY || alarm == now;
}

/* The first second after this one at which the alarm goes off, or NEVER. */
static int64_t next_alarm(const struct rtc *r, int64_t second)
{
	int64_t last = second + DAY;

	for (second++; second <= last;) {
		int of_day = (int)((second % DAY + DAY) % DAY);
		int hour = of_day / 3600, min = of_day / 60 % 60;

		if (!alarm_matches(r->cmos[REG_HOUR_ALARM], encode_hour(r, hour)))
			second += 3600 - of_day % 3600;
		else if (!alarm_matches(r->cmos[REG_MIN_ALARM], encode(r, min)))
			second += 60 - of_day % 60;
		else if (!alarm_matches(r->cmos[REG_SEC_ALARM], encode(r, of_day % 60)))
			second++;
		else
			return second;
	}
	return NEVER;
}

static uint8_t pending(const struct rtc *r)
{
	return r->cmos[REG_C] & r->cmos[REG_B] & C_FLAGS;
}

static void update_irq(struct rtc *r)
{
	bool level = pending(r);

	if (level == r->irq_level)
		return;
	r->irq_level = level;
	irq_set(&r->irq, level);
}

/* Put what happened since the last time into register C. */
static void catch_up(struct rtc *r)
{
	int64_t host = host_now(), now = host + r->offset, then = r->seen, hz = frequency(r);

	r->seen = now;
	r->fired = MIN(r->fired, host); /* the host's clock may be set back */
	if (held(r))
		return;
	if (hz && ticks(now, hz) > ticks(then, hz))
		r->cmos[REG_C] |= C_PF;
	if (!standing(r) && second_of(now) > second_of(then)) {
		r->cmos[REG_C] |= C_UF;
		if (next_alarm(r, second_of(then)) <= second_of(now))
			r->cmos[REG_C] |= C_AF;
	}
}

/* The guest's time of the next enabled interrupt, or NEVER. */
static int64_t next_event(const struct rtc *r)
{
	uint8_t enabled = r->cmos[REG_B];
	int64_t now = r->seen, next = NEVER, hz = frequency(r);

	if (held(r) || pending(r))
		return NEVER;
	if (enabled & C_PF && hz)
		next = next_tick(now, hz);
	if (enabled & C_UF && !standing(r))
		next = MIN(next, (second_of(now) + 1) * SECOND);
	if (enabled & C_AF && !standing(r)) {
		int64_t alarm = next_alarm(r, second_of(now));

		if (alarm != NEVER)
			next = MIN(next, alarm * SECOND);
	}
	return next;
}

static void arm(struct rtc *r)
{
	int64_t due = next_event(r);
	struct itimerspec t = { 0 };

	if (due != NEVER) {
		due = MAX(due - r->offset, r->fired + RTC_SPACING_US);
		t.it_value.tv_sec = due / SECOND;
		t.it_value.tv_nsec = due % SECOND * 1000;
	}
	if (due == r->armed)
		return;
	r->armed = due;
	if (timerfd_settime(r->timer.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, NULL) &&
	    !r->broken) {
		r->broken = true;
		log_err(-errno, "RTC: timerfd_settime: %m: the guest misses interrupts of its "
				"clock");
	}
}

static void settle(struct rtc *r)
{
	update_irq(r);
	arm(r);
}

/* The timer expired, or the host's clock was set and with it the time of the next event. */
static void timer_expired(struct loop_watch *w, uint32_t events)
{
	struct rtc *r = container_of(w, struct rtc, timer);
	uint64_t times;

	(void)events;
	if (read(w->fd, &times, sizeof(times)) < 0 && errno == EAGAIN)
		return; /* set anew since */
	r->fired = host_now();
	r->armed = NEVER;
	catch_up(r);
	settle(r);
}

/* ---- registers ---- */

/*
 * A or B. When the clock starts again it does so from its registers; the second goes on where it
 * was, unless the divider was held.
 */
static void write_control(struct rtc *r, uint8_t reg, uint8_t v)
{
	bool stood = standing(r), was_held = held(r);
	int64_t now, us;

	if (!stood)
		latch_time(r);
	r->cmos[reg] = v;
	if (r->cmos[REG_B] & B_SET)
		r->cmos[REG_B] &= (uint8_t)~B_UIE;
	now = r->seen;
	us = was_held && !held(r) ? HALF : fraction(now);
	if (stood && !standing(r))
		set_time(r, latched_time(r) * SECOND + us);
	else if (us != fraction(now))
		set_time(r, second_of(now) * SECOND + us);
}

static void write_time(struct rtc *r, uint8_t reg, uint8_t v)
{
	if (!standing(r))
		latch_time(r);
	r->cmos[reg] = v;
	if (!standing(r))
		set_time(r, latched_time(r) * SECOND + fraction(r->seen));
}

static void write_register(struct rtc *r, uint8_t reg, uint8_t v)
{
	catch_up(r);
	if (reg == REG_A)
		write_control(r, reg, v & (uint8_t)~A_UIP);
	else if (reg == REG_B)
		write_control(r, reg, v);
	else if (is_time(reg))
		write_time(r, reg, v);
	else if (reg != REG_C && reg != REG_D)
		r->cmos[reg] = v;
	settle(r);
}

static uint8_t read_flags(struct rtc *r)
{
	uint8_t flags;

	catch_up(r);
	flags = r->cmos[REG_C] | (pending(r) ? C_IRQF : 0);
	r->cmos[REG_C] = 0;
	settle(r);
	return flags;
}

static uint8_t read_register(struct rtc *r, uint8_t reg)
{
	if (reg == REG_A)
		return r->cmos[REG_A] |
		       (!standing(r) && fraction(guest_now(r)) >= SECOND - UIP_LEAD ? A_UIP : 0);
	if (reg == REG_C)
		return read_flags(r);
	if (is_time(reg) && !standing(r))
		latch_time(r);
	return r->cmos[reg];
}

static void rtc_read(struct bus_region *b, uint64_t off, void *buf, unsigned len)
{
	struct rtc *r = container_of(b, struct rtc, region);

	(void)len;
	*(uint8_t *)buf = off == PORT_DATA ? read_register(r, r->index) : UINT8_MAX;
}

static void rtc_write(struct bus_region *b, uint64_t off, const void *buf, unsigned len)
{
	struct rtc *r = container_of(b, struct rtc, region);
	uint8_t byte = *(const uint8_t *)buf;

	(void)len;
	if (off == PORT_DATA)
		write_register(r, r->index, byte);
	else
		r->index = byte & INDEX_MASK;
}

static const struct bus_ops rtc_ops = { .read = rtc_read, .write = rtc_write };

int rtc_init(struct rtc *r, struct bus *pio, struct irq_line irq, struct loop *loop)
{
	int ret;

	tzset(); /* gmtime_r() reads a file the first time, which a confined thread cannot */
	*r = (struct rtc){
		.region = { .base = LAYOUT_PORT_RTC,
			    .size = 2,
			    .width = 1,
			    .ops = &rtc_ops,
			    .name = "rtc" },
		.irq = irq,
		.loop = loop,
		.armed = NEVER,
		.timer = { .fn = timer_expired },
		.cmos = { [REG_A] = FIELD_PREP(A_DIVIDER, A_DIV_32KHZ) | A_RATE_START,
			  [REG_B] = B_24H,
			  [REG_D] = D_VALID },
	};
	r->seen = host_now();
	r->timer.fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (r->timer.fd < 0)
		return log_err(-errno, "RTC: timerfd_create: %m");
	ret = loop_watch(loop, &r->timer, EPOLLIN);
	if (!ret) {
		ret = bus_add(pio, &r->region);
		if (ret)
			log_err(ret, "RTC: its ports: %m");
	}
	if (ret)
		rtc_fini(r, pio);
	return ret;
}

void rtc_fini(struct rtc *r, struct bus *pio)
{
	if (!r->loop)
		return;
	bus_remove(pio, &r->region);
	loop_unwatch(r->loop, &r->timer);
	close_fd(&r->timer.fd);
	r->loop = NULL;
}
