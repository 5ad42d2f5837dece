/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vhost_rig.h - a virtio-fs device, a driver, a back end, and host calls of which the n-th fails.
 */
#ifndef IGDVM_VHOST_RIG_H
#define IGDVM_VHOST_RIG_H

#include "dev/virtio_fs.h"
#include "vhost_back.h"
#include "virtio_rig.h"

#define NEEDED	   (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)
#define F_PROTOCOL BIT(30)
#define MQ	   BIT(0)
#define ACK	   BIT(3)

enum {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	NUM = 8,
	ADDR = 9,
	BASE = 10,
	GET_BASE = 11,
	KICK = 12,
	CALL = 13,
	GET_PROTOCOL = 15,
	SET_PROTOCOL = 16,
	GET_QUEUE_NUM = 17,
	ENABLE = 18,
};

extern struct virtio_rig vhost_rig;
extern struct virtio_fs fs;
extern struct vhost_back back;
extern int call_fds[VIRTIO_QUEUES_MAX];
extern struct vhost_host {
	unsigned calls, fail_at; /* of host calls */
	bool short_wait;	 /* nobody answers, and that is known after a moment */
} vhost_host;

/* For cmocka: a back end that behaves, not started. */
int fs_setup(void **state);
int fs_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, fs_setup, fs_teardown)

/* A device with two queues of requests; its virtio_fs_init(). */
struct virtio_fs_params fs_params(void);
int fs_build(void);
/* Give it a transport with descriptors that exist. */
void fs_attach(void);
void fs_detach(void);

/* The messages from `first` on are these, in this order, and no more. */
unsigned expect_messages(unsigned first, const uint32_t *request, unsigned n);
#define EXPECT(first, ...)                                                                         \
	expect_messages(first, (const uint32_t[]){ __VA_ARGS__ },                                  \
			sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* Wait for the loop to see what the back end did. */
void fs_settle(void);
bool same_file(int a, int b);

#endif
