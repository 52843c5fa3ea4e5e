/*
 * around.h - the edges of given nodes, some nodes at a time
 *
 * For functions that look one hop far: what a chunk of nodes needs is
 * forgotten before the next one, so that memory does not grow with the number
 * of nodes asked for.
 */
#ifndef TRL_KG_AROUND_H
#define TRL_KG_AROUND_H

#include "kg/engine/call.h"

/* Nodes of a chunk. */
#define TRL_AROUND_NODES 1000

typedef struct TrlAround
{
	TrlCall    *call;
	TrlHop	   *hop;
	TrlKey	   *ids;			/* distinct, in the order given */
	uint32		n_ids;
	uint32		next;			/* the first id of the next chunk */

	/* the chunk */
	MemoryContext cxt;
	TrlNodeSet	nodes;
	uint32		n_visible;
	uint32		visible[TRL_AROUND_NODES];	/* numbers below that, ascending:
											 * in the order given */
} TrlAround;

/* For the ids of an array argument; max_fanout as for trl_hop_create(). */
extern TrlAround *trl_around_create(TrlCall *call, FunctionCallInfo fcinfo,
									int ids_arg, int max_fanout);

/*
 * Loads the next chunk and forgets the last one; false if there is none.
 * Where nodes are known, those that are hidden or missing are left out.
 */
extern bool trl_around_next(TrlAround *around);

/* Hands the sink the edges of the chunk's visible nodes, self-loops too. */
extern void trl_around_run(TrlAround *around, TrlDirection direction,
						   TrlEdgeSink sink, void *state);

#endif							/* TRL_KG_AROUND_H */
