// SPDX-License-Identifier: BSD-2-Clause
/*
 * mapfile - what mmap() of a file gives, or refuses.
 *
 *	mapfile read FILE OFFSET LENGTH		print the bytes in hex
 *	mapfile write FILE OFFSET HEX		store the bytes
 *	mapfile try FILE MODE TYPE PROT OFFSET LENGTH [THEN]
 *						print "ok", or the call that failed and its error
 *	mapfile hold FILE LENGTH		map, print a line; at end of input print the bytes
 *
 * MODE is r or rw, TYPE shared or private, PROT any of r, w and x. THEN is another PROT, to change
 * the mapping to, or "grow", to make it a page longer.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static uint64_t number(const char *s)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno || end == s || *end)
		errx(2, "not a number: %s", s);
	return n;
}

static int open_file(const char *path, int mode)
{
	int fd = open(path, mode);

	if (fd < 0) {
		printf("open %s\n", strerrorname_np(errno));
		exit(1);
	}
	return fd;
}

/* The mapping stays until the process ends; the file does not stay open. */
static volatile uint8_t *map(const char *path, uint64_t offset, size_t length, int prot)
{
	int fd = open_file(path, prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	uint64_t skip = offset % PAGE;
	uint8_t *p;

	p = mmap(NULL, length + skip, prot, MAP_SHARED, fd, (off_t)(offset - skip));
	if (p == MAP_FAILED)
		err(1, "mmap of %s at 0x%llx", path, (unsigned long long)offset);
	close(fd);
	return p + skip;
}

static void print(volatile uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", p[i]);
	printf("\n");
}

static void write_bytes(const char *path, uint64_t offset, const char *hex)
{
	size_t length = strlen(hex) / 2;
	volatile uint8_t *p = map(path, offset, length, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < length; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "not hex: %s", hex);
		p[i] = byte;
	}
}

static int protection(const char *s)
{
	return (strchr(s, 'r') ? PROT_READ : 0) | (strchr(s, 'w') ? PROT_WRITE : 0) |
	       (strchr(s, 'x') ? PROT_EXEC : 0);
}

static void try(char **arg)
{
	int fd = open_file(arg[0], strchr(arg[1], 'w') ? O_RDWR : O_RDONLY);
	int flags = !strcmp(arg[2], "shared") ? MAP_SHARED : MAP_PRIVATE;
	size_t length = number(arg[5]);
	const char *failed = NULL;
	void *p;

	p = mmap(NULL, length, protection(arg[3]), flags, fd, (off_t)number(arg[4]));
	if (p == MAP_FAILED)
		failed = "mmap";
	else if (arg[6] && !strcmp(arg[6], "grow")) {
		if (mremap(p, length, length + PAGE, MREMAP_MAYMOVE) == MAP_FAILED)
			failed = "mremap";
	} else if (arg[6] && mprotect(p, length, protection(arg[6]))) {
		failed = "mprotect";
	}
	if (failed)
		printf("%s %s\n", failed, strerrorname_np(errno));
	else
		printf("ok\n");
}

static void hold(const char *path, size_t length)
{
	volatile uint8_t *p = map(path, 0, length, PROT_READ);
	char c;

	printf("held\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	print(p, length);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc == 5 && !strcmp(verb, "read"))
		print(map(argv[2], number(argv[3]), number(argv[4]), PROT_READ), number(argv[4]));
	else if (argc == 5 && !strcmp(verb, "write"))
		write_bytes(argv[2], number(argv[3]), argv[4]);
	else if ((argc == 8 || argc == 9) && !strcmp(verb, "try"))
		try(argv + 2);
	else if (argc == 4 && !strcmp(verb, "hold"))
		hold(argv[2], number(argv[3]));
	else
		errx(2, "usage: mapfile read|write|try|hold FILE ...; see mapfile.c");
	return 0;
}
