// SPDX-License-Identifier: BSD-2-Clause
/*
 * elf.c - ELF headers to segments.
 * Knows the two layouts of the headers as rows of offsets; knows no boot protocol.
 */
#include <errno.h>

#include "elf.h"
#include "util.h"

#define E_CLASS	  4
#define E_DATA	  5 /* byte order */
#define LITTLE	  1
#define E_TYPE	  16
#define EXEC	  2
#define DYN	  3
#define E_MACHINE 18
#define P_TYPE	  0
#define PT_LOAD	  1
#define PT_NOTE	  4

/* Sizes of the headers, offsets in them; word is the size of addresses, offsets and lengths. */
static const struct class
{
	uint8_t ei_class, bits, machine, word, ehdr, phdr;
	uint8_t e_entry, e_phoff, e_phentsize, e_phnum;
	uint8_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} classes[] = {
	{ 1, 32, 3 /* EM_386 */, 4, 52, 32, 24, 28, 42, 44, 4, 8, 12, 16, 20, 28 },
	{ 2, 64, 62 /* EM_X86_64 */, 8, 64, 56, 24, 32, 54, 56, 8, 16, 24, 32, 40, 48 },
};

bool elf_is(const uint8_t magic[ELF_MAGIC_SIZE])
{
	return !memcmp(magic, "\177ELF", ELF_MAGIC_SIZE);
}

static const struct class *find_class(const uint8_t *ehdr)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (ehdr[E_CLASS] == classes[i].ei_class && ehdr[E_DATA] == LITTLE &&
		    get_le16(ehdr + E_MACHINE) == classes[i].machine)
			return &classes[i];
	return NULL;
}

static int add_note(struct elf *e, const struct elf_note *n, uint64_t file_size, const char **why)
{
	if (n->off > file_size || n->size > file_size - n->off)
		*why = "truncated: its notes reach beyond the end of the file; copy it again";
	else if (n->size > ELF_NOTE_MAX)
		*why = "its header is damaged: a note segment of more than 64 KiB; build it again";
	if (*why)
		return -ENOEXEC;
	e->note[e->n_notes++] = *n;
	return 0;
}

static int add_phdr(struct elf *e, const struct class *c, const uint8_t *p, uint64_t file_size,
		    uint64_t e_entry, const char **why)
{
	const struct image_segment s = {
		.off = get_le(p + c->p_offset, c->word),
		.filesz = get_le(p + c->p_filesz, c->word),
		.gpa = get_le(p + c->p_paddr, c->word),
		.memsz = get_le(p + c->p_memsz, c->word),
	};
	const struct elf_note note = {
		.off = s.off,
		.size = s.filesz,
		.align = get_le(p + c->p_align, c->word) == 8 ? 8 : 4,
	};
	uint64_t into = e_entry - get_le(p + c->p_vaddr, c->word);
	int ret;

	if (get_le32(p + P_TYPE) == PT_NOTE)
		return add_note(e, &note, file_size, why);
	if (get_le32(p + P_TYPE) != PT_LOAD)
		return 0;
	ret = image_add(&e->image, &s, file_size, why);
	if (!ret && into < s.memsz)
		e->entry = s.gpa + into;
	return ret;
}

int elf_parse(struct elf *e, const struct elf_file *f, const char **why)
{
	uint8_t ehdr[ELF_EHDR_MAX] = { 0 }, phdrs[ELF_PHDRS_MAX * 56];
	const struct class *c;
	uint64_t phoff, e_entry;
	unsigned n;
	int ret = f->read(f->ctx, 0, ehdr, MIN(f->size, sizeof(ehdr)));

	*e = (struct elf){ 0 };
	*why = NULL;
	if (ret)
		return ret;
	c = find_class(ehdr);
	if (f->size < (c ? c->ehdr : classes[0].ehdr))
		*why = "truncated: shorter than an ELF header; copy it again";
	else if (!elf_is(ehdr) || !c)
		*why = "an ELF file for another machine; an x86 kernel is needed";
	else if (get_le16(ehdr + E_TYPE) != EXEC && get_le16(ehdr + E_TYPE) != DYN)
		*why = "an ELF file that is not linked (an object or a core); give the linked "
		       "kernel";
	if (*why)
		return -ENOEXEC;
	phoff = get_le(ehdr + c->e_phoff, c->word);
	n = get_le16(ehdr + c->e_phnum);
	if (get_le16(ehdr + c->e_phentsize) != c->phdr || n > ELF_PHDRS_MAX)
		*why = "its ELF header is damaged (size or number of program headers); build it "
		       "again";
	else if (phoff > f->size || n * c->phdr > f->size - phoff)
		*why = "truncated: its program headers lie beyond the end of the file; copy it "
		       "again";
	if (*why)
		return -ENOEXEC;
	ret = f->read(f->ctx, phoff, phdrs, n * c->phdr);
	e->bits = c->bits;
	e->entry = e_entry = get_le(ehdr + c->e_entry, c->word);
	for (unsigned i = 0; i < n && !ret; i++)
		ret = add_phdr(e, c, phdrs + i * c->phdr, f->size, e_entry, why);
	return ret;
}
