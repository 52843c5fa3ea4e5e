/*
 * filter.h - filter columns of an ivf index: values on lanes, and tests of them
 *
 * The columns of an index behind the first are filter columns.  Of each value
 * a lane holds a number of fixed width (TrlIvfFilterKind): itself, a hash, or
 * a set of 64 bits.  A test on lanes lets pass every row that it should; where
 * more than a number itself was to be tested, some others too, so that whoever
 * uses it asks the row's own values again.
 *
 * Filter columns are numbered from 0: column 0 is the index's second.
 */
#ifndef TRL_INDEX_IVF_FILTER_H
#define TRL_INDEX_IVF_FILTER_H

#include "index/ivf/ivf.h"

typedef enum TrlLaneOp
{
	TRL_LANE_AND, TRL_LANE_OR,	/* of children */
	TRL_LANE_RANGE,				/* low <= x <= high; never for NULL */
	TRL_LANE_ANY,				/* x is one of n values, which ascend; never
								 * for NULL */
	TRL_LANE_NULL, TRL_LANE_NOT_NULL,
	TRL_LANE_OVERLAP, TRL_LANE_CONTAINS,	/* of a signature: bits */
	TRL_LANE_TEST,				/* a function decides; never for NULL */
	TRL_LANE_NONE, TRL_LANE_ALL /* constant */
} TrlLaneOp;

/* A test, or several as a tree.  Made in the current context, never changed. */
typedef struct TrlLaneFilter
{
	TrlLaneOp	op;
	int			column;			/* 0-based place among filter columns */
	int64		low;			/* RANGE */
	int64		high;
	int			n;				/* ANY */
	int64	   *values;
	uint64		bits;			/* OVERLAP, CONTAINS */

	/*
	 * TEST: of 32 int4 values the lanes (bits) to be tested; returns those
	 * that pass.  For columns of four bytes.
	 */
	uint32		(*test) (void *arg, const int32 *x, uint32 lanes);
	void	   *arg;
	int			n_children;
	struct TrlLaneFilter **children;

	/* private: values in four bytes, for columns that have so many; or NULL */
	int32	   *small_values;
} TrlLaneFilter;

/* Strategies of the filter operator classes. */
#define TRL_FILTER_LESS 1
#define TRL_FILTER_LESS_EQUAL 2
#define TRL_FILTER_EQUAL 3
#define TRL_FILTER_GREATER_EQUAL 4
#define TRL_FILTER_GREATER 5
#define TRL_FILTER_OVERLAP 6	/* && */
#define TRL_FILTER_CONTAINS 7	/* @> */
#define TRL_FILTER_CONTAINED 8	/* <@ */

/* ---- filter.c: columns and values ---- */

/* What is stored of an operator class's type; 0 if it can be no filter. */
extern int	trl_ivf_filter_kind(Oid type);

/*
 * Fills the filter columns of a new index's metapage.  Raises 0A000 if a
 * column is of another sort of class, or of a collation that calls different
 * strings equal.
 */
extern void trl_ivf_filter_columns(TrlIvfMeta *meta, Relation index);

/*
 * What a lane holds of a row, whose index columns are given, the vector first:
 * meta->filter_bytes bytes, numbers first, then NULLs' bits.  Detoasts in the
 * current context.
 */
extern void trl_ivf_filter_form(const TrlIvfMeta *meta, const Datum *values,
								const bool *isnull, uint8 *out);

/* Puts such bytes into a lane; takes them out. */
extern void trl_ivf_filter_put(const TrlIvfMeta *meta, const TrlIvfRuns *runs,
							   int lane, const uint8 *bytes);
extern void trl_ivf_filter_get(const TrlIvfMeta *meta, const TrlIvfRuns *runs,
							   int lane, uint8 *bytes);

/*
 * The stored number of a value that is not NULL: itself, extended; its hash,
 * as an int4; its set of bits.  The kind is that of the value's own type.
 */
extern int64 trl_ivf_filter_number(int kind, int width, Datum value);

/* ---- filter_leaf.c: from operators to tests ---- */

/*
 * A leaf for "column strategy value", value of type subtype, the operator's
 * right type (or what stands for it: InvalidOid is the class's own), or with
 * any "column op ANY (array value)".  A NULL value gives TRL_LANE_NONE; what
 * cannot be decided on lanes gives TRL_LANE_ALL.
 *
 * The operator must be of the index column's operator family and compare by a
 * deterministic collation.  In the current context.
 */
extern TrlLaneFilter *trl_ivf_filter_leaf(const TrlIvfMeta *meta,
										  Relation index, int column,
										  int strategy, Oid subtype,
										  Datum value, bool isnull, bool any);

/* A node of an operation, all else 0, for who builds trees. */
extern TrlLaneFilter *trl_ivf_filter_node(TrlLaneOp op, int column);

/*
 * All of n filters, which are modified no more; constants are left out, and
 * one that lets nothing pass is all that is left.
 */
extern TrlLaneFilter *trl_ivf_filter_and(TrlLaneFilter **filters, int n);

/* ---- filter_lanes.c: tests of lanes ---- */

/* The lanes of block, among "lanes", that may pass. */
extern uint32 trl_ivf_filter_lanes(const TrlIvfMeta *meta,
								   const TrlIvfRuns *runs, int block,
								   const TrlLaneFilter *filter, uint32 lanes);

#endif							/* TRL_INDEX_IVF_FILTER_H */
