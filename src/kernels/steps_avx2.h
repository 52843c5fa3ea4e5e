/*
 * steps_avx2.h - one step of each sum at AVX2, for floats and halfs alike
 *
 * Halfs become floats when they are loaded; what is added up then, and how
 * four chains become one number, does not depend on the type.  The loops
 * around these steps stand in f32_avx2.c and f16_avx2.c.
 */
#ifndef TRL_KERNELS_STEPS_AVX2_H
#define TRL_KERNELS_STEPS_AVX2_H

#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 8					/* elements per vector */
#define BLOCK (4 * WIDTH)		/* elements per turn of the unrolled loops */

/* Eight ones, then zeros: a window of it selects the first lanes. */
static const int32_t lane_masks[2 * WIDTH] = {
	-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0
};

/* Mask of the first count (1 to 7) lanes. */
static inline TRL_TARGET_AVX2 __m256i
first_lanes(size_t count)
{
	return _mm256_loadu_si256((const __m256i *) (lane_masks + WIDTH - count));
}

static inline TRL_TARGET_AVX2 float
sum_four(__m256 v0, __m256 v1, __m256 v2, __m256 v3)
{
	__m256		v = _mm256_add_ps(_mm256_add_ps(v0, v1),
								  _mm256_add_ps(v2, v3));
	__m128		sum;

	sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
	sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
	sum = _mm_add_ss(sum, _mm_movehdup_ps(sum));
	return _mm_cvtss_f32(sum);
}

static inline TRL_TARGET_AVX2 __m256
add_squared_diff(__m256 acc, __m256 a, __m256 b)
{
	__m256		diff = _mm256_sub_ps(a, b);

	return _mm256_fmadd_ps(diff, diff, acc);
}

static inline TRL_TARGET_AVX2 __m256
add_product(__m256 acc, __m256 a, __m256 b)
{
	return _mm256_fmadd_ps(a, b, acc);
}

/* The three sums of dot_norms along one of its chains. */
typedef struct DotNorms
{
	__m256		dot;
	__m256		aa;
	__m256		bb;
} DotNorms;

/* The squares first: gcc 12 loads b twice when the product precedes them. */
static inline TRL_TARGET_AVX2 void
dot_norms_add(DotNorms *acc, __m256 a, __m256 b)
{
	acc->aa = _mm256_fmadd_ps(a, a, acc->aa);
	acc->bb = _mm256_fmadd_ps(b, b, acc->bb);
	acc->dot = _mm256_fmadd_ps(a, b, acc->dot);
}

/* The sums of four chains. */
static inline TRL_TARGET_AVX2 void
dot_norms_sum(const DotNorms *acc0, const DotNorms *acc1, const DotNorms *acc2,
			  const DotNorms *acc3, float *dot, float *aa, float *bb)
{
	*dot = sum_four(acc0->dot, acc1->dot, acc2->dot, acc3->dot);
	*aa = sum_four(acc0->aa, acc1->aa, acc2->aa, acc3->aa);
	*bb = sum_four(acc0->bb, acc1->bb, acc2->bb, acc3->bb);
}

static inline TRL_TARGET_AVX2 __m256
add_absolute_diff(__m256 acc, __m256 a, __m256 b)
{
	__m256		sign = _mm256_set1_ps(-0.0f);

	return _mm256_add_ps(acc, _mm256_andnot_ps(sign, _mm256_sub_ps(a, b)));
}

static inline TRL_TARGET_AVX2 double
sum_doubles(__m256d v)
{
	__m128d		sum;

	sum = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
	return _mm_cvtsd_f64(_mm_add_sd(sum, _mm_unpackhi_pd(sum, sum)));
}

#endif							/* TRL_ARCH_X86_64 */

#endif							/* TRL_KERNELS_STEPS_AVX2_H */
