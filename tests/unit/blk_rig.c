// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "test.h"

#include "blk_rig.h"

/* ---- the host ---- */

struct blk_host host;

static bool fails(void)
{
	if (++host.calls != host.fail_at)
		return false;
	errno = EMFILE;
	return true;
}

#define REAL(ret, name, args)                                                                      \
	ret __real_##name args;                                                                    \
	ret __wrap_##name args

REAL(int, eventfd, (unsigned initval, int flags));
int __wrap_eventfd(unsigned initval, int flags)
{
	return fails() ? -1 : __real_eventfd(initval, flags);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	/* not every file system of a test machine has direct I/O: host.align stands for it */
	return fails() ? -1 : __real_open(path, flags & ~O_DIRECT);
}

REAL(void *, calloc, (size_t n, size_t size));
void *__wrap_calloc(size_t n, size_t size)
{
	host.allocated++;
	return fails() ? NULL : __real_calloc(n, size);
}

REAL(int, fstat, (int fd, struct stat *st));
int __wrap_fstat(int fd, struct stat *st)
{
	return fails() ? -1 : __real_fstat(fd, st);
}

int __real_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return fails() ? -1 : __real_fcntl(fd, cmd, arg);
}

REAL(int, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *ev));
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	return op == EPOLL_CTL_ADD && fails() ? -1 : __real_epoll_ctl(epfd, op, fd, ev);
}

REAL(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg));
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	return fails() ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/* What becomes of a transfer: -1 with errno, or how many of the pieces, cut to host.piece, may move. */
static int cut(const struct iovec *iov, int n, off_t off, struct iovec *first)
{
	if (host.gate) {
		sem_post(&host.at_gate);
		sem_wait(&host.open);
	}
	errno = host.interrupted && host.transfers++ % 2 ? EINTR : host.error;
	for (int i = 0; i < n && host.align; i++)
		if (((uintptr_t)iov[i].iov_base | iov[i].iov_len | (size_t)off) & (host.align - 1))
			errno = EINVAL;
	*first = iov[0];
	if (host.piece && first->iov_len > host.piece)
		first->iov_len = host.piece;
	return errno ? -1 : host.piece ? 1 : n;
}

REAL(ssize_t, preadv, (int fd, const struct iovec *iov, int n, off_t off));
ssize_t __wrap_preadv(int fd, const struct iovec *iov, int n, off_t off)
{
	struct iovec first;
	int pieces = cut(iov, n, off, &first);

	return pieces < 0 ? -1 : __real_preadv(fd, pieces == 1 ? &first : iov, pieces, off);
}

REAL(ssize_t, pwritev2, (int fd, const struct iovec *iov, int n, off_t off, int flags));
ssize_t __wrap_pwritev2(int fd, const struct iovec *iov, int n, off_t off, int flags)
{
	struct iovec first;
	int pieces = cut(iov, n, off, &first);

	host.writes++;
	host.stable += flags == RWF_DSYNC;
	return pieces < 0 ? -1 : __real_pwritev2(fd, pieces == 1 ? &first : iov, pieces, off, 0);
}

REAL(int, fdatasync, (int fd));
int __wrap_fdatasync(int fd)
{
	(void)fd;
	host.flushes++;
	errno = host.error;
	return host.error ? -1 : 0;
}

REAL(int, fallocate, (int fd, int mode, off_t off, off_t len));
int __wrap_fallocate(int fd, int mode, off_t off, off_t len)
{
	assert_true(mode & FALLOC_FL_KEEP_SIZE);
	errno = host.error ? host.error : host.range_error;
	if (!errno) {
		host.punched += !!(mode & FALLOC_FL_PUNCH_HOLE);
		host.zeroed += !!(mode & FALLOC_FL_ZERO_RANGE);
	}
	return errno ? -1 : __real_fallocate(fd, mode, off, len);
}

/* ---- the host's ring, where it is not the kernel's ---- */

#ifdef IGDVM_URING
static struct {
	struct io_uring *ring;
	int eventfd;
} fake;

REAL(int, io_uring_queue_init, (unsigned entries, struct io_uring *ring, unsigned flags));
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	if (host.no_uring)
		return -host.no_uring;
	fake.ring = ring;
	return fails() ? -EMFILE : __real_io_uring_queue_init(entries, ring, flags);
}

REAL(int, io_uring_register_eventfd, (struct io_uring * ring, int fd));
int __wrap_io_uring_register_eventfd(struct io_uring *ring, int fd)
{
	fake.eventfd = fd;
	return fails() ? -EMFILE : __real_io_uring_register_eventfd(ring, fd);
}

static int serve_entry(const struct io_uring_sqe *e)
{
	struct iovec *iov = (struct iovec *)(uintptr_t)e->addr;
	ssize_t ret = -1;

	errno = EINVAL;
	switch (e->opcode) {
	case IORING_OP_READV:
		ret = __wrap_preadv(e->fd, iov, (int)e->len, (off_t)e->off);
		break;
	case IORING_OP_WRITEV:
		ret = __wrap_pwritev2(e->fd, iov, (int)e->len, (off_t)e->off, e->rw_flags);
		break;
	case IORING_OP_FSYNC:
		assert_int_equal(e->fsync_flags, IORING_FSYNC_DATASYNC);
		ret = __wrap_fdatasync(e->fd);
		break;
	case IORING_OP_FALLOCATE: /* the mode is in len, the length in addr */
		ret = __wrap_fallocate(e->fd, (int)e->len, (off_t)e->off, (off_t)e->addr);
		break;
	}
	return ret < 0 ? -errno : (int)ret;
}

static void complete_entry(uint64_t user_data, int res)
{
	struct io_uring_cq *cq = &fake.ring->cq;
	unsigned tail = *cq->ktail;

	assert_true(tail - *cq->khead < cq->ring_entries);
	cq->cqes[tail & (cq->ring_entries - 1)] =
		(struct io_uring_cqe){ .user_data = user_data, .res = res };
	io_uring_smp_store_release(cq->ktail, tail + 1);
	eventfd_write(fake.eventfd, 1);
}

void blk_release(void)
{
	for (unsigned i = 0; i < host.n_held; i++)
		complete_entry(host.held[i].user_data, serve_entry(&host.held[i]));
	host.n_held = 0;
}

REAL(int, io_uring_submit, (struct io_uring * ring));
int __wrap_io_uring_submit(struct io_uring *ring)
{
	struct io_uring_sq *sq = &ring->sq;
	int n = 0;

	if (++host.submits == host.submit_fails_at)
		return -host.submit_error;
	if (!host.fake_ring)
		return __real_io_uring_submit(ring);
	for (unsigned head = *sq->khead; head != sq->sqe_tail; n++) {
		struct io_uring_sqe e = sq->sqes[head & (sq->ring_entries - 1)];

		io_uring_smp_store_release(sq->khead, ++head);
		assert_true(host.n_held < ARRAY_SIZE(host.held));
		host.held[host.n_held++] = e;
		if (host.submit_some) {
			n++;
			break;
		}
	}
	host.most_held = host.n_held > host.most_held ? host.n_held : host.most_held;
	if (!host.hold)
		blk_release();
	return n;
}
#endif

/* ---- a machine with one disk ---- */

struct virtio_rig rig;
struct virtio_blk blk;
char disk_path[] = "/tmp/test_virtio_blk.XXXXXX";
int file;
enum disk_aio blk_aio;
bool blk_fake_ring;

struct virtio_blk_params params(void)
{
	return (struct virtio_blk_params){
		.disk = { .path = disk_path, .loop = &rig.loop, .aio = blk_aio }, .queues = 2
	};
}

int blk_setup(void **state)
{
	uint8_t sector[SECTOR];

	(void)state;
	memset(&host, 0, sizeof(host));
	sem_init(&host.at_gate, 0, 0);
	sem_init(&host.open, 0, 0);
	memcpy(disk_path + sizeof(disk_path) - 7, "XXXXXX", 6);
	file = mkstemp(disk_path);
	for (unsigned i = 0; i < SECTORS; i++) {
		memset(sector, (int)(i % 251), sizeof(sector));
		if (write(file, sector, sizeof(sector)) != sizeof(sector))
			return -1;
	}
	virtio_rig_init(&rig);
	host.calls = 0;
	host.fake_ring = blk_fake_ring;
	return 0;
}

int blk_run(int (*run)(void))
{
	int bad;

	blk_aio = DISK_AIO_THREADS;
	bad = run();
#ifdef IGDVM_URING
	struct io_uring ring;

	if (__real_io_uring_queue_init(4, &ring, 0)) {
		print_message("skipped with io_uring: %s\n", "the host has none");
		return bad;
	}
	io_uring_queue_exit(&ring);
	blk_aio = DISK_AIO_URING;
	blk_fake_ring = true;
	bad += run();
#endif
	return bad;
}

int blk_teardown(void **state)
{
	(void)state;
	virtio_blk_fini(&blk);
	virtio_rig_fini(&rig);
	close(file);
	unlink(disk_path);
	return 0;
}

void build(const struct virtio_blk_params *p, uint64_t features)
{
	assert_int_equal(virtio_blk_init(&blk, p), 0);
	assert_int_equal(virtio_rig_attach(&rig, &blk.dev), 0);
	virtio_rig_drive(&rig, features);
}

void build_default(uint64_t features)
{
	struct virtio_blk_params p = params();

	build(&p, features);
}

void header(uint32_t type, uint64_t sector)
{
	uint8_t *h = virtio_rig_out(&rig);

	put_le32(h, type);
	put_le32(h + 4, 0);
	put_le64(h + 8, sector);
}

/* One request; the status byte. */
int request(uint32_t type, uint64_t sector, uint32_t out, uint32_t in)
{
	header(type, sector);
	virtio_rig_in(&rig)[in] = 0x77;
	if (virtio_rig_request(&rig, 0, 16 + out, in + 1) < 0)
		return -1;
	return virtio_rig_in(&rig)[in];
}

void expect_file(uint64_t sector, uint8_t byte)
{
	uint8_t buf[SECTOR];

	assert_int_equal(pread(file, buf, SECTOR, (off_t)sector * SECTOR), SECTOR);
	for (unsigned i = 0; i < SECTOR; i++)
		assert_int_equal(buf[i], byte);
}

int range(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags, uint32_t size)
{
	uint8_t *r = virtio_rig_out(&rig) + 16;

	put_le64(r, sector);
	put_le32(r + 8, sectors);
	put_le32(r + 12, flags);
	return request(type, 0, size, 0);
}
