/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - --report: how a run went, for programs. JSON, or JUnit XML for a file named *.xml.
 * docs/ci.md describes both.
 */
#ifndef IGDVM_REPORT_H
#define IGDVM_REPORT_H

#include <stdint.h>
#include <stdio.h>

struct cpu_crash;

#define REPORT_NO_CODE (-1) /* exit code of a run that has not ended */
#define REPORT_LINES   200  /* of the consoles' end, at most */

/* When what happened: nanoseconds of CLOCK_MONOTONIC; 0: it did not. */
struct report_times {
	uint64_t dma_ns;  /* how long it took to pin and map memory for devices */
	uint64_t started; /* igdvm */
	uint64_t running; /* the guest */
	uint64_t output;  /* its first byte at a console */
	uint64_t ended;
};

struct report_facts {
	const char *kernel; /* as on the command line */
	int exit_code;
	const char *reason; /* stop_reason_name(), or "setup" */
	const char *detail; /* a line about it: what matched, what failed; or "" */
	const struct report_times *times;
	const struct cpu_crash *crash; /* NULL: none */
	const char *console;	       /* transcript_copy() */
};

struct report {
	const char *path;
	int fd;		 /* -1: none is asked for */
	char error[512]; /* the first error that was logged */
};

/*
 * Create the file, with a report in it that says that igdvm has not ended; path NULL: nothing is asked for.
 * 0 or logged -errno; report_close() in any case.
 */
int report_open(struct report *r, const char *path, const char *kernel);
void report_close(struct report *r);

/* Write it, in place of what was written before. 0 or logged -errno. Needs no file name any more. */
int report_write(struct report *r, const struct report_facts *f);

/* In place: what is no UTF-8, and controls but tab and line end, become '?', as JSON and XML want it. */
void report_printable(char *text);

/* "passed", "failed", or "error" where no guest could be started. */
const char *report_result(const struct report_facts *f);

#endif
