// SPDX-License-Identifier: BSD-2-Clause
/*
 * report.c - the facts of a run as JSON or as JUnit XML.
 * Knows both formats; what the facts mean is decided elsewhere. Text that came from the guest is made
 * UTF-8 first: neither format takes anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpu_crash.h"
#include "exit_code.h"
#include "json_seed.h"
#include "log.h"
#include "report.h"
#include "util.h"

#ifndef IGDVM_VERSION
#define IGDVM_VERSION "unknown"
#endif

#define REPORT_VERSION 1

static const struct duration {
	const char *name;
	size_t from, to;
} durations[] = {
	{ "setup", offsetof(struct report_times, started), offsetof(struct report_times, running) },
	{ "first_output", offsetof(struct report_times, running),
	  offsetof(struct report_times, output) },
	{ "guest", offsetof(struct report_times, running), offsetof(struct report_times, ended) },
	{ "total", offsetof(struct report_times, started), offsetof(struct report_times, ended) },
};

/* Milliseconds, or -1 where one end is missing. */
static double milliseconds(const struct report_times *t, const struct duration *d)
{
	uint64_t from, to;

	memcpy(&from, (const char *)t + d->from, sizeof(from));
	memcpy(&to, (const char *)t + d->to, sizeof(to));
	return from && to >= from ? (double)(to - from) / 1e6 : -1;
}

const char *report_result(const struct report_facts *f)
{
	/* --debug-exit: the guest itself said 0 */
	if (f->exit_code == EXIT_CODE_POWEROFF || f->exit_code == EXIT_CODE_DEBUG)
		return "passed";
	return f->times->running ? "failed" : "error";
}

/* ---- text ---- */

/* Length of the UTF-8 sequence at p, which ends with a zero; 0 where it is none (RFC 3629, 4). */
static size_t utf8_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	/* no characters: U+FFFE, U+FFFF, which XML refuses */
	if (p[0] == 0xef && p[1] == 0xbf && p[2] > 0xbd)
		return 0;
	return n;
}

void report_printable(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p) {
		size_t n = utf8_length(p);

		if (!n || (*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
		p += n ? n : 1;
	}
}

/* A copy of text's last lines that both formats take; NULL: no memory. */
static char *last_lines(const char *text)
{
	const char *from = text + strlen(text);
	unsigned lines = 0;
	char *copy;

	for (; from > text; from--)
		if (from[-1] == '\n' && lines++ == REPORT_LINES)
			break;
	copy = strdup(from);
	if (copy)
		report_printable(copy);
	return copy;
}

/* ---- JSON ---- */

static json_t *json_lines(char *text)
{
	json_t *list = json_array();
	char *line;

	while ((line = strsep(&text, "\n")))
		if (text) /* else the empty rest behind the last line end */
			json_array_append_new(list, json_string(line));
	return list;
}

static json_t *json_crash(const struct cpu_crash *x)
{
	json_t *crash = json_pack("{s:i, s:s}", "cpu", (int)x->cpu, "why", x->why);
	json_t *registers = json_object();
	char text[CPU_CRASH_CODE * 3 + 20];

	if (!x->has_registers) {
		json_decref(registers);
		return crash;
	}
	for (const struct cpu_register *r = cpu_registers; r->name; r++) {
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)cpu_crash_value(x, r));
		json_object_set_new(registers, r->name, json_string(text));
	}
	json_object_set_new(crash, "registers", registers);
	text[0] = '\0';
	for (unsigned i = 0; i < x->n_code; i++)
		sprintf(text + 3 * i, "%02x ", x->code[i]);
	text[x->n_code ? 3 * x->n_code - 1 : 0] = '\0';
	json_object_set_new(crash, "code", json_string(text));
	return crash;
}

static int write_json(FILE *out, const struct report_facts *f, char *detail, char *console)
{
	json_t *times = json_object();
	json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:i, s:s, s:s, s:o}", "version",
				 REPORT_VERSION, "igdvm", IGDVM_VERSION, "kernel", f->kernel,
				 "result", report_result(f), "exit_code", f->exit_code, "reason",
				 f->reason, "detail", detail, "durations_ms", times);
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		double ms = milliseconds(f->times, &durations[i]);

		if (ms >= 0)
			json_object_set_new(times, durations[i].name, json_real(ms));
	}
	if (f->crash)
		json_object_set_new(root, "crash", json_crash(f->crash));
	json_object_set_new(root, "console", json_lines(console));
	ret = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(root);
	fputc('\n', out);
	return ret ? -ENOMEM : 0;
}

/* ---- JUnit XML ---- */

static void put_xml(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_xml(out, value);
	fputc('"', out);
}

static void xml_failure(FILE *out, const struct report_facts *f, const char *detail)
{
	const char *result = report_result(f);
	const char *element = !strcmp(result, "error") ? "error" : "failure";

	if (!strcmp(result, "passed"))
		return;
	fprintf(out, "      <%s type=\"%s\"", element, f->reason);
	put_attribute(out, "message", *detail ? detail : f->reason);
	fprintf(out, ">exit code %d\n", f->exit_code);
	if (f->crash) {
		fprintf(out, "vCPU %u: ", f->crash->cpu);
		put_xml(out, f->crash->why);
		for (const struct cpu_register *r = cpu_registers;
		     f->crash->has_registers && r->name; r++)
			fprintf(out, "%s%s=%0*llx", r == cpu_registers || r[-1].last ? "\n" : " ",
				r->name, (int)r->digits,
				(unsigned long long)cpu_crash_value(f->crash, r));
		fputc('\n', out);
	}
	fprintf(out, "</%s>\n", element);
}

static int write_xml(FILE *out, const struct report_facts *f, char *detail, char *console)
{
	const char *result = report_result(f);
	double total = milliseconds(f->times, &durations[ARRAY_SIZE(durations) - 1]) / 1000;
	int failed = !strcmp(result, "failed"), error = !strcmp(result, "error");

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n"
		"  <testsuite name=\"igdvm\" tests=\"1\" failures=\"%d\" errors=\"%d\" "
		"time=\"%.3f\">\n"
		"    <properties>\n",
		failed, error, total);
	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		double ms = milliseconds(f->times, &durations[i]);

		if (ms >= 0)
			fprintf(out, "      <property name=\"%s_ms\" value=\"%.3f\"/>\n",
				durations[i].name, ms);
	}
	fprintf(out, "    </properties>\n    <testcase classname=\"igdvm\"");
	put_attribute(out, "name", f->kernel);
	fprintf(out, " time=\"%.3f\">\n", total);
	xml_failure(out, f, detail);
	fprintf(out, "      <system-out>");
	put_xml(out, console);
	fprintf(out, "</system-out>\n    </testcase>\n  </testsuite>\n</testsuites>\n");
	return 0;
}

/* ---- the file ---- */

/* What is left in the file if igdvm is killed. Not in a FIFO, which could not take it back. */
static int begin(struct report *r, const char *kernel)
{
	static const struct report_times none = { 0 };
	const struct report_facts f = {
		.kernel = kernel,
		.exit_code = REPORT_NO_CODE,
		.reason = "unfinished",
		.detail = "igdvm did not end by itself",
		.times = &none,
		.console = "",
	};
	struct stat st;

	return fstat(r->fd, &st) || !S_ISREG(st.st_mode) ? 0 : report_write(r, &f);
}

int report_open(struct report *r, const char *path, const char *kernel)
{
	*r = (struct report){ .path = path, .fd = -1 };
	if (!path)
		return 0;
	r->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (r->fd < 0)
		return log_err(-errno, "--report %s: %m; name a file that can be written", path);
	json_seed();
	log_remember(r->error, sizeof(r->error));
	return begin(r, kernel);
}

void report_close(struct report *r)
{
	log_remember(NULL, 0);
	close_fd(&r->fd);
}

/* All of it, in memory first: a report is whole, or the one before. 0 or -errno. */
static int compose(const struct report *r, const struct report_facts *f, char **text, size_t *len)
{
	const char *dot = strrchr(r->path, '.');
	char *detail = strdup(f->detail), *console = last_lines(f->console);
	FILE *out = open_memstream(text, len);
	int ret = -ENOMEM;

	if (detail)
		report_printable(detail);
	if (out && detail && console)
		ret = dot && !strcasecmp(dot, ".xml") ? write_xml(out, f, detail, console)
						      : write_json(out, f, detail, console);
	if (out && fclose(out) && !ret)
		ret = -ENOMEM;
	free(detail);
	free(console);
	return ret;
}

static int write_all(const struct report *r, const char *text, size_t len)
{
	/* there is nothing to cut off a FIFO or /dev/stdout */
	if (ftruncate(r->fd, 0) && errno != EINVAL)
		return -errno;
	lseek(r->fd, 0, SEEK_SET);
	while (len) {
		ssize_t n = write(r->fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int report_write(struct report *r, const struct report_facts *f)
{
	char *text = NULL;
	size_t len = 0;
	int ret;

	if (r->fd < 0)
		return 0;
	ret = compose(r, f, &text, &len);
	if (!ret)
		ret = write_all(r, text, len);
	free(text);
	return ret ? log_err(ret, "--report %s: %m", r->path) : 0;
}
