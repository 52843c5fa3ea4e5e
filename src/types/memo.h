/*
 * memo.h - remembers the result of a conversion whose input does not change
 *
 * A query vector that comes as text, JSON or an array is converted once in a
 * custom plan, where the planner folds it, but once per row in a generic
 * plan.  A conversion function that keeps its last result pays for a
 * comparison of bytes instead.
 */
#ifndef TRL_TYPES_MEMO_H
#define TRL_TYPES_MEMO_H

#include "fmgr.h"

/*
 * The result kept for this call's first argument, input, and its typmod, or
 * NULL.  The datum belongs to the function's memory: read only, as a
 * constant's is.
 */
extern struct varlena *trl_memo_find(FunctionCallInfo fcinfo,
									 const struct varlena *input,
									 int32 typmod);

/*
 * Keeps copies of input and result, if the first argument is a constant or a
 * parameter.  Returns result.
 */
extern struct varlena *trl_memo_keep(FunctionCallInfo fcinfo,
									 const struct varlena *input,
									 int32 typmod, struct varlena *result);

#endif							/* TRL_TYPES_MEMO_H */
