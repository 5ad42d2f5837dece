/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm.h - the virtual machine: every KVM ioctl on /dev/kvm and on the VM.
 *
 * Implements mem's listener (memslots), irq's chip (routing, irqfd) and kick's eventfds. What a vCPU is,
 * is cpu.h's.
 * Source: Linux Documentation/virt/kvm/api.rst.
 */
#ifndef IGDVM_KVM_H
#define IGDVM_KVM_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"
#include "kick.h"
#include "layout.h"
#include "mem.h"

struct kvm_cpuid2;
struct kvm_irq_routing;

#define KVM_MSI_ROUTES 256

/* One MSI route: free, reserved without a message yet, or delivering. */
struct msi_slot {
	bool used, routed;
	uint64_t address;
	uint32_t data;
};

struct kvm {
	int dev_fd, vm_fd, vfio_fd;
	unsigned run_size;	  /* bytes of struct kvm_run's mapping */
	unsigned max_cpus;	  /* KVM_CAP_MAX_VCPUS */
	unsigned usual_cpus;	  /* KVM_CAP_NR_VCPUS: the host's, what KVM recommends */
	uint32_t max_apic_id;	  /* KVM_CAP_MAX_VCPU_ID */
	unsigned max_slots;	  /* KVM_CAP_NR_MEMSLOTS */
	struct kvm_cpuid2 *cpuid; /* KVM_GET_SUPPORTED_CPUID */
	struct mem_listener listener;
	uint64_t slot_gpa[MEM_REGIONS_MAX]; /* gpa of the region in each memslot */
	bool slot_used[MEM_REGIONS_MAX];
	struct irqchip chip;
	struct kicks kicks;
	struct msi_slot msi[KVM_MSI_ROUTES];
};

/*
 * Every ioctl goes through here: logs "NAME: cause" and returns a negative errno, or the
 * non-negative result. The argument's size is checked against the one the ioctl number encodes.
 */
#define KVM_IOCTL(fd, cmd, arg)                                                                    \
	({                                                                                         \
		_Static_assert(!_IOC_SIZE(cmd) || sizeof(*(arg)) == _IOC_SIZE(cmd), #cmd);         \
		kvm_ioctl(fd, cmd, #cmd, (unsigned long)(uintptr_t)(arg));                         \
	})
/* For commands whose argument is a number, or 0 for none. */
#define KVM_IOCTL_INT(fd, cmd, value) kvm_ioctl(fd, cmd, #cmd, value)
int kvm_ioctl(int fd, unsigned long cmd, const char *name, unsigned long arg);

/* What a /dev/kvm has. */
struct kvm_look {
	int version;	     /* of the API */
	bool usable;	     /* it is the one that igdvm speaks */
	const char *missing; /* the first capability igdvm needs that is not there, or NULL */
	unsigned cpus;	     /* KVM_CAP_NR_VCPUS */
};
/* Look at path (/dev/kvm), and close it again. 0 or -errno, not logged. */
int kvm_look(const char *path, struct kvm_look *look);

/* Open /dev/kvm and see that it has what igdvm needs. 0 or logged -errno. */
int kvm_open(struct kvm *k);
/* Create the VM, its interrupt controllers and its timer. 0 or logged -errno. */
int kvm_create_vm(struct kvm *k);
/*
 * Before any vCPU: local APICs with ids above 254. 0 or logged -errno.
 *
 * KVM's IOAPIC and MSIs name 8-bit destinations. KVM_FEATURE_MSI_EXT_DEST_ID, by which a guest would
 * use 15, is not offered: the IOAPIC in the kernel has no room for the other bits (arch/x86/kvm/
 * ioapic.h, union kvm_ioapic_redirect_entry), so an interrupt would come to the wrong vCPU.
 */
int kvm_enable_x2apic_ids(struct kvm *k);
/* Takes a half-built kvm (fds -1); may run twice. */
void kvm_fini(struct kvm *k);

/* A copy of what KVM supports with room for `spare` more entries, for free(); NULL: no memory. */
struct kvm_cpuid2 *kvm_copy_cpuid(const struct kvm *k, unsigned spare);
/* Width of guest-physical addresses in bits, from KVM's CPUID (leaf 0x80000008). */
unsigned kvm_phys_bits(const struct kvm *k);

/* Tell KVM about a VFIO group, so that it honours the guest's cache types. 0 or logged -errno. */
int kvm_vfio_add(struct kvm *k, int group_fd);
void kvm_vfio_del(struct kvm *k, int group_fd);

#endif
