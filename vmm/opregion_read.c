// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion_read.c - files, the kernel module, debugfs, /dev/mem.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "devmem.h"
#include "file.h"
#include "igd_regs.h"
#include "log.h"
#include "opregion_read.h"
#include "util.h"

/* clang-format off */
#define PAGE		(4 * KiB)
#define OFF_MINOR	0x16
#define OFF_RVDA	0x3ba
#define OFF_RVDS	0x3c2
#define MODULE_VBT	0x10000000 /* kmod/igd_opregion: where its file has the extended VBT */
/* clang-format on */

/* Where an OpRegion is looked for, and why it was not read there. */
struct look {
	struct opregion_image *image;
	const struct sysfs_dev *dev;
	const char *root;
	char why[OPREGION_WHY];
};

static int refuse(struct look *l, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct look *l, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	return err;
}

/* Write a path of PATH_MAX bytes. False: it does not fit. */
static bool make_path(char *path, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool make_path(char *path, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, PATH_MAX, fmt, ap);
	va_end(ap);
	return n >= 0 && n < PATH_MAX;
}

/* ---- files ---- */

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int opregion_read_file(struct opregion_image *image, const char *path)
{
	char name[PATH_MAX];
	int ret;

	*image = (struct opregion_image){ 0 };
	if (!make_path(name, "%s%s", path, is_directory(path) ? "/opregion" : ""))
		return log_err(-ENAMETOOLONG, "%.80s...: %m", path);
	ret = file_read(name, OPREGION_IMAGE_MAX, &image->bytes, &image->len);
	if (ret == -EINVAL)
		return log_err(ret, "%s: not a regular file; name an image of an OpRegion", name);
	if (ret == -EFBIG)
		return log_err(ret, "%s: larger than any OpRegion, which has at most %u bytes",
			       name, OPREGION_IMAGE_MAX);
	if (ret)
		return log_err(ret, "%s: %m; name a PCI address or an image of an OpRegion", name);
	if (!image->len)
		return log_err(-ENODATA, "%s: the file is empty", name);
	return 0;
}

void opregion_image_fini(struct opregion_image *image)
{
	free(image->bytes);
	*image = (struct opregion_image){ 0 };
}

/* ---- what all places of a device share ---- */

/* Take the first 8 KiB. Afterwards *info is their header. */
static int take_head(struct look *l, const uint8_t *head, size_t len, struct opregion_info *info)
{
	struct opregion_image *i = l->image;
	int ret = opregion_parse(head, len, info);

	/* a wrong size field is worth a look; drivers do not use it */
	if (ret && ret != -EBADMSG)
		return refuse(l, ret, "no OpRegion is there: the signature is missing");
	i->bytes = calloc(1, OPREGION_IMAGE_MAX);
	if (!i->bytes)
		return refuse(l, -ENOMEM, "no memory");
	memcpy(i->bytes, head, OPREGION_SIZE);
	i->len = OPREGION_SIZE;
	i->minor = head[OFF_MINOR];
	i->rvda = get_le64(head + OFF_RVDA);
	return ret ? 0 : opregion_extended_vbt(info);
}

/* Put the extended VBT behind what take_head() took. */
static void take_vbt(struct look *l, const uint8_t *vbt, size_t len)
{
	struct opregion_image *i = l->image;

	memcpy(i->bytes + OPREGION_SIZE, vbt, len);
	i->len = OPREGION_SIZE + len;
	i->made_relative = true;
	if (!i->minor && i->bytes[OFF_MINOR + 1] == 2)
		i->bytes[OFF_MINOR] = 1;
	put_le64(i->bytes + OFF_RVDA, OPREGION_SIZE);
	put_le32(i->bytes + OFF_RVDS, (uint32_t)len);
}

/* ---- the kernel module ---- */

static int module_number(struct look *l, const struct sysfs_dev *class, const char *attr,
			 uint64_t max, uint64_t *out)
{
	int ret = sysfs_number(class, attr, out);

	if (ret)
		return refuse(l, ret, "%s/%s: %s", class->dir, attr, strerror(-ret));
	if (*out > max)
		return refuse(l, -EINVAL, "%s/%s is %llu, which is too much", class->dir, attr,
			      (unsigned long long)*out);
	return 0;
}

/* len bytes at offset of a file whose mappings begin with pages. */
static int module_copy(struct look *l, int fd, uint64_t base, uint64_t offset, size_t len,
		       uint8_t *to)
{
	size_t size = ALIGN_UP(offset + len, PAGE);
	uint8_t *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)base);

	if (p == MAP_FAILED)
		return refuse(l, -errno, "%s refuses to be mapped: %m", l->image->source);
	memcpy(to, p + offset, len);
	munmap(p, size);
	return 0;
}

static int module_read(struct look *l, int fd, const struct sysfs_dev *class)
{
	uint64_t offset, vbt_offset, vbt_size;
	struct opregion_info info = { 0 };
	uint8_t *buf;
	int ret;

	ret = module_number(l, class, "page_offset", PAGE - 1, &offset);
	if (!ret)
		ret = module_number(l, class, "vbt_page_offset", PAGE - 1, &vbt_offset);
	if (!ret)
		ret = module_number(l, class, "vbt_size", OPREGION_VBT_MAX, &vbt_size);
	if (ret)
		return ret;
	buf = malloc(OPREGION_IMAGE_MAX);
	if (!buf)
		return refuse(l, -ENOMEM, "no memory");
	ret = module_copy(l, fd, 0, offset, OPREGION_SIZE, buf);
	if (!ret)
		ret = take_head(l, buf, OPREGION_SIZE, &info);
	if (ret > 0) {
		ret = 0;
		if (vbt_size)
			ret = module_copy(l, fd, MODULE_VBT, vbt_offset, vbt_size, buf);
		if (vbt_size && !ret)
			take_vbt(l, buf, vbt_size);
	}
	free(buf);
	return ret;
}

static int from_module(struct look *l)
{
	char *path = l->image->source;
	struct sysfs_dev class = { 0 };
	int fd, ret;

	snprintf(path, sizeof(l->image->source), "%s/dev/igd-opregion-%s", l->root, l->dev->name);
	snprintf(class.dir, sizeof(class.dir), "%s/sys/class/igd-opregion/igd-opregion-%s", l->root,
		 l->dev->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return refuse(l, -ENOENT, "%s is absent; load the module igd_opregion", path);
	if (fd < 0)
		return refuse(l, -errno, "%s: %m; run as root", path);
	ret = module_read(l, fd, &class);
	close(fd);
	return ret;
}

/* ---- the driver's debugfs ---- */

/* Whether "NAME/name" says "i915 dev=0000:00:02.0 ...". */
static bool is_minor_of(const char *dir, const char *minor, const char *device)
{
	char path[PATH_MAX], text[128] = "", wanted[64];
	FILE *f;

	snprintf(wanted, sizeof(wanted), " dev=%s ", device);
	f = make_path(path, "%s/%s/name", dir, minor) ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	if (!fgets(text, sizeof(text) - 1, f))
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	strcat(text, " "); /* the device may come last */
	return strstr(text, wanted) != NULL;
}

/* The directory of the device's first minor below dir, in path. */
static int find_minor(struct look *l, const char *dir, char *path)
{
	DIR *d = opendir(dir);
	bool found = false;
	struct dirent *entry;

	if (!d && errno == ENOENT)
		return refuse(l, -ENOENT, "%s is absent: no graphics driver, or no debugfs", dir);
	if (!d)
		return refuse(l, -errno, "%s: %m; run as root", dir);
	while (!found && (entry = readdir(d))) {
		found = entry->d_name[0] != '.' && is_minor_of(dir, entry->d_name, l->dev->name) &&
			make_path(path, "%s/%s", dir, entry->d_name);
	}
	closedir(d);
	return found ? 0 : refuse(l, -ENODEV, "%s: no driver there has the GPU", dir);
}

static int debugfs_vbt(struct look *l, const char *dir, const struct opregion_info *info)
{
	char path[PATH_MAX];
	uint8_t *vbt;
	size_t len;
	int ret;

	ret = make_path(path, "%s/i915_vbt", dir) ? file_read(path, OPREGION_VBT_MAX, &vbt, &len)
						  : -ENAMETOOLONG;
	if (ret)
		return refuse(l, ret, "%s: %s", path, strerror(-ret));
	/* the driver may have been told to use another one, or have rejected it */
	if (len != info->rvds)
		ret = refuse(l, -EINVAL, "%s has %zu bytes, RVDS is %u: not the OpRegion's VBT",
			     path, len, info->rvds);
	else
		take_vbt(l, vbt, len);
	free(vbt);
	return ret;
}

static int from_debugfs(struct look *l)
{
	char dri[PATH_MAX], dir[PATH_MAX], path[PATH_MAX];
	struct opregion_info info = { 0 };
	uint8_t *head;
	size_t len;
	int ret;

	if (!make_path(dri, "%s/sys/kernel/debug/dri", l->root))
		return refuse(l, -ENAMETOOLONG, "%.80s...: the name is too long", l->root);
	ret = find_minor(l, dri, dir);
	if (ret)
		return ret;
	ret = make_path(path, "%s/i915_opregion", dir)
		      ? file_read(path, OPREGION_IMAGE_MAX, &head, &len)
		      : -ENAMETOOLONG;
	if (ret)
		return refuse(l, ret, "%s: %s", path, strerror(-ret));
	snprintf(l->image->source, sizeof(l->image->source), "%.100s", path);
	ret = take_head(l, head, len, &info);
	free(head);
	return ret > 0 ? debugfs_vbt(l, dir, &info) : ret;
}

/* ---- /dev/mem ---- */

/* len bytes at a host address. what: for the refusal. */
static int mem_copy(struct look *l, const char *what, uint64_t hpa, size_t len, uint8_t *to)
{
	char why[DEVMEM_WHY], path[PATH_MAX];
	int ret = make_path(path, "%s" DEVMEM_PATH, l->root) ? 0 : -ENAMETOOLONG;

	if (ret)
		return refuse(l, ret, "%.80s...: the name is too long", l->root);
	ret = devmem_read(path, hpa, to, len, why);

	return ret ? refuse(l, ret, "%s at %#llx: %s", what, (unsigned long long)hpa, why) : 0;
}

static int mem_vbt(struct look *l, uint32_t asls, const struct opregion_info *info)
{
	bool absolute = info->major == 2 && !info->minor;
	uint64_t hpa = info->rvda;
	uint8_t *vbt;
	int ret;

	if (!absolute && __builtin_add_overflow(hpa, asls, &hpa))
		return refuse(l, -ERANGE, "RVDA %#llx is beyond all memory",
			      (unsigned long long)info->rvda);
	vbt = malloc(info->rvds);
	if (!vbt)
		return refuse(l, -ENOMEM, "no memory");
	ret = mem_copy(l, "the extended VBT", hpa, info->rvds, vbt);
	if (!ret)
		take_vbt(l, vbt, info->rvds);
	free(vbt);
	return ret;
}

static int from_devmem(struct look *l)
{
	uint8_t asls_bytes[4], *head;
	struct opregion_info info = { 0 };
	uint32_t asls;
	int ret = sysfs_config(l->dev, IGD_ASLS, asls_bytes, sizeof(asls_bytes));

	snprintf(l->image->source, sizeof(l->image->source), "/dev/mem");
	if (ret)
		return refuse(l, ret, "config space cannot be read (%s); run as root",
			      strerror(-ret));
	asls = get_le32(asls_bytes);
	if (!asls || asls == UINT32_MAX)
		return refuse(l, -ENODEV, "ASLS is %#x: firmware gives it no OpRegion", asls);
	head = malloc(OPREGION_SIZE);
	if (!head)
		return refuse(l, -ENOMEM, "no memory");
	ret = mem_copy(l, "the OpRegion", asls, OPREGION_SIZE, head);
	if (!ret)
		ret = take_head(l, head, OPREGION_SIZE, &info);
	free(head);
	/* with a size like this it is no VBT, and what decodes the header says so */
	if (ret > 0)
		ret = info.rvds <= OPREGION_VBT_MAX ? mem_vbt(l, asls, &info) : 0;
	return ret;
}

/* ---- all places ---- */

static const struct {
	const char *name;
	int (*read)(struct look *l);
} places[OPREGION_PLACES] = {
	{ "kernel module", from_module },
	{ "debugfs", from_debugfs },
	{ "/dev/mem", from_devmem },
};

int opregion_look_device(struct opregion_image *image, const struct sysfs_dev *dev,
			 const char *root, struct opregion_refusal *refusal)
{
	int ret = -ENODEV;

	*image = (struct opregion_image){ 0 };
	for (size_t i = 0; i < OPREGION_PLACES; i++) {
		struct look l = { .image = image, .dev = dev, .root = root };

		ret = places[i].read(&l);
		if (!ret)
			return 0;
		opregion_image_fini(image);
		refusal[i] = (struct opregion_refusal){ .place = places[i].name, .err = ret };
		strcpy(refusal[i].why, l.why);
	}
	return ret;
}

int opregion_read_device(struct opregion_image *image, const struct sysfs_dev *dev,
			 const char *root)
{
	struct opregion_refusal refusal[OPREGION_PLACES];
	int ret = opregion_look_device(image, dev, root, refusal);

	for (size_t i = 0; ret && i < OPREGION_PLACES; i++)
		log_err(0, "%s: OpRegion not read by %s: %s", dev->name, refusal[i].place,
			refusal[i].why);
	return ret;
}
