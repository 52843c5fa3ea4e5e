/*
 * kmeans.h - centroids of a sample
 */
#ifndef TRL_INDEX_IVF_KMEANS_H
#define TRL_INDEX_IVF_KMEANS_H

#include "postgres.h"

/*
 * Lloyd's algorithm over n rows of dims floats, k <= n centroids into room
 * for k * dims floats.  Deterministic for a seed.  Interruptible; scratch
 * memory, about 4 * (k + 512) * 512 bytes, is freed.
 */
extern void trl_kmeans(const float *rows, int n, int dims, int k, uint64 seed,
					   float *centroids);

/*
 * For m rows (m <= TRL_ASSIGN_ROWS) the nearest of k centroids, by squared
 * distance: its number in nearest.  half_norms holds half of each
 * centroid's squared norm, products room for TRL_ASSIGN_ROWS * k floats,
 * scratch TRL_GEMM_SCRATCH bytes aligned to 64.
 */
#define TRL_ASSIGN_ROWS 256

extern void trl_assign(const float *rows, int m, int dims,
					   const float *centroids, const float *half_norms, int k,
					   float *products, void *scratch, uint32 *nearest);

#endif							/* TRL_INDEX_IVF_KMEANS_H */
