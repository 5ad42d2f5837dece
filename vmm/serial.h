/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial.h - the host side of a serial port, console or debug port: terminal, standard error, file, nothing.
 *
 * Knows file descriptors, raw mode and the Ctrl-A escape; does not know the UART. Output is never
 * lost: when the reader is slow, serial_put() makes the guest wait. Input is bounded by what the
 * device has room for; only what a terminal sends is buffered, so that Ctrl-A is always seen.
 * All functions but serial_restore_tty() run under the device lock. The process ignores SIGPIPE.
 */
#ifndef IGDVM_SERIAL_H
#define IGDVM_SERIAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include "config.h"
#include "loop.h"

struct stop;

/* The device behind the port. */
struct serial_device;
struct serial_device_ops {
	/* Bytes input() would take now. */
	unsigned (*room)(struct serial_device *d);
	void (*input)(struct serial_device *d, const uint8_t *buf, unsigned len);
	/* NULL, or: serial_write() takes bytes again. */
	void (*drained)(struct serial_device *d);
};
struct serial_device {
	const struct serial_device_ops *ops;
};

/* Somebody who looks at what the guest writes, in the writing thread. Embedded in its owner. */
struct serial_tap {
	void (*fn)(struct serial_tap *t, const uint8_t *buf, size_t len);
};

/* Where the bytes go. */
struct serial_place {
	enum serial_kind kind;
	const char *path;   /* SERIAL_FILE */
	const char *option; /* that says so, for messages: "--serial" */
	bool go_on;	    /* append to the file, which an earlier machine began */
};

#define SERIAL_OUT_MAX 4096
#define SERIAL_IN_MAX  4096

struct serial {
	struct loop *loop;
	struct stop *stop;
	struct serial_device *device;
	struct serial_tap *tap;	   /* NULL: nobody looks; set after serial_init() */
	struct loop_watch in, out; /* fd -1: closed */
	const char *out_name;	   /* for messages; a path is the config's */
	bool own_in, own_out;	   /* the fd was opened here, non-blocking */
	atomic_bool tty;	   /* stdin is a terminal that is raw now */
	bool escape;		   /* Ctrl-A was typed */
	struct termios saved;	   /* terminal state to restore */
	pthread_cond_t room;	   /* out_len went down */
	uint8_t out_buf[SERIAL_OUT_MAX];
	unsigned out_len;
	uint8_t in_buf[SERIAL_IN_MAX]; /* typed, not yet taken by the device */
	unsigned in_len;
};

/*
 * Open the back end. Standard input may be closed; a closed standard output with SERIAL_TTY is an
 * error, as is a closed standard error with SERIAL_STDERR. 0 or logged -errno. The terminal is not
 * touched yet; what only writes never calls serial_start().
 */
int serial_init(struct serial *s, const struct serial_place *place, struct loop *loop,
		struct stop *stop);
/*
 * Write out what is pending (waiting at most a second for a slow reader), restore the terminal.
 * Takes a zeroed serial.
 */
void serial_fini(struct serial *s);

/* Connect the device, switch the terminal to raw mode, start reading. 0 or logged -errno. */
int serial_start(struct serial *s, struct serial_device *device);

/* One byte from the guest. May wait, releasing the device lock, until the reader takes bytes. */
void serial_put(struct serial *s, uint8_t byte);
/*
 * Bytes from the guest, for a device that must not wait: the number of those taken, the first ones. After
 * fewer than len, drained() says when to go on.
 */
size_t serial_write(struct serial *s, const uint8_t *buf, size_t len);
/* True while output waits for a slow reader; the event loop writes it out. */
static inline bool serial_pending(const struct serial *s)
{
	return s->out_len != 0;
}

/* The device has room again. */
void serial_unthrottle(struct serial *s);

/* Put the terminal back as it was. Async-signal-safe; may run twice. */
void serial_restore_tty(struct serial *s);

#endif
