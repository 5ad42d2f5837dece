// SPDX-License-Identifier: GPL-2.0
/*
 * edutest - prove DMA and interrupts of an assigned device, from inside the guest.
 *
 * The lab's GPU has the registers of QEMU's "edu" device in one of its BARs. This driver binds to it,
 * runs every check, prints one "EDUTEST name: ok" or "EDUTEST name: FAIL" line each, and stays bound
 * unless any of them failed.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>

#ifndef PCI_IRQ_INTX /* the name since Linux 6.8 */
#define PCI_IRQ_INTX PCI_IRQ_LEGACY
#endif

static unsigned int slot = 2;
module_param(slot, uint, 0444);
MODULE_PARM_DESC(slot, "device number on bus 0");

static unsigned int bar = 5;
module_param(bar, uint, 0444);
MODULE_PARM_DESC(bar, "the BAR with edu's registers");

/* Registers of edu (QEMU, docs/specs/edu). */
#define EDU_ID		0x00
#define EDU_ID_VALUE	0x010000ed
#define EDU_LIVENESS	0x04 /* reads back inverted */
#define EDU_FACTORIAL	0x08
#define EDU_STATUS	0x20
#define EDU_COMPUTING	BIT(0)
#define EDU_IRQ_STATUS	0x24
#define EDU_IRQ_RAISE	0x60
#define EDU_IRQ_ACK	0x64
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_START	BIT(0)
#define EDU_DMA_TO_RAM	BIT(1)
#define EDU_BUFFER	0x40000
#define EDU_BUFFER_SIZE 4096

#define TIMEOUT		(5 * HZ)
#define ROUNDS		8

struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct completion fired;
	atomic_t count;
	u32 seen; /* IRQ_STATUS of the last interrupt */
	int failures;
};

static void report(struct edu *e, const char *what, bool ok)
{
	pr_info("EDUTEST %s: %s\n", what, ok ? "ok" : "FAIL");
	e->failures += !ok;
}

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu *e = data;
	u32 status = ioread32(e->regs + EDU_IRQ_STATUS);

	if (!status)
		return IRQ_NONE;
	iowrite32(status, e->regs + EDU_IRQ_ACK);
	e->seen = status;
	atomic_inc(&e->count);
	complete(&e->fired);
	return IRQ_HANDLED;
}

/* One transfer, to its end. The addresses fit 32 bits: so says the DMA mask. */
static bool dma(struct edu *e, u32 src, u32 dst, u32 count, u32 direction)
{
	unsigned long end = jiffies + TIMEOUT;

	iowrite32(src, e->regs + EDU_DMA_SRC);
	iowrite32(dst, e->regs + EDU_DMA_DST);
	iowrite32(count, e->regs + EDU_DMA_COUNT);
	iowrite32(EDU_DMA_START | direction, e->regs + EDU_DMA_CMD);
	while (ioread32(e->regs + EDU_DMA_CMD) & EDU_DMA_START) {
		if (time_after(jiffies, end))
			return false;
		msleep(10);
	}
	return true;
}

/* Out of one page, into another; the bytes around the target stay as they were. */
static bool dma_round(struct edu *e, u8 *out, dma_addr_t out_dma, u8 *in, dma_addr_t in_dma,
		      u8 seed)
{
	const u32 off = 64, len = EDU_BUFFER_SIZE - 2 * off;
	u32 i;

	for (i = 0; i < EDU_BUFFER_SIZE; i++) {
		out[i] = i * 7 + (i >> 8) + seed;
		in[i] = 0xee;
	}
	if (!dma(e, out_dma + off, EDU_BUFFER, len, 0) ||
	    !dma(e, EDU_BUFFER, in_dma + off, len, EDU_DMA_TO_RAM) ||
	    memcmp(in + off, out + off, len))
		return false;
	for (i = 0; i < off; i++)
		if (in[i] != 0xee || in[EDU_BUFFER_SIZE - 1 - i] != 0xee)
			return false;
	return true;
}

static void test_dma(struct edu *e)
{
	dma_addr_t out_dma, in_dma;
	u8 *out, *in;
	bool ok = true;
	int i;

	out = dma_alloc_coherent(&e->pdev->dev, EDU_BUFFER_SIZE, &out_dma, GFP_KERNEL);
	in = dma_alloc_coherent(&e->pdev->dev, EDU_BUFFER_SIZE, &in_dma, GFP_KERNEL);
	for (i = 0; out && in && i < 2; i++)
		ok &= dma_round(e, out, out_dma, in, in_dma, i * 0x55);
	report(e, "dma", out && in && ok);
	if (in)
		dma_free_coherent(&e->pdev->dev, EDU_BUFFER_SIZE, in, in_dma);
	if (out)
		dma_free_coherent(&e->pdev->dev, EDU_BUFFER_SIZE, out, out_dma);
}

/*
 * ROUNDS interrupts one after the other, each with its own status bit: a line that is not
 * unmasked again gives one only, a line that is not lowered gives too many.
 */
static bool irq_rounds(struct edu *e)
{
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		reinit_completion(&e->fired);
		iowrite32(BIT(i), e->regs + EDU_IRQ_RAISE);
		if (!wait_for_completion_timeout(&e->fired, TIMEOUT) || e->seen != BIT(i))
			return false;
	}
	msleep(100);
	return atomic_read(&e->count) == ROUNDS;
}

static void test_irq(struct edu *e, const char *what, unsigned int type)
{
	bool ok = false;

	if (pci_alloc_irq_vectors(e->pdev, 1, 1, type) == 1) {
		atomic_set(&e->count, 0);
		if (!request_irq(pci_irq_vector(e->pdev, 0), edu_irq,
				 type == PCI_IRQ_INTX ? IRQF_SHARED : 0, "edutest", e)) {
			ok = irq_rounds(e);
			pr_info("EDUTEST %s: %d of %d interrupts\n", what, atomic_read(&e->count),
				ROUNDS);
			free_irq(pci_irq_vector(e->pdev, 0), e);
		}
		pci_free_irq_vectors(e->pdev);
	}
	report(e, what, ok);
}

static void test_registers(struct edu *e)
{
	unsigned long end = jiffies + TIMEOUT;

	report(e, "id", ioread32(e->regs + EDU_ID) == EDU_ID_VALUE);
	iowrite32(0x12345678, e->regs + EDU_LIVENESS);
	report(e, "liveness", ioread32(e->regs + EDU_LIVENESS) == ~0x12345678u);
	iowrite32(10, e->regs + EDU_FACTORIAL);
	while (ioread32(e->regs + EDU_STATUS) & EDU_COMPUTING && time_before(jiffies, end))
		msleep(10);
	report(e, "factorial", ioread32(e->regs + EDU_FACTORIAL) == 3628800);
}

static void test_all(struct edu *e)
{
	test_registers(e);
	if (e->failures) /* not the device: do not program its DMA engine */
		return;
	test_dma(e);
	test_irq(e, "msi", PCI_IRQ_MSI);
	test_irq(e, "intx", PCI_IRQ_INTX);
	test_irq(e, "msi again", PCI_IRQ_MSI);
}

static int edutest_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu e = { .pdev = pdev };
	int ret;

	if (pdev->bus->number || pdev->devfn != PCI_DEVFN(slot, 0))
		return -ENODEV;
	init_completion(&e.fired);
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_request_region(pdev, bar, "edutest");
	if (ret)
		goto disable;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	e.regs = ret ? NULL : pci_iomap(pdev, bar, 0);
	if (e.regs) {
		pci_set_master(pdev);
		test_all(&e);
		pci_clear_master(pdev);
		pci_iounmap(pdev, e.regs);
		ret = e.failures ? -EIO : 0;
	} else {
		ret = ret ?: -ENOMEM;
	}
	pci_release_region(pdev, bar);
disable:
	pci_disable_device(pdev);
	return ret;
}

static const struct pci_device_id edutest_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, PCI_ANY_ID) },
	{}
};

static struct pci_driver edutest_driver = {
	.name = "edutest",
	.id_table = edutest_ids,
	.probe = edutest_probe,
};

module_pci_driver(edutest_driver);
MODULE_DESCRIPTION("DMA and interrupt checks on the registers of QEMU's edu device");
MODULE_LICENSE("GPL");
