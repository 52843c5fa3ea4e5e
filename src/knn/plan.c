/*
 * plan.c - from a path of the knn node to its plan
 *
 * A plan's rows have the distance beside the table's columns, so that a select
 * list that names it need not compute it again: custom_scan_tlist holds the
 * columns that the query needs and, last, the distance.  Where rows may be
 * locked or changed, PostgreSQL puts rows of the table in the node's place to
 * test them again, and the plan's rows are those of the table.  So they are
 * where a qual names the distance and it may fail, or a policy may hide the
 * row: as a target it would be computed before any qual is evaluated.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"

#include "core/compat.h"
#include "knn/knn.h"

/* LIMIT or OFFSET, if it can be evaluated when the scan starts. */
static Node *
limit_expression(PlannerInfo *root, Node *node)
{
	if (node == NULL || contain_subplans(node) ||
		contain_volatile_functions(node) ||
		!bms_is_empty(pull_varnos(root, node)))
		return NULL;
	return copyObject(node);
}

static bool
contains_expression(Node *node, void *expression)
{
	if (node == NULL)
		return false;
	if (equal(node, expression))
		return true;
	return expression_tree_walker(node, contains_expression, expression);
}

/*
 * May there be rows that have an error for a distance?  An expression may be
 * one that other quals guard.
 */
static bool
may_fail(const TrlKnnPath *path)
{
	return !IsA(list_nth(path->match.distance->args, path->match.column_arg),
				Var);
}

/* The columns that the query needs, and the distance. */
static List *
scan_targets(RelOptInfo *rel, List *clauses, OpExpr *distance)
{
	int			flags = PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
	PVC_RECURSE_PLACEHOLDERS;
	List	   *vars = pull_var_clause((Node *) rel->reltarget->exprs, flags);
	List	   *targets;

	vars = list_concat(vars, pull_var_clause((Node *) clauses, flags));
	vars = list_concat(vars, pull_var_clause((Node *) distance, flags));
	targets = add_to_flat_tlist(NIL, vars);
	return lappend(targets,
				   makeTargetEntry((Expr *) copyObject(distance),
								   (AttrNumber) (list_length(targets) + 1),
								   NULL, false));
}

static List *
plan_flags(const TrlKnnPath *path, bool target, bool in_quals, bool governed)
{
	List	   *flags = list_make5_int(path->match.column_arg,
									   path->pathkey != NULL,
									   path->descending, path->nulls_first,
									   path->more_keys);

	flags = lappend_int(flags, target);
	flags = lappend_int(flags, in_quals);
	flags = lappend_int(flags, path->bitmap_first);
	flags = lappend_int(flags, path->all_rows);
	flags = lappend_int(flags, path->joined);
	flags = lappend_int(flags, governed);
	Assert(list_length(flags) == TRL_KNN_FLAGS);
	return flags;
}

/* What makes the bitmap, below a bitmap heap scan. */
static Plan *
bitmap_plan(Plan *plan)
{
	/* a qual without columns stands above each scan of the table */
	while (IsA(plan, Result))
		plan = outerPlan(plan);
	if (!IsA(plan, BitmapHeapScan))
		elog(ERROR, "the plan of a bitmap heap path is of type %d",
			 (int) nodeTag(plan));
	return outerPlan(plan);
}

/* With an exponent: a number without one is read back as an integer. */
static Node *
make_share(double share)
{
	return (Node *) makeFloat(psprintf("%.16e", share));
}

Plan *
trl_knn_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best,
			 List *tlist, List *clauses, List *custom_plans)
{
	TrlKnnPath *path = linitial(best->custom_private);
	OpExpr	   *distance = path->match.distance;
	CustomScan *plan = makeNode(CustomScan);
	bool		governed = root->qual_security_level > 0;
	bool		in_quals;
	bool		as_target;
	Node	   *limit = NULL;
	Node	   *offset = NULL;

	plan->scan.scanrelid = rel->relid;
	plan->scan.plan.targetlist = tlist;
	plan->scan.plan.qual = extract_actual_clauses(clauses, false);
	in_quals = contains_expression((Node *) plan->scan.plan.qual, distance);
	as_target = root->rowMarks == NIL &&
		root->parse->commandType == CMD_SELECT &&
		!(in_quals && (governed || may_fail(path)));
	plan->flags = best->flags;
	plan->methods = &trl_knn_scan_methods;

	if (custom_plans != NIL)
		plan->custom_plans = list_make1(bitmap_plan(linitial(custom_plans)));
	if (as_target)
		plan->custom_scan_tlist = scan_targets(rel, plan->scan.plan.qual, distance);
	if (path->pathkey != NULL)
	{
		limit = limit_expression(root, root->parse->limitCount);
		offset = limit_expression(root, root->parse->limitOffset);
	}
	plan->custom_exprs =
		list_make5(list_make1(copyObject(list_nth(distance->args,
												  1 - path->match.column_arg))),
				   as_target ? NIL : list_make1(copyObject(distance)),
				   path->order != NULL ? list_make1(copyObject(path->order)) : NIL,
				   list_make2(limit, offset),
				   copyObject(path->bounds));
	plan->custom_exprs = lappend(plan->custom_exprs,
								 copyObject(path->lane_clauses));
	plan->custom_private =
		list_make5(list_make1_oid(path->index->indexoid),
				   plan_flags(path, as_target, in_quals, governed),
				   list_make3(make_share(path->lane_share),
							  make_share(path->share),
							  make_share(path->bitmap_rows)),
				   path->bound_steps, path->lane_leaves);
	return &plan->scan.plan;
}
