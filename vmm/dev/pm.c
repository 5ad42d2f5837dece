// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/pm.c - the PM1a registers, one byte at a time: SLP_TYP and SLP_EN share a byte, and each
 * status bit stands for itself, so that any access size gives the same result.
 * Knows ACPI's fixed hardware; does not know what powering off means to the machine.
 */
#include "pm.h"
#include "../layout.h"
#include "../stop.h"
#include "../util.h"

/* PM1 status and enable: ACPI 6.4 tables 4.11 and 4.12 */
#define PM1_PWRBTN	BIT(8)
#define PM1_WAK		BIT(15) /* status only */
#define PM1_ENABLE_MASK (BIT(0) | BIT(5) | BIT(8) | BIT(9) | BIT(10) | BIT(14))

/* PM1 control: table 4.13 */
#define PM1_SCI_EN  BIT(0) /* there is no legacy mode: always set */
#define PM1_BM_RLD  BIT(1)
#define PM1_SLP_TYP GENMASK(12, 10)
#define PM1_SLP_EN  BIT(13) /* write-only */

#define PM1_EVT_LEN 4 /* status word, enable word */
#define PM1_CNT_LEN 2

static uint8_t get_byte(uint16_t word, uint64_t off)
{
	return (uint8_t)(word >> (8 * (off & 1)));
}

/* The bits of the word that a write of byte at off means, and those it leaves alone. */
static uint16_t byte_bits(uint8_t byte, uint64_t off)
{
	return (uint16_t)(byte << (8 * (off & 1)));
}

static void update_sci(struct pm *p)
{
	irq_set(&p->sci, (p->status & p->enable) != 0);
}

static void evt_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct pm *p = container_of(r, struct pm, evt);

	(void)len;
	*(uint8_t *)buf = get_byte(off < 2 ? p->status : p->enable, off);
}

static void evt_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct pm *p = container_of(r, struct pm, evt);
	uint8_t byte = *(const uint8_t *)buf;
	uint16_t keep = byte_bits(0xff, off ^ 1);

	(void)len;
	if (off < 2) /* a one clears */
		p->status &= (uint16_t)~byte_bits(byte, off);
	else
		p->enable = (uint16_t)((p->enable & keep) | byte_bits(byte, off)) & PM1_ENABLE_MASK;
	update_sci(p);
}

static const struct bus_ops evt_ops = { .read = evt_read, .write = evt_write };

static void cnt_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct pm *p = container_of(r, struct pm, cnt);

	(void)len;
	*(uint8_t *)buf = get_byte(p->control | PM1_SCI_EN, off);
}

static void sleep_now(struct pm *p)
{
	unsigned type = (unsigned)FIELD_GET(PM1_SLP_TYP, p->control);

	if (type == LAYOUT_S5_TYPE) {
		stop_request(p->stop, STOP_POWEROFF, 0);
		return;
	}
	log_guest(&p->log, "sleep type %u is not in the ACPI tables: awake again at once", type);
	p->status |= PM1_WAK; /* which the guest waits for */
	update_sci(p);
}

static void cnt_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct pm *p = container_of(r, struct pm, cnt);
	uint8_t byte = *(const uint8_t *)buf;
	uint16_t keep = byte_bits(0xff, off ^ 1);

	(void)len;
	p->control =
		(uint16_t)((p->control & keep) | byte_bits(byte, off)) & (PM1_BM_RLD | PM1_SLP_TYP);
	if (byte_bits(byte, off) & PM1_SLP_EN)
		sleep_now(p);
}

static const struct bus_ops cnt_ops = { .read = cnt_read, .write = cnt_write };

int pm_init(struct pm *p, struct bus *pio, struct irq_line sci, struct stop *stop)
{
	int ret;

	*p = (struct pm){
		.evt = { .base = LAYOUT_PORT_PM1_EVT,
			 .size = PM1_EVT_LEN,
			 .width = 1,
			 .ops = &evt_ops,
			 .name = "pm1-event" },
		.cnt = { .base = LAYOUT_PORT_PM1_CNT,
			 .size = PM1_CNT_LEN,
			 .width = 1,
			 .ops = &cnt_ops,
			 .name = "pm1-control" },
		.sci = sci,
		.stop = stop,
	};
	ret = bus_add(pio, &p->evt);
	if (!ret)
		ret = bus_add(pio, &p->cnt);
	if (ret)
		pm_fini(p, pio);
	return ret;
}

void pm_fini(struct pm *p, struct bus *pio)
{
	bus_remove(pio, &p->evt);
	bus_remove(pio, &p->cnt);
}

void pm_power_button(struct pm *p)
{
	p->status |= PM1_PWRBTN;
	update_sci(p);
}
