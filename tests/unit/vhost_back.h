/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vhost_back.h - a vhost-user back end in a thread, which writes down what it is told and answers as it
 * is told to: well, or in any wrong way.
 */
#ifndef IGDVM_VHOST_BACK_H
#define IGDVM_VHOST_BACK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define BACK_MESSAGES_MAX 128

struct vhost_back {
	/* How it answers; before vhost_back_start(). */
	uint64_t features, protocol, queues;
	unsigned trouble_at; /* message that is answered wrongly, counted from 1; 0: none */
	enum {
		BACK_CLOSES,	  /* instead of an answer */
		BACK_CUTS,	  /* closes after `cut` bytes of it */
		BACK_LIES_LENGTH, /* in the header: `lie` */
		BACK_LIES_REQUEST,
		BACK_LIES_FLAGS,
		BACK_REFUSES, /* an acknowledgement that is no zero */
		BACK_SAYS_NOTHING,
	} trouble;
	unsigned cut;
	uint32_t lie;
	bool wrong_index; /* GET_VRING_BASE is answered for another queue */
	bool hold_base;	  /* GET_VRING_BASE is answered at vhost_back_release() */

	/* What it was told. */
	char path[64];
	unsigned n, connections;
	struct {
		uint32_t request, flags, size;
		uint8_t payload[512];
		unsigned n_fds;
		int fd[8]; /* its own copies */
	} message[BACK_MESSAGES_MAX];

	int listen_fd, fd, wake[2];
	pthread_t thread;
	pthread_mutex_t lock;
};

void vhost_back_start(struct vhost_back *b);
void vhost_back_end(struct vhost_back *b); /* closes what is open */
void vhost_back_release(struct vhost_back *b);
void vhost_back_hang_up(struct vhost_back *b); /* as if it was killed */
/* Unasked. */
void vhost_back_send(struct vhost_back *b, const void *data, unsigned len);
unsigned vhost_back_count(struct vhost_back *b, uint32_t request);

#endif
