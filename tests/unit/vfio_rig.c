// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "util.h"
#include "vfio_rig.h"

/* An Intel GPU's config space: vendor, PCI Express, MSI (4 vectors, 64-bit, maskable, left on), PM. */
static void make_device(struct fake_vfio *f)
{
	static const uint8_t header[] = {
		0x86, 0x80, 0x12, 0x19, 0x07, 0x04, 0x10, 0x00, 0x06, 0x00, 0x00, 0x03,
	};
	static const struct {
		uint8_t off, byte[4];
	} caps[] = { { VENDOR, { 0x09, 0x70, 0x0c, 0x01 } },
		     { 0x70, { 0x10, MSI, 0x92, 0x00 } },
		     { MSI, { 0x05, PM, 0xa5, 0x01 } },
		     { PM, { 0x01, 0x00, 0x22, 0x00 } } };

	memcpy(f->config, header, sizeof(header));
	put_le32(f->config + 0x10, 0xde000004);
	put_le32(f->config + 0x18, 0xc000000c);
	put_le32(f->config + 0x20, 0xf001);
	put_le32(f->config + 0x24, 0xdf000000);
	put_le32(f->config + 0x30, 0x000c0002);
	f->config[PCI_CAP_POINTER] = VENDOR;
	f->config[PCI_INT_LINE] = 11;
	f->config[PCI_INT_PIN] = 1;
	for (unsigned i = 0x44; i < PCI_CFG_SIZE; i++)
		f->config[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		memcpy(f->config + caps[i].off, caps[i].byte, 4);
	fake_vfio_region(f, 0, 0x10000);
	f->dev.region[0].area[0] = (struct vfio_area){ 0, 0x4000 };
	f->dev.region[0].area[1] = (struct vfio_area){ 0x8000, 0x8000 };
	f->dev.region[0].n_areas = 2;
	fake_vfio_region(f, 2, MiB);
	fake_vfio_region(f, 4, 64);
	fake_vfio_region(f, 5, 0x1000);
	f->dev.region[5].mappable = false;
	f->dev.irq[VFIO_INTX] = (struct vfio_irq){ .count = 1, .maskable = true };
	f->dev.irq[VFIO_MSI].count = 4;
	f->dev.irq[VFIO_ERR].count = 1;
	f->dev.irq[VFIO_REQ].count = 1;
}

int vfio_rig_setup(void **state)
{
	const struct memmap_params p = { 64 * MiB, 36, NULL, 0, NULL, 0 };
	struct vfio_rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	rig->fault.err = -EIO;
	fake_chip_init(&rig->chip, &rig->fault);
	fake_vfio_init(&rig->dev, &rig->fault);
	make_device(&rig->dev);
	fake_listener_init(&rig->listener, &rig->fault, 1, NULL);
	rig->params = (struct vfio_pci_params){
		.dev = &rig->dev.dev,
		.bus = &rig->bus,
		.mem = &rig->mem,
		.chip = &rig->chip.chip,
		.name = "gpu",
		.devfn = SLOT,
		.loop = &rig->loop,
		.stop = &rig->stop,
		.faults = &rig->faults,
	};
	pthread_mutex_init(&rig->lock, NULL);
	if (loop_init(&rig->loop, &rig->lock) || stop_init(&rig->stop))
		return -1;
	rig->fds = fake_open_fds();
	return memmap_plan(&rig->map, &p) || mem_listen(&rig->mem, &rig->listener.listener) ||
	       pci_bus_init(&rig->bus, &rig->pio, &rig->mmio, &rig->map, &rig->chip.chip);
}

/* After vfio_pci_fini(), whatever happened before: nothing is left, no rule was broken. */
void vfio_rig_check_gone(struct vfio_rig *rig)
{
	assert_null(rig->bus.dev[SLOT]);
	assert_int_equal(rig->mem.n, 0);
	assert_int_equal(rig->listener.n, 0);
	assert_int_equal(rig->listener.breaches, 0);
	assert_int_equal(rig->dev.mapped, 0);
	assert_null(rig->faults.first);
	for (unsigned i = 0; i < VFIO_IRQS; i++)
		assert_int_equal(rig->dev.irq[i].n, 0);
	assert_int_equal(rig->dev.breaches, 0);
	assert_int_equal(rig->chip.breaches, 0);
	assert_int_equal(fake_chip_attached(&rig->chip), 0);
	assert_int_equal(fake_chip_allocated(&rig->chip), 0);
	assert_int_equal(rig->pio.n, 2); /* CF8, CFC */
	assert_int_equal(rig->mmio.n, 1);
	assert_int_equal(fake_open_fds(), rig->fds);
}

int vfio_rig_teardown(void **state)
{
	struct vfio_rig *rig = *state;

	vfio_pci_fini(&rig->v);
	vfio_pci_fini(&rig->v);
	vfio_rig_check_gone(rig);
	fake_vfio_fini(&rig->dev);
	loop_fini(&rig->loop);
	stop_fini(&rig->stop);
	pthread_mutex_destroy(&rig->lock);
	pci_bus_fini(&rig->bus);
	bus_fini(&rig->pio);
	bus_fini(&rig->mmio);
	free(rig);
	return 0;
}

void vfio_rig_start(struct vfio_rig *rig)
{
	assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
	assert_int_equal(vfio_pci_attach(&rig->v), 0);
}

uint32_t cfg_rd(struct vfio_rig *rig, unsigned off, unsigned len)
{
	uint8_t buf[4] = { 0 };

	pci_cfg_read(&rig->bus, SLOT, off, buf, len);
	return get_le32(buf);
}

void cfg_wr(struct vfio_rig *rig, unsigned off, unsigned len, uint32_t value)
{
	uint8_t buf[4];

	put_le32(buf, value);
	pci_cfg_write(&rig->bus, SLOT, off, buf, len);
}

void vfio_rig_enable_bars(struct vfio_rig *rig)
{
	cfg_wr(rig, 0x10, 4, LOW);
	cfg_wr(rig, 0x14, 4, 0);
	cfg_wr(rig, 0x18, 4, LOW + MiB);
	cfg_wr(rig, 0x1c, 4, 0);
	cfg_wr(rig, 0x20, 4, 0x2000);
	cfg_wr(rig, 0x24, 4, LOW + 0x20000);
	cfg_wr(rig, PCI_COMMAND, 2, 3);
}
