// SPDX-License-Identifier: BSD-2-Clause
/*
 * restart.c - igdvm restarts its guest again and again, and has no more of anything afterwards.
 *
 * usage: restart COUNT IGDVM PAYLOAD [ARGUMENT...]
 * Each time the guest waits for a byte, /proc says what igdvm holds: descriptors, mappings, threads. From
 * the third time on (the first two fill caches of libc) that must not change, but for a few mappings that
 * a sanitizer makes for itself. Exit code 77: no /dev/kvm.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETTLED	   2
#define EXIT_SKIP  77
#define MAPS_SLACK 16  /* far below one for each restart */
#define SIZE_SLACK 256 /* MiB: neighbouring mappings count as one, so their size counts too */
#define LINE_MS	   20000
#define ARGS_MAX   16

struct held {
	unsigned fds, maps, threads, size;
};

static void fail(const char *what)
{
	printf("-- %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned count_entries(pid_t pid, const char *name)
{
	char path[64];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	dir = opendir(path);
	if (!dir)
		fail(path);
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static unsigned count_lines(pid_t pid, const char *name)
{
	char path[64];
	unsigned n = 0;
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	f = fopen(path, "r");
	if (!f)
		fail(path);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

/* MiB */
static unsigned address_space(pid_t pid)
{
	unsigned long pages = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lu", &pages) != 1)
		fail(path);
	fclose(f);
	return (unsigned)(pages * (unsigned long)sysconf(_SC_PAGESIZE) >> 20);
}

static struct held look(pid_t pid)
{
	return (struct held){ count_entries(pid, "fd"), count_lines(pid, "maps"),
			      count_entries(pid, "task"), address_space(pid) };
}

static bool same(const struct held *a, const struct held *b)
{
	return a->fds == b->fds && a->threads == b->threads && a->maps <= b->maps + MAPS_SLACK &&
	       a->size <= b->size + SIZE_SLACK;
}

/* Lines up to the one that says `until`; false at the end of the stream. A failed check ends the test. */
static bool read_until(int fd, const char *until)
{
	static char line[512];
	static size_t len;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, LINE_MS) > 0 && read(fd, line + len, 1) == 1) {
		if (line[len] != '\n' && len < sizeof(line) - 2) {
			len++;
			continue;
		}
		line[len] = '\0';
		len = 0;
		if (!strncmp(line, "FAIL", 4)) {
			printf("%s\n", line);
			exit(1);
		}
		if (!strcmp(line, until))
			return true;
	}
	return false;
}

static pid_t start(char **argv, int *in, int *out)
{
	int to[2], from[2];
	pid_t pid;

	if (pipe(to) || pipe(from))
		fail("pipe");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed check leaves nothing running */
		dup2(to[0], 0);
		dup2(from[1], 1);
		for (int fd = 3; fd < 16; fd++)
			close(fd);
		execv(argv[0], argv);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	*in = to[1];
	*out = from[0];
	return pid;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The number of restarts that were right. */
static int restart(int count, pid_t pid, int in, int out)
{
	struct held first = { 0 }, h;

	for (int i = 0; i <= count; i++) {
		if (!read_until(out, "waiting"))
			return i;
		h = look(pid);
		if (i == SETTLED)
			first = h;
		if (i >= SETTLED && !same(&h, &first)) {
			printf("-- after %d restarts: %u descriptors, %u mappings, %u threads, %u "
			       "MiB; "
			       "after %d: %u, %u, %u, %u\n",
			       i, h.fds, h.maps, h.threads, h.size, SETTLED, first.fds, first.maps,
			       first.threads, first.size);
			exit(1);
		}
		if (write(in, i == count ? "q" : i % 2 ? "k" : "c", 1) != 1)
			fail("write");
	}
	printf("%u descriptors, %u mappings, %u threads\n", h.fds, h.maps, h.threads);
	return count;
}

int main(int argc, char **argv)
{
	char *args[ARGS_MAX] = { 0 }, *fixed[] = { "--on-reboot", "restart", "--memory", "64M" };
	int count = argc > 3 ? atoi(argv[1]) : 0, in, out, status, done;
	size_t n = 0;
	double begin;
	pid_t pid;

	if (count < 1 || argc > ARGS_MAX - 6)
		return 2;
	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("SKIP /dev/kvm: %s\n", strerror(errno));
		return EXIT_SKIP;
	}
	signal(SIGPIPE, SIG_IGN);
	args[n++] = argv[2];
	args[n++] = "--kernel";
	args[n++] = argv[3];
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		args[n++] = fixed[i];
	for (int i = 4; i < argc; i++)
		args[n++] = argv[i];
	pid = start(args, &in, &out);
	begin = now();
	done = restart(count, pid, in, out);
	printf("%d restarts, %.1f ms each\n", done, (now() - begin) * 1000 / (done + 1));
	if (done != count)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || done != count || !WIFEXITED(status) ||
	    WEXITSTATUS(status)) {
		printf("-- %d restarts, wait status %#x; want %d and 0\n", done, status, count);
		return 1;
	}
	return 0;
}
