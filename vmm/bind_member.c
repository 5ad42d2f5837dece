// SPDX-License-Identifier: BSD-2-Clause
/*
 * bind_member.c - the driver_override dance of one PCI function, forwards and backwards.
 *
 * Every step looks first where the function is: the same steps mend what a killed process left.
 * Source: Linux Documentation/ABI/testing/sysfs-bus-pci (driver_override, unbind, drivers_probe).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "bind_member.h"
#include "bind_sys.h"
#include "log.h"
#include "util.h"

/* "" is written as an empty line, which takes an override away. */
static int set_override(const char *root, const char *bdf, const char *driver)
{
	return bind_sys_write(root, *driver ? driver : "\n",
			      "/sys/bus/pci/devices/%s/driver_override", bdf);
}

static int unbind(const char *root, const char *bdf)
{
	return bind_sys_write(root, bdf, "/sys/bus/pci/devices/%s/driver/unbind", bdf);
}

static int probe(const char *root, const char *bdf)
{
	return bind_sys_write(root, bdf, "/sys/bus/pci/drivers_probe");
}

int bind_member_override(const struct sysfs_dev *d, char *text, size_t size)
{
	int ret = sysfs_text(d, "driver_override", text, size);

	if (ret)
		return log_err(ret, "%s/driver_override: %m; Linux has it from 3.16 on", d->dir);
	/* the name could be longer than what was read: what cannot be restored is not touched */
	if (strlen(text) == size - 1)
		return log_err(-ENAMETOOLONG,
			       "%s: its driver_override has more than %zu bytes; take it away",
			       d->name, size - 2);
	if (!strcmp(text, "(null)"))
		*text = '\0';
	return 0;
}

int bind_member_take(const struct bind_member *m, const char *root)
{
	char driver[SYSFS_NAME_MAX];
	struct sysfs_dev d;
	int ret;

	bind_sys_dev(&d, root, m->bdf);
	if (!strcmp(bind_sys_driver(&d, driver), BIND_DRIVER))
		return 0;
	ret = set_override(root, m->bdf, BIND_DRIVER);
	if (!ret && *driver)
		ret = unbind(root, m->bdf);
	if (!ret)
		ret = probe(root, m->bdf);
	if (ret)
		return ret;
	if (!strcmp(bind_sys_driver(&d, driver), BIND_DRIVER))
		return 0;
	return log_err(-ENODEV, "%s: " BIND_DRIVER " refuses it; the kernel says why: dmesg",
		       m->bdf);
}

/* To be the driver's again, it is named: another may know the device, too. */
static int former_driver(const struct bind_member *m, const struct sysfs_dev *d, const char *root)
{
	char driver[SYSFS_NAME_MAX], alias[128];
	int ret;

	bind_sys_text(d->dir, "modalias", alias, sizeof(alias));
	ret = bind_sys_load(root, m->driver, alias);
	if (!ret)
		ret = set_override(root, m->bdf, m->driver);
	if (!ret)
		ret = probe(root, m->bdf);
	if (ret || !strcmp(bind_sys_driver(d, driver), m->driver))
		return ret;
	return log_err(
		-ENODEV,
		"%s: %s does not take it back; the kernel says why: dmesg, then igdvm unbind "
		"%s",
		m->bdf, m->driver, m->bdf);
}

static int restore_override(const struct bind_member *m, const struct sysfs_dev *d,
			    const char *root)
{
	char text[PATH_MAX];
	int ret = bind_member_override(d, text, sizeof(text));

	return ret || !strcmp(text, m->override) ? ret : set_override(root, m->bdf, m->override);
}

int bind_member_restore(const struct bind_member *m, const char *root)
{
	char driver[SYSFS_NAME_MAX];
	struct sysfs_dev d;
	int ret = 0, failed;

	bind_sys_dev(&d, root, m->bdf);
	if (!sysfs_exists(&d)) {
		log_warn("%s: the host no longer has it: nothing to give back", m->bdf);
		return 0;
	}
	bind_sys_driver(&d, driver);
	if (!strcmp(driver, BIND_DRIVER)) {
		/* first of all: nobody's probe may bring vfio-pci back */
		ret = set_override(root, m->bdf, m->driver);
		if (!ret)
			ret = unbind(root, m->bdf);
		if (ret)
			return ret;
		*driver = '\0';
	}
	if (!*driver && *m->driver)
		ret = former_driver(m, &d, root);
	else if (strcmp(driver, m->driver))
		log_warn("%s: %s has it by now, not %s; so it stays", m->bdf, driver,
			 *m->driver ? m->driver : "nobody");
	failed = restore_override(m, &d, root);
	return ret ? ret : failed;
}
