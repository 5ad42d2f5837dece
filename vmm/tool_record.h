/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_record.h - `igdvm record BDF DIR`: all that igdvm asks of a GPU's host, as a directory that
 * vfio_fixture.h reads back. So that owners of hardware can send theirs.
 *
 * Reads only. Bound to vfio-pci the device is asked through VFIO; else what can be read while the
 * host's driver has it is recorded, in the form VFIO would give it. Serial numbers, UUIDs, host names
 * and the monitor's EDID are not recorded; the file "manifest" tells where each file came from, what
 * is missing and what was left out.
 */
#ifndef IGDVM_TOOL_RECORD_H
#define IGDVM_TOOL_RECORD_H

/* The command; argv[0] is igdvm, argv[1] "record". Exit code: 0; 1: the host refused; 2: usage. */
int tool_record(int argc, char **argv);

/*
 * Record what `device` (a PCI address, or the path of its directory in sysfs) names into `dir`, new or
 * empty. root: "", or a directory that holds sys, proc and dev of the host. 0 or logged -errno, and
 * then dir is as it was.
 */
int record_device(const char *root, const char *device, const char *dir);

#endif
