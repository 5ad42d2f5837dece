// SPDX-License-Identifier: BSD-2-Clause
/*
 * cpu.c - vCPUs and their threads: create, run, pause, stop.
 * Knows KVM_RUN and signals; what an exit means is exit.c's, what registers hold is cpu_state.c's.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "cpu.h"
#include "cpu_state.h"
#include "cpuid.h"
#include "kvm.h"
#include "log.h"
#include "stop.h"
#include "util.h"

/* Only gets a thread out of KVM_RUN; immediate_exit is what keeps it out. */
#define KICK_SIGNAL SIGRTMIN

static void kicked(int sig)
{
	(void)sig;
}

static int set_cpuid(struct kvm *k, struct cpu *c, const struct topology *t)
{
	struct kvm_cpuid2 *list = kvm_copy_cpuid(k, CPUID_SPARE);
	int khz = ioctl(c->fd, KVM_GET_TSC_KHZ, 0), ret;
	const struct cpuid_params p = {
		.apic_id = c->apic_id,
		.topology = *t,
		.tsc_khz = khz > 0 ? (uint32_t)khz : 0,
		.tsc_deadline =
			ioctl(k->dev_fd, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0,
	};

	if (!list)
		return log_err(-ENOMEM, "vCPU %u: CPUID list: %m", c->id);
	cpuid_build(list, &p);
	ret = KVM_IOCTL(c->fd, KVM_SET_CPUID2, list);
	free(list);
	return ret;
}

static int cpu_init(struct cpu *c, struct kvm *k, const struct topology *t,
		    const struct cpu_msrs *msrs)
{
	int ret = KVM_IOCTL_INT(k->vm_fd, KVM_CREATE_VCPU, c->apic_id);

	if (ret < 0)
		return ret;
	c->fd = ret;
	c->run = mmap(NULL, k->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (c->run == MAP_FAILED) {
		c->run = NULL;
		return log_err(-errno, "vCPU %u: map of its run area: %m", c->id);
	}
	ret = set_cpuid(k, c, t);
	if (ret >= 0)
		cpu_state_set_msrs(c->fd, msrs);
	if (ret >= 0 && topology_last_id(t) > TOPOLOGY_XAPIC_LAST)
		ret = cpu_state_x2apic(c->fd);
	return ret < 0 ? ret : 0;
}

/*
 * Somebody may mend an access that KVM cannot emulate: then the instruction must come back to us as
 * it was, not as an exception in the guest. Linux 5.14; without, the guest gets #UD.
 */
static void keep_failed_instructions(struct kvm *k, const struct exit_faults *f)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_EXIT_ON_EMULATION_FAILURE, .args = { 1 } };

	if (exit_faults_instructions(f) && ioctl(k->dev_fd, KVM_CHECK_EXTENSION, cap.cap) > 0)
		KVM_IOCTL(k->vm_fd, KVM_ENABLE_CAP, &cap);
}

int cpus_init(struct cpus *s, struct kvm *k, const struct topology *t, const struct mem *mem,
	      const struct exit_ctx *exit)
{
	unsigned n = topology_cpus(t);
	struct cpu_msrs msrs;
	int ret = cpu_state_list_msrs(k, &msrs);

	*s = (struct cpus){ .kvm = k, .mem = mem, .exit = *exit };
	if (!ret && topology_last_id(t) > TOPOLOGY_XAPIC_LAST)
		ret = kvm_enable_x2apic_ids(k);
	if (ret)
		return ret;
	keep_failed_instructions(k, exit->faults);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->cpu = calloc(n, sizeof(*s->cpu));
	if (!s->cpu)
		return log_err(-ENOMEM, "%u vCPUs: %m", n);
	for (; s->n < n && !ret; s->n++) {
		s->cpu[s->n] = (struct cpu){
			.set = s,
			.id = s->n,
			.apic_id = topology_apic_id(t, s->n),
			.fd = -1,
		};
		ret = cpu_init(&s->cpu[s->n], k, t, &msrs);
	}
	if (ret)
		cpus_fini(s);
	return ret;
}

void cpus_fini(struct cpus *s)
{
	if (!s->cpu)
		return;
	for (unsigned i = 0; i < s->n; i++) {
		if (s->cpu[i].run)
			munmap(s->cpu[i].run, s->kvm->run_size);
		close_fd(&s->cpu[i].fd);
	}
	free(s->cpu);
	s->cpu = NULL;
	s->n = 0;
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
}

int cpus_set_entry(struct cpus *s, const struct cpu_entry *e)
{
	return cpu_state_entry(s->cpu[0].fd, e);
}

/* The first crash is the one to report; another vCPU's may follow from it. */
static void crash(struct cpu *c, const char *why)
{
	struct cpus *s = c->set;
	struct cpu_crash x;

	cpu_crash_capture(&x, c, why);
	cpu_crash_print(&x);
	pthread_mutex_lock(&s->lock);
	if (!s->crash.happened)
		s->crash = x;
	pthread_mutex_unlock(&s->lock);
	stop_request(s->exit.stop, STOP_CRASH, 0);
}

/* Wait here while the set is paused. Registers are complete: KVM_RUN finished the last exit. */
static void park(struct cpus *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->pause) {
		s->parked++;
		pthread_cond_broadcast(&s->changed);
		while (s->pause)
			pthread_cond_wait(&s->changed, &s->lock);
		s->parked--;
	}
	pthread_mutex_unlock(&s->lock);
}

/* One stay in the guest. False when the thread shall end. */
static bool run_once(struct cpu *c)
{
	struct cpus *s = c->set;
	unsigned mended = atomic_load(&s->exit.faults->mended);
	enum exit_action action;
	unsigned reason;
	char why[160];

	if (ioctl(c->fd, KVM_RUN, 0) < 0) {
		int err = errno;

		if (err == EINTR || err == EAGAIN) {
			/* clear first: a kick that comes now sets it again, and pause with it */
			__atomic_store_n(&c->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
			if (atomic_exchange(&c->nmi, false))
				KVM_IOCTL_INT(c->fd, KVM_NMI, 0);
			park(s);
			return true;
		}
		/* with KVM_EXIT_MEMORY_FAULT (Linux 6.8) or without: there is no page for an access */
		if (err == EFAULT && exit_mend(&s->exit, mended))
			return true;
		snprintf(why, sizeof(why), "KVM_RUN: %s", strerror(err));
		crash(c, why);
		return false;
	}
	/* this thread alone writes it */
	reason = MIN(c->run->exit_reason, (unsigned)EXIT_REASONS - 1);
	atomic_store_explicit(&c->exits[reason],
			      atomic_load_explicit(&c->exits[reason], memory_order_relaxed) + 1,
			      memory_order_relaxed);
	action = exit_dispatch(&s->exit, c->run);
	if (action == EXIT_RESUME || (action == EXIT_FAULT && exit_mend(&s->exit, mended)))
		return true;
	crash(c, exit_describe(c->run, why, sizeof(why)));
	return false;
}

static void *cpu_thread(void *arg)
{
	struct cpu *c = arg;
	struct cpus *s = c->set;
	char name[16];
	bool go = true;

	snprintf(name, sizeof(name), "vcpu%u", c->id);
	pthread_setname_np(pthread_self(), name);
	if (confine_thread(s->confine, THREAD_VCPU))
		stop_request(s->exit.stop, STOP_HOST_ERROR, 0);
	/* not before all threads are there, each on its CPU */
	pthread_mutex_lock(&s->lock);
	pthread_mutex_unlock(&s->lock);
	park(s); /* cpus_hold() */
	while (go && !stop_requested(s->exit.stop))
		go = run_once(c);
	pthread_mutex_lock(&s->lock);
	s->running--;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* 0 or logged -errno. */
static int pin_thread(struct cpu *c, unsigned host_cpu)
{
	size_t size = CPU_ALLOC_SIZE(host_cpu + 1);
	cpu_set_t *set = CPU_ALLOC(host_cpu + 1);
	int ret = ENOMEM;

	if (set) {
		CPU_ZERO_S(size, set);
		CPU_SET_S(host_cpu, size, set);
		ret = pthread_setaffinity_np(c->thread, size, set);
	}
	CPU_FREE(set);
	return ret ? log_err(-ret,
			     "--cpus pin: vCPU %u on host CPU %u: %m; it must be online, and "
			     "allowed to this process (taskset -p, cpuset)",
			     c->id, host_cpu)
		   : 0;
}

/* Under s->lock, for which cpu_thread() waits. 0 or logged -errno. */
static int start_thread(struct cpu *c)
{
	struct cpus *s = c->set;
	int ret = -pthread_create(&c->thread, NULL, cpu_thread, c);

	c->started = !ret;
	if (ret)
		return log_err(ret, "thread of vCPU %u: %m; raise the process limit (ulimit -u)",
			       c->id);
	s->running++;
	return s->pin ? pin_thread(c, s->pin[c->id]) : 0;
}

int cpus_start(struct cpus *s)
{
	struct sigaction kick = { .sa_handler = kicked };
	sigset_t all, old;
	int ret = 0;

	sigaction(KICK_SIGNAL, &kick, NULL);
	/* vCPU threads take the kick and the faults of their own; every other signal is the loop's */
	sigfillset(&all);
	sigdelset(&all, KICK_SIGNAL);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->n && !ret; i++)
		ret = start_thread(&s->cpu[i]);
	if (ret) /* no thread that is there already shall run the guest */
		stop_request(s->exit.stop, STOP_HOST_ERROR, 0);
	pthread_mutex_unlock(&s->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

static void kick_all(struct cpus *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (!s->cpu[i].started)
			continue;
		__atomic_store_n(&s->cpu[i].run->immediate_exit, 1, __ATOMIC_SEQ_CST);
		pthread_kill(s->cpu[i].thread, KICK_SIGNAL);
	}
}

/* KVM takes it from a vCPU's own thread, or when that is out of the guest. */
void cpus_nmi(struct cpus *s)
{
	for (unsigned i = 0; i < s->n; i++)
		atomic_store(&s->cpu[i].nmi, true);
	kick_all(s);
}

void cpus_pause(struct cpus *s)
{
	pthread_mutex_lock(&s->lock);
	s->pause = true;
	kick_all(s);
	while (s->parked < s->running)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static void unpark(struct cpus *s)
{
	pthread_mutex_lock(&s->lock);
	s->pause = false;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void cpus_resume(struct cpus *s)
{
	/* kvmclock: tell the guest it was held, so that its watchdogs do not bark */
	for (unsigned i = 0; i < s->n; i++)
		ioctl(s->cpu[i].fd, KVM_KVMCLOCK_CTRL, 0);
	unpark(s);
}

uint64_t cpus_exits(const struct cpus *s, unsigned reason)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += atomic_load_explicit(&s->cpu[i].exits[reason], memory_order_relaxed);
	return n;
}

void cpus_stop(struct cpus *s)
{
	if (!s->cpu)
		return;
	unpark(s);
	kick_all(s);
	for (unsigned i = 0; i < s->n; i++) {
		if (s->cpu[i].started)
			pthread_join(s->cpu[i].thread, NULL);
		s->cpu[i].started = false;
	}
}
