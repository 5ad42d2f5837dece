/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_rig.h - a machine with one virtio disk on a file of numbered sectors, and a host whose every call
 * can be told to fail. For programs linked with WRAP_blk.
 */
#ifndef IGDVM_BLK_RIG_H
#define IGDVM_BLK_RIG_H

#ifdef IGDVM_URING
#include <liburing.h>
#endif
#include <semaphore.h>

#include "dev/virtio_blk.h"
#include "virtio_rig.h"

#define SECTOR	512
#define SECTORS 4096 /* of the disk; each is full of its number modulo 251 */

/* Features, by the bits of virtio 1.2 section 5.2.3. */
#define READ_ONLY BIT(5)
#define FLUSH	  BIT(9)
#define DISCARD	  (BIT(13) | BIT(14))

#define T_IN	       0
#define T_OUT	       1
#define T_FLUSH	       4
#define T_GET_ID       8
#define T_DISCARD      11
#define T_WRITE_ZEROES 13

struct blk_host {
	int error;	   /* of every transfer, flush and fallocate; 0: they work */
	int range_error;   /* of fallocate alone */
	size_t piece;	   /* a transfer moves at most this; 0: all */
	_Atomic bool gate; /* transfers wait for `open` */
	bool interrupted;  /* every other transfer fails with EINTR */
	sem_t at_gate, open;
	unsigned align; /* transfers demand this; 0: not */
	unsigned transfers, writes, stable, flushes, punched, zeroed;
	unsigned allocated;
	unsigned calls, fail_at; /* host calls of disk_init(); this one fails */
#ifdef IGDVM_URING
	/* the ring's entries are served by the calls above; else by the kernel */
	bool fake_ring;
	int no_uring;	  /* an error: the kernel refuses rings */
	bool hold;	  /* entries wait for blk_release() */
	bool submit_some; /* one entry is taken at a time */
	struct io_uring_sqe held[1024];
	unsigned n_held, most_held;
	unsigned submits, submit_fails_at; /* this one fails, with submit_error */
	int submit_error;
#else
	bool fake_ring;
#endif
};
extern struct blk_host host;

extern struct virtio_rig rig;
extern struct virtio_blk blk;
extern char disk_path[];
extern int file; /* the test's own descriptor */

/* Who serves the disks of params(), and whether a ring is a fake one. */
extern enum disk_aio blk_aio;
extern bool blk_fake_ring;
#ifdef IGDVM_URING
void blk_release(void); /* serve what is held */
#endif
/* All tests by the thread, then by a fake ring where the host has rings. The number of failures. */
int blk_run(int (*run)(void));

/* For cmocka: the file, and no disk yet. */
int blk_setup(void **state);
int blk_teardown(void **state);
#define BLK_TEST(f) cmocka_unit_test_setup_teardown(f, blk_setup, blk_teardown)

/* The file for writing, two queues. */
struct virtio_blk_params params(void);
/* A running driver with these features. */
void build(const struct virtio_blk_params *p, uint64_t features);
void build_default(uint64_t features);

/* Put a request's header where virtio_rig_request() reads. */
void header(uint32_t type, uint64_t sector);
/* A request with out bytes behind the header and in before the status, which is the result; or -1. */
int request(uint32_t type, uint64_t sector, uint32_t out, uint32_t in);
/* One of a range; size bytes of its description are sent. */
int range(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags, uint32_t size);
/* The test ends unless this sector of the file is full of byte. */
void expect_file(uint64_t sector, uint8_t byte);

#endif
