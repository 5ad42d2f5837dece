// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci_absent.c - where there is no function, config space is all ones, by both mechanisms.
 */
#include "guest.h"

#define CFG_SIZE  256
#define ECAM_ROOM 64 /* buses whose config space would be below the IOAPIC */

/* Every register of a function that is not there, each by one of the mechanisms in turn. */
static unsigned wrong_registers(unsigned devfn)
{
	unsigned wrong = 0;

	for (unsigned reg = 0; reg < CFG_SIZE; reg += 4) {
		uint32_t v = reg & 4 ? cf8_read32(0, devfn, reg) : read32(ecam(devfn, reg));

		wrong += v != 0xffffffff;
	}
	return wrong;
}

static void test_bus0(void)
{
	unsigned present = 0, differ = 0, wrong = 0;

	for (unsigned devfn = 0; devfn < 256; devfn++) {
		uint32_t id = cf8_read32(0, devfn, 0);

		differ += read32(ecam(devfn, 0)) != id;
		if (id == 0xffffffff) {
			wrong += wrong_registers(devfn);
			cf8_write32(0, devfn, 4, 0);
			write32(ecam(devfn, 4), 0);
			wrong += cf8_read32(0, devfn, 4) != 0xffffffff;
			continue;
		}
		present++;
		print("%02x.%u %08x\n", devfn >> 3, devfn & 7, id);
	}
	equal(differ, 0, "bus 0: both mechanisms find the same functions");
	equal(wrong, 0, "bus 0: absent functions are all ones");
	equal(present, 2, "bus 0: functions");
}

static void test_other_buses(void)
{
	unsigned wrong = 0;

	for (unsigned bus = 1; bus < 256; bus++) {
		wrong += cf8_read32(bus, 0, 0) != 0xffffffff;
		wrong += cf8_read32(bus, 0x1f << 3, 0) != 0xffffffff;
		if (bus < ECAM_ROOM)
			wrong += read32(LAYOUT_ECAM + ((uint64_t)bus << 20)) != 0xffffffff;
	}
	equal(wrong, 0, "other buses: all ones");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	test_bus0();
	test_other_buses();
}
