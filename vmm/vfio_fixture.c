// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_fixture.c - read what `igdvm record` wrote, and answer for the device.
 * Knows the files; must not know what a GPU's registers mean. A fixture comes from a stranger: what
 * does not fit is an error that names the file.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "igd_regs.h"
#include "log.h"
#include "sysfs.h"
#include "util.h"
#include "vfio_fixture.h"

#define PAGE	    (4 * KiB)
#define PATH_SIZE   (SYSFS_DIR_MAX + 64)
#define LINE_SIZE   512
#define REGION_MAX  (64 * GiB)
#define VECTORS_MAX 2048 /* of MSI-X */
#define AGAIN	    "; copy the whole directory again, or have it recorded again"

const struct fixture_file fixture_files[FIXTURE_FILES] = {
	{ "config-vfio", VFIO_CONFIG, 0, 0, 0 },
	{ "opregion", -1, VFIO_INTEL_OPREGION, 0, 0 },
	{ "host-bridge", -1, VFIO_INTEL_HOST_CFG, 0, 0 },
	{ "lpc-bridge", -1, VFIO_INTEL_LPC_CFG, 0, 0 },
	{ "bar0-108000", VFIO_BAR0, 0, 0x108000, PAGE },
	{ "bar0-138000", VFIO_BAR0, 0, 0x138000, PAGE },
};

/* What stands behind the regions. */
struct vfio_recorded {
	uint8_t *bytes[VFIO_REGIONS_MAX]; /* NULL where the size is 0 */
};

/* ---- the device ---- */

static uint8_t *bytes_at(const struct vfio_dev *d, unsigned region, uint64_t off, uint64_t len)
{
	const struct vfio_region *r = &d->region[region];

	return len > r->size || off > r->size - len ? NULL : d->recorded->bytes[region] + off;
}

static int recorded_read(struct vfio_dev *d, unsigned region, uint64_t off, void *buf, size_t len)
{
	const uint8_t *from = bytes_at(d, region, off, len);

	if (!from || !d->region[region].readable)
		return -EIO;
	memcpy(buf, from, len);
	return 0;
}

static int recorded_write(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf,
			  size_t len)
{
	uint8_t *to = bytes_at(d, region, off, len);

	if (!to || !d->region[region].writable)
		return -EIO;
	memcpy(to, buf, len);
	return 0;
}

static void *recorded_map(struct vfio_dev *d, unsigned region, uint64_t off, uint64_t size)
{
	uint8_t *p = bytes_at(d, region, off, size);

	if (p && d->region[region].mappable)
		return p;
	log_err(-EINVAL, "%s: map of recorded region %u at %#llx, %#llx bytes: %m", d->host.name,
		region, (unsigned long long)off, (unsigned long long)size);
	return NULL;
}

static void recorded_unmap(struct vfio_dev *d, void *addr, uint64_t size)
{
	/* the memory is the region's, and goes with it */
	(void)d;
	(void)addr;
	(void)size;
}

static int recorded_set_irqs(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
			     unsigned n)
{
	(void)fd;
	return first + n > d->irq[index].count ? -EINVAL : 0;
}

static int recorded_set_unmask(struct vfio_dev *d, unsigned index, int fd)
{
	(void)d;
	(void)index;
	(void)fd;
	return 0;
}

static int recorded_reset(struct vfio_dev *d)
{
	(void)d;
	return -ENOTTY;
}

static void recorded_close(struct vfio_dev *d)
{
	if (!d->recorded)
		return;
	for (unsigned i = 0; i < VFIO_REGIONS_MAX; i++)
		if (d->recorded->bytes[i])
			munmap(d->recorded->bytes[i], d->region[i].size);
	free(d->recorded);
	d->recorded = NULL;
}

static const struct vfio_ops recorded_ops = {
	.read = recorded_read,
	.write = recorded_write,
	.map = recorded_map,
	.unmap = recorded_unmap,
	.set_irqs = recorded_set_irqs,
	.set_unmask = recorded_set_unmask,
	.reset = recorded_reset,
	.close = recorded_close,
};

/* ---- tables: "regions" and "irqs" ---- */

/* The next word of a line as a number up to max. */
static int take(char **line, uint64_t max, uint64_t *out)
{
	char *word = strsep(line, " "), *end;

	if (!word || !isdigit((unsigned char)*word))
		return -EINVAL;
	errno = 0;
	*out = strtoull(word, &end, 0);
	return errno || *end || *out > max ? -EINVAL : 0;
}

/* The next word as flags: each letter of `letters`, or '-', in its place. Bit n: letter n is there. */
static int take_flags(char **line, const char *letters, unsigned *out)
{
	const char *word = strsep(line, " ");

	*out = 0;
	if (!word || strlen(word) != strlen(letters))
		return -EINVAL;
	for (unsigned i = 0; letters[i]; i++) {
		if (word[i] == letters[i])
			*out |= 1u << i;
		else if (word[i] != '-')
			return -EINVAL;
	}
	return 0;
}

static const char *parse_areas(struct vfio_region *r, char *line)
{
	while (line) {
		struct vfio_area *a = &r->area[r->n_areas];

		if (r->n_areas++ == VFIO_AREAS_MAX)
			return "has too many areas";
		if (take(&line, REGION_MAX, &a->off) || take(&line, REGION_MAX, &a->size) ||
		    !a->size || !IS_ALIGNED(a->off | a->size, PAGE) || a->size > r->size ||
		    a->off > r->size - a->size)
			return "has an area that is not pages of the region";
	}
	return NULL;
}

/* "INDEX SIZE rwm TYPE SUBTYPE[ OFF SIZE]...": NULL, or what is wrong with it. */
static const char *parse_region(struct vfio_dev *d, char *line)
{
	uint64_t index, size, type, subtype;
	struct vfio_region *r;
	unsigned flags;

	if (take(&line, VFIO_REGIONS_MAX - 1, &index))
		return "does not begin with the index of a region";
	if (index < d->n_regions)
		return "is about a region that comes before the last";
	if (take(&line, REGION_MAX, &size) || take_flags(&line, "rwm", &flags) ||
	    take(&line, UINT32_MAX, &type) || take(&line, UINT32_MAX, &subtype))
		return "is not \"INDEX SIZE rwm TYPE SUBTYPE\"";
	if (index == VFIO_CONFIG && (flags & 1) == 0)
		return "is a config space that cannot be read";
	d->n_regions = (unsigned)index + 1;
	r = &d->region[index];
	*r = (struct vfio_region){ .size = size,
				   .readable = flags & 1,
				   .writable = flags & 2,
				   .mappable = flags & 4,
				   .type = (uint32_t)type,
				   .subtype = (uint32_t)subtype };
	return parse_areas(r, line);
}

/* "INDEX COUNT m" */
static const char *parse_irq(struct vfio_dev *d, char *line)
{
	uint64_t index, count;
	unsigned flags;

	if (take(&line, VFIO_IRQS - 1, &index) || take(&line, VECTORS_MAX, &count) ||
	    take_flags(&line, "m", &flags) || line)
		return "is not \"INDEX COUNT m\"";
	d->irq[index] = (struct vfio_irq){ .count = (uint32_t)count, .maskable = flags & 1 };
	return NULL;
}

static int parse_table(struct vfio_dev *d, const char *name,
		       const char *(*parse)(struct vfio_dev *d, char *line))
{
	char path[PATH_SIZE], line[LINE_SIZE];
	const char *wrong = NULL;
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->host.dir, name);
	f = fopen(path, "re");
	if (!f)
		return log_err(-errno, "%s: %m" AGAIN, path);
	while (!wrong && fgets(line, sizeof(line), f)) {
		n++;
		if (!strchr(line, '\n'))
			wrong = "is too long, or has no end";
		line[strcspn(line, "\n")] = '\0';
		if (!wrong && line[0] != '#')
			wrong = parse(d, line);
	}
	fclose(f);
	return wrong ? log_err(-EINVAL, "%s: line %u %s" AGAIN, path, n, wrong) : 0;
}

static int check_regions(const struct vfio_dev *d)
{
	uint64_t config = d->region[VFIO_CONFIG].size;

	if (config == 256 || config == 4096)
		return 0;
	return log_err(-EINVAL, "%s/regions: config space has %llu bytes, not 256 or 4096" AGAIN,
		       d->host.dir, (unsigned long long)config);
}

/* ---- bytes ---- */

/* Exactly len bytes of a file. 0; -ENOENT, not logged; or logged -errno. */
static int load(const struct sysfs_dev *host, const char *name, void *buf, size_t len)
{
	char path[PATH_SIZE];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", host->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : log_err(-errno, "%s: %m" AGAIN, path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != len) {
		close(fd);
		return log_err(-EINVAL, "%s: %lld bytes, %zu are needed" AGAIN, path,
			       (long long)st.st_size, len);
	}
	n = pread(fd, buf, len, 0);
	close(fd);
	return n == (ssize_t)len ? 0 : log_err(-EIO, "%s: cannot be read" AGAIN, path);
}

int vfio_fixture_region(const struct vfio_dev *d, const struct fixture_file *f)
{
	int i = f->region < 0 ? vfio_find_region(d, VFIO_INTEL_TYPE, f->subtype) : f->region;

	return i < 0 || !d->region[i].size || d->region[i].size < (uint64_t)f->off + f->len
		       ? -ENOENT
		       : i;
}

static int load_file(struct vfio_dev *d, const struct fixture_file *f)
{
	int region = vfio_fixture_region(d, f), ret;
	size_t len;
	void *to;

	if (region < 0)
		return 0;
	to = d->recorded->bytes[region] + f->off;
	len = f->len ? f->len : d->region[region].size;
	ret = load(&d->host, f->name, to, len);
	/* without VFIO the hardware's own config space was all there was to record */
	if (ret == -ENOENT && region == VFIO_CONFIG)
		ret = load(&d->host, "config", to, len);
	if (ret != -ENOENT || f->len)
		return ret == -ENOENT ? 0 : ret;
	return log_err(ret, "%s/%s: %m" AGAIN, d->host.dir, f->name);
}

static int load_regions(struct vfio_dev *d)
{
	int ret = 0;

	for (unsigned i = 0; i < d->n_regions; i++) {
		void *p;

		if (!d->region[i].size)
			continue;
		p = mmap(NULL, d->region[i].size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return log_err(-errno, "%s/regions: %llu bytes for region %u: %m",
				       d->host.dir, (unsigned long long)d->region[i].size, i);
		d->recorded->bytes[i] = p;
	}
	for (unsigned i = 0; i < FIXTURE_FILES && !ret; i++)
		ret = load_file(d, &fixture_files[i]);
	return ret;
}

static int check_manifest(const struct sysfs_dev *host)
{
	char line[LINE_SIZE];
	int ret = sysfs_text(host, "manifest", line, sizeof(line));

	if (ret)
		return log_err(ret, "%s/manifest: %m; name a directory that \"igdvm record\" wrote",
			       host->dir);
	if (strcmp(line, FIXTURE_MAGIC))
		return log_err(-EINVAL,
			       "%s/manifest: its first line is not \"" FIXTURE_MAGIC
			       "\"; another igdvm wrote it" AGAIN,
			       host->dir);
	return 0;
}

static int read_phys_bits(const struct sysfs_dev *host, unsigned *phys_bits)
{
	uint64_t bits;
	int ret = sysfs_number(host, "phys_bits", &bits);

	if (ret || bits < 32 || bits > 52)
		return log_err(ret ? ret : -ERANGE,
			       "%s/phys_bits: %m, a number 32..52 is needed" AGAIN, host->dir);
	*phys_bits = (unsigned)bits;
	return 0;
}

int vfio_fixture_init(struct vfio_dev *d, struct iommu *i, unsigned *phys_bits,
		      const struct sysfs_dev *host)
{
	char path[PATH_SIZE];
	int ret = check_manifest(host);

	*d = (struct vfio_dev){ .ops = &recorded_ops, .host = *host, .fd = -1 };
	if (ret)
		return ret;
	d->recorded = calloc(1, sizeof(*d->recorded));
	if (!d->recorded)
		return log_err(-ENOMEM, "%s: %m", host->dir);
	ret = parse_table(d, "regions", parse_region);
	if (!ret)
		ret = check_regions(d);
	if (!ret)
		ret = parse_table(d, "irqs", parse_irq);
	if (!ret)
		ret = load_regions(d);
	if (!ret)
		ret = read_phys_bits(host, phys_bits);
	snprintf(path, sizeof(path), "%s/reserved_regions", host->dir);
	if (!ret)
		ret = iommu_read_reserved(i, path);
	if (ret)
		vfio_dev_fini(d);
	return ret;
}
