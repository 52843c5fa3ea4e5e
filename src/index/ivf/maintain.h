/*
 * maintain.h - keeps the lists of an ivf index as they should be while it lives
 */
#ifndef TRL_INDEX_IVF_MAINTAIN_H
#define TRL_INDEX_IVF_MAINTAIN_H

#include "index/ivf/cache.h"
#include "index/ivf/rows.h"

/*
 * The lock that whoever moves rows between lists holds exclusively, and
 * vacuum, which must not miss one that moves, shared: a heavyweight lock on
 * the metapage's number.
 */
#define TRL_IVF_MOVE_LOCK TRL_IVF_META_BLOCK

/* Rows that a list should have, at least. */
#define TRL_IVF_LEAST_ROWS 64

/* Rows that a list should have, now. */
extern double trl_ivf_target_rows(Relation index, const TrlIvfMeta *meta);

/*
 * Splits a list that has more than twice the rows that it should, if nobody
 * else is moving rows.  No buffer may be locked.
 */
extern void trl_ivf_maybe_split(Relation index, uint32 list, uint32 units);

/*
 * Waits for whoever moves rows; if a list is still frozen then, it was left so
 * by a crash, and is thawed.
 */
extern void trl_ivf_wait_or_thaw(Relation index, uint32 list,
								 uint32 generation);

/*
 * For vacuum, after its pass: splits and empties lists, frees what is retired,
 * calibrates anew where the index has changed much.
 */
extern void trl_ivf_maintain(Relation index, BufferAccessStrategy strategy,
							 double rows);

/*
 * moved.c: drops those of a list's rows that are in other lists too.
 */
extern void trl_ivf_drop_moved(Relation index, const TrlIvfCache *cache,
							   uint32 list, TrlIvfRows *rows);

#endif							/* TRL_INDEX_IVF_MAINTAIN_H */
