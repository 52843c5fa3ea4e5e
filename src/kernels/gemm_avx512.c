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

/*
 * The four-element groups of four vectors transposed: in each quarter, row q
 * of the result has element q of each vector.
 */
static inline TRL_TARGET_AVX512 void
transpose_quarters(__m512 v[4])
{
	__m512		low01 = _mm512_unpacklo_ps(v[0], v[1]);
	__m512		high01 = _mm512_unpackhi_ps(v[0], v[1]);
	__m512		low23 = _mm512_unpacklo_ps(v[2], v[3]);
	__m512		high23 = _mm512_unpackhi_ps(v[2], v[3]);

	v[0] = _mm512_shuffle_ps(low01, low23, 0x44);
	v[1] = _mm512_shuffle_ps(low01, low23, 0xEE);
	v[2] = _mm512_shuffle_ps(high01, high23, 0x44);
	v[3] = _mm512_shuffle_ps(high01, high23, 0xEE);
}

/* Quarter i of the four vectors becomes vector i. */
static inline TRL_TARGET_AVX512 void
exchange_quarters(__m512 *a, __m512 *b, __m512 *c, __m512 *d)
{
	__m512		ab_even = _mm512_shuffle_f32x4(*a, *b, 0x88);
	__m512		ab_odd = _mm512_shuffle_f32x4(*a, *b, 0xDD);
	__m512		cd_even = _mm512_shuffle_f32x4(*c, *d, 0x88);
	__m512		cd_odd = _mm512_shuffle_f32x4(*c, *d, 0xDD);

	*a = _mm512_shuffle_f32x4(ab_even, cd_even, 0x88);
	*b = _mm512_shuffle_f32x4(ab_odd, cd_odd, 0x88);
	*c = _mm512_shuffle_f32x4(ab_even, cd_even, 0xDD);
	*d = _mm512_shuffle_f32x4(ab_odd, cd_odd, 0xDD);
}

/* Sixteen elements, or those of the mask, of sixteen rows. */
static inline TRL_TARGET_AVX512 void
pack_square(const float *b, size_t ldb, size_t count, float *panel)
{
	__mmask16	mask = (__mmask16) ((1u << count) - 1);
	__m512		v[4][4];
	size_t		i;
	size_t		j;

#pragma GCC unroll 4
	for (i = 0; i < 4; i++)
	{
#pragma GCC unroll 4
		for (j = 0; j < 4; j++)
			v[i][j] = _mm512_maskz_loadu_ps(mask, b + (4 * i + j) * ldb);
		transpose_quarters(v[i]);
	}
#pragma GCC unroll 4
	for (j = 0; j < 4; j++)
		exchange_quarters(&v[0][j], &v[1][j], &v[2][j], &v[3][j]);
#pragma GCC unroll 4
	for (i = 0; i < 4; i++)
	{
#pragma GCC unroll 4
		for (j = 0; j < 4; j++)
		{
			if (4 * i + j < count)
				_mm512_storeu_ps(panel + (4 * i + j) * COLS, v[i][j]);
		}
	}
}

static TRL_TARGET_AVX512 void
pack_columns(const float *b, size_t ldb, size_t k, float *panel)
{
	size_t		l;
	size_t		j;

	for (l = 0; l < k; l += WIDTH)
	{
		size_t		count = k - l < WIDTH ? k - l : WIDTH;

		for (j = 0; j < COLS; j += WIDTH)
			pack_square(b + j * ldb + l, ldb, count, panel + l * COLS + j);
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
		.pack = pack_columns,
		.dot = trl_f32_dot_avx512
	};

	trl_gemm_blocked(&shape, a, lda, b, ldb, c, ldc, m, n, k, scratch);
}

#endif							/* TRL_ARCH_X86_64 */
