// SPDX-License-Identifier: BSD-2-Clause
/*
 * control.c - connections, lines, answers, events.
 * Knows JSON and who may connect; what a command does is machine_control.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include "control.h"
#include "log.h"
#include "util.h"

#ifndef IGDVM_VERSION
#define IGDVM_VERSION "unknown"
#endif

#define LAST_WORD_MS 1000 /* how long the end waits for clients that do not read */

static uint64_t now_ms(const struct control *c)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec - c->started_ns) / 1000000;
}

/* ---- one client ---- */

static void hang_up(struct control_client *k)
{
	loop_unwatch(&k->control->loop, &k->watch);
	close_fd(&k->watch.fd);
	free(k->answers);
	free(k);
}

/* At the end of every callback: whoever found a client gone may still have had it in hand. */
static void sweep(struct control *c)
{
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i] && c->client[i]->gone) {
			hang_up(c->client[i]);
			c->client[i] = NULL;
		}
}

/* Who does not read its answers is not asked for more. */
static bool is_slow(const struct control_client *k)
{
	return k->n_answers > CONTROL_ANSWERS / 4;
}

/* Send what there is. */
static void flush_answers(struct control_client *k)
{
	size_t done = 0;

	while (done < k->n_answers && !k->gone) {
		ssize_t n = send(k->watch.fd, k->answers + done, k->n_answers - done,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (n == 0 || errno != EINTR)
			k->gone = true;
	}
	k->n_answers -= done;
	memmove(k->answers, k->answers + done, k->n_answers);
	if (!k->gone && loop_watch(&k->control->loop, &k->watch,
				   (is_slow(k) ? 0u : EPOLLIN) | (k->n_answers ? EPOLLOUT : 0u)))
		k->gone = true;
}

/* A line, whose reference is taken. */
static void answer(struct control_client *k, json_t *line)
{
	char *text = k->gone ? NULL : json_dumps(line, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0;
	char *room = NULL;

	json_decref(line);
	if (text && k->n_answers + len + 1 <= CONTROL_ANSWERS)
		room = realloc(k->answers, k->n_answers + len + 1);
	if (!room) {
		log_debug("--control: a client that does not read is hung up on");
		k->gone = true;
	} else {
		k->answers = room;
		memcpy(room + k->n_answers, text, len);
		k->n_answers += len;
		room[k->n_answers++] = '\n';
		flush_answers(k);
	}
	free(text);
}

/* ---- events ---- */

/* A new reference. events_lock is held. */
static json_t *event_json(const struct control_event *e)
{
	json_t *line = json_pack("{s:s, s:I}", "event", e->name, "ms", (json_int_t)e->ms);

	if (e->more)
		json_object_update_missing(line, e->more);
	return line;
}

/*
 * Those of all events that are still known, from number *from on, which becomes the next one's: a list, a
 * new reference.
 */
static json_t *events_since(struct control *c, unsigned *from)
{
	json_t *list = json_array();

	pthread_mutex_lock(&c->events_lock);
	if (c->n_events - *from > CONTROL_EVENTS)
		*from = c->n_events - CONTROL_EVENTS;
	for (; *from != c->n_events; ++*from)
		json_array_append_new(list, event_json(&c->event[*from % CONTROL_EVENTS]));
	pthread_mutex_unlock(&c->events_lock);
	return list;
}

static void tell_subscribers(struct control *c)
{
	json_t *list = events_since(c, &c->n_told), *event;
	size_t i;

	json_array_foreach(list, i, event) for (unsigned k = 0; k < CONTROL_CLIENTS;
						k++) if (c->client[k] && c->client[k]->subscribed)
		answer(c->client[k], json_incref(event));
	json_decref(list);
}

void control_tell(struct control *c, const char *name, json_t *more)
{
	struct control_event *e;

	if (!c->commands) {
		json_decref(more);
		return;
	}
	pthread_mutex_lock(&c->events_lock);
	e = &c->event[c->n_events % CONTROL_EVENTS];
	json_decref(e->more);
	*e = (struct control_event){ .ms = now_ms(c), .more = more };
	memcpy(e->name, name, MIN(strlen(name), sizeof(e->name) - 1));
	c->n_events++;
	pthread_mutex_unlock(&c->events_lock);
	eventfd_write(c->wake.fd, 1);
}

static void on_wake(struct loop_watch *w, uint32_t events)
{
	struct control *c = container_of(w, struct control, wake);
	eventfd_t count;

	(void)events;
	eventfd_read(w->fd, &count);
	tell_subscribers(c);
	sweep(c);
}

/* ---- requests ---- */

static const struct control_command *find_command(const struct control *c, const char *name)
{
	for (const struct control_command *d = c->commands; name && d->name; d++)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

/* The machine's own commands, and the one that concerns the connection. */
static json_t *run_command(struct control_client *k, json_t *request, const char **error)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	const struct control_command *d = find_command(k->control, name);
	unsigned first = 0;

	if (!json_is_object(request)) {
		*error = "a request is an object with a member \"command\"";
		return NULL;
	}
	if (name && !strcmp(name, "subscribe")) {
		/* those that are to come, and in the answer those that came */
		tell_subscribers(k->control);
		k->subscribed = true;
		return json_pack("{s:o}", "events", events_since(k->control, &first));
	}
	*error = "unknown command; \"help\" lists all";
	return d ? d->run(k->control->ctx, request, error) : NULL;
}

static void serve_line(struct control_client *k, const char *text, size_t len)
{
	const char *error = NULL;
	json_error_t parse;
	json_t *request = json_loadb(text, len, JSON_REJECT_DUPLICATES, &parse);
	json_t *result = NULL, *id, *line;

	if (request)
		result = run_command(k, request, &error);
	else
		error = "not a line of JSON";
	line = result ? json_pack("{s:b, s:o}", "ok", 1, "result", result)
		      : json_pack("{s:b, s:s}", "ok", 0, "error", error);
	id = json_object_get(request, "id");
	if (id)
		json_object_set(line, "id", id);
	json_decref(request);
	answer(k, line);
}

/* All lines that are whole, as long as the client reads the answers. */
static void serve_lines(struct control_client *k)
{
	size_t done = 0;
	char *end = NULL;

	while (!k->gone && !is_slow(k) && (end = memchr(k->line + done, '\n', k->len - done))) {
		size_t len = (size_t)(end - k->line) - done;

		serve_line(k, k->line + done, len);
		done += len + 1;
	}
	k->len -= done;
	memmove(k->line, k->line + done, k->len);
	if (k->gone || is_slow(k) || k->len < CONTROL_LINE)
		return;
	log_debug("--control: a client's line is longer than %d bytes: it is hung up on",
		  CONTROL_LINE);
	k->gone = true;
}

static void read_requests(struct control_client *k)
{
	ssize_t n = recv(k->watch.fd, k->line + k->len, CONTROL_LINE - k->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		k->gone = true;
		return;
	}
	k->len += (size_t)n;
	serve_lines(k);
}

static void on_client(struct loop_watch *w, uint32_t events)
{
	struct control_client *k = container_of(w, struct control_client, watch);
	struct control *c = k->control;

	if (events & EPOLLOUT) {
		flush_answers(k);
		serve_lines(k); /* those that had to wait */
	}
	if (events & EPOLLIN && !k->gone && !is_slow(k))
		read_requests(k);
	else if (events & (EPOLLHUP | EPOLLERR))
		k->gone = true;
	sweep(c);
}

/* ---- connections ---- */

/* This user, and root. */
static bool may_connect(const struct control *c, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (peer.uid == c->uid || !peer.uid);
}

static void on_connection(struct loop_watch *w, uint32_t events)
{
	struct control *c = container_of(w, struct control, listener);
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct control_client *k;
	unsigned i = 0;

	(void)events;
	if (fd < 0)
		return;
	while (i < CONTROL_CLIENTS && c->client[i])
		i++;
	k = i < CONTROL_CLIENTS && may_connect(c, fd) ? calloc(1, sizeof(*k)) : NULL;
	if (!k) {
		log_debug("--control: a connection is refused: %s",
			  i < CONTROL_CLIENTS ? "another user's" : "there are too many");
		close(fd);
		return;
	}
	k->control = c;
	k->watch = (struct loop_watch){ .fd = fd, .fn = on_client };
	c->client[i] = k;
	answer(k, json_pack("{s:s, s:i}", "igdvm", IGDVM_VERSION, "control", CONTROL_VERSION));
	sweep(c);
}

/* ---- the thread ---- */

static bool is_over(struct control *c)
{
	bool over;

	pthread_mutex_lock(&c->events_lock);
	over = c->quit;
	pthread_mutex_unlock(&c->events_lock);
	return over;
}

static bool all_sent(struct control *c)
{
	bool sent = true;

	pthread_mutex_lock(&c->lock);
	tell_subscribers(c);
	sweep(c);
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		sent &= !c->client[i] || !c->client[i]->n_answers;
	pthread_mutex_unlock(&c->lock);
	return sent;
}

static void *serve(void *arg)
{
	struct control *c = arg;
	uint64_t end;

	pthread_setname_np(pthread_self(), "control");
	if (confine_thread(c->confine, THREAD_CONTROL))
		return NULL;
	while (!is_over(c))
		if (loop_run_once(&c->loop, -1))
			return NULL;
	end = now_ms(c) + LAST_WORD_MS;
	while (!all_sent(c) && now_ms(c) < end)
		if (loop_run_once(&c->loop, 100))
			return NULL;
	return NULL;
}

int control_start(struct control *c)
{
	sigset_t all, old;
	int ret;

	if (!c->commands)
		return 0;
	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(&c->thread, NULL, serve, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	c->running = !ret;
	return ret ? log_err(ret, "--control: thread: %m") : 0;
}

void control_stop(struct control *c)
{
	if (!c->running)
		return;
	pthread_mutex_lock(&c->events_lock);
	c->quit = true;
	pthread_mutex_unlock(&c->events_lock);
	eventfd_write(c->wake.fd, 1);
	pthread_join(c->thread, NULL);
	c->running = false;
}

int control_init(struct control *c, int listener_fd, const struct control_command *commands,
		 void *ctx, uint64_t started_ns, const struct confine *confine)
{
	int ret;

	*c = (struct control){ .commands = commands,
			       .ctx = ctx,
			       .confine = confine,
			       .started_ns = started_ns,
			       .uid = geteuid(),
			       .loop.epoll_fd = -1 };
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->events_lock, NULL);
	c->listener = (struct loop_watch){ .fd = fcntl(listener_fd, F_DUPFD_CLOEXEC, 0),
					   .fn = on_connection };
	c->wake =
		(struct loop_watch){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .fn = on_wake };
	if (c->listener.fd < 0 || c->wake.fd < 0)
		return log_err(-errno, "--control: a descriptor: %m");
	ret = loop_init(&c->loop, &c->lock);
	if (!ret)
		ret = loop_watch(&c->loop, &c->listener, EPOLLIN);
	return ret ? ret : loop_watch(&c->loop, &c->wake, EPOLLIN);
}

void control_fini(struct control *c)
{
	if (!c->commands)
		return;
	control_stop(c);
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i])
			hang_up(c->client[i]);
	for (unsigned i = 0; i < CONTROL_EVENTS; i++)
		json_decref(c->event[i].more);
	loop_unwatch(&c->loop, &c->listener);
	loop_unwatch(&c->loop, &c->wake);
	loop_fini(&c->loop);
	close_fd(&c->listener.fd);
	close_fd(&c->wake.fd);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->events_lock);
	c->commands = NULL;
}
