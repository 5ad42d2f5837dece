// SPDX-License-Identifier: BSD-2-Clause
/*
 * power.c - the ACPI power button: SIGTERM to igdvm is PM1 status bit 8 and an SCI here.
 * With "level" on the command line: the SCI comes until its cause is gone, and not once more.
 * Sources: ACPI 6.4 section 4.8.3.1; SDM vol. 3A 10.8.4 (ISR).
 */
#include "guest.h"

#define PM1_STATUS (LAYOUT_PORT_PM1_EVT + 0)
#define PM1_ENABLE (LAYOUT_PORT_PM1_EVT + 2)
#define PWRBTN	   (1 << 8)
#define SCI_EN	   1
#define VECTOR	   0x50

static volatile uint16_t status;
static volatile bool in_service;
static volatile unsigned ignore; /* how many interrupts leave their cause alone */

static void on_sci(struct irq_frame *f)
{
	(void)f;
	in_service = lapic_read(LAPIC_ISR + VECTOR / 32 * 16) & 1u << VECTOR % 32;
	status = inw(PM1_STATUS);
	if (!ignore)
		outw(PM1_STATUS, status);
	else
		ignore--;
}

static void wait_a_little(void)
{
	irq_on();
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("pause");
	irq_off();
}

static void test_level(void)
{
	wait_a_little();
	/*
	 * kvm_pvm ends an interrupt when it delivers it: the line is still up then, and a level
	 * interrupt comes once too often. The in-service bit, never set, gives it away.
	 */
	if (!in_service)
		skip("this KVM ends interrupts on delivery: no in-service bit in the handler");
	equal(irq_count[VECTOR], 3, "SCI until its cause is gone");
}

void guest_main(uint8_t *boot_params)
{
	bool level = !memcmp(command_line(), "level", 6);

	(void)boot_params;
	ignore = level ? 2 : 0;
	irq_init();
	irq_handle(VECTOR, on_sci);
	equal(inw(PM1_STATUS), 0, "PM1 status at start");
	equal(inw(LAYOUT_PORT_PM1_CNT) & SCI_EN, SCI_EN, "ACPI mode is on");
	outw(PM1_ENABLE, PWRBTN);
	equal(inw(PM1_ENABLE), PWRBTN, "PM1 enable");
	ioapic_route(LAYOUT_GSI_SCI, VECTOR, IRQ_LEVEL);
	print("ready for the button\n");
	while (!irq_count[VECTOR])
		irq_sleep();
	if (level) {
		test_level();
		return;
	}
	equal(status, PWRBTN, "SCI: power button");
	equal(inw(PM1_STATUS), 0, "status is cleared by writing it");
	wait_a_little();
	report(irq_count[VECTOR] <= 2, "no storm of SCIs");
}
