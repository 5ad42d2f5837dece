// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion.c - header, sizes and the extended VBT's address.
 */
#include <errno.h>

#include "opregion.h"
#include "util.h"

/* clang-format off */
#define OFF_SIZE      0x10 /* KiB */
#define OFF_VERSION   0x14 /* byte 0 reserved, then revision, minor, major */
#define OFF_MAILBOXES 0x58
#define   MAILBOX_ASLE BIT(2)
#define OFF_RVDA      0x3ba
#define OFF_RVDS      0x3c2
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

bool opregion_extended_vbt(const struct opregion_info *info)
{
	return info->major >= 2 && (info->mailboxes & MAILBOX_ASLE) && info->rvda && info->rvds;
}

int64_t opregion_live_size(const struct opregion_info *info)
{
	/* whatever the driver makes of them, RVDA and RVDS of a 2.0 header are a host address */
	if (info->major == 2 && info->minor == 0 && info->rvda)
		return -EOPNOTSUPP;
	if (!opregion_extended_vbt(info))
		return OPREGION_SIZE;
	if (info->rvds > OPREGION_VBT_MAX || info->rvda < OPREGION_SIZE ||
	    info->rvda >= OPREGION_SIZE + 4 * KiB)
		return -EOPNOTSUPP;
	return (int64_t)(info->rvda + info->rvds);
}

bool opregion_seal(void *bytes, size_t len)
{
	uint8_t *b = bytes;
	struct opregion_info info;

	if (opregion_parse(bytes, len, &info))
		return false;
	if (!info.rvda && !info.rvds)
		return false;
	if ((info.major > 2 || (info.major == 2 && info.minor > 0)) && info.rvda >= OPREGION_SIZE &&
	    info.rvda <= len && info.rvds <= len - info.rvda)
		return false;
	put_le64(b + OFF_RVDA, 0);
	put_le32(b + OFF_RVDS, 0);
	return true;
}
