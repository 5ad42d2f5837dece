// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_limits.c - what the command line asks for against what KVM and the host have.
 * Knows numbers only; whether memory can be laid out is the plan's business.
 */
#include <errno.h>
#include <sys/sysinfo.h>

#include "log.h"
#include "machine.h"
#include "util.h"

/* What is allowed, and yet not what somebody expects. */
static void warn_of_cpus(const struct machine *m)
{
	const struct config *c = m->config;

	if (c->cpus > m->kvm.usual_cpus)
		log_debug("--cpus %u: KVM recommends %u on this host; vCPUs will wait for another",
			  c->cpus, m->kvm.usual_cpus);
	if (topology_last_id(&c->topology) > TOPOLOGY_XAPIC_LAST + 1)
		log_warn("--cpus: APIC ids go up to %u; Linux guests leave those above %d off, as "
			 "KVM's IOAPIC cannot send them interrupts",
			 topology_last_id(&c->topology), TOPOLOGY_XAPIC_LAST + 1);
}

/*
 * More than the host has is fine as long as the guest does not use it; what devices reach by DMA is
 * pinned, and so used, from the start.
 */
static int check_memory(const struct machine *m)
{
	const struct config *c = m->config;
	bool pinned = c->igd.present || c->n_vfio;
	unsigned long long size = c->memory, ram, all;
	struct sysinfo host;

	if (c->dry_run || sysinfo(&host))
		return 0;
	ram = (unsigned long long)host.totalram * host.mem_unit;
	all = ram + (unsigned long long)host.totalswap * host.mem_unit;
	if (size > ram && (pinned || c->prealloc))
		return log_err(-EINVAL,
			       "--memory %lluM: this host has %lluM, and %s all of it; lower it",
			       size / MiB, ram / MiB, pinned ? "devices pin" : "prealloc takes");
	/* what the pool of huge pages has, and what fits at all, others say */
	if (size > all && !c->huge_page && size < BIT(m->phys_bits))
		log_warn("--memory %lluM: this host has %lluM with its swap; a guest that uses "
			 "more is "
			 "killed",
			 size / MiB, all / MiB);
	return 0;
}

int machine_limits(struct machine *m)
{
	if (m->config->fixture)
		return 0;
	if (m->config->cpus > m->kvm.max_cpus)
		return log_err(-EINVAL, "--cpus %u: KVM allows %u on this host; lower it",
			       m->config->cpus, m->kvm.max_cpus);
	if (topology_last_id(&m->config->topology) > m->kvm.max_apic_id)
		return log_err(
			-EINVAL,
			"--cpus topology: its APIC ids go up to %u, KVM's on this host to %u: "
			"make cores and threads powers of two, or fewer",
			topology_last_id(&m->config->topology), m->kvm.max_apic_id);
	warn_of_cpus(m);
	return check_memory(m);
}
