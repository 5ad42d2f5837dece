/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_ctl.h - "igdvm ctl SOCKET COMMAND": one request over the control socket.
 */
#ifndef IGDVM_TOOL_CTL_H
#define IGDVM_TOOL_CTL_H

/* Returns the exit code: 0 it was done, 1 it was refused or nobody answers, 2 usage. */
int tool_ctl(int argc, char **argv);

#endif
