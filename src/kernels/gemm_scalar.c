/*
 * gemm_scalar.c - inner products of the rows of two matrices in plain C
 */
#include "kernels/scan_internal.h"

void
trl_gemm_nt_scalar(const float *a, size_t lda, const float *b, size_t ldb,
				   float *c, size_t ldc, size_t m, size_t n, size_t k,
				   void *scratch)
{
	size_t		i;
	size_t		j;

	(void) scratch;
	for (i = 0; i < m; i++)
	{
		for (j = 0; j < n; j++)
			c[i * ldc + j] = trl_f32_dot_scalar(a + i * lda, b + j * ldb, k);
	}
}
