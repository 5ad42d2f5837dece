// SPDX-License-Identifier: BSD-2-Clause
/*
 * version.c - facts of the build: CMakeLists.txt defines them for this file alone.
 */
#include "version.h"
#include <stdbool.h>

#include "commit.h" /* IGDVM_COMMIT: gen/version.cmake */
#include "util.h"

#ifndef IGDVM_VERSION
#define IGDVM_VERSION "unknown"
#endif
#ifndef IGDVM_COMPILER
#define IGDVM_COMPILER "unknown"
#endif
#ifndef IGDVM_BUILD_TYPE
#define IGDVM_BUILD_TYPE ""
#endif
#ifndef IGDVM_SANITIZERS
#define IGDVM_SANITIZERS ""
#endif
#ifndef IGDVM_LIBRARIES
#define IGDVM_LIBRARIES ""
#endif

static const char *yes(bool on)
{
	return on ? "yes" : "no";
}

void version_print(FILE *out)
{
	bool uring = false, hardened = false, ini_room = false;

#ifdef IGDVM_URING
	uring = true;
#endif
#ifdef IGDVM_HARDENED
	hardened = true;
#endif
#ifdef IGDVM_INI_ROOM
	ini_room = true;
#endif
	fprintf(out, "igdvm %s\n", IGDVM_VERSION);
	fprintf(out, "commit: %s\n",
		*IGDVM_COMMIT ? IGDVM_COMMIT : "unknown, not built from a checkout");
	fprintf(out, "compiler: %s\n", IGDVM_COMPILER);
	fprintf(out, "build type: %s%s%s\n", *IGDVM_BUILD_TYPE ? IGDVM_BUILD_TYPE : "none",
		*IGDVM_SANITIZERS ? ", sanitizers " : "", IGDVM_SANITIZERS);
	fprintf(out, "features: io_uring %s, hardened %s, long lines in configuration files %s\n",
		yes(uring), yes(hardened), yes(ini_room));
	fprintf(out, "libraries: %s\n", IGDVM_LIBRARIES);
}
