/*
 * f16_avx2.c - kernels of halfs for AVX2, FMA and F16C: eight per instruction
 *
 * Eight halfs become eight floats in the instruction that loads them; from
 * there on all is as in f32_avx2.c.  There is no masked load of halfs: the
 * last, partial vector is put together from words that end with the array.
 */
#include "kernels/steps_avx2.h"

#ifdef TRL_ARCH_X86_64

#include <string.h>

/* Of conversions to halfs: to the nearest, ties to even. */
#define ROUNDING (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

static inline TRL_TARGET_AVX2 __m256
widen(const uint16_t *p)
{
	return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) p));
}

/* The first count (0 to 3) halfs, the first in the lowest bits. */
static inline uint64_t
load_word(const uint16_t *p, size_t count)
{
	uint32_t	two = 0;
	uint64_t	last = 0;

	if (count & 2)
		memcpy(&two, p, sizeof(two));
	if (count & 1)
		last = p[count - 1];
	return two | last << (16 * (count & 2));
}

/* The first count (1 to 7) halfs, zero in the other lanes. */
static inline TRL_TARGET_AVX2 __m128i
load_first(const uint16_t *p, size_t count)
{
	uint64_t	low;

	if (count < 4)
		return _mm_cvtsi64_si128((long long) load_word(p, count));
	memcpy(&low, p, sizeof(low));
	return _mm_set_epi64x((long long) load_word(p + 4, count - 4),
						  (long long) low);
}

static inline TRL_TARGET_AVX2 __m256
widen_first(const uint16_t *p, size_t count)
{
	return _mm256_cvtph_ps(load_first(p, count));
}

TRL_TARGET_AVX2 float
trl_f16_l2_squared_avx2(const uint16_t *a, const uint16_t *b, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
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
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = add_squared_diff(acc0, widen(a + i), widen(b + i));
	if (i < n)
		acc1 = add_squared_diff(acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

TRL_TARGET_AVX2 float
trl_f16_dot_avx2(const uint16_t *a, const uint16_t *b, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
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
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = add_product(acc0, widen(a + i), widen(b + i));
	if (i < n)
		acc1 = add_product(acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

TRL_TARGET_AVX2 void
trl_f16_dot_norms_avx2(const uint16_t *a, const uint16_t *b, size_t n,
					   float *dot, float *aa, float *bb)
{
	__m256		zero = _mm256_setzero_ps();
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
	for (; n - i >= WIDTH; i += WIDTH)
		dot_norms_add(&acc0, widen(a + i), widen(b + i));
	if (i < n)
		dot_norms_add(&acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	dot_norms_sum(&acc0, &acc1, &acc2, &acc3, dot, aa, bb);
}

TRL_TARGET_AVX2 float
trl_f16_l1_avx2(const uint16_t *a, const uint16_t *b, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
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
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = add_absolute_diff(acc0, widen(a + i), widen(b + i));
	if (i < n)
		acc1 = add_absolute_diff(acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

/* Adds the squares of eight floats, as doubles, to two chains. */
static inline TRL_TARGET_AVX2 void
add_squares(__m256d *low, __m256d *high, __m256 a)
{
	__m256d		first = _mm256_cvtps_pd(_mm256_castps256_ps128(a));
	__m256d		second = _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1));

	*low = _mm256_fmadd_pd(first, first, *low);
	*high = _mm256_fmadd_pd(second, second, *high);
}

TRL_TARGET_AVX2 double
trl_f16_sum_squares_avx2(const uint16_t *a, size_t n)
{
	__m256d		acc0 = _mm256_setzero_pd();
	__m256d		acc1 = acc0;
	__m256d		acc2 = acc0;
	__m256d		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 2 * WIDTH; i += 2 * WIDTH)
	{
		add_squares(&acc0, &acc1, widen(a + i));
		add_squares(&acc2, &acc3, widen(a + i + WIDTH));
	}
	if (n - i >= WIDTH)
	{
		add_squares(&acc0, &acc1, widen(a + i));
		i += WIDTH;
	}
	if (i < n)
		add_squares(&acc2, &acc3, widen_first(a + i, n - i));
	return sum_doubles(_mm256_add_pd(_mm256_add_pd(acc0, acc1),
									 _mm256_add_pd(acc2, acc3)));
}

/*
 * One byte of sign bits.  A positive half is an integer from 1 to infinity's
 * 0x7C00.  The lanes are reversed so that lane 0 comes first.
 */
static inline TRL_TARGET_AVX2 uint8_t
sign_byte(__m128i a)
{
	__m128i		reversed = _mm_setr_epi8(14, 15, 12, 13, 10, 11, 8, 9,
										 6, 7, 4, 5, 2, 3, 0, 1);
	__m128i		less_one = _mm_sub_epi16(_mm_shuffle_epi8(a, reversed),
										 _mm_set1_epi16(1));
	__m128i		capped = _mm_min_epu16(less_one, _mm_set1_epi16(0x7BFF));
	__m128i		positive = _mm_cmpeq_epi16(less_one, capped);

	return (uint8_t) _mm_movemask_epi8(_mm_packs_epi16(positive,
													   _mm_setzero_si128()));
}

TRL_TARGET_AVX2 void
trl_f16_sign_bits_avx2(const uint16_t *a, size_t n, uint8_t *bits)
{
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		bits[i / 8] = sign_byte(_mm_loadu_si128((const __m128i *) (a + i)));
	if (i < n)
		bits[i / 8] = sign_byte(load_first(a + i, n - i));
}

TRL_TARGET_AVX2 void
trl_f16_to_f32_avx2(const uint16_t *a, size_t n, float *out)
{
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		_mm256_storeu_ps(out + i, widen(a + i));
	if (i < n)
		_mm256_maskstore_ps(out + i, first_lanes(n - i),
							widen_first(a + i, n - i));
}

TRL_TARGET_AVX2 void
trl_f32_to_f16_avx2(const float *a, size_t n, uint16_t *out)
{
	__m128i		halfs;
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		halfs = _mm256_cvtps_ph(_mm256_loadu_ps(a + i), ROUNDING);
		_mm_storeu_si128((__m128i *) (out + i), halfs);
	}
	if (i == n)
		return;
	halfs = _mm256_cvtps_ph(_mm256_maskload_ps(a + i, first_lanes(n - i)),
							ROUNDING);
	memcpy(out + i, &halfs, (n - i) * sizeof(uint16_t));
}

#endif							/* TRL_ARCH_X86_64 */
