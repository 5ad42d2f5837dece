// SPDX-License-Identifier: BSD-2-Clause
/*
 * VFIO groups and their container, before a kernel that is made of wrapped calls: open, ioctl, fopen,
 * sysfs_exists, sysfs_link. It keeps the kernel's rules and counts who breaks them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fake_vfio.h"
#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio.h"

#define GROUPS 40 /* more than igdvm takes */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
bool __wrap_sysfs_exists(const struct sysfs_dev *d);
int __wrap_sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size);

/* Group g has devices 0000:0g:00.0 and 0000:0g:00.1; group 9 has a mediated one, "mediated". */
static struct kernel {
	struct fake_fault fault;
	int container_fd, group_fd[GROUPS];
	bool joined[GROUPS], unviable[GROUPS];
	unsigned n_joined;
	bool iommu_set;
	unsigned breaches, opens, maps;
	const char *driver, *mdev_driver; /* NULL: none */
	const char *reserved[GROUPS];
	int map_err;				       /* of VFIO_IOMMU_MAP_DMA; 0: none */
	uint8_t info[256] __attribute__((aligned(8))); /* what VFIO_IOMMU_GET_INFO answers */
	uint32_t info_len;
} k;

static bool fails(const char *what)
{
	errno = fake_fails(&k.fault, what);
	return errno != 0;
}

bool __wrap_sysfs_exists(const struct sysfs_dev *d)
{
	return strcmp(d->name, "0000:3f:00.0") != 0;
}

int __wrap_sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size)
{
	bool mdev = !strcmp(d->name, "mediated");
	const char *driver = mdev ? k.mdev_driver : k.driver;
	unsigned group = 9;

	if (!mdev)
		sscanf(d->name, "0000:%x", &group);
	if (!strcmp(attr, "iommu_group")) {
		snprintf(buf, size, "%u", group);
		return group == 0x3e ? -ENOENT : 0;
	}
	if (!strcmp(attr, "mdev_type") && mdev) {
		snprintf(buf, size, "i915-GVTg_V5_4");
		return 0;
	}
	if (strcmp(attr, "driver") || !driver)
		return -ENOENT;
	snprintf(buf, size, "%s", driver);
	return 0;
}

/* A number that was closed before may come again. */
static int new_fd(void)
{
	int fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);

	k.opens++;
	for (unsigned i = 0; i < GROUPS; i++)
		if (k.group_fd[i] == fd)
			k.group_fd[i] = -1;
	return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	unsigned group;

	if (!strcmp(path, "/dev/vfio/vfio")) {
		if (fails("open container"))
			return -1;
		return k.container_fd = new_fd();
	}
	if (sscanf(path, "/dev/vfio/%u", &group) != 1)
		return __real_open(path, flags);
	if (fails("open group"))
		return -1;
	assert_in_range(group, 0, GROUPS - 1);
	return k.group_fd[group] = new_fd();
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	unsigned group;

	if (sscanf(path, "/sys/kernel/iommu_groups/%u/reserved_regions", &group) != 1)
		return __real_fopen(path, mode);
	if (fails("fopen"))
		return NULL;
	return fmemopen((void *)(uintptr_t)k.reserved[group], strlen(k.reserved[group]), "r");
}

static int group_ioctl(unsigned group, unsigned long request, void *arg)
{
	struct vfio_group_status *status = arg;

	if (request == VFIO_GROUP_GET_STATUS) {
		k.breaches += status->argsz != sizeof(*status);
		status->flags = k.unviable[group] ? 0 : VFIO_GROUP_FLAGS_VIABLE;
		return 0;
	}
	k.breaches += request != VFIO_GROUP_SET_CONTAINER || *(int *)arg != k.container_fd ||
		      k.joined[group] || k.unviable[group];
	k.joined[group] = true;
	k.n_joined++;
	return 0;
}

static int container_ioctl(unsigned long request, void *arg)
{
	struct vfio_iommu_type1_info *info;

	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return (uintptr_t)arg == VFIO_TYPE1v2_IOMMU;
	case VFIO_SET_IOMMU:
		/* once, and only after a group joined */
		k.breaches += k.iommu_set || !k.n_joined;
		k.iommu_set = true;
		return 0;
	case VFIO_IOMMU_GET_INFO:
		info = arg;
		k.breaches += info->argsz < sizeof(k.info);
		memcpy(arg, k.info, sizeof(k.info));
		info->argsz = k.info_len;
		return 0;
	case VFIO_IOMMU_MAP_DMA:
		k.breaches += !k.iommu_set;
		if (k.map_err) {
			errno = k.map_err;
			return -1;
		}
		k.maps++;
		return 0;
	case VFIO_IOMMU_UNMAP_DMA:
		k.maps--;
		return 0;
	default:
		k.breaches++;
		return 0;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fails("ioctl"))
		return -1;
	if (fd == k.container_fd)
		return container_ioctl(request, arg);
	for (unsigned i = 0; i < GROUPS; i++)
		if (fd == k.group_fd[i])
			return group_ioctl(i, request, arg);
	return __real_ioctl(fd, request, arg);
}

static int setup(void **state)
{
	static unsigned fds;

	fds = fake_open_fds();
	*state = &fds;
	k = (struct kernel){
		.container_fd = -1,
		.driver = "vfio-pci",
		.mdev_driver = "intel_vgpu_mdev",
	};
	for (unsigned i = 0; i < GROUPS; i++) {
		k.group_fd[i] = -1;
		k.reserved[i] = "0x00000000fee00000 0x00000000feefffff msi\n";
	}
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(k.breaches, 0);
	assert_int_equal(fake_open_fds(), *(unsigned *)*state);
	return 0;
}

/* iommu_add() as machine.c calls it. */
static int add(struct iommu *i, const char *device)
{
	struct sysfs_dev d;

	assert_int_equal(sysfs_dev_init(&d, device), 0);
	return iommu_add(i, &d);
}

static void check_add(struct iommu *i, const char *device, unsigned group)
{
	int fd = add(i, device);

	assert_true(fd >= 0);
	assert_int_equal(fd, k.group_fd[group]);
}

/* iommu_add() that must fail and say text. */
static void refuse(struct iommu *i, const char *device, int err, const char *text)
{
	const char *log;
	int ret;

	fake_stderr_begin();
	ret = add(i, device);
	log = fake_stderr_end();
	if (ret != err || !strstr(log, text))
		fail_msg("%s: %d, \"%s\" instead of %s", device, ret, log, text);
}

static void shares_one_container(void **state)
{
	static const struct iova_range all[] = { { 0xfee00000, 0xfeefffff },
						 { 0x1000, 0x1fff },
						 { 0x5000, 0x8fff } };
	struct iommu i;

	(void)state;
	iommu_init(&i);
	assert_int_equal(k.opens, 0);
	k.reserved[2] =
		"0x1000 0x1fff reserved\n0x5000 0x8fff direct\n0xd000 0xdfff direct-relaxable\n"
		"0xfee00000 0xfeefffff msi\n";
	k.reserved[3] = "0x6000 0x6fff reserved\n";
	check_add(&i, "0000:01:00.0", 1);
	check_add(&i, "0000:02:00.0", 2);
	assert_int_equal(k.opens, 3);
	/* its neighbour in the group needs nothing more */
	check_add(&i, "0000:01:00.1", 1);
	assert_int_equal(k.opens, 3);
	check_add(&i, "0000:03:00.0", 3);
	assert_int_equal(i.n_groups, 3);
	assert_int_equal(k.n_joined, 3);
	/* the union of what they reserve, without what another has already */
	assert_int_equal(i.n_reserved, ARRAY_SIZE(all));
	assert_memory_equal(i.reserved, all, sizeof(all));
	iommu_fini(&i);
	iommu_fini(&i);
}

static void takes_mediated_devices(void **state)
{
	const char *device = "/sys/bus/mdev/devices/mediated";
	struct iommu i;

	(void)state;
	iommu_init(&i);
	k.driver = NULL; /* nobody needs vfio-pci for it */
	k.reserved[9] = "\n";
	for (unsigned old = 0; old < 2; old++) {
		k.mdev_driver = old ? "vfio_mdev" : "intel_vgpu_mdev";
		assert_true(add(&i, device) >= 0);
	}
	assert_int_equal(i.n_reserved, 0);
	k.mdev_driver = NULL;
	refuse(&i, device, -EBUSY, "mediated: no driver has this mediated device");
	iommu_fini(&i);
}

static void says_what_is_in_the_way(void **state)
{
	struct iommu i;

	(void)state;
	iommu_init(&i);
	refuse(&i, "0000:3f:00.0", -ENODEV, "0000:3f:00.0: no such device");
	refuse(&i, "0000:3e:00.0", -ENOENT, "intel_iommu=on");
	k.driver = "i915";
	refuse(&i, "0000:01:00.0", -EBUSY, "its driver is i915, vfio-pci is needed");
	k.driver = NULL;
	refuse(&i, "0000:01:00.0", -EBUSY, "its driver is none");
	k.driver = "vfio-pci";
	k.unviable[1] = true;
	refuse(&i, "0000:01:00.0", -EPERM, "IOMMU group 1 is shared");
	k.reserved[2] = "0x2000 0x1000 reserved\n";
	refuse(&i, "0000:02:00.0", -EINVAL, "reserved_regions");
	assert_int_equal(i.n_groups, 0);
	k.fault = (struct fake_fault){ .fail_at = 1, .err = EBUSY };
	refuse(&i, "0000:04:00.0", -EBUSY, "another program has the device");
	iommu_fini(&i);
	setup(state);
	iommu_init(&i);
	for (unsigned g = 0; g < IOMMU_GROUPS_MAX; g++) {
		char name[16];

		snprintf(name, sizeof(name), "0000:%02x:00.0", g);
		assert_true(add(&i, name) >= 0);
	}
	refuse(&i, "0000:22:00.0", -ENOSPC, "0000:22:00.0: devices of more than 32");
	iommu_fini(&i);
}

/* Two groups, and RAM mapped for both; call number n fails, for each n. */
static void leaves_nothing_open(void **state)
{
	const struct mem_region ram = { 0, 0x200000, k.reserved, MEM_KIND_RAM, false, "ram" };
	const struct mem_region bar = {
		0xc0000000, 0x1000, k.reserved, MEM_KIND_MMIO, false, "bar"
	};
	unsigned fds = fake_open_fds(), n = 0, failures = 0;
	struct mem_listener *l;
	struct iommu i;

	do {
		const char *text;
		int ret;

		setup(state);
		k.fault = (struct fake_fault){ .fail_at = ++n, .err = EIO };
		iommu_init(&i);
		l = &i.listener;
		fake_stderr_begin();
		ret = add(&i, "0000:01:00.0");
		if (ret >= 0)
			ret = add(&i, "0000:02:00.0");
		if (ret >= 0)
			ret = l->ops->map(l, &ram);
		if (!ret) {
			assert_int_equal(l->ops->map(l, &bar), 0);
			assert_int_equal(k.maps, 1); /* RAM alone, and once for both groups */
			l->ops->unmap(l, &bar);
			l->ops->unmap(l, &ram);
		}
		iommu_fini(&i);
		text = fake_stderr_end();
		assert_int_equal(k.fault.failed != NULL, *text != '\0');
		failures += ret < 0;
		assert_int_equal(fake_open_fds(), fds);
	} while (k.fault.failed);
	/* open, status, container of 3, join, IOMMU, reserved; open, status, join, reserved; map; unmap */
	assert_int_equal(n, 15);
	assert_int_equal(failures, 13);
}

/* ---- a DMA map that the kernel refuses ---- */

#define HEAD	  sizeof(struct vfio_iommu_type1_info)
#define WINDOWS	  HEAD
#define WINDOW_AT (WINDOWS + sizeof(struct vfio_iommu_type1_info_cap_iova_range))
#define AVAIL	  (WINDOW_AT + 2 * sizeof(struct vfio_iova_range))
#define INFO_END  (AVAIL + sizeof(struct vfio_iommu_type1_info_dma_avail))

/* Two windows, and so many maps left. */
static void put_info(uint64_t end, uint64_t start, uint64_t last, uint32_t avail)
{
	const struct vfio_iommu_type1_info head = {
		.flags = VFIO_IOMMU_INFO_CAPS,
		.cap_offset = WINDOWS,
	};
	const struct vfio_iommu_type1_info_cap_iova_range c = {
		.header = { VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 1, AVAIL },
		.nr_iovas = 2,
	};
	const struct vfio_iova_range window[2] = { { 0, end }, { start, last } };
	const struct vfio_iommu_type1_info_dma_avail a = {
		.header = { VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, 1, 0 },
		.avail = avail,
	};

	memset(k.info, 0, sizeof(k.info));
	memcpy(k.info, &head, sizeof(head));
	memcpy(k.info + WINDOWS, &c, sizeof(c));
	memcpy(k.info + WINDOW_AT, window, sizeof(window));
	memcpy(k.info + AVAIL, &a, sizeof(a));
	k.info_len = INFO_END;
}

static void refuse_map(struct iommu *i, uint64_t gpa, uint64_t size, const char *text)
{
	const struct mem_region ram = { gpa, size, k.reserved, MEM_KIND_RAM, false, "ram" };
	const char *log;
	int ret;

	fake_stderr_begin();
	ret = i->listener.ops->map(&i->listener, &ram);
	log = fake_stderr_end();
	if (ret != -k.map_err || !strstr(log, text) || strchr(log, '\n') != strrchr(log, '\n'))
		fail_msg("%#llx: %d, \"%s\" instead of %s", (unsigned long long)gpa, ret, log,
			 text);
}

static void explains_refused_maps(void **state)
{
	struct rlimit before, small = { 0 };
	struct iommu i;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &before), 0);
	iommu_init(&i);
	i.ram_size = 512 * MiB;
	check_add(&i, "0000:01:00.0", 1);
	k.map_err = ENOMEM;
	small.rlim_cur = 64 * KiB;
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &small), 0);
	refuse_map(&i, 0, 0x200000, "524288 KiB of guest memory must be pinned, the locked-memory");
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &before), 0);

	k.map_err = EINVAL;
	put_info(0xfedfffff, 0xfef00000, (1ull << 39) - 1, 100);
	refuse_map(&i, 1ull << 39, 0x200000, "beyond the last address it translates, 0x7fffffffff");
	refuse_map(&i, 0xfee00000, 0x1000,
		   "at 0xfee00000-0xfee00fff holds addresses that the host");
	refuse_map(&i, 0xfec00000, 0x400000, "at 0xfec00000-0xfeffffff holds addresses");
	refuse_map(&i, 0x100000000, 0x200000, "DMA map of ram at 0x100000000, 0x200000 bytes: Inv");
	k.map_err = ENOSPC;
	put_info(0xfedfffff, 0xfef00000, (1ull << 39) - 1, 0);
	refuse_map(&i, 0, 0x200000, "dma_entry_limit");
	/* what a kernel before 5.4 says, and what is not whole, is no reason */
	for (k.info_len = HEAD; k.info_len < INFO_END; k.info_len++)
		refuse_map(&i, 0, 0x200000, "DMA map of ram at 0, 0x200000 bytes: No space");
	put_info(0, 0, 0, 0);
	((struct vfio_iommu_type1_info_cap_iova_range *)(k.info + WINDOWS))->nr_iovas = UINT32_MAX;
	((struct vfio_info_cap_header *)(k.info + AVAIL))->next = WINDOWS;
	refuse_map(&i, 0x1000, 0x1000, "dma_entry_limit");
	iommu_fini(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shares_one_container, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_mediated_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_is_in_the_way, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_nothing_open, setup, teardown),
		cmocka_unit_test_setup_teardown(explains_refused_maps, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
