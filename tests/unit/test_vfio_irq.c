// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts of an assigned device: what the device and the interrupt controller were told must agree
 * after every write the guest makes to the MSI capability.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"

/* ---- interrupts ---- */

/* n 0: INTx; else so many messages, of which masked ones wait. */
static void check_irqs(struct vfio_rig *rig, unsigned n, uint32_t masked, uint64_t address,
		       uint32_t data)
{
	const struct fake_vfio *d = &rig->dev;

	assert_int_equal(d->breaches + rig->chip.breaches, 0);
	assert_int_equal(d->irq[VFIO_INTX].n, n == 0);
	assert_int_equal(d->irq[VFIO_MSI].n, n);
	assert_int_equal(fake_chip_allocated(&rig->chip), n);
	if (!n) {
		assert_int_equal(rig->chip.gsi[INTX].fd, d->irq[VFIO_INTX].fd[0]);
		assert_int_equal(rig->chip.gsi[INTX].resample_fd, d->irq[VFIO_INTX].unmask_fd);
		assert_true(d->irq[VFIO_INTX].unmask_fd >= 0);
		return;
	}
	assert_int_equal(rig->chip.gsi[INTX].fd, -1);
	for (unsigned i = 0; i < n; i++) {
		uint32_t gsi = rig->v.msi[i].gsi;

		assert_int_equal(rig->chip.gsi[gsi].fd,
				 masked & BIT(i) ? -1 : d->irq[VFIO_MSI].fd[i]);
		assert_int_equal(rig->chip.gsi[gsi].resample_fd, -1);
		assert_true(rig->chip.gsi[gsi].address == address);
		assert_int_equal(rig->chip.gsi[gsi].data, n > 1 ? (data & ~(n - 1)) | i : data);
	}
}

static void follows_the_message_capability(void **state)
{
	/* one write each; what then holds */
	static const struct {
		unsigned off, len;
		uint32_t value;
		unsigned n;
		uint32_t masked;
		uint64_t address;
		uint32_t data;
	} t[] = {
		{ 4, 4, 0xfee01003, 0, 0, 0, 0 },
		{ 8, 4, 0, 0, 0, 0, 0 },
		{ 12, 2, 0x4041, 0, 0, 0, 0 },
		{ 16, 4, 0, 0, 0, 0, 0 },
		{ 2, 2, 0x0001, 1, 0, 0xfee01000, 0x4041 }, /* on */
		{ 2, 2, 0x0001, 1, 0, 0xfee01000, 0x4041 },
		{ 4, 4, 0xfee02000, 1, 0, 0xfee02000, 0x4041 }, /* another CPU */
		{ 8, 4, 0x1, 1, 0, 0x1fee02000, 0x4041 },
		{ 8, 4, 0x0, 1, 0, 0xfee02000, 0x4041 },
		{ 12, 1, 0x77, 1, 0, 0xfee02000, 0x4077 },
		{ 16, 4, 0xffffffff, 1, 1, 0xfee02000, 0x4077 }, /* masked */
		{ 12, 2, 0x0031, 1, 1, 0xfee02000, 0x0031 },
		{ 16, 1, 0xfe, 1, 0, 0xfee02000, 0x0031 },
		{ 16, 4, 0, 1, 0, 0xfee02000, 0x0031 },
		{ 2, 2, 0x0021, 4, 0, 0xfee02000, 0x0031 }, /* four vectors */
		{ 16, 4, 0x6, 4, 0x6, 0xfee02000, 0x0031 },
		{ 16, 4, 0x9, 4, 0x9, 0xfee02000, 0x0031 },
		{ 2, 2, 0x0011, 2, 0x1, 0xfee02000, 0x0031 }, /* two, the first still masked */
		{ 2, 2, 0x0071, 4, 0x9, 0xfee02000, 0x0031 }, /* more than there are */
		{ 2, 2, 0x0070, 0, 0, 0, 0 },		      /* off: INTx again */
		{ 16, 4, 0, 0, 0, 0, 0 },
		{ 0, 4, 0xffff0000, 4, 0, 0xfee02000, 0x0031 }, /* with the header, by a dword */
		{ 2, 1, 0, 0, 0, 0, 0 },
	};
	struct vfio_rig *rig = *state;

	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, PCI_INT_PIN, 1), 1);
	assert_int_equal(cfg_rd(rig, PCI_INT_LINE, 1), INTX);
	assert_int_equal(cfg_rd(rig, MSI + MSI_CONTROL, 2), 0x0184); /* off, whatever it was */
	check_irqs(rig, 0, 0, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		cfg_wr(rig, MSI + t[i].off, t[i].len, t[i].value);
		check_irqs(rig, t[i].n, t[i].masked, t[i].address, t[i].data);
	}
	/* read-only: capable, 64-bit, maskable; and the device's own registers were never touched */
	cfg_wr(rig, MSI, 4, 0);
	assert_int_equal(cfg_rd(rig, MSI, 4), 0x01840000 | PM << 8 | 5);
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, MSI, 24), 0);
}

/* A masked message waits; what was delivered does not come again. */
static void keeps_what_is_masked(void **state)
{
	struct vfio_rig *rig = *state;
	const uint64_t one = 1;
	uint32_t gsi;

	vfio_rig_start(rig);
	cfg_wr(rig, MSI + MSI_MASK_64, 4, 0);
	cfg_wr(rig, MSI + MSI_CONTROL, 2, 1);
	gsi = rig->v.msi[0].gsi;
	for (unsigned i = 0; i < 4; i++) {
		if (i & 1) /* before it is masked, and after */
			assert_int_equal(write(rig->dev.irq[VFIO_MSI].fd[0], &one, 8), 8);
		cfg_wr(rig, MSI + MSI_MASK_64, 4, 1);
		if (i & 2)
			assert_int_equal(write(rig->dev.irq[VFIO_MSI].fd[0], &one, 8), 8);
		cfg_wr(rig, MSI + MSI_MASK_64, 4, 0);
		assert_int_equal(fake_chip_take(&rig->chip, gsi), i / 2);
	}
}

static void lives_without_interrupts(void **state)
{
	struct vfio_rig *rig = *state;

	rig->dev.dev.irq[VFIO_INTX].count = 0;
	rig->dev.dev.irq[VFIO_MSI].count = 0;
	rig->dev.dev.irq[VFIO_ERR].count = 0;
	rig->dev.dev.irq[VFIO_REQ].count = 0;
	rig->dev.config[MSI + MSI_CONTROL] = 0x84; /* off, as a reset leaves it */
	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, PCI_INT_PIN, 1), 0);
	cfg_wr(rig, MSI + MSI_CONTROL, 2, 1);
	assert_int_equal(cfg_rd(rig, MSI + MSI_CONTROL, 2) & 1, 0);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_SET_IRQS, UINT_MAX), 0);
	assert_int_equal(fake_chip_attached(&rig->chip), 0);
}

/* The host gives no vectors: the guest has its bit and no interrupt, and the log one line. */
static void keeps_quiet_when_refused(void **state)
{
	struct vfio_rig *rig = *state;
	const char *text;

	vfio_rig_start(rig);
	cfg_wr(rig, MSI + MSI_MASK_64, 4, 0);
	fake_stderr_begin();
	for (unsigned i = 0; i < 5; i++) {
		rig->fault.calls = 0;
		rig->fault.fail_at = i ? 0 : 15; /* INTx off, four vectors, then the device */
		cfg_wr(rig, MSI + MSI_CONTROL, 2, 0x0021);
		if (!i)
			assert_string_equal(rig->fault.failed, "set_irqs");
		assert_int_equal(cfg_rd(rig, MSI + MSI_CONTROL, 2), 0x01a5);
		assert_int_equal(rig->dev.irq[VFIO_MSI].n + rig->dev.irq[VFIO_INTX].n, 0);
		assert_int_equal(fake_chip_attached(&rig->chip), 0);
		assert_int_equal(fake_chip_allocated(&rig->chip), 0);
		cfg_wr(rig, MSI + MSI_CONTROL, 2, 0);
		check_irqs(rig, 0, 0, 0, 0);
	}
	text = fake_stderr_end();
	assert_non_null(strstr(text, "0000:00:02.0: the guest gets no messages (4 vectors)"));
	assert_ptr_equal(strchr(text, '\n') + 1, strchr(text, '\0'));
	/* fewer may be had */
	cfg_wr(rig, MSI + MSI_ADDRESS, 4, 0xfee00000);
	cfg_wr(rig, MSI + MSI_ADDRESS_HIGH, 4, 0);
	cfg_wr(rig, MSI + MSI_CONTROL, 2, 0x0011);
	check_irqs(rig, 2, 0, 0xfee00000, get_le16(rig->v.pci.val + MSI + MSI_DATA_64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(follows_the_message_capability),
		VFIO_TEST(keeps_what_is_masked),
		VFIO_TEST(lives_without_interrupts),
		VFIO_TEST(keeps_quiet_when_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
