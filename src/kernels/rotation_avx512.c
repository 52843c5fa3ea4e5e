/*
 * rotation_avx512.c - the rotation's steps for AVX-512
 *
 * The transform takes the pairs within a vector first, four steps without
 * leaving the register, then pairs of vectors, two steps (four vectors) per
 * pass over the memory where it can.
 */
#include "kernels/scan_internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 16				/* floats per vector */

/*
 * One step within a vector: partner has each pair's elements exchanged, and
 * upper marks the pair's second elements, which become differences.
 */
static inline TRL_TARGET_AVX512 __m512
step_within(__m512 v, __m512 partner, __mmask16 upper)
{
	return _mm512_mask_sub_ps(_mm512_add_ps(partner, v), upper, partner, v);
}

/* Transforms sixteen elements. */
static inline TRL_TARGET_AVX512 __m512
transform_vector(__m512 v)
{
	v = step_within(v, _mm512_permute_ps(v, 0xB1), 0xAAAA);
	v = step_within(v, _mm512_permute_ps(v, 0x4E), 0xCCCC);
	v = step_within(v, _mm512_shuffle_f32x4(v, v, 0xB1), 0xF0F0);
	return step_within(v, _mm512_shuffle_f32x4(v, v, 0x4E), 0xFF00);
}

/* Two steps over vectors that stand half and 2 half elements apart. */
static inline TRL_TARGET_AVX512 void
transform_four(float *x, size_t half)
{
	__m512		a = _mm512_loadu_ps(x);
	__m512		b = _mm512_loadu_ps(x + half);
	__m512		c = _mm512_loadu_ps(x + 2 * half);
	__m512		d = _mm512_loadu_ps(x + 3 * half);
	__m512		a_plus_b = _mm512_add_ps(a, b);
	__m512		a_minus_b = _mm512_sub_ps(a, b);
	__m512		c_plus_d = _mm512_add_ps(c, d);
	__m512		c_minus_d = _mm512_sub_ps(c, d);

	_mm512_storeu_ps(x, _mm512_add_ps(a_plus_b, c_plus_d));
	_mm512_storeu_ps(x + half, _mm512_add_ps(a_minus_b, c_minus_d));
	_mm512_storeu_ps(x + 2 * half, _mm512_sub_ps(a_plus_b, c_plus_d));
	_mm512_storeu_ps(x + 3 * half, _mm512_sub_ps(a_minus_b, c_minus_d));
}

/* The first six steps: 64 elements at a time. */
static inline TRL_TARGET_AVX512 void
transform_64(float *x)
{
	size_t		i;

	for (i = 0; i < 64; i += WIDTH)
		_mm512_storeu_ps(x + i, transform_vector(_mm512_loadu_ps(x + i)));
	transform_four(x, WIDTH);
}

TRL_TARGET_AVX512 void
trl_sum_diff_avx512(float *x, float *y, size_t n)
{
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		__m512		a = _mm512_loadu_ps(x + i);
		__m512		b = _mm512_loadu_ps(y + i);

		_mm512_storeu_ps(x + i, _mm512_add_ps(a, b));
		_mm512_storeu_ps(y + i, _mm512_sub_ps(a, b));
	}
	if (i < n)
	{
		__mmask16	mask = (__mmask16) ((1u << (n - i)) - 1);
		__m512		a = _mm512_maskz_loadu_ps(mask, x + i);
		__m512		b = _mm512_maskz_loadu_ps(mask, y + i);

		_mm512_mask_storeu_ps(x + i, mask, _mm512_add_ps(a, b));
		_mm512_mask_storeu_ps(y + i, mask, _mm512_sub_ps(a, b));
	}
}

TRL_TARGET_AVX512 void
trl_hadamard_avx512(float *x, size_t n)
{
	size_t		half;
	size_t		start;
	size_t		i;

	if (n < 64)
	{
		trl_hadamard_scalar(x, n);
		return;
	}
	for (start = 0; start < n; start += 64)
		transform_64(x + start);
	for (half = 64; half <= n / 4; half *= 4)
	{
		for (start = 0; start < n; start += 4 * half)
		{
			for (i = 0; i < half; i += WIDTH)
				transform_four(x + start + i, half);
		}
	}
	if (half == n / 2)
		trl_sum_diff_avx512(x, x + half, half);
}

/* The signs are used as masks of the factor's negation. */
TRL_TARGET_AVX512 void
trl_scale_signs_avx512(float *x, size_t n, const uint64_t *signs, float scale)
{
	__m512		plus = _mm512_set1_ps(scale);
	__m512		minus = _mm512_set1_ps(-scale);
	size_t		i;

	for (i = 0; i < n; i += WIDTH)
	{
		__mmask16	negated = (__mmask16) (signs[i / 64] >> i % 64);
		__mmask16	mask = n - i >= WIDTH ? 0xFFFF :
		(__mmask16) ((1u << (n - i)) - 1);
		__m512		factor = _mm512_mask_blend_ps(negated, plus, minus);
		__m512		v = _mm512_maskz_loadu_ps(mask, x + i);

		_mm512_mask_storeu_ps(x + i, mask, _mm512_mul_ps(v, factor));
	}
}

#endif							/* TRL_ARCH_X86_64 */
