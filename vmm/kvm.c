// SPDX-License-Identifier: BSD-2-Clause
/*
 * kvm.c - /dev/kvm, the VM, memslots, ioeventfds, the VFIO pseudo device.
 * Must not know devices, the plan, or VFIO's own ioctls.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "host_file.h"
#include "kvm.h"
#include "log.h"
#include "topology.h"
#include "util.h"

/* KVM reports how many CPUID entries it needs only by failing; no kernel needs this many. */
#define CPUID_ENTRIES_MAX 512

int kvm_ioctl(int fd, unsigned long cmd, const char *name, unsigned long arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? log_err(-errno, "%s: %m", name) : ret;
}

static const struct {
	int cap;
	const char *name;
} needed[] = {
	{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP" },
	{ KVM_CAP_IRQ_ROUTING, "KVM_CAP_IRQ_ROUTING" },
	{ KVM_CAP_PIT2, "KVM_CAP_PIT2" },
	{ KVM_CAP_IRQFD, "KVM_CAP_IRQFD" },
	{ KVM_CAP_IRQFD_RESAMPLE, "KVM_CAP_IRQFD_RESAMPLE" },
	{ KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD" },
	{ KVM_CAP_IOEVENTFD_ANY_LENGTH, "KVM_CAP_IOEVENTFD_ANY_LENGTH" },
	{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
	{ KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR" },
	{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
	{ KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM" },
};

/* 0 when absent; errors count as absent too. */
static unsigned capability(struct kvm *k, int cap)
{
	int ret = ioctl(k->dev_fd, KVM_CHECK_EXTENSION, cap);

	return ret > 0 ? (unsigned)ret : 0;
}

static int open_device(void)
{
	int fd = host_file_open("/dev/kvm", O_RDWR);

	if (fd >= 0)
		return fd;
	if (errno == EACCES)
		return log_err(-errno, "/dev/kvm: %m; add this user to group kvm, or run as root");
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		return log_err(-errno, "/dev/kvm: %m; switch on virtualisation in the firmware "
				       "and load kvm_intel or kvm_amd");
	return log_err(-errno, "/dev/kvm: %m");
}

int kvm_look(const char *path, struct kvm_look *look)
{
	struct kvm k = { .dev_fd = open(path, O_RDWR | O_CLOEXEC) };

	*look = (struct kvm_look){ 0 };
	if (k.dev_fd < 0)
		return -errno;
	look->version = ioctl(k.dev_fd, KVM_GET_API_VERSION, 0);
	if (look->version < 0) {
		int ret = -errno;

		close(k.dev_fd);
		return ret;
	}
	look->usable = look->version == KVM_API_VERSION;
	for (size_t i = 0; i < ARRAY_SIZE(needed) && look->usable && !look->missing; i++)
		if (!capability(&k, needed[i].cap))
			look->missing = needed[i].name;
	look->cpus = capability(&k, KVM_CAP_NR_VCPUS);
	close(k.dev_fd);
	return 0;
}

static size_t cpuid_size(size_t entries)
{
	return sizeof(struct kvm_cpuid2) + entries * sizeof(struct kvm_cpuid_entry2);
}

static int read_cpuid(struct kvm *k)
{
	k->cpuid = calloc(1, cpuid_size(CPUID_ENTRIES_MAX));
	if (!k->cpuid)
		return log_err(-ENOMEM, "CPUID list: %m");
	k->cpuid->nent = CPUID_ENTRIES_MAX;
	return KVM_IOCTL(k->dev_fd, KVM_GET_SUPPORTED_CPUID, k->cpuid);
}

int kvm_open(struct kvm *k)
{
	int ret;

	*k = (struct kvm){ .dev_fd = -1, .vm_fd = -1, .vfio_fd = -1 };
	ret = open_device();
	if (ret < 0)
		return ret;
	k->dev_fd = ret;
	ret = KVM_IOCTL_INT(k->dev_fd, KVM_GET_API_VERSION, 0);
	if (ret >= 0 && ret != KVM_API_VERSION)
		ret = log_err(-ENOSYS, "/dev/kvm: API version %d, %d is needed", ret,
			      KVM_API_VERSION);
	for (size_t i = 0; i < ARRAY_SIZE(needed) && ret >= 0; i++)
		if (!capability(k, needed[i].cap))
			ret = log_err(-ENOSYS, "/dev/kvm: %s is missing; igdvm needs a full KVM",
				      needed[i].name);
	if (ret >= 0)
		ret = read_cpuid(k);
	if (ret >= 0)
		ret = KVM_IOCTL_INT(k->dev_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (ret < 0) {
		kvm_fini(k);
		return ret;
	}
	k->run_size = (unsigned)ret;
	k->max_cpus = MAX(capability(k, KVM_CAP_MAX_VCPUS), capability(k, KVM_CAP_NR_VCPUS));
	k->usual_cpus = capability(k, KVM_CAP_NR_VCPUS);
	/* api.rst, KVM_CREATE_VCPU: without the capability, ids are below the number of vCPUs */
	k->max_apic_id = MAX(capability(k, KVM_CAP_MAX_VCPU_ID), k->max_cpus) - 1;
	k->max_slots = MIN(capability(k, KVM_CAP_NR_MEMSLOTS), (unsigned)MEM_REGIONS_MAX);
	return 0;
}

static int find_slot(const struct kvm *k, bool used, uint64_t gpa)
{
	for (unsigned i = 0; i < k->max_slots; i++)
		if (k->slot_used[i] == used && (!used || k->slot_gpa[i] == gpa))
			return (int)i;
	return -1;
}

static int set_slot(struct kvm *k, int slot, const struct mem_region *r, uint64_t size)
{
	struct kvm_userspace_memory_region kr = {
		.slot = (uint32_t)slot,
		.flags = r->readonly ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = r->gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)r->hva,
	};

	if (!ioctl(k->vm_fd, KVM_SET_USER_MEMORY_REGION, &kr))
		return 0;
	return log_err(-errno, "KVM memslot for %s at %#llx, %#llx bytes: %m", r->name,
		       (unsigned long long)r->gpa, (unsigned long long)size);
}

static int slot_map(struct mem_listener *l, const struct mem_region *r)
{
	struct kvm *k = container_of(l, struct kvm, listener);
	int slot = find_slot(k, false, 0), ret;

	if (slot < 0)
		return log_err(-ENOSPC, "KVM memslots: all %u are in use", k->max_slots);
	ret = set_slot(k, slot, r, r->size);
	if (ret)
		return ret;
	k->slot_used[slot] = true;
	k->slot_gpa[slot] = r->gpa;
	return 0;
}

static void slot_unmap(struct mem_listener *l, const struct mem_region *r)
{
	struct kvm *k = container_of(l, struct kvm, listener);
	int slot = find_slot(k, true, r->gpa);

	if (slot < 0)
		return;
	set_slot(k, slot, r, 0);
	k->slot_used[slot] = false;
}

/* Length 0: any width matches, and KVM need not look at the instruction (api.rst, KVM_IOEVENTFD). */
static int set_kick(struct kicks *k, uint64_t gpa, int fd, uint32_t flags)
{
	struct kvm *kvm = container_of(k, struct kvm, kicks);
	struct kvm_ioeventfd e = { .addr = gpa, .fd = fd, .flags = flags };

	return KVM_IOCTL(kvm->vm_fd, KVM_IOEVENTFD, &e);
}

static int kick_attach(struct kicks *k, uint64_t gpa, int fd)
{
	return set_kick(k, gpa, fd, 0);
}

static void kick_detach(struct kicks *k, uint64_t gpa, int fd)
{
	set_kick(k, gpa, fd, KVM_IOEVENTFD_FLAG_DEASSIGN);
}

static const struct kicks_ops kick_ops = { .attach = kick_attach, .detach = kick_detach };

static const struct mem_listener_ops slot_ops = { .map = slot_map, .unmap = slot_unmap };

int kvm_create_vm(struct kvm *k)
{
	uint64_t identity = LAYOUT_KVM_IDENTITY;
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	int ret;

	k->listener.ops = &slot_ops;
	k->kicks.ops = &kick_ops;
	ret = KVM_IOCTL_INT(k->dev_fd, KVM_CREATE_VM, 0);
	if (ret < 0)
		return ret;
	k->vm_fd = ret;
	ret = KVM_IOCTL_INT(k->vm_fd, KVM_SET_TSS_ADDR, LAYOUT_KVM_TSS);
	if (ret >= 0 && capability(k, KVM_CAP_SET_IDENTITY_MAP_ADDR))
		ret = KVM_IOCTL(k->vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	if (ret >= 0)
		ret = KVM_IOCTL_INT(k->vm_fd, KVM_CREATE_IRQCHIP, 0);
	if (ret >= 0)
		ret = KVM_IOCTL(k->vm_fd, KVM_CREATE_PIT2, &pit);
	return ret < 0 ? ret : 0;
}

int kvm_enable_x2apic_ids(struct kvm *k)
{
	/* 32-bit ids in APIC state; 0xff is an id in x2APIC mode, not every vCPU */
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X2APIC_API,
		.args = { KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK },
	};

	if ((capability(k, cap.cap) & cap.args[0]) != cap.args[0])
		return log_err(-EOPNOTSUPP,
			       "--cpus: this KVM has no APIC ids above %d (KVM_CAP_X2APIC_API): "
			       "lower it, or change topology=",
			       TOPOLOGY_XAPIC_LAST);
	return KVM_IOCTL(k->vm_fd, KVM_ENABLE_CAP, &cap);
}

void kvm_fini(struct kvm *k)
{
	close_fd(&k->vfio_fd);
	close_fd(&k->vm_fd);
	close_fd(&k->dev_fd);
	free(k->cpuid);
	k->cpuid = NULL;
}

struct kvm_cpuid2 *kvm_copy_cpuid(const struct kvm *k, unsigned spare)
{
	struct kvm_cpuid2 *list = calloc(1, cpuid_size(k->cpuid->nent + spare));

	if (list)
		memcpy(list, k->cpuid, cpuid_size(k->cpuid->nent));
	return list;
}

/* CPUID 0x80000008 EAX[7:0]; 36 where the leaf is absent (SDM vol. 2A, CPUID). */
unsigned kvm_phys_bits(const struct kvm *k)
{
	for (unsigned i = 0; i < k->cpuid->nent; i++)
		if (k->cpuid->entries[i].function == 0x80000008)
			return k->cpuid->entries[i].eax & 0xff;
	return 36;
}

static int vfio_group_attr(struct kvm *k, uint64_t attr, int group_fd)
{
	int32_t fd = group_fd;
	struct kvm_device_attr a = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = attr,
		.addr = (uintptr_t)&fd,
	};

	return KVM_IOCTL(k->vfio_fd, KVM_SET_DEVICE_ATTR, &a);
}

int kvm_vfio_add(struct kvm *k, int group_fd)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_VFIO };
	int ret;

	if (k->vfio_fd < 0) {
		ret = KVM_IOCTL(k->vm_fd, KVM_CREATE_DEVICE, &dev);
		if (ret < 0)
			return ret;
		k->vfio_fd = (int)dev.fd;
	}
	return vfio_group_attr(k, KVM_DEV_VFIO_GROUP_ADD, group_fd);
}

void kvm_vfio_del(struct kvm *k, int group_fd)
{
	if (k->vfio_fd >= 0)
		vfio_group_attr(k, KVM_DEV_VFIO_GROUP_DEL, group_fd);
}
