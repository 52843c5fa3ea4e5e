/*
 * steps_scalar.h - what the sums have in common in plain C, for floats and halfs alike
 *
 * A sum runs in LANES independent chains, whatever is added; the loops stand in
 * f32_scalar.c and f16_scalar.c.
 */
#ifndef TRL_KERNELS_STEPS_SCALAR_H
#define TRL_KERNELS_STEPS_SCALAR_H

#include "kernels/internal.h"

#define LANES 8					/* independent chains of a sum */

/* Adds the chains pairwise. */
static inline float
sum_lanes(const float *acc)
{
	return ((acc[0] + acc[4]) + (acc[2] + acc[6])) +
		((acc[1] + acc[5]) + (acc[3] + acc[7]));
}

#endif							/* TRL_KERNELS_STEPS_SCALAR_H */
