/*
 * label_propagation.c - communities by label propagation
 *
 * Raghavan, Albert, Kumara (2007): every node takes the label that weighs
 * most among its neighbours, in random order, each seeing what those before
 * it took, until none would change.  A node keeps its label if no other
 * weighs more; other ties are broken at random.  Each change adds weight
 * within labels, so that it ends.
 *
 * Locks and WAL: none.  No query runs here.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kg/whole/label_propagation.h"
#include "kg/whole/shuffle.h"

/* By so much another label must weigh more: rounding is less. */
#define MARGIN 1e-12

typedef struct Spread
{
	const TrlUndirected *graph;
	pg_prng_state random;
	uint32	   *label;			/* by node */
	uint32	   *order;
	float8	   *weight;			/* by label; 0 but while a node is looked at */
	uint32	   *met;			/* labels that have one */
	uint64		steps;
} Spread;

/* Weighs the labels of a node's neighbours; returns how many there are. */
static uint32
weigh(Spread *spread, uint32 node)
{
	const TrlUndirected *graph = spread->graph;
	uint32		n_met = 0;
	uint32		i;

	for (i = graph->start[node]; i < graph->start[node + 1]; i++)
	{
		uint32		label = spread->label[graph->far[i]];

		if (spread->weight[label] == 0)
			spread->met[n_met++] = label;
		spread->weight[label] += graph->weight[i];
	}
	trl_pause_after(&spread->steps, 1 + graph->start[node + 1] - graph->start[node]);
	return n_met;
}

/* The heaviest label; the node's own if none is heavier. */
static uint32
heaviest(Spread *spread, uint32 node, uint32 n_met)
{
	uint32		best = spread->label[node];
	float8		most = spread->weight[best] * (1 + MARGIN);
	uint32		ties = 0;
	uint32		i;

	for (i = 0; i < n_met; i++)
	{
		uint32		label = spread->met[i];

		if (spread->weight[label] > most)
		{
			most = spread->weight[label];
			best = label;
			ties = 1;
		}
		else if (ties > 0 && spread->weight[label] == most &&
				 trl_random_below(&spread->random, ++ties) == 0)
			best = label;
	}
	for (i = 0; i < n_met; i++)
		spread->weight[spread->met[i]] = 0;
	return best;
}

/* Returns whether a node changed. */
static bool
run_round(Spread *spread)
{
	uint32		n = spread->graph->n;
	bool		changed = false;
	uint32		i;

	trl_random_order(&spread->random, spread->order, n);
	for (i = 0; i < n; i++)
	{
		uint32		node = spread->order[i];
		uint32		label = heaviest(spread, node, weigh(spread, node));

		if (label != spread->label[node])
			changed = true;
		spread->label[node] = label;
	}
	return changed;
}

uint32 *
trl_label_propagation_run(const TrlUndirected *graph, int max_iterations,
						  int64 seed, bool *settled, const TrlBudget *budget)
{
	Spread		spread = {0};
	int			round;
	uint32		i;

	spread.graph = graph;
	pg_prng_seed(&spread.random, (uint64) seed);
	spread.label = trl_budget_array(budget, graph->n, sizeof(uint32));
	spread.order = trl_budget_array(budget, graph->n, sizeof(uint32));
	spread.weight = trl_budget_array(budget, graph->n, sizeof(float8));
	spread.met = trl_budget_array(budget, graph->n, sizeof(uint32));
	for (i = 0; i < graph->n; i++)
	{
		spread.label[i] = i;
		spread.weight[i] = 0;
	}
	*settled = false;
	for (round = 0; round < max_iterations && !*settled; round++)
		*settled = !run_round(&spread);
	pfree(spread.order);
	pfree(spread.weight);
	pfree(spread.met);
	return spread.label;
}
