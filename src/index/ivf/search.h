/*
 * search.h - finds the rows of an ivf index nearest to a query, one by one
 *
 * A search probes the lists nearest to the query and keeps those lanes whose
 * lower bound is among the least; it hands out rows in the order of their
 * rerank distances, reranking no more than that order needs.  (Where the codes
 * are exact, or there are none, what is kept has its distance.)  It can always
 * go on: first with lanes that it had dropped, then with further lists, until
 * every row has been handed out.
 */
#ifndef TRL_INDEX_IVF_SEARCH_H
#define TRL_INDEX_IVF_SEARCH_H

#include "common/hashfn.h"

#include "index/ivf/cache.h"
#include "index/ivf/filter.h"
#include "index/ivf/reach.h"
#include "index/ivf/tids.h"

/*
 * What a residual loses in a rerank row of 8 bits, as a share of its norm; some
 * times what it loses once, since rows move between lists.
 */
#define TRL_IVF_ROW_LOSS 0.02

/* A lane that may be among the nearest. */
typedef struct TrlIvfCandidate
{
	float		lower;			/* bound, or the distance */
	uint32		probe;			/* which of the probed lists */
	BlockNumber unit;
	uint16		lane;			/* in the unit */
	uint16		mark;			/* of its TID, if rows are not reranked */
} TrlIvfCandidate;

/* What it holds. */
typedef struct TrlIvfRow
{
	float		distance;		/* the bound, until it is reranked */
	uint32		probe;
	BlockNumber unit;
	BlockNumber rerank;			/* page of its codes of 8 bits */
	uint16		lane;
	bool		live;			/* or the lane has been cleared, or filled
								 * anew */
	ItemPointerData heap;
	XLogRecPtr	lsn;			/* of the unit's first page, when read */
} TrlIvfRow;

/* So many rows are asked for before they are reranked. */
#define TRL_IVF_ROWS_AHEAD 8

/* One probed list. */
typedef struct TrlIvfProbe
{
	uint32		list;
	uint32		id;				/* what its pages are marked with */
	float		add;			/* |q - c|^2 or - <q, c>, or a little less */
	float		distance;		/* |q - c|^2, or a little more */
	float		exact;			/* |q - c|^2 or - <q, c> */
	bool		measured;		/* whether it is known */
	float		yield;			/* the share of its rows that was expected */
} TrlIvfProbe;

/* A list and about how far it is. */
typedef struct TrlIvfNear
{
	float		distance;		/* |q - c|^2 or - <q, c> */
	float		error;			/* that it is off, at most */
	float		norm2;			/* |c|^2 */
	float		yield;			/* rows that it is expected to have (yield.h) */
	uint32		list;
} TrlIvfNear;

/* A list's angle, in steps of what was learnt, is angle + slope * distance. */
typedef struct TrlIvfYieldList
{
	float		angle;
	float		slope;
	float		rows;
	int			class;
} TrlIvfYieldList;

/* What yield.c keeps during a search. */
typedef struct TrlIvfYield
{
	TrlIvfYieldList *lists;
} TrlIvfYield;

typedef struct TrlIvfCounters
{
	uint64		lists;
	uint64		lanes;			/* whose bounds were computed */
	uint64		candidates;		/* that were kept, for a while */
	uint64		reranked;
	uint64		live;			/* lanes that hold rows, of the first rounds */
	uint64		rounds;			/* times that lists were scanned again */
	uint64		masked;			/* live lanes that were of no interest */
	uint64		blocks_skipped; /* none of whose lanes was of any */
} TrlIvfCounters;

typedef struct TrlIvfSearch
{
	Relation	index;
	TrlIvfMeta	meta;
	BlockNumber *first;			/* per list, from the cache */
	uint32	   *id;				/* the same */
	const float *centroids;		/* where they are or were: for prefetching */
	MemoryContext context;
	bool		skip_killed;	/* obey kill_prior_tuple's hints */
	float		caution;		/* times the codes' error */
	const TrlIvfTids *tids;		/* only lanes with these; NULL: all */

	/*
	 * What filter columns must let pass, or NULL for all: the caller's, set
	 * before the first lists are probed, and there until the search ends.
	 */
	const TrlLaneFilter *filter;

	/* the query, rotated, and its table */
	float	   *q;
	float		sum;			/* of its elements */
	float		set;			/* bits that are set, of a bit string */
	uint8	   *tables;
	float		scale;
	float		offset;

	float		norm2;			/* |q|^2 */

	/* lists, nearest first as far as sorted */
	TrlIvfNear *ranking;
	float	   *distances;		/* scratch, one per list */
	TrlIvfSpread spread;
	TrlIvfYield *yield;			/* NULL: not asked for yet */

	/*
	 * Lanes, whether they pass the filter or not, that are within a distance
	 * by their codes, of those scanned since it was set; and how many were
	 * expected to be.
	 */
	bool		counts;
	bool		again;			/* lists are scanned for what was dropped */
	float		within;
	double		n_within;
	double		n_expected;
	uint32		sorted;
	TrlIvfProbe *probes;
	uint32		probed;
	uint32		known;			/* probes whose terms are known */
	uint32		lists_ahead;	/* effective_io_concurrency */
	uint32		asked;			/* probes asked for from the system */

	/* candidates; those before next_candidate have been reranked */
	TrlIvfCandidate *candidates;
	float	   *keys;			/* scratch, as many */
	uint32		n_candidates;
	uint32		room;			/* candidates that are kept */
	uint32		next_candidate;
	uint32		ordered;		/* so far they are in the order of bounds */
	uint32		resolved;		/* so far their rows are known */
	TrlIvfRow	ahead[TRL_IVF_ROWS_AHEAD];	/* the last of those */
	float		threshold;		/* lanes at or above it were dropped */
	TrlIvfRow  *ranked;			/* a heap by distance */
	uint32		n_ranked;
	uint32		ranked_room;

	struct returned_hash *returned; /* TIDs that were handed out */

	float	   *lower;			/* 32, of the block at hand */
	float	   *centroid;		/* scratch; for L1 the query less the centroid */
	float	   *row;			/* scratch of L1 */
	uint8	   *codes;			/* scratch, dims_padded */
	TrlIvfCounters counters;
} TrlIvfSearch;

/*
 * Begins a search for a vector as trl_ivf_value() gives it, of the index's
 * dimensions.  All memory is in a context under the current one.
 */
extern TrlIvfSearch *trl_ivf_search_begin(Relation index,
										  const float *vector,
										  bool skip_killed);

extern void trl_ivf_search_end(TrlIvfSearch *search);

/*
 * Before lists are probed, for a caller that orders rows anew: how many
 * candidates are kept at first, and what share of the codes' error is allowed
 * for.  With less of it rows come less well in order, and sooner.
 */
extern void trl_ivf_search_relax(TrlIvfSearch *search, uint32 room,
								 float caution);

/* How many lists are within a reach (reach.h); FLT_MAX is all. */
extern uint32 trl_ivf_search_within(TrlIvfSearch *search, float reach);

/* Probes lists until count of them, or all, have been. */
extern void trl_ivf_search_probe(TrlIvfSearch *search, uint32 count);

/*
 * The next row of the probed lists in *row, its distance squared, if L2, or
 * the negative inner product; false if all have been handed out.
 */
extern bool trl_ivf_search_next(TrlIvfSearch *search, TrlIvfRow *row);

/*
 * Takes back the row that was handed out last: further lists may have nearer
 * ones.
 */
extern void trl_ivf_search_return(TrlIvfSearch *search, const TrlIvfRow *row);

/* A probed list's centroid, dims_padded floats, until the next call. */
extern const float *trl_ivf_search_centroid(TrlIvfSearch *search,
											const TrlIvfProbe *probe);

/* ---- lanes.c: scans lists, for search.c ---- */

/*
 * Scans the list of a probe for lanes with bounds in [at_least, threshold) that
 * pass the filter; they become candidates.
 */
extern void trl_ivf_scan_list(TrlIvfSearch *search, uint32 probe,
							  float at_least);

/*
 * Keeps the "room" candidates with the least bounds, when there are twice as
 * many.
 */
extern void trl_ivf_shrink_candidates(TrlIvfSearch *search);

static inline uint32
trl_ivf_hash_tid(ItemPointerData tid)
{
	return murmurhash32(((uint32) ItemPointerGetBlockNumberNoCheck(&tid) << 8) ^
						ItemPointerGetOffsetNumberNoCheck(&tid));
}

/* ---- scan.c ---- */

/*
 * Leaves a hint that a row, as a search handed it out, is dead to everybody,
 * if its lane still holds it.
 */
extern void trl_ivf_kill_lane(Relation index, const TrlIvfMeta *meta,
							  const TrlIvfRow *row);

/* ---- query.c: a query before it is searched for, and its tables ---- */

/*
 * Lengthens a query for the inner product, whose order does not change, and
 * returns by how much: the error of codes is in proportion to |q - c|, which is
 * nearly all c where queries are short and rows long.
 */
extern double trl_ivf_lengthen(Relation index, const TrlIvfMeta *meta,
							   float *query);

/* Fills tables, scale and offset from q and sum. */
extern void trl_ivf_query_tables(TrlIvfSearch *search);

/* ---- ranking.c: the order of lists, for search.c ---- */

/*
 * The value that would stand at place k if n values were in order; moves them.
 */
extern float trl_ivf_nth_least(float *x, uint32 n, uint32 k);

/*
 * About how far all lists are: those in use, with the most that the distance
 * is off.
 */
extern void trl_ivf_rank_lists(TrlIvfSearch *search,
							   const TrlIvfCache *cache);

/*
 * Moves the nearest of the lists beyond "sorted" to ranking[sorted ... count -
 * 1], in order, and more if they are equally near.
 */
extern void trl_ivf_sort_lists(TrlIvfSearch *search, uint32 count);

/* ---- exact.c: distances that need no reranking, for search.c ---- */

/* Makes the tables of a bit string: their sums are numbers of common bits. */
extern void trl_ivf_exact_tables(TrlIvfSearch *search);

/* For L1: puts the query less a list's centroid into search->centroid. */
extern void trl_ivf_exact_center(TrlIvfSearch *search, const TrlIvfProbe *probe);

/*
 * The distances of a block's lanes go to search->lower; returns the lanes, as
 * bits, below the threshold.  By Jaccard from the common bits and the bits set
 * of each lane; by L1 of the live lanes, from their rerank rows, whose unit's
 * first page is given.
 */
extern uint32 trl_ivf_exact_jaccard(TrlIvfSearch *search, const uint32 *sums,
									const float *set);
extern uint32 trl_ivf_exact_l1(TrlIvfSearch *search, Page page, int block,
							   uint32 live);

#endif							/* TRL_INDEX_IVF_SEARCH_H */
