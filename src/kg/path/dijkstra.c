/*
 * dijkstra.c - the path of least sum of weights between two nodes
 *
 * From both ends (reach.c), always from the one where fewer nodes wait.  Once
 * the nearest waiting nodes of both are together no nearer than the best path
 * found, no better one exists.  Of paths of equal cost it is always the same
 * one: fewest edges, then the meeting node of lowest id.
 *
 * Locks: those of hop.c.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/path/reach.h"

/* Nodes expanded at once: few at first, where the target may be near. */
#define FIRST_BATCH 8
#define LAST_BATCH 256

typedef struct Dijkstra
{
	TrlSearch  *task;
	TrlReach	side[2];
	bool		met;
	float8		best;			/* cost of the best path found */
	int32		best_edges;
	TrlKey		meeting;
} Dijkstra;

/* A node reached from both sides may make a better path. */
static void
note_meeting(TrlReach *side, uint32 node)
{
	Dijkstra   *search = side->owner;
	TrlReach   *other_side = &search->side[side == &search->side[0] ? 1 : 0];
	TrlKey		key = side->nodes.nodes[node].key;
	uint32		other_node = trl_nodeset_find(&other_side->nodes, key);
	const TrlLabel *label = &side->labels[node];
	const TrlLabel *other;
	float8		cost;
	int32		edges;

	if (other_node == TRL_NONE)
		return;
	other = trl_reach_label(other_side, other_node);
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

/* ---- the search ---- */

static void
init_side(Dijkstra *search, int number, TrlKey start, TrlDirection direction)
{
	TrlReach   *side = &search->side[number];

	trl_reach_init(side, search->task, direction);
	side->nearer = note_meeting;
	side->owner = search;
	trl_reach_start(side, start, CurrentMemoryContext);
}

/* Expands the nearest waiting nodes that can still lead to a better path. */
static void
expand_batch(TrlReach *side, uint32 size, float8 other_nearest)
{
	const Dijkstra *search = side->owner;
	const TrlWaiting *nearest;
	uint32		batch[LAST_BATCH];
	uint32		n = 0;

	while (n < size && (nearest = trl_reach_nearest(side)) != NULL)
	{
		if (search->met && nearest->distance + other_nearest > search->best)
			break;
		batch[n++] = trl_reach_take(side);
	}
	trl_reach_expand(side, batch, n);
}

static void
run_search(Dijkstra *search)
{
	TrlReach   *from = &search->side[0];
	TrlReach   *to = &search->side[1];
	uint32		size = FIRST_BATCH;
	const TrlWaiting *from_nearest;
	const TrlWaiting *to_nearest;

	while ((from_nearest = trl_reach_nearest(from)) != NULL &&
		   (to_nearest = trl_reach_nearest(to)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (search->met &&
			from_nearest->distance + to_nearest->distance >= search->best)
			return;
		if (from->n_reached + to->n_reached > (uint32) search->task->max_nodes)
		{
			search->task->stopped = true;
			search->met = false;
			return;
		}
		if (to->n_waiting < from->n_waiting)
			expand_batch(to, size, from_nearest->distance);
		else
			expand_batch(from, size, to_nearest->distance);
		size = Min(size * 2, LAST_BATCH);
	}
}

/* Edges from a node to the end that its side starts from. */
static int
chain_length(const TrlReach *side, uint32 node)
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
	TrlReach   *from = &search->side[0];
	TrlReach   *to = &search->side[1];
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
	TrlReach   *to = &search->side[1];

	search->task = task;
	init_side(search, 0, task->source, task->direction);
	init_side(search, 1, task->target, trl_direction_reversed(task->direction));
	if (search->side[0].n_reached > 0 && to->n_reached > 0)
		note_meeting(to, trl_nodeset_find(&to->nodes, task->target));
	run_search(search);
	path->n = 0;
	if (search->met)
		build_path(search, path);
}
