/*
 * lengths.c - how far it is from a node to the nearest target, in edges
 *
 * Any walk of n edges lies within a levels from the sources and n - a from
 * the targets, so that each side reads about half of its edges, the smaller
 * frontier first.  A node is on the frontier once for each state that it is
 * reached in.
 *
 * Locks: those of hop.c.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "core/compat.h"
#include "kg/path/lengths.h"

#define INITIAL_FRONTIER 64

#define FAR_AWAY (TRL_LENGTHS_EXACT + 1)	/* the bit that stands for all
											 * more */
#define BIT(n) (UINT64CONST(1) << (n))

static TrlLengthsNode *
node_of(TrlLengths *reach, uint32 node)
{
	uint32		old = reach->nodes_capacity;

	if (node >= old)
	{
		reach->nodes_capacity = Max(INITIAL_FRONTIER, node + node / 2);
		reach->nodes = repalloc_huge(reach->nodes,
									 sizeof(TrlLengthsNode) * reach->nodes_capacity);
		memset(reach->nodes + old, 0,
			   sizeof(TrlLengthsNode) * (reach->nodes_capacity - old));
	}
	return &reach->nodes[node];
}

static void
push(TrlLengths *reach, TrlLengthsSide *side, uint32 node)
{
	if (side->n == side->capacity)
	{
		side->capacity *= 2;
		side->frontier = repalloc_huge(side->frontier,
									   sizeof(uint32) * side->capacity);
		trl_budget_check(reach->adj->search->budget);
	}
	side->frontier[side->n++] = node;
}

/* What was coming is the frontier now. */
static void
open_level(TrlLengths *reach, TrlSide number)
{
	TrlLengthsSide *side = &reach->side[number];
	uint32		i;

	for (i = 0; i < side->n; i++)
	{
		TrlLengthsNode *node = node_of(reach, side->frontier[i]);

		if (node->seen[number] == 0)
			reach->n_reached++;
		node->now[number] = node->coming;
		node->coming = 0;
		node->seen[number] |= node->now[number];
		if (node->seen[TRL_SIDE_SOURCE] & node->seen[TRL_SIDE_TARGET])
			reach->met = true;
	}
}

static void
add_ends(TrlLengths *reach, TrlSide number, const uint32 *nodes, uint32 n,
		 uint64 states)
{
	uint32		i;

	for (i = 0; i < n; i++)
	{
		TrlLengthsNode *node = node_of(reach, nodes[i]);

		if (node->coming == 0)
			push(reach, &reach->side[number], nodes[i]);
		node->coming = states;
	}
	open_level(reach, number);
}

TrlLengths *
trl_lengths_create(TrlAdjacency *adj, const TrlAutomaton *automaton,
				   const uint32 *sources, uint32 n_sources,
				   const uint32 *targets, uint32 n_targets)
{
	TrlLengths *reach = palloc0(sizeof(TrlLengths));
	int			i;

	reach->adj = adj;
	reach->automaton = automaton;
	reach->cxt = CurrentMemoryContext;
	reach->targets = targets;
	reach->n_targets = n_targets;
	reach->met = targets == NULL;
	reach->nodes_capacity = INITIAL_FRONTIER;
	reach->nodes = palloc0(sizeof(TrlLengthsNode) * INITIAL_FRONTIER);
	for (i = 0; i < 2; i++)
	{
		reach->side[i].capacity = INITIAL_FRONTIER;
		reach->side[i].frontier = palloc(sizeof(uint32) * INITIAL_FRONTIER);
	}
	add_ends(reach, TRL_SIDE_SOURCE, sources, n_sources, automaton->start);
	if (targets != NULL)
		add_ends(reach, TRL_SIDE_TARGET, targets, n_targets, automaton->accept);
	return reach;
}

/* ---- reading ---- */

static void
visit_arc(void *state, uint32 node, uint32 other, float8 weight, int class)
{
	TrlLengths *reach = state;
	TrlSide		number = reach->reading;
	uint64		states = trl_automaton_step(reach->automaton,
											node_of(reach, node)->now[number],
											BIT(class),
											number == TRL_SIDE_TARGET);
	TrlLengthsNode *far = node_of(reach, other);

	(void) weight;
	states &= ~far->seen[number];
	if (states == 0)
		return;
	if (far->coming == 0)
		push(reach, &reach->side[number], other);
	far->coming |= states;
}

/* Reads the edges of a class where a node's new states lead on by it. */
static void
read_class(TrlLengths *reach, int class, const uint32 *nodes, uint32 n,
		   uint32 *batch)
{
	TrlSide		number = reach->reading;
	uint64		leads = number == TRL_SIDE_SOURCE
	? reach->automaton->from[class] : reach->automaton->to[class];
	uint32		n_batch = 0;
	uint32		i;

	for (i = 0; i < n; i++)
		if (reach->nodes[nodes[i]].now[number] & leads)
			batch[n_batch++] = nodes[i];
	if (n_batch > 0)
		trl_adjacency_fetch(reach->adj, number, class, batch, n_batch,
							visit_arc, reach);
}

/* One level more of a side. */
static void
take_step(TrlLengths *reach, TrlSide number)
{
	TrlLengthsSide *side = &reach->side[number];
	uint32		n = side->n;
	uint32	   *old = side->frontier;
	uint32	   *batch = MemoryContextAllocHuge(reach->cxt, sizeof(uint32) * n);
	int			class;
	uint32		i;

	side->frontier = MemoryContextAllocHuge(reach->cxt,
											sizeof(uint32) * side->capacity);
	side->n = 0;
	reach->reading = number;
	for (class = 0; class < reach->automaton->n_classes; class++)
		read_class(reach, class, old, n, batch);
	for (i = 0; i < n; i++)
		reach->nodes[old[i]].now[number] = 0;
	pfree(batch);
	pfree(old);
	open_level(reach, number);
	side->depth++;
	reach->measured = false;
}

bool
trl_lengths_exhausted(const TrlLengths *reach)
{
	return reach->side[TRL_SIDE_SOURCE].n == 0 ||
		(reach->targets != NULL && reach->side[TRL_SIDE_TARGET].n == 0);
}

bool
trl_lengths_read(TrlLengths *reach, int length)
{
	const TrlLengthsSide *from = &reach->side[TRL_SIDE_SOURCE];
	const TrlLengthsSide *to = &reach->side[TRL_SIDE_TARGET];

	while (!trl_lengths_exhausted(reach) && from->depth + to->depth < length)
	{
		CHECK_FOR_INTERRUPTS();
		take_step(reach, reach->targets != NULL && to->n < from->n
				  ? TRL_SIDE_TARGET : TRL_SIDE_SOURCE);
		if (reach->n_reached > (uint32) reach->adj->search->max_nodes)
			return false;
	}
	return true;
}

/* ---- lengths ---- */

/* Nodes and states from which some number of edges leads to a target. */
typedef struct Layer
{
	uint32	   *nodes;
	uint32		n;
	uint64	   *states;			/* by node */
} Layer;

static void
init_layer(Layer *layer, const TrlLengths *reach)
{
	uint32		n = Max(reach->adj->n_nodes, 1);

	layer->nodes = MemoryContextAllocHuge(reach->cxt, sizeof(uint32) * n);
	layer->states = MemoryContextAllocExtended(reach->cxt, sizeof(uint64) * n,
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	layer->n = 0;
}

static void
free_layer(Layer *layer)
{
	pfree(layer->nodes);
	pfree(layer->states);
}

/* Adds states to a layer and to lengths; beyond the exact ones, new ones only. */
static void
add_states(TrlLengths *reach, Layer *layer, uint32 node, uint64 states,
		   int length)
{
	uint64		bit = BIT(Min(length, FAR_AWAY));
	Size		first = (Size) node * reach->automaton->n_states;
	uint64		added = 0;

	for (; states != 0; states &= states - 1)
	{
		int			state = pg_rightmost_one_pos64(states);
		uint64	   *lengths = &reach->lengths[first + state];

		if (*lengths & bit)
			continue;
		if (*lengths == 0 && reach->least != NULL)
			reach->least[first + state] = length;
		*lengths |= bit;
		added |= BIT(state);
	}
	if (added == 0)
		return;
	if (layer->states[node] == 0)
		layer->nodes[layer->n++] = node;
	layer->states[node] |= added;
}

static void
first_layer(TrlLengths *reach, Layer *layer)
{
	uint32		n = reach->targets ? reach->n_targets : reach->adj->n_nodes;
	uint32		i;

	for (i = 0; i < n; i++)
		add_states(reach, layer, reach->targets ? reach->targets[i] : i,
				   reach->automaton->accept, 0);
}

/* From the nodes of a layer back along their arcs, to the next layer. */
static void
next_layer(TrlLengths *reach, Layer *layer, Layer *next, int length)
{
	const TrlAdjacency *adj = reach->adj;
	uint32		i;
	uint32		at;

	next->n = 0;
	for (i = 0; i < layer->n; i++)
	{
		uint32		node = layer->nodes[i];
		uint64		states = layer->states[node];

		CHECK_FOR_INTERRUPTS();
		layer->states[node] = 0;
		for (at = adj->in_start[node]; at < adj->in_start[node + 1]; at++)
		{
			const TrlArc *arc = &adj->arcs[adj->in[at]];

			add_states(reach, next, arc->near,
					   trl_automaton_step(reach->automaton, states,
										  arc->classes, true), length);
		}
	}
}

static void
allocate_lengths(TrlLengths *reach, int longest)
{
	Size		n = Max((Size) reach->adj->n_nodes * reach->automaton->n_states, 1);
	bool		far = longest > TRL_LENGTHS_EXACT;

	if (reach->lengths != NULL)
		pfree(reach->lengths);
	if (reach->least != NULL)
		pfree(reach->least);
	reach->least = NULL;
	trl_budget_claim(reach->adj->search->budget,
					 n * (sizeof(uint64) + (far ? sizeof(uint32) : 0)));
	reach->lengths = MemoryContextAllocExtended(reach->cxt, sizeof(uint64) * n,
												MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if (far)
		reach->least = MemoryContextAllocHuge(reach->cxt, sizeof(uint32) * n);
}

void
trl_lengths_measure(TrlLengths *reach, int longest)
{
	Layer		layers[2];
	int			length = 0;

	trl_adjacency_build(reach->adj);
	reach->measured = true;
	allocate_lengths(reach, longest);
	init_layer(&layers[0], reach);
	init_layer(&layers[1], reach);
	trl_budget_check(reach->adj->search->budget);
	first_layer(reach, &layers[0]);
	while (length < longest && layers[length % 2].n > 0)
	{
		next_layer(reach, &layers[length % 2], &layers[(length + 1) % 2],
				   length + 1);
		length++;
	}
	free_layer(&layers[0]);
	free_layer(&layers[1]);
}

uint64
trl_lengths_states(const TrlLengths *reach, uint32 node, uint64 states, int length)
{
	Size		first = (Size) node * reach->automaton->n_states;
	uint64		bit = BIT(Min(length, FAR_AWAY));
	uint64		result = 0;

	for (; states != 0; states &= states - 1)
	{
		int			state = pg_rightmost_one_pos64(states);

		if ((reach->lengths[first + state] & bit) &&
			(length < FAR_AWAY ||
			 reach->least[first + state] <= (uint32) length))
			result |= BIT(state);
	}
	return result;
}

bool
trl_lengths_further(const TrlLengths *reach, uint32 node, uint64 states, int length)
{
	Size		first = (Size) node * reach->automaton->n_states;
	uint64		longer = length >= TRL_LENGTHS_EXACT ? BIT(FAR_AWAY)
	: ~UINT64CONST(0) << (length + 1);

	for (; states != 0; states &= states - 1)
		if (reach->lengths[first + pg_rightmost_one_pos64(states)] & longer)
			return true;
	return false;
}
