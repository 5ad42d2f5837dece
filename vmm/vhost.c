// SPDX-License-Identifier: BSD-2-Clause
/*
 * vhost.c - what the kernel must be told before it can serve a queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "host_file.h"
#include "vhost_uapi.h"

#include "mem.h"
#include "vhost.h"

/* virtio_init() offers these for every device. */
#define NEEDED (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

/* One line. `remedy` is its end, and `module` behind that, or NULL. */
static int refused(const struct vhost *v, int err, const char *what, const char *remedy,
		   const char *module)
{
	if (!v->p.otherwise)
		return log_err(err, "%s: %s: %m; %s%s", v->p.name, what, remedy,
			       module ? module : "");
	errno = -err;
	log_debug("%s: %s: %m; %s", v->p.name, what, v->p.otherwise);
	return err;
}

static int failed(const struct vhost *v, const char *request)
{
	return refused(v, -errno, request, v->p.remedy, NULL);
}

static int open_device(struct vhost *v)
{
	v->fd = host_file_open(v->p.path, O_RDWR);
	if (v->fd >= 0)
		return 0;
	if (errno == EACCES || errno == EPERM)
		return refused(v, -errno, v->p.path,
			       "give this user the right to it, or run as root", NULL);
	return refused(v, -errno, v->p.path, "modprobe ", v->p.module);
}

static int check_features(const struct vhost *v)
{
	char what[128];

	if (!(~v->features & (NEEDED | v->p.needed)))
		return 0;
	snprintf(what, sizeof(what), "%s knows too little of virtio (features %#llx)", v->p.path,
		 (unsigned long long)v->features);
	return refused(v, -ENOTSUP, what, "a newer kernel knows more", NULL);
}

static void on_error(struct loop_watch *w, uint32_t events)
{
	struct vhost *v = container_of(w, struct vhost, err_watch);
	eventfd_t count;

	(void)events;
	eventfd_read(v->err_fd, &count);
	virtio_broken(v->p.dev, v->p.first, -EIO);
}

int vhost_init(struct vhost *v, const struct vhost_params *p)
{
	int ret;

	*v = (struct vhost){ .p = *p, .fd = -1 };
	v->err_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (v->err_fd < 0)
		return failed(v, "eventfd");
	v->err_watch = (struct loop_watch){ .fd = v->err_fd, .fn = on_error };
	ret = open_device(v);
	if (ret)
		return ret;
	if (ioctl(v->fd, VHOST_SET_OWNER))
		return failed(v, "VHOST_SET_OWNER");
	if (ioctl(v->fd, VHOST_GET_FEATURES, &v->features))
		return failed(v, "VHOST_GET_FEATURES");
	ret = check_features(v);
	if (!ret)
		p->dev->offered &= v->features | ~p->asked;
	return ret;
}

void vhost_fini(struct vhost *v)
{
	if (!v->p.dev)
		return;
	if (v->err_watch.added)
		loop_unwatch(v->p.dev->loop, &v->err_watch);
	close_fd(&v->fd);
	close_fd(&v->err_fd);
	*v = (struct vhost){ 0 };
}

static int set_memory(struct vhost *v)
{
	const struct mem *mem = v->p.dev->mem;
	struct vhost_memory *table = calloc(1, sizeof(*table) + mem->n * sizeof(table->regions[0]));
	int ret;

	if (!table)
		return log_err(-ENOMEM, "%s: %m", v->p.name);
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

static struct virtio_queue *queue_of(const struct vhost *v, unsigned i)
{
	return &v->p.dev->queue[v->p.first + i];
}

static int set_call(struct vhost *v, unsigned i)
{
	struct vhost_vring_file call = { i, virtio_call_fd(v->p.dev, v->p.first + i) };

	return ioctl(v->fd, VHOST_SET_VRING_CALL, &call) ? failed(v, "VHOST_SET_VRING_CALL") : 0;
}

/* The kernel counts from 0. */
static int set_ring(struct vhost *v, unsigned i)
{
	const struct virtio_queue *q = queue_of(v, i);
	struct vhost_vring_state num = { i, q->ring.size }, base = { i, 0 };
	struct vhost_vring_addr addr = {
		.index = i,
		.desc_user_addr = (uintptr_t)q->ring.desc,
		.used_user_addr = (uintptr_t)q->ring.used,
		.avail_user_addr = (uintptr_t)q->ring.avail,
	};
	struct vhost_vring_file kick = { i, q->kick_fd }, err = { i, v->err_fd };

	if (ioctl(v->fd, VHOST_SET_VRING_NUM, &num))
		return failed(v, "VHOST_SET_VRING_NUM");
	if (ioctl(v->fd, VHOST_SET_VRING_BASE, &base))
		return failed(v, "VHOST_SET_VRING_BASE");
	if (ioctl(v->fd, VHOST_SET_VRING_ADDR, &addr))
		return failed(v, "VHOST_SET_VRING_ADDR");
	if (ioctl(v->fd, VHOST_SET_VRING_ERR, &err))
		return failed(v, "VHOST_SET_VRING_ERR");
	if (ioctl(v->fd, VHOST_SET_VRING_KICK, &kick))
		return failed(v, "VHOST_SET_VRING_KICK");
	return set_call(v, i);
}

int vhost_start(struct vhost *v)
{
	uint64_t features = v->p.dev->features & v->features;
	int ret;

	if (ioctl(v->fd, VHOST_SET_FEATURES, &features))
		return failed(v, "VHOST_SET_FEATURES");
	ret = loop_watch(v->p.dev->loop, &v->err_watch, EPOLLIN);
	if (!ret)
		ret = set_memory(v);
	for (unsigned i = 0; i < v->p.queues && !ret; i++)
		if (queue_of(v, i)->ring.size)
			ret = set_ring(v, i);
	if (ret)
		vhost_stop(v);
	return ret;
}

void vhost_stop(struct vhost *v)
{
	eventfd_t count;

	loop_unwatch(v->p.dev->loop, &v->err_watch);
	eventfd_read(v->err_fd, &count); /* of this driver; the next one is not to blame */
	for (unsigned i = 0; i < v->p.queues; i++) {
		struct vhost_vring_file none = { i, -1 };

		if (ioctl(v->fd, VHOST_SET_VRING_KICK, &none) ||
		    ioctl(v->fd, VHOST_SET_VRING_CALL, &none))
			log_err(-errno, "%s: taking a queue back: %m", v->p.name);
	}
}

void vhost_call_changed(struct vhost *v, unsigned n)
{
	if (n - v->p.first < v->p.queues && v->p.dev->queue[n].ring.size)
		set_call(v, n - v->p.first);
}
