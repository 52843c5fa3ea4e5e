/*
 * knn.h - what the files of the knn node share
 *
 * The node answers ORDER BY column <operator> value LIMIT k, under any quals,
 * from an ivf index.  See the room's README for how.
 */
#ifndef TRL_KNN_KNN_H
#define TRL_KNN_KNN_H

#include "access/relscan.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "utils/relcache.h"

#include "core/lane_filter.h"
#include "index/ivf/topk.h"

/* Once, when the library is loaded: registers the node, installs the hook. */
extern void trl_knn_init(void);

/* ---- match.c: expressions that order as a distance does ---- */

/* A distance in an expression that rises, or falls, with it. */
typedef struct TrlKnnMatch
{
	OpExpr	   *distance;		/* column <operator> value, or commuted */
	int			column_arg;		/* which of its arguments is the column's */
	bool		falling;
	List	   *steps;			/* TrlKnnStep and constant by turns, from the
								 * distance outwards */
} TrlKnnMatch;

/* What is done to a value x, with a constant c; the numbers are in plans. */
typedef enum TrlKnnStep
{
	TRL_KNN_ADD = 1,			/* x + c */
	TRL_KNN_SUBTRACT,			/* x - c */
	TRL_KNN_SUBTRACT_FROM,		/* c - x */
	TRL_KNN_MULTIPLY,			/* x * c */
	TRL_KNN_DIVIDE,				/* x / c */
	TRL_KNN_DIVIDE_BY,			/* c / x, where x > 0 and c > 0 */
	TRL_KNN_NEGATE,				/* - x */
	TRL_KNN_CONVERT				/* to another type, which may round */
} TrlKnnStep;

/* Does the expression order as a distance that the index searches by? */
extern bool trl_knn_match(PlannerInfo *root, IndexOptInfo *index,
						  Node *expression, TrlKnnMatch *match);

/* ---- range.c: quals that say how far rows may be ---- */

/*
 * A clause that bounds a distance from above: the bound's expression, and in
 * match what its other side is.
 */
extern bool trl_knn_match_range(PlannerInfo *root, IndexOptInfo *index,
								Expr *clause, TrlKnnMatch *match,
								Expr **bound);

/*
 * The distance beyond which the clause cannot hold, or a little more, for the
 * bound's value; INFINITY if there is none.
 */
extern double trl_knn_radius(const List *steps, double bound);

/* ---- lanes.c: quals that filter columns of the index decide ---- */

/*
 * What of a clause the index's filter columns can decide, with a list of int
 * lists that says how for each leaf; NULL if nothing.  Where the result is
 * false or NULL, so is the clause.
 */
extern Expr *trl_knn_lane_clause(PlannerInfo *root, IndexOptInfo *index,
								 Expr *clause, List **leaves);

/* The same in a running plan. */
typedef struct TrlKnnLanes TrlKnnLanes;

extern TrlKnnLanes *trl_knn_lanes_init(PlanState *parent, List *clauses,
									   List *leaves);

/* Evaluates the leaves' values; the filter is in the current context. */
extern TrlLaneFilter *trl_knn_lanes_filter(TrlKnnLanes *lanes,
										   ExprContext *econtext,
										   Relation index);

/* ---- bitmap.c: TIDs from other indexes ---- */

/*
 * The best bitmap path for the table's quals, or NULL; its bitmapqual's
 * selectivity and costs are those of the indexes alone.
 */
extern BitmapHeapPath *trl_knn_bitmap_path(PlannerInfo *root,
										   RelOptInfo *rel);

/* What a bitmap's child of the node says. */
typedef struct TrlKnnBitmap
{
	TrlIvfTids *tids;
	ItemPointerData *few;		/* all of them, or NULL if they are many */
	int			n_few;
	double		rows;			/* about how many they are */
} TrlKnnBitmap;

/*
 * Runs the child.  No more than "few" exact TIDs are listed as well.  In the
 * current context.
 */
extern TrlKnnBitmap *trl_knn_bitmap_run(PlanState *child, Relation heap,
										int few);

/* What a TID costs on its way through a bitmap, in cpu_operator_cost. */
#define TRL_KNN_BITMAP_COST 16.0

/* ---- path.c, plan.c: from paths to plans ---- */

/* What the path carries; in CustomPath.custom_private as one pointer. */
typedef struct TrlKnnPath
{
	IndexOptInfo *index;
	PathKey    *pathkey;		/* NULL: a range without an order */
	Node	   *order;			/* its expression */
	TrlKnnMatch match;
	bool		descending;
	bool		nulls_first;
	bool		more_keys;		/* the query orders by more than that */
	bool		all_rows;		/* the query wants all rows */
	bool		joined;			/* to other tables, which may drop rows */
	List	   *bounds;			/* of ranges */
	List	   *bound_steps;
	List	   *lane_clauses;
	List	   *lane_leaves;
	double		lane_share;		/* of rows that pass the lanes */
	double		share;			/* of rows that pass everything */
	bool		has_bitmap;		/* has a child that makes a bitmap */
	bool		bitmap_first;	/* it is run at once */
	double		bitmap_rows;
} TrlKnnPath;

extern Plan *trl_knn_plan(PlannerInfo *root, RelOptInfo *rel,
						  CustomPath *best, List *tlist, List *clauses,
						  List *custom_plans);

/* Members of CustomScan.custom_exprs, each a list. */
enum
{
	TRL_KNN_EXPR_VALUE,			/* what rows are compared with */
	TRL_KNN_EXPR_DISTANCE,		/* the distance, if it is not in
								 * custom_scan_tlist */
	TRL_KNN_EXPR_ORDER,			/* for EXPLAIN */
	TRL_KNN_EXPR_LIMIT,			/* LIMIT and OFFSET, or NULL */
	TRL_KNN_EXPR_BOUNDS,
	TRL_KNN_EXPR_LANES
};

/* Members of CustomScan.custom_private. */
enum
{
	TRL_KNN_PRIVATE_OIDS,		/* the index */
	TRL_KNN_PRIVATE_FLAGS,		/* TrlKnnFlag */
	TRL_KNN_PRIVATE_SHARES,		/* Float: lane_share, share, bitmap_rows */
	TRL_KNN_PRIVATE_STEPS,
	TRL_KNN_PRIVATE_LEAVES
};

/* Places of TRL_KNN_PRIVATE_FLAGS. */
enum
{
	TRL_KNN_FLAG_COLUMN_ARG,
	TRL_KNN_FLAG_ORDERED,
	TRL_KNN_FLAG_DESCENDING,
	TRL_KNN_FLAG_NULLS_FIRST,
	TRL_KNN_FLAG_MORE_KEYS,
	TRL_KNN_FLAG_DISTANCE_TARGET,	/* the distance is the last of
									 * custom_scan_tlist */
	TRL_KNN_FLAG_DISTANCE_IN_QUALS,
	TRL_KNN_FLAG_BITMAP_FIRST,
	TRL_KNN_FLAG_ALL_ROWS,
	TRL_KNN_FLAG_JOINED,
	TRL_KNN_FLAG_GOVERNED,		/* policies apply to the query */
	TRL_KNN_FLAGS
};

/* ---- cost.c ---- */

typedef struct TrlKnnCost
{
	Cost		startup;		/* until the first k rows are known */
	Cost		total;
} TrlKnnCost;

/*
 * What a search costs that is to find k rows, with the path's lanes and
 * bitmap; bitmap_cost is that of the indexes.
 */
extern TrlKnnCost trl_knn_cost(PlannerInfo *root, RelOptInfo *rel,
							   const TrlKnnPath *path, double k,
							   Cost bitmap_cost);

/* ---- exec.c ---- */

extern const CustomScanMethods trl_knn_scan_methods;

/* How the rows were found, for EXPLAIN. */
typedef enum TrlKnnStrategy
{
	TRL_KNN_NOT_RUN,
	TRL_KNN_INDEX,				/* from the index */
	TRL_KNN_INDEX_BITMAP,		/* the same, confined to a bitmap */
	TRL_KNN_BITMAP,				/* all rows of a bitmap were measured */
	TRL_KNN_TABLE				/* all rows of the table */
} TrlKnnStrategy;

/* A row that has passed the quals. */
typedef struct TrlKnnRow
{
	double		distance;		/* NaN behind all others */
	bool		isnull;
	ItemPointerData tid;		/* of the version */
} TrlKnnRow;

typedef struct TrlKnnRows
{
	TrlKnnRow  *row;
	uint32		n;
	uint32		room;
} TrlKnnRows;

/* Where the node is. */
typedef enum TrlKnnPhase
{
	TRL_KNN_ROWS,
	TRL_KNN_NANS,				/* rows without a distance */
	TRL_KNN_NULLS,				/* rows without a value */
	TRL_KNN_END
} TrlKnnPhase;

/* What was done, for EXPLAIN. */
typedef struct TrlKnnCounters
{
	TrlIvfCounters search;
	uint64		lists_in_use;	/* of the last search */
	uint64		searches;
	uint64		fetched;		/* versions of rows that were tested */
	uint64		widened;		/* times that more lists were probed */
} TrlKnnCounters;

typedef struct TrlKnnState
{
	CustomScanState css;		/* first */

	/* of the plan */
	Oid			index_id;
	List	   *flags;
	double		lane_share;
	double		share;
	double		bitmap_rows;
	List	   *bound_steps;
	OpExpr	   *distance;
	uint8		rank[TRL_KNN_END];	/* of the phases in the order */

	/* made once */
	Relation	index;
	ExprState  *value;			/* rows are compared with it */
	ExprState  *column;			/* of a row in heap_slot */
	ExprState  *qual;
	ExprState  *limit[2];		/* LIMIT and OFFSET, or NULL */
	List	   *bounds;			/* ExprState */
	TrlKnnLanes *lanes;
	ProjectionInfo *project;	/* from heap_slot; NULL: rows are as they are */
	TupleTableSlot *heap_slot;
	ExprContext *row_context;
	FmgrInfo	function;
	FunctionCallInfo call;
	MemoryContext context;		/* of one scan */
	IndexScanDesc scan;

	/* of one scan */
	bool		tells;			/* what quals do may be told: no policy */
	bool		started;
	bool		searching;		/* the index search has begun */
	Datum		query;			/* what rows are compared with */
	bool		query_isnull;
	double		radius;			/* no row beyond it passes */
	int			place;			/* of the phase, among ranks */
	uint64		wanted;			/* rows of the batch */
	uint64		most;			/* that there is memory for */
	TrlKnnRows	best;			/* a heap, the last in front; then in order */
	TrlKnnRows	spare;			/* others that passed */
	bool		complete;		/* all rows of the phase have been read */
	bool		has_next;		/* a candidate in scan->xs_heaptid */
	double		next_distance;
	uint32		next_out;		/* of best */
	uint64		emitted;		/* in batches before */
	uint64		tested;			/* rows of the index */
	uint64		rejected;		/* of them, or of the table: did not pass */
	TrlKnnBitmap *bitmap;
	TrlKnnRow	last;			/* of the batch before, if the table is read */

	TrlKnnStrategy strategy;
	TrlKnnCounters counters;	/* of the scans before this one */
} TrlKnnState;

static inline bool
trl_knn_flag(const TrlKnnState *state, int flag)
{
	return list_nth_int(state->flags, flag) != 0;
}

/* ---- rows.c: rows, tested, measured, in order ---- */

/* Makes what reads and tests rows. */
extern void trl_knn_rows_init(TrlKnnState *state, EState *estate);

/*
 * Tests the row in heap_slot by the quals, in the order of their security
 * levels, and measures it; false if it does not pass.
 */
extern bool trl_knn_row_passes(TrlKnnState *state, TrlKnnRow *row);

/* The slot with a row that passed, read again. */
extern TupleTableSlot *trl_knn_row_slot(TrlKnnState *state,
										const TrlKnnRow *row);

/* The order of the node's rows; of equal ones, that of their TIDs. */
extern int	trl_knn_compare_rows(const TrlKnnState *state, const TrlKnnRow *a,
								 const TrlKnnRow *b);

/* Keeps the first "wanted" rows in best, and the others in spare. */
extern void trl_knn_rows_keep(TrlKnnState *state, const TrlKnnRow *row);

/* Puts best in order. */
extern void trl_knn_rows_sort(TrlKnnState *state);

/* Begins another batch: what was left over may be among its best. */
extern void trl_knn_rows_next_batch(TrlKnnState *state);

/* ---- explain.c ---- */

extern void trl_knn_explain(CustomScanState *node, List *ancestors,
							struct ExplainState *es);

/* Adds what the running search has done to counters. */
extern void trl_knn_count(const TrlKnnState *state, TrlKnnCounters *counters);

#endif							/* TRL_KNN_KNN_H */
