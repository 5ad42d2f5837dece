/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_file.h - an OpRegion and a VBT from files; used by igd_opregion.c only.
 */
#ifndef IGDVM_IGD_FILE_H
#define IGDVM_IGD_FILE_H

#include "igd.h"

/* OPREGION_SIZE bytes, sealed, and an extended VBT right behind. */
struct igd_image {
	uint8_t *bytes;
	uint32_t vbt_len;
	struct opregion_info info; /* as sealed */
};

/*
 * Read opregion=file=F, an OpRegion or a bare VBT, and vbt=F. 0, or -errno with one logged line that
 * names the file. igd_image_fini() takes a zeroed one, and one that could not be read.
 */
int igd_image_read(struct igd_image *i, const struct config_igd *c);
void igd_image_fini(struct igd_image *i);

#endif
