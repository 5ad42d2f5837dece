// SPDX-License-Identifier: BSD-2-Clause
/*
 * log.c - levelled messages, each one write(2) to standard error or the log file, as text or JSON.
 * What is set once at the start - the level, the destination, who wants the first error - is file-scope state.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

#define LINE_MAX_BYTES 1024
#define JSON_MAX_BYTES (6 * LINE_MAX_BYTES + 128) /* a byte becomes six at most: \u001f */

static enum log_level max_level = LOG_INFO;
static int log_fd = STDERR_FILENO;
static bool as_json;
static char *first_error;
static size_t first_error_size;
static bool started; /* errors go to standard error no more, where there is a file */

void log_set_level(enum log_level level)
{
	max_level = level;
}

bool log_enabled(enum log_level level)
{
	return level <= max_level;
}

void log_remember(char *text, size_t size)
{
	first_error = text;
	first_error_size = size;
}

int log_set_file(const char *path)
{
	int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

	if (fd < 0)
		return -errno;
	log_close();
	log_fd = fd;
	return 0;
}

void log_set_json(bool json)
{
	as_json = json;
}

void log_started(void)
{
	started = true;
}

void log_close(void)
{
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	log_fd = STDERR_FILENO;
	started = false;
}

bool log_watched(void)
{
	return isatty(STDERR_FILENO) && (log_fd != STDERR_FILENO || !as_json);
}

static void write_line(int fd, const char *line, size_t len)
{
	if (write(fd, line, len) < 0) {
		/* nobody is listening: there is nowhere left to say so */
	}
}

/* ---- JSON, by hand: from a signal handler nothing else may be called ---- */

static const char *const level_names[] = {
	[LOG_ERR] = "error",
	[LOG_WARN] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static char *put(char *p, const char *text)
{
	while (*text)
		*p++ = *text++;
	return p;
}

static char *put_digits(char *p, unsigned value, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--, value /= 10)
		p[i - 1] = (char)('0' + value % 10);
	return p + digits;
}

/* RFC 3339, in UTC. Days to a date: proleptic Gregorian calendar, in eras of 400 years from March on. */
static char *put_time(char *p)
{
	struct timespec t = { 0 };
	uint64_t day, era_day, year, year_day, month;
	unsigned second;

	clock_gettime(CLOCK_REALTIME, &t);
	second = (unsigned)((uint64_t)t.tv_sec % 86400);
	day = (uint64_t)t.tv_sec / 86400 + 719468; /* from 0000-03-01 */
	era_day = day % 146097;
	year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
	year_day = era_day - (365 * year + year / 4 - year / 100);
	month = (5 * year_day + 2) / 153;
	p = put_digits(p, (unsigned)(day / 146097 * 400 + year + (month >= 10)), 4);
	*p++ = '-';
	p = put_digits(p, (unsigned)(month < 10 ? month + 3 : month - 9), 2);
	*p++ = '-';
	p = put_digits(p, (unsigned)(year_day - (153 * month + 2) / 5 + 1), 2);
	*p++ = 'T';
	p = put_digits(p, second / 3600, 2);
	*p++ = ':';
	p = put_digits(p, second / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, second % 60, 2);
	*p++ = '.';
	p = put_digits(p, (unsigned)t.tv_nsec / 1000, 6);
	*p++ = 'Z';
	return p;
}

/* Bytes of the UTF-8 character at p, 0: it is none. Unicode 15, table 3-7. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static char *put_escaped(char *out, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = utf8_len(p + i, len - i);
		if (!n) {
			out = put(out, "\\ufffd");
		} else if (p[i] == '"' || p[i] == '\\') {
			*out++ = '\\';
			*out++ = (char)p[i];
		} else if (p[i] < ' ' || p[i] == 0x7f) {
			out = put(out, "\\u00");
			*out++ = hex[p[i] >> 4];
			*out++ = hex[p[i] & 15];
		} else {
			memcpy(out, p + i, n);
			out += n;
		}
	}
	return out;
}

static void write_json(enum log_level level, const char *text, size_t len)
{
	char line[JSON_MAX_BYTES], *p = line;

	p = put(p, "{\"time\":\"");
	p = put_time(p);
	p = put(p, "\",\"level\":\"");
	p = put(p, level_names[level]);
	p = put(p, "\",\"message\":\"");
	p = put_escaped(p, text, len);
	p = put(p, "\"}\n");
	write_line(log_fd, line, (size_t)(p - line));
}

/* ---- lines ---- */

static const char *prefix_of(enum log_level level)
{
	return level == LOG_DEBUG ? "debug: " : level == LOG_WARN ? "warning: " : "";
}

void log_line(enum log_level level, const char *text, size_t len)
{
	char line[LINE_MAX_BYTES], *p = put(line, "igdvm: ");
	int saved = errno;

	p = put(p, prefix_of(level));
	len = MIN(len, sizeof(line) - 1 - (size_t)(p - line));
	memcpy(p, text, len);
	p[len] = '\n';
	if (as_json)
		write_json(level, text, len);
	else
		write_line(log_fd, line, (size_t)(p - line) + len + 1);
	if (level == LOG_ERR && log_fd != STDERR_FILENO && !started)
		write_line(STDERR_FILENO, line, (size_t)(p - line) + len + 1);
	errno = saved;
}

/* Format into one buffer and write it once: lines of two threads never mix. */
LOG_FORMAT(2, 0) static void emit(enum log_level level, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n >= 0)
		log_line(level, text, MIN((size_t)n, sizeof(text) - 1));
}

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	if (first_error && !*first_error) {
		va_start(ap, fmt);
		errno = -err;
		vsnprintf(first_error, first_error_size, fmt, ap);
		va_end(ap);
	}
	va_start(ap, fmt);
	errno = -err;
	emit(LOG_ERR, fmt, ap);
	va_end(ap);
	return err;
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_WARN))
		return;
	va_start(ap, fmt);
	emit(LOG_WARN, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_INFO))
		return;
	va_start(ap, fmt);
	emit(LOG_INFO, fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_DEBUG))
		return;
	va_start(ap, fmt);
	emit(LOG_DEBUG, fmt, ap);
	va_end(ap);
}

void log_guest(struct log_limit *limit, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
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
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_debug("guest: %s", text);
}
