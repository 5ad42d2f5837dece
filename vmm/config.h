/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - the command line, and a configuration file, as a struct.
 *
 * Pure: no file is opened, nothing is logged. One table of options (config_options.c) gives the
 * parsers of both, --dump-config, --help, "--igd help", the defaults, manual page and completions.
 */
#ifndef IGDVM_CONFIG_H
#define IGDVM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "confine.h"
#include "disk_aio.h"
#include "net_vhost.h"
#include "topology.h"

enum opregion_policy {
	OPREGION_AUTO, /* live, else copy, saying which and why */
	OPREGION_LIVE, /* the host's own pages, or an error */
	OPREGION_LAZY, /* the same, put in place by the guest's first access */
	OPREGION_COPY, /* a private copy of the bytes */
	OPREGION_OFF,  /* none: ASLS reads 0 */
	OPREGION_FILE, /* bytes from a file */
};

/* Where the ids of the guest's LPC bridge come from. */
enum lpc_policy {
	LPC_CLONE, /* the host's LPC bridge */
	LPC_OFF,   /* igdvm's own */
	LPC_IDS,   /* the command line */
};

enum host_policy {
	HOST_CLONE,    /* ids and graphics registers of the host's host bridge */
	HOST_REVISION, /* igdvm's vendor and device id; revision and subsystem of the host's */
	HOST_OFF,      /* igdvm's own */
};

/* Guest writes to SWSMI, ASLE and SWSCI, which call the host's firmware. */
enum doorbells_policy {
	DOORBELLS_DROP,
	DOORBELLS_PASS, /* only while the OpRegion is the host's own */
};

enum rom_policy {
	ROM_OFF,
	ROM_BAR,  /* the device's own ROM BAR */
	ROM_FILE, /* an image from a file */
};

/* What a reset by the guest does. */
enum reboot_policy {
	REBOOT_EXIT,
	REBOOT_RESTART, /* build the machine anew, in this process */
};

enum serial_kind {
	SERIAL_AUTO, /* the terminal, unless the console has it: config_check_console() decides */
	SERIAL_TTY,
	SERIAL_NULL,
	SERIAL_FILE,
	SERIAL_STDERR,
	SERIAL_OFF, /* not even a port */
};

#define STOLEN_AUTO    UINT64_MAX	/* what suits the generation and the guest's memory */
#define STOLEN_AT_HOST (UINT64_MAX - 1) /* the host's size at the host's address */

/* Ids of a PCI function, all given or (the last three) 0. */
struct config_ids {
	uint16_t vendor, device, subvendor, subdevice;
	uint8_t revision;
};

struct config_igd {
	bool present;
	const char *device; /* PCI address, or the absolute path of a mediated device in sysfs */
	uint8_t devfn;	    /* in the guest */
	enum opregion_policy opregion;
	const char *opregion_file; /* OPREGION_FILE */
	const char *vbt_file;	   /* for OPREGION_FILE, or NULL */
	uint64_t stolen;	   /* bytes, 0 for off, STOLEN_AUTO, STOLEN_AT_HOST */
	enum lpc_policy lpc;
	struct config_ids lpc_ids; /* LPC_IDS */
	enum host_policy host;
	enum doorbells_policy doorbells;
	bool vga; /* legacy VGA ranges go to the device */
	enum rom_policy rom;
	const char *rom_file; /* ROM_FILE */
	const char *gen;      /* generation name that overrides the id table, or NULL */
};

#define CONFIG_VFIO_MAX 16
#define DEVFN_ANY	0 /* 00.0 is the host bridge's: the lowest free address is meant */

#define CONFIG_CPUS_MAX 4096

/* A device besides the GPU. */
struct config_vfio {
	const char *device;
	uint8_t devfn; /* in the guest, or DEVFN_ANY */
	enum rom_policy rom;
	const char *rom_file;  /* ROM_FILE */
	struct config_ids ids; /* shown to the guest; vendor 0: the device's own */
};

#define CONFIG_DISK_MAX 16

struct config_disk {
	const char *path;
	bool readonly, direct;
	enum disk_aio aio;
	const char *serial; /* or NULL */
	unsigned queues;    /* 0: not given */
	uint8_t devfn;	    /* in the guest, or DEVFN_ANY */
};

#define CONFIG_NET_MAX 16

struct config_mac {
	bool given;
	uint8_t byte[6];
};

struct config_net {
	const char *tap, *passt; /* one of the three is given */
	unsigned fd;		 /* 0: not */
	enum net_vhost vhost;
	struct config_mac mac;
	unsigned queues; /* 0: not given */
	uint8_t devfn;	 /* in the guest, or DEVFN_ANY */
};

#define CONFIG_FS_MAX 8

struct config_fs {
	const char *path; /* of a socket */
	const char *tag;
	unsigned queues; /* 0: not given */
	uint8_t devfn;	 /* in the guest, or DEVFN_ANY */
};

#define CONFIG_INPUT_MAX 16

struct config_input {
	const char *path;
	bool grab;
	uint8_t devfn; /* in the guest, or DEVFN_ANY */
};

/* Smallest and largest cid: vsock(7). */
#define CONFIG_CID_MIN 3
#define CONFIG_CID_MAX 0xfffffffe

struct config_vsock {
	bool present;
	unsigned cid;
	uint8_t devfn; /* in the guest, or DEVFN_ANY */
};

#define CONFIG_PASS_MAX 32

/* An open descriptor that stands for a file. */
struct config_pass {
	const char *path;
	unsigned fd;
};

struct config_balloon {
	bool present;
	uint64_t target; /* bytes left to the guest at the start; 0: all */
};

struct config_uuid {
	bool given;
	uint8_t byte[16]; /* in the order in which it is written */
};

#define CONFIG_SMBIOS_MAX 64

/* One --smbios: any of these. */
struct config_smbios {
	const char *oem;    /* a string of structure 11 */
	const char *serial; /* of the system */
	struct config_uuid uuid;
};

/* Bytes of all comma-separated values, and of those from a file, as they are meant: without escapes. */
#define CONFIG_ARENA 65536

/* Strings point into argv or into arena: pass a config by pointer, never copy it. */
struct config {
	const char *kernel, *initrd;
	const char *cmdline; /* NULL: not given */
	uint64_t memory;     /* bytes, multiple of 2 MiB */
	unsigned huge_page;  /* bytes of a page from the host's pool, 0 for none */
	bool thp, prealloc;
	unsigned cpus;
	struct topology topology;      /* of that many vCPUs */
	uint16_t pin[CONFIG_CPUS_MAX]; /* host CPU of each vCPU, if n_pin */
	unsigned n_pin;		       /* 0, or as many as cpus */
	struct config_igd igd;
	struct config_vfio vfio[CONFIG_VFIO_MAX];
	unsigned n_vfio;
	struct config_disk disk[CONFIG_DISK_MAX];
	unsigned n_disks;
	struct config_net net[CONFIG_NET_MAX];
	unsigned n_nets;
	struct config_fs fs[CONFIG_FS_MAX];
	unsigned n_fs;
	struct config_input input[CONFIG_INPUT_MAX];
	unsigned n_inputs;
	struct config_vsock vsock;
	bool rng;
	struct config_balloon balloon;
	struct config_smbios smbios[CONFIG_SMBIOS_MAX];
	unsigned n_smbios;
	bool bind;	     /* --igd and --vfio go to vfio-pci for this guest, and back */
	bool force;	     /* though the host uses them */
	const char *fixture; /* directory that stands in for the GPU; NULL: the host's */
	enum serial_kind serial;
	const char *serial_path;  /* SERIAL_FILE */
	enum serial_kind console; /* virtio's; SERIAL_OFF: none */
	const char *console_path; /* SERIAL_FILE */
	enum reboot_policy on_reboot;
	enum sandbox_mode sandbox;
	const char *sandbox_trace;    /* SANDBOX_TRACE: a file */
	const char *expect, *fail_on; /* regular expressions, or NULL */
	uint64_t timeout_ms;	      /* 0: none */
	const char *report;	      /* a file, or NULL */
	struct config_pass pass[CONFIG_PASS_MAX];
	unsigned n_passed;
	const char *control; /* where the control socket is to be, or NULL */
	uint64_t started_ns; /* no option: when igdvm began, of CLOCK_MONOTONIC */
	/*
	 * No option: this is not the first machine of the process. Whoever writes to a file that the user
	 * named goes on where the last one ended.
	 */
	bool restarted;
	bool keyboard; /* and its controller, an i8042 */
	enum serial_kind debugcon;
	const char *debugcon_path; /* SERIAL_FILE */
	bool debug_exit;	   /* port 0xF4 ends the machine */
	const char *config_file;   /* it was read; for messages */
	bool dump_config;
	const char *dump_acpi; /* directory, or NULL */
	const char *dump_dtb;  /* file, or NULL */
	bool json;	       /* of a dry run */
	bool dry_run;
	bool verbose;
	const char *log_file; /* instead of standard error; or NULL */
	bool log_json;
	char arena[CONFIG_ARENA];
	size_t arena_used;
};

/* What parsing asks main to do. */
enum config_action {
	CONFIG_RUN,
	CONFIG_HELP,	/* text was printed to out */
	CONFIG_VERSION, /* likewise */
	CONFIG_DUMP,	/* likewise: the whole configuration */
};

/* A configuration file that somebody has read. */
struct config_file {
	const char *name; /* for messages */
	const char *text;
	size_t len;
};
#define CONFIG_FILE_MAX (1 << 20) /* bytes that one is expected to have at most */

struct config_error {
	char text[1024]; /* one line: option, value, what is wrong, what would be right */
};

/* The file that the command line names as its configuration, to be read before it is parsed; or NULL. */
const char *config_file_name(int argc, char **argv);

/*
 * Parse the file, if there is one, then argv (argv[0] is skipped, "run" may follow it): what is in argv
 * overrides what is in the file, repeated options are added to those of the file. Help goes to out.
 * 0 with *c and *action set, the file is not needed any more; -EINVAL with err->text.
 */
int config_parse(struct config *c, const struct config_file *file, int argc, char **argv,
		 enum config_action *action, FILE *out, struct config_error *err);

/*
 * Write all that is not as it is by default to out, as a configuration file: parsed, it gives the same
 * config again. 0 or -ENOMEM; a failed write is in ferror(out).
 */
int config_dump(const struct config *c, FILE *out);

#endif
