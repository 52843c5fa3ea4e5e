/*
 * gemm.h - the blocking that all levels' products of matrices share
 *
 * Private to this room.  A level brings a micro-kernel, which multiplies
 * one tile out of packed operands; gemm.c packs and walks over the tiles.
 */
#ifndef TRL_KERNELS_GEMM_H
#define TRL_KERNELS_GEMM_H

#include "kernels/scan_internal.h"

/* Terms that are added up before the tile is put down. */
#define TRL_GEMM_DEPTH 384

/*
 * Floats from one packed row of a to the next: a cache line more than the
 * depth, so that rows do not fall into the same cache sets.
 */
#define TRL_GEMM_A_STRIDE (TRL_GEMM_DEPTH + 16)

/* Largest tile of any level, in floats. */
#define TRL_GEMM_MAX_TILE (12 * 32)

/*
 * Sums of k terms for one tile: c[i * ldc + j] gets, or with add is increased
 * by, sum over l < k of a[i * TRL_GEMM_A_STRIDE + l] * b[l * cols + j].
 */
typedef void TrlGemmTile(const float *a, const float *b, size_t k, bool add,
						 float *c, size_t ldc);

/* Makes columns of cols rows of b: panel[l * cols + j] = b[j * ldb + l]. */
typedef void TrlGemmPack(const float *b, size_t ldb, size_t k, float *panel);

typedef struct TrlGemmShape
{
	size_t		rows;			/* of c in a tile */
	size_t		cols;
	TrlGemmTile *tile;
	TrlGemmPack *pack;			/* for full panels; NULL for plain C */
	TrlF32Pair *dot;			/* for products too small to pack */
} TrlGemmShape;

/* gemm_nt by blocks. */
extern void trl_gemm_blocked(const TrlGemmShape *shape, const float *a,
							 size_t lda, const float *b, size_t ldb,
							 float *c, size_t ldc, size_t m, size_t n,
							 size_t k, float *scratch);

#endif							/* TRL_KERNELS_GEMM_H */
