/*
 * gemm_avx512.c - inner products of the rows of two matrices for AVX-512
 *
 * The tile of 12 by 32 keeps 24 accumulators, two vectors of b and one
 * element of a in the 32 registers: 24 fused multiply-adds for 14 loads.
 */
#include "kernels/gemm.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define ROWS 12
#define COLS 32
#define WIDTH 16				/* floats per vector */

static TRL_TARGET_AVX512 void
multiply_tile(const float *a, const float *b, size_t k, bool add, float *c,
			  size_t ldc)
{
	__m512		acc[ROWS][2];
	size_t		i;
	size_t		l;

#pragma GCC unroll 12
	for (i = 0; i < ROWS; i++)
	{
		acc[i][0] = _mm512_setzero_ps();
		acc[i][1] = _mm512_setzero_ps();
	}
	for (l = 0; l < k; l++)
	{
		__m512		b0 = _mm512_loadu_ps(b + l * COLS);
		__m512		b1 = _mm512_loadu_ps(b + l * COLS + WIDTH);

#pragma GCC unroll 12
		for (i = 0; i < ROWS; i++)
		{
			__m512		one = _mm512_set1_ps(a[i * TRL_GEMM_A_STRIDE + l]);

			acc[i][0] = _mm512_fmadd_ps(one, b0, acc[i][0]);
			acc[i][1] = _mm512_fmadd_ps(one, b1, acc[i][1]);
		}
	}
#pragma GCC unroll 12
	for (i = 0; i < ROWS; i++)
	{
		float	   *row = c + i * ldc;

		if (add)
		{
			acc[i][0] = _mm512_add_ps(acc[i][0], _mm512_loadu_ps(row));
			acc[i][1] = _mm512_add_ps(acc[i][1],
									  _mm512_loadu_ps(row + WIDTH));
		}
		_mm512_storeu_ps(row, acc[i][0]);
		_mm512_storeu_ps(row + WIDTH, acc[i][1]);
	}
}

void
trl_gemm_nt_avx512(const float *a, size_t lda, const float *b, size_t ldb,
				   float *c, size_t ldc, size_t m, size_t n, size_t k,
				   void *scratch)
{
	static const TrlGemmShape shape = {
		.rows = ROWS,
		.cols = COLS,
		.tile = multiply_tile,
		.dot = trl_f32_dot_avx512
	};

	trl_gemm_blocked(&shape, a, lda, b, ldb, c, ldc, m, n, k, scratch);
}

#endif							/* TRL_ARCH_X86_64 */
