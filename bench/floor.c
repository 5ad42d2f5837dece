// SPDX-License-Identifier: BSD-2-Clause
/*
 * floor.c - the least a VMM can do: one VM with irqchip and PIT, one memslot of 512 MiB, one vCPU,
 * and a guest that writes one byte to COM1. What igdvm's start is compared with.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_SIZE (512UL << 20)
#define COM1	 0x3f8
#define RESET	 0xcf9

static const uint8_t code[] = {
	0xba, 0xf8, 0x03, /* mov $COM1, %dx */
	0xb0, 'S',	  /* mov $'S', %al */
	0xee,		  /* out %al, %dx */
	0xba, 0xf9, 0x0c, /* mov $RESET, %dx */
	0xee,		  /* out %al, %dx */
};

static int must(int ret, const char *what)
{
	if (ret < 0) {
		perror(what);
		_exit(1);
	}
	return ret;
}

int main(void)
{
	struct kvm_pit_config pit = { 0 };
	int dev = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = must(ioctl(dev, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	void *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct kvm_userspace_memory_region slot = {
		.memory_size = RAM_SIZE,
		.userspace_addr = (uintptr_t)ram,
	};
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_run *run;
	int cpu;

	if (ram == MAP_FAILED)
		must(-1, "mmap");
	must(ioctl(vm, KVM_SET_TSS_ADDR, 0xfeffd000), "KVM_SET_TSS_ADDR");
	must(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	must(ioctl(vm, KVM_CREATE_PIT2, &pit), "KVM_CREATE_PIT2");
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "KVM_SET_USER_MEMORY_REGION");
	cpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	run = mmap(NULL, (size_t)must(ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 0), "mmap size"),
		   PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (run == MAP_FAILED)
		must(-1, "mmap of the vCPU");
	memcpy((char *)ram + 0x1000, code, sizeof(code));
	must(ioctl(cpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	must(ioctl(cpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(ioctl(cpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	for (;;) {
		must(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
		if (run->exit_reason != KVM_EXIT_IO)
			return 1;
		if (run->io.port == RESET)
			return 32;
		if (run->io.port == COM1 &&
		    write(STDOUT_FILENO, (char *)run + run->io.data_offset, 1) != 1)
			return 1;
	}
}
