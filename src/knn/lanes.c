/*
 * lanes.c - quals that filter columns of the index decide
 *
 * Does: find in a clause what the columns that an index keeps beside the
 * vectors can tell; in a running plan, make the test of lanes from it.
 * Does not: test lanes (index/ivf), or replace a qual: each row that comes out
 * of the index is tested by all of them.
 *
 * So the test may be true in doubt.  Of AND it takes the parts that it can
 * decide, of OR all or nothing.  NOT is left alone, but for one of a bool
 * column.  That also is why a qual that is not leakproof may be tested before
 * a policy's: no function of the query's is called, only what the index knows
 * of its column.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "index/ivf/filter.h"
#include "knn/knn.h"

/* Members of a leaf's int list. */
enum
{
	LEAF_COLUMN,				/* among filter columns */
	LEAF_STRATEGY,
	LEAF_VALUE_ARG,				/* which argument is the value's */
	LEAF_COLUMN_IS_BOOL			/* the clause is the column */
};

/* ---- planning ---- */

/* The place of a filter column; -1 if the expression is none. */
static int
filter_column(IndexOptInfo *index, Node *node)
{
	int			i;

	for (i = 1; i < index->nkeycolumns; i++)
	{
		if (match_index_to_operand(node, i, index))
			return i - 1;
	}
	return -1;
}

static bool
is_value(PlannerInfo *root, Node *node)
{
	return bms_is_empty(pull_varnos(root, node)) &&
		!contain_volatile_functions(node);
}

/* Adds a leaf if the index has the operator for its column. */
static bool
match_operator(IndexOptInfo *index, Oid operator, Oid collation, int column,
			   int value_arg, List **leaves)
{
	Oid			wanted = index->indexcollations[column + 1];
	int			strategy;

	if (OidIsValid(wanted) && wanted != collation)
		return false;
	if (!OidIsValid(operator))
		return false;
	strategy = get_op_opfamily_strategy(operator, index->opfamily[column + 1]);
	if (strategy == 0)
		return false;
	*leaves = lappend(*leaves,
					  list_make4_int(column, strategy, value_arg, 0));
	return true;
}

static bool
match_binary(PlannerInfo *root, IndexOptInfo *index, OpExpr *op,
			 List **leaves)
{
	int			arg;

	if (list_length(op->args) != 2)
		return false;
	for (arg = 0; arg < 2; arg++)
	{
		int			column = filter_column(index, list_nth(op->args, arg));
		Oid			operator = arg == 0 ? op->opno : get_commutator(op->opno);

		if (column >= 0 && is_value(root, list_nth(op->args, 1 - arg)) &&
			match_operator(index, operator, op->inputcollid, column, 1 - arg,
						   leaves))
			return true;
	}
	return false;
}

static bool
match_array(PlannerInfo *root, IndexOptInfo *index, ScalarArrayOpExpr *any,
			List **leaves)
{
	int			column = filter_column(index, linitial(any->args));

	return any->useOr && column >= 0 && is_value(root, lsecond(any->args)) &&
		match_operator(index, any->opno, any->inputcollid, column, 1, leaves);
}

/* A column, or what negates one, of type bool. */
static bool
match_bool(IndexOptInfo *index, Node *node, List **leaves)
{
	int			column = filter_column(index, node);

	if (column < 0 || exprType(node) != BOOLOID)
		return false;
	*leaves = lappend(*leaves, list_make4_int(column, 0, -1, 1));
	return true;
}

/* A function that says itself what it makes of stored values. */
static bool
match_function(IndexOptInfo *index, FuncExpr *function, List **leaves)
{
	int			column;

	if (list_length(function->args) != 1)
		return false;
	column = filter_column(index, linitial(function->args));
	if (column < 0 || exprType(linitial(function->args)) != INT4OID ||
		trl_find_lane_function(function->funcid) == NULL)
		return false;
	*leaves = lappend(*leaves, list_make4_int(column, 0, -1, 0));
	return true;
}

static bool
match_leaf(PlannerInfo *root, IndexOptInfo *index, Node *clause,
		   List **leaves)
{
	if (match_bool(index, clause, leaves))
		return true;
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			return match_binary(root, index, (OpExpr *) clause, leaves);
		case T_ScalarArrayOpExpr:
			return match_array(root, index, (ScalarArrayOpExpr *) clause, leaves);
		case T_FuncExpr:
			return match_function(index, (FuncExpr *) clause, leaves);
		case T_NullTest:
			{
				NullTest   *test = (NullTest *) clause;
				int			column = filter_column(index, (Node *) test->arg);

				if (test->argisrow || column < 0)
					return false;
				*leaves = lappend(*leaves, list_make4_int(column, 0, -1, 0));
				return true;
			}
		case T_BooleanTest:
			{
				BooleanTest *test = (BooleanTest *) clause;

				return (test->booltesttype == IS_TRUE ||
						test->booltesttype == IS_FALSE) &&
					match_bool(index, (Node *) test->arg, leaves);
			}
		case T_BoolExpr:
			return is_notclause(clause) &&
				match_bool(index, (Node *) get_notclausearg(clause), leaves);
		default:
			return false;
	}
}

Expr *
trl_knn_lane_clause(PlannerInfo *root, IndexOptInfo *index, Expr *clause,
					List **leaves)
{
	List	   *parts = NIL;
	int			before = list_length(*leaves);
	ListCell   *cell;
	bool		and;

	if (!is_andclause(clause) && !is_orclause(clause))
		return match_leaf(root, index, (Node *) clause, leaves) ? clause : NULL;
	and = is_andclause(clause);
	foreach(cell, ((BoolExpr *) clause)->args)
	{
		Expr	   *part = trl_knn_lane_clause(root, index, lfirst(cell), leaves);

		if (part != NULL)
			parts = lappend(parts, part);
		else if (!and)
		{
			*leaves = list_truncate(*leaves, before);
			return NULL;
		}
	}
	if (parts == NIL)
		return NULL;
	if (list_length(parts) == 1)
		return linitial(parts);
	return and ? make_andclause(parts) : make_orclause(parts);
}

/* ---- execution ---- */

/* A clause with what is evaluated for it. */
typedef struct LaneClause
{
	Node	   *clause;
	int			column;
	int			strategy;
	bool		column_is_bool;
	ExprState  *value;
	Oid			type;			/* of the value, or of its elements */
	const TrlLaneFunction *function;
	int			n_parts;
	struct LaneClause **parts;	/* of AND and OR */
} LaneClause;

struct TrlKnnLanes
{
	LaneClause *clause;
};

static LaneClause *
init_clause(PlanState *parent, Node *clause, ListCell **leaf, List *leaves)
{
	LaneClause *c = palloc0(sizeof(LaneClause));
	List	   *numbers;
	int			arg;

	c->clause = clause;
	if (is_andclause(clause) || is_orclause(clause))
	{
		ListCell   *cell;

		c->parts = palloc(sizeof(LaneClause *) *
						  list_length(((BoolExpr *) clause)->args));
		foreach(cell, ((BoolExpr *) clause)->args)
			c->parts[c->n_parts++] = init_clause(parent, lfirst(cell), leaf, leaves);
		return c;
	}
	numbers = lfirst(*leaf);
	*leaf = lnext(leaves, *leaf);
	c->column = list_nth_int(numbers, LEAF_COLUMN);
	c->strategy = list_nth_int(numbers, LEAF_STRATEGY);
	c->column_is_bool = list_nth_int(numbers, LEAF_COLUMN_IS_BOOL) != 0;
	arg = list_nth_int(numbers, LEAF_VALUE_ARG);
	if (IsA(clause, FuncExpr) && !c->column_is_bool)
		c->function = trl_find_lane_function(((FuncExpr *) clause)->funcid);
	if (arg >= 0)
	{
		List	   *args = IsA(clause, OpExpr) ? ((OpExpr *) clause)->args :
		((ScalarArrayOpExpr *) clause)->args;
		Node	   *value = list_nth(args, arg);

		c->value = ExecInitExpr((Expr *) value, parent);
		c->type = exprType(value);
	}
	return c;
}

TrlKnnLanes *
trl_knn_lanes_init(PlanState *parent, List *clauses, List *leaves)
{
	TrlKnnLanes *lanes = palloc(sizeof(TrlKnnLanes));
	ListCell   *leaf = list_head(leaves);
	Node	   *all = list_length(clauses) == 1 ? linitial(clauses) :
	(Node *) make_andclause(clauses);

	lanes->clause = init_clause(parent, all, &leaf, leaves);
	Assert(leaf == NULL);
	return lanes;
}

/* column = value, for a column that is the clause itself. */
static TrlLaneFilter *
bool_filter(const LaneClause *c, Relation index, const TrlIvfMeta *meta)
{
	bool		value = true;

	if (IsA(c->clause, BooleanTest))
		value = ((BooleanTest *) c->clause)->booltesttype == IS_TRUE;
	else if (is_notclause(c->clause))
		value = false;
	return trl_ivf_filter_leaf(meta, index, c->column, TRL_FILTER_EQUAL,
							   BOOLOID, BoolGetDatum(value), false, false);
}

static TrlLaneFilter *
leaf_filter(const LaneClause *c, ExprContext *econtext, Relation index,
			const TrlIvfMeta *meta)
{
	bool		any = IsA(c->clause, ScalarArrayOpExpr);
	TrlLaneFilter *filter;
	Oid			type = c->type;
	Datum		value;
	bool		isnull;

	if (c->function != NULL)
	{
		filter = trl_ivf_filter_node(TRL_LANE_TEST, c->column);
		filter->test = c->function->test;
		filter->arg = c->function->begin();
		return filter;
	}
	if (c->value == NULL)
	{
		NullTest   *test = (NullTest *) c->clause;

		if (!IsA(c->clause, NullTest) || c->column_is_bool)
			return bool_filter(c, index, meta);
		return trl_ivf_filter_node(test->nulltesttype == IS_NULL ? TRL_LANE_NULL :
								   TRL_LANE_NOT_NULL, c->column);
	}
	value = ExecEvalExpr(c->value, econtext, &isnull);
	if (any)
		type = get_element_type(type);
	return trl_ivf_filter_leaf(meta, index, c->column, c->strategy, type, value,
							   isnull, any);
}

static TrlLaneFilter *
make_filter(const LaneClause *c, ExprContext *econtext, Relation index,
			const TrlIvfMeta *meta)
{
	TrlLaneFilter *filter;
	int			i;

	if (c->n_parts == 0)
		return leaf_filter(c, econtext, index, meta);
	filter = trl_ivf_filter_node(is_andclause(c->clause) ? TRL_LANE_AND : TRL_LANE_OR, 0);
	filter->n_children = c->n_parts;
	filter->children = palloc(sizeof(TrlLaneFilter *) * c->n_parts);
	for (i = 0; i < c->n_parts; i++)
		filter->children[i] = make_filter(c->parts[i], econtext, index, meta);
	return filter;
}

TrlLaneFilter *
trl_knn_lanes_filter(TrlKnnLanes *lanes, ExprContext *econtext,
					 Relation index)
{
	TrlIvfMeta	meta;

	trl_ivf_read_meta(index, &meta);
	return make_filter(lanes->clause, econtext, index, &meta);
}
