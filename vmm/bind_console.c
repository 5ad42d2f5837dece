// SPDX-License-Identifier: BSD-2-Clause
/*
 * bind_console.c - /sys/class/vtconsole and the platform devices of the firmware's framebuffer.
 * Knows who draws where; the GPU's own driver is bind.c's.
 *
 * Sources: Linux Documentation/driver-api/console.rst (vtconsole), drivers/firmware/sysfb.c.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "bind_console.h"
#include "bind_sys.h"
#include "log.h"
#include "util.h"

#define VTCONSOLE    "/sys/class/vtconsole/"
#define FB_CONSOLE   "frame buffer" /* drivers/video/fbdev/core/fbcon.c, fb_con's con_startup() */
#define VGA_CONSOLE  "VGA"	    /* drivers/video/console/vgacon.c */
#define RESOURCE_MEM 0x200	    /* include/linux/ioport.h */

/* simple-framebuffer is simpledrm's too */
static const char *const drivers[] = { "efi-framebuffer", "simple-framebuffer",
				       "vesa-framebuffer" };

/* Names in /proc/iomem of what these drivers hold: sysfb.c, efifb.c, vesafb.c, simplefb.c, simpledrm.c */
static const char *const holders[] = { "BOOTFB", "efifb", "vesafb", "simplefb",
				       "simple-framebuffer" };

/* ---- virtual consoles ---- */

/* The number n of /sys/class/vtconsole: is it bound, and is it of that kind? */
static bool console_is(const char *root, const char *name, const char *kind, bool bound)
{
	char path[PATH_MAX], text[64];

	snprintf(path, sizeof(path), VTCONSOLE "%s/name", name);
	bind_sys_text(root, path, text, sizeof(text));
	if (!strstr(text, kind))
		return false;
	snprintf(path, sizeof(path), VTCONSOLE "%s/bind", name);
	bind_sys_text(root, path, text, sizeof(text));
	return !strcmp(text, bound ? "1" : "0");
}

bool bind_console_any(const char *root)
{
	bool any = false;
	glob_t g;

	bind_sys_glob(&g, root, VTCONSOLE "vtcon*");
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;

		any |= console_is(root, name, FB_CONSOLE, true) ||
		       console_is(root, name, VGA_CONSOLE, true);
	}
	globfree(&g);
	return any;
}

static bool has_console(const struct bind_state *s, const char *name)
{
	for (unsigned i = 0; i < s->n_consoles; i++)
		if (!strcmp(s->console[i], name))
			return true;
	return false;
}

/* One console draws on all framebuffers: does one of them hang on a device of s? */
static bool framebuffer_on(const struct bind_state *s, const char *root)
{
	bool on = false;
	glob_t g;

	bind_sys_glob(&g, root, "/sys/class/graphics/fb[0-9]*");
	for (size_t i = 0; i < g.gl_pathc; i++) {
		for (unsigned k = 0; k < s->n_members; k++)
			on |= bind_sys_passes(g.gl_pathv[i], s->member[k].bdf);
		for (unsigned k = 0; k < s->n_framebuffers; k++)
			on |= bind_sys_passes(g.gl_pathv[i], s->framebuffer[k].device);
	}
	globfree(&g);
	return on;
}

static int find_consoles(struct bind_state *s, const char *root)
{
	int ret = 0;
	glob_t g;

	if (!framebuffer_on(s, root))
		return 0;
	bind_sys_glob(&g, root, VTCONSOLE "vtcon*");
	for (size_t i = 0; i < g.gl_pathc && !ret; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;

		if (!console_is(root, name, FB_CONSOLE, true) || has_console(s, name))
			continue;
		if (s->n_consoles == BIND_CONSOLES_MAX || strlen(name) >= SYSFS_NAME_MAX)
			ret = log_err(-ENOSPC, "%s: more than %d virtual consoles are bound", name,
				      BIND_CONSOLES_MAX);
		else
			strcpy(s->console[s->n_consoles++], name);
	}
	globfree(&g);
	return ret;
}

/* ---- boot framebuffers ---- */

/* True when [first, last] lies in a memory BAR of a member. */
static bool in_a_bar(const struct bind_state *s, const char *root, unsigned long long first,
		     unsigned long long last)
{
	unsigned long long from, to, flags;
	struct sysfs_dev d;
	char path[PATH_MAX];
	bool in = false;

	for (unsigned i = 0; i < s->n_members && !in; i++) {
		FILE *f;

		bind_sys_dev(&d, root, s->member[i].bdf);
		snprintf(path, sizeof(path), "%s/resource", d.dir);
		f = fopen(path, "re");
		while (f && fscanf(f, "%llx %llx %llx", &from, &to, &flags) == 3)
			in |= flags & RESOURCE_MEM && from <= first && last <= to;
		if (f)
			fclose(f);
	}
	return in;
}

/*
 * Where the firmware's framebuffer is the kernel tells in /proc/iomem alone, by the name of who has
 * it. Before Linux 6.9 nothing else connects the platform device with a GPU.
 */
static bool memory_held(const struct bind_state *s, const char *root)
{
	char path[PATH_MAX], line[256], name[128];
	unsigned long long first, last;
	bool held = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/iomem", root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %llx-%llx : %127[^\n]", &first, &last, name) != 3)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
			if (!strncmp(name, holders[i], strlen(holders[i])))
				held |= in_a_bar(s, root, first, last);
	}
	if (f)
		fclose(f);
	return held;
}

static bool on_member(const struct bind_state *s, const char *link)
{
	for (unsigned i = 0; i < s->n_members; i++)
		if (bind_sys_passes(link, s->member[i].bdf))
			return true;
	return false;
}

static int add_framebuffer(struct bind_state *s, const char *driver, const char *device)
{
	struct bind_framebuffer *f = &s->framebuffer[s->n_framebuffers];

	for (unsigned i = 0; i < s->n_framebuffers; i++)
		if (!strcmp(s->framebuffer[i].device, device))
			return 0;
	if (s->n_framebuffers == BIND_FRAMEBUFFERS_MAX || strlen(device) >= sizeof(f->device))
		return log_err(-ENOSPC, "%s: more than %d boot framebuffers", device,
			       BIND_FRAMEBUFFERS_MAX);
	snprintf(f->driver, sizeof(f->driver), "%s", driver);
	strcpy(f->device, device);
	s->n_framebuffers++;
	return 0;
}

static int find_framebuffers(struct bind_state *s, const char *root)
{
	bool held = memory_held(s, root);
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(drivers) && !ret; i++) {
		char pattern[128];
		glob_t g;

		/* "efi-framebuffer.0"; not bind, unbind and the like */
		snprintf(pattern, sizeof(pattern), "/sys/bus/platform/drivers/%s/*.[0-9]*",
			 drivers[i]);
		bind_sys_glob(&g, root, pattern);
		for (size_t k = 0; k < g.gl_pathc && !ret; k++)
			if (held || on_member(s, g.gl_pathv[k]))
				ret = add_framebuffer(s, drivers[i],
						      strrchr(g.gl_pathv[k], '/') + 1);
		globfree(&g);
	}
	return ret;
}

/* ---- both ---- */

int bind_console_find(struct bind_state *s, const char *root)
{
	int ret = find_framebuffers(s, root);

	return ret ? ret : find_consoles(s, root);
}

static bool is_bound(const struct bind_framebuffer *f, const char *root)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/bus/platform/drivers/%s/%s", root, f->driver,
		 f->device);
	return !access(path, F_OK);
}

int bind_console_take(const struct bind_state *s, const char *root)
{
	int ret = 0;

	for (unsigned i = 0; i < s->n_consoles && !ret; i++)
		if (console_is(root, s->console[i], FB_CONSOLE, true))
			ret = bind_sys_write(root, "0", VTCONSOLE "%s/bind", s->console[i]);
	for (unsigned i = 0; i < s->n_framebuffers && !ret; i++)
		if (is_bound(&s->framebuffer[i], root))
			ret = bind_sys_write(root, s->framebuffer[i].device,
					     "/sys/bus/platform/drivers/%s/unbind",
					     s->framebuffer[i].driver);
	return ret;
}

/* vfio-pci (Linux 6.0 on) and native drivers remove the platform device; then it is gone until a boot. */
static void framebuffer_back(const struct bind_framebuffer *f, const char *root)
{
	char path[PATH_MAX];

	if (is_bound(f, root))
		return;
	snprintf(path, sizeof(path), "%s/sys/bus/platform/drivers/%s/bind", root, f->driver);
	if (sysfs_write(path, f->device))
		log_warn("%s: the boot framebuffer cannot be given back; the screen stays as it is "
			 "until a driver draws, or the host boots",
			 f->device);
}

void bind_console_give_back(const struct bind_state *s, const char *root)
{
	char path[PATH_MAX];

	for (unsigned i = 0; i < s->n_framebuffers; i++)
		framebuffer_back(&s->framebuffer[i], root);
	for (unsigned i = 0; i < s->n_consoles; i++) {
		/* away with the last framebuffer, and bound again as soon as there is another */
		if (!console_is(root, s->console[i], FB_CONSOLE, false))
			continue;
		snprintf(path, sizeof(path), "%s" VTCONSOLE "%s/bind", root, s->console[i]);
		if (sysfs_write(path, "1"))
			log_warn("%s: it cannot be bound again; echo 1 > " VTCONSOLE "%s/bind",
				 s->console[i], s->console[i]);
	}
}
