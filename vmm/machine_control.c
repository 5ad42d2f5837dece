// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_control.c - the commands of the control socket, as what they do to a machine.
 * In the control thread: takes the device lock where it touches devices. docs/control.md describes each.
 */
#include <errno.h>
#include <stdlib.h>

#include "dev/pm.h"
#include "igd_opregion.h"
#include "igd_regs.h"
#include "log.h"
#include "machine.h"
#include "util.h"

#ifndef IGDVM_VERSION
#define IGDVM_VERSION "unknown"
#endif

static json_t *done(void)
{
	return json_object();
}

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

/* ---- status ---- */

static const char *state_of(const struct machine *m)
{
	if (atomic_load(&m->stop.reason) != STOP_NONE)
		return "stopping";
	return m->paused ? "paused" : "running";
}

/* What igdvm saw, and what KVM counts besides. */
static json_t *exits_json(const struct machine *m)
{
	json_t *exits = json_object();

	for (unsigned i = 0; i < EXIT_REASONS; i++) {
		const char *name = exit_reason_name(i);
		uint64_t n = cpus_exits(&m->cpus, i);

		if (n)
			json_object_set_new(exits, name ? name : "other",
					    json_integer((json_int_t)n));
	}
	return exits;
}

static json_t *kvm_json(const struct machine *m)
{
	json_t *counters = json_object();

	for (unsigned i = 0; i < m->kvm_stats.n; i++) {
		const struct kvm_counter *c = &m->kvm_stats.counter[i];

		json_object_set_new(counters, c->name,
				    json_integer((json_int_t)kvm_stats_sum(&m->kvm_stats, c)));
	}
	return counters;
}

static json_t *devices_json(const struct machine *m)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < ARRAY_SIZE(m->pci.dev); i++) {
		const struct pci_dev *d = m->pci.dev[i];

		if (d)
			json_array_append_new(list,
					      json_pack("{s:o, s:s, s:o}", "address",
							json_sprintf("%02x.%x", i >> 3, i & 7),
							"name", d->name, "id",
							json_sprintf("%04x:%04x", get_le16(d->val),
								     get_le16(d->val + 2))));
	}
	return list;
}

static json_t *igd_json(const struct machine *m)
{
	const struct igd *g = &m->igd;
	const uint8_t *cfg = m->igd_pci.pci.val;

	if (!m->config->igd.present)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I}", "device", g->host.name,
			 "generation", g->gen ? g->gen->name : "", "opregion",
			 igd_policy_name(g->opregion), "opregion_why", g->opregion_why, "asls",
			 hex(get_le32(cfg + IGD_ASLS)), "stolen_at", hex(g->dsm_gpa), "stolen",
			 (json_int_t)g->stolen, "gtt_stolen", (json_int_t)g->gsm);
}

static json_t *status(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;
	json_t *s;

	(void)request;
	(void)error;
	pthread_mutex_lock(&m->lock);
	s = json_pack("{s:s, s:s, s:i, s:s, s:I, s:I, s:i, s:o, s:o, s:f, s:o, s:o}", "igdvm",
		      IGDVM_VERSION, "state", state_of(m), "pid", (int)getpid(), "kernel",
		      m->config->kernel, "uptime_ms",
		      (json_int_t)((machine_now() - m->times.running) / 1000000), "memory",
		      (json_int_t)m->config->memory, "cpus", (int)m->cpus.n, "exits", exits_json(m),
		      "kvm", kvm_json(m), "dma_map_ms", (double)m->times.dma_ns / 1e6, "devices",
		      devices_json(m), "igd", igd_json(m));
	pthread_mutex_unlock(&m->lock);
	return s;
}

/* ---- orders ---- */

static json_t *pause_machine(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;

	(void)request;
	if (m->paused) {
		*error = "it is paused";
		return NULL;
	}
	cpus_pause(&m->cpus);
	m->paused = true;
	control_tell(&m->control, "paused", NULL);
	return done();
}

static json_t *resume(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;

	(void)request;
	if (!m->paused) {
		*error = "it is not paused";
		return NULL;
	}
	m->paused = false;
	cpus_resume(&m->cpus);
	control_tell(&m->control, "resumed", NULL);
	return done();
}

static json_t *powerbtn(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;

	(void)request;
	(void)error;
	pthread_mutex_lock(&m->lock);
	pm_power_button(&m->board.pm);
	pthread_mutex_unlock(&m->lock);
	return done();
}

static json_t *reset(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;

	(void)request;
	(void)error;
	stop_request(&m->stop, STOP_RESET, 0);
	return done();
}

static json_t *stop(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;

	(void)request;
	(void)error;
	stop_request(&m->stop, STOP_CONTROL, 0);
	return done();
}

static json_t *nmi(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;

	(void)request;
	(void)error;
	cpus_nmi(&m->cpus);
	return done();
}

/* The last `lines` lines, or all that are kept. */
static json_t *console(void *ctx, json_t *request, const char **error)
{
	struct machine *m = ctx;
	json_int_t lines = json_integer_value(json_object_get(request, "lines"));
	char *text = malloc(TRANSCRIPT_TAIL + 1);
	const char *from;
	json_t *result;
	size_t len;

	if (!text) {
		*error = "no memory";
		return NULL;
	}
	pthread_mutex_lock(&m->lock);
	len = transcript_copy(m->transcript, text, TRANSCRIPT_TAIL + 1);
	pthread_mutex_unlock(&m->lock);
	report_printable(text);
	from = lines > 0 && len ? text + len - 1 : text; /* before the last line end */
	for (; from > text; from--)
		if (from[-1] == '\n' && !--lines)
			break;
	result = json_pack("{s:s}", "text", from);
	free(text);
	return result;
}

static json_t *help(void *ctx, json_t *request, const char **error);

static const struct control_command commands[] = {
	{ "status", status }, { "pause", pause_machine },
	{ "resume", resume }, { "powerbtn", powerbtn },
	{ "reset", reset },   { "stop", stop },
	{ "nmi", nmi },	      { "console", console },
	{ "help", help },     { 0 },
};

static json_t *help(void *ctx, json_t *request, const char **error)
{
	json_t *list = json_array();

	(void)ctx;
	(void)request;
	(void)error;
	for (const struct control_command *c = commands; c->name; c++)
		json_array_append_new(list, json_string(c->name));
	json_array_append_new(list, json_string("subscribe"));
	return json_pack("{s:o}", "commands", list);
}

/* ---- the stage ---- */

static int open_counters(struct machine *m)
{
	int *fd = calloc(m->cpus.n, sizeof(*fd)), ret = fd ? 0 : -ENOMEM;

	for (unsigned i = 0; i < m->cpus.n && !ret; i++)
		fd[i] = m->cpus.cpu[i].fd;
	if (!ret)
		ret = kvm_stats_init(&m->kvm_stats, fd, m->cpus.n);
	free(fd);
	return ret ? log_err(ret, "counters of KVM: %m") : 0;
}

int machine_control_init(struct machine *m)
{
	int ret;

	if (!m->keep || m->keep->control < 0)
		return 0;
	ret = open_counters(m);
	return ret ? ret
		   : control_init(&m->control, m->keep->control, commands, m, m->config->started_ns,
				  &m->sandbox.confine);
}

void machine_control_fini(struct machine *m)
{
	control_fini(&m->control);
	kvm_stats_fini(&m->kvm_stats);
}

/* ---- events ---- */

void machine_tell_end(struct machine *m, int exit_code)
{
	enum stop_reason reason = (enum stop_reason)atomic_load(&m->stop.reason);
	const char *name = stop_reason_name(reason);
	bool restart = reason == STOP_RESET && m->config->on_reboot == REBOOT_RESTART;

	if (!m->control.commands)
		return;
	if (reason == STOP_RESET)
		control_tell(&m->control, "reset", json_pack("{s:b}", "restart", restart));
	if (reason == STOP_PANIC || reason == STOP_DEVICE_LOST || reason == STOP_CRASH)
		control_tell(&m->control, name, NULL);
	if (!restart)
		control_tell(&m->control, "exit",
			     json_pack("{s:i, s:s}", "code", exit_code, "reason", name));
	control_stop(&m->control);
}
