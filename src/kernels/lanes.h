/*
 * lanes.h - tests of the numbers that an inverted list stores for its lanes
 *
 * A third table beside those of kernels.h and scan.h, chosen with them.  A
 * test looks at one number of each of a block's 32 lanes and answers with 32
 * bits: bit i is set where lane i passes.
 *
 * The same contract holds: no PostgreSQL, nothing allocated, nothing read
 * beyond the 32 numbers of x and the n of a set, any alignment of an
 * element's size.  Every number of the type is allowed everywhere, and every
 * level gives the same bits.
 */
#ifndef TRL_KERNELS_LANES_H
#define TRL_KERNELS_LANES_H

#include "kernels/scan.h"

typedef struct TrlLaneKernels
{
	TrlSimdLevel level;

	/* low <= x[i] <= high; none if low > high */
	uint32_t	(*range_i8) (const int8_t * x, int8_t low, int8_t high);
	uint32_t	(*range_i16) (const int16_t * x, int16_t low, int16_t high);
	uint32_t	(*range_i32) (const int32_t *x, int32_t low, int32_t high);
	uint32_t	(*range_i64) (const int64_t *x, int64_t low, int64_t high);

	/*
	 * x[i] is among the n numbers of set, which ascend and may repeat; n may
	 * be 0.
	 */
	uint32_t	(*any_i32) (const int32_t *x, const int32_t *set, int n);
	uint32_t	(*any_i64) (const int64_t *x, const int64_t *set, int n);

	/* x[i] and bits have a bit in common; none if bits is 0 */
	uint32_t	(*overlap_u64) (const uint64_t *x, uint64_t bits);

	/* x[i] has every bit of bits; all if bits is 0 */
	uint32_t	(*contains_u64) (const uint64_t *x, uint64_t bits);
} TrlLaneKernels;

/* The table in use, never NULL; switches together with trl_kernels. */
extern const TrlLaneKernels *trl_lane_kernels;

#endif							/* TRL_KERNELS_LANES_H */
