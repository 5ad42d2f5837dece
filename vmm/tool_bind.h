/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_bind.h - `igdvm bind BDF [--force]` and `igdvm unbind [BDF]`: a device and its IOMMU group to
 * vfio-pci, to stay there, and back to the drivers they had.
 */
#ifndef IGDVM_TOOL_BIND_H
#define IGDVM_TOOL_BIND_H

/* argv[0] is igdvm, argv[1] the command. Exit code: 0; 1: the host refused; 2: usage. */
int tool_bind(int argc, char **argv);

/* Without BDF: what processes that were killed left behind. Likewise. */
int tool_unbind(int argc, char **argv);

#endif
