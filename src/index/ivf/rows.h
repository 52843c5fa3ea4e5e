/*
 * rows.h - rows of an ivf index's lists, decoded
 */
#ifndef TRL_INDEX_IVF_ROWS_H
#define TRL_INDEX_IVF_ROWS_H

#include "index/ivf/cache.h"

/* Live rows and their filter columns: vectors as trl_ivf_rotate() leaves them, as near as codes say. */
typedef struct TrlIvfRows
{
	int			n;
	float	   *vectors;		/* dims_padded each */
	ItemPointerData *heap;
	uint8	   *filters;		/* filter_bytes each */
} TrlIvfRows;

/* Room for the rows of so many units, in the current context. */
extern TrlIvfRows trl_ivf_make_rows(const TrlIvfMeta *meta, uint32 units);

/* Adds the live rows of a list's unit, by its id; returns the next one's block. */
extern BlockNumber trl_ivf_read_unit(Relation index, const TrlIvfMeta *meta,
									 uint32 id, BlockNumber block,
									 const float *centroid, TrlIvfRows *rows);

/* All live rows of a frozen list; XX002 if its entry knows less of them. */
extern TrlIvfRows trl_ivf_read_rows(Relation index, const TrlIvfCache *cache,
									uint32 list, const TrlIvfListEntry *entry);

#endif							/* TRL_INDEX_IVF_ROWS_H */
