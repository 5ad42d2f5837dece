// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind_rig.h"
#include "test.h"

struct bind_rig bind_rig;

/* ---- files ---- */

void rig_shell(const char *fmt, ...)
{
	char command[8192];
	int n = snprintf(command, sizeof(command), "set -e; cd %s; ", bind_rig.root);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s", command);
}

static const char *in_root(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", bind_rig.root, path);
	return full;
}

bool rig_has(const char *path)
{
	struct stat st;

	return !lstat(in_root(path), &st);
}

const char *rig_text(const char *path)
{
	static char text[256];
	FILE *f = fopen(in_root(path), "r");

	if (!f || !fgets(text, sizeof(text), f))
		*text = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (f)
		fclose(f);
	return text;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(in_root(path), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

const char *rig_driver(const char *bdf)
{
	static char target[PATH_MAX];
	char path[128];
	ssize_t n;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", bdf);
	n = readlink(in_root(path), target, sizeof(target) - 1);
	if (n < 0)
		return "";
	target[n] = '\0';
	return strrchr(target, '/') + 1;
}

char *rig_snapshot(void)
{
	char command[256], *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(command, sizeof(command),
		 "cd %s && { find sys -printf '%%p %%l\\n'; grep -r --exclude=config '' sys; } | "
		 "sort",
		 bind_rig.root);
	f = popen(command, "r");
	assert_non_null(f);
	assert_true(getdelim(&text, &size, '\0', f) > 0);
	pclose(f);
	assert_non_null(strstr(text, RIG_GPU "/driver_override:")); /* all of it */
	return text;
}

void rig_process(int pid, int start)
{
	char path[64], text[160];

	snprintf(path, sizeof(path), "proc/%d", pid);
	if (start)
		mkdir(in_root(path), 0755);
	snprintf(path, sizeof(path), "proc/%d/stat", pid);
	snprintf(text, sizeof(text),
		 "%d (a ) b) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %d 999 1\n", pid, start);
	if (start)
		put(path, text);
	else
		unlink(in_root(path));
}

/* ---- a host ---- */

static void device(const char *bdf, int group, const char *class_code, const char *driver,
		   const char *header)
{
	rig_shell("d=sys/devices/pci0000:00/%s; mkdir -p $d sys/bus/pci/devices natural "
		  "sys/kernel/iommu_groups/%d/devices; echo %s >$d/class; "
		  "echo '(null)' >$d/driver_override; "
		  "head -c 14 /dev/zero >$d/config; printf '\\%s' >>$d/config; "
		  "ln -s ../../../kernel/iommu_groups/%d $d/iommu_group; "
		  "ln -s ../../../devices/pci0000:00/%s sys/bus/pci/devices/; "
		  "ln -s ../../../../devices/pci0000:00/%s sys/kernel/iommu_groups/%d/devices/; "
		  "echo %s >natural/%s; "
		  "[ '%s' = none ] || { mkdir -p sys/bus/pci/drivers/%s; "
		  "ln -s ../../../bus/pci/drivers/%s $d/driver; }",
		  bdf, group, class_code, header, group, bdf, bdf, group, driver, bdf, driver,
		  driver, driver);
}

void rig_begin(void)
{
	bind_rig = (struct bind_rig){ .fault = { .err = -EIO } };
	strcpy(bind_rig.root, "/tmp/igdvm-bind-XXXXXX");
	assert_non_null(mkdtemp(bind_rig.root));
	rig_shell("mkdir -p run proc/sys/kernel sys/bus/pci/drivers/vfio-pci sys/class/vtconsole "
		  "sys/class/graphics sys/class/block sys/class/net dev/vfio");
	device(RIG_BRIDGE, 3, "0x060400", "pcieport", "201");
	device(RIG_GPU, 3, "0x030000", "i915", "200");
	device(RIG_AUDIO, 3, "0x040300", "snd_hda_intel", "200");
	device(RIG_SPARE, 3, "0x070000", "none", "0");
	device(RIG_ISA, 3, "0x060100", "none", "0");
	device(RIG_DISK, 5, "0x010601", "ahci", "0");
	device(RIG_NIC, 5, "0x020000", "e1000e", "0");
	/* i915's framebuffer, and the console on it */
	rig_shell("mkdir -p sys/class/vtconsole/vtcon0 sys/class/vtconsole/vtcon1 "
		  "sys/devices/pci0000:00/" RIG_GPU "/graphics/fb0; cd sys/class/vtconsole; "
		  "echo '(S) dummy device' >vtcon0/name; echo 0 >vtcon0/bind; "
		  "echo '(M) frame buffer device' >vtcon1/name; echo 1 >vtcon1/bind; "
		  "ln -s ../../devices/pci0000:00/" RIG_GPU "/graphics/fb0 ../graphics/fb0");
	rig_process(getpid(), 1000);
}

void rig_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", bind_rig.root);
	assert_int_equal(system(command), 0);
}

int rig_in_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	bind_rig.fault.calls = 0;
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		rig_process(getpid(), 2000);
		_exit(fn() ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rig_process(pid, 0);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- its kernel ---- */

int rig_event(const char *what)
{
	int ret = fake_fails(&bind_rig.fault, what);

	if (bind_rig.fault.calls == bind_rig.die_at)
		_exit(RIG_KILLED);
	return ret;
}

bool rig_is_busy(const char *path, int flags)
{
	size_t len = strlen(path), busy = bind_rig.busy ? strlen(bind_rig.busy) : 0;

	if (!busy || len < busy || strcmp(path + len - busy, bind_rig.busy))
		return false;
	/* a disk is asked for alone, a group just opened */
	assert_true(flags & O_EXCL || strstr(path, "/dev/vfio/"));
	return true;
}

static int bind_driver(const char *bdf, const char *driver)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", driver);
	if (!rig_has(path) || (bind_rig.refuses && !strcmp(driver, bind_rig.refuses)))
		return 0; /* a probe that finds nobody is no error */
	snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", bdf);
	return symlink(target, in_root(path)) ? -errno : 0;
}

static int probe(const char *bdf)
{
	char path[128], driver[256];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", bdf);
	if (!rig_has(path))
		return -ENODEV;
	if (*rig_driver(bdf))
		return 0;
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", bdf);
	strcpy(driver, rig_text(path));
	if (!strcmp(driver, "(null)")) {
		snprintf(path, sizeof(path), "natural/%s", bdf);
		strcpy(driver, rig_text(path));
	}
	return bind_driver(bdf, driver);
}

static int platform(const char *driver, const char *verb, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/bus/platform/drivers/%s/%s", driver, name);
	if (rig_has(path) != !strcmp(verb, "unbind"))
		return -ENODEV;
	if (!strcmp(verb, "unbind")) {
		unlink(in_root(path));
		if (bind_rig.framebuffer_goes)
			rig_shell("rm -r sys/devices/platform/%s", name);
		return 0;
	}
	snprintf(path, sizeof(path), "sys/devices/platform/%s", name);
	if (!rig_has(path))
		return -ENODEV;
	rig_shell("ln -s ../../../../devices/platform/%s sys/bus/platform/drivers/%s/", name,
		  driver);
	return 0;
}

int rig_write(const char *path, const char *text)
{
	char name[64], verb[64], line[128], link[128];
	int ret = rig_event(path);

	bind_rig.writes++;
	if (ret)
		return ret;
	if (strncmp(path, bind_rig.root, strlen(bind_rig.root)))
		fail_msg("%s: not below the root", path);
	path += strlen(bind_rig.root) + 1;
	if (!strcmp(path, "sys/bus/pci/drivers_probe"))
		return probe(text);
	if (sscanf(path, "sys/bus/platform/drivers/%63[^/]/%63s", name, verb) == 2)
		return platform(name, verb, text);
	if (!rig_has(path) && !strstr(path, "/driver/unbind"))
		return -ENOENT;
	if (sscanf(path, "sys/bus/pci/devices/%63[^/]/%63s", name, verb) == 2) {
		if (!strcmp(verb, "driver_override")) {
			assert_string_not_equal(text, "(null)"); /* what "none" reads as */
			snprintf(line, sizeof(line), "%s\n", *text == '\n' ? "(null)" : text);
			put(path, line);
			return 0;
		}
		snprintf(link, sizeof(link), "sys/bus/pci/devices/%s/driver", name);
		if (strcmp(verb, "driver/unbind") || strcmp(name, text) || !rig_has(link))
			return -ENODEV;
		/* from here on anybody's probe of the bus binds it anew */
		snprintf(line, sizeof(line), "sys/bus/pci/devices/%s/driver_override", name);
		if (!strcmp(rig_driver(name), "vfio-pci"))
			assert_string_not_equal(rig_text(line), "vfio-pci");
		return unlink(in_root(link)) ? -errno : 0;
	}
	if (sscanf(path, "sys/class/vtconsole/%63[^/]/%63s", name, verb) == 2 &&
	    !strcmp(verb, "bind")) {
		snprintf(line, sizeof(line), "%s\n", text);
		put(path, line);
		return 0;
	}
	fail_msg("%s: nobody writes there", path);
	return -EINVAL;
}
