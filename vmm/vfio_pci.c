// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_pci.c - config space of an assigned device: default policy, COMMAND.
 * Knows PCI semantics; must not know vendors, KVM, or ioctls.
 */
#include <errno.h>

#include "log.h"
#include "pci_regs.h"
#include "vfio_pci.h"
#include "vfio_rom.h"

/*
 * Rows every device starts from. Bytes behind the header belong to capabilities, which
 * vfio_cap_init() covers, or to the device itself.
 */
static const struct cfg_policy default_policy[] = {
	{ 0x00, PCI_HEADER_SIZE, CFG_SHADOW_RO }, /* ids, class, header type, capability pointer */
	{ PCI_COMMAND, 2, CFG_SHADOW_RW },	  /* followed by write_command() */
	{ PCI_STATUS, 2, CFG_PASS },
	{ PCI_CACHE_LINE, 2, CFG_SHADOW_RW },	   /* cache line size, latency timer */
	{ PCI_BAR0, 4 * PCI_BARS, CFG_SHADOW_RW }, /* masks by pci_set_bar() */
	{ PCI_ROM, 4, CFG_HIDE },
	{ PCI_INT_LINE, 1, CFG_SHADOW_RW },
	{ PCI_HEADER_SIZE, PCI_CFG_SIZE - PCI_HEADER_SIZE, CFG_PASS },
};

void vfio_pci_policy(struct vfio_pci *v, const struct cfg_policy *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned off = rows[i].off; off < rows[i].off + rows[i].len; off++) {
			v->kind[off] = rows[i].kind;
			v->pci.wmask[off] = rows[i].kind == CFG_SHADOW_RW ? 0xff : 0;
			if (rows[i].kind == CFG_HIDE)
				v->pci.val[off] = 0;
		}
	}
}

void vfio_pci_default(struct vfio_pci *v, enum cfg_kind kind)
{
	for (uint16_t off = PCI_HEADER_SIZE; off < PCI_CFG_SIZE; off++) {
		const struct cfg_policy row = { off, 1, kind };

		if (v->kind[off] == CFG_PASS)
			vfio_pci_policy(v, &row, 1);
	}
}

void vfio_pci_shadow(struct vfio_pci *v, unsigned off, unsigned len, uint64_t value)
{
	put_le(v->pci.val + off, len, value);
}

void vfio_pci_name(struct vfio_pci *v, unsigned off, unsigned len, const char *name)
{
	for (unsigned i = off; i < off + len; i++)
		v->cfg_name[i] = name;
}

/* Runs of passed-through bytes in [off, off+len): the device's own answer, all ones if it fails. */
static void read_passed(struct pci_dev *d, unsigned off, unsigned len)
{
	struct vfio_pci *v = container_of(d, struct vfio_pci, pci);

	for (unsigned i = off, end; i < off + len && i < PCI_CFG_SIZE; i = end) {
		end = i + 1;
		if (v->kind[i] != CFG_PASS)
			continue;
		while (end < off + len && v->kind[end] == CFG_PASS)
			end++;
		if (v->dev->ops->read(v->dev, VFIO_CONFIG, i, d->val + i, end - i))
			memset(d->val + i, 0xff, end - i);
	}
}

/*
 * The guest's COMMAND, but for memory and I/O decoding: those stay on in the device, since a mapped
 * BAR whose device stopped decoding faults. What the guest sees follows from mapping and unmapping.
 */
static void write_command(struct vfio_pci *v)
{
	uint16_t command = get_le16(v->pci.val + PCI_COMMAND);
	uint8_t raw[2];

	for (unsigned i = 0; i < PCI_BARS; i++)
		if (v->pci.bar[i].kind != PCI_BAR_NONE)
			command |= v->pci.bar[i].kind == PCI_BAR_IO ? PCI_COMMAND_IO
								    : PCI_COMMAND_MEMORY;
	put_le16(raw, command);
	if (v->dev->ops->write(v->dev, VFIO_CONFIG, PCI_COMMAND, raw, sizeof(raw)))
		log_guest(&v->limit, "%s: COMMAND %#x was not taken", v->dev->host.name, command);
}

static void write_passed(struct pci_dev *d, unsigned off, const uint8_t *data, unsigned len)
{
	struct vfio_pci *v = container_of(d, struct vfio_pci, pci);

	for (unsigned i = off, end; i < off + len && i < PCI_CFG_SIZE; i = end) {
		end = i + 1;
		if (v->kind[i] != CFG_PASS) {
			/* rewriting what is there already is no news */
			if ((data[i - off] ^ d->val[i]) & ~d->wmask[i])
				log_guest(&v->limit,
					  "%s: write of %#x to config byte %#x%s%s dropped",
					  v->dev->host.name, data[i - off], i,
					  v->cfg_name[i] ? ", " : "",
					  v->cfg_name[i] ? v->cfg_name[i] : "");
			continue;
		}
		while (end < off + len && v->kind[end] == CFG_PASS)
			end++;
		if (v->dev->ops->write(v->dev, VFIO_CONFIG, i, data + (i - off), end - i))
			log_guest(&v->limit, "%s: config write at %#x was not taken",
				  v->dev->host.name, i);
	}
	if (ranges_overlap(off, len, PCI_COMMAND, 2))
		write_command(v);
	vfio_irq_cfg_written(v, off, len);
}

static int map_bar(struct pci_dev *d, unsigned bar)
{
	return bar == PCI_ROM_BAR ? vfio_rom_map(container_of(d, struct vfio_pci, pci))
				  : vfio_bar_map(d, bar);
}

static void unmap_bar(struct pci_dev *d, unsigned bar)
{
	if (bar == PCI_ROM_BAR)
		vfio_rom_unmap(container_of(d, struct vfio_pci, pci));
	else
		vfio_bar_unmap(d, bar);
}

static const struct pci_ops ops = {
	.cfg_read = read_passed,
	.cfg_written = write_passed,
	.bar_map = map_bar,
	.bar_unmap = unmap_bar,
};

static int first_reset(struct vfio_pci *v)
{
	const struct vfio_dev *dev = v->dev;
	int ret = dev->ops->reset(v->dev);

	if (ret == -ENOTTY) {
		log_info("%s: no reset: the device starts as its last user left it",
			 dev->host.name);
		return 0;
	}
	if (!ret)
		log_debug("%s: reset by %s", dev->host.name,
			  *dev->reset_method ? dev->reset_method : "its driver");
	return ret;
}

/* COMMAND is all of the real config space that igdvm itself writes. */
static int save_command(struct vfio_pci *v)
{
	uint8_t raw[2];
	int ret = v->dev->ops->read(v->dev, VFIO_CONFIG, PCI_COMMAND, raw, sizeof(raw));

	if (ret)
		return log_err(ret, "%s: COMMAND register: %m", v->dev->host.name);
	v->host_command = get_le16(raw);
	v->host_command_known = true;
	return 0;
}

static void restore_command(struct vfio_pci *v)
{
	uint8_t raw[2];

	put_le16(raw, v->host_command);
	if (v->host_command_known &&
	    v->dev->ops->write(v->dev, VFIO_CONFIG, PCI_COMMAND, raw, sizeof(raw)))
		log_debug("%s: COMMAND could not be restored", v->dev->host.name);
}

int vfio_pci_init(struct vfio_pci *v, const struct vfio_pci_params *p)
{
	struct pci_dev *d = &v->pci;
	int ret;

	*v = (struct vfio_pci){ .bus = p->bus,
				.dev = p->dev,
				.mem = p->mem,
				.chip = p->chip,
				.loop = p->loop,
				.stop = p->stop,
				.faults = p->faults,
				.intx_fd = -1,
				.intx_unmask_fd = -1 };
	d->name = p->name;
	d->devfn = p->devfn;
	d->cfg_size = PCI_CFG_SIZE;
	d->ops = &ops;
	ret = save_command(v);
	if (!ret)
		ret = first_reset(v);
	if (ret)
		return ret;
	ret = p->dev->ops->read(p->dev, VFIO_CONFIG, 0, d->val, PCI_CFG_SIZE);
	if (ret)
		return log_err(ret, "%s: config space: %m", p->dev->host.name);
	vfio_pci_policy(v, default_policy, ARRAY_SIZE(default_policy));
	put_le16(d->val + PCI_COMMAND, 0);
	put_le16(d->wmask + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
						 PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
						 PCI_COMMAND_INTX_OFF);
	ret = vfio_bar_init(v);
	if (!ret)
		ret = vfio_cap_init(v); /* which looks for its BARs */
	if (ret)
		return ret;
	write_command(v);
	if (!v->dev->irq[VFIO_INTX].count)
		d->val[PCI_INT_PIN] = 0;
	pci_set_intx(d, d->val[PCI_INT_PIN] <= 4 ? d->val[PCI_INT_PIN] : 0);
	return 0;
}

static bool mend(struct exit_fault *f)
{
	return vfio_bar_mend(container_of(f, struct vfio_pci, fault));
}

int vfio_pci_seat(struct vfio_pci *v)
{
	int ret = pci_add(v->bus, &v->pci);

	return ret ? log_err(ret, "%s: guest address %02x.%x is taken", v->dev->host.name,
			     v->pci.devfn >> 3, v->pci.devfn & 7)
		   : 0;
}

int vfio_pci_attach(struct vfio_pci *v)
{
	int ret = vfio_pci_seat(v);

	if (ret)
		return ret;
	v->fault.handle = mend;
	exit_fault_add(v->faults, &v->fault);
	ret = vfio_intx_enable(v);
	return ret ? ret : vfio_life_init(v);
}

void vfio_pci_fini(struct vfio_pci *v)
{
	if (!v->dev)
		return;
	vfio_life_fini(v);
	exit_fault_remove(v->faults, &v->fault);
	pci_remove(v->bus, &v->pci);
	vfio_irq_fini(v);
	vfio_bar_fini(v);
	v->dev->ops->reset(v->dev);
	restore_command(v);
	v->dev = NULL;
}
