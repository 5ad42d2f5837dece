/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio_pci.h - a VFIO device as a function on the guest's PCI bus.
 *
 * Config space is a table of bytes, each passed through, shadowed or hidden; a personality (igd)
 * lays its own rows over it. BARs are memslots where VFIO lets them be mapped, else trapped.
 * Interrupts go from VFIO's eventfd to KVM's irqfd. Knows no vendor. Device lock held throughout.
 */
#ifndef IGDVM_VFIO_PCI_H
#define IGDVM_VFIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "bus.h"
#include "exit.h"
#include "irq.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "pci.h"
#include "pci_msix.h"
#include "vfio.h"

struct stop;

/* What becomes of a config byte. */
enum cfg_kind {
	CFG_PASS,      /* reads and writes go to the device */
	CFG_SHADOW_RO, /* reads give igdvm's byte, writes are dropped */
	CFG_SHADOW_RW, /* the guest reads back what it wrote; the device never sees it */
	CFG_HIDE,      /* reads 0, writes are dropped */
};

struct cfg_policy {
	uint16_t off, len;
	enum cfg_kind kind;
};

/* Bytes of a memory BAR that igdvm answers for; the guest's writes to them are dropped. */
struct bar_shadow {
	uint8_t bar, len; /* len 4 or 8, not across a page */
	uint32_t off;
	uint64_t value;
};

/* Where the device has the registers of MSI-X, which igdvm emulates. */
enum { VFIO_MSIX_TABLE, VFIO_MSIX_PBA, VFIO_MSIX_PARTS };
struct bar_part {
	unsigned bar;
	uint64_t off, len; /* len 0: nowhere */
};

#define VFIO_SHADOWS_MAX 8
#define VFIO_PARTS_MAX	 (VFIO_AREAS_MAX + VFIO_SHADOWS_MAX + VFIO_MSIX_PARTS)
#define VFIO_MSI_MAX	 32

/* Sees the guest's writes to a BAR, where that is trapped, before the device; may change them. */
struct bar_filter {
	/* len 1 to 8, inside the BAR */
	void (*write)(struct bar_filter *f, uint64_t off, uint8_t *data, unsigned len);
};

struct vfio_pci;
struct vfio_rom;
struct vfio_pci_bar {
	struct vfio_pci *owner;
	unsigned index;
	struct bar_filter *filter; /* NULL: none */
	struct bus_region trap;	   /* answers where there is no memslot, on the bus while trapped */
	void *hva[VFIO_PARTS_MAX]; /* mapped parts, kept while the device lives */
	struct vfio_area area[VFIO_PARTS_MAX];
	unsigned n_areas; /* mapped parts */
	bool covered;	  /* the parts are the whole BAR */
	bool slots, trapped;
};

/* What the guest's capabilities ask for; the device has one at a time. */
enum vfio_irq_mode { VFIO_MODE_INTX, VFIO_MODE_MSI, VFIO_MODE_MSIX };

struct vfio_vector {
	int fd;
	uint32_t gsi;
	bool attached; /* irqfd in place */
};

/* What the host has to say about the device while the guest runs. */
struct vfio_notice {
	struct loop_watch watch;
	struct vfio_pci *owner;
	unsigned kind;
	bool on;
};
#define VFIO_NOTICES 2

struct vfio_pci {
	struct pci_dev pci;
	struct pci_bus *bus;
	struct vfio_dev *dev;
	struct mem *mem;
	struct irqchip *chip;
	struct loop *loop;
	struct stop *stop;
	struct exit_faults *faults;
	struct exit_fault fault; /* on the list while the function is on the bus */
	enum cfg_kind kind[PCI_CFG_SIZE];
	const char *cfg_name[PCI_CFG_SIZE]; /* of registers worth a name, else NULL */
	struct vfio_pci_bar bar[PCI_BARS];
	struct bar_shadow shadow[VFIO_SHADOWS_MAX];
	unsigned n_shadows;
	bool lost; /* it does not answer at its BARs: no memslots until it does */
	unsigned times_lost;
	uint16_t host_command; /* COMMAND as it was found */
	bool host_command_known;
	struct vfio_notice notice[VFIO_NOTICES];
	const struct vfio_rom *rom; /* NULL: none */
	enum vfio_irq_mode irq_mode;
	int intx_fd, intx_unmask_fd;
	bool intx_on;
	uint8_t msi_cap, msi_len; /* the MSI capability; 0 for none */
	bool msi_on;
	unsigned msi_refused; /* the host refused so many vectors: not tried again. 0: none yet */
	struct vfio_vector msi[VFIO_MSI_MAX];
	unsigned n_msi;
	struct pci_msix msix; /* of no vectors: none */
	struct bar_part msix_part[VFIO_MSIX_PARTS];
	unsigned msix_armed; /* vectors VFIO has, from the first on; 0: MSI-X is off there */
	bool msix_refused;   /* the host refused the first one: not tried again */
	struct log_limit limit;
};

struct vfio_pci_params {
	struct vfio_dev *dev;
	struct pci_bus *bus;
	struct mem *mem;
	struct irqchip *chip;
	const char *name;
	uint8_t devfn; /* in the guest */
	struct loop *loop;
	struct stop *stop;
	struct exit_faults *faults;
};

/*
 * Reset the device and say how, read its config space, set up the default policy and the BARs. The
 * function is not on the bus yet. 0 or logged -errno.
 */
int vfio_pci_init(struct vfio_pci *v, const struct vfio_pci_params *p);
/* Lay rows over the policy; a SHADOW byte starts with what the device holds. Before attach. */
void vfio_pci_policy(struct vfio_pci *v, const struct cfg_policy *rows, unsigned n);
/* What messages call len bytes at off; name is static storage. */
void vfio_pci_name(struct vfio_pci *v, unsigned off, unsigned len, const char *name);
/* What becomes of the device-specific bytes that no row and no capability covers (CFG_PASS). */
void vfio_pci_default(struct vfio_pci *v, enum cfg_kind kind);
/* Take a capability away from the guest; no-op when it is not shown. Before attach. */
void vfio_pci_hide_capability(struct vfio_pci *v, uint8_t id);
/* Value of shadowed bytes. */
void vfio_pci_shadow(struct vfio_pci *v, unsigned off, unsigned len, uint64_t value);
/*
 * Answer for some bytes of a BAR: their pages are trapped, the rest stays a memslot. Rows beyond
 * the BAR's end have no effect. Before attach; at most VFIO_SHADOWS_MAX, else -ENOSPC.
 */
int vfio_pci_shadow_bar(struct vfio_pci *v, const struct bar_shadow *row);
/*
 * Put the function on the bus, connect INTx, and listen to what the host says: when it wants the
 * device back or the device reports an error, STOP_DEVICE_LOST. 0 or logged -errno.
 */
int vfio_pci_attach(struct vfio_pci *v);
/* Of that the bus alone, for a device that is only looked at. 0 or logged -errno. */
int vfio_pci_seat(struct vfio_pci *v);
/* Off the bus, interrupts off, device reset, COMMAND as found. Takes a half-built or zeroed one. */
void vfio_pci_fini(struct vfio_pci *v);

/* vfio_bar.c */
int vfio_bar_init(struct vfio_pci *v);
void vfio_bar_fini(struct vfio_pci *v);
int vfio_bar_map(struct pci_dev *d, unsigned bar);
void vfio_bar_unmap(struct pci_dev *d, unsigned bar);
/*
 * When the device no longer answers at a BAR (VFIO refuses to read it): withdraw its memslots and
 * trap its BARs, where reads then give all ones. True when it was so.
 */
bool vfio_bar_mend(struct vfio_pci *v);

/* vfio_cap.c: relink the capability list to those that are shown. 0 or logged -errno. */
int vfio_cap_init(struct vfio_pci *v);

/* vfio_irq.c */
int vfio_intx_enable(struct vfio_pci *v);
/* The guest wrote [off, off+len) of config space: follow its interrupt capabilities. */
void vfio_irq_cfg_written(struct vfio_pci *v, unsigned off, unsigned len);
/* Off, all of them. */
void vfio_irq_fini(struct vfio_pci *v);

/* vfio_msix.c */
/* True when the device's MSI-X can be emulated: cap points to its capability. Else says why not. */
bool vfio_msix_fits(const struct vfio_pci *v, const uint8_t *cap);
/* Emulate it: capability at off, which fits. 0 or logged -errno. */
int vfio_msix_init(struct vfio_pci *v, unsigned off);
void vfio_msix_fini(struct vfio_pci *v);
/* Switch the device to MSI-X, with no vector armed, and back. */
void vfio_msix_enable(struct vfio_pci *v);
void vfio_msix_disable(struct vfio_pci *v);

/* vfio_life.c */
int vfio_life_init(struct vfio_pci *v);
void vfio_life_fini(struct vfio_pci *v);

#endif
