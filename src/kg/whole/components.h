/*
 * components.h - the components of a graph
 *
 * Each returns a label by node, below n_nodes, equal for nodes of one
 * component.  In the current context.
 */
#ifndef TRL_KG_COMPONENTS_H
#define TRL_KG_COMPONENTS_H

#include "kg/engine/csr.h"

/* Nodes that edges tie together, whichever way they lead; needs out. */
extern uint32 *trl_components_weak(const TrlCsr *csr, const TrlBudget *budget);

/* Nodes that reach each other along the edges; needs out. */
extern uint32 *trl_components_strong(const TrlCsr *csr, const TrlBudget *budget);

/* The root of a node in a forest of parents, which it flattens. */
extern uint32 trl_components_root(uint32 *parent, uint32 node);

/* Ties the trees of two nodes together. */
extern void trl_components_unite(uint32 *parent, uint32 a, uint32 b);

#endif							/* TRL_KG_COMPONENTS_H */
