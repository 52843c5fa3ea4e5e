/*
 * insert.h - puts a row into an ivf index
 */
#ifndef TRL_INDEX_IVF_INSERT_H
#define TRL_INDEX_IVF_INSERT_H

#include "index/ivf/ivf.h"

/*
 * Inserts a rotated vector, dims_padded floats, with its filter columns as
 * trl_ivf_filter_form() makes them, into its nearest list but one (or -1).  No buffer may be locked; allocates in the current context.
 * Does not split.  Returns the list, and in *units, if it has grown by a
 * unit, its units, else 0.
 */
extern uint32 trl_ivf_insert_rotated(Relation index, const float *vector,
									 const uint8 *filters,
									 ItemPointer heap, int64 but,
									 uint32 *units);

#endif							/* TRL_INDEX_IVF_INSERT_H */
