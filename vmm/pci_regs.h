/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_regs.h - the config-space registers igdvm uses.
 * Sources: PCI Local Bus 3.0 chapter 6 and appendix H; PCI Power Management 1.2.
 */
#ifndef IGDVM_PCI_REGS_H
#define IGDVM_PCI_REGS_H

#include "util.h"

/* clang-format off */

#define PCI_VENDOR	     0x00
#define PCI_DEVICE	     0x02
#define PCI_COMMAND	     0x04
#define   PCI_COMMAND_IO	BIT(0)
#define   PCI_COMMAND_MEMORY	BIT(1)
#define   PCI_COMMAND_MASTER	BIT(2)
#define   PCI_COMMAND_PARITY	BIT(6)
#define   PCI_COMMAND_SERR	BIT(8)
#define   PCI_COMMAND_INTX_OFF	BIT(10)
#define PCI_STATUS	     0x06
#define   PCI_STATUS_INTERRUPT	BIT(3) /* pending on the pin */
#define   PCI_STATUS_CAP_LIST	BIT(4)
#define PCI_REVISION	     0x08
#define PCI_CLASS	     0x09 /* 24 bits: interface, subclass, base class */
#define PCI_CACHE_LINE	     0x0c
#define PCI_LATENCY	     0x0d
#define PCI_HEADER	     0x0e
#define   PCI_HEADER_TYPE	GENMASK(6, 0) /* 0: an endpoint; others lead to a bus */
#define   PCI_HEADER_MULTI	BIT(7)	      /* the slot has more than one function */
#define PCI_BAR0	     0x10
#define   PCI_BAR_IS_IO		BIT(0)
#define   PCI_BAR_IS_64		BIT(2)
#define   PCI_BAR_IS_PREFETCH	BIT(3)
#define   PCI_BAR_MEM_MASK	(~0xfULL)
#define   PCI_BAR_IO_MASK	(~0x3ULL)
#define PCI_SUBVENDOR	     0x2c
#define PCI_SUBDEVICE	     0x2e
#define PCI_ROM		     0x30
#define   PCI_ROM_ENABLE	BIT(0)
#define   PCI_ROM_MASK		GENMASK(31, 11)
#define PCI_CAP_POINTER	     0x34
#define PCI_INT_LINE	     0x3c
#define PCI_INT_PIN	     0x3d
#define PCI_HEADER_SIZE	     0x40

#define PCI_CAP_ID_PM	     0x01
#define PCI_CAP_ID_MSI	     0x05
#define PCI_CAP_ID_VENDOR    0x09
#define PCI_CAP_ID_EXPRESS   0x10
#define PCI_CAP_ID_MSIX	     0x11
#define PCI_CAP_NEXT	     0x01 /* within a capability */

/* Power management capability */
#define PM_SIZE		     8
#define PM_CONTROL	     4
#define   PM_CONTROL_STATE	GENMASK(1, 0)

/* Message signalled interrupts; the data register moves by 4 with 64-bit addresses */
#define MSI_CONTROL	     2
#define   MSI_CONTROL_ENABLE	BIT(0)
#define   MSI_CONTROL_CAPABLE	GENMASK(3, 1) /* log2 of vectors */
#define   MSI_CONTROL_ENABLED	GENMASK(6, 4) /* log2 of vectors in use */
#define   MSI_CONTROL_64	BIT(7)
#define   MSI_CONTROL_MASKABLE	BIT(8)
#define MSI_ADDRESS	     4
#define MSI_ADDRESS_HIGH     8
#define MSI_DATA_32	     8
#define MSI_DATA_64	     12
#define MSI_MASK_32	     12
#define MSI_MASK_64	     16

/* MSI-X: the capability, and an entry of its table */
#define MSIX_SIZE	     12
#define MSIX_CONTROL	     2
#define   MSIX_CONTROL_VECTORS	GENMASK(10, 0) /* less one */
#define   MSIX_CONTROL_MASKED	BIT(14) /* the whole function */
#define   MSIX_CONTROL_ENABLE	BIT(15)
#define MSIX_TABLE	     4 /* offset; BAR in the low bits */
#define MSIX_PBA	     8 /* likewise */
#define   MSIX_BAR		GENMASK(2, 0)
#define MSIX_ENTRY_SIZE	     16
#define MSIX_ENTRY_ADDRESS   0 /* 64 bits */
#define MSIX_ENTRY_DATA	     8
#define MSIX_ENTRY_CONTROL   12
#define   MSIX_ENTRY_MASKED	BIT(0)

/* PCI Express, of a function that is no port (PCI Express Base 4.0, 7.5.3) */
#define EXPRESS_FLAGS	     2
#define   EXPRESS_VERSION	GENMASK(3, 0)
#define   EXPRESS_TYPE		GENMASK(7, 4)
#define     EXPRESS_ENDPOINT	   0
#define     EXPRESS_INTEGRATED	   9
#define   EXPRESS_MESSAGE	GENMASK(13, 9)
#define EXPRESS_DEVICE_CONTROL 0x08
#define EXPRESS_LINK	     0x0c /* capabilities, control, status */
#define EXPRESS_SIZE_1	     0x14
#define EXPRESS_SLOT	     0x14 /* and root */
#define EXPRESS_DEVICE_CAP2  0x24
#define EXPRESS_DEVICE_CONTROL2 0x28
#define EXPRESS_LINK2	     0x2c
#define EXPRESS_SIZE_2	     0x3c

#define CLASS_DISPLAY	     0x03 /* base classes */
#define CLASS_BRIDGE	     0x06
#define CLASS_VGA_DISPLAY    0x0300 /* base class and subclass */
#define CLASS_HOST_BRIDGE    0x060000
#define CLASS_ISA_BRIDGE     0x060100
/* clang-format on */

#endif
