/*
 * yield_learn.c - what lists hold within a distance, learnt when they are made
 *
 * Some rows of the sample are queries, more of them are rows of lists.  For
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

/* Rows of the sample that are used so, at most. */
#define QUERIES 96
#define ROWS 16384

/* Below the first step, between two, beyond the last. */
#define BINS (TRL_IVF_YIELD_STEPS + 1)

typedef struct Learn
{
	const TrlSample *sample;
	const TrlLists *lists;
	TrlIvfMetric metric;
	int			n;				/* rows that are used */
	uint32	   *nearest;		/* list of each */
	float	   *radius;			/* per list */
	float	   *distance;		/* per list, of one query */
	float	   *moved;			/* scratch, the same */
	uint8	   *class;			/* per list */
	double		bins[TRL_IVF_YIELD_CLASSES][BINS];
} Learn;

static const float *
row_of(const Learn *l, int i)
{
	Size		row = (Size) ((int64) i * l->sample->n / l->n);

	return l->sample->rows + row * l->sample->dims;
}

/* The lists of the rows, and how far from them the rows are. */
static void
assign_rows(Learn *l)
{
	int			dims = l->sample->dims;
	TrlAssigner *assigner = trl_assigner_create(TRL_ASSIGN_ROWS, dims);
	float	   *batch = palloc(sizeof(float) * dims * TRL_ASSIGN_ROWS);
	uint32	   *count = palloc0(sizeof(uint32) * l->lists->k);
	int			from;
	int			i;

	for (from = 0; from < l->n; from += TRL_ASSIGN_ROWS)
	{
		int			m = Min(TRL_ASSIGN_ROWS, l->n - from);

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < m; i++)
			memcpy(batch + (Size) i * dims, row_of(l, from + i), sizeof(float) * dims);
		trl_assign(assigner, l->lists, batch, m, l->nearest + from);
		for (i = 0; i < m; i++)
		{
			uint32		list = l->nearest[from + i];

			l->radius[list] +=
				trl_kernels->f32_l2_squared(batch + (Size) i * dims,
											l->lists->centroids + (Size) list * dims,
											dims);
			count[list]++;
		}
	}
	for (i = 0; i < l->lists->k; i++)
		l->radius[i] = sqrtf(l->radius[i] / Max(count[i], 1));
	pfree(count);
	pfree(batch);
	pfree(assigner);
}

/* The distances of the lists from a query, and their classes. */
static void
rank_lists(Learn *l, const float *query)
{
	int			dims = l->sample->dims;
	int			k = l->lists->k;
	float		bounds[TRL_IVF_YIELD_CLASSES];
	int			i;

	for (i = 0; i < k; i++)
	{
		const float *centroid = l->lists->centroids + (Size) i * dims;

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
	int			dims = l->sample->dims;
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
learn_query(Learn *l, const TrlIvfMeta *meta, const float *query)
{
	float		norm = sqrtf(trl_kernels->f32_dot(query, query, l->sample->dims));
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
		within = trl_ivf_yield_distance(meta, row_distance(l, query, row));
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

void
trl_ivf_yield_learn(TrlIvfMeta *meta, const TrlSample *sample,
					const TrlLists *lists)
{
	Learn		l = {.sample = sample,.lists = lists};
	int			queries = Min(QUERIES, sample->n);
	int			class;
	int			i;

	memset(meta->yield, 0, sizeof(meta->yield));
	if (sample->n < 2)
		return;
	l.metric = (TrlIvfMetric) meta->metric;
	l.n = Min(ROWS, sample->n);
	if (l.metric == TRL_IVF_L1 || l.metric == TRL_IVF_JACCARD)
		l.n /= 4;
	l.n = Max(l.n, 1);
	l.nearest = palloc(sizeof(uint32) * l.n);
	l.radius = palloc0(sizeof(float) * lists->k);
	l.distance = palloc(sizeof(float) * lists->k);
	l.moved = palloc(sizeof(float) * lists->k);
	l.class = palloc(lists->k);
	assign_rows(&l);
	for (i = 0; i < queries; i++)
		learn_query(&l, meta, row_of(&l, (int) ((int64) i * l.n / queries)));
	for (class = 0; class < TRL_IVF_YIELD_CLASSES; class++)
	{
		double		pairs = 0;

		for (i = 0; i < BINS; i++)
			pairs += l.bins[class][i];
		if (pairs > 0)
			fill_class(l.bins[class], meta->yield[class]);
		else if (class > 0)
			memcpy(meta->yield[class], meta->yield[class - 1],
				   sizeof(meta->yield[class]));
	}
	pfree(l.nearest);
	pfree(l.radius);
	pfree(l.distance);
	pfree(l.moved);
	pfree(l.class);
}
