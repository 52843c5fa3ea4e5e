/*
 * insert.c - puts a row into a free lane of its nearest list
 *
 * The unit that the directory names is tried first, then those behind it; a
 * new one is linked at the end of the chain.
 *
 * Locks: exclusive on one unit's first page while it is searched for a free
 * lane and filled, then its code pages, then the rerank page; a unit's next
 * is locked while the unit itself is, as is the directory page after them.
 * Scans hold one unit at a time and so cannot deadlock with it.
 *
 * WAL: generic records of at most four pages.  A unit of more than two code
 * pages is logged in several; the lane becomes live in the last one, so a
 * crash in between leaves bits of a lane that holds nothing.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "index/ivf/filter.h"
#include "index/ivf/insert.h"
#include "index/ivf/maintain.h"
#include "index/ivf/methods.h"
#include "index/ivf/write.h"
#include "types/dense.h"

/* A row that is ready to be put somewhere. */
typedef struct NewRow
{
	Relation	index;
	const TrlIvfCache *cache;
	TrlIvfMeta	meta;
	uint32		list;
	ItemPointerData heap;
	TrlIvfCode	code;
	uint32		units;			/* of the list, if it has grown; else 0 */
} NewRow;

/* The page of a list's directory entry, and its place there. */
static Buffer
lock_entry(const NewRow *row, int mode, TrlIvfListEntry **entry)
{
	BlockNumber block =
	row->cache->directory_blocks[row->list / TRL_IVF_DIRECTORY_ENTRIES];
	Buffer		buffer = trl_ivf_read(row->index, block, TRL_IVF_DIRECTORY, mode);

	*entry = (TrlIvfListEntry *) PageGetContents(BufferGetPage(buffer)) +
		row->list % TRL_IVF_DIRECTORY_ENTRIES;
	return buffer;
}

/* Where inserts into the list begin. */
static BlockNumber
insert_block(const NewRow *row)
{
	TrlIvfListEntry *entry;
	Buffer		buffer = lock_entry(row, BUFFER_LOCK_SHARE, &entry);
	BlockNumber block = entry->insert;

	UnlockReleaseBuffer(buffer);
	return block;
}

/* A lane that is free, or -1. */
static int
free_lane(const TrlIvfMeta *meta, Page page)
{
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);
	int			i;

	for (i = 0; i < meta->unit_blocks; i++)
	{
		int			lane;

		if (unit->live[i] == 0xFFFFFFFF)
			continue;
		for (lane = 0; lane < TRL_IVF_LANES; lane++)
		{
			if ((unit->live[i] & (1u << lane)) == 0)
				return i * TRL_IVF_LANES + lane;
		}
	}
	return -1;
}

/*
 * Links a new, empty unit behind the one that is locked.  Returns its locked
 * and pinned buffers.
 */
static void
append_unit(NewRow *row, Buffer last, Buffer *buffers)
{
	const TrlIvfMeta *meta = &row->meta;
	TrlIvfListEntry *entry;
	GenericXLogState *state;
	Buffer		directory;
	int			i;

	trl_ivf_extend(row->index, MAIN_FORKNUM, meta->span, buffers);
	for (i = 0; i < meta->span; i++)
	{
		Page		page;

		state = GenericXLogStart(row->index);
		page = GenericXLogRegisterBuffer(state, buffers[i], GENERIC_XLOG_FULL_IMAGE);
		trl_ivf_init_unit_page(meta, page, i, row->cache->id[row->list]);
		GenericXLogFinish(state);
	}

	directory = lock_entry(row, BUFFER_LOCK_EXCLUSIVE, &entry);
	state = GenericXLogStart(row->index);
	TrlIvfPageOpaque(GenericXLogRegisterBuffer(state, last, 0))->next =
		BufferGetBlockNumber(buffers[0]);
	entry = (TrlIvfListEntry *)
		PageGetContents(GenericXLogRegisterBuffer(state, directory, 0)) +
		row->list % TRL_IVF_DIRECTORY_ENTRIES;
	entry->insert = BufferGetBlockNumber(buffers[0]);
	row->units = ++entry->units;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(directory);
}

/*
 * Locks the pages of a unit with a free lane; the lane's number, or -1 if the
 * list takes no more rows.
 */
static int
lock_unit(NewRow *row, Buffer *buffers)
{
	const TrlIvfMeta *meta = &row->meta;
	BlockNumber block = insert_block(row);
	int			lane;
	int			i;

	for (;;)
	{
		BlockNumber next;

		CHECK_FOR_INTERRUPTS();
		buffers[0] = trl_ivf_read_list(row->index, block, TRL_IVF_POSTING,
									   row->cache->id[row->list],
									   BUFFER_LOCK_EXCLUSIVE);
		if (TrlIvfPageOpaque(BufferGetPage(buffers[0]))->flags & TRL_IVF_FROZEN)
		{
			UnlockReleaseBuffer(buffers[0]);
			return -1;
		}
		lane = free_lane(meta, BufferGetPage(buffers[0]));
		if (lane >= 0)
			break;
		next = TrlIvfPageOpaque(BufferGetPage(buffers[0]))->next;
		if (next == InvalidBlockNumber)
		{
			Buffer		last = buffers[0];

			append_unit(row, last, buffers);
			UnlockReleaseBuffer(last);
			return 0;
		}
		UnlockReleaseBuffer(buffers[0]);
		block = next;
	}
	for (i = 1; i < meta->span; i++)
		buffers[i] = trl_ivf_read_list(row->index, block + i, TRL_IVF_CODES,
									   row->cache->id[row->list],
									   BUFFER_LOCK_EXCLUSIVE);
	return lane;
}

/*
 * The rerank page of a lane, locked; a new one if there is none yet, none if
 * the index has no rerank rows.
 */
static Buffer
lock_rerank(const NewRow *row, const TrlIvfUnit *unit, int lane, bool *is_new)
{
	BlockNumber block;
	Buffer		buffer;

	*is_new = false;
	if (row->meta.rerank_pages == 0)
		return InvalidBuffer;
	block = unit->rerank[lane / row->meta.rerank_rows];
	*is_new = block == InvalidBlockNumber;
	if (!*is_new)
		return trl_ivf_read_list(row->index, block, TRL_IVF_RERANK,
								 row->cache->id[row->list],
								 BUFFER_LOCK_EXCLUSIVE);
	trl_ivf_extend(row->index, MAIN_FORKNUM, 1, &buffer);
	return buffer;
}

static void
set_rerank(const NewRow *row, Page page, int lane, bool is_new)
{
	Size		size = trl_ivf_rerank_size(&row->meta);

	if (is_new)
		trl_ivf_page_init(page, TRL_IVF_RERANK, size * row->meta.rerank_rows,
						  row->cache->id[row->list]);
	memcpy(PageGetContents(page) + size * (lane % row->meta.rerank_rows),
		   row->code.row, size);
}

static void
set_front(const NewRow *row, Page page, int lane, Buffer rerank)
{
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(page);
	TrlIvfRuns	runs = trl_ivf_runs(&row->meta, unit);

	runs.add[lane] = row->code.add;
	runs.rescale[lane] = row->code.rescale;
	runs.error[lane] = row->code.error;
	runs.heap[lane] = row->heap;
	if (row->meta.n_filters > 0)
		trl_ivf_filter_put(&row->meta, &runs, lane, row->code.filters);
	if (BufferIsValid(rerank))
		unit->rerank[lane / row->meta.rerank_rows] = BufferGetBlockNumber(rerank);
	unit->live[lane / TRL_IVF_LANES] |= 1u << (lane % TRL_IVF_LANES);
}

/*
 * Writes the row into the lane.  The last record holds the first page, the
 * rerank page and up to two code pages; those before it further code pages.
 */
static void
fill_lane(const NewRow *row, Buffer *buffers, int lane)
{
	const TrlIvfMeta *meta = &row->meta;
	Page		pages[TRL_IVF_MAX_SPAN];
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(BufferGetPage(buffers[0]));
	bool		is_new;
	Buffer		rerank = lock_rerank(row, unit, lane, &is_new);
	GenericXLogState *state;
	int			first;

	for (first = meta->span - 1; first > 2; first -= MAX_GENERIC_XLOG_PAGES)
	{
		int			from = Max(first - MAX_GENERIC_XLOG_PAGES + 1, 3);
		int			i;

		state = GenericXLogStart(row->index);
		memset(pages, 0, sizeof(pages));
		for (i = from; i <= first; i++)
			pages[i] = GenericXLogRegisterBuffer(state, buffers[i], 0);
		trl_ivf_set_lane_bits(meta, pages, lane, row->code.bits);
		GenericXLogFinish(state);
	}

	state = GenericXLogStart(row->index);
	memset(pages, 0, sizeof(pages));
	for (first = 0; first < Min(meta->span, 3); first++)
		pages[first] = GenericXLogRegisterBuffer(state, buffers[first], 0);
	if (BufferIsValid(rerank))
		set_rerank(row, GenericXLogRegisterBuffer(state, rerank,
												  is_new ? GENERIC_XLOG_FULL_IMAGE : 0),
				   lane, is_new);
	trl_ivf_set_lane_bits(meta, pages, lane, row->code.bits);
	set_front(row, pages[0], lane, rerank);
	GenericXLogFinish(state);
	if (BufferIsValid(rerank))
		UnlockReleaseBuffer(rerank);
}

/* False if the row's list takes no more rows. */
static bool
insert_lane(NewRow *row)
{
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	int			lane = lock_unit(row, buffers);
	int			i;

	if (lane < 0)
		return false;
	fill_lane(row, buffers, lane);
	for (i = row->meta.span - 1; i >= 0; i--)
		UnlockReleaseBuffer(buffers[i]);
	return true;
}

uint32
trl_ivf_insert_rotated(Relation index, const float *vector,
					   const uint8 *filters, ItemPointer heap, int64 but,
					   uint32 *units)
{
	NewRow		row = {.index = index,.heap = *heap,.code.filters = filters};
	float	   *centroid = NULL;
	float	   *scratch = NULL;

	for (;;)
	{
		int			padded;

		row.cache = trl_ivf_cache(index);
		row.meta = row.cache->meta;
		padded = row.meta.dims_padded;
		if (centroid == NULL)
		{
			centroid = palloc(sizeof(float) * padded);
			scratch = palloc(sizeof(float) * padded);
			row.code.bits = palloc(padded / 8);
			row.code.row = palloc(trl_ivf_rerank_size(&row.meta));
		}
		row.list = trl_ivf_nearest_list(index, row.cache, vector, but, centroid);
		trl_ivf_encode(&row.meta, vector, centroid, scratch, &row.code);
		if (insert_lane(&row))
			break;
		trl_ivf_wait_or_thaw(index, row.list, row.meta.generation);
	}
	pfree(centroid);
	pfree(scratch);
	pfree(row.code.bits);
	pfree(row.code.row);
	*units = row.units;
	return row.list;
}

/* ---- rows in no list ---- */

/* The last page of a tail, locked, or none; the metapage is locked too. */
static void
insert_tail(Relation index, TrlIvfValue kind, ItemPointer heap)
{
	Buffer		meta_buffer = trl_ivf_read(index, TRL_IVF_META_BLOCK,
										   TRL_IVF_META, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(index);
	TrlIvfMeta *meta = (TrlIvfMeta *)
	PageGetContents(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	BlockNumber *first = kind == TRL_IVF_VALUE_NULL ?
	&meta->tail_null : &meta->tail_nan;
	Buffer		buffer = InvalidBuffer;
	Page		page = NULL;
	TrlIvfTail *tail;
	bool		full = true;

	/* the page in front has room, or none has */
	if (*first != InvalidBlockNumber)
	{
		buffer = trl_ivf_read(index, *first, TRL_IVF_TAIL, BUFFER_LOCK_EXCLUSIVE);
		tail = (TrlIvfTail *) PageGetContents(BufferGetPage(buffer));
		full = tail->count == TRL_IVF_TAIL_TIDS;
		if (full)
			UnlockReleaseBuffer(buffer);
	}
	if (full)
	{
		trl_ivf_extend(index, MAIN_FORKNUM, 1, &buffer);
		page = GenericXLogRegisterBuffer(state, buffer, GENERIC_XLOG_FULL_IMAGE);
		trl_ivf_page_init(page, TRL_IVF_TAIL, offsetof(TrlIvfTail, heap), 0);
		TrlIvfPageOpaque(page)->next = *first;
		*first = BufferGetBlockNumber(buffer);
	}
	else
		page = GenericXLogRegisterBuffer(state, buffer, 0);
	tail = (TrlIvfTail *) PageGetContents(page);
	tail->heap[tail->count++] = *heap;
	((PageHeader) page)->pd_lower += sizeof(ItemPointerData);
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
}

bool
trl_ivf_insert(Relation index, Datum *values, bool *isnull,
			   ItemPointer heap_tid, Relation heap, IndexUniqueCheck unique,
			   bool unchanged, IndexInfo *info)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis ivf insert",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	const TrlIvfClass *class = trl_ivf_class(index);
	TrlIvfMeta	meta;
	TrlIvfValue kind;
	float	   *vector;
	float	   *rotated;
	uint8	   *filters;
	uint32		list;
	uint32		units;

	(void) heap;
	(void) unique;
	(void) unchanged;
	(void) info;
	meta = trl_ivf_cache(index)->meta;
	vector = palloc(sizeof(float) * meta.dims);
	kind = trl_ivf_value(class, &meta, values[0], isnull[0], vector);
	if (kind == TRL_IVF_VALUE)
	{
		rotated = palloc(sizeof(float) * meta.dims_padded);
		trl_ivf_rotate(&meta, vector, rotated);
		filters = palloc(meta.filter_bytes);
		trl_ivf_filter_form(&meta, values, isnull, filters);
		list = trl_ivf_insert_rotated(index, rotated, filters, heap_tid, -1,
									  &units);
		if (units > 0)
			trl_ivf_maybe_split(index, list, units);
	}
	else
		insert_tail(index, kind, heap_tid);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return false;
}
