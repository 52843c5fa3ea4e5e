/*
 * hop_settle.c - which of the edges that were read go to the sink
 *
 * Does: drop self-loops, edges to nodes that the user may not see, and those
 * beyond the fan-out limit.
 *
 * Order matters for right answers: a hidden node must not take a place
 * within the fan-out limit, so visibility is settled before the limit.
 * Nodes are checked once each, a batch at a time, only where something can be
 * hidden (TrlGraph.nodes_certain).
 *
 * Memory: edges of a batch wait in a buffer.  When it is full they are
 * settled in place: checked, cut to the limit, or passed on where there is
 * no limit.  The buffer counts against the call's budget.
 *
 * Locks: those of the queries.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/engine/hop_parts.h"

MemoryContext
trl_hop_key_context(const TrlHop *hop)
{
	return AllocSetContextCreate(hop->cxt, "trellis hop keys",
								 ALLOCSET_SMALL_SIZES);
}

/* ---- edges that come ---- */

static void
add_pending(TrlHop *hop, uint32 node)
{
	if (hop->n_pending == hop->pending_capacity)
	{
		hop->pending_capacity *= 2;
		hop->pending = repalloc_huge(hop->pending,
									 sizeof(uint32) * hop->pending_capacity);
	}
	hop->pending[hop->n_pending++] = node;
}

/*
 * The far end of a buffered edge.  Where it may be hidden it is interned at
 * once, to be checked; otherwise only if the edge survives the limit.
 */
static void
set_far(TrlHop *hop, TrlEdge *edge, TrlKey key)
{
	bool		is_new;
	TrlNode    *node;

	if (!hop->check_far)
	{
		if (edge->far == TRL_NONE)
			edge->far_key = trl_key_copy(hop->nodes->kind, key, hop->key_cxt);
		return;
	}
	edge->far = trl_nodeset_intern(hop->nodes, key, &is_new);
	node = &hop->nodes->nodes[edge->far];
	edge->far_key = node->key;
	if (node->visibility != TRL_VISIBILITY_UNKNOWN)
		return;
	node->visibility = TRL_VISIBILITY_PENDING;
	add_pending(hop, edge->far);
}

static TrlEdge *
next_edge(TrlHop *hop)
{
	if (hop->n_edges == hop->capacity)
	{
		hop->capacity *= 2;
		hop->edges = repalloc_huge(hop->edges, sizeof(TrlEdge) * hop->capacity);
	}
	return &hop->edges[hop->n_edges++];
}

/* Self-loops lead nowhere; asked for, they come by one direction only. */
static bool
is_wanted(TrlHop *hop, uint32 near, TrlKey far_key)
{
	uint32		far;

	if (trl_key_equal(hop->nodes->kind, far_key, hop->nodes->nodes[near].key) &&
		(!hop->loops ||
		 (hop->near_is_dst && hop->direction == TRL_DIRECTION_BOTH)))
		return false;
	if (!hop->within)
		return true;
	far = trl_nodeset_find(hop->nodes, far_key);
	return far != TRL_NONE && hop->nodes->nodes[far].visit != TRL_NONE;
}

/* Where no edge can be dropped later it goes to the sink at once. */
static void
pass_edge(TrlHop *hop, TrlEdge *edge)
{
	bool		is_new;

	if (edge->far == TRL_NONE && !hop->leave_far)
		edge->far = trl_nodeset_intern(hop->nodes, edge->far_key, &is_new);
	hop->sink(hop->sink_state, edge);
	if ((++hop->n_passed & 0xFFF) == 0)
		trl_budget_check(hop->budget);
}

/* Otherwise it waits for the others of its node. */
static void
keep_edge(TrlHop *hop, const TrlEdge *edge)
{
	TrlEdge    *kept = next_edge(hop);
	TrlKey		far_key = edge->far_key;

	*kept = *edge;
	if (edge->step.has_edge_id)
		kept->step.edge_id = trl_key_copy(hop->edge_kind, edge->step.edge_id,
										  hop->key_cxt);
	set_far(hop, kept, far_key);
	if (++hop->fanout[edge->near] > (uint32) hop->max_fanout)
		hop->over_limit = true;
	if (hop->n_edges >= hop->full)
		trl_hop_settle(hop, false);
}

/* An edge of the batch, whose keys are valid now; far may be TRL_NONE. */
void
trl_hop_take(TrlHop *hop, TrlEdge *edge)
{
	if (!is_wanted(hop, edge->near, edge->far_key))
		return;
	hop->source.n_edges++;
	if (hop->direct)
		pass_edge(hop, edge);
	else
		keep_edge(hop, edge);
}

/* ---- visibility of nodes ---- */

static void
receive_visible(void *state, const Datum *values, const bool *nulls)
{
	TrlHop	   *hop = state;
	uint32		node;

	if (nulls[0])
		return;
	node = trl_nodeset_find(hop->nodes,
							trl_key_from_datum(hop->nodes->kind,
											   hop->graph->node_key.type,
											   values[0]));
	if (node != TRL_NONE)
		hop->nodes->nodes[node].visibility = TRL_VISIBILITY_VISIBLE;
}

static void
check_batch(TrlHop *hop, const uint32 *numbers, uint32 n)
{
	const TrlColumn *key = &hop->graph->node_key;
	Oid			element_type = trl_key_param_type(key->type);
	TrlKey	   *keys = palloc(sizeof(TrlKey) * n);
	TrlParams	params = {0};
	uint32		i;

	for (i = 0; i < n; i++)
	{
		keys[i] = hop->nodes->nodes[numbers[i]].key;
		hop->nodes->nodes[numbers[i]].visibility = TRL_VISIBILITY_HIDDEN;
	}
	trl_params_add(&params, get_array_type(element_type),
				   PointerGetDatum(trl_key_array(hop->nodes->kind, keys, n,
												 element_type)));
	if (hop->check_run == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(hop->cxt);
		TrlPlan    *plan;

		plan = trl_plan_get(psprintf("SELECT n.%s::%s FROM %s n"
									 " WHERE n.%s OPERATOR(pg_catalog.=) ANY ($1)"
									 " /* size %d */",
									 key->name, trl_type_sql_name(key->type),
									 hop->graph->nodes_name, key->name,
									 trl_relation_size_class(hop->graph->nodes)),
							&params);
		hop->check_run = trl_run_create(plan, &params, hop->budget->cxt);
		MemoryContextSwitchTo(old);
	}
	trl_run_execute(hop->check_run, &params, receive_visible, hop);
	pfree(keys);
	pfree(DatumGetPointer(params.values[0]));
}

void
trl_hop_check_nodes(TrlHop *hop, const uint32 *nodes, uint32 n)
{
	uint32		start;

	for (start = 0; start < n; start += TRL_HOP_BATCH_NODES)
		check_batch(hop, nodes + start, Min(n - start, TRL_HOP_BATCH_NODES));
}

/* Drops buffered edges to hidden nodes. */
static void
drop_hidden(TrlHop *hop)
{
	uint32		kept = 0;
	uint32		i;

	trl_hop_check_nodes(hop, hop->pending, hop->n_pending);
	hop->n_pending = 0;
	for (i = 0; i < hop->n_edges; i++)
	{
		TrlEdge    *edge = &hop->edges[i];

		if (hop->nodes->nodes[edge->far].visibility == TRL_VISIBILITY_VISIBLE)
			hop->edges[kept++] = *edge;
		else
			hop->fanout[edge->near]--;
	}
	hop->n_edges = kept;
}

/* ---- the fan-out limit ---- */

static int
compare_weights(const TrlStep *a, const TrlStep *b)
{
	if (a->has_weight != b->has_weight)
		return a->has_weight ? -1 : 1;
	return a->has_weight ? -float8_cmp_internal(a->weight, b->weight) : 0;
}

static int
compare_edge_ids(const TrlHop *hop, const TrlStep *a, const TrlStep *b)
{
	if (a->has_edge_id != b->has_edge_id)
		return a->has_edge_id ? -1 : 1;
	return a->has_edge_id
		? trl_key_compare(hop->edge_kind, a->edge_id, b->edge_id) : 0;
}

int
trl_step_compare(const TrlHop *hop, const TrlStep *a, const TrlStep *b)
{
	int			order = compare_edge_ids(hop, a, b);

	if (order == 0)
		order = compare_weights(a, b);
	return order != 0 ? order : trl_rels_compare(hop->rels, a->rel, b->rel);
}

TrlStep
trl_step_copy(const TrlHop *hop, const TrlStep *step, MemoryContext cxt)
{
	TrlStep		copy = *step;

	if (copy.has_edge_id)
		copy.edge_id = trl_key_copy(hop->edge_kind, copy.edge_id, cxt);
	return copy;
}

/* By near node, then best first: the order in which the limit keeps them. */
static int
compare_for_limit(const void *left, const void *right, void *arg)
{
	const TrlEdge *a = left;
	const TrlEdge *b = right;
	const TrlHop *hop = arg;
	int			order;

	if (a->near != b->near)
		return a->near < b->near ? -1 : 1;
	order = compare_weights(&a->step, &b->step);
	if (order == 0)
		order = compare_edge_ids(hop, &a->step, &b->step);
	if (order == 0)
		order = trl_key_compare(hop->nodes->kind, a->far_key, b->far_key);
	if (order == 0)
		order = trl_rels_compare(hop->rels, a->step.rel, b->step.rel);
	return order;
}

static void
cut_to_limit(TrlHop *hop)
{
	uint32		near = TRL_NONE;
	uint32		kept = 0;
	uint32		i;

	if (!hop->over_limit)
		return;
	qsort_arg(hop->edges, hop->n_edges, sizeof(TrlEdge), compare_for_limit, hop);
	for (i = 0; i < hop->n_edges; i++)
	{
		if (hop->edges[i].near != near)
		{
			near = hop->edges[i].near;
			hop->fanout[near] = 0;
		}
		if (hop->fanout[near] == (uint32) hop->max_fanout)
		{
			hop->truncated = true;
			continue;
		}
		hop->fanout[near]++;
		hop->edges[kept++] = hop->edges[i];
	}
	hop->n_edges = kept;
	hop->over_limit = false;
}

/* ---- settling ---- */

static void
pass_on(TrlHop *hop)
{
	uint32		i;

	for (i = 0; i < hop->n_edges; i++)
	{
		TrlEdge    *edge = &hop->edges[i];
		bool		is_new;

		if (edge->far == TRL_NONE && !hop->leave_far)
			edge->far = trl_nodeset_intern(hop->nodes, edge->far_key, &is_new);
		hop->sink(hop->sink_state, edge);
	}
	hop->n_edges = 0;
}

/* Keeps the keys of edges that are still buffered, and no others. */
static void
renew_keys(TrlHop *hop)
{
	MemoryContext old = hop->key_cxt;
	uint32		i;

	hop->key_cxt = trl_hop_key_context(hop);
	for (i = 0; i < hop->n_edges; i++)
	{
		TrlEdge    *edge = &hop->edges[i];

		edge->step = trl_step_copy(hop, &edge->step, hop->key_cxt);
		if (edge->far == TRL_NONE)
			edge->far_key = trl_key_copy(hop->nodes->kind, edge->far_key,
										 hop->key_cxt);
	}
	MemoryContextDelete(old);
}

void
trl_hop_settle(TrlHop *hop, bool final)
{
	CHECK_FOR_INTERRUPTS();
	if (hop->check_far)
		drop_hidden(hop);
	cut_to_limit(hop);
	if (final || hop->max_fanout == TRL_NO_LIMIT)
		pass_on(hop);
	renew_keys(hop);
	hop->full = Max(TRL_HOP_BUFFER_FULL, 2 * hop->n_edges);
	trl_budget_check(hop->budget);
}
