/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/post.h - port 0x80, where firmware and kernels show how far they are: with --verbose each new
 * code is a line with its time. A PC has the DMA controllers' spare page register here.
 */
#ifndef IGDVM_DEV_POST_H
#define IGDVM_DEV_POST_H

#include <stdint.h>

#include "../bus.h"
#include "../log.h"

struct post {
	struct bus_region region;
	int64_t start_us; /* CLOCK_MONOTONIC at post_init() */
	uint8_t code;
	struct log_limit log;
};

/* Times are counted from here. 0 or -errno of bus_add(). */
int post_init(struct post *p, struct bus *pio);
void post_fini(struct post *p, struct bus *pio);

#endif
