/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * util.h - bits, sizes, little-endian fields: what every other file may use.
 * Knows nothing of virtual machines.
 */
#ifndef IGDVM_UTIL_H
#define IGDVM_UTIL_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define KiB (1ULL << 10)
#define MiB (1ULL << 20)
#define GiB (1ULL << 30)
#define TiB (1ULL << 40)

#define BIT(n)	      (1ULL << (n))
#define GENMASK(h, l) (((~0ULL) >> (63 - (h))) & ((~0ULL) << (l)))

/* Value of the field that contiguous mask selects, and the reverse. */
#define FIELD_GET(mask, reg)  (((reg) & (mask)) / ((mask) & -(mask)))
#define FIELD_PREP(mask, val) (((val) * ((mask) & -(mask))) & (mask))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

/* align is a power of two */
#define ALIGN_DOWN(x, align) ((x) & ~((uint64_t)(align)-1))
#define ALIGN_UP(x, align)   ALIGN_DOWN((x) + (uint64_t)(align)-1, align)
#define IS_ALIGNED(x, align) (((x) & ((uint64_t)(align)-1)) == 0)

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Unaligned little-endian loads and stores. */
static inline uint16_t get_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t get_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t get_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline void put_le16(void *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_le32(void *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_le64(void *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

/* The low len (1..8) bytes of buf as a number, and the reverse. */
static inline uint64_t get_le(const void *buf, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, buf, len < sizeof(v) ? len : sizeof(v));
	return le64toh(v);
}

static inline void put_le(void *buf, size_t len, uint64_t v)
{
	v = htole64(v);
	memcpy(buf, &v, len < sizeof(v) ? len : sizeof(v));
}

/* True when [a, a + a_len) and [b, b + b_len) share a byte. Lengths must not wrap. */
static inline int ranges_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a_len && b_len && a < b + b_len && b < a + a_len;
}

/* Close *fd unless it is -1, and make it -1: fini functions may run twice. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#endif
