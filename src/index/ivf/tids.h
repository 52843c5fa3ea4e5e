/*
 * tids.h - a set of TIDs that a search is confined to
 *
 * Made from what other indexes of the table say; asked of 32 lanes at a time.
 */
#ifndef TRL_INDEX_IVF_TIDS_H
#define TRL_INDEX_IVF_TIDS_H

#include "storage/itemptr.h"

typedef struct TrlIvfTids TrlIvfTids;

/* An empty set; blocks is the table's length.  In the current context. */
extern TrlIvfTids *trl_ivf_tids_create(BlockNumber blocks);

/*
 * Adds n tuples of a page, or all of them if n is negative.  Pages come in
 * ascending order, each once.
 */
extern void trl_ivf_tids_add(TrlIvfTids *tids, BlockNumber block,
							 const OffsetNumber *offsets, int n);

extern bool trl_ivf_tids_has(const TrlIvfTids *tids,
							 const ItemPointerData *tid);

/* Of the lanes, as bits, those whose TID, one of 32, is in the set. */
extern uint32 trl_ivf_tids_lanes(const TrlIvfTids *tids,
								 const ItemPointerData *heap, uint32 lanes);

#endif							/* TRL_INDEX_IVF_TIDS_H */
