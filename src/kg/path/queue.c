/*
 * queue.c - nodes that wait to be expanded, the nearest first
 *
 * A binary heap.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kg/path/queue.h"

#define INITIAL_QUEUE 64

void
trl_queue_init(TrlQueue *queue, const TrlNodeSet *nodes)
{
	queue->nodes = nodes;
	queue->n = 0;
	queue->capacity = INITIAL_QUEUE;
	queue->heap = palloc(sizeof(TrlWaiting) * INITIAL_QUEUE);
}

static bool
is_nearer(const TrlQueue *queue, const TrlWaiting *a, const TrlWaiting *b)
{
	if (a->cost != b->cost)
		return a->cost < b->cost;
	if (a->edges != b->edges)
		return a->edges < b->edges;
	return a->node != b->node &&
		trl_key_compare(queue->nodes->kind, queue->nodes->nodes[a->node].key,
						queue->nodes->nodes[b->node].key) < 0;
}

void
trl_queue_push(TrlQueue *queue, uint32 node, float8 cost, int32 edges)
{
	TrlWaiting	entry = {cost, edges, node};
	uint32		at;

	if (queue->n == queue->capacity)
	{
		queue->capacity *= 2;
		queue->heap = repalloc_huge(queue->heap,
									sizeof(TrlWaiting) * queue->capacity);
	}
	for (at = queue->n++; at > 0; at = (at - 1) / 2)
	{
		if (!is_nearer(queue, &entry, &queue->heap[(at - 1) / 2]))
			break;
		queue->heap[at] = queue->heap[(at - 1) / 2];
	}
	queue->heap[at] = entry;
}

TrlWaiting
trl_queue_pop(TrlQueue *queue)
{
	TrlWaiting	top = queue->heap[0];
	TrlWaiting	last = queue->heap[--queue->n];
	uint32		at = 0;
	uint32		child;

	while ((child = 2 * at + 1) < queue->n)
	{
		if (child + 1 < queue->n &&
			is_nearer(queue, &queue->heap[child + 1], &queue->heap[child]))
			child++;
		if (!is_nearer(queue, &queue->heap[child], &last))
			break;
		queue->heap[at] = queue->heap[child];
		at = child;
	}
	queue->heap[at] = last;
	return top;
}
