// SPDX-License-Identifier: BSD-2-Clause
/*
 * acpi.c - which tables an igdvm guest gets and what they say.
 * Knows layout.h, the plan of memory and the table formats; must not know devices, KVM, or how
 * AML is encoded (aml.c). Nothing here is claimed that the machine does not do.
 *
 * Tables are emitted in one pass, one after the other. Lengths are written when a table ends;
 * pointers, then checksums, when all tables have their place.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "acpi.h"
#include "aml.h"
#include "dsdt_aml.h" /* dsdt_aml_code[]: firmware/dsdt.asl as iasl compiled it */
#include "layout.h"
#include "memmap.h"
#include "util.h"

#define OEM_ID	     "IGDVM " /* six characters */
#define OEM_TABLE_ID "IGDVM   "
#define CREATOR_ID   "IGDV"
#define REVISION     1

/* Section 5.2.6: the header of every table but the RSDP and the FACS. */
#define HEADER_LENGTH	4
#define HEADER_CHECKSUM 9
#define HEADER_SIZE	36

/* Section 5.2.5.3: the RSDP sums to zero over its first 20 bytes and over all of them. */
#define RSDP_CHECKSUM  8
#define RSDP_SIZE      36
#define RSDP_V1_SIZE   20
#define RSDP_XCHECKSUM 32

enum table_id { RSDP, XSDT, FADT, FACS, DSDT, SSDT, MADT, MCFG, TABLE_COUNT };

struct builder {
	struct bytes out;
	uint64_t gpa; /* guest address of out.buf */
	struct {
		size_t start, size;
	} table[TABLE_COUNT];
	struct {
		size_t at, width;
		enum table_id target;
	} pointer[16];
	size_t n_pointers;
};

struct table {
	const char *name;
	const char *signature; /* with one, header and checksum are written here, not by emit */
	uint8_t revision;
	uint8_t align; /* of the guest address */
	bool listed;   /* in the XSDT; the others are reached otherwise */
	void (*emit)(struct builder *b, const struct acpi_info *info);
};

static void rsdp_emit(struct builder *b, const struct acpi_info *info);
static void xsdt_emit(struct builder *b, const struct acpi_info *info);
static void fadt_emit(struct builder *b, const struct acpi_info *info);
static void facs_emit(struct builder *b, const struct acpi_info *info);
static void dsdt_emit(struct builder *b, const struct acpi_info *info);
static void ssdt_emit(struct builder *b, const struct acpi_info *info);
static void madt_emit(struct builder *b, const struct acpi_info *info);
static void mcfg_emit(struct builder *b, const struct acpi_info *info);

static const struct table tables[TABLE_COUNT] = {
	[RSDP] = { "rsdp", NULL, 0, 16, false,
		   rsdp_emit }, /* found at the start, or by boot_params */
	[XSDT] = { "xsdt", "XSDT", 1, 16, false, xsdt_emit }, /* named by the RSDP */
	[FADT] = { "facp", "FACP", 6, 16, true, fadt_emit },
	[FACS] = { "facs", NULL, 0, 64, false, facs_emit }, /* named by the FADT */
	[DSDT] = { "dsdt", NULL, 0, 16, false, dsdt_emit }, /* named by the FADT */
	[SSDT] = { "ssdt", "SSDT", 2, 16, true, ssdt_emit },
	[MADT] = { "apic", "APIC", 5, 16, true, madt_emit },
	[MCFG] = { "mcfg", "MCFG", 1, 16, true, mcfg_emit },
};

/* A pointer of width bytes at offset at of the whole, filled in by resolve(). */
static void add_pointer(struct builder *b, size_t at, size_t width, enum table_id target)
{
	size_t n = b->n_pointers++;

	assert(n < ARRAY_SIZE(b->pointer));
	b->pointer[n].at = at;
	b->pointer[n].width = width;
	b->pointer[n].target = target;
}

static void put_pointer(struct builder *b, size_t width, enum table_id target)
{
	add_pointer(b, b->out.len, width, target);
	bytes_zero(&b->out, width);
}

static void put_header(struct bytes *out, const struct table *t)
{
	bytes_put(out, t->signature, 4);
	bytes_int(out, 4, 0); /* length */
	bytes_int(out, 1, t->revision);
	bytes_int(out, 1, 0); /* checksum */
	bytes_put(out, OEM_ID, 6);
	bytes_put(out, OEM_TABLE_ID, 8);
	bytes_int(out, 4, REVISION);
	bytes_put(out, CREATOR_ID, 4);
	bytes_int(out, 4, REVISION);
}

static void emit_table(struct builder *b, enum table_id id, const struct acpi_info *info)
{
	const struct table *t = &tables[id];
	uint64_t here = b->gpa + b->out.len;
	size_t start;

	bytes_zero(&b->out, ALIGN_UP(here, t->align) - here);
	start = b->out.len;
	if (t->signature)
		put_header(&b->out, t);
	t->emit(b, info);
	b->table[id].start = start;
	b->table[id].size = b->out.len - start;
	if (t->signature)
		bytes_patch(&b->out, start + HEADER_LENGTH, 4, b->out.len - start);
}

/* Make the size bytes from start on sum to zero by the byte at offset at. */
static void checksum(struct bytes *out, size_t start, size_t size, size_t at)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += out->buf[start + i];
	bytes_patch(out, start + at, 1, (uint8_t)-sum);
}

/* Everything has its place and fits. */
static void resolve(struct builder *b)
{
	for (size_t i = 0; i < b->n_pointers; i++)
		bytes_patch(&b->out, b->pointer[i].at, b->pointer[i].width,
			    b->gpa + b->table[b->pointer[i].target].start);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (tables[i].signature)
			checksum(&b->out, b->table[i].start, b->table[i].size, HEADER_CHECKSUM);
	checksum(&b->out, b->table[RSDP].start, RSDP_V1_SIZE, RSDP_CHECKSUM);
	checksum(&b->out, b->table[RSDP].start, b->table[RSDP].size, RSDP_XCHECKSUM);
}

static_assert(TABLE_COUNT <= ACPI_TABLES_MAX, "ACPI_TABLES_MAX");

/* Tables lie one behind the other in the order of their ids, each with its length in it. */
size_t acpi_list(const void *buf, size_t used, struct acpi_table list[ACPI_TABLES_MAX])
{
	const uint8_t *bytes = buf;
	size_t at = 0;

	(void)used; /* asserted only */
	for (enum table_id id = 0; id < TABLE_COUNT; id++) {
		at = ALIGN_UP(at, tables[id].align);
		list[id] = (struct acpi_table){ tables[id].name, at, RSDP_SIZE };
		if (id != RSDP)
			list[id].size = get_le32(bytes + at + HEADER_LENGTH);
		at += list[id].size;
		assert(at <= used);
	}
	return TABLE_COUNT;
}

int acpi_build(const struct acpi_info *info, uint64_t gpa, void *buf, size_t size)
{
	struct builder b = { .gpa = gpa };

	b.out = (struct bytes){ .buf = buf, .size = size };
	if (!topology_cpus(&info->topology) || info->n_prt > ACPI_PRT_MAX ||
	    !IS_ALIGNED(gpa, tables[RSDP].align) || gpa >= LAYOUT_4GIB || size > LAYOUT_4GIB - gpa)
		return -EINVAL;
	for (enum table_id id = 0; id < TABLE_COUNT; id++)
		emit_table(&b, id, info);
	if (bytes_overflowed(&b.out))
		return -ENOSPC;
	resolve(&b);
	return (int)b.out.len;
}

/* Section 5.2.5.3. There is no RSDT: every system that knows ACPI 2.0 reads the XSDT. */
static void rsdp_emit(struct builder *b, const struct acpi_info *info)
{
	(void)info;
	bytes_put(&b->out, "RSD PTR ", 8);
	bytes_int(&b->out, 1, 0); /* checksum */
	bytes_put(&b->out, OEM_ID, 6);
	bytes_int(&b->out, 1, 2);	  /* revision */
	bytes_int(&b->out, 4, 0);	  /* RSDT */
	bytes_int(&b->out, 4, RSDP_SIZE); /* length */
	put_pointer(b, 8, XSDT);
	bytes_zero(&b->out, 4); /* extended checksum, reserved */
}

/* Section 5.2.8 */
static void xsdt_emit(struct builder *b, const struct acpi_info *info)
{
	(void)info;
	for (enum table_id id = 0; id < TABLE_COUNT; id++)
		if (tables[id].listed)
			put_pointer(b, 8, id);
}

/* Section 5.2.10. The waking vectors and the global lock, all zero, are the guest's. */
static void facs_emit(struct builder *b, const struct acpi_info *info)
{
	(void)info;
	bytes_put(&b->out, "FACS", 4);
	bytes_int(&b->out, 4, 64); /* length */
	bytes_zero(&b->out, 24);
	bytes_int(&b->out, 1, 2); /* version */
	bytes_zero(&b->out, 31);
}

static void dsdt_emit(struct builder *b, const struct acpi_info *info)
{
	(void)info;
	bytes_put(&b->out, dsdt_aml_code, sizeof(dsdt_aml_code));
}

/* Section 5.2.3.2, generic address structure */
struct gas {
	uint8_t space, bits, bit_offset, access;
	uint64_t address;
} __attribute__((packed));
#define GAS_BYTE 1 /* access sizes */
#define GAS_WORD 2
#define GAS_IO(n_bits, size, port)                                                                 \
	{                                                                                          \
		.space = 1, .bits = (n_bits), .access = (size), .address = (port)                  \
	}

/* Section 5.2.9, table 5.9, header included */
struct fadt {
	uint8_t header[HEADER_SIZE];
	uint32_t firmware_ctrl, dsdt;
	uint8_t int_model, pm_profile;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint8_t acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	uint32_t pm1a_evt_blk, pm1b_evt_blk, pm1a_cnt_blk, pm1b_cnt_blk;
	uint32_t pm2_cnt_blk, pm_tmr_blk, gpe0_blk, gpe1_blk;
	uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len;
	uint8_t gpe0_blk_len, gpe1_blk_len, gpe1_base, cst_cnt;
	uint16_t p_lvl2_lat, p_lvl3_lat, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alrm, mon_alrm, century;
	uint16_t boot_arch; /* BOOT_* */
	uint8_t reserved;
	uint32_t flags; /* FADT_* */
	struct gas reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_version;
	uint64_t x_firmware_ctrl, x_dsdt;
	struct gas x_pm1a_evt_blk, x_pm1b_evt_blk, x_pm1a_cnt_blk, x_pm1b_cnt_blk;
	struct gas x_pm2_cnt_blk, x_pm_tmr_blk, x_gpe0_blk, x_gpe1_blk;
	struct gas sleep_control_reg, sleep_status_reg;
	char hypervisor_vendor[8];
} __attribute__((packed));
static_assert(BYTE_ORDER == LITTLE_ENDIAN, "FADT: the struct is the guest's bytes");
static_assert(offsetof(struct fadt, pm1_evt_len) == 88, "FADT: PM1_EVT_LEN");
static_assert(offsetof(struct fadt, flags) == 112, "FADT: Flags");
static_assert(offsetof(struct fadt, x_dsdt) == 140, "FADT: X_DSDT");
static_assert(offsetof(struct fadt, hypervisor_vendor) == 268, "FADT: Hypervisor Vendor Identity");
static_assert(sizeof(struct fadt) == 276, "FADT: revision 6");

/* Section 5.2.9.3, IA-PC boot architecture flags */
#define BOOT_LEGACY_DEVICES BIT(0) /* COM1 */
#define BOOT_8042	    BIT(1)
#define BOOT_VGA_ABSENT	    BIT(2) /* nobody may probe VGA registers unasked */
#define BOOT_NO_ASPM	    BIT(4)
/* Table 5.10, fixed feature flags */
#define FADT_WBINVD	   BIT(0)
#define FADT_PROC_C1	   BIT(2)
#define FADT_SLP_BUTTON	   BIT(5) /* set: no fixed sleep button; the power button is one */
#define FADT_FIX_RTC	   BIT(6) /* set: no RTC wake status in PM1 */
#define FADT_RESET_REG_SUP BIT(10)
/* C2 and C3 are absent when their latencies, in microseconds, exceed 100 and 1000. */
#define FADT_NO_C2 101
#define FADT_NO_C3 1001
#define RESET_FULL 0x06 /* port CF9: hard reset, and go */

/*
 * What is left zero is absent: SMI_CMD (ACPI mode is always on), PM timer, GPEs. The FACS is named by the 32-bit field alone (pointers are added in fadt_emit):
 * Linux installs it once for each of the two fields that is set.
 */
static const struct fadt fadt = {
	.sci_int = LAYOUT_GSI_SCI,
	.pm1a_evt_blk = LAYOUT_PORT_PM1_EVT,
	.pm1a_cnt_blk = LAYOUT_PORT_PM1_CNT,
	.pm1_evt_len = 4,
	.pm1_cnt_len = 2,
	.p_lvl2_lat = FADT_NO_C2,
	.p_lvl3_lat = FADT_NO_C3,
	.century = LAYOUT_CMOS_CENTURY,
	.boot_arch = BOOT_LEGACY_DEVICES | BOOT_VGA_ABSENT | BOOT_NO_ASPM,
	.flags = FADT_WBINVD | FADT_PROC_C1 | FADT_SLP_BUTTON | FADT_FIX_RTC | FADT_RESET_REG_SUP,
	.reset_reg = GAS_IO(8, GAS_BYTE, LAYOUT_PORT_RESET),
	.reset_value = RESET_FULL,
	.minor_version = 4, /* ACPI 6.4 */
	.x_pm1a_evt_blk = GAS_IO(32, GAS_WORD, LAYOUT_PORT_PM1_EVT),
	.x_pm1a_cnt_blk = GAS_IO(16, GAS_WORD, LAYOUT_PORT_PM1_CNT),
	.hypervisor_vendor = "IGDVM",
};

static void fadt_emit(struct builder *b, const struct acpi_info *info)
{
	size_t start = b->out.len - HEADER_SIZE;

	bytes_put(&b->out, (const uint8_t *)&fadt + HEADER_SIZE, sizeof(fadt) - HEADER_SIZE);
	if (info->keyboard)
		bytes_patch(&b->out, start + offsetof(struct fadt, boot_arch), 2,
			    fadt.boot_arch | BOOT_8042);
	add_pointer(b, start + offsetof(struct fadt, firmware_ctrl), 4, FACS);
	add_pointer(b, start + offsetof(struct fadt, dsdt), 4, DSDT);
	add_pointer(b, start + offsetof(struct fadt, x_dsdt), 8, DSDT);
}

/* Section 5.2.12: the MADT's entries. Byte, byte: type and length. */
#define MADT_PCAT_COMPAT BIT(0) /* a PIC exists too */
#define MADT_LAPIC	 0
#define MADT_IOAPIC	 1
#define MADT_OVERRIDE	 2
#define MADT_LAPIC_NMI	 4
#define MADT_X2APIC	 9
#define MADT_X2APIC_NMI	 10
#define MADT_CPU_ENABLED BIT(0)
#define MADT_ALL_LAPICS	 UINT8_MAX
#define MADT_ALL_X2APICS UINT32_MAX
#define MADT_LINT1	 1
#define MPS_ACTIVE_HIGH	 FIELD_PREP(GENMASK(1, 0), 1)
#define MPS_LEVEL	 FIELD_PREP(GENMASK(3, 2), 3)
#define ISA_IRQ_TIMER	 0
#define GSI_TIMER	 2 /* the IOAPIC pin that a PC wires the timer to */

static void madt_entry(struct bytes *out, uint8_t type, uint8_t length)
{
	bytes_int(out, 1, type);
	bytes_int(out, 1, length);
}

/* The processor's UID is its APIC id. */
static void madt_cpu(struct bytes *out, uint32_t id)
{
	if (id <= TOPOLOGY_XAPIC_LAST) {
		madt_entry(out, MADT_LAPIC, 8);
		bytes_int(out, 1, id); /* UID */
		bytes_int(out, 1, id);
		bytes_int(out, 4, MADT_CPU_ENABLED);
		return;
	}
	madt_entry(out, MADT_X2APIC, 16);
	bytes_zero(out, 2);
	bytes_int(out, 4, id);
	bytes_int(out, 4, MADT_CPU_ENABLED);
	bytes_int(out, 4, id); /* UID */
}

static void madt_override(struct bytes *out, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	madt_entry(out, MADT_OVERRIDE, 10);
	bytes_int(out, 1, 0); /* ISA */
	bytes_int(out, 1, irq);
	bytes_int(out, 4, gsi);
	bytes_int(out, 2, flags);
}

static void madt_emit(struct builder *b, const struct acpi_info *info)
{
	struct bytes *out = &b->out;

	bytes_int(out, 4, LAYOUT_LAPIC);
	bytes_int(out, 4, MADT_PCAT_COMPAT);
	for (unsigned cpu = 0; cpu < topology_cpus(&info->topology); cpu++)
		madt_cpu(out, topology_apic_id(&info->topology, cpu));
	madt_entry(out, MADT_IOAPIC, 12);
	bytes_int(out, 1, 0); /* id, as KVM's IOAPIC has after reset; unrelated to local APIC ids */
	bytes_zero(out, 1);
	bytes_int(out, 4, LAYOUT_IOAPIC);
	bytes_int(out, 4, 0); /* first GSI */
	madt_override(out, ISA_IRQ_TIMER, GSI_TIMER, 0);
	madt_override(out, LAYOUT_GSI_SCI, LAYOUT_GSI_SCI, MPS_ACTIVE_HIGH | MPS_LEVEL);
	madt_entry(out, MADT_LAPIC_NMI, 6);
	bytes_int(out, 1, MADT_ALL_LAPICS);
	bytes_int(out, 2, 0); /* edge, active high: as the bus has it */
	bytes_int(out, 1, MADT_LINT1);
	if (topology_last_id(&info->topology) <= TOPOLOGY_XAPIC_LAST)
		return;
	madt_entry(out, MADT_X2APIC_NMI, 12);
	bytes_int(out, 2, 0);
	bytes_int(out, 4, MADT_ALL_X2APICS);
	bytes_int(out, 1, MADT_LINT1);
	bytes_zero(out, 3);
}

/* PCI Firmware Specification 3.3, table 4-2. */
static void mcfg_emit(struct builder *b, const struct acpi_info *info)
{
	static_assert(LAYOUT_ECAM_SIZE == LAYOUT_ECAM_BUSES * MiB, "1 MiB of ECAM a bus");

	(void)info;
	bytes_zero(&b->out, 8);
	bytes_int(&b->out, 8, LAYOUT_ECAM);
	bytes_int(&b->out, 2, 0); /* segment */
	bytes_int(&b->out, 1, 0); /* first bus */
	bytes_int(&b->out, 1, LAYOUT_ECAM_BUSES - 1);
	bytes_zero(&b->out, 4);
}

/* \_SB.PCI0._CRS: what the root passes on. */
static void pci_crs(struct bytes *out, const struct memmap *map)
{
	size_t crs;

	aml_name(out, "_CRS");
	crs = res_begin(out);
	res_bus_window(out, 0, LAYOUT_ECAM_BUSES - 1);
	res_io(out, LAYOUT_PORT_PCI_ADDR, LAYOUT_PORT_PCI_DATA + 3);
	res_io_window(out, LAYOUT_PCI_IO, LAYOUT_PCI_IO_LAST);
	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		if (mem_traits[r->type].pci_window)
			res_memory_window(out, r->gpa, r->gpa + r->size - 1);
	}
	res_end(out, crs);
}

/* Section 6.2.13: GSIs directly, no link devices. ACPICA warns of an empty package: then none. */
static void pci_prt(struct bytes *out, const struct acpi_prt *prt, size_t n)
{
	size_t rows;

	if (!n)
		return;
	aml_name(out, "_PRT");
	rows = aml_package_begin(out, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		size_t row = aml_package_begin(out, 4);

		aml_int(out, (uint64_t)prt[i].dev << 16 | 0xffff); /* every function */
		aml_int(out, prt[i].pin);
		aml_int(out, 0); /* the next element is a GSI */
		aml_int(out, prt[i].gsi);
		aml_end(out, row);
	}
	aml_end(out, rows);
}

/* _CRS of a device that occupies the reserved ranges: OpRegion only, or all but it. */
static void reserved_crs(struct bytes *out, const struct memmap *map, bool opregion)
{
	size_t crs;

	aml_name(out, "_CRS");
	crs = res_begin(out);
	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		if (mem_traits[r->type].reserved && (r->type == MEM_OPREGION) == opregion)
			res_memory(out, r->gpa, r->gpa + r->size - 1);
	}
	res_end(out, crs);
}

/* Linux uses ECAM only if a motherboard resource reserves it (arch/x86/pci/mmconfig-shared.c). */
static void motherboard(struct bytes *out, const struct memmap *map)
{
	size_t dev = aml_device_begin(out, "MRES");

	aml_name(out, "_HID");
	aml_eisa_id(out, "PNP0C02");
	aml_name(out, "_UID");
	aml_int(out, 0);
	reserved_crs(out, map, false);
	aml_end(out, dev);
}

static void opregion(struct bytes *out, const struct memmap *map)
{
	size_t dev;

	if (!memmap_find(map, MEM_OPREGION))
		return;
	dev = aml_device_begin(out, "IGDO");
	aml_name(out, "_HID");
	aml_string(out, ACPI_OPREGION_HID);
	aml_name(out, "_CID");
	aml_eisa_id(out, "PNP0C02");
	aml_name(out, "_UID");
	aml_int(out, 0);
	aml_name(out, "_STR");
	aml_unicode(out, "IGD OpRegion");
	reserved_crs(out, map, true);
	aml_end(out, dev);
}

static void keyboard(struct bytes *out)
{
	size_t dev = aml_device_begin(out, "KBD"), crs;

	aml_name(out, "_HID");
	aml_eisa_id(out, "PNP0303"); /* 101- or 102-key keyboard */
	aml_name(out, "_CRS");
	crs = res_begin(out);
	res_io(out, LAYOUT_PORT_KBDDATA, LAYOUT_PORT_KBDDATA);
	res_io(out, LAYOUT_PORT_KBD, LAYOUT_PORT_KBD);
	res_irq(out, LAYOUT_GSI_KBD);
	res_end(out, crs);
	aml_end(out, dev);
}

static void ssdt_emit(struct builder *b, const struct acpi_info *info)
{
	struct bytes *out = &b->out;
	size_t scope;

	scope = aml_scope_begin(out, "\\_SB.PCI0");
	pci_crs(out, info->map);
	pci_prt(out, info->prt, info->n_prt);
	aml_end(out, scope);
	scope = aml_scope_begin(out, "\\_SB");
	motherboard(out, info->map);
	opregion(out, info->map);
	if (info->keyboard)
		keyboard(out);
	aml_end(out, scope);
}
