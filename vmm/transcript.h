/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transcript.h - what the guest's consoles showed, as lines of text.
 *
 * For whoever looks for something in it, or wants the end of it. Terminal control sequences and bytes
 * that do not print are left out. Bounded, whatever the guest writes. Device lock held throughout.
 */
#ifndef IGDVM_TRANSCRIPT_H
#define IGDVM_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serial.h"

#define TRANSCRIPT_LINE	 4096 /* bytes of a line; of a longer one, each piece counts as a line */
#define TRANSCRIPT_TAIL	 (1 << 16) /* bytes that are kept of complete lines */
#define TRANSCRIPT_PORTS 2	   /* serial port and virtio console */

enum transcript_escape { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CSI, ESCAPE_OSC };

struct transcript;
struct transcript_port {
	struct serial_tap tap;
	struct transcript *whole;
	char line[TRANSCRIPT_LINE + 1]; /* the one that has not ended yet */
	unsigned len;
	enum transcript_escape escape;
};

/* Who wants to know. Both may be NULL. */
struct transcript_ops {
	void (*begun)(void *ctx);		   /* the first byte of all */
	void (*line)(void *ctx, const char *line); /* a line has ended */
	void (*more)(void *ctx);		   /* an unfinished line has changed */
};

struct transcript {
	struct transcript_port port[TRANSCRIPT_PORTS];
	const struct transcript_ops *ops;
	void *ctx;
	bool begun;
	char tail[TRANSCRIPT_TAIL]; /* a ring of lines, each with its line end */
	size_t total;		    /* bytes that went in */
};

void transcript_init(struct transcript *t, const struct transcript_ops *ops, void *ctx);

/*
 * The last lines, at most size - 1 bytes of them, then those that have not ended; text is terminated.
 * Returns the length.
 */
size_t transcript_copy(const struct transcript *t, char *text, size_t size);

#endif
