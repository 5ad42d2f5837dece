// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_check.c - what options must be to each other.
 * Knows fields of struct config; how each is written is the table's business.
 */
#include "config_table.h"

int config_check_balloon(struct config *c, struct config_error *err)
{
	if (!c->balloon.present)
		return 0;
	if (c->igd.present || c->n_vfio)
		return config_fail(err,
				   "--balloon: with %s all of the guest's memory is pinned for the "
				   "device, nothing can be given back; drop one of the two",
				   c->igd.present ? "--igd" : "--vfio");
	if (c->huge_page)
		return config_fail(err, "--balloon: it gives back pages of 4 KiB, which --memory "
					"hugepages does not consist of; drop one of the two");
	if (c->balloon.target > c->memory)
		return config_fail(err,
				   "--balloon: the target is more than the guest has, --memory "
				   "%lluM; lower it",
				   (unsigned long long)(c->memory >> 20));
	return 0;
}
