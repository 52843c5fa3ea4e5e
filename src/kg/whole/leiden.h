/*
 * leiden.h - communities by Leiden's algorithm
 */
#ifndef TRL_KG_LEIDEN_H
#define TRL_KG_LEIDEN_H

#include "kg/whole/shuffle.h"
#include "kg/whole/undirected.h"

/*
 * Communities of high modularity: labels by node, below n; every community
 * is connected.  resolution: 0 or more; larger ones make smaller communities.
 * In the current context.
 */
extern uint32 *trl_leiden_run(const TrlUndirected *graph, float8 resolution,
							  pg_prng_state * random, const TrlBudget *budget);

/*
 * Modularity of labels below n: the part of the weight that is within them,
 * less resolution times what would be at random.  0 for a graph without
 * edges.
 */
extern float8 trl_leiden_modularity(const TrlUndirected *graph,
									const uint32 *label, float8 resolution,
									const TrlBudget *budget);

#endif							/* TRL_KG_LEIDEN_H */
