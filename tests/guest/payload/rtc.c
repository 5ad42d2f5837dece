// SPDX-License-Identifier: BSD-2-Clause
/*
 * rtc.c - the clock as a driver uses it: time of day, alarm, update and periodic interrupts.
 * Prints the time, so that whoever started it can compare.
 * Source: MC146818A data sheet.
 */
#include "guest.h"

#define PORT_INDEX LAYOUT_PORT_RTC
#define PORT_DATA  (LAYOUT_PORT_RTC + 1)

enum { SEC, SEC_ALARM, MIN, MIN_ALARM, HOUR, HOUR_ALARM, WEEKDAY, DAY, MONTH, YEAR, A, B, C, D };
#define CENTURY	 LAYOUT_CMOS_CENTURY
#define UIP	 0x80
#define SET	 0x80
#define PIE	 0x40
#define AIE	 0x20
#define UIE	 0x10
#define IRQF	 0x80
#define H24	 0x02
#define ANY	 0xff
#define VECTOR	 0x58
#define PATIENCE 20000000000ull /* TSC */

static volatile uint8_t flags;

static uint8_t cmos(uint8_t reg)
{
	outb(PORT_INDEX, reg);
	return inb(PORT_DATA);
}

static void set_cmos(uint8_t reg, uint8_t v)
{
	outb(PORT_INDEX, reg);
	outb(PORT_DATA, v);
}

static unsigned number(uint8_t bcd)
{
	return (bcd >> 4) * 10u + (bcd & 0xf);
}

/* Seconds of the day; the registers do not change while they are read. */
static unsigned time_of_day(void)
{
	unsigned hour, min, sec;

	do {
		while (cmos(A) & UIP)
			;
		sec = cmos(SEC);
		min = cmos(MIN);
		hour = cmos(HOUR);
	} while (sec != cmos(SEC));
	return number((uint8_t)hour) * 3600 + number((uint8_t)min) * 60 + number((uint8_t)sec);
}

static void on_irq(struct irq_frame *f)
{
	(void)f;
	flags = cmos(C);
}

/* The interrupts that enable asks for: n of them, with these flags. */
static void test_interrupts(uint8_t enable, unsigned n, const char *name)
{
	uint64_t start = rdtsc();
	unsigned before;

	cmos(C);
	/* one that was on its way when the last test ended */
	irq_on();
	__asm__ volatile("pause");
	irq_off();
	before = irq_count[VECTOR];
	set_cmos(B, H24 | enable);
	while (irq_count[VECTOR] < before + n && rdtsc() - start < PATIENCE)
		irq_wait(VECTOR, before + n);
	set_cmos(B, H24);
	report(irq_count[VECTOR] >= before + n && (flags & (IRQF | enable)) == (IRQF | enable),
	       "%s interrupt", name);
	equal(cmos(C) & IRQF, 0, "%s interrupt is acknowledged", name);
}

static void set_alarm(uint8_t hour, uint8_t min, uint8_t sec)
{
	set_cmos(HOUR_ALARM, hour);
	set_cmos(MIN_ALARM, min);
	set_cmos(SEC_ALARM, sec);
}

/* A leap day's last second, two seconds before the alarm at midnight. */
static void test_setting(void)
{
	set_cmos(B, H24 | SET);
	set_cmos(CENTURY, 0x20);
	set_cmos(YEAR, 0x24);
	set_cmos(MONTH, 0x02);
	set_cmos(DAY, 0x29);
	set_cmos(HOUR, 0x23);
	set_cmos(MIN, 0x59);
	set_cmos(SEC, 0x59);
	set_alarm(0, 0, 0);
	set_cmos(B, H24);
	test_interrupts(AIE, 1, "alarm");
	equal(cmos(DAY), 0x01, "a new day");
	equal(cmos(MONTH), 0x03, "a new month");
	report(time_of_day() < 60, "the time that was set goes on");
	equal(cmos(WEEKDAY), 6, "day of the week");
}

void guest_main(uint8_t *boot_params)
{
	unsigned first, second;

	(void)boot_params;
	irq_init();
	irq_handle(VECTOR, on_irq);
	ioapic_route(LAYOUT_GSI_RTC, VECTOR, 0);
	equal(cmos(D), 0x80, "time is valid");
	equal(cmos(B), H24, "24 hours, BCD, no interrupts");
	first = time_of_day();
	print("time %02x%02x-%02x-%02x\n", cmos(CENTURY), cmos(YEAR), cmos(MONTH), cmos(DAY));
	test_interrupts(UIE, 2, "update");
	second = time_of_day();
	if (second < first)
		second += 86400;
	report(second - first >= 1 && second - first <= 30, "time passes");
	test_interrupts(PIE, 16, "periodic");
	set_alarm(ANY, ANY, ANY);
	test_interrupts(AIE, 1, "every second's alarm");
	test_setting();
}
