/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox_rules.h - which system calls each kind of thread may make, once the guest is about to run.
 *
 * Compiled into gen/sandbox.c alone, which makes filters of it when igdvm is built. "igdvm --sandbox trace=F"
 * lists what a run used; tests/sandbox holds the union of many such lists against these rows, and a
 * row that nothing used is a failure.
 */
#ifndef IGDVM_SANDBOX_RULES_H
#define IGDVM_SANDBOX_RULES_H

#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/input.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "confine.h"
#include "vhost_uapi.h"

#define LOOP	(1u << THREAD_LOOP)
#define VCPU	(1u << THREAD_VCPU)
#define BLOCK	(1u << THREAD_BLOCK)
#define CONTROL (1u << THREAD_CONTROL)
#define ALL	(LOOP | VCPU | BLOCK | CONTROL)

/* A call that is allowed whatever its arguments are. */
struct sandbox_call {
	unsigned nr, kinds;
};

static const struct sandbox_call sandbox_calls[] = {
	/* the C library: locks, memory, the end of a thread */
	{ SYS_futex, ALL },
	{ SYS_munmap, ALL },
	{ SYS_madvise, ALL }, /* a thread's stack at its end; what a balloon gives back */
	{ SYS_brk, ALL },
	{ SYS_rt_sigprocmask, ALL },
	{ SYS_rt_sigreturn, ALL },
	{ SYS_exit, ALL },
	{ SYS_exit_group, ALL },
	/* messages, and clocks where the vDSO cannot read them */
	{ SYS_write, ALL },
	{ SYS_clock_gettime, ALL },
	/* raise() and pthread_kill(): a fault's last word, pauses */
	{ SYS_getpid, ALL },
	{ SYS_gettid, ALL },
	{ SYS_tgkill, ALL },
	{ SYS_getpgrp, ALL }, /* may the terminal be put back? */

	/* descriptors that are open: device code runs on vCPUs and in the loop */
	{ SYS_read, LOOP | VCPU | CONTROL },
	{ SYS_close, LOOP | VCPU | CONTROL },
	{ SYS_pread64, ALL },
	{ SYS_pwrite64, LOOP | VCPU | BLOCK },
	{ SYS_preadv, BLOCK },
	{ SYS_pwritev, BLOCK },
	{ SYS_preadv2, BLOCK },
	{ SYS_pwritev2, BLOCK },
	{ SYS_readv, LOOP | VCPU },
	{ SYS_writev, LOOP | VCPU },
	{ SYS_fallocate, BLOCK },
	{ SYS_fdatasync, BLOCK },
	{ SYS_poll, LOOP | VCPU },
	{ SYS_epoll_ctl, LOOP | VCPU | CONTROL },
	{ SYS_epoll_wait, LOOP | CONTROL },
	{ SYS_eventfd2, LOOP | VCPU },
	{ SYS_timerfd_settime, LOOP | VCPU },
	{ SYS_sendmsg, LOOP | VCPU },
	{ SYS_recvmsg, LOOP | VCPU },
	{ SYS_recvfrom, LOOP | VCPU | CONTROL },
	{ SYS_sendto, LOOP | VCPU | CONTROL },
	{ SYS_getrandom, LOOP | VCPU },
	{ SYS_io_uring_enter, LOOP | VCPU },
	{ SYS_accept4, CONTROL },
	{ SYS_getsockopt, CONTROL },
	{ SYS_fstat, LOOP },
	{ SYS_ftruncate, LOOP },
	{ SYS_lseek, LOOP },
	{ SYS_rt_sigaction, LOOP },
};

/* An ioctl, by its number. */
struct sandbox_ioctl {
	unsigned cmd, kinds;
};

static const struct sandbox_ioctl sandbox_ioctls[] = {
	{ KVM_RUN, VCPU },
	{ KVM_NMI, VCPU },
	{ KVM_KVMCLOCK_CTRL, LOOP | CONTROL },
	/* the registers of a crash */
	{ KVM_GET_REGS, VCPU },
	{ KVM_GET_SREGS, VCPU },
	{ KVM_TRANSLATE, VCPU },
	/* BARs that move, interrupts that are set up anew; and all of it taken down */
	{ KVM_SET_USER_MEMORY_REGION, LOOP | VCPU },
	{ KVM_SET_GSI_ROUTING, LOOP | VCPU },
	{ KVM_IRQ_LINE, LOOP | VCPU | CONTROL },
	{ KVM_IRQFD, LOOP | VCPU },
	{ KVM_IOEVENTFD, LOOP | VCPU },
	{ KVM_SET_DEVICE_ATTR, LOOP },
	{ VFIO_DEVICE_SET_IRQS, LOOP | VCPU },
	{ VFIO_DEVICE_RESET, LOOP | VCPU },
	{ VFIO_IOMMU_MAP_DMA, LOOP | VCPU },
	{ VFIO_IOMMU_UNMAP_DMA, LOOP | VCPU },
	{ VFIO_GROUP_UNSET_CONTAINER, LOOP },
	/* the terminal's mode, put back by whoever ends igdvm; its size */
	{ TCSETS, ALL },
	{ TCGETS, ALL },
	{ TIOCGPGRP, ALL },
	{ TIOCGWINSZ, LOOP },
	{ BLKDISCARD, BLOCK },
	{ BLKZEROOUT, BLOCK },
	{ TUNSETOFFLOAD, LOOP | VCPU },
	{ TUNSETQUEUE, LOOP | VCPU },
	{ TUNGETIFF, LOOP | VCPU },
	/* input devices of the host: what the guest asks of them, and the grab */
	{ EVIOCGRAB, LOOP | VCPU },
	{ EVIOCGID, LOOP | VCPU },
	{ VHOST_SET_FEATURES, LOOP | VCPU },
	{ VHOST_SET_MEM_TABLE, LOOP | VCPU },
	{ VHOST_SET_VRING_NUM, LOOP | VCPU },
	{ VHOST_SET_VRING_BASE, LOOP | VCPU },
	{ VHOST_GET_VRING_BASE, LOOP | VCPU },
	{ VHOST_SET_VRING_ADDR, LOOP | VCPU },
	{ VHOST_SET_VRING_ERR, LOOP | VCPU },
	{ VHOST_SET_VRING_KICK, LOOP | VCPU },
	{ VHOST_SET_VRING_CALL, LOOP | VCPU },
	{ VHOST_NET_SET_BACKEND, LOOP | VCPU },
	{ VHOST_VSOCK_SET_RUNNING, LOOP | VCPU },
};

/* Ioctls that are one under a mask: some have an index or the size of the caller's buffer in them. */
struct sandbox_ioctls {
	unsigned mask, cmd, kinds;
};

#define ANY_SIZE (~((unsigned)_IOC_SIZEMASK << _IOC_SIZESHIFT))

static const struct sandbox_ioctls sandbox_ioctl_families[] = {
	/* what a guest may ask of an input device of the host */
	{ ANY_SIZE, EVIOCGNAME(0), LOOP | VCPU },
	{ ANY_SIZE, EVIOCGUNIQ(0), LOOP | VCPU },
	{ ANY_SIZE, EVIOCGPROP(0), LOOP | VCPU },
	{ ANY_SIZE, EVIOCGKEY(0), LOOP | VCPU },
	{ ANY_SIZE & ~0x1fu, EVIOCGBIT(0, 0), LOOP | VCPU },
	{ ~0x3fu, EVIOCGABS(0), LOOP | VCPU },
};

/* Calls that are allowed where argument `arg`, under mask, is value. */
struct sandbox_argument {
	unsigned nr, kinds, arg;
	unsigned long mask, value;
};

static const struct sandbox_argument sandbox_arguments[] = {
	/* the C library's memory; never code */
	{ SYS_mmap, ALL, 2, PROT_EXEC, 0 },
	{ SYS_mprotect, ALL, 2, PROT_EXEC, 0 },
};

#endif
