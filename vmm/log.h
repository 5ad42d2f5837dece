/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - messages for the person who started igdvm, on standard error.
 * Standard output belongs to the guest's serial port alone.
 */
#ifndef IGDVM_LOG_H
#define IGDVM_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_FORMAT(f, a) __attribute__((format(printf, f, a)))

/* Print messages up to and including level (default LOG_INFO). */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/*
 * One line: object, cause, remedy. err is a negative errno, which "%m" in fmt prints as text.
 * Returns err, so that a failing call is logged and passed on in one statement.
 */
int log_err(int err, const char *fmt, ...) LOG_FORMAT(2, 3);
void log_warn(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_info(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_debug(const char *fmt, ...) LOG_FORMAT(1, 2);

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
