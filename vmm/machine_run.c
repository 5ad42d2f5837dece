// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_run.c - from the first instruction to the exit code, and to the next machine.
 * What comes up before and goes down after is stages[] in machine.c.
 */
#include "dev/virtio_console.h"
#include "log.h"
#include "machine.h"
#include "util.h"

struct serial *machine_terminal(struct machine *m)
{
	return m->config->console == SERIAL_TTY ? &m->board.console : &m->board.serial;
}

/* The guest, or its user, has ended it in good order: well, unless something was to be seen first. */
static int good_end(const struct machine *m)
{
	if (!m->config->expect)
		return EXIT_CODE_POWEROFF;
	log_err(0, "the guest has ended, and no line of its consoles matched --expect \"%s\"",
		m->config->expect);
	return EXIT_CODE_UNEXPECTED;
}

static int exit_code_of(struct machine *m)
{
	switch ((enum stop_reason)atomic_load(&m->stop.reason)) {
	case STOP_NONE:
	case STOP_POWEROFF:
	case STOP_QUIT:
	case STOP_CONTROL:
		return good_end(m);
	case STOP_EXPECTED:
		return EXIT_CODE_POWEROFF;
	case STOP_UNEXPECTED:
		log_err(0, "the console shows what --fail-on names: %s", m->expect.match);
		return EXIT_CODE_UNEXPECTED;
	case STOP_TIMEOUT:
		log_err(0, "the time of --timeout, %llu ms, is over",
			(unsigned long long)m->config->timeout_ms);
		return EXIT_CODE_TIMEOUT;
	case STOP_RESET:
		return EXIT_CODE_RESET;
	case STOP_CRASH:
		return EXIT_CODE_CRASH;
	case STOP_HOST_ERROR:
		return EXIT_CODE_HOST;
	case STOP_PANIC:
		return EXIT_CODE_PANIC;
	case STOP_DEBUG_EXIT:
		return EXIT_CODE_DEBUG + m->stop.detail;
	case STOP_DEVICE_LOST:
		return EXIT_CODE_DEVICE_LOST;
	case STOP_SIGNAL:
		return EXIT_CODE_SIGNAL + m->stop.detail;
	case STOP_REASONS:
		break;
	}
	return EXIT_CODE_HOST;
}

/* A guest may power off right behind a line that it does not end. */
static void look_at_last_lines(struct machine *m)
{
	enum stop_reason reason;

	if (atomic_load(&m->stop.reason) != STOP_POWEROFF)
		return;
	reason = expect_last(&m->expect);
	if (reason != STOP_NONE)
		atomic_store(&m->stop.reason, (int)reason);
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
	int ret, code;

	pthread_mutex_lock(&m->lock);
	ret = start_serials(m);
	pthread_mutex_unlock(&m->lock);
	/* no guest instruction before every thread has given up what it does not need */
	cpus_hold(&m->cpus);
	if (!ret)
		log_started();
	if (!ret)
		ret = cpus_start(&m->cpus);
	if (!ret)
		ret = control_start(&m->control);
	if (!ret)
		ret = confine_thread(&m->sandbox.confine, THREAD_LOOP);
	if (!ret) {
		m->times.running = machine_now();
		control_tell(&m->control, "started", NULL);
		notify_say(&m->notify, "READY=1\nSTATUS=the guest runs");
		cpus_resume(&m->cpus);
	}
	while (!ret && !stop_requested(&m->stop))
		ret = loop_run_once(&m->loop, -1);
	if (ret)
		stop_request(&m->stop, STOP_HOST_ERROR, 0);
	cpus_stop(&m->cpus);
	m->times.ended = machine_now();
	notify_say(&m->notify, "STOPPING=1\nSTATUS=the guest has ended");
	drain_serial(m);
	m->signals.resized = NULL;
	serial_restore_tty(machine_terminal(m));
	if (m->keep)
		virtio_devices_release(&m->virtio);
	look_at_last_lines(m);
	code = exit_code_of(m);
	machine_tell_end(m, code);
	return code;
}
