// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_options.c - every option of the command line: a row here and a field in struct config.
 * The parser, the defaults and the help texts all come from these rows.
 */
#include "config_table.h"
#include "util.h"

#define FIELD(member) offsetof(struct config, member)

static const struct config_word opregion_words[] = {
	{ .name = "auto", .value = OPREGION_AUTO },
	{ .name = "live", .value = OPREGION_LIVE },
	{ .name = "copy", .value = OPREGION_COPY },
	{ .name = "off", .value = OPREGION_OFF },
	{ 0 },
};

static const struct config_word stolen_words[] = {
	{ .name = "auto", .value = STOLEN_AUTO },
	{ .name = "off", .value = 0 },
	{ 0 },
};

static const struct config_word lpc_words[] = {
	{ .name = "clone", .value = LPC_CLONE },
	{ .name = "off", .value = LPC_OFF },
	{ 0 },
};

static const struct config_word serial_words[] = {
	{ .name = "tty", .value = SERIAL_TTY },
	{ .name = "null", .value = SERIAL_NULL },
	{ .name = "file", .value = SERIAL_FILE, .arg = "F", .arg_offset = FIELD(serial_path) },
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
	{ 0 },
};

static const struct config_row igd_keys[] = {
	{
		.name = "bdf",
		.value = "BDF",
		.help = "the GPU's PCI address on the host, bound to vfio-pci",
		.parse = config_bdf,
		.offset = FIELD(igd.bdf),
		.required = true,
	},
	{
		.name = "opregion",
		.value = "auto|live|copy|off",
		.fallback = "auto",
		.help = "the host's OpRegion, or a copy; auto: live, else copy",
		.parse = config_word,
		.offset = FIELD(igd.opregion),
		.words = opregion_words,
	},
	{
		.name = "stolen",
		.value = "auto|off|SIZE",
		.fallback = "auto",
		.help = "graphics stolen memory in guest RAM; auto: as the host's",
		.parse = config_size,
		.offset = FIELD(igd.stolen),
		.words = stolen_words,
		.min = MiB,
		.max = 4 * GiB,
		.step = MiB, /* BDSM holds bits 31:20 of an address */
	},
	{
		.name = "lpc",
		.value = "clone|off",
		.fallback = "clone",
		.help = "ids of the host's LPC and host bridge, for the driver",
		.parse = config_word,
		.offset = FIELD(igd.lpc),
		.words = lpc_words,
	},
	{
		.name = "gen",
		.value = "NAME",
		.help = "treat the GPU as this generation, where its device id is unknown",
		.parse = config_string,
		.offset = FIELD(igd.gen),
	},
	{ 0 },
};

const struct config_row config_options[] = {
	{
		.name = "kernel",
		.value = "F",
		.help = "Linux kernel to boot, a bzImage",
		.parse = config_string,
		.offset = FIELD(kernel),
		.required = true,
	},
	{
		.name = "initrd",
		.value = "F",
		.help = "initial RAM disk",
		.parse = config_string,
		.offset = FIELD(initrd),
	},
	{
		.name = "cmdline",
		.value = "S",
		.help = "kernel command line; console=ttyS0 unless given",
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
		.fallback = "1",
		.help = "virtual CPUs",
		.parse = config_count,
		.offset = FIELD(cpus),
		.min = 1,
		.max = 4096,
	},
	{
		.name = "igd",
		.value = "BDF",
		.help = "give the guest this Intel GPU",
		.parse = config_flag,
		.offset = FIELD(igd.present),
		.keys = igd_keys,
	},
	{
		.name = "serial",
		.value = "tty|null|file=F",
		.fallback = "tty",
		.help = "where COM1 goes; tty: stdin and stdout, Ctrl-A x quits",
		.parse = config_word,
		.offset = FIELD(serial),
		.words = serial_words,
	},
	{
		.name = "dry-run",
		.help = "print the memory plan and stop",
		.parse = config_flag,
		.offset = FIELD(dry_run),
	},
	{
		.name = "verbose",
		.help = "print debug messages too",
		.parse = config_flag,
		.offset = FIELD(verbose),
	},
	{
		.name = "help",
		.letter = 'h',
		.help = "print this text",
		.action = CONFIG_HELP,
	},
	{
		.name = "version",
		.help = "print igdvm's version",
		.action = CONFIG_VERSION,
	},
	{ 0 },
};
