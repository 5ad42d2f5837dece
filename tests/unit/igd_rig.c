// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "devmem.h"
#include "fakes.h"
#include "igd_rig.h"
#include "mem.h"
#include "pci_regs.h"
#include "sysfs.h"
#include "test.h"
#include "util.h"
#include "vfio_fixture.h"

void igd_rig_plant(struct igd_rig *rig, uint64_t address)
{
	if (address & ~0xfffULL)
		rig->planted[rig->n_planted++] = (uint32_t)address;
}

static struct vfio_dev *device_of(struct igd_rig *rig)
{
	return rig->fixture ? &rig->replay : &rig->dev.dev;
}

/* ---- the host ---- */

void igd_rig_model(struct igd_rig *rig, uint16_t device, uint16_t ggc)
{
	rig->device = device;
	put_le16(rig->config + PCI_DEVICE, device);
	put_le16(rig->config + IGD_GGC, ggc);
	memcpy(rig->dev.config, rig->config, sizeof(rig->config));
	/* on some kernels the virtual ASLS is the VBT's address; a host address in any case */
	put_le32(rig->dev.config + IGD_ASLS, HOST_RVDA);
}

uint8_t *igd_rig_host_opregion(struct igd_rig *rig)
{
	return rig->phys + (get_le32(rig->config + IGD_ASLS) - HOST_PHYS);
}

void igd_rig_vbt(uint8_t *at, uint32_t len)
{
	memset(at, 0xbb, len);
	memcpy(at, "$VBT VIRTUAL        ", 20);
	put_le16(at + 0x16, 0x30);
	put_le16(at + 0x18, 0x30 + 0x16);
	put_le32(at + 0x1c, 0x30);
}

void igd_rig_opregion(struct igd_rig *rig, uint32_t offset, uint8_t major, uint8_t minor,
		      uint64_t rvda, uint32_t rvds)
{
	uint8_t *o = rig->phys + (HOST_ASLS - HOST_PHYS) + offset, *shown;
	uint64_t vbt;

	put_le32(rig->config + IGD_ASLS, HOST_ASLS + offset);
	for (unsigned i = 0; i < HOST_PHYS_LEN; i++)
		rig->phys[i] = (uint8_t)(i * 11 + (i >> 9));
	memcpy(o, OPREGION_SIGNATURE, OPREGION_SIGNATURE_LEN);
	put_le32(o + 0x10, 8);
	put_le32(o + 0x14, (uint32_t)major << 24 | (uint32_t)minor << 16);
	put_le32(o + 0x58, 0x1f);
	put_le64(o + 0x3ba, rvda);
	put_le64(o + 0x3aa, HOST_FDSS);
	put_le32(o + 0x3c2, rvds);
	/* drivers and the module follow RVDA, and find a VBT */
	vbt = rvda + (major > 2 || minor ? (uint64_t)HOST_ASLS + offset : 0);
	if (rvds && vbt >= HOST_PHYS && vbt + rvds <= HOST_PHYS + HOST_PHYS_LEN)
		igd_rig_vbt(rig->phys + (vbt - HOST_PHYS), rvds);
	rig->module_asls = HOST_ASLS + offset;
	rig->module_size = OPREGION_SIZE;
	rig->module_vbt = rvds ? vbt : 0;
	rig->module_vbt_size = rvds;
	/* vfio_pci_igd shows an extended VBT right behind, as version 2.1 */
	shown = rig->dev.bytes[rig->opregion];
	rig->dev.dev.region[rig->opregion].size = OPREGION_SIZE + rvds;
	memcpy(shown, o, OPREGION_SIZE);
	if (!rvds)
		return;
	shown[0x16] = 1;
	put_le64(shown + 0x3ba, OPREGION_SIZE);
	igd_rig_vbt(shown + OPREGION_SIZE, rvds);
}

static void make_bridges(struct igd_rig *rig)
{
	static const struct pci_identity host_bridge = { 0x8086, 0x191f, 0x1043, 0x8694, 0x07 };
	static const struct pci_identity lpc = { 0x8086, 0xa145, 0x1043, 0x8694, 0x31 };
	struct pci_dev d;

	pci_dev_init(&d, "", 0, &host_bridge, CLASS_HOST_BRIDGE);
	memcpy(rig->dev.bytes[rig->host_cfg], d.val, PCI_CFG_SIZE);
	pci_dev_init(&d, "", 0, &lpc, CLASS_ISA_BRIDGE);
	memcpy(rig->dev.bytes[rig->lpc_cfg], d.val, PCI_CFG_SIZE);
}

int igd_rig_setup(void **state)
{
	static const uint8_t header[] = {
		0x86, 0x80, 0x00, 0x00, 0x07, 0x04, 0x10, 0x00, 0x06, 0x00, 0x00, 0x03,
	};
	static const struct {
		uint8_t off, byte[3];
	} caps[] = { { 0x40, { 0x09, 0x70, 0x0c } },
		     { 0x70, { 0x10, 0xac, 0x92 } },
		     { 0xac, { 0x05, 0xd0, 0x00 } },
		     { 0xd0, { 0x01, 0x00, 0x22 } } };
	struct igd_rig *rig = calloc(1, sizeof(*rig));

	*state = igd_rig_host = rig;
	pthread_mutex_init(&rig->lock, NULL);
	rig->fault.err = -EIO;
	if (igd_rig_memory(rig))
		return -1;
	rig->class_code = 0x030000;
	rig->vendor = INTEL_VENDOR;
	memcpy(rig->config, header, sizeof(header));
	for (unsigned i = 0x44; i < PCI_CFG_SIZE; i++)
		rig->config[i] = (uint8_t)(0x80 | i);
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		memcpy(rig->config + caps[i].off, caps[i].byte, 3);
	rig->config[PCI_CAP_POINTER] = 0x40;
	rig->config[PCI_INT_PIN] = 1;
	put_le32(rig->config + 0x10, 0xde000004);
	put_le32(rig->config + IGD_BDSM32, HOST_BDSM32);
	put_le64(rig->config + IGD_BDSM64, HOST_BDSM64);
	put_le64(rig->config + IGD_STOLEN_ALIAS, HOST_ALIAS);
	fake_vfio_init(&rig->dev, &rig->fault);
	fake_vfio_region(&rig->dev, 0, BAR0_SIZE);
	put_le32(rig->dev.bytes[0] + IGD_MMIO_GGC, 0x02c1);
	put_le64(rig->dev.bytes[0] + IGD_MMIO_DSMBASE, HOST_BDSM64);
	put_le64(rig->dev.bytes[0] + IGD_MMIO_GSMBASE, HOST_GSM);
	put_le64(rig->dev.bytes[0] + IGD_MMIO_STOLEN_RESERVED, HOST_RESERVED);
	rig->opregion = fake_vfio_extra(&rig->dev, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION,
					OPREGION_SIZE + HOST_PHYS_LEN);
	rig->host_cfg = fake_vfio_extra(&rig->dev, VFIO_INTEL_TYPE, VFIO_INTEL_HOST_CFG, 256);
	rig->lpc_cfg = fake_vfio_extra(&rig->dev, VFIO_INTEL_TYPE, VFIO_INTEL_LPC_CFG, 256);
	rig->dev.dev.irq[VFIO_INTX] = (struct vfio_irq){ .count = 1, .maskable = true };
	rig->dev.dev.irq[VFIO_MSI].count = 1;
	make_bridges(rig);
	igd_rig_opregion(rig, 0, 2, 0, 0, 0);
	igd_rig_model(rig, ID_SKL, 0x02c1);
	igd_rig_plant(rig, HOST_BDSM32);
	igd_rig_plant(rig, (uint32_t)HOST_BDSM64);
	igd_rig_plant(rig, (uint32_t)HOST_ALIAS);
	igd_rig_plant(rig, HOST_ASLS);
	igd_rig_plant(rig, HOST_RVDA);
	rig->ram = 256 * MiB;
	rig->phys_bits = 39;
	rig->option = (struct config_igd){ .present = true,
					   .device = "0000:00:02.0",
					   .devfn = DEVFN(2, 0),
					   .opregion = OPREGION_AUTO,
					   .stolen = STOLEN_AUTO,
					   .lpc = LPC_CLONE };
	if (loop_init(&rig->loop, &rig->lock) || stop_init(&rig->stop))
		return -1;
	rig->fds = fake_open_fds();
	rig->bytes_mapped = 0;
	return 0;
}

int igd_rig_teardown(void **state)
{
	struct igd_rig *rig = *state;

	igd_rig_fini(rig);
	if (rig->fixture)
		vfio_dev_fini(&rig->recorded);
	rig->dev.dev.region[rig->opregion].size = OPREGION_SIZE + HOST_PHYS_LEN;
	fake_vfio_fini(&rig->dev);
	igd_rig_memory_fini(rig);
	loop_fini(&rig->loop);
	stop_fini(&rig->stop);
	igd_rig_host = NULL;
	free(rig);
	return 0;
}

/* ---- the machine ---- */

int igd_rig_probe(struct igd_rig *rig)
{
	int ret;

	rig->bytes_mapped = 0; /* what tests gave the fakes by now is theirs */
	ret = igd_identify(&rig->igd, &rig->option, rig->fixture);
	return ret ? ret : igd_probe(&rig->igd, device_of(rig), rig->ram);
}

int igd_rig_build(struct igd_rig *rig)
{
	static const struct iova_range avoid = { 0xfee00000, 0xfeefffff };
	const struct memmap_params p = { rig->ram, rig->phys_bits, &avoid,
					 1,	   rig->igd.wish,  rig->igd.n_wish };
	const struct vfio_pci_params vp = { device_of(rig),  &rig->bus,	 &rig->mem,
					    &rig->chip.chip, "igd",	 rig->option.devfn,
					    &rig->loop,	     &rig->stop, &rig->faults };
	const struct igd_parts parts = {
		.v = &rig->v,
		.bridges = &rig->bridges,
		.mem = &rig->mem,
		.map = &rig->map,
		.pio = &rig->pio,
		.mmio = &rig->mmio,
		.stop = &rig->stop,
		.faults = &rig->faults,
	};
	int ret;

	do {
		ret = memmap_plan(&rig->map, &p);
	} while (ret && igd_relax(&rig->igd, ret) > 0);
	fake_chip_init(&rig->chip, &rig->fault);
	fake_listener_init(&rig->listener, &rig->fault, 1, NULL);
	if (!ret)
		ret = mem_init(&rig->mem, &rig->map);
	if (!ret)
		ret = mem_listen(&rig->mem, &rig->listener.listener);
	if (!ret)
		ret = pci_bus_init(&rig->bus, &rig->pio, &rig->mmio, &rig->map, &rig->chip.chip);
	if (!ret)
		ret = bridges_init(&rig->bridges, &rig->bus);
	if (!ret)
		ret = vfio_pci_init(&rig->v, &vp);
	if (ret)
		return ret;
	rig->built = true;
	ret = igd_build(&rig->igd, &parts);
	if (!ret)
		ret = vfio_pci_attach(&rig->v);
	return ret ? ret : pci_assign_bars(&rig->bus);
}

int igd_rig_start(struct igd_rig *rig)
{
	int ret;

	fake_stderr_begin();
	ret = igd_rig_probe(rig);
	if (!ret)
		ret = igd_rig_build(rig);
	rig->log = fake_stderr_end();
	return ret;
}

void igd_rig_fini(struct igd_rig *rig)
{
	vfio_pci_fini(&rig->v);
	bridges_fini(&rig->bridges);
	igd_fini(&rig->igd);
	igd_fini(&rig->igd);
	for (size_t i = 0; i < rig->mem.n; i++) /* its pages are gone */
		assert_int_equal(rig->mem.region[i].kind, MEM_KIND_RAM);
	pci_bus_fini(&rig->bus);
	mem_fini(&rig->mem);
	bus_fini(&rig->pio);
	bus_fini(&rig->mmio);
	rig->built = false;
	assert_null(rig->faults.first);
	assert_int_equal(igd_rig_live_mappings(rig), 0);
	assert_int_equal(rig->source_fds, 0);
	assert_int_equal(rig->bytes_mapped, 0);
	assert_int_equal(rig->dev.mapped, 0);
	assert_int_equal(rig->replay_mapped, 0);
	assert_int_equal(rig->listener.n, 0);
	assert_int_equal(rig->listener.breaches, 0);
	assert_true(!rig->chip.chip.ops || fake_chip_attached(&rig->chip) == 0);
	assert_int_equal(fake_open_fds(), rig->fds);
}

uint32_t igd_rig_rd(struct igd_rig *rig, unsigned off, unsigned len)
{
	uint8_t buf[4] = { 0 };

	if (rig->bus.dev[rig->option.devfn])
		pci_cfg_read(&rig->bus, rig->option.devfn, off, buf, len);
	else
		memcpy(buf, rig->v.pci.val + off, len);
	return get_le32(buf);
}

void igd_rig_wr(struct igd_rig *rig, unsigned off, unsigned len, uint32_t value)
{
	uint8_t buf[4];

	put_le32(buf, value);
	pci_cfg_write(&rig->bus, rig->option.devfn, off, buf, len);
}

uint8_t *igd_rig_at(struct igd_rig *rig, uint64_t gpa, uint64_t len)
{
	const struct mem *m = &rig->mem;

	for (size_t i = 0; i < m->n; i++)
		if (gpa >= m->region[i].gpa && gpa + len <= m->region[i].gpa + m->region[i].size)
			return (uint8_t *)m->region[i].hva + (gpa - m->region[i].gpa);
	return NULL;
}

uint64_t igd_rig_enable(struct igd_rig *rig)
{
	igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_true(rig->v.pci.bar[0].mapped);
	return rig->v.pci.bar[0].gpa;
}

/* Stolen memory at the host's address: the guest's address and the host's are one. */
static bool guests_own(const struct igd_rig *rig, uint32_t seen)
{
	const struct igd *g = &rig->igd;

	return g->stolen_at_host && seen >= (uint32_t)g->gsm_gpa &&
	       seen < (uint32_t)(g->dsm_gpa + g->stolen);
}

/* No host address in BAR0's copies of the registers, and no memslot that would show them. */
static void check_mirrors(struct igd_rig *rig, uint64_t bar)
{
	static const uint32_t regs[] = {
		IGD_MMIO_GGC,
		IGD_MMIO_GGC + 4,
		IGD_MMIO_DSMBASE,
		IGD_MMIO_DSMBASE + 4,
		IGD_MMIO_GSMBASE,
		IGD_MMIO_GSMBASE + 4,
		IGD_MMIO_STOLEN_RESERVED,
	};

	assert_null(igd_rig_at(rig, bar + IGD_MMIO_GGC, 1));
	for (size_t i = 0; i < ARRAY_SIZE(regs); i++) {
		uint32_t seen = (uint32_t)fake_in(&rig->mmio, bar + regs[i], 4);

		if (!guests_own(rig, seen) && (seen & ~0xfffu) &&
		    (seen == HOST_GSM || seen == (uint32_t)HOST_BDSM64 || seen == HOST_BDSM32 ||
		     (seen & ~0xfffffu) == (HOST_RESERVED & 0xfff00000)))
			fail_msg("host address %#x shows at %#x", seen, regs[i]);
	}
}

void igd_rig_check_contract(struct igd_rig *rig)
{
	uint32_t asls = igd_rig_rd(rig, IGD_ASLS, 4);
	const struct mem_range *r = memmap_at(&rig->map, asls);
	uint8_t head[OPREGION_SIGNATURE_LEN];
	const uint8_t *bytes;

	for (unsigned off = 0x40; off < PCI_CFG_SIZE; off++) {
		uint32_t seen = (uint32_t)get_le(rig->v.pci.val + off, 4);

		for (size_t i = 0; i < rig->n_planted; i++)
			if (off <= 0xfc && (seen & ~0xfffu) == (rig->planted[i] & ~0xfffu) &&
			    !guests_own(rig, seen))
				fail_msg("host address %#x shows at %#x", rig->planted[i], off);
	}
	if (rig->bus.dev[rig->option.devfn] && rig->v.pci.bar[0].mapped)
		check_mirrors(rig, rig->v.pci.bar[0].gpa);
	if (!asls)
		return;
	assert_non_null(r);
	assert_int_equal(r->type, MEM_OPREGION);
	assert_int_equal(mem_traits[r->type].e820, E820_RESERVED);
	assert_true(asls + OPREGION_SIZE <= r->gpa + r->size);
	bytes = igd_rig_at(rig, asls, OPREGION_SIZE);
	if (!bytes) { /* nothing there yet: the first access is answered all the same */
		for (unsigned i = 0; i < sizeof(head); i++)
			head[i] = (uint8_t)fake_in(&rig->mmio, asls + i, 1);
		bytes = head;
	}
	if (stop_requested(&rig->stop))
		return; /* there is no guest any more */
	assert_memory_equal(bytes, OPREGION_SIGNATURE, OPREGION_SIGNATURE_LEN);
}
