/*
 * cache.c - what a backend keeps of an ivf index to choose lists by
 *
 * Centroids in 8 bits, one byte per dimension and list, and where each list
 * begins.  Read once per backend and generation: a scan then reads one page,
 * the metapage, to know that its cache is good.  Exact centroids are read
 * from their pages for the few lists that are probed.
 *
 * Locks: share locks, one page at a time.  WAL: none.  Memory: a context per
 * index under CacheMemoryContext, dropped when the relation is invalidated.
 */
#include "postgres.h"

#include <float.h>

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
	TrlIvfCache *cache;			/* NULL: invalidated or never read */
} CacheEntry;

static HTAB *entries;

static void
drop_cache(CacheEntry *entry)
{
	if (entry->cache == NULL)
		return;
	MemoryContextDelete(entry->cache->context);
	entry->cache = NULL;
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
			drop_cache(entry);
		return;
	}
	hash_seq_init(&status, entries);
	while ((entry = hash_seq_search(&status)) != NULL)
		drop_cache(entry);
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
		entry->cache = NULL;
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

/* Follows a chain of pages and notes their blocks. */
static void
walk_chain(Relation index, BlockNumber block, TrlIvfPageKind kind, int pages,
		   BlockNumber *blocks)
{
	int			i;

	for (i = 0; i < pages; i++)
	{
		Buffer		buffer = trl_ivf_read(index, block, kind, BUFFER_LOCK_SHARE);

		blocks[i] = block;
		block = TrlIvfPageOpaque(BufferGetPage(buffer))->next;
		UnlockReleaseBuffer(buffer);
	}
}

static void
read_centroids(Relation index, TrlIvfCache *cache)
{
	TrlIvfMeta *meta = &cache->meta;
	int			dims = meta->dims_padded;
	float	   *zero = palloc0(sizeof(float) * dims);
	float	   *scratch = palloc(sizeof(float) * dims);
	float	   *centroid = palloc(sizeof(float) * dims);
	uint8	   *bits = palloc(dims / 8);
	TrlIvfRerankRow *row = palloc(offsetof(TrlIvfRerankRow, codes) + dims);
	uint32		list;

	for (list = 0; list < meta->lists; list++)
	{
		TrlIvfCode	code = {.bits = bits, .row = row};

		trl_ivf_centroid(index, cache->centroid_blocks, dims, list, centroid);
		trl_ivf_encode(meta, centroid, zero, scratch, &code);
		memcpy(cache->codes + (Size) list * dims, row->codes, dims);
		cache->add[list] = row->add;
		cache->rescale[list] = row->rescale;
		cache->norms[list] =
			(float) trl_kernels->f32_sum_squares(centroid, dims);
		if (list % 64 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(zero);
	pfree(scratch);
	pfree(centroid);
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
			cache->first[list] = entry[i].retired == 0 ?
				entry[i].first : InvalidBlockNumber;
		UnlockReleaseBuffer(buffer);
	}
}

static TrlIvfCache *
read_cache(Relation index, const TrlIvfMeta *meta)
{
	MemoryContext context;
	MemoryContext old;
	TrlIvfCache *cache;
	Size		lists = Max(meta->lists, 1);
	int			centroid_pages;
	int			directory_pages;

	/* under the current context until it is complete */
	context = AllocSetContextCreate(CurrentMemoryContext, "trellis ivf cache",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	cache = palloc0(sizeof(TrlIvfCache));
	cache->meta = *meta;
	cache->context = context;
	cache->codes = MemoryContextAllocHuge(context,
										  lists * (Size) Max(meta->dims_padded, 1));
	cache->add = palloc(sizeof(float) * lists);
	cache->rescale = palloc(sizeof(float) * lists);
	cache->norms = palloc(sizeof(float) * lists);
	cache->first = palloc(sizeof(BlockNumber) * lists);
	centroid_pages = pages_of((uint64) meta->lists * meta->dims_padded,
							  TRL_IVF_PAGE_FLOATS);
	directory_pages = pages_of(meta->lists, TRL_IVF_DIRECTORY_ENTRIES);
	cache->centroid_blocks = palloc(sizeof(BlockNumber) * (centroid_pages + 1));
	cache->directory_blocks = palloc(sizeof(BlockNumber) * (directory_pages + 1));
	walk_chain(index, meta->centroids, TRL_IVF_CENTROID, centroid_pages,
			   cache->centroid_blocks);
	walk_chain(index, meta->directory, TRL_IVF_DIRECTORY, directory_pages,
			   cache->directory_blocks);
	read_centroids(index, cache);
	read_directory(index, cache);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	return cache;
}

const TrlIvfCache *
trl_ivf_cache(Relation index)
{
	CacheEntry *entry = find_entry(RelationGetRelid(index));
	TrlIvfMeta	meta;

	/*
	 * A new generation is published on the metapage and the directory at
	 * once; what was read belongs together if the generation has not changed
	 * meanwhile.
	 */
	trl_ivf_read_meta(index, &meta);
	while (entry->cache == NULL ||
		   entry->cache->meta.generation != meta.generation)
	{
		CHECK_FOR_INTERRUPTS();
		drop_cache(entry);
		entry->cache = read_cache(index, &meta);
		trl_ivf_read_meta(index, &meta);
	}

	/* what may change without a new generation */
	entry->cache->meta = meta;
	return entry->cache;
}

void
trl_ivf_list_distances(const TrlIvfCache *cache, const float *q, float *out)
{
	int			dims = cache->meta.dims_padded;
	float		sum = 0;
	float		base = 0;
	uint32		i;

	for (i = 0; i < (uint32) dims; i++)
		sum += q[i];
	if (cache->meta.metric != TRL_IVF_IP)
		base = (float) trl_kernels->f32_sum_squares(q, dims);
	for (i = 0; i < cache->meta.lists; i++)
	{
		float		dot;

		if (cache->first[i] == InvalidBlockNumber)
		{
			out[i] = FLT_MAX;
			continue;
		}
		dot = trl_scan_kernels->u8_dot(cache->codes + (Size) i * dims, q, dims);
		out[i] = base + cache->add[i] + cache->rescale[i] * (dot - 127.5f * sum);
	}
}

uint32
trl_ivf_nearest_list(Relation index, const TrlIvfCache *cache,
					 const float *vector, int64 but, float *centroid)
{
	int			dims = cache->meta.dims_padded;
	float	   *distances = palloc(sizeof(float) * cache->meta.lists);
	float		least = FLT_MAX;
	uint32		nearest = 0;
	uint32		i;

	trl_ivf_list_distances(cache, vector, distances);
	for (i = 0; i < cache->meta.lists; i++)
	{
		if (distances[i] < least && (int64) i != but)
		{
			least = distances[i];
			nearest = i;
		}
	}
	pfree(distances);
	trl_ivf_centroid(index, cache->centroid_blocks, dims, nearest, centroid);
	return nearest;
}
