/*
 * yield.h - rows within a distance that lists may hold, before they are probed
 *
 * Of a list whose centroid is g away from the query and whose rows are r away
 * from the centroid (root mean square), a row is within d if the cosine of its
 * angle to the query's direction is at least
 *
 *	  t = (g^2 + r^2 - d^2) / (2 g r)
 *
 * (by inner product, with d and the centroid's distance negative products,
 * t = (g - d) / (|q| r)).  The share of rows with such an angle falls with t,
 * and falls faster in lists that more others are nearer than.  It is learnt
 * when the index is built, from pairs of sampled rows, as a table: classes of
 * lists by rank, four times as many in each as in the one before, and steps of
 * t.  With filters, no number of lists is right for all queries; this tells,
 * for any of them, which lists are worth a visit.
 */
#ifndef TRL_INDEX_IVF_YIELD_H
#define TRL_INDEX_IVF_YIELD_H

#include "index/ivf/cache.h"
#include "index/ivf/kmeans.h"
#include "index/ivf/search.h"

/* ---- yield_learn.c ---- */

/*
 * Learns meta->yield from a sample's rows and the lists that were made of it.
 * Interruptible.  Memory: an assigner and a batch of TRL_ASSIGN_ROWS, and 16
 * bytes per list.
 */
extern void trl_ivf_yield_learn(TrlIvfMeta *meta, const TrlSample *sample,
								const TrlLists *lists);

/*
 * The same from n rows, dims_padded floats each, of which the lists are known;
 * no more than TRL_IVF_YIELD_ROWS of them are used.
 */
#define TRL_IVF_YIELD_ROWS 16384

extern void trl_ivf_yield_renew(TrlIvfMeta *meta, const float *rows,
								const uint32 *lists, int n,
								const float *centroids, int k);

/* ---- yield.c ---- */

/*
 * The distances at which classes of lists end, of n lists' distances, which are
 * moved: class c ends before rank 4^(c + 1) - 1.
 */
extern void trl_ivf_yield_bounds(float *distances, uint32 n, float *bounds);

/* The class of a list. */
static inline int
trl_ivf_yield_class(const float *bounds, float distance)
{
	int			class = 0;

	while (class < TRL_IVF_YIELD_CLASSES - 1 && distance >= bounds[class])
		class++;
	return class;
}

/* What t is divided by: of squares, or of negative products. */
static inline float
trl_ivf_yield_scale(bool by_product, float norm, float centroid, float radius)
{
	if (by_product)
		return Max(norm * radius, 1e-30f);
	return Max(2 * sqrtf(Max(centroid, 0)) * radius, 1e-30f);
}

/* t */
static inline float
trl_ivf_yield_angle(bool by_product, float norm, float centroid, float radius,
					float within)
{
	if (!by_product)
		centroid = Max(centroid, 0);
	return (centroid - within + (by_product ? 0 : radius * radius)) /
		trl_ivf_yield_scale(by_product, norm, centroid, radius);
}

/* What lists know of distances: a distance of the search as they have it. */
extern float trl_ivf_yield_distance(const TrlIvfMeta *meta, float distance);

/* Has the index learnt it? */
static inline bool
trl_ivf_yield_known(const TrlIvfMeta *meta)
{
	return meta->yield[0][TRL_IVF_YIELD_STEPS - 1] < 0;
}

/*
 * Rows within a distance, of the search's, that are expected in all lists that
 * have not been probed.  If that is more than enough, puts the best of them
 * next in search->ranking, with what each is expected to have, and their number
 * in *count: about "most" of them, but no more than are needed for what is left
 * behind them to be enough.
 */
extern double trl_ivf_yield_next(TrlIvfSearch *search, float within,
								 uint32 most, double enough, uint32 *count);

#endif							/* TRL_INDEX_IVF_YIELD_H */
