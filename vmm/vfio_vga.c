// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_vga.c - legacy VGA ranges, passed on access by access.
 * Knows VFIO's VGA region, whose offsets are the addresses; must not know what VGA registers mean.
 */
#include <errno.h>

#include "layout.h"
#include "pci_regs.h"
#include "vfio_pci.h"
#include "vfio_vga.h"

#define WIDTH 8 /* VFIO splits what is wider than the device takes */

static const struct {
	uint32_t base, size;
	uint16_t decodes; /* the bit of COMMAND that it depends on */
	const char *name;
} ranges[VFIO_VGA_RANGES] = {
	{ LAYOUT_LEGACY, LAYOUT_VGA_SIZE, PCI_COMMAND_MEMORY, "vga memory" },
	{ 0x3b0, 0x0c, PCI_COMMAND_IO, "vga mono" },
	{ 0x3c0, 0x20, PCI_COMMAND_IO, "vga" },
};

static bool decodes(const struct vfio_vga_range *r)
{
	return get_le16(r->owner->pci->val + PCI_COMMAND) & ranges[r - r->owner->range].decodes;
}

static void vga_read(struct bus_region *region, uint64_t off, void *buf, unsigned len)
{
	struct vfio_vga_range *r = container_of(region, struct vfio_vga_range, region);
	struct vfio_dev *dev = r->owner->dev;

	if (!decodes(r) || dev->ops->read(dev, VFIO_VGA, region->base + off, buf, len))
		memset(buf, 0xff, len);
}

static void vga_write(struct bus_region *region, uint64_t off, const void *buf, unsigned len)
{
	struct vfio_vga_range *r = container_of(region, struct vfio_vga_range, region);
	struct vfio_dev *dev = r->owner->dev;

	if (!decodes(r) || dev->ops->write(dev, VFIO_VGA, region->base + off, buf, len))
		log_guest(&r->owner->limit, "%s: VGA write at %#llx was not taken", dev->host.name,
			  (unsigned long long)(region->base + off));
}

static const struct bus_ops vga_ops = { vga_read, vga_write };

int vfio_vga_check(const struct vfio_dev *dev)
{
	const struct vfio_region *r = &dev->region[VFIO_VGA];

	if (r->size >= LAYOUT_LEGACY + LAYOUT_VGA_SIZE && r->readable && r->writable)
		return 0;
	return log_err(
		-ENODEV,
		"%s: the host does not give its VGA ranges away: its class must be 0300, the "
		"kernel needs CONFIG_VFIO_PCI_VGA, and vfio-pci must not have disable_vga=1",
		dev->host.name);
}

static struct bus *bus_of(const struct vfio_vga *g, unsigned i)
{
	return ranges[i].decodes == PCI_COMMAND_IO ? g->pio : g->mmio;
}

int vfio_vga_init(struct vfio_vga *g, struct vfio_pci *v, struct bus *pio, struct bus *mmio)
{
	*g = (struct vfio_vga){ .dev = v->dev, .pci = &v->pci, .pio = pio, .mmio = mmio };
	for (unsigned i = 0; i < VFIO_VGA_RANGES; i++) {
		int ret;

		g->range[i] = (struct vfio_vga_range){
			{ ranges[i].base, ranges[i].size, WIDTH, &vga_ops, ranges[i].name }, g
		};
		ret = bus_add(bus_of(g, i), &g->range[i].region);
		if (!ret)
			continue;
		vfio_vga_fini(g);
		return log_err(ret, "%s: %s at %#x: %m", v->dev->host.name, ranges[i].name,
			       ranges[i].base);
	}
	return 0;
}

void vfio_vga_fini(struct vfio_vga *g)
{
	for (unsigned i = 0; g->dev && i < VFIO_VGA_RANGES; i++)
		bus_remove(bus_of(g, i), &g->range[i].region);
	g->dev = NULL;
}
