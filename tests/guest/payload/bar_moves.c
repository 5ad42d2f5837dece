// SPDX-License-Identifier: BSD-2-Clause
/*
 * bar_moves.c - a disk whose BAR moves to and fro while one processor has it read sectors and others read
 * its configuration at both places: each finds the device or nobody, never something else.
 */
#include "virtio.h"

#define MOVES	 200
#define BAR0	 0x10
#define COMMAND	 0x04
#define DISTANCE 0x100000 /* from one place to the other: nothing is there */
#define SECTORS	 2048	  /* CMakeLists.txt makes it 1 MiB */
#define NOBODY	 0xffffffff
#define TEXT	 "the first sector of a disk, igdvm"
#define DATA	 0x1a00000ul
#define PATIENCE 10000 /* polls for one request before the next kick */

static struct vdev disk;
static uint64_t place[2];
static volatile bool over;
static volatile unsigned running, readers_done;
static volatile unsigned found[2][2], nobody[2], wrong[2]; /* by reader */
static volatile unsigned requests, failed;

/* A reader: the disk's capacity, at either place. */
static void read_capacity(unsigned me)
{
	uint64_t offset = disk.config - place[0];

	running++;
	while (!over)
		for (unsigned i = 0; i < 2; i++) {
			uint32_t v = read32(place[i] + offset);

			if (v == SECTORS)
				found[me][i]++;
			else if (v == NOBODY)
				nobody[me]++;
			else
				wrong[me]++;
		}
	readers_done++;
}

static void first_reader(void)
{
	read_capacity(0);
}

static void second_reader(void)
{
	read_capacity(1);
}

/* The notification goes to both places, until one of them was the device's. */
static void kick_until_used(uint64_t offset)
{
	while (read16(disk.ring[0].used + 2) == disk.ring[0].used_idx) {
		write16(place[0] + offset, 0);
		write16(place[1] + offset, 0);
		for (unsigned i = 0;
		     i < PATIENCE && read16(disk.ring[0].used + 2) == disk.ring[0].used_idx; i++)
			__asm__ volatile("pause");
	}
}

static void read_sectors(void)
{
	uint64_t offset = disk.notify - place[0]; /* queue 0's: main() looked */
	uint32_t written;

	running++;
	while (!over) {
		memset((void *)DATA, 0, 512);
		blk_offer(&disk, 0, 0, BLK_IN, 0, (void *)DATA, 512);
		kick_until_used(offset);
		if (!vdev_wait(&disk, 0, &written) || written != 513 ||
		    memcmp((void *)DATA, TEXT, sizeof(TEXT) - 1))
			failed++;
		requests++;
	}
	readers_done++;
}

static void move(unsigned n)
{
	bool off = n & 2; /* every other time with memory decoding off */

	if (off)
		write16(ecam(disk.devfn, COMMAND), 4);
	write32(ecam(disk.devfn, BAR0), (uint32_t)place[n & 1]);
	if (off)
		write16(ecam(disk.devfn, COMMAND), 6);
}

void guest_main(uint8_t *boot_params)
{
	void (*const task[])(void) = { first_reader, second_reader, read_sectors };
	static uint32_t id[CPUS_MAX];
	unsigned astray = 0;

	(void)boot_params;
	equal(cpus_list(id), 4, "processors");
	report(vdev_find(&disk, VIRTIO_BLK), "a disk");
	place[0] = read32(ecam(disk.devfn, BAR0)) & ~0xful;
	place[1] = place[0] ^ DISTANCE;
	vdev_start(&disk, 1, 0, true);
	write16(disk.common + C_QUEUE_SELECT, 0);
	equal(read16(disk.common + C_QUEUE_NOTIFY), 0, "queue 0 is notified at the beginning");
	for (unsigned i = 0; i < ARRAY_SIZE(task); i++) {
		report(cpu_start(id[i + 1], task[i]), "processor %u starts", i + 1);
		while (running <= i)
			__asm__ volatile("pause");
	}
	for (unsigned n = 1; n <= MOVES; n++) {
		move(n);
		astray += (read32(ecam(disk.devfn, BAR0)) & ~0xful) != place[n & 1];
	}
	over = true;
	while (readers_done < ARRAY_SIZE(task))
		__asm__ volatile("pause");
	equal(astray, 0, "the BAR reads as written");
	for (unsigned i = 0; i < 2; i++) {
		report(found[i][0] && found[i][1], "reader %u: the disk at both places", i);
		report(nobody[i], "reader %u: nobody where it was", i);
		equal(wrong[i], 0, "reader %u: nothing else", i);
	}
	report(requests, "sectors were read meanwhile");
	equal(failed, 0, "they are the disk's");
}
