/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_opregion.h - `igdvm opregion dump` and `igdvm opregion decode`.
 */
#ifndef IGDVM_TOOL_OPREGION_H
#define IGDVM_TOOL_OPREGION_H

/* argv[0] is igdvm, argv[1] "opregion". An exit_code; what went wrong was logged. */
int tool_opregion_main(int argc, char **argv);

#endif
