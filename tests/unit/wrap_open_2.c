// SPDX-License-Identifier: BSD-2-Clause
/*
 * wrap_open_2.c - what a fortified build calls where the source says open(path, flags): the test's
 * own open(). It is linked only into the tests that replace open().
 */
int __wrap_open(const char *path, int flags, ...);
int __wrap___open_2(const char *path, int flags);

int __wrap___open_2(const char *path, int flags)
{
	return __wrap_open(path, flags);
}
