// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_host.c - what a guest needs of any host: KVM, and memory that may be pinned.
 * Must not know devices.
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"
#include "doctor_file.h"
#include "kvm.h"
#include "util.h"

/* Bits of CapEff (linux/capability.h) */
#define CAP_IPC_LOCK_BIT 14

/* ---- KVM ---- */

/* The first processor's flags in /proc/cpuinfo; empty: not known. */
static void read_flags(const struct doctor *d, char *flags, size_t size)
{
	char text[16 * KiB];
	const char *value;

	flags[0] = '\0';
	if (doctor_text(doctor_path(d, "/proc/cpuinfo"), text, sizeof(text)) < 0)
		return;
	value = doctor_value(text, "flags");
	if (value)
		snprintf(flags, size, " %.*s ", (int)strcspn(value, "\n"), value);
}

static bool has_flag(const char *flags, const char *name)
{
	char word[32];

	snprintf(word, sizeof(word), " %s ", name);
	return strstr(flags, word) != NULL;
}

/* Who may open it decides what helps: membership in its group, or nobody but root. */
static void explain_denied(struct doctor_path path, struct doctor_finding *f)
{
	struct stat st = { 0 };
	struct group *g;

	doctor_fail(f, "/dev/kvm is there, but this user may not open it");
	g = !stat(path.s, &st) && (st.st_mode & 060) == 060 && st.st_gid ? getgrgid(st.st_gid)
									 : NULL;
	if (g)
		doctor_mend(f, "sudo usermod -aG %s $USER, then log in again", g->gr_name);
	else
		doctor_mend(f, "run as root; or sudo chgrp kvm /dev/kvm, sudo chmod 660 /dev/kvm, "
			       "sudo usermod "
			       "-aG kvm $USER, then log in again");
}

static void explain_absent(const struct doctor *d, int err, struct doctor_finding *f)
{
	char flags[8 * KiB];
	bool vmx, svm;

	read_flags(d, flags, sizeof(flags));
	vmx = has_flag(flags, "vmx");
	svm = has_flag(flags, "svm");
	doctor_fail(f, "/dev/kvm: %s%s", strerror(-err),
		    vmx || svm ? "" : ", and the processor shows neither VT-x nor AMD-V");
	if (vmx || svm)
		doctor_mend(f,
			    "modprobe %s; if it refuses, firmware setup: Intel Virtualization "
			    "Technology (VT-x) or SVM Mode: Enabled",
			    vmx ? "kvm_intel" : "kvm_amd");
	else
		doctor_mend(f,
			    "firmware setup: Intel Virtualization Technology (VT-x) or SVM Mode: "
			    "Enabled; then modprobe kvm_intel or kvm_amd");
}

void doctor_kvm(const struct doctor *d, struct doctor_finding *f)
{
	struct doctor_path path = doctor_path(d, "/dev/kvm");
	struct kvm_look look;
	int err = kvm_look(path.s, &look);

	if (err == -EACCES || err == -EPERM)
		explain_denied(path, f);
	else if (err)
		explain_absent(d, err, f);
	else if (!look.usable) {
		doctor_fail(f, "/dev/kvm: API version %d", look.version);
		doctor_mend(f, "boot a newer kernel: version 12 is needed");
	} else if (look.missing) {
		doctor_fail(f, "/dev/kvm: %s is missing", look.missing);
		doctor_mend(f, "boot a newer kernel, or one whose KVM is not cut down");
	} else {
		doctor_ok(f, "/dev/kvm: API version %d and all capabilities, %u CPUs", look.version,
			  look.cpus);
	}
}

void doctor_nested(const struct doctor *d, struct doctor_finding *f)
{
	char flags[8 * KiB], paging[8] = "";

	read_flags(d, flags, sizeof(flags));
	if (!flags[0]) {
		doctor_unknown(f, "/proc/cpuinfo shows no flags of the processor");
		return;
	}
	if (doctor_line(doctor_path(d, "/sys/module/kvm_intel/parameters/ept"), paging,
			sizeof(paging)))
		doctor_line(doctor_path(d, "/sys/module/kvm_amd/parameters/npt"), paging,
			    sizeof(paging));
	if (has_flag(flags, "hypervisor")) {
		doctor_warn(f, "this host is a virtual machine itself");
		doctor_mend(f, "run igdvm on the machine that has the GPU");
	} else if (paging[0] == 'N' || paging[0] == '0') {
		doctor_warn(f, "KVM does without a second page table (EPT, NPT)");
		doctor_mend(f,
			    "modprobe -r kvm_intel && modprobe kvm_intel ept=1 (kvm_amd: npt=1)");
	} else {
		doctor_ok(f, "the host is no virtual machine%s",
			  paging[0] ? ", KVM has a second page table" : "");
	}
}

/* ---- memory ---- */

static unsigned long long mib(uint64_t bytes)
{
	return bytes / MiB;
}

void doctor_memory(const struct doctor *d, struct doctor_finding *f)
{
	char text[8 * KiB];
	const char *total, *available;
	uint64_t have, left;

	if (doctor_text(doctor_path(d, "/proc/meminfo"), text, sizeof(text)) < 0)
		text[0] = '\0';
	total = doctor_value(text, "MemTotal");
	available = doctor_value(text, "MemAvailable");
	have = total ? MIN(strtoull(total, NULL, 10), UINT64_MAX / KiB) * KiB : 0;
	left = available ? MIN(strtoull(available, NULL, 10), UINT64_MAX / KiB) * KiB : have;
	if (!have) {
		doctor_unknown(f, "/proc/meminfo does not tell");
	} else if (d->memory > have) {
		doctor_fail(f, "the guest is to have %llu MiB, this host has %llu MiB",
			    mib(d->memory), mib(have));
		doctor_mend(f, "a lower --memory, such as --memory %lluM", mib(have / 2) & ~1ULL);
	} else if (d->memory > left) {
		doctor_warn(f, "the guest is to have %llu MiB, %llu MiB are available",
			    mib(d->memory), mib(left));
		doctor_mend(f, "end other programs, or a lower --memory");
	} else {
		doctor_ok(f, "%llu MiB for the guest, %llu MiB are available", mib(d->memory),
			  mib(left));
	}
}

/* "Max locked memory  SOFT  HARD  bytes" */
static bool parse_memlock(const char *limits, uint64_t *soft, uint64_t *hard)
{
	const char *at = doctor_value(limits, "Max locked memory");
	uint64_t *to[2] = { soft, hard };

	for (unsigned i = 0; i < 2; i++) {
		char *end;

		if (!at)
			return false;
		if (!strncmp(at, "unlimited", 9)) {
			*to[i] = UINT64_MAX;
			end = (char *)at + 9;
		} else {
			*to[i] = strtoull(at, &end, 10);
			if (end == at)
				return false;
		}
		at = end + strspn(end, " ");
	}
	return true;
}

void doctor_memlock(const struct doctor *d, struct doctor_finding *f)
{
	unsigned long long need = d->memory / KiB;
	char limits[4 * KiB];
	uint64_t soft, hard;

	/* Linux drivers/vfio/vfio_iommu_type1.c: no limit for who may lock */
	if (doctor_capability(d, CAP_IPC_LOCK_BIT) == 1) {
		doctor_ok(f, "no limit: this user has CAP_IPC_LOCK");
		return;
	}
	if (doctor_text(doctor_path(d, "/proc/self/limits"), limits, sizeof(limits)) < 0 ||
	    !parse_memlock(limits, &soft, &hard)) {
		doctor_unknown(f, "/proc/self/limits does not tell");
		return;
	}
	if (soft == UINT64_MAX) {
		doctor_ok(f, "no limit");
	} else if (soft >= d->memory) {
		doctor_ok(f, "%llu KiB may be locked, the guest has %llu KiB",
			  (unsigned long long)soft / KiB, need);
	} else {
		doctor_fail(f, "%llu KiB may be locked, the guest has %llu KiB",
			    (unsigned long long)soft / KiB, need);
		if (hard >= d->memory)
			doctor_mend(f, "ulimit -l %llu", need);
		else
			doctor_mend(f,
				    "echo \"$USER - memlock %llu\" | sudo tee "
				    "/etc/security/limits.d/igdvm.conf, "
				    "then log in again; in a systemd unit: LimitMEMLOCK=%lluK",
				    need, need);
	}
}
