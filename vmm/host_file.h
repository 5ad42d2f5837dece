/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_file.h - files of the host, opened by name or handed over by whoever started igdvm (--pass).
 *
 * A privileged launcher opens what its user may not, and an unprivileged igdvm uses it.
 */
#ifndef IGDVM_HOST_FILE_H
#define IGDVM_HOST_FILE_H

#define HOST_FILES_MAX 32

/* From now on path is the open descriptor fd, which stays the caller's. The text must live on. */
void host_file_pass(const char *path, int fd);

/*
 * As open(), always with O_CLOEXEC. A path that was passed gives a copy of its descriptor; -1 and EACCES
 * where that is not open for what flags ask.
 */
int host_file_open(const char *path, int flags);

/* A copy of the descriptor that path was passed as; -1: it was not. */
int host_file_passed(const char *path);

#endif
