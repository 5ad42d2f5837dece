// SPDX-License-Identifier: BSD-2-Clause
/*
 * gen/sandbox.c - sandbox_rules.h as seccomp filters, in C: run while igdvm is built.
 *
 * libseccomp makes the filters; igdvm itself only loads arrays, so that a start pays nothing for them.
 *
 * usage: gen-sandbox bpf     the arrays that sandbox.c includes
 *        gen-sandbox rules   a line "KIND CALL [NUMBER MASK]" for each row and kind
 */
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_rules.h"
#include "util.h"

#define CALLS_MAX  512 /* beyond the last system call of Linux 6 */
#define UPPER_HALF 0xffffffff00000000

static const char *const kind_names[THREAD_KINDS] = {
	[THREAD_LOOP] = "loop",
	[THREAD_VCPU] = "vcpu",
	[THREAD_BLOCK] = "block",
	[THREAD_CONTROL] = "control",
};

static void __attribute__((noreturn)) die(int err, const char *what)
{
	fprintf(stderr, "gen-sandbox: %s: %s\n", what, strerror(-err));
	exit(1);
}

static void must(int err, const char *what)
{
	if (err)
		die(err, what);
}

/* ---- filters ---- */

static scmp_filter_ctx new_filter(uint32_t action)
{
	scmp_filter_ctx f = seccomp_init(action);

	if (!f)
		die(-ENOMEM, "seccomp_init");
	must(seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "bad arch");
	must(seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary tree");
	return f;
}

static void allow(scmp_filter_ctx f, unsigned nr)
{
	must(seccomp_rule_add(f, SCMP_ACT_ALLOW, (int)nr, 0), "a call");
}

static void allow_if(scmp_filter_ctx f, unsigned nr, unsigned arg, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp cmp = { arg, SCMP_CMP_MASKED_EQ, mask, value };

	must(seccomp_rule_add_array(f, SCMP_ACT_ALLOW, (int)nr, 1, &cmp), "an argument");
}

static void add_rows(scmp_filter_ctx f, unsigned kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_calls); i++)
		if (sandbox_calls[i].kinds & kind)
			allow(f, sandbox_calls[i].nr);
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_ioctls); i++)
		if (sandbox_ioctls[i].kinds & kind)
			allow_if(f, SYS_ioctl, 1, UINT64_MAX, sandbox_ioctls[i].cmd);
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_ioctl_families); i++) {
		const struct sandbox_ioctls *r = &sandbox_ioctl_families[i];

		/* the upper half of the argument has to be 0 in any case */
		if (r->kinds & kind)
			allow_if(f, SYS_ioctl, 1, UPPER_HALF | r->mask, r->cmd & r->mask);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_arguments); i++) {
		const struct sandbox_argument *r = &sandbox_arguments[i];

		if (r->kinds & kind)
			allow_if(f, r->nr, r->arg, r->mask, r->value);
	}
}

static void print_filter(scmp_filter_ctx f, const char *name, const char *suffix)
{
	struct sock_filter insn[4096];
	FILE *file = tmpfile();
	size_t n;

	if (!file)
		die(-errno, "a temporary file");
	must(seccomp_export_bpf(f, fileno(file)), "export");
	rewind(file);
	n = fread(insn, sizeof(insn[0]), ARRAY_SIZE(insn), file);
	if (!n || n == ARRAY_SIZE(insn))
		die(-E2BIG, name);
	printf("static const struct sock_filter %s_%s[] = {\n", name, suffix);
	for (size_t i = 0; i < n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insn[i].code, insn[i].jt, insn[i].jf,
		       insn[i].k);
	printf("};\n");
	fclose(file);
	seccomp_release(f);
}

static void print_kind(unsigned kind, uint32_t action, const char *suffix)
{
	scmp_filter_ctx f = new_filter(action);

	add_rows(f, 1u << kind);
	print_filter(f, kind_names[kind], suffix);
}

/* All but what no thread can wait for an answer to. */
static void print_trace(void)
{
	static const unsigned silent[] = { SYS_rt_sigreturn, SYS_exit, SYS_exit_group };
	scmp_filter_ctx f = new_filter(SCMP_ACT_NOTIFY);

	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		allow(f, silent[i]);
	print_filter(f, "any", "trace");
}

static void print_names(void)
{
	printf("static const char *const call_names[%d] = {\n", CALLS_MAX);
	for (int nr = 0; nr < CALLS_MAX; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);

		if (name)
			printf("\t[%d] = \"%s\",\n", nr, name);
		free(name);
	}
	printf("};\n");
}

static void print_bpf(void)
{
	printf("/* Made by gen/sandbox.c of sandbox_rules.h. */\n");
	for (unsigned k = 0; k < THREAD_KINDS; k++) {
		print_kind(k, SCMP_ACT_TRAP, "on");
		print_kind(k, SCMP_ACT_NOTIFY, "log");
	}
	print_trace();
	print_names();
}

/* ---- the rows as text ---- */

static void print_row(unsigned nr, unsigned kinds, const char *more)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, (int)nr);

	for (unsigned k = 0; k < THREAD_KINDS; k++)
		if (kinds & 1u << k)
			printf("%s %s%s\n", kind_names[k], name ? name : "?", more);
	free(name);
}

static void print_ioctl(unsigned cmd, unsigned mask, unsigned kinds)
{
	char more[64];

	snprintf(more, sizeof(more), " %#x %#x", cmd, mask);
	print_row(SYS_ioctl, kinds, more);
}

static void print_rules(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_calls); i++)
		print_row(sandbox_calls[i].nr, sandbox_calls[i].kinds, "");
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_arguments); i++)
		print_row(sandbox_arguments[i].nr, sandbox_arguments[i].kinds, "");
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_ioctls); i++)
		print_ioctl(sandbox_ioctls[i].cmd, ~0u, sandbox_ioctls[i].kinds);
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_ioctl_families); i++)
		print_ioctl(sandbox_ioctl_families[i].cmd & sandbox_ioctl_families[i].mask,
			    sandbox_ioctl_families[i].mask, sandbox_ioctl_families[i].kinds);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "bpf"))
		print_bpf();
	else if (argc == 2 && !strcmp(argv[1], "rules"))
		print_rules();
	else
		die(-EINVAL, "one argument: bpf or rules");
	return fflush(stdout) ? 1 : 0;
}
