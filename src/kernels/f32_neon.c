/*
 * f32_neon.c - kernels of floats for AArch64: four per instruction
 *
 * Advanced SIMD belongs to every AArch64 processor that runs PostgreSQL, so
 * nothing is probed.  As in f32_avx2.c every sum runs in four accumulators; what
 * is left after the blocks of four vectors goes vector by vector, and the
 * last one to three floats one by one, since there is no masked load.
 */
#include "kernels/steps_neon.h"

#ifdef TRL_ARCH_AARCH64

static inline float32x4_t
l2_step(float32x4_t acc, const float *a, const float *b)
{
	return add_squared_diff(acc, vld1q_f32(a), vld1q_f32(b));
}

float
trl_f32_l2_squared_neon(const float *a, const float *b, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	float		rest = 0.0f;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = l2_step(acc0, a + i, b + i);
		acc1 = l2_step(acc1, a + i + WIDTH, b + i + WIDTH);
		acc2 = l2_step(acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		acc3 = l2_step(acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = l2_step(acc0, a + i, b + i);
	for (; i < n; i++)
		rest += (a[i] - b[i]) * (a[i] - b[i]);
	return sum_four(acc0, acc1, acc2, acc3) + rest;
}

static inline float32x4_t
dot_step(float32x4_t acc, const float *a, const float *b)
{
	return add_product(acc, vld1q_f32(a), vld1q_f32(b));
}

float
trl_f32_dot_neon(const float *a, const float *b, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	float		rest = 0.0f;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = dot_step(acc0, a + i, b + i);
		acc1 = dot_step(acc1, a + i + WIDTH, b + i + WIDTH);
		acc2 = dot_step(acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		acc3 = dot_step(acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = dot_step(acc0, a + i, b + i);
	for (; i < n; i++)
		rest += a[i] * b[i];
	return sum_four(acc0, acc1, acc2, acc3) + rest;
}

static inline void
dot_norms_step(DotNorms *acc, const float *a, const float *b)
{
	dot_norms_add(acc, vld1q_f32(a), vld1q_f32(b));
}

void
trl_f32_dot_norms_neon(const float *a, const float *b, size_t n,
					   float *dot, float *aa, float *bb)
{
	float32x4_t zero = vdupq_n_f32(0.0f);
	DotNorms	acc0 = {zero, zero, zero};
	DotNorms	acc1 = acc0;
	DotNorms	acc2 = acc0;
	DotNorms	acc3 = acc0;
	float		rest_dot = 0.0f;
	float		rest_aa = 0.0f;
	float		rest_bb = 0.0f;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		dot_norms_step(&acc0, a + i, b + i);
		dot_norms_step(&acc1, a + i + WIDTH, b + i + WIDTH);
		dot_norms_step(&acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		dot_norms_step(&acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		dot_norms_step(&acc0, a + i, b + i);
	for (; i < n; i++)
	{
		rest_dot += a[i] * b[i];
		rest_aa += a[i] * a[i];
		rest_bb += b[i] * b[i];
	}
	dot_norms_sum(&acc0, &acc1, &acc2, &acc3, dot, aa, bb);
	*dot += rest_dot;
	*aa += rest_aa;
	*bb += rest_bb;
}

static inline float32x4_t
l1_step(float32x4_t acc, const float *a, const float *b)
{
	return add_absolute_diff(acc, vld1q_f32(a), vld1q_f32(b));
}

float
trl_f32_l1_neon(const float *a, const float *b, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	float		rest = 0.0f;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = l1_step(acc0, a + i, b + i);
		acc1 = l1_step(acc1, a + i + WIDTH, b + i + WIDTH);
		acc2 = l1_step(acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		acc3 = l1_step(acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = l1_step(acc0, a + i, b + i);
	for (; i < n; i++)
		rest += vabds_f32(a[i], b[i]);
	return sum_four(acc0, acc1, acc2, acc3) + rest;
}

/* Adds the squares of two floats, as doubles. */
static inline float64x2_t
add_squares(float64x2_t acc, float32x2_t a)
{
	float64x2_t wide = vcvt_f64_f32(a);

	return vfmaq_f64(acc, wide, wide);
}

double
trl_f32_sum_squares_neon(const float *a, size_t n)
{
	float64x2_t acc0 = vdupq_n_f64(0.0);
	float64x2_t acc1 = acc0;
	float64x2_t acc2 = acc0;
	float64x2_t acc3 = acc0;
	double		rest = 0.0;
	size_t		i;

	for (i = 0; n - i >= 8; i += 8)
	{
		acc0 = add_squares(acc0, vld1_f32(a + i));
		acc1 = add_squares(acc1, vld1_f32(a + i + 2));
		acc2 = add_squares(acc2, vld1_f32(a + i + 4));
		acc3 = add_squares(acc3, vld1_f32(a + i + 6));
	}
	for (; i < n; i++)
		rest += (double) a[i] * (double) a[i];
	acc0 = vaddq_f64(vaddq_f64(acc0, acc1), vaddq_f64(acc2, acc3));
	return vaddvq_f64(acc0) + rest;
}

void
trl_f32_sign_bits_neon(const float *a, size_t n, uint8_t *bits)
{
	static const uint32_t weights[8] = {128, 64, 32, 16, 8, 4, 2, 1};
	uint32x4_t	high = vld1q_u32(weights);
	uint32x4_t	low = vld1q_u32(weights + 4);
	unsigned	byte = 0;
	size_t		i;
	size_t		bit;

	for (i = 0; n - i >= 8; i += 8)
	{
		uint32x4_t	first = vcgtzq_f32(vld1q_f32(a + i));
		uint32x4_t	second = vcgtzq_f32(vld1q_f32(a + i + 4));

		bits[i / 8] = (uint8_t) vaddvq_u32(vorrq_u32(vandq_u32(first, high),
													 vandq_u32(second, low)));
	}
	if (i == n)
		return;
	for (bit = 0; i + bit < n; bit++)
		byte |= (unsigned) (a[i + bit] > 0.0f) << (7 - bit);
	bits[i / 8] = (uint8_t) byte;
}

#endif							/* TRL_ARCH_AARCH64 */
