/*
 * inspect.h - opening an ivf index for the functions that look into it
 */
#ifndef TRL_INDEX_IVF_INSPECT_H
#define TRL_INDEX_IVF_INSPECT_H

#include "storage/lockdefs.h"
#include "utils/rel.h"

/*
 * Locks and opens the table and the ivf index.  Raises 42809 if it is none,
 * 42501 unless the caller owns the table or is a superuser, 0A000 for a
 * partitioned index and for another session's temporary one.
 */
extern void trl_ivf_open(Oid indexid, LOCKMODE mode, Relation *heap,
						 Relation *index);

#endif							/* TRL_INDEX_IVF_INSPECT_H */
