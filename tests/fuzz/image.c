// SPDX-License-Identifier: BSD-2-Clause
/*
 * image.c - any bytes as a kernel file: which format it is, what its headers say, and what a guest would get of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf.h"
#include "layout.h"
#include "memmap.h"
#include "multiboot.h"
#include "pvh.h"
#include "util.h"

#define FILE_MAX (1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct file {
	const uint8_t *bytes;
	size_t len;
};

static int read_file(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct file *f = ctx;

	if (off > f->len || len > f->len - off)
		abort(); /* what is not there was asked for */
	memcpy(buf, f->bytes + off, len);
	return 0;
}

/* What every image that is accepted is: see image.h. */
static void check_image(const struct image *i, uint64_t size)
{
	uint64_t end = 0;
	bool entry = false;

	if (!i->n || i->n > IMAGE_SEGMENTS_MAX)
		abort();
	for (unsigned n = 0; n < i->n; n++) {
		const struct image_segment *s = &i->segment[n];

		if (s->off > size || s->filesz > size - s->off || !s->memsz ||
		    s->filesz > s->memsz || s->gpa < end)
			abort();
		end = s->gpa + s->memsz;
		if (end <= s->gpa || end > LAYOUT_4GIB)
			abort();
		entry |= i->entry >= s->gpa && i->entry < end;
	}
	if (!entry)
		abort();
}

static void try_linux(const uint8_t *head, const struct file *f, const struct memmap *map)
{
	static uint8_t page[BOOT_PARAMS_SIZE];
	struct boot_info info = { .map = map, .rsdp_gpa = LAYOUT_ACPI };
	struct boot_kernel k;
	const char *why = NULL;

	if (boot_parse(&k, head, f->len, &why)) {
		if (!why)
			abort();
		return;
	}
	if (k.payload_off > f->len || k.payload_size > f->len - k.payload_off)
		abort();
	if (boot_place_kernel(&k, map, &info.kernel_gpa))
		return;
	info.initrd_size = 4096;
	if (boot_place_initrd(&k, map, info.kernel_gpa, info.initrd_size, &info.initrd_gpa))
		info.initrd_size = 0;
	else if (info.initrd_gpa + info.initrd_size - 1 > k.initrd_max)
		abort();
	if (boot_params(page, head, &info))
		abort();
}

static void try_elf(const struct file *f)
{
	const struct elf_file file = { f->len, read_file, (void *)f };
	struct elf e;
	const char *why = NULL;

	if (elf_parse(&e, &file, &why))
		return;
	for (unsigned i = 0; i < e.n_notes; i++)
		if (e.note[i].off > f->len || e.note[i].size > f->len - e.note[i].off)
			abort();
	if (pvh_find_entry(&e, &file, &why) > 0)
		check_image(&e.image, f->len);
}

static void try_multiboot(const uint8_t *head, const struct file *f)
{
	const char *why = NULL;
	struct image image = { 0 };
	struct multiboot m;

	if (multiboot_find(&m, head, MIN(f->len, (size_t)MULTIBOOT_SEARCH)) &&
	    !multiboot_check(&m, &why) && m.has_addresses &&
	    !multiboot_image(&m, f->len, &image, &why))
		check_image(&image, f->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct memmap_params p = { GiB, 40, NULL, 0, NULL, 0 };
	const struct file f = { bytes, len };
	static uint8_t head[MULTIBOOT_SEARCH];
	static struct memmap map;

	if (!len || len > FILE_MAX)
		return -1;
	if (!map.n && memmap_plan(&map, &p))
		abort();
	memset(head, 0, sizeof(head));
	memcpy(head, bytes, MIN(len, sizeof(head)));
	try_linux(head, &f, &map);
	if (len >= ELF_MAGIC_SIZE && elf_is(bytes))
		try_elf(&f);
	try_multiboot(head, &f);
	return 0;
}
