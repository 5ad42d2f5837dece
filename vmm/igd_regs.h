/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_regs.h - config-space registers of Intel integrated graphics (bus 0, device 2).
 * Sources: Intel open-source graphics PRMs, volume "PCIe configuration registers"; Linux
 * drivers/gpu/drm/i915/i915_pci_config.h and include/drm/intel/i915_drm.h.
 */
#ifndef IGDVM_IGD_REGS_H
#define IGDVM_IGD_REGS_H

#include "util.h"

/* clang-format off */

#define INTEL_VENDOR	 0x8086

#define IGD_GGC		 0x50 /* graphics control, mirror of the host bridge's */
#define IGD_GGC_LEN	 2
#define   GGC_VGA_OFF	   BIT(1) /* IVD: it does not answer in VGA ranges */
#define IGD_BDSM32	 0x5c /* base of stolen memory, bits 31:20; up to gen 10 */
#define IGD_BDSM64	 0xc0 /* base of stolen memory, bits 63:20; gen 11 on */
#define   BDSM_LOCK	   BIT(0)
#define IGD_BGSM32	 0x70 /* base of GSM, bits 31:20, where there is quirk IGD_BGSM */
#define IGD_SWSMI	 0xe0
#define IGD_ASLE	 0xe4
#define IGD_SWSCI	 0xe8
#define IGD_STOLEN_ALIAS 0xf0 /* a stolen-memory address on gen 12 */
#define IGD_ASLS	 0xfc /* OpRegion address, 0 for none */

/* Host bridge (system agent), bus 0, device 0 */
#define SA_MCHBAR	 0x48 /* memory controller's registers; 64 bits */
#define   SA_MCHBAR_ENABLE  BIT(0)
#define   SA_MCHBAR_BASE    GENMASK(38, 15)
#define SA_GGC		 0x50
#define SA_DEVEN	 0x54 /* which functions of the processor are there */
#define   SA_DEVEN_D0	    BIT(0)
#define   SA_DEVEN_D2	    BIT(4) /* the GPU */
#define SA_BDSM		 0xb0
#define SA_BGSM		 0xb4
#define SA_TOLUD	 0xbc
#define   SA_BASE	    (GENMASK(31, 20) | SA_LOCK) /* in these three */
#define   SA_LOCK	    BIT(0)

/* Mirrors in BAR0 (GTTMMADR), in the pages of the host bridge's MCHBAR registers */
#define IGD_MMIO_BAR		 0
#define IGD_MMIO_GGC		 0x108040
#define IGD_MMIO_DSMBASE	 0x1080c0
#define IGD_MMIO_GSMBASE	 0x108100
#define IGD_MMIO_STOLEN_RESERVED 0x1082c0 /* WOPCM and the like, at the top of stolen memory */
#define   RESERVED_ENABLED	   BIT(0)
#define   RESERVED_SIZE_GEN11	   GENMASK(8, 7) /* 1 MiB << code */
#define   RESERVED_SIZE_LMEMBAR	   GENMASK(9, 7) /* the same; 5 is 16 MiB, 6 is 32 MiB */
#define   RESERVED_ADDR_GEN11	   GENMASK(63, 20)
#define IGD_MMIO_STOLEN_ACCESS	 0x138914 /* 1: firmware lets the CPU at stolen memory */

/* Regions that vfio_pci_igd adds (linux/vfio.h: VFIO_REGION_TYPE_PCI_VENDOR_TYPE | 8086) */
#define VFIO_INTEL_TYPE	    (BIT(31) | INTEL_VENDOR)
#define VFIO_INTEL_OPREGION 1
#define VFIO_INTEL_HOST_CFG 2
#define VFIO_INTEL_LPC_CFG  3
/* clang-format on */

#endif
