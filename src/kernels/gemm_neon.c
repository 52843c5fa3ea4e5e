/*
 * gemm_neon.c - inner products of the rows of two matrices for AArch64
 *
 * The tile of 6 by 16 keeps 24 accumulators, four vectors of b and one element
 * of a in the 32 registers: 24 fused multiply-adds for 10 loads.
 */
#include "kernels/gemm.h"

#ifdef TRL_ARCH_AARCH64

#include <arm_neon.h>

#define ROWS 6
#define COLS 16
#define WIDTH 4					/* floats per vector */
#define VECTORS (COLS / WIDTH)

static void
multiply_tile(const float *a, const float *b, size_t k, bool add, float *c,
			  size_t ldc)
{
	float32x4_t acc[ROWS][VECTORS];
	size_t		i;
	size_t		j;
	size_t		l;

	for (i = 0; i < ROWS; i++)
	{
		for (j = 0; j < VECTORS; j++)
			acc[i][j] = add ? vld1q_f32(c + i * ldc + j * WIDTH) :
				vdupq_n_f32(0.0f);
	}
	for (l = 0; l < k; l++)
	{
		float32x4_t columns[VECTORS];

#pragma GCC unroll 4
		for (j = 0; j < VECTORS; j++)
			columns[j] = vld1q_f32(b + l * COLS + j * WIDTH);
#pragma GCC unroll 6
		for (i = 0; i < ROWS; i++)
		{
			float32x4_t one = vdupq_n_f32(a[i * TRL_GEMM_A_STRIDE + l]);

#pragma GCC unroll 4
			for (j = 0; j < VECTORS; j++)
				acc[i][j] = vfmaq_f32(acc[i][j], one, columns[j]);
		}
	}
	for (i = 0; i < ROWS; i++)
	{
		for (j = 0; j < VECTORS; j++)
			vst1q_f32(c + i * ldc + j * WIDTH, acc[i][j]);
	}
}

void
trl_gemm_nt_neon(const float *a, size_t lda, const float *b, size_t ldb,
				 float *c, size_t ldc, size_t m, size_t n, size_t k,
				 void *scratch)
{
	static const TrlGemmShape shape = {
		.rows = ROWS,
		.cols = COLS,
		.tile = multiply_tile,
		.dot = trl_f32_dot_neon
	};

	trl_gemm_blocked(&shape, a, lda, b, ldb, c, ldc, m, n, k, scratch);
}

#endif							/* TRL_ARCH_AARCH64 */
