/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.h - one PCI bus: config space by CF8/CFC and ECAM, BARs that the guest may move.
 *
 * A function is a table of bytes (value, writable mask, write-one-to-clear mask) plus up to six BARs and
 * a ROM.
 * Knows the plan's windows; does not know what a function does. Device lock held throughout.
 * Sources: PCI Local Bus 3.0 chapter 6; PCI Express Base 4.0 section 7.2.2 (ECAM).
 */
#ifndef IGDVM_PCI_H
#define IGDVM_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "bdf.h"
#include "bus.h"
#include "irq.h"
#include "log.h"

struct memmap;
struct pci_dev;

#define PCI_CFG_SIZE	 256
#define PCI_CFG_EXT_SIZE 4096
#define PCI_BARS	 6
#define PCI_ROM_BAR	 PCI_BARS /* the expansion ROM, behind the BARs proper */
#define PCI_BARS_ALL	 (PCI_ROM_BAR + 1)

/* A ROM answers only while the enable bit of its own register is set, too. */
enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEM32, PCI_BAR_MEM64, PCI_BAR_ROM };

struct pci_bar {
	enum pci_bar_kind kind;
	uint64_t size; /* power of two: >= 4 (I/O), >= 16 (memory), >= 2 KiB (ROM) */
	bool prefetch;
	uint64_t gpa; /* where it answers while mapped: port or address */
	bool mapped;
};

struct pci_ops {
	/* NULL: the bytes of val are the answer. Else may refresh val[off, off+len) first. */
	void (*cfg_read)(struct pci_dev *d, unsigned off, unsigned len);
	/*
	 * NULL: masks are the whole story. Else called after val was updated; data holds the bytes
	 * the guest wrote. BARs and COMMAND have been dealt with already.
	 */
	void (*cfg_written)(struct pci_dev *d, unsigned off, const uint8_t *data, unsigned len);
	/* Make a BAR answer at its gpa, and stop it. 0 or -errno; then the BAR stays unmapped. */
	int (*bar_map)(struct pci_dev *d, unsigned bar);
	void (*bar_unmap)(struct pci_dev *d, unsigned bar);
};

struct pci_dev {
	const char *name;
	uint8_t devfn;
	unsigned cfg_size; /* PCI_CFG_SIZE or PCI_CFG_EXT_SIZE; beyond it reads give all ones */
	uint8_t val[PCI_CFG_EXT_SIZE], wmask[PCI_CFG_EXT_SIZE], w1c[PCI_CFG_EXT_SIZE];
	struct pci_bar bar[PCI_BARS_ALL];
	const struct pci_ops *ops; /* NULL for a function without side effects */
	struct irq_line intx;
	bool intx_level; /* of pci_intx(), before COMMAND and who shares the line are asked */
};

/* Ids of a function; what a bridge is cloned from. */
struct pci_identity {
	uint16_t vendor, device, subvendor, subdevice;
	uint8_t revision;
};

struct pci_bus {
	struct pci_dev *dev[256]; /* by devfn */
	struct bus *pio, *mmio;
	const struct memmap *map;
	struct irqchip *chip;
	struct bus_region addr_port, data_port, ecam;
	uint32_t addr; /* last dword written to 0xCF8 */
	struct log_limit limit;
};

/* Claim CF8/CFC and ECAM. 0 or logged -errno of bus_add(). */
int pci_bus_init(struct pci_bus *b, struct bus *pio, struct bus *mmio, const struct memmap *map,
		 struct irqchip *chip);
void pci_bus_fini(struct pci_bus *b);

/* Start a function's tables: header type 0, ids, class (24 bits), COMMAND and interrupt line. */
void pci_dev_init(struct pci_dev *d, const char *name, uint8_t devfn, const struct pci_identity *id,
		  uint32_t class_code);
void pci_set_identity(struct pci_dev *d, const struct pci_identity *id);
/* Identity as read from config space. */
void pci_get_identity(const uint8_t *cfg, struct pci_identity *id);

/* Describe a BAR before pci_add(). A 64-bit BAR takes two indices; a ROM has PCI_ROM_BAR. */
void pci_set_bar(struct pci_dev *d, unsigned bar, enum pci_bar_kind kind, uint64_t size,
		 bool prefetch);
/*
 * Put a capability at off, a multiple of 4 behind the header, in front of the list. What follows its
 * first two bytes is the caller's.
 */
void pci_add_cap(struct pci_dev *d, uint8_t off, uint8_t id);
/* INTA..INTD (1..4) in config space; 0 for none. The wiring is pci_gsi()'s. */
void pci_set_intx(struct pci_dev *d, uint8_t pin);

/*
 * Raise or lower the interrupt pin of an emulated function, which pci_add() wired. The line is up while
 * any function that shares it wants so and its COMMAND allows.
 */
void pci_intx(struct pci_bus *b, struct pci_dev *d, bool level);

/* Input of the IOAPIC for pin 1..4 (INTA..INTD) of a device on bus 0; _PRT says the same. */
uint32_t pci_gsi(uint8_t dev, uint8_t pin);

/*
 * 0; -EEXIST: the address is taken. The functions of a slot learn here that they are several, which
 * is how a guest finds them; that takes one at function 0.
 */
int pci_add(struct pci_bus *b, struct pci_dev *d);
/* Unmap the BARs and forget the function, which may leave room for others'; no-op when absent. */
void pci_remove(struct pci_bus *b, struct pci_dev *d);

/*
 * Give every BAR an address, as firmware does: largest first, each into the smallest room that is
 * left in the windows; 64-bit BARs too large for those below 4 GiB go above RAM. 0; -ENOSPC (logged,
 * naming the BAR).
 */
int pci_assign_bars(struct pci_bus *b);

/* Config accesses as the guest makes them: any offset, len 1, 2 or 4, inside one dword. */
void pci_cfg_read(struct pci_bus *b, uint8_t devfn, unsigned off, void *buf, unsigned len);
void pci_cfg_write(struct pci_bus *b, uint8_t devfn, unsigned off, const void *buf, unsigned len);

/* Map and unmap BARs as COMMAND and the BAR registers now say. */
void pci_update_bars(struct pci_bus *b, struct pci_dev *d);

#endif
