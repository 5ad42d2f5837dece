/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_rows.h - one change to a host where nothing is missing, and what doctor must say of it. For
 * test_doctor.c; the words are for the tables of doctor_rows_*.c.
 */
#ifndef IGDVM_DOCTOR_ROWS_H
#define IGDVM_DOCTOR_ROWS_H

#include "doctor_tree.h"

struct doctor_row {
	const char *id, *status;
	const char *found, *remedy; /* part of them; NULL: there is none */
	struct tree_edit edit[TREE_EDITS];
	uint64_t memory; /* 0: 512 MiB */
	int kvm_err;
	const char *kvm_missing;
	int kvm_version; /* 0: the right one */
};
extern const struct doctor_row doctor_rows_host[], doctor_rows_device[];
extern const size_t doctor_n_rows_host, doctor_n_rows_device;

/* clang-format off */
#define OK	"ok"
#define WARNING "warning"
#define FAILURE "failure"
#define UNKNOWN "unknown"

#define ROW(i, s, f, r, ...) { .id = i, .status = s, .found = f, .remedy = r, ##__VA_ARGS__ }
#define CHANGE(...) .edit = { __VA_ARGS__ }

#define WRITE(file, what)  { TREE_WRITE, file, what }
#define LINK(file, target) { TREE_LINK, file, target }
#define DELETE(file)	   { TREE_DELETE, file, NULL }
#define DENY(file)	   { TREE_DENY, file, NULL }
#define POKE(file, what)   { TREE_POKE, file, what }

#define KCONFIG	  "/boot/config-6.1.0-9-amd64"
#define CMDLINE(words) WRITE("/proc/cmdline", words "\n")
#define NO_CAPS	  WRITE("/proc/self/status", "CapEff:\t0000000000000000\n")
#define NO_UNITS  DELETE("/sys/class/iommu/dmar0"), DELETE(TREE_GPU "/iommu_group"), \
		  DELETE(TREE_GPU "/iommu")
/* clang-format on */

#endif
