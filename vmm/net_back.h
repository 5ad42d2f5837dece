/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_back.h - between net.c and the kinds of other ends.
 */
#ifndef IGDVM_NET_BACK_H
#define IGDVM_NET_BACK_H

#include "net.h"

/* Fill in ops, offloads, id and fd[]. 0 or logged -errno; fd[] is closed by net_fini() either way. */
int net_tap_init(struct net *n, const struct net_params *p);
int net_stream_init(struct net *n, const struct net_params *p);
void net_stream_fini(struct net *n); /* also where there is none */

#endif
