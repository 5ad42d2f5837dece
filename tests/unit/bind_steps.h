/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_steps.h - for test_bind*.c: calls whose log can be looked at, and what must be true after them.
 */
#ifndef IGDVM_BIND_STEPS_H
#define IGDVM_BIND_STEPS_H

#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "bind_rig.h"
#include "bind_wraps.h"
#include "fakes.h"
#include "test.h"
#include "util.h"

#define STATE "run/igdvm/group-3.json"

static struct bind b;

static inline int setup(void **state)
{
	(void)state;
	rig_begin();
	bind_init(&b, bind_rig.root);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

/* ---- what is said goes to the log that is checked ---- */

static const char *said;

static inline int take(const char *bdf, bool force)
{
	unsigned fds = fake_open_fds();
	int ret;

	fake_stderr_begin();
	ret = bind_take(&b, bdf, force);
	said = fake_stderr_end();
	assert_int_equal(fake_open_fds(), fds);
	return ret;
}

#define QUIETLY(call)                                                                              \
	({                                                                                         \
		unsigned fds_before = fake_open_fds();                                             \
		int quiet_ret;                                                                     \
		fake_stderr_begin();                                                               \
		quiet_ret = (call);                                                                \
		said = fake_stderr_end();                                                          \
		assert_int_equal(fake_open_fds(), fds_before);                                     \
		quiet_ret;                                                                         \
	})

static inline void says(const char *text)
{
	if (!strstr(said, text))
		fail_msg("no \"%s\" in: %s", text, said);
}

static inline void same(char *before)
{
	char *now = rig_snapshot();
	size_t i = 0;

	/* from the line that differs */
	while (now[i] && now[i] == before[i])
		i++;
	while (i && now[i - 1] != '\n')
		i--;
	if (strcmp(now + i, before + i))
		fail_msg("now: %.200s\nwas: %.200s", now + i, before + i);
	free(now);
}

static inline void nothing_left(void)
{
	assert_false(rig_has(STATE));
	assert_false(rig_has(STATE ".new"));
}

/* A second console, overrides, a boot framebuffer in BAR2: everything there is to put back. */
static inline void much_to_do(void)
{
	rig_shell(
		"cd sys; echo nouveau >bus/pci/devices/" RIG_AUDIO "/driver_override; "
		"echo other >bus/pci/devices/" RIG_SPARE "/driver_override; "
		"mkdir -p bus/platform/drivers/efi-framebuffer devices/platform/efi-framebuffer.0 "
		"bus/platform/drivers/simple-framebuffer; "
		"ln -s ../../../../devices/platform/efi-framebuffer.0 "
		"bus/platform/drivers/efi-framebuffer/; "
		"printf '0x0 0x0 0x0\\n0x0 0x0 0x0\\n0x4000000000 0x400fffffff 0x14220c\\n' "
		">devices/pci0000:00/" RIG_GPU "/resource; "
		"printf '4000000000-400fffffff : " RIG_GPU
		"\\n  4000000000-40007e8fff : efifb\\n' >../proc/iomem; "
		"mkdir class/vtconsole/vtcon2; echo '(M) frame buffer device' "
		">class/vtconsole/vtcon2/name; echo 0 >class/vtconsole/vtcon2/bind");
}

#endif
