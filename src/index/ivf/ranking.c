/*
 * ranking.c - the order in which a search probes lists
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <float.h>

#include "common/pg_prng.h"

#include "core/compat.h"
#include "index/ivf/search.h"
#include "kernels/kernels.h"

/*
 * The value that would stand at place k if n values were in order; moves them.
 * Written without branches on the values, which are unpredictable.  The pivot
 * is any of them: rows in the order of the table are often in an order that
 * makes one in the middle, or another fixed one, the worst.  What is not a
 * number, as only a damaged page can have it, ends the search.
 */
float
trl_ivf_nth_least(float *x, uint32 n, uint32 k)
{
	for (;;)
	{
		float		pivot = x[pg_prng_uint32(&pg_global_prng_state) % n];
		uint32		below = 0;
		uint32		equal;
		uint32		i;

		for (i = 0; i < n; i++)
		{
			float		value = x[i];

			x[i] = x[below];
			x[below] = value;
			below += value < pivot;
		}
		if (k < below)
		{
			n = below;
			continue;
		}
		for (equal = i = below; i < n; i++)
		{
			float		value = x[i];

			x[i] = x[equal];
			x[equal] = value;
			equal += !(value > pivot);
		}
		if (k < equal)
			return pivot;
		x += equal;
		n -= equal;
		k -= equal;
	}
}

#define ST_SORT sort_near
#define ST_ELEMENT_TYPE TrlIvfNear
#define ST_COMPARE(a, b) (((a)->distance > (b)->distance) - ((a)->distance < (b)->distance))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
trl_ivf_rank_lists(TrlIvfSearch *search, const TrlIvfCache *cache)
{
	uint32		lists = search->meta.lists;
	float	   *distances = palloc(sizeof(float) * lists);
	float		norm = trl_ivf_list_distances(cache, search->q, distances);
	uint32		i;

	search->distances = distances;
	search->spread = trl_ivf_spread(distances, lists);
	search->ranking = palloc(sizeof(TrlIvfNear) * lists);
	search->probes = palloc(sizeof(TrlIvfProbe) * lists);
	search->norm2 = trl_kernels->f32_dot(search->q, search->q,
										 search->meta.dims_padded);
	for (i = 0; i < lists; i++)
	{
		TrlIvfNear *entry = &search->ranking[i];

		entry->distance = distances[i];
		entry->list = i;
		entry->error = trl_ivf_list_error(cache, i, norm);
		entry->norm2 = cache->norm2[i];
	}
}

void
trl_ivf_sort_lists(TrlIvfSearch *search, uint32 count)
{
	TrlIvfNear *rest = search->ranking + search->sorted;
	uint32		n = search->meta.lists - search->sorted;
	uint32		found = 0;
	float		bound;
	uint32		i;

	if (count <= search->sorted)
		return;
	for (i = 0; i < n; i++)
		search->distances[i] = rest[i].distance;
	bound = trl_ivf_nth_least(search->distances, n, count - search->sorted - 1);
	for (i = 0; i < n; i++)
	{
		if (rest[i].distance <= bound)
		{
			TrlIvfNear	swap = rest[i];

			rest[i] = rest[found];
			rest[found++] = swap;
		}
	}
	sort_near(rest, found);
	search->sorted += found;
}

/* Lists that are put in order at once, at first. */
#define FIRST_SORTED 64

uint32
trl_ivf_search_within(TrlIvfSearch *search, float reach)
{
	uint32		lists = search->meta.lists_in_use;
	uint32		count = 1;

	if (reach == FLT_MAX)
		return lists;
	while (count < lists)
	{
		if (count >= search->sorted)
			trl_ivf_sort_lists(search, Min(Max(FIRST_SORTED, 2 * search->sorted), lists));
		if (trl_ivf_list_place(&search->spread, search->ranking[count].distance,
							   count) > reach)
			break;
		count++;
	}
	return count;
}
