// SPDX-License-Identifier: BSD-2-Clause
/*
 * net_peer.c - the other end of a guest's network card: it sends frames back.
 *
 * usage: net_peer tap=NAME[,...]|fd=N|passt=SOCKET COMMAND...
 *
 * Make such an end, run the command with it (a tap: in a network namespace of its own), and serve until the
 * command ends; its exit code is ours. 77: no tap can be made here.
 * Of frames of type 88b5 sender and receiver are swapped; one of type 88b6 is the last: the end goes away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED	  77
#define FRAME_MAX 65600
#define TYPE_AT	  12
#define TYPE_ECHO 0x88b5
#define TYPE_BYE  0x88b6

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void skip(const char *what)
{
	printf("SKIP %s: %s\n", what, strerror(errno));
	exit(SKIPPED);
}

/* ---- making one ---- */

static char name[IFNAMSIZ] = "igdvm0";

/* A tap that is up, in a namespace of our own; what was opened of it. */
static int make_tap(short flags)
{
	struct ifreq ifr = { .ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags) };
	int tun, s;

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		skip("network namespace");
	tun = open("/dev/net/tun", O_RDWR);
	if (tun < 0)
		skip("/dev/net/tun");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(tun, TUNSETIFF, &ifr))
		skip("TUNSETIFF");
	s = socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_flags = IFF_UP;
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &ifr))
		die("SIOCSIFFLAGS");
	close(s);
	return tun;
}

/* All frames of the interface. */
static int open_packets(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(TYPE_ECHO) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(TYPE_ECHO));

	at.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("AF_PACKET");
	return fd;
}

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		die(path);
	return fd;
}

/* The listener, or the packet socket. */
static int make_end(const char *end, bool *stream)
{
	int tun, fd;

	*stream = !strncmp(end, "passt=", 6);
	if (*stream)
		return listen_at(end + 6);
	if (!strncmp(end, "tap=", 4))
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(end + 4, ","), end + 4);
	tun = make_tap(strstr(end, "queues=") ? IFF_MULTI_QUEUE : 0);
	fd = open_packets();
	if (!strncmp(end, "fd=", 3)) {
		if (dup2(tun, atoi(end + 3)) < 0)
			die("dup2");
	} else if (ioctl(tun, TUNSETPERSIST, 1)) {
		die("TUNSETPERSIST");
	}
	close(tun);
	return fd;
}

/* ---- serving ---- */

static void read_all(int fd, void *buf, size_t len)
{
	if (len && recv(fd, buf, len, MSG_WAITALL) != (ssize_t)len)
		_exit(0); /* the guest has ended */
}

/* One frame; its length. */
static size_t get_frame(int fd, bool stream, uint8_t *frame)
{
	uint32_t len;
	ssize_t got;

	if (!stream) {
		got = recv(fd, frame, FRAME_MAX, 0);
		return got < 0 ? 0 : (size_t)got;
	}
	read_all(fd, &len, sizeof(len));
	len = ntohl(len);
	if (len > FRAME_MAX) {
		fprintf(stderr, "net_peer: a frame of %u bytes\n", len);
		_exit(1);
	}
	read_all(fd, frame, len);
	return len;
}

static void put_frame(int fd, bool stream, const uint8_t *frame, size_t len)
{
	uint32_t be = htonl((uint32_t)len);
	struct iovec iov[2] = { { &be, sizeof(be) }, { (void *)frame, len } };
	struct msghdr m = { .msg_iov = stream ? iov : iov + 1, .msg_iovlen = stream ? 2 : 1 };

	if (sendmsg(fd, &m, MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void serve(int fd, bool stream)
{
	static uint8_t frame[FRAME_MAX];

	for (;;) {
		size_t len = get_frame(fd, stream, frame);
		uint16_t type = (uint16_t)(frame[TYPE_AT] << 8 | frame[TYPE_AT + 1]);
		uint8_t mac[6];

		if (len < ETH_HLEN)
			continue;
		if (type == TYPE_BYE)
			_exit(0);
		if (type != TYPE_ECHO)
			continue;
		memcpy(mac, frame, sizeof(mac));
		memcpy(frame, frame + 6, sizeof(mac));
		memcpy(frame + 6, mac, sizeof(mac));
		put_frame(fd, stream, frame, len);
	}
}

static pid_t start_serving(int fd, bool stream)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	while (stream) { /* one connection after the other */
		int connection = accept(fd, NULL, NULL);

		if (connection < 0)
			die("accept");
		if (!fork())
			serve(connection, true);
		close(connection);
		wait(NULL);
	}
	serve(fd, false);
	return 0;
}

int main(int argc, char **argv)
{
	bool stream;
	int fd, status = 0;
	pid_t server, command;

	if (argc < 3)
		return 2;
	fd = make_end(argv[1], &stream);
	server = start_serving(fd, stream);
	close(fd);
	command = fork();
	if (!command) {
		execv(argv[2], argv + 2);
		die(argv[2]);
	}
	if (server < 0 || command < 0 || waitpid(command, &status, 0) != command)
		die("command");
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	if (stream)
		unlink(argv[1] + 6);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
