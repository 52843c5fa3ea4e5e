/*
 * check.h - what the two halves of trellis.ivf_check() share
 */
#ifndef TRL_INDEX_IVF_CHECK_H
#define TRL_INDEX_IVF_CHECK_H

#include "utils/snapshot.h"
#include "utils/tuplesort.h"

#include "index/ivf/cache.h"

/*
 * Where a row stands: the block of its unit or tail page, its lane or place
 * there, the kind of place, and whether the unit is frozen, so that the row
 * may already be in another list too.
 */
typedef struct TrlIvfSpot
{
	uint64		tid;			/* block << 16 | offset */
	BlockNumber block;
	uint16		lane;
	uint8		kind;			/* TrlIvfValue: in a list, or which tail */
	bool		frozen;
} TrlIvfSpot;

typedef struct TrlIvfCheck
{
	Relation	heap;
	Relation	index;
	TrlIvfMeta	meta;
	const TrlIvfClass *class;

	/* pages that have been seen, one bit each */
	uint8	   *used;
	BlockNumber used_room;

	BlockNumber *centroid_blocks;
	TrlIvfPlaceOf *places;		/* of the lists in use */
	uint32		n_places;
	char	   *pages;			/* copies of a unit's pages */
	char	   *rerank;			/* copy of a rerank page */

	Tuplesortstate *sort;		/* spots, by TID */
	TupleTableSlot *slot;
	int64		rows;
} TrlIvfCheck;

/* Raises XX002: the index is corrupted, with the detail. */
extern _Noreturn void trl_ivf_check_failed(const TrlIvfCheck *check,
										   const char *format,...)
			pg_attribute_printf(2, 3);

/* Copies a page that is of the kind into a buffer of BLCKSZ bytes. */
extern void trl_ivf_check_copy(const TrlIvfCheck *check, BlockNumber block,
							   TrlIvfPageKind kind, char *copy);

/* Copies a unit's pages to check->pages; returns them. */
extern char *trl_ivf_check_unit(const TrlIvfCheck *check, BlockNumber block);

/* The sorted spots, one by one; false at the end. */
extern bool trl_ivf_check_next(const TrlIvfCheck *check, TrlIvfSpot *spot);

/*
 * check_heap.c: every row of the table that the snapshot sees is at one spot,
 * and what stands there is made from it.  The spots have been sorted.
 */
extern void trl_ivf_check_heap(TrlIvfCheck *check, Snapshot snapshot);

#endif							/* TRL_INDEX_IVF_CHECK_H */
