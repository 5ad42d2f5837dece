// SPDX-License-Identifier: BSD-2-Clause
/*
 * timer.c - how long commands take from exec to their first byte of output, and to their exit.
 *
 * usage: bench-timer ROUNDS COMMAND [ARG...] [-- COMMAND [ARG...]]...
 * The commands take turns, so that a machine whose speed drifts is unfair to none. Prints a row a
 * command (median, 10th and 90th percentile) and the ratio of the first to each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 8
#define ROUNDS_MAX   1000

extern char **environ;

struct command {
	char **argv;
	double first[ROUNDS_MAX], end[ROUNDS_MAX]; /* ms */
	long faults, rss_kib;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* 0, or -1 when the command wrote nothing. */
static int run(struct command *c, int round)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start;
	int out[2], status, ret;
	char byte;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	start = now_ms();
	ret = posix_spawn(&pid, c->argv[0], &actions, NULL, c->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	if (ret) {
		fprintf(stderr, "bench-timer: %s: %s\n", c->argv[0], strerror(ret));
		close(out[0]);
		return -1;
	}
	ret = read(out[0], &byte, 1) == 1 ? 0 : -1;
	c->first[round] = now_ms() - start;
	wait4(pid, &status, 0, &usage);
	c->end[round] = now_ms() - start;
	close(out[0]);
	c->faults = usage.ru_minflt;
	c->rss_kib = usage.ru_maxrss;
	if (ret)
		fprintf(stderr, "bench-timer: %s wrote nothing\n", c->argv[0]);
	return ret;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_row(const char *what, double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	printf("  %-22s %7.2f ms  (%.2f - %.2f)\n", what, v[n / 2], v[n / 10], v[n - 1 - n / 10]);
}

int main(int argc, char **argv)
{
	static struct command command[COMMANDS_MAX];
	int rounds = argc > 2 ? atoi(argv[1]) : 0, n = 0;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench-timer ROUNDS COMMAND [ARG...] [-- COMMAND...]\n");
		return 2;
	}
	command[n++].argv = argv + 2;
	for (int i = 2; i < argc && n < COMMANDS_MAX; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		argv[i] = NULL;
		command[n++].argv = argv + i + 1;
	}
	for (int round = -1; round < rounds; round++) /* the first is a warm-up */
		for (int i = 0; i < n; i++)
			if (run(&command[i], round < 0 ? 0 : round))
				return 1;
	for (int i = 0; i < n; i++) {
		printf("%s: %d rounds, %ld page faults, at most %ld KiB resident\n",
		       strrchr(command[i].argv[0], '/') + 1, rounds, command[i].faults,
		       command[i].rss_kib);
		print_row("exec to first output", command[i].first, rounds);
		print_row("exec to exit", command[i].end, rounds);
	}
	for (int i = 1; i < n; i++)
		printf("ratio of medians to %s: %.2f to first output, %.2f to exit\n",
		       strrchr(command[i].argv[0], '/') + 1,
		       command[0].first[rounds / 2] / command[i].first[rounds / 2],
		       command[0].end[rounds / 2] / command[i].end[rounds / 2]);
	return 0;
}
