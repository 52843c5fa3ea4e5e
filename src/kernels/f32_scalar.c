/*
 * f32_scalar.c - kernels of floats in plain C: what the other levels must match
 *
 * Each sum runs in LANES independent chains.  That shortens the chain that
 * rounding errors accumulate along, lets additions overlap, and is a shape
 * that compilers turn into baseline vector code without reordering anything.
 * The compiler may contract a * b + c into one rounding where the baseline
 * has it; the stated error bounds allow both.
 */
#include <math.h>

#include "kernels/steps_scalar.h"

float
trl_f32_l2_squared_scalar(const float *a, const float *b, size_t n)
{
	float		acc[LANES] = {0.0f};
	size_t		i;
	size_t		lane;
	float		diff;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
		{
			diff = a[i + lane] - b[i + lane];
			acc[lane] += diff * diff;
		}
	}
	for (; i < n; i++)
	{
		diff = a[i] - b[i];
		acc[i % LANES] += diff * diff;
	}
	return sum_lanes(acc);
}

float
trl_f32_dot_scalar(const float *a, const float *b, size_t n)
{
	float		acc[LANES] = {0.0f};
	size_t		i;
	size_t		lane;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
			acc[lane] += a[i + lane] * b[i + lane];
	}
	for (; i < n; i++)
		acc[i % LANES] += a[i] * b[i];
	return sum_lanes(acc);
}

void
trl_f32_dot_norms_scalar(const float *a, const float *b, size_t n,
						 float *dot, float *aa, float *bb)
{
	float		acc_dot[LANES] = {0.0f};
	float		acc_aa[LANES] = {0.0f};
	float		acc_bb[LANES] = {0.0f};
	size_t		i;
	size_t		lane;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
		{
			acc_dot[lane] += a[i + lane] * b[i + lane];
			acc_aa[lane] += a[i + lane] * a[i + lane];
			acc_bb[lane] += b[i + lane] * b[i + lane];
		}
	}
	for (; i < n; i++)
	{
		acc_dot[i % LANES] += a[i] * b[i];
		acc_aa[i % LANES] += a[i] * a[i];
		acc_bb[i % LANES] += b[i] * b[i];
	}
	*dot = sum_lanes(acc_dot);
	*aa = sum_lanes(acc_aa);
	*bb = sum_lanes(acc_bb);
}

float
trl_f32_l1_scalar(const float *a, const float *b, size_t n)
{
	float		acc[LANES] = {0.0f};
	size_t		i;
	size_t		lane;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
			acc[lane] += fabsf(a[i + lane] - b[i + lane]);
	}
	for (; i < n; i++)
		acc[i % LANES] += fabsf(a[i] - b[i]);
	return sum_lanes(acc);
}

double
trl_f32_sum_squares_scalar(const float *a, size_t n)
{
	double		acc[LANES] = {0.0};
	double		sum = 0.0;
	size_t		i;
	size_t		lane;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
			acc[lane] += (double) a[i + lane] * (double) a[i + lane];
	}
	for (; i < n; i++)
		acc[i % LANES] += (double) a[i] * (double) a[i];
	for (lane = 0; lane < LANES; lane++)
		sum += acc[lane];
	return sum;
}

void
trl_f32_sign_bits_scalar(const float *a, size_t n, uint8_t *bits)
{
	unsigned	last_bits = 0;
	size_t		i;

	for (i = 0; i < n; i++)
	{
		last_bits = last_bits << 1 | (a[i] > 0.0f);
		if (i % 8 == 7)
			bits[i / 8] = (uint8_t) last_bits;
	}
	if (n % 8 != 0)
		bits[n / 8] = (uint8_t) (last_bits << (8 - n % 8));
}
