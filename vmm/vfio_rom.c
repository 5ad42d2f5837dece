// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_rom.c - where an option ROM comes from, and its memslot.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "file.h"
#include "log.h"
#include "pci_regs.h"
#include "rom.h"
#include "vfio_pci.h"
#include "vfio_rom.h"

#define PAGE (4 * KiB)

/* Memory for len bytes, all ones. */
static int room_for(struct vfio_rom *r, const char *name, uint64_t len)
{
	void *p;

	*r = (struct vfio_rom){ .len = (size_t)len, .size = PAGE };
	if (!len || len > ROM_MAX)
		return log_err(-EINVAL, "%s: an option ROM of %llu bytes: 1 to %u are possible",
			       name, (unsigned long long)len, ROM_MAX);
	while (r->size < len)
		r->size *= 2;
	p = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return log_err(-errno, "%s: memory for the option ROM: %m", name);
	r->bytes = p;
	memset(p, 0xff, r->size);
	return 0;
}

/* VFIO reads a ROM only while the device decodes memory. */
static int read_decoding(struct vfio_rom *r, struct vfio_dev *dev)
{
	uint8_t was[2], on[2];
	int ret = dev->ops->read(dev, VFIO_CONFIG, PCI_COMMAND, was, sizeof(was));

	if (ret)
		return ret;
	put_le16(on, (uint16_t)(get_le16(was) | PCI_COMMAND_MEMORY));
	ret = dev->ops->write(dev, VFIO_CONFIG, PCI_COMMAND, on, sizeof(on));
	if (!ret)
		ret = dev->ops->read(dev, VFIO_ROM, 0, r->bytes, r->len);
	if (dev->ops->write(dev, VFIO_CONFIG, PCI_COMMAND, was, sizeof(was)) && !ret)
		ret = -EIO;
	return ret;
}

int vfio_rom_read(struct vfio_rom *r, struct vfio_dev *dev)
{
	uint64_t size = dev->region[VFIO_ROM].size;
	int ret;

	*r = (struct vfio_rom){ 0 };
	if (!size)
		return log_err(
			-ENODEV,
			"%s: the host shows no option ROM of it (on UEFI hosts it is part of the "
			"firmware); give a file instead",
			dev->host.name);
	ret = room_for(r, dev->host.name, size);
	if (ret)
		return ret;
	ret = read_decoding(r, dev);
	return ret ? log_err(ret, "%s: reading its option ROM: %m; give a file instead",
			     dev->host.name)
		   : 0;
}

int vfio_rom_load(struct vfio_rom *r, const char *name, const char *path)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	int ret = file_read(path, ROM_MAX, &bytes, &len);

	*r = (struct vfio_rom){ 0 };
	if (ret == -EINVAL)
		return log_err(ret, "%s: rom=%s: it is no regular file; name another", name, path);
	if (ret == -EFBIG)
		return log_err(ret, "%s: rom=%s: it has more than %u bytes", name, path, ROM_MAX);
	if (ret)
		return log_err(ret, "%s: rom=%s: %m; name a file that can be read", name, path);
	ret = room_for(r, path, len);
	if (!ret)
		memcpy(r->bytes, bytes, len);
	free(bytes);
	return ret;
}

void vfio_rom_fini(struct vfio_rom *r)
{
	if (r->bytes)
		munmap(r->bytes, r->size);
	*r = (struct vfio_rom){ 0 };
}

void vfio_rom_attach(struct vfio_pci *v, const struct vfio_rom *r)
{
	const struct cfg_policy row = { PCI_ROM, 4, CFG_SHADOW_RW };

	v->rom = r;
	vfio_pci_policy(v, &row, 1);
	pci_set_bar(&v->pci, PCI_ROM_BAR, PCI_BAR_ROM, r->size, false);
}

int vfio_rom_map(struct vfio_pci *v)
{
	const struct mem_region region = {
		.gpa = v->pci.bar[PCI_ROM_BAR].gpa,
		.size = v->rom->size,
		.hva = v->rom->bytes,
		.kind = MEM_KIND_SHARED,
		.readonly = true,
		.name = "option rom",
	};
	int ret = mem_map(v->mem, &region);

	return ret ? log_err(ret, "%s: option ROM at %#llx: %m", v->dev->host.name,
			     (unsigned long long)region.gpa)
		   : 0;
}

void vfio_rom_unmap(struct vfio_pci *v)
{
	mem_unmap(v->mem, v->pci.bar[PCI_ROM_BAR].gpa);
}
