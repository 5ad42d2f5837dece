// SPDX-License-Identifier: BSD-2-Clause
/*
 * physmem - read or write physical memory through a cached mapping of /dev/mem.
 *
 *	physmem read ADDRESS LENGTH	print the bytes in hex
 *	physmem write ADDRESS HEX	store the bytes
 *	physmem load ADDRESS		store what is on standard input
 *
 * The file is opened without O_SYNC on purpose: vfio_pci_igd keeps the OpRegion mapped write-back,
 * and the kernel refuses a second, uncached mapping of the same page (EAGAIN). That rules out
 * busybox devmem.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The mapping stays until the process ends: one access, one process. */
static volatile uint8_t *map(uint64_t address, size_t length, int prot)
{
	uint64_t offset = address % 4096;
	uint8_t *p;
	int fd;

	fd = open("/dev/mem", prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	if (fd < 0)
		err(1, "/dev/mem");
	p = mmap(NULL, length + offset, prot, MAP_SHARED, fd, (off_t)(address - offset));
	if (p == MAP_FAILED)
		err(1, "mmap of 0x%llx", (unsigned long long)address);
	return p + offset;
}

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

static void read_bytes(uint64_t address, size_t length)
{
	volatile uint8_t *p = map(address, length, PROT_READ);

	for (size_t i = 0; i < length; i++)
		printf("%02x", p[i]);
	printf("\n");
}

static void write_bytes(uint64_t address, const char *hex)
{
	size_t length = strlen(hex) / 2;
	volatile uint8_t *p = map(address, length, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < length; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "not hex: %s", hex);
		p[i] = byte;
	}
}

static void load_bytes(uint64_t address)
{
	static uint8_t bytes[1 << 20];
	size_t length = fread(bytes, 1, sizeof(bytes), stdin);
	volatile uint8_t *p;

	if (!length)
		errx(2, "nothing on standard input");
	p = map(address, length, PROT_READ | PROT_WRITE);
	for (size_t i = 0; i < length; i++)
		p[i] = bytes[i];
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "read"))
		read_bytes(number(argv[2]), number(argv[3]));
	else if (argc == 4 && !strcmp(argv[1], "write"))
		write_bytes(number(argv[2]), argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "load"))
		load_bytes(number(argv[2]));
	else
		errx(2, "usage: physmem read ADDRESS LENGTH | write ADDRESS HEX | load ADDRESS");
	return 0;
}
