/*
 * graph_dot.c - trellis.graph_dot()
 *
 * A subgraph (subgraph.c) as text for Graphviz.  What nodes are called and
 * what kind they are is read from the node relation, as the caller; columns
 * that it lacks, or that the caller may not read, are done without.
 *
 * The text depends on what is seen alone: nodes stand by depth and id, edges
 * as subgraph.c sorts them.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/near/dot.h"
#include "kg/near/subgraph.h"

TRL_FUNCTION(trl_graph_dot);

/* Nodes looked up by one query. */
#define BATCH_NODES 1000

/* Lines are so much wider than 1 at the largest weight. */
#define MAX_WIDTH_ADDED 3.0

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
	ARG_NODES
};

#define NO_TEXT ((TrlKey) 0)

/* What is told of a node; columns of the query after its key. */
enum
{
	ABOUT_NAME,
	ABOUT_EXT_ID,
	ABOUT_KIND,
	ABOUT_COLUMNS
};

static const char *const about_columns[ABOUT_COLUMNS] = {
	"name", "ext_id", "kind"
};

typedef struct About
{
	bool		found;
	TrlKey		value[ABOUT_COLUMNS];	/* text; NO_TEXT if unknown */
} About;

typedef struct Picture
{
	TrlCall		call;
	TrlSubgraph sub;
	About	   *about;			/* by visit */
	uint32	   *order;			/* visits, as they are written */
	uint32	   *number;			/* by visit: its place in the order, from 1 */
	StringInfoData dot;
} Picture;

static const void *
key_pointer(TrlKey key)
{
	return (const void *) (uintptr_t) key;
}

/* ---- what nodes are called ---- */

static bool
may_read(Oid rel, const char *column)
{
	AttrNumber	attnum = get_attnum(rel, column);

	return attnum > 0 &&
		(pg_class_aclcheck(rel, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(rel, attnum, GetUserId(), ACL_SELECT) == ACLCHECK_OK);
}

static char *
about_query(const TrlGraph *graph)
{
	const TrlColumn *key = &graph->node_key;
	StringInfoData sql;
	int			i;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT n.%s::%s", key->name,
					 trl_type_sql_name(key->type));
	for (i = 0; i < ABOUT_COLUMNS; i++)
	{
		if (may_read(graph->nodes, about_columns[i]))
			appendStringInfo(&sql, ", n.%s::pg_catalog.text",
							 quote_identifier(about_columns[i]));
		else
			appendStringInfoString(&sql, ", NULL::pg_catalog.text");
	}
	appendStringInfo(&sql, " FROM %s n WHERE n.%s OPERATOR(pg_catalog.=) ANY ($1)"
					 " /* size %d */", graph->nodes_name, key->name,
					 trl_relation_size_class(graph->nodes));
	return sql.data;
}

/* What is unknown is less than anything. */
static int
compare_texts(TrlKey a, TrlKey b)
{
	if (a == NO_TEXT || b == NO_TEXT)
		return (a != NO_TEXT) - (b != NO_TEXT);
	return trl_key_compare(TRL_KEY_TEXT, a, b);
}

static int
compare_about(const About *a, const About *b)
{
	int			order = 0;
	int			i;

	for (i = 0; i < ABOUT_COLUMNS && order == 0; i++)
		order = compare_texts(a->value[i], b->value[i]);
	return order;
}

/* A view may return a node more than once: the greatest row counts. */
static void
receive_about(void *state, const Datum *values, const bool *nulls)
{
	Picture    *picture = state;
	TrlNodeSet *nodes = &picture->sub.walk.nodes;
	About		row = {.found = true};
	About	   *about;
	uint32		node;
	int			i;

	if (nulls[0])
		return;
	node = trl_nodeset_find(nodes,
							trl_key_from_datum(nodes->kind,
											   picture->call.graph->node_key.type,
											   values[0]));
	if (node == TRL_NONE || nodes->nodes[node].visit == TRL_NONE)
		return;
	about = &picture->about[nodes->nodes[node].visit];
	for (i = 0; i < ABOUT_COLUMNS; i++)
		if (!nulls[1 + i])
			row.value[i] = trl_key_from_datum(TRL_KEY_TEXT, TEXTOID,
											  values[1 + i]);
	trl_budget_check(&picture->call.budget);
	if (about->found && compare_about(&row, about) <= 0)
		return;
	for (i = 0; i < ABOUT_COLUMNS; i++)
		if (row.value[i] != NO_TEXT)
			row.value[i] = trl_key_copy(TRL_KEY_TEXT, row.value[i],
										picture->call.cxt);
	*about = row;
}

static void
read_about(Picture *picture)
{
	const TrlGraph *graph = picture->call.graph;
	const TrlWalk *walk = &picture->sub.walk;
	Oid			type;
	char	   *sql;
	TrlKey		keys[BATCH_NODES];
	uint32		start;

	picture->about = MemoryContextAllocHuge(CurrentMemoryContext,
											sizeof(About) * Max(walk->n_visits, 1));
	memset(picture->about, 0, sizeof(About) * walk->n_visits);
	if (!OidIsValid(graph->nodes) || walk->n_visits == 0)
		return;
	type = trl_key_param_type(graph->node_key.type);
	sql = about_query(graph);
	for (start = 0; start < walk->n_visits; start += BATCH_NODES)
	{
		uint32		n = Min(walk->n_visits - start, BATCH_NODES);
		TrlParams	params = {0};
		uint32		i;

		for (i = 0; i < n; i++)
			keys[i] = trl_walk_key(walk, &walk->visits[start + i]);
		trl_params_add(&params, get_array_type(type),
					   PointerGetDatum(trl_key_array(graph->kind, keys, n, type)));
		trl_plan_run(trl_plan_get(sql, &params), &params, receive_about, picture);
	}
}

/* ---- nodes ---- */

/* By depth, then id. */
static int
compare_visits(const void *left, const void *right, void *arg)
{
	const TrlWalk *walk = arg;
	const TrlVisit *a = &walk->visits[*(const uint32 *) left];
	const TrlVisit *b = &walk->visits[*(const uint32 *) right];

	CHECK_FOR_INTERRUPTS();
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return trl_key_compare(walk->nodes.kind, trl_walk_key(walk, a),
						   trl_walk_key(walk, b));
}

static void
sort_nodes(Picture *picture)
{
	TrlWalk    *walk = &picture->sub.walk;
	Size		size = sizeof(uint32) * Max(walk->n_visits, 1);
	uint32		i;

	picture->order = MemoryContextAllocHuge(CurrentMemoryContext, size);
	picture->number = MemoryContextAllocHuge(CurrentMemoryContext, size);
	for (i = 0; i < walk->n_visits; i++)
		picture->order[i] = i;
	qsort_arg(picture->order, walk->n_visits, sizeof(uint32), compare_visits, walk);
	for (i = 0; i < walk->n_visits; i++)
		picture->number[picture->order[i]] = i + 1;
}

static void
put_text(StringInfo dot, const char *attribute, TrlKey value)
{
	const void *text = key_pointer(value);

	appendStringInfo(dot, "%s=", attribute);
	trl_dot_quote(dot, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

/* True if there is something to show. */
static bool
is_filled(TrlKey value)
{
	return value != NO_TEXT && VARSIZE_ANY_EXHDR(key_pointer(value)) > 0;
}

static void
put_id(StringInfo dot, TrlKeyKind kind, TrlKey key)
{
	char	   *id;

	switch (kind)
	{
		case TRL_KEY_INT:
			appendStringInfo(dot, "label=\"" INT64_FORMAT "\"", (int64) key);
			break;
		case TRL_KEY_UUID:
			id = DatumGetCString(DirectFunctionCall1(uuid_out,
													 trl_key_to_datum(kind, key, UUIDOID)));
			appendStringInfo(dot, "label=\"%s\"", id);
			pfree(id);
			break;
		case TRL_KEY_TEXT:
			put_text(dot, "label", key);
			break;
	}
}

static void
put_node(Picture *picture, uint32 visit)
{
	const TrlWalk *walk = &picture->sub.walk;
	const About *about = &picture->about[visit];
	TrlKey		kind = about->value[ABOUT_KIND];
	StringInfo	dot = &picture->dot;

	appendStringInfo(dot, "  n%u [", picture->number[visit]);
	if (is_filled(about->value[ABOUT_NAME]))
		put_text(dot, "label", about->value[ABOUT_NAME]);
	else if (is_filled(about->value[ABOUT_EXT_ID]))
		put_text(dot, "label", about->value[ABOUT_EXT_ID]);
	else
		put_id(dot, walk->nodes.kind, trl_walk_key(walk, &walk->visits[visit]));
	if (is_filled(kind))
	{
		appendStringInfo(dot, ", fillcolor=%s, ",
						 trl_dot_colour(VARDATA_ANY(key_pointer(kind)),
										VARSIZE_ANY_EXHDR(key_pointer(kind))));
		put_text(dot, "tooltip", kind);
	}
	if (walk->visits[visit].depth == 0)
		appendStringInfoString(dot, ", peripheries=2");
	appendStringInfoString(dot, "];\n");
}

/* ---- edges ---- */

/* The largest finite weight, at least 0. */
static float8
largest_weight(const TrlSubgraph *sub)
{
	float8		largest = 0;
	uint32		i;

	for (i = 0; i < sub->n_edges; i++)
	{
		const TrlStep *step = &sub->edges[i].step;

		if (step->has_weight && isfinite(step->weight))
			largest = Max(largest, step->weight);
	}
	return largest;
}

/* Between 0 and 1; 0 for what is no weight that a line could show. */
static float8
relative_weight(const TrlStep *step, float8 largest)
{
	if (!step->has_weight || isnan(step->weight) || step->weight <= 0)
		return 0;
	return isinf(step->weight) ? 1 : step->weight / largest;
}

static void
put_edge(Picture *picture, const TrlSubgraphEdge *edge, float8 largest)
{
	const TrlNode *nodes = picture->sub.walk.nodes.nodes;
	StringInfo	dot = &picture->dot;
	bool		no_rel;
	Datum		rel = trl_call_rel(&picture->call, &edge->step, &no_rel);
	TrlKey		label = NO_TEXT;

	appendStringInfo(dot, "  n%u -> n%u [penwidth=%.2f",
					 picture->number[nodes[edge->src].visit],
					 picture->number[nodes[edge->dst].visit],
					 1 + MAX_WIDTH_ADDED * relative_weight(&edge->step, largest));
	if (!no_rel)
		label = trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, rel);
	if (is_filled(label))
	{
		appendStringInfoString(dot, ", ");
		put_text(dot, "label", label);
	}
	appendStringInfoString(dot, "];\n");
}

/* ---- the function ---- */

static void
write_picture(Picture *picture)
{
	TrlSubgraph *sub = &picture->sub;
	float8		largest = largest_weight(sub);
	uint32		i;

	for (i = 0; i < sub->n_edges; i++)
		trl_rels_note(picture->call.rels, sub->edges[i].step.rel);
	trl_rels_load(picture->call.rels);
	initStringInfo(&picture->dot);
	appendStringInfoString(&picture->dot,
						   "digraph trellis {\n"
						   "  node [shape=box, style=filled, fillcolor=\"#ffffff\", fontname=\"sans-serif\"];\n"
						   "  edge [color=\"#555555\", fontname=\"sans-serif\", fontsize=10];\n");
	if (trl_subgraph_cut(sub))
		appendStringInfoString(&picture->dot, "  // a limit left nodes or edges out\n");
	for (i = 0; i < sub->walk.n_visits; i++)
	{
		CHECK_FOR_INTERRUPTS();
		trl_budget_check(&picture->call.budget);
		put_node(picture, picture->order[i]);
	}
	for (i = 0; i < sub->n_edges; i++)
	{
		CHECK_FOR_INTERRUPTS();
		trl_budget_check(&picture->call.budget);
		put_edge(picture, &sub->edges[i], largest);
	}
	appendStringInfoString(&picture->dot, "}\n");
}

static void
read_arguments(Picture *picture, FunctionCallInfo fcinfo)
{
	TrlSubgraph *sub = &picture->sub;

	sub->call = &picture->call;
	sub->direction = trl_arg_direction(fcinfo, ARG_DIRECTION);
	sub->max_depth = trl_arg_limit(fcinfo, ARG_MAX_DEPTH, "max_depth", 0);
	sub->max_fanout = trl_arg_limit(fcinfo, ARG_MAX_FANOUT, "max_fanout", 1);
	sub->max_nodes = trl_arg_limit(fcinfo, ARG_MAX_NODES, "max_nodes", 1);
	sub->max_edges = TRL_NO_LIMIT;
}

Datum
trl_graph_dot(PG_FUNCTION_ARGS)
{
	Picture    *picture = palloc0(sizeof(Picture));
	TrlKey	   *seeds;
	text	   *result;
	uint32		n;

	trl_call_begin_scalar(&picture->call, fcinfo, ARG_NODES, ARG_RELS,
						  ARG_MIN_WEIGHT, ARG_SEEDS, "seeds");
	read_arguments(picture, fcinfo);
	seeds = trl_arg_keys(fcinfo, ARG_SEEDS, picture->call.graph->kind, &n);
	trl_subgraph_build(&picture->sub, seeds, n);
	sort_nodes(picture);
	read_about(picture);
	write_picture(picture);
	trl_subgraph_notice(&picture->sub);
	MemoryContextSwitchTo(picture->call.caller_cxt);
	result = cstring_to_text_with_len(picture->dot.data, picture->dot.len);
	trl_call_end(&picture->call);
	PG_RETURN_TEXT_P(result);
}
