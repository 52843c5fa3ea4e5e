/*
 * steps_avx512.h - one step of each sum at AVX-512, for floats and halfs alike
 *
 * Halfs become floats when they are loaded; what is added up then, and how
 * four chains become one number, does not depend on the type.  The loops
 * around these steps stand in f32_avx512.c and f16_avx512.c.
 */
#ifndef TRL_KERNELS_STEPS_AVX512_H
#define TRL_KERNELS_STEPS_AVX512_H

#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 16				/* elements per vector */
#define BLOCK (4 * WIDTH)		/* elements per turn of the unrolled loops */

/* Mask of the first count lanes, or of all where there are more. */
static inline __mmask16
first_lanes(size_t count)
{
	return count >= WIDTH ? 0xFFFF : (__mmask16) ((1u << count) - 1);
}

static inline TRL_TARGET_AVX512 float
sum_four(__m512 v0, __m512 v1, __m512 v2, __m512 v3)
{
	return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(v0, v1),
											  _mm512_add_ps(v2, v3)));
}

static inline TRL_TARGET_AVX512 __m512
add_squared_diff(__m512 acc, __m512 a, __m512 b)
{
	__m512		diff = _mm512_sub_ps(a, b);

	return _mm512_fmadd_ps(diff, diff, acc);
}

static inline TRL_TARGET_AVX512 __m512
add_product(__m512 acc, __m512 a, __m512 b)
{
	return _mm512_fmadd_ps(a, b, acc);
}

/* The three sums of dot_norms along one of its chains. */
typedef struct DotNorms
{
	__m512		dot;
	__m512		aa;
	__m512		bb;
} DotNorms;

/* The squares first: gcc 12 loads b twice when the product precedes them. */
static inline TRL_TARGET_AVX512 void
dot_norms_add(DotNorms *acc, __m512 a, __m512 b)
{
	acc->aa = _mm512_fmadd_ps(a, a, acc->aa);
	acc->bb = _mm512_fmadd_ps(b, b, acc->bb);
	acc->dot = _mm512_fmadd_ps(a, b, acc->dot);
}

/* The sums of four chains. */
static inline TRL_TARGET_AVX512 void
dot_norms_sum(const DotNorms *acc0, const DotNorms *acc1, const DotNorms *acc2,
			  const DotNorms *acc3, float *dot, float *aa, float *bb)
{
	*dot = sum_four(acc0->dot, acc1->dot, acc2->dot, acc3->dot);
	*aa = sum_four(acc0->aa, acc1->aa, acc2->aa, acc3->aa);
	*bb = sum_four(acc0->bb, acc1->bb, acc2->bb, acc3->bb);
}

static inline TRL_TARGET_AVX512 __m512
add_absolute_diff(__m512 acc, __m512 a, __m512 b)
{
	return _mm512_add_ps(acc, _mm512_abs_ps(_mm512_sub_ps(a, b)));
}

#endif							/* TRL_ARCH_X86_64 */

#endif							/* TRL_KERNELS_STEPS_AVX512_H */
