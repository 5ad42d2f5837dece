/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vhost_uapi.h - the kernel's requests, without names that virtio.h and tests have too: VERSION_1, which is
 * a bit's number there, and functions on rings. Include it before those.
 */
#ifndef IGDVM_VHOST_UAPI_H
#define IGDVM_VHOST_UAPI_H

#define VIRTIO_RING_NO_LEGACY
#include <linux/vhost.h>
#undef VIRTIO_F_VERSION_1

#endif
