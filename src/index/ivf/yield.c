/*
 * yield.c - rows within a distance that lists may hold, before they are probed
 *
 * Does: expect, by what the build has learnt; put the lists that are expected
 * to have most in front, to a factor of the square root of two.  Does not:
 * decide when it is enough (topk.c).
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "utils/memutils.h"

#include "index/ivf/yield.h"

/* Rows that are alike have none. */
#define LEAST_RADIUS 1e-3f

float
trl_ivf_yield_distance(const TrlIvfMeta *meta, float distance)
{
	float		common;

	switch ((TrlIvfMetric) meta->metric)
	{
		case TRL_IVF_L1:
			/* any multiple will do, as long as it is the same when learning */
			return distance * distance / (0.64f * meta->dims);
		case TRL_IVF_JACCARD:
			common = Max(1 - distance, 0);
			return 2 - 4 * common / (1 + common);
		default:
			return distance;
	}
}

/* Lists that are in use come before all others. */
static void
move_retired(TrlIvfSearch *search)
{
	uint32		end = search->probed;
	uint32		i;

	for (i = search->probed; i < search->meta.lists; i++)
	{
		if (search->ranking[i].distance < FLT_MAX)
		{
			TrlIvfNear	swap = search->ranking[i];

			search->ranking[i] = search->ranking[end];
			search->ranking[end++] = swap;
		}
	}
}

void
trl_ivf_yield_bounds(float *distances, uint32 n, float *bounds)
{
	int			class;

	bounds[TRL_IVF_YIELD_CLASSES - 1] = FLT_MAX;
	for (class = TRL_IVF_YIELD_CLASSES - 2; class >= 0; class--)
	{
		uint32		rank = (1u << (2 * (class + 1))) - 1;

		bounds[class] = FLT_MAX;
		if (rank < n)
		{
			bounds[class] = trl_ivf_nth_least(distances, n, rank);
			n = rank;
		}
	}
}

/*
 * The radius of a list that has none of its own: made with one row, or none, it
 * may have more by now.
 */
static float
usual_radius(const TrlIvfCache *cache)
{
	double		sum = 0;
	uint32		n = 0;
	uint32		i;

	for (i = 0; i < cache->meta.lists; i++)
	{
		sum += cache->radius[i];
		n += cache->radius[i] > 0;
	}
	return (float) (sum / Max(n, 1));
}

/* Prepares what of each list's angle does not depend on the distance. */
static void
begin(TrlIvfSearch *search)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	const TrlIvfCache *cache = trl_ivf_cache(search->index);
	uint32		lists = search->meta.lists;
	bool		by_product = search->meta.metric == TRL_IVF_IP;
	float		norm = sqrtf(search->norm2);
	float		usual = usual_radius(cache);
	float		bounds[TRL_IVF_YIELD_CLASSES];
	TrlIvfYield *yield = palloc0(sizeof(TrlIvfYield));
	uint32		used = 0;
	uint32		i;

	yield->lists = palloc0(sizeof(TrlIvfYieldList) * lists);
	for (i = 0; i < lists; i++)
	{
		if (search->ranking[i].distance < FLT_MAX)
			search->distances[used++] = search->ranking[i].distance;
	}
	trl_ivf_yield_bounds(search->distances, used, bounds);
	for (i = 0; i < lists; i++)
	{
		const TrlIvfNear *near = &search->ranking[i];
		TrlIvfYieldList *list = &yield->lists[near->list];
		float		radius = LEAST_RADIUS * norm;

		if (near->distance >= FLT_MAX)
			continue;
		if (near->list < cache->meta.lists)
		{
			float		own = cache->radius[near->list];

			radius = Max(radius, own > 0 ? own : usual);
			list->rows = cache->rows[near->list];
		}

		/* rows may have been added since they were counted */
		list->rows += 1;
		list->class = trl_ivf_yield_class(bounds, near->distance);

		/* the angle falls with the distance, on a line */
		list->angle = trl_ivf_yield_angle(by_product, norm, near->distance, radius,
										  0);
		list->angle = (list->angle - TRL_IVF_YIELD_FIRST) / TRL_IVF_YIELD_STEP;
		list->slope = -1 / (trl_ivf_yield_scale(by_product, norm, near->distance,
												radius) * TRL_IVF_YIELD_STEP);
	}

	/* from now on the order is not that of distances */
	move_retired(search);
	search->sorted = lists;
	search->yield = yield;
	MemoryContextSwitchTo(old);
}

/* exp(x) for x from -80 to 0, to 4 %: the exponent's bits (Schraudolph 1999). */
static inline float
rough_exp(float x)
{
	union
	{
		int32		bits;
		float		value;
	}			u;

	u.bits = (int32) (x * 12102203.0f) + 1064986823;
	return u.value;
}

/* Rows of a list expected to be within a distance as lists have it. */
static inline float
expect(const TrlIvfMeta *meta, const TrlIvfYieldList *list, float within)
{
	const float *steps = meta->yield[list->class];
	float		at = list->angle + list->slope * within;
	float		share;
	int			i;

	if (at <= 0)
		return list->rows;
	i = at < TRL_IVF_YIELD_STEPS - 2 ? (int) at : TRL_IVF_YIELD_STEPS - 2;
	share = steps[i] + (steps[i + 1] - steps[i]) * (at - i);
	if (share >= 0)
		return list->rows;
	return share < -80 ? 0 : list->rows * rough_exp(share);
}

/* Bins of positive floats: two for each power of two. */
#define BINS 512

static inline int
bin_of(float x)
{
	union
	{
		float		value;
		uint32		bits;
	}			u = {.value = x};

	return (int) (u.bits >> 22);
}

/*
 * The least bin whose lists are worth a visit: below it there is enough, or
 * above it there are as many as wanted.
 */
static int
least_bin(const float *sums, const uint32 *counts, double enough, uint32 most)
{
	double		left = 0;
	uint32		chosen = 0;
	int			low = 0;
	int			high = BINS - 1;

	while (low < BINS && left + sums[low] <= enough)
		left += sums[low++];
	while (high > low && (chosen += counts[high]) < most)
		high--;
	return high;
}

double
trl_ivf_yield_next(TrlIvfSearch *search, float within, uint32 most,
				   double enough, uint32 *count)
{
	uint32		n = search->meta.lists_in_use - search->probed;
	TrlIvfNear *rest = search->ranking + search->probed;
	float		sums[BINS] = {0};
	uint32		counts[BINS] = {0};
	double		all = 0;
	uint32		found = 0;
	uint32		i;
	int			least;

	*count = 0;
	if (n == 0)
		return 0;
	if (search->yield == NULL)
		begin(search);
	within = trl_ivf_yield_distance(&search->meta, within);
	for (i = 0; i < n; i++)
	{
		float		yield = expect(&search->meta, &search->yield->lists[rest[i].list],
								   within);
		int			bin = bin_of(yield);

		rest[i].yield = yield;
		sums[bin] += yield;
		counts[bin]++;
		all += yield;
	}
	if (all <= enough)
		return all;
	least = least_bin(sums, counts, enough, most);
	for (i = 0; i < n; i++)
	{
		if (bin_of(rest[i].yield) >= least)
		{
			TrlIvfNear	swap = rest[i];

			rest[i] = rest[found];
			rest[found++] = swap;
		}
	}
	*count = found;
	return all;
}
