/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_aio.h - who reads and writes for a disk, as the command line says.
 */
#ifndef IGDVM_DISK_AIO_H
#define IGDVM_DISK_AIO_H

enum disk_aio {
	DISK_AIO_AUTO,	  /* io_uring where there is one, else the thread */
	DISK_AIO_URING,	  /* io_uring or nothing */
	DISK_AIO_THREADS, /* the disk's thread */
};

#endif
