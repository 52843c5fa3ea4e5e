/*
 * gemm_scalar.c - inner products of the rows of two matrices in plain C
 *
 * The tile of 4 by 8 is small enough for the accumulators to stay in the
 * registers of any 64-bit machine's baseline, eight columns being two vectors.
 */
#include "kernels/gemm.h"

#define ROWS 4
#define COLS 8

static void
multiply_tile(const float *a, const float *b, size_t k, bool add, float *c,
			  size_t ldc)
{
	float		acc[ROWS][COLS] = {{0.0f}};
	size_t		i;
	size_t		j;
	size_t		l;

	for (l = 0; l < k; l++)
	{
#pragma GCC unroll 4
		for (i = 0; i < ROWS; i++)
		{
			float		one = a[i * TRL_GEMM_A_STRIDE + l];

#pragma GCC unroll 8
			for (j = 0; j < COLS; j++)
				acc[i][j] += one * b[l * COLS + j];
		}
	}
	for (i = 0; i < ROWS; i++)
	{
		for (j = 0; j < COLS; j++)
			c[i * ldc + j] = add ? c[i * ldc + j] + acc[i][j] : acc[i][j];
	}
}

void
trl_gemm_nt_scalar(const float *a, size_t lda, const float *b, size_t ldb,
				   float *c, size_t ldc, size_t m, size_t n, size_t k,
				   void *scratch)
{
	static const TrlGemmShape shape = {
		.rows = ROWS,
		.cols = COLS,
		.tile = multiply_tile,
		.dot = trl_f32_dot_scalar
	};

	trl_gemm_blocked(&shape, a, lda, b, ldb, c, ldc, m, n, k, scratch);
}
