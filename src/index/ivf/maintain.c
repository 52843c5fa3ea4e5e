/*
 * maintain.c - keeps the lists of an ivf index as they should be while it lives
 *
 * A list that has grown to more than twice the rows that a list should have
 * is split: its rows are read from their 8-bit codes, clustered, encoded
 * against the new centroids and written to new lists, of which nobody knows
 * until the metapage and the old list's directory entry tell so in one
 * record.  A list that has shrunk to less than a fifth is emptied: its rows
 * are inserted into their nearest other lists.  In the spirit of LIRE (Xu et
 * al., SPFresh, arXiv 2410.14452).
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
#include "index/ivf/rows.h"
#include "index/ivf/write.h"
#include "kernels/kernels.h"

/* A list is split above so many times, emptied below such a share of it. */
#define SPLIT_ABOVE 2.0
#define EMPTY_BELOW 0.2

/* New lists of one split, at most. */
#define MAX_PARTS 64

/* A list is left alone if so many of its rows would stay together. */
#define UNSPLITTABLE 0.95

/* Where in the directory an entry stands. */
#define PAGE_OF(list) ((int) ((list) / TRL_IVF_DIRECTORY_ENTRIES))
#define ENTRY_OF(list) ((int) ((list) % TRL_IVF_DIRECTORY_ENTRIES))

double
trl_ivf_target_rows(Relation index, const TrlIvfMeta *meta)
{
	double		bytes = (double) RelationGetNumberOfBlocks(index) * BLCKSZ;
	double		row_bytes = trl_ivf_rerank_size(meta) + trl_ivf_code_size(meta) +
	sizeof(float) + 2 * sizeof(TrlShortFloat) + sizeof(ItemPointerData);

	double		rows = bytes / row_bytes / 1.15;
	int			lists = trl_ivf_option_lists(index);

	if (lists > 0)
		return Max(rows / lists, 1);
	return Max(sqrt(rows) / 2, TRL_IVF_LEAST_ROWS);
}

static Buffer
lock_entry(Relation index, const TrlIvfCache *cache, uint32 list, int mode,
		   TrlIvfListEntry *entry)
{
	Buffer		buffer;

	buffer = trl_ivf_read(index,
						  cache->directory_blocks[PAGE_OF(list)],
						  TRL_IVF_DIRECTORY, mode);
	*entry = ((TrlIvfListEntry *) PageGetContents(BufferGetPage(buffer)))
		[ENTRY_OF(list)];
	return buffer;
}

static TrlIvfListEntry
read_entry(Relation index, const TrlIvfCache *cache, uint32 list)
{
	TrlIvfListEntry entry;

	UnlockReleaseBuffer(lock_entry(index, cache, list, BUFFER_LOCK_SHARE, &entry));
	return entry;
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

/* ---- new lists ---- */

/*
 * Appends items to the last page of a chain, of which that many items are in
 * use, and to new pages.  Readers go by the metapage's number of lists.
 */
static void
append_chain(Relation index, TrlIvfPageKind kind, BlockNumber last,
			 uint64 used, uint64 per_page, Size size, const char *items,
			 uint64 count)
{
	while (count > 0)
	{
		uint64		at = used % per_page;
		uint64		here;
		Buffer		buffer;
		GenericXLogState *state;
		Page		page;

		if (at == 0 && used > 0)
		{
			Buffer		next;

			/* the page is full: link a new one */
			trl_ivf_extend(index, MAIN_FORKNUM, 1, &next);
			buffer = trl_ivf_read(index, last, kind, BUFFER_LOCK_EXCLUSIVE);
			state = GenericXLogStart(index);
			page = GenericXLogRegisterBuffer(state, next, GENERIC_XLOG_FULL_IMAGE);
			trl_ivf_page_init(page, kind, 0, 0);
			last = BufferGetBlockNumber(next);
			TrlIvfPageOpaque(GenericXLogRegisterBuffer(state, buffer, 0))->next = last;
			GenericXLogFinish(state);
			UnlockReleaseBuffer(buffer);
			UnlockReleaseBuffer(next);
		}
		here = Min(count, per_page - at);
		buffer = trl_ivf_read(index, last, kind, BUFFER_LOCK_EXCLUSIVE);
		state = GenericXLogStart(index);
		page = GenericXLogRegisterBuffer(state, buffer, 0);
		memcpy(PageGetContents(page) + size * at, items, size * here);
		((PageHeader) page)->pd_lower = (LocationIndex)
			(PageGetContents(page) - (char *) page + size * (at + here));
		GenericXLogFinish(state);
		UnlockReleaseBuffer(buffer);
		items += size * here;
		used += here;
		count -= here;
	}
}

/* The last block of a chain that holds count items. */
static BlockNumber
last_block(const BlockNumber *blocks, uint64 count, uint64 per_page)
{
	return blocks[count == 0 ? 0 : (count - 1) / per_page];
}

/*
 * Places of the directory for new lists: those of lists whose pages have been
 * freed, then new ones at the end.  All are told of in one record, which holds
 * so many pages of old places, beside the metapage and the retired list's page.
 */
#define MAX_OLD_PAGES (MAX_GENERIC_XLOG_PAGES - 2)

typedef struct Places
{
	uint32		place[MAX_PARTS];
	int			n;
	int			old;			/* the first so many were used before */
	int			pages[MAX_OLD_PAGES];	/* of the directory, that hold those */
	int			n_pages;
} Places;

/* Makes sure that a page is among those of the old places, if it may be. */
static bool
admit_page(Places *places, int page, int retired_page)
{
	int			i;

	if (page == retired_page)
		return true;
	for (i = 0; i < places->n_pages; i++)
	{
		if (places->pages[i] == page)
			return true;
	}
	if (places->n_pages == MAX_OLD_PAGES)
		return false;
	places->pages[places->n_pages++] = page;
	return true;
}

static Places
choose_places(const TrlIvfCache *cache, uint32 retired, int parts)
{
	Places		places = {0};
	uint32		list;
	int			i;

	for (list = 0; list < cache->meta.lists && places.n < parts; list++)
	{
		if (cache->vacant[list] &&
			admit_page(&places, PAGE_OF(list), PAGE_OF(retired)))
			places.place[places.n++] = list;
	}
	places.old = places.n;
	for (i = 0; places.n < parts; i++)
		places.place[places.n++] = cache->meta.lists + i;
	return places;
}

/* Puts a centroid into an old place, which nobody looks at. */
static void
put_centroid(Relation index, const TrlIvfCache *cache, uint32 place,
			 const float *centroid)
{
	int			dims = cache->meta.dims_padded;
	uint64		from = (uint64) place * dims;

	while (dims > 0)
	{
		int			at = (int) (from % TRL_IVF_PAGE_FLOATS);
		int			here = Min(dims, TRL_IVF_PAGE_FLOATS - at);
		Buffer		buffer = trl_ivf_read(index,
										  cache->centroid_blocks[from / TRL_IVF_PAGE_FLOATS],
										  TRL_IVF_CENTROID, BUFFER_LOCK_EXCLUSIVE);
		GenericXLogState *state = GenericXLogStart(index);

		memcpy((float *) PageGetContents(GenericXLogRegisterBuffer(state, buffer, 0)) + at,
			   centroid, sizeof(float) * here);
		GenericXLogFinish(state);
		UnlockReleaseBuffer(buffer);
		from += here;
		centroid += here;
		dims -= here;
	}
}

/*
 * Writes an entry into an old place: as retired, until it is published.  A
 * crash before that leaves a retired list, whose pages vacuum frees.
 */
static void
put_entry(Relation index, const TrlIvfCache *cache, uint32 place,
		  const TrlIvfListEntry *entry)
{
	TrlIvfListEntry before;
	Buffer		buffer = lock_entry(index, cache, place, BUFFER_LOCK_EXCLUSIVE,
									&before);
	GenericXLogState *state = GenericXLogStart(index);
	TrlIvfListEntry *stored = (TrlIvfListEntry *)
	PageGetContents(GenericXLogRegisterBuffer(state, buffer, 0)) +
	ENTRY_OF(place);

	*stored = *entry;
	stored->retired = U64FromFullTransactionId(ReadNextFullTransactionId());
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

/* Takes ids that nobody has had, for good. */
static uint32
take_ids(Relation index, int count)
{
	Buffer		buffer = trl_ivf_read(index, TRL_IVF_META_BLOCK, TRL_IVF_META,
									  BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(index);
	TrlIvfMeta *meta = (TrlIvfMeta *)
	PageGetContents(GenericXLogRegisterBuffer(state, buffer, 0));
	uint32		first = meta->next_id;

	meta->next_id += count;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	return first;
}

/* Tells everybody, at once, of new lists and of one that is retired. */
static void
publish(Relation index, const TrlIvfCache *cache, uint32 retired,
		const Places *places)
{
	TrlIvfListEntry entry;
	Buffer		buffers[MAX_GENERIC_XLOG_PAGES];
	TrlIvfListEntry *entries[MAX_GENERIC_XLOG_PAGES];
	Buffer		meta_buffer = trl_ivf_read(index, TRL_IVF_META_BLOCK,
										   TRL_IVF_META, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(index);
	TrlIvfMeta *meta = (TrlIvfMeta *)
	PageGetContents(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	int			n = 1 + places->n_pages;
	int			i;

	for (i = 0; i < n; i++)
	{
		uint32		list = i == 0 ? retired :
		(uint32) (places->pages[i - 1] * TRL_IVF_DIRECTORY_ENTRIES);

		buffers[i] = lock_entry(index, cache, list, BUFFER_LOCK_EXCLUSIVE, &entry);
		entries[i] = (TrlIvfListEntry *)
			PageGetContents(GenericXLogRegisterBuffer(state, buffers[i], 0));
	}
	meta->generation++;
	meta->lists += places->n - places->old;
	meta->lists_in_use += places->n - 1;
	entries[0][ENTRY_OF(retired)].retired =
		U64FromFullTransactionId(ReadNextFullTransactionId());
	for (i = 0; i < places->old; i++)
	{
		int			page = 0;

		while (page < places->n_pages &&
			   places->pages[page] != PAGE_OF(places->place[i]))
			page++;
		entries[page < places->n_pages ? 1 + page : 0]
			[ENTRY_OF(places->place[i])].retired = 0;
	}
	GenericXLogFinish(state);
	for (i = n - 1; i >= 0; i--)
		UnlockReleaseBuffer(buffers[i]);
	UnlockReleaseBuffer(meta_buffer);
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
	int			counts[MAX_PARTS] = {0};
	int			numbers[MAX_PARTS];
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

/* Puts the centroids and entries of new lists where they belong. */
static void
place_parts(Relation index, const TrlIvfCache *cache, const Places *places,
			const float *centroids, const TrlIvfListEntry *entries)
{
	const TrlIvfMeta *meta = &cache->meta;
	int			dims = meta->dims_padded;
	int			old = places->old;
	int			i;

	for (i = 0; i < old; i++)
	{
		put_centroid(index, cache, places->place[i], centroids + (Size) i * dims);
		put_entry(index, cache, places->place[i], &entries[i]);
	}
	if (places->n == old)
		return;
	append_chain(index, TRL_IVF_CENTROID,
				 last_block(cache->centroid_blocks, (uint64) meta->lists * dims,
							TRL_IVF_PAGE_FLOATS),
				 (uint64) meta->lists * dims, TRL_IVF_PAGE_FLOATS, sizeof(float),
				 (const char *) (centroids + (Size) old * dims),
				 (uint64) (places->n - old) * dims);
	append_chain(index, TRL_IVF_DIRECTORY,
				 last_block(cache->directory_blocks, meta->lists,
							TRL_IVF_DIRECTORY_ENTRIES),
				 meta->lists, TRL_IVF_DIRECTORY_ENTRIES, sizeof(TrlIvfListEntry),
				 (const char *) (entries + old), (uint64) (places->n - old));
}

/* Writes the rows to new lists, each to its nearest. */
static void
write_parts(Relation index, const TrlIvfCache *cache, const TrlIvfRows *rows,
			const float *centroids, const Places *places, const int *nearest)
{
	const TrlIvfMeta *meta = &cache->meta;
	int			dims = meta->dims_padded;
	int			parts = places->n;
	uint32		first = take_ids(index, parts);
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
			trl_ivf_writer_add(writer, first + part, &rows->heap[i], &code);
		}
	}
	trl_ivf_writer_close(writer);
	place_parts(index, cache, places, centroids, writer->entries);
}

/*
 * Whether a list's rows fit the memory: a list that has grown out of all
 * measure, of rows that cannot be told apart, is not read as a whole.
 */
static bool
fits_memory(const TrlIvfMeta *meta, uint32 units, double target)
{
	double		row = sizeof(float) * (double) meta->dims_padded;
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
	Places		places;
	int			parts;

	if (list >= cache->meta.lists)
		return false;
	entry = read_entry(index, cache, list);
	if (entry.retired != 0 ||
		entry.units * (double) TRL_IVF_UNIT_LANES(&cache->meta) <= SPLIT_ABOVE * target ||
		!fits_memory(&cache->meta, entry.units, target))
		return false;

	if (is_half_empty(index, entry.first))
		return false;
	set_flags(index, entry.first, TRL_IVF_FROZEN, 0);
	entry = read_entry(index, cache, list);
	rows = trl_ivf_read_rows(index, cache, list, &entry);
	parts = (int) Min(Max(rint(rows.n / target), 2), MAX_PARTS);
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
	places = choose_places(cache, list, parts);
	write_parts(index, cache, &rows, centroids, &places, nearest);
	publish(index, cache, list, &places);
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
	Places		none = {0};
	int			dims = cache->meta.dims_padded;
	bool		again;
	int			i;

	if (list >= cache->meta.lists || cache->meta.lists_in_use < 2)
		return false;
	entry = read_entry(index, cache, list);
	if (entry.retired != 0)
		return false;
	again = is_half_empty(index, entry.first);
	set_flags(index, entry.first, TRL_IVF_FROZEN | TRL_IVF_EMPTYING, 0);
	entry = read_entry(index, cache, list);
	rows = trl_ivf_read_rows(index, cache, list, &entry);
	if (again)
		rows.n = trl_ivf_drop_moved(index, cache, list, rows.heap, rows.vectors,
									rows.n);
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
							   &rows.heap[i], (int64) list, &units);
	}
	publish(index, trl_ivf_cache(index), list, &none);
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
	TrlIvfListEntry entry = read_entry(index, cache, list);
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
		directory = lock_entry(index, cache, list, BUFFER_LOCK_EXCLUSIVE, &entry);
		state = GenericXLogStart(index);
		((TrlIvfListEntry *) PageGetContents(GenericXLogRegisterBuffer(state, directory, 0)))
			[ENTRY_OF(list)].first = next;
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
		TrlIvfListEntry entry = read_entry(index, cache, list);
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

static bool
calibrate(Relation index, uint32 unused)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	TrlIvfMeta	meta = cache->meta;
	int			dims = meta.dims_padded;
	InUse		use = lists_in_use(cache);
	TrlIvfRows	queries = choose_queries(index, cache, &use);
	TrlIvfRows	unit = trl_ivf_make_rows(&meta, 1);
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
		TrlIvfListEntry entry = read_entry(index, cache, use.lists[i]);
		BlockNumber block = entry.first;

		trl_ivf_centroid(index, cache->centroid_blocks, dims, use.lists[i],
						 centroid);
		while (block != InvalidBlockNumber)
		{
			TrlIvfRows	rows = unit;

			trl_vacuum_delay_point();
			block = trl_ivf_read_unit(index, &meta, entry.id, block, centroid, &rows);
			show_rows(calibration, dims, &rows, i);
			rows_seen += rows.n;
		}
	}
	meta.lists = meta.lists_in_use = use.n;
	trl_ivf_calibration_end(calibration, centroids, rows_seen, &meta);

	buffer = trl_ivf_read(index, TRL_IVF_META_BLOCK, TRL_IVF_META,
						  BUFFER_LOCK_EXCLUSIVE);
	state = GenericXLogStart(index);
	stored = (TrlIvfMeta *)
		PageGetContents(GenericXLogRegisterBuffer(state, buffer, 0));
	stored->calibrated_rows = meta.calibrated_rows;
	stored->calibrated_lists = meta.calibrated_lists;
	memcpy(stored->recall, meta.recall, sizeof(meta.recall));
	memcpy(stored->reach, meta.reach, sizeof(meta.reach));
	memcpy(stored->probes, meta.probes, sizeof(meta.probes));
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
	TrlIvfListEntry entry = read_entry(index, cache, list);

	/* as vacuum has just counted them */
	if (entry.retired != 0 ||
		(entry.rows > EMPTY_BELOW * trl_ivf_target_rows(index, &cache->meta) &&
		 !is_half_empty(index, entry.first)))
		return false;
	return empty_list(index, list);
}

void
trl_ivf_maintain(Relation index, BufferAccessStrategy strategy, double rows)
{
	TrlIvfMeta	meta;
	int			changed;

	(void) strategy;
	changed = each_list(index, split_list);
	changed += each_list(index, empty_if_small);
	(void) each_list(index, free_list);

	trl_ivf_read_meta(index, &meta);
	if (rows >= 1 &&
		(meta.calibrated_rows <= 0 ||
		 rows > meta.calibrated_rows * 1.5 || rows < meta.calibrated_rows / 2 ||
		 meta.lists_in_use > meta.calibrated_lists * 1.2 ||
		 changed > meta.lists_in_use / 10.0))
		(void) with_context(index, 0, calibrate);
}
