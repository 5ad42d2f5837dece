// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_vcpu.c - vCPU threads on a real VM: pause holds them with their registers complete, resume
 * lets them go on, stop gets them out of whatever they do.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "boot.h"
#include "bus.h"
#include "cpu.h"
#include "fakes.h"
#include "kvm.h"
#include "kvm_irq.h"
#include "mem.h"
#include "memmap.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define CODE_GPA    0x2000 /* both vCPUs' code; real mode reaches it too */
#define COUNT_GPA   0x3000 /* two counters, 8 bytes apart */
#define FAULT_GPA   0xd0000000
#define PORT	    0x80
#define ROUNDS	    100
#define SKIP	    77
#define PATIENCE_MS 5000

/*
 * vCPU 0 does what esi says: 0 count; 1 read PORT and count; 2 halt for good; 3 read FAULT_GPA, keep
 * what was read behind the counter, call it, and count. vCPU 1 counts, in real mode, and is made runnable by hand: starting it is the guest tests' subject, not this one's.
 */
__asm__(".section .rodata\n"
	"guest_code:\n"
	"	.code16\n"
	"	xor	%ax, %ax\n"
	"	mov	%ax, %ds\n"
	"1:	incl	0x3008\n"
	"	jmp	1b\n"
	"	.balign	16\n"
	"guest_entry:\n"
	"	.code64\n"
	"	cmp	$1, %esi\n"
	"	je	2f\n"
	"	ja	3f\n"
	"1:	incl	0x3000\n"
	"	jmp	1b\n"
	"2:	in	$0x80, %eax\n"
	"	incl	0x3000\n"
	"	jmp	2b\n"
	"3:	cmp	$3, %esi\n"
	"	je	4f\n"
	"	cli\n"
	"	hlt\n"
	"	jmp	3b\n"
	"4:	mov	$0xd0000000, %ebx\n"
	"5:	mov	(%rbx), %eax\n"
	"	mov	%eax, 0x3004\n"
	"	call	*%rbx\n"
	"	incl	0x3000\n"
	"	jmp	5b\n"
	"guest_code_end:\n"
	".previous\n");
extern const uint8_t guest_code[], guest_entry[], guest_code_end[];

enum program { COUNT, READ_PORT, HALT, USE_FAULT };

struct rig {
	struct kvm kvm;
	struct memmap map;
	struct mem mem;
	struct bus pio, mmio;
	struct bus_region port;
	uint32_t reads; /* of PORT: what the last one gave */
	pthread_mutex_t lock;
	struct stop stop;
	struct exit_faults faults;
	struct exit_fault fault;
	unsigned fault_calls;
	bool mends;
	struct cpus cpus;
};

static void port_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct rig *rig = container_of(r, struct rig, port);

	(void)off;
	put_le(buf, len, ++rig->reads);
}

static void port_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	(void)r;
	(void)off;
	(void)buf;
	(void)len;
}

static const struct bus_ops port_ops = { port_read, port_write };

static int setup(void **state)
{
	const struct memmap_params p = { .ram_size = MEMMAP_RAM_MIN, .phys_bits = 36 };
	static struct rig rig;

	rig = (struct rig){ .kvm = { .dev_fd = -1, .vm_fd = -1, .vfio_fd = -1 },
			    .port = { PORT, 4, 4, &port_ops, "numbers" } };
	*state = &rig;
	pthread_mutex_init(&rig.lock, NULL);
	return stop_init(&rig.stop) || bus_add(&rig.pio, &rig.port) || kvm_open(&rig.kvm) ||
	       kvm_create_vm(&rig.kvm) || kvm_irq_init(&rig.kvm) || memmap_plan(&rig.map, &p) ||
	       mem_init(&rig.mem, &rig.map) || mem_listen(&rig.mem, &rig.kvm.listener);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	stop_request(&rig->stop, STOP_QUIT, 0);
	cpus_stop(&rig->cpus);
	cpus_fini(&rig->cpus);
	mem_forget(&rig->mem, &rig->kvm.listener);
	mem_fini(&rig->mem);
	kvm_fini(&rig->kvm);
	bus_fini(&rig->pio);
	stop_fini(&rig->stop);
	pthread_mutex_destroy(&rig->lock);
	return 0;
}

static void pass_time(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

static void make_runnable(struct cpu *c)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rip = 0, .rflags = 2 };
	struct kvm_sregs sregs;

	assert_int_equal(ioctl(c->fd, KVM_GET_SREGS, &sregs), 0);
	sregs.cs.base = CODE_GPA;
	sregs.cs.selector = CODE_GPA >> 4;
	assert_int_equal(ioctl(c->fd, KVM_SET_SREGS, &sregs), 0);
	assert_int_equal(ioctl(c->fd, KVM_SET_REGS, &regs), 0);
	assert_int_equal(ioctl(c->fd, KVM_SET_MP_STATE, &state), 0);
}

static void prepare(struct rig *rig, enum program program)
{
	const struct exit_ctx ctx = { &rig->pio, &rig->mmio, &rig->lock, &rig->stop, &rig->faults };
	const struct cpu_entry entry = {
		.rip = CODE_GPA + (uint64_t)(guest_entry - guest_code),
		.rsi = program,
		.rsp = LAYOUT_BOOT_STACK,
		.cr3 = LAYOUT_BOOT_PML4,
		.gdt_gpa = LAYOUT_BOOT_GDT,
		.gdt_limit = BOOT_GDT_SIZE - 1,
		.cs = BOOT_CS,
		.ds = BOOT_DS,
	};

	memcpy(mem_at(&rig->mem, CODE_GPA, 4096), guest_code,
	       (size_t)(guest_code_end - guest_code));
	boot_page_tables(mem_at(&rig->mem, LAYOUT_BOOT_PML4, BOOT_TABLES_SIZE), LAYOUT_BOOT_PML4);
	boot_gdt(mem_at(&rig->mem, LAYOUT_BOOT_GDT, BOOT_GDT_SIZE));
	assert_int_equal(cpus_init(&rig->cpus, &rig->kvm, &(struct topology){ 1, 2, 1 }, &rig->mem,
				   &ctx),
			 0);
	assert_int_equal(cpus_set_entry(&rig->cpus, &entry), 0);
	make_runnable(&rig->cpus.cpu[1]);
}

static void start(struct rig *rig, enum program program)
{
	prepare(rig, program);
	assert_int_equal(cpus_start(&rig->cpus), 0);
}

static uint32_t counter(struct rig *rig, unsigned cpu)
{
	const uint32_t *n;

	pthread_mutex_lock(&rig->lock); /* a vCPU may be mapping memory just now */
	n = mem_at(&rig->mem, COUNT_GPA, 16);
	pthread_mutex_unlock(&rig->lock);
	return __atomic_load_n(&n[2 * cpu], __ATOMIC_SEQ_CST);
}

/* Wait until this vCPU's counter is no longer `from`. */
static void wait_for_progress(struct rig *rig, unsigned cpu, uint32_t from)
{
	for (unsigned ms = 0; counter(rig, cpu) == from; ms++) {
		pass_time(1);
		if (ms == PATIENCE_MS)
			fail_msg("vCPU %u does not run: its counter stays at %u", cpu, from);
	}
}

static struct kvm_regs registers(const struct rig *rig, unsigned cpu)
{
	struct kvm_regs regs;

	assert_int_equal(ioctl(rig->cpus.cpu[cpu].fd, KVM_GET_REGS, &regs), 0);
	return regs;
}

static void pause_holds(void **state)
{
	struct rig *rig = *state;

	start(rig, COUNT);
	for (unsigned cpu = 0; cpu < 2; cpu++)
		wait_for_progress(rig, cpu, 0);
	cpus_pause(&rig->cpus);
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		uint32_t n = counter(rig, cpu);
		struct kvm_regs regs = registers(rig, cpu);

		pass_time(20);
		assert_int_equal(counter(rig, cpu), n);
		assert_int_equal(registers(rig, cpu).rip, regs.rip);
		/* vCPU 1 started at segment 0x200 */
		assert_in_range(regs.rip + (cpu ? CODE_GPA : 0), CODE_GPA,
				CODE_GPA + (uint64_t)(guest_code_end - guest_code) - 1);
	}
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		uint32_t n = counter(rig, cpu);

		if (!cpu)
			cpus_resume(&rig->cpus);
		wait_for_progress(rig, cpu, n);
	}
}

static void pause_many_times(void **state)
{
	struct rig *rig = *state;

	start(rig, COUNT);
	wait_for_progress(rig, 1, 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t n[2];

		cpus_pause(&rig->cpus);
		n[0] = counter(rig, 0);
		n[1] = counter(rig, 1);
		if (i % 10 == 0)
			pass_time(1);
		assert_int_equal(counter(rig, 0), n[0]);
		assert_int_equal(counter(rig, 1), n[1]);
		cpus_resume(&rig->cpus);
		if (i % 10 == 5)
			wait_for_progress(rig, i / 10 % 2, n[i / 10 % 2]);
	}
}

/* A read that was answered is in the register when the vCPU is paused. */
static void pause_completes_exits(void **state)
{
	struct rig *rig = *state;

	start(rig, READ_PORT);
	for (unsigned i = 0; i < ROUNDS; i++) {
		wait_for_progress(rig, 0, counter(rig, 0));
		cpus_pause(&rig->cpus);
		assert_int_equal(registers(rig, 0).rax, rig->reads);
		cpus_resume(&rig->cpus);
	}
}

static void pause_while_halted(void **state)
{
	struct rig *rig = *state;

	start(rig, HALT);
	wait_for_progress(rig, 1, 0);
	pass_time(5);
	for (unsigned i = 0; i < ROUNDS / 10; i++) {
		cpus_pause(&rig->cpus);
		assert_in_range(registers(rig, 0).rip, CODE_GPA,
				CODE_GPA + (uint64_t)(guest_code_end - guest_code));
		cpus_resume(&rig->cpus);
	}
}

static void stop_joins(struct rig *rig)
{
	stop_request(&rig->stop, STOP_QUIT, 0);
	cpus_stop(&rig->cpus);
	assert_int_equal(rig->cpus.running, 0);
	for (unsigned cpu = 0; cpu < 2; cpu++)
		assert_false(rig->cpus.cpu[cpu].started);
}

static void stop_while_spinning(void **state)
{
	struct rig *rig = *state;
	uint32_t n;

	start(rig, COUNT);
	wait_for_progress(rig, 1, 0);
	stop_joins(rig);
	n = counter(rig, 0);
	pass_time(20);
	assert_int_equal(counter(rig, 0), n);
}

static void stop_while_halted(void **state)
{
	struct rig *rig = *state;

	start(rig, HALT);
	wait_for_progress(rig, 1, 0);
	pass_time(5); /* vCPU 0 sleeps in the kernel by now, vCPU 1 spins */
	stop_joins(rig);
}

static void stop_while_paused(void **state)
{
	struct rig *rig = *state;

	start(rig, COUNT);
	wait_for_progress(rig, 0, 0);
	cpus_pause(&rig->cpus);
	stop_joins(rig);
}

/* ---- host CPUs ---- */

/* The lowest and the highest CPU that this process may use; they may be one. */
static void host_cpus(uint16_t found[2])
{
	cpu_set_t may;

	assert_int_equal(sched_getaffinity(0, sizeof(may), &may), 0);
	for (uint16_t i = CPU_SETSIZE; i > 0; i--)
		if (CPU_ISSET(i - 1, &may))
			found[0] = i - 1;
	for (uint16_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &may))
			found[1] = i;
}

static void pins_each_to_its_own(void **state)
{
	struct rig *rig = *state;
	uint16_t host[2];

	host_cpus(host);
	prepare(rig, COUNT);
	cpus_pin(&rig->cpus, host);
	assert_int_equal(cpus_start(&rig->cpus), 0);
	for (unsigned i = 0; i < 2; i++) {
		cpu_set_t set;

		assert_int_equal(pthread_getaffinity_np(rig->cpus.cpu[i].thread, sizeof(set), &set),
				 0);
		assert_int_equal(CPU_COUNT(&set), 1);
		assert_true(CPU_ISSET(host[i], &set));
		wait_for_progress(rig, i, 0);
	}
}

/* No guest instruction runs, and what was started ends. */
static void refuses_a_cpu_that_is_not_there(void **state)
{
	struct rig *rig = *state;
	uint16_t host[2];

	for (unsigned bad = 0; bad < 2; bad++) {
		rig->stop.reason = STOP_NONE;
		memset(mem_at(&rig->mem, COUNT_GPA, 16), 0, 16);
		prepare(rig, COUNT);
		host_cpus(host);
		host[bad] = 65535;
		cpus_pin(&rig->cpus, host);
		assert_int_equal(cpus_start(&rig->cpus), -EINVAL);
		assert_int_equal(rig->stop.reason, STOP_HOST_ERROR);
		cpus_stop(&rig->cpus);
		assert_int_equal(rig->cpus.running, 0);
		assert_int_equal(counter(rig, 0) | counter(rig, 1), 0);
		if (!bad) { /* vCPU ids are taken for the life of a VM */
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
	}
}

/* ---- messages ---- */

/* With 32-bit APIC ids KVM reads the upper half of an address, and refuses most: not what a guest writes. */
static void any_message_address_is_taken(void **state)
{
	static const uint64_t addresses[] = { 0xfee00000,	  0xff00000000fee00,
					      0xffffffffffffffff, 0x1000000fee00000,
					      0x1fee00000,	  0 };
	struct rig *rig = *state;
	struct irqchip *chip = &rig->kvm.chip;
	uint32_t gsi;

	assert_int_equal(kvm_enable_x2apic_ids(&rig->kvm), 0);
	assert_int_equal(chip->ops->msi_alloc(chip, &gsi), 0);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		assert_int_equal(chip->ops->msi_route(chip, gsi, addresses[i], 0x4041), 0);
	chip->ops->msi_free(chip, gsi);
}

/* ---- memslots without pages behind them ---- */

static void map_fault(struct rig *rig, void *p)
{
	const struct mem_region r = { FAULT_GPA, 4096, p, MEM_KIND_MMIO, false, "fault" };

	assert_int_equal(mem_map(&rig->mem, &r), 0);
}

/* The page comes back, with code in it that only returns. */
static bool mend(struct exit_fault *f)
{
	static uint8_t page[4096] __attribute__((aligned(4096))) = { 0xc3, 0x11, 0x22, 0x33 };
	struct rig *rig = container_of(f, struct rig, fault);

	rig->fault_calls++;
	if (rig->mends) {
		mem_unmap(&rig->mem, FAULT_GPA);
		map_fault(rig, page);
	}
	return rig->mends;
}

/* A memslot on a page of a file that has none: what a BAR is once the device stopped decoding. */
static void *start_on_nothing(struct rig *rig, bool mends)
{
	int fd = memfd_create("nothing", MFD_CLOEXEC);
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_true(fd >= 0 && p != MAP_FAILED);
	close(fd);
	map_fault(rig, p);
	rig->fault.handle = mend;
	rig->fault_calls = 0;
	rig->mends = mends;
	exit_fault_add(&rig->faults, &rig->fault);
	start(rig, USE_FAULT);
	return p;
}

static void end_on_nothing(struct rig *rig, void *p)
{
	stop_joins(rig);
	mem_unmap(&rig->mem, FAULT_GPA);
	munmap(p, 4096);
}

static void faults_are_mended(void **state)
{
	struct rig *rig = *state;
	void *p = start_on_nothing(rig, true);

	wait_for_progress(rig, 0, 0);
	wait_for_progress(rig, 0, counter(rig, 0));
	end_on_nothing(rig, p);
	assert_int_equal(rig->fault_calls, 1);
	assert_int_equal(*(uint32_t *)mem_at(&rig->mem, COUNT_GPA + 4, 4), 0x332211c3);
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_QUIT);
}

static void faults_nobody_mends_are_crashes(void **state)
{
	struct rig *rig = *state;
	const char *text;
	void *p;

	fake_stderr_begin();
	p = start_on_nothing(rig, false);
	for (unsigned ms = 0; !stop_requested(&rig->stop) && ms < PATIENCE_MS; ms++)
		pass_time(1);
	end_on_nothing(rig, p);
	text = fake_stderr_end();
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_CRASH);
	assert_non_null(strstr(text, "guest crashed: vCPU 0"));
	assert_int_equal(rig->fault_calls, 1);
	assert_int_equal(counter(rig, 0), 0);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pause_holds),
		TEST(pause_many_times),
		TEST(pause_completes_exits),
		TEST(pause_while_halted),
		TEST(stop_while_spinning),
		TEST(stop_while_halted),
		TEST(pins_each_to_its_own),
		TEST(any_message_address_is_taken),
		TEST(refuses_a_cpu_that_is_not_there),
		TEST(stop_while_paused),
		TEST(faults_are_mended),
		TEST(faults_nobody_mends_are_crashes),
	};

	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("SKIP /dev/kvm: %s\n", strerror(errno));
		return SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
