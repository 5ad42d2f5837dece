/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio.h - what every virtio device has: features, status, queues; and who serves what is behind.
 *
 * Between a device (struct virtio_ops: what it does) and its transport (struct virtio_transport_ops: how
 * the driver hears of it). Knows neither PCI nor disks. Everything runs under the device lock.
 * Source: virtio 1.2 chapters 2 and 3.
 *
 * A device embeds struct virtio_dev, fills its first part, and gives it to a transport. The life of it:
 *
 *	set_features()	the driver chose; the device may refuse
 *	start()		DRIVER_OK: queue[n].ring of every queue the driver enabled is final until reset()
 *	kick()		chains may wait in a queue: virtio_each_chain()
 *	reset()		the driver starts over
 *
 * A device in user space takes chains and gives them back with virtio_push() and virtio_signal(), in
 * kick() or later. One whose queues are served elsewhere (vhost in the kernel, vhost-user) has no kick():
 * start() hands over the addresses in queue[n].ring, queue[n].kick_fd, which is readable when the driver
 * kicked, and virtio_call_fd(), on which a signal interrupts the driver; reset() takes them back;
 * `offered` is what the back end knows, set_features() tells it what the driver took. With some queues of
 * each kind, virtio_hear() says which is which.
 */
#ifndef IGDVM_VIRTIO_H
#define IGDVM_VIRTIO_H

#include "log.h"
#include "loop.h"
#include "util.h"
#include "virtq.h"

#define VIRTIO_QUEUES_MAX 64

/* Device types: section 5. */
#define VIRTIO_TYPE_NET	    1
#define VIRTIO_TYPE_BLK	    2
#define VIRTIO_TYPE_CONSOLE 3
#define VIRTIO_TYPE_RNG	    4
#define VIRTIO_TYPE_BALLOON 5
#define VIRTIO_TYPE_INPUT   18
#define VIRTIO_TYPE_VSOCK   19
#define VIRTIO_TYPE_FS	    26

/* Features of every device: section 6. The first three are offered for all in virtio_init(). */
#define VIRTIO_F_INDIRECT_DESC BIT(28)
#define VIRTIO_F_EVENT_IDX     BIT(29)
#define VIRTIO_F_VERSION_1     BIT(32)

/* Device status: section 2.1. */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define VIRTIO_STATUS_DRIVER	  0x02
#define VIRTIO_STATUS_DRIVER_OK	  0x04
#define VIRTIO_STATUS_FEATURES_OK 0x08
#define VIRTIO_STATUS_NEEDS_RESET 0x40
#define VIRTIO_STATUS_FAILED	  0x80

struct virtio_dev;

struct virtio_ops {
	/* NULL, or: the driver wants these, a subset of those offered. 0, or -errno: it may not. */
	int (*set_features)(struct virtio_dev *v, uint64_t features);
	/*
	 * NULL: config space is read-only. Else the driver wrote data at [off, off + len), inside
	 * config_size; nothing was stored.
	 */
	void (*config_write)(struct virtio_dev *v, unsigned off, const void *data, unsigned len);
	/* NULL, or: begin to serve. 0, or logged -errno: the driver is told to reset. */
	int (*start)(struct virtio_dev *v);
	/* Chains may wait in queue n, which is enabled. In the loop's thread. NULL: see above. */
	void (*kick)(struct virtio_dev *v, unsigned n);
	/*
	 * NULL, or: undo start(); called after each that succeeded. From here on no chain is given back.
	 * True: nothing reaches guest memory any more. False: something is on its way still; the device
	 * calls virtio_reset_done() when it has arrived, and the driver waits until then. Calling it twice,
	 * or from in here, does no harm.
	 */
	bool (*reset)(struct virtio_dev *v);
	/* NULL, or: virtio_call_fd() of queue n has changed, after start(). */
	void (*call_changed)(struct virtio_dev *v, unsigned n);
};

struct virtio_transport;
struct virtio_transport_ops {
	/* Interrupt for queue n; for a change of configuration. */
	void (*signal)(struct virtio_transport *t, unsigned n);
	void (*config_changed)(struct virtio_transport *t);
	/* A descriptor whose signal interrupts for queue n; -1: the driver wants no interrupt. */
	int (*call_fd)(struct virtio_transport *t, unsigned n);
	/* The device was reset: so is what the transport keeps of the driver. */
	void (*reset)(struct virtio_transport *t);
};
struct virtio_transport {
	const struct virtio_transport_ops *ops;
};

struct virtio_queue {
	struct virtq ring; /* size 0: not enabled */
	struct virtq_setup
		want; /* the driver's registers; without effect once the ring is enabled */
	int kick_fd;  /* eventfd, never blocks */
	struct loop_watch watch;
	struct virtio_dev *dev;
};

struct virtio_dev {
	/* The device's, before it gets its transport. */
	const char *name; /* for messages */
	const struct virtio_ops *ops;
	uint16_t type;
	uint32_t class_code; /* PCI, 24 bits */
	uint64_t offered;
	unsigned n_queues;
	uint16_t queue_size; /* the largest ring, and the most pieces of a chain */
	uint8_t *config;     /* config space as the driver reads it */
	unsigned config_size;

	/* For the device to read. */
	uint64_t features; /* agreed on, from FEATURES_OK on */
	struct virtio_queue queue[VIRTIO_QUEUES_MAX];

	/* The rest of the code's. */
	const struct mem *mem;
	struct loop *loop;
	struct virtio_transport *transport;
	uint64_t wanted; /* features as the driver writes them */
	uint8_t status, generation;
	bool started, resetting;
	struct log_limit log;
};

/* ---- for devices ---- */

/* True between start() and reset(), unless the driver broke a queue. */
bool virtio_running(const struct virtio_dev *v);

/*
 * Give every chain that waits in queue n to fn, at most a ring's worth: then the loop gets its turn and
 * kick() is called again. Signals what fn pushed. A chain that breaks the rules ends in virtio_broken().
 */
typedef void virtio_chain_fn(struct virtio_dev *v, unsigned n, const struct virtq_chain *c);
void virtio_each_chain(struct virtio_dev *v, unsigned n, virtio_chain_fn *fn);

/* Give a chain back, and tell the driver of those given back if it wants to know. */
void virtio_push(struct virtio_dev *v, unsigned n, uint16_t head, size_t written);
void virtio_signal(struct virtio_dev *v, unsigned n);

/* The driver does what it must not (err says what): nothing is served until it resets the device. */
void virtio_broken(struct virtio_dev *v, unsigned n, int err);

/* v->config is different now. */
void virtio_config_changed(struct virtio_dev *v);

int virtio_call_fd(struct virtio_dev *v, unsigned n);

/*
 * In start(), of a device some of whose queues are served elsewhere: whether kicks of queue n are heard
 * here, as at first. 0 or logged -errno.
 */
int virtio_hear(struct virtio_dev *v, unsigned n, bool on);

void virtio_reset_done(struct virtio_dev *v);

/* ---- for transports ---- */

/* Before the driver is there. 0 or logged -errno; fini takes half-built and zeroed ones. */
int virtio_init(struct virtio_dev *v, const struct mem *mem, struct loop *loop,
		struct virtio_transport *t);
void virtio_fini(struct virtio_dev *v);

void virtio_set_status(struct virtio_dev *v, uint8_t value);
/* 32 feature bits at 32 * select: as the driver writes them. */
void virtio_set_features(struct virtio_dev *v, uint32_t select, uint32_t value);
/* Take queue n (any number) as its `want` says, once. */
void virtio_enable_queue(struct virtio_dev *v, unsigned n);
/* virtio_call_fd() of some queue may be another one now. */
void virtio_calls_changed(struct virtio_dev *v);
/* Signal the kick descriptor of queue n (any number). */
void virtio_kick(struct virtio_dev *v, unsigned n);

#endif
