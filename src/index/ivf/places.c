/*
 * places.c - where new lists of an ivf index stand, and how they become known
 *
 * A list's place is its number in the directory and among the centroids.
 * Places whose list is gone, with all its pages, are used again.  What is
 * written to them before trl_ivf_publish() says so nobody looks at.
 *
 * Locks: TRL_IVF_MOVE_LOCK is held exclusively; the metapage, then pages of the
 * directory.  WAL: generic records.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/transam.h"
#include "storage/bufmgr.h"

#include "core/compat.h"
#include "index/ivf/places.h"

/* Where in the directory an entry stands. */
#define PAGE_OF(list) ((int) ((list) / TRL_IVF_DIRECTORY_ENTRIES))
#define ENTRY_OF(list) ((int) ((list) % TRL_IVF_DIRECTORY_ENTRIES))

Buffer
trl_ivf_lock_entry(Relation index, const TrlIvfCache *cache, uint32 list, int mode,
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

TrlIvfListEntry
trl_ivf_read_entry(Relation index, const TrlIvfCache *cache, uint32 list)
{
	TrlIvfListEntry entry;

	UnlockReleaseBuffer(trl_ivf_lock_entry(index, cache, list, BUFFER_LOCK_SHARE, &entry));
	return entry;
}

/* ---- choosing places ---- */

/* Makes sure that a page is among those of the old places, if it may be. */
static bool
admit_page(TrlIvfPlaces *places, int page, int retired_page)
{
	int			i;

	if (page == retired_page)
		return true;
	for (i = 0; i < places->n_pages; i++)
	{
		if (places->pages[i] == page)
			return true;
	}
	if (places->n_pages == TRL_IVF_OLD_PAGES)
		return false;
	places->pages[places->n_pages++] = page;
	return true;
}

TrlIvfPlaces
trl_ivf_choose_places(const TrlIvfCache *cache, uint32 retired, int parts)
{
	TrlIvfPlaces places = {0};
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

/* ---- filling them ---- */

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
	Buffer		buffer = trl_ivf_lock_entry(index, cache, place, BUFFER_LOCK_EXCLUSIVE,
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

void
trl_ivf_fill_places(Relation index, const TrlIvfCache *cache,
					const TrlIvfPlaces *places, const float *centroids,
					const TrlIvfListEntry *entries)
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

/* ---- publishing ---- */

uint32
trl_ivf_take_ids(Relation index, int count)
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

void
trl_ivf_publish(Relation index, const TrlIvfCache *cache, uint32 retired,
				const TrlIvfPlaces *places)
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

		buffers[i] = trl_ivf_lock_entry(index, cache, list, BUFFER_LOCK_EXCLUSIVE, &entry);
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
