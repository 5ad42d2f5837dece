/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - the command line as a struct.
 *
 * Pure: no file is opened, nothing is logged. One table of options (config_options.c) gives the
 * parser, --help, "--igd help" and the defaults.
 */
#ifndef IGDVM_CONFIG_H
#define IGDVM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* Bytes of all comma-separated values together, split and with doubled commas undone. */
#define CONFIG_ARENA 16384

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
	const char *fixture; /* directory that stands in for the GPU; NULL: the host's */
	enum serial_kind serial;
	const char *serial_path;  /* SERIAL_FILE */
	enum serial_kind console; /* virtio's; SERIAL_OFF: none */
	const char *console_path; /* SERIAL_FILE */
	enum reboot_policy on_reboot;
	/*
	 * No option: this is not the first machine of the process. Whoever writes to a file that the user
	 * named goes on where the last one ended.
	 */
	bool restarted;
	bool keyboard; /* and its controller, an i8042 */
	enum serial_kind debugcon;
	const char *debugcon_path; /* SERIAL_FILE */
	bool debug_exit;	   /* port 0xF4 ends the machine */
	bool dry_run;
	bool verbose;
	char arena[CONFIG_ARENA];
	size_t arena_used;
};

/* What parsing asks main to do. */
enum config_action {
	CONFIG_RUN,
	CONFIG_HELP,	/* text was printed to out */
	CONFIG_VERSION, /* likewise */
};

struct config_error {
	char text[512]; /* one line: option, value, what is wrong, what would be right */
};

/*
 * Parse argv (argv[0] is skipped, "run" may follow it). Help goes to out.
 * 0 with *c and *action set; -EINVAL with err->text.
 */
int config_parse(struct config *c, int argc, char **argv, enum config_action *action, FILE *out,
		 struct config_error *err);

#endif
