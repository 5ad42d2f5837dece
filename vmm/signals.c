// SPDX-License-Identifier: BSD-2-Clause
/*
 * signals.c - signalfd in the event loop, and a last word to the terminal on a crash of our own.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dev/pm.h"
#include "exit_code.h"
#include "log.h"
#include "sandbox.h"
#include "serial.h"
#include "signals.h"
#include "stop.h"
#include "util.h"

static const int handled[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGWINCH };
static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

/* A signal handler has no other argument. Written before the handlers are installed. */
static struct serial *terminal;

static void on_fatal(int sig)
{
	if (terminal)
		serial_restore_tty(terminal);
	/* SA_RESETHAND: the second time the signal kills, and the kernel hands everything back */
	raise(sig);
}

/* A call that the thread's list does not have. The kernel resets the devices as their descriptors close. */
static void on_forbidden(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (terminal)
		serial_restore_tty(terminal);
	sandbox_report(info);
	_exit(EXIT_CODE_SANDBOX);
}

/* The supervisor passes on a signal that came here by itself too: to a group of processes. */
static bool is_known(struct signals *s, const struct signalfd_siginfo *info)
{
	unsigned before = MAX(s->heard, s->told);

	if (info->ssi_signo != SIGTERM)
		return false;
	if (s->supervisor && info->ssi_code == SI_QUEUE && (pid_t)info->ssi_pid == s->supervisor)
		s->told = MAX(s->told, (unsigned)info->ssi_int);
	else
		s->heard++;
	return MAX(s->heard, s->told) == before;
}

static void on_signal(struct loop_watch *w, uint32_t events)
{
	struct signals *s = container_of(w, struct signals, watch);
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		if (s->resized)
			s->resized(s->resized_ctx);
		return;
	}
	if (is_known(s, &info))
		return;
	s->give_up = stop_requested(s->stop);
	if (info.ssi_signo == SIGTERM && !s->asked) {
		s->asked = true;
		if (s->give_up)
			return;
		log_info("SIGTERM: asking the guest to power off; once more ends it at once");
		pm_power_button(s->pm);
		return;
	}
	stop_request(s->stop, STOP_SIGNAL, (int)info.ssi_signo);
}

int signals_init(struct signals *s, struct loop *loop, struct pm *pm, struct stop *stop,
		 struct serial *serial, pid_t supervisor)
{
	struct sigaction last = { .sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction forbidden = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO };
	sigset_t set;
	int ret;

	*s = (struct signals){
		.loop = loop,
		.pm = pm,
		.stop = stop,
		.supervisor = supervisor,
		.watch = { .fd = -1, .fn = on_signal },
	};
	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++) {
		struct sigaction was;

		/* ignored by whoever started igdvm (nohup, a background job of a script): stays so */
		if (!sigaction(handled[i], NULL, &was) && was.sa_handler == SIG_IGN)
			continue;
		sigaddset(&set, handled[i]);
	}
	s->watch.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->watch.fd < 0)
		return log_err(-errno, "signalfd: %m");
	ret = loop_watch(loop, &s->watch, EPOLLIN);
	if (ret) {
		close_fd(&s->watch.fd);
		return ret;
	}
	terminal = serial;
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &last, NULL);
	sigaction(SIGSYS, &forbidden, NULL);
	pthread_sigmask(SIG_BLOCK, &set, &s->saved);
	s->active = true;
	return 0;
}

void signals_fini(struct signals *s)
{
	if (!s->active)
		return;
	s->active = false;
	loop_unwatch(s->loop, &s->watch);
	close_fd(&s->watch.fd);
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		signal(fatal[i], SIG_DFL);
	signal(SIGSYS, SIG_DFL);
	terminal = NULL;
	pthread_sigmask(SIG_SETMASK, &s->saved, NULL);
}
