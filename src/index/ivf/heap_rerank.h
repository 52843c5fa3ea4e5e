/*
 * heap_rerank.h - rows of a search in the order of their exact distances
 *
 * Where lists hold sketches, what a search hands out is in the order of the
 * distances of sketches.  This stage stands behind it: it reads the rows from
 * the table and hands out one when no row that the search has left is likely
 * to be nearer.
 */
#ifndef TRL_INDEX_IVF_HEAP_RERANK_H
#define TRL_INDEX_IVF_HEAP_RERANK_H

#include "access/relscan.h"

#include "index/ivf/search.h"

typedef struct TrlIvfHeapRerank TrlIvfHeapRerank;

/*
 * Once per scan, when it is known that rows are wanted.  All memory is in a
 * context under the parent; nothing is pinned between calls.
 */
extern TrlIvfHeapRerank *trl_ivf_heap_begin(IndexScanDesc scan,
											const TrlIvfClass *class,
											MemoryContext parent);

/*
 * Begins with a query, a sparse vector that is not NULL, before the search
 * probes lists.  Without bounds all rows of the probed lists are read before
 * the first one goes out.  The search's is scale times as long.
 */
extern void trl_ivf_heap_query(TrlIvfHeapRerank *h, const TrlIvfMeta *meta,
							   Datum query, bool bounds, double scale,
							   TrlIvfSearch *search);

/*
 * The next row of the probed lists that the scan's snapshot sees, as
 * trl_ivf_search_next(), which nobody else may call for this search.
 */
extern bool trl_ivf_heap_next(TrlIvfHeapRerank *h, TrlIvfSearch *search,
							  TrlIvfRow *row);

/* Forgets the query and its rows. */
extern void trl_ivf_heap_reset(TrlIvfHeapRerank *h);

extern void trl_ivf_heap_end(TrlIvfHeapRerank *h);

#endif							/* TRL_INDEX_IVF_HEAP_RERANK_H */
