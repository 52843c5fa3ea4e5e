/*
 * exec.c - the knn node: the nearest rows that pass all quals
 *
 * Does: run an index search and feed it with what only the executor knows: how
 * many rows are wanted, which of them pass.  Does not: test rows (rows.c).
 *
 * Rows go out in batches.  A batch is complete when "wanted" rows have passed
 * and the search has nothing left that is nearer than the last of them, in the
 * lists that the target recall asks for.  The first batch is what LIMIT says,
 * the next ones are twice as large, and after the last list all rows of the
 * table have been read.  So a LIMIT that is not known, or that is not the last
 * word, costs time and no rows.  (A row that an approximate search has missed in
 * one batch may come in a later one, behind rows that are farther.  Who wants
 * all rows gets them in one batch, in order, as far as work_mem holds them.)
 *
 * Rows without a distance, or without a value, come before or after all others,
 * as a sort would have them.
 *
 * Where trellis.target_recall is 1 when a plan is executed that was made with
 * less, the table is read in its own order.
 *
 * Locks: a pin on a page of the table between calls.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "core/compat.h"
#include "core/guc.h"
#include "knn/knn.h"

/* Rows of the first batch where nothing says how many are wanted. */
#define FIRST_BATCH 100

/*
 * TIDs of a bitmap that are all read and measured rather than looked for in
 * the index: a share of the table's rows, but at least and at most.
 */
#define FEW_SHARE (1.0 / 400)
#define FEW_LEAST 100
#define FEW_MOST 4000

/*
 * Rows that may fail before a bitmap is made that the planner did not want:
 * reading them took about as long as making it would.
 */
#define REJECTED_LEAST 50
#define REJECTED_SHARE 0.05

/* Rows of the first batch, for each that a join's LIMIT wants. */
#define JOINED_ROWS 4

/* What codes may be off where they end a range, as a share. */
#define RANGE_SLACK 0.01

/* ---- one scan ---- */

static ExprState *
init_expression(TrlKnnState *state, Node *node)
{
	return node == NULL ? NULL : ExecInitExpr((Expr *) node, &state->css.ss.ps);
}

/* The places of the kinds of rows in the order. */
static void
init_ranks(TrlKnnState *state)
{
	int			place = 0;
	bool		nulls_first = trl_knn_flag(state, TRL_KNN_FLAG_NULLS_FIRST);
	bool		descending = trl_knn_flag(state, TRL_KNN_FLAG_DESCENDING);

	if (nulls_first)
		state->rank[TRL_KNN_NULLS] = (uint8) place++;
	if (descending)
		state->rank[TRL_KNN_NANS] = (uint8) place++;
	state->rank[TRL_KNN_ROWS] = (uint8) place++;
	if (!descending)
		state->rank[TRL_KNN_NANS] = (uint8) place++;
	if (!nulls_first)
		state->rank[TRL_KNN_NULLS] = (uint8) place++;
}

/* The kind of rows that is at hand. */
static TrlKnnPhase
current_phase(const TrlKnnState *state)
{
	int			phase;

	for (phase = 0; phase < TRL_KNN_END; phase++)
	{
		if (state->rank[phase] == state->place)
			return (TrlKnnPhase) phase;
	}
	return TRL_KNN_END;
}

/* Evaluates an expression of type bigint; "otherwise" for NULL. */
static double
evaluate_count(ExprState *expression, ExprContext *econtext, double otherwise)
{
	bool		isnull;
	Datum		value;

	if (expression == NULL)
		return otherwise;
	value = ExecEvalExprSwitchContext(expression, econtext, &isnull);
	return isnull ? otherwise : (double) Max(DatumGetInt64(value), 0);
}

static void
evaluate_wanted(TrlKnnState *state, ExprContext *econtext)
{
	double		limit = evaluate_count(state->limit[0], econtext, INFINITY);
	double		offset = evaluate_count(state->limit[1], econtext, 0);

	state->most = Max(work_mem * (Size) 1024 / (2 * sizeof(TrlKnnRow)),
					  FIRST_BATCH);
	state->wanted = FIRST_BATCH;
	if (state->limit[0] != NULL || trl_knn_flag(state, TRL_KNN_FLAG_ALL_ROWS))
		state->wanted = (uint64) Min(limit + offset, (double) state->most);

	/* rows that find no partner count for nothing */
	if (trl_knn_flag(state, TRL_KNN_FLAG_JOINED))
		state->wanted = Min(state->wanted * JOINED_ROWS, state->most);

	/* who orders by more reads on until the first key changes */
	if (trl_knn_flag(state, TRL_KNN_FLAG_MORE_KEYS) || state->wanted == 0)
		state->wanted++;
}

static void
evaluate_radius(TrlKnnState *state, ExprContext *econtext)
{
	ListCell   *bound;
	ListCell   *steps;

	state->radius = INFINITY;
	forboth(bound, state->bounds, steps, state->bound_steps)
	{
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(lfirst(bound), econtext,
													  &isnull);

		if (!isnull)
			state->radius = Min(state->radius,
								trl_knn_radius(lfirst(steps),
											   DatumGetFloat8(value)));
	}
}

/* Gives the value to the index scan. */
static void
open_scan(TrlKnnState *state)
{
	Relation	index = state->index;
	ScanKeyData key;

	if (state->scan == NULL)
	{
		EState	   *estate = state->css.ss.ps.state;
		MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

		state->scan = trl_index_beginscan(state->css.ss.ss_currentRelation, index,
										  estate->es_snapshot, 0, 1);
		MemoryContextSwitchTo(old);
	}
	ScanKeyEntryInitialize(&key,
						   SK_ORDER_BY | (state->query_isnull ? SK_ISNULL : 0),
						   1, 1, index->rd_opcintype[0],
						   state->distance->inputcollid,
						   get_opcode(state->distance->opno), state->query);
	index_rescan(state->scan, NULL, 0, &key, 1);
}

/* Begins the search, once it is known that there is anything to search for. */
static void
begin_search(TrlKnnState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	TrlIvfSearch *search = trl_ivf_topk_begin(state->scan, state->lane_share);

	if (state->lanes != NULL)
		search->filter = trl_knn_lanes_filter(state->lanes,
											  state->css.ss.ps.ps_ExprContext,
											  state->index);
	if (state->bitmap != NULL)
		trl_ivf_topk_confine(state->scan, state->bitmap->tids);
	state->searching = true;
	state->counters.searches++;
	MemoryContextSwitchTo(old);
}

static void
start_scan(TrlKnnState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext old;

	state->strategy = trl_guc_target_recall >= 1 ? TRL_KNN_TABLE : TRL_KNN_INDEX;
	evaluate_wanted(state, econtext);
	evaluate_radius(state, econtext);
	old = MemoryContextSwitchTo(state->context);
	state->query = ExecEvalExpr(state->value, econtext, &state->query_isnull);
	if (!state->query_isnull)
		state->query = PointerGetDatum(PG_DETOAST_DATUM_COPY(state->query));
	if (state->strategy == TRL_KNN_INDEX)
		open_scan(state);
	MemoryContextSwitchTo(old);
	state->started = true;
}

/* ---- rows from the index ---- */

/* Reads the version of a row that the snapshot sees, and tests it. */
static void
read_row(TrlKnnState *state)
{
	TrlKnnRow	row;

	CHECK_FOR_INTERRUPTS();
	if (!index_fetch_heap(state->scan, state->heap_slot))
		return;
	state->counters.fetched++;
	state->tested++;
	if (trl_knn_row_passes(state, &row))
		trl_knn_rows_keep(state, &row);
}

/* All rows of a bitmap that has few of them. */
static void
read_few(TrlKnnState *state)
{
	const TrlKnnBitmap *bitmap = state->bitmap;
	int			i;

	for (i = 0; i < bitmap->n_few; i++)
	{
		state->scan->xs_heaptid = bitmap->few[i];
		read_row(state);
	}

	/* a dead row is no reason to mark the lane that the search came to last */
	state->scan->kill_prior_tuple = false;
	state->complete = true;
}

/*
 * Runs the child.  If it names few rows, and none has gone out yet, they are
 * all there is to do, those without a distance included.
 */
static void
make_bitmap(TrlKnnState *state)
{
	Relation	heap = state->css.ss.ss_currentRelation;
	MemoryContext old = MemoryContextSwitchTo(state->context);
	double		few = 0;

	if (state->emitted == 0 && state->place == 0)
		few = Min(Max(heap->rd_rel->reltuples * FEW_SHARE, FEW_LEAST), FEW_MOST);
	state->bitmap = trl_knn_bitmap_run(linitial(state->css.custom_ps), heap,
									   (int) few);
	state->strategy = TRL_KNN_INDEX_BITMAP;

	/* what was read before says nothing of the bitmap's rows */
	state->tested = state->rejected = 0;
	if (few == 0)
		trl_ivf_topk_confine(state->scan, state->bitmap->tids);
	else
	{
		/* nothing has gone out: begin anew, with lanes that are in it only */
		state->best.n = state->spare.n = 0;
		state->has_next = false;
		if (state->searching)
		{
			trl_knn_count(state, &state->counters);
			state->searching = false;
			open_scan(state);
		}
	}
	MemoryContextSwitchTo(old);
	if (few > 0 && state->bitmap->few != NULL)
	{
		state->strategy = TRL_KNN_BITMAP;
		read_few(state);
	}
}

/*
 * Is it planned, or has the search turned out to read rows mostly for nothing?
 */
static bool
bitmap_is_due(const TrlKnnState *state)
{
	if (state->css.custom_ps == NIL || state->bitmap != NULL)
		return false;
	return trl_knn_flag(state, TRL_KNN_FLAG_BITMAP_FIRST) ||
		(double) state->rejected >
		REJECTED_LEAST + REJECTED_SHARE * state->bitmap_rows;
}

/* Probes more lists if the batch asks for them. */
static bool
widen(TrlKnnState *state, double farthest)
{
	double		passed = 1 - (double) state->rejected / (state->tested + 1);
	bool		first = trl_ivf_topk_counters(state->scan)->lists == 0 &&
	trl_knn_flag(state, TRL_KNN_FLAG_ORDERED) &&
	!trl_knn_flag(state, TRL_KNN_FLAG_ALL_ROWS);
	double		k = (double) (state->emitted + state->wanted);
	bool		widened;

	/*
	 * The nearest rows may fail more often than others: what the planner
	 * knows of all of them counts, too.
	 */
	if (state->rejected > 0 && state->bitmap == NULL)
		passed = Max(passed, Min(state->share / state->lane_share, 1));
	/* a range may be wide: begin where some of the nearest rows are */
	if (first && !isinf(state->radius))
		k = Min(k, FIRST_BATCH);
	if (state->radius < farthest && !first)
		widened = trl_ivf_topk_widen_range(state->scan, state->radius, passed);
	else
		widened = trl_ivf_topk_widen(state->scan, k, farthest, passed);
	if (!widened)
		return false;

	/* the row at hand has to wait for nearer ones */
	if (state->has_next)
		trl_ivf_topk_return(state->scan);
	state->has_next = false;
	state->counters.widened++;
	return true;
}

/* Is what the search hands out next beyond what the batch needs? */
static bool
is_beyond(const TrlKnnState *state, double farthest)
{
	double		range = state->radius + RANGE_SLACK * fabs(state->radius);

	if (!trl_ivf_topk_measures(state->scan))
		return !isinf(farthest);
	return state->has_next &&
		state->next_distance > (range < farthest ? range : farthest);
}

static void
read_index(TrlKnnState *state)
{
	for (;;)
	{
		double		farthest = INFINITY;

		if (bitmap_is_due(state))
		{
			make_bitmap(state);
			if (state->complete)
				return;
		}
		if (!state->searching)
			begin_search(state);
		if (state->best.n >= state->wanted)
			farthest = state->best.row[0].distance;
		if (!state->has_next && !is_beyond(state, farthest))
			state->has_next = trl_ivf_topk_next(state->scan,
												&state->next_distance);
		if (!state->has_next || is_beyond(state, farthest))
		{
			if (widen(state, farthest))
				continue;
			if (isinf(farthest))
			{
				/* no list is left, or none is within the range */
				state->complete = true;
				return;
			}
			if (is_beyond(state, farthest) || !state->has_next)
				return;
		}
		state->has_next = false;
		read_row(state);
	}
}

static void
read_tail(TrlKnnState *state, bool nulls)
{
	if (!state->searching)
		begin_search(state);

	/* they are all alike: the first will do */
	while (state->best.n < state->wanted && !state->complete)
	{
		state->complete = !trl_ivf_topk_tail(state->scan, nulls);
		if (!state->complete)
			read_row(state);
	}
	state->scan->kill_prior_tuple = false;
}

/* ---- rows from the table ---- */

/* The first rows that come after those of the batch before. */
static void
read_table(TrlKnnState *state)
{
	Relation	heap = state->css.ss.ss_currentRelation;
	TableScanDesc scan = table_beginscan(heap, state->css.ss.ps.state->es_snapshot,
										 0, NULL);
	TrlKnnRow	row;

	while (table_scan_getnextslot(scan, ForwardScanDirection, state->heap_slot))
	{
		CHECK_FOR_INTERRUPTS();
		state->counters.fetched++;
		if (trl_knn_row_passes(state, &row) &&
			(state->emitted == 0 ||
			 trl_knn_compare_rows(state, &row, &state->last) > 0))
			trl_knn_rows_keep(state, &row);
	}
	ExecClearTuple(state->heap_slot);
	table_endscan(scan);
	state->complete = state->best.n < state->wanted;
}

/* ---- batches ---- */

/* Reads the rows of one batch; the node is at a phase. */
static void
read_batch(TrlKnnState *state)
{
	if (state->strategy == TRL_KNN_TABLE)
		read_table(state);
	else if (current_phase(state) == TRL_KNN_ROWS)
		read_index(state);
	else
		read_tail(state, current_phase(state) == TRL_KNN_NULLS);
}

/* Goes on to the next kind of rows. */
static void
next_phase(TrlKnnState *state)
{
	/* all kinds were read together */
	state->place = state->strategy == TRL_KNN_TABLE ||
		state->strategy == TRL_KNN_BITMAP ? TRL_KNN_END : state->place + 1;

	/* a range has none */
	if (current_phase(state) == TRL_KNN_NULLS && !isinf(state->radius))
		state->place++;
	state->complete = false;
	state->has_next = false;
}

/* Puts the next rows in order; false at the end. */
static bool
next_batch(TrlKnnState *state)
{
	if (state->best.n > 0)
	{
		state->last = state->best.row[state->best.n - 1];
		state->wanted = Min(Max(state->wanted * 2, FIRST_BATCH), state->most);
	}
	trl_knn_rows_next_batch(state);
	for (;;)
	{
		if (current_phase(state) == TRL_KNN_END)
			return false;
		if (!state->complete)
			read_batch(state);
		if (state->best.n > 0)
			break;
		next_phase(state);
	}
	trl_knn_rows_sort(state);
	return true;
}

/* ---- callbacks ---- */

static TupleTableSlot *
next_slot(ScanState *node)
{
	TrlKnnState *state = (TrlKnnState *) node;

	if (!state->started)
		start_scan(state);
	if (state->next_out >= state->best.n && !next_batch(state))
		return ExecClearTuple(node->ss_ScanTupleSlot);
	return trl_knn_row_slot(state, &state->best.row[state->next_out++]);
}

/* Would the row that was locked, or changed meanwhile, pass, too? */
static bool
recheck(ScanState *node, TupleTableSlot *slot)
{
	TrlKnnState *state = (TrlKnnState *) node;
	ExprContext *econtext = node->ps.ps_ExprContext;

	econtext->ecxt_scantuple = slot;
	return ExecQual(state->qual, econtext);
}

static TupleTableSlot *
exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_slot, recheck);
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	TrlKnnState *state = (TrlKnnState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List	   *exprs = plan->custom_exprs;
	List	   *limit = list_nth(exprs, TRL_KNN_EXPR_LIMIT);
	List	   *shares = list_nth(plan->custom_private, TRL_KNN_PRIVATE_SHARES);
	List	   *lanes = list_nth(exprs, TRL_KNN_EXPR_LANES);
	ListCell   *cell;

	state->flags = list_nth(plan->custom_private, TRL_KNN_PRIVATE_FLAGS);
	state->index_id = linitial_oid(list_nth(plan->custom_private,
											TRL_KNN_PRIVATE_OIDS));
	state->lane_share = floatVal(linitial(shares));
	state->share = floatVal(lsecond(shares));
	state->bitmap_rows = floatVal(lthird(shares));
	state->bound_steps = list_nth(plan->custom_private, TRL_KNN_PRIVATE_STEPS);
	if (trl_knn_flag(state, TRL_KNN_FLAG_DISTANCE_TARGET))
		state->distance = (OpExpr *)
			llast_node(TargetEntry, plan->custom_scan_tlist)->expr;
	else
		state->distance = linitial(list_nth(exprs, TRL_KNN_EXPR_DISTANCE));
	init_ranks(state);
	if (plan->custom_plans != NIL)
		node->custom_ps =
			list_make1(ExecInitNode(linitial(plan->custom_plans), estate, eflags));
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	state->tells = !trl_knn_flag(state, TRL_KNN_FLAG_GOVERNED) &&
		check_enable_rls(RelationGetRelid(node->ss.ss_currentRelation),
						 InvalidOid, true) != RLS_ENABLED;
	state->index = index_open(state->index_id,
							  exec_rt_fetch(plan->scan.scanrelid, estate)->rellockmode);
	state->context = AllocSetContextCreate(estate->es_query_cxt, "trellis knn",
										   ALLOCSET_DEFAULT_SIZES);
	state->value = init_expression(state,
								   linitial(list_nth(exprs, TRL_KNN_EXPR_VALUE)));
	state->limit[0] = init_expression(state, linitial(limit));
	state->limit[1] = init_expression(state, lsecond(limit));
	foreach(cell, (List *) list_nth(exprs, TRL_KNN_EXPR_BOUNDS))
		state->bounds = lappend(state->bounds,
								init_expression(state, lfirst(cell)));
	if (lanes != NIL)
		state->lanes = trl_knn_lanes_init(&node->ss.ps, lanes,
										  list_nth(plan->custom_private,
												   TRL_KNN_PRIVATE_LEAVES));
	trl_knn_rows_init(state, estate);
}

static void
rescan(CustomScanState *node)
{
	TrlKnnState *state = (TrlKnnState *) node;
	ListCell   *cell;

	foreach(cell, node->custom_ps)
	{
		PlanState  *child = lfirst(cell);

		if (node->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(child, node->ss.ps.chgParam);
		if (child->chgParam == NULL)
			ExecReScan(child);
	}
	ExecClearTuple(state->heap_slot);
	if (state->started)
		trl_knn_count(state, &state->counters);
	MemoryContextReset(state->context);
	memset(&state->best, 0, sizeof(state->best));
	memset(&state->spare, 0, sizeof(state->spare));
	state->started = state->complete = state->has_next = false;
	state->searching = false;
	state->next_out = 0;
	state->place = 0;
	state->emitted = state->tested = state->rejected = 0;
	state->bitmap = NULL;
	ExecScanReScan(&node->ss);
}

static void
end(CustomScanState *node)
{
	TrlKnnState *state = (TrlKnnState *) node;

	if (state->scan != NULL)
		index_endscan(state->scan);
	if (state->index != NULL)
		index_close(state->index, NoLock);
	if (node->custom_ps != NIL)
		ExecEndNode(linitial(node->custom_ps));
}

static const CustomExecMethods exec_methods = {
	.CustomName = "TrellisKnn",
	.BeginCustomScan = begin,
	.ExecCustomScan = exec,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = trl_knn_explain
};

static Node *
create_state(CustomScan *plan)
{
	TrlKnnState *state = (TrlKnnState *) newNode(sizeof(TrlKnnState),
												 T_CustomScanState);

	(void) plan;
	state->css.methods = &exec_methods;
	return (Node *) state;
}

const		CustomScanMethods trl_knn_scan_methods = {
	.CustomName = "TrellisKnn",
	.CreateCustomScanState = create_state
};
