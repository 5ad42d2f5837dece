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

int config_check_net(struct config *c, struct config_error *err)
{
	for (unsigned i = 0; i < c->n_nets; i++) {
		const struct config_net *n = &c->net[i];

		if ((n->tap != NULL) + (n->passt != NULL) + n->fd.given != 1)
			return config_fail(
				err, "--net takes one of tap=NAME, fd=N and passt=SOCKET; tap "
				     "is meant where there is a name alone");
		if (n->queues > 1 && !n->tap)
			return config_fail(err,
					   "--net: several queues are for tap=NAME alone; leave "
					   "queues out");
		for (unsigned k = 0; k < i; k++)
			if (n->mac.given && c->net[k].mac.given &&
			    !memcmp(n->mac.byte, c->net[k].mac.byte, sizeof(n->mac.byte)))
				return config_fail(err,
						   "--net: two cards have one mac; give each its "
						   "own");
	}
	return 0;
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
