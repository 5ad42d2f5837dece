// SPDX-License-Identifier: BSD-2-Clause
/*
 * irq.c - the descriptors that interrupts are made of. Knows eventfd; not who signals, nor the chip.
 */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "irq.h"
#include "log.h"

int irq_eventfd(const char *name)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd >= 0 ? fd
		       : log_err(-errno, "%s: eventfd: %m; raise the open-files limit (ulimit -n)",
				 name);
}

void irq_drain(int fd)
{
	uint64_t count;

	/* empty is fine */
	if (read(fd, &count, sizeof(count)) < 0)
		return;
}
