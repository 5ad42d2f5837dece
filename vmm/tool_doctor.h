/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_doctor.h - `igdvm doctor`: what is missing before a guest can have the GPU.
 */
#ifndef IGDVM_TOOL_DOCTOR_H
#define IGDVM_TOOL_DOCTOR_H

/* The command; argv[0] is igdvm, argv[1] "doctor". Exit code: 0: no failure; 1: failures; 2: usage. */
int tool_doctor(int argc, char **argv);

#endif
