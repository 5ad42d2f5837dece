/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json_seed.h - libjansson opens a file for the seed of its hash tables, when it makes the first of them;
 * by then no file may be opened any more.
 */
#ifndef IGDVM_JSON_SEED_H
#define IGDVM_JSON_SEED_H

#include <jansson.h>
#include <sys/random.h>
#include <unistd.h>

/* Before the process confines itself, if it will use JSON afterwards. */
static inline void json_seed(void)
{
	size_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = (size_t)getpid();
	json_object_seed(seed | 1); /* 0 would mean that file */
}

#endif
