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

#include "kvm_irq.h"
#include "log.h"
#include "machine.h"
#include "pci_regs.h"
#include "progress.h"
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
	if (m->keep)
		m->loader = m->keep->loader;
	ret = m->keep ? 0 : loader_open(&m->loader, m->config);
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

	return ret ? ret : companions_open(&m->companions, &m->iommu, m->config->dry_run);
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
	struct progress progress;
	uint64_t began;
	int ret;

	if (!m->iommu.n_groups)
		return 0;
	m->iommu.ram_size = m->config->memory;
	for (; m->groups_in_kvm < m->iommu.n_groups; m->groups_in_kvm++) {
		ret = kvm_vfio_add(&m->kvm, m->iommu.group[m->groups_in_kvm].fd);
		if (ret)
			return ret;
	}
	began = machine_now();
	progress_begin(&progress, "guest RAM pinned for devices", m->config->memory, iommu_pinned,
		       NULL);
	ret = mem_listen(&m->mem, &m->iommu.listener);
	progress_end(&progress);
	m->times.dma_ns = machine_now() - began;
	return ret;
}

static void dma_fini(struct machine *m)
{
	mem_unlisten(&m->mem, &m->iommu.listener);
	while (m->groups_in_kvm)
		kvm_vfio_del(&m->kvm, m->iommu.group[--m->groups_in_kvm].fd);
}

static int signals_stage_init(struct machine *m)
{
	return signals_init(&m->signals, &m->loop, &m->board.pm, &m->stop, machine_terminal(m),
			    m->keep ? m->keep->owner : 0);
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
	if (ret)
		return ret;
	return m->config->dry_run ? vfio_pci_seat(&m->igd_pci) : vfio_pci_attach(&m->igd_pci);
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

/* Threads confine themselves: those of disks are the first. */
static int sandbox_stage_init(struct machine *m)
{
	return sandbox_init(&m->sandbox, m->config->sandbox, m->config->sandbox_trace);
}

static void sandbox_stage_fini(struct machine *m)
{
	sandbox_fini(&m->sandbox);
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
		.confine = &m->sandbox.confine,
		.held_fs = m->keep ? m->keep->fs : NULL,
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

	m->cpus.confine = &m->sandbox.confine;
	if (m->config->n_pin)
		cpus_pin(&m->cpus, m->config->pin);
	return ret;
}

static void cpus_stage_fini(struct machine *m)
{
	cpus_stop(&m->cpus);
	cpus_fini(&m->cpus);
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
	{ "watch", machine_watch_init, machine_watch_fini, EXIT_CODE_HOST, false },
	{ "dma", dma_init, dma_fini, EXIT_CODE_HOST, false },
	{ "signals", signals_stage_init, signals_stage_fini, EXIT_CODE_HOST, false },
	{ "igd", igd_init, igd_stage_fini, EXIT_CODE_HOST, true },
	{ "companions", companions_stage_init, companions_stage_fini, EXIT_CODE_HOST, true },
	{ "copies", machine_dump, NULL, EXIT_CODE_USAGE, true },
	{ "sandbox", sandbox_stage_init, sandbox_stage_fini, EXIT_CODE_HOST, false },
	{ "virtio", virtio_stage_init, virtio_stage_fini, EXIT_CODE_HOST, false },
	{ "cpus", cpus_stage_init, cpus_stage_fini, EXIT_CODE_HOST, false },
	{ "control", machine_control_init, machine_control_fini, EXIT_CODE_HOST, false },
	{ "tables", machine_tables_init, NULL, EXIT_CODE_HOST,
	  false }, /* last: they describe the rest */
};

static bool wanted(const struct machine *m, const struct stage *s)
{
	return s->dry || !m->config->dry_run;
}

void machine_init(struct machine *m, const struct config *c, const struct keep *keep)
{
	*m = (struct machine){
		.config = c,
		.keep = keep,
		.times.started = c->started_ns,
		.kvm = { .dev_fd = -1, .vm_fd = -1, .vfio_fd = -1 },
		.gpu = { .fd = -1 },
		.stop = { .event_fd = -1 },
		.loop = { .epoll_fd = -1 },
		.sandbox.landlock_fd = -1,
	};
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

void machine_fini(struct machine *m)
{
	/* the VM goes as a whole: no memslot is taken out one by one */
	mem_forget(&m->mem, &m->kvm.listener);
	while (m->stages_done) {
		const struct stage *s = &stages[--m->stages_done];

		if (s->fini && wanted(m, s))
			s->fini(m);
	}
	pthread_mutex_destroy(&m->lock);
}
