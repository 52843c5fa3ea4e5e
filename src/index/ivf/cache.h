/*
 * cache.h - what a backend keeps of an ivf index to choose lists by
 */
#ifndef TRL_INDEX_IVF_CACHE_H
#define TRL_INDEX_IVF_CACHE_H

#include <math.h>

#include "index/ivf/ivf.h"

typedef struct TrlIvfCache
{
	TrlIvfMeta	meta;			/* as of the generation below */
	MemoryContext context;		/* holds all of this */

	/*
	 * Per list: the centroid less the mean of all centroids in 8 bits, as a
	 * rerank row, and the square of its norm.
	 */
	float	   *mean;
	uint8	   *codes;			/* dims_padded each */
	float	   *add;
	float	   *rescale;
	float	   *norm2;
	float	   *exact;			/* dims_padded each; NULL if that were much */
	float	   *rows;			/* as the directory has them */
	float	   *radius;			/* the same */
	BlockNumber *first;			/* first unit; InvalidBlockNumber: retired */
	uint32	   *id;				/* what its pages are marked with */
	bool	   *vacant;			/* retired, and its pages freed */

	int			centroid_pages;
	int			directory_pages;
	BlockNumber *centroid_blocks;	/* the chain */
	BlockNumber *directory_blocks;	/* the chain */
} TrlIvfCache;

/*
 * The cache of an index, read anew where its generation has changed.  Valid
 * until the next call for any index in this backend.
 */
extern const TrlIvfCache *trl_ivf_cache(Relation index);

/* Where the list with an id stands, for readers of pages. */
typedef struct TrlIvfPlaceOf
{
	uint32		id;
	uint32		list;
} TrlIvfPlaceOf;

/* Of all lists, in the order of ids; in the current context. */
extern TrlIvfPlaceOf *trl_ivf_places(const TrlIvfCache *cache);

extern void trl_ivf_sort_places(TrlIvfPlaceOf *places, uint32 lists);

/* The list's number among so many, or -1. */
extern int64 trl_ivf_place_of(const TrlIvfPlaceOf *places, uint32 lists,
							  uint32 id);

/* A list's centroid, from the cache or else read into room. */
extern const float *trl_ivf_cached_centroid(Relation index,
											const TrlIvfCache *cache,
											uint32 list, float *room);

/* Reads a list's centroid, dims floats, from the pages of the chain. */
extern void trl_ivf_centroid(Relation index, const BlockNumber *blocks,
							 int dims, uint32 list, float *out);

/*
 * Of all lists the distance term to a rotated query: |q - c|^2, or - <q, c>
 * for the inner product, from the 8-bit centroids; FLT_MAX if retired.
 * Returns |q - mean|.
 */
extern float trl_ivf_list_distances(const TrlIvfCache *cache, const float *q,
									float *out);

/*
 * The order of lists for a row that looks for its own: by |row - c|^2, whatever
 * the index is searched by; less a constant.
 */
extern void trl_ivf_row_distances(const TrlIvfCache *cache, const float *row,
								  float *out);

/* Three standard deviations of what a distance above is off the true one. */
static inline float
trl_ivf_list_error(const TrlIvfCache *cache, uint32 list, float norm)
{
	return 3 * 0.29f * fabsf(cache->rescale[list]) * norm;
}

/* The list nearest to a rotated vector, but for one (or -1); its centroid. */
extern uint32 trl_ivf_nearest_list(Relation index, const TrlIvfCache *cache,
								   const float *vector, int64 but,
								   float *centroid);

#endif							/* TRL_INDEX_IVF_CACHE_H */
