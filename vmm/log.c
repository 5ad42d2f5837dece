// SPDX-License-Identifier: BSD-2-Clause
/*
 * log.c - levelled messages, each one write(2) to standard error.
 * The level is the only mutable file-scope state of igdvm.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "util.h"

static enum log_level max_level = LOG_INFO;

void log_set_level(enum log_level level)
{
	max_level = level;
}

bool log_enabled(enum log_level level)
{
	return level <= max_level;
}

/* Format into one buffer and write it once: lines of two threads never mix. */
LOG_FORMAT(2, 0) static void emit(const char *prefix, const char *fmt, va_list ap)
{
	char line[1024];
	int saved = errno;
	size_t len = (size_t)snprintf(line, sizeof(line) - 1, "igdvm: %s", prefix);
	int n;

	errno = saved;
	n = vsnprintf(line + len, sizeof(line) - 1 - len, fmt, ap);
	if (n > 0)
		len += MIN((size_t)n, sizeof(line) - 2 - len);
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0) {
		/* nobody is listening: there is nowhere left to say so */
	}
	errno = saved;
}

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	errno = -err;
	emit("", fmt, ap);
	va_end(ap);
	return err;
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_WARN))
		return;
	va_start(ap, fmt);
	emit("warning: ", fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_INFO))
		return;
	va_start(ap, fmt);
	emit("", fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_DEBUG))
		return;
	va_start(ap, fmt);
	emit("debug: ", fmt, ap);
	va_end(ap);
}

void log_guest(struct log_limit *limit, const char *fmt, ...)
{
	struct timespec now;
	va_list ap;

	if (!log_enabled(LOG_DEBUG))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((uint64_t)now.tv_sec != limit->second) {
		if (limit->count > LOG_GUEST_BURST)
			log_debug("%u more guest messages left out",
				  limit->count - LOG_GUEST_BURST);
		limit->second = (uint64_t)now.tv_sec;
		limit->count = 0;
	}
	if (limit->count++ >= LOG_GUEST_BURST)
		return;
	va_start(ap, fmt);
	emit("debug: guest: ", fmt, ap);
	va_end(ap);
}
