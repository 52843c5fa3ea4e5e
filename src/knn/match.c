/*
 * match.c - expressions that order as a distance does
 *
 * Does: see in 1 - (v <=> q), (v <#> q) * -1 and the like the distance, and
 * whether they rise or fall with it.  Does not: decide what to do with it.
 *
 * Rounding does not matter to an order: if x <= y, then x + c <= y + c in
 * floating point, too.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "knn/knn.h"

/* What is known of an expression on the way outwards. */
typedef struct Walk
{
	TrlKnnMatch *match;
	bool		not_negative;
	bool		positive;
} Walk;

/* A constant that is a number. */
static bool
is_number(Node *node, double *number)
{
	Const	   *c = (Const *) node;

	if (!IsA(node, Const) || c->constisnull || c->consttype != FLOAT8OID)
		return false;
	*number = DatumGetFloat8(c->constvalue);
	return isfinite(*number);
}

static void
add_step(TrlKnnMatch *match, TrlKnnStep step, double number)
{
	match->steps = lappend(match->steps, makeInteger(step));
	match->steps = lappend(match->steps,
						   makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8),
									 Float8GetDatum(number), false,
									 FLOAT8PASSBYVAL));
}

/* column <operator> value, where the index searches by the operator. */
static bool
match_distance(PlannerInfo *root, IndexOptInfo *index, OpExpr *op, Walk *walk)
{
	Oid			family = index->opfamily[0];
	int			arg;

	if (list_length(op->args) != 2 || op->opresulttype != FLOAT8OID)
		return false;
	for (arg = 0; arg < 2; arg++)
	{
		Node	   *column = list_nth(op->args, arg);
		Node	   *value = list_nth(op->args, 1 - arg);
		Oid			operator = op->opno;

		if (arg == 1)
			operator = get_commutator(operator);
		if (!OidIsValid(operator) ||
			!match_index_to_operand(column, 0, index))
			continue;
		if (!OidIsValid(get_op_opfamily_sortfamily(operator, family)))
			continue;
		if (!bms_is_empty(pull_varnos(root, value)) ||
			contain_volatile_functions(value))
			continue;
		walk->match->distance = op;
		walk->match->column_arg = arg;
		walk->not_negative =
			trl_ivf_topk_not_negative(family, index->opcintype[0]);
		return true;
	}
	return false;
}

static bool match_expression(PlannerInfo *root, IndexOptInfo *index,
							 Node *node, Walk *walk);

/* x + c, x - c, x * c, x / c */
static bool
match_number_right(Oid function, double c, Walk *walk)
{
	switch (function)
	{
		case F_FLOAT8PL:
			add_step(walk->match, TRL_KNN_ADD, c);
			walk->positive = walk->not_negative && c > 0;
			walk->not_negative = walk->not_negative && c >= 0;
			return true;
		case F_FLOAT8MI:
			add_step(walk->match, TRL_KNN_SUBTRACT, c);
			walk->positive = walk->not_negative && c < 0;
			walk->not_negative = walk->not_negative && c <= 0;
			return true;
		case F_FLOAT8MUL:
		case F_FLOAT8DIV:
			if (c == 0)
				return false;
			add_step(walk->match, function == F_FLOAT8MUL ? TRL_KNN_MULTIPLY :
					 TRL_KNN_DIVIDE, c);
			if (c < 0)
			{
				walk->match->falling = !walk->match->falling;
				walk->positive = walk->not_negative = false;
			}
			return true;
		default:
			return false;
	}
}

/* c + x, c - x, c * x, c / x */
static bool
match_number_left(Oid function, double c, Walk *walk)
{
	switch (function)
	{
		case F_FLOAT8MI:
			add_step(walk->match, TRL_KNN_SUBTRACT_FROM, c);
			walk->match->falling = !walk->match->falling;
			walk->positive = walk->not_negative = false;
			return true;
		case F_FLOAT8DIV:
			if (c <= 0 || !walk->positive)
				return false;
			add_step(walk->match, TRL_KNN_DIVIDE_BY, c);
			walk->match->falling = !walk->match->falling;
			return true;
		case F_FLOAT8PL:
		case F_FLOAT8MUL:
			return match_number_right(function, c, walk);
		default:
			return false;
	}
}

/* What a function or operator does to an expression that matches. */
static bool
match_function(PlannerInfo *root, IndexOptInfo *index, Oid function,
			   List *args, Walk *walk)
{
	double		number;

	if (list_length(args) == 2)
	{
		if (is_number(lsecond(args), &number))
			return match_expression(root, index, linitial(args), walk) &&
				match_number_right(function, number, walk);
		if (is_number(linitial(args), &number))
			return match_expression(root, index, lsecond(args), walk) &&
				match_number_left(function, number, walk);
		return false;
	}
	if (list_length(args) != 1)
		return false;
	switch (function)
	{
		case F_FLOAT8UM:
			if (!match_expression(root, index, linitial(args), walk))
				return false;
			add_step(walk->match, TRL_KNN_NEGATE, 0);
			walk->match->falling = !walk->match->falling;
			walk->positive = walk->not_negative = false;
			return true;
		case F_FLOAT4_FLOAT8:
		case F_NUMERIC_FLOAT8:
			if (!match_expression(root, index, linitial(args), walk))
				return false;
			add_step(walk->match, TRL_KNN_CONVERT, 0);
			return true;
		default:
			return false;
	}
}

static bool
match_expression(PlannerInfo *root, IndexOptInfo *index, Node *node,
				 Walk *walk)
{
	if (IsA(node, OpExpr))
	{
		OpExpr	   *op = (OpExpr *) node;

		if (match_distance(root, index, op, walk))
			return true;
		return match_function(root, index, get_opcode(op->opno), op->args,
							  walk);
	}
	if (IsA(node, FuncExpr))
	{
		FuncExpr   *function = (FuncExpr *) node;

		return match_function(root, index, function->funcid, function->args,
							  walk);
	}
	return false;
}

bool
trl_knn_match(PlannerInfo *root, IndexOptInfo *index, Node *expression,
			  TrlKnnMatch *match)
{
	Walk		walk = {.match = match};

	memset(match, 0, sizeof(*match));
	return match_expression(root, index, expression, &walk);
}
