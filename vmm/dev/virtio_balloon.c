// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_balloon.c - pages that the driver names are taken from the host's page tables.
 *
 * Knows guest RAM as the plan has it; such a page reads zero afterwards, and comes back when it is
 * touched: there is nothing to do for deflating. Must not be used where memory is pinned or huge.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../iov.h"
#include "../mem.h"
#include "../memmap.h"
#include "virtio_balloon.h"

#define QUEUE_SIZE 128
#define PAGE	   4096ULL

/*
 * Section 5.5.2 gives the queue of reports number 4. Linux counts only the queues there are, and the one
 * for hints is not (drivers/virtio/virtio_pci_modern.c): 3, or 2 for a driver without statistics.
 */
enum { INFLATE, DEFLATE, STATS, REPORTS_COUNTED, REPORTS, QUEUES };

/* ---- memory ---- */

/* [at, at + len) is the guest's to use, and no part of it anything else. */
static bool is_usable(const struct virtio_balloon *b, const char *at, size_t len)
{
	for (size_t i = 0; i < b->map->n; i++) {
		const struct mem_range *r = &b->map->range[i];
		const char *base = r->type == MEM_RAM ? mem_at(b->dev.mem, r->gpa, r->size) : NULL;

		if (base && at >= base && len <= r->size && (size_t)(at - base) <= r->size - len)
			return true;
	}
	return false;
}

/* Give back the whole pages of [at, at + len). */
static void discard(struct virtio_balloon *b, char *at, size_t len)
{
	size_t skip = -(uintptr_t)at & (PAGE - 1);

	if (len < skip + PAGE)
		return;
	at += skip;
	len = (len - skip) & ~(size_t)(PAGE - 1);
	if (!is_usable(b, at, len))
		log_guest(&b->dev.log, "%s: memory that is not the guest's to give stays",
			  b->dev.name);
	else if (madvise(at, len, b->dev.mem->n_shares ? MADV_REMOVE : MADV_DONTNEED))
		log_guest(&b->dev.log, "%s: %zu bytes stay with the guest: %m", b->dev.name, len);
}

/* ---- queues ---- */

/* Pages first.. in a row, in order or backwards, are one call of the host. */
struct run {
	uint64_t first, n;
};

static void discard_run(struct virtio_balloon *b, const struct run *run)
{
	void *at = run->n ? mem_at(b->dev.mem, run->first * PAGE, run->n * PAGE) : NULL;

	if (at) {
		discard(b, at, run->n * PAGE);
		return;
	}
	/* a run may leave RAM at its end: page by page then */
	for (uint64_t i = 0; i < run->n; i++) {
		at = mem_at(b->dev.mem, (run->first + i) * PAGE, PAGE);
		if (at)
			discard(b, at, PAGE);
		else
			log_guest(&b->dev.log, "%s: page %#llx is no RAM", b->dev.name,
				  (unsigned long long)(run->first + i));
	}
}

static bool extend(struct run *run, uint64_t page)
{
	bool behind = page == run->first + run->n, before = page + 1 == run->first;

	if (!run->n || !(behind || before))
		return false;
	run->first -= before;
	run->n++;
	return true;
}

static void inflate(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	struct virtio_balloon *b = container_of(v, struct virtio_balloon, dev);
	struct run run = { 0 };
	uint32_t page;

	for (unsigned i = 0; i < VIRTIO_BALLOON_PAGES_MAX; i++) {
		if (iov_to_buf(c->iov, c->n_out, i * sizeof(page), &page, sizeof(page)) !=
		    sizeof(page))
			break;
		page = le32toh(page);
		if (extend(&run, page))
			continue;
		discard_run(b, &run);
		run = (struct run){ page, 1 };
	}
	discard_run(b, &run);
	virtio_push(v, n, c->head, 0);
}

static void take_report(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	struct virtio_balloon *b = container_of(v, struct virtio_balloon, dev);

	for (unsigned i = 0; i < c->n_in; i++)
		discard(b, c->iov[c->n_out + i].iov_base, c->iov[c->n_out + i].iov_len);
	virtio_push(v, n, c->head, 0);
}

static void give_back(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	virtio_push(v, n, c->head, 0);
}

/*
 * Of statistics the device keeps the driver's one buffer: giving it back would ask for new ones. Nobody
 * asks for them.
 */
static void keep_or_report(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	if (!(v->features & VIRTIO_BALLOON_F_STATS_VQ))
		take_report(v, n, c);
}

static void kick(struct virtio_dev *v, unsigned n)
{
	static virtio_chain_fn *const serve[QUEUES] = {
		[INFLATE] = inflate,	  [DEFLATE] = give_back,
		[STATS] = keep_or_report, [REPORTS_COUNTED] = take_report,
		[REPORTS] = take_report,
	};

	virtio_each_chain(v, n, serve[n]);
}

/* The driver says how many pages it has inflated. */
static void config_write(struct virtio_dev *v, unsigned off, const void *data, unsigned len)
{
	const unsigned actual = offsetof(struct virtio_balloon_config, actual);

	if (off >= actual)
		memcpy(v->config + off, data, len);
}

static const struct virtio_ops ops = { .kick = kick, .config_write = config_write };

void virtio_balloon_init(struct virtio_balloon *b, const struct memmap *map, uint64_t ram_size)
{
	*b = (struct virtio_balloon){
		.dev = {
			.name = "virtio-balloon",
			.ops = &ops,
			.type = VIRTIO_TYPE_BALLOON,
			.class_code = 0xff0000, /* no class of PCI's */
			.offered = VIRTIO_BALLOON_F_STATS_VQ | VIRTIO_BALLOON_F_DEFLATE_ON_OOM |
				   VIRTIO_BALLOON_F_REPORTING,
			.n_queues = QUEUES,
			.queue_size = QUEUE_SIZE,
			.config_size = sizeof(b->config),
		},
		.map = map,
		.ram_size = ram_size,
	};
	b->dev.config = (uint8_t *)&b->config;
}

void virtio_balloon_set_target(struct virtio_balloon *b, uint64_t bytes)
{
	uint64_t pages = bytes < b->ram_size ? (b->ram_size - bytes) / PAGE : 0;

	b->config.num_pages = htole32((uint32_t)MIN(pages, (uint64_t)UINT32_MAX));
	if (b->dev.transport)
		virtio_config_changed(&b->dev);
}
