/*
 * label_propagation.h - communities by label propagation
 */
#ifndef TRL_KG_LABEL_PROPAGATION_H
#define TRL_KG_LABEL_PROPAGATION_H

#include "kg/whole/undirected.h"

/*
 * Labels by node, below n.  *settled: no node would change any more; false
 * if max_iterations rounds (TRL_NO_LIMIT for no limit) did not get there.
 * In the current context.
 */
extern uint32 *trl_label_propagation_run(const TrlUndirected *graph,
										 int max_iterations, int64 seed,
										 bool *settled,
										 const TrlBudget *budget);

#endif							/* TRL_KG_LABEL_PROPAGATION_H */
