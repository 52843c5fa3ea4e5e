/*
 * rows.c - reads the rows of a list back from their codes
 *
 * Locks: share locks on a unit's first page and one of its rerank pages, or all
 * of its pages.
 * WAL: none.  Memory: the current context.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "index/ivf/filter.h"
#include "index/ivf/rows.h"
#include "index/ivf/write.h"

/* Adds what a lane holds, but for the vector, which stands there already. */
static void
add_lane(const TrlIvfMeta *meta, const TrlIvfRuns *runs, int lane,
		 TrlIvfRows *rows)
{
	if (meta->n_filters > 0)
		trl_ivf_filter_get(meta, runs, lane, rows->filters +
						   (Size) meta->filter_bytes * rows->n);
	rows->heap[rows->n++] = runs->heap[lane];
}

/* Adds the live rows of a unit, whose first page is locked, by exact codes. */
static void
decode_codes(Relation index, const TrlIvfMeta *meta, uint32 id,
			 BlockNumber block, Page page, TrlIvfRows *rows)
{
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(page);
	TrlIvfRuns	runs = trl_ivf_runs(meta, unit);
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	Page		pages[TRL_IVF_MAX_SPAN] = {page};
	uint8	   *bits = palloc(trl_ivf_code_size(meta));
	int			lane;
	int			i;

	for (i = 1; i < meta->span; i++)
	{
		buffers[i] = trl_ivf_read_list(index, block + i, TRL_IVF_CODES, id,
									   BUFFER_LOCK_SHARE);
		pages[i] = BufferGetPage(buffers[i]);
	}
	for (lane = 0; lane < TRL_IVF_UNIT_LANES(meta); lane++)
	{
		if (!trl_ivf_is_live(unit, lane))
			continue;
		trl_ivf_get_lane_bits(meta, pages, lane, bits);
		trl_ivf_bits_decode(meta, bits,
							rows->vectors + (Size) rows->n * meta->dims_padded);
		add_lane(meta, &runs, lane, rows);
	}
	for (i = meta->span - 1; i > 0; i--)
		UnlockReleaseBuffer(buffers[i]);
	pfree(bits);
}

/* Adds the live rows of a unit, whose first page is locked. */
static void
decode_unit(Relation index, const TrlIvfMeta *meta, Page page,
			const float *centroid, TrlIvfRows *rows)
{
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(page);
	TrlIvfRuns	runs = trl_ivf_runs(meta, unit);
	Size		size = trl_ivf_rerank_size(meta);
	uint8	   *scratch = palloc(meta->dims_padded);
	int			lane;
	int			number;

	for (number = 0; number < meta->rerank_pages; number++)
	{
		int			from = number * meta->rerank_rows;
		int			to = Min(from + meta->rerank_rows, TRL_IVF_UNIT_LANES(meta));
		Buffer		buffer;
		char	   *stored;

		if (unit->rerank[number] == InvalidBlockNumber)
			continue;
		buffer = trl_ivf_read(index, unit->rerank[number], TRL_IVF_RERANK,
							  BUFFER_LOCK_SHARE);
		stored = PageGetContents(BufferGetPage(buffer));
		for (lane = from; lane < to; lane++)
		{
			if (!trl_ivf_is_live(unit, lane))
				continue;
			trl_ivf_row_decode(meta, (TrlIvfRerankRow *) (stored + size * (lane - from)),
							   centroid, scratch,
							   rows->vectors + (Size) rows->n * meta->dims_padded);
			add_lane(meta, &runs, lane, rows);
		}
		UnlockReleaseBuffer(buffer);
	}
	pfree(scratch);
}

BlockNumber
trl_ivf_read_unit(Relation index, const TrlIvfMeta *meta, uint32 id,
				  BlockNumber block, const float *centroid, TrlIvfRows *rows)
{
	Buffer		buffer = trl_ivf_read_list(index, block, TRL_IVF_POSTING, id,
										   BUFFER_LOCK_SHARE);
	Page		page = BufferGetPage(buffer);

	if (meta->row_bits == 0)
		decode_codes(index, meta, id, block, page, rows);
	else
		decode_unit(index, meta, page, centroid, rows);
	block = TrlIvfPageOpaque(page)->next;
	UnlockReleaseBuffer(buffer);
	CHECK_FOR_INTERRUPTS();
	return block;
}

TrlIvfRows
trl_ivf_make_rows(const TrlIvfMeta *meta, uint32 units)
{
	Size		room = (Size) units * TRL_IVF_UNIT_LANES(meta);
	TrlIvfRows	rows = {0};

	rows.vectors = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(float) * room * meta->dims_padded);
	rows.heap = MemoryContextAllocHuge(CurrentMemoryContext,
									   sizeof(ItemPointerData) * room);
	rows.filters = MemoryContextAllocHuge(CurrentMemoryContext,
										  (Size) meta->filter_bytes * room);
	return rows;
}

TrlIvfRows
trl_ivf_read_rows(Relation index, const TrlIvfCache *cache, uint32 list,
				  const TrlIvfListEntry *entry)
{
	const TrlIvfMeta *meta = &cache->meta;
	float	   *centroid = palloc(sizeof(float) * meta->dims_padded);
	BlockNumber block = entry->first;
	TrlIvfRows	rows = trl_ivf_make_rows(meta, entry->units);
	uint32		units = 0;

	trl_ivf_centroid(index, cache->centroid_blocks, meta->dims_padded, list,
					 centroid);
	while (block != InvalidBlockNumber)
	{
		/* a row that is left out here is lost when the list is retired */
		if (units++ == entry->units)
			ereport(ERROR,
					(errcode(ERRCODE_INDEX_CORRUPTED),
					 errmsg("index \"%s\" is corrupted",
							RelationGetRelationName(index)),
					 errdetail("List %u has more than the %u units that its entry says.",
							   list, entry->units),
					 errhint("Rebuild it with REINDEX.")));
		block = trl_ivf_read_unit(index, meta, entry->id, block, centroid, &rows);
	}
	return rows;
}
