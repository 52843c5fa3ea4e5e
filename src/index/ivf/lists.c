/*
 * lists.c - the centroids of a build in memory, and the nearest of a row
 *
 * The distances of a batch of rows to some centroids are one product of
 * matrices; the rest is an argmin.  Centroids pass in slices of as many as the
 * product packs together, so that the products stay in the cache, memory does
 * not grow with the lists, and an interrupt waits for one slice alone.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "index/ivf/lists.h"
#include "index/ivf/vectors.h"
#include "kernels/kernels.h"
#include "kernels/scan.h"

#define SLICE 192				/* centroids of one product */
#define LANES 16				/* argmins side by side */
#define PROBED(groups) (((groups) + 7) / 8)

struct TrlAssigner
{
	int			rows;
	int			dims;
	float	   *products;		/* rows * SLICE */
	float	   *best;			/* per row, the greatest score */
	float	   *gathered;		/* rows that probe one group */
	uint32	   *gathered_nearest;
	float	   *gathered_best;
	int		   *members;		/* which rows those are */
	uint8	   *probes;			/* rows * groups: to be probed */
	void	   *scratch;		/* of the product */
};

/* Groups are never more than this: the square root of 65536. */
#define MAX_GROUPS 256

int
trl_lists_groups(int k)
{
	if (k <= TRL_LISTS_FLAT)
		return 1;
	return Min((int) sqrt(k), MAX_GROUPS);
}

Size
trl_lists_size(int k, int dims)
{
	Size		n = (Size) k + trl_lists_groups(k);

	return MAXALIGN(n * dims * sizeof(float)) + MAXALIGN(n * sizeof(float)) +
		MAXALIGN((n + 1) * sizeof(int));
}

void
trl_lists_place(TrlLists *lists, int k, int dims, char *memory)
{
	int			groups = trl_lists_groups(k);
	Size		n = (Size) k + groups;

	lists->dims = dims;
	lists->k = k;
	lists->groups = groups;
	lists->centroids = (float *) memory;
	lists->group_centroids = lists->centroids + (Size) k * dims;
	memory += MAXALIGN(n * dims * sizeof(float));
	lists->half_norms = (float *) memory;
	lists->group_norms = lists->half_norms + k;
	memory += MAXALIGN(n * sizeof(float));
	lists->group_first = (int *) memory;
}

/* Hands out consecutive parts of one piece of memory; counts only if NULL. */
static void *
take(char *memory, Size *used, Size size)
{
	char	   *part = memory == NULL ? NULL : memory + *used;

	*used += TYPEALIGN(64, size);
	return part;
}

/* Lays an assigner out behind itself; returns the bytes. */
static Size
place_assigner(TrlAssigner *a, char *memory, int rows, int dims)
{
	Size		used = 0;

	a->rows = rows;
	a->dims = dims;
	a->products = take(memory, &used, sizeof(float) * SLICE * rows);
	a->best = take(memory, &used, sizeof(float) * rows);
	a->gathered = take(memory, &used, sizeof(float) * rows * dims);
	a->gathered_nearest = take(memory, &used, sizeof(uint32) * rows);
	a->gathered_best = take(memory, &used, sizeof(float) * rows);
	a->members = take(memory, &used, sizeof(int) * rows);
	a->probes = take(memory, &used, (Size) MAX_GROUPS * rows);
	a->scratch = take(memory, &used, TRL_GEMM_SCRATCH);
	return used;
}

Size
trl_assigner_size(int rows, int dims)
{
	TrlAssigner layout;

	return TYPEALIGN(64, sizeof(TrlAssigner)) + 64 +
		place_assigner(&layout, NULL, rows, dims);
}

TrlAssigner *
trl_assigner_create(int rows, int dims)
{
	TrlAssigner *a = MemoryContextAllocHuge(CurrentMemoryContext,
											trl_assigner_size(rows, dims));

	place_assigner(a, (char *) TYPEALIGN(64, a + 1), rows, dims);
	return a;
}

void *
trl_assigner_scratch(TrlAssigner *a)
{
	return a->scratch;
}

/* The running argmin of LANES columns. */
typedef struct Argmin
{
	TrlFloats	scores[LANES / TRL_WIDTH];
	TrlInts		places[LANES / TRL_WIDTH];
} Argmin;

/* The next LANES products; here are their numbers. */
static inline void
step_argmin(Argmin *argmin, const float *products, const float *half_norms,
			TrlInts here)
{
	int			v;

	for (v = 0; v < LANES / TRL_WIDTH; v++)
	{
		TrlFloats	score = trl_load(products + v * TRL_WIDTH) -
		trl_load(half_norms + v * TRL_WIDTH);
		TrlInts		better = score > argmin->scores[v];

		argmin->scores[v] = trl_select(better, score, argmin->scores[v]);
		argmin->places[v] = (better & here) | (~better & argmin->places[v]);
		here += TRL_WIDTH;
	}
}

/*
 * Improves the best score and its number by those of n centroids, numbered
 * from first; of equal scores the lowest number wins.  The least |o - c|^2 is
 * the greatest <o, c> - |c|^2 / 2.
 */
static void
take_best(const float *products, const float *half_norms, int n, int first,
		  float *best, uint32 *nearest)
{
	Argmin		argmin;
	TrlInts		here = {first, first + 1, first + 2, first + 3};
	int			j;
	int			l;

	for (l = 0; l < LANES / TRL_WIDTH; l++)
	{
		argmin.scores[l] = (TrlFloats)
		{
			-FLT_MAX, -FLT_MAX, -FLT_MAX, -FLT_MAX
		};
		argmin.places[l] = here;
	}
	for (j = 0; j + LANES <= n; j += LANES)
	{
		step_argmin(&argmin, products + j, half_norms + j, here);
		here += LANES;
	}
	for (l = 0; l < LANES; l++)
	{
		float		score = argmin.scores[l / TRL_WIDTH][l % TRL_WIDTH];
		uint32		number = (uint32) argmin.places[l / TRL_WIDTH][l % TRL_WIDTH];

		if (score > *best || (score == *best && number < *nearest))
		{
			*best = score;
			*nearest = number;
		}
	}
	for (; j < n; j++)
	{
		float		score = products[j] - half_norms[j];

		if (score > *best)
		{
			*best = score;
			*nearest = (uint32) (first + j);
		}
	}
}

/* Improves best and nearest, which are filled, by k centroids from first. */
static void
improve(TrlAssigner *a, const float *rows, int m, const float *centroids,
		const float *half_norms, int k, int first, float *best,
		uint32 *nearest)
{
	int			dims = a->dims;
	int			i;
	int			j;

	for (j = 0; j < k; j += SLICE)
	{
		int			n = Min(SLICE, k - j);

		CHECK_FOR_INTERRUPTS();
		trl_scan_kernels->gemm_nt(rows, dims, centroids + (Size) j * dims, dims,
								  a->products, SLICE, m, n, dims, a->scratch);
		for (i = 0; i < m; i++)
			take_best(a->products + (Size) i * SLICE, half_norms + j, n,
					  first + j, &best[i], &nearest[i]);
	}
}

static void
begin_best(float *best, uint32 *nearest, int m, uint32 number)
{
	int			i;

	for (i = 0; i < m; i++)
	{
		best[i] = -FLT_MAX;
		nearest[i] = number;
	}
}

void
trl_assign_flat(TrlAssigner *a, const float *rows, int m,
				const float *centroids, const float *half_norms, int k,
				uint32 *nearest)
{
	Assert(m <= a->rows);
	begin_best(a->best, nearest, m, 0);
	improve(a, rows, m, centroids, half_norms, k, 0, a->best, nearest);
}

/* Marks, in a row's probes, the nearest of the groups. */
static void
choose_groups(const TrlLists *lists, const float *products, uint8 *probes)
{
	float		scores[MAX_GROUPS];
	int			groups = lists->groups;
	int			i;
	int			j;

	memset(probes, 0, groups);
	for (j = 0; j < groups; j++)
		scores[j] = products[j] - lists->group_norms[j];
	for (i = 0; i < PROBED(groups); i++)
	{
		int			best = 0;

		for (j = 1; j < groups; j++)
		{
			if (scores[j] > scores[best])
				best = j;
		}
		probes[best] = 1;
		scores[best] = -FLT_MAX;
	}
}

/* Searches the lists of one group for the rows that probe it. */
static void
assign_group(TrlAssigner *a, const TrlLists *lists, int group,
			 const float *rows, int m, uint32 *nearest)
{
	int			dims = a->dims;
	int			first = lists->group_first[group];
	int			n = 0;
	int			i;

	for (i = 0; i < m; i++)
	{
		if (!a->probes[(Size) i * MAX_GROUPS + group])
			continue;
		a->members[n] = i;
		a->gathered_best[n] = a->best[i];
		a->gathered_nearest[n] = nearest[i];
		memcpy(a->gathered + (Size) n * dims, rows + (Size) i * dims,
			   sizeof(float) * dims);
		n++;
	}
	if (n == 0)
		return;
	improve(a, a->gathered, n, lists->centroids + (Size) first * dims,
			lists->half_norms + first, lists->group_first[group + 1] - first,
			first, a->gathered_best, a->gathered_nearest);
	for (i = 0; i < n; i++)
	{
		a->best[a->members[i]] = a->gathered_best[i];
		nearest[a->members[i]] = a->gathered_nearest[i];
	}
}

void
trl_assign(TrlAssigner *a, const TrlLists *lists, const float *rows, int m,
		   uint32 *nearest)
{
	int			dims = a->dims;
	int			chunk = a->rows * SLICE / MAX_GROUPS;
	int			i;
	int			group;

	if (lists->groups == 1)
	{
		trl_assign_flat(a, rows, m, lists->centroids, lists->half_norms,
						lists->k, nearest);
		return;
	}
	Assert(m <= a->rows);
	chunk = Max(chunk, 1);
	for (i = 0; i < m; i += chunk)
	{
		int			here = Min(chunk, m - i);
		int			j;

		CHECK_FOR_INTERRUPTS();
		trl_scan_kernels->gemm_nt(rows + (Size) i * dims, dims,
								  lists->group_centroids, dims, a->products,
								  MAX_GROUPS, here, lists->groups, dims,
								  a->scratch);
		for (j = 0; j < here; j++)
			choose_groups(lists, a->products + (Size) j * MAX_GROUPS,
						  a->probes + (Size) (i + j) * MAX_GROUPS);
	}
	begin_best(a->best, nearest, m, 0);
	for (group = 0; group < lists->groups; group++)
	{
		if (lists->group_first[group + 1] > lists->group_first[group])
			assign_group(a, lists, group, rows, m, nearest);
	}
}
