// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_blk.c - headers, ranges and status bytes; the data goes between guest and disk as it is.
 * Knows sectors and what a driver may ask for; how a disk is read is disk.c's.
 */
#include <errno.h>
#include <stdlib.h>

#include "../iov.h"
#include "virtio_blk.h"

#define QUEUE_SIZE 256
#define SECTOR	   512

/* Features: 5.2.3 */
#define F_SEG_MAX      BIT(2)
#define F_RO	       BIT(5)
#define F_BLK_SIZE     BIT(6)
#define F_FLUSH	       BIT(9)
#define F_TOPOLOGY     BIT(10)
#define F_MQ	       BIT(12)
#define F_DISCARD      BIT(13)
#define F_WRITE_ZEROES BIT(14)

/* struct virtio_blk_config: 5.2.4 */
#define CONFIG_CAPACITY		    0
#define CONFIG_SEG_MAX		    12
#define CONFIG_BLK_SIZE		    20
#define CONFIG_BLOCK_EXP	    24
#define CONFIG_NUM_QUEUES	    34
#define CONFIG_MAX_DISCARD	    36
#define CONFIG_MAX_DISCARD_SEG	    40
#define CONFIG_DISCARD_ALIGN	    44
#define CONFIG_MAX_WRITE_ZEROES	    48
#define CONFIG_MAX_WRITE_ZEROES_SEG 52
#define CONFIG_MAY_UNMAP	    56

/* struct virtio_blk_req: 5.2.6 */
#define HEADER_TYPE   0
#define HEADER_SECTOR 8
#define HEADER_SIZE   16
#define STATUS_SIZE   1

#define T_IN	       0
#define T_OUT	       1
#define T_FLUSH	       4
#define T_GET_ID       8
#define T_DISCARD      11
#define T_WRITE_ZEROES 13

#define S_OK	 0
#define S_IOERR	 1
#define S_UNSUPP 2

/* struct virtio_blk_discard_write_zeroes */
#define RANGE_SECTOR  0
#define RANGE_SECTORS 8
#define RANGE_FLAGS   12
#define RANGE_SIZE    16
#define RANGE_F_UNMAP BIT(0)

/* Sectors of one range: what the disk's thread may be busy with while the others wait. */
#define MAX_DISCARD	 (4 * GiB / SECTOR)
#define MAX_WRITE_ZEROES (32 * MiB / SECTOR)

/*
 * A request on its way. The descriptors were checked, and belong to the device until it is given back: so
 * does the slot of its head, and none is allocated while the guest runs.
 */
struct virtio_blk_request {
	struct disk_request disk;
	unsigned queue;
	uint16_t head;
	uint32_t type;
	size_t in_len;	 /* bytes to write, with the status */
	uint8_t *status; /* in guest memory */
	struct virtio_blk *blk;
	struct iovec iov[QUEUE_SIZE];
};

static struct virtio_blk *to_blk(struct virtio_dev *v)
{
	return container_of(v, struct virtio_blk, dev);
}

/* A failed read has written nothing that the driver may believe. */
static void complete(struct virtio_blk_request *r, uint8_t status)
{
	*r->status = status;
	virtio_push(&r->blk->dev, r->queue, r->head, status && r->type == T_IN ? 0 : r->in_len);
}

static void disk_done(struct disk *d, struct disk_request *dr)
{
	struct virtio_blk_request *r = container_of(dr, struct virtio_blk_request, disk);
	struct virtio_blk *b = container_of(d, struct virtio_blk, disk);
	unsigned queue = r->queue;

	complete(r, dr->result ? S_IOERR : S_OK);
	b->in_flight--;
	b->pushed |= BIT(queue);
}

/* One interrupt a queue for all that came back together. */
static void disk_settled(struct disk *d)
{
	struct virtio_blk *b = container_of(d, struct virtio_blk, disk);

	for (unsigned n = 0; n < b->dev.n_queues; n++)
		if (b->pushed & BIT(n))
			virtio_signal(&b->dev, n);
	b->pushed = 0;
	if (b->dev.resetting && !b->in_flight)
		virtio_reset_done(&b->dev);
}

/* ---- one function for each type: S_OK when the disk has the request now, else its status ---- */

#define TO_DISK 0xff

static bool inside(const struct virtio_blk *b, uint64_t sector, uint64_t bytes)
{
	uint64_t capacity = b->disk.size / SECTOR;

	return bytes && bytes % SECTOR == 0 && sector <= capacity &&
	       bytes / SECTOR <= capacity - sector;
}

static uint8_t submit(struct virtio_blk_request *r, enum disk_op op, uint64_t sector,
		      uint64_t bytes)
{
	if (!inside(r->blk, sector, bytes))
		return S_IOERR;
	r->disk.op = op;
	r->disk.offset = sector * SECTOR;
	r->disk.len = bytes;
	r->disk.iov = r->iov;
	r->disk.stable = !(r->blk->dev.features & F_FLUSH);
	r->blk->in_flight++;
	disk_submit(&r->blk->disk, &r->disk);
	return TO_DISK;
}

static uint8_t read_sectors(struct virtio_blk_request *r, const struct virtq_chain *c,
			    uint64_t sector)
{
	size_t bytes = r->in_len - STATUS_SIZE;

	r->disk.n_iov = iov_slice(c->iov + c->n_out, c->n_in, 0, bytes, r->iov);
	return submit(r, DISK_READ, sector, bytes);
}

static uint8_t write_sectors(struct virtio_blk_request *r, const struct virtq_chain *c,
			     uint64_t sector)
{
	size_t bytes = iov_size(c->iov, c->n_out) - HEADER_SIZE;

	if (r->blk->disk.readonly)
		return S_IOERR;
	r->disk.n_iov = iov_slice(c->iov, c->n_out, HEADER_SIZE, bytes, r->iov);
	return submit(r, DISK_WRITE, sector, bytes);
}

static uint8_t flush(struct virtio_blk_request *r, const struct virtq_chain *c, uint64_t sector)
{
	(void)c;
	(void)sector;
	r->disk.op = DISK_FLUSH;
	r->blk->in_flight++;
	disk_submit(&r->blk->disk, &r->disk);
	return TO_DISK;
}

static uint8_t get_id(struct virtio_blk_request *r, const struct virtq_chain *c, uint64_t sector)
{
	(void)sector;
	if (r->in_len < VIRTIO_BLK_SERIAL_MAX + STATUS_SIZE)
		return S_IOERR;
	iov_from_buf(c->iov + c->n_out, c->n_in, 0, r->blk->serial, VIRTIO_BLK_SERIAL_MAX);
	return S_OK;
}

/* Both commands: one range, as config space says. */
static uint8_t range(struct virtio_blk_request *r, const struct virtq_chain *c, enum disk_op op,
		     uint32_t most, uint32_t flags_known)
{
	uint8_t range[RANGE_SIZE];
	uint32_t sectors, flags;

	if (r->blk->disk.readonly || iov_size(c->iov, c->n_out) != HEADER_SIZE + sizeof(range))
		return S_IOERR;
	iov_to_buf(c->iov, c->n_out, HEADER_SIZE, range, sizeof(range));
	sectors = get_le32(range + RANGE_SECTORS);
	flags = get_le32(range + RANGE_FLAGS);
	if (flags & ~flags_known)
		return S_UNSUPP;
	if (sectors > most)
		return S_IOERR;
	r->disk.unmap = flags & RANGE_F_UNMAP;
	return submit(r, op, get_le64(range + RANGE_SECTOR), (uint64_t)sectors * SECTOR);
}

static uint8_t discard(struct virtio_blk_request *r, const struct virtq_chain *c, uint64_t sector)
{
	(void)sector;
	return range(r, c, DISK_DISCARD, MAX_DISCARD, 0);
}

static uint8_t write_zeroes(struct virtio_blk_request *r, const struct virtq_chain *c,
			    uint64_t sector)
{
	(void)sector;
	return range(r, c, DISK_WRITE_ZEROES, MAX_WRITE_ZEROES, RANGE_F_UNMAP);
}

static const struct type {
	uint32_t type;
	uint64_t feature; /* that the driver must have taken; 0: none */
	uint8_t (*serve)(struct virtio_blk_request *r, const struct virtq_chain *c,
			 uint64_t sector);
} types[] = {
	{ T_IN, 0, read_sectors },
	{ T_OUT, 0, write_sectors },
	{ T_FLUSH, 0, flush },
	{ T_GET_ID, 0, get_id },
	{ T_DISCARD, F_DISCARD, discard },
	{ T_WRITE_ZEROES, F_WRITE_ZEROES, write_zeroes },
};

static uint8_t dispatch(struct virtio_blk_request *r, const struct virtq_chain *c, uint64_t sector)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == r->type &&
		    (types[i].feature & r->blk->dev.features) == types[i].feature)
			return types[i].serve(r, c, sector);
	return S_UNSUPP;
}

/* ---- queues ---- */

static void serve(struct virtio_dev *v, unsigned n, const struct virtq_chain *c)
{
	size_t in_len = iov_size(c->iov + c->n_out, c->n_in);
	uint8_t header[HEADER_SIZE], status;
	struct iovec last;
	struct virtio_blk_request *r;

	/* without a status byte there is no way to say what is wrong (5.2.6.1) */
	if (iov_to_buf(c->iov, c->n_out, 0, header, sizeof(header)) != sizeof(header) || !in_len) {
		virtio_broken(v, n, -EBADMSG);
		return;
	}
	iov_slice(c->iov + c->n_out, c->n_in, in_len - STATUS_SIZE, STATUS_SIZE, &last);
	r = &to_blk(v)->slot[n * QUEUE_SIZE + c->head];
	r->disk = (struct disk_request){ 0 };
	r->blk = to_blk(v);
	r->queue = n;
	r->head = c->head;
	r->in_len = in_len;
	r->status = last.iov_base;
	r->type = get_le32(header + HEADER_TYPE);
	status = dispatch(r, c, get_le64(header + HEADER_SECTOR));
	if (status != TO_DISK)
		complete(r, status);
}

static void kick(struct virtio_dev *v, unsigned n)
{
	virtio_each_chain(v, n, serve);
	disk_kick(&to_blk(v)->disk);
}

/* What the host is busy with has guest memory in its hands, and is waited for. */
static bool reset(struct virtio_dev *v)
{
	struct virtio_blk *b = to_blk(v);

	disk_cancel(&b->disk);
	return !b->in_flight;
}

static const struct virtio_ops ops = { .kick = kick, .reset = reset };

/* ---- what the driver is told ---- */

static void fill_config(struct virtio_blk *b)
{
	/* a file is a disk of 512-byte sectors, whatever the host's disk below it has */
	unsigned block = b->disk.is_device ? b->disk.block : SECTOR;
	uint8_t *c = b->config, exp = 0;

	while (block << exp < b->disk.block)
		exp++;
	put_le64(c + CONFIG_CAPACITY, b->disk.size / SECTOR);
	put_le32(c + CONFIG_SEG_MAX, QUEUE_SIZE - 2); /* header and status have a piece each */
	put_le32(c + CONFIG_BLK_SIZE, block);
	c[CONFIG_BLOCK_EXP] = exp;
	put_le16(c + CONFIG_NUM_QUEUES, (uint16_t)b->dev.n_queues);
	put_le32(c + CONFIG_MAX_DISCARD, MAX_DISCARD);
	put_le32(c + CONFIG_MAX_DISCARD_SEG, 1);
	put_le32(c + CONFIG_DISCARD_ALIGN, b->disk.block / SECTOR);
	put_le32(c + CONFIG_MAX_WRITE_ZEROES, MAX_WRITE_ZEROES);
	put_le32(c + CONFIG_MAX_WRITE_ZEROES_SEG, 1);
	c[CONFIG_MAY_UNMAP] = 1;
}

int virtio_blk_init(struct virtio_blk *b, const struct virtio_blk_params *p)
{
	struct disk_params disk = p->disk;
	int ret;

	*b = (struct virtio_blk){ .dev = {
					  .name = p->disk.path,
					  .ops = &ops,
					  .type = VIRTIO_TYPE_BLK,
					  .class_code = 0x018000, /* mass storage, other */
					  .n_queues = p->queues,
					  .queue_size = QUEUE_SIZE,
					  .config = b->config,
					  .config_size = VIRTIO_BLK_CONFIG_SIZE,
				  } };
	if (p->serial)
		memcpy(b->serial, p->serial, MIN(strlen(p->serial), sizeof(b->serial)));
	b->slot = calloc((size_t)p->queues * QUEUE_SIZE, sizeof(*b->slot));
	if (!b->slot)
		return log_err(-ENOMEM, "--disk %s: %m", p->disk.path);
	disk.done = disk_done;
	disk.settled = disk_settled;
	ret = disk_init(&b->disk, &disk);
	if (ret)
		return ret;
	b->dev.offered = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_TOPOLOGY | F_MQ |
			 (b->disk.readonly ? F_RO : F_DISCARD | F_WRITE_ZEROES);
	fill_config(b);
	return 0;
}

void virtio_blk_fini(struct virtio_blk *b)
{
	disk_fini(&b->disk);
	free(b->slot);
	b->slot = NULL;
}
