// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion.c - header, sizes, the extended VBT's address, and copies that say nothing of the host.
 */
#include <errno.h>

#include "opregion.h"
#include "util.h"

/* clang-format off */
#define PAGE	      (4 * KiB)

#define OFF_SIZE      0x10 /* KiB */
#define OFF_VERSION   0x14 /* byte 0 reserved, then revision, minor, major */
#define OFF_MAILBOXES 0x58
#define   MAILBOX_ASLE BIT(2)
#define   MAILBOX_VBT  BIT(3)
#define OFF_DYNAMIC   0x5c /* from here on driver and firmware write */
#define OFF_SWSCI     0x200
#define OFF_ASLE      0x300
#define OFF_FDSS      0x3aa /* display save buffer of Intel Rapid Start, a host address ... */
#define   FDSS_LEN    12    /* ... and its size */
#define OFF_RVDA      0x3ba
#define OFF_RVDS      0x3c2
#define OFF_VBT       0x400

#define VBT_SIGNATURE "$VBT"
#define VBT_SIZE      0x18
#define VBT_BDB       0x1c
#define VBT_HEADER    0x30
#define BDB_HEADER    0x16
/* clang-format on */

int opregion_parse(const void *bytes, size_t len, struct opregion_info *info)
{
	const uint8_t *b = bytes;

	if (len < OPREGION_SIZE)
		return -EINVAL;
	if (memcmp(b, OPREGION_SIGNATURE, OPREGION_SIGNATURE_LEN))
		return -ENOMSG;
	if (!get_le32(b + OFF_SIZE) || get_le32(b + OFF_SIZE) > OPREGION_VBT_MAX / KiB)
		return -EBADMSG;
	*info = (struct opregion_info){
		.size = get_le32(b + OFF_SIZE) * (uint32_t)KiB,
		.minor = b[OFF_VERSION + 2],
		.major = b[OFF_VERSION + 3],
		.mailboxes = get_le32(b + OFF_MAILBOXES),
		.rvda = get_le64(b + OFF_RVDA),
		.rvds = get_le32(b + OFF_RVDS),
	};
	return 0;
}

bool opregion_same(const void *a, const void *b)
{
	const uint8_t *x = a, *y = b;

	return !memcmp(x, y, OFF_VERSION) &&
	       !memcmp(x + OFF_VERSION + 4, y + OFF_VERSION + 4, OFF_DYNAMIC - OFF_VERSION - 4);
}

bool opregion_extended_vbt(const struct opregion_info *info)
{
	return info->major >= 2 && (info->mailboxes & MAILBOX_ASLE) && info->rvda && info->rvds;
}

bool opregion_relative(const struct opregion_info *info)
{
	return info->major > 2 || (info->major == 2 && info->minor > 0);
}

int opregion_layout(const struct opregion_info *info, uint32_t page_offset,
		    struct opregion_layout *l)
{
	uint64_t body = ALIGN_UP(page_offset + MAX(info->size, (uint32_t)OPREGION_SIZE), PAGE);

	*l = (struct opregion_layout){ .body = body, .vbt = body, .size = body };
	/* whatever the driver makes of it, the RVDA of a 2.0 header is a host address */
	if (info->major == 2 && info->minor == 0 && info->rvda)
		return -EOPNOTSUPP;
	if (!opregion_extended_vbt(info))
		return 0;
	if (info->rvds > OPREGION_VBT_MAX || info->rvda < OPREGION_SIZE ||
	    info->rvda > OPREGION_VBT_REACH)
		return -EOPNOTSUPP;
	l->vbt_start = page_offset + info->rvda;
	l->size = MAX(body, ALIGN_UP(l->vbt_start + info->rvds, PAGE));
	l->vbt = MIN(l->size, MAX(body, ALIGN_DOWN(l->vbt_start, PAGE)));
	return 0;
}

void opregion_seal(void *bytes, uint32_t vbt_len, bool keep_swsci)
{
	uint8_t *b = bytes;
	uint32_t mailboxes = get_le32(b + OFF_MAILBOXES);

	put_le32(b + OFF_SIZE, OPREGION_SIZE / KiB);
	memset(b + OFF_FDSS, 0, FDSS_LEN);
	put_le64(b + OFF_RVDA, vbt_len ? OPREGION_SIZE : 0);
	put_le32(b + OFF_RVDS, vbt_len);
	if (vbt_len) {
		mailboxes |= MAILBOX_ASLE;
		if (get_le16(b + OFF_VERSION + 2) < 0x0201)
			put_le16(b + OFF_VERSION + 2, 0x0201);
	}
	if (!keep_swsci) {
		mailboxes &= ~(uint32_t)OPREGION_SWSCI;
		memset(b + OFF_SWSCI, 0, OFF_ASLE - OFF_SWSCI);
	}
	put_le32(b + OFF_MAILBOXES, mailboxes);
}

int opregion_vbt_check(const void *vbt, size_t len)
{
	const uint8_t *b = vbt;
	uint32_t bdb;

	if (len < VBT_HEADER || memcmp(b, VBT_SIGNATURE, strlen(VBT_SIGNATURE)))
		return -ENOMSG;
	bdb = get_le32(b + VBT_BDB);
	if (get_le16(b + VBT_SIZE) > len || bdb > len || len - bdb < BDB_HEADER)
		return -EBADMSG;
	return 0;
}

void opregion_make(void *bytes)
{
	uint8_t *b = bytes;

	memset(b, 0, OPREGION_SIZE);
	memcpy(b, OPREGION_SIGNATURE, OPREGION_SIGNATURE_LEN);
	put_le32(b + OFF_SIZE, OPREGION_SIZE / KiB);
	put_le16(b + OFF_VERSION + 2, 0x0201);
}

uint32_t opregion_put_vbt(void *bytes, const void *vbt, size_t len)
{
	uint8_t *b = bytes;

	put_le32(b + OFF_MAILBOXES, get_le32(b + OFF_MAILBOXES) | MAILBOX_VBT);
	memset(b + OFF_VBT, 0, OPREGION_VBT_INSIDE);
	memcpy(len <= OPREGION_VBT_INSIDE ? b + OFF_VBT : b + OPREGION_SIZE, vbt, len);
	return len <= OPREGION_VBT_INSIDE ? 0 : (uint32_t)len;
}
