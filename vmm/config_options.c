// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_options.c - every option of the command line: a row here and a field in struct config.
 * The parser, the defaults and the help texts all come from these rows. Keys of passed-through devices
 * are in config_host.c, of virtio devices in config_virtio.c.
 */
#include <assert.h>

#include "config_table.h"
#include "util.h"

#define FIELD(member) offsetof(struct config, member)

static const struct config_word reboot_words[] = {
	{ .name = "exit", .value = REBOOT_EXIT },
	{ .name = "restart", .value = REBOOT_RESTART },
	{ 0 },
};

static const struct config_word serial_words[] = {
	{ .name = "auto", .value = SERIAL_AUTO },
	{ .name = "tty", .value = SERIAL_TTY },
	{ .name = "null", .value = SERIAL_NULL },
	{ .name = "file", .value = SERIAL_FILE, .arg = "F", .arg_offset = FIELD(serial_path) },
	{ 0 },
};

static const struct config_word console_words[] = {
	{ .name = "off", .value = SERIAL_OFF },
	{ .name = "tty", .value = SERIAL_TTY },
	{ .name = "null", .value = SERIAL_NULL },
	{ .name = "file", .value = SERIAL_FILE, .arg = "F", .arg_offset = FIELD(console_path) },
	{ 0 },
};

static const struct config_word huge_page_words[] = {
	{ .name = "2M", .value = 2 * MiB },
	{ .name = "1G", .value = GiB },
	{ 0 },
};

static const struct config_word debugcon_words[] = {
	{ .name = "off", .value = SERIAL_OFF },
	{ .name = "stderr", .value = SERIAL_STDERR },
	{ .name = "null", .value = SERIAL_NULL },
	{ .name = "file", .value = SERIAL_FILE, .arg = "F", .arg_offset = FIELD(debugcon_path) },
	{ 0 },
};

static const struct config_row memory_keys[] = {
	{
		.name = "size",
		.value = "SIZE",
		.fallback = "512M",
		.help = "bytes of guest RAM; K, M, G or T may follow the number",
		.parse = config_size,
		.offset = FIELD(memory),
		.min = 32 * MiB,
		.max = 4096 * TiB, /* 52 bits: no x86 processor addresses more */
		.step = 2 * MiB,   /* one huge page */
	},
	{
		.name = "hugepages",
		.value = "2M|1G",
		.help = "pages of this size from the host's pool, where whole ones fit",
		.parse = config_word,
		.offset = FIELD(huge_page),
		.words = huge_page_words,
	},
	{
		.name = "prealloc",
		.help = "have every page in place before the guest starts; hugepages implies it",
		.parse = config_flag,
		.offset = FIELD(prealloc),
	},
	{
		.name = "thp",
		.value = "on|off",
		.fallback = "on",
		.help = "transparent huge pages for the rest",
		.parse = config_flag,
		.offset = FIELD(thp),
	},
	{ 0 },
};

static const struct config_row cpus_keys[] = {
	{
		.name = "count",
		.value = "N",
		.fallback = "1",
		.help = "how many",
		.parse = config_count,
		.offset = FIELD(cpus),
		.min = 1,
		.max = CONFIG_CPUS_MAX,
	},
	{
		.name = "topology",
		.value = "SOCKETS:CORES:THREADS",
		.help = "of the whole: cores of a socket, threads of a core; 1:N:1 unless given",
		.parse = config_topology,
		.offset = FIELD(topology),
		.max = CONFIG_CPUS_MAX,
		.implied = config_implied_topology,
	},
	{
		.name = "pin",
		.value = "LIST",
		.help = "the host CPU of each vCPU in turn, such as 0-3,8",
		.parse = config_cpu_list,
		.offset = FIELD(pin),
		.count_offset = FIELD(n_pin),
		.max = CONFIG_CPUS_MAX,
		.list = true,
	},
	{ 0 },
};

/* Of the first --smbios. */
static const struct config_row smbios_keys[] = {
	{
		.name = "oem",
		.value = "STRING",
		.help = "an OEM string, such as io.systemd.credential:NAME=VALUE",
		.parse = config_string,
		.offset = FIELD(smbios[0].oem),
	},
	{
		.name = "uuid",
		.value = "UUID",
		.help = "of the system; none unless given",
		.parse = config_uuid,
		.offset = FIELD(smbios[0].uuid),
	},
	{
		.name = "serial",
		.value = "STRING",
		.help = "serial number of the system; none unless given",
		.parse = config_string,
		.offset = FIELD(smbios[0].serial),
	},
	{ 0 },
};

/* Of the first --pass. */
static const struct config_row pass_keys[] = {
	{
		.name = "path",
		.value = "PATH",
		.help = "as another option names it, or a device igdvm opens, such as /dev/kvm",
		.parse = config_string,
		.offset = FIELD(pass[0].path),
		.required = true,
	},
	{
		.name = "fd",
		.value = "N",
		.help = "the open descriptor",
		.parse = config_count,
		.offset = FIELD(pass[0].fd),
		.min = 3,
		.max = 1 << 20,
		.required = true,
	},
	{ 0 },
};

static const struct config_word sandbox_words[] = {
	{ .name = "on", .value = SANDBOX_ON },
	{ .name = "log", .value = SANDBOX_LOG },
	{ .name = "trace", .value = SANDBOX_TRACE, .arg = "F", .arg_offset = FIELD(sandbox_trace) },
	{ .name = "off", .value = SANDBOX_OFF },
	{ 0 },
};

/* A sanitizer's run time calls what it likes. */
#ifdef IGDVM_SANITIZED
#define SANDBOX_DEFAULT "off"
#else
#define SANDBOX_DEFAULT "on"
#endif

const struct config_row config_options[] = {
	{
		.name = "kernel",
		.value = "F",
		.help = "kernel: bzImage, ELF with PVH entry, or Multiboot; - for standard input",
		.parse = config_string,
		.offset = FIELD(kernel),
		.required = true,
	},
	{
		.name = "initrd",
		.value = "F",
		.help = "initial RAM disk; the module of a Multiboot kernel",
		.parse = config_string,
		.offset = FIELD(initrd),
	},
	{
		.name = "cmdline",
		.value = "S",
		.help = "kernel command line; console=ttyS0 unless given (Multiboot: nothing)",
		.parse = config_string,
		.offset = FIELD(cmdline),
		.may_be_empty = true, /* a kernel can be started with no parameter at all */
	},
	{
		.name = "memory",
		.letter = 'm',
		.value = "SIZE",
		.help = "guest memory",
		.keys = memory_keys,
	},
	{
		.name = "cpus",
		.letter = 'c',
		.value = "N",
		.help = "virtual CPUs",
		.keys = cpus_keys,
		.check = config_check_cpus,
	},
	{
		.name = "igd",
		.value = "BDF",
		.help = "give the guest this Intel GPU",
		.parse = config_flag,
		.offset = FIELD(igd.present),
		.keys = config_igd_keys,
	},
	{
		.name = "vfio",
		.value = "BDF",
		.help = "give the guest this PCI device too; may be repeated",
		.keys = config_vfio_keys,
		.repeat = CONFIG_VFIO_MAX,
		.stride = sizeof(struct config_vfio),
		.count_offset = FIELD(n_vfio),
	},
	{
		.name = "bind",
		.help = "take --igd and --vfio from their drivers for this guest, then give back",
		.parse = config_flag,
		.offset = FIELD(bind),
		.check = config_check_bind,
	},
	{
		.name = "force",
		.help = "with --bind: though the host uses them",
		.parse = config_flag,
		.offset = FIELD(force),
	},
	{
		.name = "disk",
		.value = "F",
		.help = "give the guest this raw file or block device; may be repeated",
		.keys = config_disk_keys,
		.repeat = CONFIG_DISK_MAX,
		.stride = sizeof(struct config_disk),
		.count_offset = FIELD(n_disks),
	},
	{
		.name = "net",
		.value = "TAP",
		.help = "give the guest a network card on a tap or on passt; may be repeated",
		.keys = config_net_keys,
		.repeat = CONFIG_NET_MAX,
		.stride = sizeof(struct config_net),
		.count_offset = FIELD(n_nets),
		.check = config_check_net,
	},
	{
		.name = "fs",
		.value = "SOCKET,tag=NAME",
		.help = "give the guest the directory that a virtiofsd serves; may be repeated",
		.keys = config_fs_keys,
		.repeat = CONFIG_FS_MAX,
		.stride = sizeof(struct config_fs),
		.count_offset = FIELD(n_fs),
		.check = config_check_fs,
	},
	{
		.name = "input",
		.value = "DEVICE",
		.help = "give the guest this keyboard, mouse or tablet; may be repeated",
		.keys = config_input_keys,
		.repeat = CONFIG_INPUT_MAX,
		.stride = sizeof(struct config_input),
		.count_offset = FIELD(n_inputs),
	},
	{
		.name = "vsock",
		.value = "CID",
		.help = "sockets between host and guest (AF_VSOCK), at this address",
		.parse = config_flag,
		.offset = FIELD(vsock.present),
		.keys = config_vsock_keys,
	},
	{
		.name = "rng",
		.help = "give the guest random numbers of the host",
		.parse = config_flag,
		.offset = FIELD(rng),
	},
	{
		.name = "balloon",
		.value = "SIZE|all",
		.help = "let the guest give memory back to the host, all but SIZE from the start",
		.parse = config_flag,
		.offset = FIELD(balloon.present),
		.keys = config_balloon_keys,
		.check = config_check_balloon,
	},
	{
		.name = "smbios",
		.value = "oem=STRING",
		.help = "what SMBIOS tells the guest; may be repeated, of a key the last counts",
		.keys = smbios_keys,
		.repeat = CONFIG_SMBIOS_MAX,
		.stride = sizeof(struct config_smbios),
		.count_offset = FIELD(n_smbios),
	},
	{
		.name = "fixture",
		.value = "DIR",
		.help = "with --dry-run: what \"igdvm record\" wrote stands in for the GPU",
		.parse = config_string,
		.offset = FIELD(fixture),
	},
	{
		.name = "serial",
		.value = "auto|tty|null|file=F",
		.fallback = "auto",
		.help = "where COM1 goes; tty: stdin and stdout, Ctrl-A x quits",
		.parse = config_word,
		.offset = FIELD(serial),
		.words = serial_words,
		.implied = config_implied_serial,
	},
	{
		.name = "console",
		.value = "off|tty|null|file=F",
		.fallback = "off",
		.help = "a virtio console (hvc0), and where it goes",
		.parse = config_word,
		.offset = FIELD(console),
		.words = console_words,
		.check = config_check_console,
	},
	{
		.name = "on-reboot",
		.value = "exit|restart",
		.fallback = "exit",
		.help = "when the guest resets: end with code 32, or start it again",
		.parse = config_word,
		.offset = FIELD(on_reboot),
		.words = reboot_words,
	},
	{
		.name = "keyboard",
		.help = "a PS/2 keyboard and its controller, for guests that insist on one",
		.parse = config_flag,
		.offset = FIELD(keyboard),
	},
	{
		.name = "debugcon",
		.value = "off|stderr|null|file=F",
		.fallback = "off",
		.help = "where bytes go that a guest writes to port 0xE9 or 0x402",
		.parse = config_word,
		.offset = FIELD(debugcon),
		.words = debugcon_words,
	},
	{
		.name = "debug-exit",
		.help = "a guest that writes N to port 0xF4 ends igdvm with exit code 64+N",
		.parse = config_flag,
		.offset = FIELD(debug_exit),
	},
	{
		.name = "expect",
		.value = "REGEX",
		.help = "end with code 0 once a line of a console matches; else the code is not 0",
		.parse = config_regex,
		.offset = FIELD(expect),
	},
	{
		.name = "fail-on",
		.value = "REGEX",
		.help = "end with code 35 once a line of a console matches",
		.parse = config_regex,
		.offset = FIELD(fail_on),
	},
	{
		.name = "timeout",
		.value = "TIME",
		.help = "end with code 124 after this time: 90, 90s, 5m, 500ms",
		.parse = config_duration,
		.offset = FIELD(timeout_ms),
		.min = 1,
		.max = 30ULL * 24 * 3600 * 1000,
	},
	{
		.name = "report",
		.value = "F",
		.help = "write how it went: JSON, or JUnit where F ends in .xml",
		.parse = config_string,
		.offset = FIELD(report),
	},
	{
		.name = "pass",
		.value = "PATH,fd=N",
		.help = "use this open descriptor where PATH would be opened; may be repeated",
		.keys = pass_keys,
		.repeat = CONFIG_PASS_MAX,
		.stride = sizeof(struct config_pass),
		.count_offset = FIELD(n_passed),
		.check = config_check_pass,
	},
	{
		.name = "control",
		.value = "PATH",
		.help = "a socket for \"igdvm ctl\" and other programs",
		.parse = config_string,
		.offset = FIELD(control),
	},
	{
		.name = "sandbox",
		.value = "on|log|trace=F|off",
		.fallback = SANDBOX_DEFAULT,
		.help = "what igdvm gives up before the guest runs; log and trace only tell",
		.parse = config_word,
		.offset = FIELD(sandbox),
		.words = sandbox_words,
	},
	{
		.name = "dump-acpi",
		.value = "DIR",
		.help = "write the guest's ACPI tables to files there: facp.dat, dsdt.dat, ...",
		.parse = config_string,
		.offset = FIELD(dump_acpi),
	},
	{
		.name = "dump-dtb",
		.value = "F",
		.help = "write the guest's device tree to this file, but for its random seed",
		.parse = config_string,
		.offset = FIELD(dump_dtb),
	},
	{
		.name = "dry-run",
		.help = "print what the guest would find, and stop: memory, devices, tables, GPU",
		.parse = config_flag,
		.offset = FIELD(dry_run),
		.not_in_file = true,
	},
	{
		.name = "json",
		.help = "with --dry-run: print it as JSON",
		.parse = config_flag,
		.offset = FIELD(json),
		.check = config_check_json,
		.not_in_file = true,
	},
	{
		.name = "config",
		.value = "F",
		.help = "read options from this file; those of the command line come after them",
		.parse = config_string,
		.offset = FIELD(config_file),
		.not_in_file = true,
	},
	{
		.name = "dump-config",
		.help = "print all that is not as by default, as such a file, and stop",
		.parse = config_flag,
		.offset = FIELD(dump_config),
		.not_in_file = true,
	},
	{
		.name = "verbose",
		.help = "print debug messages too",
		.parse = config_flag,
		.offset = FIELD(verbose),
	},
	{
		.name = "log-file",
		.value = "F",
		.help = "messages go to the end of this file; errors at the start here too",
		.parse = config_string,
		.offset = FIELD(log_file),
	},
	{
		.name = "log-json",
		.help = "each message is a line of JSON: time, level, message",
		.parse = config_flag,
		.offset = FIELD(log_json),
	},
	{
		.name = "help",
		.letter = 'h',
		.help = "print this text",
		.action = CONFIG_HELP,
	},
	{
		.name = "version",
		.help = "print igdvm's version, and what it was built from and with",
		.action = CONFIG_VERSION,
	},
	{ 0 },
};

static_assert(ARRAY_SIZE(config_options) <= CONFIG_ROWS_MAX, "CONFIG_ROWS_MAX");
