/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/rtc.h - MC146818 clock and CMOS memory at 0x70/0x71: UTC as the host has it, until the guest
 * sets another time; alarm, update-ended and periodic interrupts.
 *
 * What the guest set, and its CMOS bytes, end with igdvm. Not there: a day of the week that differs
 * from the date's, daylight saving, the square wave, and the NMI mask that port 0x70 has on a PC.
 * Sources: Motorola MC146818A data sheet; ACPI 6.4 section 4.8.2.4 and FADT CENTURY.
 */
#ifndef IGDVM_DEV_RTC_H
#define IGDVM_DEV_RTC_H

#include <stdbool.h>
#include <stdint.h>

#include "../bus.h"
#include "../irq.h"
#include "../loop.h"

#define RTC_CMOS_SIZE 128

/*
 * The timer's shortest interval, in microseconds: what bounds the load that a guest's timer can put
 * on the host. Rates above 2048 Hz lose ticks; the next interrupt waits for the guest's read of
 * register C in any case.
 */
#define RTC_SPACING_US 488

struct rtc {
	struct bus_region region;
	struct irq_line irq;
	struct loop *loop;
	struct loop_watch timer; /* a timerfd on CLOCK_REALTIME */
	uint8_t index;
	uint8_t cmos[RTC_CMOS_SIZE]; /* time registers: only while the clock stands */
	/* In microseconds since 1970; the guest's time is the host's and offset. */
	int64_t offset;
	int64_t seen;  /* guest's time: events up to here are in register C */
	int64_t fired; /* host's time: when the timer expired last */
	int64_t armed; /* host's time: when it expires next */
	bool irq_level;
	bool broken; /* the host refused to set the timer; it was logged */
};

/* 0 or logged -errno. */
int rtc_init(struct rtc *r, struct bus *pio, struct irq_line irq, struct loop *loop);
void rtc_fini(struct rtc *r, struct bus *pio); /* takes a zeroed one */

#endif
