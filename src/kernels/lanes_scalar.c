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
overlap(const uint64_t *x, uint64_t bits)
{
	uint32_t	result = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
		result |= (uint32_t) ((x[lane] & bits) != 0) << lane;
	return result;
}

static uint32_t
contains(const uint64_t *x, uint64_t bits)
{
	uint32_t	result = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
		result |= (uint32_t) ((x[lane] & bits) == bits) << lane;
	return result;
}

#define LANES_TARGET
#define LANES_LEVEL TRL_SIMD_SCALAR
#define LANES_TABLE trl_lane_kernels_scalar
#include "kernels/lanes_table.h"
