/*
 * topk.c - a scan of an ivf index for a caller that knows what it looks for
 *
 * Does: decide which lists to probe for k rows under a filter, or for all
 * rows within a radius; turn the search's distances into the operator's.
 * Does not: search (search.c), read rows or know quals (the caller).
 *
 * Locks: none between calls.  WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "nodes/pathnodes.h"

#include "core/compat.h"
#include "core/guc.h"
#include "index/ivf/methods.h"
#include "index/ivf/reach.h"
#include "index/ivf/scan.h"
#include "index/ivf/topk.h"
#include "index/ivf/yield.h"

bool
trl_ivf_topk_serves(const struct IndexOptInfo *index)
{
	return !index->hypothetical &&
		(void *) index->amcostestimate == (void *) trl_ivf_costestimate;
}

TrlIvfSearch *
trl_ivf_topk_begin(IndexScanDesc scan, double share)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	trl_ivf_scan_start(scan, state);
	state->share = Max(share, 1e-9);
	return state->search;
}

void
trl_ivf_topk_confine(IndexScanDesc scan, const TrlIvfTids *tids)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	state->search->tids = tids;
}

/* A distance of the search as the operator has it. */
static double
operator_distance(const TrlIvfScan *state, double distance)
{
	switch (state->class->metric)
	{
		case TRL_IVF_L2:
			return sqrt(Max(distance, 0));
		case TRL_IVF_COSINE:
			return distance / 2;
		case TRL_IVF_IP:
			return distance / state->scale;
		default:
			return distance;
	}
}

/* What the distance of the row at hand may be off, as the search has it. */
static double
code_error(const TrlIvfScan *state)
{
	const TrlIvfProbe *probe = &state->search->probes[state->last.probe];
	double		from = sqrt(Max(probe->distance, 0));
	double		error;

	if (state->meta.code_form == TRL_IVF_CODE_BITS)
		return 0;
	error = TRL_IVF_ROW_LOSS * from;
	if (state->class->metric == TRL_IVF_L1)
		return error;

	/* a residual is hardly longer than what is between query and centroid */
	error *= from / sqrt(state->meta.dims_padded);
	return state->class->metric == TRL_IVF_IP ? error : 2 * error;
}

/* The other way round. */
static float
search_distance(const TrlIvfScan *state, double distance)
{
	switch (state->class->metric)
	{
		case TRL_IVF_L2:
			return (float) (distance * distance);
		case TRL_IVF_COSINE:
			return (float) (distance * 2);
		case TRL_IVF_IP:
			return (float) (distance * state->scale);
		default:
			return (float) distance;
	}
}

/* ---- how far to look ---- */

/* Neighbours, for each that lists were probed for, that they are enough for. */
#define ENOUGH 1.5

/*
 * Rows that lists may be expected to hold when the search ends, for each that
 * the target allows to miss.  What was expected is mostly too much, since the
 * k-th row comes nearer while lists are probed; the more so where a filter lets
 * many rows pass and the search began with lists enough for them.
 */
#define MISSES 1.0
#define MISSES_SPREAD 1.5

/*
 * The same of a range, whose distance stays as it is, and whose rows are spread
 * over more lists than the learnt shares say.
 */
#define MISSES_RANGE 0.3

/* How soon what is found counts more than what was expected. */
#define PRIOR_NEAREST 3.0
#define PRIOR_RANGE 10.0

/* Rows that pass in the first lists, for each that is wanted. */
#define FIRST_ROWS 4.0

/* But no more lists than these, or an eighth of all. */
#define FIRST_LISTS 64.0

/*
 * With fewer in the whole table, all lists are probed: fewer by what is told,
 * and by what was seen, since few may pass near the query only.
 */
#define FEW_ROWS 20

/* A filter that lets more pass is taken to be spread like all rows, at first. */
#define SPREAD_SHARE 0.05

/* Lists to probe for the k nearest of all rows. */
static uint32
lists_within_reach(const TrlIvfScan *state, double k)
{
	return trl_ivf_search_within(state->search,
								 trl_ivf_reach_for(&state->meta, k));
}

/* About how many rows the index has: as many as when it was calibrated. */
static double
rows_of_index(const TrlIvfScan *state)
{
	return state->meta.calibrated_rows > 0 ? state->meta.calibrated_rows :
		state->meta.built_rows;
}

/*
 * The lists to begin with, if a share of the rows passes: those that k rows
 * would need that are spread like all others, unless that is most lists; then
 * so many as have enough rows, by the share that is told, but no more than an
 * eighth of all, since what is told may be wrong.
 */
static uint32
first_lists(const TrlIvfScan *state, double k)
{
	double		rows = rows_of_index(state);
	double		per_list = rows / Max(state->meta.lists_in_use, 1);
	double		lists = FIRST_ROWS * k / (state->share * Max(per_list, 1));

	lists = Min(lists, Max(FIRST_LISTS, state->meta.lists_in_use / 8.0));
	if (state->share >= SPREAD_SHARE)
		lists = Max(lists, lists_within_reach(state, k / state->share));
	return (uint32) Min(Max(ceil(lists), 1), state->meta.lists_in_use);
}

/* The share of rows that pass, in the lists that have been probed. */
static double
passing_share(const TrlIvfScan *state, double passed)
{
	const TrlIvfCounters *c = &state->search->counters;
	double		share = Min(Max(passed, 0), 1);

	if (c->live > 0)
		share *= (double) (c->live - c->masked + 1) / (c->live + 1);
	return share;
}

/*
 * Probes the lists that are expected to have most of what is missing within a
 * distance; at most so many again as have been probed.  "allowed" may remain.
 */
static bool
probe_by_yield(TrlIvfScan *state, float within, double share, double prior,
			   double allowed, bool relative)
{
	TrlIvfSearch *search = state->search;
	double		factor;
	double		missing;
	uint32		count;

	factor = share * (search->n_within + prior) / (search->n_expected + prior);
	if (relative)
	{
		/* of a number that is not known before: what is found and missing */
		missing = trl_ivf_yield_next(search, within, 1, 0, &count);
		allowed *= Max(1, share * search->n_within + factor * missing);
	}
	missing = trl_ivf_yield_next(search, within, Max(2 * search->probed, 16),
								 allowed / Max(factor, 1e-9), &count);
	if (count == 0 || missing * factor <= allowed)
		return false;
	search->counts = true;
	search->within = within;
	return trl_ivf_scan_probe(state, search->probed + count);
}

/* A fixed number of lists, or a recall of 1, needs no thought. */
static bool
is_given(const TrlIvfScan *state, uint32 *lists)
{
	if (trl_guc_ivf_probes > 0)
		*lists = (uint32) trl_guc_ivf_probes;
	else if (trl_guc_target_recall >= 1 || !trl_ivf_yield_known(&state->meta))
		*lists = state->meta.lists_in_use;
	else
		return false;
	return true;
}

bool
trl_ivf_topk_widen(IndexScanDesc scan, double k, double farthest,
				   double passed)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;
	TrlIvfSearch *search = state->search;
	bool		filtered = search->filter != NULL || search->tids != NULL ||
	passed < 1;
	uint32		lists;

	k = Max(k, 1);
	if (search->probed > 0 && isinf(farthest))
		return trl_ivf_scan_probe(state, search->probed * 2);
	if (filtered && is_given(state, &lists))
		return trl_ivf_scan_probe(state, lists);
	if (filtered && search->probed == 0)
		return trl_ivf_scan_probe(state, first_lists(state, k));
	if (filtered && Max(passing_share(state, passed), state->share) *
		rows_of_index(state) <= FEW_ROWS * k)
		return trl_ivf_scan_probe(state, state->meta.lists_in_use);

	/* a range has put lists in another order than that of distances */
	if ((filtered || search->yield != NULL) && state->measures)
		return probe_by_yield(state, search_distance(state, farthest),
							  passing_share(state, passed), PRIOR_NEAREST,
							  (state->share < SPREAD_SHARE ? MISSES : MISSES_SPREAD) *
							  (1 - trl_guc_target_recall) * k, false);

	/* what was handed out and is nearer than the k-th are neighbours, too */
	if (search->probed > 0)
		k = Max(k, (double) state->handed_out);
	if (search->probed > 0 && k < ENOUGH * state->enough_for)
		return false;
	state->enough_for = k;
	if (trl_guc_ivf_probes > 0)
		return trl_ivf_scan_probe(state, (uint32) trl_guc_ivf_probes);
	return trl_ivf_scan_probe(state, Max(lists_within_reach(state, k / state->share), 1));
}

bool
trl_ivf_topk_widen_range(IndexScanDesc scan, double radius, double passed)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;
	uint32		lists;

	if (is_given(state, &lists) || !state->measures)
		return trl_ivf_scan_probe(state, state->measures ? lists :
								  state->meta.lists_in_use);
	return probe_by_yield(state, search_distance(state, radius),
						  passing_share(state, passed), PRIOR_RANGE,
						  MISSES_RANGE * (1 - trl_guc_target_recall), true);
}

bool
trl_ivf_topk_next(IndexScanDesc scan, double *distance)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	if (!trl_ivf_scan_next(scan, state))
		return false;
	*distance = -INFINITY;
	if (state->measures)
		*distance = operator_distance(state, state->last.distance -
									  code_error(state));
	return true;
}

bool
trl_ivf_topk_tail(IndexScanDesc scan, bool nulls)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;
	TrlIvfScanPhase phase = nulls ? TRL_IVF_SCAN_NULL : TRL_IVF_SCAN_NAN;

	if (state->phase != phase)
		trl_ivf_scan_enter(state, phase, nulls ? state->meta.tail_null :
						   state->meta.tail_nan);
	/* it is no lane that could be marked */
	state->has_last = false;
	return trl_ivf_scan_unordered(scan, state);
}

const TrlIvfCounters *
trl_ivf_topk_counters(IndexScanDesc scan)
{
	return &((TrlIvfScan *) scan->opaque)->search->counters;
}

uint32
trl_ivf_topk_lists(IndexScanDesc scan)
{
	return ((TrlIvfScan *) scan->opaque)->search->meta.lists_in_use;
}

bool
trl_ivf_topk_not_negative(Oid opfamily, Oid type)
{
	const TrlIvfClass *class = trl_ivf_find_class(opfamily, type);

	return class != NULL && class->metric != TRL_IVF_IP;
}

bool
trl_ivf_topk_measures(IndexScanDesc scan)
{
	return ((TrlIvfScan *) scan->opaque)->measures;
}

void
trl_ivf_topk_return(IndexScanDesc scan)
{
	TrlIvfScan *state = (TrlIvfScan *) scan->opaque;

	Assert(state->has_last && state->measures);
	trl_ivf_search_return(state->search, &state->last);
	state->has_last = false;
	state->handed_out--;
}
