/*
 * lanes_scalar.c - lane tests in plain C: what the other levels must match
 *
 * Numbers of every width are compared in 64 bits.
 */
#include "kernels/lanes_internal.h"

static inline TRL_ALWAYS_INLINE uint32_t
range(const void *x, int64_t low, int64_t high, int width)
{
	uint32_t	bits = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		int64_t		number = number_at(x, lane, width);

		bits |= (uint32_t) (low <= number && number <= high) << lane;
	}
	return bits;
}

/*
 * Halves the set without a branch, for all lanes in turn, so that none waits
 * for its own last step: the last number not above the lane's, if there is
 * any, stays among the n from base on.
 */
static inline TRL_ALWAYS_INLINE uint32_t
any(const void *x, const void *set, int n, int width)
{
	int			base[TRL_LANES] = {0};
	uint32_t	bits = 0;
	int			lane;

	if (n == 0)
		return 0;
	for (; n > 1; n -= n / 2)
	{
		int			half = n / 2;

		for (lane = 0; lane < TRL_LANES; lane++)
			base[lane] += half * (number_at(set, base[lane] + half, width) <=
								  number_at(x, lane, width));
	}
	for (lane = 0; lane < TRL_LANES; lane++)
		bits |= (uint32_t) (number_at(set, base[lane], width) ==
							number_at(x, lane, width)) << lane;
	return bits;
}

static uint32_t
range_i8(const int8_t * x, int8_t low, int8_t high)
{
	return range(x, low, high, 1);
}

static uint32_t
range_i16(const int16_t * x, int16_t low, int16_t high)
{
	return range(x, low, high, 2);
}

static uint32_t
range_i32(const int32_t *x, int32_t low, int32_t high)
{
	return range(x, low, high, 4);
}

static uint32_t
range_i64(const int64_t *x, int64_t low, int64_t high)
{
	return range(x, low, high, 8);
}

static uint32_t
any_i32(const int32_t *x, const int32_t *set, int n)
{
	return any(x, set, n, 4);
}

static uint32_t
any_i64(const int64_t *x, const int64_t *set, int n)
{
	return any(x, set, n, 8);
}

static uint32_t
overlap_u64(const uint64_t *x, uint64_t bits)
{
	uint32_t	result = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
		result |= (uint32_t) ((x[lane] & bits) != 0) << lane;
	return result;
}

static uint32_t
contains_u64(const uint64_t *x, uint64_t bits)
{
	uint32_t	result = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
		result |= (uint32_t) ((x[lane] & bits) == bits) << lane;
	return result;
}

const TrlLaneKernels trl_lane_kernels_scalar = {
	.level = TRL_SIMD_SCALAR,
	.range_i8 = range_i8,
	.range_i16 = range_i16,
	.range_i32 = range_i32,
	.range_i64 = range_i64,
	.any_i32 = any_i32,
	.any_i64 = any_i64,
	.overlap_u64 = overlap_u64,
	.contains_u64 = contains_u64,
};
