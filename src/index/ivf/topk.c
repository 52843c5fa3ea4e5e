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

/* Neighbours, for each that lists were probed for, that they are enough for. */
#define ENOUGH 1.5

bool
trl_ivf_topk_serves(const struct IndexOptInfo *index)
{
	return !index->hypothetical &&
		(void *) index->amcostestimate == (void *) trl_ivf_costestimate;
}

TrlIvfSearch *
trl_ivf_topk_begin(IndexScanDesc scan, double share)
{
	IvfScan    *state = (IvfScan *) scan->opaque;

	trl_ivf_scan_start(scan, state);
	state->share = Max(share, 1e-9);
	return state->search;
}

void
trl_ivf_topk_confine(IndexScanDesc scan, const TrlIvfTids *tids)
{
	IvfScan    *state = (IvfScan *) scan->opaque;

	state->search->tids = tids;
}

/* A distance of the search as the operator has it. */
static double
operator_distance(const IvfScan *state, double distance)
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

/* Lists to probe for the k nearest of all rows. */
static uint32
lists_for(const IvfScan *state, double k)
{
	if (trl_guc_ivf_probes > 0)
		return (uint32) trl_guc_ivf_probes;
	return trl_ivf_search_within(state->search,
								 trl_ivf_reach_for(&state->meta, k));
}

bool
trl_ivf_topk_widen(IndexScanDesc scan, double k, double farthest)
{
	IvfScan    *state = (IvfScan *) scan->opaque;
	uint32		probed = state->search->probed;

	if (probed > 0 && isinf(farthest))
		return trl_ivf_scan_probe(state, probed * 2);

	/* what was handed out and is nearer than the k-th are neighbours, too */
	if (probed > 0)
		k = Max(k, (double) state->handed_out);
	if (probed > 0 && k < ENOUGH * state->enough_for)
		return false;
	state->enough_for = k;
	return trl_ivf_scan_probe(state, Max(lists_for(state, k / state->share), 1));
}

bool
trl_ivf_topk_widen_range(IndexScanDesc scan, double radius)
{
	IvfScan    *state = (IvfScan *) scan->opaque;

	(void) radius;
	return trl_ivf_scan_probe(state,
							  lists_for(state, Max((double) state->handed_out, 100) / state->share));
}

bool
trl_ivf_topk_next(IndexScanDesc scan, double *distance)
{
	IvfScan    *state = (IvfScan *) scan->opaque;

	if (!trl_ivf_scan_next(scan, state))
		return false;
	*distance = state->measures ?
		operator_distance(state, state->last.distance) : -INFINITY;
	return true;
}

bool
trl_ivf_topk_tail(IndexScanDesc scan, bool nulls)
{
	IvfScan    *state = (IvfScan *) scan->opaque;
	ScanPhase	phase = nulls ? PHASE_NULL : PHASE_NAN;

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
	return &((IvfScan *) scan->opaque)->search->counters;
}

uint32
trl_ivf_topk_lists(IndexScanDesc scan)
{
	return ((IvfScan *) scan->opaque)->search->meta.lists_in_use;
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
	return ((IvfScan *) scan->opaque)->measures;
}
