/*
 * yield_learn.c - what lists hold within a distance, learnt from their rows
 *
 * Some rows of a sample are queries, more of them are rows of lists.  For
 * each pair, the angle at which the row is seen from its list's centroid, as
 * yield.h has it, goes to a histogram of the list's class for that query.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "index/ivf/calibrate.h"
#include "index/ivf/yield.h"
#include "kernels/kernels.h"

/* Rows that are queries, at most. */
#define QUERIES 96

/* Below the first step, between two, beyond the last. */
#define BINS (TRL_IVF_YIELD_STEPS + 1)

typedef struct Learn
{
	const TrlIvfMeta *meta;
	TrlIvfMetric metric;
	const float *rows;
	int			all;			/* of them */
	int			n;				/* spread over them, that are used */
	int			dims;
	const float *centroids;
	int			k;
	uint32	   *nearest;		/* list of each */
	float	   *radius;			/* per list */
	float	   *distance;		/* per list, of one query */
	float	   *moved;			/* scratch, the same */
	uint8	   *class;			/* per list */
	double		bins[TRL_IVF_YIELD_CLASSES][BINS];
} Learn;

/* The place among all rows of one that is used. */
static Size
place_of(const Learn *l, int i)
{
	return (Size) ((int64) i * l->all / l->n);
}

static const float *
row_of(const Learn *l, int i)
{
	return l->rows + place_of(l, i) * l->dims;
}

/* The lists of the rows. */
static void
assign_rows(Learn *l, const TrlLists *lists)
{
	Size		size = sizeof(float) * l->dims;
	TrlAssigner *assigner = trl_assigner_create(TRL_ASSIGN_ROWS, l->dims);
	float	   *batch = palloc(size * TRL_ASSIGN_ROWS);
	int			from;
	int			i;

	for (from = 0; from < l->n; from += TRL_ASSIGN_ROWS)
	{
		int			m = Min(TRL_ASSIGN_ROWS, l->n - from);

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < m; i++)
			memcpy(batch + (Size) i * l->dims, row_of(l, from + i), size);
		trl_assign(assigner, lists, batch, m, l->nearest + from);
	}
	pfree(batch);
	pfree(assigner);
}

/* How far the rows are from their lists' centroids. */
static void
measure_radii(Learn *l)
{
	uint32	   *count = palloc0(sizeof(uint32) * l->k);
	int			i;

	for (i = 0; i < l->n; i++)
	{
		uint32		list = l->nearest[i];

		l->radius[list] +=
			trl_kernels->f32_l2_squared(row_of(l, i),
										l->centroids + (Size) list * l->dims,
										l->dims);
		count[list]++;
	}
	for (i = 0; i < l->k; i++)
		l->radius[i] = sqrtf(l->radius[i] / Max(count[i], 1));
	pfree(count);
}

/* The distances of the lists from a query, and their classes. */
static void
rank_lists(Learn *l, const float *query)
{
	int			dims = l->dims;
	int			k = l->k;
	float		bounds[TRL_IVF_YIELD_CLASSES];
	int			i;

	for (i = 0; i < k; i++)
	{
		const float *centroid = l->centroids + (Size) i * dims;

		l->distance[i] = l->metric == TRL_IVF_IP ?
			-trl_kernels->f32_dot(query, centroid, dims) :
			trl_kernels->f32_l2_squared(query, centroid, dims);
	}
	memcpy(l->moved, l->distance, sizeof(float) * k);
	trl_ivf_yield_bounds(l->moved, (uint32) k, bounds);
	for (i = 0; i < k; i++)
		l->class[i] = (uint8) trl_ivf_yield_class(bounds, l->distance[i]);
}

/* The distance of two rows, as the search has it. */
static float
row_distance(const Learn *l, const float *a, const float *b)
{
	int			dims = l->dims;
	float		common;
	float		set_a;
	float		set_b;

	switch (l->metric)
	{
		case TRL_IVF_IP:
			return -trl_kernels->f32_dot(a, b, dims);
		case TRL_IVF_L1:
			return trl_kernels->f32_l1(a, b, dims);
		case TRL_IVF_JACCARD:
			/* of directions of 0 and 1 */
			set_a = trl_ivf_count_set(a, dims);
			set_b = trl_ivf_count_set(b, dims);
			common = trl_kernels->f32_dot(a, b, dims) * sqrtf(set_a * set_b);
			return set_a + set_b > common ?
				1 - common / (set_a + set_b - common) : 0;
		default:
			return trl_kernels->f32_l2_squared(a, b, dims);
	}
}

static void
learn_query(Learn *l, const float *query)
{
	float		norm = sqrtf(trl_kernels->f32_dot(query, query, l->dims));
	int			i;

	rank_lists(l, query);
	for (i = 0; i < l->n; i++)
	{
		const float *row = row_of(l, i);
		uint32		list = l->nearest[i];
		float		within;
		float		t;
		int			bin;

		if (row == query || l->radius[list] <= 0)
			continue;
		within = trl_ivf_yield_distance(l->meta, row_distance(l, query, row));
		t = trl_ivf_yield_angle(l->metric == TRL_IVF_IP, norm, l->distance[list],
								l->radius[list], within);
		t = (t - TRL_IVF_YIELD_FIRST) / TRL_IVF_YIELD_STEP;
		bin = t < 0 ? 0 : (int) Min(t, BINS - 2) + 1;
		l->bins[l->class[list]][bin]++;
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* Where no pair was so near, the share goes on falling as before. */
#define LEAST_FALL 1.0f

/* From the histogram of a class to the logarithms of shares. */
static void
fill_class(const double *bins, float *shares)
{
	double		all = 0;
	double		beyond = 0;
	double		sums[BINS + 1];
	int			i;

	for (i = 0; i < BINS; i++)
		all += bins[i];
	sums[BINS] = 0;
	for (i = BINS - 1; i >= 0; i--)
		sums[i] = beyond += bins[i];
	for (i = 0; i < TRL_IVF_YIELD_STEPS; i++)
	{
		if (sums[i + 1] >= 1)
			shares[i] = (float) log(sums[i + 1] / all);
		else if (i == 0)
			shares[i] = -LEAST_FALL;
		else
			shares[i] = shares[i - 1] -
				Max(LEAST_FALL, i > 1 ? shares[i - 2] - shares[i - 1] : 0);
	}
}

/* The shares of each class, those that no list is of as the class before. */
static void
fill_table(const Learn *l, TrlIvfMeta *meta)
{
	int			class;
	int			i;

	for (class = 0; class < TRL_IVF_YIELD_CLASSES; class++)
	{
		double		pairs = 0;

		for (i = 0; i < BINS; i++)
			pairs += l->bins[class][i];
		if (pairs > 0)
			fill_class(l->bins[class], meta->yield[class]);
		else if (class > 0)
			memcpy(meta->yield[class], meta->yield[class - 1],
				   sizeof(meta->yield[class]));
	}
}

/* From rows, by lists that are given, or else are the nearest of these. */
static void
learn(TrlIvfMeta *meta, const float *rows, int n, const float *centroids, int k,
	  const uint32 *given, const TrlLists *lists)
{
	Learn		l = {.meta = meta,.rows = rows,.all = n,.centroids = centroids,.k = k};
	int			queries;
	int			i;

	memset(meta->yield, 0, sizeof(meta->yield));
	if (n < 2 || k < 1)
		return;
	l.metric = (TrlIvfMetric) meta->metric;
	l.dims = meta->dims_padded;
	l.n = Min(TRL_IVF_YIELD_ROWS, n);
	if (l.metric == TRL_IVF_L1 || l.metric == TRL_IVF_JACCARD)
		l.n = Max(l.n / 4, 1);
	queries = Min(QUERIES, l.n);
	l.nearest = palloc(sizeof(uint32) * l.n);
	l.radius = palloc0(sizeof(float) * k);
	l.distance = palloc(sizeof(float) * k);
	l.moved = palloc(sizeof(float) * k);
	l.class = palloc(k);
	for (i = 0; i < l.n && given != NULL; i++)
		l.nearest[i] = given[place_of(&l, i)];
	if (given == NULL)
		assign_rows(&l, lists);
	measure_radii(&l);
	for (i = 0; i < queries; i++)
		learn_query(&l, row_of(&l, (int) ((int64) i * l.n / queries)));
	fill_table(&l, meta);
	pfree(l.nearest);
	pfree(l.radius);
	pfree(l.distance);
	pfree(l.moved);
	pfree(l.class);
}

void
trl_ivf_yield_learn(TrlIvfMeta *meta, const TrlSample *sample,
					const TrlLists *lists)
{
	learn(meta, sample->rows, sample->n, lists->centroids, lists->k, NULL, lists);
}

void
trl_ivf_yield_renew(TrlIvfMeta *meta, const float *rows, const uint32 *lists,
					int n, const float *centroids, int k)
{
	learn(meta, rows, n, centroids, k, lists, NULL);
}
