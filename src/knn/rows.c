/*
 * rows.c - rows of the knn node: tested, measured, in order
 *
 * Does: evaluate quals and the distance for a row that has been read; keep
 * the first of those that pass; read them again when they go out.  A row that
 * waits is a TID and a distance, so that a batch takes 32 bytes a row whatever
 * the rows are.
 *
 * Locks: none of its own.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "access/tableam.h"
#include "executor/executor.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "knn/knn.h"

/* ---- reading ---- */

/* The targets with NULL for the distance, which is put there afterwards. */
static List *
without_distance(List *targets)
{
	List	   *copy = list_copy(targets);
	TargetEntry *last = copyObject(llast_node(TargetEntry, copy));

	last->expr = (Expr *) makeNullConst(FLOAT8OID, -1, InvalidOid);
	llast(copy) = last;
	return copy;
}

/* The function of the distance, and where its arguments go. */
static void
init_function(TrlKnnState *state)
{
	OpExpr	   *distance = state->distance;

	fmgr_info(get_opcode(distance->opno), &state->function);
	fmgr_info_set_expr((Node *) distance, &state->function);
	state->call = palloc0(SizeForFunctionCallInfo(2));
	InitFunctionCallInfoData(*state->call, &state->function, 2,
							 distance->inputcollid, NULL, NULL);
}

void
trl_knn_rows_init(TrlKnnState *state, EState *estate)
{
	ScanState  *ss = &state->css.ss;
	CustomScan *plan = (CustomScan *) ss->ps.plan;
	bool		fixed = ss->ps.scanopsfixed;
	int			column_arg = list_nth_int(state->flags, TRL_KNN_FLAG_COLUMN_ARG);

	state->heap_slot = table_slot_create(ss->ss_currentRelation,
										 &estate->es_tupleTable);
	state->row_context = CreateExprContext(estate);

	/* what is evaluated here sees rows of the table, not of the plan */
	ss->ps.scanopsfixed = false;
	ss->ps.scanopsset = true;
	if (trl_knn_flag(state, TRL_KNN_FLAG_DISTANCE_TARGET))
	{
		state->project =
			ExecBuildProjectionInfo(without_distance(plan->custom_scan_tlist),
									state->row_context, ss->ss_ScanTupleSlot,
									&ss->ps, NULL);
		state->column = ExecInitExpr(list_nth(state->distance->args, column_arg),
									 &ss->ps);
		ss->ps.scanopsfixed = fixed;
		state->qual = ss->ps.qual;
	}
	else
	{
		state->column = ExecInitExpr(list_nth(state->distance->args, column_arg),
									 &ss->ps);
		state->qual = ExecInitQual(plan->scan.plan.qual, &ss->ps);
		ss->ss_ScanTupleSlot = state->heap_slot;
		ExecAssignScanProjectionInfoWithVarno(ss, plan->scan.scanrelid);
	}

	/* evaluated here, before rows are counted */
	ss->ps.qual = NULL;
	init_function(state);
}

/* The distance of the row in heap_slot, in the row's memory. */
static double
measure(TrlKnnState *state, bool *isnull)
{
	int			column_arg = list_nth_int(state->flags, TRL_KNN_FLAG_COLUMN_ARG);
	ExprContext *econtext = state->row_context;
	FunctionCallInfo call = state->call;
	MemoryContext old;
	Datum		result;

	econtext->ecxt_scantuple = state->heap_slot;
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	call->args[column_arg].value =
		ExecEvalExpr(state->column, econtext, &call->args[column_arg].isnull);
	call->args[1 - column_arg].value = state->query;
	call->args[1 - column_arg].isnull = state->query_isnull;
	call->isnull = call->args[0].isnull || call->args[1].isnull;
	result = call->isnull ? (Datum) 0 : FunctionCallInvoke(call);
	MemoryContextSwitchTo(old);
	*isnull = call->isnull;
	return call->isnull ? 0 : DatumGetFloat8(result);
}

/* Puts the distance at its place in the plan's rows. */
static void
put_distance(TrlKnnState *state, double distance, bool isnull)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	int			last = slot->tts_tupleDescriptor->natts - 1;

#ifndef USE_FLOAT8_BYVAL
#error "trellis needs a server that passes float8 by value"
#endif
	slot->tts_values[last] = Float8GetDatum(distance);
	slot->tts_isnull[last] = isnull;
}

bool
trl_knn_row_passes(TrlKnnState *state, TrlKnnRow *row)
{
	ExprContext *econtext = state->row_context;
	bool		measured = false;

	ResetExprContext(econtext);
	econtext->ecxt_scantuple = state->heap_slot;
	if (state->project != NULL)
	{
		(void) ExecProject(state->project);
		if (trl_knn_flag(state, TRL_KNN_FLAG_DISTANCE_IN_QUALS))
		{
			row->distance = measure(state, &row->isnull);
			put_distance(state, row->distance, row->isnull);
			measured = true;
		}
		econtext->ecxt_scantuple = state->css.ss.ss_ScanTupleSlot;
	}
	if (!ExecQual(state->qual, econtext))
	{
		if (state->tells)
			InstrCountFiltered1(&state->css.ss, 1);
		state->rejected++;
		return false;
	}
	if (!measured)
		row->distance = measure(state, &row->isnull);
	row->tid = state->heap_slot->tts_tid;
	return true;
}

TupleTableSlot *
trl_knn_row_slot(TrlKnnState *state, const TrlKnnRow *row)
{
	ItemPointerData tid = row->tid;

	/* the snapshot that saw it before sees it still */
	if (!table_tuple_fetch_row_version(state->css.ss.ss_currentRelation, &tid,
									   state->css.ss.ps.state->es_snapshot,
									   state->heap_slot))
		elog(ERROR, "row (%u,%u) of \"%s\" has gone",
			 ItemPointerGetBlockNumber(&row->tid),
			 ItemPointerGetOffsetNumber(&row->tid),
			 RelationGetRelationName(state->css.ss.ss_currentRelation));
	if (state->project == NULL)
		return state->heap_slot;
	ResetExprContext(state->row_context);
	state->row_context->ecxt_scantuple = state->heap_slot;
	(void) ExecProject(state->project);
	put_distance(state, row->distance, row->isnull);

	/* for WHERE CURRENT OF */
	state->css.ss.ss_ScanTupleSlot->tts_tid = state->heap_slot->tts_tid;
	return state->css.ss.ss_ScanTupleSlot;
}

/* ---- order ---- */

/* What kind of row it is, as the place of its kind in the order. */
static inline int
rank_of(const TrlKnnState *state, const TrlKnnRow *row)
{
	if (row->isnull)
		return state->rank[TRL_KNN_NULLS];
	return state->rank[isnan(row->distance) ? TRL_KNN_NANS : TRL_KNN_ROWS];
}

int
trl_knn_compare_rows(const TrlKnnState *state, const TrlKnnRow *a,
					 const TrlKnnRow *b)
{
	int			rank_a = rank_of(state, a);
	int			rank_b = rank_of(state, b);

	if (rank_a != rank_b)
		return rank_a - rank_b;
	if (rank_a == state->rank[TRL_KNN_ROWS] && a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	return ItemPointerCompare(unconstify(ItemPointerData *, &a->tid),
							  unconstify(ItemPointerData *, &b->tid));
}

static void
add_row(TrlKnnState *state, TrlKnnRows *rows, const TrlKnnRow *row)
{
	if (rows->n == rows->room)
	{
		Size		room = Max((Size) rows->room * 2, 32);

		if (rows->row == NULL)
			rows->row = MemoryContextAlloc(state->context,
										   sizeof(TrlKnnRow) * room);
		else
			rows->row = repalloc_huge(rows->row, sizeof(TrlKnnRow) * room);
		rows->room = (uint32) room;
	}
	rows->row[rows->n++] = *row;
}

/* Moves the row at i of a heap down to its place. */
static void
sift_down(const TrlKnnState *state, TrlKnnRows *heap, uint32 i)
{
	TrlKnnRow	moving = heap->row[i];

	for (;;)
	{
		uint32		child = 2 * i + 1;

		if (child >= heap->n)
			break;
		if (child + 1 < heap->n &&
			trl_knn_compare_rows(state, &heap->row[child + 1], &heap->row[child]) > 0)
			child++;
		if (trl_knn_compare_rows(state, &heap->row[child], &moving) <= 0)
			break;
		heap->row[i] = heap->row[child];
		i = child;
	}
	heap->row[i] = moving;
}

static void
sift_up(const TrlKnnState *state, TrlKnnRows *heap, uint32 i)
{
	TrlKnnRow	moving = heap->row[i];

	while (i > 0 &&
		   trl_knn_compare_rows(state, &heap->row[(i - 1) / 2], &moving) < 0)
	{
		heap->row[i] = heap->row[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->row[i] = moving;
}

void
trl_knn_rows_keep(TrlKnnState *state, const TrlKnnRow *row)
{
	TrlKnnRows *best = &state->best;

	if (best->n < state->wanted)
	{
		add_row(state, best, row);
		sift_up(state, best, best->n - 1);
		return;
	}
	if (trl_knn_compare_rows(state, row, &best->row[0]) >= 0)
	{
		/* a table is read once more for them */
		if (state->strategy != TRL_KNN_TABLE)
			add_row(state, &state->spare, row);
		return;
	}
	if (state->strategy != TRL_KNN_TABLE)
		add_row(state, &state->spare, &best->row[0]);
	best->row[0] = *row;
	sift_down(state, best, 0);
}

static int
compare_for_sort(const void *a, const void *b, void *state)
{
	return trl_knn_compare_rows(state, a, b);
}

void
trl_knn_rows_sort(TrlKnnState *state)
{
	qsort_arg(state->best.row, state->best.n, sizeof(TrlKnnRow),
			  compare_for_sort, state);
	state->next_out = 0;
}

void
trl_knn_rows_next_batch(TrlKnnState *state)
{
	TrlKnnRows	left = state->spare;
	uint32		i;

	state->emitted += state->best.n;
	state->best.n = state->next_out = 0;
	memset(&state->spare, 0, sizeof(state->spare));
	for (i = 0; i < left.n; i++)
		trl_knn_rows_keep(state, &left.row[i]);
	if (left.row != NULL)
		pfree(left.row);
}
