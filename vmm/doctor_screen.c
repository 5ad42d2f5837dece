// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_screen.c - who of the host still draws on the GPU: firmware's framebuffer, the console.
 * Sources: Linux drivers/firmware/sysfb*.c, drivers/video/fbdev/{efifb,vesafb,simplefb}.c,
 * drivers/gpu/drm/tiny/simpledrm.c (names in /proc/iomem), drivers/tty/vt/vt.c (vtconsole).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "doctor_file.h"
#include "util.h"

#define RESOURCE_MEM 0x200 /* include/linux/ioport.h: IORESOURCE_MEM */
#define BARS	     6

/* Drivers of the framebuffer that firmware left: in /proc/iomem, in /proc/fb, and how to end them. */
static const struct holder {
	const char *name, *fb, *platform; /* platform: driver and device; NULL: no driver */
} holders[] = {
	{ "efifb", "EFI VGA", "efi-framebuffer" },
	{ "vesafb", "VESA VGA", "vesa-framebuffer" },
	{ "simplefb", "simple", "simple-framebuffer" },
	{ "simpledrm", "simpledrmdrmfb", "simple-framebuffer" },
	{ "BOOTFB", NULL, NULL },
};

#define AT_BOOT                                                                                    \
	"add initcall_blacklist=sysfb_init to GRUB_CMDLINE_LINUX in /etc/default/grub, "           \
	"update-grub, reboot"

static const struct holder *holder_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
		if (!strncmp(name, holders[i].name, strlen(holders[i].name)))
			return &holders[i];
	return NULL;
}

struct bar {
	uint64_t first, last;
};

/* The device's memory BARs; how many. */
static unsigned read_bars(const struct doctor *d, struct bar *bar)
{
	char text[2 * KiB], *next = text, *line;
	unsigned n = 0;

	if (doctor_text(doctor_attr(d, "resource"), text, sizeof(text)) < 0)
		return 0;
	for (unsigned i = 0; i < BARS && (line = strsep(&next, "\n")); i++) {
		uint64_t first, last, flags;

		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &first, &last, &flags) == 3 &&
		    (flags & RESOURCE_MEM) && first < last)
			bar[n++] = (struct bar){ first, last };
	}
	return n;
}

static bool in_a_bar(const struct doctor_iomem *line, const struct bar *bar, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (line->first <= bar[i].last && bar[i].first <= line->last)
			return true;
	return false;
}

/* Who holds part of a BAR; *line is where. */
static const struct holder *find_holder(const struct doctor *d, struct doctor_iomem *line)
{
	const char *text = d->iomem;
	struct bar bar[BARS];
	unsigned n = read_bars(d, bar);

	while (doctor_next_iomem(&text, line))
		if (in_a_bar(line, bar, n) && holder_by_name(line->name))
			return holder_by_name(line->name);
	return NULL;
}

/* The first such driver that is at work anywhere, by /proc/fb. */
static const struct holder *find_anywhere(const struct doctor *d)
{
	char text[1 * KiB], *next = text, *line;

	if (doctor_text(doctor_path(d, "/proc/fb"), text, sizeof(text)) < 0)
		return NULL;
	while ((line = strsep(&next, "\n"))) {
		const char *name = line + strspn(line, "0123456789 ");

		for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
			if (holders[i].fb && !strcmp(name, holders[i].fb))
				return &holders[i];
	}
	return NULL;
}

static void mend_holder(const struct holder *h, struct doctor_finding *f)
{
	if (h->platform)
		doctor_mend(
			f,
			"echo %s.0 > /sys/bus/platform/drivers/%s/unbind; at each boot: " AT_BOOT,
			h->platform, h->platform);
	else
		doctor_mend(f, AT_BOOT);
}

void doctor_framebuffer(const struct doctor *d, struct doctor_finding *f)
{
	bool shown = doctor_iomem_shown(d);
	struct doctor_iomem line;
	const struct holder *h = shown ? find_holder(d, &line) : find_anywhere(d);

	if (h && shown) {
		doctor_fail(f, "%s holds %#" PRIx64 "-%#" PRIx64 " of a BAR", h->name, line.first,
			    line.last);
		mend_holder(h, f);
	} else if (h) {
		doctor_warn(f,
			    "%s is at work, perhaps on this GPU: addresses are shown to root only",
			    h->name);
		mend_holder(h, f);
	} else if (!d->iomem) {
		doctor_unknown(f, "/proc/iomem cannot be read");
	} else {
		doctor_ok(f, "firmware's framebuffer %s",
			  shown ? "holds nothing of this GPU" : "is in nobody's hands");
	}
}

/* ---- console ---- */

/* A framebuffer is this GPU's if its device is, or if it is firmware's and the GPU the boot display. */
static bool is_ours(const struct doctor *d, const char *fb)
{
	char device[SYSFS_NAME_MAX];
	uint64_t boot_vga = 0;

	if (doctor_link(doctor_path(d, "/sys/class/graphics/%s/device", fb), device,
			sizeof(device)))
		return false;
	if (!strcmp(device, d->dev.name))
		return true;
	doctor_number(doctor_attr(d, "boot_vga"), 10, &boot_vga);
	return boot_vga && strstr(device, "-framebuffer") != NULL;
}

/* Name of the GPU's first framebuffer; false: it has none. */
static bool find_fb(const struct doctor *d, char *name, size_t size)
{
	struct doctor_names fbs = doctor_list(doctor_path(d, "/sys/class/graphics"));
	bool found = false;

	for (size_t i = 0; i < fbs.n && !found; i++) {
		found = !strncmp(fbs.name[i], "fb", 2) && is_ours(d, fbs.name[i]);
		snprintf(name, size, "%s", fbs.name[i]);
	}
	doctor_names_free(&fbs);
	return found;
}

/* The virtual console that draws on framebuffers, if it is bound. */
static bool find_vtcon(const struct doctor *d, char *name, size_t size)
{
	struct doctor_names cons = doctor_list(doctor_path(d, "/sys/class/vtconsole"));
	bool found = false;

	for (size_t i = 0; i < cons.n && !found; i++) {
		char kind[64] = "";
		uint64_t bound = 0;

		doctor_line(doctor_path(d, "/sys/class/vtconsole/%s/name", cons.name[i]), kind,
			    sizeof(kind));
		doctor_number(doctor_path(d, "/sys/class/vtconsole/%s/bind", cons.name[i]), 10,
			      &bound);
		found = bound && strstr(kind, "frame buffer");
		snprintf(name, size, "%s", cons.name[i]);
	}
	doctor_names_free(&cons);
	return found;
}

void doctor_console(const struct doctor *d, struct doctor_finding *f)
{
	char fb[SYSFS_NAME_MAX], vtcon[SYSFS_NAME_MAX];

	if (!find_vtcon(d, vtcon, sizeof(vtcon))) {
		doctor_ok(f, "no console of the host is on a framebuffer");
	} else if (!find_fb(d, fb, sizeof(fb))) {
		doctor_ok(f, "%s is not on this GPU", vtcon);
	} else {
		doctor_warn(f, "%s draws on %s, which is this GPU's", vtcon, fb);
		doctor_mend(f,
			    "work over SSH; echo 0 > /sys/class/vtconsole/%s/bind before the GPU "
			    "is unbound",
			    vtcon);
	}
}
