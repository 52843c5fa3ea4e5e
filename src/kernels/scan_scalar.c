/*
 * scan_scalar.c - scan kernels in plain C: what the other levels must match
 */
#include "kernels/scan_internal.h"

#define CHAINS 8				/* independent sums of u8_dot */

void
trl_scan_codes_scalar(const uint8_t *codes, const uint8_t *tables, size_t n,
					  const uint8_t *ahead, uint32_t *sums)
{
	size_t		group;
	size_t		j;

	for (group = 0; group < n; group++)
	{
		const uint8_t *code = codes + group * TRL_GROUP_BYTES;
		const uint8_t *table = tables + group * TRL_GROUP_BYTES;

		__builtin_prefetch(ahead + group * TRL_GROUP_BYTES);
		for (j = 0; j < TRL_GROUP_BYTES; j++)
		{
			sums[j] += table[code[j] & 15];
			sums[j + TRL_GROUP_BYTES] += table[code[j] >> 4];
		}
	}
}

uint32_t
trl_lanes_below_scalar(const uint32_t *sums, const TrlLaneFactors *factors,
					   const TrlListTerms *terms, float threshold,
					   float *lower)
{
	uint32_t	below = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		float		ip = terms->scale * (float) sums[lane] + terms->offset;
		float		bound = factors->add[lane] + terms->add;

		bound += trl_short_value(factors->rescale[lane]) * ip;
		bound -= trl_short_value(factors->error[lane]) * terms->error;
		lower[lane] = bound;
		if (bound < threshold)
			below |= (uint32_t) 1 << lane;
	}
	return below;
}

float
trl_u8_dot_scalar(const uint8_t *codes, const float *q, size_t n)
{
	float		acc[CHAINS] = {0.0f};
	size_t		i;
	size_t		chain;

	for (i = 0; n - i >= CHAINS; i += CHAINS)
	{
		for (chain = 0; chain < CHAINS; chain++)
			acc[chain] += (float) codes[i + chain] * q[i + chain];
	}
	for (; i < n; i++)
		acc[i % CHAINS] += (float) codes[i] * q[i];
	return ((acc[0] + acc[4]) + (acc[2] + acc[6])) +
		((acc[1] + acc[5]) + (acc[3] + acc[7]));
}

int32_t
trl_u8_s16_dot_scalar(const uint8_t *codes, const int16_t * q, size_t n)
{
	int32_t		sum = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		sum += codes[i] * q[i];
	return sum;
}
