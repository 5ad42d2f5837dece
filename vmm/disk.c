// SPDX-License-Identifier: BSD-2-Clause
/*
 * disk.c - open, lock, and the thread that reads and writes where io_uring does not.
 * Knows files and block devices; must not know guests, sectors or virtio. What one request does is
 * disk_io.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "disk_io.h"
#include "disk_uring.h"
#include "host_file.h"
#include "log.h"
#include "util.h"

#define SECTOR 512

/* ---- lists ---- */

void disk_list_init(struct disk_list *l)
{
	l->first = NULL;
	l->last = &l->first;
}

void disk_list_add(struct disk_list *l, struct disk_request *r)
{
	r->next = NULL;
	*l->last = r;
	l->last = &r->next;
}

struct disk_request *disk_list_take(struct disk_list *l)
{
	struct disk_request *r = l->first;

	l->first = r->next;
	if (!l->first)
		l->last = &l->first;
	return r;
}

/* ---- the file ---- */

static int measure(struct disk *d)
{
	struct stat st;
	int block = SECTOR;
	unsigned tail;

	if (fstat(d->fd, &st))
		return log_err(-errno, "--disk %s: %m", d->path);
	if (S_ISDIR(st.st_mode))
		return log_err(-EISDIR, "--disk %s: %m; give it a file or a block device", d->path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return log_err(-EINVAL, "--disk %s: neither a regular file nor a block device",
			       d->path);
	d->is_device = S_ISBLK(st.st_mode);
	d->size = (uint64_t)st.st_size;
	if (d->is_device &&
	    (ioctl(d->fd, BLKGETSIZE64, &d->size) || ioctl(d->fd, BLKSSZGET, &block)))
		return log_err(-errno, "--disk %s: its size: %m", d->path);
	/* O_DIRECT on a file wants the blocks of the device below it, of which 4 KiB are a multiple */
	d->block = d->is_device ? (unsigned)block : d->direct ? 4 * KiB : SECTOR;
	tail = (unsigned)(d->size & (d->block - 1));
	if (tail)
		log_warn("--disk %s: the guest does not see the last %u bytes: its size is no "
			 "multiple of %u",
			 d->path, tail, d->block);
	d->size -= tail;
	if (!d->size)
		return log_err(-EINVAL,
			       "--disk %s: it is empty; give it a size, as by truncate -s 8G",
			       d->path);
	return 0;
}

/* Of this open file, not of this process: another disk of the same machine is refused as well. */
static int lock_file(struct disk *d)
{
	struct flock l = {
		.l_type = d->readonly ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
	};

	if (!fcntl(d->fd, F_OFD_SETLK, &l))
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return log_err(-EBUSY,
			       "--disk %s: another virtual machine has it open%s; "
			       "stop that one, or give it to both with ro",
			       d->path, d->readonly ? " for writing" : "");
	return log_err(-errno, "--disk %s: lock: %m", d->path);
}

static int open_file(struct disk *d)
{
	/* O_NONBLOCK: a FIFO is refused, not waited for; it means nothing to what is accepted */
	d->fd = host_file_open(d->path, (d->readonly ? O_RDONLY : O_RDWR) |
						(d->direct ? O_DIRECT : 0) | O_NONBLOCK | O_NOCTTY);
	if (d->fd < 0 && errno == EINVAL && d->direct)
		return log_err(-EINVAL,
			       "--disk %s: no direct I/O on this file system; leave "
			       "\"direct\" out",
			       d->path);
	if (d->fd < 0 && (errno == EACCES || errno == EROFS) && !d->readonly)
		return log_err(-errno, "--disk %s: %m; or give it with ro", d->path);
	if (d->fd < 0 && errno == ENOENT)
		return log_err(-errno, "--disk %s: %m; make one: truncate -s 8G %s", d->path,
			       d->path);
	return d->fd < 0 ? log_err(-errno, "--disk %s: %m", d->path) : 0;
}

/* ---- the thread ---- */

static void *serve(void *arg)
{
	struct disk *d = arg;
	bool confined = !confine_thread(d->confine, THREAD_BLOCK);

	pthread_mutex_lock(&d->lock);
	while (!d->quit) {
		struct disk_request *r;

		if (!d->waiting.first) {
			pthread_cond_wait(&d->wake, &d->lock);
			continue;
		}
		r = disk_list_take(&d->waiting);
		pthread_mutex_unlock(&d->lock);
		r->result = confined ? disk_io(d, r) : -EIO;
		pthread_mutex_lock(&d->lock);
		/* whoever finds the list with something in it was told already */
		if (!d->finished.first)
			eventfd_write(d->watch.fd, 1);
		disk_list_add(&d->finished, r);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Give a list's requests back; those that were not begun have this for a result. */
static void give_back(struct disk *d, struct disk_list *from, int unserved)
{
	struct disk_request *r, *next;

	pthread_mutex_lock(&d->lock);
	r = from->first;
	disk_list_init(from);
	pthread_mutex_unlock(&d->lock);
	if (!r)
		return;
	for (; r; r = next) {
		next = r->next;
		if (unserved)
			r->result = unserved;
		d->done(d, r);
	}
	d->settled(d);
}

static void on_finished(struct loop_watch *w, uint32_t events)
{
	struct disk *d = container_of(w, struct disk, watch);
	eventfd_t count;

	(void)events;
	eventfd_read(w->fd, &count);
	if (d->uring)
		disk_uring_reap(d);
	give_back(d, &d->finished, 0);
}

void disk_to_thread(struct disk *d, struct disk_request *r)
{
	pthread_mutex_lock(&d->lock);
	if (!d->waiting.first)
		pthread_cond_signal(&d->wake);
	disk_list_add(&d->waiting, r);
	pthread_mutex_unlock(&d->lock);
}

void disk_finished(struct disk *d, struct disk_request *r)
{
	pthread_mutex_lock(&d->lock);
	disk_list_add(&d->finished, r);
	pthread_mutex_unlock(&d->lock);
}

void disk_submit(struct disk *d, struct disk_request *r)
{
	if (d->uring)
		disk_uring_submit(d, r);
	else
		disk_to_thread(d, r);
}

void disk_kick(struct disk *d)
{
	if (d->uring)
		disk_uring_push(d);
}

void disk_cancel(struct disk *d)
{
	if (d->uring)
		give_back(d, disk_uring_waiting(d), -ECANCELED);
	give_back(d, &d->waiting, -ECANCELED);
}

/* 0, or logged -errno where the ring is a must. */
static int start_uring(struct disk *d, enum disk_aio aio)
{
	int ret = aio == DISK_AIO_THREADS ? -ECANCELED : disk_uring_open(d);

	if (ret && aio == DISK_AIO_URING)
		return log_err(ret,
			       "--disk %s: io_uring: %m; see kernel.io_uring_disabled, or leave "
			       "\"aio\" out",
			       d->path);
	errno = -ret;
	if (ret && aio == DISK_AIO_AUTO)
		log_debug("--disk %s: served by its thread: io_uring: %m", d->path);
	else
		log_debug("--disk %s: served by %s", d->path, ret ? "its thread" : "io_uring");
	return 0;
}

static int start_thread(struct disk *d)
{
	int ret = -pthread_create(&d->thread, NULL, serve, d);

	if (ret)
		return log_err(ret, "--disk %s: thread: %m", d->path);
	d->running = true;
	return 0;
}

int disk_init(struct disk *d, const struct disk_params *p)
{
	int ret;

	*d = (struct disk){ .path = p->path,
			    .fd = -1,
			    .readonly = p->readonly,
			    .direct = p->direct,
			    .loop = p->loop,
			    .confine = p->confine,
			    .done = p->done,
			    .settled = p->settled };
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	disk_list_init(&d->waiting);
	disk_list_init(&d->finished);
	d->watch = (struct loop_watch){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
					.fn = on_finished };
	ret = d->watch.fd < 0 ? log_err(-errno, "--disk %s: eventfd: %m", d->path) : 0;
	if (!ret)
		ret = open_file(d);
	if (!ret)
		ret = measure(d);
	if (!ret)
		ret = lock_file(d);
	if (!ret)
		ret = loop_watch(d->loop, &d->watch, EPOLLIN);
	if (!ret)
		ret = start_uring(d, p->aio);
	return ret ? ret : start_thread(d);
}

void disk_fini(struct disk *d)
{
	if (!d->path)
		return;
	disk_cancel(d);
	if (d->uring)
		disk_uring_close(d);
	if (d->running) {
		pthread_mutex_lock(&d->lock);
		d->quit = true;
		pthread_cond_signal(&d->wake);
		pthread_mutex_unlock(&d->lock);
		pthread_join(d->thread, NULL);
	}
	give_back(d, &d->finished, 0);
	disk_cancel(d);
	loop_unwatch(d->loop, &d->watch);
	close_fd(&d->watch.fd);
	close_fd(&d->fd);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	d->path = NULL;
}
