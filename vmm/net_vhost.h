/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_vhost.h - whether the kernel serves a network card's rings, as the command line says.
 */
#ifndef IGDVM_NET_VHOST_H
#define IGDVM_NET_VHOST_H

enum net_vhost {
	NET_VHOST_AUTO, /* the kernel where it can, else igdvm */
	NET_VHOST_ON,	/* the kernel or nothing */
	NET_VHOST_OFF,	/* igdvm */
};

#endif
