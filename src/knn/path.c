/*
 * path.c - paths of the knn node
 *
 * Does: see, when the planner has made a table's paths, whether an ivf index
 * has the order that the query wants, or knows which rows are within a range;
 * which quals the index's filter columns decide; whether a bitmap of other
 * indexes helps; and offer what follows from it.  Does not: choose; costs do.
 *
 * The access method's own index scans are taken away where this node has a
 * path: it is a search of the same index that knows more.
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "catalog/pg_class.h"
#include "catalog/pg_opfamily.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "core/compat.h"
#include "core/guc.h"
#include "knn/knn.h"

/* Rows that a query is taken to want if it does not say. */
#define USUAL_ROWS 10

/*
 * With fewer rows for each one that passes, a bitmap is not worth a thought.
 */
#define BITMAP_SHARE 0.5

/* Rows of a bitmap that are read sooner than they are searched for. */
#define FEW_ROWS 300

/* In cpu_operator_cost: reading a row; making a bitmap at all. */
#define READ_COST 60.0
#define BITMAP_START 2000.0

static set_rel_pathlist_hook_type next_hook;

static const CustomPathMethods path_methods = {
	.CustomName = "TrellisKnn",
	.PlanCustomPath = trl_knn_plan
};

/*
 * The orders in which rows of the node are right: nothing that joins or groups
 * by the order may rely on it, since an approximate search hands out a row
 * that it has missed later.
 */
static bool
order_is_wanted(const PlannerInfo *root, const RelOptInfo *rel)
{
	const Query *query = root->parse;
	Relids		relids = rel->top_parent_relids != NULL ?
	rel->top_parent_relids : rel->relids;
	PathKey    *key;

	if (root->query_pathkeys == NIL || query->groupClause != NIL ||
		query->distinctClause != NIL || query->groupingSets != NIL ||
		query->hasAggs)
		return false;
	key = linitial(root->query_pathkeys);
	return !key->pk_eclass->ec_has_volatile &&
		bms_is_subset(key->pk_eclass->ec_relids, relids);
}

/* Does the index have the order of the query's first key? */
static bool
match_order(PlannerInfo *root, RelOptInfo *rel, TrlKnnPath *path)
{
	PathKey    *key;

	if (!order_is_wanted(root, rel))
		return false;
	key = linitial(root->query_pathkeys);
	{
		trl_foreach_member(member, key->pk_eclass, rel->relids)
		{
			if (!bms_equal(member->em_relids, rel->relids) ||
				!trl_knn_match(root, path->index, (Node *) member->em_expr,
							   &path->match) ||
				path->match.falling != trl_pathkey_descends(key))
				continue;
			path->pathkey = key;
			path->order = (Node *) member->em_expr;
			path->descending = trl_pathkey_descends(key);
			path->nulls_first = key->pk_nulls_first;
			path->more_keys = list_length(root->query_pathkeys) > 1;
			return true;
		}
	}
	return false;
}

/* Notes the quals that bound the distance that the path searches by. */
static void
match_ranges(PlannerInfo *root, RelOptInfo *rel, TrlKnnPath *path)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *qual = lfirst(cell);
		TrlKnnMatch match;
		Expr	   *bound;

		if (!trl_knn_match_range(root, path->index, qual->clause, &match, &bound))
			continue;
		if (path->match.distance == NULL)
			path->match = match;
		else if (!equal(path->match.distance, match.distance))
			continue;
		path->bounds = lappend(path->bounds, bound);
		path->bound_steps = lappend(path->bound_steps, match.steps);
	}
}

/* Notes what filter columns decide, and what share of the rows that leaves. */
static void
match_lanes(PlannerInfo *root, RelOptInfo *rel, TrlKnnPath *path)
{
	List	   *decided = NIL;
	ListCell   *cell;

	path->lane_share = 1;
	if (path->index->nkeycolumns < 2)
		return;
	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *qual = lfirst(cell);
		Expr	   *clause;

		if (qual->pseudoconstant)
			continue;
		clause = trl_knn_lane_clause(root, path->index, qual->clause,
									 &path->lane_leaves);
		if (clause == NULL)
			continue;
		path->lane_clauses = lappend(path->lane_clauses, clause);
		decided = lappend(decided, clause == qual->clause ? (void *) qual : (void *) clause);
	}
	if (decided != NIL)
		path->lane_share = clauselist_selectivity(root, decided, rel->relid,
												  JOIN_INNER, NULL);
}

/* The number that LIMIT and OFFSET say together, or a usual one. */
static double
wanted_rows(const PlannerInfo *root)
{
	const Node *parts[] = {root->parse->limitCount, root->parse->limitOffset};
	double		wanted = 0;
	int			i;

	for (i = 0; i < 2; i++)
	{
		const Const *c = (const Const *) parts[i];

		if (c == NULL && i > 0)
			continue;
		if (c == NULL || !IsA(c, Const) || c->constisnull)
			return USUAL_ROWS;
		wanted += (double) DatumGetInt64(c->constvalue);
	}
	return Max(wanted, 1);
}

static bool
is_parallel_safe_path(PlannerInfo *root, const RelOptInfo *rel,
					  const TrlKnnPath *path)
{
	return rel->consider_parallel &&
		is_parallel_safe(root, (Node *) path->match.distance) &&
		is_parallel_safe(root, root->parse->limitCount) &&
		is_parallel_safe(root, root->parse->limitOffset);
}

static void
offer(PlannerInfo *root, RelOptInfo *rel, const TrlKnnPath *carried,
	  Path *bitmap, Cost bitmap_cost)
{
	CustomPath *path = makeNode(CustomPath);
	TrlKnnPath *copy = palloc(sizeof(TrlKnnPath));
	TrlKnnCost	cost = trl_knn_cost(root, rel, carried, wanted_rows(root),
									bitmap_cost);

	*copy = *carried;
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = NULL;
	path->path.parallel_safe = is_parallel_safe_path(root, rel, carried);
	path->path.rows = rel->rows;
	path->path.startup_cost = cost.startup;
	path->path.total_cost = cost.total + rel->reltarget->cost.startup +
		rel->reltarget->cost.per_tuple * rel->rows;
	if (carried->pathkey != NULL)
		path->path.pathkeys = list_make1(carried->pathkey);
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	if (bitmap != NULL)
		path->custom_paths = list_make1(bitmap);
	path->custom_private = list_make1(copy);
	path->methods = &path_methods;
	add_path(rel, &path->path);
}

/* Takes away the index scans of the same index in the same order. */
static void
remove_index_scans(RelOptInfo *rel, const IndexOptInfo *index)
{
	ListCell   *cell;

	foreach(cell, rel->pathlist)
	{
		IndexPath  *path = lfirst(cell);

		if (IsA(path, IndexPath) && path->indexinfo == index)
			rel->pathlist = foreach_delete_current(rel->pathlist, cell);
	}
}

/*
 * Is a bitmap made sooner than the rows are read and tested that it would save?
 * Both are of rows that a search comes back to, so that pages count for nothing.
 */
static bool
bitmap_pays(const PlannerInfo *root, const RelOptInfo *rel,
			const TrlKnnPath *path)
{
	double		k = path->pathkey != NULL && !path->all_rows ?
	wanted_rows(root) : sqrt(rel->tuples);
	double		passing = Max(path->share / path->lane_share, 1 / Max(rel->tuples, 1));
	double		read = k / Min(passing, 1);
	double		test = rel->baserestrictcost.per_tuple / cpu_operator_cost;

	return path->bitmap_rows < FEW_ROWS ||
		read * (READ_COST + test) >
		path->bitmap_rows * TRL_KNN_BITMAP_COST + BITMAP_START;
}

static bool
has_volatile_quals(const RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		if (contain_volatile_functions((Node *) lfirst_node(RestrictInfo, cell)->clause))
			return true;
	}
	return false;
}

/* Offers paths by one index, if it serves the query. */
static void
consider_index(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
			   BitmapHeapPath *bitmap)
{
	TrlKnnPath	path = {.index = index};
	Cost		bitmap_cost = 0;
	Selectivity selectivity = 1;
	bool		ordered = match_order(root, rel, &path);


	/* what is changed or deleted is all that the WHERE says */
	if (ordered || root->parse->commandType == CMD_SELECT)
		match_ranges(root, rel, &path);
	if (!ordered && path.bounds == NIL)
		return;
	match_lanes(root, rel, &path);
	path.share = rel->rows / Max(rel->tuples, 1);
	path.joined = bms_membership(root->all_baserels) == BMS_MULTIPLE;
	path.all_rows = root->tuple_fraction <= 0 && root->parse->limitCount == NULL;
	if (path.bounds != NIL && !ordered)
		path.share = Max(path.share, path.lane_share * 0.1);
	if (ordered)
		remove_index_scans(rel, index);

	if (bitmap != NULL)
	{
		cost_bitmap_tree_node(bitmap->bitmapqual, &bitmap_cost, &selectivity);
		path.bitmap_rows = clamp_row_est(selectivity * rel->tuples);
		path.has_bitmap = true;

		/* lanes that decide as much leave it nothing to do */
		path.has_bitmap = selectivity < BITMAP_SHARE * path.lane_share ||
			path.bitmap_rows < FEW_ROWS;
		path.bitmap_first = path.has_bitmap && bitmap_pays(root, rel, &path);

		/* a search that turns to it later tests rows twice */
		if (!path.bitmap_first && has_volatile_quals(rel))
			path.has_bitmap = false;
	}
	offer(root, rel, &path, path.has_bitmap ? &bitmap->path : NULL, bitmap_cost);
}

/* Can rows of it be found by an index at all? */
static bool
is_table(const RelOptInfo *rel, const RangeTblEntry *rte)
{
	return (rel->reloptkind == RELOPT_BASEREL ||
			rel->reloptkind == RELOPT_OTHER_MEMBER_REL) &&
		rte->rtekind == RTE_RELATION && !rte->inh &&
		rte->tablesample == NULL &&
		(rte->relkind == RELKIND_RELATION || rte->relkind == RELKIND_MATVIEW) &&
		bms_is_empty(rel->lateral_relids);
}

static void
add_knn_paths(PlannerInfo *root, RelOptInfo *rel, Index rti,
			  RangeTblEntry *rte)
{
	BitmapHeapPath *bitmap = NULL;
	bool		looked = false;
	ListCell   *cell;

	if (next_hook != NULL)
		next_hook(root, rel, rti, rte);

	/* at recall 1 there is no permission to be approximate */
	if (!trl_guc_enable_knn || !enable_indexscan ||
		trl_guc_target_recall >= 1 ||
		!is_table(rel, rte) || IS_DUMMY_REL(rel))
		return;
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);

		if (!trl_ivf_topk_serves(index) ||
			(index->indpred != NIL && !index->predOK))
			continue;
		if (!looked)
			bitmap = trl_knn_bitmap_path(root, rel);
		looked = true;
		consider_index(root, rel, index, bitmap);
	}
}

void
trl_knn_init(void)
{
	RegisterCustomScanMethods(&trl_knn_scan_methods);
	next_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_knn_paths;
}
