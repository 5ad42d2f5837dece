// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_check.c - what options must be to each other.
 * Knows fields of struct config; how each is written is the table's business.
 */
#include <string.h>

#include "config_table.h"

int config_check_balloon(struct config *c, struct config_error *err)
{
	if (!c->balloon.present)
		return 0;
	if (c->igd.present || c->n_vfio)
		return config_fail(err,
				   "--balloon: with %s all of the guest's memory is pinned for the "
				   "device, nothing can be given back; drop one of the two",
				   c->igd.present ? "--igd" : "--vfio");
	if (c->huge_page)
		return config_fail(err, "--balloon: it gives back pages of 4 KiB, which --memory "
					"hugepages does not consist of; drop one of the two");
	if (c->balloon.target > c->memory)
		return config_fail(err,
				   "--balloon: the target is more than the guest has, --memory "
				   "%lluM; lower it",
				   (unsigned long long)(c->memory >> 20));
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static int check_one_net(const struct config *c, unsigned i, struct config_error *err)
{
	const struct config_net *n = &c->net[i];

	if (!!n->tap + !!n->passt + !!n->fd != 1)
		return config_fail(err, "--net: it takes one of tap=NAME, fd=N and passt=SOCKET");
	if (n->queues > 1 && !n->tap)
		return config_fail(err,
				   "--net queues: a descriptor or a socket is one pair of queues; "
				   "drop it, or give tap=NAME");
	if (n->vhost == NET_VHOST_ON && n->passt)
		return config_fail(err, "--net vhost: the kernel serves taps only; drop vhost=on, "
					"or give tap=NAME or fd=N");
	for (const struct config_net *o = c->net; o < n; o++) {
		if (same_text(o->tap, n->tap) || same_text(o->passt, n->passt) ||
		    (n->fd && o->fd == n->fd))
			return config_fail(err,
					   "--net: two cards have one tap or socket; give each its "
					   "own");
		if (o->mac.given && n->mac.given && !memcmp(&o->mac, &n->mac, sizeof(n->mac)))
			return config_fail(err, "--net mac: two cards have one address; change "
						"one");
	}
	return 0;
}

int config_check_net(struct config *c, struct config_error *err)
{
	int ret = 0;

	for (unsigned i = 0; i < c->n_nets && !ret; i++)
		ret = check_one_net(c, i, err);
	return ret;
}

int config_check_fs(struct config *c, struct config_error *err)
{
	for (unsigned i = 0; i < c->n_fs; i++)
		for (unsigned k = 0; k < i; k++) {
			if (!strcmp(c->fs[i].tag, c->fs[k].tag))
				return config_fail(err,
						   "--fs: two have the tag \"%s\"; the guest "
						   "tells them apart by it, change one",
						   c->fs[i].tag);
			if (!strcmp(c->fs[i].path, c->fs[k].path))
				return config_fail(
					err,
					"--fs: two have the socket %s; a back end serves "
					"one device, start another one",
					c->fs[i].path);
		}
	return 0;
}

int config_check_console(struct config *c, struct config_error *err)
{
	if (c->serial == SERIAL_AUTO)
		c->serial = c->console == SERIAL_TTY ? SERIAL_NULL : SERIAL_TTY;
	if (c->serial == SERIAL_TTY && c->console == SERIAL_TTY)
		return config_fail(err,
				   "--serial tty and --console tty: there is one terminal; give "
				   "it to one of the two");
	return 0;
}

/* option[devfn]: whose it is. */
static int claim(const char **option, const char *name, uint8_t devfn, struct config_error *err)
{
	if (devfn == DEVFN_ANY)
		return 0;
	if (option[devfn])
		return config_fail(err,
				   "%s addr: %02x.%x is the address of %s too; give each its own",
				   name, devfn >> 3, devfn & 7, option[devfn]);
	option[devfn] = name;
	return 0;
}

int config_check_addresses(struct config *c, struct config_error *err)
{
	const char *option[256] = { NULL };
	int ret = 0;

	if (c->igd.present)
		ret = claim(option, "--igd", c->igd.devfn, err);
	for (unsigned i = 0; i < c->n_vfio && !ret; i++)
		ret = claim(option, "--vfio", c->vfio[i].devfn, err);
	for (unsigned i = 0; i < c->n_disks && !ret; i++)
		ret = claim(option, "--disk", c->disk[i].devfn, err);
	for (unsigned i = 0; i < c->n_nets && !ret; i++)
		ret = claim(option, "--net", c->net[i].devfn, err);
	for (unsigned i = 0; i < c->n_fs && !ret; i++)
		ret = claim(option, "--fs", c->fs[i].devfn, err);
	for (unsigned i = 0; i < c->n_inputs && !ret; i++)
		ret = claim(option, "--input", c->input[i].devfn, err);
	return ret || !c->vsock.present ? ret : claim(option, "--vsock", c->vsock.devfn, err);
}
