/*
 * f32_avx2.c - kernels of floats for AVX2 and FMA: eight per instruction
 *
 * A fused multiply-add takes four cycles and one or two can start in each,
 * so every sum runs in four accumulators (three times four in dot_norms,
 * which still fits the sixteen registers).  What is left after the blocks of
 * four vectors goes vector by vector, and the last, partial vector through a
 * masked load, which neither reads nor faults on the lanes it leaves out;
 * they are zero and add nothing.
 */
#include "kernels/steps_avx2.h"

#ifdef TRL_ARCH_X86_64

/* Loads the first count (1 to 7) floats, zero in the other lanes. */
static inline TRL_TARGET_AVX2 __m256
load_first(const float *p, size_t count)
{
	return _mm256_maskload_ps(p, first_lanes(count));
}

static inline TRL_TARGET_AVX2 __m256
l2_step(__m256 acc, const float *a, const float *b)
{
	return add_squared_diff(acc, _mm256_loadu_ps(a), _mm256_loadu_ps(b));
}

TRL_TARGET_AVX2 float
trl_f32_l2_squared_avx2(const float *a, const float *b, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
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
	if (i < n)
		acc1 = add_squared_diff(acc1, load_first(a + i, n - i),
								load_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

static inline TRL_TARGET_AVX2 __m256
dot_step(__m256 acc, const float *a, const float *b)
{
	return add_product(acc, _mm256_loadu_ps(a), _mm256_loadu_ps(b));
}

TRL_TARGET_AVX2 float
trl_f32_dot_avx2(const float *a, const float *b, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
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
	if (i < n)
		acc1 = add_product(acc1, load_first(a + i, n - i),
						   load_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

static inline TRL_TARGET_AVX2 void
dot_norms_step(DotNorms *acc, const float *a, const float *b)
{
	dot_norms_add(acc, _mm256_loadu_ps(a), _mm256_loadu_ps(b));
}

TRL_TARGET_AVX2 void
trl_f32_dot_norms_avx2(const float *a, const float *b, size_t n,
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
		dot_norms_step(&acc0, a + i, b + i);
		dot_norms_step(&acc1, a + i + WIDTH, b + i + WIDTH);
		dot_norms_step(&acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		dot_norms_step(&acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		dot_norms_step(&acc0, a + i, b + i);
	if (i < n)
		dot_norms_add(&acc1, load_first(a + i, n - i),
					  load_first(b + i, n - i));
	dot_norms_sum(&acc0, &acc1, &acc2, &acc3, dot, aa, bb);
}

static inline TRL_TARGET_AVX2 __m256
l1_step(__m256 acc, const float *a, const float *b)
{
	return add_absolute_diff(acc, _mm256_loadu_ps(a), _mm256_loadu_ps(b));
}

TRL_TARGET_AVX2 float
trl_f32_l1_avx2(const float *a, const float *b, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
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
	if (i < n)
		acc1 = add_absolute_diff(acc1, load_first(a + i, n - i),
								 load_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

/* Adds the squares of four floats, as doubles. */
static inline TRL_TARGET_AVX2 __m256d
add_squares(__m256d acc, __m128 a)
{
	__m256d		wide = _mm256_cvtps_pd(a);

	return _mm256_fmadd_pd(wide, wide, acc);
}

TRL_TARGET_AVX2 double
trl_f32_sum_squares_avx2(const float *a, size_t n)
{
	__m256d		acc0 = _mm256_setzero_pd();
	__m256d		acc1 = acc0;
	__m256d		acc2 = acc0;
	__m256d		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 16; i += 16)
	{
		acc0 = add_squares(acc0, _mm_loadu_ps(a + i));
		acc1 = add_squares(acc1, _mm_loadu_ps(a + i + 4));
		acc2 = add_squares(acc2, _mm_loadu_ps(a + i + 8));
		acc3 = add_squares(acc3, _mm_loadu_ps(a + i + 12));
	}
	if (n - i >= WIDTH)
	{
		acc0 = add_squares(acc0, _mm_loadu_ps(a + i));
		acc1 = add_squares(acc1, _mm_loadu_ps(a + i + 4));
		i += WIDTH;
	}
	if (i < n)
	{
		__m256		rest = load_first(a + i, n - i);

		acc2 = add_squares(acc2, _mm256_castps256_ps128(rest));
		acc3 = add_squares(acc3, _mm256_extractf128_ps(rest, 1));
	}
	return sum_doubles(_mm256_add_pd(_mm256_add_pd(acc0, acc1),
									 _mm256_add_pd(acc2, acc3)));
}

/* One byte of sign bits; the lanes are reversed so that lane 0 comes first. */
static inline TRL_TARGET_AVX2 uint8_t
sign_byte(__m256 a)
{
	__m256i		reversed = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
	__m256		positive = _mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_GT_OQ);

	positive = _mm256_permutevar8x32_ps(positive, reversed);
	return (uint8_t) _mm256_movemask_ps(positive);
}

TRL_TARGET_AVX2 void
trl_f32_sign_bits_avx2(const float *a, size_t n, uint8_t *bits)
{
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		bits[i / 8] = sign_byte(_mm256_loadu_ps(a + i));
	if (i < n)
		bits[i / 8] = sign_byte(load_first(a + i, n - i));
}

#endif							/* TRL_ARCH_X86_64 */
