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
 * A filter clears lanes before their codes are scanned; of a unit that keeps
 * none, pages that hold nothing but codes are not read.
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
#include "utils/spccache.h"

#include "core/compat.h"
#include "index/ivf/search.h"
#include "kernels/kernels.h"

/* Candidates that a search keeps at first. */
#define FIRST_ROOM 256

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

/* ---- begin and end ---- */

static uint32 *
copy_numbers(const uint32 *numbers, uint64 count)
{
	uint32	   *copy = palloc(sizeof(uint32) * Max(count, 1));

	memcpy(copy, numbers, sizeof(uint32) * count);
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
	search->first = copy_numbers(cache->first, cache->meta.lists);
	search->id = copy_numbers(cache->id, cache->meta.lists);
	search->centroids = cache->exact;

	search->q = palloc(sizeof(float) * dims);
	trl_ivf_rotate(&search->meta, vector, search->q);
	for (i = 0; i < dims; i++)
		search->sum += search->q[i];
	search->tables = palloc(TRL_IVF_GROUPS(&search->meta) * TRL_GROUP_BYTES);
	if (search->meta.code_form == TRL_IVF_CODE_BITS)
		trl_ivf_exact_tables(search);
	else if (search->meta.code_form == TRL_IVF_CODE_SIGNS)
		trl_ivf_query_tables(search);

	trl_ivf_rank_lists(search, cache);
	search->lists_ahead =
		get_tablespace_io_concurrency(index->rd_rel->reltablespace);
	search->room = FIRST_ROOM;
	search->candidates = palloc(sizeof(TrlIvfCandidate) * 2 * search->room);
	search->keys = palloc(sizeof(float) * 2 * search->room);
	search->ranked_room = 64;
	search->ranked = palloc(sizeof(TrlIvfRow) * search->ranked_room);
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

	elog(DEBUG2, "ivf search: %llu lists, %llu lanes, %llu masked, %llu blocks skipped, %llu candidates, %llu reranked, %llu rounds",
		 (unsigned long long) c->lists, (unsigned long long) c->lanes,
		 (unsigned long long) c->masked, (unsigned long long) c->blocks_skipped,
		 (unsigned long long) c->candidates, (unsigned long long) c->reranked,
		 (unsigned long long) c->rounds);
#endif
	MemoryContextDelete(search->context);
}

/* ---- candidates ---- */

#define ST_SORT sort_candidates
#define ST_ELEMENT_TYPE TrlIvfCandidate
#define ST_COMPARE(a, b) (((a)->lower > (b)->lower) - ((a)->lower < (b)->lower))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* The bound that would stand at place k among candidates from one on. */
static float
nth_bound(TrlIvfSearch *search, uint32 from, uint32 k)
{
	uint32		n = search->n_candidates - from;
	uint32		i;

	for (i = 0; i < n; i++)
		search->keys[i] = search->candidates[from + i].lower;
	return trl_ivf_nth_least(search->keys, n, k);
}

static void
make_room(TrlIvfSearch *search, uint32 room)
{
	Size		size = 2 * (Size) room;

	search->room = room;
	search->candidates = repalloc_huge(search->candidates,
									   sizeof(TrlIvfCandidate) * size);
	search->keys = repalloc_huge(search->keys, sizeof(float) * size);
}

void
trl_ivf_search_relax(TrlIvfSearch *search, uint32 room, float caution)
{
	search->caution = caution;
	make_room(search, room);
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
	float		threshold = nth_bound(search, 0, search->room);
	uint32		kept = 0;
	uint32		i;

	for (i = 0; i < n; i++)
		kept += c[i].lower < threshold;
	if (kept <= search->room / 2)
	{
		make_room(search, search->room * 2);
		return;
	}
	for (kept = i = 0; i < n; i++)
	{
		c[kept] = c[i];
		kept += c[i].lower < threshold;
	}
	search->n_candidates = kept;
	search->threshold = threshold;
}

/* What has not been reranked moves to the front; more may be added. */
static void
compact_candidates(TrlIvfSearch *search)
{
	uint32		next = search->next_candidate;

	search->n_candidates -= next;
	memmove(search->candidates, search->candidates + next,
			sizeof(TrlIvfCandidate) * search->n_candidates);
	search->next_candidate = search->ordered = search->resolved = 0;
}

static void
pop_ranked(TrlIvfSearch *search)
{
	TrlIvfRow  *heap = search->ranked;
	uint32		n = --search->n_ranked;
	TrlIvfRow	moving = heap[n];
	uint32		i = 0;

	for (;;)
	{
		uint32		child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && heap[child + 1].distance < heap[child].distance)
			child++;
		if (heap[child].distance >= moving.distance)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moving;
}

static void
push_ranked(TrlIvfSearch *search, const TrlIvfRow *row)
{
	TrlIvfRow  *heap;
	uint32		i;

	if (search->n_ranked == search->ranked_room)
	{
		search->ranked_room *= 2;
		search->ranked =
			repalloc_huge(search->ranked,
						  sizeof(TrlIvfRow) * (Size) search->ranked_room);
	}
	heap = search->ranked;
	i = search->n_ranked++;
	while (i > 0 && heap[(i - 1) / 2].distance > row->distance)
	{
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = *row;
}

/* ---- scanning ---- */

/* One pass over a list, for lanes with bounds in [at_least, threshold). */
typedef struct ListScan
{
	uint32		probe;
	TrlListTerms terms;
	float		at_least;
	BlockNumber after;			/* the unit scanned behind the list's last */
	char	   *ahead[TRL_IVF_MAX_SPAN];	/* pages of the next unit, or NULL */
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

/*
 * The lanes of each block of a unit that are to be scanned; false if a filter
 * leaves none.
 */
static bool
choose_lanes(TrlIvfSearch *search, Page page, const TrlIvfRuns *runs,
			 uint32 *lanes)
{
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);
	bool		some = false;
	int			i;

	for (i = 0; i < search->meta.unit_blocks; i++)
	{
		uint32		live = live_lanes(search, page, i);

		lanes[i] = live;
		if (search->filter == NULL || live == 0)
			continue;
		lanes[i] = trl_ivf_filter_lanes(&search->meta, runs, unit, i,
										search->filter, live);
		search->counters.passed += pg_popcount32(lanes[i]);
		search->counters.masked += pg_popcount32(live & ~lanes[i]);
		search->counters.blocks_skipped += lanes[i] == 0;
		some |= lanes[i] != 0;
	}
	return some || search->filter == NULL;
}

static void
keep_lanes(TrlIvfSearch *search, const ListScan *scan, BlockNumber unit,
		   const TrlIvfRuns *runs, int block, uint32 lanes)
{
	bool		reranked = search->meta.code_form == TRL_IVF_CODE_SIGNS;

	while (lanes != 0)
	{
		int			lane = pg_rightmost_one_pos32(lanes);
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
		c->unit = unit;
		c->lane = (uint16) (block * TRL_IVF_LANES + lane);
		c->mark = reranked ? 0 : (uint16) hash_tid(runs->heap[c->lane]);
		search->counters.candidates++;
	}
}

/* The codes of a block, piece by piece of what lies together. */
static void
sum_block(TrlIvfSearch *search, const ListScan *scan, Page *pages, int block,
		  uint32 *sums)
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
		const uint8 *codes = (uint8 *) PageGetContents(pages[place.page]) +
		place.offset;
		const uint8 *ahead = scan->ahead[place.page] == NULL ? codes :
		(uint8 *) scan->ahead[place.page] + place.offset;

		trl_scan_kernels->scan_codes(codes, search->tables + done * TRL_IVF_GRANULE,
									 groups, ahead, sums);
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
	sum_block(search, scan, pages, block, sums);
	if (search->meta.metric == TRL_IVF_JACCARD)
		return live & trl_ivf_exact_jaccard(search, sums, factors.add);
	return live & trl_scan_kernels->lanes_below(sums, &factors, &scan->terms,
												search->threshold,
												search->lower);
}

/*
 * Looks where the next unit is: its codes are asked for while the ones at hand
 * are scanned, what stands before them at once.
 */
static void
look_ahead(const TrlIvfSearch *search, ListScan *scan, BlockNumber block)
{
	const TrlIvfMeta *meta = &search->meta;
	int			i;

	for (i = 0; i < meta->span; i++)
		scan->ahead[i] = block == InvalidBlockNumber ? NULL :
			trl_ivf_expect(search->index, block + i);
	if (scan->ahead[0] != NULL)
		trl_ivf_prefetch(scan->ahead[0], trl_ivf_unit_header_size(meta) +
						 (sizeof(float) + 2 * sizeof(TrlShortFloat) +
						  (search->filter == NULL ? 0 :
						   sizeof(ItemPointerData) + meta->filter_bytes)) *
						 TRL_IVF_UNIT_LANES(meta));
}

/* Scans a unit; returns the next one's block. */
static BlockNumber
scan_unit(TrlIvfSearch *search, ListScan *scan, BlockNumber block)
{
	const TrlIvfMeta *meta = &search->meta;
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	Page		pages[TRL_IVF_MAX_SPAN];
	uint32		lanes[TRL_IVF_MAX_BLOCKS];
	TrlIvfRuns	runs;
	BlockNumber next;
	uint32		id = search->probes[scan->probe].id;
	int			read = 1;
	bool		some;
	int			i;

	buffers[0] = trl_ivf_read_list(search->index, block, TRL_IVF_POSTING, id,
								   BUFFER_LOCK_SHARE);
	pages[0] = BufferGetPage(buffers[0]);
	runs = trl_ivf_runs(meta, (TrlIvfUnit *) PageGetContents(pages[0]));
	some = choose_lanes(search, pages[0], &runs, lanes);
	for (; some && read < meta->span; read++)
	{
		buffers[read] = trl_ivf_read_list(search->index, block + read,
										  TRL_IVF_CODES, id, BUFFER_LOCK_SHARE);
		pages[read] = BufferGetPage(buffers[read]);
	}
	next = TrlIvfPageOpaque(pages[0])->next;
	look_ahead(search, scan, next != InvalidBlockNumber ? next : scan->after);

	for (i = 0; i < meta->unit_blocks && some; i++)
	{
		uint32		live = lanes[i];

		if (live == 0)
			continue;
		live = block_below(search, scan, pages, &runs, i, live);
		if (live != 0)
			keep_lanes(search, scan, block, &runs, i, live);
	}
	for (i = read - 1; i >= 0; i--)
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

	if (probe + 1 < search->known)
		scan.after = search->first[search->probes[probe + 1].list];
	if (search->meta.code_form == TRL_IVF_CODE_BITS)
	{
		/* the distance is exact, whatever the centroid */
		scan.terms.add = search->set;
		scan.terms.error = 0;
	}
	else if (search->meta.code_form == TRL_IVF_CODE_NONE)
		trl_ivf_exact_center(search, p);
	while (block != InvalidBlockNumber)
	{
		CHECK_FOR_INTERRUPTS();
		block = scan_unit(search, &scan, block);
	}
}

/*
 * The terms of a list's centroid, about: the bounds allow for what they are
 * off.
 */
static void
measure_probe(const TrlIvfSearch *search, const TrlIvfNear *about,
			  TrlIvfProbe *p)
{
	p->list = about->list;
	p->id = search->id[about->list];
	p->add = about->distance - about->error;
	p->distance = about->distance + about->error;
	if (search->meta.metric == TRL_IVF_IP)
		p->distance = (search->norm2 + about->norm2) * (1 + 1e-6f) +
			2 * p->distance;
	p->measured = false;
}

const float *
trl_ivf_search_centroid(TrlIvfSearch *search, const TrlIvfProbe *probe)
{
	const TrlIvfCache *cache = trl_ivf_cache(search->index);

	/* a later generation keeps the lists that this scan may see */
	if (cache->id[probe->list] != probe->id)
		trl_ivf_list_gone(search->index, search->first[probe->list]);
	return trl_ivf_cached_centroid(search->index, cache, probe->list,
								   search->centroid);
}

/* The true ones, for distances. */
static void
measure_exactly(TrlIvfSearch *search, TrlIvfProbe *p)
{
	int			dims = search->meta.dims_padded;
	const float *centroid = trl_ivf_search_centroid(search, p);

	p->exact = search->meta.metric == TRL_IVF_IP ?
		-trl_kernels->f32_dot(search->q, centroid, dims) :
		trl_kernels->f32_l2_squared(search->q, centroid, dims);
	p->measured = true;
}

/* Asks the operating system for the first units of the probes up to one. */
static void
ask_for_lists(TrlIvfSearch *search, uint32 end)
{
	for (; search->asked < end; search->asked++)
	{
		BlockNumber first = search->first[search->probes[search->asked].list];
		int			i;

		for (i = 0; i < search->meta.span; i++)
			trl_ivf_ask(search->index, first + i);
	}
}

void
trl_ivf_search_probe(TrlIvfSearch *search, uint32 count)
{
	uint32		i;

	count = Min(count, search->meta.lists_in_use);
	if (count <= search->probed)
		return;
	compact_candidates(search);
	trl_ivf_sort_lists(search, count);
	for (i = search->probed; i < count; i++)
		measure_probe(search, &search->ranking[i], &search->probes[i]);
	search->known = count;
	while (search->probed < count)
	{
		ask_for_lists(search, Min(search->probed + search->lists_ahead, count));
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

	make_room(search, search->room * 4);
	search->threshold = FLT_MAX;
	compact_candidates(search);
	for (i = 0; i < search->probed; i++)
		scan_list(search, i, at_least);
	search->counters.rounds++;
}

/* ---- handing out ---- */

/*
 * What the unit's page says of a candidate's row.  Since its codes were scanned,
 * the lane may have been cleared, and filled with another row: vacuum frees
 * what no snapshot sees, so the old row is not missed.  The new one is younger
 * than this scan's snapshot, or came from a list that was emptied.  Reranking
 * gives it its own distance; where there is none, only a row that has the
 * candidate's mark has the candidate's distance, and one that came is left to
 * the list that it came from.
 */
static void
resolve(TrlIvfSearch *search, const TrlIvfCandidate *c, TrlIvfRow *row)
{
	const TrlIvfMeta *meta = &search->meta;
	Buffer		buffer = trl_ivf_read_list(search->index, c->unit, TRL_IVF_POSTING,
										   search->probes[c->probe].id,
										   BUFFER_LOCK_SHARE);
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(BufferGetPage(buffer));
	char	   *expected;

	row->distance = c->lower;
	row->probe = c->probe;
	row->unit = c->unit;
	row->lane = c->lane;
	row->heap = trl_ivf_runs(meta, unit).heap[c->lane];
	row->live = trl_ivf_is_live(unit, c->lane) &&
		(meta->code_form == TRL_IVF_CODE_SIGNS ||
		 (uint16) hash_tid(row->heap) == c->mark);

	/* a hint may move it under a share lock */
	row->lsn = BufferGetLSNAtomic(buffer);
	row->rerank = InvalidBlockNumber;
	if (meta->code_form == TRL_IVF_CODE_SIGNS)
		row->rerank = unit->rerank[c->lane / meta->rerank_rows];
	UnlockReleaseBuffer(buffer);

	expected = trl_ivf_expect(search->index, row->rerank);
	if (expected != NULL && row->live)
		trl_ivf_prefetch(expected + trl_ivf_rerank_size(meta) *
						 (c->lane % meta->rerank_rows),
						 trl_ivf_rerank_size(meta));
	if (search->centroids != NULL && !search->probes[c->probe].measured)
		trl_ivf_prefetch((const char *) (search->centroids +
										 (Size) search->probes[c->probe].list *
										 meta->dims_padded),
						 sizeof(float) * meta->dims_padded);
}

/* The distance by the row's codes of 8 bits. */
static void
rerank(TrlIvfSearch *search, TrlIvfRow *row)
{
	const TrlIvfMeta *meta = &search->meta;
	TrlIvfProbe *probe = &search->probes[row->probe];
	Buffer		buffer;
	const TrlIvfRerankRow *codes;
	float		dot;

	/* it has its distance */
	if (meta->code_form != TRL_IVF_CODE_SIGNS)
		return;
	if (!probe->measured)
		measure_exactly(search, probe);
	buffer = trl_ivf_read_list(search->index, row->rerank, TRL_IVF_RERANK,
							   probe->id, BUFFER_LOCK_SHARE);
	codes = (const TrlIvfRerankRow *)
		(PageGetContents(BufferGetPage(buffer)) +
		 trl_ivf_rerank_size(meta) * (row->lane % meta->rerank_rows));
	dot = trl_scan_kernels->u8_dot(trl_ivf_row_codes(meta, codes, search->codes),
								   search->q, meta->dims_padded);
	row->distance = probe->exact + codes->add +
		codes->rescale * (dot - trl_ivf_row_middle(meta) * search->sum);
	UnlockReleaseBuffer(buffer);
	search->counters.reranked++;
}

/* Candidates that are put in order at once, at first. */
#define FIRST_ORDERED 64

/* Resolves the next candidates, so that their rows are on their way. */
static void
resolve_ahead(TrlIvfSearch *search)
{
	uint32		end = Min(search->next_candidate + TRL_IVF_ROWS_AHEAD,
						  search->ordered);

	while (search->resolved < end)
	{
		resolve(search, &search->candidates[search->resolved],
				&search->ahead[search->resolved % TRL_IVF_ROWS_AHEAD]);
		search->resolved++;
	}
}

/* Moves the candidates up to a bound to the front; returns their number. */
static uint32
bring_forward(TrlIvfSearch *search, float bound)
{
	TrlIvfCandidate *c = search->candidates + search->next_candidate;
	uint32		n = search->n_candidates - search->next_candidate;
	uint32		count = 0;
	uint32		i;

	for (i = 0; i < n; i++)
	{
		if (c[i].lower <= bound)
		{
			TrlIvfCandidate swap = c[i];

			c[i] = c[count];
			c[count++] = swap;
		}
	}
	return count;
}

/* The candidate with the least bound; NULL if there is none left. */
static const TrlIvfCandidate *
first_candidate(TrlIvfSearch *search)
{
	uint32		next = search->next_candidate;
	uint32		left = search->n_candidates - next;

	if (left == 0)
		return NULL;
	if (next >= search->ordered)
	{
		uint32		count = Min(Max(next, FIRST_ORDERED), left);

		if (count < left)
			count = bring_forward(search, nth_bound(search, next, count - 1));
		sort_candidates(search->candidates + next, count);
		search->ordered = next + count;
	}
	return &search->candidates[next];
}

bool
trl_ivf_search_next(TrlIvfSearch *search, TrlIvfRow *row)
{
	for (;;)
	{
		const TrlIvfCandidate *first;

		while ((first = first_candidate(search)) != NULL &&
			   (search->n_ranked == 0 ||
				search->ranked[0].distance > first->lower))
		{
			CHECK_FOR_INTERRUPTS();
			resolve_ahead(search);
			*row = search->ahead[search->next_candidate++ % TRL_IVF_ROWS_AHEAD];
			if (!row->live)
				continue;
			rerank(search, row);
			push_ranked(search, row);
		}
		if (search->n_ranked > 0 &&
			(first != NULL || search->threshold == FLT_MAX ||
			 search->ranked[0].distance <= search->threshold))
		{
			bool		repeated;

			*row = search->ranked[0];
			pop_ranked(search);
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
