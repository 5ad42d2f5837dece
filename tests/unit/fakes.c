// SPDX-License-Identifier: BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fakes.h"
#include "layout.h"
#include "util.h"

static struct fake_gsi *fake_gsi(struct irqchip *c, uint32_t gsi)
{
	struct fake_irqchip *f = container_of(c, struct fake_irqchip, chip);

	assert(gsi < FAKE_GSIS);
	return &f->gsi[gsi];
}

static int fake_result(struct irqchip *c)
{
	return container_of(c, struct fake_irqchip, chip)->fail;
}

static int fake_set_line(struct irqchip *c, uint32_t gsi, bool level)
{
	struct fake_gsi *g = fake_gsi(c, gsi);

	g->calls++;
	g->raised += level && !g->level;
	g->level = level;
	return fake_result(c);
}

static int fake_attach(struct irqchip *c, uint32_t gsi, int fd, int resample_fd)
{
	struct fake_gsi *g = fake_gsi(c, gsi);

	if (fake_result(c))
		return fake_result(c);
	g->used = true;
	g->fd = fd;
	g->resample_fd = resample_fd;
	return 0;
}

static int fake_detach(struct irqchip *c, uint32_t gsi, int fd)
{
	struct fake_gsi *g = fake_gsi(c, gsi);

	if (g->fd != fd)
		return -ENOENT;
	g->fd = g->resample_fd = -1;
	return 0;
}

static int fake_msi_alloc(struct irqchip *c, uint32_t *gsi)
{
	if (fake_result(c))
		return fake_result(c);
	for (uint32_t i = LAYOUT_GSI_MSI; i < FAKE_GSIS; i++) {
		if (fake_gsi(c, i)->used)
			continue;
		fake_gsi(c, i)->used = true;
		*gsi = i;
		return 0;
	}
	return -ENOSPC;
}

static void fake_msi_free(struct irqchip *c, uint32_t gsi)
{
	*fake_gsi(c, gsi) = (struct fake_gsi){ .fd = -1, .resample_fd = -1 };
}

static int fake_msi_route(struct irqchip *c, uint32_t gsi, uint64_t address, uint32_t data)
{
	struct fake_gsi *g = fake_gsi(c, gsi);

	if (fake_result(c))
		return fake_result(c);
	g->address = address;
	g->data = data;
	g->routed++;
	return 0;
}

static const struct irqchip_ops fake_irqchip_ops = {
	.set_line = fake_set_line,
	.attach = fake_attach,
	.detach = fake_detach,
	.msi_alloc = fake_msi_alloc,
	.msi_free = fake_msi_free,
	.msi_route = fake_msi_route,
};

void fake_irqchip_init(struct fake_irqchip *f)
{
	*f = (struct fake_irqchip){ .chip.ops = &fake_irqchip_ops };
	for (size_t i = 0; i < FAKE_GSIS; i++)
		f->gsi[i].fd = f->gsi[i].resample_fd = -1;
}

struct irq_line fake_irq_line(struct fake_irqchip *f, uint32_t gsi)
{
	return (struct irq_line){ .chip = &f->chip, .gsi = gsi };
}

uint32_t fake_in(struct bus *bus, uint64_t addr, unsigned len)
{
	uint8_t buf[4] = { 0 };

	bus_read(bus, addr, buf, len);
	return get_le32(buf);
}

void fake_out(struct bus *bus, uint64_t addr, unsigned len, uint32_t value)
{
	uint8_t buf[4];

	put_le32(buf, value);
	bus_write(bus, addr, buf, len);
}

/* Test programs have one thread that captures; the state is the process's own descriptor 2. */
static struct {
	int saved;
	FILE *file;
	char text[8192];
} capture;

void fake_stderr_begin(void)
{
	fflush(stderr);
	capture.file = tmpfile();
	assert(capture.file);
	capture.saved = dup(STDERR_FILENO);
	dup2(fileno(capture.file), STDERR_FILENO);
}

const char *fake_stderr_end(void)
{
	ssize_t n;

	fflush(stderr);
	dup2(capture.saved, STDERR_FILENO);
	n = pread(fileno(capture.file), capture.text, sizeof(capture.text) - 1, 0);
	capture.text[n > 0 ? n : 0] = '\0';
	close(capture.saved);
	fclose(capture.file);
	return capture.text;
}
