/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_state.h - what was before igdvm took an IOMMU group, in memory and in /run/igdvm.
 *
 * The file is written before anything is changed and removed after everything was given back, so
 * that whoever comes after a SIGKILL can do what the dead owner could not. All of it needs bind_lock().
 */
#ifndef IGDVM_BIND_STATE_H
#define IGDVM_BIND_STATE_H

#include <stdbool.h>

#include "bdf.h"
#include "sysfs.h"

#define BIND_MEMBERS_MAX      32
#define BIND_CONSOLES_MAX     8
#define BIND_FRAMEBUFFERS_MAX 4
#define BIND_GROUP_MAX	      12 /* digits of an IOMMU group, and its zero */

/* A function of the group that is taken, as it was. */
struct bind_member {
	char bdf[BDF_STRLEN];
	char driver[SYSFS_NAME_MAX];   /* "": none */
	char override[SYSFS_NAME_MAX]; /* driver_override; "": none */
};

/* A boot framebuffer: a platform device and the driver that had it. */
struct bind_framebuffer {
	char driver[SYSFS_NAME_MAX];
	char device[SYSFS_NAME_MAX];
};

/* A process, told from another that has its number later. pid 0: nobody, `igdvm unbind` ends it. */
struct bind_owner {
	long long pid, start; /* start: clock ticks since boot (proc(5), /proc/PID/stat) */
};

struct bind_state {
	char group[BIND_GROUP_MAX];
	char device[BDF_STRLEN]; /* the one that was asked for */
	struct bind_owner owner;
	struct bind_member member[BIND_MEMBERS_MAX];
	unsigned n_members;
	char console[BIND_CONSOLES_MAX][SYSFS_NAME_MAX]; /* "vtcon1": they were bound */
	unsigned n_consoles;
	struct bind_framebuffer framebuffer[BIND_FRAMEBUFFERS_MAX];
	unsigned n_framebuffers;
};

/*
 * Make the directory if there is none, and wait until no other igdvm changes drivers. Returns a
 * descriptor, to be closed at the end, or logged -errno.
 */
int bind_lock(const char *root);

/* 0; -ENOENT, not logged: there is none; or logged -errno: it is damaged. */
int bind_state_read(struct bind_state *s, const char *root, const char *group);

/* The file is this state or, when it fails, what it was before. 0 or logged -errno. */
int bind_state_write(const struct bind_state *s, const char *root);

/* 0 or logged -errno. */
int bind_state_remove(const char *root, const char *group);

/* The group at place i of those that have a file; false: there is none at that place. */
bool bind_state_list(const char *root, unsigned i, char *group);

/* Who we are. 0 or logged -errno. */
int bind_owner_self(struct bind_owner *o, const char *root);

/* True when that process still runs. */
bool bind_owner_lives(const struct bind_owner *o, const char *root);

#endif
