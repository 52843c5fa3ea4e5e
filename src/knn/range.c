/*
 * range.c - quals that say how far rows may be
 *
 * Does: see that v <=> q < 0.3 or 1 - (v <=> q) > 0.7 bounds a distance, and
 * compute that bound.  The qual itself is evaluated for each row all the same;
 * the bound, which allows for rounding, only ends a search.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "knn/knn.h"

/* What rounding may make of a bound, as a share of the numbers in it. */
#define SLACK 1e-5

/* Is it the comparison a < b or a <= b, or the other way round? */
static bool
is_comparison(Oid function, bool *less)
{
	switch (function)
	{
		case F_FLOAT8LT:
		case F_FLOAT8LE:
			*less = true;
			return true;
		case F_FLOAT8GT:
		case F_FLOAT8GE:
			*less = false;
			return true;
		default:
			return false;
	}
}

bool
trl_knn_match_range(PlannerInfo *root, IndexOptInfo *index, Expr *clause,
					TrlKnnMatch *match, Expr **bound)
{
	OpExpr	   *op = (OpExpr *) clause;
	bool		less;
	int			arg;

	if (!IsA(clause, OpExpr) || list_length(op->args) != 2 ||
		!is_comparison(get_opcode(op->opno), &less))
		return false;
	for (arg = 0; arg < 2; arg++)
	{
		Node	   *side = list_nth(op->args, arg);
		Node	   *other = list_nth(op->args, 1 - arg);

		if (!bms_is_empty(pull_varnos(root, other)) ||
			contain_volatile_functions(other) ||
			!trl_knn_match(root, index, side, match))
			continue;

		/* bounded from above: rises and less, or falls and greater */
		if ((arg == 0 ? less : !less) == match->falling)
			continue;
		*bound = (Expr *) other;
		return true;
	}
	return false;
}

double
trl_knn_radius(const List *steps, double bound)
{
	double		x = bound;
	double		size = fabs(bound);
	int			i;

	/* inwards */
	for (i = list_length(steps) - 2; i >= 0; i -= 2)
	{
		double		c = DatumGetFloat8(((Const *) list_nth(steps, i + 1))->constvalue);

		switch ((TrlKnnStep) intVal(list_nth(steps, i)))
		{
			case TRL_KNN_ADD:
				x -= c;
				break;
			case TRL_KNN_SUBTRACT:
				x += c;
				break;
			case TRL_KNN_SUBTRACT_FROM:
				x = c - x;
				break;
			case TRL_KNN_MULTIPLY:
				x /= c;
				size /= fabs(c);
				break;
			case TRL_KNN_DIVIDE:
				x *= c;
				size *= fabs(c);
				break;
			case TRL_KNN_DIVIDE_BY:
				if (!(x > 0))
					return INFINITY;
				x = c / x;
				size = x;
				break;
			case TRL_KNN_NEGATE:
				x = -x;
				break;
			case TRL_KNN_CONVERT:
				break;
		}
		size = Max(size, Max(fabs(x), fabs(c)));
	}
	return isnan(x) ? INFINITY : x + SLACK * size;
}
