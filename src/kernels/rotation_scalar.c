/*
 * rotation_scalar.c - the rotation's steps in plain C
 */
#include "kernels/scan_internal.h"

void
trl_sum_diff_scalar(float *x, float *y, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		float		sum = x[i] + y[i];

		y[i] = x[i] - y[i];
		x[i] = sum;
	}
}

/* Pairs at growing distance, as in every fast Walsh-Hadamard transform. */
void
trl_hadamard_scalar(float *x, size_t n)
{
	size_t		half;
	size_t		start;

	for (half = 1; half < n; half *= 2)
	{
		for (start = 0; start < n; start += 2 * half)
			trl_sum_diff_scalar(x + start, x + start + half, half);
	}
}

/* Without a branch: no processor can foresee random signs. */
void
trl_scale_signs_scalar(float *x, size_t n, const uint64_t *signs, float scale)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		int			negated = (int) (signs[i / 64] >> i % 64 & 1);

		x[i] *= (float) (1 - 2 * negated) * scale;
	}
}
