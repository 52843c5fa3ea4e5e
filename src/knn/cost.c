/*
 * cost.c - what a search for k rows costs
 *
 * The search reads codes of as many lists as k rows need, given how many rows
 * pass the quals, then rows from the table until k of them have passed.
 *
 * Locks: a share lock on the index's metapage.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/relation.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/spccache.h"

#include "core/compat.h"
#include "index/ivf/cost.h"
#include "knn/knn.h"

/* Rows within a range that nothing is known of: times the root of all. */
#define RANGE_ROWS 2.0

/* A row that is tested against a set of TIDs, in cpu_operator_cost. */
#define MEMBER_COST 0.2

/* The cost of reading so many rows of the table in the index's order. */
static Cost
fetch_cost(PlannerInfo *root, const RelOptInfo *rel,
		   const IndexOptInfo *index, double rows)
{
	double		page_cost;
	double		pages;

	rows = clamp_row_est(rows);
	get_tablespace_page_costs(rel->reltablespace, &page_cost, NULL);
	pages = index_pages_fetched(rows, rel->pages, index->pages, root);
	return pages * page_cost +
		rows * (cpu_tuple_cost + rel->baserestrictcost.per_tuple);
}

/* All rows within a distance: of these, those that pass lanes are read. */
static TrlKnnCost
range_cost(PlannerInfo *root, const RelOptInfo *rel, const TrlKnnPath *path,
		   Cost bitmap_cost)
{
	double		rows = Max(rel->tuples, 1);
	double		within = Min(RANGE_ROWS * sqrt(rows), rows);
	double		masked = Max(Min(path->lane_share, 1), 1 / rows);
	TrlKnnCost	cost;

	if (path->has_bitmap && path->bitmap_first)
		masked = Min(masked, Max(path->bitmap_rows / rows, 1 / rows));
	cost.startup = trl_ivf_search_cost(path->index, within, within * masked, masked) +
		rel->baserestrictcost.startup;
	if (path->has_bitmap && path->bitmap_first)
		cost.startup += bitmap_cost + TRL_KNN_BITMAP_COST * path->bitmap_rows * cpu_operator_cost;
	cost.total = cost.startup + fetch_cost(root, rel, path->index, within * masked);
	return cost;
}

TrlKnnCost
trl_knn_cost(PlannerInfo *root, RelOptInfo *rel, const TrlKnnPath *path,
			 double k, Cost bitmap_cost)
{
	double		rows = Max(rel->tuples, 1);
	double		passing = Max(Min(path->share, 1), 1 / rows);
	double		lanes = Max(Min(path->lane_share, 1), 1 / rows);
	double		masked = lanes;
	double		scanned;
	double		fetched;
	TrlKnnCost	cost;

	if (path->has_bitmap && path->bitmap_first)
		masked = Min(masked, Max(path->bitmap_rows / rows, 1 / rows));
	if (path->bounds != NIL && (path->pathkey == NULL || path->all_rows))
		return range_cost(root, rel, path, bitmap_cost);
	if (path->all_rows)
		k = rows;
	k = Min(k, clamp_row_est(rows * passing));

	/* rows that pass lanes and bitmap, of which k pass the rest */
	fetched = Min(k * masked / Min(passing, masked), rows * masked);
	scanned = Min(fetched / masked, rows);

	cost.startup = trl_ivf_search_cost(path->index, scanned, fetched, masked) +
		fetch_cost(root, rel, path->index, fetched) +
		rel->baserestrictcost.startup;
	if (path->has_bitmap && path->bitmap_first)
		cost.startup += bitmap_cost +
			(TRL_KNN_BITMAP_COST * path->bitmap_rows +
			 MEMBER_COST * lanes * trl_ivf_search_rows(path->index, scanned)) *
			cpu_operator_cost;
	cost.total = cost.startup +
		trl_ivf_search_cost(path->index, rows, rows * masked, masked) +
		fetch_cost(root, rel, path->index, rows * masked);
	return cost;
}
