// SPDX-License-Identifier: BSD-2-Clause
/*
 * keep.c - files and connections that several machines use one after the other.
 * Knows what cannot be opened twice; does not know processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "control.h"
#include "exit_code.h"
#include "host_file.h"
#include "keep.h"
#include "util.h"
#include "vhost_user.h"

/* Errors are for the first machine to meet, which says what is wrong. */
static int hold_fifo(enum serial_kind kind, const char *path)
{
	struct stat st;

	if (kind != SERIAL_FILE || stat(path, &st) || !S_ISFIFO(st.st_mode))
		return -1;
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int connect_all(struct keep *k)
{
	for (unsigned i = 0; i < k->config->n_fs; i++) {
		const char *path = k->config->fs[i].path;
		char name[160];

		if (k->fs[i] >= 0)
			continue;
		snprintf(name, sizeof(name), "--fs %s", path);
		k->fs[i] = vhost_user_connect(name, path);
		if (k->fs[i] < 0)
			return EXIT_CODE_HOST;
	}
	return 0;
}

int keep_open(struct keep *k, const struct config *c)
{
	*k = (struct keep){ .config = c, .owner = getpid(), .control = -1 };
	memset(k->fs, -1, sizeof(k->fs));
	memset(k->output, -1, sizeof(k->output));
	if (loader_open(&k->loader, c))
		return EXIT_CODE_USAGE;
	k->output[0] = hold_fifo(c->serial, c->serial_path);
	k->output[1] = hold_fifo(c->console, c->console_path);
	k->output[2] = hold_fifo(c->debugcon, c->debugcon_path);
	if (c->control) {
		k->control = host_file_passed(c->control);
		k->control_is_ours = k->control < 0;
		if (k->control_is_ours)
			k->control = control_listen(c->control);
		if (k->control < 0)
			return EXIT_CODE_HOST;
	}
	return connect_all(k);
}

int keep_refresh(struct keep *k)
{
	for (unsigned i = 0; i < k->config->n_fs; i++) {
		struct pollfd p = { .fd = k->fs[i], .events = POLLRDHUP };

		if (poll(&p, 1, 0) > 0)
			close_fd(&k->fs[i]);
	}
	return connect_all(k);
}

void keep_close(struct keep *k)
{
	loader_fini(&k->loader);
	for (unsigned i = 0; i < CONFIG_FS_MAX; i++)
		close_fd(&k->fs[i]);
	for (unsigned i = 0; i < KEEP_OUTPUTS; i++)
		close_fd(&k->output[i]);
	if (k->control >= 0 && k->control_is_ours)
		unlink(k->config->control);
	close_fd(&k->control);
}
