/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_vbios.h - what a video BIOS or EFI driver in the guest needs of the GPU, for igd.c only: its ROM,
 * the legacy VGA ranges, and the way to the GTT through the I/O BAR.
 *
 * igdvm has no firmware, so nothing runs a ROM by itself: guests with firmware of their own, x86
 * emulators and drivers that look for a VBT do.
 */
#ifndef IGDVM_IGD_VBIOS_H
#define IGDVM_IGD_VBIOS_H

#include "igd.h"

/* Read and check the ROM that rom= names, and see that vga= can be had. 0 or logged -errno. */
int igd_vbios_probe(struct igd *g);

/* Lay all of it over the function, once stolen memory has its place. 0 or logged -errno. */
int igd_vbios_build(struct igd *g, const struct igd_parts *p);

/* After vfio_pci_fini(). Takes a half-built or zeroed igd. */
void igd_vbios_fini(struct igd *g);

#endif
