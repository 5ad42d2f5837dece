// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_host.c - keys of the options that give the guest devices of the host: --igd, --vfio.
 */
#include "config_table.h"
#include "util.h"

#define FIELD(member) offsetof(struct config, member)

static const struct config_word opregion_words[] = {
	{ .name = "auto", .value = OPREGION_AUTO },
	{ .name = "live", .value = OPREGION_LIVE },
	{ .name = "lazy", .value = OPREGION_LAZY },
	{ .name = "copy", .value = OPREGION_COPY },
	{ .name = "off", .value = OPREGION_OFF },
	{ .name = "file",
	  .value = OPREGION_FILE,
	  .arg = "F",
	  .arg_offset = FIELD(igd.opregion_file) },
	{ 0 },
};

static const struct config_word stolen_words[] = {
	{ .name = "auto", .value = STOLEN_AUTO },
	{ .name = "off", .value = 0 },
	{ .name = "at-host", .value = STOLEN_AT_HOST },
	{ 0 },
};

static const struct config_word lpc_words[] = {
	{ .name = "clone", .value = LPC_CLONE },
	{ .name = "off", .value = LPC_OFF },
	{ 0 },
};

static const struct config_word host_words[] = {
	{ .name = "clone", .value = HOST_CLONE },
	{ .name = "revision", .value = HOST_REVISION },
	{ .name = "off", .value = HOST_OFF },
	{ 0 },
};

static const struct config_word doorbells_words[] = {
	{ .name = "drop", .value = DOORBELLS_DROP },
	{ .name = "pass", .value = DOORBELLS_PASS },
	{ 0 },
};

static const struct config_word rom_words[] = {
	{ .name = "off", .value = ROM_OFF },
	{ .name = "bar", .value = ROM_BAR },
	{ .name = "", .value = ROM_FILE, .arg = "FILE", .arg_offset = FIELD(igd.rom_file) },
	{ 0 },
};

const struct config_row config_igd_keys[] = {
	{
		.name = "bdf",
		.value = "BDF|PATH",
		.help = "the GPU on the host, bound to vfio-pci; or a mediated one's sysfs path",
		.parse = config_device,
		.offset = FIELD(igd.device),
		.required = true,
	},
	{
		.name = "addr",
		.value = "DD.F",
		.fallback = "02.0",
		.help = "the GPU's address on the guest's bus; drivers expect the default",
		.parse = config_addr,
		.offset = FIELD(igd.devfn),
	},
	{
		.name = "opregion",
		.value = "auto|live|lazy|copy|off|file=F",
		.fallback = "auto",
		.help = "the host's own (lazy: from the first access on), a copy, none; a file",
		.parse = config_word,
		.offset = FIELD(igd.opregion),
		.words = opregion_words,
	},
	{
		.name = "vbt",
		.value = "F",
		.help = "a VBT to put into the OpRegion of opregion=file=F",
		.parse = config_string,
		.offset = FIELD(igd.vbt_file),
	},
	{
		.name = "doorbells",
		.value = "drop|pass",
		.fallback = "drop",
		.help = "whether SWSMI, ASLE and SWSCI reach firmware, if the OpRegion is live",
		.parse = config_word,
		.offset = FIELD(igd.doorbells),
		.words = doorbells_words,
	},
	{
		.name = "stolen",
		.value = "auto|off|SIZE|at-host",
		.fallback = "auto",
		.help = "graphics stolen memory; auto: as the host's, where the driver needs it",
		.parse = config_size,
		.offset = FIELD(igd.stolen),
		.words = stolen_words,
		.min = MiB,
		.max = 4 * GiB,
		.step = MiB, /* BDSM holds bits 31:20 of an address */
	},
	{
		.name = "lpc",
		.value = "clone|off|VID:DID[:REV:SVID:SSID]",
		.fallback = "clone",
		.help = "ids of the LPC bridge, by which drivers find the platform",
		.parse = config_lpc,
		.offset = FIELD(igd.lpc),
		.ids_offset = FIELD(igd.lpc_ids),
		.words = lpc_words,
	},
	{
		.name = "host",
		.value = "clone|revision|off",
		.fallback = "clone",
		.help = "ids and graphics registers of the host bridge",
		.parse = config_word,
		.offset = FIELD(igd.host),
		.words = host_words,
	},
	{
		.name = "vga",
		.fallback = "off",
		.help = "give the guest the legacy VGA ranges of the GPU",
		.parse = config_flag,
		.offset = FIELD(igd.vga),
	},
	{
		.name = "rom",
		.value = "off|bar|FILE",
		.fallback = "off",
		.help = "the GPU's option ROM: none, its own, or from a file",
		.parse = config_word,
		.offset = FIELD(igd.rom),
		.words = rom_words,
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

static const struct config_word vfio_rom_words[] = {
	{ .name = "off", .value = ROM_OFF },
	{ .name = "bar", .value = ROM_BAR },
	{ .name = "", .value = ROM_FILE, .arg = "FILE", .arg_offset = FIELD(vfio[0].rom_file) },
	{ 0 },
};

/* Of the first device; config.c moves on by stride. */
const struct config_row config_vfio_keys[] = {
	{
		.name = "bdf",
		.value = "BDF|PATH",
		.help = "the device on the host, bound to vfio-pci; or a mediated one's path",
		.parse = config_device,
		.offset = FIELD(vfio[0].device),
		.required = true,
	},
	{
		.name = "addr",
		.value = "DD.F",
		.help = "address on the guest's bus; the lowest free one unless given",
		.parse = config_addr,
		.offset = FIELD(vfio[0].devfn),
	},
	{
		.name = "rom",
		.value = "off|bar|FILE",
		.help = "option ROM: none (unless given), its own, or from a file",
		.parse = config_word,
		.offset = FIELD(vfio[0].rom),
		.words = vfio_rom_words,
	},
	{
		.name = "id",
		.value = "VID:DID[:REV:SVID:SSID]",
		.help = "ids the guest sees instead of its own",
		.parse = config_ids,
		.ids_offset = FIELD(vfio[0].ids),
	},
	{ 0 },
};
