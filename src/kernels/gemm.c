/*
 * gemm.c - products of matrices by blocks that fit the caches
 *
 * Three loops cut the product into blocks: columns of c, terms of the sums,
 * rows of c.  The block of b is packed once per (columns, terms) and stays in
 * the second-level cache while all rows pass; the block of a is packed per
 * (rows, terms).  Rows of a only move together, since the micro-kernel wants
 * single elements of them; rows of b become columns, of which it wants
 * vectors.  What lacks to a full tile is zeros, and is not put down.
 * (Goto and van de Geijn, ACM TOMS 34(3), 2008.)
 */
#include <string.h>

#include "kernels/gemm.h"

#define BLOCK_ROWS 36			/* a multiple of every level's tile */
#define BLOCK_COLS 288			/* likewise */
#define FEW 3					/* rows or columns not worth packing */

/* The parts of the scratch. */
#define PACKED_A (BLOCK_ROWS * TRL_GEMM_A_STRIDE)
#define PACKED_B (BLOCK_COLS * TRL_GEMM_DEPTH)

_Static_assert((PACKED_A + PACKED_B) * sizeof(float) <= TRL_GEMM_SCRATCH,
			   "the packed blocks exceed the scratch");

/* Rows and columns of a block, and the terms it covers. */
typedef struct Block
{
	size_t		m;
	size_t		n;
	size_t		k;
} Block;

static size_t
smaller(size_t x, size_t y)
{
	return x < y ? x : y;
}

static void
by_single_dots(const TrlGemmShape *shape, const float *a, size_t lda,
			   const float *b, size_t ldb, float *c, size_t ldc,
			   const Block *all)
{
	size_t		i;
	size_t		j;

	for (i = 0; i < all->m; i++)
	{
		for (j = 0; j < all->n; j++)
			c[i * ldc + j] = shape->dot(a + i * lda, b + j * ldb, all->k);
	}
}

/* Copies the rows together, and zeros for those that fill the last tile. */
static void
pack_a(const TrlGemmShape *shape, const float *a, size_t lda,
	   const Block *block, float *packed)
{
	size_t		i;

	for (i = 0; i < block->m; i++)
		memcpy(packed + i * TRL_GEMM_A_STRIDE, a + i * lda,
			   block->k * sizeof(float));
	for (; i % shape->rows != 0; i++)
		memset(packed + i * TRL_GEMM_A_STRIDE, 0, block->k * sizeof(float));
}

/*
 * Makes columns of n rows of b: panel[l * cols + j] = b[j * ldb + l].  Goes
 * by 16 elements, so that what is written stays in few cache lines.
 */
static void
pack_panel(const float *b, size_t ldb, size_t n, size_t k, float *panel,
		   size_t cols)
{
	size_t		start;
	size_t		j;
	size_t		l;

	for (start = 0; start < k; start += 16)
	{
		size_t		end = smaller(k, start + 16);

		for (j = 0; j < n; j++)
		{
			for (l = start; l < end; l++)
				panel[l * cols + j] = b[j * ldb + l];
		}
	}
}

static void
pack_b(const TrlGemmShape *shape, const float *b, size_t ldb,
	   const Block *block, float *packed)
{
	size_t		j;

	for (j = 0; j < block->n; j += shape->cols)
	{
		size_t		cols = smaller(shape->cols, block->n - j);
		float	   *panel = packed + j * block->k;

		if (cols == shape->cols && shape->pack != NULL)
		{
			shape->pack(b + j * ldb, ldb, block->k, panel);
			continue;
		}
		if (cols < shape->cols)
			memset(panel, 0, shape->cols * block->k * sizeof(float));
		pack_panel(b + j * ldb, ldb, cols, block->k, panel, shape->cols);
	}
}

/* One tile at the lower or right edge: made in full, put down in part. */
static void
edge_tile(const TrlGemmShape *shape, const float *a, const float *b,
		  const Block *tile, bool add, float *c, size_t ldc)
{
	float		full[TRL_GEMM_MAX_TILE];
	size_t		i;
	size_t		j;

	shape->tile(a, b, tile->k, false, full, shape->cols);
	for (i = 0; i < tile->m; i++)
	{
		const float *from = full + i * shape->cols;
		float	   *to = c + i * ldc;

		for (j = 0; j < tile->n; j++)
			to[j] = add ? to[j] + from[j] : from[j];
	}
}

static void
multiply_block(const TrlGemmShape *shape, const float *a, const float *b,
			   const Block *block, bool add, float *c, size_t ldc)
{
	size_t		i;
	size_t		j;

	for (i = 0; i < block->m; i += shape->rows)
	{
		for (j = 0; j < block->n; j += shape->cols)
		{
			Block		tile = {
				smaller(shape->rows, block->m - i),
				smaller(shape->cols, block->n - j),
				block->k
			};
			const float *rows = a + i * TRL_GEMM_A_STRIDE;
			const float *panel = b + j * block->k;
			float	   *corner = c + i * ldc + j;

			if (tile.m == shape->rows && tile.n == shape->cols)
				shape->tile(rows, panel, tile.k, add, corner, ldc);
			else
				edge_tile(shape, rows, panel, &tile, add, corner, ldc);
		}
	}
}

/* Terms per block: equal parts, so that no last one is short. */
static size_t
depth_of(size_t k)
{
	size_t		parts = (k + TRL_GEMM_DEPTH - 1) / TRL_GEMM_DEPTH;

	return (k + parts - 1) / parts;
}

void
trl_gemm_blocked(const TrlGemmShape *shape, const float *a, size_t lda,
				 const float *b, size_t ldb, float *c, size_t ldc,
				 size_t m, size_t n, size_t k, float *scratch)
{
	Block		block = {m, n, k};
	size_t		depth;
	size_t		i;
	size_t		j;
	size_t		l;

	if (m <= FEW || n <= FEW || k == 0)
	{
		by_single_dots(shape, a, lda, b, ldb, c, ldc, &block);
		return;
	}
	depth = depth_of(k);
	for (j = 0; j < n; j += BLOCK_COLS)
	{
		block.n = smaller(BLOCK_COLS, n - j);
		for (l = 0; l < k; l += depth)
		{
			block.k = smaller(depth, k - l);
			pack_b(shape, b + j * ldb + l, ldb, &block, scratch + PACKED_A);
			for (i = 0; i < m; i += BLOCK_ROWS)
			{
				block.m = smaller(BLOCK_ROWS, m - i);
				pack_a(shape, a + i * lda + l, lda, &block, scratch);
				multiply_block(shape, scratch, scratch + PACKED_A, &block,
							   l > 0, c + i * ldc + j, ldc);
			}
		}
	}
}
