/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_common.h - the common configuration of a virtio device on PCI.
 * Source: virtio 1.2 section 4.1.4.3.
 */
#ifndef IGDVM_DEV_VIRTIO_COMMON_H
#define IGDVM_DEV_VIRTIO_COMMON_H

#include "virtio_pci.h"

#define VIRTIO_COMMON_SIZE 0x38

/* Any [off, off + len) inside VIRTIO_COMMON_SIZE. A write that covers a part of a field leaves the rest. */
void virtio_common_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len);
void virtio_common_write(struct virtio_pci *p, unsigned off, const void *buf, unsigned len);

#endif
