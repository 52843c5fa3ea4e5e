/*
 * yield.c - rows within a distance that lists may hold, before they are probed
 *
 * Does: expect, by what the build has learnt; put the lists that are expected
 * to have most in front.  Does not: decide when it is enough (topk.c).
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "utils/memutils.h"

#include "index/ivf/yield.h"

/* A list of one row has no radius of its own. */
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

/* Copies what the cache has of lists; finds the distances between classes. */
static void
begin(TrlIvfSearch *search)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	const TrlIvfCache *cache = trl_ivf_cache(search->index);
	uint32		lists = search->meta.lists;
	TrlIvfYield *yield = palloc0(sizeof(TrlIvfYield));
	float	   *distances = search->distances;
	uint32		n = 0;
	uint32		end;
	uint32		i;
	int			class;

	yield->rows = palloc0(sizeof(float) * lists);
	yield->radius = palloc0(sizeof(float) * lists);
	yield->expected = palloc(sizeof(float) * lists);
	memcpy(yield->rows, cache->rows, sizeof(float) * Min(lists, cache->meta.lists));
	memcpy(yield->radius, cache->radius,
		   sizeof(float) * Min(lists, cache->meta.lists));
	for (i = 0; i < lists; i++)
	{
		if (search->ranking[i].distance < FLT_MAX)
			distances[n++] = search->ranking[i].distance;
	}

	/* class c ends before rank 4^(c + 1) - 1 */
	for (class = 0; class < TRL_IVF_YIELD_CLASSES; class++)
		yield->bounds[class] = FLT_MAX;
	end = n;
	for (class = TRL_IVF_YIELD_CLASSES - 2; class >= 0; class--)
	{
		uint32		rank = (1u << (2 * (class + 1))) - 1;

		if (rank < end)
		{
			yield->bounds[class] = trl_ivf_nth_least(distances, end, rank);
			end = rank;
		}
	}

	/* from now on the order is not that of distances */
	move_retired(search);
	search->sorted = lists;
	search->yield = yield;
	MemoryContextSwitchTo(old);
}

/* The share of a list's rows at an angle of at least t. */
static float
share_beyond(const TrlIvfMeta *meta, int class, float t)
{
	const float *steps = meta->yield[class];
	float		at = (t - TRL_IVF_YIELD_FIRST) / TRL_IVF_YIELD_STEP;
	float		log_share;
	int			i;

	if (at <= 0)
		return 1;
	if (at > 1000)
		return 0;
	i = Min((int) at, TRL_IVF_YIELD_STEPS - 2);
	log_share = steps[i] + (steps[i + 1] - steps[i]) * (at - i);
	return log_share >= 0 ? 1 : expf(log_share);
}

/* Rows of a list expected to be within a distance as lists have it. */
static float
expect(const TrlIvfSearch *search, const TrlIvfNear *list, float norm,
	   float within)
{
	const TrlIvfYield *yield = search->yield;
	float		radius = Max(yield->radius[list->list], LEAST_RADIUS * norm);
	float		t = trl_ivf_yield_angle(search->meta.metric == TRL_IVF_IP, norm,
										list->distance, radius, within);
	int			class = 0;

	while (list->distance >= yield->bounds[class] &&
		   class < TRL_IVF_YIELD_CLASSES - 1)
		class++;

	/* rows may have been added since they were counted */
	return (yield->rows[list->list] + 1) * share_beyond(&search->meta, class, t);
}

#define ST_SORT sort_by_yield
#define ST_ELEMENT_TYPE TrlIvfNear
#define ST_COMPARE(a, b) (((a)->yield < (b)->yield) - ((a)->yield > (b)->yield))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

double
trl_ivf_yield_next(TrlIvfSearch *search, float within, uint32 most,
				   double enough, uint32 *count)
{
	uint32		n = search->meta.lists_in_use - search->probed;
	TrlIvfNear *rest = search->ranking + search->probed;
	float		norm = sqrtf(search->norm2);
	double		all = 0;
	double		left;
	float		least;
	uint32		found = 0;
	uint32		i;

	*count = 0;
	if (n == 0)
		return 0;
	if (search->yield == NULL)
		begin(search);

	within = trl_ivf_yield_distance(&search->meta, within);
	for (i = 0; i < n; i++)
	{
		rest[i].yield = expect(search, &rest[i], norm, within);
		search->yield->expected[i] = -rest[i].yield;
		all += rest[i].yield;
	}
	most = Min(most, n);
	least = -trl_ivf_nth_least(search->yield->expected, n, most - 1);
	for (i = 0; i < n; i++)
	{
		if (rest[i].yield >= least)
		{
			TrlIvfNear	swap = rest[i];

			rest[i] = rest[found];
			rest[found++] = swap;
		}
	}
	sort_by_yield(rest, found);
	left = all;
	while (*count < most && left > enough)
		left -= rest[(*count)++].yield;
	return all;
}
