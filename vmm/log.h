/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - messages for the person who started igdvm, on standard error or in a file.
 * Standard output belongs to the guest's serial port alone.
 */
#ifndef IGDVM_LOG_H
#define IGDVM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_FORMAT(f, a) __attribute__((format(printf, f, a)))

/* Print messages up to and including level (default LOG_INFO). */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/*
 * Messages go to the end of this file, made if it is not there; errors to standard error too, as text,
 * until log_started(): whoever started igdvm sees why there is no guest. 0 or -errno.
 */
int log_set_file(const char *path);
void log_started(void);

/* Each message is one JSON object a line: time (RFC 3339, UTC), level, message. */
void log_set_json(bool json);

/* Messages go to standard error again. */
void log_close(void);

/* Somebody looks at standard error, and it is for people. */
bool log_watched(void);

/*
 * A message that is formatted already, whatever its level: may be called from a signal handler. Longer ones
 * than a line holds are cut.
 */
void log_line(enum log_level level, const char *text, size_t len);

/*
 * One line: object, cause, remedy. err is a negative errno, which "%m" in fmt prints as text.
 * Returns err, so that a failing call is logged and passed on in one statement.
 */
int log_err(int err, const char *fmt, ...) LOG_FORMAT(2, 3);
void log_warn(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_info(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_debug(const char *fmt, ...) LOG_FORMAT(1, 2);

/* Copy the first error from now on, without its line end, to text; NULL ends it. */
void log_remember(char *text, size_t size);

/*
 * A debug line about something the guest did: bounded, because the guest could do it for ever.
 * The state belongs to the device that logs; zero-initialised. After LOG_GUEST_BURST lines in one
 * second the rest of that second is counted and reported in one line.
 */
struct log_limit {
	uint64_t second;
	unsigned count;
};
#define LOG_GUEST_BURST 10
void log_guest(struct log_limit *limit, const char *fmt, ...) LOG_FORMAT(2, 3);

#endif
