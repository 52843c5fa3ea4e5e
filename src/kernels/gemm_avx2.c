/*
 * gemm_avx2.c - inner products of the rows of two matrices for AVX2
 *
 * The tile of 6 by 16 keeps 12 accumulators, two vectors of b and one element
 * of a in the 16 registers: 12 fused multiply-adds for 8 loads.
 */
#include "kernels/gemm.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define ROWS 6
#define COLS 16
#define WIDTH 8					/* floats per vector */

static TRL_TARGET_AVX2 void
multiply_tile(const float *a, const float *b, size_t k, bool add, float *c,
			  size_t ldc)
{
	__m256		acc[ROWS][2];
	size_t		i;
	size_t		l;

#pragma GCC unroll 6
	for (i = 0; i < ROWS; i++)
	{
		acc[i][0] = _mm256_setzero_ps();
		acc[i][1] = _mm256_setzero_ps();
	}
	for (l = 0; l < k; l++)
	{
		__m256		b0 = _mm256_loadu_ps(b + l * COLS);
		__m256		b1 = _mm256_loadu_ps(b + l * COLS + WIDTH);

#pragma GCC unroll 6
		for (i = 0; i < ROWS; i++)
		{
			__m256		one = _mm256_set1_ps(a[i * TRL_GEMM_A_STRIDE + l]);

			acc[i][0] = _mm256_fmadd_ps(one, b0, acc[i][0]);
			acc[i][1] = _mm256_fmadd_ps(one, b1, acc[i][1]);
		}
	}
#pragma GCC unroll 6
	for (i = 0; i < ROWS; i++)
	{
		float	   *row = c + i * ldc;

		if (add)
		{
			acc[i][0] = _mm256_add_ps(acc[i][0], _mm256_loadu_ps(row));
			acc[i][1] = _mm256_add_ps(acc[i][1],
									  _mm256_loadu_ps(row + WIDTH));
		}
		_mm256_storeu_ps(row, acc[i][0]);
		_mm256_storeu_ps(row + WIDTH, acc[i][1]);
	}
}

void
trl_gemm_nt_avx2(const float *a, size_t lda, const float *b, size_t ldb,
				 float *c, size_t ldc, size_t m, size_t n, size_t k,
				 void *scratch)
{
	static const TrlGemmShape shape = {
		.rows = ROWS,
		.cols = COLS,
		.tile = multiply_tile,
		.dot = trl_f32_dot_avx2
	};

	trl_gemm_blocked(&shape, a, lda, b, ldb, c, ldc, m, n, k, scratch);
}

#endif							/* TRL_ARCH_X86_64 */
