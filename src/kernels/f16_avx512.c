/*
 * f16_avx512.c - kernels of halfs for AVX-512: sixteen per instruction
 *
 * Sixteen halfs fill half a register as they come from memory and become
 * sixteen floats in the instruction that loads them; from there on all is as
 * in f32_avx512.c.
 */
#include "kernels/steps_avx512.h"

#ifdef TRL_ARCH_X86_64

#include <string.h>

/* Of conversions to halfs: to the nearest, ties to even. */
#define ROUNDING (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

static inline TRL_TARGET_AVX512 __m512
widen(const uint16_t *p)
{
	return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) p));
}

/* Zero in the lanes that the mask leaves out, which are not read. */
static inline TRL_TARGET_AVX512 __m512
widen_first(const uint16_t *p, __mmask16 mask)
{
	return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, p));
}

TRL_TARGET_AVX512 float
trl_f16_l2_squared_avx512(const uint16_t *a, const uint16_t *b, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = add_squared_diff(acc0, widen(a + i), widen(b + i));
		acc1 = add_squared_diff(acc1, widen(a + i + WIDTH),
								widen(b + i + WIDTH));
		acc2 = add_squared_diff(acc2, widen(a + i + 2 * WIDTH),
								widen(b + i + 2 * WIDTH));
		acc3 = add_squared_diff(acc3, widen(a + i + 3 * WIDTH),
								widen(b + i + 3 * WIDTH));
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		acc0 = add_squared_diff(acc0, widen_first(a + i, mask), widen_first(b + i, mask));
	}
	return sum_four(acc0, acc1, acc2, acc3);
}

TRL_TARGET_AVX512 float
trl_f16_dot_avx512(const uint16_t *a, const uint16_t *b, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = add_product(acc0, widen(a + i), widen(b + i));
		acc1 = add_product(acc1, widen(a + i + WIDTH),
						   widen(b + i + WIDTH));
		acc2 = add_product(acc2, widen(a + i + 2 * WIDTH),
						   widen(b + i + 2 * WIDTH));
		acc3 = add_product(acc3, widen(a + i + 3 * WIDTH),
						   widen(b + i + 3 * WIDTH));
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		acc0 = add_product(acc0, widen_first(a + i, mask), widen_first(b + i, mask));
	}
	return sum_four(acc0, acc1, acc2, acc3);
}

TRL_TARGET_AVX512 void
trl_f16_dot_norms_avx512(const uint16_t *a, const uint16_t *b, size_t n,
						 float *dot, float *aa, float *bb)
{
	__m512		zero = _mm512_setzero_ps();
	DotNorms	acc0 = {zero, zero, zero};
	DotNorms	acc1 = acc0;
	DotNorms	acc2 = acc0;
	DotNorms	acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		dot_norms_add(&acc0, widen(a + i), widen(b + i));
		dot_norms_add(&acc1, widen(a + i + WIDTH), widen(b + i + WIDTH));
		dot_norms_add(&acc2, widen(a + i + 2 * WIDTH), widen(b + i + 2 * WIDTH));
		dot_norms_add(&acc3, widen(a + i + 3 * WIDTH), widen(b + i + 3 * WIDTH));
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		dot_norms_add(&acc0, widen_first(a + i, mask), widen_first(b + i, mask));
	}
	dot_norms_sum(&acc0, &acc1, &acc2, &acc3, dot, aa, bb);
}

TRL_TARGET_AVX512 float
trl_f16_l1_avx512(const uint16_t *a, const uint16_t *b, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = add_absolute_diff(acc0, widen(a + i), widen(b + i));
		acc1 = add_absolute_diff(acc1, widen(a + i + WIDTH),
								 widen(b + i + WIDTH));
		acc2 = add_absolute_diff(acc2, widen(a + i + 2 * WIDTH),
								 widen(b + i + 2 * WIDTH));
		acc3 = add_absolute_diff(acc3, widen(a + i + 3 * WIDTH),
								 widen(b + i + 3 * WIDTH));
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		acc0 = add_absolute_diff(acc0, widen_first(a + i, mask), widen_first(b + i, mask));
	}
	return sum_four(acc0, acc1, acc2, acc3);
}

/* Adds the squares of sixteen floats, as doubles, to two chains. */
static inline TRL_TARGET_AVX512 void
add_squares(__m512d *low, __m512d *high, __m512 a)
{
	__m512d		first = _mm512_cvtps_pd(_mm512_castps512_ps256(a));
	__m512d		second = _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1));

	*low = _mm512_fmadd_pd(first, first, *low);
	*high = _mm512_fmadd_pd(second, second, *high);
}

TRL_TARGET_AVX512 double
trl_f16_sum_squares_avx512(const uint16_t *a, size_t n)
{
	__m512d		acc0 = _mm512_setzero_pd();
	__m512d		acc1 = acc0;
	__m512d		acc2 = acc0;
	__m512d		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 2 * WIDTH; i += 2 * WIDTH)
	{
		add_squares(&acc0, &acc1, widen(a + i));
		add_squares(&acc2, &acc3, widen(a + i + WIDTH));
	}
	for (; i < n; i += WIDTH)
		add_squares(&acc0, &acc1, widen_first(a + i, first_lanes(n - i)));
	return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_add_pd(acc0, acc1),
											  _mm512_add_pd(acc2, acc3)));
}

/*
 * Thirty-two sign bits, the first eight in the low byte.  A positive half is
 * an integer from 1 to infinity's 0x7C00.  The lanes of each eight are
 * reversed so that lane 0 becomes the most significant bit.
 */
static inline TRL_TARGET_AVX512 uint32_t
sign_bytes(__m512i a)
{
	__m512i		reversed = _mm512_broadcast_i32x4
	(_mm_setr_epi8(14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1));
	__m512i		less_one = _mm512_sub_epi16(_mm512_shuffle_epi8(a, reversed),
											_mm512_set1_epi16(1));

	return _mm512_cmplt_epu16_mask(less_one, _mm512_set1_epi16(0x7C00));
}

/* The four bytes are stored as one word, which x86 keeps low byte first. */
TRL_TARGET_AVX512 void
trl_f16_sign_bits_avx512(const uint16_t *a, size_t n, uint8_t *bits)
{
	size_t		i;
	uint32_t	word;

	for (i = 0; n - i >= 2 * WIDTH; i += 2 * WIDTH)
	{
		word = sign_bytes(_mm512_loadu_si512(a + i));
		memcpy(bits + i / 8, &word, sizeof(word));
	}
	if (i == n)
		return;
	word = sign_bytes(_mm512_maskz_loadu_epi16((1u << (n - i)) - 1, a + i));
	for (; i < n; i += 8, word >>= 8)
		bits[i / 8] = (uint8_t) word;
}

TRL_TARGET_AVX512 void
trl_f16_to_f32_avx512(const uint16_t *a, size_t n, float *out)
{
	size_t		i;
	__mmask16	mask;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		_mm512_storeu_ps(out + i, widen(a + i));
	mask = first_lanes(n - i);
	_mm512_mask_storeu_ps(out + i, mask, widen_first(a + i, mask));
}

TRL_TARGET_AVX512 void
trl_f32_to_f16_avx512(const float *a, size_t n, uint16_t *out)
{
	size_t		i;
	__mmask16	mask;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		_mm256_storeu_si256((__m256i *) (out + i),
							_mm512_cvtps_ph(_mm512_loadu_ps(a + i), ROUNDING));
	mask = first_lanes(n - i);
	_mm256_mask_storeu_epi16(out + i, mask,
							 _mm512_cvtps_ph(_mm512_maskz_loadu_ps(mask, a + i),
											 ROUNDING));
}

#endif							/* TRL_ARCH_X86_64 */
