/*
 * rotation_avx2.c - the rotation's steps for AVX2; see rotation_avx512.c
 */
#include "kernels/scan_internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 8					/* floats per vector */

/* Transforms eight elements; the blends' masks mark the differences. */
static inline TRL_TARGET_AVX2 __m256
transform_vector(__m256 v)
{
	__m256		partner = _mm256_permute_ps(v, 0xB1);

	v = _mm256_blend_ps(_mm256_add_ps(partner, v),
						_mm256_sub_ps(partner, v), 0xAA);
	partner = _mm256_permute_ps(v, 0x4E);
	v = _mm256_blend_ps(_mm256_add_ps(partner, v),
						_mm256_sub_ps(partner, v), 0xCC);
	partner = _mm256_permute2f128_ps(v, v, 0x01);
	return _mm256_blend_ps(_mm256_add_ps(partner, v),
						   _mm256_sub_ps(partner, v), 0xF0);
}

/* Two steps over vectors that stand half and 2 half elements apart. */
static inline TRL_TARGET_AVX2 void
transform_four(float *x, size_t half)
{
	__m256		a = _mm256_loadu_ps(x);
	__m256		b = _mm256_loadu_ps(x + half);
	__m256		c = _mm256_loadu_ps(x + 2 * half);
	__m256		d = _mm256_loadu_ps(x + 3 * half);
	__m256		a_plus_b = _mm256_add_ps(a, b);
	__m256		a_minus_b = _mm256_sub_ps(a, b);
	__m256		c_plus_d = _mm256_add_ps(c, d);
	__m256		c_minus_d = _mm256_sub_ps(c, d);

	_mm256_storeu_ps(x, _mm256_add_ps(a_plus_b, c_plus_d));
	_mm256_storeu_ps(x + half, _mm256_add_ps(a_minus_b, c_minus_d));
	_mm256_storeu_ps(x + 2 * half, _mm256_sub_ps(a_plus_b, c_plus_d));
	_mm256_storeu_ps(x + 3 * half, _mm256_sub_ps(a_minus_b, c_minus_d));
}

TRL_TARGET_AVX2 void
trl_sum_diff_avx2(float *x, float *y, size_t n)
{
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		__m256		a = _mm256_loadu_ps(x + i);
		__m256		b = _mm256_loadu_ps(y + i);

		_mm256_storeu_ps(x + i, _mm256_add_ps(a, b));
		_mm256_storeu_ps(y + i, _mm256_sub_ps(a, b));
	}
	trl_sum_diff_scalar(x + i, y + i, n - i);
}

TRL_TARGET_AVX2 void
trl_hadamard_avx2(float *x, size_t n)
{
	size_t		half;
	size_t		start;
	size_t		i;

	if (n < WIDTH)
	{
		trl_hadamard_scalar(x, n);
		return;
	}
	for (i = 0; i < n; i += WIDTH)
		_mm256_storeu_ps(x + i, transform_vector(_mm256_loadu_ps(x + i)));
	for (half = WIDTH; half <= n / 4; half *= 4)
	{
		for (start = 0; start < n; start += 4 * half)
		{
			for (i = 0; i < half; i += WIDTH)
				transform_four(x + start + i, half);
		}
	}
	if (half == n / 2)
		trl_sum_diff_avx2(x, x + half, half);
}

/* Each lane shifts its own bit up to the place of a float's sign. */
TRL_TARGET_AVX2 void
trl_scale_signs_avx2(float *x, size_t n, const uint64_t *signs, float scale)
{
	__m256i		shifts = _mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24);
	__m256i		sign_bit = _mm256_set1_epi32(INT32_MIN);
	__m256		factor = _mm256_set1_ps(scale);
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		__m256i		bits = _mm256_set1_epi32((int) (signs[i / 64] >> i % 64 &
													0xFF));
		__m256i		flips = _mm256_and_si256(_mm256_sllv_epi32(bits, shifts),
											 sign_bit);
		__m256		signed_factor = _mm256_xor_ps(factor,
												  _mm256_castsi256_ps(flips));

		_mm256_storeu_ps(x + i, _mm256_mul_ps(_mm256_loadu_ps(x + i),
											  signed_factor));
	}
	for (; i < n; i++)
		x[i] *= signs[i / 64] >> i % 64 & 1 ? -scale : scale;
}

#endif							/* TRL_ARCH_X86_64 */
