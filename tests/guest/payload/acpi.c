// SPDX-License-Identifier: BSD-2-Clause
/*
 * acpi.c - the tables as an operating system reads them, against the machine that is there.
 * Source: ACPI 6.4 chapter 5, PCI Firmware 3.2 (MCFG).
 */
#include "guest.h"

#define FADT_FACS	 36
#define FADT_DSDT	 40
#define FADT_SCI	 46
#define FADT_PM1A_EVT	 56
#define FADT_PM1A_CNT	 64
#define FADT_PM1_EVT_LEN 88
#define FADT_BOOT_ARCH	 109
#define FADT_FLAGS	 112
#define FADT_RESET_REG	 116
#define FADT_RESET_VALUE 128
#define FADT_X_DSDT	 140
#define FLAG_RESET_REG	 (1 << 10)
#define BOOT_8042	 (1 << 1)
#define BOOT_NO_VGA	 (1 << 2)
#define BOOT_NO_CMOS	 (1 << 5)

#define MADT_LAPIC_ADDRESS 36
#define MADT_ENTRIES	   44
enum { MADT_LAPIC, MADT_IOAPIC, MADT_OVERRIDE };

#define IOAPIC_VERSION 0x01

static void test_checksums(const uint8_t *xsdt)
{
	report(acpi_sum_is_zero(xsdt, get(xsdt + 4, 4)), "XSDT checksum");
	for (uint64_t i = 36; i < get(xsdt + 4, 4); i += 8) {
		const uint8_t *t = (const uint8_t *)get(xsdt + i, 8);

		report(acpi_sum_is_zero(t, get(t + 4, 4)), "%c%c%c%c checksum", t[0], t[1], t[2],
		       t[3]);
	}
}

static void test_fadt(const uint8_t *fadt)
{
	const uint8_t *dsdt = (const uint8_t *)get(fadt + FADT_X_DSDT, 8);
	const uint8_t *facs = (const uint8_t *)get(fadt + FADT_FACS, 4);
	uint64_t boot = get(fadt + FADT_BOOT_ARCH, 2);

	report(!memcmp(dsdt, "DSDT", 4) && acpi_sum_is_zero(dsdt, get(dsdt + 4, 4)),
	       "DSDT checksum");
	report(!memcmp(facs, "FACS", 4) && (uint64_t)facs % 64 == 0 && get(facs + 4, 4) == 64,
	       "FACS");
	equal(get(fadt + FADT_SCI, 2), LAYOUT_GSI_SCI, "FADT: SCI");
	equal(get(fadt + FADT_PM1A_EVT, 4), LAYOUT_PORT_PM1_EVT, "FADT: PM1a event port");
	equal(fadt[FADT_PM1_EVT_LEN], 4, "FADT: PM1 event length");
	equal(get(fadt + FADT_PM1A_CNT, 4), LAYOUT_PORT_PM1_CNT, "FADT: PM1a control port");
	report(get(fadt + FADT_FLAGS, 4) & FLAG_RESET_REG, "FADT: reset register");
	equal(get(fadt + FADT_RESET_REG + 4, 8), LAYOUT_PORT_RESET, "FADT: reset port");
	report(fadt[FADT_RESET_VALUE] & 4, "FADT: reset value resets");
	equal(boot & (BOOT_8042 | BOOT_NO_VGA | BOOT_NO_CMOS), BOOT_NO_VGA,
	      "FADT: a clock, but no 8042, no VGA");
}

static void test_madt(const uint8_t *madt)
{
	unsigned cpus = 0, ioapics = 0, timer_gsi = 0;
	uint8_t boot_id = (uint8_t)(lapic_read(LAPIC_ID) >> 24);
	bool boot_listed = false;

	equal(get(madt + MADT_LAPIC_ADDRESS, 4), LAYOUT_LAPIC, "MADT: local APIC");
	for (uint64_t at = MADT_ENTRIES; at < get(madt + 4, 4); at += madt[at + 1]) {
		const uint8_t *e = madt + at;

		if (e[0] == MADT_LAPIC) {
			cpus += e[4] & 1;
			boot_listed |= e[3] == boot_id;
		} else if (e[0] == MADT_IOAPIC) {
			ioapics++;
			equal(get(e + 4, 4), LAYOUT_IOAPIC, "MADT: IOAPIC");
			equal(get(e + 8, 4), 0, "MADT: first GSI of the IOAPIC");
		} else if (e[0] == MADT_OVERRIDE && e[3] == 0) {
			timer_gsi = (unsigned)get(e + 4, 4);
		}
	}
	print("%u processors\n", cpus);
	report(boot_listed, "MADT: this processor");
	equal(ioapics, 1, "MADT: one IOAPIC");
	equal(timer_gsi, 2, "MADT: the timer's GSI");
	write32(LAYOUT_IOAPIC, IOAPIC_VERSION);
	equal(read32(LAYOUT_IOAPIC + 0x10) >> 16 & 0xff, 23, "the IOAPIC has 24 inputs");
}

static void test_mcfg(const uint8_t *mcfg)
{
	equal(get(mcfg + 4, 4), 44 + 16, "MCFG: one segment");
	equal(get(mcfg + 44, 8), LAYOUT_ECAM, "MCFG: base");
	equal(get(mcfg + 52, 2), 0, "MCFG: segment");
	equal(mcfg[54] << 8 | mcfg[55], LAYOUT_ECAM_BUSES - 1, "MCFG: buses");
	equal(read32(get(mcfg + 44, 8)), cf8_read32(0, 0, 0), "MCFG: the host bridge is there");
}

void guest_main(uint8_t *boot_params)
{
	const uint8_t *fadt = acpi_find("FACP"), *madt = acpi_find("APIC");
	const uint8_t *mcfg = acpi_find("MCFG");

	(void)boot_params;
	test_checksums(acpi_find("XSDT"));
	report(!acpi_find("HPET"), "no HPET");
	report(fadt && madt && mcfg, "FADT, MADT, MCFG are listed");
	if (!fadt || !madt || !mcfg)
		return;
	test_fadt(fadt);
	test_madt(madt);
	test_mcfg(mcfg);
}
