/*
 * rotation_neon.c - the rotation's steps for AArch64; see rotation_avx512.c
 */
#include "kernels/scan_internal.h"

#ifdef TRL_ARCH_AARCH64

#include <arm_neon.h>

#define WIDTH 4					/* floats per vector */

/* Transforms 16 elements: within four vectors, then across them. */
static inline void
transform_16(float *x)
{
	float32x4x4_t v = vld4q_f32(x); /* v[i] has x[i], x[i + 4], ... */
	float32x4_t a = vaddq_f32(v.val[0], v.val[1]);
	float32x4_t b = vsubq_f32(v.val[0], v.val[1]);
	float32x4_t c = vaddq_f32(v.val[2], v.val[3]);
	float32x4_t d = vsubq_f32(v.val[2], v.val[3]);

	v.val[0] = vaddq_f32(a, c);
	v.val[1] = vaddq_f32(b, d);
	v.val[2] = vsubq_f32(a, c);
	v.val[3] = vsubq_f32(b, d);
	vst4q_f32(x, v);
}

/* Two steps over vectors that stand half and 2 half elements apart. */
static inline void
transform_four(float *x, size_t half)
{
	float32x4_t a = vld1q_f32(x);
	float32x4_t b = vld1q_f32(x + half);
	float32x4_t c = vld1q_f32(x + 2 * half);
	float32x4_t d = vld1q_f32(x + 3 * half);
	float32x4_t a_plus_b = vaddq_f32(a, b);
	float32x4_t a_minus_b = vsubq_f32(a, b);
	float32x4_t c_plus_d = vaddq_f32(c, d);
	float32x4_t c_minus_d = vsubq_f32(c, d);

	vst1q_f32(x, vaddq_f32(a_plus_b, c_plus_d));
	vst1q_f32(x + half, vaddq_f32(a_minus_b, c_minus_d));
	vst1q_f32(x + 2 * half, vsubq_f32(a_plus_b, c_plus_d));
	vst1q_f32(x + 3 * half, vsubq_f32(a_minus_b, c_minus_d));
}

void
trl_sum_diff_neon(float *x, float *y, size_t n)
{
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		float32x4_t a = vld1q_f32(x + i);
		float32x4_t b = vld1q_f32(y + i);

		vst1q_f32(x + i, vaddq_f32(a, b));
		vst1q_f32(y + i, vsubq_f32(a, b));
	}
	trl_sum_diff_scalar(x + i, y + i, n - i);
}

void
trl_hadamard_neon(float *x, size_t n)
{
	size_t		half;
	size_t		start;
	size_t		i;

	if (n < 4 * WIDTH)
	{
		trl_hadamard_scalar(x, n);
		return;
	}
	for (i = 0; i < n; i += 4 * WIDTH)
		transform_16(x + i);
	for (half = WIDTH; half <= n / 4; half *= 4)
	{
		for (start = 0; start < n; start += 4 * half)
		{
			for (i = 0; i < half; i += WIDTH)
				transform_four(x + start + i, half);
		}
	}
	if (half == n / 2)
		trl_sum_diff_neon(x, x + half, half);
}

/* Each lane shifts its own bit up to the place of a float's sign. */
void
trl_scale_signs_neon(float *x, size_t n, const uint64_t *signs, float scale)
{
	static const int32_t places[WIDTH] = {31, 30, 29, 28};
	int32x4_t	shifts = vld1q_s32(places);
	uint32x4_t	sign_bit = vdupq_n_u32((uint32_t) 1 << 31);
	uint32x4_t	factor = vreinterpretq_u32_f32(vdupq_n_f32(scale));
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		uint32x4_t	bits = vdupq_n_u32((uint32_t) (signs[i / 64] >> i % 64));
		uint32x4_t	flips = vandq_u32(vshlq_u32(bits, shifts), sign_bit);
		float32x4_t signed_factor = vreinterpretq_f32_u32(veorq_u32(factor,
																	flips));

		vst1q_f32(x + i, vmulq_f32(vld1q_f32(x + i), signed_factor));
	}
	for (; i < n; i++)
		x[i] *= signs[i / 64] >> i % 64 & 1 ? -scale : scale;
}

#endif							/* TRL_ARCH_AARCH64 */
