// SPDX-License-Identifier: BSD-2-Clause
/*
 * supervise.c - fork, pass signals on, wait.
 * Knows processes and the terminal's mode; must not know machines.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "exit_code.h"
#include "log.h"
#include "supervise.h"
#include "util.h"

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

static void on_child(int sig)
{
	(void)sig; /* a default of "ignore" would keep SIGCHLD from becoming pending */
}

void supervise_init(struct supervisor *s)
{
	const struct sigaction child = { .sa_handler = on_child };

	*s = (struct supervisor){ .child = -1 };
	sigemptyset(&s->watched);
	sigaddset(&s->watched, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
		struct sigaction was;

		/* ignored by whoever started igdvm: stays so */
		if (!sigaction(passed_on[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaddset(&s->watched, passed_on[i]);
	}
	sigaction(SIGCHLD, &child, NULL);
	sigprocmask(SIG_BLOCK, &s->watched, &s->saved);
	s->has_tty = !tcgetattr(STDIN_FILENO, &s->tty);
}

void supervise_fini(struct supervisor *s)
{
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &s->saved, NULL);
}

static void run_child(struct supervisor *s, int (*fn)(void *arg), void *arg, pid_t parent)
{
	int code;

	/* whoever kills igdvm means the guest; the parent may be gone already */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CODE_HOST);
	signal(SIGCHLD, SIG_DFL);
	/* what comes between two machines waits for the second */
	if (s->runs == 1)
		sigprocmask(SIG_SETMASK, &s->saved, NULL);
	code = fn(arg);
	/* as at the end of main() */
	if (fflush(stdout) && !code)
		code = EXIT_CODE_HOST;
	_exit(code);
}

/*
 * The child gets the number of signals so far along: a signal that was sent to the whole group, as by a
 * terminal or a service manager, it has had already, and must not take for another.
 */
static void pass_on(struct supervisor *s, int sig)
{
	const union sigval count = { .sival_int = (int)++s->count };

	if (sig == SIGTERM)
		s->asked = true;
	else
		s->fatal = sig;
	if (s->child > 0)
		sigqueue(s->child, sig, count);
}

bool supervise_stopped(struct supervisor *s)
{
	static const struct timespec now = { 0 };
	int sig;

	while ((sig = sigtimedwait(&s->watched, NULL, &now)) > 0)
		if (sig != SIGCHLD)
			pass_on(s, sig);
	return s->count;
}

static int code_of(struct supervisor *s, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (s->has_tty && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &s->tty);
	if (!s->count)
		log_err(0, "the machine's process was killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	return EXIT_CODE_SIGNAL + WTERMSIG(status);
}

int supervise_run(struct supervisor *s, int (*fn)(void *arg), void *arg)
{
	pid_t parent = getpid();
	int status = 0;

	s->runs++;
	s->child = fork();
	if (s->child < 0)
		return log_err(EXIT_CODE_HOST, "a process for the machine: %m");
	if (!s->child)
		run_child(s, fn, arg, parent);
	for (;;) {
		int sig = sigwaitinfo(&s->watched, NULL);

		if (sig == SIGCHLD && waitpid(s->child, &status, WNOHANG) == s->child) {
			s->child = -1;
			return code_of(s, status);
		}
		if (sig > 0 && sig != SIGCHLD)
			pass_on(s, sig);
	}
}
