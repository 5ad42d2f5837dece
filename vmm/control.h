/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.h - the control socket: a machine asked and told by another program, in lines of JSON.
 *
 * Served by a thread of its own, with an event loop of its own, so that no client can hold up the
 * machine: what a client sends and does not read is bounded, and one that exceeds it is hung up on.
 * docs/control.md describes what goes over the socket.
 */
#ifndef IGDVM_CONTROL_H
#define IGDVM_CONTROL_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "confine.h"
#include "loop.h"

#define CONTROL_VERSION 1
#define CONTROL_CLIENTS 16	  /* at a time */
#define CONTROL_LINE	4096	  /* bytes of a request, with its line end */
#define CONTROL_ANSWERS (1 << 18) /* bytes that wait for a client to read them */
#define CONTROL_EVENTS	64	  /* kept for those who subscribe later */

struct control;

/* One command. In the control thread. A new reference to the result, or NULL with *error set. */
struct control_command {
	const char *name;
	json_t *(*run)(void *ctx, json_t *request, const char **error);
};

struct control_event {
	char name[16];
	uint64_t ms;  /* since the machine was started */
	json_t *more; /* its own members; or NULL */
};

struct control_client {
	struct control *control;
	struct loop_watch watch;
	char line[CONTROL_LINE];
	size_t len;
	char *answers; /* what is not sent yet */
	size_t n_answers;
	bool subscribed;
	bool gone; /* to be hung up on, once nobody has it in hand */
};

struct control {
	const struct control_command *commands; /* name NULL ends */
	void *ctx;
	const struct confine *confine;
	uint64_t started_ns;
	uid_t uid;	      /* who may connect, besides root */
	pthread_mutex_t lock; /* the loop's; held while a client is served */
	struct loop loop;
	struct loop_watch listener, wake;
	struct control_client *client[CONTROL_CLIENTS];
	pthread_t thread;
	bool running;
	pthread_mutex_t events_lock; /* of what follows: events come from any thread */
	struct control_event event[CONTROL_EVENTS];
	unsigned n_events, n_told; /* how many came; how many of them subscribers were told */
	bool quit;
};

/*
 * A listening socket at path, for this user alone. One that a killed process left behind is replaced.
 * The descriptor, or logged -errno.
 */
int control_listen(const char *path);

/*
 * Serve listener_fd, of which a copy is used, from control_start() on. 0 or logged -errno; fini in any
 * case, which takes a zeroed one.
 */
int control_init(struct control *c, int listener_fd, const struct control_command *commands,
		 void *ctx, uint64_t started_ns, const struct confine *confine);
int control_start(struct control *c); /* 0 or logged -errno */
/* Tell subscribers what is left to tell, waiting a second at most; then hang up. */
void control_stop(struct control *c);
void control_fini(struct control *c);

/*
 * Something has happened. From any thread, any locks held; never waits. more, whose reference is taken:
 * members of the event, or NULL.
 */
void control_tell(struct control *c, const char *name, json_t *more);

#endif
