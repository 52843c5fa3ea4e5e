/*
 * explain.c - what EXPLAIN says of the knn node
 *
 * The counters of EXPLAIN ANALYZE depend on rows that the quals hide.  Where a
 * row-level policy applies to the query, perhaps by a partitioned table that
 * this one belongs to, or to the role that asks, they are left out.
 */
#include "postgres.h"

#include "access/relation.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "core/compat.h"
#include "core/guc.h"
#include "knn/knn.h"

#include TRL_EXPLAIN_STATE_H
#include TRL_EXPLAIN_FORMAT_H

void
trl_knn_count(const TrlKnnState *state, TrlKnnCounters *counters)
{
	const TrlIvfCounters *search;

	if (!state->searching)
		return;
	search = trl_ivf_topk_counters(state->scan);
	counters->lists_in_use = trl_ivf_topk_lists(state->scan);
	counters->search.lists += search->lists;
	counters->search.lanes += search->lanes;
	counters->search.masked += search->masked;
	counters->search.reranked += search->reranked;
	counters->search.rounds += search->rounds;
}

static const char *
strategy_name(const TrlKnnState *state)
{
	switch (state->strategy)
	{
		case TRL_KNN_INDEX:
			return "index search";
		case TRL_KNN_INDEX_BITMAP:
			return "index search within a bitmap";
		case TRL_KNN_BITMAP:
			return "all rows of a bitmap";
		case TRL_KNN_TABLE:
			return "all rows of the table";
		default:
			return "never executed";
	}
}

/* Expressions of the plan, joined by AND. */
static void
show_expressions(const char *label, List *expressions, CustomScanState *node,
				 List *ancestors, ExplainState *es)
{
	List	   *context;
	char	   *text;

	if (expressions == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan,
									   ancestors);
	text = deparse_expression((Node *) make_ands_explicit(expressions), context,
							  es->verbose || list_length(es->rtable) > 1, false);
	ExplainPropertyText(label, text, es);
}

static void
show_counters(const TrlKnnState *state, ExplainState *es)
{
	TrlKnnCounters counters = state->counters;

	if (state->started)
		trl_knn_count(state, &counters);
	ExplainPropertyText("Strategy", strategy_name(state), es);
	ExplainPropertyFloat("Target Recall", NULL, trl_guc_target_recall, 3, es);
	if (state->strategy == TRL_KNN_NOT_RUN)
		return;
	if (counters.searches > 1)
		ExplainPropertyInteger("Searches", NULL, (int64) counters.searches, es);
	ExplainPropertyInteger("Lists Probed", NULL, (int64) counters.search.lists, es);
	ExplainPropertyInteger("Lists", NULL, (int64) counters.lists_in_use, es);
	ExplainPropertyInteger("Lanes Scanned", NULL, (int64) counters.search.lanes, es);
	ExplainPropertyInteger("Lanes Masked", NULL, (int64) counters.search.masked, es);
	ExplainPropertyInteger("Rows Reranked", NULL,
						   (int64) counters.search.reranked, es);
	ExplainPropertyInteger("Heap Fetches", NULL, (int64) counters.fetched, es);
	ExplainPropertyInteger("Widened", NULL, (int64) counters.widened, es);
}

void
trl_knn_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	TrlKnnState *state = (TrlKnnState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	char	   *index = get_rel_name(state->index_id);

	ExplainPropertyText("Index", index != NULL ? index : "?", es);
	show_expressions("Order By", list_nth(plan->custom_exprs, TRL_KNN_EXPR_ORDER),
					 node, ancestors, es);
	show_expressions("Lane Filter",
					 list_nth(plan->custom_exprs, TRL_KNN_EXPR_LANES), node,
					 ancestors, es);
	if (es->analyze && state->tells)
		show_counters(state, es);
}
