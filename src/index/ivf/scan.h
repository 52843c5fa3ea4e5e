/*
 * scan.h - the state of a scan of an ivf index, for scan.c and topk.c
 */
#ifndef TRL_INDEX_IVF_SCAN_H
#define TRL_INDEX_IVF_SCAN_H

#include "access/relscan.h"

#include "index/ivf/heap_rerank.h"
#include "index/ivf/search.h"

typedef enum TrlIvfScanPhase
{
	TRL_IVF_SCAN_START,
	TRL_IVF_SCAN_SEARCH,		/* rows by distance */
	TRL_IVF_SCAN_NAN,			/* rows whose distance is NaN */
	TRL_IVF_SCAN_NULL,
	TRL_IVF_SCAN_DONE
} TrlIvfScanPhase;

typedef struct TrlIvfScan
{
	TrlIvfScanPhase phase;
	MemoryContext scan_context; /* of the whole scan */
	MemoryContext context;		/* of one rescan */
	const TrlIvfClass *class;
	TrlIvfMeta	meta;
	TrlIvfSearch *search;
	TrlIvfHeapRerank *heap;		/* made for the first query that needs it */
	bool		by_heap;		/* this query is one */
	bool		measures;		/* the search's distances are the operator's */
	double		scale;			/* of the search's query, by inner product */
	double		share;			/* of rows that pass what lanes are tested for */
	const TrlLaneFilter *filter;	/* of the scan keys, or NULL */
	bool		skip_values;	/* the vector IS NULL */
	bool		skip_nulls;		/* it IS NOT NULL */
	uint64		handed_out;
	double		enough_for;		/* rows that the probed lists are for */
	uint32		wanted;			/* lists to probe */

	/* the last row of a search, for kill_prior_tuple */
	TrlIvfRow	last;
	bool		has_last;

	/* TIDs of one page, in the other phases */
	ItemPointerData *tids;
	int			n_tids;
	int			next_tid;
	BlockNumber block;			/* next page of the chain */
} TrlIvfScan;

/* Begins the search for the scan's query, which probes no list yet. */
extern void trl_ivf_scan_start(IndexScanDesc scan, TrlIvfScan *state);

/* The next row of the lists probed so far in state->last. */
extern bool trl_ivf_scan_next(IndexScanDesc scan, TrlIvfScan *state);

/* Probes lists until so many have been; false if they had been, or all. */
extern bool trl_ivf_scan_probe(TrlIvfScan *state, uint32 count);

/* Goes on to rows without an order, from a page of a tail. */
extern void trl_ivf_scan_enter(TrlIvfScan *state, TrlIvfScanPhase phase,
							   BlockNumber block);

/* The next TID of the phase in scan->xs_heaptid; false at its end. */
extern bool trl_ivf_scan_unordered(IndexScanDesc scan, TrlIvfScan *state);

#endif							/* TRL_INDEX_IVF_SCAN_H */
