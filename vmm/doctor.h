/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor.h - what is missing on a host before a GPU can be given to a guest, one finding a check.
 *
 * For doctor*.c and tool_doctor.c. A check asks one thing, reads only, and never opens VFIO: opening
 * a group is a visible act, and a device may be reset by it. All files are below one root, so that a
 * directory can stand for a host; of a recording (vfio_fixture.h) only what is in it is judged.
 * What each check means to a user: docs/doctor.md.
 */
#ifndef IGDVM_DOCTOR_H
#define IGDVM_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "emit.h"
#include "opregion_read.h"
#include "sysfs.h"

#define DOCTOR_VERSION	   1 /* of the JSON; ids and their meaning do not change within it */
#define DOCTOR_DEVICES_MAX 16
#define DOCTOR_CONFIG	   256 /* bytes of config space that are looked at */

enum doctor_status {
	DOCTOR_OK,
	DOCTOR_WARNING, /* igdvm starts, the guest has less than it could */
	DOCTOR_FAILURE, /* igdvm refuses to start, or the GPU cannot work */
	DOCTOR_UNKNOWN, /* this user, or a recording, cannot tell */
};

/* Printable ASCII, whatever the host's files hold. */
struct doctor_finding {
	enum doctor_status status;
	char found[EMIT_TEXT_MAX];
	char remedy[EMIT_TEXT_MAX]; /* empty: there is nothing to mend */
};

struct igd_gen;
struct iommu;
struct vfio_dev;

struct doctor {
	const char *root;    /* "", or a directory that holds proc, sys, dev, boot and lib */
	const char *fixture; /* a recording, whose host is not this one; or NULL */
	uint64_t memory;     /* the guest's */
	char release[64];    /* the kernel's; empty: not known */
	char *kconfig;	     /* its configuration, or NULL */
	char *iomem;	     /* /proc/iomem, or NULL */
	/* the device being looked at */
	struct sysfs_dev dev;	   /* its directory below root, or the recording's */
	struct vfio_dev *recorded; /* of a recording; else NULL */
	uint8_t config[DOCTOR_CONFIG];
	size_t config_len; /* what this user may read of it */
	bool virtual_function;
	const struct igd_gen *gen; /* NULL: unknown */
	/* its OpRegion, if opregion_err is 0 */
	struct opregion_image opregion;
	struct opregion_refusal refusal[OPREGION_PLACES];
	int opregion_err;
};

/* ---- the checks ---- */

typedef void doctor_check_fn(const struct doctor *d, struct doctor_finding *f);

/* doctor_host.c */
doctor_check_fn doctor_kvm, doctor_nested, doctor_memory, doctor_memlock;
/* doctor_kernel.c */
doctor_check_fn doctor_kernel, doctor_vfio_pci, doctor_vfio_pci_igd, doctor_vfio_pci_vga;
/* doctor_iommu.c */
doctor_check_fn doctor_iommu, doctor_intremap, doctor_group, doctor_reserved, doctor_width;
/* doctor_vfio.c */
doctor_check_fn doctor_container, doctor_driver, doctor_group_file, doctor_reset, doctor_power,
	doctor_sriov;
/* doctor_gpu.c */
doctor_check_fn doctor_class, doctor_generation, doctor_stolen, doctor_lpc, doctor_audio;
/* doctor_opregion.c */
doctor_check_fn doctor_asls, doctor_header, doctor_place, doctor_live;
/* doctor_screen.c */
doctor_check_fn doctor_framebuffer, doctor_console;

/* ---- findings: printf; later calls replace what earlier ones said ---- */

#define DOCTOR_FORMAT __attribute__((format(printf, 2, 3)))

DOCTOR_FORMAT void doctor_ok(struct doctor_finding *f, const char *fmt, ...);
DOCTOR_FORMAT void doctor_warn(struct doctor_finding *f, const char *fmt, ...);
DOCTOR_FORMAT void doctor_fail(struct doctor_finding *f, const char *fmt, ...);
DOCTOR_FORMAT void doctor_unknown(struct doctor_finding *f, const char *fmt, ...);
/* The command or firmware setting that mends it. */
DOCTOR_FORMAT void doctor_mend(struct doctor_finding *f, const char *fmt, ...);

/* ---- what several checks ask ---- */

/* 'y', 'm' or 'n' as CONFIG_option is in the running kernel's configuration; 0: not known. */
char doctor_kconfig(const struct doctor *d, const char *option);
/* Whether the kernel is at least major.minor; unknown ones are not. */
bool doctor_kernel_from(const struct doctor *d, unsigned major, unsigned minor);
/* Find the kernel's release and configuration. */
void doctor_read_kernel(struct doctor *d);
/* Whether a word of the kernel's command line is word, or begins so where word ends in '='. */
bool doctor_booted_with(const struct doctor *d, const char *word);
/* Words of "intel_iommu=a,b" and the like: whether option `key` has value among its values. */
bool doctor_boot_option(const struct doctor *d, const char *key, const char *value);
/* Whether this process has a capability (its bit in CapEff). 1, 0, or -1: not known. */
int doctor_capability(const struct doctor *d, unsigned bit);
/* ASLS as the hardware has it; 0: none, or not readable. */
uint32_t doctor_asls_value(const struct doctor *d);
/* The line "KEY: text" of a recording's manifest; false: there is none. */
bool doctor_manifest(const struct doctor *d, const char *key, char *text, size_t size);
/* Where the line of /proc/meminfo or the like that begins with key has its value; NULL. */
const char *doctor_value(const char *text, const char *key);

/* A line of /proc/iomem. */
struct doctor_iomem {
	uint64_t first, last;
	char name[64];
};
/* The line at *text, which moves on; false: that was all. Malformed lines are skipped. */
bool doctor_next_iomem(const char **text, struct doctor_iomem *line);
/* True when the kernel shows this user addresses in /proc/iomem; to others they are all 0. */
bool doctor_iomem_shown(const struct doctor *d);

/* ---- all of it ---- */

struct doctor_counts {
	unsigned n[DOCTOR_UNKNOWN + 1];
};

/*
 * Look at device (a PCI address), or at each Intel display device of the host for NULL, and write
 * lines of text, or JSON. 0: no failure; 1: there are; 2: what fixture names is no recording.
 */
int doctor_run(const char *root, const char *fixture, const char *device, uint64_t memory,
	       bool json, FILE *out);

#endif
