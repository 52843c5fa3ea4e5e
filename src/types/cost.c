/*
 * cost.c - planner support: what one distance costs
 *
 * A distance over 384 dimensions is cheap arithmetic; one over 1,536 comes
 * with a look-up in the TOAST table that costs twenty times more.  A
 * fixed procost cannot say both, so the distance functions carry this
 * support function (SupportRequestCost).
 *
 * The constants are measured on warm tables, in units of cpu_operator_cost,
 * taking one unit as 9 ns, which makes a plain row of count(col) cost what
 * the planner says.  Measured extra ns per row: 38 for 16 dimensions, 155
 * for 128, 200 for 384; out of line 2,650 for 768, 4,300 for 1,536 and 7,800
 * for 4,096.
 *
 * What a sparse vector costs depends on the elements that it stores, 5 to 13
 * ns each, and its typmod does not tell how many those are: its column's
 * width does.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/compat.h"

/* The call itself: argument checks and function manager. */
#define COST_CALL 4.0

/* Fetching a value from the TOAST table: the look-up, and each chunk. */
#define COST_TOAST_LOOKUP 150.0
#define COST_TOAST_CHUNK 80.0

TRL_FUNCTION(trl_vector_distance_support);
TRL_FUNCTION(trl_halfvec_distance_support);
TRL_FUNCTION(trl_sparsevec_distance_support);
TRL_FUNCTION(trl_bit_distance_support);

/* What values of one type cost. */
typedef struct TypeCost
{
	double		header;			/* bytes before the elements */
	double		bytes_per_dim;	/* 0: the typmod does not give the width */
	double		bytes_per_op;	/* that one cpu_operator_cost pays for */
} TypeCost;

static const TypeCost vector_cost = {8, 4, 80};
static const TypeCost halfvec_cost = {8, 2, 40};
static const TypeCost sparsevec_cost = {16, 0, 10};
static const TypeCost bit_cost = {8, 0.125, 160};

/*
 * Bytes that a table keeps out of line, per row: the size of its TOAST table.
 * 0 if there is none or the number of rows is not known.
 */
static double
toasted_width(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class class;
	Relation	toast;
	double		rows;
	double		bytes;

	if (!HeapTupleIsValid(tuple))
		return 0;
	class = (Form_pg_class) GETSTRUCT(tuple);
	rows = class->reltuples;
	toast = OidIsValid(class->reltoastrelid) && rows > 0 ?
		try_relation_open(class->reltoastrelid, AccessShareLock) : NULL;
	ReleaseSysCache(tuple);
	if (toast == NULL)
		return 0;
	bytes = (double) RelationGetNumberOfBlocks(toast) * BLCKSZ;
	relation_close(toast, AccessShareLock);
	return bytes / rows;
}

/*
 * Average width of a table's column in bytes, 0 if unknown.  ANALYZE counts a
 * value out of line at the width of its pointer: where most are, the TOAST
 * table tells more.
 */
static double
column_width(PlannerInfo *root, Var *var)
{
	RangeTblEntry *rte;
	int32		width;

	if (root == NULL || var->varlevelsup != 0 || IS_SPECIAL_VARNO(var->varno))
		return 0;
	rte = planner_rt_fetch(var->varno, root);
	if (rte->rtekind != RTE_RELATION || var->varattno <= 0)
		return 0;
	width = get_attavgwidth(rte->relid, var->varattno);
	if (width >= TOAST_POINTER_SIZE && width < 2 * TOAST_POINTER_SIZE)
		return Max(width, toasted_width(rte->relid));
	return Max(width, 0);
}

/* Bytes of one argument: by its typmod, else by what is known, else 0. */
static double
argument_width(PlannerInfo *root, Node *arg, const TypeCost *type)
{
	int32		typmod = exprTypmod(arg);

	if (typmod > 0 && type->bytes_per_dim > 0)
		return type->header + type->bytes_per_dim * typmod;
	if (IsA(arg, Var))
		return column_width(root, (Var *) arg);
	if (IsA(arg, Const) && !((Const *) arg)->constisnull)
		return toast_raw_datum_size(((Const *) arg)->constvalue);
	return 0;
}

static List *
call_arguments(Node *node)
{
	if (node == NULL)
		return NIL;
	if (IsA(node, FuncExpr))
		return ((FuncExpr *) node)->args;
	if (IsA(node, OpExpr))
		return ((OpExpr *) node)->args;
	return NIL;
}

static double
detoast_cost(double width)
{
	if (width <= TOAST_TUPLE_TARGET)
		return 0;
	return COST_TOAST_LOOKUP +
		COST_TOAST_CHUNK * ceil(width / TOAST_MAX_CHUNK_SIZE);
}

static bool
estimate_cost(SupportRequestCost *req, const TypeCost *type)
{
	List	   *args = call_arguments(req->node);
	double		widest = 0;
	double		cost = COST_CALL;
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = (Node *) lfirst(lc);
		double		width = argument_width(req->root, arg, type);

		widest = Max(widest, width);
		if (IsA(arg, Var))
			cost += detoast_cost(width);
	}
	if (widest == 0)
		return false;			/* procost is all we know */

	cost += widest / type->bytes_per_op;
	req->startup = 0;
	req->per_tuple = cost * cpu_operator_cost;
	return true;
}

static Datum
distance_support(FunctionCallInfo fcinfo, const TypeCost *type)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestCost) &&
		estimate_cost((SupportRequestCost *) request, type))
		PG_RETURN_POINTER(request);
	PG_RETURN_POINTER(NULL);
}

Datum
trl_vector_distance_support(PG_FUNCTION_ARGS)
{
	return distance_support(fcinfo, &vector_cost);
}

Datum
trl_halfvec_distance_support(PG_FUNCTION_ARGS)
{
	return distance_support(fcinfo, &halfvec_cost);
}

Datum
trl_sparsevec_distance_support(PG_FUNCTION_ARGS)
{
	return distance_support(fcinfo, &sparsevec_cost);
}

Datum
trl_bit_distance_support(PG_FUNCTION_ARGS)
{
	return distance_support(fcinfo, &bit_cost);
}
