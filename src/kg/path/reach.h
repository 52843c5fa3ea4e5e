/*
 * reach.h - one end of a search by sum of weights
 *
 * Labels say the best way known to each node; nodes whose label has changed
 * wait in a heap, nearest first.  dijkstra.c joins two of them,
 * distances.c uses one.
 */
#ifndef TRL_KG_REACH_H
#define TRL_KG_REACH_H

#include "kg/path/path.h"

/* The best way known to a node; parallel to the reach's node set. */
typedef struct TrlLabel
{
	TrlStep		step;
	float8		distance;
	float8		batch_distance; /* as of the start of its batch */
	uint32		parent;			/* node, TRL_NONE at the end it starts from */
	int32		edges;			/* -1: not reached */
	int32		batch_edges;
} TrlLabel;

/* A node that waits; stale if its label is better by now. */
typedef struct TrlWaiting
{
	float8		distance;
	int32		edges;
	uint32		node;
} TrlWaiting;

typedef struct TrlReach TrlReach;

/* Told of a node whose label has got a shorter distance or fewer edges. */
typedef void (*TrlReachFunction) (TrlReach *reach, uint32 node);

struct TrlReach
{
	const TrlSearch *task;
	TrlDirection direction;
	TrlReachFunction nearer;	/* NULL for none */
	void	   *owner;			/* for it */
	MemoryContext cxt;
	TrlNodeSet	nodes;
	TrlHop	   *hop;
	TrlLabel   *labels;
	uint32		n_labels;
	uint32		label_capacity;
	uint32		n_reached;
	TrlWaiting *heap;
	uint32		n_waiting;
	uint32		heap_capacity;
};

/* The hop lives in the current memory context. */
extern void trl_reach_init(TrlReach *reach, const TrlSearch *task,
						   TrlDirection direction);

/*
 * Starts from a node, in the memory context given, which holds all that is
 * found out; to start again, the caller resets it first.  Where nodes are
 * known and this one is hidden or missing, nothing is reached.
 */
extern void trl_reach_start(TrlReach *reach, TrlKey start, MemoryContext cxt);

/* The label of a numbered node. */
extern TrlLabel *trl_reach_label(TrlReach *reach, uint32 node);

/* The nearest node that waits; NULL if none does. */
extern const TrlWaiting *trl_reach_nearest(TrlReach *reach);

/*
 * Takes the nearest node for the next trl_reach_expand(), which goes on from
 * its label as it is now.  One must be waiting.
 */
extern uint32 trl_reach_take(TrlReach *reach);

/* Follows the edges of the nodes taken.  May sort them. */
extern void trl_reach_expand(TrlReach *reach, uint32 *nodes, uint32 n);

#endif							/* TRL_KG_REACH_H */
