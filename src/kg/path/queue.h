/*
 * queue.h - nodes that wait to be expanded, the nearest first
 *
 * Nearest by cost, then by edges, then by id, so that searches do not depend
 * on the order in which rows come.  A node may wait more than once.
 */
#ifndef TRL_KG_QUEUE_H
#define TRL_KG_QUEUE_H

#include "kg/engine/nodeset.h"

typedef struct TrlWaiting
{
	float8		cost;
	int32		edges;
	uint32		node;
} TrlWaiting;

typedef struct TrlQueue
{
	const TrlNodeSet *nodes;
	TrlWaiting *heap;
	uint32		n;
	uint32		capacity;
} TrlQueue;

/* In the current memory context. */
extern void trl_queue_init(TrlQueue *queue, const TrlNodeSet *nodes);

extern void trl_queue_push(TrlQueue *queue, uint32 node, float8 cost,
						   int32 edges);

/* The queue must not be empty. */
extern TrlWaiting trl_queue_pop(TrlQueue *queue);

#endif							/* TRL_KG_QUEUE_H */
