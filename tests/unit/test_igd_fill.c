// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_igd_fill.c - lazy pages on a real VM: the guest's first access puts them in place, whatever
 * kind it is and even if KVM cannot emulate it, and no later one leaves the guest.
 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "boot.h"
#include "cpu.h"
#include "fakes.h"
#include "igd.h"
#include "igd_lazy.h"
#include "kvm.h"
#include "kvm_irq.h"
#include "layout.h"
#include "mem.h"
#include "memmap.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define CODE_GPA    0x2000
#define SEEN_GPA    0x3000 /* what the guest read; 8 bytes on, how often it went round */
#define LAZY_GPA    0xbf000000
#define LAZY_SIZE   0x2000
#define PATIENCE_MS 5000

/*
 * What esi says is the first access: 0 a read of LAZY_GPA + 0x10; 1 a write of 0x12345678 there; 2 a
 * call of LAZY_GPA; 3 an addition of 16 bytes, which KVM does not emulate, the sum of which it
 * stores behind SEEN_GPA, after having said that it has SSE at all. Then it reads and writes there for ever.
 */
__asm__(".section .rodata\n"
	"fill_code:\n"
	"	mov	$0xbf000000, %ebx\n"
	"	cmp	$3, %esi\n"
	"	je	5f\n"
	"	cmp	$1, %esi\n"
	"	je	1f\n"
	"	ja	2f\n"
	"	jmp	3f\n"
	"1:	movl	$0x12345678, 0x10(%rbx)\n"
	"	jmp	3f\n"
	"2:	call	*%rbx\n"
	"3:	mov	0x10(%rbx), %eax\n"
	"	mov	%eax, 0x3000\n"
	"4:	incl	0x1ffc(%rbx)\n"
	"	incl	0x3008\n"
	"	jmp	4b\n"
	"5:	mov	%cr4, %rax\n"
	"	or	$0x200, %eax\n" /* OSFXSR: SSE may be used */
	"	mov	%rax, %cr4\n"
	"	pxor	%xmm0, %xmm0\n"
	"	incl	0x3018\n"
	"	paddb	0x10(%rbx), %xmm0\n"
	"	movd	%xmm0, 0x3010\n"
	"	jmp	3b\n"
	"fill_code_end:\n"
	".previous\n");
extern const uint8_t fill_code[], fill_code_end[];

enum first_access { READ, WRITE, CALL, ADD };

struct rig {
	struct kvm kvm;
	struct memmap map;
	struct mem mem;
	struct bus pio, mmio;
	pthread_mutex_t lock;
	struct stop stop;
	struct exit_faults faults;
	struct igd_lazy lazy;
	const struct bus_ops *ops; /* lazy's own */
	atomic_uint exits;	   /* that reached them */
	uint8_t *pages;
	struct cpus cpus;
};

static struct rig rig;

static void counted_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	atomic_fetch_add(&rig.exits, 1);
	rig.ops->read(r, off, buf, len);
}

static void counted_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	atomic_fetch_add(&rig.exits, 1);
	rig.ops->write(r, off, buf, len);
}

static const struct bus_ops counted = { counted_read, counted_write };

static int setup(void **state)
{
	const struct memmap_params p = { .ram_size = MEMMAP_RAM_MIN, .phys_bits = 36 };
	const struct igd_parts parts = {
		.mem = &rig.mem, .mmio = &rig.mmio, .stop = &rig.stop, .faults = &rig.faults
	};
	struct mem_region region = {
		.gpa = LAZY_GPA, .size = LAZY_SIZE, .kind = MEM_KIND_SHARED, .name = "lazy"
	};

	(void)state;
	rig = (struct rig){ .kvm = { .dev_fd = -1, .vm_fd = -1, .vfio_fd = -1 } };
	pthread_mutex_init(&rig.lock, NULL);
	region.hva = rig.pages =
		mmap(NULL, LAZY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	rig.pages[0] = 0xc3; /* ret */
	put_le32(rig.pages + 0x10, 0xcafe5a5a);
	if (stop_init(&rig.stop) || kvm_open(&rig.kvm) || kvm_create_vm(&rig.kvm) ||
	    kvm_irq_init(&rig.kvm) || memmap_plan(&rig.map, &p) || mem_init(&rig.mem, &rig.map) ||
	    mem_listen(&rig.mem, &rig.kvm.listener) || igd_lazy_init(&rig.lazy, &region, &parts))
		return -1;
	rig.ops = rig.lazy.trap.ops;
	rig.lazy.trap.ops = &counted;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop_request(&rig.stop, STOP_QUIT, 0);
	cpus_stop(&rig.cpus);
	cpus_fini(&rig.cpus);
	igd_lazy_fini(&rig.lazy);
	mem_unmap(&rig.mem, LAZY_GPA);
	mem_forget(&rig.mem, &rig.kvm.listener);
	mem_fini(&rig.mem);
	kvm_fini(&rig.kvm);
	bus_fini(&rig.mmio);
	stop_fini(&rig.stop);
	pthread_mutex_destroy(&rig.lock);
	munmap(rig.pages, LAZY_SIZE);
	return 0;
}

static void start(enum first_access access)
{
	const struct exit_ctx ctx = { &rig.pio, &rig.mmio, &rig.lock, &rig.stop, &rig.faults };
	const struct cpu_entry entry = {
		.rip = CODE_GPA,
		.rsi = access,
		.rsp = LAYOUT_BOOT_STACK,
		.cr3 = LAYOUT_BOOT_PML4,
		.gdt_gpa = LAYOUT_BOOT_GDT,
		.gdt_limit = BOOT_GDT_SIZE - 1,
		.cs = BOOT_CS,
		.ds = BOOT_DS,
	};

	memcpy(mem_at(&rig.mem, CODE_GPA, 4096), fill_code, (size_t)(fill_code_end - fill_code));
	boot_page_tables(mem_at(&rig.mem, LAYOUT_BOOT_PML4, BOOT_TABLES_SIZE), LAYOUT_BOOT_PML4);
	boot_gdt(mem_at(&rig.mem, LAYOUT_BOOT_GDT, BOOT_GDT_SIZE));
	assert_int_equal(cpus_init(&rig.cpus, &rig.kvm, &(struct topology){ 1, 1, 1 }, &rig.mem,
				   &ctx),
			 0);
	assert_int_equal(cpus_set_entry(&rig.cpus, &entry), 0);
	assert_int_equal(cpus_start(&rig.cpus), 0);
}

static uint32_t guest_word(uint64_t gpa)
{
	uint32_t *word;

	pthread_mutex_lock(&rig.lock); /* a vCPU may be mapping the page just now */
	word = mem_at(&rig.mem, gpa, 4);
	pthread_mutex_unlock(&rig.lock);
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Until the guest went round often enough. False: it crashed. */
static bool run(enum first_access access)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	start(access);
	for (unsigned i = 0; guest_word(SEEN_GPA + 8) < 1000 && !stop_requested(&rig.stop); i++) {
		nanosleep(&ms, NULL);
		if (i == PATIENCE_MS)
			fail_msg("the guest went round %u times", guest_word(SEEN_GPA + 8));
	}
	stop_request(&rig.stop, STOP_QUIT, 0);
	cpus_stop(&rig.cpus);
	return atomic_load(&rig.stop.reason) == STOP_QUIT;
}

static void check(uint32_t seen, unsigned exits)
{
	assert_int_equal(guest_word(SEEN_GPA), seen);
	assert_int_equal(get_le32(rig.pages + 0x10), seen);
	/* what it did from then on is on the same pages, and nobody but the hardware saw it */
	assert_in_range(get_le32(rig.pages + 0x1ffc) - guest_word(SEEN_GPA + 8), 0, 1);
	assert_int_equal(atomic_load(&rig.exits), exits);
}

static void read_comes_first(void **state)
{
	(void)state;
	assert_true(run(READ));
	check(0xcafe5a5a, 1);
}

static void write_comes_first(void **state)
{
	(void)state;
	assert_true(run(WRITE));
	check(0x12345678, 1);
}

/* There is no code to emulate where nothing is: KVM gives up, the handler does not. */
static void call_comes_first(void **state)
{
	(void)state;
	assert_true(run(CALL));
	check(0xcafe5a5a, 0);
}

static void addition_comes_first(void **state)
{
	bool alive;

	(void)state;
	fake_stderr_begin();
	alive = run(ADD);
	fake_stderr_end();
	if (!alive && !guest_word(SEEN_GPA + 24))
		skip(); /* a KVM that interprets its guests, and knows no SSE */
	assert_true(alive);
	check(0xcafe5a5a, 0);
	assert_int_equal(guest_word(SEEN_GPA + 16), 0xcafe5a5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(read_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(write_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(call_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(addition_comes_first, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
