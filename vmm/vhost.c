// SPDX-License-Identifier: BSD-2-Clause
/*
 * vhost.c - what the kernel must be told before it can serve a queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "vhost_uapi.h"

#include "mem.h"
#include "vhost.h"

/* virtio_init() offers these for every device. */
#define NEEDED (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

static int failed(const struct vhost *v, const char *request)
{
	return log_err(-errno, "%s: %s: %m", v->name, request);
}

static int open_device(struct vhost *v, const struct vhost_params *p)
{
	v->fd = open(p->path, O_RDWR | O_CLOEXEC);
	if (v->fd >= 0)
		return 0;
	if (errno == EACCES || errno == EPERM)
		return log_err(-errno, "%s: %s: %m; give this user the right to it, or run as root",
			       v->name, p->path);
	return log_err(-errno, "%s: %s: %m; modprobe %s", v->name, p->path, p->module);
}

int vhost_init(struct vhost *v, const struct vhost_params *p)
{
	int ret;

	*v = (struct vhost){ .name = p->name, .dev = p->dev, .queues = p->queues, .fd = -1 };
	ret = open_device(v, p);
	if (ret)
		return ret;
	if (ioctl(v->fd, VHOST_SET_OWNER))
		return failed(v, "VHOST_SET_OWNER");
	if (ioctl(v->fd, VHOST_GET_FEATURES, &v->features))
		return failed(v, "VHOST_GET_FEATURES");
	if (~v->features & NEEDED)
		return log_err(-ENOTSUP, "%s: %s knows too little of virtio (features %#llx)",
			       v->name, p->path, (unsigned long long)v->features);
	v->dev->offered &= v->features;
	return 0;
}

void vhost_fini(struct vhost *v)
{
	if (v->dev)
		close_fd(&v->fd);
	*v = (struct vhost){ 0 };
}

static int set_memory(struct vhost *v)
{
	const struct mem *mem = v->dev->mem;
	struct vhost_memory *table = calloc(1, sizeof(*table) + mem->n * sizeof(table->regions[0]));
	int ret;

	if (!table)
		return log_err(-ENOMEM, "%s: %m", v->name);
	for (size_t i = 0; i < mem->n; i++)
		if (mem->region[i].kind == MEM_KIND_RAM)
			table->regions[table->nregions++] = (struct vhost_memory_region){
				.guest_phys_addr = mem->region[i].gpa,
				.memory_size = mem->region[i].size,
				.userspace_addr = (uintptr_t)mem->region[i].hva,
			};
	ret = ioctl(v->fd, VHOST_SET_MEM_TABLE, table) ? failed(v, "VHOST_SET_MEM_TABLE") : 0;
	free(table);
	return ret;
}

static int set_call(struct vhost *v, unsigned n)
{
	struct vhost_vring_file call = { n, virtio_call_fd(v->dev, n) };

	return ioctl(v->fd, VHOST_SET_VRING_CALL, &call) ? failed(v, "VHOST_SET_VRING_CALL") : 0;
}

static int set_ring(struct vhost *v, unsigned n)
{
	const struct virtio_queue *q = &v->dev->queue[n];
	struct vhost_vring_state num = { n, q->ring.size }, base = { n, 0 };
	struct vhost_vring_addr addr = {
		.index = n,
		.desc_user_addr = (uintptr_t)q->ring.desc,
		.used_user_addr = (uintptr_t)q->ring.used,
		.avail_user_addr = (uintptr_t)q->ring.avail,
	};
	struct vhost_vring_file kick = { n, q->kick_fd };

	if (ioctl(v->fd, VHOST_SET_VRING_NUM, &num))
		return failed(v, "VHOST_SET_VRING_NUM");
	if (ioctl(v->fd, VHOST_SET_VRING_BASE, &base))
		return failed(v, "VHOST_SET_VRING_BASE");
	if (ioctl(v->fd, VHOST_SET_VRING_ADDR, &addr))
		return failed(v, "VHOST_SET_VRING_ADDR");
	if (ioctl(v->fd, VHOST_SET_VRING_KICK, &kick))
		return failed(v, "VHOST_SET_VRING_KICK");
	return set_call(v, n);
}

int vhost_start(struct vhost *v)
{
	uint64_t features = v->dev->features & v->features;
	int ret;

	if (ioctl(v->fd, VHOST_SET_FEATURES, &features))
		return failed(v, "VHOST_SET_FEATURES");
	ret = set_memory(v);
	for (unsigned n = 0; n < v->queues && !ret; n++)
		if (v->dev->queue[n].ring.size)
			ret = set_ring(v, n);
	if (ret)
		vhost_stop(v);
	return ret;
}

void vhost_stop(struct vhost *v)
{
	for (unsigned n = 0; n < v->queues; n++) {
		struct vhost_vring_file none = { n, -1 };

		if (ioctl(v->fd, VHOST_SET_VRING_KICK, &none) ||
		    ioctl(v->fd, VHOST_SET_VRING_CALL, &none))
			failed(v, "taking a queue back");
	}
}

void vhost_call_changed(struct vhost *v, unsigned n)
{
	if (n < v->queues && v->dev->queue[n].ring.size)
		set_call(v, n);
}
