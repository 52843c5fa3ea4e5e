/*
 * search.c - finds the rows of an ivf index nearest to a query, one by one
 *
 * Does: choose lists, keep the lanes with the least bounds, rerank in the order
 * of bounds.  Does not: scan codes (lanes.c); know of snapshots, tails, or how
 * many rows are wanted (scan.c, topk.c).
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

#define SH_PREFIX returned
#define SH_ELEMENT_TYPE ReturnedTid
#define SH_KEY_TYPE ItemPointerData
#define SH_KEY heap
#define SH_HASH_KEY(tb, key) trl_ivf_hash_tid(key)
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
void
trl_ivf_shrink_candidates(TrlIvfSearch *search)
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

/* ---- lists ---- */

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
	p->yield = 0;
	if (search->counts && search->yield != NULL)
		p->yield = about->yield / search->yield->lists[about->list].rows;
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
		trl_ivf_scan_list(search, search->probed++, -FLT_MAX);
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
	search->again = true;
	for (i = 0; i < search->probed; i++)
		trl_ivf_scan_list(search, i, at_least);
	search->again = false;
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
		 (uint16) trl_ivf_hash_tid(row->heap) == c->mark);

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
			if (!row->live ||
				(search->tids != NULL && !trl_ivf_tids_has(search->tids, &row->heap)))
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

void
trl_ivf_search_return(TrlIvfSearch *search, const TrlIvfRow *row)
{
	returned_delete(search->returned, row->heap);
	push_ranked(search, row);
}
