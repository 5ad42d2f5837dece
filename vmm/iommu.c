// SPDX-License-Identifier: BSD-2-Clause
/*
 * iommu.c - VFIO groups in one type 1 container, and guest RAM mapped for DMA.
 * Knows why a host may refuse, and says so; does not know devices.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "host_file.h"
#include "log.h"
#include "sysfs.h"
#include "util.h"
#include "vfio.h"

#define DRIVER "vfio-pci"

static int not_bound(const char *name, const char *driver)
{
	return log_err(
		-EBUSY,
		"%s: its driver is %s, vfio-pci is needed: igdvm bind %s, or --bind for this "
		"guest alone",
		name, *driver ? driver : "none", name);
}

/*
 * A PCI function belongs to vfio-pci. A mediated device belongs to whichever driver its parent's has
 * for it: vfio_mdev (until Linux 5.18), or the parent's own, such as i915's intel_vgpu_mdev.
 */
static int check_binding(const struct sysfs_dev *host)
{
	char type[64], driver[64] = "";

	sysfs_link(host, "driver", driver, sizeof(driver));
	if (sysfs_link(host, "mdev_type", type, sizeof(type)))
		return strcmp(driver, DRIVER) ? not_bound(host->name, driver) : 0;
	if (*driver)
		return 0;
	return log_err(-EBUSY,
		       "%s: no driver has this mediated device: modprobe vfio_mdev (kvmgt for an "
		       "Intel GPU), then make the device anew",
		       host->name);
}

static int find_group(const struct sysfs_dev *host, unsigned *group)
{
	const char *name = host->name;
	char link[32];
	int ret = sysfs_link(host, "iommu_group", link, sizeof(link));

	if (ret)
		return log_err(ret,
			       "%s: it is in no IOMMU group; switch on VT-d in the firmware "
			       "and boot the host with intel_iommu=on",
			       name);
	return sscanf(link, "%u", group) == 1 ? 0
					      : log_err(-EINVAL, "%s: iommu_group %s", name, link);
}

static int open_group(unsigned group, const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%u", group);
	fd = host_file_open(path, O_RDWR);
	if (fd >= 0)
		return fd;
	switch (errno) {
	case EBUSY:
		return log_err(-errno, "%s (%s): %m: another program has the device", path, name);
	case EACCES:
	case EPERM:
		return log_err(-errno, "%s (%s): %m; chown it to this user, or run as root", path,
			       name);
	default:
		return log_err(-errno, "%s (%s): %m", path, name);
	}
}

/* Append " BDF (driver)" for each other device of the group that keeps it from being viable. */
static void list_others(unsigned group, const char *self, char *text, size_t size)
{
	char path[64];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%u/devices", group);
	dir = opendir(path);
	if (!dir)
		return;
	while ((e = readdir(dir))) {
		char driver[64] = "no driver";
		size_t len = strlen(text);
		struct sysfs_dev other;

		if (!strcmp(e->d_name, self) || sysfs_dev_init(&other, e->d_name))
			continue;
		sysfs_link(&other, "driver", driver, sizeof(driver));
		if (strcmp(driver, DRIVER))
			snprintf(text + len, size - len, " %s (%s)", e->d_name, driver);
	}
	closedir(dir);
}

static int check_viable(const struct iommu_group *g, const char *name)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char others[512] = "";

	if (ioctl(g->fd, VFIO_GROUP_GET_STATUS, &status))
		return log_err(-errno, "%s: VFIO_GROUP_GET_STATUS: %m", name);
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	list_others(g->id, name, others, sizeof(others));
	return log_err(-EPERM,
		       "%s: IOMMU group %u is shared with devices the host uses:%s; igdvm bind "
		       "%s takes all of it",
		       name, g->id, others, name);
}

static int open_container(struct iommu *i)
{
	int ret;

	i->container_fd = host_file_open("/dev/vfio/vfio", O_RDWR);
	if (i->container_fd < 0)
		return log_err(-errno, "/dev/vfio/vfio: %m; modprobe vfio_iommu_type1");
	ret = ioctl(i->container_fd, VFIO_GET_API_VERSION);
	if (ret != VFIO_API_VERSION)
		return log_err(-ENOSYS, "/dev/vfio/vfio: API version %d, %d is needed", ret,
			       VFIO_API_VERSION);
	if (ioctl(i->container_fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
		return log_err(-ENOSYS, "/dev/vfio/vfio: no type 1 version 2 IOMMU; "
					"modprobe vfio_iommu_type1");
	return 0;
}

/*
 * The first group brings the container its IOMMU. Mediated devices come without one: what they DMA
 * goes through their driver, and the container keeps the maps for it (vfio_iommu_type1.c,
 * VFIO_EMULATED_IOMMU).
 */
static int join_container(struct iommu *i, const struct iommu_group *g, const char *name)
{
	int ret = i->container_fd < 0 ? open_container(i) : 0;

	if (ret)
		return ret;
	if (ioctl(g->fd, VFIO_GROUP_SET_CONTAINER, &i->container_fd))
		return log_err(-errno, "%s: VFIO_GROUP_SET_CONTAINER: %m%s", name,
			       i->n_groups ? "; it cannot share the IOMMU of the devices before it"
					   : "");
	if (!i->n_groups && ioctl(i->container_fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return log_err(-errno, "%s: VFIO_SET_IOMMU: %m%s", name,
			       errno == EPERM ? "; no interrupt remapping: see dmesg, and "
						"allow_unsafe_interrupts of vfio_iommu_type1"
					      : "");
	return 0;
}

/* Most groups reserve the same, such as the MSI window. */
static int add_reserved(struct iommu *i, uint64_t first, uint64_t last)
{
	for (size_t k = 0; k < i->n_reserved; k++)
		if (i->reserved[k].first <= first && last <= i->reserved[k].last)
			return 0;
	if (i->n_reserved == VFIO_RESERVED_MAX || first > last)
		return -EINVAL;
	i->reserved[i->n_reserved++] = (struct iova_range){ first, last };
	return 0;
}

/*
 * Reserved ranges of a group. "direct-relaxable" (graphics and USB RMRRs) may be mapped over:
 * Linux drivers/iommu/intel/iommu.c, device_rmrr_is_relaxable().
 */
int iommu_read_reserved(struct iommu *i, const char *path)
{
	uint64_t first, last;
	char type[32];
	FILE *f = fopen(path, "re");
	int n, ret = 0;

	if (!f)
		return log_err(-errno, "%s: %m", path);
	while ((n = fscanf(f, "%" SCNx64 " %" SCNx64 " %31s", &first, &last, type)) == 3 && !ret)
		if (strcmp(type, "direct-relaxable"))
			ret = add_reserved(i, first, last);
	fclose(f);
	if (ret)
		return log_err(ret, "%s: more than %d ranges in all, or a bad one", path,
			       VFIO_RESERVED_MAX);
	return n == EOF ? 0 : log_err(-EINVAL, "%s: not \"FIRST LAST TYPE\" in each line", path);
}

static int read_reserved(struct iommu *i, unsigned group)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%u/reserved_regions", group);
	return iommu_read_reserved(i, path);
}

/* ---- DMA maps ---- */

/*
 * What the IOMMU takes: windows of addresses, and how many more maps. From the capability chain of
 * VFIO_IOMMU_GET_INFO (Linux 5.4 and 5.10 on), n_windows 0 and maps_left UINT32_MAX where it does not say.
 */
struct iommu_limits {
	struct iova_range window[VFIO_RESERVED_MAX];
	size_t n_windows;
	uint32_t maps_left;
};

/* The capability at off of len bytes, NULL where it is not whole. */
static const void *capability(const uint8_t *info, size_t len, size_t off, size_t size)
{
	return off <= len && size <= len - off ? info + off : NULL;
}

static void read_windows(struct iommu_limits *l, const uint8_t *info, size_t len, size_t off)
{
	const struct vfio_iommu_type1_info_cap_iova_range *c =
		capability(info, len, off, sizeof(*c));

	if (!c || !capability(info, len, off, sizeof(*c) + c->nr_iovas * sizeof(*c->iova_ranges)))
		return;
	for (uint32_t i = 0; i < c->nr_iovas && l->n_windows < ARRAY_SIZE(l->window); i++)
		l->window[l->n_windows++] =
			(struct iova_range){ c->iova_ranges[i].start, c->iova_ranges[i].end };
}

static void read_limits(const struct iommu *i, struct iommu_limits *l)
{
	uint8_t info[4 * KiB] __attribute__((aligned(8)));
	struct vfio_iommu_type1_info *head = (void *)info;
	const struct vfio_info_cap_header *c;
	size_t len, off;

	*l = (struct iommu_limits){ .maps_left = UINT32_MAX };
	*head = (struct vfio_iommu_type1_info){ .argsz = sizeof(info) };
	if (ioctl(i->container_fd, VFIO_IOMMU_GET_INFO, info) ||
	    !(head->flags & VFIO_IOMMU_INFO_CAPS))
		return;
	len = MIN(head->argsz, sizeof(info));
	/* each lies behind the one before it: the chain ends */
	for (off = head->cap_offset; (c = capability(info, len, off, sizeof(*c))); off = c->next) {
		const struct vfio_iommu_type1_info_dma_avail *avail = (const void *)c;

		if (c->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			read_windows(l, info, len, off);
		else if (c->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL &&
			 capability(info, len, off, sizeof(*avail)))
			l->maps_left = avail->avail;
		if (c->next <= off)
			return;
	}
}

static bool in_a_window(const struct iommu_limits *l, const struct mem_region *r)
{
	for (size_t k = 0; k < l->n_windows; k++)
		if (l->window[k].first <= r->gpa && r->gpa + r->size - 1 <= l->window[k].last)
			return true;
	return !l->n_windows;
}

/* Guest RAM at r is no address for the IOMMU: beyond its width, or the host has other uses for it. */
static int no_window(const struct iommu_limits *l, const struct mem_region *r, int err)
{
	unsigned long long first = r->gpa, last = r->gpa + r->size - 1;
	const struct iova_range *top = &l->window[l->n_windows - 1];

	if (last > top->last)
		return log_err(err,
			       "IOMMU: guest memory at %#llx-%#llx is beyond the last address it "
			       "translates, %#llx; lower --memory",
			       first, last, (unsigned long long)top->last);
	return log_err(err,
		       "IOMMU: guest memory at %#llx-%#llx holds addresses that the host keeps for "
		       "itself (VFIO_IOMMU_GET_INFO); lower --memory, or leave out the device "
		       "that brings them",
		       first, last);
}

static int dma_refused(const struct iommu *i, const struct mem_region *r, int err)
{
	unsigned long long need = i->ram_size / KiB, have;
	struct rlimit lim = { 0 };
	struct iommu_limits l;

	getrlimit(RLIMIT_MEMLOCK, &lim);
	have = lim.rlim_cur / KiB;
	if (err == -ENOMEM && lim.rlim_cur != RLIM_INFINITY && have < need)
		return log_err(err,
			       "IOMMU: all %llu KiB of guest memory must be pinned, the "
			       "locked-memory limit is %llu KiB; raise it: ulimit -l %llu, or "
			       "LimitMEMLOCK= in a systemd unit",
			       need, have, need);
	read_limits(i, &l);
	if (!in_a_window(&l, r))
		return no_window(&l, r, err);
	if (!l.maps_left)
		return log_err(err, "IOMMU: no DMA map is left for this process; raise "
				    "dma_entry_limit of vfio_iommu_type1");
	errno = -err;
	return log_err(err, "IOMMU: DMA map of %s at %#llx, %#llx bytes: %m", r->name,
		       (unsigned long long)r->gpa, (unsigned long long)r->size);
}

static int dma_map(struct mem_listener *l, const struct mem_region *r)
{
	struct iommu *i = container_of(l, struct iommu, listener);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)r->hva,
		.iova = r->gpa,
		.size = r->size,
	};

	if (r->kind != MEM_KIND_RAM)
		return 0;

	return ioctl(i->container_fd, VFIO_IOMMU_MAP_DMA, &map) ? dma_refused(i, r, -errno) : 0;
}

static void dma_unmap(struct mem_listener *l, const struct mem_region *r)
{
	struct iommu *i = container_of(l, struct iommu, listener);
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = r->gpa,
		.size = r->size,
	};

	if (r->kind != MEM_KIND_RAM)
		return;

	if (ioctl(i->container_fd, VFIO_IOMMU_UNMAP_DMA, &unmap))
		log_err(-errno, "IOMMU: DMA unmap at %#llx: %m", (unsigned long long)r->gpa);
}

static const struct mem_listener_ops dma_ops = { .map = dma_map, .unmap = dma_unmap };

uint64_t iommu_pinned(void *ctx)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	(void)ctx;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * KiB;
}

void iommu_init(struct iommu *i)
{
	*i = (struct iommu){ .container_fd = -1, .listener.ops = &dma_ops };
}

static int open_and_join(struct iommu *i, struct iommu_group *g, const char *name)
{
	int ret;

	g->fd = open_group(g->id, name);
	ret = g->fd < 0 ? g->fd : check_viable(g, name);
	if (!ret)
		ret = join_container(i, g, name);
	if (!ret)
		ret = read_reserved(i, g->id);
	if (ret)
		close_fd(&g->fd);
	return ret;
}

int iommu_add(struct iommu *i, const struct sysfs_dev *host)
{
	struct iommu_group g = { .fd = -1 };
	int ret;

	if (!sysfs_exists(host))
		return log_err(-ENODEV, "%s: no such device (%s); lspci -D lists PCI devices",
			       host->name, host->dir);
	/* first: without an IOMMU vfio-pci cannot bind, and binding is no remedy */
	ret = find_group(host, &g.id);
	if (!ret)
		ret = check_binding(host);
	if (ret)
		return ret;
	for (unsigned k = 0; k < i->n_groups; k++)
		if (i->group[k].id == g.id)
			return i->group[k].fd;
	if (i->n_groups == IOMMU_GROUPS_MAX)
		return log_err(-ENOSPC, "%s: devices of more than %d IOMMU groups", host->name,
			       IOMMU_GROUPS_MAX);
	ret = open_and_join(i, &g, host->name);
	if (ret)
		return ret;
	i->group[i->n_groups++] = g;
	return g.fd;
}

void iommu_fini(struct iommu *i)
{
	while (i->n_groups)
		close_fd(&i->group[--i->n_groups].fd);
	close_fd(&i->container_fd);
}
