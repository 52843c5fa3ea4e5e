/*
 * hop.c - from a set of nodes along their edges, through the executor
 *
 * Does: build the edge query of a direction, run it for batches of nodes,
 * drop edges to nodes that the user may not see, keep each node's
 * max_fanout best edges, hand the rest to a sink.
 * Does not: decide what a new node means; that is expand.c and path.c.
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

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "kg/bulk.h"
#include "kg/edge_sql.h"
#include "kg/hop.h"
#include "kg/source.h"

/* Nodes per query: more gain nothing, fewer pay the query's fixed cost. */
#define BATCH_NODES 1000

/* Edges that a batch may keep under a fan-out limit. */
#define BATCH_EDGES 50000
#define BATCH_MIN_NODES 16

#define BUFFER_START 256
#define BUFFER_FULL 8192

/* In place of a count: the node is not of this batch. */
#define NOT_IN_BATCH PG_UINT32_MAX

/* Columns of the edge query. */
enum
{
	COL_NEAR,
	COL_FAR,
	COL_EDGE_ID,
	COL_WEIGHT,
	COL_REL
};

/* The edge query of one direction, planned when first needed. */
typedef struct HopQuery
{
	TrlRun	   *run;
	TrlParams	params;			/* the first one is the batch's */
} HopQuery;

struct TrlHop
{
	const TrlGraph *graph;
	TrlFilter	filter;
	TrlNodeSet *nodes;
	TrlRels    *rels;
	TrlBudget  *budget;
	int			max_fanout;
	bool		check_far;		/* far nodes may be hidden */
	bool		direct;			/* no edge waits: none can be dropped */
	uint32		n_passed;
	TrlBulk    *bulk;			/* all edges, once it pays; or NULL */
	TrlSource	source;			/* what tells when */
	bool		truncated;
	TrlKeyKind	edge_kind;

	MemoryContext cxt;			/* the hop's */
	MemoryContext batch_cxt;	/* parameters; reset per batch */
	MemoryContext key_cxt;		/* keys of buffered edges */

	ArrayType  *rels_parameter;
	Oid			rels_type;

	HopQuery	out;
	HopQuery	in;
	TrlRun	   *check_run;

	/* the batch */
	TrlEdge    *edges;
	uint32		n_edges;
	uint32		capacity;
	uint32		full;			/* settle when so many wait */
	uint32	   *fanout;			/* buffered edges of a near node, by number;
								 * NOT_IN_BATCH for others */
	uint32		fanout_capacity;
	bool		over_limit;		/* some node has more than the limit */
	uint32	   *pending;		/* new nodes whose visibility is unknown */
	uint32		n_pending;
	uint32		pending_capacity;
	uint32		last_near;		/* most rows repeat the previous near node */
	bool		near_is_dst;
	bool		loops;			/* pass self-loops on */
	bool		within;			/* only to nodes that have a visit */
	bool		leave_far;		/* far nodes need no number */
	TrlDirection direction;
	TrlEdgeSink sink;
	void	   *sink_state;
};

static MemoryContext
new_key_context(const TrlHop *hop)
{
	return AllocSetContextCreate(hop->cxt, "trellis hop keys",
								 ALLOCSET_SMALL_SIZES);
}

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
	hop->key_cxt = new_key_context(hop);
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

bool
trl_hop_knows_nodes(const TrlHop *hop)
{
	return OidIsValid(hop->graph->nodes);
}

/* ---- the edge query ---- */

/* Ids keep their type, relations become text unless they are numbers. */
static void
append_select(StringInfo sql, const TrlHop *hop, const TrlColumn *near,
			  const TrlColumn *far)
{
	const TrlColumn *edge_id = &hop->graph->column[TRL_ROLE_EDGE_ID];
	const TrlColumn *rel = &hop->graph->column[TRL_ROLE_REL];

	appendStringInfoString(sql, "SELECT ");
	trl_edge_sql_output(sql, near, near->type);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, far, far->type);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, edge_id, edge_id->attnum == 0 ? INT8OID : edge_id->type);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, &hop->graph->column[TRL_ROLE_WEIGHT], FLOAT8OID);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, rel, rel->type == INT2OID || rel->type == INT4OID
						? rel->type : TEXTOID);
}

/* The query for one direction; $1 is the array of near keys. */
static char *
edge_query(const TrlHop *hop, bool near_is_dst, TrlParams *params)
{
	const TrlColumn *near = &hop->graph->column[near_is_dst ? TRL_ROLE_DST : TRL_ROLE_SRC];
	const TrlColumn *far = &hop->graph->column[near_is_dst ? TRL_ROLE_SRC : TRL_ROLE_DST];
	StringInfoData sql;

	initStringInfo(&sql);
	append_select(&sql, hop, near, far);
	appendStringInfo(&sql, " FROM %s e WHERE e.%s OPERATOR(pg_catalog.=) ANY ($1)",
					 hop->graph->name, near->name);
	trl_edge_sql_filter(&sql, params, hop->graph, &hop->filter,
						hop->rels_parameter, hop->rels_type);
	appendStringInfo(&sql, " /* size %d */",
					 trl_relation_size_class(hop->graph->rel));
	return sql.data;
}

/* ---- rows of the edge query ---- */

/*
 * The number of a row's near node; TRL_NONE if it is none of the batch, which
 * a view whose functions are not as stable as they say may well return.
 */
static uint32
near_node(TrlHop *hop, TrlKey key)
{
	TrlNodeSet *nodes = hop->nodes;

	if (hop->last_near == TRL_NONE ||
		!trl_key_equal(nodes->kind, nodes->nodes[hop->last_near].key, key))
		hop->last_near = trl_nodeset_find(nodes, key);
	if (hop->last_near >= hop->fanout_capacity ||
		hop->fanout[hop->last_near] == NOT_IN_BATCH)
		return TRL_NONE;
	return hop->last_near;
}

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

static void
read_step(TrlHop *hop, TrlStep *step, const Datum *values, const bool *nulls)
{
	Oid			type = hop->graph->column[TRL_ROLE_EDGE_ID].type;

	step->has_edge_id = !nulls[COL_EDGE_ID];
	step->edge_id = 0;
	if (step->has_edge_id)
		step->edge_id = trl_key_from_datum(hop->edge_kind, type,
										   values[COL_EDGE_ID]);
	step->has_weight = !nulls[COL_WEIGHT];
	step->weight = step->has_weight ? DatumGetFloat8(values[COL_WEIGHT]) : 0;
	step->rel = nulls[COL_REL] ? TRL_REL_NONE
		: trl_rels_number(hop->rels, values[COL_REL]);
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

static void settle(TrlHop *hop, bool final);

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
		settle(hop, false);
}

/* An edge of the batch, whose keys are valid now; far may be TRL_NONE. */
static void
take_edge(TrlHop *hop, TrlEdge *edge)
{
	if (!is_wanted(hop, edge->near, edge->far_key))
		return;
	hop->source.n_edges++;
	if (hop->direct)
		pass_edge(hop, edge);
	else
		keep_edge(hop, edge);
}

static void
receive_edge(void *state, const Datum *values, const bool *nulls)
{
	TrlHop	   *hop = state;
	const TrlColumn *column = hop->graph->column;
	TrlRole		near_role = hop->near_is_dst ? TRL_ROLE_DST : TRL_ROLE_SRC;
	TrlRole		far_role = hop->near_is_dst ? TRL_ROLE_SRC : TRL_ROLE_DST;
	TrlKeyKind	kind = hop->nodes->kind;
	TrlEdge		edge;

	if (nulls[COL_NEAR] || nulls[COL_FAR])
		return;
	edge.near = near_node(hop, trl_key_from_datum(kind, column[near_role].type,
												  values[COL_NEAR]));
	if (edge.near == TRL_NONE)
		return;
	edge.far = TRL_NONE;
	edge.far_key = trl_key_from_datum(kind, column[far_role].type,
									  values[COL_FAR]);
	edge.reversed = hop->near_is_dst;
	read_step(hop, &edge.step, values, nulls);
	take_edge(hop, &edge);
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

	for (start = 0; start < n; start += BATCH_NODES)
		check_batch(hop, nodes + start, Min(n - start, BATCH_NODES));
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

/* ---- a batch ---- */

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

	hop->key_cxt = new_key_context(hop);
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

/*
 * Works off the buffer.  final: no more edges of this batch will come, so
 * that what is left under the limit can go.
 */
static void
settle(TrlHop *hop, bool final)
{
	CHECK_FOR_INTERRUPTS();
	if (hop->check_far)
		drop_hidden(hop);
	cut_to_limit(hop);
	if (final || hop->max_fanout == TRL_NO_LIMIT)
		pass_on(hop);
	renew_keys(hop);
	hop->full = Max(BUFFER_FULL, 2 * hop->n_edges);
	trl_budget_check(hop->budget);
}

static ArrayType *
batch_keys(TrlHop *hop, const uint32 *numbers, uint32 n, Oid column_type)
{
	TrlKey	   *keys = palloc(sizeof(TrlKey) * n);
	ArrayType  *array;
	uint32		i;

	for (i = 0; i < n; i++)
		keys[i] = hop->nodes->nodes[numbers[i]].key;
	array = trl_key_array(hop->nodes->kind, keys, n,
						  trl_key_param_type(column_type));
	pfree(keys);
	return array;
}

static void
prepare_query(TrlHop *hop, HopQuery *query, bool near_is_dst, Datum keys,
			  Oid column_type)
{
	MemoryContext old = MemoryContextSwitchTo(hop->cxt);
	char	   *sql;

	query->params.n = 0;
	trl_params_add(&query->params,
				   get_array_type(trl_key_param_type(column_type)), keys);
	sql = edge_query(hop, near_is_dst, &query->params);
	query->run = trl_run_create(trl_plan_get(sql, &query->params),
								&query->params, hop->budget->cxt);
	pfree(sql);
	MemoryContextSwitchTo(old);
}

static void
run_query(TrlHop *hop, const uint32 *numbers, uint32 n, bool near_is_dst)
{
	HopQuery   *query = near_is_dst ? &hop->in : &hop->out;
	Oid			type = hop->graph->column[near_is_dst ? TRL_ROLE_DST : TRL_ROLE_SRC].type;
	Datum		keys = PointerGetDatum(batch_keys(hop, numbers, n, type));

	if (query->run == NULL)
		prepare_query(hop, query, near_is_dst, keys, type);
	query->params.values[0] = keys;
	hop->near_is_dst = near_is_dst;
	hop->last_near = TRL_NONE;
	trl_run_execute(query->run, &query->params, receive_edge, hop);
}

static void
take_bulk_edge(void *state, TrlEdge *edge)
{
	take_edge(state, edge);
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
	hop->bulk != NULL ? run_bulk : run_query;

	MemoryContext old;
	uint32		i;

	for (i = 0; i < n; i++)
		hop->fanout[numbers[i]] = 0;
	hop->over_limit = false;
	hop->full = BUFFER_FULL;

	old = MemoryContextSwitchTo(hop->batch_cxt);
	if (direction & TRL_DIRECTION_OUT)
		run(hop, numbers, n, false);
	if (direction & TRL_DIRECTION_IN)
		run(hop, numbers, n, true);
	if (!hop->direct)
		settle(hop, true);
	MemoryContextSwitchTo(old);
	MemoryContextReset(hop->batch_cxt);
	for (i = 0; i < n; i++)
		hop->fanout[numbers[i]] = NOT_IN_BATCH;
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

static int
compare_numbers(const void *left, const void *right, void *arg)
{
	const TrlNodeSet *set = arg;

	return trl_key_compare(set->kind, set->nodes[*(const uint32 *) left].key,
						   set->nodes[*(const uint32 *) right].key);
}

void
trl_hop_run(TrlHop *hop, uint32 *nodes, uint32 n,
			TrlDirection direction, TrlEdgeSink sink, void *state)
{
	uint32		size = BATCH_NODES;
	uint32		start;

	hop->direction = direction;
	hop->sink = sink;
	hop->sink_state = state;
	choose_source(hop, n, direction);
	if (hop->max_fanout != TRL_NO_LIMIT)
		size = Min(size, (uint32) Max(BATCH_EDGES / hop->max_fanout, BATCH_MIN_NODES));
	size_fanout(hop);
	/* batches of neighbours in the index: it reads the same pages again */
	if (n > size && hop->bulk == NULL)
		qsort_arg(nodes, n, sizeof(uint32), compare_numbers, hop->nodes);
	for (start = 0; start < n; start += size)
		run_batch(hop, nodes + start, Min(n - start, size), direction);
	trl_source_note(&hop->source, n);
}
