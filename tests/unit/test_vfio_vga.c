// SPDX-License-Identifier: BSD-2-Clause
/*
 * Legacy VGA ranges of an assigned device.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"
#include "vfio_vga.h"

static struct vfio_vga vga;

static void device_has_it(struct vfio_rig *rig)
{
	fake_vfio_region(&rig->dev, VFIO_VGA, 0xc0000);
	for (unsigned i = 0; i < 0xc0000; i++)
		rig->dev.bytes[VFIO_VGA][i] = (uint8_t)(i * 5 + (i >> 10));
}

static void start(struct vfio_rig *rig)
{
	device_has_it(rig);
	vfio_rig_start(rig);
	assert_int_equal(vfio_vga_init(&vga, &rig->v, &rig->pio, &rig->mmio), 0);
}

static void stop(struct vfio_rig *rig)
{
	vfio_vga_fini(&vga);
	vfio_vga_fini(&vga);
	assert_int_equal(rig->pio.n, 2);
	assert_int_equal(rig->mmio.n, 1);
}

static void wants_a_region(void **state)
{
	struct vfio_rig *rig = *state;
	const char *log;
	int ret;

	for (unsigned i = 0; i < 4; i++) {
		if (i == 1)
			device_has_it(rig);
		rig->dev.dev.region[VFIO_VGA].writable = i != 1;
		rig->dev.dev.region[VFIO_VGA].size = i == 0 ? 0 : i == 2 ? 0xbffff : 0xc0000;
		fake_stderr_begin();
		ret = vfio_vga_check(&rig->dev.dev);
		log = fake_stderr_end();
		assert_int_equal(ret, i == 3 ? 0 : -ENODEV);
		if (ret)
			assert_non_null(strstr(log, "CONFIG_VFIO_PCI_VGA"));
	}
}

static void passes_on_what_the_device_decodes(void **state)
{
	static const struct {
		bool io;
		uint32_t addr;
	} t[] = { { false, 0xa0000 }, { false, 0xbfffc }, { true, 0x3b0 },
		  { true, 0x3b8 },    { true, 0x3c0 },	  { true, 0x3dc } };
	struct vfio_rig *rig = *state;

	start(rig);
	for (uint16_t command = 0; command < 4; command++) {
		cfg_wr(rig, PCI_COMMAND, 2, command);
		for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
			struct bus *bus = t[i].io ? &rig->pio : &rig->mmio;
			const uint8_t *at = rig->dev.bytes[VFIO_VGA] + t[i].addr;
			uint32_t was = get_le32(at);
			bool on = command & (t[i].io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);

			rig->dev.n_calls = 0;
			assert_int_equal(fake_in(bus, t[i].addr, 4), on ? was : 0xffffffff);
			fake_out(bus, t[i].addr, 4, ~was);
			assert_int_equal(get_le32(at), on ? ~was : was);
			fake_out(bus, t[i].addr + 1, 1, 0x5a);
			assert_int_equal(at[1], on ? 0x5a : (uint8_t)(was >> 8));
			assert_int_equal(fake_vfio_count(&rig->dev, FAKE_READ, VFIO_VGA), on);
			assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, VFIO_VGA), 2 * on);
		}
	}
	stop(rig);
}

static void leaves_the_neighbours_alone(void **state)
{
	static const uint32_t port[] = { 0x3af, 0x3bc, 0x3bf, 0x3e0 }, mem[] = { 0x9ffff, 0xc0000 };
	struct vfio_rig *rig = *state;

	start(rig);
	cfg_wr(rig, PCI_COMMAND, 2, 3);
	rig->dev.n_calls = 0;
	for (size_t i = 0; i < ARRAY_SIZE(port); i++)
		assert_int_equal(fake_in(&rig->pio, port[i], 1), 0xff);
	for (size_t i = 0; i < ARRAY_SIZE(mem); i++)
		assert_int_equal(fake_in(&rig->mmio, mem[i], 1), 0xff);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_READ, VFIO_VGA), 0);
	/* a device that refuses reads as ones */
	rig->fault.calls = 0;
	rig->fault.fail_at = 1;
	assert_int_equal(fake_in(&rig->pio, 0x3c4, 1), 0xff);
	rig->fault.calls = 0;
	fake_out(&rig->pio, 0x3c4, 1, 0);
	assert_int_equal(rig->fault.calls, 1);
	stop(rig);
}

static void somebody_is_there_already(void **state)
{
	static const struct bus_ops none = { NULL, NULL };
	struct bus_region other = { 0x3c0, 1, 1, &none, "other" };
	struct vfio_rig *rig = *state;
	const char *log;
	int ret;

	device_has_it(rig);
	vfio_rig_start(rig);
	assert_int_equal(bus_add(&rig->pio, &other), 0);
	fake_stderr_begin();
	ret = vfio_vga_init(&vga, &rig->v, &rig->pio, &rig->mmio);
	log = fake_stderr_end();
	assert_int_equal(ret, -EEXIST);
	assert_non_null(strstr(log, "vga at 0x3c0"));
	bus_remove(&rig->pio, &other);
	assert_int_equal(rig->pio.n, 2);
	stop(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(wants_a_region),
		VFIO_TEST(passes_on_what_the_device_decodes),
		VFIO_TEST(leaves_the_neighbours_alone),
		VFIO_TEST(somebody_is_there_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
