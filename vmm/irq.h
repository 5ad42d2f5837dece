/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.h - interrupts as devices see them. KVM implements the chip; tests bring their own.
 */
#ifndef IGDVM_IRQ_H
#define IGDVM_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct irqchip;

/* All return 0 or a logged -errno. */
struct irqchip_ops {
	/* Drive a level-triggered input. */
	int (*set_line)(struct irqchip *c, uint32_t gsi, bool level);
	/*
	 * Signal of fd raises gsi. resample_fd >= 0: the line stays up until the guest's EOI, which
	 * is signalled on resample_fd. detach with the same fd undoes it.
	 */
	int (*attach)(struct irqchip *c, uint32_t gsi, int fd, int resample_fd);
	int (*detach)(struct irqchip *c, uint32_t gsi, int fd);
	/* Reserve a GSI for a message; -ENOSPC when none is left. free drops its route too. */
	int (*msi_alloc)(struct irqchip *c, uint32_t *gsi);
	void (*msi_free)(struct irqchip *c, uint32_t gsi);
	/* Make gsi deliver this message; address and data are the guest's, and any value is safe. */
	int (*msi_route)(struct irqchip *c, uint32_t gsi, uint64_t address, uint32_t data);
};

struct irqchip {
	const struct irqchip_ops *ops;
};

/* One input of the chip, handed to a device. chip NULL: not wired, a no-op. */
struct irq_line {
	struct irqchip *chip;
	uint32_t gsi;
};

/*
 * To be called before an eventfd is detached from a message. Every signal of an attached one is
 * delivered at once, but may stay in it, and would be delivered again when it is attached next: KVM
 * leaves what was there when it was attached (virt/kvm/eventfd.c, kvm_irqfd_assign()), and before Linux
 * 5.11 all of it (irqfd_wakeup()).
 */
void irq_drain(int fd);
/* A new eventfd for an interrupt of the device `name`: the descriptor, or logged -errno. */
int irq_eventfd(const char *name);

static inline void irq_set(const struct irq_line *l, bool level)
{
	if (l->chip)
		l->chip->ops->set_line(l->chip, l->gsi, level);
}

#endif
