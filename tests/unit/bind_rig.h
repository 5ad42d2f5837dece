/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_rig.h - a host made of files, and its kernel: writes to sysfs do what they would, devices
 * change drivers, consoles come and go. The n-th write fails, or kills the process.
 *
 * The host: a GPU and its audio function in group 3 with a bridge above them, an ISA bridge without a
 * driver, a serial controller without one; a disk controller and a network card in group 5.
 */
#ifndef IGDVM_BIND_RIG_H
#define IGDVM_BIND_RIG_H

#include <stdbool.h>

#include "fake_vfio.h"

#define RIG_GPU	   "0000:00:02.0"
#define RIG_AUDIO  "0000:00:02.1"
#define RIG_SPARE  "0000:00:02.2" /* no driver */
#define RIG_BRIDGE "0000:00:01.0"
#define RIG_ISA	   "0000:00:1f.0"
#define RIG_DISK   "0000:01:00.0"
#define RIG_NIC	   "0000:01:00.1"
#define RIG_KILLED 77 /* status of a process that died at bind_rig.die_at */

extern struct bind_rig {
	char root[64];
	struct fake_fault fault; /* of writes, fsync and rename */
	unsigned die_at;	 /* likewise counted; 0: never */
	const char *refuses;	 /* this driver takes no device */
	const char *busy;	 /* opening a path that ends so gives EBUSY */
	unsigned busy_us;	 /* until then; 0: for ever */
	unsigned slept_us;
	bool framebuffer_goes; /* with its unbind the platform device is gone */
	unsigned writes;       /* to sysfs */
} bind_rig;

/* A new host. */
void rig_begin(void);
void rig_end(void);

/* By the shell, in root. */
void rig_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* All that sysfs says, as text; to be freed. */
char *rig_snapshot(void);

/* A process as /proc has it; start 0: it is gone. */
void rig_process(int pid, int start);

/* True when root has the file. */
bool rig_has(const char *path);

/* The driver of a device, "" for none. */
const char *rig_driver(const char *bdf);

/* The first line of a file below root. */
const char *rig_text(const char *path);

/* In a process of its own that may die at bind_rig.die_at: its status. */
int rig_in_child(int (*fn)(void));

/* For bind_wraps.h: the next thing that can fail or kill; a path that is in use; a write to sysfs. */
int rig_event(const char *what);
bool rig_is_busy(const char *path, int flags);
int rig_write(const char *path, const char *text);

#endif
