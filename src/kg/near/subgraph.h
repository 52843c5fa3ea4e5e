/*
 * subgraph.h - the nodes around seeds and all edges among them
 */
#ifndef TRL_KG_SUBGRAPH_H
#define TRL_KG_SUBGRAPH_H

#include "kg/engine/call.h"

/* An edge among the nodes; numbers in the walk's set. */
typedef struct TrlSubgraphEdge
{
	TrlStep		step;
	uint32		src;
	uint32		dst;
	int32		depth;			/* the greater of its ends' */
} TrlSubgraphEdge;

/* Limits: TRL_NO_LIMIT for none. */
typedef struct TrlSubgraph
{
	TrlCall    *call;
	TrlDirection direction;		/* of the walk */
	int			max_depth;
	int			max_fanout;
	int			max_nodes;
	int			max_edges;

	TrlWalk		walk;			/* its visits are the nodes */
	TrlHop	   *hop;			/* reads the edges among them */
	MemoryContext edge_cxt;		/* pointer keys of the edges */
	TrlSubgraphEdge *edges;		/* sorted: least depth, heaviest, lowest id */
	uint32		n_edges;
	uint32		capacity;
	bool		edges_cut;
} TrlSubgraph;

/*
 * The caller has set call, direction and limits, all else to zero.  Lives in
 * the current memory context.
 */
extern void trl_subgraph_build(TrlSubgraph *sub, const TrlKey *seeds,
							   uint32 n);

/* True if a limit left something out. */
extern bool trl_subgraph_cut(const TrlSubgraph *sub);

/* A NOTICE for each limit that did. */
extern void trl_subgraph_notice(const TrlSubgraph *sub);

extern TrlKey trl_subgraph_key(const TrlSubgraph *sub, uint32 node);

#endif							/* TRL_KG_SUBGRAPH_H */
