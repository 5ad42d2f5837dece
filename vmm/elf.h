/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf.h - ELF kernels for x86, 32 and 64 bits: segments, entry, notes.
 *
 * Pure: bytes come through struct elf_file; where they go is the image's (image.h).
 * Source: System V ABI, chapters 4 and 5; AMD64 supplement.
 */
#ifndef IGDVM_ELF_H
#define IGDVM_ELF_H

#include "image.h"

/* A file of which parts can be had. */
struct elf_file {
	uint64_t size;
	/* len bytes from off on, all of them below size. 0 or logged -errno. */
	int (*read)(void *ctx, uint64_t off, void *buf, size_t len);
	void *ctx;
};

/* A PT_NOTE segment, within the file. */
struct elf_note {
	uint64_t off, size;
	unsigned align; /* 4 or 8 */
};

#define ELF_PHDRS_MAX  64
#define ELF_NOTE_MAX   65536 /* bytes of one note segment */
#define ELF_MAGIC_SIZE 4
#define ELF_EHDR_MAX   64 /* of the two sizes of the file header, the larger */

struct elf {
	unsigned bits; /* 32 or 64 */
	struct image image;
	uint64_t entry; /* of the file header; guest-physical if a segment says so. Not checked. */
	struct elf_note note[ELF_PHDRS_MAX];
	unsigned n_notes;
};

bool elf_is(const uint8_t magic[ELF_MAGIC_SIZE]);

/*
 * Parse headers, 64 program headers at most, and check all that they say.
 * 0; -ENOEXEC with the reason in *why (static text); or what f->read gave, with *why NULL.
 */
int elf_parse(struct elf *e, const struct elf_file *f, const char **why);

#endif
