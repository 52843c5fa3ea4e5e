/*
 * reach.c - one end of a search by sum of weights
 *
 * Nodes are expanded some at a time, since a query per node would cost more
 * than it saves.  A node expanded too early is expanded again when a shorter
 * way to it turns up, so that every node that is no farther than the nearest
 * waiting one has its final label.
 *
 * A label is better if it is less by (distance, edges, parent, edge): since
 * each edge adds one to the second, edges of weight 0 cannot make a parent
 * its own descendant.  A batch is expanded with the labels that its nodes had
 * when they were taken.  So nothing depends on the order in which rows come.
 *
 * Locks: those of hop.c.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "kg/path/reach.h"

#define INITIAL_LABELS 256

/* ---- the nodes that wait: a binary heap ---- */

static bool
is_nearer(const TrlReach *reach, const TrlWaiting *a, const TrlWaiting *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	if (a->edges != b->edges)
		return a->edges < b->edges;
	return trl_key_compare(reach->nodes.kind, reach->nodes.nodes[a->node].key,
						   reach->nodes.nodes[b->node].key) < 0;
}

static void
push(TrlReach *reach, uint32 node)
{
	TrlWaiting	entry = {reach->labels[node].distance, reach->labels[node].edges, node};
	uint32		at;

	if (reach->n_waiting == reach->heap_capacity)
	{
		reach->heap_capacity *= 2;
		reach->heap = repalloc_huge(reach->heap,
									sizeof(TrlWaiting) * reach->heap_capacity);
	}
	for (at = reach->n_waiting++; at > 0; at = (at - 1) / 2)
	{
		if (!is_nearer(reach, &entry, &reach->heap[(at - 1) / 2]))
			break;
		reach->heap[at] = reach->heap[(at - 1) / 2];
	}
	reach->heap[at] = entry;
}

static TrlWaiting
pop(TrlReach *reach)
{
	TrlWaiting	top = reach->heap[0];
	TrlWaiting	last = reach->heap[--reach->n_waiting];
	uint32		at = 0;
	uint32		child;

	while ((child = 2 * at + 1) < reach->n_waiting)
	{
		if (child + 1 < reach->n_waiting &&
			is_nearer(reach, &reach->heap[child + 1], &reach->heap[child]))
			child++;
		if (!is_nearer(reach, &reach->heap[child], &last))
			break;
		reach->heap[at] = reach->heap[child];
		at = child;
	}
	reach->heap[at] = last;
	return top;
}

const TrlWaiting *
trl_reach_nearest(TrlReach *reach)
{
	while (reach->n_waiting > 0)
	{
		const TrlWaiting *top = &reach->heap[0];
		const TrlLabel *label = &reach->labels[top->node];

		if (top->distance == label->distance && top->edges == label->edges)
			return top;
		pop(reach);
	}
	return NULL;
}

uint32
trl_reach_take(TrlReach *reach)
{
	uint32		node = pop(reach).node;
	TrlLabel   *label = &reach->labels[node];

	label->batch_distance = label->distance;
	label->batch_edges = label->edges;
	return node;
}

/* ---- labels ---- */

TrlLabel *
trl_reach_label(TrlReach *reach, uint32 node)
{
	if (node >= reach->label_capacity)
	{
		while (node >= reach->label_capacity)
			reach->label_capacity *= 2;
		reach->labels = repalloc_huge(reach->labels,
									  sizeof(TrlLabel) * reach->label_capacity);
		trl_budget_check(reach->task->budget);
	}
	for (; reach->n_labels <= node; reach->n_labels++)
		reach->labels[reach->n_labels].edges = -1;
	return &reach->labels[node];
}

/* True if the way over the edge is better than the label's. */
static bool
improves(TrlReach *reach, const TrlEdge *edge, float8 distance, int32 edges,
		 const TrlLabel *label)
{
	int			order;

	if (label->edges < 0)
		return true;
	if (distance != label->distance)
		return distance < label->distance;
	if (edges != label->edges)
		return edges < label->edges;
	if (label->parent == TRL_NONE)
		return false;
	order = trl_key_compare(reach->nodes.kind, reach->nodes.nodes[edge->near].key,
							reach->nodes.nodes[label->parent].key);
	if (order != 0)
		return order < 0;
	return trl_step_compare(reach->hop, &edge->step, &label->step) < 0;
}

void
trl_path_check_weight(const TrlGraph *graph, float8 weight)
{
	if (weight >= 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight %g of an edge in %s is negative or not a number",
					weight, graph->name),
			 errdetail("A shortest path needs weights of 0 or more."),
			 isnan(weight) ? 0
			 : errhint("Leave such edges out with min_weight => 0.")));
}

static void
relax(void *state, const TrlEdge *edge)
{
	TrlReach   *reach = state;
	TrlLabel   *label = trl_reach_label(reach, edge->far);
	const TrlLabel *near = &reach->labels[edge->near];
	float8		distance;
	int32		edges;
	bool		is_nearer_now;

	if (!edge->step.has_weight)
		return;					/* no cost is known: no way */
	trl_path_check_weight(reach->task->graph, edge->step.weight);
	distance = near->batch_distance + edge->step.weight;
	edges = near->batch_edges + 1;
	if (!improves(reach, edge, distance, edges, label))
		return;
	if (label->edges < 0)
		reach->n_reached++;
	is_nearer_now = label->edges < 0 || distance != label->distance ||
		edges != label->edges;
	label->distance = distance;
	label->edges = edges;
	label->parent = edge->near;
	label->step = trl_step_copy(reach->hop, &edge->step, reach->cxt);
	if (!is_nearer_now)
		return;
	push(reach, edge->far);
	if (reach->nearer != NULL)
		reach->nearer(reach, edge->far);
}

/* ---- the search ---- */

void
trl_reach_init(TrlReach *reach, const TrlSearch *task, TrlDirection direction)
{
	memset(reach, 0, sizeof(*reach));
	reach->task = task;
	reach->direction = direction;
	reach->nodes.kind = task->graph->kind;
	reach->hop = trl_hop_create(task->graph, task->filter, &reach->nodes,
								task->rels, task->budget, TRL_NO_LIMIT);
}

void
trl_reach_start(TrlReach *reach, TrlKey start, MemoryContext cxt)
{
	TrlLabel   *label;
	bool		is_new;
	uint32		node;

	reach->cxt = cxt;
	trl_nodeset_init(&reach->nodes, reach->task->graph->kind, cxt);
	reach->n_labels = 0;
	reach->n_reached = 0;
	reach->n_waiting = 0;
	reach->label_capacity = INITIAL_LABELS;
	reach->labels = MemoryContextAlloc(cxt, sizeof(TrlLabel) * INITIAL_LABELS);
	reach->heap_capacity = INITIAL_LABELS;
	reach->heap = MemoryContextAlloc(cxt, sizeof(TrlWaiting) * INITIAL_LABELS);

	node = trl_nodeset_intern(&reach->nodes, start, &is_new);
	if (trl_hop_knows_nodes(reach->hop))
	{
		trl_hop_check_nodes(reach->hop, &node, 1);
		if (reach->nodes.nodes[node].visibility != TRL_VISIBILITY_VISIBLE)
			return;
	}
	label = trl_reach_label(reach, node);
	memset(label, 0, sizeof(*label));
	label->parent = TRL_NONE;
	label->step.rel = TRL_REL_NONE;
	reach->n_reached = 1;
	push(reach, node);
}

void
trl_reach_expand(TrlReach *reach, uint32 *nodes, uint32 n)
{
	trl_hop_run(reach->hop, nodes, n, reach->direction, relax, reach);
	trl_budget_check(reach->task->budget);
}
