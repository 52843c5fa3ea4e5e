/*
 * query.c - a query's length, and its tables by which codes of signs are scanned
 *
 * The tables hold, for each group of four dimensions the sums of the query's elements at all
 * sixteen sets of bits, in 255 levels between the least sum of the group and
 * the range of the widest one: see kernels/scan.h.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "index/ivf/search.h"
#include "index/ivf/vectors.h"
#include "kernels/kernels.h"

/* A query's length for the inner product, in that of the mean of all centroids. */
#define LENGTH 8.0

double
trl_ivf_lengthen(Relation index, const TrlIvfMeta *meta, float *query)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	double		norm = sqrt(trl_kernels->f32_sum_squares(query, meta->dims));
	double		wanted = LENGTH *
	sqrt(trl_kernels->f32_sum_squares(cache->mean, meta->dims_padded));
	int			i;

	if (meta->metric != TRL_IVF_IP || norm >= wanted || !(norm > 0))
		return 1;
	for (i = 0; i < meta->dims; i++)
		query[i] = (float) (query[i] * (wanted / norm));
	return wanted / norm;
}

/* Least and greatest sum of a group. */
static void
group_range(const float *q, float *least, float *greatest)
{
	int			i;

	*least = *greatest = 0;
	for (i = 0; i < TRL_GROUP_DIMS; i++)
	{
		*least += Min(q[i], 0);
		*greatest += Max(q[i], 0);
	}
}

typedef uint8 FourBytes __attribute__((vector_size(4)));

/* The sums of a group's elements at the bits of 0 ... 15, in 255 levels. */
static void
group_table(const float *q, float least, float inverse, uint8 *table)
{
	TrlFloats	low = {0, q[0], q[1], q[0] + q[1]};
	TrlFloats	most = {255, 255, 255, 255};
	TrlFloats	none = {0};
	int			i;

	/* the two lower bits are the place in a vector, the others its number */
	for (i = 0; i < TRL_GROUP_BYTES / TRL_WIDTH; i++)
	{
		float		high = (i & 1 ? q[2] : 0) + (i & 2 ? q[3] : 0);
		TrlFloats	level = (low + (high - least)) * inverse + 0.5f;
		FourBytes	bytes;

		level = trl_select(level > none, level, none);
		level = trl_select(level < most, level, most);
		bytes = __builtin_convertvector(__builtin_convertvector(level, TrlInts),
										FourBytes);
		memcpy(table + TRL_WIDTH * i, &bytes, sizeof(bytes));
	}
}

void
trl_ivf_query_tables(TrlIvfSearch *search)
{
	int			groups = TRL_IVF_GROUPS(&search->meta);
	float		widest = 0;
	float		least_sum = 0;
	float		inverse;
	int			g;

	for (g = 0; g < groups; g++)
	{
		float		least;
		float		greatest;

		group_range(search->q + g * TRL_GROUP_DIMS, &least, &greatest);
		widest = Max(widest, greatest - least);
		least_sum += least;
	}
	search->scale = widest / 255;
	search->offset = least_sum - 0.5f * search->sum;
	inverse = widest > 0 ? 255 / widest : 0;

	for (g = 0; g < groups; g++)
	{
		const float *q = search->q + g * TRL_GROUP_DIMS;
		float		least;
		float		greatest;

		group_range(q, &least, &greatest);
		group_table(q, least, inverse, search->tables + g * TRL_GROUP_BYTES);
	}
}
