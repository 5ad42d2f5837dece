// SPDX-License-Identifier: BSD-2-Clause
/*
 * companion.c - which device goes where on the guest's bus, and their way there and back.
 */
#include <errno.h>
#include <stdlib.h>

#include "bdf.h"
#include "companion.h"
#include "log.h"
#include "pci_regs.h"
#include "rom.h"
#include "util.h"

#define SLOTS 32

/* Who has each guest address, for messages; NULL: free. */
struct plan {
	const char *owner[256]; /* by devfn */
};

static int take(struct plan *p, const char *option, const char *name, uint8_t devfn)
{
	if (p->owner[devfn])
		return log_err(-EINVAL,
			       "%s %s: guest address %02x.%x is the %s's already; "
			       "give it another addr=",
			       option, name, devfn >> 3, devfn & 7, p->owner[devfn]);
	p->owner[devfn] = name;
	return 0;
}

/* Function 0 of the first slot that has no function at all; 0 when there is none. */
static uint8_t free_devfn(const struct plan *p)
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		bool used = false;

		for (unsigned fn = 0; fn < 8; fn++)
			used |= p->owner[DEVFN(slot, fn)] != NULL;
		if (!used)
			return DEVFN(slot, 0);
	}
	return 0;
}

static int check_functions(const struct plan *p)
{
	for (unsigned devfn = 0; devfn < ARRAY_SIZE(p->owner); devfn++)
		if (p->owner[devfn] && !p->owner[devfn & ~7u])
			return log_err(-EINVAL,
				       "%s at guest address %02x.%x: a guest looks there only if "
				       "there is a function %02x.0; give it addr=%02x.0",
				       p->owner[devfn], devfn >> 3, devfn & 7, devfn >> 3,
				       devfn >> 3);
	return 0;
}

/* The addresses on the command line first, then the lowest free ones. */
static int place(struct companions *s, const struct config *c, struct plan *p, const char *igd)
{
	int ret;

	p->owner[DEVFN(0, 0)] = "host bridge";
	p->owner[DEVFN(0x1f, 0)] = "LPC bridge";
	ret = c->igd.present ? take(p, "--igd", igd, c->igd.devfn) : 0;
	for (unsigned i = 0; i < s->n && !ret; i++) {
		s->c[i].devfn = c->vfio[i].devfn;
		if (s->c[i].devfn != DEVFN_ANY)
			ret = take(p, "--vfio", s->c[i].host.name, s->c[i].devfn);
	}
	for (unsigned i = 0; i < s->n && !ret; i++) {
		if (s->c[i].devfn != DEVFN_ANY)
			continue;
		s->c[i].devfn = free_devfn(p);
		ret = take(p, "--vfio", s->c[i].host.name, s->c[i].devfn);
	}
	return ret ? ret : check_functions(p);
}

static int name_one(struct companions *s, unsigned i, const char *device, const char *igd)
{
	struct sysfs_dev *host = &s->c[i].host;
	int ret = sysfs_dev_init(host, device);

	if (ret)
		return log_err(ret, "--vfio %s: no PCI address and no path in sysfs", device);
	if (!strcmp(host->name, igd))
		return log_err(-EINVAL, "--vfio %s: it is the device of --igd already", host->name);
	for (unsigned k = 0; k < i; k++)
		if (!strcmp(s->c[k].host.name, host->name))
			return log_err(-EINVAL, "--vfio %s: given twice", host->name);
	return 0;
}

int companions_init(struct companions *s, const struct config *c)
{
	struct sysfs_dev igd = { 0 };
	struct plan plan = { 0 };
	int ret = 0;

	*s = (struct companions){ 0 };
	if (c->fixture && c->n_vfio)
		return log_err(-EINVAL,
			       "--fixture %s stands in for the GPU alone: leave --vfio out",
			       c->fixture);
	if (c->igd.present)
		ret = sysfs_dev_init(&igd, c->igd.device);
	if (ret)
		return log_err(ret, "--igd %s: no PCI address and no path in sysfs", c->igd.device);
	if (c->n_vfio) {
		s->c = calloc(c->n_vfio, sizeof(*s->c));
		if (!s->c)
			return log_err(-ENOMEM, "%u devices: %m", c->n_vfio);
	}
	for (; s->n < c->n_vfio && !ret; s->n++) {
		s->c[s->n].dev.fd = -1;
		s->c[s->n].config = &c->vfio[s->n];
		ret = name_one(s, s->n, c->vfio[s->n].device, igd.name);
	}
	if (!ret)
		ret = place(s, c, &plan, igd.name);
	return ret;
}

void companions_fini(struct companions *s)
{
	free(s->c);
	*s = (struct companions){ 0 };
}

int companions_open(struct companions *s, struct iommu *iommu, bool look_only)
{
	s->look_only = look_only;
	for (unsigned i = 0; i < s->n; i++) {
		int ret = iommu_add(iommu, &s->c[i].host);

		if (ret >= 0)
			ret = vfio_dev_init(&s->c[i].dev, ret, &s->c[i].host);
		if (ret)
			return ret;
		if (look_only)
			vfio_dev_look_only(&s->c[i].dev);
	}
	return 0;
}

void companions_close(struct companions *s)
{
	for (unsigned i = s->n; i > 0; i--)
		vfio_dev_fini(&s->c[i - 1].dev);
}

/* Ids that the command line wants to be seen. */
static void show_ids(struct companion *c)
{
	const struct config_ids *ids = &c->config->ids;

	if (!ids->vendor)
		return;
	vfio_pci_shadow(&c->pci, PCI_VENDOR, 2, ids->vendor);
	vfio_pci_shadow(&c->pci, PCI_DEVICE, 2, ids->device);
	if (!ids->subvendor)
		return;
	vfio_pci_shadow(&c->pci, PCI_REVISION, 1, ids->revision);
	vfio_pci_shadow(&c->pci, PCI_SUBVENDOR, 2, ids->subvendor);
	vfio_pci_shadow(&c->pci, PCI_SUBDEVICE, 2, ids->subdevice);
}

/* Called while the function still has the ids that the images must be for. */
static int add_rom(struct companion *c)
{
	const uint8_t *cfg = c->pci.pci.val;
	struct rom_info info;
	char why[128];
	int ret;

	if (c->config->rom == ROM_OFF)
		return 0;
	ret = c->config->rom == ROM_BAR ? vfio_rom_read(&c->rom, &c->dev)
					: vfio_rom_load(&c->rom, c->host.name, c->config->rom_file);
	if (ret)
		return ret;
	ret = rom_check(c->rom.bytes, c->rom.len, get_le16(cfg + PCI_VENDOR),
			get_le16(cfg + PCI_DEVICE), &info, why, sizeof(why));
	if (ret)
		return log_err(ret, "%s: option ROM %s: %s; give another file, or rom=off",
			       c->host.name,
			       c->config->rom == ROM_BAR ? "of the device" : c->config->rom_file,
			       why);
	vfio_rom_attach(&c->pci, &c->rom);
	return 0;
}

int companions_attach(struct companions *s, const struct vfio_pci_params *parts)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct companion *c = &s->c[i];
		struct vfio_pci_params p = *parts;
		int ret;

		p.dev = &c->dev;
		p.name = c->host.name;
		p.devfn = c->devfn;
		ret = vfio_pci_init(&c->pci, &p);
		if (!ret)
			ret = add_rom(c);
		if (ret)
			return ret;
		show_ids(c);
		ret = s->look_only ? vfio_pci_seat(&c->pci) : vfio_pci_attach(&c->pci);
		if (ret)
			return ret;
	}
	return 0;
}

void companions_detach(struct companions *s)
{
	for (unsigned i = s->n; i > 0; i--) {
		vfio_pci_fini(&s->c[i - 1].pci);
		vfio_rom_fini(&s->c[i - 1].rom);
	}
}
