/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pvh.h - the x86/HVM direct boot ABI ("PVH"): how an uncompressed Linux kernel is entered.
 *
 * Pure. Sources: Xen docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h and
 * xen/include/public/elfnote.h; Linux arch/x86/platform/pvh/enlighten.c reads it.
 */
#ifndef IGDVM_PVH_H
#define IGDVM_PVH_H

#include "boot.h"
#include "elf.h"

/*
 * Look for the entry in the notes, and set e->image.entry from it. 1, or 0 when there is no such
 * note; -ENOEXEC with the reason in *why (static text); or what f->read gave, with *why NULL.
 */
int pvh_find_entry(struct elf *e, const struct elf_file *f, const char **why);

/*
 * Fill the page at gpa: start info at its begin, then what it points to. EBX is gpa at the entry.
 * info: setup_data_gpa and kernel_gpa have no meaning here. -E2BIG: more than 128 e820 entries.
 */
int pvh_start_info(uint8_t page[BOOT_PARAMS_SIZE], uint64_t gpa, const struct boot_info *info);

#endif
