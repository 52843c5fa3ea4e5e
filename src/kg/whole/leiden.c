/*
 * leiden.c - communities by Leiden's algorithm
 *
 * Traag, Waltman, van Eck: From Louvain to Leiden (2019).  One iteration:
 *   1. move: nodes go to the neighbouring community that gains most, by a
 *      queue of those whose neighbours have changed;
 *   2. refine: within each community, single nodes merge anew into parts that
 *      are well connected;
 *   3. merge: each part becomes a node, communities stay; again from 1, until
 *      every community is one node.
 * Iterations follow, each from the communities of the one before, until
 * modularity does not grow.  The paper's refinement takes a gain with a
 * probability that grows with it; here the largest is taken, ties at random,
 * as that does for all but tiny differences.
 *
 * Gains are compared as weight x total - resolution x strength x strength:
 * without weights, and at resolution 1, these are integers, so that rounding
 * decides nothing.  The file is compiled without contraction of floating
 * point expressions, for the same answer on every machine.
 *
 * Locks and WAL: none.  No query runs here.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kg/engine/nodeset.h"
#include "kg/whole/components.h"
#include "kg/whole/leiden.h"
#include "kg/whole/partition.h"

/* A gain, as part of the product of strengths, that is not taken for rounding. */
#define MARGIN 1e-12

/* Iterations end when so many in a row add less to the modularity than this. */
#define LAST_ITERATIONS 2
#define LEAST_GROWTH 1e-5

/* Starts: this divided by the nodes, but no more than so many. */
#define STARTS_OF_NODES 10000
#define MOST_STARTS 10

/* Turns of a node, on average: rounding must not keep nodes moving for ever. */
#define MAX_TURNS 200

/* One graph: the given one, or one of merged nodes. */
typedef struct Level
{
	const TrlUndirected *graph;
	float8		resolution;
	pg_prng_state *random;
	const TrlBudget *budget;
	uint32	   *label;			/* by node: its community, below n */
	float8	   *strength;		/* by community */
	uint32	   *size;			/* by community: nodes */
	uint32	   *part;			/* by node: what it is refined into */
	float8	   *weight;			/* by community; 0 but while a node is looked
								 * at */
	uint32	   *met;			/* communities that have one */
	uint32		n_met;
	uint32	   *order;
	uint64		steps;
} Level;

static void *
zeroed(const TrlBudget *budget, uint32 n, Size size)
{
	void	   *array = trl_budget_array(budget, n, size);

	memset(array, 0, size * n);
	return array;
}

static void
init_level(Level *level, const TrlUndirected *graph, uint32 *label)
{
	uint32		i;

	level->graph = graph;
	level->label = label;
	level->strength = zeroed(level->budget, graph->n, sizeof(float8));
	level->size = zeroed(level->budget, graph->n, sizeof(uint32));
	level->weight = zeroed(level->budget, graph->n, sizeof(float8));
	level->met = trl_budget_array(level->budget, graph->n, sizeof(uint32));
	level->order = trl_budget_array(level->budget, graph->n, sizeof(uint32));
	for (i = 0; i < graph->n; i++)
	{
		level->strength[label[i]] += graph->strength[i];
		level->size[label[i]]++;
	}
}

static inline void
forget_weights(Level *level)
{
	uint32		i;

	for (i = 0; i < level->n_met; i++)
		level->weight[level->met[i]] = 0;
	level->n_met = 0;
}

/* What a node gains by a community of such a strength, without itself. */
static inline float8
gain(const Level *level, uint32 node, float8 weight, float8 strength)
{
	return weight * level->graph->total -
		level->resolution * level->graph->strength[node] * strength;
}

static inline float8
margin(const Level *level, uint32 node)
{
	return MARGIN * level->graph->strength[node] * level->graph->total;
}

/* ---- 1. moving nodes ---- */

/* Nodes that wait for their turn, and communities that nobody is in. */
typedef struct Moves
{
	uint32	   *queue;			/* a ring of n places */
	uint32		first;
	uint32		waiting;
	bool	   *is_waiting;		/* by node */
	uint32	   *empty;
	uint32		n_empty;
} Moves;

static void
init_moves(Level *level, Moves *moves)
{
	uint32		n = level->graph->n;
	uint32		i;

	moves->queue = trl_budget_array(level->budget, n, sizeof(uint32));
	moves->is_waiting = trl_budget_array(level->budget, n, sizeof(bool));
	moves->empty = trl_budget_array(level->budget, n, sizeof(uint32));
	moves->n_empty = 0;
	trl_random_order(level->random, moves->queue, n);
	moves->first = 0;
	moves->waiting = n;
	memset(moves->is_waiting, true, n);
	for (i = n; i-- > 0;)
		if (level->size[i] == 0)
			moves->empty[moves->n_empty++] = i;
}

static void
weigh_communities(Level *level, uint32 node)
{
	const TrlUndirected *graph = level->graph;
	uint32		i;

	for (i = graph->start[node]; i < graph->start[node + 1]; i++)
	{
		uint32		label = level->label[graph->far[i]];

		if (level->weight[label] == 0)
			level->met[level->n_met++] = label;
		level->weight[label] += graph->weight[i];
	}
	trl_pause_after(&level->steps, 1 + graph->start[node + 1] - graph->start[node]);
}

/* The community that a node, taken out of its own, gains most by. */
static uint32
best_community(const Level *level, const Moves *moves, uint32 node)
{
	uint32		own = level->label[node];
	uint32		best = own;
	float8		least = margin(level, node);
	float8		most = gain(level, node, level->weight[own], level->strength[own]) +
	least;
	uint32		i;

	for (i = 0; i < level->n_met; i++)
	{
		uint32		label = level->met[i];
		float8		value = gain(level, node, level->weight[label],
								 level->strength[label]);

		if (label != own && value > most)
		{
			best = label;
			most = value + least;
		}
	}
	/* alone it gains nothing, and loses nothing */
	if (most < 0 && level->size[own] > 0)
		best = moves->empty[moves->n_empty - 1];
	return best;
}

static void
queue_neighbours(const Level *level, Moves *moves, uint32 node)
{
	const TrlUndirected *graph = level->graph;
	uint32		i;

	for (i = graph->start[node]; i < graph->start[node + 1]; i++)
	{
		uint32		far = graph->far[i];
		uint32		place = moves->first + moves->waiting;

		if (moves->is_waiting[far] || level->label[far] == level->label[node])
			continue;
		moves->queue[place >= graph->n ? place - graph->n : place] = far;
		moves->waiting++;
		moves->is_waiting[far] = true;
	}
}

static void
move_node(Level *level, Moves *moves, uint32 node)
{
	float8		strength = level->graph->strength[node];
	uint32		own = level->label[node];
	uint32		best;

	weigh_communities(level, node);
	level->size[own]--;
	level->strength[own] = level->size[own] == 0 ? 0
		: level->strength[own] - strength;
	best = best_community(level, moves, node);
	forget_weights(level);
	if (level->size[best] == 0 && best != own)
		moves->n_empty--;
	level->strength[best] += strength;
	level->size[best]++;
	if (best == own)
		return;
	if (level->size[own] == 0)
		moves->empty[moves->n_empty++] = own;
	level->label[node] = best;
	queue_neighbours(level, moves, node);
}

static void
move_nodes(Level *level)
{
	uint32		n = level->graph->n;
	uint64		turns = (uint64) n * MAX_TURNS;
	Moves		moves;

	init_moves(level, &moves);
	while (moves.waiting > 0 && turns-- > 0)
	{
		uint32		node = moves.queue[moves.first];

		moves.first = moves.first + 1 == n ? 0 : moves.first + 1;
		moves.waiting--;
		moves.is_waiting[node] = false;
		move_node(level, &moves, node);
	}
	pfree(moves.queue);
	pfree(moves.is_waiting);
	pfree(moves.empty);
}

/* ---- 2. refining communities ---- */

/* Parts of communities; a part is numbered as its first node. */
typedef struct Parts
{
	float8	   *strength;		/* by part */
	float8	   *cut;			/* by part: weight to the rest of its
								 * community */
	uint32	   *size;			/* by part */
} Parts;

/* The weight of a node's edges within its community. */
static float8
weight_within(Level *level, uint32 node)
{
	const TrlUndirected *graph = level->graph;
	float8		sum = 0;
	uint32		i;

	for (i = graph->start[node]; i < graph->start[node + 1]; i++)
		if (level->label[graph->far[i]] == level->label[node])
			sum += graph->weight[i];
	trl_pause_after(&level->steps, 1 + graph->start[node + 1] - graph->start[node]);
	return sum;
}

static void
init_parts(Level *level, Parts *parts)
{
	uint32		n = level->graph->n;
	uint32		i;

	level->part = trl_budget_array(level->budget, n, sizeof(uint32));
	parts->strength = trl_budget_array(level->budget, n, sizeof(float8));
	parts->cut = trl_budget_array(level->budget, n, sizeof(float8));
	parts->size = trl_budget_array(level->budget, n, sizeof(uint32));
	for (i = 0; i < n; i++)
	{
		level->part[i] = i;
		parts->strength[i] = level->graph->strength[i];
		parts->cut[i] = weight_within(level, i);
		parts->size[i] = 1;
	}
}

/* Tied to the rest of its community at least as much as random edges would. */
static inline bool
well_connected(const Level *level, const Parts *parts, uint32 part,
			   uint32 community)
{
	float8		strength = parts->strength[part];

	return parts->cut[part] * level->graph->total >=
		level->resolution * strength * (level->strength[community] - strength);
}

static void
weigh_parts(Level *level, uint32 node)
{
	const TrlUndirected *graph = level->graph;
	uint32		i;

	for (i = graph->start[node]; i < graph->start[node + 1]; i++)
	{
		uint32		far = graph->far[i];

		if (level->label[far] != level->label[node])
			continue;
		if (level->weight[level->part[far]] == 0)
			level->met[level->n_met++] = level->part[far];
		level->weight[level->part[far]] += graph->weight[i];
	}
	trl_pause_after(&level->steps, 1 + graph->start[node + 1] - graph->start[node]);
}

/* The part that a single node gains most by; its own if it gains by none. */
static uint32
best_part(Level *level, const Parts *parts, uint32 node)
{
	uint32		best = node;
	float8		most = margin(level, node);
	uint32		ties = 0;
	uint32		i;

	for (i = 0; i < level->n_met; i++)
	{
		uint32		part = level->met[i];
		float8		value = gain(level, node, level->weight[part],
								 parts->strength[part]);

		if (value < most || (value == most && ties == 0) ||
			!well_connected(level, parts, part, level->label[node]))
			continue;
		if (value > most)
			ties = 0;
		if (trl_random_below(level->random, ++ties) == 0)
			best = part;
		most = value;
	}
	return best;
}

static void
refine_node(Level *level, Parts *parts, uint32 node)
{
	uint32		best;

	if (level->part[node] != node || parts->size[node] != 1 ||
		!well_connected(level, parts, node, level->label[node]))
		return;
	weigh_parts(level, node);
	best = best_part(level, parts, node);
	if (best != node)
	{
		level->part[node] = best;
		parts->strength[best] += level->graph->strength[node];
		parts->cut[best] += parts->cut[node] - 2 * level->weight[best];
		parts->size[best]++;
	}
	forget_weights(level);
}

/* Sets part; parts are labels below n. */
static void
refine(Level *level)
{
	uint32		n = level->graph->n;
	Parts		parts;
	uint32		i;

	init_parts(level, &parts);
	trl_random_order(level->random, level->order, n);
	for (i = 0; i < n; i++)
		refine_node(level, &parts, level->order[i]);
	pfree(parts.strength);
	pfree(parts.cut);
	pfree(parts.size);
}

/* ---- 3. levels ---- */

/* The communities of the merged nodes: those of any node of each part. */
static uint32 *
merged_labels(const Level *level, uint32 n_parts)
{
	uint32	   *label = trl_budget_array(level->budget, n_parts, sizeof(uint32));
	uint32		i;

	for (i = 0; i < level->graph->n; i++)
		label[level->part[i]] = level->label[i];
	return label;
}

static void
free_level(Level *level)
{
	pfree(level->strength);
	pfree(level->size);
	pfree(level->weight);
	pfree(level->met);
	pfree(level->order);
	if (level->part != NULL)
		pfree(level->part);
	level->part = NULL;
}

/*
 * Moves and refines on one graph, changing label.  Returns the next graph,
 * NULL if this was the last; place (n_places) follows nodes to it.
 */
static TrlUndirected *
run_level(Level *level, uint32 **label, uint32 *place, uint32 n_places)
{
	const TrlUndirected *graph = level->graph;
	TrlUndirected *next = NULL;
	uint32		n_parts;
	uint32		i;

	init_level(level, graph, *label);
	move_nodes(level);
	if (trl_partition_number(*label, graph->n, level->budget) < graph->n)
	{
		/* renumbering has changed what strength is by */
		memset(level->strength, 0, sizeof(float8) * (Size) graph->n);
		for (i = 0; i < graph->n; i++)
			level->strength[level->label[i]] += graph->strength[i];
		refine(level);
		n_parts = trl_partition_number(level->part, graph->n, level->budget);
		if (n_parts < graph->n)
		{
			next = trl_undirected_merge(graph, level->part, n_parts, level->budget);
			*label = merged_labels(level, n_parts);
			for (i = 0; i < n_places; i++)
				place[i] = level->part[place[i]];
		}
	}
	free_level(level);
	return next;
}

/* One iteration: changes label, by node of graph. */
static void
iterate(const TrlUndirected *graph, uint32 *label, float8 resolution,
		pg_prng_state * random, const TrlBudget *budget)
{
	uint32	   *place = trl_budget_array(budget, graph->n, sizeof(uint32));
	uint32	   *labels = trl_budget_array(budget, graph->n, sizeof(uint32));
	TrlUndirected *merged = NULL;
	Level		level = {0};
	uint32		i;

	level.resolution = resolution;
	level.random = random;
	level.budget = budget;
	for (i = 0; i < graph->n; i++)
	{
		place[i] = i;
		labels[i] = label[i];
	}
	for (;;)
	{
		uint32	   *old = labels;
		TrlUndirected *next;

		level.graph = merged ? merged : graph;
		next = run_level(&level, &labels, place, graph->n);
		if (next == NULL)
			break;
		pfree(old);
		if (merged != NULL)
			trl_undirected_free(merged);
		merged = next;
	}
	for (i = 0; i < graph->n; i++)
		label[i] = labels[place[i]];
	pfree(labels);
	pfree(place);
	if (merged != NULL)
		trl_undirected_free(merged);
}

/* ---- iterations ---- */

/* Communities that have come apart become several, which only gains. */
static void
split_unconnected(const TrlUndirected *graph, uint32 *label,
				  const TrlBudget *budget)
{
	uint32	   *parent = trl_budget_array(budget, graph->n, sizeof(uint32));
	uint64		steps = 0;
	uint32		node;
	uint32		i;

	for (node = 0; node < graph->n; node++)
		parent[node] = node;
	for (node = 0; node < graph->n; node++)
	{
		for (i = graph->start[node]; i < graph->start[node + 1]; i++)
			if (graph->far[i] < node && label[graph->far[i]] == label[node])
				trl_components_unite(parent, node, graph->far[i]);
		trl_pause_after(&steps, 1 + graph->start[node + 1] - graph->start[node]);
	}
	for (node = 0; node < graph->n; node++)
		label[node] = trl_components_root(parent, node);
	pfree(parent);
}

float8
trl_leiden_modularity(const TrlUndirected *graph, const uint32 *label,
					  float8 resolution, const TrlBudget *budget)
{
	float8	   *strength = zeroed(budget, graph->n, sizeof(float8));
	float8		within = 0;
	float8		expected = 0;
	uint64		steps = 0;
	uint32		node;
	uint32		i;

	for (node = 0; node < graph->n; node++)
	{
		strength[label[node]] += graph->strength[node];
		if (graph->within != NULL)
			within += graph->within[node];
		for (i = graph->start[node]; i < graph->start[node + 1]; i++)
			if (label[graph->far[i]] == label[node])
				within += graph->weight[i];
		trl_pause_after(&steps, 1 + graph->start[node + 1] - graph->start[node]);
	}
	for (i = 0; i < graph->n && graph->total > 0; i++)
	{
		float8		part = strength[i] / graph->total;

		expected += part * part;
	}
	pfree(strength);
	return graph->total > 0 ? within / graph->total - resolution * expected : 0;
}

/* From one start, until iterations gain nothing any more. */
static float8
run_once(const TrlUndirected *graph, float8 resolution,
		 pg_prng_state * random, const TrlBudget *budget, uint32 *label,
		 uint32 *best)
{
	float8		reached;
	int			idle = 0;
	uint32		i;

	for (i = 0; i < graph->n; i++)
		best[i] = label[i] = i;
	reached = trl_leiden_modularity(graph, label, resolution, budget);
	while (idle < LAST_ITERATIONS)
	{
		float8		modularity;

		iterate(graph, label, resolution, random, budget);
		split_unconnected(graph, label, budget);
		modularity = trl_leiden_modularity(graph, label, resolution, budget);
		idle = modularity > reached + LEAST_GROWTH ? 0 : idle + 1;
		if (modularity > reached)
		{
			reached = modularity;
			memcpy(best, label, sizeof(uint32) * graph->n);
		}
	}
	return reached;
}

/*
 * In a small graph a single node in the wrong place costs much, and another
 * start costs nothing; in a large one starts hardly differ.
 */
uint32 *
trl_leiden_run(const TrlUndirected *graph, float8 resolution,
			   pg_prng_state * random, const TrlBudget *budget)
{
	uint32	   *label = trl_budget_array(budget, graph->n, sizeof(uint32));
	uint32	   *found = trl_budget_array(budget, graph->n, sizeof(uint32));
	uint32	   *best = trl_budget_array(budget, graph->n, sizeof(uint32));
	float8		reached = run_once(graph, resolution, random, budget, label, best);
	uint32		starts = Min(STARTS_OF_NODES / Max(graph->n, 1), MOST_STARTS);
	uint32		i;

	for (i = 1; i < starts; i++)
	{
		float8		modularity;

		CHECK_FOR_INTERRUPTS();
		modularity = run_once(graph, resolution, random, budget, label, found);
		if (modularity > reached)
		{
			reached = modularity;
			memcpy(best, found, sizeof(uint32) * graph->n);
		}
	}
	pfree(found);
	pfree(label);
	return best;
}
