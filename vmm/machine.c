// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine.c - the order in which a machine comes up, and goes down.
 *
 * The only file that knows every device, and the only one that includes both kvm.h and vfio.h. It
 * lists and connects; what a part does is the part's own business.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "acpi.h"
#include "dev/virtio_console.h"
#include "kvm_irq.h"
#include "layout.h"
#include "log.h"
#include "machine.h"
#include "pci_regs.h"
#include "smbios.h"
#include "util.h"
#include "vfio_fixture.h"

static const char IGD_NAME[] = "igd";

/* ---- what can be said before anything of the host is touched ---- */

static int arguments_init(struct machine *m)
{
	int ret;

	if (m->config->fixture && (!m->config->dry_run || !m->config->igd.present))
		return log_err(-EINVAL,
			       "--fixture %s stands in for a GPU that is only looked at: "
			       "give --igd BDF and --dry-run too",
			       m->config->fixture);
	ret = m->config->restarted ? 0 : loader_open(&m->loader, m->config);
	if (!ret && m->config->igd.present)
		ret = igd_check(&m->config->igd);
	return ret ? ret : companions_init(&m->companions, m->config);
}

static void arguments_fini(struct machine *m)
{
	companions_fini(&m->companions);
	loader_fini(&m->loader);
}

/* A fixture is another computer's: what can be planned for it does not depend on this one. */
static int kvm_init(struct machine *m)
{
	int ret;

	if (m->config->fixture)
		return 0;
	ret = kvm_open(&m->kvm);
	if (!ret)
		m->phys_bits = kvm_phys_bits(&m->kvm);
	return ret;
}

static void kvm_stage_fini(struct machine *m)
{
	kvm_fini(&m->kvm);
}

/* ---- host facts, then the plan ---- */

static int open_gpu(struct machine *m)
{
	int ret = iommu_add(&m->iommu, &m->igd.host);

	if (ret >= 0)
		ret = vfio_dev_init(&m->gpu, ret, &m->igd.host);
	if (!ret && m->config->dry_run)
		vfio_dev_look_only(&m->gpu);
	return ret;
}

static int probe_gpu(struct machine *m)
{
	int ret = igd_identify(&m->igd, &m->config->igd, m->config->fixture);

	if (!ret && m->config->fixture)
		ret = vfio_fixture_init(&m->gpu, &m->iommu, &m->phys_bits, &m->igd.host);
	else if (!ret)
		ret = open_gpu(m);
	if (!ret)
		ret = igd_probe(&m->igd, &m->gpu, m->config->memory);
	return ret;
}

static int host_devices_init(struct machine *m)
{
	int ret = m->config->igd.present ? probe_gpu(m) : 0;

	return ret ? ret : companions_open(&m->companions, &m->iommu);
}

static void host_devices_fini(struct machine *m)
{
	companions_close(&m->companions);
	igd_fini(&m->igd);
	vfio_dev_fini(&m->gpu);
	iommu_fini(&m->iommu);
}

static int plan_init(struct machine *m)
{
	const struct memmap_params p = {
		.ram_size = m->config->memory,
		.phys_bits = m->phys_bits,
		.avoid = m->iommu.reserved,
		.n_avoid = m->iommu.n_reserved,
		.wish = m->igd.wish,
		.n_wish = m->igd.n_wish,
	};
	int ret;

	while ((ret = memmap_plan(&m->map, &p))) {
		int again = igd_relax(&m->igd, ret);

		if (again < 0)
			return again;
		if (!again)
			return log_err(ret,
				       "--memory %lluM: no place for it in %u-bit guest addresses "
				       "beside %zu ranges the host's IOMMU reserves (%s); lower it",
				       (unsigned long long)(p.ram_size / MiB), p.phys_bits,
				       p.n_avoid, strerror(-ret));
	}
	return loader_place(&m->loader, &m->map);
}

/* ---- the machine, from the plan ---- */

static int memory_init(struct machine *m)
{
	const struct mem_backing b = {
		.huge_page = m->config->huge_page,
		.thp = m->config->thp,
		.prealloc = m->config->prealloc,
		.shared = m->config->n_fs, /* virtqueues that other processes serve */
	};

	/* a dry run takes nothing from the host */
	return m->config->dry_run ? mem_init(&m->mem, &m->map)
				  : mem_init_backed(&m->mem, &m->map, &b);
}

static void memory_fini(struct machine *m)
{
	mem_fini(&m->mem);
}

static int vm_init(struct machine *m)
{
	int ret = kvm_create_vm(&m->kvm);

	if (!ret)
		ret = kvm_irq_init(&m->kvm);
	return ret ? ret : mem_listen(&m->mem, &m->kvm.listener);
}

static int buses_init(struct machine *m)
{
	int ret = stop_init(&m->stop);

	if (!ret)
		ret = loop_init(&m->loop, &m->lock);
	if (!ret)
		ret = pci_bus_init(&m->pci, &m->pio, &m->mmio, &m->map, &m->kvm.chip);
	if (!ret)
		ret = bridges_init(&m->bridges, &m->pci);
	return ret;
}

static void buses_fini(struct machine *m)
{
	bridges_fini(&m->bridges);
	pci_bus_fini(&m->pci);
	bus_fini(&m->mmio);
	bus_fini(&m->pio);
	loop_fini(&m->loop);
	stop_fini(&m->stop);
}

/* The stop request ends machine_run(); the loop only has to notice. */
static void on_stop(struct loop_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
}

static int board_stage_init(struct machine *m)
{
	const struct board_parts parts = {
		.config = m->config,
		.pio = &m->pio,
		.chip = &m->kvm.chip,
		.loop = &m->loop,
		.stop = &m->stop,
	};
	int ret;

	m->stop_watch = (struct loop_watch){ .fd = m->stop.event_fd, .fn = on_stop };
	ret = loop_watch(&m->loop, &m->stop_watch, EPOLLIN);
	if (!ret)
		ret = board_init(&m->board, &parts);
	close_fd(&m->held_output);
	close_fd(&m->held_console);
	return ret;
}

static void board_stage_fini(struct machine *m)
{
	board_fini(&m->board);
	loop_unwatch(&m->loop, &m->stop_watch);
}

/* Guest RAM for the devices: pinned and mapped. The longest step with much memory. */
static int dma_init(struct machine *m)
{
	if (!m->iommu.n_groups)
		return 0;
	m->iommu.ram_size = m->config->memory;
	for (; m->groups_in_kvm < m->iommu.n_groups; m->groups_in_kvm++) {
		int ret = kvm_vfio_add(&m->kvm, m->iommu.group[m->groups_in_kvm].fd);

		if (ret)
			return ret;
	}
	return mem_listen(&m->mem, &m->iommu.listener);
}

static void dma_fini(struct machine *m)
{
	mem_unlisten(&m->mem, &m->iommu.listener);
	while (m->groups_in_kvm)
		kvm_vfio_del(&m->kvm, m->iommu.group[--m->groups_in_kvm].fd);
}

/* Who has the terminal, if anyone. */
static struct serial *terminal_of(struct machine *m)
{
	return m->config->console == SERIAL_TTY ? &m->board.console : &m->board.serial;
}

static int signals_stage_init(struct machine *m)
{
	return signals_init(&m->signals, &m->loop, &m->board.pm, &m->stop, terminal_of(m));
}

static void signals_stage_fini(struct machine *m)
{
	signals_fini(&m->signals);
}

/* What every assigned device is connected to. */
static struct vfio_pci_params vfio_parts(struct machine *m)
{
	return (struct vfio_pci_params){
		.bus = &m->pci,
		.mem = &m->mem,
		.chip = &m->kvm.chip,
		.loop = &m->loop,
		.stop = &m->stop,
		.faults = &m->faults,
	};
}

static int igd_init(struct machine *m)
{
	struct vfio_pci_params p = vfio_parts(m);
	const struct igd_parts parts = machine_igd_parts(m);
	int ret;

	if (!m->config->igd.present)
		return 0;
	p.dev = &m->gpu;
	p.name = IGD_NAME;
	p.devfn = m->config->igd.devfn;
	ret = vfio_pci_init(&m->igd_pci, &p);
	if (!ret)
		ret = igd_build(&m->igd, &parts);
	return ret || m->config->dry_run ? ret : vfio_pci_attach(&m->igd_pci);
}

static void igd_stage_fini(struct machine *m)
{
	vfio_pci_fini(&m->igd_pci);
}

static int companions_stage_init(struct machine *m)
{
	const struct vfio_pci_params p = vfio_parts(m);

	return companions_attach(&m->companions, &p);
}

static void companions_stage_fini(struct machine *m)
{
	companions_detach(&m->companions);
}

static int virtio_stage_init(struct machine *m)
{
	const struct virtio_host host = {
		.parts = {
			.bus = &m->pci,
			.mem = &m->mem,
			.loop = &m->loop,
			.kicks = &m->kvm.kicks,
		},
		.map = &m->map,
		.console = &m->board.console,
		.inputs = &m->virtio.inputs,
		.held_fs = m->held_fs,
	};

	return virtio_devices_init(&m->virtio, m->config, &host);
}

static void virtio_stage_fini(struct machine *m)
{
	virtio_devices_fini(&m->virtio);
}

static int cpus_stage_init(struct machine *m)
{
	const struct exit_ctx ctx = {
		.pio = &m->pio,
		.mmio = &m->mmio,
		.lock = &m->lock,
		.stop = &m->stop,
		.faults = &m->faults,
	};
	int ret = cpus_init(&m->cpus, &m->kvm, &m->config->topology, &m->mem, &ctx);

	if (m->config->n_pin)
		cpus_pin(&m->cpus, m->config->pin);
	return ret;
}

static void cpus_stage_fini(struct machine *m)
{
	cpus_stop(&m->cpus);
	cpus_fini(&m->cpus);
}

/* ---- what the guest finds in memory and registers ---- */

/* Interrupt routing of every slot that holds a function, for _PRT. */
static size_t collect_prt(const struct machine *m, struct acpi_prt *prt)
{
	size_t n = 0;

	for (unsigned dev = 0; dev < 32; dev++) {
		bool wired = false;

		for (unsigned fn = 0; fn < 8; fn++)
			wired |= m->pci.dev[DEVFN(dev, fn)] != NULL;
		for (uint8_t pin = 0; wired && pin < 4; pin++)
			prt[n++] = (struct acpi_prt){ (uint8_t)dev, pin,
						      pci_gsi((uint8_t)dev, pin + 1) };
	}
	return n;
}

static int smbios_tables(struct machine *m)
{
	void *tables = mem_at(&m->mem, LAYOUT_SMBIOS, LAYOUT_SMBIOS_MAX);
	int ret =
		tables ? smbios_build(m->config, &m->map, LAYOUT_SMBIOS, tables, LAYOUT_SMBIOS_MAX)
		       : -EFAULT;

	return ret < 0 ? log_err(ret, "SMBIOS tables: %m; shorten what --smbios says") : 0;
}

static int tables_init(struct machine *m)
{
	struct acpi_prt prt[ACPI_PRT_MAX];
	const struct acpi_info info = {
		.topology = m->config->topology,
		.keyboard = m->config->keyboard,
		.map = &m->map,
		.prt = prt,
		.n_prt = collect_prt(m, prt),
	};
	void *tables = mem_at(&m->mem, LAYOUT_ACPI, LAYOUT_ACPI_MAX);
	struct cpu_entry entry;
	int ret = pci_assign_bars(&m->pci);

	if (ret)
		return ret;
	ret = tables ? acpi_build(&info, LAYOUT_ACPI, tables, LAYOUT_ACPI_MAX) : -EFAULT;
	if (ret < 0)
		return log_err(ret, "ACPI tables: %m");
	ret = smbios_tables(m);
	if (ret)
		return ret;
	ret = loader_load(&m->loader, &m->mem, &m->map, LAYOUT_ACPI);
	if (ret)
		return ret;
	loader_entry(&m->loader, &entry);
	return cpus_set_entry(&m->cpus, &entry);
}

static const struct stage {
	const char *name;
	int (*init)(struct machine *m);	 /* 0 or logged -errno */
	void (*fini)(struct machine *m); /* also after a failed init of the same stage */
	enum exit_code failure;
	bool dry; /* --dry-run needs it too */
} stages[] = {
	{ "arguments", arguments_init, arguments_fini, EXIT_CODE_USAGE, true },
	{ "kvm", kvm_init, kvm_stage_fini, EXIT_CODE_HOST, true },
	{ "limits", machine_limits, NULL, EXIT_CODE_USAGE, true },
	/* host facts before the plan */
	{ "host devices", host_devices_init, host_devices_fini, EXIT_CODE_HOST, true },
	{ "plan", plan_init, NULL, EXIT_CODE_USAGE, true },
	{ "memory", memory_init, memory_fini, EXIT_CODE_HOST, true },
	{ "vm", vm_init, NULL, EXIT_CODE_HOST, false },
	{ "buses", buses_init, buses_fini, EXIT_CODE_HOST, true },
	{ "board", board_stage_init, board_stage_fini, EXIT_CODE_HOST, false },
	{ "dma", dma_init, dma_fini, EXIT_CODE_HOST, false },
	{ "signals", signals_stage_init, signals_stage_fini, EXIT_CODE_HOST, false },
	{ "igd", igd_init, igd_stage_fini, EXIT_CODE_HOST, true },
	{ "companions", companions_stage_init, companions_stage_fini, EXIT_CODE_HOST, false },
	{ "virtio", virtio_stage_init, virtio_stage_fini, EXIT_CODE_HOST, false },
	{ "cpus", cpus_stage_init, cpus_stage_fini, EXIT_CODE_HOST, false },
	{ "tables", tables_init, NULL, EXIT_CODE_HOST, false }, /* last: they describe the rest */
};

static bool wanted(const struct machine *m, const struct stage *s)
{
	return s->dry || !m->config->dry_run;
}

void machine_init(struct machine *m, const struct config *c)
{
	*m = (struct machine){
		.config = c,
		.kvm = { .dev_fd = -1, .vm_fd = -1, .vfio_fd = -1 },
		.gpu = { .fd = -1 },
		.stop = { .event_fd = -1 },
		.loop = { .epoll_fd = -1 },
		.held_output = -1,
		.held_console = -1,
	};
	memset(m->held_fs, -1, sizeof(m->held_fs));
	iommu_init(&m->iommu);
	pthread_mutex_init(&m->lock, NULL);
}

int machine_build(struct machine *m)
{
	while (m->stages_done < ARRAY_SIZE(stages)) {
		const struct stage *s = &stages[m->stages_done++];

		if (wanted(m, s) && s->init(m))
			return s->failure;
	}
	return 0;
}

static int exit_code_of(struct stop *s)
{
	switch ((enum stop_reason)atomic_load(&s->reason)) {
	case STOP_NONE:
	case STOP_POWEROFF:
	case STOP_QUIT:
		return EXIT_CODE_POWEROFF;
	case STOP_RESET:
		return EXIT_CODE_RESET;
	case STOP_CRASH:
		return EXIT_CODE_CRASH;
	case STOP_HOST_ERROR:
		return EXIT_CODE_HOST;
	case STOP_PANIC:
		return EXIT_CODE_PANIC;
	case STOP_DEBUG_EXIT:
		return EXIT_CODE_DEBUG + s->detail;
	case STOP_DEVICE_LOST:
		return EXIT_CODE_DEVICE_LOST;
	case STOP_SIGNAL:
		return EXIT_CODE_SIGNAL + s->detail;
	}
	return EXIT_CODE_HOST;
}

/*
 * What the guest wrote last is not lost to a slow reader, unless a signal says not to wait, or the
 * host waits for a device.
 */
static void drain_serial(struct machine *m)
{
	enum stop_reason reason = (enum stop_reason)atomic_load(&m->stop.reason);

	loop_unwatch(&m->loop, &m->stop_watch); /* it stays readable */
	if (reason == STOP_SIGNAL || reason == STOP_DEVICE_LOST)
		return;
	while ((serial_pending(&m->board.serial) || serial_pending(&m->board.console)) &&
	       !m->signals.give_up)
		if (loop_run_once(&m->loop, -1))
			return;
}

static void console_resized(void *ctx)
{
	virtio_console_resized(ctx);
}

static int start_serials(struct machine *m)
{
	struct virtio_console *console = m->virtio.console;
	int ret = serial_start(&m->board.serial, &m->board.uart.device);

	if (ret || !console)
		return ret;
	m->signals.resized = console_resized;
	m->signals.resized_ctx = console;
	return serial_start(&m->board.console, &console->device);
}

int machine_run(struct machine *m)
{
	int ret;

	pthread_mutex_lock(&m->lock);
	ret = start_serials(m);
	pthread_mutex_unlock(&m->lock);
	if (!ret)
		ret = cpus_start(&m->cpus);
	while (!ret && !stop_requested(&m->stop))
		ret = loop_run_once(&m->loop, -1);
	if (ret)
		stop_request(&m->stop, STOP_HOST_ERROR, 0);
	cpus_stop(&m->cpus);
	drain_serial(m);
	m->signals.resized = NULL;
	serial_restore_tty(terminal_of(m));
	return exit_code_of(&m->stop);
}

void machine_fini(struct machine *m)
{
	/* the VM goes as a whole: no memslot is taken out one by one */
	mem_forget(&m->mem, &m->kvm.listener);
	while (m->stages_done) {
		const struct stage *s = &stages[--m->stages_done];

		if (s->fini && wanted(m, s))
			s->fini(m);
	}
	close_fd(&m->held_output);
	close_fd(&m->held_console);
	for (unsigned i = 0; i < CONFIG_FS_MAX; i++)
		close_fd(&m->held_fs[i]);
	pthread_mutex_destroy(&m->lock);
}

bool machine_asked_off(const struct machine *m)
{
	return m->signals.asked;
}

void machine_restart(struct machine *m)
{
	const struct config *c = m->config;
	struct loader files = m->loader;
	int output = serial_hold(&m->board.serial), console = serial_hold(&m->board.console);
	int fs[CONFIG_FS_MAX];

	memset(fs, -1, sizeof(fs));
	virtio_devices_hold(&m->virtio, fs);

	m->loader = (struct loader){ 0 };
	signals_hold(&m->signals);
	machine_fini(m);
	machine_init(m, c);
	m->loader = files;
	m->held_output = output;
	m->held_console = console;
	memcpy(m->held_fs, fs, sizeof(fs));
}
