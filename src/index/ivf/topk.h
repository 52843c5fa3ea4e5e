/*
 * topk.h - a scan of an ivf index for a caller that knows what it looks for
 *
 * An index scan hands out rows one by one and cannot know how many of them
 * are of use.  The caller here reads the rows and tests them; it says how many
 * it wants, what rows are worth reading, and how far the k-th is, and the scan
 * probes lists accordingly.
 *
 * Order of calls: index_rescan() with the query, trl_ivf_topk_begin(), then
 * any of the others.  Nothing is locked or pinned between calls.
 */
#ifndef TRL_INDEX_IVF_TOPK_H
#define TRL_INDEX_IVF_TOPK_H

#include "access/relscan.h"

#include "index/ivf/search.h"
#include "index/ivf/tids.h"

/* Can the index, whatever its access method is called, be searched so? */
extern bool trl_ivf_topk_serves(const struct IndexOptInfo *index);

/* Are the distances of an operator class never negative? */
extern bool trl_ivf_topk_not_negative(Oid opfamily, Oid type);

/*
 * Begins the search, whose lanes the caller may filter.  About "share" of the
 * table's rows pass what the lanes are tested for; 1 if that is nothing.
 */
extern TrlIvfSearch *trl_ivf_topk_begin(IndexScanDesc scan, double share);

/* From now on only lanes with these TIDs; the set must last. */
extern void trl_ivf_topk_confine(IndexScanDesc scan, const TrlIvfTids *tids);

/*
 * Probes what is missing for k rows of which the last one is so far away, by
 * the operator; INFINITY if there are fewer.  Of the rows that were handed out
 * a share has passed.  False if nothing is missing.
 */
extern bool trl_ivf_topk_widen(IndexScanDesc scan, double k, double farthest,
							   double passed);

/*
 * The same for all rows that are no farther than a radius.
 */
extern bool trl_ivf_topk_widen_range(IndexScanDesc scan, double radius,
									 double passed);

/*
 * The next row of the lists probed so far in scan->xs_heaptid, to be read by
 * index_fetch_heap(), and a distance, by the operator, that neither this row
 * nor those that follow are likely to be nearer than.  -INFINITY if that is not known; the rows' order is
 * then all there is, or even their order is no matter.
 */
extern bool trl_ivf_topk_next(IndexScanDesc scan, double *distance);

/* Takes back the row that was handed out last, which has not been read. */
extern void trl_ivf_topk_return(IndexScanDesc scan);

/* Are those distances known? */
extern bool trl_ivf_topk_measures(IndexScanDesc scan);

/*
 * The next row without a vector (nulls), or without a distance, in
 * scan->xs_heaptid.  All of one kind have to be asked for before the other.
 */
extern bool trl_ivf_topk_tail(IndexScanDesc scan, bool nulls);

/* What the search has done so far. */
extern const TrlIvfCounters *trl_ivf_topk_counters(IndexScanDesc scan);

/* Lists in use, of which so many have been probed. */
extern uint32 trl_ivf_topk_lists(IndexScanDesc scan);

#endif							/* TRL_INDEX_IVF_TOPK_H */
