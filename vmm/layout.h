/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - every fixed guest-physical address, port and interrupt, in address order.
 * Plain numbers only: firmware/dsdt.asl includes this file too, and the ASL compiler knows
 * neither suffixes nor functions. What depends on the guest's size is memmap's, not here.
 */
#ifndef IGDVM_LAYOUT_H
#define IGDVM_LAYOUT_H

/* ---- guest-physical memory below 1 MiB: what igdvm hands to the kernel ---- */
#define LAYOUT_BOOT_GDT	      0x00000500 /* segment descriptors of the 64-bit entry */
#define LAYOUT_BOOT_PARAMS    0x00007000 /* boot_params, PVH start info or Multiboot info, one page */
#define LAYOUT_BOOT_PML4      0x00009000 /* PML4, PDPT, then four page directories */
#define LAYOUT_BOOT_STACK     0x00010000 /* top of the stack at entry, grows down */
#define LAYOUT_CMDLINE	      0x00020000
#define LAYOUT_CMDLINE_MAX    0x00010000 /* bytes, terminating zero included */
#define LAYOUT_SETUP_DATA     0x00040000 /* setup_data list: RNG seed, device tree */
#define LAYOUT_SETUP_DATA_MAX 0x00020000
#define LAYOUT_LEGACY	      0x000a0000 /* VGA window and option ROMs: reserved */
#define LAYOUT_VGA_SIZE	      0x00020000 /* of that, where a VGA device answers */
#define LAYOUT_ROM	      0x000c0000 /* a VGA device's legacy option ROM, as firmware puts it */
#define LAYOUT_ROM_MAX	      0x00020000
#define LAYOUT_ACPI	      0x000e0000 /* RSDP first: the kernel scans from here too */
#define LAYOUT_ACPI_MAX	      0x00018000
#define LAYOUT_SMBIOS	      0x000f8000 /* entry point first: found by a scan from 0xf0000 */
#define LAYOUT_SMBIOS_MAX     0x00008000
#define LAYOUT_HIGH_MEMORY    0x00100000

/* ---- from the top of low RAM to 4 GiB ---- */
#define LAYOUT_LOW_LIMIT    0xc0000000 /* RAM and what is placed freely stay below */
#define LAYOUT_PCI32	    0xc0000000 /* 32-bit BARs, around stolen memory at the host's address */
#define LAYOUT_PCI32_SIZE   0x38000000
#define LAYOUT_PCI32_LAST   0xf7ffffff
#define LAYOUT_ECAM	    0xf8000000 /* 1 MiB a bus, room for 64 buses */
#define LAYOUT_ECAM_BUSES   1 /* what MCFG and _CRS advertise: scanning empty buses is slow */
#define LAYOUT_ECAM_SIZE    0x00100000 /* 1 MiB x LAYOUT_ECAM_BUSES */
#define LAYOUT_IOAPIC	    0xfec00000
#define LAYOUT_LAPIC	    0xfee00000
#define LAYOUT_KVM_IDENTITY 0xfeffc000 /* one page, KVM_SET_IDENTITY_MAP_ADDR */
#define LAYOUT_KVM_TSS	    0xfeffd000 /* three pages, KVM_SET_TSS_ADDR */
#define LAYOUT_4GIB	    0x100000000

/* ---- I/O ports ---- */
#define LAYOUT_PORT_KBDDATA  0x0060
#define LAYOUT_PORT_KBD	     0x0064 /* keyboard controller command: 0xFE pulses the reset line */
#define LAYOUT_PORT_RTC	     0x0070 /* index, data */
#define LAYOUT_PORT_POST     0x0080
#define LAYOUT_PORT_DEBUGCON 0x00e9 /* where Bochs has it */
#define LAYOUT_PORT_EXIT     0x00f4 /* of --debug-exit: four bytes */
#define LAYOUT_PORT_COM1     0x03f8
#define LAYOUT_PORT_DEBUGFW  0x0402 /* the debug console again, where firmware looks for it */
#define LAYOUT_PORT_PVPANIC  0x0505
#define LAYOUT_PORT_PM1_EVT  0x0600 /* status word, enable word */
#define LAYOUT_PORT_PM1_CNT  0x0604
#define LAYOUT_PORT_PCI_ADDR 0x0cf8
#define LAYOUT_PORT_RESET    0x0cf9
#define LAYOUT_PORT_PCI_DATA 0x0cfc
#define LAYOUT_PCI_IO	     0x1000 /* I/O BARs */
#define LAYOUT_PCI_IO_SIZE   0xf000
#define LAYOUT_PCI_IO_LAST   0xffff

/* ---- global system interrupts ---- */
#define LAYOUT_GSI_KBD	     1
#define LAYOUT_GSI_COM1	     4
#define LAYOUT_GSI_RTC	     8
#define LAYOUT_GSI_SCI	     9
#define LAYOUT_GSI_PCI	     16 /* INTA..INTD of device d, pin p: 16 + (d + p) % 8 */
#define LAYOUT_GSI_PCI_COUNT 8
#define LAYOUT_GSI_MSI	     24 /* first GSI that is no IOAPIC pin: MSI routes */

/* ---- CMOS byte with the century, as the FADT says and dev/rtc keeps it ---- */
#define LAYOUT_CMOS_CENTURY 0x32

/* ---- ACPI sleep type of S5, as the DSDT's \_S5 says and dev/pm expects ---- */
#define LAYOUT_S5_TYPE 5

#endif
