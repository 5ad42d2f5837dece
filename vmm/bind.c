// SPDX-License-Identifier: BSD-2-Clause
/*
 * bind.c - an IOMMU group goes to vfio-pci, and back.
 *
 * Knows the order of things: state file, consoles, members; and that every step can be done again,
 * because the one who did it first may have been killed in the middle. What must not be taken is
 * bind_check.c's, the steps of one function are bind_member.c's.
 */
#include <errno.h>
#include <stdio.h>

#include "bind.h"
#include "bind_check.h"
#include "bind_console.h"
#include "bind_member.h"
#include "bind_sys.h"
#include "log.h"
#include "util.h"

#define DRIVER BIND_DRIVER
#define STUB   "pci-stub" /* VFIO does not mind it in a group */

/* 5 s: the more memory is pinned, the longer the kernel takes to let go of it */
#define CLOSE_TRIES    50
#define CLOSE_PAUSE_US 100000

void bind_init(struct bind *b, const char *root)
{
	b->root = root;
	b->n_groups = 0;
}

/* ---- a group ---- */

/* All steps, whatever fails. */
static int restore(const struct bind_state *s, const char *root)
{
	int ret = 0;

	for (unsigned i = s->n_members; i--;) {
		int failed = bind_member_restore(&s->member[i], root);

		ret = ret ? ret : failed;
	}
	bind_console_give_back(s, root);
	return ret;
}

/*
 * A driver's unbind would wait for whoever has the group open, for ever or until a guest has ended. The
 * machine of a process that was killed is killed with it, and needs a while to let go of its memory.
 */
static int wait_until_closed(const struct bind_state *s, const char *root)
{
	bool open = bind_check_group_open(s->group, root);

	for (unsigned i = 0; open && s->owner.pid && i < CLOSE_TRIES; i++) {
		usleep(CLOSE_PAUSE_US);
		open = bind_check_group_open(s->group, root);
	}
	if (!open)
		return 0;
	return log_err(-EBUSY,
		       "/dev/vfio/%s (%s): a program has it open; end that, then igdvm unbind %s",
		       s->group, s->device, s->device);
}

static int restore_and_forget(const struct bind_state *s, const char *root)
{
	int ret = wait_until_closed(s, root);

	if (ret)
		return ret;
	ret = restore(s, root);
	if (!ret)
		ret = bind_state_remove(root, s->group);
	for (unsigned i = 0; i < s->n_members && !ret; i++)
		log_info("%s: given back to %s", s->member[i].bdf,
			 *s->member[i].driver ? s->member[i].driver : "no driver");
	return ret;
}

static const struct bind_member *find_member(const struct bind_state *s, const char *bdf)
{
	for (unsigned i = 0; i < s->n_members; i++)
		if (!strcmp(s->member[i].bdf, bdf))
			return &s->member[i];
	return NULL;
}

static int add_member(struct bind_state *s, const struct bind_state *before,
		      const struct sysfs_dev *d)
{
	const struct bind_member *was = find_member(before, d->name);
	bool asked = !strcmp(d->name, s->device);
	struct bind_member m = { 0 };
	struct bdf bdf;
	int ret;

	if (bdf_parse(d->name, &bdf) || bind_check_is_bus_bridge(d))
		return 0;
	bdf_format(bdf, m.bdf);
	bind_sys_driver(d, m.driver);
	if (!was && (!strcmp(m.driver, DRIVER) || (!asked && !strcmp(m.driver, STUB)) ||
		     (!asked && !*m.driver && bind_check_is_bridge(d))))
		return 0;
	ret = bind_member_override(d, m.override, sizeof(m.override));
	if (ret)
		return ret;
	/* what was before the one who died; unless somebody else has put things in order since */
	if (was && (!*m.driver || !strcmp(m.driver, DRIVER) || !strcmp(m.driver, was->driver)))
		m = *was;
	else if (was && !strcmp(m.override, DRIVER))
		strcpy(m.override, was->override);
	if (s->n_members == BIND_MEMBERS_MAX)
		return log_err(-ENOSPC, "%s: more than %d devices in IOMMU group %s", s->device,
			       BIND_MEMBERS_MAX, s->group);
	/* the one that was asked for comes first */
	if (asked) {
		memmove(&s->member[1], &s->member[0], s->n_members * sizeof(m));
		s->member[0] = m;
	} else {
		s->member[s->n_members] = m;
	}
	s->n_members++;
	return 0;
}

/* What is to be taken, and all that is known about before. */
static int make_plan(struct bind_state *s, const struct bind_state *before, const char *root)
{
	char pattern[128];
	struct sysfs_dev d;
	int ret = 0;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/iommu_groups/%s/devices/*", s->group);
	bind_sys_glob(&g, root, pattern);
	for (size_t i = 0; i < g.gl_pathc && !ret; i++) {
		bind_sys_dev(&d, root, strrchr(g.gl_pathv[i], '/') + 1);
		ret = add_member(s, before, &d);
	}
	globfree(&g);
	if (ret)
		return ret;
	memcpy(s->console, before->console, sizeof(s->console));
	s->n_consoles = before->n_consoles;
	memcpy(s->framebuffer, before->framebuffer, sizeof(s->framebuffer));
	s->n_framebuffers = before->n_framebuffers;
	return bind_console_find(s, root);
}

static bool all_taken(const struct bind_state *s, const char *root)
{
	char driver[SYSFS_NAME_MAX];
	struct sysfs_dev d;

	for (unsigned i = 0; i < s->n_members; i++) {
		bind_sys_dev(&d, root, s->member[i].bdf);
		if (strcmp(bind_sys_driver(&d, driver), DRIVER))
			return false;
	}
	return true;
}

/* The state that somebody left, empty when nobody did. */
static int read_before(struct bind_state *before, const struct bind_state *s, const char *root)
{
	int ret = bind_state_read(before, root, s->group);

	if (ret == -ENOENT) {
		*before = (struct bind_state){ 0 };
		return 0;
	}
	if (ret)
		return ret;
	if (bind_owner_lives(&before->owner, root))
		return log_err(-EBUSY,
			       "%s: another igdvm has it, process %lld; end that, or take another "
			       "device",
			       s->device, before->owner.pid);
	if (before->owner.pid)
		log_info("%s: process %lld died with it; it goes back in the end", s->device,
			 before->owner.pid);
	return before->owner.pid ? wait_until_closed(before, root) : 0;
}

static int execute(const struct bind_state *s, const char *root)
{
	int ret = bind_console_take(s, root);

	for (unsigned i = 0; i < s->n_members && !ret; i++)
		ret = bind_member_take(&s->member[i], root);
	if (!ret)
		return 0;
	if (!restore(s, root))
		bind_state_remove(root, s->group);
	return ret;
}

static void tell(const struct bind_state *s)
{
	for (unsigned i = 0; i < s->n_members; i++)
		log_info("%s: bound to " DRIVER ", from %s%s", s->member[i].bdf,
			 *s->member[i].driver ? s->member[i].driver : "no driver",
			 strcmp(s->member[i].bdf, s->device) ? ", for it is in one IOMMU group"
							     : "");
}

/* The state of s->group becomes what it is while the device is taken. Locked. */
static int take_group(struct bind *b, struct bind_state *s, bool force)
{
	struct bind_state before;
	int ret = read_before(&before, s, b->root);

	if (!ret)
		ret = make_plan(s, &before, b->root);
	if (ret)
		return ret;
	/* what `igdvm bind` took, it keeps; what a dead process took goes back when this one ends */
	if (all_taken(s, b->root) && !before.owner.pid) {
		log_info("%s: " DRIVER " has it already", s->device);
		return 0;
	}
	ret = bind_check(s, b->root, force);
	if (!ret)
		ret = bind_sys_load(b->root, DRIVER, "");
	if (!ret)
		ret = bind_owner_self(&s->owner, b->root);
	if (!ret)
		ret = bind_state_write(s, b->root);
	if (!ret)
		ret = execute(s, b->root);
	if (ret)
		return ret;
	tell(s);
	b->n_groups++;
	return 0;
}

/* ---- the device that was asked for ---- */

static int only_root(const char *root, const char *what)
{
	if (*root || !geteuid())
		return 0;
	return log_err(-EPERM, "%s: only root changes drivers; run igdvm by sudo, or as root",
		       what);
}

/* Group and canonical address. 0 or logged -errno. */
static int identify(const struct bind *b, const char *bdf, struct bind_state *s)
{
	struct sysfs_dev d;
	int ret;

	bind_sys_dev(&d, b->root, bdf);
	if (!sysfs_exists(&d))
		return log_err(-ENODEV, "%s: no such PCI device; lspci -D lists them", bdf);
	if (bind_check_is_bus_bridge(&d))
		return log_err(-EINVAL, "%s: a bridge; name a device behind it", bdf);
	snprintf(s->device, sizeof(s->device), "%s", bdf);
	ret = sysfs_link(&d, "iommu_group", s->group, sizeof(s->group));
	if (ret)
		return log_err(ret,
			       "%s: it is in no IOMMU group; switch on VT-d in the firmware and "
			       "boot the host with intel_iommu=on",
			       bdf);
	return 0;
}

/* 0; 1: a mediated device, which is its parent driver's and stays there; or logged -errno. */
static int canonical(const char *text, char *bdf)
{
	char type[64];
	struct sysfs_dev d;
	struct bdf parsed;
	int ret = sysfs_dev_init(&d, text);

	if (!ret && !bdf_parse(d.name, &parsed)) {
		bdf_format(parsed, bdf);
		return 0;
	}
	if (!ret && !sysfs_link(&d, "mdev_type", type, sizeof(type))) {
		log_info("%s: a mediated device; there is nothing to bind", d.name);
		return 1;
	}
	return log_err(-EINVAL, "%s: no PCI address like 0000:00:02.0; lspci -D lists them", text);
}

static bool has_group(const struct bind *b, const char *group)
{
	for (unsigned i = 0; i < b->n_groups; i++)
		if (!strcmp(b->group[i].group, group))
			return true;
	return false;
}

int bind_take(struct bind *b, const char *bdf, bool force)
{
	struct bind_state *s = &b->group[b->n_groups];
	char name[BDF_STRLEN];
	int ret, lock;

	ret = canonical(bdf, name);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = only_root(b->root, name);
	if (ret)
		return ret;
	if (b->n_groups == BIND_GROUPS_MAX)
		return log_err(-ENOSPC, "%s: devices of more than %d IOMMU groups", name,
			       BIND_GROUPS_MAX);
	*s = (struct bind_state){ 0 };
	ret = identify(b, name, s);
	if (ret || has_group(b, s->group))
		return ret;
	lock = bind_lock(b->root);
	if (lock < 0)
		return lock;
	ret = take_group(b, s, force);
	close_fd(&lock);
	return ret;
}

int bind_give_back(struct bind *b)
{
	int ret = 0, lock;

	if (!b->n_groups)
		return 0;
	lock = bind_lock(b->root);
	if (lock < 0)
		return lock;
	while (b->n_groups) {
		int failed = restore_and_forget(&b->group[--b->n_groups], b->root);

		ret = ret ? ret : failed;
	}
	close_fd(&lock);
	return ret;
}

int bind_keep(struct bind *b)
{
	int ret = 0, lock;

	if (!b->n_groups)
		return 0;
	lock = bind_lock(b->root);
	if (lock < 0)
		return lock;
	for (unsigned i = 0; i < b->n_groups && !ret; i++) {
		b->group[i].owner = (struct bind_owner){ 0 };
		ret = bind_state_write(&b->group[i], b->root);
	}
	close_fd(&lock);
	if (ret)
		bind_give_back(b);
	b->n_groups = 0;
	return ret;
}

/* ---- afterwards ---- */

/* The state that has bdf in it. 0, -ENOENT when there is none, or logged -errno. */
static int find_state(struct bind_state *s, const char *root, const char *bdf)
{
	char group[BIND_GROUP_MAX];
	int ret;

	for (unsigned i = 0; bind_state_list(root, i, group); i++) {
		ret = bind_state_read(s, root, group);
		if (ret && ret != -ENOENT)
			return ret;
		if (!ret && (!strcmp(s->device, bdf) || find_member(s, bdf)))
			return 0;
	}
	return -ENOENT;
}

static int not_ours(const char *root, const char *bdf)
{
	char driver[SYSFS_NAME_MAX];
	struct sysfs_dev d;

	bind_sys_dev(&d, root, bdf);
	if (!sysfs_exists(&d))
		return log_err(-ENODEV, "%s: no such PCI device; lspci -D lists them", bdf);
	if (strcmp(bind_sys_driver(&d, driver), DRIVER)) {
		log_info("%s: %s has it; nothing to give back", bdf,
			 *driver ? driver : "no driver");
		return 0;
	}
	return log_err(-ENOENT,
		       "%s: " DRIVER " has it, but not by igdvm bind, and what was before is not "
		       "known; rebind it by hand (docs/host-setup.md)",
		       bdf);
}

int bind_return(const char *root, const char *bdf)
{
	struct bind_state s;
	char name[BDF_STRLEN];
	int ret, lock;

	ret = canonical(bdf, name);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = only_root(root, name);
	if (ret)
		return ret;
	lock = bind_lock(root);
	if (lock < 0)
		return lock;
	ret = find_state(&s, root, name);
	if (ret == -ENOENT)
		ret = not_ours(root, name);
	else if (!ret && bind_owner_lives(&s.owner, root))
		ret = log_err(-EBUSY, "%s: igdvm has it for a guest, process %lld; end that", name,
			      s.owner.pid);
	else if (!ret)
		ret = restore_and_forget(&s, root);
	close_fd(&lock);
	return ret;
}

/* Of one state: dead owners' go back. */
static int mend_group(const char *root, const char *group)
{
	struct bind_state s;
	int ret = bind_state_read(&s, root, group);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (!s.owner.pid) {
		log_info("%s: igdvm bind took it, it stays; igdvm unbind %s", s.device, s.device);
		return 0;
	}
	if (bind_owner_lives(&s.owner, root)) {
		log_info("%s: process %lld has it for a guest, it stays", s.device, s.owner.pid);
		return 0;
	}
	return restore_and_forget(&s, root);
}

int bind_mend(const char *root)
{
	char group[BIND_GROUP_MAX], next[BIND_GROUP_MAX];
	int ret = only_root(root, "unbind"), lock;
	unsigned i = 0;

	if (ret)
		return ret;
	lock = bind_lock(root);
	if (lock < 0)
		return lock;
	while (bind_state_list(root, i, group)) {
		int failed = mend_group(root, group);

		ret = ret ? ret : failed;
		/* a state that is gone makes room for the next one */
		i += bind_state_list(root, i, next) && !strcmp(next, group);
	}
	close_fd(&lock);
	return ret;
}
