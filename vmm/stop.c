// SPDX-License-Identifier: BSD-2-Clause
/*
 * stop.c - one atomic reason and an eventfd that wakes whoever waits for it.
 * Knows neither the machine nor what each reason leads to.
 */
#include <errno.h>
#include <sys/eventfd.h>

#include "log.h"
#include "stop.h"
#include "util.h"

const char *stop_reason_name(enum stop_reason reason)
{
	static const char *const names[STOP_REASONS] = {
		[STOP_NONE] = "none",
		[STOP_POWEROFF] = "poweroff",
		[STOP_RESET] = "reset",
		[STOP_CRASH] = "crash",
		[STOP_HOST_ERROR] = "host-error",
		[STOP_DEVICE_LOST] = "device-lost",
		[STOP_SIGNAL] = "signal",
		[STOP_QUIT] = "quit",
		[STOP_PANIC] = "panic",
		[STOP_DEBUG_EXIT] = "debug-exit",
		[STOP_EXPECTED] = "expected",
		[STOP_UNEXPECTED] = "unexpected",
		[STOP_TIMEOUT] = "timeout",
		[STOP_CONTROL] = "control",
	};

	return names[reason];
}

int stop_init(struct stop *s)
{
	s->detail = 0;
	atomic_init(&s->reason, STOP_NONE);
	s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->event_fd < 0)
		return log_err(-errno, "eventfd: %m");
	return 0;
}

void stop_fini(struct stop *s)
{
	close_fd(&s->event_fd);
}

void stop_request(struct stop *s, enum stop_reason reason, int detail)
{
	const uint64_t one = 1;
	const bool users = reason == STOP_SIGNAL || reason == STOP_QUIT;
	int now = STOP_NONE;
	int saved = errno;

	if (!atomic_compare_exchange_strong(&s->reason, &now, (int)reason) &&
	    !(users && now == STOP_RESET &&
	      atomic_compare_exchange_strong(&s->reason, &now, (int)reason)))
		return;
	/*
	 * Before the wake-up: who reads detail does so after event_fd became readable. A reset has none,
	 * and whom it gave way to may have written by now.
	 */
	if (detail)
		s->detail = detail;
	if (write(s->event_fd, &one, sizeof(one)) < 0)
		log_err(-errno, "eventfd write: %m");
	errno = saved;
}
