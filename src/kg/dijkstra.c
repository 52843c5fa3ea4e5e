/*
 * dijkstra.c - the search by sum of weights
 *
 * From both ends, in batches: the nodes nearest to an end are expanded some
 * at a time, since a query per node would cost more than it saves.  A node
 * expanded too early is expanded again when a shorter way to it turns up, so
 * that every node nearer than the nearest waiting one has its final distance.
 * Hence the usual rule: once the nearest waiting nodes of both sides are
 * together no nearer than the best path found, no better one exists.
 *
 * A label is better if it is less by (distance, edges, parent, edge): since
 * each edge adds one to the second, edges of weight 0 cannot make a parent
 * its own descendant.  A batch is expanded with the labels that its nodes had
 * when it began.  So nothing depends on the order in which rows come, and of
 * paths of equal cost it is always the same one.
 *
 * Locks: those of hop.c.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/path.h"

/* Nodes expanded at once: few at first, where the target may be near. */
#define FIRST_BATCH 8
#define LAST_BATCH 256

#define INITIAL_LABELS 256

/* The best way known to a node; parallel to the side's node set. */
typedef struct Label
{
	TrlStep		step;
	float8		distance;
	float8		batch_distance; /* as of the start of its batch */
	uint32		parent;			/* node, TRL_NONE at the end it starts from */
	int32		edges;			/* -1: not reached */
	int32		batch_edges;
} Label;

/* A node that waits; stale if its label is better by now. */
typedef struct Waiting
{
	float8		distance;
	int32		edges;
	uint32		node;
} Waiting;

typedef struct Side
{
	MemoryContext cxt;
	TrlNodeSet	nodes;
	TrlHop	   *hop;
	Label	   *labels;
	uint32		n_labels;
	uint32		label_capacity;
	uint32		n_reached;
	Waiting    *heap;			/* nearest first */
	uint32		n_waiting;
	uint32		heap_capacity;
	struct Dijkstra *search;
	struct Side *other;
} Side;

typedef struct Dijkstra
{
	TrlSearch  *task;
	Side		side[2];
	bool		met;
	float8		best;			/* cost of the best path found */
	int32		best_edges;
	TrlKey		meeting;
} Dijkstra;

/* ---- the nodes that wait: a binary heap ---- */

static bool
is_nearer(const Side *side, const Waiting *a, const Waiting *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	if (a->edges != b->edges)
		return a->edges < b->edges;
	return trl_key_compare(side->nodes.kind, side->nodes.nodes[a->node].key,
						   side->nodes.nodes[b->node].key) < 0;
}

static void
push(Side *side, uint32 node)
{
	Waiting		entry = {side->labels[node].distance, side->labels[node].edges, node};
	uint32		at;

	if (side->n_waiting == side->heap_capacity)
	{
		side->heap_capacity *= 2;
		side->heap = repalloc_huge(side->heap,
								   sizeof(Waiting) * side->heap_capacity);
	}
	for (at = side->n_waiting++; at > 0; at = (at - 1) / 2)
	{
		if (!is_nearer(side, &entry, &side->heap[(at - 1) / 2]))
			break;
		side->heap[at] = side->heap[(at - 1) / 2];
	}
	side->heap[at] = entry;
}

static Waiting
pop(Side *side)
{
	Waiting		top = side->heap[0];
	Waiting		last = side->heap[--side->n_waiting];
	uint32		at = 0;
	uint32		child;

	while ((child = 2 * at + 1) < side->n_waiting)
	{
		if (child + 1 < side->n_waiting &&
			is_nearer(side, &side->heap[child + 1], &side->heap[child]))
			child++;
		if (!is_nearer(side, &side->heap[child], &last))
			break;
		side->heap[at] = side->heap[child];
		at = child;
	}
	side->heap[at] = last;
	return top;
}

/* Distance of the nearest waiting node; false if none waits. */
static bool
nearest(Side *side, float8 *distance)
{
	while (side->n_waiting > 0)
	{
		const Waiting *top = &side->heap[0];
		const Label *label = &side->labels[top->node];

		if (top->distance == label->distance && top->edges == label->edges)
		{
			*distance = top->distance;
			return true;
		}
		pop(side);
	}
	return false;
}

/* ---- labels ---- */

static Label *
label_of(Side *side, uint32 node)
{
	if (node >= side->label_capacity)
	{
		while (node >= side->label_capacity)
			side->label_capacity *= 2;
		side->labels = repalloc_huge(side->labels,
									 sizeof(Label) * side->label_capacity);
		trl_budget_check(side->search->task->budget);
	}
	for (; side->n_labels <= node; side->n_labels++)
		side->labels[side->n_labels].edges = -1;
	return &side->labels[node];
}

/* True if the way over the edge is better than the label's. */
static bool
improves(Side *side, const TrlEdge *edge, float8 distance, int32 edges,
		 const Label *label)
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
	order = trl_key_compare(side->nodes.kind, side->nodes.nodes[edge->near].key,
							side->nodes.nodes[label->parent].key);
	if (order != 0)
		return order < 0;
	return trl_step_compare(side->hop, &edge->step, &label->step) < 0;
}

/* A node reached from both sides may make a better path. */
static void
note_meeting(Side *side, uint32 node)
{
	Dijkstra   *search = side->search;
	TrlKey		key = side->nodes.nodes[node].key;
	uint32		other_node = trl_nodeset_find(&side->other->nodes, key);
	const Label *label = &side->labels[node];
	const Label *other;
	float8		cost;
	int32		edges;

	if (other_node == TRL_NONE)
		return;
	other = label_of(side->other, other_node);
	if (other->edges < 0)
		return;
	cost = label->distance + other->distance;
	edges = label->edges + other->edges;
	if (search->met && cost > search->best)
		return;
	if (search->met && cost == search->best &&
		(edges > search->best_edges ||
		 (edges == search->best_edges &&
		  trl_key_compare(side->nodes.kind, key, search->meeting) >= 0)))
		return;
	search->met = true;
	search->best = cost;
	search->best_edges = edges;
	search->meeting = key;
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
	Side	   *side = state;
	Label	   *label = label_of(side, edge->far);
	const Label *near = &side->labels[edge->near];
	float8		distance;
	int32		edges;
	bool		is_nearer_now;

	if (!edge->step.has_weight)
		return;					/* no cost is known: no way */
	trl_path_check_weight(side->search->task->graph, edge->step.weight);
	distance = near->batch_distance + edge->step.weight;
	edges = near->batch_edges + 1;
	if (!improves(side, edge, distance, edges, label))
		return;
	if (label->edges < 0)
		side->n_reached++;
	is_nearer_now = label->edges < 0 || distance != label->distance ||
		edges != label->edges;
	label->distance = distance;
	label->edges = edges;
	label->parent = edge->near;
	label->step = trl_step_copy(side->hop, &edge->step, side->cxt);
	if (is_nearer_now)
	{
		push(side, edge->far);
		note_meeting(side, edge->far);
	}
}

/* ---- the search ---- */

static void
init_side(Dijkstra *search, int number, TrlKey start)
{
	TrlSearch  *task = search->task;
	Side	   *side = &search->side[number];
	Label	   *label;
	bool		is_new;
	uint32		node;

	side->cxt = CurrentMemoryContext;
	side->search = search;
	side->other = &search->side[1 - number];
	trl_nodeset_init(&side->nodes, task->graph->kind, side->cxt);
	side->hop = trl_hop_create(task->graph, task->filter, &side->nodes,
							   task->rels, task->budget, TRL_NO_LIMIT);
	side->label_capacity = INITIAL_LABELS;
	side->labels = palloc(sizeof(Label) * INITIAL_LABELS);
	side->heap_capacity = INITIAL_LABELS;
	side->heap = palloc(sizeof(Waiting) * INITIAL_LABELS);

	node = trl_nodeset_intern(&side->nodes, start, &is_new);
	if (trl_hop_knows_nodes(side->hop))
	{
		trl_hop_check_nodes(side->hop, &node, 1);
		if (side->nodes.nodes[node].visibility != TRL_VISIBILITY_VISIBLE)
			return;
	}
	label = label_of(side, node);
	memset(label, 0, sizeof(*label));
	label->parent = TRL_NONE;
	label->step.rel = TRL_REL_NONE;
	side->n_reached = 1;
	push(side, node);
}

/* Expands the nearest waiting nodes that can still lead to a better path. */
static void
expand_batch(Side *side, uint32 size, float8 other_nearest)
{
	Dijkstra   *search = side->search;
	TrlDirection direction = search->task->direction;
	uint32		batch[LAST_BATCH];
	uint32		n = 0;
	float8		distance;
	Label	   *label;

	while (n < size && nearest(side, &distance))
	{
		if (search->met && distance + other_nearest > search->best)
			break;
		batch[n] = pop(side).node;
		label = &side->labels[batch[n++]];
		label->batch_distance = label->distance;
		label->batch_edges = label->edges;
	}
	if (side != &search->side[0])
		direction = trl_direction_reversed(direction);
	trl_hop_run(side->hop, batch, n, direction, relax, side);
	trl_budget_check(search->task->budget);
}

static void
run_search(Dijkstra *search)
{
	uint32		size = FIRST_BATCH;
	float8		distance[2];

	while (nearest(&search->side[0], &distance[0]) &&
		   nearest(&search->side[1], &distance[1]))
	{
		int			side;

		CHECK_FOR_INTERRUPTS();
		if (search->met && distance[0] + distance[1] >= search->best)
			return;
		if (search->side[0].n_reached + search->side[1].n_reached >
			(uint32) search->task->max_nodes)
		{
			search->task->stopped = true;
			search->met = false;
			return;
		}
		side = search->side[1].n_waiting < search->side[0].n_waiting ? 1 : 0;
		expand_batch(&search->side[side], size, distance[1 - side]);
		size = Min(size * 2, LAST_BATCH);
	}
}

/* Edges from a node to the end that its side starts from. */
static int
chain_length(const Side *side, uint32 node)
{
	int			length = 0;

	for (; side->labels[node].parent != TRL_NONE; node = side->labels[node].parent)
		length++;
	return length;
}

/*
 * Counts the edges itself: a label above may have got fewer since those below
 * it were made, at the same distance.
 */
static void
build_path(Dijkstra *search, TrlPath *path)
{
	Side	   *from = &search->side[0];
	Side	   *to = &search->side[1];
	uint32		node = trl_nodeset_find(&from->nodes, search->meeting);
	uint32		to_node = trl_nodeset_find(&to->nodes, search->meeting);
	int			middle = chain_length(from, node);
	int			at = middle;

	trl_path_init(path, middle + chain_length(to, to_node) + 1);
	for (; node != TRL_NONE; node = from->labels[node].parent, at--)
	{
		path->node[at] = from->nodes.nodes[node].key;
		path->step[at] = from->labels[node].step;
	}
	node = to_node;
	for (at = middle + 1; at < path->n; at++)
	{
		path->step[at] = to->labels[node].step;
		node = to->labels[node].parent;
		path->node[at] = to->nodes.nodes[node].key;
	}
}

void
trl_path_by_weight(TrlSearch *task, TrlPath *path)
{
	Dijkstra   *search = palloc0(sizeof(Dijkstra));

	search->task = task;
	init_side(search, 0, task->source);
	init_side(search, 1, task->target);
	if (search->side[0].n_reached > 0 && search->side[1].n_reached > 0)
		note_meeting(&search->side[1],
					 trl_nodeset_find(&search->side[1].nodes, task->target));
	run_search(search);
	path->n = 0;
	if (search->met)
		build_path(search, path);
}
