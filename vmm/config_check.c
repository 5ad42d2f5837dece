// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_check.c - what options must be to each other.
 * Knows fields of struct config; how each is written is the table's business.
 */
#include <string.h>

#include "config_table.h"

int config_check_cpus(struct config *c, struct config_error *err)
{
	const struct topology *t = &c->topology;

	if (!t->sockets)
		c->topology = (struct topology){ 1, c->cpus, 1 };
	/* each at most CONFIG_CPUS_MAX: a product of three does not fit 32 bits */
	if ((uint64_t)t->sockets * t->cores * t->threads != c->cpus)
		return config_fail(err, "--cpus topology: %u:%u:%u is %llu vCPUs, --cpus says %u",
				   t->sockets, t->cores, t->threads,
				   (unsigned long long)t->sockets * t->cores * t->threads, c->cpus);
	if (c->n_pin && c->n_pin != c->cpus)
		return config_fail(err,
				   "--cpus pin: it names %u host CPUs, but there are %u vCPUs; "
				   "name one for each",
				   c->n_pin, c->cpus);
	return 0;
}

bool config_implied_topology(const struct config *c)
{
	const struct topology *t = &c->topology;

	return t->sockets == 1 && t->cores == c->cpus && t->threads == 1;
}

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

int config_check_bind(struct config *c, struct config_error *err)
{
	if (c->force && !c->bind)
		return config_fail(err, "--force: it is for --bind; add that, or drop it");
	if (c->bind && !c->igd.present && !c->n_vfio)
		return config_fail(err, "--bind: there is no device to bind; give --igd or --vfio");
	if (c->bind && c->fixture)
		return config_fail(err, "--bind: --fixture stands in for the device; drop one of "
					"the two");
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

int config_check_pass(struct config *c, struct config_error *err)
{
	for (unsigned i = 0; i < c->n_passed; i++)
		for (unsigned k = 0; k < i; k++)
			if (!strcmp(c->pass[i].path, c->pass[k].path))
				return config_fail(err, "--pass: %s is given twice; keep one",
						   c->pass[i].path);
	return 0;
}

/* One terminal has one owner: who it is where nothing is given. */
static enum serial_kind auto_serial(const struct config *c)
{
	return c->console == SERIAL_TTY ? SERIAL_NULL : SERIAL_TTY;
}

bool config_implied_serial(const struct config *c)
{
	return c->serial == auto_serial(c);
}

int config_check_console(struct config *c, struct config_error *err)
{
	if (c->serial == SERIAL_AUTO)
		c->serial = auto_serial(c);
	if (c->serial == SERIAL_TTY && c->console == SERIAL_TTY)
		return config_fail(err,
				   "--serial tty and --console tty: there is one terminal; give "
				   "it to one of the two");
	return 0;
}

int config_check_json(struct config *c, struct config_error *err)
{
	if (c->json && !c->dry_run)
		return config_fail(err, "--json is for what --dry-run prints; give that too");
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
