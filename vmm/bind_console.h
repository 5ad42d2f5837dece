/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_console.h - virtual consoles and boot framebuffers that draw on a GPU that is taken.
 *
 * A driver that still draws into the GPU's memory writes into the guest's. Both are let go before the
 * GPU is, and come back after it.
 */
#ifndef IGDVM_BIND_CONSOLE_H
#define IGDVM_BIND_CONSOLE_H

#include "bind_state.h"

/*
 * Add to s what draws on its members and is bound now. What is there already stays: it was bound for
 * an owner that is gone. 0 or logged -errno.
 */
int bind_console_find(struct bind_state *s, const char *root);

/* Unbind them. 0 or logged -errno. */
int bind_console_take(const struct bind_state *s, const char *root);

/*
 * Bind them again. What the kernel no longer has cannot come back, which is a warning: the GPU itself
 * is handed back all the same.
 */
void bind_console_give_back(const struct bind_state *s, const char *root);

/* True when a virtual console of the host draws on a GPU, by framebuffer or as VGA text. */
bool bind_console_any(const char *root);

#endif
