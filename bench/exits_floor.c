// SPDX-License-Identifier: BSD-2-Clause
/*
 * exits_floor.c - the same accesses as exits_guest.c in a VM that does nothing about them: a loop of
 * KVM_RUN. The host takes the TSC, at an access to another port before and after each batch.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#define RAM_SIZE  0x80000
#define TABLES	  0x2000 /* PML4, PDPT, four page directories: 4 GiB, as they are */
#define BATCHES	  20
#define BATCH	  5000
#define CPUID_MAX 256
#define MARK	  0x10

#define LE16(v) (v) & 0xff, (v) >> 8
#define LE32(v) LE16((v)&0xffff), LE16((uint32_t)(v) >> 16)

/* 64-bit code at 0x1000. */
static const uint8_t code[] = {
	0x66,	     0xba,
	LE16(0x3ff),		       /* mov $0x3ff, %dx */
	0xbb,	     LE32(0xfed00000), /* mov $0xfed00000, %ebx */
	0xb9,	     LE32(BATCH),      /* mov $BATCH, %ecx */
	0xe6,	     MARK,	       /* out %al, $MARK */
	0xee,			       /* 1: out %al, %dx */
	0xe2,	     0xfd,	       /* loop 1b */
	0xe6,	     MARK,	       /* out %al, $MARK */
	0xb9,	     LE32(BATCH),      /* mov $BATCH, %ecx */
	0xe6,	     MARK,	       /* out %al, $MARK */
	0x8b,	     0x03,	       /* 2: mov (%rbx), %eax */
	0xe2,	     0xfc,	       /* loop 2b */
	0xe6,	     MARK,	       /* out %al, $MARK */
	0xeb,	     0xdc,	       /* jmp to the start */
};

static int must(int ret, const char *what)
{
	if (ret < 0) {
		perror(what);
		_exit(1);
	}
	return ret;
}

static struct kvm_run *run;
static int cpu;

/* Long mode with flat segments, paging one to one. */
static void set_up(char *ram, struct kvm_sregs *s)
{
	uint64_t *pml4 = (uint64_t *)(ram + TABLES), *pdpt = pml4 + 512, *pd = pdpt + 512;

	pml4[0] = (TABLES + 0x1000) | 3;
	for (uint64_t i = 0; i < 4; i++)
		pdpt[i] = (TABLES + 0x2000 + (i << 12)) | 3;
	for (uint64_t i = 0; i < 2048; i++)
		pd[i] = i << 21 | 0x83; /* present, writable, 2 MiB */
	s->cr3 = TABLES;
	s->cr4 = 1 << 5;	    /* PAE */
	s->cr0 = 1u << 31 | 0x31;   /* PG, NE, ET, PE */
	s->efer = 1 << 8 | 1 << 10; /* LME, LMA */
	s->cs = (struct kvm_segment){
		.limit = ~0u, .selector = 0x10, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1
	};
	s->ds = (struct kvm_segment){
		.limit = ~0u, .selector = 0x18, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1
	};
	s->es = s->fs = s->gs = s->ss = s->ds;
	s->tr = (struct kvm_segment){ .limit = 0x67, .type = 11, .present = 1 };
}

/* Let the guest go on until it marks a place; the TSC there. */
static uint64_t to_mark(void)
{
	do
		must(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
	while (run->exit_reason == KVM_EXIT_MMIO ||
	       (run->exit_reason == KVM_EXIT_IO && run->io.port != MARK));
	if (run->exit_reason != KVM_EXIT_IO) {
		fprintf(stderr, "exits_floor: exit reason %u\n", run->exit_reason);
		_exit(1);
	}
	return __rdtsc();
}

int main(void)
{
	int dev = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = must(ioctl(dev, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	void *ram =
		mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region slot = {
		.memory_size = RAM_SIZE,
		.userspace_addr = (uintptr_t)ram,
	};
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + CPUID_MAX * sizeof(cpuid->entries[0]));
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ram == MAP_FAILED || !cpuid)
		must(-1, "memory");
	cpuid->nent = CPUID_MAX;
	must(ioctl(vm, KVM_SET_TSS_ADDR, 0xfeffd000), "KVM_SET_TSS_ADDR");
	must(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "KVM_SET_USER_MEMORY_REGION");
	cpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	run = mmap(NULL, (size_t)must(ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 0), "mmap size"),
		   PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (run == MAP_FAILED)
		must(-1, "mmap of the vCPU");
	must(ioctl(dev, KVM_GET_SUPPORTED_CPUID, cpuid), "KVM_GET_SUPPORTED_CPUID");
	must(ioctl(cpu, KVM_SET_CPUID2, cpuid), "KVM_SET_CPUID2");
	memcpy((char *)ram + 0x1000, code, sizeof(code));
	must(ioctl(cpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	set_up(ram, &sregs);
	must(ioctl(cpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(ioctl(cpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		uint64_t start = to_mark();

		printf("pio %llu\n", (unsigned long long)(to_mark() - start) / BATCH);
		start = to_mark();
		printf("mmio %llu\n", (unsigned long long)(to_mark() - start) / BATCH);
	}
}
