// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_devices.c - a row for each kind of virtio device: how many, where, how one is built.
 * Knows the configuration and free slots; what a device does is its own file's business.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "dev/virtio_balloon.h"
#include "dev/virtio_blk.h"
#include "dev/virtio_console.h"
#include "dev/virtio_fs.h"
#include "dev/virtio_net.h"
#include "dev/virtio_rng.h"
#include "dev/virtio_vsock.h"
#include "virtio_devices.h"

#define FIRST_SLOT 3 /* 02.0 is where a GPU is looked for */
#define SLOTS	   32

/* One device; it and its transport live and go together. */
struct virtio_card {
	const struct kind *kind;
	unsigned i;    /* of its kind, on the command line */
	uint8_t devfn; /* in the guest */
	struct virtio_pci pci;
	union { /* each starts with its struct virtio_dev */
		struct virtio_dev dev;
		struct virtio_rng rng;
		struct virtio_blk blk;
		struct virtio_console console;
		struct virtio_input input;
		struct virtio_net net;
		struct virtio_balloon balloon;
		struct virtio_fs fs;
		struct virtio_vsock vsock;
	};
};

/* ---- the kinds; i counts the devices of one kind ---- */

static unsigned rng_count(const struct config *c)
{
	return c->rng;
}

static uint8_t any_address(const struct config *c, unsigned i)
{
	(void)c;
	(void)i;
	return DEVFN_ANY;
}

static int rng_init(struct virtio_card *card, const struct config *c, unsigned i,
		    const struct virtio_host *host)
{
	(void)c;
	(void)i;
	(void)host;
	virtio_rng_init(&card->rng);
	return 0;
}

static unsigned disk_count(const struct config *c)
{
	return c->n_disks;
}

static uint8_t disk_address(const struct config *c, unsigned i)
{
	return c->disk[i].devfn;
}

static int disk_init_one(struct virtio_card *card, const struct config *c, unsigned i,
			 const struct virtio_host *host)
{
	const struct config_disk *d = &c->disk[i];
	const struct virtio_blk_params p = {
		.disk = { .path = d->path,
			  .readonly = d->readonly,
			  .direct = d->direct,
			  .aio = d->aio,
			  .loop = host->parts.loop,
			  .confine = host->confine },
		.serial = d->serial,
		.queues = d->queues ? d->queues : 1,
	};

	return virtio_blk_init(&card->blk, &p);
}

static void disk_fini_one(struct virtio_card *card)
{
	virtio_blk_fini(&card->blk);
}

static unsigned net_count(const struct config *c)
{
	return c->n_nets;
}

static uint8_t net_address(const struct config *c, unsigned i)
{
	return c->net[i].devfn;
}

static int net_init_one(struct virtio_card *card, const struct config *c, unsigned i,
			const struct virtio_host *host)
{
	const struct config_net *n = &c->net[i];
	const struct virtio_net_params p = {
		.net = { .tap = n->tap,
			 .fd = n->fd,
			 .passt = n->passt,
			 .pairs = n->queues ? n->queues : 1 },
		.vhost = n->vhost,
		.mac = n->mac.given ? n->mac.byte : NULL,
		.salt = card->devfn,
	};

	(void)host;
	return virtio_net_init(&card->net, &p);
}

static void net_fini_one(struct virtio_card *card)
{
	virtio_net_fini(&card->net);
}

static unsigned fs_count(const struct config *c)
{
	return c->n_fs;
}

static uint8_t fs_address(const struct config *c, unsigned i)
{
	return c->fs[i].devfn;
}

static int fs_init(struct virtio_card *card, const struct config *c, unsigned i,
		   const struct virtio_host *host)
{
	const struct virtio_fs_params p = {
		.path = c->fs[i].path,
		.held = host->held_fs ? fcntl(host->held_fs[i], F_DUPFD_CLOEXEC, 0) : -1,
		.owned = c->restarted,
		.tag = c->fs[i].tag,
		.queues = c->fs[i].queues ? c->fs[i].queues : 1,
		.mem = host->parts.mem,
		.loop = host->parts.loop,
	};

	return virtio_fs_init(&card->fs, &p);
}

static void fs_fini(struct virtio_card *card)
{
	virtio_fs_fini(&card->fs);
}

static unsigned console_count(const struct config *c)
{
	return c->console != SERIAL_OFF;
}

static int console_init(struct virtio_card *card, const struct config *c, unsigned i,
			const struct virtio_host *host)
{
	(void)i;
	virtio_console_init(&card->console, host->console,
			    c->console == SERIAL_TTY && isatty(STDIN_FILENO));
	return 0;
}

static unsigned input_count(const struct config *c)
{
	return c->n_inputs;
}

static uint8_t input_address(const struct config *c, unsigned i)
{
	return c->input[i].devfn;
}

static int input_init(struct virtio_card *card, const struct config *c, unsigned i,
		      const struct virtio_host *host)
{
	const struct virtio_input_params p = {
		.path = c->input[i].path,
		.grab = c->input[i].grab,
		.loop = host->parts.loop,
		.all = host->inputs,
	};

	return virtio_input_init(&card->input, &p);
}

static void input_fini(struct virtio_card *card)
{
	virtio_input_fini(&card->input);
}

static unsigned vsock_count(const struct config *c)
{
	return c->vsock.present;
}

static uint8_t vsock_address(const struct config *c, unsigned i)
{
	(void)i;
	return c->vsock.devfn;
}

static int vsock_init(struct virtio_card *card, const struct config *c, unsigned i,
		      const struct virtio_host *host)
{
	(void)i;
	(void)host;
	return virtio_vsock_init(&card->vsock, c->vsock.cid);
}

static void vsock_fini(struct virtio_card *card)
{
	virtio_vsock_fini(&card->vsock);
}

static unsigned balloon_count(const struct config *c)
{
	return c->balloon.present;
}

static int balloon_init(struct virtio_card *card, const struct config *c, unsigned i,
			const struct virtio_host *host)
{
	(void)i;
	virtio_balloon_init(&card->balloon, host->map, c->memory);
	virtio_balloon_set_target(&card->balloon,
				  c->balloon.target ? c->balloon.target : c->memory);
	return 0;
}

static const struct kind {
	const char *option;
	unsigned type;
	unsigned (*count)(const struct config *c);
	uint8_t (*address)(const struct config *c, unsigned i); /* or DEVFN_ANY */
	/* Make the card's device. 0 or logged -errno. */
	int (*init)(struct virtio_card *card, const struct config *c, unsigned i,
		    const struct virtio_host *host);
	void (*fini)(struct virtio_card *card); /* also after a failed init; NULL: nothing to do */
} kinds[] = {
	{ "rng", VIRTIO_TYPE_RNG, rng_count, any_address, rng_init, NULL },
	{ "disk", VIRTIO_TYPE_BLK, disk_count, disk_address, disk_init_one, disk_fini_one },
	{ "net", VIRTIO_TYPE_NET, net_count, net_address, net_init_one, net_fini_one },
	{ "fs", VIRTIO_TYPE_FS, fs_count, fs_address, fs_init, fs_fini },
	{ "console", VIRTIO_TYPE_CONSOLE, console_count, any_address, console_init, NULL },
	{ "input", VIRTIO_TYPE_INPUT, input_count, input_address, input_init, input_fini },
	{ "vsock", VIRTIO_TYPE_VSOCK, vsock_count, vsock_address, vsock_init, vsock_fini },
	{ "balloon", VIRTIO_TYPE_BALLOON, balloon_count, any_address, balloon_init, NULL },
};

/* ---- all of them ---- */

/* What the bus will have, in the order in which devices are put on it. */
struct seating {
	bool used[256]; /* by devfn */
	struct seat {
		const struct kind *kind;
		unsigned i;
		uint8_t devfn;
	} * seat;
	unsigned n;
};

/* Function 0 of the first slot that has no function at all; DEVFN_ANY when there is none. */
static uint8_t free_devfn(const struct seating *s)
{
	for (unsigned slot = FIRST_SLOT; slot < SLOTS; slot++) {
		bool used = false;

		for (unsigned fn = 0; fn < 8; fn++)
			used |= s->used[DEVFN(slot, fn)];
		if (!used)
			return DEVFN(slot, 0);
	}
	return DEVFN_ANY;
}

static int seat_one(struct seating *s, const struct kind *kind, const struct config *c, unsigned i)
{
	uint8_t devfn = kind->address(c, i);

	if (devfn == DEVFN_ANY)
		devfn = free_devfn(s);
	if (devfn == DEVFN_ANY)
		return log_err(-ENOSPC, "--%s: no slot is left on the guest's bus", kind->option);
	s->used[devfn] = true;
	s->seat[s->n++] = (struct seat){ kind, i, devfn };
	return 0;
}

/* The addresses on the command line first, then the lowest free ones. s->seat is to be freed. */
static int seat_all(struct seating *s, const struct config *c, const struct pci_bus *bus)
{
	unsigned total = 0;
	int ret = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		total += kinds[k].count(c);
	*s = (struct seating){ .seat = calloc(total ? total : 1, sizeof(*s->seat)) };
	if (!s->seat)
		return log_err(-ENOMEM, "virtio devices: %m");
	for (size_t i = 0; i < ARRAY_SIZE(s->used); i++)
		s->used[i] = bus->dev[i] != NULL;
	for (unsigned anywhere = 0; anywhere < 2; anywhere++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			for (unsigned i = 0; i < kinds[k].count(c) && !ret; i++)
				if ((kinds[k].address(c, i) == DEVFN_ANY) == anywhere)
					ret = seat_one(s, &kinds[k], c, i);
	return ret;
}

int virtio_devices_place(const struct config *c, const struct pci_bus *bus,
			 struct virtio_place **place)
{
	struct seating s;
	int ret = seat_all(&s, c, bus);

	*place = ret ? NULL : calloc(s.n ? s.n : 1, sizeof(**place));
	if (!ret && !*place)
		ret = log_err(-ENOMEM, "virtio devices: %m");
	for (unsigned i = 0; i < s.n && !ret; i++)
		(*place)[i] = (struct virtio_place){ s.seat[i].kind->option, s.seat[i].kind->type,
						     s.seat[i].devfn };
	free(s.seat);
	return ret ? ret : (int)s.n;
}

static int add_card(struct virtio_devices *d, const struct seat *seat, const struct config *c,
		    const struct virtio_host *host)
{
	struct virtio_card *card = calloc(1, sizeof(*card));
	int ret;

	if (!card)
		return log_err(-ENOMEM, "virtio devices: %m");
	card->kind = seat->kind;
	card->i = seat->i;
	card->devfn = seat->devfn;
	d->card[d->n++] = card;
	ret = card->kind->init(card, c, card->i, host);
	if (ret)
		return ret;
	if (card->kind->init == console_init)
		d->console = &card->console;
	return virtio_pci_init(&card->pci, &card->dev, card->devfn, &host->parts);
}

/* A guest looks for functions 1 to 7 only where there is a function 0. */
static int check_functions(const struct virtio_devices *d, const struct pci_bus *bus)
{
	for (unsigned i = 0; i < d->n; i++) {
		uint8_t devfn = d->card[i]->pci.pci.devfn;

		if (!bus->dev[devfn & ~7u])
			return log_err(-EINVAL,
				       "%s at guest address %02x.%x: a guest looks there only if "
				       "there is a function %02x.0; give it addr=%02x.0",
				       d->card[i]->rng.dev.name, devfn >> 3, devfn & 7, devfn >> 3,
				       devfn >> 3);
	}
	return 0;
}

int virtio_devices_init(struct virtio_devices *d, const struct config *c,
			const struct virtio_host *host)
{
	struct seating s;
	int ret = seat_all(&s, c, host->parts.bus);

	*d = (struct virtio_devices){ .card = calloc(s.n ? s.n : 1, sizeof(*d->card)) };
	if (!ret && !d->card)
		ret = log_err(-ENOMEM, "virtio devices: %m");
	for (unsigned i = 0; i < s.n && !ret; i++)
		ret = add_card(d, &s.seat[i], c, host);
	free(s.seat);
	return ret ? ret : check_functions(d, host->parts.bus);
}

void virtio_devices_fini(struct virtio_devices *d)
{
	while (d->n) {
		struct virtio_card *card = d->card[--d->n];

		if (card->kind->fini)
			card->kind->fini(card);
		virtio_pci_fini(&card->pci);
		free(card);
	}
	free(d->card);
	d->card = NULL;
	d->console = NULL;
}

void virtio_devices_release(struct virtio_devices *d)
{
	for (unsigned k = 0; k < d->n; k++)
		if (d->card[k]->kind->init == fs_init)
			vhost_user_release(&d->card[k]->fs.back);
}
