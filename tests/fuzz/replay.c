// SPDX-License-Identifier: BSD-2-Clause
/*
 * replay.c - run a fuzz target on the files of a corpus, without libFuzzer: what was found once is never found again.
 *
 * usage: replay-TARGET DIR...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void run(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (!f) {
		perror(path);
		exit(1);
	}
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	/* of its own size, so that a sanitizer sees a byte too far */
	exact = malloc(len ? len : 1);
	if (!exact)
		exit(1);
	for (size_t i = 0; i < len; i++)
		exact[i] = bytes[i];
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

int main(int argc, char **argv)
{
	unsigned n = 0;
	char path[512];

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *e;

		if (!dir) {
			perror(argv[i]);
			return 1;
		}
		while ((e = readdir(dir)))
			if (e->d_name[0] != '.') {
				snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
				run(path);
				n++;
			}
		closedir(dir);
	}
	printf("%u inputs\n", n);
	return n ? 0 : 1;
}
