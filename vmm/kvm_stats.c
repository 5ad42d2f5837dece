// SPDX-License-Identifier: BSD-2-Clause
/*
 * kvm_stats.c - the kernel's binary statistics: which there are, and their values.
 * Knows the format; does not choose among them.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm_stats.h"
#include "util.h"

/* A single number that only grows: others are of no use as a sum. */
static bool is_counter(const struct kvm_stats_desc *d)
{
	return (d->flags & KVM_STATS_TYPE_MASK) == KVM_STATS_TYPE_CUMULATIVE && d->size == 1 &&
	       (d->flags & KVM_STATS_UNIT_MASK) == KVM_STATS_UNIT_NONE;
}

/* The kernel's: its sizes are still not taken for granted. */
static void read_names(struct kvm_stats *s, int fd)
{
	union {
		struct kvm_stats_desc d; /* the name is behind it */
		char bytes[sizeof(struct kvm_stats_desc) + KVM_STATS_NAME];
	} row;
	struct kvm_stats_header h;
	uint64_t off;

	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || !h.name_size ||
	    h.name_size > KVM_STATS_NAME)
		return;
	off = h.desc_offset;
	for (uint32_t i = 0; i < h.num_desc && s->n < KVM_STATS_MAX; i++) {
		size_t size = sizeof(row.d) + h.name_size;

		if (pread(fd, &row, size, (off_t)off) != (ssize_t)size)
			return;
		off += size;
		if (!is_counter(&row.d))
			continue;
		memcpy(s->counter[s->n].name, row.bytes + sizeof(row.d), h.name_size);
		s->counter[s->n].name[KVM_STATS_NAME - 1] = '\0';
		s->counter[s->n++].at = h.data_offset + row.d.offset;
	}
}

int kvm_stats_init(struct kvm_stats *s, const int *vcpu_fd, unsigned n_vcpus)
{
	*s = (struct kvm_stats){ .fd = calloc(n_vcpus, sizeof(*s->fd)) };
	if (!s->fd)
		return -ENOMEM;
	for (; s->n_fds < n_vcpus; s->n_fds++) {
		int fd = ioctl(vcpu_fd[s->n_fds], KVM_GET_STATS_FD, 0);

		if (fd < 0)
			break;
		s->fd[s->n_fds] = fd;
	}
	if (s->n_fds)
		read_names(s, s->fd[0]);
	return 0;
}

void kvm_stats_fini(struct kvm_stats *s)
{
	while (s->n_fds)
		close(s->fd[--s->n_fds]);
	free(s->fd);
	s->fd = NULL;
	s->n = 0;
}

uint64_t kvm_stats_sum(const struct kvm_stats *s, const struct kvm_counter *c)
{
	uint64_t sum = 0, value;

	for (unsigned i = 0; i < s->n_fds; i++)
		if (pread(s->fd[i], &value, sizeof(value), (off_t)c->at) == sizeof(value))
			sum += value;
	return sum;
}
