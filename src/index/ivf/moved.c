/*
 * moved.c - which rows of a list that was being emptied are elsewhere already
 *
 * A crash, or an error, while a list is emptied leaves some of its rows in two
 * lists.  Who goes on reads the TIDs of all other lists once.
 *
 * Locks: TRL_IVF_MOVE_LOCK is held; a share lock on one unit at a time.  WAL:
 * none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/bufmgr.h"

#include "index/ivf/cache.h"
#include "index/ivf/maintain.h"

static int
compare_tids(const void *left, const void *right)
{
	return ItemPointerCompare(unconstify(ItemPointerData *, (const ItemPointerData *) left),
							  unconstify(ItemPointerData *, (const ItemPointerData *) right));
}

/* Notes which of the sorted TIDs are in a list. */
static void
find_moved(Relation index, const TrlIvfMeta *meta, BlockNumber block,
		   const ItemPointerData *tids, int n, bool *found)
{
	while (block != InvalidBlockNumber)
	{
		Buffer		buffer = trl_ivf_read(index, block, TRL_IVF_POSTING,
										  BUFFER_LOCK_SHARE);
		Page		page = BufferGetPage(buffer);
		TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(page);
		TrlIvfRuns	runs = trl_ivf_runs(meta, unit);
		int			lane;

		for (lane = 0; lane < TRL_IVF_UNIT_LANES(meta); lane++)
		{
			const ItemPointerData *at;

			if ((unit->live[lane / TRL_IVF_LANES] &
				 (1u << (lane % TRL_IVF_LANES))) == 0)
				continue;
			at = bsearch(&runs.heap[lane], tids, n, sizeof(ItemPointerData),
						 compare_tids);
			if (at != NULL)
				found[at - tids] = true;
		}
		block = TrlIvfPageOpaque(page)->next;
		UnlockReleaseBuffer(buffer);
		CHECK_FOR_INTERRUPTS();
	}
}

void
trl_ivf_drop_moved(Relation index, const TrlIvfCache *cache, uint32 list,
				   TrlIvfRows *rows)
{
	Size		dims = cache->meta.dims_padded;
	Size		filter_bytes = cache->meta.filter_bytes;
	ItemPointerData *heap = rows->heap;
	int			n = rows->n;
	ItemPointerData *tids = palloc(sizeof(ItemPointerData) * Max(n, 1));
	bool	   *found = palloc0(sizeof(bool) * Max(n, 1));
	int			kept = 0;
	uint32		other;
	int			i;

	memcpy(tids, heap, sizeof(ItemPointerData) * n);
	qsort(tids, n, sizeof(ItemPointerData), compare_tids);
	for (other = 0; other < cache->meta.lists; other++)
	{
		if (other != list)
			find_moved(index, &cache->meta, cache->first[other], tids, n, found);
	}
	for (i = 0; i < n; i++)
	{
		ItemPointerData *at = bsearch(&heap[i], tids, n,
									  sizeof(ItemPointerData), compare_tids);

		if (found[at - tids])
			continue;
		heap[kept] = heap[i];
		memmove(rows->vectors + dims * kept, rows->vectors + dims * i,
				sizeof(float) * dims);
		memmove(rows->filters + filter_bytes * kept,
				rows->filters + filter_bytes * i, filter_bytes);
		kept++;
	}
	pfree(tids);
	pfree(found);
	rows->n = kept;
}
