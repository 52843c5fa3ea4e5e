/*
 * neighbors.c - trellis.neighbors()
 *
 * Every edge of the nodes asked for.  The hop hands them over within the
 * fan-out limit; a chunk's are kept until they are all there, then sorted.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/float.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/near/around.h"

TRL_FUNCTION(trl_neighbors);

#define INITIAL_EDGES 256

enum
{
	ARG_EDGES,
	ARG_IDS,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_FANOUT,
	ARG_NODES
};

enum
{
	OUT_NODE_ID,
	OUT_NEIGHBOR_ID,
	OUT_EDGE_ID,
	OUT_REL,
	OUT_OUTGOING,
	OUT_WEIGHT,
	OUT_TRUNCATED,
	OUT_EDGE_KEY,
	OUT_COLUMNS
};

/* An edge of the chunk; its keys live in the chunk's context. */
typedef struct Neighbor
{
	TrlStep		step;
	TrlKey		key;
	uint32		node;			/* number in the chunk */
	bool		outgoing;
} Neighbor;

typedef struct Neighbors
{
	TrlCall		call;
	TrlAround  *around;
	Neighbor   *edges;
	uint32		n_edges;
	uint32		capacity;
} Neighbors;

static void
take_edge(void *state, const TrlEdge *edge)
{
	Neighbors  *all = state;
	TrlAround  *around = all->around;
	Neighbor   *neighbor;

	if (all->n_edges == all->capacity)
	{
		all->capacity *= 2;
		all->edges = repalloc_huge(all->edges, sizeof(Neighbor) * all->capacity);
		trl_budget_check(&all->call.budget);
	}
	neighbor = &all->edges[all->n_edges++];
	neighbor->step = trl_step_copy(around->hop, &edge->step, around->cxt);
	neighbor->key = trl_key_copy(around->nodes.kind, edge->far_key, around->cxt);
	neighbor->node = edge->near;
	neighbor->outgoing = !edge->reversed;
}

/* By node, then heaviest (no weight last), then as trl_step_compare() says. */
static int
compare_neighbors(const void *left, const void *right, void *arg)
{
	const Neighbor *a = left;
	const Neighbor *b = right;
	const TrlAround *around = arg;
	int			order = 0;

	CHECK_FOR_INTERRUPTS();
	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	if (a->step.has_weight != b->step.has_weight)
		return a->step.has_weight ? -1 : 1;
	if (a->step.has_weight)
		order = -float8_cmp_internal(a->step.weight, b->step.weight);
	if (order == 0)
		order = trl_step_compare(around->hop, &a->step, &b->step);
	if (order == 0)
		order = trl_key_compare(around->nodes.kind, a->key, b->key);
	return order != 0 ? order : b->outgoing - a->outgoing;
}

static void
put_row(Neighbors *all, const Neighbor *edge)
{
	TrlCall    *call = &all->call;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};

	values[OUT_NODE_ID] = trl_call_node(call, all->around->nodes.nodes[edge->node].key);
	values[OUT_NEIGHBOR_ID] = trl_call_node(call, edge->key);
	trl_call_edge(call, &edge->step, &values[OUT_EDGE_ID], &nulls[OUT_EDGE_ID],
				  &values[OUT_EDGE_KEY], &nulls[OUT_EDGE_KEY]);
	values[OUT_REL] = trl_call_rel(call, &edge->step, &nulls[OUT_REL]);
	values[OUT_OUTGOING] = BoolGetDatum(edge->outgoing);
	values[OUT_WEIGHT] = Float8GetDatum(edge->step.weight);
	nulls[OUT_WEIGHT] = !edge->step.has_weight;
	values[OUT_TRUNCATED] = BoolGetDatum(false);
	tuplestore_putvalues(call->result->setResult, call->result->setDesc,
						 values, nulls);
}

/* In the chunk's context. */
static void
put_chunk(Neighbors *all, TrlDirection direction)
{
	uint32		i;

	all->n_edges = 0;
	all->capacity = INITIAL_EDGES;
	all->edges = palloc(sizeof(Neighbor) * INITIAL_EDGES);
	trl_around_run(all->around, direction, take_edge, all);
	qsort_arg(all->edges, all->n_edges, sizeof(Neighbor), compare_neighbors,
			  all->around);
	for (i = 0; i < all->n_edges; i++)
		trl_rels_note(all->call.rels, all->edges[i].step.rel);
	trl_rels_load(all->call.rels);
	for (i = 0; i < all->n_edges; i++)
	{
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		put_row(all, &all->edges[i]);
	}
}

static void
put_neighbors(Neighbors *all, FunctionCallInfo fcinfo)
{
	TrlDirection direction = trl_arg_direction(fcinfo, ARG_DIRECTION);
	int			max_fanout = trl_arg_limit(fcinfo, ARG_MAX_FANOUT, "max_fanout", 1);

	all->around = trl_around_create(&all->call, fcinfo, ARG_IDS, max_fanout);
	while (trl_around_next(all->around))
	{
		MemoryContext old = MemoryContextSwitchTo(all->around->cxt);

		put_chunk(all, direction);
		MemoryContextSwitchTo(old);
	}
	if (!trl_hop_truncated(all->around->hop))
		return;
	trl_call_set_truncated(&all->call, OUT_TRUNCATED);
	trl_call_notice("max_fanout", max_fanout, "edges of some nodes are missing");
}

Datum
trl_neighbors(PG_FUNCTION_ARGS)
{
	Neighbors	all = {0};

	InitMaterializedSRF(fcinfo, 0);
	trl_call_begin(&all.call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT,
				   OUT_NODE_ID, "ids");
	put_neighbors(&all, fcinfo);
	trl_call_end(&all.call);
	return (Datum) 0;
}
