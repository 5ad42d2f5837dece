// SPDX-License-Identifier: BSD-2-Clause
#include "fake_vhost.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "test.h"
#include "virtio.h"

struct fake_vhosts vhosts;

void fake_vhost_init(uint64_t features, bool (*fails)(void))
{
	vhosts = (struct fake_vhosts){
		.knows =
			VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | features,
		.fails = fails,
	};
}

int fake_vhost_open(void)
{
	struct fake_vhost *k = &vhosts.at[vhosts.n];

	if (vhosts.fails())
		return -1;
	assert_true(vhosts.n < FAKE_VHOSTS);
	*k = (struct fake_vhost){ .fd = memfd_create("fake-vhost", MFD_CLOEXEC) };
	assert_true(k->fd >= 0);
	/* its size is its name: a number may be another file's by now */
	assert_int_equal(ftruncate(k->fd, ++vhosts.n), 0);
	for (unsigned i = 0; i < FAKE_VHOST_VRINGS; i++)
		k->ring[i].kick = k->ring[i].call = k->ring[i].err = k->ring[i].backend = -1;
	return k->fd;
}

struct fake_vhost *fake_vhost_find(int fd)
{
	for (unsigned i = 0; i < vhosts.n; i++) {
		struct stat st;

		if (vhosts.at[i].fd == fd && !fstat(fd, &st) && st.st_size == i + 1)
			return &vhosts.at[i];
	}
	return NULL;
}

static void set_memory(struct fake_vhost *k, const struct vhost_memory *m)
{
	assert_in_range(m->nregions, 1, FAKE_VHOST_REGIONS);
	memcpy(k->region, m->regions, m->nregions * sizeof(k->region[0]));
	k->n_regions = m->nregions;
	k->memory = true;
}

static void complete(const struct fake_vhost *k, unsigned i)
{
	assert_true(k->memory && k->features);
	assert_int_not_equal(k->ring[i].num, 0);
	assert_true(k->ring[i].kick >= 0 && k->ring[i].err >= 0);
}

static void set_running(struct fake_vhost *k, bool on)
{
	for (unsigned i = 0; i < FAKE_VHOST_VRINGS && on; i++)
		complete(k, i);
	k->starts += on;
	k->running = on;
}

static void set_backend(struct fake_vhost *k, unsigned i, int fd)
{
	if (fd >= 0)
		complete(k, i);
	k->starts += fd >= 0;
	k->ring[i].backend = fd;
}

static int ring_ioctl(struct fake_vhost *k, unsigned long request, void *arg)
{
	unsigned i = *(unsigned *)arg; /* what all start with */
	const struct vhost_vring_state *state = arg;
	const struct vhost_vring_file *file = arg;
	struct fake_vring *r = &k->ring[i];

	assert_true(i < FAKE_VHOST_VRINGS);
	switch (request) {
	case VHOST_NET_SET_BACKEND:
		set_backend(k, i, file->fd);
		return 0;
	case VHOST_SET_VRING_CALL:
		r->call = file->fd;
		return 0;
	}
	/* the kernel lets some of these through; none makes sense, unless it failed to stop */
	assert_true((!k->running && r->backend < 0) || k->failed_to_stop);
	switch (request) {
	case VHOST_SET_VRING_NUM:
		r->num = state->num;
		return 0;
	case VHOST_SET_VRING_BASE:
		r->base = state->num;
		return 0;
	case VHOST_SET_VRING_ADDR:
		r->addr = *(struct vhost_vring_addr *)arg;
		return 0;
	case VHOST_SET_VRING_KICK:
		r->kick = file->fd;
		return 0;
	case VHOST_SET_VRING_ERR:
		r->err = file->fd;
		return 0;
	}
	fail_msg("request %#lx", request);
	return -1;
}

int fake_vhost_ioctl(struct fake_vhost *k, unsigned long request, void *arg)
{
	if (vhosts.fails()) {
		k->failed_to_stop |=
			request == VHOST_VSOCK_SET_RUNNING || request == VHOST_NET_SET_BACKEND;
		return -1;
	}
	assert_true(k->owned || request == VHOST_SET_OWNER);
	switch (request) {
	case VHOST_SET_OWNER:
		assert_false(k->owned);
		k->owned = true;
		return 0;
	case VHOST_GET_FEATURES:
		*(uint64_t *)arg = vhosts.knows;
		return 0;
	case VHOST_SET_FEATURES:
		k->features = *(uint64_t *)arg;
		assert_int_equal(k->features & ~vhosts.knows, 0);
		return 0;
	case VHOST_SET_MEM_TABLE:
		set_memory(k, arg);
		return 0;
	case VHOST_VSOCK_SET_GUEST_CID:
		k->cid = *(uint64_t *)arg;
		errno = vhosts.cid_error;
		return errno ? -1 : 0;
	case VHOST_VSOCK_SET_RUNNING:
		set_running(k, *(int *)arg);
		return 0;
	default:
		return ring_ioctl(k, request, arg);
	}
}
