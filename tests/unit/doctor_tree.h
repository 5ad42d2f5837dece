/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_tree.h - a directory that stands for a host with a GPU where nothing is missing, and what can
 * be changed about it. For test_doctor*.c.
 */
#ifndef IGDVM_DOCTOR_TREE_H
#define IGDVM_DOCTOR_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define TREE_GPU   "/sys/bus/pci/devices/0000:00:02.0"
#define TREE_PCI   "/sys/bus/pci/devices"
#define TREE_ASLS  0x7a5f3000
#define TREE_EDITS 6

enum tree_op {
	TREE_END,
	TREE_WRITE,
	TREE_LINK,
	TREE_DELETE, /* whatever is there */
	TREE_DENY,   /* this user may not open it */
	TREE_POKE,   /* "OFFSET BYTES...", in hex, into a file that is there */
};
struct tree_edit {
	enum tree_op op;
	const char *path, *text;
};

/* Make the host anew, below tree_root(), with its KVM and /dev/mem. fixture: of the kbl, for its bytes. */
void tree_make(const char *fixture);
void tree_change(const struct tree_edit *edit, size_t n);
const char *tree_root(void);
void tree_remove(void);
bool tree_denied(const char *path);

/* A path below the root. */
const char *tree_path(const char *path);
/* Each file of the tree, by its path below the root. */
void tree_each(void (*visit)(const char *path, void *arg), void *arg);

#endif
