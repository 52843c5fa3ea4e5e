/*
 * maintain.c - keeps the lists of an ivf index as they should be while it lives
 *
 * A list that has grown to more than twice the rows that a list should have
 * is split: its rows are read from their 8-bit codes, clustered, encoded
 * against the new centroids and written to new lists, of which nobody knows
 * until the metapage and the old list's directory entry tell so in one
 * record.  A list that has shrunk to less than a fifth is emptied: its rows
 * are inserted into their nearest other lists.  In the spirit of LIRE (Xu et
 * al., SPFresh, arXiv 2410.14452), but that rows of other lists stay where they
 * are: moving those that were nearer to another list by now gained nothing that
 * could be measured, and each move loses some of a row.
 *
 * A list whose rows have moved is retired.  Its pages stay as they are for
 * scans that began before; once no transaction of that time is left, they are
 * freed.  Scans drop rows that they have handed out already, since a row of a
 * list that is being emptied is in two lists for a while.
 *
 * Locks: TRL_IVF_MOVE_LOCK exclusively, never waited for while a buffer is
 * locked.  A list is frozen first, unit by unit; inserts that meet a frozen
 * unit wait for the lock and choose anew.
 * WAL: generic records, and full pages for new units.  A crash leaves a frozen
 * list, which the next insert thaws, and pages that nobody refers to.  Rows of
 * a list that was being emptied may then be in two lists; the next vacuum
 * goes on.
 */
#include "postgres.h"

#include <math.h>

#include "access/generic_xlog.h"
#include "access/transam.h"
#include "access/xact.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/indexfsm.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "index/ivf/calibrate.h"
#include "index/ivf/insert.h"
#include "index/ivf/kmeans.h"
#include "index/ivf/maintain.h"
#include "index/ivf/methods.h"
#include "index/ivf/places.h"
#include "index/ivf/rows.h"
#include "index/ivf/write.h"
#include "index/ivf/yield.h"
#include "kernels/kernels.h"

/* A list is split above so many times, emptied below such a share of it. */
#define SPLIT_ABOVE 2.0
#define EMPTY_BELOW 0.2

/* A list is left alone if so many of its rows would stay together. */
#define UNSPLITTABLE 0.95

double
trl_ivf_target_rows(Relation index, const TrlIvfMeta *meta)
{
	double		bytes = (double) RelationGetNumberOfBlocks(index) * BLCKSZ;
	double		row_bytes = trl_ivf_rerank_size(meta) + trl_ivf_code_size(meta) +
	sizeof(float) + 2 * sizeof(TrlShortFloat) + sizeof(ItemPointerData) +
	meta->filter_bytes;

	double		rows = bytes / row_bytes / 1.15;
	int			lists = trl_ivf_option_lists(index);

	if (lists > 0)
		return Max(rows / lists, 1);
	return Max(sqrt(rows) / 2, TRL_IVF_LEAST_ROWS);
}

/* ---- freezing ---- */

/* Sets and clears flags of each unit of a list. */
static void
set_flags(Relation index, BlockNumber block, uint16 set, uint16 clear)
{
	while (block != InvalidBlockNumber)
	{
		Buffer		buffer = trl_ivf_read(index, block, TRL_IVF_POSTING,
										  BUFFER_LOCK_EXCLUSIVE);
		TrlIvfOpaque *opaque = TrlIvfPageOpaque(BufferGetPage(buffer));
		uint16		flags = (uint16) ((opaque->flags | set) & ~clear);

		block = opaque->next;
		if (opaque->flags != flags)
		{
			GenericXLogState *state = GenericXLogStart(index);

			TrlIvfPageOpaque(GenericXLogRegisterBuffer(state, buffer, 0))->flags =
				flags;
			GenericXLogFinish(state);
		}
		UnlockReleaseBuffer(buffer);
	}
}

/* Was the list being emptied when the server crashed, or the work failed? */
static bool
is_half_empty(Relation index, BlockNumber block)
{
	Buffer		buffer = trl_ivf_read(index, block, TRL_IVF_POSTING,
									  BUFFER_LOCK_SHARE);
	bool		result = (TrlIvfPageOpaque(BufferGetPage(buffer))->flags &
						  TRL_IVF_EMPTYING) != 0;

	UnlockReleaseBuffer(buffer);
	return result;
}

void
trl_ivf_wait_or_thaw(Relation index, uint32 list, uint32 generation)
{
	const TrlIvfCache *cache;

	/*
	 * Whoever froze it holds the lock exclusively until it is done.  A pass
	 * of vacuum, which can take hours, is not waited for.
	 */
	LockPage(index, TRL_IVF_MOVE_LOCK, RowShareLock);
	cache = trl_ivf_cache(index);
	if (cache->meta.generation == generation &&
		cache->first[list] != InvalidBlockNumber)
		set_flags(index, cache->first[list], 0, TRL_IVF_FROZEN);
	UnlockPage(index, TRL_IVF_MOVE_LOCK, RowShareLock);
}

/* ---- splitting ---- */

/*
 * The nearest centroid of each row.  Those that are nobody's are taken out;
 * returns how many are left, or 0 if nearly all rows have the same: a split
 * would be of no use.
 */
static int
assign_parts(const TrlIvfRows *rows, int dims, float *centroids, int parts,
			 int *nearest)
{
	int			counts[TRL_IVF_MAX_PARTS] = {0};
	int			numbers[TRL_IVF_MAX_PARTS];
	int			kept = 0;
	int			most = 0;
	int			part;
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		float		least = INFINITY;

		nearest[i] = 0;
		for (part = 0; part < parts; part++)
		{
			float		distance =
			trl_kernels->f32_l2_squared(rows->vectors + (Size) i * dims,
										centroids + (Size) part * dims, dims);

			if (distance < least)
			{
				least = distance;
				nearest[i] = part;
			}
		}
		counts[nearest[i]]++;
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (part = 0; part < parts; part++)
	{
		most = Max(most, counts[part]);
		if (counts[part] == 0)
			continue;
		memmove(centroids + (Size) kept * dims, centroids + (Size) part * dims,
				sizeof(float) * dims);
		numbers[part] = kept++;
	}
	for (i = 0; i < rows->n; i++)
		nearest[i] = numbers[nearest[i]];
	return most > UNSPLITTABLE * rows->n ? 0 : kept;
}

/* Writes the rows to new lists, each to its nearest. */
static void
write_parts(Relation index, const TrlIvfCache *cache, const TrlIvfRows *rows,
			const float *centroids, const TrlIvfPlaces *places, const int *nearest)
{
	const TrlIvfMeta *meta = &cache->meta;
	int			dims = meta->dims_padded;
	int			parts = places->n;
	uint32		first = trl_ivf_take_ids(index, parts);
	TrlIvfWriter *writer = trl_ivf_writer_open(index, meta, first, parts);
	float	   *scratch = palloc(sizeof(float) * dims);
	TrlIvfCode	code = {
		.bits = palloc(dims / 8),
		.row = palloc(trl_ivf_rerank_size(meta)),
	};
	int			part;
	int			i;

	for (part = 0; part < parts; part++)
	{
		for (i = 0; i < rows->n; i++)
		{
			if (nearest[i] != part)
				continue;
			trl_ivf_encode(meta, rows->vectors + (Size) i * dims,
						   centroids + (Size) part * dims, scratch, &code);
			code.filters = rows->filters + (Size) meta->filter_bytes * i;
			trl_ivf_writer_add(writer, first + part, &rows->heap[i], &code);
		}
	}
	trl_ivf_writer_close(writer);
	trl_ivf_fill_places(index, cache, places, centroids, writer->entries);
}

/*
 * Whether a list's rows fit the memory: a list that has grown out of all
 * measure, of rows that cannot be told apart, is not read as a whole.
 */
static bool
fits_memory(const TrlIvfMeta *meta, uint32 units, double target)
{
	double		row = sizeof(float) * (double) meta->dims_padded +
	meta->filter_bytes;
	double		room = Max(maintenance_work_mem * 1024.0, 8 * target * row);

	return units * (double) TRL_IVF_UNIT_LANES(meta) * row <=
		room + TRL_IVF_UNIT_LANES(meta) * row;
}

/* Splits a list, with the move lock held; false if it need not be. */
static bool
split_list(Relation index, uint32 list)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	double		target = trl_ivf_target_rows(index, &cache->meta);
	TrlIvfListEntry entry;
	float	   *centroids;
	int		   *nearest;
	TrlIvfRows	rows;
	TrlIvfPlaces places;
	int			parts;

	if (list >= cache->meta.lists)
		return false;
	entry = trl_ivf_read_entry(index, cache, list);
	if (entry.retired != 0 ||
		entry.units * (double) TRL_IVF_UNIT_LANES(&cache->meta) <= SPLIT_ABOVE * target ||
		!fits_memory(&cache->meta, entry.units, target))
		return false;

	if (is_half_empty(index, entry.first))
		return false;
	set_flags(index, entry.first, TRL_IVF_FROZEN, 0);
	entry = trl_ivf_read_entry(index, cache, list);
	rows = trl_ivf_read_rows(index, cache, list, &entry);
	parts = (int) Min(Max(rint(rows.n / target), 2), TRL_IVF_MAX_PARTS);
	if (rows.n <= SPLIT_ABOVE * target)
	{
		set_flags(index, entry.first, 0, TRL_IVF_FROZEN);
		return false;
	}
	centroids = palloc(sizeof(float) * parts * cache->meta.dims_padded);
	trl_kmeans(rows.vectors, rows.n, cache->meta.dims_padded, parts,
			   cache->meta.seed + list, centroids);
	nearest = palloc(sizeof(int) * rows.n);
	parts = assign_parts(&rows, cache->meta.dims_padded, centroids, parts,
						 nearest);
	if (parts < 2)
	{
		set_flags(index, entry.first, 0, TRL_IVF_FROZEN);
		return false;
	}

	/* pages that nobody refers to are not found again: finish what is begun */
	HOLD_INTERRUPTS();
	places = trl_ivf_choose_places(cache, list, parts);
	write_parts(index, cache, &rows, centroids, &places, nearest);
	trl_ivf_publish(index, cache, list, &places);
	RESUME_INTERRUPTS();
	return true;
}

/* Runs a step with the move lock, in a memory context of its own. */
static bool
with_context(Relation index, uint32 list, bool (*step) (Relation, uint32))
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis ivf maintenance",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	bool		done = step(index, list);

	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return done;
}

void
trl_ivf_maybe_split(Relation index, uint32 list, uint32 units)
{
	TrlIvfMeta	meta;
	uint32		step = 1;

	/* a long list, which did not split before, is not tried at every unit */
	while (step <= units / 16)
		step *= 2;
	if (units % step != 0)
		return;

	trl_ivf_read_meta(index, &meta);
	if (units * (double) TRL_IVF_UNIT_LANES(&meta) <=
		SPLIT_ABOVE * trl_ivf_target_rows(index, &meta))
		return;
	if (!ConditionalLockPage(index, TRL_IVF_MOVE_LOCK, ExclusiveLock))
		return;
	(void) with_context(index, list, split_list);
	UnlockPage(index, TRL_IVF_MOVE_LOCK, ExclusiveLock);
}

/* ---- emptying ---- */

/* Moves the rows of a list to their nearest other lists. */
static bool
empty_list(Relation index, uint32 list)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	TrlIvfListEntry entry;
	uint32		units;
	TrlIvfRows	rows;
	TrlIvfPlaces none = {0};
	int			dims = cache->meta.dims_padded;
	Size		filter_bytes = cache->meta.filter_bytes;
	bool		again;
	int			i;

	if (list >= cache->meta.lists || cache->meta.lists_in_use < 2)
		return false;
	entry = trl_ivf_read_entry(index, cache, list);
	if (entry.retired != 0)
		return false;
	again = is_half_empty(index, entry.first);
	set_flags(index, entry.first, TRL_IVF_FROZEN | TRL_IVF_EMPTYING, 0);
	entry = trl_ivf_read_entry(index, cache, list);
	rows = trl_ivf_read_rows(index, cache, list, &entry);
	if (again)
		trl_ivf_drop_moved(index, cache, list, &rows);
	else if (rows.n > EMPTY_BELOW * trl_ivf_target_rows(index, &cache->meta))
	{
		set_flags(index, entry.first, 0, TRL_IVF_FROZEN | TRL_IVF_EMPTYING);
		return false;
	}

	/* rows are in two lists until the old one is retired: no stop half-way */
	HOLD_INTERRUPTS();
	for (i = 0; i < rows.n; i++)
	{
		trl_ivf_insert_rotated(index, rows.vectors + (Size) i * dims,
							   rows.filters + filter_bytes * i, &rows.heap[i],
							   (int64) list, &units);
	}
	trl_ivf_publish(index, trl_ivf_cache(index), list, &none);
	RESUME_INTERRUPTS();
	return true;
}

/* ---- freeing ---- */

static void
free_page(Relation index, BlockNumber block)
{
	Buffer		buffer = ReadBuffer(index, block);
	GenericXLogState *state;

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	state = GenericXLogStart(index);
	trl_ivf_page_init(GenericXLogRegisterBuffer(state, buffer,
												GENERIC_XLOG_FULL_IMAGE),
					  TRL_IVF_UNUSED, 0, 0);
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	RecordFreeIndexPage(index, block);
}

/* Frees the pages of a retired list that no scan can be reading any more. */
static bool
free_list(Relation index, uint32 list)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	const TrlIvfMeta *meta = &cache->meta;
	TrlIvfListEntry entry = trl_ivf_read_entry(index, cache, list);
	BlockNumber *rerank = palloc(sizeof(BlockNumber) * meta->rerank_pages);
	GenericXLogState *state;
	Buffer		directory;
	BlockNumber block = entry.first;
	int			i;

	if (entry.retired == 0 || block == InvalidBlockNumber ||
		!GlobalVisCheckRemovableFullXid(NULL, FullTransactionIdFromU64(entry.retired)))
		return false;

	while (block != InvalidBlockNumber)
	{
		Buffer		buffer = trl_ivf_read_list(index, block, TRL_IVF_POSTING, entry.id,
											   BUFFER_LOCK_SHARE);
		Page		page = BufferGetPage(buffer);
		BlockNumber next = TrlIvfPageOpaque(page)->next;

		memcpy(rerank, ((TrlIvfUnit *) PageGetContents(page))->rerank,
			   sizeof(BlockNumber) * meta->rerank_pages);
		UnlockReleaseBuffer(buffer);

		/* nobody refers to the unit from here on */
		directory = trl_ivf_lock_entry(index, cache, list, BUFFER_LOCK_EXCLUSIVE, &entry);
		state = GenericXLogStart(index);
		((TrlIvfListEntry *) PageGetContents(GenericXLogRegisterBuffer(state, directory, 0)))
			[list % TRL_IVF_DIRECTORY_ENTRIES].first = next;
		GenericXLogFinish(state);
		UnlockReleaseBuffer(directory);
		for (i = 0; i < meta->rerank_pages; i++)
		{
			if (rerank[i] != InvalidBlockNumber)
				free_page(index, rerank[i]);
		}
		for (i = 0; i < meta->span; i++)
			free_page(index, block + i);
		block = next;
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* ---- calibrating anew ---- */

/* The lists in use, numbered without gaps. */
typedef struct InUse
{
	uint32		n;
	uint32	   *lists;
} InUse;

static InUse
lists_in_use(const TrlIvfCache *cache)
{
	InUse		use = {0};
	uint32		list;

	use.lists = palloc(sizeof(uint32) * Max(cache->meta.lists, 1));
	for (list = 0; list < cache->meta.lists; list++)
	{
		if (cache->first[list] != InvalidBlockNumber)
			use.lists[use.n++] = list;
	}
	return use;
}

/* Rows spread over the lists, as queries. */
static TrlIvfRows
choose_queries(Relation index, const TrlIvfCache *cache, const InUse *use)
{
	int			dims = cache->meta.dims_padded;
	TrlIvfRows	queries = {0};
	TrlIvfRows	unit = trl_ivf_make_rows(&cache->meta, 1);
	float	   *centroid = palloc(sizeof(float) * dims);
	uint32		step = Max(use->n / TRL_IVF_QUERIES, 1);
	int			each = (int) Max((TRL_IVF_QUERIES + use->n - 1) / Max(use->n, 1), 1);
	uint32		i;

	queries.vectors = palloc(sizeof(float) * dims * TRL_IVF_QUERIES);
	queries.heap = palloc(sizeof(ItemPointerData) * TRL_IVF_QUERIES);
	for (i = 0; i < use->n && queries.n < TRL_IVF_QUERIES; i += step)
	{
		uint32		list = use->lists[i];
		TrlIvfListEntry entry = trl_ivf_read_entry(index, cache, list);
		BlockNumber block = entry.first;
		int			wanted = Min(each, TRL_IVF_QUERIES - queries.n);

		trl_ivf_centroid(index, cache->centroid_blocks, dims, list, centroid);
		while (block != InvalidBlockNumber && wanted > 0)
		{
			TrlIvfRows	rows = unit;
			int			take;
			int			j;

			block = trl_ivf_read_unit(index, &cache->meta, entry.id, block, centroid, &rows);
			take = Min(wanted, rows.n);
			for (j = 0; j < take; j++)
			{
				int			from = (int) ((int64) j * rows.n / take);

				memcpy(queries.vectors + (Size) queries.n * dims,
					   rows.vectors + (Size) from * dims, sizeof(float) * dims);
				queries.heap[queries.n++] = rows.heap[from];
			}
			wanted -= take;
		}
	}
	return queries;
}

static void
show_rows(TrlIvfCalibration *calibration, int dims, const TrlIvfRows *rows,
		  uint32 list)
{
	uint32		lists[TRL_ASSIGN_ROWS];
	int			i;

	for (i = 0; i < TRL_ASSIGN_ROWS; i++)
		lists[i] = list;
	for (i = 0; i < rows->n; i += TRL_ASSIGN_ROWS)
	{
		CHECK_FOR_INTERRUPTS();
		trl_ivf_calibration_add(calibration, rows->vectors + (Size) i * dims,
								rows->heap + i, lists,
								Min(TRL_ASSIGN_ROWS, rows->n - i));
	}
}

/* Rows spread over the lists, with their lists, to learn from (yield.h). */
typedef struct Learnt
{
	float	   *rows;
	uint32	   *lists;
	int			n;
	int			room;
	double		step;			/* of the rows seen, one in so many */
	double		next;			/* row seen that is the next */
} Learnt;

/* A quarter of maintenance_work_mem at most. */
static Learnt
begin_learning(const TrlIvfCache *cache, const InUse *use)
{
	Size		size = sizeof(float) * cache->meta.dims_padded + sizeof(uint32);
	Size		memory = maintenance_work_mem * (Size) 1024 / 4;
	Learnt		learnt = {0};
	double		rows = 0;
	uint32		i;

	for (i = 0; i < use->n; i++)
		rows += cache->rows[use->lists[i]];
	learnt.room = (int) Min(Min(memory / size, TRL_IVF_YIELD_ROWS), rows + 1);
	learnt.step = Max(rows / Max(learnt.room, 1), 1);
	learnt.rows = MemoryContextAllocHuge(CurrentMemoryContext,
										 sizeof(float) * cache->meta.dims_padded *
										 (Size) Max(learnt.room, 1));
	learnt.lists = palloc(sizeof(uint32) * Max(learnt.room, 1));
	return learnt;
}

/* Takes of a unit's rows those whose turn it is; so many were seen before. */
static void
take_rows(Learnt *learnt, int dims, const TrlIvfRows *rows, uint32 list,
		  double seen)
{
	while (learnt->n < learnt->room && learnt->next < seen + rows->n)
	{
		int			from = (int) (learnt->next - seen);

		memcpy(learnt->rows + (Size) learnt->n * dims,
			   rows->vectors + (Size) from * dims, sizeof(float) * dims);
		learnt->lists[learnt->n++] = list;
		learnt->next += learnt->step;
	}
}

static bool
calibrate(Relation index, uint32 unused)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	TrlIvfMeta	meta = cache->meta;
	int			dims = meta.dims_padded;
	InUse		use = lists_in_use(cache);
	TrlIvfRows	queries = choose_queries(index, cache, &use);
	TrlIvfRows	unit = trl_ivf_make_rows(&meta, 1);
	Learnt		learnt = begin_learning(cache, &use);
	TrlIvfCalibration *calibration;
	float	   *centroids;
	double		rows_seen = 0;
	Buffer		buffer;
	GenericXLogState *state;
	TrlIvfMeta *stored;
	uint32		i;

	(void) unused;
	calibration = trl_ivf_calibration_begin(&meta, queries.vectors, queries.heap,
											queries.n, TRL_IVF_QUERIES,
											TRL_ASSIGN_ROWS);
	centroids = MemoryContextAllocHuge(CurrentMemoryContext,
									   sizeof(float) * dims * (Size) Max(use.n, 1));
	for (i = 0; i < use.n; i++)
	{
		float	   *centroid = centroids + (Size) i * dims;
		TrlIvfListEntry entry = trl_ivf_read_entry(index, cache, use.lists[i]);
		BlockNumber block = entry.first;

		trl_ivf_centroid(index, cache->centroid_blocks, dims, use.lists[i],
						 centroid);
		while (block != InvalidBlockNumber)
		{
			TrlIvfRows	rows = unit;

			trl_vacuum_delay_point();
			block = trl_ivf_read_unit(index, &meta, entry.id, block, centroid, &rows);
			show_rows(calibration, dims, &rows, i);
			take_rows(&learnt, dims, &rows, i, rows_seen);
			rows_seen += rows.n;
		}
	}
	meta.lists = meta.lists_in_use = use.n;
	trl_ivf_calibration_end(calibration, centroids, rows_seen, &meta);
	trl_ivf_yield_renew(&meta, learnt.rows, learnt.lists, learnt.n, centroids,
						(int) use.n);

	buffer = trl_ivf_read(index, TRL_IVF_META_BLOCK, TRL_IVF_META,
						  BUFFER_LOCK_EXCLUSIVE);
	state = GenericXLogStart(index);
	stored = (TrlIvfMeta *)
		PageGetContents(GenericXLogRegisterBuffer(state, buffer, 0));
	stored->calibrated_rows = meta.calibrated_rows;
	stored->calibrated_lists = meta.calibrated_lists;
	stored->calibrated_generation = meta.calibrated_generation;
	memcpy(stored->recall, meta.recall, sizeof(meta.recall));
	memcpy(stored->reach, meta.reach, sizeof(meta.reach));
	memcpy(stored->probes, meta.probes, sizeof(meta.probes));
	memcpy(stored->yield, meta.yield, sizeof(meta.yield));
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	return true;
}

/* ---- for vacuum ---- */

/* Applies a step to each list that there is now. */
static int
each_list(Relation index, bool (*step) (Relation, uint32))
{
	uint32		lists = trl_ivf_cache(index)->meta.lists;
	uint32		list;
	int			changed = 0;

	for (list = 0; list < lists; list++)
	{
		trl_vacuum_delay_point();
		LockPage(index, TRL_IVF_MOVE_LOCK, ExclusiveLock);
		changed += with_context(index, list, step);
		UnlockPage(index, TRL_IVF_MOVE_LOCK, ExclusiveLock);
	}
	return changed;
}

/* Whether a list has so few rows that it should be emptied. */
static bool
empty_if_small(Relation index, uint32 list)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	TrlIvfListEntry entry = trl_ivf_read_entry(index, cache, list);

	/* as vacuum has just counted them */
	if (entry.retired != 0 ||
		(entry.rows > EMPTY_BELOW * trl_ivf_target_rows(index, &cache->meta) &&
		 !is_half_empty(index, entry.first)))
		return false;
	return empty_list(index, list);
}

/*
 * Whether so much has changed that the calibration may be wrong: the number of
 * rows, or lists, of which each that came or went made a generation.
 */
static bool
has_changed(const TrlIvfMeta *meta, double rows)
{
	return meta->calibrated_rows <= 0 ||
		rows > meta->calibrated_rows * 1.5 || rows < meta->calibrated_rows / 2 ||
		meta->generation - meta->calibrated_generation > 0.15 * meta->lists_in_use;
}

void
trl_ivf_maintain(Relation index, BufferAccessStrategy strategy, double rows)
{
	TrlIvfMeta	meta;

	(void) strategy;
	(void) each_list(index, split_list);
	(void) each_list(index, empty_if_small);
	(void) each_list(index, free_list);

	trl_ivf_read_meta(index, &meta);
	if (rows >= 1 && has_changed(&meta, rows))
		(void) with_context(index, 0, calibrate);
}
