/*
 * lanes_internal.h - what the files behind lanes.h share with each other, and nobody else
 *
 * Each level's file writes a test once, for a width that its callers give as
 * a constant: 1, 2, 4 or 8, the bytes of a number.  The functions that take
 * one are inlined always, so that the width is known where code is made.
 */
#ifndef TRL_KERNELS_LANES_INTERNAL_H
#define TRL_KERNELS_LANES_INTERNAL_H

#include "kernels/internal.h"
#include "kernels/lanes.h"

#define TRL_ALWAYS_INLINE __attribute__((always_inline))

/* The number at a place of an array. */
static inline TRL_ALWAYS_INLINE int64_t
number_at(const void *x, int i, int width)
{
	switch (width)
	{
		case 1:
			return ((const int8_t *) x)[i];
		case 2:
			return ((const int16_t *) x)[i];
		case 4:
			return ((const int32_t *) x)[i];
		default:
			return ((const int64_t *) x)[i];
	}
}

/* lanes.c: makes the level's table the one in use, or the scalar one. */
extern void trl_lanes_select(TrlSimdLevel level);

/* One complete table per level, as in internal.h. */
extern const TrlLaneKernels trl_lane_kernels_scalar;
#ifdef TRL_ARCH_X86_64
extern const TrlLaneKernels trl_lane_kernels_avx2;
extern const TrlLaneKernels trl_lane_kernels_avx512;
#endif
#ifdef TRL_ARCH_AARCH64
extern const TrlLaneKernels trl_lane_kernels_neon;
#endif

#endif							/* TRL_KERNELS_LANES_INTERNAL_H */
