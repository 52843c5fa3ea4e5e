/*
 * internal.h - what the files of this room share with each other, and nobody else
 */
#ifndef TRL_KERNELS_INTERNAL_H
#define TRL_KERNELS_INTERNAL_H

#include "kernels/kernels.h"
#include "kernels/target.h"

/*
 * One complete table per level.  A table exists only in builds for its
 * architecture and may be called only where the check below says so.
 */
extern const TrlKernels trl_kernels_scalar;
#ifdef TRL_ARCH_X86_64
extern const TrlKernels trl_kernels_avx2;
extern const TrlKernels trl_kernels_avx512;
#endif
#ifdef TRL_ARCH_AARCH64
extern const TrlKernels trl_kernels_neon;
#endif

/* cpu.c: whether processor and operating system both support the level. */
extern bool trl_cpu_has_avx2(void);
extern bool trl_cpu_has_avx512(void);

#endif							/* TRL_KERNELS_INTERNAL_H */
