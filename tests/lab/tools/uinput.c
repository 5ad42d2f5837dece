// SPDX-License-Identifier: BSD-2-Clause
/*
 * uinput.c - a keyboard with a wheel and a lamp, made of nothing, for the lab machine.
 *
 * usage: uinput NAME
 * Prints the path of its event device. Then each line "TYPE CODE VALUE" of standard input is an event of
 * it, followed by a SYN_REPORT; each lamp that somebody switches is printed as "lamp CODE VALUE".
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void allow(int fd, unsigned long request, int n)
{
	if (ioctl(fd, request, n))
		fail("uinput");
}

static void create(int fd, const char *name)
{
	struct uinput_setup setup = { .id = { BUS_USB, 0x1d6b, 0x0104, 1 } };

	allow(fd, UI_SET_EVBIT, EV_KEY);
	for (int key = KEY_ESC; key <= KEY_F10; key++)
		allow(fd, UI_SET_KEYBIT, key);
	allow(fd, UI_SET_KEYBIT, KEY_RIGHTCTRL);
	allow(fd, UI_SET_EVBIT, EV_REL);
	allow(fd, UI_SET_RELBIT, REL_WHEEL);
	allow(fd, UI_SET_EVBIT, EV_LED);
	allow(fd, UI_SET_LEDBIT, LED_CAPSL);
	snprintf(setup.name, sizeof(setup.name), "%s", name);
	if (ioctl(fd, UI_DEV_SETUP, &setup) || ioctl(fd, UI_DEV_CREATE))
		fail("uinput: create");
}

static void print_path(int fd)
{
	char name[64], path[128];
	struct dirent *e;
	DIR *dir;

	if (ioctl(fd, UI_GET_SYSNAME(sizeof(name)), name) < 0)
		fail("uinput: name");
	snprintf(path, sizeof(path), "/sys/devices/virtual/input/%s", name);
	dir = opendir(path);
	if (!dir)
		fail(path);
	while ((e = readdir(dir)))
		if (!strncmp(e->d_name, "event", 5))
			printf("/dev/input/%s\n", e->d_name);
	closedir(dir);
	fflush(stdout);
}

static void emit(int fd, int type, int code, int value)
{
	const struct input_event e = { .type = (unsigned short)type,
				       .code = (unsigned short)code,
				       .value = value };

	if (write(fd, &e, sizeof(e)) != sizeof(e))
		fail("uinput: event");
}

static void take_line(int fd)
{
	char line[64];
	int type, code, value;

	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	if (sscanf(line, "%d %d %d", &type, &code, &value) != 3)
		return;
	emit(fd, type, code, value);
	emit(fd, EV_SYN, SYN_REPORT, 0);
}

static void take_event(int fd)
{
	struct input_event e;

	if (read(fd, &e, sizeof(e)) != sizeof(e) || e.type != EV_LED)
		return;
	printf("lamp %d %d\n", e.code, e.value);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int fd = open("/dev/uinput", O_RDWR);
	struct pollfd p[2] = { { STDIN_FILENO, POLLIN, 0 }, { fd, POLLIN, 0 } };

	if (argc != 2)
		return 2;
	if (fd < 0)
		fail("/dev/uinput");
	setvbuf(stdin, NULL, _IONBF, 0); /* poll() must see what fgets() leaves */
	create(fd, argv[1]);
	print_path(fd);
	while (poll(p, 2, -1) > 0) {
		if (p[0].revents)
			take_line(fd);
		if (p[1].revents)
			take_event(fd);
	}
	return 1;
}
