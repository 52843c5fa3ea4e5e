/*
 * support.c - planner support: how much a graph function returns and costs
 *
 * Without it the planner takes every call for 1,000 rows.  A walk meets
 * seeds x (1 + f + f^2 + ...) nodes up to its depth, but no more than
 * max_nodes and than the graph has; f is the average number of edges of a
 * node in the walk's direction, within max_fanout.
 *
 * One function serves all; what an argument means is known by its name, which
 * is the same everywhere.
 *
 * Locks: AccessShareLock on trellis.graph_edges, released at once.  Reads
 * statistics only.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "kg/engine/catalog.h"

TRL_FUNCTION(trl_graph_support);

#define DEFAULT_SEEDS 10
#define DEFAULT_DEPTH 2
#define DEFAULT_FANOUT 10
#define DEFAULT_LIMIT 1000
#define DEFAULT_K 3

/* Nodes of a graph that nothing is known of. */
#define DEFAULT_NODES 100000

/* Levels looked at: further ones change no estimate that matters. */
#define MAX_LEVELS 64

/* Nodes that a ranking around seeds expands before its scores are small. */
#define RANKED_NODES 1000

/* Random page fetches per node expanded: an index probe. */
#define FETCHES_PER_NODE 3

/* A call and the names of its arguments. */
typedef struct Call
{
	FuncExpr   *expr;
	char	  **names;
	int			n_names;
} Call;

/* What statistics say of a graph. */
typedef struct Graph
{
	double		edges;
	double		nodes;
	double		out;			/* edges per node */
	double		in;
} Graph;

typedef struct Estimate
{
	double		rows;
	double		expanded;		/* nodes whose edges are looked up */
	double		scanned;		/* edges read in one go */
} Estimate;

/* ---- arguments ---- */

/* The argument of that name; NULL if the function has none. */
static Node *
argument(const Call *call, const char *name)
{
	int			i;

	for (i = 0; i < call->n_names && i < list_length(call->expr->args); i++)
		if (strcmp(call->names[i], name) == 0)
			return list_nth(call->expr->args, i);
	return NULL;
}

/* An integer argument: what it is, if unknown, if NULL (no limit). */
static double
number_argument(const Call *call, const char *name, double unknown,
				double if_null)
{
	Node	   *node = argument(call, name);
	Const	   *value = (Const *) node;

	if (node == NULL)
		return if_null;
	if (!IsA(node, Const) || value->consttype != INT4OID)
		return unknown;
	return value->constisnull ? if_null : Max(DatumGetInt32(value->constvalue), 0);
}

static bool
is_null_argument(const Call *call, const char *name)
{
	Node	   *node = argument(call, name);

	return node == NULL || (IsA(node, Const) && ((Const *) node)->constisnull);
}

/* Elements of an array argument; 1 for a single value. */
static double
count_argument(const Call *call, const char *name, double unknown)
{
	Node	   *node = argument(call, name);
	Const	   *value = (Const *) node;
	ArrayType  *array;

	if (is_null_argument(call, name))
		return 0;
	if (!OidIsValid(get_base_element_type(exprType(node))))
		return 1;
	if (IsA(node, ArrayExpr))
		return list_length(((ArrayExpr *) node)->elements);
	if (!IsA(node, Const))
		return unknown;
	array = DatumGetArrayTypeP(value->constvalue);
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/* Nodes that a call starts from, whatever they are called. */
static double
seed_count(const Call *call)
{
	static const char *const names[] = {"seeds", "ids", "sources", "source"};
	int			i;

	for (i = 0; i < (int) lengthof(names); i++)
		if (argument(call, names[i]) != NULL)
			return count_argument(call, names[i], DEFAULT_SEEDS);
	return DEFAULT_SEEDS;
}

/* ---- statistics ---- */

/* Distinct values of a column; 0 if nothing is known. */
static double
distinct_values(Oid rel, const char *column, double tuples)
{
	bool		inherited = get_rel_relkind(rel) == RELKIND_PARTITIONED_TABLE;
	AttrNumber	attnum = get_attnum(rel, column);
	HeapTuple	tuple;
	double		distinct;

	if (attnum <= 0)
		return 0;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(rel),
							Int16GetDatum(attnum), BoolGetDatum(inherited));
	if (!HeapTupleIsValid(tuple))
		return 0;
	distinct = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
	ReleaseSysCache(tuple);
	return distinct < 0 ? -distinct * tuples : distinct;
}

/* Rows of a relation that the user may read; 0 if nothing is known. */
static double
relation_tuples(Oid rel)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(rel));
	double		tuples;

	if (!HeapTupleIsValid(tuple))
		return 0;
	tuples = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	if (pg_class_aclcheck(rel, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return 0;
	return Max(tuples, 0);
}

static Graph
read_graph(const Call *call)
{
	Graph		graph = {
		.edges = DEFAULT_NODES * DEFAULT_FANOUT,
		.nodes = DEFAULT_NODES,
		.out = DEFAULT_FANOUT,
		.in = DEFAULT_FANOUT
	};
	Const	   *edges = (Const *) argument(call, "edges");
	double		tuples;
	double		sources;
	double		targets;
	TrlRegistration *row;
	Oid			rel;

	if (edges == NULL || !IsA(edges, Const) || edges->constisnull)
		return graph;
	rel = DatumGetObjectId(edges->constvalue);
	tuples = relation_tuples(rel);
	if (tuples <= 0)
		return graph;
	graph.edges = tuples;
	row = trl_catalog_find(rel);
	sources = distinct_values(rel, row ? row->column[TRL_ROLE_SRC]
							  : trl_role_usual_name(TRL_ROLE_SRC), tuples);
	targets = distinct_values(rel, row ? row->column[TRL_ROLE_DST]
							  : trl_role_usual_name(TRL_ROLE_DST), tuples);
	if (sources <= 0 || targets <= 0)
		return graph;
	graph.nodes = Max(sources, targets);
	graph.out = Max(tuples / sources, 1);
	graph.in = Max(tuples / targets, 1);
	return graph;
}

/* Edges per node in the call's direction. */
static double
average_fanout(const Call *call, const Graph *graph)
{
	Const	   *direction = (Const *) argument(call, "direction");
	char	   *name;

	if (direction == NULL || !IsA(direction, Const) || direction->constisnull)
		return graph->out + graph->in;
	name = TextDatumGetCString(direction->constvalue);
	if (strcmp(name, "out") == 0)
		return graph->out;
	if (strcmp(name, "in") == 0)
		return graph->in;
	return graph->out + graph->in;
}

static double
limited_fanout(const Call *call, const Graph *graph)
{
	return Min(average_fanout(call, graph),
			   number_argument(call, "max_fanout", 100, DEFAULT_NODES));
}

/* ---- what functions do ---- */

/* Nodes that a walk from so many seeds meets. */
static double
walked_nodes(const Call *call, const Graph *graph, double seeds)
{
	double		depth = Min(number_argument(call, "max_depth", DEFAULT_DEPTH, MAX_LEVELS),
							MAX_LEVELS);
	double		limit = Min(number_argument(call, "max_nodes", DEFAULT_LIMIT, DEFAULT_NODES),
							Max(graph->nodes, seeds));
	double		fanout = limited_fanout(call, graph);
	double		level = seeds;
	double		nodes = seeds;
	int			i;

	if (!is_null_argument(call, "metapath"))
		depth = count_argument(call, "metapath", DEFAULT_DEPTH);
	for (i = 0; i < depth && nodes < limit; i++)
	{
		level *= fanout;
		nodes += level;
	}
	return Min(nodes, limit);
}

static void
estimate_walk(const Call *call, const Graph *graph, Estimate *estimate)
{
	estimate->rows = walked_nodes(call, graph, seed_count(call));
	estimate->expanded = estimate->rows;
}

static void
estimate_neighbors(const Call *call, const Graph *graph, Estimate *estimate)
{
	estimate->expanded = seed_count(call);
	estimate->rows = estimate->expanded * limited_fanout(call, graph);
}

/* Edges among nodes: those that led to them, or their share of all. */
static void
estimate_subgraph(const Call *call, const Graph *graph, Estimate *estimate)
{
	double		nodes = walked_nodes(call, graph, seed_count(call));
	double		share = nodes / Max(graph->nodes, nodes);

	estimate->expanded = 2 * nodes;
	estimate->rows = Min(Max(nodes, graph->edges * share * share),
						 number_argument(call, "max_edges", DEFAULT_LIMIT,
										 graph->edges));
}

static void
estimate_distances(const Call *call, const Graph *graph, Estimate *estimate)
{
	double		sources = seed_count(call);
	double		nodes = walked_nodes(call, graph, 1);
	double		found = nodes;

	if (!is_null_argument(call, "targets"))
		found = Min(count_argument(call, "targets", DEFAULT_SEEDS), nodes);
	estimate->expanded = sources * nodes;
	estimate->rows = sources * found;
}

static void
estimate_degree(const Call *call, const Graph *graph, Estimate *estimate)
{
	if (is_null_argument(call, "ids"))
	{
		estimate->rows = graph->nodes;
		estimate->scanned = graph->edges;
		return;
	}
	estimate->rows = seed_count(call);
	estimate->expanded = estimate->rows;
}

/* A search from both ends meets about the root of all nodes on either side. */
static void
estimate_shortest(const Call *call, const Graph *graph, Estimate *estimate)
{
	double		fanout = Max(average_fanout(call, graph), 2);
	double		length = Min(log(graph->nodes + 1) / log(fanout),
							 number_argument(call, "max_depth", MAX_LEVELS, MAX_LEVELS));
	double		paths = 1;

	if (argument(call, "k") != NULL)
		paths = number_argument(call, "k", DEFAULT_K, DEFAULT_K);
	else if (argument(call, "max_paths") != NULL)
		paths = number_argument(call, "max_paths", DEFAULT_K, DEFAULT_K);
	paths = Min(paths, DEFAULT_K);
	estimate->rows = paths * (length + 1);
	estimate->expanded = paths * 2 * sqrt(graph->nodes);
}

static void
estimate_paths(const Call *call, const Graph *graph, Estimate *estimate)
{
	double		depth = Min(number_argument(call, "max_depth", DEFAULT_DEPTH, MAX_LEVELS),
							MAX_LEVELS);
	double		limit = number_argument(call, "max_paths", DEFAULT_LIMIT, DEFAULT_NODES);
	double		fanout = average_fanout(call, graph);
	double		level = seed_count(call);
	int			i;

	for (i = 0; i < depth && estimate->rows < limit; i++)
	{
		level *= fanout;
		estimate->rows += level;
	}
	estimate->expanded = Min(estimate->rows, graph->nodes);
	estimate->rows = Min(estimate->rows, limit);
}

static void
estimate_ranking(const Call *call, const Graph *graph, Estimate *estimate)
{
	estimate->expanded = Min(RANKED_NODES, graph->nodes);
	estimate->rows = Min(number_argument(call, "max_results", DEFAULT_LIMIT,
										 graph->nodes),
						 graph->nodes);
}

static void
estimate_whole(const Call *call, const Graph *graph, Estimate *estimate)
{
	estimate->scanned = graph->edges;
	estimate->rows = Min(number_argument(call, "max_results", graph->nodes,
										 graph->nodes),
						 graph->nodes);
}

static const struct
{
	const char *function;
	void		(*estimate) (const Call *call, const Graph *graph,
							 Estimate *estimate);
}			functions[] = {
	{"expand", estimate_walk},
	{"neighbors", estimate_neighbors},
	{"subgraph", estimate_subgraph},
	{"graph_dot", estimate_subgraph},
	{"degree", estimate_degree},
	{"distances", estimate_distances},
	{"shortest_path", estimate_shortest},
	{"all_shortest_paths", estimate_shortest},
	{"k_shortest_paths", estimate_shortest},
	{"paths", estimate_paths},
	{"ppr", estimate_ranking},
	{"pagerank", estimate_whole},
	{"components", estimate_whole},
	{"label_propagation", estimate_whole},
	{"communities", estimate_whole},
};

/* ---- the function ---- */

/* The names of a function's arguments; input ones come first. */
static void
read_names(Call *call)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID,
										ObjectIdGetDatum(call->expr->funcid));
	Oid		   *types;
	char	   *modes;

	if (!HeapTupleIsValid(tuple))
		return;
	call->n_names = get_func_arg_info(tuple, &types, &call->names, &modes);
	if (call->names == NULL)
		call->n_names = 0;
	ReleaseSysCache(tuple);
}

/* False if nothing can be said of the call. */
static bool
estimate_call(Node *node, Estimate *estimate)
{
	Call		call = {0};
	Graph		graph;
	char	   *name;
	int			i;

	if (node == NULL || !IsA(node, FuncExpr))
		return false;
	call.expr = (FuncExpr *) node;
	name = get_func_name(call.expr->funcid);
	for (i = 0; name != NULL && i < (int) lengthof(functions); i++)
	{
		if (strcmp(name, functions[i].function) != 0)
			continue;
		read_names(&call);
		graph = read_graph(&call);
		memset(estimate, 0, sizeof(*estimate));
		functions[i].estimate(&call, &graph, estimate);
		estimate->rows = clamp_row_est(estimate->rows);
		return true;
	}
	return false;
}

Datum
trl_graph_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Estimate	estimate;

	if (IsA(request, SupportRequestRows))
	{
		SupportRequestRows *req = (SupportRequestRows *) request;

		if (!estimate_call(req->node, &estimate))
			PG_RETURN_POINTER(NULL);
		req->rows = estimate.rows;
		PG_RETURN_POINTER(req);
	}
	if (IsA(request, SupportRequestCost))
	{
		SupportRequestCost *req = (SupportRequestCost *) request;

		if (!estimate_call(req->node, &estimate))
			PG_RETURN_POINTER(NULL);
		req->startup = 0;
		req->per_tuple =
			estimate.expanded * FETCHES_PER_NODE * random_page_cost +
			estimate.scanned * cpu_tuple_cost +
			estimate.rows * cpu_tuple_cost;
		PG_RETURN_POINTER(req);
	}
	PG_RETURN_POINTER(NULL);
}
