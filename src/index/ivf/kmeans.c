/*
 * kmeans.c - centroids of a sample, by Lloyd's algorithm
 *
 * A round is three steps: each row's nearest centroid; each centroid's mean;
 * and those centroids that have lost all their rows take half of the largest
 * cluster.  Steps are cut into parts that do not depend on who takes them, so
 * that the result does not either: a mean adds its rows up in their order.
 *
 * Many lists are made in two levels: a few clusters, among which the sample is
 * divided, and in each of them its share of the lists.
 *
 * Locks: a barrier among the processes of a team.  WAL: none.  Memory: an
 * assigner, in a context of its own.
 */
#include "postgres.h"

#include <float.h>

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "index/ivf/kmeans.h"
#include "index/ivf/vectors.h"
#include "kernels/kernels.h"

#define MOVE_PARTS 16			/* of the step that makes means */

/* One run of the algorithm: n rows, k <= n clusters. */
typedef struct Level
{
	const float *rows;
	int			n;
	int			dims;
	int			k;
	float	   *centroids;
	float	   *half_norms;
	uint32	   *nearest;
	int		   *counts;
} Level;

/* ---- memory ---- */

void
trl_kmeans_team_init(TrlKmeansTeam *team)
{
	int			i;

	BarrierInit(&team->barrier, 0);
	for (i = 0; i < TRL_KMEANS_STEPS; i++)
		pg_atomic_init_u32(&team->next[i], 0);
}

Size
trl_sample_size(int room, int dims)
{
	return TRL_SAMPLE_ROW_SIZE(dims) * (Size) room + 4 * MAXIMUM_ALIGNOF;
}

void
trl_sample_place(TrlSample *sample, int room, int dims, char *memory)
{
	sample->dims = dims;
	sample->room = room;
	sample->rows = (float *) memory;
	memory += sizeof(float) * dims * room;
	sample->nearest = (uint32 *) memory;
	memory += sizeof(uint32) * room;
	sample->counts = (int *) memory;
	memory += sizeof(int) * room;
	sample->tids = (ItemPointerData *) memory;
}

/* ---- the algorithm ---- */

/* The first centroids: k different rows. */
static void
choose_rows(const Level *level, uint64 seed)
{
	pg_prng_state random;
	int		   *order = (int *) level->nearest; /* not in use yet */
	Size		size = sizeof(float) * level->dims;
	int			i;

	pg_prng_seed(&random, seed);
	for (i = 0; i < level->n; i++)
		order[i] = i;
	for (i = 0; i < level->k; i++)
	{
		int			j = (int) pg_prng_uint64_range(&random, i, level->n - 1);
		int			swap = order[i];

		order[i] = order[j];
		order[j] = swap;
		memcpy((char *) level->centroids + size * i,
			   (const char *) level->rows + size * order[i], size);
	}
}

/* Half of each centroid's squared norm. */
static void
measure_norms(const Level *level)
{
	int			j;

	for (j = 0; j < level->k; j++)
		level->half_norms[j] = 0.5f * (float)
			trl_kernels->f32_sum_squares(level->centroids +
										 (Size) j * level->dims, level->dims);
}

/* Adds a row to a sum; dims is a multiple of 64, as padding makes it. */
static void
add_row(float *restrict sum, const float *restrict row, int dims)
{
	int			j;

	for (j = 0; j < dims; j += TRL_WIDTH)
		trl_store(sum + j, trl_load(sum + j) + trl_load(row + j));
}

/*
 * Makes the clusters from first up to, not including, end the means of those
 * of the first n rows that are theirs.
 */
static void
move_centroids(const Level *level, int n, int first, int end)
{
	int			dims = level->dims;
	int			i;
	int			j;

	memset(level->centroids + (Size) first * dims, 0,
		   sizeof(float) * dims * (end - first));
	memset(level->counts + first, 0, sizeof(int) * (end - first));
	for (i = 0; i < n; i++)
	{
		int			cluster = (int) level->nearest[i];

		if (cluster < first || cluster >= end)
			continue;
		level->counts[cluster]++;
		add_row(level->centroids + (Size) cluster * dims,
				level->rows + (Size) i * dims, dims);
	}
	for (i = first; i < end; i++)
	{
		float	   *centroid = level->centroids + (Size) i * dims;
		float		share = level->counts[i] > 0 ? 1.0f / level->counts[i] : 0;

		for (j = 0; j < dims; j++)
			centroid[j] *= share;
	}
}

/* Centroids without rows take half of the largest cluster. */
static void
fill_empty(const Level *level)
{
	int			i;
	int			j;

	for (i = 0; i < level->k; i++)
	{
		int			largest = 0;

		if (level->counts[i] > 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (j = 1; j < level->k; j++)
		{
			if (level->counts[j] > level->counts[largest])
				largest = j;
		}
		for (j = 0; j < level->dims; j++)
		{
			float	   *from = level->centroids + (Size) largest * level->dims + j;
			float		nudge = (j % 2 == 0) ? 1.001f : 0.999f;

			level->centroids[(Size) i * level->dims + j] = *from * nudge;
			*from *= 2 - nudge;
		}
		level->counts[i] = level->counts[largest] / 2;
		level->counts[largest] -= level->counts[i];
	}
}

/*
 * Rows that a round looks at.  The first ones only find out roughly where the
 * clusters lie, for which a part of the sample will do; it is in no order, or
 * spread over the table.
 */
static int
round_rows(const Level *level, int round)
{
	static const int shares[TRL_KMEANS_ROUNDS] = {2, 2, 4, 4, 8, 8, 8, 8};
	int			n = (int) ((int64) level->n * shares[round] / 8);

	return Max(n, Min(level->n, 8 * level->k));
}

/* A batch of rows; false if there is none. */
static bool
assign_part(const Level *level, TrlAssigner *assigner, int rows, int n,
			int part)
{
	Size		first = (Size) part * rows;

	if (first >= (Size) n)
		return false;
	trl_assign_flat(assigner, level->rows + first * level->dims,
					(int) Min(rows, n - first), level->centroids,
					level->half_norms, level->k, level->nearest + first);
	return true;
}

/* All of it in this process. */
static void
run_alone(const Level *level, uint64 seed, TrlAssigner *assigner, int rows)
{
	int			round;
	int			part;

	if (level->k == 0)
		return;
	choose_rows(level, seed);
	measure_norms(level);
	for (round = 0; round < TRL_KMEANS_ROUNDS; round++)
	{
		int			n = round_rows(level, round);

		part = 0;
		while (assign_part(level, assigner, rows, n, part))
			part++;
		move_centroids(level, n, 0, level->k);
		fill_empty(level);
		measure_norms(level);
	}
}

/* ---- two levels ---- */

/* Gives each group its share of the lists, by its rows. */
static void
divide_lists(const TrlSample *sample, TrlLists *lists)
{
	const int  *counts = sample->counts;
	int		   *first = lists->group_first;
	int			left = lists->k;
	int			g;

	for (g = 0; g < lists->groups; g++)
	{
		first[g + 1] = (int) ((int64) lists->k * counts[g] / sample->n);
		left -= first[g + 1];
	}
	while (left > 0)
	{
		int			fullest = 0;

		/* the one with the most rows per list */
		for (g = 1; g < lists->groups; g++)
		{
			if ((int64) counts[g] * (first[fullest + 1] + 1) >
				(int64) counts[fullest] * (first[g + 1] + 1))
				fullest = g;
		}
		first[fullest + 1]++;
		left--;
	}
	first[0] = 0;
	for (g = 0; g < lists->groups; g++)
	{
		/* a group without lists is never the nearest */
		if (first[g + 1] == 0)
			lists->group_norms[g] = FLT_MAX;
		first[g + 1] += first[g];
	}
}

static void
swap_rows(TrlSample *sample, int i, int j)
{
	float	   *x = sample->rows + (Size) i * sample->dims;
	float	   *y = sample->rows + (Size) j * sample->dims;
	ItemPointerData tid = sample->tids[i];
	uint32		cluster = sample->nearest[i];
	int			d;

	sample->tids[i] = sample->tids[j];
	sample->tids[j] = tid;
	sample->nearest[i] = sample->nearest[j];
	sample->nearest[j] = cluster;
	for (d = 0; d < sample->dims; d++)
	{
		float		swap = x[d];

		x[d] = y[d];
		y[d] = swap;
	}
}

/* Orders the sample by group, in place, and divides the lists. */
static void
order_by_group(TrlSample *sample, TrlLists *lists)
{
	int			groups = lists->groups;
	int		   *next = palloc(sizeof(int) * groups);
	int		   *end = palloc(sizeof(int) * groups);
	int			total = 0;
	int			i;
	int			g;

	memset(sample->counts, 0, sizeof(int) * groups);
	for (i = 0; i < sample->n; i++)
		sample->counts[sample->nearest[i]]++;
	for (g = 0; g < groups; g++)
	{
		next[g] = total;
		total += sample->counts[g];
		end[g] = total;
	}
	for (g = 0; g < groups; g++)
	{
		while (next[g] < end[g])
		{
			uint32		own = sample->nearest[next[g]];

			CHECK_FOR_INTERRUPTS();
			if ((int) own != g)
				swap_rows(sample, next[g], next[own]);
			next[own]++;
		}
	}
	divide_lists(sample, lists);
	pfree(next);
	pfree(end);
}

/* Makes the lists of one group from its rows. */
static void
split_group(TrlSample *sample, uint64 seed, TrlLists *lists, int group,
			TrlAssigner *assigner, int rows)
{
	int			first = lists->group_first[group];
	Level		level;
	int			row = 0;
	int			g;

	for (g = 0; g < group; g++)
		row += sample->counts[g];
	level.rows = sample->rows + (Size) row * sample->dims;
	level.n = sample->counts[group];
	level.dims = sample->dims;
	level.k = lists->group_first[group + 1] - first;
	level.centroids = lists->centroids + (Size) first * sample->dims;
	level.half_norms = lists->half_norms + first;
	level.nearest = sample->nearest + row;
	level.counts = palloc(sizeof(int) * Max(level.k, 1));
	run_alone(&level, seed, assigner, rows);
	pfree(level.counts);
}

/* ---- steps ---- */

/* The next part of a step that nobody has taken. */
static int
next_part(TrlKmeansTeam *team, int step, int *own)
{
	if (team == NULL)
		return (*own)++;
	return (int) pg_atomic_fetch_add_u32(&team->next[step], 1);
}

/* One part of a step; false if there is no such part. */
static bool
do_part(TrlSample *sample, uint64 seed, TrlLists *lists, const Level *level,
		TrlAssigner *assigner, int rows, int step, int part)
{
	if (step == 0)
	{
		if (part > 0)
			return false;
		choose_rows(level, seed);
		measure_norms(level);
	}
	else if (step > 3 * TRL_KMEANS_ROUNDS)
	{
		bool		last = step == TRL_KMEANS_STEPS - 1;

		if (lists->groups == 1 || part >= (last ? lists->groups : 1))
			return false;
		if (last)
			split_group(sample, seed, lists, part, assigner, rows);
		else
			order_by_group(sample, lists);
	}
	else if (step % 3 == 1)
	{
		return assign_part(level, assigner, rows,
						   round_rows(level, (step - 1) / 3), part);
	}
	else if (step % 3 == 2)
	{
		if (part >= MOVE_PARTS)
			return false;
		move_centroids(level, round_rows(level, (step - 1) / 3),
					   (int) ((int64) level->k * part / MOVE_PARTS),
					   (int) ((int64) level->k * (part + 1) / MOVE_PARTS));
	}
	else
	{
		if (part > 0)
			return false;
		fill_empty(level);
		measure_norms(level);
	}
	return true;
}

void
trl_kmeans_sample(TrlSample *sample, uint64 seed, TrlLists *lists,
				  TrlKmeansTeam *team, int rows)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis k-means",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TrlAssigner *assigner = trl_assigner_create(rows, sample->dims);
	bool		flat = lists->groups == 1;
	Level		level = {
		.rows = sample->rows,
		.n = sample->n,
		.dims = sample->dims,
		.k = flat ? lists->k : lists->groups,
		.centroids = flat ? lists->centroids : lists->group_centroids,
		.half_norms = flat ? lists->half_norms : lists->group_norms,
		.nearest = sample->nearest,
		.counts = sample->counts,
	};
	int			step = team == NULL ? 0 : BarrierAttach(&team->barrier);

	for (; step < TRL_KMEANS_STEPS; step++)
	{
		int			own = 0;

		do
			CHECK_FOR_INTERRUPTS();
		while (do_part(sample, seed, lists, &level, assigner, rows, step,
					   next_part(team, step, &own)));
		if (team != NULL)
			BarrierArriveAndWait(&team->barrier,
								 WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	}
	if (team != NULL)
		BarrierDetach(&team->barrier);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

void
trl_kmeans(const float *rows, int n, int dims, int k, uint64 seed,
		   float *centroids)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis k-means",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Level		level = {
		.rows = rows,
		.n = n,
		.dims = dims,
		.k = k,
		.centroids = centroids,
		.half_norms = palloc(sizeof(float) * k),
		.nearest = MemoryContextAllocHuge(context, sizeof(uint32) * (Size) n),
		.counts = palloc(sizeof(int) * k),
	};

	run_alone(&level, seed, trl_assigner_create(TRL_ASSIGN_ROWS, dims),
			  TRL_ASSIGN_ROWS);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
