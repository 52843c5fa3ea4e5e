/*
 * lane_filter.h - functions that an index may ask of stored numbers
 *
 * A room that has a function of one int4 argument registers what answers for
 * many arguments at once.  A search that finds the function among the quals of
 * a table, over a column that its index keeps beside the vectors, asks it
 * before it reads a row.  The function itself is asked again of each row that
 * is returned, so that an answer here may be true in doubt, never false.
 */
#ifndef TRL_CORE_LANE_FILTER_H
#define TRL_CORE_LANE_FILTER_H

#include "fmgr.h"

#define TRL_LANE_VALUES 32

typedef struct TrlLaneFunction
{
	PGFunction	function;		/* behind the SQL function */

	/*
	 * Called once per scan; what it allocates in the current context is
	 * passed to the test.  May read catalogues.
	 */
	void	   *(*begin) (void);

	/*
	 * Of 32 values those, as bits, that the function is true for; only those
	 * asked for are looked at.  Called with buffers locked: reads nothing,
	 * raises nothing but for want of memory.
	 */
	uint32		(*test) (void *state, const int32 *values, uint32 asked);
} TrlLaneFunction;

/* Remembers it; the struct must last.  From a room's init function. */
extern void trl_register_lane_function(const TrlLaneFunction *function);

/* The one behind a SQL function, or NULL. */
extern const TrlLaneFunction *trl_find_lane_function(Oid funcid);

#endif							/* TRL_CORE_LANE_FILTER_H */
