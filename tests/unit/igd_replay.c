// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_replay.c - a fixture as the host of an igd_rig: a recorded device behind the rig's fault.
 */
#include <stdio.h>
#include <string.h>

#include "fakes.h"
#include "igd_regs.h"
#include "igd_rig.h"
#include "pci_regs.h"
#include "sysfs.h"
#include "test.h"
#include "util.h"
#include "vfio_fixture.h"

int __real_sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len);

static int replay_read(struct vfio_dev *d, unsigned region, uint64_t off, void *buf, size_t len)
{
	int ret = fake_fails(&igd_rig_host->fault, "read");

	(void)d;
	return ret ? ret
		   : igd_rig_host->recorded.ops->read(&igd_rig_host->recorded, region, off, buf,
						      len);
}

static int replay_write(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf,
			size_t len)
{
	int ret = fake_fails(&igd_rig_host->fault, "write");

	(void)d;
	return ret ? ret
		   : igd_rig_host->recorded.ops->write(&igd_rig_host->recorded, region, off, buf,
						       len);
}

static void *replay_map(struct vfio_dev *d, unsigned region, uint64_t off, uint64_t size)
{
	void *p = fake_fails(&igd_rig_host->fault, "map")
			  ? NULL
			  : igd_rig_host->recorded.ops->map(&igd_rig_host->recorded, region, off,
							    size);

	(void)d;
	igd_rig_host->replay_mapped += p != NULL;
	return p;
}

static void replay_unmap(struct vfio_dev *d, void *addr, uint64_t size)
{
	(void)d;
	igd_rig_host->recorded.ops->unmap(&igd_rig_host->recorded, addr, size);
	igd_rig_host->replay_mapped--;
}

static int replay_set_irqs(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
			   unsigned n)
{
	int ret = fake_fails(&igd_rig_host->fault, "set_irqs");

	(void)d;
	return ret ? ret
		   : igd_rig_host->recorded.ops->set_irqs(&igd_rig_host->recorded, index, first, fd,
							  n);
}

static int replay_set_unmask(struct vfio_dev *d, unsigned index, int fd)
{
	int ret = fake_fails(&igd_rig_host->fault, "set_unmask");

	(void)d;
	return ret ? ret
		   : igd_rig_host->recorded.ops->set_unmask(&igd_rig_host->recorded, index, fd);
}

static int replay_reset(struct vfio_dev *d)
{
	int ret = fake_fails(&igd_rig_host->fault, "reset");

	(void)d;
	return ret ? ret : igd_rig_host->recorded.ops->reset(&igd_rig_host->recorded);
}

static const struct vfio_ops replay_ops = {
	.read = replay_read,
	.write = replay_write,
	.map = replay_map,
	.unmap = replay_unmap,
	.set_irqs = replay_set_irqs,
	.set_unmask = replay_set_unmask,
	.reset = replay_reset,
};

void igd_rig_replay(struct igd_rig *rig, const char *dir)
{
	struct sysfs_dev d = { .name = "0000:00:02.0" };
	uint8_t cfg[PCI_CFG_SIZE];

	snprintf(d.dir, sizeof(d.dir), "%s", dir);
	assert_int_equal(vfio_fixture_init(&rig->recorded, &rig->iommu, &rig->phys_bits, &d), 0);
	rig->fixture = rig->recorded.host.dir;
	rig->replay = rig->recorded;
	rig->replay.ops = &replay_ops;
	assert_int_equal(__real_sysfs_config(&d, 0, cfg, sizeof(cfg)), 0);
	rig->n_planted = 0;
	igd_rig_plant(rig, get_le32(cfg + IGD_BDSM32));
	igd_rig_plant(rig, get_le32(cfg + IGD_BDSM64));
	igd_rig_plant(rig, get_le32(cfg + IGD_STOLEN_ALIAS));
	igd_rig_plant(rig, get_le32(cfg + IGD_ASLS));
	rig->recorded.ops->read(&rig->recorded, VFIO_CONFIG, 0, cfg, sizeof(cfg));
	igd_rig_plant(rig, get_le32(cfg + IGD_ASLS));
	rig->bytes_mapped = 0; /* what the fixture has stays to the end */
}
