// SPDX-License-Identifier: BSD-2-Clause
/*
 * companion.c - which device goes where on the guest's bus, and their way there and back.
 */
#include <errno.h>
#include <stdlib.h>

#include "bdf.h"
#include "companion.h"
#include "log.h"
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

int companions_open(struct companions *s, struct iommu *iommu)
{
	for (unsigned i = 0; i < s->n; i++) {
		int ret = iommu_add(iommu, &s->c[i].host);

		if (ret >= 0)
			ret = vfio_dev_init(&s->c[i].dev, ret, &s->c[i].host);
		if (ret)
			return ret;
	}
	return 0;
}

void companions_close(struct companions *s)
{
	for (unsigned i = s->n; i > 0; i--)
		vfio_dev_fini(&s->c[i - 1].dev);
}

int companions_attach(struct companions *s, const struct vfio_pci_params *parts)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct vfio_pci_params p = *parts;
		int ret;

		p.dev = &s->c[i].dev;
		p.name = s->c[i].host.name;
		p.devfn = s->c[i].devfn;
		ret = vfio_pci_init(&s->c[i].pci, &p);
		if (!ret)
			ret = vfio_pci_attach(&s->c[i].pci);
		if (ret)
			return ret;
	}
	return 0;
}

void companions_detach(struct companions *s)
{
	for (unsigned i = s->n; i > 0; i--)
		vfio_pci_fini(&s->c[i - 1].pci);
}
