/*
 * cache.c - what a backend keeps of an ivf index to choose lists by
 *
 * Centroids in 8 bits, one byte per dimension and list, and where each list
 * begins.  Read once per backend and generation: a scan then reads one page,
 * the metapage, to know that its cache is good.  Exact centroids are read
 * from their pages for the few lists that are probed.
 *
 * Locks: share locks, one page at a time.  WAL: none.  Memory: a context per
 * index under CacheMemoryContext, dropped after the relation is invalidated.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "kernels/kernels.h"

typedef struct CacheEntry
{
	Oid			relid;			/* key */
	TrlIvfCache *cache;			/* NULL: never read */
	bool		stale;			/* invalidated since */
} CacheEntry;

static HTAB *entries;
static bool any_stale;

/*
 * Whoever asked for a cache may be using it when an invalidation comes in: it
 * is dropped when the next one is asked for.
 */
static void
drop_stale(void)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	if (!any_stale)
		return;
	any_stale = false;
	hash_seq_init(&status, entries);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (!entry->stale)
			continue;
		if (entry->cache != NULL)
			MemoryContextDelete(entry->cache->context);
		(void) hash_search(entries, &entry->relid, HASH_REMOVE, NULL);
	}
}

static void
invalidate(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	(void) arg;
	if (OidIsValid(relid))
	{
		entry = hash_search(entries, &relid, HASH_FIND, NULL);
		if (entry != NULL)
			any_stale = entry->stale = true;
		return;
	}
	hash_seq_init(&status, entries);
	while ((entry = hash_seq_search(&status)) != NULL)
		any_stale = entry->stale = true;
}

static CacheEntry *
find_entry(Oid relid)
{
	CacheEntry *entry;
	bool		found;

	if (entries == NULL)
	{
		HASHCTL		ctl = {
			.keysize = sizeof(Oid),
			.entrysize = sizeof(CacheEntry),
			.hcxt = CacheMemoryContext,
		};

		entries = hash_create("trellis ivf caches", 16, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		CacheRegisterRelcacheCallback(invalidate, (Datum) 0);
	}
	entry = hash_search(entries, &relid, HASH_ENTER, &found);
	if (!found)
	{
		entry->cache = NULL;
		entry->stale = false;
	}
	return entry;
}

/* Number of pages that hold count items, per_page on each. */
static int
pages_of(uint64 count, int per_page)
{
	return (int) ((count + per_page - 1) / per_page);
}

void
trl_ivf_centroid(Relation index, const BlockNumber *blocks, int dims,
				 uint32 list, float *out)
{
	uint64		from = (uint64) list * dims;

	while (dims > 0)
	{
		int			at = (int) (from % TRL_IVF_PAGE_FLOATS);
		int			here = Min(dims, TRL_IVF_PAGE_FLOATS - at);
		Buffer		buffer = trl_ivf_read(index, blocks[from / TRL_IVF_PAGE_FLOATS],
										  TRL_IVF_CENTROID, BUFFER_LOCK_SHARE);

		memcpy(out, (float *) PageGetContents(BufferGetPage(buffer)) + at,
			   sizeof(float) * here);
		UnlockReleaseBuffer(buffer);
		from += here;
		out += here;
		dims -= here;
	}
}

/*
 * Follows a chain of pages and notes their blocks; the first "known" of them
 * are noted already.
 */
static void
walk_chain(Relation index, BlockNumber block, TrlIvfPageKind kind, int known,
		   int pages, BlockNumber *blocks)
{
	int			i = Max(known - 1, 0);

	if (known > 0)
		block = blocks[known - 1];
	for (; i < pages; i++)
	{
		Buffer		buffer = trl_ivf_read(index, block, kind, BUFFER_LOCK_SHARE);

		blocks[i] = block;
		block = TrlIvfPageOpaque(BufferGetPage(buffer))->next;
		UnlockReleaseBuffer(buffer);
	}
}

/* Exact centroids are kept where they take no more than this, in bytes. */
#define EXACT_LIMIT (8 * 1024 * 1024)

const float *
trl_ivf_cached_centroid(Relation index, const TrlIvfCache *cache, uint32 list,
						float *room)
{
	int			dims = cache->meta.dims_padded;

	if (cache->exact != NULL)
		return cache->exact + (Size) list * dims;
	trl_ivf_centroid(index, cache->centroid_blocks, dims, list, room);
	return room;
}

static int
compare_floats(const void *left, const void *right)
{
	float		a = *(const float *) left;
	float		b = *(const float *) right;

	return (a > b) - (a < b);
}

/*
 * The mean of the centroids, but for those that lie so far out that a mean
 * with them would be near none.
 */
static void
find_mean(Relation index, TrlIvfCache *cache, float *room)
{
	int			dims = cache->meta.dims_padded;
	uint32		lists = cache->meta.lists;
	float	   *norms = palloc(sizeof(float) * 2 * Max(lists, 1));
	float	   *sorted = norms + lists;
	float		limit;
	uint32		used = 0;
	uint32		list;
	int			i;

	for (list = 0; list < lists; list++)
	{
		const float *centroid = trl_ivf_cached_centroid(index, cache, list, room);

		norms[list] = (float) trl_kernels->f32_sum_squares(centroid, dims);
		if (list % 64 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	memcpy(sorted, norms, sizeof(float) * lists);
	qsort(sorted, lists, sizeof(float), compare_floats);
	limit = lists > 0 ? 16 * sorted[lists / 2] : 0;
	for (list = 0; list < lists; list++)
	{
		const float *centroid;

		if (norms[list] > limit)
			continue;
		centroid = trl_ivf_cached_centroid(index, cache, list, room);
		for (i = 0; i < dims; i++)
			cache->mean[i] += centroid[i];
		used++;
		if (list % 64 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (i = 0; i < dims; i++)
		cache->mean[i] /= Max(used, 1);
	pfree(norms);
}

/* Whether a place held the same list when an older cache was read. */
static bool
is_known(const TrlIvfCache *cache, const TrlIvfCache *old, uint32 list)
{
	return old != NULL && list < old->meta.lists &&
		old->id[list] == cache->id[list];
}

/*
 * Reads the centroids that an older cache does not know; the mean, of all that
 * there are, only if there is none.
 */
static void
read_centroids(Relation index, TrlIvfCache *cache, const TrlIvfCache *old)
{
	const TrlIvfMeta *meta = &cache->meta;
	TrlIvfMeta	form = *meta;
	int			dims = meta->dims_padded;
	float	   *scratch = palloc(sizeof(float) * dims);
	float	   *room = palloc(sizeof(float) * dims);
	float	   *centered = palloc(sizeof(float) * dims);
	float	   *zero = palloc0(sizeof(float) * dims);
	uint8	   *bits = palloc(dims / 8);
	TrlIvfRerankRow *row = palloc(offsetof(TrlIvfRerankRow, codes) + dims);
	uint32		list;
	int			i;

	for (list = 0; list < meta->lists && cache->exact != NULL; list++)
	{
		if (!is_known(cache, old, list))
			trl_ivf_centroid(index, cache->centroid_blocks, dims, list,
							 cache->exact + (Size) list * dims);
	}

	/* whatever the rows are */
	form.code_form = TRL_IVF_CODE_SIGNS;
	form.row_bits = TRL_IVF_ROW_MOST_BITS;
	if (form.metric != TRL_IVF_IP)
		form.metric = TRL_IVF_L2;
	if (old == NULL)
		find_mean(index, cache, room);
	for (list = 0; list < meta->lists; list++)
	{
		TrlIvfCode	code = {.bits = bits,.row = row};
		const float *centroid;

		if (is_known(cache, old, list))
			continue;
		centroid = trl_ivf_cached_centroid(index, cache, list, room);
		for (i = 0; i < dims; i++)
			centered[i] = centroid[i] - cache->mean[i];
		trl_ivf_encode(&form, centered, zero, scratch, &code);
		cache->norm2[list] = (float) trl_kernels->f32_sum_squares(centroid, dims);
		memcpy(cache->codes + (Size) list * dims, row->codes, dims);
		cache->add[list] = row->add;
		if (meta->metric == TRL_IVF_IP)
			cache->add[list] -= trl_kernels->f32_dot(centered, cache->mean, dims);
		cache->rescale[list] = row->rescale;
		if (list % 64 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(scratch);
	pfree(room);
	pfree(centered);
	pfree(zero);
	pfree(bits);
	pfree(row);
}

static void
read_directory(Relation index, TrlIvfCache *cache)
{
	uint32		list;

	for (list = 0; list < cache->meta.lists;)
	{
		BlockNumber block =
		cache->directory_blocks[list / TRL_IVF_DIRECTORY_ENTRIES];
		Buffer		buffer = trl_ivf_read(index, block, TRL_IVF_DIRECTORY,
										  BUFFER_LOCK_SHARE);
		TrlIvfListEntry *entry = (TrlIvfListEntry *)
		PageGetContents(BufferGetPage(buffer));
		int			i;

		for (i = 0; i < (int) TRL_IVF_DIRECTORY_ENTRIES &&
			 list < cache->meta.lists; i++, list++)
		{
			bool		retired = entry[i].retired != 0;

			cache->first[list] = retired ? InvalidBlockNumber : entry[i].first;
			cache->id[list] = entry[i].id;
			cache->rows[list] = (float) entry[i].rows;
			cache->radius[list] = entry[i].radius;
			cache->vacant[list] = retired && entry[i].first == InvalidBlockNumber;
		}
		UnlockReleaseBuffer(buffer);
	}
}

/* Room for as much as the metapage says. */
static TrlIvfCache *
make_cache(MemoryContext context, const TrlIvfMeta *meta)
{
	TrlIvfCache *cache = palloc0(sizeof(TrlIvfCache));
	Size		lists = Max(meta->lists, 1);
	Size		dims = Max(meta->dims_padded, 1);

	cache->meta = *meta;
	cache->context = context;
	cache->codes = MemoryContextAllocHuge(context, lists * dims);
	cache->add = palloc(sizeof(float) * lists);
	cache->rescale = palloc(sizeof(float) * lists);
	cache->norm2 = palloc(sizeof(float) * lists);
	cache->mean = palloc0(sizeof(float) * Max(meta->dims_padded, 1));
	if (lists * meta->dims_padded * sizeof(float) <= EXACT_LIMIT)
		cache->exact = palloc(sizeof(float) * lists * Max(meta->dims_padded, 1));
	cache->first = palloc(sizeof(BlockNumber) * lists);
	cache->id = palloc(sizeof(uint32) * lists);
	cache->rows = palloc(sizeof(float) * lists);
	cache->radius = palloc(sizeof(float) * lists);
	cache->vacant = palloc(sizeof(bool) * lists);
	cache->centroid_pages = pages_of((uint64) meta->lists * meta->dims_padded,
									 TRL_IVF_PAGE_FLOATS);
	cache->directory_pages = pages_of(meta->lists, TRL_IVF_DIRECTORY_ENTRIES);
	cache->centroid_blocks = palloc(sizeof(BlockNumber) *
									(cache->centroid_pages + 1));
	cache->directory_blocks = palloc(sizeof(BlockNumber) *
									 (cache->directory_pages + 1));
	return cache;
}

/*
 * A list's centroid never changes, nor do the pages of the chains move; where
 * another list has taken a place is seen by its id.
 */
static void
copy_cache(TrlIvfCache *cache, const TrlIvfCache *old)
{
	uint32		lists = old->meta.lists;

	memcpy(cache->codes, old->codes, (Size) lists * old->meta.dims_padded);
	memcpy(cache->add, old->add, sizeof(float) * lists);
	memcpy(cache->rescale, old->rescale, sizeof(float) * lists);
	memcpy(cache->norm2, old->norm2, sizeof(float) * lists);
	memcpy(cache->mean, old->mean, sizeof(float) * old->meta.dims_padded);
	if (cache->exact != NULL)
		memcpy(cache->exact, old->exact,
			   sizeof(float) * lists * (Size) old->meta.dims_padded);
	memcpy(cache->centroid_blocks, old->centroid_blocks,
		   sizeof(BlockNumber) * old->centroid_pages);
	memcpy(cache->directory_blocks, old->directory_blocks,
		   sizeof(BlockNumber) * old->directory_pages);
}

/* Reads what an older cache, or none, does not hold. */
static TrlIvfCache *
read_cache(Relation index, const TrlIvfMeta *meta, const TrlIvfCache *old)
{
	MemoryContext context;
	MemoryContext caller;
	TrlIvfCache *cache;

	/* the mean need not be that of all, but near it */
	if (old != NULL && (old->meta.lists > meta->lists ||
						old->meta.lists < meta->lists / 2 + 1 ||
						old->meta.centroids != meta->centroids ||
						old->meta.directory != meta->directory ||
						old->meta.dims_padded != meta->dims_padded))
		old = NULL;

	/* under the current context until it is complete */
	context = AllocSetContextCreate(CurrentMemoryContext, "trellis ivf cache",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	cache = make_cache(context, meta);
	if (old != NULL)
		copy_cache(cache, old);
	walk_chain(index, meta->centroids, TRL_IVF_CENTROID,
			   old != NULL ? old->centroid_pages : 0, cache->centroid_pages,
			   cache->centroid_blocks);
	walk_chain(index, meta->directory, TRL_IVF_DIRECTORY,
			   old != NULL ? old->directory_pages : 0, cache->directory_pages,
			   cache->directory_blocks);

	/* in this order: a list's centroid is there before its id */
	read_directory(index, cache);
	read_centroids(index, cache, old);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	return cache;
}

const TrlIvfCache *
trl_ivf_cache(Relation index)
{
	CacheEntry *entry;
	TrlIvfMeta	meta;

	drop_stale();
	entry = find_entry(RelationGetRelid(index));

	/*
	 * A new generation is published on the metapage and the directory at
	 * once; what was read belongs together if the generation has not changed
	 * meanwhile.
	 */
	trl_ivf_read_meta(index, &meta);
	while (entry->cache == NULL ||
		   entry->cache->meta.generation != meta.generation)
	{
		TrlIvfCache *old = entry->cache;

		CHECK_FOR_INTERRUPTS();
		entry->cache = read_cache(index, &meta, old);
		if (old != NULL)
			MemoryContextDelete(old->context);
		trl_ivf_read_meta(index, &meta);
	}

	/* what may change without a new generation */
	entry->cache->meta = meta;
	return entry->cache;
}

/*
 * The query in whole numbers, of as many levels as keep sums over codes within
 * 31 bits; returns the step.
 */
static float
round_query(const float *q, int dims, int16 *levels)
{
	float		largest = 0;
	double		sum = 0;
	double		scale;
	int			i;

	for (i = 0; i < dims; i++)
	{
		float		size = fabsf(q[i]);

		largest = Max(largest, size);
		sum += size;
	}
	if (!(largest > 0))
	{
		memset(levels, 0, sizeof(int16) * dims);
		return 0;
	}

	/* each is rounded by half a level at most */
	scale = Min(PG_INT16_MAX / (double) largest,
				((double) PG_INT32_MAX / 255 - dims) / sum);
	for (i = 0; i < dims; i++)
		levels[i] = (int16) rint(q[i] * scale);
	return (float) (1 / scale);
}

float
trl_ivf_list_distances(const TrlIvfCache *cache, const float *q, float *out)
{
	int			dims = cache->meta.dims_padded;
	float	   *centered = palloc(sizeof(float) * dims);
	int16	   *levels = palloc(sizeof(int16) * dims);
	float		norm2;
	float		base;
	float		step;
	double		middle = 0;
	uint32		i;

	for (i = 0; i < (uint32) dims; i++)
		centered[i] = q[i] - cache->mean[i];
	step = round_query(centered, dims, levels);
	for (i = 0; i < (uint32) dims; i++)
		middle += levels[i];
	middle *= 127.5;
	norm2 = (float) trl_kernels->f32_sum_squares(centered, dims);
	base = cache->meta.metric == TRL_IVF_IP ?
		-trl_kernels->f32_dot(q, cache->mean, dims) : norm2;
	for (i = 0; i < cache->meta.lists; i++)
	{
		int32		dot;

		if (cache->first[i] == InvalidBlockNumber)
		{
			out[i] = FLT_MAX;
			continue;
		}
		dot = trl_scan_kernels->u8_s16_dot(cache->codes + (Size) i * dims, levels, dims);
		out[i] = base + cache->add[i] + cache->rescale[i] * (float) (step * (dot - middle));
	}
	pfree(centered);
	pfree(levels);
	return sqrtf(norm2);
}

void
trl_ivf_row_distances(const TrlIvfCache *cache, const float *row, float *out)
{
	uint32		i;

	(void) trl_ivf_list_distances(cache, row, out);
	for (i = 0; i < cache->meta.lists && cache->meta.metric == TRL_IVF_IP; i++)
	{
		if (out[i] < FLT_MAX)
			out[i] = 2 * out[i] + cache->norm2[i];
	}
}

uint32
trl_ivf_nearest_list(Relation index, const TrlIvfCache *cache,
					 const float *vector, int64 but, float *centroid)
{
	int			dims = cache->meta.dims_padded;
	float	   *distances = palloc(sizeof(float) * cache->meta.lists);
	bool		found = false;
	uint32		nearest = 0;
	uint32		i;

	trl_ivf_row_distances(cache, vector, distances);
	for (i = 0; i < cache->meta.lists; i++)
	{
		if (cache->first[i] == InvalidBlockNumber || (int64) i == but)
			continue;
		if (!found || distances[i] < distances[nearest])
			nearest = i;
		found = true;
	}
	pfree(distances);
	if (!found)
		elog(ERROR, "index \"%s\" has no list to insert into",
			 RelationGetRelationName(index));
	memmove(centroid, trl_ivf_cached_centroid(index, cache, nearest, centroid),
			sizeof(float) * dims);
	return nearest;
}

/* ---- places by id ---- */

static int
compare_ids(const void *left, const void *right)
{
	uint32		a = ((const TrlIvfPlaceOf *) left)->id;
	uint32		b = ((const TrlIvfPlaceOf *) right)->id;

	return (a > b) - (a < b);
}

void
trl_ivf_sort_places(TrlIvfPlaceOf *places, uint32 lists)
{
	qsort(places, lists, sizeof(TrlIvfPlaceOf), compare_ids);
}

TrlIvfPlaceOf *
trl_ivf_places(const TrlIvfCache *cache)
{
	uint32		lists = cache->meta.lists;
	TrlIvfPlaceOf *places = palloc(sizeof(TrlIvfPlaceOf) * Max(lists, 1));
	uint32		i;

	for (i = 0; i < lists; i++)
	{
		places[i].id = cache->id[i];
		places[i].list = i;
	}
	trl_ivf_sort_places(places, lists);
	return places;
}

int64
trl_ivf_place_of(const TrlIvfPlaceOf *places, uint32 lists, uint32 id)
{
	TrlIvfPlaceOf key = {.id = id};
	const TrlIvfPlaceOf *found = bsearch(&key, places, lists,
										 sizeof(TrlIvfPlaceOf), compare_ids);

	return found == NULL ? -1 : (int64) found->list;
}
