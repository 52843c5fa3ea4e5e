/*
 * search.c - finds the rows of an ivf index nearest to a query, one by one
 *
 * Does: choose lists, scan their codes, keep the lanes with the least bounds,
 * rerank in the order of bounds.  Does not: know of snapshots, tails, or how
 * many rows are wanted (scan.c).
 *
 * Lanes are kept up to twice "room"; then the half with the greater bounds is
 * dropped and the threshold lowered, so that later blocks yield few.  When
 * the kept ones are used up, the lists are scanned again for what lies at or
 * above the threshold, with four times the room.
 *
 * Locks: a share lock on a unit's first page while its pages are scanned, on
 * one rerank page at a time; nothing is held between calls.  WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "index/ivf/search.h"
#include "kernels/kernels.h"

/* Candidates that a search keeps at first. */
#define FIRST_ROOM 256

/* What is asked for of a page before it is scanned: about all. */
#define PREFETCH_BYTES 7168

/*
 * TIDs that a search has handed out.  A row may be met twice: while a list is
 * being emptied, its rows are in their new lists already.
 */
typedef struct ReturnedTid
{
	ItemPointerData heap;
	char		status;
} ReturnedTid;

static inline uint32
hash_tid(ItemPointerData tid)
{
	return murmurhash32(((uint32) ItemPointerGetBlockNumberNoCheck(&tid) << 8) ^
						ItemPointerGetOffsetNumberNoCheck(&tid));
}

#define SH_PREFIX returned
#define SH_ELEMENT_TYPE ReturnedTid
#define SH_KEY_TYPE ItemPointerData
#define SH_KEY heap
#define SH_HASH_KEY(tb, key) hash_tid(key)
#define SH_EQUAL(tb, a, b) ItemPointerEquals(&(a), &(b))
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

/* ---- the query ---- */

/* Sums of a group's elements at the bits of 0 ... 15. */
static void
group_sums(const float *q, float *sums)
{
	int			i;

	sums[0] = 0;
	for (i = 0; i < TRL_GROUP_DIMS; i++)
	{
		int			half = 1 << i;
		int			j;

		for (j = 0; j < half; j++)
			sums[half + j] = sums[j] + q[i];
	}
}

/* Least and greatest sum of a group. */
static void
group_range(const float *q, float *least, float *greatest)
{
	int			i;

	*least = *greatest = 0;
	for (i = 0; i < TRL_GROUP_DIMS; i++)
	{
		*least += Min(q[i], 0);
		*greatest += Max(q[i], 0);
	}
}

static void
make_tables(TrlIvfSearch *search)
{
	int			groups = TRL_IVF_GROUPS(&search->meta);
	float		widest = 0;
	float		least_sum = 0;
	float		inverse;
	int			g;

	for (g = 0; g < groups; g++)
	{
		float		least;
		float		greatest;

		group_range(search->q + g * TRL_GROUP_DIMS, &least, &greatest);
		widest = Max(widest, greatest - least);
		least_sum += least;
	}
	search->scale = widest / 255;
	search->offset = least_sum - 0.5f * search->sum;
	inverse = widest > 0 ? 255 / widest : 0;

	for (g = 0; g < groups; g++)
	{
		float		sums[TRL_GROUP_BYTES];
		float		least;
		float		greatest;
		int			i;

		group_range(search->q + g * TRL_GROUP_DIMS, &least, &greatest);
		group_sums(search->q + g * TRL_GROUP_DIMS, sums);
		for (i = 0; i < TRL_GROUP_BYTES; i++)
		{
			float		level = (sums[i] - least) * inverse + 0.5f;

			search->tables[g * TRL_GROUP_BYTES + i] =
				(uint8) Min(Max(level, 0.0f), 255.0f);
		}
	}
}

static BlockNumber *
copy_blocks(const BlockNumber *blocks, uint64 count)
{
	BlockNumber *copy = palloc(sizeof(BlockNumber) * Max(count, 1));

	memcpy(copy, blocks, sizeof(BlockNumber) * count);
	return copy;
}

TrlIvfSearch *
trl_ivf_search_begin(Relation index, const float *vector, bool skip_killed)
{
	MemoryContext context;
	MemoryContext old;
	TrlIvfSearch *search;
	const TrlIvfCache *cache;
	int			dims;
	int			i;

	context = AllocSetContextCreate(CurrentMemoryContext, "trellis ivf search",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	search = palloc0(sizeof(TrlIvfSearch));
	search->index = index;
	search->context = context;
	search->skip_killed = skip_killed;
	search->caution = 1;
	cache = trl_ivf_cache(index);
	search->meta = cache->meta;
	dims = search->meta.dims_padded;

	/* the cache may be read anew before the search ends */
	search->first = copy_blocks(cache->first, cache->meta.lists);

	search->q = palloc(sizeof(float) * dims);
	trl_ivf_rotate(&search->meta, vector, search->q);
	for (i = 0; i < dims; i++)
		search->sum += search->q[i];
	search->tables = palloc(TRL_IVF_GROUPS(&search->meta) * TRL_GROUP_BYTES);
	if (search->meta.code_form == TRL_IVF_CODE_BITS)
		trl_ivf_exact_tables(search);
	else if (search->meta.code_form == TRL_IVF_CODE_SIGNS)
		make_tables(search);

	search->distances = palloc(sizeof(float) * search->meta.lists);
	search->order = palloc(sizeof(uint32) * search->meta.lists);
	search->probes = palloc(sizeof(TrlIvfProbe) * search->meta.lists);
	trl_ivf_list_distances(cache, search->q, search->distances);
	for (i = 0; i < (int) search->meta.lists; i++)
		search->order[i] = i;

	search->room = FIRST_ROOM;
	search->candidates = palloc(sizeof(TrlIvfCandidate) * 2 * search->room);
	search->ranked_room = 64;
	search->ranked = palloc(sizeof(TrlIvfCandidate) * search->ranked_room);
	search->threshold = FLT_MAX;
	search->returned = returned_create(context, 32, NULL);
	search->lower = palloc(sizeof(float) * TRL_LANES);
	search->centroid = palloc(sizeof(float) * dims);
	search->row = palloc(sizeof(float) * dims);
	search->codes = palloc(dims);
	MemoryContextSwitchTo(old);
	return search;
}

void
trl_ivf_search_end(TrlIvfSearch *search)
{
	/* the counts tell of rows that policies hide: for developers only */
#ifdef USE_ASSERT_CHECKING
	const TrlIvfCounters *c = &search->counters;

	elog(DEBUG2, "ivf search: %llu lists, %llu lanes, %llu candidates, %llu reranked, %llu rounds",
		 (unsigned long long) c->lists, (unsigned long long) c->lanes,
		 (unsigned long long) c->candidates, (unsigned long long) c->reranked,
		 (unsigned long long) c->rounds);
#endif
	MemoryContextDelete(search->context);
}

void
trl_ivf_search_relax(TrlIvfSearch *search, uint32 room, float caution)
{
	search->caution = caution;
	search->room = room;
	search->candidates =
		repalloc_huge(search->candidates,
					  sizeof(TrlIvfCandidate) * 2 * (Size) room);
}

/* ---- the order of lists ---- */

static int
compare_lists(const void *left, const void *right, void *distances)
{
	float		a = ((const float *) distances)[*(const uint32 *) left];
	float		b = ((const float *) distances)[*(const uint32 *) right];

	return (a > b) - (a < b);
}

/*
 * Moves the nearest of the lists beyond "sorted" to order[sorted ... count -
 * 1], in order.
 */
static void
sort_lists(TrlIvfSearch *search, uint32 count)
{
	uint32	   *order = search->order;
	const float *distances = search->distances;
	int64		low = search->sorted;
	int64		high = (int64) search->meta.lists - 1;
	int64		target = (int64) count - 1;

	/* quickselect, so that the count nearest stand in front */
	while (low < high)
	{
		float		pivot = distances[order[low + (high - low) / 2]];
		int64		a = low;
		int64		b = high;

		while (a <= b)
		{
			while (distances[order[a]] < pivot)
				a++;
			while (distances[order[b]] > pivot)
				b--;
			if (a <= b)
			{
				uint32		swap = order[a];

				order[a++] = order[b];
				order[b--] = swap;
			}
		}
		if (target <= b)
			high = b;
		else if (target >= a)
			low = a;
		else
			break;
	}

	qsort_arg(order + search->sorted, count - search->sorted, sizeof(uint32),
			  compare_lists, search->distances);
	search->sorted = count;
}

/* ---- candidates ---- */

/* Puts the count least of n candidates in front, in any order. */
static void
select_least(TrlIvfCandidate *c, int64 n, int64 count)
{
	int64		low = 0;
	int64		high = n - 1;

	while (low < high)
	{
		float		pivot = c[low + (high - low) / 2].lower;
		int64		a = low;
		int64		b = high;

		while (a <= b)
		{
			while (c[a].lower < pivot)
				a++;
			while (c[b].lower > pivot)
				b--;
			if (a <= b)
			{
				TrlIvfCandidate swap = c[a];

				c[a++] = c[b];
				c[b--] = swap;
			}
		}
		if (count - 1 <= b)
			high = b;
		else if (count - 1 >= a)
			low = a;
		else
			break;
	}
}

/*
 * Keeps the "room" least and drops the others: the threshold becomes the
 * least bound that is dropped.  Equal bounds all stay or all go; where they
 * fill the room, more room is made.
 */
static void
shrink_candidates(TrlIvfSearch *search)
{
	TrlIvfCandidate *c = search->candidates;
	uint32		n = search->n_candidates;
	float		threshold;
	uint32		kept = 0;
	uint32		i;

	select_least(c, n, search->room + 1);
	threshold = c[search->room].lower;
	for (i = 0; i < search->room; i++)
		kept += c[i].lower < threshold;
	if (kept > search->room / 2)
	{
		uint32		to = 0;

		for (i = 0; i < search->room; i++)
		{
			if (c[i].lower < threshold)
				c[to++] = c[i];
		}
		search->n_candidates = kept;
		search->threshold = threshold;
		return;
	}

	/* none may be lost, so none has been moved */
	search->room *= 2;
	search->candidates =
		repalloc_huge(c, sizeof(TrlIvfCandidate) * 2 * (Size) search->room);
}

static void
sift_down(TrlIvfCandidate *heap, uint32 n, uint32 i)
{
	TrlIvfCandidate moving = heap[i];

	for (;;)
	{
		uint32		child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && heap[child + 1].lower < heap[child].lower)
			child++;
		if (heap[child].lower >= moving.lower)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moving;
}

static void
pop(TrlIvfCandidate *heap, uint32 *n)
{
	heap[0] = heap[--*n];
	if (*n > 1)
		sift_down(heap, *n, 0);
}

static void
push_ranked(TrlIvfSearch *search, const TrlIvfCandidate *candidate)
{
	TrlIvfCandidate *heap;
	uint32		i;

	if (search->n_ranked == search->ranked_room)
	{
		search->ranked_room *= 2;
		search->ranked =
			repalloc_huge(search->ranked,
						  sizeof(TrlIvfCandidate) * (Size) search->ranked_room);
	}
	heap = search->ranked;
	i = search->n_ranked++;
	while (i > 0 && heap[(i - 1) / 2].lower > candidate->lower)
	{
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = *candidate;
}

/* ---- scanning ---- */

/* One pass over a list, for lanes with bounds in [at_least, threshold). */
typedef struct ListScan
{
	uint32		probe;
	TrlListTerms terms;
	float		at_least;
	BlockNumber after;			/* the unit scanned behind the list's last */
	XLogRecPtr	lsn;			/* of the unit at hand */
} ListScan;

/* The live lanes of a block, less those that a hint calls dead. */
static uint32
live_lanes(const TrlIvfSearch *search, Page page, int block)
{
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);
	uint32		live = unit->live[block];

	if (search->skip_killed)
		live &= ~trl_ivf_killed(&search->meta, page)[block];
	return live;
}

static void
keep_lanes(TrlIvfSearch *search, const ListScan *scan, Page page,
		   BlockNumber unit_block, const ItemPointerData *heap, int block,
		   uint32 lanes)
{
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);

	while (lanes != 0)
	{
		int			lane = pg_rightmost_one_pos32(lanes);
		int			place = block * TRL_IVF_LANES + lane;
		TrlIvfCandidate *c;

		lanes &= lanes - 1;
		if (search->n_candidates == 2 * search->room)
			shrink_candidates(search);

		/* the threshold may have been lowered since the block was measured */
		if (search->lower[lane] < scan->at_least ||
			search->lower[lane] >= search->threshold)
			continue;
		c = &search->candidates[search->n_candidates++];
		c->lower = search->lower[lane];
		c->probe = scan->probe;
		c->unit = unit_block;
		if (search->meta.rerank_rows > 0)
		{
			c->rerank = unit->rerank[place / search->meta.rerank_rows];
			c->rerank_row = (uint16) (place % search->meta.rerank_rows);
		}
		c->lane = (uint16) place;
		c->heap = heap[place];
		c->lsn = scan->lsn;
		search->counters.candidates++;
	}
}

/* The codes of a block, piece by piece of what lies together. */
static void
sum_block(TrlIvfSearch *search, Page *pages, int block, uint32 *sums)
{
	const TrlIvfMeta *meta = &search->meta;
	int			granules = TRL_IVF_GRANULES(meta);
	int			done = 0;

	memset(sums, 0, sizeof(uint32) * TRL_LANES);
	while (done < granules)
	{
		TrlIvfPlace place = trl_ivf_granule_place(meta, block * granules + done);
		int			count = Min(place.granules, granules - done);
		int			groups = count * (TRL_IVF_GRANULE / TRL_GROUP_BYTES);

		trl_scan_kernels->scan_codes((uint8 *) PageGetContents(pages[place.page]) +
									 place.offset,
									 search->tables + done * TRL_IVF_GRANULE,
									 groups, sums);
		done += count;
	}
}

/* The live lanes of a block that are below the threshold. */
static uint32
block_below(TrlIvfSearch *search, const ListScan *scan, Page *pages,
			const TrlIvfRuns *runs, int block, uint32 live)
{
	int			first = block * TRL_IVF_LANES;
	TrlLaneFactors factors = {
		runs->add + first, runs->rescale + first, runs->error + first
	};
	uint32		sums[TRL_LANES];

	search->counters.lanes += TRL_LANES;
	if (search->meta.code_form == TRL_IVF_CODE_NONE)
		return trl_ivf_exact_l1(search, pages[0], block, live);
	sum_block(search, pages, block, sums);
	if (search->meta.metric == TRL_IVF_JACCARD)
		return live & trl_ivf_exact_jaccard(search, sums, factors.add);
	return live & trl_scan_kernels->lanes_below(sums, &factors, &scan->terms,
												search->threshold,
												search->lower);
}

/* All of a unit that is scanned, while the one before it is. */
static void
prefetch_unit(const TrlIvfSearch *search, BlockNumber block)
{
	int			i;

	if (block == InvalidBlockNumber)
		return;
	for (i = 0; i < search->meta.span; i++)
		trl_ivf_prefetch(search->index, block + i, PREFETCH_BYTES);
}

/* Scans a unit; returns the next one's block. */
static BlockNumber
scan_unit(TrlIvfSearch *search, ListScan *scan, BlockNumber block)
{
	const TrlIvfMeta *meta = &search->meta;
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	Page		pages[TRL_IVF_MAX_SPAN];
	TrlIvfUnit *unit;
	TrlIvfRuns	runs;
	BlockNumber next;
	int			i;

	for (i = 0; i < meta->span; i++)
	{
		buffers[i] = trl_ivf_read_list(search->index, block + i,
									   i == 0 ? TRL_IVF_POSTING : TRL_IVF_CODES,
									   search->probes[scan->probe].list,
									   BUFFER_LOCK_SHARE);
		pages[i] = BufferGetPage(buffers[i]);
	}
	unit = (TrlIvfUnit *) PageGetContents(pages[0]);
	runs = trl_ivf_runs(meta, unit);
	next = TrlIvfPageOpaque(pages[0])->next;
	prefetch_unit(search, next != InvalidBlockNumber ? next : scan->after);

	/* a hint may move it under a share lock */
	scan->lsn = BufferGetLSNAtomic(buffers[0]);

	for (i = 0; i < meta->unit_blocks; i++)
	{
		uint32		live = live_lanes(search, pages[0], i);

		if (live == 0)
			continue;
		live = block_below(search, scan, pages, &runs, i, live);
		if (live != 0)
			keep_lanes(search, scan, pages[0], block, runs.heap, i, live);
	}
	for (i = meta->span - 1; i >= 0; i--)
		UnlockReleaseBuffer(buffers[i]);
	return next;
}

static void
scan_list(TrlIvfSearch *search, uint32 probe, float at_least)
{
	TrlIvfProbe *p = &search->probes[probe];
	BlockNumber block = search->first[p->list];
	ListScan	scan = {
		.probe = probe,
		.terms = {
			.scale = search->scale,
			.offset = search->offset,
			.add = p->add,
			.error = search->caution * sqrtf(Max(p->distance, 0)),
		},
		.at_least = at_least,
		.after = InvalidBlockNumber,
	};

	if (probe + 1 < search->measured)
		scan.after = search->first[search->probes[probe + 1].list];
	if (search->meta.code_form == TRL_IVF_CODE_BITS)
	{
		/* the distance is exact, whatever the centroid */
		scan.terms.add = search->set;
		scan.terms.error = 0;
	}
	else if (search->meta.code_form == TRL_IVF_CODE_NONE)
		trl_ivf_exact_center(search, p->list);
	while (block != InvalidBlockNumber)
	{
		CHECK_FOR_INTERRUPTS();
		block = scan_unit(search, &scan, block);
	}
}

/* The terms of a list's centroid. */
static void
measure_probe(TrlIvfSearch *search, const TrlIvfCache *cache, uint32 list,
			  TrlIvfProbe *p)
{
	int			dims = search->meta.dims_padded;
	const float *centroid = trl_ivf_cached_centroid(search->index, cache, list,
													search->centroid);

	p->list = list;
	p->distance = trl_kernels->f32_l2_squared(search->q, centroid, dims);
	p->add = search->meta.metric == TRL_IVF_IP ?
		-trl_kernels->f32_dot(search->q, centroid, dims) : p->distance;
}

void
trl_ivf_search_probe(TrlIvfSearch *search, uint32 count)
{
	const TrlIvfCache *cache;
	uint32		first;
	uint32		i;

	count = Min(count, search->meta.lists_in_use);
	if (count <= search->probed)
		return;
	search->heaped = false;
	sort_lists(search, count);

	/* a later generation has the same centroids, and more */
	first = search->probed;
	cache = trl_ivf_cache(search->index);
	for (i = first; i < count; i++)
		measure_probe(search, cache, search->order[i], &search->probes[i]);
	search->measured = count;
	while (search->probed < count)
	{
		scan_list(search, search->probed++, -FLT_MAX);
		search->counters.lists++;
	}
}

/* Scans the probed lists again, for what was dropped. */
static void
scan_again(TrlIvfSearch *search)
{
	float		at_least = search->threshold;
	uint32		i;

	search->room *= 4;
	search->candidates =
		repalloc_huge(search->candidates,
					  sizeof(TrlIvfCandidate) * 2 * (Size) search->room);
	search->threshold = FLT_MAX;
	search->heaped = false;
	for (i = 0; i < search->probed; i++)
		scan_list(search, i, at_least);
	search->counters.rounds++;
}

/* ---- handing out ---- */

static void
rerank(TrlIvfSearch *search, TrlIvfCandidate *c)
{
	const TrlIvfMeta *meta = &search->meta;
	TrlIvfProbe *probe = &search->probes[c->probe];
	Buffer		buffer;
	const TrlIvfRerankRow *row;
	float		dot;

	/* it has its distance */
	if (meta->code_form != TRL_IVF_CODE_SIGNS)
		return;
	buffer = trl_ivf_read_list(search->index, c->rerank, TRL_IVF_RERANK,
							   probe->list, BUFFER_LOCK_SHARE);
	row = (const TrlIvfRerankRow *)
		(PageGetContents(BufferGetPage(buffer)) +
		 trl_ivf_rerank_size(meta) * c->rerank_row);
	dot = trl_scan_kernels->u8_dot(trl_ivf_row_codes(meta, row, search->codes),
								   search->q, meta->dims_padded);
	c->lower = probe->add + row->add +
		row->rescale * (dot - trl_ivf_row_middle(meta) * search->sum);
	UnlockReleaseBuffer(buffer);
	search->counters.reranked++;
}

static void
heap_candidates(TrlIvfSearch *search)
{
	int64		i;

	if (search->heaped)
		return;
	for (i = (int64) search->n_candidates / 2 - 1; i >= 0; i--)
		sift_down(search->candidates, search->n_candidates, (uint32) i);
	search->heaped = true;
}

bool
trl_ivf_search_next(TrlIvfSearch *search, TrlIvfCandidate *row)
{
	for (;;)
	{
		heap_candidates(search);
		while (search->n_candidates > 0 &&
			   (search->n_ranked == 0 ||
				search->ranked[0].lower > search->candidates[0].lower))
		{
			TrlIvfCandidate c = search->candidates[0];

			CHECK_FOR_INTERRUPTS();
			pop(search->candidates, &search->n_candidates);
			rerank(search, &c);
			push_ranked(search, &c);
		}
		if (search->n_ranked > 0 &&
			(search->n_candidates > 0 || search->threshold == FLT_MAX ||
			 search->ranked[0].lower <= search->threshold))
		{
			bool		repeated;

			*row = search->ranked[0];
			pop(search->ranked, &search->n_ranked);
			returned_insert(search->returned, row->heap, &repeated);
			if (!repeated)
				return true;
			continue;
		}
		if (search->threshold == FLT_MAX)
			return false;
		scan_again(search);
	}
}
