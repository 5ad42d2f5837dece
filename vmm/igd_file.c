// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_file.c - what opregion=file=F[,vbt=F] names, as an image that may be shown to a guest.
 * Files may be anything and change under us: opened once, read once, then checked.
 */
#include <errno.h>
#include <stdlib.h>

#include "file.h"
#include "igd_file.h"
#include "log.h"
#include "util.h"

#define IMAGE_MAX (OPREGION_SIZE + OPREGION_VBT_REACH + OPREGION_VBT_MAX)

struct blob {
	const char *option, *path;
	uint8_t *bytes;
	size_t len;
};

static int read_file(struct blob *b, size_t max)
{
	int ret = file_read(b->path, max, &b->bytes, &b->len);

	if (ret == -EFBIG)
		return log_err(ret,
			       "--igd %s=%s: more than the %zu bytes that are possible; is it the "
			       "right file?",
			       b->option, b->path, max);
	if (ret == -EINVAL)
		return log_err(ret, "--igd %s=%s: not a regular file; name one", b->option,
			       b->path);
	return ret ? log_err(ret, "--igd %s=%s: %m; name a file that igdvm may read", b->option,
			     b->path)
		   : 0;
}

/* The VBT an OpRegion file has behind the mailboxes, put where a sealed one has it. */
static uint32_t take_extended(struct igd_image *i, const struct blob *b)
{
	const struct opregion_info *info = &i->info;

	if (!opregion_extended_vbt(info))
		return 0;
	if (opregion_relative(info) && info->rvds <= OPREGION_VBT_MAX &&
	    info->rvda >= OPREGION_SIZE && info->rvda <= b->len &&
	    info->rvds <= b->len - info->rvda) {
		memcpy(i->bytes + OPREGION_SIZE, b->bytes + info->rvda, info->rvds);
		return info->rvds;
	}
	log_warn("--igd %s=%s: its VBT is not in the file, the pointer to it was cleared",
		 b->option, b->path);
	return 0;
}

static int put_vbt(struct igd_image *i, const struct blob *b)
{
	int ret = opregion_vbt_check(b->bytes, b->len);

	if (ret)
		return log_err(ret,
			       "--igd %s=%s: no VBT (%zu bytes); a file with \"$VBT\" at its "
			       "start is needed",
			       b->option, b->path, b->len);
	if (b->len > OPREGION_VBT_MAX)
		return log_err(-EFBIG, "--igd %s=%s: a VBT of %zu bytes, at most %u can be shown",
			       b->option, b->path, b->len, OPREGION_VBT_MAX);
	i->vbt_len = opregion_put_vbt(i->bytes, b->bytes, b->len);
	return 0;
}

static int put_opregion(struct igd_image *i, const struct blob *b)
{
	int ret;

	if (opregion_vbt_check(b->bytes, b->len) != -ENOMSG) {
		opregion_make(i->bytes);
		return put_vbt(i, b);
	}
	ret = opregion_parse(b->bytes, b->len, &i->info);
	if (ret == -EINVAL)
		return log_err(ret,
			       "--igd %s=%s: %zu bytes; an OpRegion has %u at least, and a "
			       "VBT begins with \"$VBT\"",
			       b->option, b->path, b->len, OPREGION_SIZE);
	if (ret)
		return log_err(ret,
			       "--igd %s=%s: neither an OpRegion (\"%s\" and a size) nor a "
			       "VBT (\"$VBT\"); is it the right file?",
			       b->option, b->path, OPREGION_SIGNATURE);
	memcpy(i->bytes, b->bytes, OPREGION_SIZE);
	i->vbt_len = take_extended(i, b);
	return 0;
}

int igd_image_read(struct igd_image *i, const struct config_igd *c)
{
	struct blob opregion = { .option = "opregion=file", .path = c->opregion_file };
	struct blob vbt = { .option = "vbt", .path = c->vbt_file };
	int ret = read_file(&opregion, IMAGE_MAX);

	*i = (struct igd_image){ .bytes = calloc(1, OPREGION_SIZE + OPREGION_VBT_MAX) };
	if (!ret && !i->bytes)
		ret = log_err(-ENOMEM, "--igd opregion=file=%s: %m", c->opregion_file);
	if (!ret && c->vbt_file)
		ret = read_file(&vbt, OPREGION_VBT_MAX);
	if (!ret)
		ret = put_opregion(i, &opregion);
	if (!ret && c->vbt_file)
		ret = put_vbt(i, &vbt);
	if (!ret) {
		opregion_seal(i->bytes, i->vbt_len, false);
		ret = opregion_parse(i->bytes, OPREGION_SIZE, &i->info);
	}
	free(opregion.bytes);
	free(vbt.bytes);
	return ret;
}

void igd_image_fini(struct igd_image *i)
{
	free(i->bytes);
	i->bytes = NULL;
}
