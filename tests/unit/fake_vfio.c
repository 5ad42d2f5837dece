// SPDX-License-Identifier: BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_vfio.h"
#include "layout.h"
#include "pci_regs.h"
#include "util.h"

#define FDS_MAX 256

int fake_fails(struct fake_fault *fault, const char *what)
{
	if (!fault || ++fault->calls != fault->fail_at)
		return 0;
	fault->failed = what;
	return fault->err;
}

unsigned fake_open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* ---- the device ---- */

static struct fake_vfio *fake_of(struct vfio_dev *d)
{
	return container_of(d, struct fake_vfio, dev);
}

static void note(struct fake_vfio *f, struct fake_call call)
{
	if (f->n_calls < FAKE_CALLS)
		f->call[f->n_calls] = call;
	f->n_calls++;
}

/* Where region bytes are; NULL when the access leaves the region. */
static uint8_t *bytes_at(struct fake_vfio *f, unsigned region, uint64_t off, uint64_t len)
{
	const struct vfio_region *r;

	assert(region < VFIO_REGIONS_MAX);
	r = &f->dev.region[region];
	if (len > r->size || off > r->size - len)
		return NULL;
	return (region == VFIO_CONFIG ? f->config : f->bytes[region]) + off;
}

static int fake_read(struct vfio_dev *d, unsigned region, uint64_t off, void *buf, size_t len)
{
	struct fake_vfio *f = fake_of(d);
	const uint8_t *from = bytes_at(f, region, off, len);
	int ret = fake_fails(f->fault, "read");

	note(f, (struct fake_call){ FAKE_READ, region, off, len, 0 });
	if (region == VFIO_ROM && !(f->config[PCI_COMMAND] & PCI_COMMAND_MEMORY))
		ret = ret ? ret : -EIO;
	if (ret || !from || (f->no_decode && region < VFIO_CONFIG))
		return ret ? ret : -EIO;
	memcpy(buf, from, len);
	return 0;
}

static int fake_write(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf,
		      size_t len)
{
	struct fake_vfio *f = fake_of(d);
	uint8_t *to = bytes_at(f, region, off, len);
	int ret = fake_fails(f->fault, "write");

	note(f, (struct fake_call){ FAKE_WRITE, region, off, len, get_le(buf, len) });
	if (ret || !to || (f->no_decode && region < VFIO_CONFIG))
		return ret ? ret : -EIO;
	if (!d->region[region].writable)
		return -EINVAL;
	memcpy(to, buf, len);
	return 0;
}

static void *fake_map(struct vfio_dev *d, unsigned region, uint64_t off, uint64_t size)
{
	struct fake_vfio *f = fake_of(d);
	uint8_t *p = bytes_at(f, region, off, size);

	note(f, (struct fake_call){ FAKE_MAP, region, off, size, 0 });
	if (fake_fails(f->fault, "map"))
		return NULL;
	if (!p || !d->region[region].mappable || !IS_ALIGNED(off | size, 4 * KiB)) {
		f->breaches++;
		return NULL;
	}
	f->mapped++;
	return p;
}

static void fake_unmap(struct vfio_dev *d, void *addr, uint64_t size)
{
	struct fake_vfio *f = fake_of(d);

	note(f, (struct fake_call){ FAKE_UNMAP, 0, 0, size, 0 });
	f->breaches += !addr || !f->mapped;
	f->mapped--;
}

/* Vectors that were not there so far signal nothing; while an index is on it may be fixed. */
static bool may_grow(struct fake_vfio *f, unsigned index, unsigned n)
{
	if (f->irq[index].n && f->dev.irq[index].fixed) {
		f->breaches++;
		return false;
	}
	for (unsigned i = f->irq[index].n; i < n; i++)
		f->irq[index].fd[i] = -1;
	return true;
}

static int fake_set_irqs(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
			 unsigned n)
{
	struct fake_vfio *f = fake_of(d);
	int ret = fake_fails(f->fault, n ? "set_irqs" : "clear_irqs");

	note(f, (struct fake_call){ FAKE_SET_IRQS, index, first, n, 0 });
	if (ret)
		return ret;
	assert(index < VFIO_IRQS && first + n <= FAKE_VECTORS);
	/* of INTx and messages one at a time; errors and requests are beside them */
	for (unsigned i = 0; n && i <= VFIO_MSIX; i++) {
		if (i == index || index > VFIO_MSIX || !f->irq[i].n)
			continue;
		f->breaches++;
		return -EINVAL;
	}
	/* switching off what is not on */
	if (!n && index > VFIO_MSIX && !f->irq[index].n)
		f->breaches++;
	if (first + n > d->irq[index].count || (!n && first)) {
		f->breaches++;
		return -EINVAL;
	}
	if (first + n > f->irq[index].n && !may_grow(f, index, first + n))
		return -EINVAL;
	if (f->host_vectors && first + n > f->host_vectors)
		return -ENOSPC;
	for (unsigned i = 0; i < n; i++) {
		if (fd[i] != -1 && fcntl(fd[i], F_GETFD) < 0) {
			f->breaches++;
			return -EBADF;
		}
		f->irq[index].fd[first + i] = fd[i];
	}
	f->irq[index].n = n ? MAX(f->irq[index].n, first + n) : 0;
	if (!n)
		f->irq[index].unmask_fd = -1;
	return 0;
}

static int fake_set_unmask(struct vfio_dev *d, unsigned index, int fd)
{
	struct fake_vfio *f = fake_of(d);
	int ret = fake_fails(f->fault, "set_unmask");

	note(f, (struct fake_call){ FAKE_SET_UNMASK, index, 0, 0, 0 });
	if (ret)
		return ret;
	if (!f->irq[index].n || fcntl(fd, F_GETFD) < 0) {
		f->breaches++;
		return -EINVAL;
	}
	f->irq[index].unmask_fd = fd;
	return 0;
}

static int fake_reset(struct vfio_dev *d)
{
	struct fake_vfio *f = fake_of(d);
	int ret = fake_fails(f->fault, "reset");

	note(f, (struct fake_call){ FAKE_RESET, 0, 0, 0, 0 });
	if (ret || f->no_reset)
		return ret ? ret : -ENOTTY;
	f->resets++;
	return 0;
}

static const struct vfio_ops fake_ops = {
	.read = fake_read,
	.write = fake_write,
	.map = fake_map,
	.unmap = fake_unmap,
	.set_irqs = fake_set_irqs,
	.set_unmask = fake_set_unmask,
	.reset = fake_reset,
};

void fake_vfio_init(struct fake_vfio *f, struct fake_fault *fault)
{
	*f = (struct fake_vfio){ .dev = { .ops = &fake_ops, .fd = -1, .can_reset = true },
				 .fault = fault };
	sysfs_dev_init(&f->dev.host, "0000:00:02.0");
	f->dev.n_regions = VFIO_VGA + 1;
	f->dev.region[VFIO_CONFIG] = (struct vfio_region){
		.size = PCI_CFG_SIZE,
		.readable = true,
		.writable = true,
	};
	for (unsigned i = 0; i < VFIO_IRQS; i++)
		f->irq[i].unmask_fd = -1;
}

void fake_vfio_region(struct fake_vfio *f, unsigned index, uint64_t size)
{
	void *p = mmap(NULL, ALIGN_UP(size, 4 * KiB), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert(p != MAP_FAILED && index < VFIO_REGIONS_MAX && !f->bytes[index]);
	f->bytes[index] = p;
	f->dev.region[index] = (struct vfio_region){
		.size = size,
		.readable = true,
		.writable = true,
		.mappable = index < PCI_BARS,
	};
}

unsigned fake_vfio_extra(struct fake_vfio *f, uint32_t type, uint32_t subtype, uint64_t size)
{
	unsigned index = f->dev.n_regions++;

	fake_vfio_region(f, index, size);
	f->dev.region[index].writable = false;
	f->dev.region[index].type = type;
	f->dev.region[index].subtype = subtype;
	return index;
}

void fake_vfio_fini(struct fake_vfio *f)
{
	for (unsigned i = 0; i < VFIO_REGIONS_MAX; i++) {
		if (f->bytes[i])
			munmap(f->bytes[i], ALIGN_UP(f->dev.region[i].size, 4 * KiB));
		f->bytes[i] = NULL;
	}
}

unsigned fake_vfio_count(const struct fake_vfio *f, enum fake_op op, unsigned index)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MIN(f->n_calls, (unsigned)FAKE_CALLS); i++)
		n += f->call[i].op == op && (index == UINT_MAX || f->call[i].index == index);
	return n;
}

unsigned fake_vfio_writes(const struct fake_vfio *f, unsigned region, uint64_t off, uint64_t len)
{
	unsigned n = 0;

	assert(f->n_calls <= FAKE_CALLS);
	for (unsigned i = 0; i < f->n_calls; i++)
		n += f->call[i].op == FAKE_WRITE && f->call[i].index == region &&
		     ranges_overlap(f->call[i].off, f->call[i].len, off, len);
	return n;
}

/* ---- the interrupt controller ---- */

static struct fake_chip *chip_of(struct irqchip *c, uint32_t gsi)
{
	assert(gsi < FAKE_CHIP_GSIS);
	return container_of(c, struct fake_chip, chip);
}

static int chip_set_line(struct irqchip *c, uint32_t gsi, bool level)
{
	(void)level;
	return fake_fails(chip_of(c, gsi)->fault, "set_line");
}

static int chip_attach(struct irqchip *c, uint32_t gsi, int fd, int resample_fd)
{
	struct fake_chip *f = chip_of(c, gsi);
	int ret = fake_fails(f->fault, "attach");

	if (ret)
		return ret;
	f->breaches += f->gsi[gsi].fd >= 0 || fcntl(fd, F_GETFD) < 0;
	f->breaches += gsi >= LAYOUT_GSI_MSI && !f->gsi[gsi].allocated;
	f->gsi[gsi].fd = fd;
	f->gsi[gsi].resample_fd = resample_fd;
	return 0;
}

static int chip_detach(struct irqchip *c, uint32_t gsi, int fd)
{
	struct fake_chip *f = chip_of(c, gsi);

	f->breaches += f->gsi[gsi].fd != fd || fcntl(fd, F_GETFD) < 0;
	f->gsi[gsi].fd = f->gsi[gsi].resample_fd = -1;
	return fake_fails(f->fault, "detach");
}

static int chip_msi_alloc(struct irqchip *c, uint32_t *gsi)
{
	struct fake_chip *f = chip_of(c, 0);
	int ret = fake_fails(f->fault, "msi_alloc");

	if (ret)
		return ret;
	for (uint32_t i = LAYOUT_GSI_MSI; i < FAKE_CHIP_GSIS; i++) {
		if (f->gsi[i].allocated)
			continue;
		f->gsi[i].allocated = true;
		*gsi = i;
		return 0;
	}
	return -ENOSPC;
}

static void chip_msi_free(struct irqchip *c, uint32_t gsi)
{
	struct fake_chip *f = chip_of(c, gsi);

	f->breaches += !f->gsi[gsi].allocated || f->gsi[gsi].fd >= 0;
	f->gsi[gsi].allocated = false;
	f->gsi[gsi].address = f->gsi[gsi].data = 0;
}

static int chip_msi_route(struct irqchip *c, uint32_t gsi, uint64_t address, uint32_t data)
{
	struct fake_chip *f = chip_of(c, gsi);
	int ret = fake_fails(f->fault, "msi_route");

	if (ret)
		return ret;
	f->breaches += !f->gsi[gsi].allocated;
	f->gsi[gsi].address = address;
	f->gsi[gsi].data = data;
	return 0;
}

static const struct irqchip_ops chip_ops = {
	.set_line = chip_set_line,
	.attach = chip_attach,
	.detach = chip_detach,
	.msi_alloc = chip_msi_alloc,
	.msi_free = chip_msi_free,
	.msi_route = chip_msi_route,
};

void fake_chip_init(struct fake_chip *c, struct fake_fault *fault)
{
	*c = (struct fake_chip){ .chip.ops = &chip_ops, .fault = fault };
	for (unsigned i = 0; i < FAKE_CHIP_GSIS; i++)
		c->gsi[i].fd = c->gsi[i].resample_fd = -1;
}

unsigned fake_chip_attached(const struct fake_chip *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FAKE_CHIP_GSIS; i++)
		n += c->gsi[i].fd >= 0;
	return n;
}

unsigned fake_chip_allocated(const struct fake_chip *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FAKE_CHIP_GSIS; i++)
		n += c->gsi[i].allocated;
	return n;
}

uint64_t fake_chip_take(const struct fake_chip *c, uint32_t gsi)
{
	uint64_t n = 0;

	return c->gsi[gsi].fd >= 0 && read(c->gsi[gsi].fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* ---- a listener of guest memory ---- */

static void trace(struct fake_listener *l, char sign, uint64_t gpa)
{
	if (l->trace)
		sprintf(l->trace + strlen(l->trace), "%c%d:%llx ", sign, l->id,
			(unsigned long long)gpa);
}

static int listener_map(struct mem_listener *listener, const struct mem_region *r)
{
	struct fake_listener *l = container_of(listener, struct fake_listener, listener);
	int ret = fake_fails(l->fault, "listener");

	trace(l, ret ? '!' : '+', r->gpa);
	if (ret)
		return ret;
	for (size_t i = 0; i < l->n; i++)
		l->breaches += !!ranges_overlap(l->gpa[i], l->size[i], r->gpa, r->size);
	assert(l->n < MEM_REGIONS_MAX);
	l->gpa[l->n] = r->gpa;
	l->size[l->n++] = r->size;
	return 0;
}

static void listener_unmap(struct mem_listener *listener, const struct mem_region *r)
{
	struct fake_listener *l = container_of(listener, struct fake_listener, listener);

	trace(l, '-', r->gpa);
	for (size_t i = 0; i < l->n; i++) {
		if (l->gpa[i] != r->gpa || l->size[i] != r->size)
			continue;
		l->gpa[i] = l->gpa[--l->n];
		l->size[i] = l->size[l->n];
		return;
	}
	l->breaches++;
}

static const struct mem_listener_ops listener_ops = { listener_map, listener_unmap };

void fake_listener_init(struct fake_listener *l, struct fake_fault *fault, int id, char *into)
{
	*l = (struct fake_listener){
		.listener.ops = &listener_ops,
		.fault = fault,
		.id = id,
		.trace = into,
	};
}
