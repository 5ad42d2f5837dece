// SPDX-License-Identifier: BSD-2-Clause
/*
 * run.c - run igdvm with a payload and judge what came out.
 *
 * usage: run [OPTION...] -- IGDVM ARGUMENT...
 *   --exit N        expected exit code (default 0)
 *   --out REGEX     must match a line of standard output; may be repeated, as the next one
 *   --err REGEX     must match a line of standard error
 *   --when REGEX    once standard output matches, after all earlier --when: do what follows
 *   --when-err REGEX   the same with standard error
 *   --type TEXT     ... write TEXT to standard input
 *   --send SIGNAL   ... send TERM, INT, HUP or QUIT
 *   --plan          the guest's "e820" lines are those that igdvm --dry-run plans
 *   --differ REGEX  run twice; the lines that match differ
 *
 * Never right: a line that starts with FAIL; exit code 0 without "done N checks". A line that starts
 * with SKIP, or no /dev/kvm, makes the test a skipped one (exit code 77).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RULES_MAX  32
#define OUTPUT_MAX (4 << 20)
#define DEADLINE_S 30
#define EXIT_SKIP  77

enum rule_kind { RULE_OUT, RULE_ERR, RULE_WHEN, RULE_WHEN_ERR };

struct rule {
	enum rule_kind kind;
	const char *text;
	regex_t regex;
	const char *type; /* RULE_WHEN*: what to write, or NULL */
	int signal;	  /* RULE_WHEN*: what to send, or 0 */
};

struct plan {
	struct rule rule[RULES_MAX];
	unsigned n;
	int exit_code;
	bool compare_plan;
	const char *differ;
	char **command;
};

struct stream {
	int fd;
	char *text; /* terminated */
	size_t len;
};

struct outcome {
	struct stream out, err;
	int code; /* exit code; 128 + signal */
	bool late;
};

static const struct {
	const char *name;
	int number;
} signals[] = { { "TERM", SIGTERM }, { "INT", SIGINT }, { "HUP", SIGHUP }, { "QUIT", SIGQUIT } };

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "run: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void compile(regex_t *regex, const char *text)
{
	if (regcomp(regex, text, REG_EXTENDED | REG_NEWLINE))
		die("not a regular expression: %s", text);
}

/* ---- the command line ---- */

static struct rule *add_rule(struct plan *p, enum rule_kind kind, const char *text)
{
	struct rule *r = &p->rule[p->n];

	if (++p->n == RULES_MAX)
		die("more than %d rules", RULES_MAX);
	*r = (struct rule){ .kind = kind, .text = text };
	compile(&r->regex, text);
	return r;
}

static bool is_step(const struct rule *r)
{
	return r->kind == RULE_WHEN || r->kind == RULE_WHEN_ERR;
}

static bool reads_errors(const struct rule *r)
{
	return r->kind == RULE_ERR || r->kind == RULE_WHEN_ERR;
}

static struct rule *last_when(struct plan *p, const char *option)
{
	if (!p->n || !is_step(&p->rule[p->n - 1]))
		die("%s without --when", option);
	return &p->rule[p->n - 1];
}

static int signal_number(const char *name)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!strcmp(name, signals[i].name))
			return signals[i].number;
	die("no such signal: %s", name);
}

/* Arguments used: 1 or 2. */
static int parse_option(struct plan *p, const char *option, const char *value)
{
	if (!strcmp(option, "--plan")) {
		p->compare_plan = true;
		return 1;
	}
	if (!value)
		die("%s needs a value", option);
	if (!strcmp(option, "--exit"))
		p->exit_code = atoi(value);
	else if (!strcmp(option, "--out"))
		add_rule(p, RULE_OUT, value);
	else if (!strcmp(option, "--err"))
		add_rule(p, RULE_ERR, value);
	else if (!strcmp(option, "--when"))
		add_rule(p, RULE_WHEN, value);
	else if (!strcmp(option, "--when-err"))
		add_rule(p, RULE_WHEN_ERR, value);
	else if (!strcmp(option, "--type"))
		last_when(p, option)->type = value;
	else if (!strcmp(option, "--send"))
		last_when(p, option)->signal = signal_number(value);
	else if (!strcmp(option, "--differ"))
		p->differ = value;
	else
		die("unknown option %s", option);
	return 2;
}

static void parse(struct plan *p, char **arg)
{
	while (*arg && strcmp(*arg, "--"))
		arg += parse_option(p, arg[0], arg[1]);
	if (!*arg || !arg[1])
		die("no command");
	p->command = arg + 1;
}

/* ---- one run ---- */

static pid_t start(char **command, struct outcome *o, int *input)
{
	int in[2], out[2], err[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		execv(command[0], command);
		die("%s: %s", command[0], strerror(errno));
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	*input = in[1];
	o->out.fd = out[0];
	o->err.fd = err[0];
	return pid;
}

static void take(struct stream *s)
{
	ssize_t n = read(s->fd, s->text + s->len, OUTPUT_MAX - s->len);

	if (n <= 0) {
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->len += (size_t)n;
	s->text[s->len] = '\0';
}

/* How far the steps of a plan have come. */
struct progress {
	unsigned next;	       /* rule */
	size_t seen, seen_err; /* of either stream, behind the last match */
};

/* Do what the next steps ask for, as far as their time has come. */
static void follow(struct plan *p, struct progress *at, struct outcome *o, pid_t pid, int input)
{
	regmatch_t m;

	for (; at->next < p->n; at->next++) {
		struct rule *r = &p->rule[at->next];
		struct stream *s = reads_errors(r) ? &o->err : &o->out;
		size_t *seen = reads_errors(r) ? &at->seen_err : &at->seen;

		if (!is_step(r))
			continue;
		if (regexec(&r->regex, s->text + *seen, 1, &m, 0))
			return;
		*seen += (size_t)m.rm_eo;
		if (r->type && write(input, r->type, strlen(r->type)) < 0)
			die("standard input of the guest: %s", strerror(errno));
		if (r->signal)
			kill(pid, r->signal);
	}
}

static void run(struct plan *p, char **command, struct outcome *o)
{
	double end = seconds() + DEADLINE_S;
	struct progress at = { 0 };
	int input, status;
	pid_t pid;

	o->out.text = calloc(1, OUTPUT_MAX + 1);
	o->err.text = calloc(1, OUTPUT_MAX + 1);
	if (!o->out.text || !o->err.text)
		die("no memory");
	pid = start(command, o, &input);
	while (o->out.fd >= 0 || o->err.fd >= 0) {
		struct pollfd f[2] = { { .fd = o->out.fd, .events = POLLIN },
				       { .fd = o->err.fd, .events = POLLIN } };
		double left = end - seconds();

		if (left <= 0) {
			o->late = true;
			kill(pid, SIGKILL);
			break;
		}
		poll(f, 2, (int)(left * 1000) + 1);
		if (f[0].revents)
			take(&o->out);
		if (f[1].revents)
			take(&o->err);
		follow(p, &at, o, pid, input);
	}
	waitpid(pid, &status, 0);
	close(input);
	o->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- judgement ---- */

static bool matches(const char *text, const char *pattern)
{
	regex_t regex;
	bool found;

	compile(&regex, pattern);
	found = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return found;
}

/* Say what is wrong; the number of complaints. */
static int judge(struct plan *p, const struct outcome *o)
{
	const char *at = o->out.text;
	int bad = 0;

	if (o->late)
		bad += printf("-- still running after %d s\n", DEADLINE_S);
	else if (o->code != p->exit_code)
		bad += printf("-- exit code %d, want %d\n", o->code, p->exit_code);
	if (matches(o->out.text, "^FAIL"))
		bad += printf("-- a check failed\n");
	if (!p->exit_code && !matches(o->out.text, "^done [1-9][0-9]* checks"))
		bad += printf("-- the guest did not come to its end\n");
	if (matches(o->err.text, "runtime error|Sanitizer"))
		bad += printf("-- a sanitizer complains\n");
	for (unsigned i = 0; i < p->n; i++) {
		struct rule *r = &p->rule[i];
		regmatch_t m;

		if (reads_errors(r)) {
			if (regexec(&r->regex, o->err.text, 0, NULL, 0))
				bad += printf("-- not on standard error: %s\n", r->text);
			continue;
		}
		if (regexec(&r->regex, at, 1, &m, 0))
			bad += printf("-- not on standard output, or not in this order: %s\n",
				      r->text);
		else
			at += m.rm_eo;
	}
	return bad;
}

/* Standard output of igdvm --dry-run as the lines the guest prints of its e820. */
static void planned_e820(const char *plan, char *lines, size_t size)
{
	size_t len = 0;

	plan = strstr(plan, "\ne820 map\n");
	for (const char *line = plan ? plan + 1 : NULL; line; line = strchr(line, '\n')) {
		unsigned long long first, last;
		char type[16];

		line += *line == '\n';
		if (sscanf(line, " first %llx last %llx type %15s", &first, &last, type) == 3)
			len += (size_t)snprintf(lines + len, size - len,
						"e820 %016llx-%016llx %s\n", first, last, type);
	}
}

static void lines_with(const char *text, const char *prefix, char *lines, size_t size)
{
	size_t len = 0;

	lines[0] = '\0';
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, prefix, strlen(prefix)))
			len += (size_t)snprintf(lines + len, size - len, "%.*s\n",
						(int)strcspn(line, "\n"), line);
	}
}

static int judge_plan(struct plan *p, const struct outcome *o)
{
	char *command[RULES_MAX], want[4096] = "", got[4096];
	struct plan no_rules = { 0 };
	static struct outcome dry = { 0 };
	unsigned n = 0;

	for (; p->command[n]; n++)
		if (n < RULES_MAX - 2)
			command[n] = p->command[n];
	command[n] = "--dry-run";
	command[n + 1] = NULL;
	run(&no_rules, command, &dry);
	planned_e820(dry.out.text, want, sizeof(want));
	lines_with(o->out.text, "e820 ", got, sizeof(got));
	if (*want && !strcmp(want, got))
		return 0;
	return printf("-- e820 is not the plan's:\n%s", want);
}

static int judge_differ(struct plan *p, const struct outcome *o)
{
	static struct outcome again = { 0 };
	static regex_t regex;
	regmatch_t a, b;

	run(p, p->command, &again);
	compile(&regex, p->differ);
	if (regexec(&regex, o->out.text, 1, &a, 0) || regexec(&regex, again.out.text, 1, &b, 0))
		return printf("-- not on standard output: %s\n", p->differ);
	if (a.rm_eo - a.rm_so == b.rm_eo - b.rm_so &&
	    !memcmp(o->out.text + a.rm_so, again.out.text + b.rm_so, (size_t)(a.rm_eo - a.rm_so)))
		return printf("-- the same in two runs: %s\n", p->differ);
	return 0;
}

int main(int argc, char **argv)
{
	static struct plan p = { 0 };
	static struct outcome o = { 0 };
	const char *reason;
	int bad;

	(void)argc;
	signal(SIGPIPE, SIG_IGN);
	parse(&p, argv + 1);
	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("SKIP /dev/kvm: %s\n", strerror(errno));
		return EXIT_SKIP;
	}
	run(&p, p.command, &o);
	reason = strstr(o.out.text, "SKIP ");
	if (reason && (reason == o.out.text || reason[-1] == '\n')) {
		printf("%s", reason);
		return EXIT_SKIP;
	}
	bad = judge(&p, &o);
	if (!bad && p.compare_plan)
		bad = judge_plan(&p, &o);
	if (!bad && p.differ)
		bad = judge_differ(&p, &o);
	if (bad)
		printf("-- standard output:\n%s-- standard error:\n%s", o.out.text, o.err.text);
	return bad ? 1 : 0;
}
