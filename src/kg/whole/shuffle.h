/*
 * shuffle.h - random choices that a seed repeats on every server and machine
 *
 * pg_prng.h's ranges are made differently by its versions; its 64 bits are not.
 */
#ifndef TRL_KG_SHUFFLE_H
#define TRL_KG_SHUFFLE_H

#include "common/pg_prng.h"

#include "kg/engine/pause.h"

/* A number below n, which is not 0. */
static inline uint32
trl_random_below(pg_prng_state * random, uint32 n)
{
	return (uint32) (((pg_prng_uint64(random) >> 32) * n) >> 32);
}

/* The numbers below n in random order. */
static inline void
trl_random_order(pg_prng_state * random, uint32 *order, uint32 n)
{
	uint32		i;

	for (i = 0; i < n; i++)
	{
		uint32		j = trl_random_below(random, i + 1);

		trl_pause_at(i);
		order[i] = order[j];
		order[j] = i;
	}
}

#endif							/* TRL_KG_SHUFFLE_H */
