/*
 * kernels_gemm_test.c - products of matrices against sums of doubles
 *
 * Goal: the promises of kernels/scan.h.  Sizes lie around those of every
 * level's tiles and around the blocks; rows are longer than what is used, so
 * that a wrong distance shows; on integers the products must be exact.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/scan.h"
#include "kernels_test.h"

#define MAX_A (300 * 500)
#define MAX_B (420 * 500)
#define MAX_C (300 * 430)
#define GAP 3					/* elements between rows */

typedef void Gemm(const float *a, size_t lda, const float *b,
				  size_t ldb, float *c, size_t ldc, size_t m,
				  size_t n, size_t k, void *scratch);

typedef struct Size
{
	size_t		m;
	size_t		n;
	size_t		k;
} Size;

static const float poison = 3.0e38f;
static Arena arena_a;
static Arena arena_b;
static Arena arena_c;
static Arena arena_scratch;
static float a[MAX_A];
static float b[MAX_B];
static float c[MAX_C];
static Size size;
static bool integers;
static Gemm * gemm;

static void
fill(float *values, size_t rows)
{
	size_t		i;
	size_t		l;
	size_t		stride = size.k + GAP;

	for (i = 0; i < rows; i++)
	{
		for (l = 0; l < stride; l++)
		{
			float		value = random_unit();

			if (integers)
				value = (float) (int) (value * 16.0f);
			values[i * stride + l] = l < size.k ? value : poison;
		}
	}
}

static bool
is_right(float result, size_t i, size_t j)
{
	const float *row = a + i * (size.k + GAP);
	const float *column = b + j * (size.k + GAP);
	double		sum = 0.0;
	double		magnitude = 0.0;
	size_t		l;

	for (l = 0; l < size.k; l++)
	{
		double		term = (double) row[l] * (double) column[l];

		sum += term;
		magnitude += fabs(term);
	}
	if (integers)
		return (double) result == sum;
	return fabs((double) result - sum) <=
		(double) (size.k + 4) * (double) FLOAT_ROUNDOFF * magnitude;
}

/* Floats of a matrix whose last row has no gap behind it. */
static size_t
extent(size_t rows, size_t cols)
{
	return rows == 0 ? 0 : (rows - 1) * (cols + GAP) + cols;
}

/* Puts the operands in place and multiplies; returns where c stands. */
static float *
multiply(void)
{
	size_t		stride = size.k + GAP;
	float	   *result;

	memset(arena_scratch.start, 0xFF, TRL_GEMM_SCRATCH);	/* NaNs */
	result = place(&arena_c, c, extent(size.m, size.n), sizeof(float),
				   &poison, 0);
	gemm(place(&arena_a, a, extent(size.m, size.k), sizeof(float), &poison, 1),
		 stride,
		 place(&arena_b, b, extent(size.n, size.k), sizeof(float), &poison, 2),
		 stride, result, size.n + GAP, size.m, size.n, size.k,
		 arena_scratch.start);
	return result;
}

static void
run_product(void)
{
	size_t		i;
	size_t		j;
	bool		right = true;
	bool		kept = true;
	float	   *result;

	fill(a, size.m);
	fill(b, size.n);
	for (i = 0; i < extent(size.m, size.n); i++)
		c[i] = poison;
	result = multiply();
	for (i = 0; i < size.m; i++)
	{
		const float *row = result + i * (size.n + GAP);

		for (j = 0; j < size.n; j++)
			right = right && is_right(row[j], i, j);
		for (j = size.n; j < size.n + GAP && i + 1 < size.m; j++)
			kept = kept && row[j] == poison;
	}
	check(right, "each element is its rows' inner product");
	check(kept, "nothing is written between the rows");
}

/* What is not a number stays in its row and its column. */
static void
run_poisoned(void)
{
	size_t		i;
	size_t		j;
	bool		right = true;
	float	   *result;

	fill(a, size.m);
	fill(b, size.n);
	a[size.m / 2 * (size.k + GAP)] = NAN;
	b[size.n / 3 * (size.k + GAP) + size.k - 1] = INFINITY;
	result = multiply();
	for (i = 0; i < size.m; i++)
	{
		for (j = 0; j < size.n; j++)
		{
			bool		finite = isfinite(result[i * (size.n + GAP) + j]);

			right = right && finite == (i != size.m / 2 && j != size.n / 3);
		}
	}
	check(right, "what is not finite stays in its row and column");
}

static void
check_size(size_t m, size_t n, size_t k)
{
	size.m = m;
	size.n = n;
	size.k = k;
	now.n = m * 1000000 + n * 1000 + k;
	integers = false;
	now.regime = "normal";
	guarded(run_product);
	integers = true;
	now.regime = "integers";
	guarded(run_product);
}

static void
check_sizes(void)
{
	static const size_t rows[] = {0, 1, 3, 4, 5, 6, 7, 12, 13, 14, 15, 29};
	static const size_t cols[] = {0, 1, 3, 4, 8, 9, 16, 17, 31, 32, 33, 65};
	static const size_t terms[] = {0, 1, 2, 15, 16, 17, 33, 64};
	size_t		i;
	size_t		j;
	size_t		l;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		for (j = 0; j < sizeof(cols) / sizeof(cols[0]); j++)
		{
			for (l = 0; l < sizeof(terms) / sizeof(terms[0]); l++)
			{
				now.placement = (Placement) ((i + j + l) % NUM_PLACEMENTS);
				check_size(rows[i], cols[j], terms[l]);
			}
		}
	}
}

static void
check_large(void)
{
	now.placement = PLACE_BEFORE_GUARD;
	check_size(13, 35, 384);
	check_size(13, 35, 385);
	check_size(8, 20, 1537);
	check_size(281, 401, 20);
	check_size(133, 193, 400);
	check_size(50, 7, 2300);
	size.m = 30;
	size.n = 70;
	size.k = 500;
	integers = false;
	now.regime = "not finite";
	guarded(run_poisoned);
}

void
check_gemm(void)
{
	if (arena_a.start == NULL)
	{
		arena_a = arena_create(sizeof(a) + 32 * sizeof(float));
		arena_b = arena_create(sizeof(b) + 32 * sizeof(float));
		arena_c = arena_create(sizeof(c) + 32 * sizeof(float));
		arena_scratch = arena_create(TRL_GEMM_SCRATCH);
	}
	now.kernel = "gemm_nt";
	gemm = trl_scan_kernels->gemm_nt;
	check_sizes();
	check_large();
}
