/*
 * undirected.h - a graph without directions: between two nodes one edge
 *
 * Its weight is the sum of those of all edges between them, either way.
 * Edges without a weight (0) are left out.  The edges of node v, by place in
 * far and weight, are those from start[v] up to start[v + 1]; each stands
 * with both of its nodes.
 */
#ifndef TRL_KG_UNDIRECTED_H
#define TRL_KG_UNDIRECTED_H

#include "kg/engine/csr.h"

typedef struct TrlUndirected
{
	uint32		n;				/* nodes */
	uint32	   *start;
	uint32	   *far;
	float8	   *weight;
	float8	   *within;			/* by node: twice the weight of the edges
								 * inside of it; NULL if nodes are single */
	float8	   *strength;		/* by node: weight of its edges, and within */
	float8		total;			/* sum of strengths */
} TrlUndirected;

/* From both sides of a graph without self-loops; weight NULL: all are 1. */
extern TrlUndirected *trl_undirected_make(const TrlCsr *csr,
										  const float8 *weight,
										  const TrlBudget *budget);

/*
 * Makes a node of each of n_groups groups, numbered as in group (by node);
 * edges inside of one become its within.
 */
extern TrlUndirected *trl_undirected_merge(const TrlUndirected *graph,
										   const uint32 *group,
										   uint32 n_groups,
										   const TrlBudget *budget);

/*
 * The edges among n nodes, which are numbered anew in the order of members.
 * place: scratch, TRL_NONE for every node of the graph, and again after it.
 */
extern TrlUndirected *trl_undirected_part(const TrlUndirected *graph,
										  const uint32 *members, uint32 n,
										  uint32 *place,
										  const TrlBudget *budget);

extern void trl_undirected_free(TrlUndirected *graph);

#endif							/* TRL_KG_UNDIRECTED_H */
