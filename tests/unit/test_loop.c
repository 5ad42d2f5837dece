// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "loop.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define WATCHES 8

struct rig {
	pthread_mutex_t lock;
	struct loop loop;
	struct counter {
		struct loop_watch watch;
		struct rig *rig;
		unsigned ran;
		uint32_t events;
		bool unwatch_all;
	} counter[WATCHES];
};

static void count(struct loop_watch *w, uint32_t events)
{
	struct counter *c = container_of(w, struct counter, watch);

	/* The lock is held: it is not recursive. */
	assert_int_equal(pthread_mutex_trylock(&c->rig->lock), EBUSY);
	c->ran++;
	c->events = events;
	for (size_t i = 0; c->unwatch_all && i < WATCHES; i++)
		loop_unwatch(&c->rig->loop, &c->rig->counter[i].watch);
}

static int setup(void **state)
{
	static struct rig rig;

	rig = (struct rig){ 0 };
	pthread_mutex_init(&rig.lock, NULL);
	if (loop_init(&rig.loop, &rig.lock))
		return -1;
	for (size_t i = 0; i < WATCHES; i++)
		rig.counter[i] = (struct counter){
			.watch = { .fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), .fn = count },
			.rig = &rig,
		};
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	for (size_t i = 0; i < WATCHES; i++)
		close(rig->counter[i].watch.fd);
	pthread_mutex_destroy(&rig->lock);
	loop_fini(&rig->loop);
	loop_fini(&rig->loop);
	return rig->loop.epoll_fd == -1 ? 0 : -1;
}

static void runs_each_ready_watch(void **state)
{
	struct rig *rig = *state;

	for (size_t i = 0; i < WATCHES; i++)
		assert_int_equal(loop_watch(&rig->loop, &rig->counter[i].watch, EPOLLIN), 0);
	for (size_t i = 0; i < 10 * WATCHES; i++)
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
	for (size_t i = 0; i < WATCHES; i++) { /* all the time ready: nobody starves */
		assert_in_range(rig->counter[i].ran, 9, 80);
		assert_int_equal(rig->counter[i].events, EPOLLIN);
	}
	assert_int_equal(pthread_mutex_trylock(&rig->lock), 0);
	pthread_mutex_unlock(&rig->lock);
}

static void a_callback_may_unwatch_all(void **state)
{
	struct rig *rig = *state;
	unsigned ran = 0;

	for (size_t i = 0; i < WATCHES; i++) {
		rig->counter[i].unwatch_all = true;
		assert_int_equal(loop_watch(&rig->loop, &rig->counter[i].watch, EPOLLIN), 0);
	}
	for (size_t i = 0; i < 2 * WATCHES; i++)
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
	for (size_t i = 0; i < WATCHES; i++) {
		ran += rig->counter[i].ran;
		assert_false(rig->counter[i].watch.added);
	}
	assert_int_equal(ran, 1);
}

static void changes_what_is_watched(void **state)
{
	struct rig *rig = *state;
	struct counter *c = &rig->counter[0];

	assert_int_equal(loop_watch(&rig->loop, &c->watch, EPOLLIN), 0);
	assert_int_equal(loop_watch(&rig->loop, &c->watch, EPOLLOUT), 0);
	loop_run_once(&rig->loop, 0);
	assert_int_equal(c->events, EPOLLOUT);
	assert_int_equal(loop_watch(&rig->loop, &c->watch, 0), 0);
	loop_run_once(&rig->loop, 0);
	assert_int_equal(c->ran, 1);
	assert_int_equal(loop_watch(&rig->loop, &c->watch, EPOLLIN), 0);
	loop_run_once(&rig->loop, 0);
	assert_int_equal(c->ran, 2);
	loop_unwatch(&rig->loop, &c->watch);
	loop_unwatch(&rig->loop, &c->watch);
}

/* epoll itself reports a hang-up although no event is wanted. */
static void no_events_means_silence(void **state)
{
	struct rig *rig = *state;
	struct counter *c = &rig->counter[0];
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	close(c->watch.fd);
	c->watch.fd = fd[0];
	close(fd[1]);
	assert_int_equal(loop_watch(&rig->loop, &c->watch, EPOLLIN), 0);
	assert_int_equal(loop_watch(&rig->loop, &c->watch, 0), 0);
	loop_run_once(&rig->loop, 0);
	assert_int_equal(c->ran, 0);
}

static void tells_regular_files_apart(void **state)
{
	struct rig *rig = *state;
	struct loop_watch w = { .fn = count };
	FILE *file = tmpfile();

	assert_non_null(file);
	w.fd = fileno(file);
	assert_int_equal(loop_watch(&rig->loop, &w, EPOLLIN), -EPERM);
	assert_false(w.added);
	fclose(file);
}

static void ignore(int sig)
{
	(void)sig;
}

static void a_signal_is_no_error(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 10000 };
	struct sigaction act = { .sa_handler = ignore };
	struct rig *rig = *state;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(loop_run_once(&rig->loop, 5000), 0);
}

struct other_thread {
	struct rig *rig;
	int ret;
};

static void *run_loop(void *arg)
{
	struct other_thread *t = arg;

	t->ret = loop_run_once(&t->rig->loop, 1000);
	return NULL;
}

/* The event was seen, the lock was not yet to be had, and the watch went away meanwhile. */
static void unwatched_before_the_lock(void **state)
{
	struct rig *rig = *state;
	struct counter *c = &rig->counter[0];
	struct other_thread t = { .rig = rig, .ret = -1 };
	pthread_t thread;

	pthread_mutex_lock(&rig->lock);
	assert_int_equal(loop_watch(&rig->loop, &c->watch, EPOLLIN), 0);
	pthread_create(&thread, NULL, run_loop, &t);
	usleep(20000); /* lets it reach the lock; a later arrival only makes the test weaker */
	loop_unwatch(&rig->loop, &c->watch);
	eventfd_write(rig->counter[1].watch.fd, 1);
	loop_watch(&rig->loop, &rig->counter[1].watch, EPOLLIN);
	pthread_mutex_unlock(&rig->lock);
	pthread_join(thread, NULL);
	assert_int_equal(t.ret, 0);
	assert_int_equal(c->ran, 0);
}

static void stop_wakes_the_loop(void **state)
{
	struct rig *rig = *state;
	struct stop stop;

	assert_int_equal(stop_init(&stop), 0);
	rig->counter[0].watch.fd = (close(rig->counter[0].watch.fd), dup(stop.event_fd));
	assert_int_equal(loop_watch(&rig->loop, &rig->counter[0].watch, EPOLLIN), 0);
	loop_run_once(&rig->loop, 0);
	assert_int_equal(rig->counter[0].ran, 0);
	assert_false(stop_requested(&stop));

	errno = EILSEQ;
	stop_request(&stop, STOP_SIGNAL, 15);
	stop_request(&stop, STOP_RESET, 1);
	assert_int_equal(errno, EILSEQ); /* a signal handler may ask */
	assert_true(stop_requested(&stop));
	assert_int_equal(atomic_load(&stop.reason), STOP_SIGNAL);
	assert_int_equal(stop.detail, 15);
	loop_run_once(&rig->loop, 0);
	assert_int_equal(rig->counter[0].ran, 1);
	stop_fini(&stop);
	stop_fini(&stop);
	assert_int_equal(stop.event_fd, -1);
}

int main(void)
{
#define LOOP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		LOOP_TEST(runs_each_ready_watch),     LOOP_TEST(a_callback_may_unwatch_all),
		LOOP_TEST(changes_what_is_watched),   LOOP_TEST(no_events_means_silence),
		LOOP_TEST(tells_regular_files_apart), LOOP_TEST(a_signal_is_no_error),
		LOOP_TEST(unwatched_before_the_lock), LOOP_TEST(stop_wakes_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
