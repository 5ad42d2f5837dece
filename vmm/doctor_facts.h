/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_facts.h - what the checks are about, gathered before them: for doctor.c only.
 */
#ifndef IGDVM_DOCTOR_FACTS_H
#define IGDVM_DOCTOR_FACTS_H

#include "doctor.h"

struct doctor_devices {
	char name[DOCTOR_DEVICES_MAX][SYSFS_NAME_MAX];
	unsigned n;
};

/* Read what is asked more than once; with d->fixture, the recording. 0 or logged -errno. */
int doctor_open(struct doctor *d);
void doctor_close(struct doctor *d);

/* The Intel display devices of the host, 0000:00:02.0 first. */
void doctor_find_all(const struct doctor *d, struct doctor_devices *devices);

/*
 * Make name, a PCI address in its canonical form, the device that is looked at, and read what is asked
 * of it. False: there is none, or it is no Intel display device, as *f says. doctor_forget() either way.
 */
bool doctor_find(struct doctor *d, const char *name, struct doctor_finding *f);
void doctor_forget(struct doctor *d);

#endif
