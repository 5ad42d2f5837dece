// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_source.c - the host's OpRegion by its kernel module's device, by /dev/mem, or as recorded.
 *
 * Knows where the bytes are in either file. What a source shows is checked to be an OpRegion, and a
 * VBT, before it is used; whether it is the right one is igd_opregion.c's to know. ASLS is the one
 * of sysfs: VFIO's virtual 0xFC is the extended VBT's address on some kernels (Linux
 * drivers/vfio/pci/vfio_pci_igd.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "igd_source.h"
#include "sysfs.h"
#include "util.h"
#include "vfio.h"

#define PAGE	     (4 * KiB)
#define PHYSICAL_MAX BIT(52)

/* The module's interface: see kmod/igd_opregion. Offsets in its file, attributes in its class. */
#define MODULE_PATH  "/dev/igd-opregion-%s"
#define MODULE_CLASS "/sys/class/igd-opregion/igd-opregion-%s"
#define MODULE_VBT   0x10000000

void *igd_pages_new(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void igd_pages_free(void *pages, size_t len)
{
	if (pages)
		munmap(pages, len);
}

static void *new_pages(struct igd_source *s, size_t len)
{
	void *p = igd_pages_new(len);

	if (!p)
		snprintf(s->why, sizeof(s->why), "no memory for %zu bytes of the OpRegion: %s", len,
			 strerror(errno));
	return p;
}

static int open_module(struct igd_source *s, const struct igd *g)
{
	struct sysfs_dev class = { 0 };
	char path[DEVMEM_PATH_MAX];
	uint64_t page_offset, vbt_page_offset, vbt_size;
	int ret;

	snprintf(path, sizeof(path), MODULE_PATH, g->host.name);
	snprintf(class.dir, sizeof(class.dir), MODULE_CLASS, g->host.name);
	ret = devmem_open(&s->file, path, s->why);
	if (ret)
		return ret;
	ret = sysfs_number(&class, "page_offset", &page_offset);
	if (!ret)
		ret = sysfs_number(&class, "vbt_page_offset", &vbt_page_offset);
	if (!ret)
		ret = sysfs_number(&class, "vbt_size", &vbt_size);
	if (!ret && (page_offset >= PAGE || vbt_page_offset >= PAGE || vbt_size > UINT32_MAX))
		ret = -ERANGE;
	if (ret) {
		snprintf(s->why, sizeof(s->why),
			 "%s: its attributes in /sys/class/igd-opregion: %s", path, strerror(-ret));
		return ret;
	}
	s->first = 0;
	s->page_offset = (uint32_t)page_offset;
	s->vbt_page_offset = (uint32_t)vbt_page_offset;
	s->vbt_size = (uint32_t)vbt_size;
	return 0;
}

static int open_devmem(struct igd_source *s, const struct igd *g)
{
	if (g->host_asls == 0 || g->host_asls == UINT32_MAX) {
		snprintf(s->why, sizeof(s->why),
			 "for /dev/mem the host's ASLS must be known, but it is %#x or cannot be "
			 "read; run as root",
			 g->host_asls);
		return -ENODEV;
	}
	s->first = ALIGN_DOWN(g->host_asls, PAGE);
	s->page_offset = g->host_asls & (PAGE - 1);
	return devmem_open(&s->file, DEVMEM_PATH, s->why);
}

/* The file begins with the OpRegion itself, wherever that lay in its page. */
static int open_recorded(struct igd_source *s, const struct igd *g)
{
	char path[SYSFS_DIR_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/opregion-raw", g->host.dir);
	snprintf(s->file.path, sizeof(s->file.path), "opregion-raw of the fixture");
	s->page_offset = g->host_asls & (PAGE - 1);
	s->file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->file.fd < 0) {
		snprintf(s->why, sizeof(s->why),
			 "the host's pages were not recorded; manifest says why");
		return -errno;
	}
	if (!fstat(s->file.fd, &st) && st.st_size >= OPREGION_SIZE)
		return 0;
	snprintf(s->why, sizeof(s->why), "%s has less than %d bytes", s->file.path, OPREGION_SIZE);
	return -EIO;
}

bool igd_source_applies(const struct igd *g, enum igd_source_kind kind)
{
	return (kind == IGD_SOURCE_RECORDED) == (g->dev->recorded != NULL);
}

int igd_source_open(struct igd_source *s, const struct igd *g, enum igd_source_kind kind)
{
	*s = (struct igd_source){ .kind = kind, .file.fd = -1 };
	if (kind == IGD_SOURCE_RECORDED)
		return open_recorded(s, g);
	return kind == IGD_SOURCE_MODULE ? open_module(s, g) : open_devmem(s, g);
}

/* Put whole pages of the source over fresh ones at `at`; of a recorded one, as far as it goes. */
static int fill_pages(struct igd_source *s, char *at, uint64_t off, size_t size)
{
	uint64_t skip = off < s->page_offset ? s->page_offset - off : 0;

	if (s->kind != IGD_SOURCE_RECORDED)
		return devmem_map(&s->file, at, off, size, s->why);
	if (pread(s->file.fd, at + skip, size - skip, (off_t)(off + skip - s->page_offset)) >= 0)
		return 0;
	snprintf(s->why, sizeof(s->why), "%s: %s", s->file.path, strerror(errno));
	return -errno;
}

void igd_source_close(struct igd_source *s)
{
	devmem_close(&s->file);
}

/* len bytes at off in the file, whatever pages they are in. */
static int read_bytes(struct igd_source *s, uint64_t off, void *buf, size_t len)
{
	uint64_t first = ALIGN_DOWN(off, PAGE);
	size_t size = ALIGN_UP(off - first + len, PAGE);
	char *p = new_pages(s, size);
	int ret;

	if (!p)
		return -ENOMEM;
	ret = fill_pages(s, p, first, size);
	if (!ret)
		memcpy(buf, p + (off - first), len);
	igd_pages_free(p, size);
	return ret;
}

int igd_source_head(struct igd_source *s, void *head, struct opregion_info *info)
{
	int ret = read_bytes(s, s->first + s->page_offset, head, OPREGION_SIZE);

	if (ret)
		return ret;
	ret = opregion_parse(head, OPREGION_SIZE, info);
	if (ret)
		snprintf(s->why, sizeof(s->why), "%s does not show an OpRegion (no \"%s\")",
			 s->file.path, OPREGION_SIGNATURE);
	return ret;
}

/* Where in the file the extended VBT begins. */
static int find_vbt(struct igd_source *s, const struct opregion_info *info, uint64_t *off)
{
	uint64_t start = s->page_offset + info->rvda;

	if (s->kind == IGD_SOURCE_MODULE) {
		*off = MODULE_VBT + s->vbt_page_offset;
		if (s->vbt_size >= info->rvds &&
		    (!opregion_relative(info) || start % PAGE == s->vbt_page_offset))
			return 0;
		snprintf(s->why, sizeof(s->why), "%s does not have the extended VBT", s->file.path);
		return -ENXIO;
	}
	*off = opregion_relative(info) ? s->first + start : info->rvda;
	if (info->rvda < PHYSICAL_MAX)
		return 0;
	snprintf(s->why, sizeof(s->why), "the extended VBT's address %#llx is none",
		 (unsigned long long)info->rvda);
	return -EFAULT;
}

static int check_vbt(struct igd_source *s, const void *vbt, size_t len)
{
	int ret = opregion_vbt_check(vbt, len);

	if (ret)
		snprintf(s->why, sizeof(s->why), "%s shows no VBT where RVDA points", s->file.path);
	return ret;
}

int igd_source_vbt(struct igd_source *s, const struct opregion_info *info, void *vbt)
{
	uint64_t off;
	int ret = find_vbt(s, info, &off);

	if (!ret)
		ret = read_bytes(s, off, vbt, info->rvds);
	return ret ? ret : check_vbt(s, vbt, info->rvds);
}

int igd_source_live(struct igd_source *s, const struct opregion_info *info,
		    const struct opregion_layout *l, void **pages)
{
	char *p = new_pages(s, l->size);
	uint64_t vbt;
	int ret;

	if (!p)
		return -ENOMEM;
	ret = fill_pages(s, p, s->first, l->body);
	if (!ret && l->vbt < l->size) {
		/* a VBT that begins in the OpRegion's last page has its other pages here */
		ret = find_vbt(s, info, &vbt);
		if (!ret)
			ret = fill_pages(s, p + l->vbt, vbt + l->vbt - l->vbt_start,
					 l->size - l->vbt);
	}
	if (!ret && l->vbt_start)
		ret = check_vbt(s, p + l->vbt_start, info->rvds);
	if (ret)
		igd_pages_free(p, l->size);
	else
		*pages = p;
	return ret;
}
