/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_code.h - what the process says when it ends; docs and README list the codes.
 */
#ifndef IGDVM_EXIT_CODE_H
#define IGDVM_EXIT_CODE_H

/* 128+n: ended by signal n. */
enum exit_code {
	EXIT_CODE_POWEROFF = 0,
	EXIT_CODE_HOST = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_RESET = 32,
	EXIT_CODE_CRASH = 33,
	EXIT_CODE_PANIC = 34,
	EXIT_CODE_UNEXPECTED =
		35, /* --fail-on matched, or the guest powered off before --expect did */
	EXIT_CODE_DEBUG =
		64, /* + what the guest wrote to the port of --debug-exit, 0..63; 61 looks like
				* a lost device */
	EXIT_CODE_TIMEOUT = 124,
	EXIT_CODE_DEVICE_LOST = 125,
	EXIT_CODE_SIGNAL = 128,
	EXIT_CODE_SANDBOX = 159, /* 128 + SIGSYS: a thread called what it may not */
};

#endif
