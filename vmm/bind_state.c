// SPDX-License-Identifier: BSD-2-Clause
/*
 * bind_state.c - a state as JSON (libjansson), one file for a group.
 * Knows the file and who owns it; what a state means is bind.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "bind_state.h"
#include "bind_sys.h"
#include "file.h"
#include "log.h"
#include "util.h"

#define DIR_NAME "/run/igdvm"
#define FORMAT	 1 /* of the file; a reader of another one refuses */
#define TEXT_MAX (64 * KiB)

static const char *path_of(const char *root, const char *group, char *path)
{
	snprintf(path, PATH_MAX, "%s" DIR_NAME "/group-%s.json", root, group);
	return path;
}

/* ---- the directory ---- */

/* What is in there decides which drivers get devices: nobody else may have a hand in it. */
static int check_dir(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return log_err(-errno, "%s: %m", path);
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return log_err(-EPERM,
			       "%s: it is another user's, or others may write there; remove it, "
			       "igdvm makes it anew",
			       path);
	return 0;
}

int bind_lock(const char *root)
{
	char path[PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s" DIR_NAME, root);
	if (mkdir(path, 0700) && errno != EEXIST)
		return log_err(-errno, "%s: %m; it must be possible to make this directory", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return log_err(-errno, "%s: %m; remove it, igdvm makes a directory of that name",
			       path);
	ret = check_dir(path, fd);
	while (!ret && flock(fd, LOCK_EX))
		if (errno != EINTR)
			ret = log_err(-errno, "%s: flock: %m", path);
	if (ret)
		close_fd(&fd);
	return ret ? ret : fd;
}

bool bind_state_list(const char *root, unsigned i, char *group)
{
	const char *name;
	bool found;
	glob_t g;

	bind_sys_glob(&g, root, DIR_NAME "/group-[0-9]*.json");
	found = i < g.gl_pathc;
	if (found) {
		name = strrchr(g.gl_pathv[i], '/') + strlen("/group-");
		snprintf(group, BIND_GROUP_MAX, "%.*s", (int)strcspn(name, "."), name);
	}
	globfree(&g);
	return found;
}

/* ---- write ---- */

static json_t *members_json(const struct bind_state *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->n_members; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "bdf", s->member[i].bdf,
						      "driver", s->member[i].driver, "override",
						      s->member[i].override));
	return list;
}

static json_t *consoles_json(const struct bind_state *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->n_consoles; i++)
		json_array_append_new(list, json_string(s->console[i]));
	return list;
}

static json_t *framebuffers_json(const struct bind_state *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->n_framebuffers; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "driver", s->framebuffer[i].driver,
						"device", s->framebuffer[i].device));
	return list;
}

static char *to_text(const struct bind_state *s)
{
	json_t *j =
		json_pack("{s:i, s:s, s:s, s:{s:I, s:I}, s:o, s:o, s:o}", "format", FORMAT, "group",
			  s->group, "device", s->device, "owner", "pid", (json_int_t)s->owner.pid,
			  "start", (json_int_t)s->owner.start, "members", members_json(s),
			  "consoles", consoles_json(s), "framebuffers", framebuffers_json(s));
	char *text = j ? json_dumps(j, JSON_INDENT(2)) : NULL, *lines = NULL;

	json_decref(j);
	if (text && asprintf(&lines, "%s\n", text) < 0)
		lines = NULL;
	free(text);
	return lines;
}

static int write_and_sync(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t len = strlen(text);
	int ret = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n < 0 || fsync(fd))
		ret = -errno;
	else if ((size_t)n != len)
		ret = -ENOSPC;
	close(fd);
	return ret;
}

int bind_state_write(const struct bind_state *s, const char *root)
{
	char path[PATH_MAX], temp[PATH_MAX + 8], *text = to_text(s);
	int ret;

	path_of(root, s->group, path);
	snprintf(temp, sizeof(temp), "%s.new", path);
	if (!text)
		return log_err(-ENOMEM, "%s: no memory for it", path);
	ret = write_and_sync(temp, text);
	free(text);
	if (!ret && rename(temp, path))
		ret = -errno;
	if (!ret)
		return 0;
	unlink(temp);
	errno = -ret;
	return log_err(ret,
		       "%s: %m; without it nothing could be given back after a crash, so "
		       "make room there",
		       path);
}

int bind_state_remove(const char *root, const char *group)
{
	char path[PATH_MAX];

	if (unlink(path_of(root, group, path)) && errno != ENOENT)
		return log_err(-errno, "%s: %m; remove it, all is given back", path);
	return 0;
}

/* ---- read ---- */

/* A name becomes part of a path in sysfs. */
static bool copy_name(char *to, const char *from, size_t size)
{
	if (strlen(from) >= size || strchr(from, '/') || from[0] == '.')
		return false;
	strcpy(to, from);
	return true;
}

static bool read_members(struct bind_state *s, json_t *list)
{
	const char *bdf, *driver, *override;
	struct bdf parsed;
	json_t *value;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > BIND_MEMBERS_MAX)
		return false;
	json_array_foreach(list, i, value)
	{
		struct bind_member *m = &s->member[i];

		if (json_unpack(value, "{s:s, s:s, s:s}", "bdf", &bdf, "driver", &driver,
				"override", &override) ||
		    bdf_parse(bdf, &parsed) || !copy_name(m->driver, driver, sizeof(m->driver)) ||
		    !copy_name(m->override, override, sizeof(m->override)))
			return false;
		bdf_format(parsed, m->bdf);
		s->n_members++;
	}
	return true;
}

static bool read_consoles(struct bind_state *s, json_t *list)
{
	json_t *value;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > BIND_CONSOLES_MAX)
		return false;
	json_array_foreach(list, i, value)
	{
		if (!json_is_string(value) ||
		    !copy_name(s->console[i], json_string_value(value), sizeof(s->console[i])))
			return false;
		s->n_consoles++;
	}
	return true;
}

static bool read_framebuffers(struct bind_state *s, json_t *list)
{
	const char *driver, *device;
	json_t *value;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > BIND_FRAMEBUFFERS_MAX)
		return false;
	json_array_foreach(list, i, value)
	{
		struct bind_framebuffer *f = &s->framebuffer[i];

		if (json_unpack(value, "{s:s, s:s}", "driver", &driver, "device", &device) ||
		    !copy_name(f->driver, driver, sizeof(f->driver)) ||
		    !copy_name(f->device, device, sizeof(f->device)))
			return false;
		s->n_framebuffers++;
	}
	return true;
}

static bool from_json(struct bind_state *s, json_t *j, const char *name)
{
	json_t *members, *consoles, *framebuffers;
	const char *group, *device;
	json_int_t pid, start;
	struct bdf bdf;
	int format;

	*s = (struct bind_state){ 0 };
	if (json_unpack(j, "{s:i, s:s, s:s, s:{s:I, s:I}, s:o, s:o, s:o}", "format", &format,
			"group", &group, "device", &device, "owner", "pid", &pid, "start", &start,
			"members", &members, "consoles", &consoles, "framebuffers",
			&framebuffers) ||
	    format != FORMAT || strcmp(group, name) || bdf_parse(device, &bdf) || pid < 0)
		return false;
	snprintf(s->group, sizeof(s->group), "%s", group);
	bdf_format(bdf, s->device);
	s->owner = (struct bind_owner){ pid, start };
	return read_members(s, members) && read_consoles(s, consoles) &&
	       read_framebuffers(s, framebuffers);
}

int bind_state_read(struct bind_state *s, const char *root, const char *group)
{
	char path[PATH_MAX];
	uint8_t *text;
	size_t len;
	json_t *j;
	bool good;
	int ret;

	ret = file_read(path_of(root, group, path), TEXT_MAX, &text, &len);
	if (ret == -ENOENT)
		return ret;
	if (ret) {
		errno = -ret;
		return log_err(ret, "%s: %m", path);
	}
	j = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	good = j && from_json(s, j, group);
	json_decref(j);
	if (good)
		return 0;
	return log_err(-EINVAL,
		       "%s: this igdvm did not write it, or it is damaged; rebind the drivers by "
		       "hand (docs/host-setup.md), then remove it",
		       path);
}

/* ---- the owner ---- */

/* State and start time of a process. False: there is none. */
static bool read_stat(const char *root, long long pid, char *state, long long *start)
{
	char path[PATH_MAX], text[1024], *at;
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/proc/%lld/stat", root, pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(text, sizeof(text), f);
	fclose(f);
	/* fields 3 and 22; the second is a name in parentheses, which may hold anything */
	at = ok ? strrchr(text, ')') : NULL;
	return at &&
	       sscanf(at + 1,
		      " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		      "%*s %lld",
		      state, start) == 2;
}

int bind_owner_self(struct bind_owner *o, const char *root)
{
	char state;

	o->pid = getpid();
	if (read_stat(root, o->pid, &state, &o->start))
		return 0;
	return log_err(-ENOENT, "/proc/%lld/stat: it cannot be read; mount /proc", o->pid);
}

bool bind_owner_lives(const struct bind_owner *o, const char *root)
{
	long long start;
	char state;

	return o->pid && read_stat(root, o->pid, &state, &start) && start == o->start &&
	       state != 'Z' && state != 'X';
}
