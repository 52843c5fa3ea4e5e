/*
 * support.c - planner support: how much a traversal returns and costs
 *
 * Without it the planner takes every call for 1,000 rows.  The estimate is
 * seeds x (1 + f + f^2 + ...) up to the depth, within max_nodes, where f is
 * the average number of edges per node, within max_fanout.
 *
 * Locks: none.  Reads statistics only.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "nodes/primnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"

TRL_FUNCTION(trl_expand_support);

/* Positions in trellis.expand. */
#define ARG_EDGES 0
#define ARG_SEEDS 1
#define ARG_MAX_DEPTH 2
#define ARG_MAX_FANOUT 11
#define ARG_MAX_NODES 12

#define DEFAULT_SEEDS 10
#define DEFAULT_DEPTH 2
#define DEFAULT_FANOUT 10
#define DEFAULT_NODES 1000
#define UNLIMITED_NODES 100000

/* Random page fetches per node expanded: an index probe. */
#define FETCHES_PER_NODE 3

static Const *
constant_arg(FuncExpr *call, int arg)
{
	Node	   *node = list_nth(call->args, arg);

	return IsA(node, Const) ? (Const *) node : NULL;
}

/* An integer argument: what it is, if unknown, if NULL. */
static double
number_arg(FuncExpr *call, int arg, double unknown, double if_null)
{
	Const	   *value = constant_arg(call, arg);

	if (value == NULL)
		return unknown;
	return value->constisnull ? if_null : DatumGetInt32(value->constvalue);
}

static double
seed_count(FuncExpr *call)
{
	Node	   *node = list_nth(call->args, ARG_SEEDS);

	if (IsA(node, Const))
	{
		Const	   *value = (Const *) node;
		ArrayType  *array;

		if (value->constisnull)
			return 0;
		array = DatumGetArrayTypeP(value->constvalue);
		return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	if (IsA(node, ArrayExpr))
		return list_length(((ArrayExpr *) node)->elements);
	return DEFAULT_SEEDS;
}

/* Distinct values of a column named src; 0 if nothing is known. */
static double
distinct_sources(Oid rel, double tuples)
{
	AttrNumber	attnum = get_attnum(rel, "src");
	HeapTuple	tuple;
	double		distinct = 0;

	if (attnum <= 0)
		return 0;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(rel),
							Int16GetDatum(attnum), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return 0;
	distinct = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
	ReleaseSysCache(tuple);
	return distinct < 0 ? -distinct * tuples : distinct;
}

/* Edges per node of the relation. */
static double
average_fanout(FuncExpr *call)
{
	Const	   *edges = constant_arg(call, ARG_EDGES);
	HeapTuple	tuple;
	double		tuples;
	double		distinct;

	if (edges == NULL || edges->constisnull)
		return DEFAULT_FANOUT;
	tuple = SearchSysCache1(RELOID, edges->constvalue);
	if (!HeapTupleIsValid(tuple))
		return DEFAULT_FANOUT;
	tuples = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	distinct = distinct_sources(DatumGetObjectId(edges->constvalue), tuples);
	if (tuples <= 0 || distinct <= 0)
		return DEFAULT_FANOUT;
	return Max(tuples / distinct, 1);
}

static double
estimate_rows(FuncExpr *call)
{
	double		seeds = seed_count(call);
	double		depth = number_arg(call, ARG_MAX_DEPTH, DEFAULT_DEPTH, 64);
	double		limit = number_arg(call, ARG_MAX_NODES, DEFAULT_NODES, UNLIMITED_NODES);
	double		fanout = Min(average_fanout(call),
							 number_arg(call, ARG_MAX_FANOUT, 100, UNLIMITED_NODES));
	double		level = seeds;
	double		rows = seeds;
	int			i;

	for (i = 0; i < depth && rows < limit; i++)
	{
		level *= fanout;
		rows += level;
	}
	return clamp_row_est(Min(rows, limit));
}

static bool
is_full_call(Node *node)
{
	return node != NULL && IsA(node, FuncExpr) &&
		list_length(((FuncExpr *) node)->args) > ARG_MAX_NODES;
}

Datum
trl_expand_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestRows))
	{
		SupportRequestRows *req = (SupportRequestRows *) request;

		if (!is_full_call(req->node))
			PG_RETURN_POINTER(NULL);
		req->rows = estimate_rows((FuncExpr *) req->node);
		PG_RETURN_POINTER(req);
	}
	if (IsA(request, SupportRequestCost))
	{
		SupportRequestCost *req = (SupportRequestCost *) request;

		if (!is_full_call(req->node))
			PG_RETURN_POINTER(NULL);
		req->startup = 0;
		req->per_tuple = estimate_rows((FuncExpr *) req->node) *
			FETCHES_PER_NODE * random_page_cost;
		PG_RETURN_POINTER(req);
	}
	PG_RETURN_POINTER(NULL);
}
