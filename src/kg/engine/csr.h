/*
 * csr.h - a graph's visible edges in memory, for one statement
 *
 * Compressed sparse rows: the edges of node v, by place in `out.far` and
 * `out.edge`, are those from out.start[v] up to out.start[v + 1]; `in` has
 * them by their target.  What is loaded is what the caller may see in the
 * statement's snapshot, nothing is kept for the next one.
 */
#ifndef TRL_KG_CSR_H
#define TRL_KG_CSR_H

#include "kg/engine/hop.h"

/* What else is wanted of each edge; topology is always there. */
#define TRL_CSR_OUT 0x01
#define TRL_CSR_IN 0x02
#define TRL_CSR_WEIGHT 0x04
#define TRL_CSR_STEP 0x08		/* edge ids and relations */
#define TRL_CSR_ALL_NODES 0x10	/* nodes without edges, too, where the node
								 * relation is known; otherwise they may be
								 * among the nodes or not */
#define TRL_CSR_LOOPS 0x20		/* keep self-loops */

typedef struct TrlCsrSide
{
	uint32	   *start;			/* n_nodes + 1 */
	uint32	   *far;			/* node, by place */
	uint32	   *edge;			/* edge number, by place */
} TrlCsrSide;

typedef struct TrlCsr
{
	uint32		n_nodes;
	uint32		n_edges;
	TrlCsrSide	out;
	TrlCsrSide	in;
	float8	   *weight;			/* by edge; NULL if not wanted */
	bool	   *has_weight;		/* by edge; NULL if all have one */
	TrlKey	   *edge_id;		/* by edge; NULL if not wanted */
	char	   *key_bytes;		/* what edge ids point into, if they do */
	bool	   *has_edge_id;
	int32	   *rel;			/* see rels.h */
} TrlCsr;

/*
 * Reads every edge that the filter lets through with one query, in the
 * current memory context.  Nodes are numbered in nodes, in order of their
 * ids (bytewise for text), so that a lower number is a lower id; nodes must
 * be empty.  Edges to or from hidden or missing nodes are left out, as are
 * those with a NULL end.  The edges of a node stand in order of far node,
 * then trl_step_compare(); edges are numbered in the order of `out`.
 *
 * Only the columns that are wanted, or looked at by the filter, are read.
 *
 * ERROR 53200 if it would outgrow the budget; its context must hold the
 * current one and the set's.
 */
extern TrlCsr *trl_csr_load(const TrlGraph *graph, const TrlFilter *filter,
							TrlNodeSet *nodes, TrlRels *rels,
							const TrlBudget *budget, int wanted);

extern void trl_csr_free(TrlCsr *csr);

#endif							/* TRL_KG_CSR_H */
