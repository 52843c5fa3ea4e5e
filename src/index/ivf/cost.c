/*
 * cost.c - what the planner is told about a scan of an ivf index
 *
 * A scan does its work before the first row: it ranks the lists, scans the
 * probed ones and reranks a few of their rows.  Each further row costs a
 * rerank; a scan to the end probes every list.  Filter columns make it look
 * farther for as many rows, and hand out fewer.
 *
 * Locks: a share lock on the metapage.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/float.h"
#include "utils/selfuncs.h"

#include "access/relation.h"
#include "core/compat.h"
#include "core/guc.h"
#include "index/ivf/cost.h"
#include "index/ivf/methods.h"
#include "index/ivf/reach.h"

/*
 * In units of cpu_operator_cost, of which one is about 9 ns (as in
 * types/cost.c): a list's centroid and a rerank row per 64 dimensions, a lane
 * per 64 dimensions.
 */
#define LIST_COST 0.4
#define LANE_COST 0.03
#define RERANK_COST 20.0

/* A row of a list without codes, per 64 dimensions. */
#define ROW_COST 4.0

/*
 * A row that is read from the table to be measured, and how many are for the
 * first rows of an answer: more of many where lists hold sketches.  For each
 * there are some whose rerank row was not enough to leave it out.
 */
#define FETCH_COST 100.0
#define FETCHED_LEAST 50.0
#define FETCHED_SHARE 0.01
#define RERANKED_PER_FETCHED 3.0

/* Of a path that must not be taken. */
#define FORBIDDEN_STARTUP 1e300

/* A page that is in the cache, in the same units. */
#define PAGE_COST 25.0

/* What rows from the table cost before the first row goes out. */
static double
fetch_cost(const TrlIvfMeta *meta, double rows)
{
	double		fetched = FETCHED_LEAST;

	if (trl_ivf_is_hashed(meta))
		fetched += FETCHED_SHARE * rows;
	return Min(fetched, rows) *
		(FETCH_COST + RERANKED_PER_FETCHED * RERANK_COST);
}

/* Of an index: its metapage, and whether its rows are sparse. */
static bool
read_index(const IndexOptInfo *info, TrlIvfMeta *meta)
{
	Relation	index = index_open(info->indexoid, NoLock);
	bool		sparse = trl_ivf_class(index)->sparse;

	trl_ivf_read_meta(index, meta);
	index_close(index, NoLock);
	return sparse;
}

/* Rows in the lists that are probed for so many neighbours. */
static double
probed_rows(const TrlIvfMeta *meta, double rows, double neighbours)
{
	return rows * trl_ivf_mean_probes_for(meta, neighbours) /
		Max(meta->lists_in_use, 1);
}

/*
 * A search before rows go out: lists are ranked, "scanned" rows' codes are
 * scanned, or of a share of them only, and so many rows reranked.
 */
static double
search_cost(const TrlIvfMeta *meta, double scanned, double reranked,
			double share)
{
	double		chunks = meta->dims_padded / 64.0;
	double		lanes = LANE_COST * chunks;
	double		blocks = 1 - pow(1 - Min(share, 1), TRL_IVF_LANES);

	if (meta->code_form == TRL_IVF_CODE_NONE)
		lanes = ROW_COST * chunks + PAGE_COST / meta->rerank_rows;
	return LIST_COST * meta->lists * chunks + lanes * scanned * blocks +
		RERANK_COST * reranked +
		PAGE_COST * (scanned / Max(TRL_IVF_UNIT_LANES(meta), 1)) * meta->span;
}

double
trl_ivf_search_rows(const IndexOptInfo *info, double neighbours)
{
	TrlIvfMeta	meta;

	(void) read_index(info, &meta);
	return probed_rows(&meta, Max(info->tuples, 1), neighbours);
}

Cost
trl_ivf_search_cost(const IndexOptInfo *info, double neighbours,
					double reranked, double share)
{
	double		rows = Max(info->tuples, 1);
	TrlIvfMeta	meta;
	bool		sparse = read_index(info, &meta);
	double		cost = search_cost(&meta, probed_rows(&meta, rows, neighbours),
								   Min(rows, 100) + reranked, share);

	if (sparse)
		cost += fetch_cost(&meta, rows);
	return cost * cpu_operator_cost;
}

void
trl_ivf_costestimate(PlannerInfo *root, IndexPath *path, double loop_count,
					 Cost *startup_cost, Cost *total_cost,
					 Selectivity *selectivity, double *correlation,
					 double *pages)
{
	GenericCosts costs = {0};
	IndexOptInfo *info = path->indexinfo;
	TrlIvfMeta	meta;
	bool		sparse;
	double		rows = Max(info->tuples, 1);
	double		search;
	double		row_cost = RERANK_COST;

	genericcostestimate(root, path, loop_count, &costs);
	*selectivity = costs.indexSelectivity;
	*correlation = 0;
	*pages = info->pages;

	/* without an order there is no reason, at recall 1 no permission */
	if (path->indexorderbys == NIL || trl_guc_target_recall >= 1)
	{
		/* both infinite would differ by no number */
		*startup_cost = FORBIDDEN_STARTUP;
		*total_cost = get_float8_infinity();
		trl_disable_path(path);
		return;
	}
	if (info->hypothetical)
	{
		/* no pages to ask */
		*startup_cost = *total_cost = costs.indexTotalCost;
		return;
	}
	sparse = read_index(info, &meta);
	search = search_cost(&meta,
						 Min(probed_rows(&meta, rows, 10) /
							 Max(costs.indexSelectivity, 1e-9), rows),
						 Min(rows, 100), 1) * cpu_operator_cost;
	if (sparse)
	{
		search += fetch_cost(&meta, rows) * cpu_operator_cost;
		row_cost += FETCH_COST;
	}
	*startup_cost = search;
	*total_cost = search + costs.indexTotalCost +
		rows * costs.indexSelectivity * row_cost * cpu_operator_cost;
}
