// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_virtio.c - keys of the options that give the guest virtio devices.
 */
#include "config_table.h"
#include "util.h"

#define FIELD(member) offsetof(struct config, member)

static const struct config_word aio_words[] = {
	{ .name = "auto", .value = DISK_AIO_AUTO },
	{ .name = "uring", .value = DISK_AIO_URING },
	{ .name = "threads", .value = DISK_AIO_THREADS },
	{ 0 },
};

const struct config_row config_disk_keys[] = {
	{
		.name = "path",
		.value = "F",
		.help = "a raw file or a block device",
		.parse = config_string,
		.offset = FIELD(disk[0].path),
		.required = true,
	},
	{
		.name = "ro",
		.help = "the guest may only read; several machines may have it so at once",
		.parse = config_flag,
		.offset = FIELD(disk[0].readonly),
	},
	{
		.name = "direct",
		.help = "bypass the host's page cache",
		.parse = config_flag,
		.offset = FIELD(disk[0].direct),
	},
	{
		.name = "aio",
		.value = "uring|threads|auto",
		.fallback = "auto",
		.help = "who reads and writes; auto: io_uring where the host has it",
		.parse = config_word,
		.offset = FIELD(disk[0].aio),
		.words = aio_words,
	},
	{
		.name = "serial",
		.value = "S",
		.help = "what the guest reads as its serial number",
		.parse = config_string,
		.offset = FIELD(disk[0].serial),
		.max = 20, /* what virtio has room for */
	},
	{
		.name = "queues",
		.value = "N",
		.help = "queues for the guest's processors to share; 1 unless given",
		.parse = config_count,
		.offset = FIELD(disk[0].queues),
		.min = 1,
		.max = 64,
	},
	{
		.name = "addr",
		.value = "DD.F",
		.help = "address on the guest's bus; the lowest free one from 03.0 unless given",
		.parse = config_addr,
		.offset = FIELD(disk[0].devfn),
	},
	{ 0 },
};

static const struct config_word vhost_words[] = {
	{ .name = "auto", .value = NET_VHOST_AUTO },
	{ .name = "on", .value = NET_VHOST_ON },
	{ .name = "off", .value = NET_VHOST_OFF },
	{ 0 },
};

const struct config_row config_net_keys[] = {
	{
		.name = "tap",
		.value = "NAME",
		.help = "a tap interface that exists",
		.parse = config_string,
		.offset = FIELD(net[0].tap),
		.max = 15, /* IFNAMSIZ, with a zero behind it */
	},
	{
		.name = "fd",
		.value = "N",
		.help = "or a tap that is open as this descriptor",
		.parse = config_count,
		.offset = FIELD(net[0].fd),
		.min = 3, /* the standard streams are other things */
		.max = 1 << 20,
	},
	{
		.name = "passt",
		.value = "SOCKET",
		.help = "or the socket of a passt that runs",
		.parse = config_string,
		.offset = FIELD(net[0].passt),
		.max = 107, /* of a UNIX socket's address */
	},
	{
		.name = "vhost",
		.value = "on|off|auto",
		.fallback = "auto",
		.help = "packets of a tap by the kernel; auto: where the host has vhost-net",
		.parse = config_word,
		.offset = FIELD(net[0].vhost),
		.words = vhost_words,
	},
	{
		.name = "mac",
		.value = "XX:XX:XX:XX:XX:XX",
		.help = "the card's address; made from the tap's name and addr unless given",
		.parse = config_mac,
		.offset = FIELD(net[0].mac),
	},
	{
		.name = "queues",
		.value = "N",
		.help = "pairs of queues, of a tap that has several; 1 unless given",
		.parse = config_count,
		.offset = FIELD(net[0].queues),
		.min = 1,
		.max = 31,
	},
	{
		.name = "addr",
		.value = "DD.F",
		.help = "address on the guest's bus; the lowest free one from 03.0 unless given",
		.parse = config_addr,
		.offset = FIELD(net[0].devfn),
	},
	{ 0 },
};

const struct config_row config_fs_keys[] = {
	{
		.name = "socket",
		.value = "SOCKET",
		.help = "of a vhost-user back end that was started before, such as virtiofsd",
		.parse = config_string,
		.offset = FIELD(fs[0].path),
		.required = true,
	},
	{
		.name = "tag",
		.value = "NAME",
		.help = "by which the guest mounts it: mount -t virtiofs NAME DIRECTORY",
		.parse = config_string,
		.offset = FIELD(fs[0].tag),
		.required = true,
		.max = 36, /* what virtio has room for */
	},
	{
		.name = "queues",
		.value = "N",
		.help = "queues of requests, if the back end serves several; 1 unless given",
		.parse = config_count,
		.offset = FIELD(fs[0].queues),
		.min = 1,
		.max = 63,
	},
	{
		.name = "addr",
		.value = "DD.F",
		.help = "address on the guest's bus; the lowest free one from 03.0 unless given",
		.parse = config_addr,
		.offset = FIELD(fs[0].devfn),
	},
	{ 0 },
};

const struct config_row config_vsock_keys[] = {
	{
		.name = "cid",
		.value = "N",
		.help = "the guest's address, 3 or more; no two guests of a host have the same",
		.parse = config_count,
		.offset = FIELD(vsock.cid),
		.min = CONFIG_CID_MIN,
		.max = CONFIG_CID_MAX,
		.required = true,
	},
	{
		.name = "addr",
		.value = "DD.F",
		.help = "address on the guest's bus; the lowest free one from 03.0 unless given",
		.parse = config_addr,
		.offset = FIELD(vsock.devfn),
	},
	{ 0 },
};

const struct config_row config_input_keys[] = {
	{
		.name = "path",
		.value = "DEVICE",
		.help = "an event device, such as /dev/input/by-id/usb-...-event-kbd",
		.parse = config_string,
		.offset = FIELD(input[0].path),
		.required = true,
	},
	{
		.name = "grab",
		.help = "the guest's alone, until both Ctrl keys are pressed together",
		.parse = config_flag,
		.offset = FIELD(input[0].grab),
	},
	{
		.name = "addr",
		.value = "DD.F",
		.help = "address on the guest's bus; the lowest free one from 03.0 unless given",
		.parse = config_addr,
		.offset = FIELD(input[0].devfn),
	},
	{ 0 },
};

static const struct config_word target_words[] = {
	{ .name = "all", .value = 0 },
	{ 0 },
};

const struct config_row config_balloon_keys[] = {
	{
		.name = "target",
		.value = "SIZE|all",
		.help = "what the guest is to be left with at the start",
		.parse = config_size,
		.offset = FIELD(balloon.target),
		.words = target_words,
		.min = 32 * MiB,
		.max = 4096 * TiB,
	},
	{ 0 },
};
