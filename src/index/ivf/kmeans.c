/*
 * kmeans.c - centroids of a sample, by Lloyd's algorithm
 *
 * The distances of a slice of rows to all centroids are one product of
 * matrices; the rest is an argmin.  A centroid that loses all its rows takes
 * half of the largest cluster.
 *
 * Locks and WAL: none.  Memory: the caller's context.
 */
#include "postgres.h"

#include <float.h>

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "index/ivf/kmeans.h"
#include "kernels/kernels.h"
#include "kernels/scan.h"

#define ITERATIONS 8

void
trl_assign(const float *rows, int m, int dims, const float *centroids,
		   const float *half_norms, int k, float *products, void *scratch,
		   uint32 *nearest)
{
	int			i;

	trl_scan_kernels->gemm_nt(rows, dims, centroids, dims, products, k, m, k,
							  dims, scratch);
	for (i = 0; i < m; i++)
	{
		const float *product = products + (Size) i * k;
		float		best = -FLT_MAX;
		int			j;

		/* the least |o - c|^2 is the greatest <o, c> - |c|^2 / 2 */
		nearest[i] = 0;
		for (j = 0; j < k; j++)
		{
			float		score = product[j] - half_norms[j];

			if (score > best)
			{
				best = score;
				nearest[i] = (uint32) j;
			}
		}
	}
}

/* Half of each centroid's squared norm. */
static void
measure_norms(const float *centroids, int k, int dims, float *half_norms)
{
	int			j;

	for (j = 0; j < k; j++)
		half_norms[j] = 0.5f *
			(float) trl_kernels->f32_sum_squares(centroids + (Size) j * dims, dims);
}

/* Puts k different rows in front as the first centroids. */
static void
choose_rows(const float *rows, int n, int dims, int k, uint64 seed,
			float *centroids)
{
	pg_prng_state random;
	int		   *order = palloc(sizeof(int) * n);
	int			i;

	pg_prng_seed(&random, seed);
	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = 0; i < k; i++)
	{
		int			j = (int) pg_prng_uint64_range(&random, i, n - 1);
		int			swap = order[i];

		order[i] = order[j];
		order[j] = swap;
		memcpy(centroids + (Size) i * dims, rows + (Size) order[i] * dims,
			   sizeof(float) * dims);
	}
	pfree(order);
}

/* Moves each centroid to the mean of its rows; counts are set. */
static void
move_centroids(const float *rows, int n, int dims, int k,
			   const uint32 *nearest, int *counts, float *centroids)
{
	int			i;
	int			j;

	memset(centroids, 0, sizeof(float) * (Size) k * dims);
	memset(counts, 0, sizeof(int) * k);
	for (i = 0; i < n; i++)
	{
		float	   *centroid = centroids + (Size) nearest[i] * dims;
		const float *row = rows + (Size) i * dims;

		counts[nearest[i]]++;
		for (j = 0; j < dims; j++)
			centroid[j] += row[j];
	}
	for (i = 0; i < k; i++)
	{
		float	   *centroid = centroids + (Size) i * dims;
		float		share = counts[i] > 0 ? 1.0f / counts[i] : 0;

		for (j = 0; j < dims; j++)
			centroid[j] *= share;
	}
}

/* Centroids without rows take half of the largest cluster. */
static void
fill_empty(int dims, int k, int *counts, float *centroids)
{
	int			i;
	int			j;

	for (i = 0; i < k; i++)
	{
		int			largest = 0;

		if (counts[i] > 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (j = 1; j < k; j++)
		{
			if (counts[j] > counts[largest])
				largest = j;
		}
		for (j = 0; j < dims; j++)
		{
			float	   *from = centroids + (Size) largest * dims + j;
			float		nudge = (j % 2 == 0) ? 1.001f : 0.999f;

			centroids[(Size) i * dims + j] = *from * nudge;
			*from *= 2 - nudge;
		}
		counts[i] = counts[largest] / 2;
		counts[largest] -= counts[i];
	}
}

void
trl_kmeans(const float *rows, int n, int dims, int k, uint64 seed,
		   float *centroids)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis k-means",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	float	   *half_norms = palloc(sizeof(float) * k);
	float	   *products = MemoryContextAllocHuge(context,
												  sizeof(float) * TRL_ASSIGN_ROWS * (Size) k);
	void	   *scratch = (void *)
		TYPEALIGN(64, palloc(TRL_GEMM_SCRATCH + 64));
	uint32	   *nearest = MemoryContextAllocHuge(context, sizeof(uint32) * (Size) n);
	int		   *counts = palloc(sizeof(int) * k);
	int			iteration;
	int			i;

	choose_rows(rows, n, dims, k, seed, centroids);
	for (iteration = 0; iteration < ITERATIONS; iteration++)
	{
		measure_norms(centroids, k, dims, half_norms);
		for (i = 0; i < n; i += TRL_ASSIGN_ROWS)
		{
			CHECK_FOR_INTERRUPTS();
			trl_assign(rows + (Size) i * dims, Min(TRL_ASSIGN_ROWS, n - i), dims,
					   centroids, half_norms, k, products, scratch, nearest + i);
		}
		move_centroids(rows, n, dims, k, nearest, counts, centroids);
		fill_empty(dims, k, counts, centroids);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
