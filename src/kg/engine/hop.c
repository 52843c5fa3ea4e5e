/*
 * hop.c - from a set of nodes along their edges, through the executor
 *
 * Does: settings of a hop; cut its nodes into batches, and have each read
 * (hop_query.c, or bulk.c once that costs less) and settled (hop_settle.c).
 * Does not: decide what a new node means; that is for who asks.
 *
 * Locks: those of the queries.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/engine/hop_parts.h"

/* Edges that a batch may keep under a fan-out limit. */
#define BATCH_EDGES 50000
#define BATCH_MIN_NODES 16

#define BUFFER_START 256

TrlHop *
trl_hop_create(const TrlGraph *graph, const TrlFilter *filter,
			   TrlNodeSet *nodes, TrlRels *rels, TrlBudget *budget,
			   int max_fanout)
{
	TrlHop	   *hop = palloc0(sizeof(TrlHop));

	hop->graph = graph;
	hop->filter = *filter;
	hop->nodes = nodes;
	hop->rels = rels;
	hop->budget = budget;
	hop->max_fanout = max_fanout;
	hop->check_far = OidIsValid(graph->nodes) && !graph->nodes_certain;
	hop->direct = !hop->check_far && max_fanout == TRL_NO_LIMIT;
	if (graph->column[TRL_ROLE_EDGE_ID].attnum != 0)
		trl_key_kind(graph->column[TRL_ROLE_EDGE_ID].type, &hop->edge_kind);

	hop->cxt = CurrentMemoryContext;
	hop->batch_cxt = AllocSetContextCreate(CurrentMemoryContext,
										   "trellis hop batch",
										   ALLOCSET_SMALL_SIZES);
	hop->key_cxt = trl_hop_key_context(hop);
	hop->capacity = BUFFER_START;
	hop->edges = palloc(sizeof(TrlEdge) * BUFFER_START);
	hop->pending_capacity = BUFFER_START;
	hop->pending = palloc(sizeof(uint32) * BUFFER_START);
	trl_source_init(&hop->source, graph);
	if (hop->filter.has_rels)
		trl_hop_set_rels(hop, filter->rels, filter->n_rels);
	return hop;
}

static void
drop_bulk(TrlHop *hop)
{
	if (hop->bulk != NULL)
		trl_bulk_free(hop->bulk);
	hop->bulk = NULL;
}

void
trl_hop_set_rels(TrlHop *hop, Datum *rels, int n_rels)
{
	MemoryContext old = MemoryContextSwitchTo(hop->cxt);

	hop->filter.has_rels = true;
	hop->rels_parameter = trl_rels_parameter(hop->rels, rels, n_rels,
											 &hop->rels_type);
	/* the query's shape may have changed */
	hop->out.run = NULL;
	hop->in.run = NULL;
	drop_bulk(hop);
	MemoryContextSwitchTo(old);
}

void
trl_hop_keep_loops(TrlHop *hop)
{
	hop->loops = true;
}

void
trl_hop_stay_within(TrlHop *hop)
{
	hop->within = true;
}

void
trl_hop_leave_far(TrlHop *hop)
{
	hop->leave_far = true;
}

bool
trl_hop_truncated(const TrlHop *hop)
{
	return hop->truncated;
}

void
trl_hop_limit_rows(TrlHop *hop, TrlRowLimit *limits)
{
	Assert(limits == NULL || hop->max_fanout == TRL_NO_LIMIT);
	hop->limits = limits;
	if (hop->planned_limits == (limits != NULL))
		return;
	hop->planned_limits = limits != NULL;
	hop->out.run = NULL;
	hop->in.run = NULL;
}

bool
trl_hop_may_hide(const TrlHop *hop)
{
	return hop->check_far;
}

bool
trl_hop_knows_nodes(const TrlHop *hop)
{
	return OidIsValid(hop->graph->nodes);
}

/* ---- batches ---- */

static void
take_bulk_edge(void *state, TrlEdge *edge)
{
	trl_hop_take(state, edge);
}

/* The same from what has been read at once. */
static void
run_bulk(TrlHop *hop, const uint32 *numbers, uint32 n, bool near_is_dst)
{
	hop->near_is_dst = near_is_dst;
	trl_bulk_edges(hop->bulk, hop->nodes, numbers, n, near_is_dst,
				   take_bulk_edge, hop);
}

static void
run_batch(TrlHop *hop, const uint32 *numbers, uint32 n, TrlDirection direction)
{
	void		(*run) (TrlHop *, const uint32 *, uint32, bool) =
	hop->bulk != NULL ? run_bulk : trl_hop_query;
	MemoryContext old;
	uint32		i;

	CHECK_FOR_INTERRUPTS();
	for (i = 0; i < n; i++)
		hop->fanout[numbers[i]] = 0;
	hop->over_limit = false;
	hop->full = TRL_HOP_BUFFER_FULL;

	old = MemoryContextSwitchTo(hop->batch_cxt);
	if (direction & TRL_DIRECTION_OUT)
		run(hop, numbers, n, false);
	if (direction & TRL_DIRECTION_IN)
		run(hop, numbers, n, true);
	if (!hop->direct)
		trl_hop_settle(hop, true);
	MemoryContextSwitchTo(old);
	MemoryContextReset(hop->batch_cxt);
	for (i = 0; i < n; i++)
		hop->fanout[numbers[i]] = TRL_NOT_IN_BATCH;
}

/* Reads all edges at once where that costs less than what lies ahead. */
static void
choose_source(TrlHop *hop, uint32 n, TrlDirection direction)
{
	MemoryContext old;

	if (hop->bulk != NULL && trl_bulk_has(hop->bulk, direction))
		return;
	drop_bulk(hop);
	if (!trl_source_prefers_bulk(&hop->source, hop->budget, n, direction))
		return;
	old = MemoryContextSwitchTo(hop->cxt);
	hop->bulk = trl_bulk_load(hop->graph, &hop->filter, hop->rels_parameter,
							  hop->rels_type, hop->rels, hop->budget,
							  direction, hop->source.table_edges);
	/* what did not work once is not tried again */
	hop->source.possible = hop->bulk != NULL;
	MemoryContextSwitchTo(old);
}

void
trl_hop_expect(TrlHop *hop, int levels)
{
	hop->source.levels = levels;
}

/* Room to count the edges of every node known so far. */
static void
size_fanout(TrlHop *hop)
{
	uint32		count = hop->nodes->count;

	if (count <= hop->fanout_capacity)
		return;
	hop->fanout_capacity = Max(BUFFER_START, count + count / 2);
	if (hop->fanout != NULL)
		pfree(hop->fanout);
	hop->fanout = MemoryContextAllocHuge(hop->cxt,
										 sizeof(uint32) * hop->fanout_capacity);
	memset(hop->fanout, 0xFF, sizeof(uint32) * hop->fanout_capacity);
}

void
trl_hop_run(TrlHop *hop, uint32 *nodes, uint32 n,
			TrlDirection direction, TrlEdgeSink sink, void *state)
{
	uint32		size = TRL_HOP_BATCH_NODES;
	uint32		start;

	hop->direction = direction;
	hop->sink = sink;
	hop->sink_state = state;
	if (hop->limits == NULL)
		choose_source(hop, n, direction);
	else
		drop_bulk(hop);
	if (hop->max_fanout != TRL_NO_LIMIT)
		size = Min(size, (uint32) Max(BATCH_EDGES / hop->max_fanout, BATCH_MIN_NODES));
	size_fanout(hop);
	/* batches of neighbours in the index: it reads the same pages again */
	if (n > size && hop->bulk == NULL)
		qsort_arg(nodes, n, sizeof(uint32), trl_nodeset_compare, hop->nodes);
	for (start = 0; start < n; start += size)
		run_batch(hop, nodes + start, Min(n - start, size), direction);
	trl_source_note(&hop->source, n);
}
