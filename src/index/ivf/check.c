/*
 * check.c - trellis.ivf_check(): is an ivf index what it should be?
 *
 * Walks everything that the metapage leads to: centroids, directory, each
 * list's units with their rerank pages, both tails.  Pages are of the right
 * kind and used once; what a lane holds is finite; no TID stands twice.  With
 * heap_check, check_heap.c then compares with the table.
 *
 * Pages that nothing leads to are no fault: a crash while an index grows
 * leaves some.  So are rows of the index that the table no longer has.
 *
 * Locks: ShareUpdateExclusiveLock on the table, which keeps VACUUM away, so
 * that a TID is not used anew meanwhile; while recovering, AccessShareLock.
 * TRL_IVF_MOVE_LOCK shared, so that rows stay in their lists.  One page, or
 * one unit, share-locked at a time.  WAL: none.
 * Memory: a bit per page, and maintenance_work_mem to sort TIDs.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "index/ivf/check.h"
#include "index/ivf/filter.h"
#include "index/ivf/inspect.h"
#include "index/ivf/maintain.h"

TRL_FUNCTION(trl_ivf_check);

void
trl_ivf_check_failed(const TrlIvfCheck *check, const char *format,...)
{
	char		detail[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" is corrupted",
					RelationGetRelationName(check->index)),
			 errdetail_internal("%s", detail),
			 errhint("Rebuild it with REINDEX.")));
	pg_unreachable();
}

/* ---- pages ---- */

/* Notes that a page has been seen; it must exist and be new. */
static void
use_page(TrlIvfCheck *check, BlockNumber block, const char *what)
{
	if (block >= check->used_room)
	{
		BlockNumber blocks = RelationGetNumberOfBlocks(check->index);
		Size		bytes = (Size) blocks / 8 + 1;

		/* the index may have grown */
		if (block >= blocks)
			trl_ivf_check_failed(check, "The block of %s is %u; the file has %u.",
								 what, block, blocks);
		if (check->used == NULL)
			check->used = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
		else
			check->used = repalloc_huge(check->used, bytes);
		memset(check->used + (check->used_room == 0 ? 0 : check->used_room / 8 + 1),
			   0, bytes - (check->used_room == 0 ? 0 : check->used_room / 8 + 1));
		check->used_room = blocks;
	}
	if (check->used[block / 8] & (1 << block % 8))
		trl_ivf_check_failed(check, "Block %u is used twice, again as %s.", block,
							 what);
	check->used[block / 8] |= (uint8) (1 << block % 8);
}

void
trl_ivf_check_copy(const TrlIvfCheck *check, BlockNumber block,
				   TrlIvfPageKind kind, char *copy)
{
	Buffer		buffer = trl_ivf_read(check->index, block, kind,
									  BUFFER_LOCK_SHARE);

	memcpy(copy, BufferGetPage(buffer), BLCKSZ);
	UnlockReleaseBuffer(buffer);
}

char *
trl_ivf_check_unit(const TrlIvfCheck *check, BlockNumber block)
{
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	int			i;

	/* all locked at once: an insert changes them together */
	for (i = 0; i < check->meta.span; i++)
	{
		buffers[i] = trl_ivf_read(check->index, block + i,
								  i == 0 ? TRL_IVF_POSTING : TRL_IVF_CODES,
								  BUFFER_LOCK_SHARE);
		memcpy(check->pages + (Size) i * BLCKSZ, BufferGetPage(buffers[i]), BLCKSZ);
	}
	for (i = check->meta.span - 1; i >= 0; i--)
		UnlockReleaseBuffer(buffers[i]);
	return check->pages;
}

static Size
contents_size(const char *page)
{
	return ((const PageHeaderData *) page)->pd_lower -
		MAXALIGN(SizeOfPageHeaderData);
}

/* ---- spots ---- */

static void
begin_spots(TrlIvfCheck *check)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	AttrNumber	column = 1;
	Oid			less = Int8LessOperator;
	Oid			collation = InvalidOid;
	bool		nulls_first = false;

	TupleDescInitEntry(desc, 1, "tid", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 2, "spot", INT8OID, -1, 0);
	/* read twice: see check_once() */
	check->sort = tuplesort_begin_heap(desc, 1, &column, &less, &collation,
									   &nulls_first, maintenance_work_mem, NULL,
									   TUPLESORT_RANDOMACCESS);
	check->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
}

static void
add_spot(TrlIvfCheck *check, const ItemPointerData *tid, BlockNumber block,
		 int lane, TrlIvfValue kind, bool frozen)
{
	uint64		key;
	uint64		spot;

	if (!ItemPointerIsValid(tid) ||
		ItemPointerGetOffsetNumber(tid) > MaxHeapTuplesPerPage ||
		ItemPointerGetBlockNumber(tid) == InvalidBlockNumber)
		trl_ivf_check_failed(check, "Place %d of block %u holds (%u,%u), which is no row's TID.",
							 lane, block, ItemPointerGetBlockNumberNoCheck(tid),
							 ItemPointerGetOffsetNumberNoCheck(tid));
	key = (uint64) ItemPointerGetBlockNumber(tid) << 16 |
		ItemPointerGetOffsetNumber(tid);
	spot = (uint64) block << 32 | (uint64) lane << 8 | (uint64) kind << 1 |
		(frozen ? 1 : 0);

	ExecClearTuple(check->slot);
	check->slot->tts_values[0] = Int64GetDatum((int64) key);
	check->slot->tts_values[1] = Int64GetDatum((int64) spot);
	check->slot->tts_isnull[0] = check->slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(check->slot);
	tuplesort_puttupleslot(check->sort, check->slot);
	check->rows++;
}

/* Sorted, the spots need a slot of another kind. */
static void
sort_spots(TrlIvfCheck *check)
{
	TupleDesc	desc = check->slot->tts_tupleDescriptor;

	check->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	tuplesort_performsort(check->sort);
}

bool
trl_ivf_check_next(const TrlIvfCheck *check, TrlIvfSpot *spot)
{
	bool		isnull;
	uint64		packed;

	CHECK_FOR_INTERRUPTS();
	if (!tuplesort_gettupleslot(check->sort, true, false, check->slot, NULL))
		return false;
	spot->tid = (uint64) DatumGetInt64(slot_getattr(check->slot, 1, &isnull));
	packed = (uint64) DatumGetInt64(slot_getattr(check->slot, 2, &isnull));
	spot->block = (BlockNumber) (packed >> 32);
	spot->lane = (uint16) (packed >> 8);
	spot->kind = (uint8) ((packed & 0xFF) >> 1);
	spot->frozen = (packed & 1) != 0;
	return true;
}

/*
 * No TID stands twice, but where a frozen unit's row is in another list
 * already.
 */
static void
check_once(TrlIvfCheck *check)
{
	TrlIvfSpot	last = {0};
	TrlIvfSpot	spot;

	while (trl_ivf_check_next(check, &spot))
	{
		if (spot.tid == last.tid && !spot.frozen && !last.frozen)
			trl_ivf_check_failed(check, "The row (%u,%u) stands twice, in blocks %u and %u.",
								 (BlockNumber) (spot.tid >> 16),
								 (uint32) (spot.tid & 0xFFFF), last.block,
								 spot.block);
		last = spot;
	}
	tuplesort_rescan(check->sort);
}

/* ---- metapage, centroids, directory ---- */

static void
check_meta(TrlIvfCheck *check)
{
	const TrlIvfMeta *meta = &check->meta;
	TrlIvfMeta	shape;
	size_t		element_size = trl_ivf_element_size(check->class);
	int			dims;
	int			i;
	int			k;

	trl_ivf_read_meta(check->index, &check->meta);
	use_page(check, TRL_IVF_META_BLOCK, "the metapage");
	dims = TupleDescAttr(RelationGetDescr(check->index), 0)->atttypmod;
	if (meta->column_dims != dims || meta->metric != check->class->metric ||
		meta->element_size != element_size)
		trl_ivf_check_failed(check, "The metapage says %d dimensions of %u bytes, metric %u; the column has %d of %zu, metric %d.",
							 meta->column_dims, meta->element_size, meta->metric, dims,
							 element_size,
							 (int) check->class->metric);
	memcpy(&shape, meta, sizeof(TrlIvfMeta));
	trl_ivf_filter_columns(&shape, check->index);
	if (memcmp(shape.filters, meta->filters, sizeof(shape.filters)) != 0)
		trl_ivf_check_failed(check, "The filter columns on the metapage are not the index's.");
	trl_ivf_shape_column(&shape, check->class->sparse, dims);
	if (memcmp(&shape, meta, sizeof(TrlIvfMeta)) != 0)
		trl_ivf_check_failed(check, "The shape of units on the metapage does not follow from %d dimensions and %u filter columns.",
							 dims, shape.n_filters);
	if (meta->lists < 1 || meta->lists_in_use < 1 ||
		meta->lists_in_use > meta->lists)
		trl_ivf_check_failed(check, "The metapage says %u lists, %u of them in use.",
							 meta->lists, meta->lists_in_use);
	for (k = 0; k < TRL_IVF_CALIBRATED_K && meta->calibrated_rows > 0; k++)
	{
		for (i = 1; i < TRL_IVF_CALIBRATED_RECALLS; i++)
		{
			if (!(meta->probes[k][i] >= meta->probes[k][i - 1]) ||
				!(meta->reach[k][i] >= meta->reach[k][i - 1]) ||
				meta->recall[i] <= meta->recall[i - 1])
				trl_ivf_check_failed(check, "The calibration does not rise with the recall.");
		}
	}
}

/* Uses the pages of a chain and notes their blocks. */
static BlockNumber *
check_chain(TrlIvfCheck *check, BlockNumber block, TrlIvfPageKind kind,
			uint64 items, Size item_size, int per_page, const char *what)
{
	uint64		pages = (items + per_page - 1) / per_page;
	BlockNumber *blocks = MemoryContextAllocHuge(CurrentMemoryContext,
												 sizeof(BlockNumber) * Max(pages, 1));
	uint64		i;

	for (i = 0; i < pages; i++)
	{
		Size		needed = item_size * Min((uint64) per_page, items - i * per_page);

		CHECK_FOR_INTERRUPTS();
		use_page(check, block, what);
		trl_ivf_check_copy(check, block, kind, check->pages);
		if (contents_size(check->pages) < needed)
			trl_ivf_check_failed(check, "Block %u, page " UINT64_FORMAT " of %s, has %zu bytes instead of %zu.",
								 block, i, what, (size_t) contents_size(check->pages),
								 (size_t) needed);
		blocks[i] = block;
		block = TrlIvfPageOpaque(check->pages)->next;
	}
	return blocks;
}

static void
check_centroids(TrlIvfCheck *check)
{
	const TrlIvfMeta *meta = &check->meta;
	float	   *centroid = palloc(sizeof(float) * meta->dims_padded);
	uint32		list;
	int			i;

	check->centroid_blocks =
		check_chain(check, meta->centroids, TRL_IVF_CENTROID,
					(uint64) meta->lists * meta->dims_padded, sizeof(float),
					TRL_IVF_PAGE_FLOATS, "the centroids");
	for (list = 0; list < meta->lists; list++)
	{
		CHECK_FOR_INTERRUPTS();
		trl_ivf_centroid(check->index, check->centroid_blocks,
						 meta->dims_padded, list, centroid);
		for (i = 0; i < meta->dims_padded; i++)
		{
			if (!isfinite(centroid[i]))
				trl_ivf_check_failed(check, "The centroid of list %u is not finite.",
									 list);
		}
	}
	pfree(centroid);
}

/* ---- lists ---- */

static void
check_rerank_rows(TrlIvfCheck *check, uint32 id, const TrlIvfUnit *unit,
				  int number)
{
	const TrlIvfMeta *meta = &check->meta;
	BlockNumber block = unit->rerank[number];
	Size		size = trl_ivf_rerank_size(meta);
	int			first = number * meta->rerank_rows;
	int			end = Min(first + meta->rerank_rows, TRL_IVF_UNIT_LANES(meta));
	int			lane;

	trl_ivf_check_copy(check, block, TRL_IVF_RERANK, check->rerank);
	if (TrlIvfPageOpaque(check->rerank)->list != id ||
		contents_size(check->rerank) < size * meta->rerank_rows)
		trl_ivf_check_failed(check, "Block %u is no rerank page of the list with id %u.",
							 block, id);
	for (lane = first; lane < end; lane++)
	{
		const TrlIvfRerankRow *row = (const TrlIvfRerankRow *)
		(PageGetContents(check->rerank) + size * (lane - first));

		if ((unit->live[lane / TRL_IVF_LANES] & (1u << lane % TRL_IVF_LANES)) &&
			(!isfinite(row->add) || !isfinite(row->rescale)))
			trl_ivf_check_failed(check, "Row %d of the rerank page %u is not finite.",
								 lane - first, block);
	}
}

/* Checks the lanes of a unit whose pages were copied; returns the live ones. */
static void
check_lanes(TrlIvfCheck *check, BlockNumber block, const TrlIvfUnit *unit,
			bool frozen)
{
	const TrlIvfMeta *meta = &check->meta;
	TrlIvfRuns	runs = trl_ivf_runs(meta, unconstify(TrlIvfUnit *, unit));
	int			lane;

	for (lane = meta->unit_blocks; lane < TRL_IVF_MAX_BLOCKS; lane++)
	{
		if (unit->live[lane] != 0)
			trl_ivf_check_failed(check, "The unit at block %u has live lanes beyond its %u blocks.",
								 block, meta->unit_blocks);
	}
	for (lane = 0; lane < TRL_IVF_UNIT_LANES(meta); lane++)
	{
		float		rescale;
		float		error;

		if ((unit->live[lane / TRL_IVF_LANES] & (1u << lane % TRL_IVF_LANES)) == 0)
			continue;
		rescale = trl_short_value(runs.rescale[lane]);
		error = trl_short_value(runs.error[lane]);
		if (!isfinite(runs.add[lane]) || !isfinite(rescale) ||
			!isfinite(error) || error < 0)
			trl_ivf_check_failed(check, "Lane %d of the unit at block %u has the factors %g, %g, %g.",
								 lane, block, runs.add[lane], rescale, error);
		if (meta->rerank_rows > 0 &&
			unit->rerank[lane / meta->rerank_rows] == InvalidBlockNumber)
			trl_ivf_check_failed(check, "Lane %d of the unit at block %u has no rerank page.",
								 lane, block);
		add_spot(check, &runs.heap[lane], block, lane, TRL_IVF_VALUE, frozen);
	}
}

/* Checks a unit; returns the next one's block. */
static BlockNumber
check_unit(TrlIvfCheck *check, uint32 id, BlockNumber block)
{
	const TrlIvfMeta *meta = &check->meta;
	char	   *pages;
	TrlIvfOpaque *opaque;
	TrlIvfUnit *unit;
	int			i;

	for (i = 0; i < meta->span; i++)
		use_page(check, block + i, "a unit");
	pages = trl_ivf_check_unit(check, block);
	opaque = TrlIvfPageOpaque(pages);
	unit = (TrlIvfUnit *) PageGetContents(pages);
	for (i = 0; i < meta->span; i++)
	{
		char	   *page = pages + (Size) i * BLCKSZ;

		if (TrlIvfPageOpaque(page)->list != id ||
			contents_size(page) < trl_ivf_unit_page_size(meta, i))
			trl_ivf_check_failed(check, "Block %u is no page of a unit of the list with id %u.",
								 block + i, id);
	}
	check_lanes(check, block, unit, opaque->flags != 0);
	for (i = 0; i < meta->rerank_pages; i++)
	{
		if (unit->rerank[i] == InvalidBlockNumber)
			continue;
		use_page(check, unit->rerank[i], "rerank rows");
		check_rerank_rows(check, id, unit, i);
	}
	return opaque->next;
}

static void
check_list(TrlIvfCheck *check, uint32 list, const TrlIvfListEntry *entry)
{
	BlockNumber block = entry->first;
	bool		insert_found = false;
	uint32		units = 0;

	while (block != InvalidBlockNumber)
	{
		CHECK_FOR_INTERRUPTS();
		insert_found |= block == entry->insert;
		block = check_unit(check, entry->id, block);
		units++;
	}

	/* others may have been appended since the entry was read */
	if (units < entry->units)
		trl_ivf_check_failed(check, "List %u has %u units; the directory says %u.",
							 list, units, entry->units);
	if (!insert_found)
		trl_ivf_check_failed(check, "List %u has no unit at block %u, where inserts begin.",
							 list, entry->insert);
}

/* Does each list in use have an id of its own? */
static void
check_ids(TrlIvfCheck *check, uint32 in_use)
{
	uint32		i;

	trl_ivf_sort_places(check->places, in_use);
	check->n_places = in_use;
	for (i = 0; i < in_use; i++)
	{
		if (check->places[i].id >= check->meta.next_id ||
			(i > 0 && check->places[i].id == check->places[i - 1].id))
			trl_ivf_check_failed(check, "List %u has the id %u, which is not its own.",
								 check->places[i].list, check->places[i].id);
	}
}

static void
check_lists(TrlIvfCheck *check)
{
	const TrlIvfMeta *meta = &check->meta;
	BlockNumber *blocks = check_chain(check, meta->directory, TRL_IVF_DIRECTORY,
									  meta->lists, sizeof(TrlIvfListEntry),
									  TRL_IVF_DIRECTORY_ENTRIES, "the directory");
	char	   *page = palloc(BLCKSZ);
	uint32		in_use = 0;
	uint32		list;

	check->places = palloc(sizeof(TrlIvfPlaceOf) * Max(meta->lists, 1));
	for (list = 0; list < meta->lists; list++)
	{
		int			place = (int) (list % TRL_IVF_DIRECTORY_ENTRIES);
		TrlIvfListEntry *entries;

		if (place == 0)
			trl_ivf_check_copy(check, blocks[list / TRL_IVF_DIRECTORY_ENTRIES],
							   TRL_IVF_DIRECTORY, page);
		entries = (TrlIvfListEntry *) PageGetContents(page);
		if (entries[place].retired != 0)
			continue;
		check->places[in_use].id = entries[place].id;
		check->places[in_use++].list = list;
		check_list(check, list, &entries[place]);
	}
	check_ids(check, in_use);
	if (in_use != meta->lists_in_use)
		trl_ivf_check_failed(check, "The directory has %u lists in use; the metapage says %u.",
							 in_use, meta->lists_in_use);
	pfree(page);
}

static void
check_tail(TrlIvfCheck *check, BlockNumber block, TrlIvfValue kind)
{
	const char *what = kind == TRL_IVF_VALUE_NULL ? "the tail of NULLs" :
	"the tail of NaNs";
	TrlIvfTail *tail;
	uint32		i;

	while (block != InvalidBlockNumber)
	{
		CHECK_FOR_INTERRUPTS();
		use_page(check, block, what);
		trl_ivf_check_copy(check, block, TRL_IVF_TAIL, check->pages);
		tail = (TrlIvfTail *) PageGetContents(check->pages);
		if (tail->count > TRL_IVF_TAIL_TIDS ||
			contents_size(check->pages) !=
			offsetof(TrlIvfTail, heap) + sizeof(ItemPointerData) * tail->count)
			trl_ivf_check_failed(check, "Block %u of %s says %u rows in %zu bytes.",
								 block, what, tail->count,
								 (size_t) contents_size(check->pages));
		for (i = 0; i < tail->count; i++)
			add_spot(check, &tail->heap[i], block, (int) i, kind, false);
		block = TrlIvfPageOpaque(check->pages)->next;
	}
}

/* ---- the function ---- */

/*
 * Runs the index's expressions with the rights of the table's owner, as a
 * build does.
 */
static void
check_as_owner(TrlIvfCheck *check, bool heap_check)
{
	Snapshot	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	Oid			user;
	int			context;
	int			nest_level = NewGUCNestLevel();

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(check->heap->rd_rel->relowner,
						   context | SECURITY_RESTRICTED_OPERATION);
	trl_restrict_search_path();

	/* rows that the snapshot sees were in the index before what follows */
	LockPage(check->index, TRL_IVF_MOVE_LOCK, ShareLock);
	check->class = trl_ivf_class(check->index);
	check->rerank = palloc(BLCKSZ);
	check_meta(check);
	check->pages = palloc((Size) BLCKSZ * Max(check->meta.span, 1));
	begin_spots(check);
	check_centroids(check);
	check_lists(check);
	check_tail(check, check->meta.tail_nan, TRL_IVF_VALUE_NAN);
	check_tail(check, check->meta.tail_null, TRL_IVF_VALUE_NULL);
	sort_spots(check);
	check_once(check);
	if (heap_check)
		trl_ivf_check_heap(check, snapshot);
	UnlockPage(check->index, TRL_IVF_MOVE_LOCK, ShareLock);
	tuplesort_end(check->sort);

	AtEOXact_GUC(false, nest_level);
	SetUserIdAndSecContext(user, context);
	UnregisterSnapshot(snapshot);
}

Datum
trl_ivf_check(PG_FUNCTION_ARGS)
{
	bool		heap_check = PG_GETARG_BOOL(1);
	LOCKMODE	mode = RecoveryInProgress() ? AccessShareLock :
	ShareUpdateExclusiveLock;
	TrlIvfCheck check = {0};

	trl_ivf_open(PG_GETARG_OID(0), mode, &check.heap, &check.index);
	if (!check.index->rd_index->indisvalid)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot check index \"%s\"",
						RelationGetRelationName(check.index)),
				 errdetail("Index is not valid.")));
	check_as_owner(&check, heap_check);
	index_close(check.index, NoLock);
	table_close(check.heap, NoLock);
	PG_RETURN_INT64(check.rows);
}
