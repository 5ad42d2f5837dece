// SPDX-License-Identifier: BSD-2-Clause
/*
 * Devices besides the GPU: which address each gets, what the command line must not ask for, and
 * several of them on one bus. The host's part is wrapped: iommu_add, vfio_dev_init, vfio_dev_fini.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "companion.h"
#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"

#define DEVICES 3

int __wrap_iommu_add(struct iommu *i, const struct sysfs_dev *host);
int __wrap_vfio_dev_init(struct vfio_dev *d, int group_fd, const struct sysfs_dev *host);
void __wrap_vfio_dev_fini(struct vfio_dev *d);

/* The host: devices that stand behind what companions open. */
static struct fake_vfio *fake[DEVICES];
static struct fake_fault *fault;
static unsigned n_open;

int __wrap_iommu_add(struct iommu *i, const struct sysfs_dev *host)
{
	int ret = fake_fails(fault, "iommu_add");

	assert_non_null(i);
	for (unsigned k = 0; k < DEVICES && !ret; k++)
		if (!strcmp(fake[k]->dev.host.name, host->name))
			return 100 + (int)k;
	return ret ? ret : -ENODEV;
}

/* What is called on a companion's device goes to the fake it was made from. */
static struct vfio_dev *behind(struct vfio_dev *d)
{
	assert_in_range(d->fd, 200, 200 + DEVICES - 1);
	return &fake[d->fd - 200]->dev;
}

static int to_read(struct vfio_dev *d, unsigned region, uint64_t off, void *buf, size_t len)
{
	return behind(d)->ops->read(behind(d), region, off, buf, len);
}

static int to_write(struct vfio_dev *d, unsigned region, uint64_t off, const void *buf, size_t len)
{
	return behind(d)->ops->write(behind(d), region, off, buf, len);
}

static void *to_map(struct vfio_dev *d, unsigned region, uint64_t off, uint64_t size)
{
	return behind(d)->ops->map(behind(d), region, off, size);
}

static void to_unmap(struct vfio_dev *d, void *addr, uint64_t size)
{
	behind(d)->ops->unmap(behind(d), addr, size);
}

static int to_set_irqs(struct vfio_dev *d, unsigned index, unsigned first, const int *fd,
		       unsigned n)
{
	return behind(d)->ops->set_irqs(behind(d), index, first, fd, n);
}

static int to_set_unmask(struct vfio_dev *d, unsigned index, int fd)
{
	return behind(d)->ops->set_unmask(behind(d), index, fd);
}

static int to_reset(struct vfio_dev *d)
{
	return behind(d)->ops->reset(behind(d));
}

static const struct vfio_ops forward = {
	.read = to_read,
	.write = to_write,
	.map = to_map,
	.unmap = to_unmap,
	.set_irqs = to_set_irqs,
	.set_unmask = to_set_unmask,
	.reset = to_reset,
};

int __wrap_vfio_dev_init(struct vfio_dev *d, int group_fd, const struct sysfs_dev *host)
{
	int ret = fake_fails(fault, "vfio_dev_init");

	assert_in_range(group_fd, 100, 100 + DEVICES - 1);
	if (ret)
		return ret;
	*d = fake[group_fd - 100]->dev;
	assert_string_equal(d->host.name, host->name);
	d->ops = &forward;
	d->fd = 200 + group_fd - 100;
	n_open++;
	return 0;
}

void __wrap_vfio_dev_fini(struct vfio_dev *d)
{
	n_open -= d->fd >= 0;
	d->fd = -1;
}

/* ---- addresses ---- */

struct option {
	const char *device, *addr; /* "DD.F", or NULL for any */
};

static uint8_t devfn_of(const char *addr)
{
	char *end;
	unsigned long dev = strtoul(addr, &end, 16);

	return DEVFN(dev, strtoul(end + 1, NULL, 16));
}

static void set_options(struct config *c, const char *igd, const char *igd_addr,
			const struct option *o)
{
	*c = (struct config){ .igd.present = igd != NULL, .igd.device = igd };
	if (igd)
		c->igd.devfn = devfn_of(igd_addr);
	for (; c->n_vfio < CONFIG_VFIO_MAX && o[c->n_vfio].device; c->n_vfio++)
		c->vfio[c->n_vfio] = (struct config_vfio){
			.device = o[c->n_vfio].device,
			.devfn = o[c->n_vfio].addr ? devfn_of(o[c->n_vfio].addr) : DEVFN_ANY
		};
}

static void gives_addresses(void **state)
{
	static const struct {
		const char *igd;
		struct option o[5];
		const char *got[5];
	} t[] = {
		{ NULL, { { NULL, NULL } }, { NULL } },
		{ NULL, { { "0000:00:1f.3", "1f.3" } }, { "1f.3" } },
		{ "02.0",
		  { { "0000:00:1f.3", "1f.3" },
		    { "0000:03:00.0", NULL },
		    { "0000:04:00.0", NULL },
		    { "0000:00:14.0", "01.0" },
		    { "0000:00:14.2", "03.0" } },
		  { "1f.3", "04.0", "05.0", "01.0", "03.0" } },
		/* function 0 may come later, or be the GPU */
		{ "05.0",
		  { { "0000:00:03.1", "03.1" },
		    { "0000:00:03.0", "03.0" },
		    { "0000:00:05.7", "05.7" },
		    { "0000:00:04.0", NULL },
		    { "/sys/bus/mdev/devices/b0f0", NULL } },
		  { "03.1", "03.0", "05.7", "01.0", "02.0" } },
	};
	struct companions s;
	struct config c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct option o[6] = { 0 };

		memcpy(o, t[i].o, sizeof(t[i].o));
		set_options(&c, t[i].igd ? "0000:00:02.0" : NULL, t[i].igd, o);
		assert_int_equal(companions_init(&s, &c), 0);
		assert_int_equal(s.n, c.n_vfio);
		for (unsigned k = 0; k < s.n; k++)
			assert_int_equal(s.c[k].devfn, devfn_of(t[i].got[k]));
		companions_close(&s);
		companions_fini(&s);
	}
}

static void refuses_what_cannot_be(void **state)
{
	static const struct {
		const char *igd;
		struct option o[4];
		const char *text;
	} t[] = {
		{ NULL,
		  { { "0000:00:14.0", NULL }, { "00:14.0", "04.0" } },
		  "--vfio 0000:00:14.0: given twice" },
		{ NULL,
		  { { "/sys/devices/x/0000:00:14.0", NULL }, { "0000:00:14.0", NULL } },
		  "--vfio 0000:00:14.0: given twice" },
		{ "02.0",
		  { { "00:02.0", "04.0" } },
		  "--vfio 0000:00:02.0: it is the device of --igd already" },
		{ "03.0",
		  { { "0000:00:14.0", "03.0" } },
		  "--vfio 0000:00:14.0: guest address 03.0 is the 0000:00:02.0's" },
		{ NULL,
		  { { "0000:00:14.0", "03.0" }, { "0000:00:15.0", "03.0" } },
		  "--vfio 0000:00:15.0: guest address 03.0 is the 0000:00:14.0's" },
		{ NULL,
		  { { "0000:00:14.0", "1f.0" } },
		  "--vfio 0000:00:14.0: guest address 1f.0 is the LPC bridge's" },
		{ NULL,
		  { { "0000:00:14.0", NULL }, { "0000:00:1b.0", "02.3" } },
		  "0000:00:1b.0 at guest address 02.3: .* addr=02.0" },
		{ "02.1", { { NULL, NULL } }, "0000:00:02.0 at guest address 02.1: .* addr=02.0" },
		{ NULL, { { "nonsense", NULL } }, "--vfio nonsense: no PCI address" },
	};
	struct companions s;
	struct config c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *text, *star = strstr(t[i].text, ".*");
		char head[128];
		int ret;

		set_options(&c, t[i].igd ? "0000:00:02.0" : NULL, t[i].igd, t[i].o);
		fake_stderr_begin();
		ret = companions_init(&s, &c);
		text = fake_stderr_end();
		strcpy(head, t[i].text);
		if (star)
			head[star - t[i].text] = '\0';
		if (ret >= 0 || !strstr(text, head) || (star && !strstr(text, star + 3)))
			fail_msg("%s: %d, %s", t[i].text, ret, text);
		companions_fini(&s);
		companions_fini(&s);
	}
	/* the fixture is a GPU's */
	set_options(&c, "0000:00:02.0", "02.0",
		    (const struct option[]){ { "3:00.0", NULL }, { 0 } });
	c.fixture = "/tmp/fixture";
	fake_stderr_begin();
	assert_int_equal(companions_init(&s, &c), -EINVAL);
	assert_non_null(strstr(fake_stderr_end(), "--fixture"));
	companions_fini(&s);
}

/* ---- on the bus ---- */

static void set_up_devices(struct vfio_rig *rig)
{
	static const char *const name[DEVICES] = { "0000:00:1f.3", "0000:00:14.0", "0000:00:14.2" };

	fault = &rig->fault;
	n_open = 0;
	for (unsigned i = 0; i < DEVICES; i++) {
		struct fake_vfio *f = fake[i] = calloc(1, sizeof(*f));

		fake_vfio_init(f, fault);
		sysfs_dev_init(&f->dev.host, name[i]);
		put_le16(f->config, 0x8086);
		put_le16(f->config + 2, (uint16_t)(0xa000 + i));
		put_le16(f->config + PCI_COMMAND, 0x0400);
		f->config[PCI_INT_PIN] = (uint8_t)(1 + i);
		f->config[0x40] = 0x5a;
		fake_vfio_region(f, 0, 0x4000);
		f->dev.irq[VFIO_INTX] = (struct vfio_irq){ .count = 1, .maskable = true };
		f->dev.irq[VFIO_REQ].count = 1;
	}
}

static void tear_down_devices(void)
{
	for (unsigned i = 0; i < DEVICES; i++) {
		fake_vfio_fini(fake[i]);
		free(fake[i]);
	}
}

static const struct option three[] = {
	{ "0000:00:1f.3", "1f.3" }, { "0000:00:14.0", NULL }, { "0000:00:14.2", "01.2" }, { 0 }
};

static void shares_the_bus(void **state)
{
	struct vfio_rig *rig = *state;
	const uint64_t one = 1;
	struct bridges bridges;
	struct companions s;
	struct iommu iommu;
	struct config c;
	uint8_t raw[4];

	set_up_devices(rig);
	iommu_init(&iommu);
	set_options(&c, NULL, NULL, three);
	c.vfio[1].devfn = DEVFN(1, 0);
	assert_int_equal(companions_init(&s, &c), 0);
	assert_int_equal(bridges_init(&bridges, &rig->bus), 0);
	assert_int_equal(companions_open(&s, &iommu, false), 0);
	assert_int_equal(companions_attach(&s, &rig->params), 0);
	for (unsigned i = 0; i < DEVICES; i++) {
		pci_cfg_read(&rig->bus, s.c[i].devfn, 0, raw, 4);
		assert_int_equal(get_le32(raw), 0xa0008086 + (i << 16));
		/* a companion has no personality: its own bytes are its own */
		pci_cfg_write(&rig->bus, s.c[i].devfn, 0x40, "\x77", 1);
		assert_int_equal(fake[i]->config[0x40], 0x77);
		assert_int_equal(fake[i]->irq[VFIO_INTX].n, 1);
		assert_int_equal(s.c[i].pci.pci.intx.gsi, pci_gsi(s.c[i].devfn >> 3, i + 1));
	}
	/* the guest finds the one beside the LPC bridge */
	pci_cfg_read(&rig->bus, DEVFN(0x1f, 0), PCI_HEADER, raw, 1);
	assert_int_equal(raw[0], 0x80);
	/* each one's BARs: and each one's fault is mended by itself */
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	for (unsigned i = 0; i < DEVICES; i++)
		pci_cfg_write(&rig->bus, s.c[i].devfn, PCI_COMMAND, "\x02", 1);
	assert_int_equal(rig->mem.n, DEVICES);
	fake[1]->no_decode = true;
	fake_stderr_begin();
	for (struct exit_fault *f = rig->faults.first; f; f = f->next)
		f->handle(f);
	assert_non_null(strstr(fake_stderr_end(), "0000:00:14.0: BAR0"));
	assert_int_equal(rig->mem.n, DEVICES - 1);
	/* and the host can have each back */
	fake_stderr_begin();
	assert_int_equal(write(fake[2]->irq[VFIO_REQ].fd[0], &one, 8), 8);
	assert_int_equal(loop_run_once(&rig->loop, 0), 0);
	assert_non_null(strstr(fake_stderr_end(), "0000:00:14.2: the host asks"));
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_DEVICE_LOST);
	companions_detach(&s);
	companions_close(&s);
	companions_fini(&s);
	bridges_fini(&bridges);
	for (unsigned i = 0; i < DEVICES; i++)
		assert_int_equal(get_le16(fake[i]->config + PCI_COMMAND), 0x0400);
	vfio_rig_check_gone(rig);
	assert_int_equal(n_open, 0);
	tear_down_devices();
}

static void put_rom(struct fake_vfio *f, uint16_t vendor)
{
	static uint8_t image[512];

	/* PCI Firmware 3.0 5.1: signature, blocks of 512 bytes, offset of "PCIR" */
	memset(image, 0, sizeof(image));
	memcpy(image, "\x55\xaa\x01", 3);
	put_le16(image + 0x18, 0x40);
	memcpy(image + 0x40, "PCIR", 4);
	put_le16(image + 0x44, vendor);
	put_le16(image + 0x46, 0xa000);
	put_le16(image + 0x4a, 0x18);
	put_le16(image + 0x50, 1);
	image[0x54] = 3; /* EFI: no checksum */
	image[0x55] = 0x80;
	if (!f->bytes[VFIO_ROM])
		fake_vfio_region(f, VFIO_ROM, sizeof(image));
	memcpy(f->bytes[VFIO_ROM], image, sizeof(image));
}

/* One device at 01.0 as the command line wants it shown; the result of attaching it. */
static int attach_one(struct vfio_rig *rig, struct companions *s, const struct config *c)
{
	struct iommu iommu;
	int ret;

	iommu_init(&iommu);
	assert_int_equal(companions_init(s, c), 0);
	assert_int_equal(companions_open(s, &iommu, false), 0);
	ret = companions_attach(s, &rig->params);
	return ret;
}

static void shows_other_ids_and_a_rom(void **state)
{
	static const struct option one[] = { { "0000:00:1f.3", "01.0" }, { 0 } };
	struct vfio_rig *rig = *state;
	struct companions s;
	struct config c;
	uint8_t raw[4];

	set_up_devices(rig);
	put_rom(fake[0], 0x8086);
	put_le16(fake[0]->config + PCI_SUBVENDOR, 0x1028);
	set_options(&c, NULL, NULL, one);
	c.vfio[0].rom = ROM_BAR;
	c.vfio[0].ids = (struct config_ids){ .vendor = 0x1234, .device = 0x5678 };
	assert_int_equal(attach_one(rig, &s, &c), 0);
	pci_cfg_read(&rig->bus, 8, 0, raw, 4);
	assert_int_equal(get_le32(raw), 0x56781234);
	/* the subsystem was not asked for */
	pci_cfg_read(&rig->bus, 8, PCI_SUBVENDOR, raw, 4);
	assert_int_equal(get_le32(raw), 0x1028);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	pci_cfg_read(&rig->bus, 8, PCI_ROM, raw, 4);
	raw[0] |= 1;
	pci_cfg_write(&rig->bus, 8, PCI_ROM, raw, 4);
	pci_cfg_write(&rig->bus, 8, PCI_COMMAND, "\x02", 1);
	assert_int_equal(rig->mem.n, 2); /* BAR0 and the ROM */
	companions_detach(&s);
	companions_close(&s);
	companions_fini(&s);

	c.vfio[0].rom = ROM_OFF;
	c.vfio[0].ids = (struct config_ids){ 0x1234, 0x5678, 0x9abc, 0xdef0, 0x12 };
	assert_int_equal(attach_one(rig, &s, &c), 0);
	pci_cfg_read(&rig->bus, 8, PCI_SUBVENDOR, raw, 4);
	assert_int_equal(get_le32(raw), 0xdef09abc);
	pci_cfg_read(&rig->bus, 8, PCI_REVISION, raw, 1);
	assert_int_equal(raw[0], 0x12);
	pci_cfg_read(&rig->bus, 8, PCI_ROM, raw, 4);
	assert_int_equal(get_le32(raw), 0);
	companions_detach(&s);
	companions_close(&s);
	companions_fini(&s);

	/* a ROM of somebody else's device */
	put_rom(fake[0], 0x10de);
	c.vfio[0].rom = ROM_BAR;
	fake_stderr_begin();
	assert_int_equal(attach_one(rig, &s, &c), -EINVAL);
	assert_non_null(strstr(fake_stderr_end(), "0000:00:1f.3: option ROM of the device: "));
	companions_detach(&s);
	companions_close(&s);
	companions_fini(&s);
	vfio_rig_check_gone(rig);
	tear_down_devices();
}

/* What machine.c does, with call number n failing, for each n: nothing is left behind. */
static void leaves_nothing_behind(void **state)
{
	struct vfio_rig *rig = *state;
	unsigned n = 0;

	do {
		struct companions s;
		struct iommu iommu;
		struct config c;
		int ret;

		set_up_devices(rig);
		iommu_init(&iommu);
		rig->fault = (struct fake_fault){ .fail_at = ++n, .err = -EIO };
		set_options(&c, NULL, NULL, three);
		c.vfio[1].devfn = DEVFN(1, 0);
		fake_stderr_begin();
		ret = companions_init(&s, &c);
		if (!ret)
			ret = companions_open(&s, &iommu, false);
		if (!ret)
			ret = companions_attach(&s, &rig->params);
		companions_detach(&s);
		companions_close(&s);
		companions_fini(&s);
		fake_stderr_end();
		assert_true(!ret || rig->fault.failed);
		assert_int_equal(n_open, 0);
		for (unsigned i = 0; i < DEVICES; i++) {
			assert_int_equal(fake[i]->mapped + fake[i]->breaches, 0);
			if (rig->fault.failed && !strcmp(rig->fault.failed, "write"))
				continue; /* it may have been the one that puts it back */
			assert_int_equal(get_le16(fake[i]->config + PCI_COMMAND), 0x0400);
		}
		vfio_rig_check_gone(rig);
		tear_down_devices();
	} while (rig->fault.failed);
	assert_in_range(n, 30, 100);
	rig->fault.fail_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_addresses), cmocka_unit_test(refuses_what_cannot_be),
		VFIO_TEST(shares_the_bus),	   VFIO_TEST(shows_other_ids_and_a_rom),
		VFIO_TEST(leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
