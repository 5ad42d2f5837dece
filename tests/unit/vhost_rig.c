// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

#include "vhost_rig.h"

struct vhost_host vhost_host;

/* ---- a machine with one device ---- */

struct virtio_rig vhost_rig;
struct virtio_fs fs;
struct vhost_back back;
static const char tag[] = "a-tag";
static const struct mem_backing shared = { .shared = true };

int fs_setup(void **state)
{
	(void)state;
	virtio_rig_init(&vhost_rig);
	mem_fini(&vhost_rig.ram.mem);
	assert_int_equal(mem_init_backed(&vhost_rig.ram.mem, &vhost_rig.ram.map, &shared), 0);
	back = (struct vhost_back){ .features = NEEDED | F_PROTOCOL,
				    .protocol = MQ | ACK | 0xff00,
				    .queues = 8 };
	vhost_host = (struct vhost_host){ 0 };
	memset(&fs, 0, sizeof(fs));
	return 0;
}

int fs_teardown(void **state)
{
	(void)state;
	virtio_fs_fini(&fs);
	virtio_fs_fini(&fs);
	virtio_rig_fini(&vhost_rig);
	vhost_back_end(&back);
	return 0;
}

struct virtio_fs_params fs_params(void)
{
	return (struct virtio_fs_params){ .path = back.path,
					  .held = -1,
					  .tag = tag,
					  .queues = 2,
					  .mem = &vhost_rig.ram.mem,
					  .loop = &vhost_rig.loop };
}

int fs_build(void)
{
	const struct virtio_fs_params p = fs_params();

	return virtio_fs_init(&fs, &p);
}

int call_fds[VIRTIO_QUEUES_MAX];

static int call_fd(struct virtio_transport *t, unsigned n)
{
	(void)t;
	return call_fds[n];
}

void fs_attach(void)
{
	static struct virtio_transport_ops ops;

	ops = *vhost_rig.transport.ops;
	ops.call_fd = call_fd;
	vhost_rig.transport.ops = &ops;
	for (unsigned n = 0; n < 3; n++)
		call_fds[n] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(virtio_rig_attach(&vhost_rig, &fs.dev), 0);
}

void fs_detach(void)
{
	for (unsigned n = 0; n < 3; n++)
		close(call_fds[n]);
}

unsigned expect_messages(unsigned first, const uint32_t *request, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(back.message[first + i].request, request[i]);
	assert_int_equal(back.n, first + n);
	return first + n;
}

void fs_settle(void)
{
	for (unsigned i = 0; i < 3; i++)
		virtio_rig_run(&vhost_rig, 50);
}

bool same_file(int a, int b)
{
	eventfd_t v = 0;

	eventfd_write(a, 5);
	return !eventfd_read(b, &v) && v >= 5;
}
