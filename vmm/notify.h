/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notify.h - tell the service manager that started igdvm how it is (sd_notify(3)).
 *
 * Without $NOTIFY_SOCKET in the environment nothing happens. The watchdog is answered by the event loop,
 * under the device lock: neither can hang without systemd hearing of it.
 */
#ifndef IGDVM_NOTIFY_H
#define IGDVM_NOTIFY_H

#include "loop.h"

struct notify {
	struct loop *loop;
	int fd;			/* connected; -1: nobody to tell */
	struct loop_watch beat; /* timer; fd -1: no watchdog */
};

/*
 * Connect while sockets can still be made. 0, or logged -errno: what the environment says is wrong, or
 * nobody is there. fini takes one that is zeroed.
 */
int notify_init(struct notify *n, struct loop *loop);
void notify_fini(struct notify *n);

/* "READY=1", "STOPPING=1\nSTATUS=...": lines as sd_notify(3) has them. */
void notify_say(struct notify *n, const char *text);

#endif
