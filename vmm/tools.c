// SPDX-License-Identifier: BSD-2-Clause
/*
 * tools.c - a row for each command that starts no guest.
 */
#include <stddef.h>

#include "tool_bind.h"
#include "tool_ctl.h"
#include "tool_doctor.h"
#include "tool_opregion.h"
#include "tool_record.h"
#include "tools.h"

const struct tool tools[] = {
	{ "bind", tool_bind, "a device and its IOMMU group to vfio-pci", "--force --help <pci>" },
	{ "ctl", tool_ctl, "ask and tell a guest that runs, by its control socket",
	  "status console events wait powerbtn pause resume reset stop nmi help <file> --help" },
	{ "doctor", tool_doctor,
	  "what is missing before a guest can have the GPU, and what mends it",
	  "--json --memory --fixture --help <pci> <dir>" },
	{ "opregion", tool_opregion_main, "the OpRegion of a GPU or a file, as bytes or decoded",
	  "dump decode --json --help <pci> <file>" },
	{ "record", tool_record, "what the host tells of a GPU, as a directory", "<pci> <dir>" },
	{ "unbind", tool_unbind, "a device back to its driver", "--help <pci>" },
	{ NULL, NULL, NULL, NULL },
};
