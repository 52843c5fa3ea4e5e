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
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "access/heaptoast.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "types/dense.h"

/* The call itself: argument checks and function manager. */
#define COST_CALL 4.0

/* Elements that one cpu_operator_cost pays for. */
#define COST_ELEMENTS 20.0

/* Fetching a value from the TOAST table: the look-up, and each chunk. */
#define COST_TOAST_LOOKUP 150.0
#define COST_TOAST_CHUNK 80.0

/* Average stored width of a table's column in bytes, 0 if unknown. */
static int32
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
	return Max(width, 0);
}

/*
 * Bytes of one argument: by its typmod, else by its column's statistics,
 * else 0.  ANALYZE counts a toasted value at the width of its pointer, so
 * the typmod goes first.
 */
static double
argument_width(PlannerInfo *root, Node *arg, const TrlElement *element)
{
	int32		typmod = exprTypmod(arg);

	if (typmod > 0)
		return trl_dense_size(element, typmod);
	if (IsA(arg, Var))
		return column_width(root, (Var *) arg);
	if (IsA(arg, Const) && !((Const *) arg)->constisnull)
		return VARSIZE_ANY(DatumGetPointer(((Const *) arg)->constvalue));
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
estimate_cost(SupportRequestCost *req, const TrlElement *element)
{
	List	   *args = call_arguments(req->node);
	double		widest = 0;
	double		cost = COST_CALL;
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = (Node *) lfirst(lc);
		double		width = argument_width(req->root, arg, element);

		widest = Max(widest, width);
		if (IsA(arg, Var))
			cost += detoast_cost(width);
	}
	if (widest == 0)
		return false;			/* procost is all we know */

	cost += widest / element->size / COST_ELEMENTS;
	req->startup = 0;
	req->per_tuple = cost * cpu_operator_cost;
	return true;
}

static Datum
distance_support(FunctionCallInfo fcinfo, const TrlElement *element)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestCost) &&
		estimate_cost((SupportRequestCost *) request, element))
		PG_RETURN_POINTER(request);
	PG_RETURN_POINTER(NULL);
}

TRL_DENSE_FUNCTION(trl_vector_distance_support, distance_support, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_distance_support, distance_support, &trl_element_half);
