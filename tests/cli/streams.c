// SPDX-License-Identifier: BSD-2-Clause
/*
 * streams.c - igdvm at the end of pipes and terminals: nothing lost, nothing hangs, memory bounded,
 * the terminal as it was.
 *
 * usage: cli-streams CASE IGDVM DIRECTORY   (with the images of tests/guest/payload)
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX   (256 << 10)
#define DEADLINE_S 20
#define EXIT_SKIP  77
#define PRINTED	   66000 /* bytes of payload print: lines 00000 to 10999 */
#define PIPE_SIZE  4096
#define STDIN	   "-" /* for an image: standard input */

/* A running igdvm and our ends of its three streams; -1: not there. */
struct vm {
	pid_t pid;
	int in, out, err;
	int slave;	       /* its terminal, */
	struct termios before; /* as it was when igdvm got it */
	char text[TEXT_MAX + 1];
	size_t len;
};

static const char *igdvm, *directory;
static unsigned failures;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pass_time(unsigned ms)
{
	usleep(ms * 1000);
}

static void __attribute__((format(printf, 2, 3))) expect(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s ", ok ? "ok" : "FAIL");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	failures += !ok;
}

static int must(int ret, const char *what)
{
	if (ret < 0) {
		perror(what);
		exit(1);
	}
	return ret;
}

/* ---- starting and ending ---- */

static void make_pipe(int end[2])
{
	must(pipe2(end, O_CLOEXEC), "pipe");
}

/* In the child. fd < 0: closed. */
static void place(int fd, int as)
{
	if (fd < 0)
		close(as);
	else
		dup2(fd, as);
}

static void start(struct vm *vm, int in, int out, int err, const char *image, const char *cmdline)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%s%s", strcmp(image, STDIN) ? directory : "",
		 strcmp(image, STDIN) ? "/" : "", image);
	vm->pid = must(fork(), "fork");
	if (vm->pid)
		return;
	signal(SIGPIPE, SIG_DFL);
	if (vm->slave >= 0) {
		setsid();
		ioctl(vm->slave, TIOCSCTTY, 0);
	}
	place(in, 0);
	place(out, 1);
	place(err, 2);
	execl(igdvm, igdvm, "--kernel", path, "--cmdline", cmdline, NULL);
	_exit(127);
}

static void start_on_pipes(struct vm *vm, const char *image, const char *cmdline)
{
	int in[2], out[2], err[2];

	*vm = (struct vm){ .slave = -1 };
	make_pipe(in);
	make_pipe(out);
	make_pipe(err);
	must(fcntl(out[1], F_SETPIPE_SZ, PIPE_SIZE), "F_SETPIPE_SZ");
	start(vm, in[0], out[1], err[1], image, cmdline);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	vm->in = in[1];
	vm->out = out[0];
	vm->err = err[0];
}

static void start_on_terminal(struct vm *vm, const char *image, const char *cmdline)
{
	int err[2];

	*vm = (struct vm){ .slave = -1 };
	must(openpty(&vm->in, &vm->slave, NULL, NULL, NULL), "openpty");
	must(tcgetattr(vm->slave, &vm->before), "tcgetattr");
	make_pipe(err);
	start(vm, vm->slave, vm->slave, err[1], image, cmdline);
	close(err[1]);
	vm->out = vm->in;
	vm->err = err[0];
}

/* Exit code, or 128 + the signal that ended it. */
static int wait_for_end(struct vm *vm)
{
	double end = now() + DEADLINE_S;
	int status;

	while (!waitpid(vm->pid, &status, WNOHANG)) {
		if (now() > end) {
			kill(vm->pid, SIGKILL);
			expect(false, "igdvm ends within %d s", DEADLINE_S);
		}
		pass_time(2);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Read what is there into text, waiting up to ms. False at the end of the output. */
static bool take(struct vm *vm, int fd, int ms, size_t most)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t room = TEXT_MAX - vm->len;
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return true;
	n = read(fd, vm->text + vm->len, most < room ? most : room);
	if (n <= 0)
		return false;
	vm->len += (size_t)n;
	vm->text[vm->len] = '\0';
	return true;
}

static bool wait_for_text(struct vm *vm, int fd, const char *text)
{
	double end = now() + DEADLINE_S;

	while (!strstr(vm->text, text) && now() < end)
		if (!take(vm, fd, 100, TEXT_MAX))
			break;
	expect(strstr(vm->text, text) != NULL, "it says \"%s\"", text);
	return strstr(vm->text, text) != NULL;
}

static void type(struct vm *vm, const char *keys)
{
	must((int)write(vm->in, keys, strlen(keys)), "write");
}

/* ---- output ---- */

static void expect_numbers(const struct vm *vm)
{
	static char want[PRINTED + 1];

	for (unsigned n = 0; n < PRINTED / 6; n++)
		snprintf(want + 6 * n, 7, "%05u\n", n);
	expect(vm->len == PRINTED && !memcmp(vm->text, want, PRINTED),
	       "all %d bytes came, in order (%zu)", PRINTED, vm->len);
}

static void slow_reader(void)
{
	static struct vm vm;

	start_on_pipes(&vm, "print", "");
	while (take(&vm, vm.out, -1, 1024))
		pass_time(5);
	expect(wait_for_end(&vm) == 0, "exit code 0");
	expect_numbers(&vm);
}

/* The guest is gone when the reader wakes up: what it printed must still come. */
static void late_reader(void)
{
	static struct vm vm;

	start_on_pipes(&vm, "print", "");
	while (vm.len < PRINTED - PIPE_SIZE - 2048 && take(&vm, vm.out, -1, 1024))
		;
	pass_time(600);
	while (take(&vm, vm.out, -1, 1024))
		;
	expect(wait_for_end(&vm) == 0, "exit code 0");
	expect_numbers(&vm);
}

static void leaving_reader(void)
{
	static struct vm vm;

	start_on_pipes(&vm, "print", "");
	while (vm.len < 100 && take(&vm, vm.out, -1, 100))
		;
	close(vm.out);
	expect(wait_for_end(&vm) == 128 + SIGPIPE, "exit code 141");
	wait_for_text(&vm, vm.err, "reader of the serial port is gone");
}

static void stalled_reader(void)
{
	static struct vm vm;
	double begin;

	start_on_pipes(&vm, "print", "");
	take(&vm, vm.out, -1, 1);
	pass_time(300); /* pipe and buffer are full, the guest waits */
	begin = now();
	kill(vm.pid, SIGINT);
	expect(wait_for_end(&vm) == 128 + SIGINT, "exit code 130");
	expect(now() - begin < 10, "it does not wait for ever");
}

static void closed_input(void)
{
	static struct vm vm = { .slave = -1 };
	int out[2];

	make_pipe(out);
	start(&vm, -1, out[1], STDERR_FILENO, "entry", "");
	close(out[1]);
	while (take(&vm, out[0], -1, TEXT_MAX))
		;
	expect(wait_for_end(&vm) == 0, "exit code 0");
	expect(strstr(vm.text, "\ndone ") != NULL, "the guest ran to its end");
}

/* ---- input ---- */

static long resident_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "RssAnon:", 8))
			kib = atol(line + 8);
	if (f)
		fclose(f);
	return kib;
}

/* Write as much as is taken within ms; its number. */
static size_t flood(int fd, unsigned ms)
{
	static const char block[4096] = { 'y' };
	double end = now() + ms / 1e3;
	size_t total = 0;

	must(fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
	while (now() < end) {
		ssize_t n = write(fd, block, sizeof(block));

		if (n > 0)
			total += (size_t)n;
		else
			pass_time(1);
	}
	return total;
}

static void expect_bounded(struct vm *vm, unsigned ms)
{
	long before = resident_kib(vm->pid), grown;
	size_t taken = flood(vm->in, ms);

	grown = resident_kib(vm->pid) - before;
	expect(before > 0 && grown < 256, "memory grew by %ld KiB under %zu KiB of input", grown,
	       taken >> 10);
	kill(vm->pid, SIGINT);
	expect(wait_for_end(vm) == 128 + SIGINT, "exit code 130");
}

static void flooded_pipe(void)
{
	static struct vm vm;

	start_on_pipes(&vm, "end", "hang");
	if (wait_for_text(&vm, vm.out, "ready to be ended"))
		expect_bounded(&vm, 500);
}

static void flooded_terminal(void)
{
	static struct vm vm;

	start_on_terminal(&vm, "end", "hang");
	if (wait_for_text(&vm, vm.out, "ready to be ended"))
		expect_bounded(&vm, 500);
}

/* ---- the kernel by standard input ---- */

static void send_image(struct vm *vm, const char *image)
{
	char path[4096], block[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, image);
	fd = must(open(path, O_RDONLY), path);
	while ((n = read(fd, block, sizeof(block))) > 0)
		must((int)write(vm->in, block, (size_t)n), "write");
	close(fd);
}

static void kernel_by_pipe(void)
{
	static const char *const images[] = { "entry", "pvh", "multiboot" };
	static struct vm vm;

	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		start_on_pipes(&vm, STDIN, "");
		send_image(&vm, images[i]);
		close(vm.in);
		while (take(&vm, vm.out, -1, TEXT_MAX))
			;
		wait_for_text(&vm, vm.err, "standard input, so the serial port has none");
		expect(wait_for_end(&vm) == 0, "exit code 0");
		expect(strstr(vm.text, "\ndone ") != NULL, "%s ran to its end", images[i]);
	}
}

static void kernel_by_terminal(void)
{
	static struct vm vm;

	start_on_terminal(&vm, STDIN, "");
	wait_for_text(&vm, vm.err, "--kernel -: standard input is a terminal; pipe it in");
	expect(wait_for_end(&vm) == 2, "exit code 2");
}

/* ---- the terminal ---- */

static bool is_raw(const struct vm *vm)
{
	struct termios t;

	must(tcgetattr(vm->slave, &t), "tcgetattr");
	return !(t.c_lflag & (ICANON | ECHO | ISIG));
}

/* Start, see raw mode once the guest says `ready`, do what `act` does, see the terminal restored. */
static void on_terminal(const char *image, const char *cmdline, const char *ready,
			void (*act)(struct vm *vm), int code)
{
	static struct vm vm;
	const struct termios *before = &vm.before;
	struct termios after;
	int got;

	start_on_terminal(&vm, image, cmdline);
	expect(before->c_lflag & ICANON, "the terminal is not raw to begin with");
	if (ready && wait_for_text(&vm, vm.out, ready))
		expect(is_raw(&vm), "raw mode while the guest runs");
	if (act)
		act(&vm);
	got = wait_for_end(&vm);
	expect(got == code, "exit code %d, want %d", got, code);
	must(tcgetattr(vm.slave, &after), "tcgetattr");
	expect(before->c_iflag == after.c_iflag && before->c_oflag == after.c_oflag &&
		       before->c_cflag == after.c_cflag && before->c_lflag == after.c_lflag &&
		       !memcmp(before->c_cc, after.c_cc, sizeof(after.c_cc)),
	       "the terminal is as it was");
}

static void type_line(struct vm *vm)
{
	/* Ctrl-C and Ctrl-Z are the guest's, Ctrl-A twice is one Ctrl-A */
	type(vm, "\x03\x1a\x01\x01z\n");
	wait_for_text(vm, vm->out, "read [\x03\x1a\x01z]");
}

static void tty_keys(void)
{
	on_terminal("uart", "", "ready for input", type_line, 0);
}

static void quit(struct vm *vm)
{
	type(vm, "\x01x");
}

static void tty_quit(void)
{
	on_terminal("end", "hang", "ready to be ended", quit, 0);
}

static void terminate_twice(struct vm *vm)
{
	kill(vm->pid, SIGTERM);
	if (wait_for_text(vm, vm->err, "SIGTERM: asking the guest"))
		kill(vm->pid, SIGTERM);
}

static void tty_sigterm(void)
{
	on_terminal("end", "spin", "ready to be ended", terminate_twice, 128 + SIGTERM);
}

static void hang_up(struct vm *vm)
{
	kill(vm->pid, SIGHUP);
}

static void tty_sighup(void)
{
	on_terminal("end", "spin", "ready to be ended", hang_up, 128 + SIGHUP);
}

/* A crash of igdvm itself. */
static void break_igdvm(struct vm *vm)
{
	kill(vm->pid, SIGSEGV);
}

static void tty_sigsegv(void)
{
	on_terminal("end", "spin", "ready to be ended", break_igdvm, 128 + SIGSEGV);
}

static void press_enter(struct vm *vm)
{
	type(vm, "\n");
}

static void tty_crash(void)
{
	on_terminal("uart", "crash", "ready for input", press_enter, 33);
}

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
	{ "slow-reader", slow_reader },
	{ "late-reader", late_reader },
	{ "leaving-reader", leaving_reader },
	{ "stalled-reader", stalled_reader },
	{ "closed-input", closed_input },
	{ "flooded-pipe", flooded_pipe },
	{ "flooded-terminal", flooded_terminal },
	{ "kernel-by-pipe", kernel_by_pipe },
	{ "kernel-by-terminal", kernel_by_terminal },
	{ "tty-keys", tty_keys },
	{ "tty-quit", tty_quit },
	{ "tty-sigterm", tty_sigterm },
	{ "tty-sighup", tty_sighup },
	{ "tty-sigsegv", tty_sigsegv },
	{ "tty-crash", tty_crash },
};

int main(int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };

	if (argc != 4) {
		fprintf(stderr, "usage: cli-streams CASE IGDVM DIRECTORY\n");
		return 2;
	}
	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("SKIP /dev/kvm: %s\n", strerror(errno));
		return EXIT_SKIP;
	}
	igdvm = argv[2];
	directory = argv[3];
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(argv[1], cases[i].name))
			continue;
		cases[i].fn();
		return failures ? 1 : 0;
	}
	fprintf(stderr, "cli-streams: no case %s\n", argv[1]);
	return 2;
}
