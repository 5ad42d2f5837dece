/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm_irq.h - KVM's in-kernel PIC, IOAPIC and local APICs as struct irqchip.
 */
#ifndef IGDVM_KVM_IRQ_H
#define IGDVM_KVM_IRQ_H

struct kvm;

/* After kvm_create_vm(): k->chip works, the board's fixed wiring is routed. 0 or logged -errno. */
int kvm_irq_init(struct kvm *k);

#endif
