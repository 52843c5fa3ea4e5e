/*
 * scan.c - the access method's scan: rows of an ivf index in order of distance
 *
 * Does: begin, rescan, next row, end; how many lists to probe for how many
 * rows; scan keys on filter columns; rows without a distance last; hints of
 * dead rows.  Does not: search
 * (search.c).
 *
 * An index scan is not told how many rows are wanted.  It probes the lists
 * that the calibration asks for ten rows, and more of them once the tenth and
 * the hundredth row have been handed out, twice as many each time beyond, until
 * none is left.  Then follow the rows whose distance is NaN, then the NULLs, as
 * a sort would order them.
 *
 * Scan keys become a test of lanes.  What is stored of a value may not decide
 * them, and of rows without a distance nothing is stored, so that the executor
 * asks every row again.
 *
 * Locks: none between calls.  WAL: none; kill_prior_tuple's hints are not
 * logged.
 */
#include "postgres.h"

#include <math.h>

#include "access/relscan.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "core/guc.h"
#include "index/ivf/heap_rerank.h"
#include "index/ivf/methods.h"
#include "index/ivf/reach.h"
#include "index/ivf/scan.h"

IndexScanDesc
trl_ivf_beginscan(Relation index, int nkeys, int norderbys)
{
	IndexScanDesc scan = RelationGetIndexScan(index, nkeys, norderbys);
	TrlIvfScan *state = palloc0(sizeof(TrlIvfScan));

	state->scan_context = CurrentMemoryContext;
	state->context = AllocSetContextCreate(CurrentMemoryContext,
										   "trellis ivf scan",
										   ALLOCSET_DEFAULT_SIZES);
	state->class = trl_ivf_class(index);
	scan->opaque = state;
	return scan;
}

void
trl_ivf_rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys,
			   int norderbys)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	if (keys != NULL && scan->numberOfKeys > 0)
		memmove(scan->keyData, keys, scan->numberOfKeys * sizeof(ScanKeyData));
	if (orderbys != NULL && scan->numberOfOrderBys > 0)
		memmove(scan->orderByData, orderbys,
				scan->numberOfOrderBys * sizeof(ScanKeyData));
	(void) nkeys;
	(void) norderbys;
	if (state->search != NULL)
		trl_ivf_search_end(state->search);
	if (state->heap != NULL)
		trl_ivf_heap_reset(state->heap);
	MemoryContextReset(state->context);
	state->phase = TRL_IVF_SCAN_START;
	state->search = NULL;
	state->by_heap = false;
	state->filter = NULL;
	state->skip_values = state->skip_nulls = false;
	state->handed_out = state->enough_for = 0;
	state->wanted = 0;
	state->has_last = false;
	state->tids = NULL;
	state->n_tids = state->next_tid = 0;
}

void
trl_ivf_endscan(IndexScanDesc scan)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	if (state->search != NULL)
		trl_ivf_search_end(state->search);
	if (state->heap != NULL)
		trl_ivf_heap_end(state->heap);
	MemoryContextDelete(state->context);
	pfree(state);
}

/* ---- how far to look ---- */

bool
trl_ivf_scan_probe(TrlIvfScan *state, uint32 count)
{
	uint32		before = state->search->probed;
	MemoryContext old = MemoryContextSwitchTo(state->context);

	trl_ivf_search_probe(state->search, count);
	MemoryContextSwitchTo(old);
	return state->search->probed > before;
}

/* Lists to probe for k rows, a TRL_IVF_K_..., at the recall asked for. */
static uint32
probes_for(TrlIvfScan *state, int k)
{
	if (trl_guc_ivf_probes > 0)
		return (uint32) trl_guc_ivf_probes;
	return trl_ivf_search_within(state->search, trl_ivf_reach(&state->meta, k));
}

/* Lists are added to those of a filtered search so many times as many at once. */
#define FILTERED_STEP 4.0

/*
 * Probes for so many rows of a search with a filter.  They are as far as more
 * neighbours among all rows, in inverse proportion to the share of lanes that
 * the filter lets pass: a share that is known the better the more lists have
 * been probed.
 */
static void
probe_filtered(TrlIvfScan *state, double rows)
{
	TrlIvfSearch *search = state->search;
	const TrlIvfCounters *c = &search->counters;
	uint32		wanted = Max(probes_for(state, TRL_IVF_K_10), 1);

	/* each round probes more lists than the one before */
	for (;;)
	{
		double		neighbours;
		double		lists;

		CHECK_FOR_INTERRUPTS();
		trl_ivf_search_probe(search, wanted);
		state->wanted = Max(state->wanted, search->probed);
		neighbours = rows * (c->live + 1.0) / (c->live - c->masked + 1.0);
		if (neighbours <= 10 || trl_guc_ivf_probes > 0)
			return;

		/* beyond what is calibrated, in proportion */
		lists = probes_for(state, TRL_IVF_K_100) * Max(neighbours / 100, 1);
		lists = Min(ceil(lists), search->meta.lists_in_use);
		if (lists <= search->probed)
			return;
		wanted = (uint32) Min(lists, FILTERED_STEP * search->probed);
	}
}

/*
 * Probes what the next row needs: for the first ten those that the
 * calibration found for ten, then those for a hundred, and twice as many each
 * time that four times as many rows have been handed out.
 */
static void
widen_search(TrlIvfScan *state)
{
	if (state->handed_out < state->enough_for)
		return;
	if (state->enough_for < 10)
	{
		state->enough_for = 10;
		state->wanted = probes_for(state, TRL_IVF_K_10);
		if (state->filter != NULL)
			probe_filtered(state, 10);
	}
	else if (state->enough_for < 100)
	{
		state->enough_for = 100;
		if (state->filter != NULL)
			probe_filtered(state, 100);
		state->wanted = Max(state->wanted, probes_for(state, TRL_IVF_K_100));
	}
	else
	{
		state->enough_for *= 4;
		state->wanted = Min(state->wanted, state->search->meta.lists_in_use) * 2;
	}
	(void) trl_ivf_scan_probe(state, state->wanted);
}

/* ---- rows without an order ---- */

static bool
read_tail(IndexScanDesc scan, TrlIvfScan *state)
{
	Buffer		buffer;
	Page		page;
	TrlIvfTail *tail;

	if (state->block == InvalidBlockNumber)
		return false;
	buffer = trl_ivf_read(scan->indexRelation, state->block, TRL_IVF_TAIL,
						  BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	tail = (TrlIvfTail *) PageGetContents(page);
	memcpy(state->tids, tail->heap, sizeof(ItemPointerData) * tail->count);
	state->n_tids = (int) tail->count;
	state->next_tid = 0;
	state->block = TrlIvfPageOpaque(page)->next;
	UnlockReleaseBuffer(buffer);
	return true;
}

/* The next TID of the phase; false at its end. */
bool
trl_ivf_scan_unordered(IndexScanDesc scan, TrlIvfScan *state)
{
	while (state->next_tid == state->n_tids)
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_tail(scan, state))
			return false;
	}
	scan->xs_heaptid = state->tids[state->next_tid++];
	return true;
}

void
trl_ivf_scan_enter(TrlIvfScan *state, TrlIvfScanPhase phase, BlockNumber block)
{
	state->phase = phase;
	state->block = block;
	state->n_tids = state->next_tid = 0;
	if (state->tids == NULL)
		state->tids = MemoryContextAlloc(state->context,
										 sizeof(ItemPointerData) *
										 TRL_IVF_TAIL_TIDS);
}

/* ---- scan keys ---- */

/* The test of a key on a filter column. */
static TrlLaneFilter *
key_filter(IndexScanDesc scan, const TrlIvfMeta *meta, const ScanKeyData *key)
{
	int			column = key->sk_attno - 2;

	if (key->sk_flags & SK_SEARCHNULL)
		return trl_ivf_filter_node(TRL_LANE_NULL, column);
	if (key->sk_flags & SK_SEARCHNOTNULL)
		return trl_ivf_filter_node(TRL_LANE_NOT_NULL, column);
	return trl_ivf_filter_leaf(meta, scan->indexRelation, column,
							   key->sk_strategy, key->sk_subtype,
							   key->sk_argument,
							   (key->sk_flags & SK_ISNULL) != 0,
							   (key->sk_flags & SK_SEARCHARRAY) != 0);
}

/* Makes the tests of all keys; false if no row can pass. */
static bool
start_keys(IndexScanDesc scan, TrlIvfScan *state)
{
	TrlLaneFilter **filters = palloc(sizeof(TrlLaneFilter *) *
									 Max(scan->numberOfKeys, 1));
	TrlLaneFilter *all = NULL;
	int			n = 0;
	int			i;

	for (i = 0; i < scan->numberOfKeys; i++)
	{
		const ScanKeyData *key = &scan->keyData[i];

		if (key->sk_attno == 1)
		{
			state->skip_values |= (key->sk_flags & SK_SEARCHNULL) != 0;
			state->skip_nulls |= (key->sk_flags & SK_SEARCHNOTNULL) != 0;
			continue;
		}
		filters[n++] = key_filter(scan, &state->meta, key);
	}
	if (n > 0)
		all = trl_ivf_filter_and(filters, n);
	if (all != NULL && all->op != TRL_LANE_ALL)
		state->filter = all;
	return all == NULL || all->op != TRL_LANE_NONE;
}

/* ---- rows in order ---- */

/* Sketches are not enough to order rows by. */
static void
start_heap(IndexScanDesc scan, TrlIvfScan *state, bool bounds, double scale)
{
	if (state->heap == NULL)
		state->heap = trl_ivf_heap_begin(scan, state->class, state->scan_context);
	trl_ivf_heap_query(state->heap, &state->meta,
					   scan->orderByData[0].sk_argument, bounds, scale,
					   state->search);
	state->by_heap = true;
}

void
trl_ivf_scan_start(IndexScanDesc scan, TrlIvfScan *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	TrlIvfValue kind = TRL_IVF_VALUE_NULL;
	bool		shortened = false;
	double		scale = 1;
	float	   *vector;

	if (!IsMVCCSnapshot(scan->xs_snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"ivf\" supports MVCC snapshots only")));
	pgstat_count_index_scan(scan->indexRelation);
	trl_count_index_search(scan);
	trl_ivf_read_meta(scan->indexRelation, &state->meta);
	if (!start_keys(scan, state))
	{
		state->phase = TRL_IVF_SCAN_DONE;
		MemoryContextSwitchTo(old);
		return;
	}
	if (state->skip_values)
	{
		trl_ivf_scan_enter(state, TRL_IVF_SCAN_NULL, state->meta.tail_null);
		MemoryContextSwitchTo(old);
		return;
	}
	vector = palloc(sizeof(float) * state->meta.dims);
	if (scan->numberOfOrderBys > 0)
	{
		ScanKey		key = &scan->orderByData[0];

		kind = trl_ivf_value(state->class, &state->meta, key->sk_argument,
							 (key->sk_flags & SK_ISNULL) != 0, vector);
		if (kind == TRL_IVF_VALUE_NAN && state->class->metric != TRL_IVF_COSINE)
		{
			trl_ivf_shorten(vector, state->meta.dims);
			kind = TRL_IVF_VALUE;
			shortened = true;
		}
	}

	/* to NULL and what has no distance all rows are alike: any order will do */
	state->measures = kind == TRL_IVF_VALUE && !shortened && !state->class->sparse;
	if (kind != TRL_IVF_VALUE)
		memset(vector, 0, sizeof(float) * state->meta.dims);
	if (kind == TRL_IVF_VALUE)
		scale = trl_ivf_lengthen(scan->indexRelation, &state->meta, vector);
	state->scale = scale;
	state->search = trl_ivf_search_begin(scan->indexRelation, vector,
										 scan->ignore_killed_tuples);
	state->search->filter = state->filter;
	if (state->class->sparse && kind == TRL_IVF_VALUE)
		start_heap(scan, state, !shortened, scale);
	state->phase = TRL_IVF_SCAN_SEARCH;
	MemoryContextSwitchTo(old);
}

void
trl_ivf_kill_lane(Relation index, const TrlIvfMeta *meta,
				  const TrlIvfRow *row)
{
	Buffer		buffer;
	Page		page;
	TrlIvfUnit *unit;
	TrlIvfRuns	runs;
	uint32		bit = 1u << (row->lane % TRL_IVF_LANES);

	/* without WAL a page does not tell that it has changed */
	if (!RelationNeedsWAL(index))
		return;
	buffer = trl_ivf_read(index, row->unit, TRL_IVF_POSTING, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	unit = (TrlIvfUnit *) PageGetContents(page);
	runs = trl_ivf_runs(meta, unit);

	/*
	 * A lane that vacuum has freed and an insert has filled since may hold
	 * the same TID, of a live row: only a page that has not been changed is
	 * marked.
	 */
	if (BufferGetLSNAtomic(buffer) == row->lsn &&
		(unit->live[row->lane / TRL_IVF_LANES] & bit) != 0 &&
		ItemPointerEquals(&runs.heap[row->lane], unconstify(ItemPointerData *, &row->heap)))
	{
		trl_ivf_killed(meta, page)[row->lane / TRL_IVF_LANES] |= bit;
		MarkBufferDirtyHint(buffer, true);
	}
	UnlockReleaseBuffer(buffer);
}

bool
trl_ivf_scan_next(IndexScanDesc scan, TrlIvfScan *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	bool		found;

	/* the executor found the last row dead to everybody */
	if (scan->kill_prior_tuple && state->has_last)
		trl_ivf_kill_lane(scan->indexRelation, &state->meta, &state->last);
	scan->kill_prior_tuple = false;
	found = state->by_heap ?
		trl_ivf_heap_next(state->heap, state->search, &state->last) :
		trl_ivf_search_next(state->search, &state->last);
	MemoryContextSwitchTo(old);
	state->has_last = found;
	if (found)
	{
		scan->xs_heaptid = state->last.heap;
		state->handed_out++;
	}
	return found;
}

static bool
next_by_distance(IndexScanDesc scan, TrlIvfScan *state)
{
	widen_search(state);
	while (!trl_ivf_scan_next(scan, state))
	{
		if (!trl_ivf_scan_probe(state, Max(state->search->probed * 2, 1)))
			return false;
	}
	return true;
}

bool
trl_ivf_gettuple(IndexScanDesc scan, ScanDirection direction)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	Assert(ScanDirectionIsForward(direction));
	(void) direction;
	scan->xs_recheck = scan->numberOfKeys > 0;
	scan->xs_recheckorderby = false;

	if (state->phase == TRL_IVF_SCAN_START)
		trl_ivf_scan_start(scan, state);
	if (state->phase == TRL_IVF_SCAN_SEARCH)
	{
		if (next_by_distance(scan, state))
			return true;
		trl_ivf_scan_enter(state, TRL_IVF_SCAN_NAN, state->meta.tail_nan);
	}
	if (state->phase == TRL_IVF_SCAN_NAN)
	{
		if (trl_ivf_scan_unordered(scan, state))
			return true;
		trl_ivf_scan_enter(state, TRL_IVF_SCAN_NULL, state->skip_nulls ?
						   InvalidBlockNumber : state->meta.tail_null);
	}
	if (state->phase == TRL_IVF_SCAN_NULL)
	{
		if (trl_ivf_scan_unordered(scan, state))
			return true;
		state->phase = TRL_IVF_SCAN_DONE;
	}
	return false;
}
