// SPDX-License-Identifier: BSD-2-Clause
/*
 * mb_ioapic.c - the IOAPIC: registers, edges, a level with its remote IRR, destinations. The level is the
 * pin of the virtio random number generator (--rng).
 * Source: 82093AA (IOAPIC) data sheet; SDM vol. 3A 10.8.
 */
#include "virtio.h"

#define INDEX	LAYOUT_IOAPIC
#define WINDOW	(LAYOUT_IOAPIC + 0x10)
#define ID	0
#define VERSION 1
#define REDTBL	0x10
#define PINS	24

#define LOGICAL	   (1 << 11)
#define STATUS	   (1 << 12)
#define REMOTE_IRR (1 << 14)
#define DEFINED	   0x1ffff /* KVM keeps what is written above */

#define PIT_CHANNEL0  0x40
#define PIT_CONTROL   0x43
#define PIT_RATE      0x34 /* channel 0, both bytes, mode 2 */
#define PIT_DIVISOR   1193
#define GSI_PIT	      2
#define PIT_VECTOR    0x41
#define RNG_VECTOR    0x50
#define LAPIC_LDR     0xd0
#define INTERRUPT_PIN 0x3c

static uint32_t read_reg(unsigned reg)
{
	write32(INDEX, reg);
	return read32(WINDOW);
}

static void write_reg(unsigned reg, uint32_t v)
{
	write32(INDEX, reg);
	write32(WINDOW, v);
}

/* Before irq_init(), which masks the pins itself. */
static void test_reset_state(void)
{
	unsigned masked = 0;

	for (unsigned pin = 0; pin < PINS; pin++)
		masked += !!(read_reg(REDTBL + 2 * pin) & IRQ_MASKED);
	equal(masked, PINS, "all pins are masked at the start");
}

static void test_registers(void)
{
	uint32_t version = read_reg(VERSION);

	equal(version >> 16 & 0xff, PINS - 1, "pins");
	report((version & 0xff) >= 0x11, "version %x", version & 0xff);
	write_reg(VERSION, 0);
	equal(read_reg(VERSION), version, "version is read-only");
	write_reg(ID, 0x0f000000);
	equal(read_reg(ID), 0x0f000000, "id");
	write_reg(ID, 0);
	for (unsigned pin = 0; pin < PINS; pin++) {
		write_reg(REDTBL + 2 * pin + 1, 0x12000000);
		write_reg(REDTBL + 2 * pin, 0xffffffff);
		equal(read_reg(REDTBL + 2 * pin) & DEFINED, DEFINED & ~(STATUS | REMOTE_IRR),
		      "pin %u: its bits; status and remote IRR take no write", pin);
		ioapic_route(pin, 0xff, IRQ_MASKED);
	}
}

static void test_edges(void)
{
	unsigned count;

	outb(PIT_CONTROL, PIT_RATE);
	outb(PIT_CHANNEL0, PIT_DIVISOR & 0xff);
	outb(PIT_CHANNEL0, PIT_DIVISOR >> 8);
	lapic_write(LAPIC_LDR, 0x02000000);
	write_reg(REDTBL + 2 * GSI_PIT + 1, 0x02000000);
	write_reg(REDTBL + 2 * GSI_PIT, LOGICAL | PIT_VECTOR);
	report(irq_wait(PIT_VECTOR, 3), "edges to a logical destination");
	equal(read_reg(REDTBL + 2 * GSI_PIT) & REMOTE_IRR, 0, "an edge has no remote IRR");
	write_reg(REDTBL + 2 * GSI_PIT + 1, 0x04000000);
	irq_wait(PIT_VECTOR, irq_count[PIT_VECTOR] + 1); /* one may be on its way */
	count = irq_count[PIT_VECTOR];
	irq_on();
	for (unsigned i = 0; i < 20000; i++)
		__asm__ volatile("pause");
	irq_off();
	report(irq_count[PIT_VECTOR] <= count + 1, "to nobody: silent");
	ioapic_route(GSI_PIT, 0xff, IRQ_MASKED);
}

static unsigned gsi;
static struct vdev rng;
static uint32_t irr_in_handler = REMOTE_IRR; /* in each of its calls */

static void on_level(struct irq_frame *f)
{
	(void)f;
	irr_in_handler &= read_reg(REDTBL + 2 * gsi) & REMOTE_IRR;
	read8(rng.isr); /* lowers the pin */
}

static void ask(void)
{
	vdev_desc(&rng, 0, 0, 0x2000000, 16, D_WRITE, 0);
	vdev_offer(&rng, 0, 0);
	vdev_kick(&rng, 0);
	vdev_wait(&rng, 0, NULL);
}

static void test_level(void)
{
	if (!vdev_find(&rng, VIRTIO_RNG)) {
		report(false, "no random number generator: --rng");
		return;
	}
	vdev_start(&rng, 1, RNG_VECTOR, false);
	gsi = LAYOUT_GSI_PCI +
	      (rng.devfn / 8 + (read32(ecam(rng.devfn, INTERRUPT_PIN)) >> 8 & 0xff) - 1) %
		      LAYOUT_GSI_PCI_COUNT;
	irq_handle(RNG_VECTOR, on_level);
	ask();
	report(irq_wait(RNG_VECTOR, 1), "a level");
	/* gone before the EOI, or there after it because the level came again: the lab's KVM does not */
	if (!irr_in_handler || read_reg(REDTBL + 2 * gsi) & REMOTE_IRR) {
		print("this KVM takes delivery for the EOI\n");
		return;
	}
	equal(irq_count[RNG_VECTOR], 1, "it came once, with remote IRR until the EOI");

	ioapic_route(gsi, RNG_VECTOR, IRQ_LEVEL | IRQ_MASKED);
	ask();
	equal(read_reg(REDTBL + 2 * gsi) & REMOTE_IRR, 0, "masked: not delivered");
	ioapic_route(gsi, RNG_VECTOR, IRQ_LEVEL);
	report(irq_wait(RNG_VECTOR, 2), "a level that is still there comes after unmasking");
	vdev_reset(&rng);
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	test_reset_state();
	irq_init();
	test_registers();
	test_edges();
	test_level();
}
