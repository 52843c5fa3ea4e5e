/*
 * calibrate.c - how many lists to probe for a recall, from the rows themselves
 *
 * Some sampled rows are queries.  While the build assigns rows to lists, it
 * shows them here, and each query remembers its 100 nearest (itself left out)
 * and the lists that they are in.  In the end the recall of a reach (reach.h)
 * is the share of those neighbours whose list is within it.
 *
 * Real queries are not rows; they lie a little apart from them and their
 * neighbours are spread over more lists.  So the curve is read at its lower
 * confidence bound, and the misses that are allowed are halved.
 *
 * Locks and WAL: none.  Memory: about a megabyte at 384 dimensions.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "index/ivf/calibrate.h"
#include "index/ivf/reach.h"
#include "kernels/kernels.h"

#define NEIGHBOURS TRL_IVF_NEIGHBOURS

/* Queries by L1, which no product of matrices gives. */
#define L1_QUERIES 64

/* Of the misses that a target allows, those that the rows themselves may make. */
#define MISSES 0.75

/*
 * The same where lists hold sketches: the neighbours are those of sketches, and
 * some of the true ones, which look farther away, are in farther lists.
 */
#define HASHED_MISSES 0.6

static const int calibrated_k[TRL_IVF_CALIBRATED_K] = {1, 10, 100};

static const float calibrated_recall[TRL_IVF_CALIBRATED_RECALLS] = {
	0.5f, 0.8f, 0.9f, 0.95f, 0.97f, 0.98f, 0.99f, 0.995f
};

typedef struct Neighbour
{
	float		distance;
	uint32		list;
} Neighbour;

struct TrlIvfCalibration
{
	int			dims;
	TrlIvfMetric metric;
	double		misses;
	int			n;				/* queries */
	int			batch;			/* rows shown at once, at most */
	float	   *queries;
	ItemPointerData *tids;
	Neighbour  *neighbours;		/* per query a heap, the farthest in front */
	int		   *found;
	float	   *set;			/* bits of each query; Jaccard only */
	float	   *products;
	void	   *scratch;		/* of the product, or NULL */
	MemoryContext context;
};

float
trl_ivf_count_set(const float *x, int dims)
{
	int			set = 0;
	int			i;

	for (i = 0; i < dims; i++)
		set += x[i] > 0;
	return (float) set;
}

static void
count_queries(TrlIvfCalibration *c)
{
	int			q;

	for (q = 0; q < c->n && c->metric == TRL_IVF_JACCARD; q++)
		c->set[q] = trl_ivf_count_set(c->queries + (Size) q * c->dims, c->dims);
}

/* For n queries, which the caller fills in. */
static TrlIvfCalibration *
begin(const TrlIvfMeta *meta, int n, int batch)
{
	TrlIvfCalibration *c = palloc0(sizeof(TrlIvfCalibration));

	c->dims = meta->dims_padded;
	c->metric = (TrlIvfMetric) meta->metric;
	c->misses = trl_ivf_is_hashed(meta) ? HASHED_MISSES : MISSES;
	c->n = n;
	c->batch = batch;
	c->context = CurrentMemoryContext;
	c->queries = palloc(sizeof(float) * c->dims * Max(n, 1));
	c->tids = palloc(sizeof(ItemPointerData) * Max(n, 1));
	c->neighbours = palloc(sizeof(Neighbour) * NEIGHBOURS * Max(n, 1));
	c->set = palloc0(sizeof(float) * Max(n, 1));
	c->found = palloc0(sizeof(int) * Max(n, 1));
	c->products = palloc0(sizeof(float) * batch * Max(n, 1));
	return c;
}

TrlIvfCalibration *
trl_ivf_calibration_begin(const TrlIvfMeta *meta, const float *rows,
						  const ItemPointerData *tids, int n, int queries,
						  int batch)
{
	TrlIvfCalibration *c;
	int			i;

	if (meta->metric == TRL_IVF_L1)
		queries = Min(queries, L1_QUERIES);
	c = begin(meta, Min(n, queries), batch);
	for (i = 0; i < c->n; i++)
	{
		/* spread over the sample, which is spread over the table */
		int			row = (int) ((int64) i * n / c->n);

		memcpy(c->queries + (Size) i * c->dims, rows + (Size) row * c->dims,
			   sizeof(float) * c->dims);
		c->tids[i] = tids[row];
	}
	count_queries(c);
	return c;
}

void
trl_ivf_calibration_lend(TrlIvfCalibration *c, void *scratch)
{
	c->scratch = scratch;
}

/* ---- several processes ---- */

Size
trl_ivf_calibration_queries_size(const TrlIvfCalibration *c)
{
	return sizeof(int) +
		(sizeof(float) * c->dims + sizeof(ItemPointerData)) * c->n;
}

void
trl_ivf_calibration_put_queries(const TrlIvfCalibration *c, char *memory)
{
	Size		size = sizeof(float) * c->dims * c->n;

	memcpy(memory, &c->n, sizeof(int));
	memcpy(memory + sizeof(int), c->queries, size);
	memcpy(memory + sizeof(int) + size, c->tids, sizeof(ItemPointerData) * c->n);
}

TrlIvfCalibration *
trl_ivf_calibration_from(const TrlIvfMeta *meta, const char *memory,
						 int batch)
{
	TrlIvfCalibration *c;
	Size		size;
	int			n;

	memcpy(&n, memory, sizeof(int));
	c = begin(meta, n, batch);
	size = sizeof(float) * c->dims * n;
	memcpy(c->queries, memory + sizeof(int), size);
	memcpy(c->tids, memory + sizeof(int) + size, sizeof(ItemPointerData) * n);
	count_queries(c);
	return c;
}

Size
trl_ivf_calibration_found_size(const TrlIvfCalibration *c)
{
	return (sizeof(int) + sizeof(Neighbour) * NEIGHBOURS) * c->n;
}

void
trl_ivf_calibration_put_found(const TrlIvfCalibration *c, char *memory)
{
	memcpy(memory, c->found, sizeof(int) * c->n);
	memcpy(memory + sizeof(int) * c->n, c->neighbours,
		   sizeof(Neighbour) * NEIGHBOURS * c->n);
}

static void
add_neighbour(TrlIvfCalibration *c, int query, float distance, uint32 list)
{
	Neighbour  *heap = c->neighbours + (Size) query * NEIGHBOURS;
	int			n = c->found[query];
	int			i;

	if (n < NEIGHBOURS)
	{
		i = n;
		c->found[query]++;
		while (i > 0 && heap[(i - 1) / 2].distance < distance)
		{
			heap[i] = heap[(i - 1) / 2];
			i = (i - 1) / 2;
		}
	}
	else
	{
		if (distance >= heap[0].distance)
			return;
		i = 0;
		for (;;)
		{
			int			child = 2 * i + 1;

			if (child >= n)
				break;
			if (child + 1 < n &&
				heap[child + 1].distance > heap[child].distance)
				child++;
			if (heap[child].distance <= distance)
				break;
			heap[i] = heap[child];
			i = child;
		}
	}
	heap[i].distance = distance;
	heap[i].list = list;
}

void
trl_ivf_calibration_take_found(TrlIvfCalibration *c, const char *memory)
{
	const int  *found = (const int *) memory;
	const Neighbour *neighbours = (const Neighbour *) (found + c->n);
	int			q;
	int			i;

	for (q = 0; q < c->n; q++)
	{
		for (i = 0; i < found[q]; i++)
			add_neighbour(c, q, neighbours[q * NEIGHBOURS + i].distance,
						  neighbours[q * NEIGHBOURS + i].list);
	}
}

/* What of a row's distance is the row's alone. */
static float
own_term(const TrlIvfCalibration *c, const float *row)
{
	switch (c->metric)
	{
		case TRL_IVF_IP:
		case TRL_IVF_L1:
			return 0;
		case TRL_IVF_JACCARD:
			return trl_ivf_count_set(row, c->dims);
		default:
			return 0.5f * (float) trl_kernels->f32_sum_squares(row, c->dims);
	}
}

/*
 * The distance of a row from a query, or what orders as it does: half the
 * squared distance, less what is the query's alone.
 */
static float
distance_from(const TrlIvfCalibration *c, int q, const float *row, float own,
			  float product)
{
	float		both;

	switch (c->metric)
	{
		case TRL_IVF_L1:
			return trl_kernels->f32_l1(row, c->queries + (Size) q * c->dims,
									   c->dims);
		case TRL_IVF_JACCARD:
			both = product * sqrtf(own * c->set[q]);
			return both > 0 ? 1 - both / (own + c->set[q] - both) : 1;
		default:
			return own - product;
	}
}

void
trl_ivf_calibration_add(TrlIvfCalibration *c, const float *rows,
						const ItemPointerData *tids, const uint32 *lists,
						int m)
{
	int			i;
	int			q;

	if (c->n == 0)
		return;
	Assert(m <= c->batch);
	if (c->scratch == NULL)
		c->scratch = (void *)
			TYPEALIGN(64, MemoryContextAlloc(c->context, TRL_GEMM_SCRATCH + 64));
	if (c->metric != TRL_IVF_L1)
		trl_scan_kernels->gemm_nt(rows, c->dims, c->queries, c->dims, c->products,
								  c->n, m, c->n, c->dims, c->scratch);
	for (i = 0; i < m; i++)
	{
		const float *row = rows + (Size) i * c->dims;
		float		own = own_term(c, row);

		for (q = 0; q < c->n; q++)
		{
			float		distance = distance_from(c, q, row, own,
												 c->products[(Size) i * c->n + q]);

			if ((c->found[q] < NEIGHBOURS ||
				 distance < c->neighbours[(Size) q * NEIGHBOURS].distance) &&
				!ItemPointerEquals(&c->tids[q], unconstify(ItemPointerData *, &tids[i])))
				add_neighbour(c, q, distance, lists[i]);
		}
	}
}

static int
compare_neighbours(const void *left, const void *right)
{
	float		a = ((const Neighbour *) left)->distance;
	float		b = ((const Neighbour *) right)->distance;

	return (a > b) - (a < b);
}

static int
compare_floats(const void *left, const void *right)
{
	float		a = *(const float *) left;
	float		b = *(const float *) right;

	return (a > b) - (a < b);
}

/* The distances of all lists from a query, and in their order. */
static void
measure_lists(const TrlIvfCalibration *c, int query, const float *centroids,
			  uint32 lists, float *distances, float *sorted)
{
	const float *q = c->queries + (Size) query * c->dims;
	uint32		i;

	for (i = 0; i < lists; i++)
	{
		const float *centroid = centroids + (Size) i * c->dims;

		distances[i] = c->metric == TRL_IVF_IP ?
			-trl_kernels->f32_dot(q, centroid, c->dims) :
			trl_kernels->f32_l2_squared(q, centroid, c->dims);
	}
	memcpy(sorted, distances, sizeof(float) * lists);
	qsort(sorted, lists, sizeof(float), compare_floats);
}

/*
 * Of one query: for each neighbour, nearest first, the place of its list
 * (reach.h).
 */
static void
place_neighbours(TrlIvfCalibration *c, int query, const float *distances,
				 const float *sorted, uint32 lists, float *places)
{
	Neighbour  *neighbours = c->neighbours + (Size) query * NEIGHBOURS;
	TrlIvfSpread spread = trl_ivf_spread(distances, lists);
	int			j;

	qsort(neighbours, c->found[query], sizeof(Neighbour), compare_neighbours);
	for (j = 0; j < c->found[query]; j++)
	{
		float		own = distances[neighbours[j].list];
		uint32		low = 0;
		uint32		high = lists;

		while (low < high)
		{
			uint32		middle = low + (high - low) / 2;

			if (sorted[middle] < own)
				low = middle + 1;
			else
				high = middle;
		}
		places[j] = trl_ivf_list_place(&spread, own, low);
	}
}

/*
 * The reach that finds the share of the k nearest, with the margin; places
 * are all queries', scratch has room for as many.
 */
static float
reach_for(const TrlIvfCalibration *c, const float *places, int k, float recall,
		  float *scratch)
{
	Size		total = 0;
	double		aim;
	int			q;

	for (q = 0; q < c->n; q++)
	{
		int			n = Min(k, c->found[q]);

		memcpy(scratch + total, places + (Size) q * NEIGHBOURS, sizeof(float) * n);
		total += n;
	}
	if (total == 0)
		return FLT_MAX;
	qsort(scratch, total, sizeof(float), compare_floats);

	/* fewer misses, by a share and by the standard error of a share */
	aim = 1 - (1 - recall) * c->misses;
	aim += 2 * sqrt(aim * (1 - aim) / Max(total / sqrt(k), 1)) * 0.5;
	return scratch[(Size) Min(ceil(aim * total), total) - 1];
}

/* Lists within a reach, of those in order. */
static uint32
lists_within(const TrlIvfSpread *spread, const float *sorted, uint32 lists,
			 float reach)
{
	uint32		low = 1;
	uint32		high = lists;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (trl_ivf_list_place(spread, sorted[middle], middle) <= reach)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Adds to the mean numbers of probes those of one query. */
static void
add_probes(TrlIvfMeta *meta, const TrlIvfSpread *spread, const float *sorted,
		   double share)
{
	int			k;
	int			i;

	for (k = 0; k < TRL_IVF_CALIBRATED_K; k++)
	{
		for (i = 0; i < TRL_IVF_CALIBRATED_RECALLS; i++)
			meta->probes[k][i] += (float) (share * lists_within(spread, sorted,
																meta->lists,
																meta->reach[k][i]));
	}
}

void
trl_ivf_calibration_end(TrlIvfCalibration *c, const float *centroids,
						double rows, TrlIvfMeta *meta)
{
	uint32		lists = meta->lists;
	Size		n = (Size) NEIGHBOURS * Max(c->n, 1);
	float	   *distances = palloc(sizeof(float) * lists);
	float	   *sorted = palloc(sizeof(float) * lists);
	float	   *places = palloc(sizeof(float) * n);
	float	   *scratch = palloc(sizeof(float) * n);
	int			q;
	int			i;
	int			k;

	for (q = 0; q < c->n; q++)
	{
		CHECK_FOR_INTERRUPTS();
		measure_lists(c, q, centroids, lists, distances, sorted);
		place_neighbours(c, q, distances, sorted, lists, places + q * NEIGHBOURS);
	}
	for (i = 0; i < TRL_IVF_CALIBRATED_RECALLS; i++)
	{
		meta->recall[i] = calibrated_recall[i];
		for (k = 0; k < TRL_IVF_CALIBRATED_K; k++)
			meta->reach[k][i] = reach_for(c, places, calibrated_k[k],
										  calibrated_recall[i], scratch);
	}
	for (i = 0; i < TRL_IVF_CALIBRATED_RECALLS; i++)
	{
		for (k = 0; k < TRL_IVF_CALIBRATED_K; k++)
			meta->probes[k][i] = c->n > 0 ? 0 : (float) lists;
	}
	for (q = 0; q < c->n; q++)
	{
		TrlIvfSpread spread;

		CHECK_FOR_INTERRUPTS();
		measure_lists(c, q, centroids, lists, distances, sorted);
		spread = trl_ivf_spread(distances, lists);
		add_probes(meta, &spread, sorted, 1.0 / c->n);
	}
	meta->calibrated_rows = rows;
	meta->calibrated_lists = meta->lists_in_use;
	meta->calibrated_generation = meta->generation;
	pfree(distances);
	pfree(sorted);
	pfree(places);
	pfree(scratch);
}
