/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * topology.h - how vCPUs are numbered: sockets of cores of threads, and the APIC id of each.
 *
 * An APIC id is three fields, socket above core above thread, each as many bits wide as its largest
 * number needs (Intel SDM vol. 3A 8.9.1; AMD APM vol. 3 E.5): ids have gaps unless cores and threads
 * are powers of two.
 */
#ifndef IGDVM_TOPOLOGY_H
#define IGDVM_TOPOLOGY_H

#include <stdint.h>

/* Ids above it do not fit an xAPIC, whose 255 means every processor (SDM vol. 3A 10.6.2.1). */
#define TOPOLOGY_XAPIC_LAST 254

struct topology {
	unsigned sockets;
	unsigned cores;	  /* of a socket */
	unsigned threads; /* of a core */
};

/* Bits that number n things, n >= 1. */
static inline unsigned topology_bits(unsigned n)
{
	unsigned bits = 0;

	while (bits < 31 && 1u << bits < n)
		bits++;
	return bits;
}

static inline unsigned topology_cpus(const struct topology *t)
{
	return t->sockets * t->cores * t->threads;
}

/* Bits of an APIC id below the socket. */
static inline unsigned topology_socket_shift(const struct topology *t)
{
	return topology_bits(t->cores) + topology_bits(t->threads);
}

/* APIC id of vCPU cpu, 0 .. topology_cpus() - 1: threads count first, then cores, then sockets. */
static inline uint32_t topology_apic_id(const struct topology *t, unsigned cpu)
{
	unsigned thread = cpu % t->threads, core = cpu / t->threads % t->cores;
	unsigned socket = cpu / t->threads / t->cores;

	return socket << topology_socket_shift(t) | core << topology_bits(t->threads) | thread;
}

/* The highest one. */
static inline uint32_t topology_last_id(const struct topology *t)
{
	return topology_apic_id(t, topology_cpus(t) - 1);
}

#endif
