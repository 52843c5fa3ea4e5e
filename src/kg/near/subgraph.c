/*
 * subgraph.c - the nodes around seeds and all edges among them;
 * trellis.subgraph()
 *
 * The nodes are those of a walk.  One more hop over all of them, out and
 * within them, then finds every edge among them once, also those that the
 * walk's fan-out limit did not follow.
 *
 * Edges wait in an array.  When it holds twice what max_edges allows, the
 * worse half goes.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/near/subgraph.h"

TRL_FUNCTION(trl_subgraph);

#define INITIAL_EDGES 256

/* Edges beyond the limit that are worth a sort. */
#define MIN_SURPLUS 1000

enum
{
	ARG_EDGES,
	ARG_SEEDS,
	ARG_MAX_DEPTH,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_FANOUT,
	ARG_MAX_NODES,
	ARG_MAX_EDGES,
	ARG_NODES
};

enum
{
	OUT_EDGE_ID,
	OUT_SRC,
	OUT_DST,
	OUT_REL,
	OUT_WEIGHT,
	OUT_DEPTH,
	OUT_TRUNCATED,
	OUT_EDGE_KEY,
	OUT_COLUMNS
};

/* ---- nodes ---- */

static void
walk_nodes(TrlSubgraph *sub, const TrlKey *seeds, uint32 n)
{
	TrlWalk    *walk = &sub->walk;

	trl_walk_init(walk, sub->call->graph, &sub->call->filter, sub->call->rels,
				  &sub->call->budget, sub->max_fanout);
	walk->max_visits = sub->max_nodes;
	walk->max_depth = sub->max_depth;
	trl_walk_start(walk, seeds, NULL, n);
	while (walk->depth < sub->max_depth && !walk->cut &&
		   walk->level < walk->n_visits)
	{
		CHECK_FOR_INTERRUPTS();
		trl_walk_step(walk, sub->direction);
	}
}

TrlKey
trl_subgraph_key(const TrlSubgraph *sub, uint32 node)
{
	return sub->walk.nodes.nodes[node].key;
}

static int
depth_of(const TrlSubgraph *sub, uint32 node)
{
	return sub->walk.visits[sub->walk.nodes.nodes[node].visit].depth;
}

/* ---- edges ---- */

/* Least depth, heaviest (no weight last), then lowest id; then by the ends. */
static int
compare_edges(const void *left, const void *right, void *arg)
{
	const TrlSubgraphEdge *a = left;
	const TrlSubgraphEdge *b = right;
	const TrlSubgraph *sub = arg;
	TrlKeyKind	kind = sub->walk.nodes.kind;
	int			order = 0;

	CHECK_FOR_INTERRUPTS();
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	if (a->step.has_weight != b->step.has_weight)
		return a->step.has_weight ? -1 : 1;
	if (a->step.has_weight)
		order = -float8_cmp_internal(a->step.weight, b->step.weight);
	if (order == 0)
		order = trl_step_compare(sub->hop, &a->step, &b->step);
	if (order == 0)
		order = trl_key_compare(kind, trl_subgraph_key(sub, a->src),
								trl_subgraph_key(sub, b->src));
	if (order == 0)
		order = trl_key_compare(kind, trl_subgraph_key(sub, a->dst),
								trl_subgraph_key(sub, b->dst));
	return order;
}

static MemoryContext
new_edge_context(const TrlSubgraph *sub)
{
	return AllocSetContextCreate(sub->walk.cxt, "trellis subgraph edges",
								 ALLOCSET_DEFAULT_SIZES);
}

/* Keeps the best edges within the limit, and their keys alone. */
static void
cut_edges(TrlSubgraph *sub)
{
	MemoryContext old = sub->edge_cxt;
	uint32		i;

	qsort_arg(sub->edges, sub->n_edges, sizeof(TrlSubgraphEdge), compare_edges,
			  sub);
	if (sub->n_edges <= (uint32) sub->max_edges)
		return;
	sub->n_edges = sub->max_edges;
	sub->edges_cut = true;
	sub->edge_cxt = new_edge_context(sub);
	for (i = 0; i < sub->n_edges; i++)
		sub->edges[i].step = trl_step_copy(sub->hop, &sub->edges[i].step,
										   sub->edge_cxt);
	MemoryContextDelete(old);
}

static TrlSubgraphEdge *
next_edge(TrlSubgraph *sub)
{
	if (sub->n_edges >= 2 * (uint64) sub->max_edges + MIN_SURPLUS)
		cut_edges(sub);
	if (sub->n_edges == sub->capacity)
	{
		sub->capacity *= 2;
		sub->edges = repalloc_huge(sub->edges,
								   sizeof(TrlSubgraphEdge) * sub->capacity);
		trl_budget_check(&sub->call->budget);
	}
	return &sub->edges[sub->n_edges++];
}

static void
take_edge(void *state, const TrlEdge *edge)
{
	TrlSubgraph *sub = state;
	TrlSubgraphEdge *kept = next_edge(sub);

	kept->step = trl_step_copy(sub->hop, &edge->step, sub->edge_cxt);
	kept->src = edge->near;
	kept->dst = edge->far;
	kept->depth = Max(depth_of(sub, edge->near), depth_of(sub, edge->far));
}

static void
read_edges(TrlSubgraph *sub)
{
	TrlWalk    *walk = &sub->walk;
	uint32	   *numbers;
	uint32		i;

	sub->hop = trl_hop_create(sub->call->graph, &sub->call->filter,
							  &walk->nodes, sub->call->rels,
							  &sub->call->budget, TRL_NO_LIMIT);
	trl_hop_keep_loops(sub->hop);
	trl_hop_stay_within(sub->hop);
	sub->edge_cxt = new_edge_context(sub);
	sub->capacity = INITIAL_EDGES;
	sub->edges = palloc(sizeof(TrlSubgraphEdge) * INITIAL_EDGES);
	numbers = MemoryContextAllocHuge(CurrentMemoryContext,
									 sizeof(uint32) * Max(walk->n_visits, 1));
	for (i = 0; i < walk->n_visits; i++)
		numbers[i] = walk->visits[i].node;
	trl_hop_run(sub->hop, numbers, walk->n_visits, TRL_DIRECTION_OUT,
				take_edge, sub);
	pfree(numbers);
	cut_edges(sub);
}

void
trl_subgraph_build(TrlSubgraph *sub, const TrlKey *seeds, uint32 n)
{
	walk_nodes(sub, seeds, n);
	read_edges(sub);
}

bool
trl_subgraph_cut(const TrlSubgraph *sub)
{
	return sub->walk.cut || sub->edges_cut || trl_hop_truncated(sub->walk.hop);
}

void
trl_subgraph_notice(const TrlSubgraph *sub)
{
	if (sub->walk.cut)
		trl_call_notice("max_nodes", sub->max_nodes, "nodes are missing");
	if (trl_hop_truncated(sub->walk.hop))
		trl_call_notice("max_fanout", sub->max_fanout,
						"edges of some nodes were not followed");
	if (sub->edges_cut)
		trl_call_notice("max_edges", sub->max_edges, "edges are missing");
}

/* ---- the function ---- */

static void
put_row(const TrlSubgraph *sub, const TrlSubgraphEdge *edge)
{
	TrlCall    *call = sub->call;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};

	trl_call_edge(call, &edge->step, &values[OUT_EDGE_ID], &nulls[OUT_EDGE_ID],
				  &values[OUT_EDGE_KEY], &nulls[OUT_EDGE_KEY]);
	values[OUT_SRC] = trl_call_node(call, trl_subgraph_key(sub, edge->src));
	values[OUT_DST] = trl_call_node(call, trl_subgraph_key(sub, edge->dst));
	values[OUT_REL] = trl_call_rel(call, &edge->step, &nulls[OUT_REL]);
	values[OUT_WEIGHT] = Float8GetDatum(edge->step.weight);
	nulls[OUT_WEIGHT] = !edge->step.has_weight;
	values[OUT_DEPTH] = Int32GetDatum(edge->depth);
	values[OUT_TRUNCATED] = BoolGetDatum(trl_subgraph_cut(sub));
	tuplestore_putvalues(call->result->setResult, call->result->setDesc,
						 values, nulls);
}

static void
put_rows(const TrlSubgraph *sub)
{
	uint32		i;

	for (i = 0; i < sub->n_edges; i++)
		trl_rels_note(sub->call->rels, sub->edges[i].step.rel);
	trl_rels_load(sub->call->rels);
	for (i = 0; i < sub->n_edges; i++)
	{
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		put_row(sub, &sub->edges[i]);
	}
	trl_subgraph_notice(sub);
}

Datum
trl_subgraph(PG_FUNCTION_ARGS)
{
	TrlCall		call;
	TrlSubgraph sub = {.call = &call};
	TrlKey	   *seeds;
	uint32		n;

	InitMaterializedSRF(fcinfo, 0);
	trl_call_begin(&call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT, OUT_SRC,
				   "seeds");
	sub.direction = trl_arg_direction(fcinfo, ARG_DIRECTION);
	sub.max_depth = trl_arg_limit(fcinfo, ARG_MAX_DEPTH, "max_depth", 0);
	sub.max_fanout = trl_arg_limit(fcinfo, ARG_MAX_FANOUT, "max_fanout", 1);
	sub.max_nodes = trl_arg_limit(fcinfo, ARG_MAX_NODES, "max_nodes", 1);
	sub.max_edges = trl_arg_limit(fcinfo, ARG_MAX_EDGES, "max_edges", 1);
	seeds = trl_arg_keys(fcinfo, ARG_SEEDS, call.graph->kind, &n);
	trl_subgraph_build(&sub, seeds, n);
	put_rows(&sub);
	trl_call_end(&call);
	return (Datum) 0;
}
