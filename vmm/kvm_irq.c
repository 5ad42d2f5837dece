// SPDX-License-Identifier: BSD-2-Clause
/*
 * kvm_irq.c - interrupts through KVM's in-kernel PIC, IOAPIC and local APICs.
 * Implements struct irqchip. All but attach/detach/set_line run under the device lock.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>

#include "kvm.h"
#include "kvm_irq.h"
#include "log.h"
#include "util.h"

#define PIC_PINS     8
#define IOAPIC_PINS  24
#define PIC_CASCADE  2 /* the slave's input: no device can use it */
#define GSI_TIMER    0
#define IOAPIC_TIMER 2 /* where a PC wires the timer; MADT says so by an override */
#define ROUTES_MAX   (2 * PIC_PINS + IOAPIC_PINS + KVM_MSI_ROUTES)

_Static_assert(LAYOUT_GSI_MSI == IOAPIC_PINS, "MSI routes follow the IOAPIC's pins");

static struct kvm_irq_routing_entry *add_route(struct kvm_irq_routing *l, uint32_t gsi,
					       uint32_t type)
{
	struct kvm_irq_routing_entry *e = &l->entries[l->nr++];

	*e = (struct kvm_irq_routing_entry){ .gsi = gsi, .type = type };
	return e;
}

static void add_pin(struct kvm_irq_routing *l, uint32_t gsi, uint32_t chip, uint32_t pin)
{
	struct kvm_irq_routing_entry *e = add_route(l, gsi, KVM_IRQ_ROUTING_IRQCHIP);

	e->u.irqchip.irqchip = chip;
	e->u.irqchip.pin = pin;
}

/* KVM_SET_GSI_ROUTING replaces the whole table, so the whole table is written each time. */
static int write_routes(struct kvm *k)
{
	struct kvm_irq_routing *l = calloc(1, sizeof(*l) + ROUTES_MAX * sizeof(l->entries[0]));
	int ret;

	if (!l)
		return log_err(-ENOMEM, "interrupt routes: %m");
	for (uint32_t gsi = 0; gsi < 2 * PIC_PINS; gsi++)
		if (gsi != PIC_CASCADE)
			add_pin(l, gsi,
				gsi < PIC_PINS ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE,
				gsi % PIC_PINS);
	for (uint32_t gsi = 0; gsi < IOAPIC_PINS; gsi++)
		if (gsi != IOAPIC_TIMER)
			add_pin(l, gsi, KVM_IRQCHIP_IOAPIC, gsi == GSI_TIMER ? IOAPIC_TIMER : gsi);
	for (uint32_t i = 0; i < KVM_MSI_ROUTES; i++) {
		struct kvm_irq_routing_entry *e;

		if (!k->msi[i].routed)
			continue;
		e = add_route(l, LAYOUT_GSI_MSI + i, KVM_IRQ_ROUTING_MSI);
		e->u.msi.address_lo = (uint32_t)k->msi[i].address;
		/*
		 * Zero whatever the guest wrote: with KVM_CAP_X2APIC_API it holds bits 31:8 of the
		 * destination, and bits 7:0 would make KVM refuse the whole table.
		 */
		e->u.msi.address_hi = 0;
		e->u.msi.data = k->msi[i].data;
	}
	ret = KVM_IOCTL(k->vm_fd, KVM_SET_GSI_ROUTING, l);
	free(l);
	return ret;
}

static struct kvm *to_kvm(struct irqchip *c)
{
	return container_of(c, struct kvm, chip);
}

static int set_line(struct irqchip *c, uint32_t gsi, bool level)
{
	struct kvm_irq_level l = { .irq = gsi, .level = level };

	return KVM_IOCTL(to_kvm(c)->vm_fd, KVM_IRQ_LINE, &l);
}

static int attach(struct irqchip *c, uint32_t gsi, int fd, int resample_fd)
{
	struct kvm_irqfd f = { .fd = (uint32_t)fd, .gsi = gsi };

	if (resample_fd >= 0) {
		f.flags = KVM_IRQFD_FLAG_RESAMPLE;
		f.resamplefd = (uint32_t)resample_fd;
	}
	return KVM_IOCTL(to_kvm(c)->vm_fd, KVM_IRQFD, &f);
}

static int detach(struct irqchip *c, uint32_t gsi, int fd)
{
	struct kvm_irqfd f = { .fd = (uint32_t)fd, .gsi = gsi, .flags = KVM_IRQFD_FLAG_DEASSIGN };

	return KVM_IOCTL(to_kvm(c)->vm_fd, KVM_IRQFD, &f);
}

static int msi_alloc(struct irqchip *c, uint32_t *gsi)
{
	struct kvm *k = to_kvm(c);

	for (uint32_t i = 0; i < KVM_MSI_ROUTES; i++) {
		if (k->msi[i].used)
			continue;
		k->msi[i] = (struct msi_slot){ .used = true };
		*gsi = LAYOUT_GSI_MSI + i;
		return 0;
	}
	return log_err(-ENOSPC, "MSI routes: all %d are in use", KVM_MSI_ROUTES);
}

/* The freed route may linger in the kernel until the next change: nothing is attached to it. */
static void msi_free(struct irqchip *c, uint32_t gsi)
{
	to_kvm(c)->msi[gsi - LAYOUT_GSI_MSI] = (struct msi_slot){ 0 };
}

static int msi_route(struct irqchip *c, uint32_t gsi, uint64_t address, uint32_t data)
{
	struct kvm *k = to_kvm(c);
	struct msi_slot *m = &k->msi[gsi - LAYOUT_GSI_MSI];

	if (m->routed && m->address == address && m->data == data)
		return 0;
	*m = (struct msi_slot){ .used = true, .routed = true, .address = address, .data = data };
	return write_routes(k);
}

static const struct irqchip_ops chip_ops = {
	.set_line = set_line,
	.attach = attach,
	.detach = detach,
	.msi_alloc = msi_alloc,
	.msi_free = msi_free,
	.msi_route = msi_route,
};

int kvm_irq_init(struct kvm *k)
{
	k->chip.ops = &chip_ops;
	return write_routes(k);
}
